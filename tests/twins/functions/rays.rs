//! Triangles and camera rays: shaders/triangle.wgsl and camera.wgsl against their twins.

use crate::table::Arg::{Below, Between, Vector};
use crate::table::{Args, Bound, Group, Word, case, f, fs, two, u, v};
use genki::render::cpu::walk::Ray;
use genki::render::cpu::{camera, geometry, path, triangle};

pub fn triangles() -> Group {
    Group {
        name: "triangle",
        // Origin, corners, and where in the triangle the ray aims (outside for some).
        arguments: vec![
            Vector(-3.0, 3.0),
            Vector(-1.0, 1.0),
            Vector(-1.0, 1.0),
            Vector(-1.0, 1.0),
            Between(-0.1, 0.8),
            Between(-0.1, 0.4),
            Below(3),
            Between(0.1, 0.9),
        ],
        n_rows: 2000,
        setup: "
            let v0 = arg3(3u); let v1 = arg3(6u); let v2 = arg3(9u);
            let aim = v0 * (1.0 - arg(12u) - arg(13u)) + v1 * arg(12u) + v2 * arg(13u);
            let ray = prepare_ray(arg3(0u), aim - arg3(0u), 1.5);
            let w = vec3f(arg(12u), arg(13u), arg(15u));",
        cases: vec![
            case(
                "prepare_ray",
                "",
                "v3 ray.origin; u ray.axis; v3 ray.inverse; v3 ray.origin_near; v3 ray.origin_far; v3 ray.shear",
                |_, a| {
                    let ray = prepared(a);
                    [v(ray.origin), u(ray.axis), v(ray.inverse), v(ray.origin_near), v(ray.origin_far), v(ray.shear)]
                        .concat()
                },
            ),
            case("rotate_axes", "", "v3 rotate_axes(v0, arg_u(14u))", |_, a| {
                v(triangle::rotate_axes(a.v3(3), a.u(14)))
            }),
            case("box_interval", "", "v2 box_interval(ray, min(v0, v1), max(v0, v1))", |_, a| {
                two(triangle::box_interval(&prepared(a), a.v3(3).min(a.v3(6)), a.v3(3).max(a.v3(6))))
            }),
            case(
                "intersect_triangle",
                "let h = intersect_triangle(ray, v0, v1, v2);",
                "b h.hit; f h.t; f h.u; f h.v",
                |_, a| triangle_hit(triangle::intersect_triangle(&prepared(a), a.v3(3), a.v3(6), a.v3(9))),
            ),
            case(
                "finish_triangle",
                "let h = finish_triangle(ray, w, v0, v1, v2);",
                "b h.hit; f h.t; f h.u; f h.v",
                |_, a| {
                    triangle_hit(triangle::finish_triangle(
                        &prepared(a),
                        [a.f(12), a.f(13), a.f(15)],
                        a.v3(3),
                        a.v3(6),
                        a.v3(9),
                    ))
                },
            ),
        ],
        bounds: Vec::new(),
    }
}

fn prepared(a: &Args) -> triangle::PreparedRay {
    let aim = a.v3(3) * (1.0 - a.f(12) - a.f(13)) + a.v3(6) * a.f(12) + a.v3(9) * a.f(13);
    triangle::prepare_ray(a.v3(0), aim - a.v3(0), 1.5)
}

fn triangle_hit(h: triangle::TriangleHit) -> Vec<Word> {
    [u(h.hit.into()), fs(&[h.t, h.u, h.v])].concat()
}

pub fn cameras() -> Group {
    Group {
        name: "camera",
        arguments: vec![Below(64), Below(48), Between(0.0, 1.0), Between(0.0, 1.0), Below(256)],
        n_rows: 1000,
        setup: "let pixel = vec2(arg_u(0u), arg_u(1u));",
        cases: vec![
            case(
                "camera_ray",
                "let r = camera_ray(load_view(), pixel, vec2f(arg(2u), arg(3u)));",
                "v3 r.origin; v3 r.direction; f r.t_min; f r.t_max",
                |c, a| ray(&camera::camera_ray(c.load_view(), a.u2(0), a.f2(2))),
            ),
            case("camera_spread", "", "f camera_spread(load_view(), 1u + arg_u(4u))", |c, a| {
                f(camera::camera_spread(c.load_view(), 1 + a.u(4)))
            }),
            case(
                "center_ray",
                "let r = center_ray(pixel);",
                "v3 r.origin; v3 r.direction; f r.t_min; f r.t_max",
                |c, a| ray(&geometry::center_ray(c, a.u2(0))),
            ),
            case(
                "sample_camera",
                "let r = sample_camera(pixel, arg_u(4u));",
                "v3 r.origin; v3 r.direction; f r.t_min; f r.t_max",
                |c, a| ray(&path::sample_camera(c, a.u2(0), a.u(4))),
            ),
        ],
        bounds: vec![Bound {
            functions: &["camera_ray", "center_ray", "sample_camera"],
            ulps: 4.0,
            of: 0.0,
            reason: "pixel + offset − centre, then a sum of three products, are added in another order: two roundings each",
        }],
    }
}

fn ray(r: &Ray) -> Vec<Word> {
    [v(r.origin), v(r.direction), fs(&[r.t_min, r.t_max])].concat()
}
