//! Many runs with faults drawn from a seed, and many kills: what holds at rest must hold after each.

mod fault_runs;
mod kills;
