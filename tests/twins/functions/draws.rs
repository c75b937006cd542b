//! Random numbers: shaders/sampler.wgsl against src/render/cpu/sampler.rs.

use crate::table::Arg::{Below, Bits};
use crate::table::{Args, Group, case, f, u, us};
use genki::render::cpu::sampler;

pub fn draws() -> Group {
    Group {
        name: "sampler",
        arguments: vec![Bits, Bits, Below(4096), Below(4096), Below(1024), Below(200), Bits, Below(5000)],
        n_rows: 2000,
        setup: "let s = make_sampler(vec2(arg_u(0u), arg_u(1u)), vec2(arg_u(2u), arg_u(3u)), arg_u(4u));",
        cases: vec![
            case("make_sampler", "", "u s.pixel_seed; u s.reversed_idx", |_, a| {
                let s = drawn_sampler(a);
                us(&[s.pixel_seed, s.reversed_idx])
            }),
            case("bounce_set", "", "u bounce_set(arg_u(5u), 3u)", |_, a| u(sampler::bounce_set(a.u(5), 3))),
            case("draw_2d", "", "u2 draw_2d(s, arg_u(5u))", |_, a| us(&sampler::draw_2d(drawn_sampler(a), a.u(5)))),
            case("draw_1d", "", "u draw_1d(s, arg_u(5u))", |_, a| u(sampler::draw_1d(drawn_sampler(a), a.u(5)))),
            case("level_jitter", "", "f level_jitter(arg_u(6u))", |_, a| f(sampler::level_jitter(a.u(6)))),
            case("unit_float", "", "f unit_float(arg_u(6u))", |_, a| f(sampler::unit_float(a.u(6)))),
            case("draw_below", "", "u draw_below(arg_u(6u), arg_u(7u))", |_, a| u(sampler::draw_below(a.u(6), a.u(7)))),
            case("sobol_1_reversed", "", "u sobol_1_reversed(arg_u(6u))", |_, a| u(sampler::sobol_1_reversed(a.u(6)))),
            case("owen_reversed", "", "u owen_reversed(arg_u(6u), arg_u(0u))", |_, a| {
                u(sampler::owen_reversed(a.u(6), a.u(0)))
            }),
            case("hash_u32", "", "u hash_u32(arg_u(6u))", |_, a| u(sampler::hash_u32(a.u(6)))),
        ],
        bounds: Vec::new(),
    }
}

fn drawn_sampler(a: &Args) -> sampler::Sampler {
    sampler::make_sampler(a.u2(0), a.u2(2), a.u(4))
}
