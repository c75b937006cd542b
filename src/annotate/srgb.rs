//! Linear light → 8-bit sRGB, exactly: a table of the 255 values where the code changes, found by the bits of the float.
//!
//! The code of x is round(255 · oetf(x)), halves up, oetf as in IEC 61966-2-1. A table because `powf` costs more than
//! the rest of the encoding, and differs between machines.

use crate::math::srgb::eotf;
use std::sync::LazyLock;

/// Smallest float with a code above 0 is 1.5e-4; the table begins at the power of two below it, 2⁻¹³.
const FIRST_BITS: u32 = 0x3900_0000;
/// 1.0
const ONE_BITS: u32 = 0x3f80_0000;
/// Buckets of equal leading bits: 128 a power of two. Each holds at most one change of code (a test counts).
const SHIFT: u32 = 16;
const N_BUCKETS: usize = ((ONE_BITS - FIRST_BITS) >> SHIFT) as usize;

/// A bucket's code below `threshold`; from it on one more.
#[derive(Clone, Copy)]
struct Bucket {
    threshold: f32,
    code: u8,
}

static BUCKETS: LazyLock<Vec<Bucket>> = LazyLock::new(|| {
    let thresholds = thresholds();
    let bucket = |i: usize| {
        let start = f32::from_bits(FIRST_BITS + ((i as u32) << SHIFT));
        let code = thresholds.partition_point(|&t| t <= start);
        Bucket { threshold: thresholds.get(code).copied().unwrap_or(f32::INFINITY), code: code as u8 }
    };
    (0..N_BUCKETS).map(bucket).collect()
});

/// Codes of many values.
#[derive(Clone, Copy)]
pub struct Encoder(&'static [Bucket]);

impl Encoder {
    pub fn new() -> Encoder {
        Encoder(&BUCKETS)
    }

    /// The code of linear `x`; 0 for what is negative or NaN, 255 from 1 on.
    #[inline]
    pub fn code(self, x: f32) -> u8 {
        if x >= 1.0 {
            return 255;
        }
        if x > f32::from_bits(FIRST_BITS) {
            let bucket = self.0[((x.to_bits() - FIRST_BITS) >> SHIFT) as usize];
            return bucket.code + u8::from(x >= bucket.threshold);
        }
        0
    }
}

impl Default for Encoder {
    fn default() -> Encoder {
        Encoder::new()
    }
}

/// Entry k is the smallest float of code k + 1: the first one at or above eotf((k + 1/2) / 255).
fn thresholds() -> [f32; 255] {
    std::array::from_fn(|k| {
        let exact = eotf((k as f64 + 0.5) / 255.0);
        let nearest = exact as f32;
        if f64::from(nearest) < exact { nearest.next_up() } else { nearest }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::srgb::oetf;

    /// The definition.
    fn slow(x: f32) -> u8 {
        let x = f64::from(x);
        let limited = if x > 1.0 {
            1.0
        } else if x > 0.0 {
            x
        } else {
            0.0
        };
        libm::floor(255.0 * oetf(limited) + 0.5) as u8
    }

    #[test]
    fn every_code_begins_where_the_formula_says() {
        let encoder = Encoder::new();
        for (k, threshold) in thresholds().into_iter().enumerate() {
            let below = threshold.next_down();
            assert_eq!((encoder.code(below), encoder.code(threshold)), (k as u8, k as u8 + 1));
            assert_eq!((slow(below), slow(threshold)), (k as u8, k as u8 + 1));
        }
    }

    #[test]
    fn the_table_equals_the_formula_everywhere() {
        let encoder = Encoder::new();
        let mut n = 0;
        // A step that is prime to all powers of two, over all positive floats up to 2.
        for bits in (0..0x4000_0000u32).step_by(9_973) {
            let x = f32::from_bits(bits);
            assert_eq!(encoder.code(x), slow(x), "{x}");
            n += 1;
        }
        assert!(n > 100_000);
        for x in [-0.0, -1.0, f32::NAN, f32::NEG_INFINITY, f32::MIN_POSITIVE] {
            assert_eq!(encoder.code(x), 0);
        }
        assert_eq!(encoder.code(f32::INFINITY), 255);
    }

    #[test]
    fn codes_survive_a_round_trip() {
        let encoder = Encoder::new();
        (0..=255u8).for_each(|c| assert_eq!(encoder.code(eotf(f64::from(c) / 255.0) as f32), c));
    }

    #[test]
    fn no_bucket_holds_two_changes() {
        let mut counts = vec![0; N_BUCKETS];
        for t in thresholds() {
            counts[((t.to_bits() - FIRST_BITS) >> SHIFT) as usize] += 1;
        }
        assert_eq!(counts.iter().sum::<usize>(), 255);
        assert!(counts.into_iter().all(|n| n <= 1));
    }
}
