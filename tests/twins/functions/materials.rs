//! Materials at places: shaders/surface.wgsl against src/render/cpu/surface.rs, and who meets them.

use super::places::{PLACE, material, place, place_arguments};
use crate::table::{Bound, Group, case, f, fs, u, v};
use genki::math::Vec3;
use genki::render::cpu::walk::{Hit, Ray};
use genki::render::cpu::{path, sampler, surface};

pub fn materials() -> Group {
    Group {
        name: "surface: materials",
        arguments: place_arguments(),
        n_rows: 2000,
        setup: PLACE,
        cases: vec![
            case("find_color", "", "v4 find_color(place, material, cone_area)", |c, a| {
                let (color, alpha) = surface::find_color(c, &place(c, a), material(c, a), a.f(7));
                [v(color), f(alpha)].concat()
            }),
            case("coverage", "", "f coverage(material, x)", |c, a| f(surface::coverage(material(c, a), a.f(8)))),
            case("find_emission", "", "v3 find_emission(place, material, cone_area)", |c, a| {
                v(surface::find_emission(c, &place(c, a), material(c, a), a.f(7)))
            }),
            case(
                "find_surface",
                "let s = find_surface(place, material, direction, cone_area);",
                "v3 s.normal; v3 s.base_color; f s.roughness; f s.metallic",
                |c, a| {
                    let s = surface::find_surface(c, &place(c, a), material(c, a), a.v3(4), a.f(7));
                    [v(s.normal), v(s.base_color), fs(&[s.roughness, s.metallic])].concat()
                },
            ),
            case("find_normal", "", "v3 find_normal(place, material, cone_area)", |c, a| {
                v(surface::find_normal(c, &place(c, a), material(c, a), a.f(7)))
            }),
            case(
                "transmittance",
                "let p = transmittance(hit, Ray(vec3f(0.0), direction, 0.0, 1.0));",
                "f p.share; v3 p.place.position",
                |c, a| {
                    let hit = Hit { t: 1.0, u: a.f(2), v: a.f(3), instance_idx: a.u(0), triangle_idx: a.u(1) };
                    let ray = Ray { origin: Vec3::ZERO, direction: a.v3(4), t_min: 0.0, t_max: 1.0 };
                    let (share, p) = surface::transmittance(c, &hit, &ray);
                    [f(share), v(p.position)].concat()
                },
            ),
            case("camera_sees", "", "b camera_sees(place, material)", |c, a| {
                u(surface::camera_sees(c, &place(c, a), material(c, a)).into())
            }),
            case(
                "is_met",
                "let s = make_sampler(vec2(1u, 2u), vec2(arg_u(2u), arg_u(3u)), 5u);",
                "b is_met(place, material, x, arg_u(1u), s, 3u)",
                |c, a| {
                    let s = sampler::make_sampler([1, 2], a.u2(2), 5);
                    u(path::is_met(c, &place(c, a), material(c, a), a.f(8), a.u(1), s, 3).into())
                },
            ),
        ],
        bounds: vec![
            Bound {
                functions: &["find_color"],
                ulps: 64.0,
                of: 1.0,
                reason: "a u + b v + c, up to 4 here, is added in another order: two roundings, 2 ulps of 1 each; 16 texels in \
                         a row make the weights as much coarser",
            },
            Bound {
                functions: &["find_surface", "find_normal"],
                ulps: 128.0,
                of: 1.0,
                reason: "texels as of find_color, stretched from [0, 1] to [−1, 1]",
            },
        ],
    }
}
