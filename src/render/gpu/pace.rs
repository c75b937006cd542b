//! How much work one submission holds: little at first, then as much as stays under the time that a desktop forgives.

use std::time::Duration;

/// What a submission may take: watchdogs kill at seconds, people notice at tens of milliseconds.
const TARGET: Duration = Duration::from_millis(15);
/// Also the least: below it a submission takes what submitting takes, and less work makes it no quicker.
const FIRST_WORK: u64 = 64 * 64;
/// Past this the dispatch's own cost no longer shows.
const MOST_WORK: u64 = 1 << 26;

/// Samples of pixels a submission, learnt from the submissions before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    work: u64,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace { work: FIRST_WORK }
    }
}

/// A part of a band: whole rows, some samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    pub rows: std::ops::Range<u32>,
    pub samples: std::ops::Range<u32>,
}

impl Pace {
    /// What took `elapsed` tells how much to ask for next: at most double, at least half.
    pub fn learn(&mut self, work: u64, elapsed: Duration) {
        let ratio = TARGET.as_secs_f64() / elapsed.as_secs_f64().max(1e-6);
        let next = work as f64 * ratio.clamp(0.5, 2.0);
        self.work = (next as u64).clamp(FIRST_WORK, MOST_WORK);
    }

    /// Rows of a block: all samples of its pixels are taken before the next block begins.
    pub fn rows(&self, width: u32, rows_left: u32) -> u32 {
        u32::try_from(self.work / u64::from(width)).unwrap_or(u32::MAX).clamp(1, rows_left)
    }

    /// Samples of a submission over a block of `rows`.
    pub fn samples(&self, width: u32, rows: u32, samples_left: u32) -> u32 {
        let pixels = u64::from(width) * u64::from(rows);
        u32::try_from(self.work / pixels).unwrap_or(u32::MAX).clamp(1, samples_left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_doubles_while_it_is_quick_and_halves_when_it_is_slow() {
        let mut pace = Pace::default();
        pace.learn(FIRST_WORK, Duration::from_millis(1));
        assert_eq!(pace.work, 2 * FIRST_WORK);
        pace.learn(4 * FIRST_WORK, Duration::from_secs(1));
        assert_eq!(pace.work, 2 * FIRST_WORK);
        (0..64).for_each(|_| pace.learn(pace.work, Duration::ZERO));
        assert_eq!(pace.work, MOST_WORK);
        (0..64).for_each(|_| pace.learn(pace.work, Duration::from_secs(9)));
        assert_eq!(pace.work, FIRST_WORK);
    }

    #[test]
    fn a_tile_is_never_empty_and_never_past_what_is_left() {
        let pace = Pace { work: 1000 };
        assert_eq!((pace.rows(100, 400), pace.rows(100, 7), pace.rows(5000, 7)), (10, 7, 1));
        assert_eq!((pace.samples(100, 5, 16), pace.samples(100, 5, 1), pace.samples(5000, 1, 16)), (2, 1, 1));
    }
}
