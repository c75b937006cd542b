//! Elementary functions from + − × ÷ sqrt, comparisons and integers. Twin: src/math/det.rs, there without the prefix.
//!
//! The built-in sin, cos, exp, log, pow, acos, atan2 differ between devices by up to a thousand ulp; these hardly do.

const DET_PI: f32 = 3.1415927;
const DET_FRAC_PI_2: f32 = 1.5707964;
const DET_FRAC_PI_4: f32 = 0.7853982;
const DET_FRAC_2_PI: f32 = 0.63661975;
const DET_LOG2_E: f32 = 1.442695;
const DET_LN_2: f32 = 0.6931472;
/// π/2 in three parts with trailing zero bits, so that the first two products with a small integer are exact.
const DET_PIO2_HI: f32 = 1.5703125;
const DET_PIO2_MID: f32 = 4.837512969970703e-4;
const DET_PIO2_LO: f32 = 7.549789948768648e-8;
/// The smallest normal f32.
const DET_MIN_POSITIVE: f32 = 1.17549435e-38;
const DET_FRAC_1_SQRT_2: f32 = 0.70710677;

fn det_min(a: f32, b: f32) -> f32 {
    return select(b, a, a < b);
}

fn det_max(a: f32, b: f32) -> f32 {
    return select(b, a, a > b);
}

fn det_clamp(x: f32, lo: f32, hi: f32) -> f32 {
    return det_min(det_max(x, lo), hi);
}

fn det_abs(x: f32) -> f32 {
    return bitcast<f32>(bitcast<u32>(x) & 0x7fffffffu);
}

fn det_floor(x: f32) -> f32 {
    let whole = f32(i32(x));
    return select(whole, whole - 1.0, whole > x);
}

/// (sine, cosine) of the angle r + quadrant · π/2, |r| ≤ π/4: the polynomials shared by the two below.
fn det_sin_cos_reduced(r: f32, quadrant: i32) -> vec2f {
    let z = r * r;
    var s = -1.9515296e-4 * z + 8.332161e-3;
    s = s * z - 1.6666655e-1;
    s = s * z * r + r;
    var c = 2.4433157e-5 * z - 1.3887316e-3;
    c = c * z + 4.1666646e-2;
    c = c * z * z;
    c = c - 0.5 * z + 1.0;
    switch quadrant & 3 {
        case 0: {
            return vec2f(s, c);
        }
        case 1: {
            return vec2f(c, -s);
        }
        case 2: {
            return vec2f(-s, -c);
        }
        default: {
            return vec2f(-c, s);
        }
    }
}

fn det_sin_cos(x: f32) -> vec2f {
    let quadrant = det_floor(x * DET_FRAC_2_PI + 0.5);
    var r = x - quadrant * DET_PIO2_HI;
    r = r - quadrant * DET_PIO2_MID;
    r = r - quadrant * DET_PIO2_LO;
    return det_sin_cos_reduced(r, i32(quadrant));
}

fn det_sin_cos_turns(turns: f32) -> vec2f {
    let quadrant = det_floor(turns * 4.0 + 0.5);
    let r = (turns * 4.0 - quadrant) * DET_FRAC_PI_2;
    return det_sin_cos_reduced(r, i32(quadrant));
}

fn det_sin(x: f32) -> f32 {
    return det_sin_cos(x).x;
}

fn det_cos(x: f32) -> f32 {
    return det_sin_cos(x).y;
}

fn det_exp(x_in: f32) -> f32 {
    if x_in < -87.0 {
        return 0.0;
    }
    let x = det_min(x_in, 88.0);
    let n = det_floor(x * DET_LOG2_E + 0.5);
    var r = x - n * 0.6933594;
    r = r - n * -2.1219444e-4;
    let z = r * r;
    var y = 1.9875691e-4 * r + 1.3982e-3;
    y = y * r + 8.333452e-3;
    y = y * r + 4.1665796e-2;
    y = y * r + 1.6666665e-1;
    y = y * r + 5.000000e-1;
    y = y * z + r + 1.0;
    return y * bitcast<f32>(u32(i32(n) + 127) << 23u);
}

fn det_log(x_in: f32) -> f32 {
    let x = det_max(x_in, DET_MIN_POSITIVE);
    let bits = bitcast<u32>(x);
    var e = f32(i32(bits >> 23u) - 126);
    var m = bitcast<f32>((bits & 0x007fffffu) | 0x3f000000u);
    if m < DET_FRAC_1_SQRT_2 {
        e = e - 1.0;
        m = m + m;
    }
    let r = m - 1.0;
    let z = r * r;
    var y = 7.037684e-2 * r - 1.151461e-1;
    y = y * r + 1.1676999e-1;
    y = y * r - 1.2420141e-1;
    y = y * r + 1.4249323e-1;
    y = y * r - 1.6668058e-1;
    y = y * r + 2.0000715e-1;
    y = y * r - 2.4999994e-1;
    y = y * r + 3.3333331e-1;
    y = y * r * z;
    y = y + -2.1219444e-4 * e;
    y = y + -0.5 * z;
    let sum = r + y;
    return sum + 0.6933594 * e;
}

fn det_pow(x: f32, y: f32) -> f32 {
    if x <= 0.0 {
        return 0.0;
    }
    return det_exp(y * det_log(x));
}

fn det_exp2(x: f32) -> f32 {
    return det_exp(x * DET_LN_2);
}

fn det_log2(x: f32) -> f32 {
    return det_log(x) * DET_LOG2_E;
}

fn det_atan(x: f32) -> f32 {
    let a = det_abs(x);
    var offset = 0.0;
    var r = a;
    if a > 2.4142137 {
        offset = DET_FRAC_PI_2;
        r = -1.0 / a;
    } else if a > 0.41421357 {
        offset = DET_FRAC_PI_4;
        r = (a - 1.0) / (a + 1.0);
    }
    let z = r * r;
    var y = 8.0537445e-2 * z - 1.3877686e-1;
    y = y * z + 1.9977711e-1;
    y = y * z - 3.333295e-1;
    y = y * z * r + r;
    y = y + offset;
    return select(y, -y, x < 0.0);
}

fn det_atan2(y: f32, x: f32) -> f32 {
    if x == 0.0 {
        if y > 0.0 {
            return DET_FRAC_PI_2;
        }
        return select(0.0, -DET_FRAC_PI_2, y < 0.0);
    }
    let a = det_atan(y / x);
    if x > 0.0 {
        return a;
    }
    return select(a + DET_PI, a - DET_PI, y < 0.0);
}

/// Arc sine of |x| ≤ 0.5.
fn det_asin_small(x: f32) -> f32 {
    let z = x * x;
    var y = 4.21632e-2 * z + 2.4181311e-2;
    y = y * z + 4.5470026e-2;
    y = y * z + 7.4953003e-2;
    y = y * z + 1.6666752e-1;
    return y * z * x + x;
}

fn det_acos(x_in: f32) -> f32 {
    let x = det_clamp(x_in, -1.0, 1.0);
    if x < -0.5 {
        return DET_PI - 2.0 * det_asin_small(sqrt(0.5 * (1.0 + x)));
    }
    if x > 0.5 {
        return 2.0 * det_asin_small(sqrt(0.5 * (1.0 - x)));
    }
    return DET_FRAC_PI_2 - det_asin_small(x);
}

fn det_asin(x: f32) -> f32 {
    return DET_FRAC_PI_2 - det_acos(x);
}

fn det_tan(x: f32) -> f32 {
    let sc = det_sin_cos(x);
    return sc.x / sc.y;
}
