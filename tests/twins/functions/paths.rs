//! Paths: shaders/path.wgsl against src/render/cpu/path.rs, whole ones too.

use crate::table::Arg::{Below, Between, Direction, OneOf};
use crate::table::{Bound, Group, Word, case, f, u, v};
use genki::math::Vec3;
use genki::render::cpu::{direct, path};

pub fn paths() -> Group {
    Group {
        name: "path",
        arguments: vec![
            Direction,
            Below(3),
            Between(0.0, 2.0),
            Between(0.0, 1.0),
            Below(256),
            OneOf(vec![0.5, 1.0, f32::MAX]),
        ],
        n_rows: 1000,
        setup: "let d = arg3(0u); let x = arg(4u); let y = arg(5u);",
        cases: vec![
            case("sky_and_suns", "", "v3 sky_and_suns(d, arg_u(3u), x, y, 50000u)", |c, a| {
                v(direct::sky_and_suns(c, a.v3(0), a.u(3), a.f(4), a.f(5), 50_000))
            }),
            case("shorter", "", "f shorter(arg(7u), y)", |_, a| f(direct::shorter(a.f(7), a.f(5)))),
            case("survival_chances", "", "u survival_chances(x)", |_, a| u(path::survival_chances(a.f(4)))),
            case("scattered_spread", "", "f scattered_spread(y * 0.01, x, 1u + arg_u(6u))", |_, a| {
                f(path::scattered_spread(a.f(5) * 0.01, a.f(4), 1 + a.u(6)))
            }),
            case("limit", "", "v3 limit(d + vec3f(1.0), y)", |_, a| v(path::limit(a.v3(0) + Vec3::ONE, a.f(5)))),
            case("max_component", "", "f max_component(d)", |_, a| f(a.v3(0).max_component())),
        ],
        bounds: vec![Bound { functions: &["sky_and_suns"], ulps: 32.0, of: 30.0, reason: "as of look_up_sky" }],
    }
}

/// One sample of one pixel of the first view, from camera to light.
pub fn whole_paths() -> Group {
    Group {
        name: "path: whole",
        arguments: vec![Below(64), Below(48), Below(16)],
        n_rows: 2000,
        setup: "let pixel = vec2(arg_u(0u), arg_u(1u));",
        cases: vec![case(
            "trace_path",
            "let s = trace_path(pixel, arg_u(2u));",
            "v3 s.radiance; f s.alpha; v3 s.albedo",
            |c, a| path_sample(&path::trace_path(c, a.u2(0), a.u(2))),
        )],
        bounds: vec![Bound {
            functions: &["trace_path"],
            ulps: f64::INFINITY,
            of: 0.0,
            reason: "a path that rounding sends past an edge is another path: what is shipped is compared by whole pictures",
        }],
    }
}

fn path_sample(s: &path::PathSample) -> Vec<Word> {
    [v(s.radiance), f(s.alpha), v(s.albedo)].concat()
}
