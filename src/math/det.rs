//! Elementary functions that give the same bits on every machine. Twin: shaders/det.wgsl.
//!
//! Only + − × ÷ sqrt, comparisons, integers and exact casts; one operation per rounding, nothing fused.
//! The one home of `min`, `max`, `clamp` and of all transcendentals (clippy.toml refuses std's elsewhere).

use std::f32::consts::{FRAC_PI_2, FRAC_PI_4, PI};

/// The smaller of two numbers; `b` where either is NaN.
#[inline(always)]
pub fn min(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

/// The larger of two numbers; `b` where either is NaN.
#[inline(always)]
pub fn max(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

/// `x` limited to [lo, hi]; `lo` for NaN.
#[inline(always)]
pub fn clamp(x: f32, lo: f32, hi: f32) -> f32 {
    min(max(x, lo), hi)
}

/// |x|, exact.
#[inline(always)]
pub fn abs(x: f32) -> f32 {
    f32::from_bits(x.to_bits() & 0x7fff_ffff)
}

/// The largest whole number not above `x`, for |x| < 2³¹.
#[inline(always)]
pub fn floor(x: f32) -> f32 {
    let whole = (x as i32) as f32;
    if whole > x { whole - 1.0 } else { whole }
}

/// π/2 in three parts with trailing zero bits, so that the first two products with a small integer are exact.
const PIO2_HI: f32 = 1.570_312_5;
const PIO2_MID: f32 = 4.837_513e-4;
const PIO2_LO: f32 = 7.549_79e-8;

/// (sine, cosine) of the angle r + quadrant · π/2, |r| ≤ π/4: the polynomials shared by the two below.
#[inline(always)]
fn sin_cos_reduced(r: f32, quadrant: i32) -> (f32, f32) {
    let z = r * r;
    let mut s = -1.951_529_6e-4 * z + 8.332_161e-3;
    s = s * z - 1.666_665_5e-1;
    s = s * z * r + r;
    let mut c = 2.443_315_7e-5 * z - 1.388_731_6e-3;
    c = c * z + 4.166_664_6e-2;
    c = c * z * z;
    c = c - 0.5 * z + 1.0;
    match quadrant & 3 {
        0 => (s, c),
        1 => (c, -s),
        2 => (-s, -c),
        _ => (-c, s),
    }
}

/// Sine and cosine of `x` radians, |x| < 8192; absolute error below 2e-7.
///
/// Source: Cody–Waite reduction and the minimax polynomials of Cephes' sinf.c (S. Moshier).
#[inline]
pub fn sin_cos(x: f32) -> (f32, f32) {
    let quadrant = floor(x * std::f32::consts::FRAC_2_PI + 0.5);
    let mut r = x - quadrant * PIO2_HI;
    r -= quadrant * PIO2_MID;
    r -= quadrant * PIO2_LO;
    sin_cos_reduced(r, quadrant as i32)
}

/// Sine and cosine of `turns` full turns, |turns| < 2²⁰; absolute error below 2e-7 for |turns| ≤ 1.
#[inline]
pub fn sin_cos_turns(turns: f32) -> (f32, f32) {
    let quadrant = floor(turns * 4.0 + 0.5);
    let r = (turns * 4.0 - quadrant) * FRAC_PI_2;
    sin_cos_reduced(r, quadrant as i32)
}

/// Sine of `x` radians; see [`sin_cos`].
#[inline]
pub fn sin(x: f32) -> f32 {
    sin_cos(x).0
}

/// Cosine of `x` radians; see [`sin_cos`].
#[inline]
pub fn cos(x: f32) -> f32 {
    sin_cos(x).1
}

/// e^x; 0 below −87, and limited to e^88 above. Relative error below 3e-7. Source: Cephes' expf.c.
#[inline]
pub fn exp(x: f32) -> f32 {
    if x < -87.0 {
        return 0.0;
    }
    let x = min(x, 88.0);
    let n = floor(x * std::f32::consts::LOG2_E + 0.5);
    let mut r = x - n * 0.693_359_4;
    r -= n * -2.121_944_4e-4;
    let z = r * r;
    let mut y = 1.987_569_1e-4 * r + 1.398_2e-3;
    y = y * r + 8.333_452e-3;
    y = y * r + 4.166_579_6e-2;
    y = y * r + 1.666_666_5e-1;
    y = y * r + 5e-1;
    y = y * z + r + 1.0;
    // 2^n in two steps: n may be 127, and y · 2^n needs the exponent n itself only.
    y * f32::from_bits(((n as i32 + 127) as u32) << 23)
}

/// Natural logarithm of a normal positive number; −87.4 for zero and below. Relative error below 3e-7.
///
/// Source: Cephes' logf.c.
#[inline]
pub fn log(x: f32) -> f32 {
    let x = max(x, f32::MIN_POSITIVE);
    let bits = x.to_bits();
    let mut e = ((bits >> 23) as i32 - 126) as f32;
    let mut m = f32::from_bits((bits & 0x007f_ffff) | 0x3f00_0000);
    if m < std::f32::consts::FRAC_1_SQRT_2 {
        e -= 1.0;
        m += m;
    }
    let r = m - 1.0;
    let z = r * r;
    let mut y = 7.037_684e-2 * r - 1.151_461e-1;
    y = y * r + 1.167_699_9e-1;
    y = y * r - 1.242_014_1e-1;
    y = y * r + 1.424_932_3e-1;
    y = y * r - 1.666_805_8e-1;
    y = y * r + 2.000_071_5e-1;
    y = y * r - 2.499_999_4e-1;
    y = y * r + 3.333_333e-1;
    y = y * r * z;
    y += -2.121_944_4e-4 * e;
    y += -0.5 * z;
    let sum = r + y;
    sum + 0.693_359_4 * e
}

/// x^y for x ≥ 0 as e^(y ln x); 0 for x = 0.
#[inline]
pub fn pow(x: f32, y: f32) -> f32 {
    if x <= 0.0 { 0.0 } else { exp(y * log(x)) }
}

/// 2^x.
#[inline]
pub fn exp2(x: f32) -> f32 {
    exp(x * std::f32::consts::LN_2)
}

/// Base-2 logarithm; see [`log`].
#[inline]
pub fn log2(x: f32) -> f32 {
    log(x) * std::f32::consts::LOG2_E
}

/// Arc tangent in (−π/2, π/2); absolute error below 3e-7. Source: Cephes' atanf.c.
#[inline]
pub fn atan(x: f32) -> f32 {
    let a = abs(x);
    let (offset, r) = if a > 2.414_213_7 {
        (FRAC_PI_2, -1.0 / a)
    } else if a > 0.414_213_57 {
        (FRAC_PI_4, (a - 1.0) / (a + 1.0))
    } else {
        (0.0, a)
    };
    let z = r * r;
    let mut y = 8.053_744_5e-2 * z - 1.387_768_6e-1;
    y = y * z + 1.997_771_1e-1;
    y = y * z - 3.333_295e-1;
    y = y * z * r + r;
    y += offset;
    if x < 0.0 { -y } else { y }
}

/// The angle of (x, y) in (−π, π]; 0 for the origin.
#[inline]
pub fn atan2(y: f32, x: f32) -> f32 {
    if x == 0.0 {
        return if y > 0.0 {
            FRAC_PI_2
        } else if y < 0.0 {
            -FRAC_PI_2
        } else {
            0.0
        };
    }
    let a = atan(y / x);
    if x > 0.0 {
        a
    } else if y < 0.0 {
        a - PI
    } else {
        a + PI
    }
}

/// Arc sine of |x| ≤ 0.5. Source: Cephes' asinf.c.
#[inline]
fn asin_small(x: f32) -> f32 {
    let z = x * x;
    let mut y = 4.216_32e-2 * z + 2.418_131e-2;
    y = y * z + 4.547_002_6e-2;
    y = y * z + 7.495_300_3e-2;
    y = y * z + 1.666_675_2e-1;
    y * z * x + x
}

/// Arc cosine in [0, π]; arguments past ±1 count as ±1. Absolute error below 3e-7.
#[inline]
pub fn acos(x: f32) -> f32 {
    let x = clamp(x, -1.0, 1.0);
    if x < -0.5 {
        PI - 2.0 * asin_small((0.5 * (1.0 + x)).sqrt())
    } else if x > 0.5 {
        2.0 * asin_small((0.5 * (1.0 - x)).sqrt())
    } else {
        FRAC_PI_2 - asin_small(x)
    }
}

/// Arc sine in [−π/2, π/2]; arguments past ±1 count as ±1.
#[inline]
pub fn asin(x: f32) -> f32 {
    FRAC_PI_2 - acos(x)
}

/// Tangent of `x` radians.
#[inline]
pub fn tan(x: f32) -> f32 {
    let (s, c) = sin_cos(x);
    s / c
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "f64's own functions are the oracle")]
mod tests {
    use super::*;

    /// Largest |got − want| over `n` + 1 evenly spaced arguments in [lo, hi], divided by `scale(want)`.
    fn worst(lo: f64, hi: f64, got: impl Fn(f32) -> f32, want: impl Fn(f64) -> f64, scale: impl Fn(f64) -> f64) -> f64 {
        let n = 200_000;
        (0..=n).fold(0.0, |worst, i| {
            let x = (lo + (hi - lo) * f64::from(i) / f64::from(n)) as f32;
            let want = want(f64::from(x));
            worst.max((f64::from(got(x)) - want).abs() / scale(want))
        })
    }

    #[test]
    fn sine_and_cosine_are_as_exact_as_stated() {
        assert!(worst(-100.0, 100.0, sin, f64::sin, |_| 1.0) < 2e-7);
        assert!(worst(-100.0, 100.0, cos, f64::cos, |_| 1.0) < 2e-7);
        assert!(worst(-8191.0, 8191.0, sin, f64::sin, |_| 1.0) < 2e-7);
        assert!(worst(-8191.0, 8191.0, cos, f64::cos, |_| 1.0) < 2e-7);
        let turn = std::f64::consts::TAU;
        assert!(worst(-1.0, 1.0, |x| sin_cos_turns(x).0, |x| (turn * x).sin(), |_| 1.0) < 2e-7);
        assert!(worst(-1.0, 1.0, |x| sin_cos_turns(x).1, |x| (turn * x).cos(), |_| 1.0) < 2e-7);
    }

    #[test]
    fn exponential_and_logarithm_are_as_exact_as_stated() {
        assert!(worst(-86.9, 88.0, exp, f64::exp, |want| want) < 3e-7);
        assert!(worst(1e-6, 4.0, log, f64::ln, |want| want.abs().max(0.1)) < 3e-7);
        assert!(worst(0.5, 1e9, log, f64::ln, |want| want.abs().max(0.1)) < 3e-7);
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(log(1.0), 0.0);
        assert_eq!(exp(-100.0), 0.0);
    }

    #[test]
    fn powers_of_small_exponents_are_exact_to_a_millionth() {
        assert!(worst(1e-4, 1.0, |x| pow(x, 2.4), |x| x.powf(2.4), |want| want) < 4e-6);
        assert!(worst(1e-4, 1.0, |x| pow(x, 1.0 / 2.4), |x| x.powf(f64::from(1.0f32 / 2.4)), |want| want) < 1e-6);
        assert_eq!(pow(0.0, 2.0), 0.0);
    }

    #[test]
    fn arc_functions_are_as_exact_as_stated() {
        assert!(worst(-20.0, 20.0, atan, f64::atan, |_| 1.0) < 3e-7);
        assert!(worst(-1.0, 1.0, acos, f64::acos, |_| 1.0) < 3e-7);
        assert!(worst(-1.0, 1.0, asin, f64::asin, |_| 1.0) < 3e-7);
        let around = |f: fn(f64, f64) -> f64, x: f64| f((x * 1.1).sin(), (x * 1.1).cos());
        let angle = |x: f32| atan2((f64::from(x) * 1.1).sin() as f32, (f64::from(x) * 1.1).cos() as f32);
        assert!(worst(-2.85, 2.85, angle, |x| around(f64::atan2, x), |_| 1.0) < 4e-7);
        assert_eq!(atan2(0.0, 0.0), 0.0);
        assert_eq!(atan2(1.0, 0.0), FRAC_PI_2);
        assert_eq!(atan2(0.0, -1.0), PI);
    }

    #[test]
    fn floor_is_the_whole_number_below() {
        for (x, want) in [(1.5, 1.0), (-1.5, -2.0), (2.0, 2.0), (-2.0, -2.0), (0.0, 0.0), (-0.25, -1.0)] {
            assert_eq!(floor(x), want, "{x}");
        }
    }

    #[test]
    fn a_wrong_value_is_rejected() {
        assert!(worst(-1.0, 1.0, |x| sin(x) + 3e-7, f64::sin, |_| 1.0) > 2e-7);
    }
}
