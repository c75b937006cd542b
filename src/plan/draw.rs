//! Random numbers that are addressed, never streamed: SHA-256 over (seed, variation, attempt, view, frame, path).
//!
//! Knows no recipe. A third party needs this page only to reproduce every number:
//! - Number i of a value is bytes 4j..4j+4 (big-endian, j = i mod 8) of block ⌊i / 8⌋:
//!   SHA-256 of `"genki/draw/v1\0"` ‖ u64be seed ‖ u64be variation ‖ u32be attempt ‖ u32be view ‖ u32be frame ‖
//!   u32be len(path) ‖ path ‖ u32be block. View and frame are 0xffffffff where there is none.
//! - A real in [0, 1) takes one number x: (x >> 8) · 2⁻²⁴.
//! - An integer below n ≤ 2³² takes numbers until one is below ⌊2³² / n⌋ · n, and is that one mod n. A larger n does
//!   the same with 2⁶⁴ and two numbers at a time, the first being the upper half.
//! - A weighted choice takes one number x and is the first entry i for which ⌊2³² · (w₀ + … + wᵢ) / (all weights)⌋ is above x
//!   (see [`thresholds`]).

use crate::hash::Hasher;
pub use crate::math::weights::thresholds;

/// View or frame of a value that has none.
pub const NONE: u32 = 0xffff_ffff;

/// Where a value's numbers come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address<'a> {
    pub seed: u64,
    pub variation: u64,
    pub attempt: u32,
    /// Index within the camera entry that the path names, or [`NONE`].
    pub view: u32,
    pub frame: u32,
    pub path: &'a str,
}

/// The numbers of one value, in order.
pub struct Numbers<'a> {
    address: Address<'a>,
    block: [u8; 32],
    next: u64,
}

impl<'a> Numbers<'a> {
    pub fn at(address: Address<'a>) -> Numbers<'a> {
        Numbers { address, block: [0; 32], next: 0 }
    }

    /// The next 32 bits.
    pub fn bits(&mut self) -> u32 {
        let within = (self.next % 8) as usize;
        if within == 0 {
            self.block = block(&self.address, (self.next / 8) as u32);
        }
        self.next += 1;
        let bytes = &self.block[4 * within..4 * within + 4];
        u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
    }

    /// A real in [0, 1), a multiple of 2⁻²⁴.
    pub fn unit(&mut self) -> f32 {
        (self.bits() >> 8) as f32 * (1.0 / 16_777_216.0)
    }

    /// An integer in 0..n, all alike likely; n from 1 to 2⁶⁴.
    pub fn below(&mut self, n: u128) -> u64 {
        let wide = n > 1 << 32;
        let range: u128 = if wide { 1 << 64 } else { 1 << 32 };
        let limit = range / n * n;
        loop {
            let mut x = u128::from(self.bits());
            if wide {
                x = x << 32 | u128::from(self.bits());
            }
            if x < limit {
                return (x % n) as u64;
            }
        }
    }

    /// An index into what [`thresholds`] was made from.
    pub fn weighted(&mut self, thresholds: &[u64]) -> usize {
        let x = u64::from(self.bits());
        thresholds.partition_point(|&t| t <= x)
    }
}

/// Block `index` of a value's numbers.
pub fn block(address: &Address, index: u32) -> [u8; 32] {
    let mut hasher = Hasher::new();
    hasher.update(b"genki/draw/v1\0");
    hasher.update(&address.seed.to_be_bytes()).update(&address.variation.to_be_bytes());
    for n in [address.attempt, address.view, address.frame, address.path.len() as u32] {
        hasher.update(&n.to_be_bytes());
    }
    hasher.update(address.path.as_bytes()).update(&index.to_be_bytes());
    hasher.finish().0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(variation: u64, path: &str) -> Numbers<'_> {
        Numbers::at(Address { seed: 7, variation, attempt: 0, view: NONE, frame: NONE, path })
    }

    /// Pearson's chi² of `counts` against equal expectation.
    fn chi_squared(counts: &[u64]) -> f64 {
        let n: u64 = counts.iter().sum();
        let expected = n as f64 / counts.len() as f64;
        counts.iter().map(|&c| (c as f64 - expected) * (c as f64 - expected) / expected).sum()
    }

    #[test]
    fn reals_are_uniform_over_variations_and_within_a_stream() {
        let mut over_variations = [0; 32];
        let mut in_stream = [0; 32];
        let mut stream = numbers(0, "objects.hero.scale");
        for v in 0..32_000 {
            over_variations[(numbers(v, "objects.hero.scale").unit() * 32.0) as usize] += 1;
            in_stream[(stream.unit() * 32.0) as usize] += 1;
        }
        // 31 degrees of freedom: 61.1 is passed by chance once in a thousand.
        assert!(chi_squared(&over_variations) < 61.1);
        assert!(chi_squared(&in_stream) < 61.1);
    }

    #[test]
    fn chi_squared_rejects_a_slightly_crooked_die() {
        let mut counts = [0; 32];
        let mut stream = numbers(0, "x");
        for _ in 0..32_000 {
            let u = stream.unit();
            counts[((0.9 * u + 0.1 * u * u) * 32.0) as usize] += 1;
        }
        assert!(chi_squared(&counts) > 61.1);
    }

    #[test]
    fn integers_below_three_are_uniform_and_below_one_are_zero() {
        let mut counts = [0; 3];
        let mut stream = numbers(0, "x");
        (0..30_000).for_each(|_| counts[stream.below(3) as usize] += 1);
        assert!(chi_squared(&counts) < 13.8, "{counts:?}");
        assert_eq!(stream.below(1), 0);
        let big = 3u128 << 62;
        assert!((0..100).all(|_| u128::from(stream.below(big)) < big));
        assert!((0..100).any(|_| stream.below(1 << 64) > u64::MAX / 2));
    }

    #[test]
    fn thresholds_split_the_range_in_proportion() {
        assert_eq!(thresholds([1.0, 3.0].into_iter()), [1 << 30, 1 << 32]);
        assert_eq!(thresholds([0.0, 2.0, 0.0].into_iter()), [0, 1 << 32, 1 << 32]);
        assert_eq!(thresholds([0.1; 10].into_iter()).last(), Some(&(1 << 32)));
        let mut stream = numbers(0, "x");
        let t = thresholds([0.0, 2.0, 0.0].into_iter());
        assert!((0..1000).all(|_| stream.weighted(&t) == 1));
    }
}
