//! When strategies run: planned times against a source that we did not write, and the driver under
//! whatever may befall it.

mod causes;
mod golden;
mod many;
mod property;
mod terminal;
mod world;
