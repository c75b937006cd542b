//! Random numbers: Owen-scrambled Sobol points in two dimensions, addressed by hashing. Twin: shaders/sampler.wgsl.
//!
//! A draw is a pure function of (view seed, pixel, sample, set), integers only. A *set* is one two-dimensional
//! sequence over the samples of a pixel; sets are shuffled apart and know nothing of each other (padding). The sets:
//!
//! | set | first | second |
//! |---|---|---|
//! | 0 | place in the pixel, x | y |
//! | 1 + 8 b + 0 | lobe at vertex b; the bits below choose whether it reflects or refracts | Russian roulette after it; the bits below choose a dispersing path's colour |
//! | 1 + 8 b + 1 | direction within the lobe | |
//! | 1 + 8 b + 2 | sky: texel, and column within it (constant sky: direction) | row within the texel |
//! | 1 + 8 b + 3 | light: suns or lamps; what is left of the draw: the way down the tree, and the entry of the alias table there | entry or alias |
//! | 1 + 8 b + 4 | place on the light | |
//! | 1 + 8 b + 5 + 65536 k | whether surface k met after b scatterings lets the ray through | (not used) |
//! | 1 + 8 b + 6 | between which two levels of textures it is chosen at the vertex after b scatterings | (not used) |
//! | 0xffff0000 | place on the lens: distance (blades: which, and along it) | angle (blades: distance) |
//!
//! b counts scatterings, from 0. Sources: Burley, Practical Hash-based Owen Scrambling, JCGT 9(4), 2020; the hash is
//! Vegdahl's improvement of Laine and Karras's.

/// The set of places within a pixel.
pub const SET_PIXEL: u32 = 0;
/// The set of places on the lens: above all sets of bounces, which end below 64 · 65536.
pub const SET_LENS: u32 = 0xffff_0000;
/// Sets before those of the first vertex.
pub const SETS_BEFORE_BOUNCES: u32 = 1;
pub const SETS_PER_BOUNCE: u32 = 8;
pub const SET_CHOICE: u32 = 0;
pub const SET_DIRECTION: u32 = 1;
pub const SET_SKY: u32 = 2;
pub const SET_LIGHT: u32 = 3;
pub const SET_LIGHT_PLACE: u32 = 4;
pub const SET_ALPHA: u32 = 5;
pub const SET_TEXTURE: u32 = 6;
/// What lies between the sets of one surface that a ray passes and of the next.
pub const SET_ALPHA_STRIDE: u32 = 65536;

/// 2⁻²⁴: turns 24 bits into a float in [0, 1).
pub const UNIT_24: f32 = 1.0 / 16_777_216.0;

/// Where all draws of one sample of one pixel start.
#[derive(Clone, Copy, Debug)]
pub struct Sampler {
    pub pixel_seed: u32,
    /// The sample's index with its bits reversed.
    pub reversed_idx: u32,
}

/// The sampler of sample `sample_idx` of a pixel of the view with `seed`.
#[inline(always)]
pub fn make_sampler(seed: [u32; 2], pixel: [u32; 2], sample_idx: u32) -> Sampler {
    let row_seed = hash_u32(seed[0] ^ hash_u32(seed[1] ^ hash_u32(pixel[1])));
    Sampler { pixel_seed: hash_u32(row_seed ^ pixel[0]), reversed_idx: sample_idx.reverse_bits() }
}

/// Set `kind` (`SET_*`) of the vertex after `n_scatterings`.
#[inline(always)]
pub fn bounce_set(n_scatterings: u32, kind: u32) -> u32 {
    SETS_BEFORE_BOUNCES + n_scatterings * SETS_PER_BOUNCE + kind
}

/// Two draws of 32 bits: the sample's point of a set.
#[inline(always)]
pub fn draw_2d(sampler: Sampler, set: u32) -> [u32; 2] {
    let seed = hash_u32(sampler.pixel_seed ^ set.wrapping_mul(0x9e37_79b9));
    let idx = owen_reversed(sampler.reversed_idx, seed).reverse_bits();
    let x = owen_reversed(idx, seed.wrapping_mul(0x85eb_ca6b) ^ 0x68e3_1da4);
    let y = owen_reversed(sobol_1_reversed(idx), seed.wrapping_mul(0xc2b2_ae35) ^ 0xb529_7a4d);
    [x.reverse_bits(), y.reverse_bits()]
}

/// The first of the two draws of a set.
#[inline(always)]
pub fn draw_1d(sampler: Sampler, set: u32) -> u32 {
    let seed = hash_u32(sampler.pixel_seed ^ set.wrapping_mul(0x9e37_79b9));
    let idx = owen_reversed(sampler.reversed_idx, seed).reverse_bits();
    owen_reversed(idx, seed.wrapping_mul(0x85eb_ca6b) ^ 0x68e3_1da4).reverse_bits()
}

/// What the area of a sample's footprint is multiplied by, in [1, 4): the level of a texture whose texels are as large is
/// then the finer or the coarser one of two, as often as trilinear filtering would weigh them (up to its logarithm, which
/// is taken to be straight between powers of two).
#[inline(always)]
pub fn level_jitter(draw: u32) -> f32 {
    f32::from_bits(0x3f80_0000 + (draw >> 8))
}

/// A draw as a float in [0, 1).
#[inline(always)]
pub fn unit_float(draw: u32) -> f32 {
    (draw >> 8) as f32 * UNIT_24
}

/// The high 32 bits of n · draw / 2³²: a draw in 0..n. n < 2¹⁶ · 2¹⁶; built of 16-bit products, as WGSL has no wider.
#[inline(always)]
pub fn draw_below(draw: u32, n: u32) -> u32 {
    let lo = (draw & 0xffff).wrapping_mul(n & 0xffff);
    let mid_a = (draw >> 16).wrapping_mul(n & 0xffff);
    let mid_b = (draw & 0xffff).wrapping_mul(n >> 16);
    let hi = (draw >> 16).wrapping_mul(n >> 16);
    let carry = ((lo >> 16) + (mid_a & 0xffff) + (mid_b & 0xffff)) >> 16;
    hi + (mid_a >> 16) + (mid_b >> 16) + carry
}

/// Sobol's second dimension of index `idx`, bits reversed: Pascal's triangle modulo 2, applied in log steps.
#[inline(always)]
pub fn sobol_1_reversed(idx: u32) -> u32 {
    let mut x = idx;
    x ^= (x >> 1) & 0x5555_5555;
    x ^= (x >> 2) & 0x3333_3333;
    x ^= (x >> 4) & 0x0f0f_0f0f;
    x ^= (x >> 8) & 0x00ff_00ff;
    x ^= x >> 16;
    x
}

/// Owen's nested scrambling of a number whose bits are reversed (the result's are too).
#[inline(always)]
pub fn owen_reversed(reversed: u32, seed: u32) -> u32 {
    let mut x = reversed;
    x ^= x.wrapping_mul(0x3d20_adea);
    x = x.wrapping_add(seed);
    x = x.wrapping_mul((seed >> 16) | 1);
    x ^= x.wrapping_mul(0x0552_6c56);
    x ^= x.wrapping_mul(0x53a2_2864);
    x
}

/// A hash of 32 bits in which each bit flips half of the result. Source: Wellons's lowbias32.
#[inline(always)]
pub fn hash_u32(value: u32) -> u32 {
    let mut x = value;
    x ^= x >> 16;
    x = x.wrapping_mul(0x7feb_352d);
    x ^= x >> 15;
    x = x.wrapping_mul(0x846c_a68b);
    x ^= x >> 16;
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: [u32; 2] = [0x1234_5678, 0x9abc_def0];

    fn points(n: u32, pixel: [u32; 2], set: u32) -> Vec<[f32; 2]> {
        (0..n).map(|i| draw_2d(make_sampler(SEED, pixel, i), set).map(unit_float)).collect()
    }

    /// Whether each of the 2^m cells of every shape 2^a × 2^(m − a) holds one of the 2^m points.
    fn is_net(points: &[[f32; 2]], m: u32) -> bool {
        (0..=m).all(|a| {
            let (columns, rows) = (1u32 << a, 1u32 << (m - a));
            let cells = points.iter().map(|p| (p[0] * columns as f32) as u32 * rows + (p[1] * rows as f32) as u32);
            let mut seen: Vec<u32> = cells.collect();
            seen.sort_unstable();
            seen.dedup();
            seen.len() == 1 << m
        })
    }

    #[test]
    fn every_power_of_two_of_samples_fills_every_elementary_interval() {
        for set in [SET_PIXEL, bounce_set(0, SET_SKY), bounce_set(5, SET_DIRECTION)] {
            for m in 0..=8 {
                assert!(is_net(&points(1 << m, [7, 11], set), m), "set {set}, 2^{m} points");
            }
        }
    }

    #[test]
    fn the_stratification_check_rejects_points_drawn_at_random() {
        let random: Vec<[f32; 2]> = (0..64).map(|i| [unit_float(hash_u32(i)), unit_float(hash_u32(i + 999))]).collect();
        assert!(!is_net(&random, 6));
    }

    /// Correlation of two sequences with mean 1/2 and variance 1/12.
    fn correlation(a: impl Iterator<Item = f32>, b: impl Iterator<Item = f32>) -> f64 {
        let products: Vec<f64> = a.zip(b).map(|(a, b)| (f64::from(a) - 0.5) * (f64::from(b) - 0.5) * 12.0).collect();
        products.iter().sum::<f64>() / products.len() as f64
    }

    #[test]
    fn sets_pixels_and_views_are_independent() {
        let n = 4096;
        let reference = points(n, [3, 4], 1);
        let others = [points(n, [3, 4], 2), points(n, [4, 4], 1), points(n, [3, 5], 1)];
        for (i, other) in others.iter().enumerate() {
            for (x, y) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                let r = correlation(reference.iter().map(|p| p[x]), other.iter().map(|p| p[y]));
                // Five standard deviations of independent points.
                assert!(r.abs() < 5.0 / f64::from(n).sqrt(), "{i} {x} {y}: {r}");
            }
        }
        let view = |seed: [u32; 2]| (0..n).map(move |i| unit_float(draw_2d(make_sampler(seed, [3, 4], i), 1)[0]));
        let r = correlation(view([1, 2]), view([1, 3]));
        assert!(r.abs() < 5.0 / f64::from(n).sqrt(), "{r}");
        let same = correlation(view([1, 2]), view([1, 2]));
        assert!(same > 0.9, "the correlation of a sequence with itself is 1, not {same}");
    }

    #[test]
    fn neighbouring_pixels_draw_uniformly_over_a_tile() {
        let mut counts = [0u32; 16];
        for i in 0..64 * 64 {
            counts[(draw_1d(make_sampler(SEED, [i % 64, i / 64], 0), 9) >> 28) as usize] += 1;
        }
        // 256 expected, standard deviation 15.5.
        assert!(counts.iter().all(|&c| c > 256 - 80 && c < 256 + 80), "{counts:?}");
    }

    #[test]
    fn the_first_of_two_draws_is_the_single_draw() {
        for i in 0..100 {
            let s = make_sampler(SEED, [i, 2 * i], i);
            assert_eq!(draw_1d(s, 17), draw_2d(s, 17)[0]);
        }
    }

    #[test]
    fn a_draw_below_n_is_the_high_word_of_the_product() {
        for (draw, n) in
            [(0, 1), (u32::MAX, 1), (u32::MAX, u32::MAX), (0x8000_0000, 524_288), (0x1234_5678, 0x9abc_def1)]
        {
            assert_eq!(draw_below(draw, n), ((u64::from(draw) * u64::from(n)) >> 32) as u32, "{draw} {n}");
        }
        for i in 0..10_000u32 {
            let (draw, n) = (hash_u32(i), hash_u32(i + 1_000_000));
            assert_eq!(draw_below(draw, n), ((u64::from(draw) * u64::from(n)) >> 32) as u32, "{draw} {n}");
        }
    }

    #[test]
    fn sobols_second_dimension_has_its_published_first_points() {
        // 0, 1/2, 3/4, 1/4, 5/8, 1/8, 3/8, 7/8 (Joe and Kuo's direction numbers, points in natural order).
        let expected = [0.0, 0.5, 0.75, 0.25, 0.625, 0.125, 0.375, 0.875];
        for (i, want) in expected.into_iter().enumerate() {
            assert_eq!(unit_float(sobol_1_reversed(i as u32).reverse_bits()), want, "point {i}");
        }
    }
}
