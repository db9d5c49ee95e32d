//! Signals: what becomes of them, what the statistics make of that, and what the pages show.

mod analysts;
mod charts;
mod life;
mod past;
mod quarter;
mod terminal;
mod truth;
