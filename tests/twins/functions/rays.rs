//! Triangles and camera rays: shaders/triangle.wgsl and camera.wgsl against their twins.

use crate::table::Arg::{Below, Between, OneOfU, Vector};
use crate::table::{Args, Bound, Group, Word, case, f, fs, two, u, v};
use genki::buffers::layout::{VIEW_DISTORTED, View};
use genki::math::Vec3;
use genki::render::cpu::load::Context;
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

/// Every projection, distorted and not, and every shape of aperture.
pub fn lenses() -> Group {
    let coefficient = || Between(-0.05, 0.05);
    Group {
        name: "lens",
        arguments: vec![
            Below(64),
            Below(48),
            Between(0.0, 1.0),
            Between(0.0, 1.0),
            Below(4),
            OneOfU(vec![0, VIEW_DISTORTED]),
            coefficient(),
            coefficient(),
            coefficient(),
            coefficient(),
            coefficient(),
            coefficient(),
            coefficient(),
            coefficient(),
            OneOfU(vec![0, 3, 5, 16]),
            Between(0.0, 1.0),
            Between(0.0, 1.0),
            Between(0.5, 4.0),
            Between(-1.0, 1.0),
        ],
        n_rows: 2000,
        setup: "
            let pixel = vec2(arg_u(0u), arg_u(1u));
            let offset = vec2f(arg(2u), arg(3u));
            var w = load_view();
            w.projection = arg_u(4u);
            w.flags = arg_u(5u);
            w.distortion = vec4f(arg(6u), arg(7u), arg(8u), arg(9u));
            w.distortion_more = vec4f(arg(10u), arg(11u), arg(12u), arg(13u));
            w.image_circle = 0.5;
            w.blades = arg_u(14u);
            w.aperture_radius = 0.25;
            w.focus = arg(17u);
            w.blade_turns = arg(18u);
            let u = vec2f(arg(15u), arg(16u));",
        cases: vec![
            case(
                "camera_ray",
                "let r = camera_ray(w, pixel, offset);",
                "v3 r.origin; v3 r.direction; f r.t_min; f r.t_max",
                |c, a| ray(&camera::camera_ray(&lens(c, a), a.u2(0), a.f2(2))),
            ),
            case("is_ray", "let r = camera_ray(w, pixel, offset);", "b is_ray(r)", |c, a| {
                u(camera::is_ray(&camera::camera_ray(&lens(c, a), a.u2(0), a.f2(2))).into())
            }),
            case(
                "lens_ray",
                "let r = lens_ray(w, pixel, offset, u);",
                "v3 r.origin; v3 r.direction; f r.t_min; f r.t_max",
                |c, a| ray(&camera::lens_ray(&lens(c, a), a.u2(0), a.f2(2), a.f2(15))),
            ),
            case("lens_place", "", "v2 lens_place(w, u)", |c, a| fs(&camera::lens_place(&lens(c, a), a.f2(15)))),
            case("pixel_place", "", "v2 pixel_place(w, pixel, offset)", |c, a| {
                fs(&camera::pixel_place(&lens(c, a), a.u2(0), a.f2(2)))
            }),
            case("undistort", "", "v2 undistort(w, u)", |c, a| fs(&camera::undistort(&lens(c, a), a.f2(15)))),
            // Within what `compose` lets pass: where such polynomials grow.
            case(
                "fisheye_direction",
                "let p = u * 0.5;",
                "v3 fisheye_direction(w, p, sqrt(p.x * p.x + p.y * p.y))",
                |c, a| {
                    let [x, y] = a.f2(15).map(|u| u * 0.5);
                    v(camera::fisheye_direction(&lens(c, a), [x, y], (x * x + y * y).sqrt()))
                },
            ),
            case("equirectangular_direction", "", "v3 equirectangular_direction(u)", |_, a| {
                v(camera::equirectangular_direction(a.f2(15)))
            }),
            case("camera_depth", "", "f camera_depth(w, vec3f(u.x, u.y, arg(18u)), arg(17u))", |c, a| {
                f(camera::camera_depth(&lens(c, a), Vec3::new(a.f(15), a.f(16), a.f(18)), a.f(17)))
            }),
            case("camera_cone", "", "f camera_cone(w, 1u + arg_u(0u)); f camera_spread(w, 1u + arg_u(0u))", |c, a| {
                let view = lens(c, a);
                fs(&[camera::camera_cone(&view, 1 + a.u(0)), camera::camera_spread(&view, 1 + a.u(0))])
            }),
        ],
        bounds: vec![
            Bound {
                functions: &["camera_ray", "lens_ray", "pixel_place", "undistort", "fisheye_direction"],
                ulps: 16.0,
                of: 1.0,
                reason: "the last of Newton's steps leaves what reordering its sums leaves: a few roundings of 1",
            },
            Bound {
                functions: &["equirectangular_direction", "lens_place", "camera_depth"],
                ulps: 4.0,
                of: 1.0,
                reason: "polynomials and sums of products may be added in another order",
            },
        ],
    }
}

fn lens(c: &Context, a: &Args) -> View {
    View {
        projection: a.u(4),
        flags: a.u(5),
        distortion: std::array::from_fn(|k| a.f(6 + k)),
        distortion_more: std::array::from_fn(|k| a.f(10 + k)),
        image_circle: 0.5,
        blades: a.u(14),
        aperture_radius: 0.25,
        focus: a.f(17),
        blade_turns: a.f(18),
        ..*c.load_view()
    }
}

fn ray(r: &Ray) -> Vec<Word> {
    [v(r.origin), v(r.direction), fs(&[r.t_min, r.t_max])].concat()
}
