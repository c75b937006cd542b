//! Which light is picked: shaders/pick.wgsl against src/render/cpu/pick.rs.

use crate::table::Arg::{Below, Between, Bits, Vector};
use crate::table::{Group, case, f, fs, u};
use genki::render::cpu::pick;

pub fn picks() -> Group {
    Group {
        name: "pick",
        // Position, two draws, a light or a node, two cosines.
        arguments: vec![Vector(-2.0, 2.5), Bits, Bits, Below(8), Between(-1.0, 1.0), Between(-1.0, 1.0)],
        n_rows: 3000,
        setup: "
            let position = arg3(0u); let draws = vec2(arg_u(3u), arg_u(4u)); let light_idx = 2u + arg_u(5u); let chance = sun_chance(position);
            let x = arg(6u); let y = arg(7u);",
        cases: vec![
            case("pick_light", "let p = pick_light(position, chance, draws);", "u p.light_idx; f p.probability", |c, a| {
                let p = pick::pick_light(c, a.v3(0), pick::sun_chance(c, a.v3(0)), a.u2(3));
                [u(p.light_idx), f(p.probability)].concat()
            }),
            case("pick_probability", "", "f pick_probability(light_idx, position, chance)", |c, a| {
                f(pick::pick_probability(c, 2 + a.u(5), a.v3(0), pick::sun_chance(c, a.v3(0))))
            }),
            case("pick_sun", "let p = pick_sun(draws.x, draws.y, x);", "u p.light_idx; f p.probability", |c, a| {
                let p = pick::pick_sun(c, a.u(3), a.u(4), a.f(6));
                [u(p.light_idx), f(p.probability)].concat()
            }),
            case("lamps_importance", "", "f lamps_importance(position)", |c, a| f(pick::lamps_importance(c, a.v3(0)))),
            case("node_bound", "", "f node_bound(load_light_node(1u + arg_u(5u)), x, position)", |c, a| {
                f(pick::node_bound(c.load_light_node(1 + a.u(5)), a.f(6), a.v3(0)))
            }),
            case("sun_probability", "", "f sun_probability(load_light(1u), chance)", |c, a| {
                f(pick::sun_probability(c.load_light(1), pick::sun_chance(c, a.v3(0))))
            }),
            case("sun_chance", "", "u sun_chance(position)", |c, a| u(pick::sun_chance(c, a.v3(0)))),
            case("branch_chance", "", "u branch_chance(load_light_node(0u), position)", |c, a| {
                u(pick::branch_chance(c, c.load_light_node(0), a.v3(0)))
            }),
            case("node_importance", "", "f node_importance(load_light_node(1u + arg_u(5u)), position)", |c, a| {
                f(pick::node_importance(c.load_light_node(1 + a.u(5)), a.v3(0)))
            }),
            case("sine_of", "", "f sine_of(x)", |_, a| f(pick::sine_of(a.f(6)))),
            case(
                "less_angle",
                "let r = less_angle(vec2f(sine_of(x), x), vec2f(sine_of(y), y));",
                "f r.x; f r.y",
                |_, a| {
                    let pair = |cosine: f32| [pick::sine_of(cosine), cosine];
                    fs(&pick::less_angle(pair(a.f(6)), pair(a.f(7))))
                },
            ),
        ],
        bounds: Vec::new(),
    }
}
