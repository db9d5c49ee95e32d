//! Numbers that depend on a seed alone.

use std::time::Duration;

/// Draws numbers from a seed: the hash of the seed and a count.
pub(crate) struct Draws {
    pub(crate) seed: u64,
    count: u64,
}

impl Draws {
    pub(crate) fn of(seed: u64) -> Self {
        Self { seed, count: 0 }
    }

    /// A number below `bound`, which is not 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.count += 1;
        let digest = blake3::hash(format!("{} {}", self.seed, self.count).as_bytes());
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&digest.as_bytes()[..8]);
        u64::from_le_bytes(bytes) % bound
    }

    pub(crate) fn pause(&mut self, bound_micros: u64) -> Duration {
        Duration::from_micros(self.below(bound_micros))
    }
}

/// A number that the environment may give in place of the usual one.
pub(crate) fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}
