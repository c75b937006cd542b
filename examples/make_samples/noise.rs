//! Value noise on an integer lattice; tiles where a period is given.

/// A hash of a lattice point, 0 to 1. Source: the finaliser of SplitMix64.
pub fn hash(x: i64, y: i64, seed: u64) -> f64 {
    let mut z = (x as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (y as u64).wrapping_mul(0xC2B2_AE3D_27D4_EB4F) ^ seed;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}

pub fn smooth(t: f64) -> f64 {
    t * t * (3.0 - 2.0 * t)
}

/// 0 below `a`, 1 above `b`.
pub fn step(a: f64, b: f64, x: f64) -> f64 {
    smooth(((x - a) / (b - a)).clamp(0.0, 1.0))
}

pub fn mix(a: f64, b: f64, t: f64) -> f64 {
    a + (b - a) * t
}

pub fn mix3(a: [f64; 3], b: [f64; 3], t: f64) -> [f64; 3] {
    std::array::from_fn(|i| mix(a[i], b[i], t))
}

/// Noise in [0, 1]; repeats after `period` cells.
pub fn value(x: f64, y: f64, period: [i64; 2], seed: u64) -> f64 {
    let (x0, y0) = (x.floor(), y.floor());
    let (fx, fy) = (smooth(x - x0), smooth(y - y0));
    let at =
        |dx: i64, dy: i64| hash((x0 as i64 + dx).rem_euclid(period[0]), (y0 as i64 + dy).rem_euclid(period[1]), seed);
    mix(mix(at(0, 0), at(1, 0), fx), mix(at(0, 1), at(1, 1), fx), fy)
}

/// Octaves of noise in [0, 1]: (u, v) in [0, 1)² over `cells` at the coarsest, tiling.
pub fn fbm(u: f64, v: f64, cells: [i64; 2], octaves: u32, seed: u64) -> f64 {
    let (mut sum, mut weight, mut amplitude) = (0.0, 0.0, 1.0);
    for octave in 0..octaves {
        let period = [cells[0] << octave, cells[1] << octave];
        sum += amplitude * value(u * period[0] as f64, v * period[1] as f64, period, seed + u64::from(octave) * 977);
        weight += amplitude;
        amplitude *= 0.5;
    }
    sum / weight
}
