/// Bytes drawn at a time: the hash gives them by the block.
const BUFFER: usize = 1024;

/// Draws lots: the output stream of BLAKE3 over a seed and a purpose, so that the same seed draws
/// the same lots on every machine.
pub(super) struct Lot {
    stream: blake3::OutputReader,
    buffer: [u8; BUFFER],
    used: usize,
}

impl Lot {
    pub(super) fn new(seed: u64, purpose: &str) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&seed.to_le_bytes());
        hasher.update(purpose.as_bytes());
        Self { stream: hasher.finalize_xof(), buffer: [0; BUFFER], used: BUFFER }
    }

    fn next(&mut self) -> u64 {
        if self.used == BUFFER {
            self.stream.fill(&mut self.buffer);
            self.used = 0;
        }
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&self.buffer[self.used..self.used + 8]);
        self.used += 8;
        u64::from_le_bytes(bytes)
    }

    /// A number below `bound`, which is not 0. The bias of the product is below bound ÷ 2⁶⁴.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_draws_the_same_lots_and_every_lot_is_drawn() {
        let draw = |seed| {
            let mut lot = Lot::new(seed, "test");
            (0..6_000).map(|_| lot.below(6)).collect::<Vec<_>>()
        };
        let lots = draw(7);
        assert_eq!(lots, draw(7));
        assert_ne!(lots, draw(8));
        for face in 0..6 {
            let count = lots.iter().filter(|lot| **lot == face).count();
            // 1 000 ± 4.3 standard deviations of 28.9.
            assert!((875..=1_125).contains(&count), "{face} was drawn {count} times of 6 000");
        }
    }
}
