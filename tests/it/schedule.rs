//! When strategies run: planned times against a source that we did not write, and the driver under
//! whatever may befall it.

mod golden;
