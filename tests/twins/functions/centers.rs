//! What rays through pixels' centres find: shaders/geometry.wgsl against src/render/cpu/geometry.rs, without the walk.

use super::places::place_arguments;
use crate::table::{Args, Bound, Group, case, fs, u, us, v};
use genki::render::cpu::geometry::{Seen, geometry_of, look_at, point_of};
use genki::render::cpu::load::Context;
use genki::render::cpu::walk::Hit;

fn seen(c: &Context, a: &Args) -> Seen {
    let hit = Hit { t: 1.0, u: a.f(2), v: a.f(3), instance_idx: a.u(0), triangle_idx: a.u(1) };
    look_at(c, &hit, a.v3(4), a.f(8) + 2.0, a.f(7) + 1.0)
}

pub fn centers() -> Group {
    Group {
        name: "geometry",
        arguments: place_arguments(),
        n_rows: 2000,
        setup: "
    let hit = Hit(1.0, arg(2u), arg(3u), arg_u(0u), arg_u(1u));
    let seen = look_at(hit, arg3(4u), arg(8u) + 2.0, arg(7u) + 1.0);
",
        cases: vec![
            case(
                "look_at",
                "let s = look_at(hit, arg3(4u), 2.5, 1.25);",
                "u s.place.material_idx; u s.triangle_idx; v3 s.place.position; v3 s.base_color; f s.depth; f s.distance; \
                 f s.cone_area; v2 s.weights",
                |c, a| {
                    let hit = Hit { t: 1.0, u: a.f(2), v: a.f(3), instance_idx: a.u(0), triangle_idx: a.u(1) };
                    let s = look_at(c, &hit, a.v3(4), 2.5, 1.25);
                    let numbers = fs(&[s.depth, s.distance, s.cone_area]);
                    [
                        us(&[s.place.material_idx, s.triangle_idx]),
                        v(s.place.position),
                        v(s.base_color),
                        numbers,
                        fs(&s.weights),
                    ]
                    .concat()
                },
            ),
            // Without texels: whatever is filtered may fall on the other side of a half.
            case("stops", "", "b seen.stops || arg_u(0u) == 3u", |c, a| u((seen(c, a).stops || a.u(0) == 3).into())),
            case(
                "geometry_of",
                "let g = geometry_of(seen);",
                "f g.depth; f g.distance; v3 g.normal; f g.roughness; f g.metallic; u g.instance; u g.semantic",
                |c, a| {
                    let g = geometry_of(c, &seen(c, a));
                    let (lengths, surface) = (fs(&[g.depth, g.distance]), fs(&[g.roughness, g.metallic]));
                    [lengths, v(g.normal), surface, us(&[g.instance, g.semantic])].concat()
                },
            ),
            case(
                "point_of",
                "let p = point_of(seen);",
                "v3 p.position; v3 p.normal; v2 p.uv; v3 p.emission; u p.material; u p.part",
                |c, a| {
                    let p = point_of(c, &seen(c, a));
                    [v(p.position), v(p.normal), fs(&p.uv), v(p.emission), us(&[p.material, p.part])].concat()
                },
            ),
            case("load_placed", "", "u load_placed(arg_u(0u) % placed_count()); u placed_count()", |c, a| {
                [u(c.load_placed(a.u(0) % c.placed_count())), u(c.placed_count())].concat()
            }),
        ],
        bounds: vec![Bound {
            functions: &["look_at", "geometry_of"],
            ulps: 128.0,
            of: 1.0,
            reason: "texels as of find_color and find_surface",
        }],
    }
}
