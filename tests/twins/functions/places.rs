//! Places that rays hit: shaders/surface.wgsl against src/render/cpu/surface.rs, without materials.

use crate::table::Arg::{Below, Between, Direction, OneOf};
use crate::table::{Arg, Args, Bound, Group, Word, case, f, fs, u, us, v};
use genki::buffers::layout::Material;
use genki::math::Vec3;
use genki::render::cpu::load::Context;
use genki::render::cpu::surface;
use genki::render::cpu::surface::Place;
use genki::render::cpu::walk::Hit;

/// Instance, triangle (of the card's two), weights, direction, and a cone's area.
pub fn place_arguments() -> Vec<Arg> {
    vec![
        Below(6),
        Below(2),
        Between(0.0, 0.5),
        Between(0.0, 0.5),
        Direction,
        OneOf(vec![0.0, 1e-6, 1e-3, 0.5]),
        Between(-0.5, 1.5),
    ]
}

pub const PLACE: &str = "
    let hit = Hit(1.0, arg(2u), arg(3u), arg_u(0u), arg_u(1u));
    let direction = arg3(4u);
    let place = find_place(hit, direction);
    let material = load_material(place.material_idx);
    let cone_area = arg(7u);
    let x = arg(8u);
";

pub fn place(c: &Context, a: &Args) -> Place {
    let hit = Hit { t: 1.0, u: a.f(2), v: a.f(3), instance_idx: a.u(0), triangle_idx: a.u(1) };
    surface::find_place(c, &hit, a.v3(4))
}

pub fn material<'c>(c: &'c Context, a: &Args) -> &'c Material {
    c.load_material(place(c, a).material_idx)
}

pub fn places() -> Group {
    Group {
        name: "surface: places",
        arguments: place_arguments(),
        n_rows: 2000,
        setup: PLACE,
        cases: vec![
            case(
                "find_place",
                "let p = place;",
                "u p.instance_idx; u p.mesh_idx; u2 p.vertices.xy; u p.vertices.z; u p.material_idx; v3 p.weights; v3 p.position; \
                 v3 p.geometric_normal; b p.front; f p.offset; v2 p.uv0; v2 p.uv1; v4 p.color; f p.uv0_density; f p.uv1_density",
                |c, a| place_words(&place(c, a)),
            ),
            // Of the balls alone: cards have no extras.
            case(
                "find_extras",
                "let ball = find_place(Hit(1.0, arg(2u), arg(3u), 1u, arg_u(1u)), direction); let p = find_extras(ball, x * x + 0.1);",
                "v2 p.uv1; v4 p.color; f p.uv1_density",
                |c, a| {
                    let hit = Hit { t: 1.0, u: a.f(2), v: a.f(3), instance_idx: 1, triangle_idx: a.u(1) };
                    let mut p = surface::find_place(c, &hit, a.v3(4));
                    surface::find_extras(c, &mut p, a.f(8) * a.f(8) + 0.1);
                    [fs(&p.uv1), fs(&p.color), f(p.uv1_density)].concat()
                },
            ),
            case("ray_origin", "", "v3 ray_origin(place, x)", |c, a| v(surface::ray_origin(&place(c, a), a.f(8)))),
            case("slot_uv", "", "v2 slot_uv(place, load_material(1u).metallic_roughness_texture)", |c, a| {
                fs(&surface::slot_uv(&place(c, a), &c.load_material(1).metallic_roughness_texture))
            }),
            case("slot_density", "", "f slot_density(place, load_material(1u).metallic_roughness_texture)", |c, a| {
                f(surface::slot_density(&place(c, a), &c.load_material(1).metallic_roughness_texture))
            }),
            case(
                "point_magnitude",
                "",
                "f point_magnitude(load_instance(arg_u(0u)).world_from_object, vec3f(x * x), place.position, direction)",
                |c, a| {
                    let m = &c.load_instance(a.u(0)).world_from_object;
                    f(surface::point_magnitude(m, Vec3::splat(a.f(8) * a.f(8)), place(c, a).position, a.v3(4)))
                },
            ),
            case("largest_of", "", "v3 largest_of(direction, place.position, vec3f(x))", |c, a| {
                v(surface::largest_of(a.v3(4), place(c, a).position, Vec3::splat(a.f(8))))
            }),
            case(
                "affine_determinant",
                "",
                "f affine_determinant(load_instance(arg_u(0u)).world_from_object)",
                |c, a| f(surface::affine_determinant(&c.load_instance(a.u(0)).world_from_object)),
            ),
            case(
                "affine_transposed_vector",
                "",
                "v3 affine_transposed_vector(load_instance(arg_u(0u)).world_from_object, direction)",
                |c, a| v(c.load_instance(a.u(0)).world_from_object.transposed_vector(a.v3(4))),
            ),
            case(
                "affine_point",
                "",
                "v3 affine_point(load_instance(arg_u(0u)).world_from_object, direction)",
                |c, a| v(c.load_instance(a.u(0)).world_from_object.point(a.v3(4))),
            ),
            case(
                "affine_vector",
                "",
                "v3 affine_vector(load_instance(arg_u(0u)).object_from_world, direction)",
                |c, a| v(c.load_instance(a.u(0)).object_from_world.vector(a.v3(4))),
            ),
            case(
                "uv_area",
                "let p = array<f32, 2>(x, direction.x); let q = array<f32, 2>(direction.y, x); let r = array<f32, 2>(0.5, direction.z);",
                "f uv_area(p, q, r)",
                |_, a| {
                    let (x, d) = (a.f(8), a.v3(4));
                    f(surface::uv_area([x, d.x], [d.y, x], [0.5, d.z]))
                },
            ),
            case(
                "interpolate_2",
                "let p = array<f32, 2>(x, direction.x); let q = array<f32, 2>(direction.y, x); let r = array<f32, 2>(0.5, direction.z);",
                "v2 interpolate_2(p, q, r, place.weights)",
                |c, a| {
                    let (x, d) = (a.f(8), a.v3(4));
                    fs(&surface::interpolate_2([x, d.x], [d.y, x], [0.5, d.z], place(c, a).weights))
                },
            ),
            case(
                "unit_or",
                "",
                "v3 unit_or(direction * x, vec3f(1.0)); v3 unit_or(direction * 1e-31, vec3f(1.0))",
                |_, a| [v(surface::unit_or(a.v3(4) * a.f(8), Vec3::ONE)), v(Vec3::ONE)].concat(),
            ),
            case("vec3_dot", "", "f vec3_dot(direction, place.position)", |c, a| f(a.v3(4).dot(place(c, a).position))),
            case("limited", "", "f limited(x)", |_, a| f(surface::limited(a.f(8)))),
        ],
        bounds: vec![Bound {
            functions: &["point_magnitude"],
            ulps: 4.0,
            of: 0.0,
            reason: "sums of three products and two more terms are added in another order: a rounding each",
        }],
    }
}

fn place_words(p: &Place) -> Vec<Word> {
    [
        us(&[p.instance_idx, p.mesh_idx]),
        us(&p.vertices),
        u(p.material_idx),
        fs(&p.weights),
        v(p.position),
        v(p.geometric_normal),
        u(p.front.into()),
        f(p.offset),
        fs(&p.uv0),
        fs(&p.uv1),
        fs(&p.color),
        fs(&[p.uv0_density, p.uv1_density]),
    ]
    .concat()
}
