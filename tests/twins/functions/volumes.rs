//! Extensions at places and volumes behind them: shaders/extended.wgsl and medium.wgsl, and what of surface.wgsl they need.

use super::places::{PLACE, material, place, place_arguments};
use crate::table::{Bound, Group, case, f, fs, u, us, v};
use genki::buffers::layout::NONE;
use genki::math::vec3;
use genki::render::cpu::medium::{self, Medium};
use genki::render::cpu::{extended, surface, texture};

pub fn volumes() -> Group {
    Group {
        name: "extended, medium",
        arguments: place_arguments(),
        n_rows: 2000,
        setup: PLACE,
        cases: vec![
            case(
                "find_extended",
                "let s = find_surface(place, material, direction, cone_area);
                 let e = find_extended(place, arg_u(0u) % 4u, s, -direction, cone_area);",
                "v3 e.specular_color; f e.specular; f e.roughness; f e.clearcoat; f e.clearcoat_roughness; v3 e.clearcoat_normal; \
                 v3 e.sheen_color; f e.sheen_roughness; f e.transmission; f e.diffuse_transmission; v3 e.diffuse_transmission_color; \
                 f e.anisotropy; v3 e.anisotropy_direction; f e.iridescence; f e.iridescence_nm",
                |c, a| {
                    let p = place(c, a);
                    let s = surface::find_surface(c, &p, material(c, a), a.v3(4), a.f(7));
                    let e = extended::find_extended(c, &p, a.u(0) % 4, &s, -a.v3(4), a.f(7));
                    [
                        v(e.specular_color),
                        fs(&[e.specular, e.roughness, e.clearcoat, e.clearcoat_roughness]),
                        v(e.clearcoat_normal),
                        v(e.sheen_color),
                        fs(&[e.sheen_roughness, e.transmission, e.diffuse_transmission]),
                        v(e.diffuse_transmission_color),
                        f(e.anisotropy),
                        v(e.anisotropy_direction),
                        fs(&[e.iridescence, e.iridescence_nm]),
                    ]
                    .concat()
                },
            ),
            case(
                "sample_slot",
                "",
                "v4 sample_slot(load_material(0u).base_color_texture, vec2f(x, direction.x), cone_area, place.front)",
                |c, a| {
                    let slot = &c.load_material(0).base_color_texture;
                    fs(&texture::sample_slot(c, slot, [a.f(8), a.f(4)], a.f(7), place(c, a).front))
                },
            ),
            case("coat_passes", "", "f coat_passes(place, material, -direction, cone_area)", |c, a| {
                f(extended::coat_passes(c, &place(c, a), material(c, a), -a.v3(4), a.f(7)))
            }),
            case("smooth_normal", "", "v3 smooth_normal(place)", |c, a| v(surface::smooth_normal(c, &place(c, a)))),
            case(
                "bent_normal",
                "",
                "v3 bent_normal(direction, find_tangent(place), vec3f(x, 0.4, 0.9), 0.7)",
                |c, a| {
                    let texel = vec3(a.f(8), 0.4, 0.9);
                    v(surface::bent_normal(a.v3(4), &surface::find_tangent(c, &place(c, a)), texel, 0.7))
                },
            ),
            case("find_tangent", "let t = find_tangent(place);", "v3 t.direction; f t.handedness", |c, a| {
                let t = surface::find_tangent(c, &place(c, a));
                [v(t.direction), f(t.handedness)].concat()
            }),
            case(
                "facing_normal",
                "",
                "v3 facing_normal(place.geometric_normal, direction, unit_or(vec3f(x, 0.3, 0.2), direction))",
                |c, a| {
                    let wo = surface::unit_or(vec3(a.f(8), 0.3, 0.2), a.v3(4));
                    v(surface::facing_normal(place(c, a).geometric_normal, a.v3(4), wo))
                },
            ),
            case("find_lift", "", "v3 find_lift(place)", |c, a| v(surface::find_lift(c, &place(c, a)))),
            case("vertex_lift", "", "v3 vertex_lift(direction, place.geometric_normal, place.position, x)", |c, a| {
                let p = place(c, a);
                v(surface::vertex_lift(a.v3(4), p.geometric_normal, p.position, a.f(8)))
            }),
            case("is_volume", "", "b is_volume(material)", |c, a| u(medium::is_volume(c, material(c, a)).into())),
            case(
                "medium_before",
                "let m = medium_before(Medium(NONE, 2u), arg_u(0u), place.front);",
                "u m.inner; u m.outer",
                |c, a| {
                    medium_words(medium::medium_before(c, Medium { inner: NONE, outer: 2 }, a.u(0), place(c, a).front))
                },
            ),
            case("is_hidden", "", "b is_hidden(Medium(arg_u(1u), NONE), arg_u(0u), place.front)", |c, a| {
                u(medium::is_hidden(c, Medium { inner: a.u(1), outer: NONE }, a.u(0), place(c, a).front).into())
            }),
            case(
                "medium_behind",
                "let m = medium_behind(Medium(arg_u(1u), 5u), arg_u(0u), place.front);",
                "u m.inner; u m.outer",
                |c, a| {
                    medium_words(medium::medium_behind(Medium { inner: a.u(1), outer: 5 }, a.u(0), place(c, a).front))
                },
            ),
            case(
                "medium_past",
                "let m = medium_past(Medium(arg_u(1u), 5u), arg_u(0u), place.front);",
                "u m.inner; u m.outer",
                |c, a| {
                    let medium = Medium { inner: a.u(1), outer: 5 };
                    medium_words(medium::medium_past(c, medium, a.u(0), place(c, a).front))
                },
            ),
            case("left_by_glossiness", "", "f left_by_glossiness(place, arg_u(0u) % 4u, cone_area)", |c, a| {
                f(surface::left_by_glossiness(c, &place(c, a), a.u(0) % 4, a.f(7)))
            }),
            case("left_of_light", "", "v3 left_of_light(1u, abs(x))", |c, a| {
                v(medium::left_of_light(c, 1, genki::math::det::abs(a.f(8))))
            }),
            case("channel_ior", "", "f channel_ior(load_material_extra(0u), arg_u(0u))", |c, a| {
                f(medium::channel_ior(c.load_material_extra(0), a.u(0)))
            }),
            case("medium_ior", "", "f medium_ior(select(NONE, 1u, place.front), arg_u(0u))", |c, a| {
                f(medium::medium_ior(c, if place(c, a).front { 1 } else { NONE }, a.u(0)))
            }),
            case("channel_weight", "", "v3 channel_weight(arg_u(0u) % 3u)", |_, a| {
                v(medium::channel_weight(a.u(0) % 3))
            }),
        ],
        bounds: vec![Bound {
            functions: &[
                "find_extended",
                "sample_slot",
                "left_by_glossiness",
                "smooth_normal",
                "coat_passes",
                "bent_normal",
                "find_tangent",
                "facing_normal",
                "find_lift",
                "vertex_lift",
                "left_of_light",
            ],
            ulps: 256.0,
            of: 1.0,
            reason: "texels are weighed by places that are off by an ulp; sums of products in another order",
        }],
    }
}

fn medium_words(m: Medium) -> Vec<crate::table::Word> {
    us(&[m.inner, m.outer])
}
