//! Area lights: shaders/area.wgsl against src/render/cpu/area.rs.

use super::lights::{LIGHT_SAMPLE, light_sample};
use crate::table::Arg::{Below, Between, Bits, Direction, Vector};
use crate::table::{Args, Bound, Group, case, f, fs, u, v};
use genki::buffers::layout::{Light, NONE};
use genki::math::Vec3;
use genki::render::cpu::area;
use genki::render::cpu::load::Context;
use genki::render::cpu::surface::unit_or;

/// The gallery's lights: two suns, five area lights, a bulb, the lamp's triangles.
const SUNS: u32 = 2;

pub fn areas() -> Group {
    Group {
        name: "area",
        // Position, direction, two draws, which light, two numbers in [0, 1), scatterings.
        arguments: vec![
            Vector(-1.0, 2.0),
            Direction,
            Bits,
            Bits,
            Below(5),
            Between(0.0, 1.0),
            Between(0.0, 1.0),
            Below(3),
        ],
        n_rows: 3000,
        setup: "
            let position = arg3(0u); let place = vec2(arg_u(6u), arg_u(7u)); let light = load_light(2u + arg_u(8u));
            let x = arg(9u); let y = arg(10u); let to_center = light.position - position;
            let d = unit_or(arg3(3u) * 0.3 + to_center, arg3(3u));",
        cases: vec![
            case("first_area", "", "u first_area()", |c, _| u(area::first_area(c))),
            case(
                "area_lights_along",
                "",
                "v3 area_lights_along(position, position + d * x, d, 4.0 * y, arg_u(11u), x, 7000u, NONE)",
                |c, a| {
                    let (p, d) = (a.v3(0), direction(c, a));
                    v(area::area_lights_along(c, p, p + d * a.f(9), d, 4.0 * a.f(10), a.u(11), a.f(9), 7000, NONE))
                },
            ),
            case("meet_area", "", "f meet_area(light, position, d)", |c, a| {
                f(area::meet_area(light(c, a), a.v3(0), direction(c, a)))
            }),
            case("meet_sphere", "", "f meet_sphere(x, to_center, d, y > 0.5)", |c, a| {
                f(area::meet_sphere(a.f(9), to_center(c, a), direction(c, a), a.f(10) > 0.5))
            }),
            case("area_pdf", "", "f area_pdf(light, y, position, d, 1.0 + x)", |c, a| {
                f(area::area_pdf(light(c, a), a.f(10), a.v3(0), direction(c, a), 1.0 + a.f(9)))
            }),
            case("flat_area", "", "f flat_area(light)", |c, a| f(area::flat_area(light(c, a)))),
            case("sphere_density", "", "f sphere_density(x, to_center)", |c, a| {
                f(area::sphere_density(a.f(9), to_center(c, a)))
            }),
            case("cone_height", "", "f cone_height(x)", |_, a| f(area::cone_height(a.f(9)))),
            case("sample_area", "let l = sample_area(light, x, position, place);", LIGHT_SAMPLE, |c, a| {
                light_sample(area::sample_area(light(c, a), a.f(9), a.v3(0), a.u2(6)))
            }),
            case("to_sphere", "", "v3 to_sphere(x, to_center, vec2f(x, y))", |c, a| {
                v(area::to_sphere(a.f(9), to_center(c, a), a.f2(9)))
            }),
            case("to_disk", "", "v3 to_disk(light, to_center, vec2f(x, y))", |c, a| {
                v(area::to_disk(light(c, a), to_center(c, a), a.f2(9)))
            }),
            case(
                "to_rectangle",
                "",
                "v3 to_rectangle(load_light(2u), load_light(2u).position - position, vec2f(x, y))",
                |c, a| {
                    let light = c.load_light(SUNS);
                    v(area::to_rectangle(light, Vec3::from(light.position) - a.v3(0), a.f2(9)))
                },
            ),
            case(
                "span_rectangle",
                "let s = span_rectangle(load_light(2u), load_light(2u).position - position);",
                "f s.x0; f s.x1; f s.y0; f s.y1; f s.z; f s.b0; f s.b1; f s.k; f s.solid_angle",
                |c, a| {
                    let light = c.load_light(SUNS);
                    let s = area::span_rectangle(light, Vec3::from(light.position) - a.v3(0));
                    fs(&[s.x0, s.x1, s.y0, s.y1, s.z, s.b0, s.b1, s.k, s.solid_angle])
                },
            ),
        ],
        bounds: vec![
            Bound {
                functions: &["to_rectangle", "sample_area"],
                ulps: 512.0,
                of: 4.0,
                reason: "a solid angle of 1/64 is a difference of sums near 2π, off by 2e-6: a place in it by as much of its side",
            },
            Bound {
                functions: &[
                    "meet_area",
                    "meet_sphere",
                    "to_sphere",
                    "to_disk",
                    "span_rectangle",
                    "area_pdf",
                    "area_lights_along",
                    "sphere_density",
                ],
                ulps: 64.0,
                of: 4.0,
                reason: "sums of three products in another order, and roots of what is left of them",
            },
        ],
    }
}

fn light<'c>(c: &'c Context, a: &Args) -> &'c Light {
    c.load_light(SUNS + a.u(8))
}

fn to_center(c: &Context, a: &Args) -> Vec3 {
    Vec3::from(light(c, a).position) - a.v3(0)
}

fn direction(c: &Context, a: &Args) -> Vec3 {
    unit_or(a.v3(3) * 0.3 + to_center(c, a), a.v3(3))
}
