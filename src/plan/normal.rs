//! The normal distribution's CDF and its inverse, in f64. Knows no draws.

use std::f64::consts::FRAC_1_SQRT_2;

/// Φ(x), by the complementary error function: keeps its relative precision in the lower tail.
pub fn cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x * FRAC_1_SQRT_2)
}

/// Φ⁻¹(p): −∞ for 0, ∞ for 1; relative error about 1e-16.
///
/// Source: algorithm AS 241, PPND16 (M. J. Wichura, Applied Statistics 37, 1988).
pub fn quantile(p: f64) -> f64 {
    if p <= 0.0 {
        return f64::NEG_INFINITY;
    }
    if p >= 1.0 {
        return f64::INFINITY;
    }
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180625 - q * q;
        return q * ratio(r, &A, &B);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    let r = (-libm::log(tail)).sqrt();
    let z = if r <= 5.0 { ratio(r - 1.6, &C, &D) } else { ratio(r - 5.0, &E, &F) };
    if q < 0.0 { -z } else { z }
}

/// mean + std · Φ⁻¹ of a place `u` in (0, 1) between Φ at `min` and Φ at `max`; limited to [min, max] against rounding.
///
/// Bounds may be infinite. A window in the upper tail is mirrored into the lower one, where Φ keeps its digits.
pub fn truncated(u: f64, mean: f64, std: f64, min: f64, max: f64) -> f64 {
    let limited = |x: f64| {
        if x < min {
            min
        } else if x > max {
            max
        } else {
            x
        }
    };
    if std <= 0.0 {
        return limited(mean);
    }
    let (a, b) = ((min - mean) / std, (max - mean) / std);
    let (low, high) = if a > 0.0 { (cdf(-b), cdf(-a)) } else { (cdf(a), cdf(b)) };
    if high <= low {
        return limited(mean); // nothing is left of Φ so far out: the bound nearest to the mean
    }
    let z = if a > 0.0 { -quantile(low + (1.0 - u) * (high - low)) } else { quantile(low + u * (high - low)) };
    limited(mean + std * z)
}

/// Quotient of two polynomials in r, coefficients from r⁰ up.
fn ratio(r: f64, numerator: &[f64; 8], denominator: &[f64; 8]) -> f64 {
    let horner = |c: &[f64; 8]| c.iter().rev().fold(0.0, |sum, k| sum * r + k);
    horner(numerator) / horner(denominator)
}

const A: [f64; 8] = [
    3.387_132_872_796_366_5,
    1.331_416_678_917_843_8e2,
    1.971_590_950_306_551_3e3,
    1.373_169_376_550_946e4,
    4.592_195_393_154_987e4,
    6.726_577_092_700_87e4,
    3.343_057_558_358_813e4,
    2.509_080_928_730_122_7e3,
];
const B: [f64; 8] = [
    1.0,
    4.231_333_070_160_091e1,
    6.871_870_074_920_579e2,
    5.394_196_021_424_751e3,
    2.121_379_430_158_659_7e4,
    3.930_789_580_009_271e4,
    2.872_908_573_572_194_3e4,
    5.226_495_278_852_854e3,
];
const C: [f64; 8] = [
    1.423_437_110_749_683_5,
    4.630_337_846_156_546,
    5.769_497_221_460_691,
    3.647_848_324_763_204_5,
    1.270_458_252_452_368_4,
    2.417_807_251_774_506e-1,
    2.272_384_498_926_918_4e-2,
    7.745_450_142_783_414e-4,
];
const D: [f64; 8] = [
    1.0,
    2.053_191_626_637_759,
    1.676_384_830_183_803_8,
    6.897_673_349_851e-1,
    1.481_039_764_274_800_8e-1,
    1.519_866_656_361_645_7e-2,
    5.475_938_084_995_345e-4,
    1.050_750_071_644_416_9e-9,
];
const E: [f64; 8] = [
    6.657_904_643_501_103,
    5.463_784_911_164_114,
    1.784_826_539_917_291_3,
    2.965_605_718_285_048_7e-1,
    2.653_218_952_657_612_4e-2,
    1.242_660_947_388_078_4e-3,
    2.711_555_568_743_487_6e-5,
    2.010_334_399_292_288_1e-7,
];
const F: [f64; 8] = [
    1.0,
    5.998_322_065_558_88e-1,
    1.369_298_809_227_358e-1,
    1.487_536_129_085_061_5e-2,
    7.868_691_311_456_133e-4,
    1.846_318_317_510_054_8e-5,
    1.421_511_758_316_446e-7,
    2.044_263_103_389_939_8e-15,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quantile_inverts_the_cdf_in_all_three_branches() {
        let mut seen = 0;
        for i in 1..4000 {
            let x = -12.0 + i as f64 * 0.003;
            let back = quantile(cdf(x));
            assert!((back - x).abs() < 1e-13 * (1.0 + x.abs()), "{x}: {back}");
            assert!((quantile(1.0 - 0.5 * i as f64 / 4000.0) + quantile(0.5 * i as f64 / 4000.0)).abs() < 1e-11);
            seen += 1;
        }
        assert_eq!(seen, 3999);
    }

    #[test]
    fn known_quantiles_come_out() {
        // 97.5 % and 84.13 %: tables of the normal distribution.
        assert!((quantile(0.975) - 1.959_963_984_540_054).abs() < 1e-14);
        assert!((cdf(1.0) - 0.841_344_746_068_542_9).abs() < 1e-15);
        assert_eq!(quantile(0.5), 0.0);
    }

    #[test]
    fn truncation_keeps_the_shape_and_never_leaves_the_window() {
        // The median of a window [a, ∞) is where the survival function has halved.
        for a in [-3.0, 0.0, 2.0, 6.0, 9.0] {
            let median = truncated(0.5, 0.0, 1.0, a, f64::INFINITY);
            let (half, at_a) = (cdf(-median), cdf(-a));
            assert!((half / at_a - 0.5).abs() < 1e-9, "{a}: {median}");
        }
        assert_eq!(truncated(0.3, 5.0, 0.0, 0.0, 1.0), 1.0);
        // Forty standard deviations out nothing is left of Φ: the bound nearest to the mean.
        assert_eq!(truncated(0.5, 0.0, 1.0, 60.0, 61.0), 60.0);
        assert_eq!(truncated(0.5, 0.0, 1.0, -61.0, -60.0), -60.0);
    }
}
