//! Elementary functions: shaders/det.wgsl against src/math/det.rs.

use crate::table::Arg::{Between, OneOf};
use crate::table::{Bound, Group, case, f, two};
use genki::math::det;

pub fn elementary() -> Group {
    Group {
        name: "det",
        arguments: vec![
            Between(-100.0, 100.0),
            OneOf(vec![-3.0, -0.5, -0.0, 0.0, 0.25, 1.0, 2.0, 2.5]),
            Between(-1.0, 1.0),
            Between(0.0, 8.0),
        ],
        n_rows: 2000,
        setup: "let x = arg(0u); let y = arg(1u); let s = arg(2u); let p = arg(3u);",
        cases: vec![
            case("det_min", "", "f det_min(x, y)", |_, a| f(det::min(a.f(0), a.f(1)))),
            case("det_max", "", "f det_max(x, y)", |_, a| f(det::max(a.f(0), a.f(1)))),
            case("det_clamp", "", "f det_clamp(x, -2.0, 3.0)", |_, a| f(det::clamp(a.f(0), -2.0, 3.0))),
            case("det_abs", "", "f det_abs(x)", |_, a| f(det::abs(a.f(0)))),
            case("det_floor", "", "f det_floor(x)", |_, a| f(det::floor(a.f(0)))),
            case("det_sin_cos", "", "v2 det_sin_cos(x)", |_, a| two(det::sin_cos(a.f(0)))),
            case("det_sin_cos_turns", "", "v2 det_sin_cos_turns(s)", |_, a| two(det::sin_cos_turns(a.f(2)))),
            case("det_sin", "", "f det_sin(x)", |_, a| f(det::sin(a.f(0)))),
            case("det_cos", "", "f det_cos(x)", |_, a| f(det::cos(a.f(0)))),
            case("det_exp", "", "f det_exp(x)", |_, a| f(det::exp(a.f(0)))),
            case("det_log", "", "f det_log(p)", |_, a| f(det::log(a.f(3)))),
            case("det_pow", "", "f det_pow(p, y)", |_, a| f(det::pow(a.f(3), a.f(1)))),
            case("det_exp2", "", "f det_exp2(x)", |_, a| f(det::exp2(a.f(0)))),
            case("det_log2", "", "f det_log2(p)", |_, a| f(det::log2(a.f(3)))),
            case("det_atan", "", "f det_atan(x)", |_, a| f(det::atan(a.f(0)))),
            case("det_atan2", "", "f det_atan2(s, y)", |_, a| f(det::atan2(a.f(2), a.f(1)))),
            case("det_acos", "", "f det_acos(s)", |_, a| f(det::acos(a.f(2)))),
            case("det_asin", "", "f det_asin(s)", |_, a| f(det::asin(a.f(2)))),
            case("det_tan", "", "f det_tan(s)", |_, a| f(det::tan(a.f(2)))),
        ],
        bounds: vec![
            Bound {
                functions: &["det_sin_cos", "det_sin_cos_turns", "det_sin", "det_cos"],
                ulps: 2.0,
                of: 0.0,
                reason: "the cosine's c z² − z/2 + 1, at least 0.7, is added in another order: two roundings",
            },
            Bound {
                functions: &["det_tan"],
                ulps: 4.0,
                of: 0.0,
                reason: "the quotient of a sine and a cosine off by two: up to twice as many where it begins a binade",
            },
            Bound {
                functions: &["det_exp", "det_pow", "det_exp2"],
                ulps: 2.0,
                of: 0.0,
                reason: "y z + r + 1, at least 0.7, is added in another order: two roundings",
            },
            Bound {
                functions: &["det_acos", "det_asin"],
                ulps: 2.0,
                of: 2.0,
                reason: "π/2 joins the arc sine's last sum: two roundings of numbers up to π/2; the arc sine is what is left",
            },
        ],
    }
}
