//! Many weeks with faults drawn from a seed: what holds at rest must hold after each.

mod fault_runs;
