//! Every twin function alone.

use crate::scenes::{ball_under_a_grey_sky, built, workshop};
use crate::table::Arg::{Below, Between, Bits, Direction, OneOf, OneOfU, Vector};
use crate::table::{Args, Case, Group, Word, case, compare, f, fs, u, us, v};
use genki::buffers::layout::{Material, TextureSlot};
use genki::math::{Vec3, det};
use genki::render::cpu::load::Context;
use genki::render::cpu::surface::Place;
use genki::render::cpu::walk::{Hit, Ray};
use genki::render::cpu::{bsdf, camera, light, path, sampler, surface, texture, triangle};

fn elementary() -> Group {
    Group {
        name: "det",
        arguments: vec![
            Between(-100.0, 100.0),
            OneOf(vec![-3.0, -0.5, -0.0, 0.0, 0.25, 1.0, 2.0, 2.5]),
            Between(-1.0, 1.0),
            Between(0.0, 8.0),
        ],
        n_rows: 2000,
        setup: "let x = arg(0u); let y = arg(1u); let s = arg(2u); let p = arg(3u);",
        cases: vec![
            case("det_min", "", "f det_min(x, y)", |_, a| f(det::min(a.f(0), a.f(1)))),
            case("det_max", "", "f det_max(x, y)", |_, a| f(det::max(a.f(0), a.f(1)))),
            case("det_clamp", "", "f det_clamp(x, -2.0, 3.0)", |_, a| f(det::clamp(a.f(0), -2.0, 3.0))),
            case("det_abs", "", "f det_abs(x)", |_, a| f(det::abs(a.f(0)))),
            case("det_floor", "", "f det_floor(x)", |_, a| f(det::floor(a.f(0)))),
            case("det_sin_cos", "", "v2 det_sin_cos(x)", |_, a| two(det::sin_cos(a.f(0)))),
            case("det_sin_cos_turns", "", "v2 det_sin_cos_turns(s)", |_, a| two(det::sin_cos_turns(a.f(2)))),
            case("det_sin", "", "f det_sin(x)", |_, a| f(det::sin(a.f(0)))),
            case("det_cos", "", "f det_cos(x)", |_, a| f(det::cos(a.f(0)))),
            case("det_exp", "", "f det_exp(x)", |_, a| f(det::exp(a.f(0)))),
            case("det_log", "", "f det_log(p)", |_, a| f(det::log(a.f(3)))),
            case("det_pow", "", "f det_pow(p, y)", |_, a| f(det::pow(a.f(3), a.f(1)))),
            case("det_exp2", "", "f det_exp2(x)", |_, a| f(det::exp2(a.f(0)))),
            case("det_log2", "", "f det_log2(p)", |_, a| f(det::log2(a.f(3)))),
            case("det_atan", "", "f det_atan(x)", |_, a| f(det::atan(a.f(0)))),
            case("det_atan2", "", "f det_atan2(s, y)", |_, a| f(det::atan2(a.f(2), a.f(1)))),
            case("det_acos", "", "f det_acos(s)", |_, a| f(det::acos(a.f(2)))),
            case("det_asin", "", "f det_asin(s)", |_, a| f(det::asin(a.f(2)))),
            case("det_tan", "", "f det_tan(s)", |_, a| f(det::tan(a.f(2)))),
        ],
    }
}

fn two((a, b): (f32, f32)) -> Vec<Word> {
    fs(&[a, b])
}

fn draws() -> Group {
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
            case("unit_float", "", "f unit_float(arg_u(6u))", |_, a| f(sampler::unit_float(a.u(6)))),
            case("draw_below", "", "u draw_below(arg_u(6u), arg_u(7u))", |_, a| u(sampler::draw_below(a.u(6), a.u(7)))),
            case("sobol_1_reversed", "", "u sobol_1_reversed(arg_u(6u))", |_, a| u(sampler::sobol_1_reversed(a.u(6)))),
            case("owen_reversed", "", "u owen_reversed(arg_u(6u), arg_u(0u))", |_, a| {
                u(sampler::owen_reversed(a.u(6), a.u(0)))
            }),
            case("hash_u32", "", "u hash_u32(arg_u(6u))", |_, a| u(sampler::hash_u32(a.u(6)))),
        ],
    }
}

fn drawn_sampler(a: &Args) -> sampler::Sampler {
    sampler::make_sampler(a.u2(0), a.u2(2), a.u(4))
}

fn triangles() -> Group {
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
        ],
        n_rows: 2000,
        setup: "
            let v0 = arg3(3u); let v1 = arg3(6u); let v2 = arg3(9u);
            let aim = v0 * (1.0 - arg(12u) - arg(13u)) + v1 * arg(12u) + v2 * arg(13u);
            let ray = prepare_ray(arg3(0u), aim - arg3(0u), 1.5);
            let w = vec3f(arg(12u), arg(13u), 0.7);",
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
                        [a.f(12), a.f(13), 0.7],
                        a.v3(3),
                        a.v3(6),
                        a.v3(9),
                    ))
                },
            ),
        ],
    }
}

fn prepared(a: &Args) -> triangle::PreparedRay {
    let aim = a.v3(3) * (1.0 - a.f(12) - a.f(13)) + a.v3(6) * a.f(12) + a.v3(9) * a.f(13);
    triangle::prepare_ray(a.v3(0), aim - a.v3(0), 1.5)
}

fn triangle_hit(h: triangle::TriangleHit) -> Vec<Word> {
    [u(h.hit.into()), fs(&[h.t, h.u, h.v])].concat()
}

fn cameras() -> Group {
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
                |c, a| ray(&path::center_ray(c, a.u2(0))),
            ),
            case(
                "sample_camera",
                "let r = sample_camera(pixel, arg_u(4u));",
                "v3 r.origin; v3 r.direction; f r.t_min; f r.t_max",
                |c, a| ray(&path::sample_camera(c, a.u2(0), a.u(4))),
            ),
        ],
    }
}

fn ray(r: &Ray) -> Vec<Word> {
    [v(r.origin), v(r.direction), fs(&[r.t_min, r.t_max])].concat()
}

fn loaders() -> Group {
    Group {
        name: "bindings",
        // Instance, triangle and vertex of its mesh (the workshop's smallest has 2 and 4), light, sky texel, table row.
        arguments: vec![Below(6), Below(2), Below(4), Below(6), Below(128), Below(256), Below(16), Below(3)],
        n_rows: 300,
        setup: "let mesh_idx = load_instance(arg_u(0u)).mesh_idx;",
        cases: loader_cases(),
    }
}

fn loader_cases() -> Vec<Case> {
    vec![
        case(
            "load_instance",
            "let i = load_instance(arg_u(0u)); let m = i.object_from_world.rows; let n = i.world_from_object.rows;",
            "v4 m[0]; v4 m[1]; v4 m[2]; v4 n[0]; v4 n[1]; v4 n[2]; u i.mesh_idx; u i.material_base; u i.object_id; u i.class_id",
            |c, a| pod(c.load_instance(a.u(0))),
        ),
        case(
            "load_triangle",
            "let t = load_triangle(mesh_idx, arg_u(1u));",
            "u t.vertices[0]; u t.vertices[1]; u t.vertices[2]; u t.material; u t.part",
            |c, a| pod(c.load_triangle(mesh_of(c, a), a.u(1))),
        ),
        case(
            "load_vertex",
            "let w = load_vertex(mesh_idx, arg_u(2u)); let t = vec4_of(w.tangent);",
            "v3 vec3_of(w.position); v3 vec3_of(w.normal); v4 t; f w.uv0[0]; f w.uv0[1]",
            |c, a| pod(c.load_vertex(mesh_of(c, a), a.u(2))),
        ),
        case(
            "load_vertex_extra",
            "let has = mesh_has_extras(mesh_idx); let e = load_vertex_extra(1u, arg_u(2u));",
            "f e.uv1[0]; f e.uv1[1]; v4 vec4_of(e.color); b has",
            |c, a| [pod(c.load_vertex_extra(1, a.u(2))), u(c.mesh_has_extras(mesh_of(c, a)).into())].concat(),
        ),
        case(
            "load_material",
            "let m = load_material(arg_u(0u)); let t = m.normal_texture; let x = m.emissive_texture;",
            "v4 m.base_color; v3 m.emissive; f m.alpha_cutoff; f m.roughness; f m.metallic; f m.normal_scale; u m.flags; \
             v3 m.base_color_offset; f m.roughness_offset; f m.metallic_offset; \
             u m.base_color_texture.texture_idx; u m.metallic_roughness_texture.texture_idx; u t.texture_idx; u t.flags; \
             f t.image_from_uv[0][0]; f t.image_from_uv[0][1]; f t.image_from_uv[0][2]; \
             f t.image_from_uv[1][0]; f t.image_from_uv[1][1]; f t.image_from_uv[1][2]; u x.texture_idx; u x.flags",
            |c, a| material_words(c.load_material(a.u(0))),
        ),
        case(
            "load_light",
            "let l = load_light(arg_u(3u) % light_count());",
            "u l.kind; u l.emissive_idx; f l.pick_probability; f l.cos_outer; v3 l.position; f l.cos_inner; v3 l.direction; \
             f l.pad; v3 l.strength; f l.pad2; u light_count()",
            |c, a| [pod(c.load_light(a.u(3) % c.light_count())), u(c.light_count())].concat(),
        ),
        case(
            "load_emissive",
            "let e = load_emissive(arg_u(1u));",
            "u e.instance_idx; u e.triangle_idx; f e.area; u e.light_idx",
            |c, a| pod(c.load_emissive(a.u(1))),
        ),
        case(
            "load_light_alias",
            "let e = load_light_alias(arg_u(3u) % light_count());",
            "u e.threshold; u e.alias_idx",
            |c, a| pod(&c.load_light_alias(a.u(3) % c.light_count())),
        ),
        case(
            "load_sky",
            "let s = load_sky();",
            "v3 s.radiance; u s.flags; f s.rotation_cos; f s.rotation_sin; u s.width; u s.height",
            |c, _| pod(c.load_sky()),
        ),
        case("load_sky_texel", "", "v4 load_sky_texel(arg_u(4u))", |c, a| fs(&c.load_sky_texel(a.u(4)))),
        case("load_sky_start", "", "u load_sky_start(arg_u(4u))", |c, a| u(c.load_sky_start(a.u(4)))),
        case("load_sky_guide", "", "u load_sky_guide(arg_u(4u) * 128u)", |c, a| u(c.load_sky_guide(a.u(4) * 128))),
        // Where a level begins is told in the whole store: of the texture's first level it is what the others count from.
        case(
            "texture_level",
            "let n = texture_levels(arg_u(7u)); let l = texture_level(arg_u(7u), arg_u(1u)); let first = texture_level(arg_u(7u), 0u).z;",
            "u n; u l.x; u l.y; u l.z - first; u load_texel(arg_u(7u), l.z + arg_u(2u))",
            |c, a| {
                let level = c.texture_level(a.u(7), a.u(1));
                us(&[c.texture_levels(a.u(7)), level.0, level.1, level.2, c.load_texel(a.u(7), level.2 + a.u(2))])
            },
        ),
        case("load_srgb", "", "f load_srgb(arg_u(5u))", |_, a| f(genki::render::cpu::tables::SRGB[a.u(5) as usize])),
        case("load_albedo", "", "v2 load_albedo(2u * arg_u(5u)); v2 load_albedo(2u * arg_u(5u) + 1u)", |_, a| {
            let i = 2 * a.u(5) as usize;
            fs(genki::render::cpu::tables::ALBEDO[i..i + 2].as_flattened())
        }),
        case("load_albedo_mean", "", "v2 load_albedo_mean(arg_u(6u))", |_, a| {
            fs(&genki::render::cpu::tables::ALBEDO_MEAN[a.u(6) as usize])
        }),
        case(
            "load_settings",
            "let s = load_settings();",
            "u s.spp; u s.bounces; u s.flags; f s.clamp; b scene_has_alpha()",
            |c, _| [pod(c.load_settings()), u(c.scene_has_alpha().into())].concat(),
        ),
        case(
            "load_view",
            "let w = load_view(); let m = w.world_from_camera.rows;",
            "v4 m[0]; v4 m[1]; v4 m[2]; f w.fx; f w.fy; f w.cx; f w.cy; u w.width; u w.height; u2 w.seed",
            |c, _| pod(c.load_view()),
        ),
    ]
}

/// All words of a plain struct, compared bit by bit.
fn pod<T: bytemuck::Pod>(value: &T) -> Vec<Word> {
    us(bytemuck::cast_slice(std::slice::from_ref(value)))
}

fn mesh_of(c: &Context, a: &Args) -> u32 {
    c.load_instance(a.u(0)).mesh_idx
}

fn material_words(m: &Material) -> Vec<Word> {
    [
        fs(&m.base_color),
        fs(&m.emissive),
        fs(&[m.alpha_cutoff, m.roughness, m.metallic, m.normal_scale]),
        u(m.flags),
        fs(&m.base_color_offset),
        fs(&[m.roughness_offset, m.metallic_offset]),
        us(&[m.base_color_texture.texture_idx, m.metallic_roughness_texture.texture_idx]),
        us(&[m.normal_texture.texture_idx, m.normal_texture.flags]),
        fs(m.normal_texture.image_from_uv.as_flattened()),
        us(&[m.emissive_texture.texture_idx, m.emissive_texture.flags]),
    ]
    .concat()
}

fn textures() -> Group {
    Group {
        name: "texture",
        arguments: vec![
            Below(4),
            Between(-2.0, 3.0),
            Between(-2.0, 3.0),
            OneOf(vec![0.0, 1e-4, 0.003, 0.02, 0.3, 5.0]),
            OneOfU(vec![0, 1, 2]),
            Below(14),
        ],
        n_rows: 3000,
        setup: "
            var slot = load_material(1u).base_color_texture;
            if arg_u(0u) == 1u { slot = load_material(1u).metallic_roughness_texture; }
            if arg_u(0u) == 2u { slot = load_material(1u).normal_texture; }
            if arg_u(0u) == 3u { slot = load_material(0u).base_color_texture; }
            let uv = vec2f(arg(1u), arg(2u));",
        cases: vec![
            case("sample_srgb", "", "v4 sample_srgb(slot, uv, arg(3u))", |c, a| {
                let (rgb, alpha) = texture::sample_srgb(c, slot_of(c, a), a.f2(1), a.f(3));
                [fs(&rgb), f(alpha)].concat()
            }),
            case("sample_linear", "", "v3 sample_linear(slot, uv, arg(3u))", |c, a| {
                v(texture::sample_linear(c, slot_of(c, a), a.f2(1), a.f(3)))
            }),
            case(
                "texture_footprint",
                "let p = texture_footprint(slot, uv, arg(3u));",
                "u2 p.texels.xy; u2 p.texels.zw; v4 p.weights",
                |c, a| {
                    let p = texture::texture_footprint(c, slot_of(c, a), a.f2(1), a.f(3));
                    [us(&p.texels), fs(&p.weights)].concat()
                },
            ),
            case("choose_level", "", "u2 choose_level(slot.texture_idx, arg(3u)).xy", |c, a| {
                let level = texture::choose_level(c, slot_of(c, a).texture_idx, a.f(3));
                us(&[level.0, level.1])
            }),
            case("wrap_coordinate", "", "f wrap_coordinate(uv.x, arg_u(4u))", |_, a| {
                f(texture::wrap_coordinate(a.f(1), a.u(4)))
            }),
            case("neighbour", "", "u neighbour(i32(arg_u(5u)) - 1, 12u, arg_u(4u))", |_, a| {
                u(texture::neighbour(a.u(5).cast_signed() - 1, 12, a.u(4)))
            }),
        ],
    }
}

fn slot_of<'c>(c: &'c Context, a: &Args) -> &'c TextureSlot {
    match a.u(0) {
        0 => &c.load_material(1).base_color_texture,
        1 => &c.load_material(1).metallic_roughness_texture,
        2 => &c.load_material(1).normal_texture,
        _ => &c.load_material(0).base_color_texture,
    }
}

/// Instance, triangle (of the card's two), weights, direction, and a cone's area.
fn place_arguments() -> Vec<crate::table::Arg> {
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

const PLACE: &str = "
    let hit = Hit(1.0, arg(2u), arg(3u), arg_u(0u), arg_u(1u));
    let direction = arg3(4u);
    let place = find_place(hit, direction);
    let material = load_material(place.material_idx);
    let cone_area = arg(7u);
    let x = arg(8u);
";

fn place(c: &Context, a: &Args) -> Place {
    let hit = Hit { t: 1.0, u: a.f(2), v: a.f(3), instance_idx: a.u(0), triangle_idx: a.u(1) };
    surface::find_place(c, &hit, a.v3(4))
}

fn material<'c>(c: &'c Context, a: &Args) -> &'c Material {
    c.load_material(place(c, a).material_idx)
}

fn places() -> Group {
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
                "f point_magnitude(load_instance(arg_u(0u)).world_from_object, vec3f(x), place.position, direction)",
                |c, a| {
                    let m = &c.load_instance(a.u(0)).world_from_object;
                    f(surface::point_magnitude(m, Vec3::splat(a.f(8)), place(c, a).position, a.v3(4)))
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
            case("limited", "", "f limited(x)", |_, a| f(surface::limited(a.f(8)))),
        ],
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

fn materials() -> Group {
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
                u(path::camera_sees(c, &place(c, a), material(c, a)).into())
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
    }
}

fn scattering() -> Group {
    Group {
        name: "bsdf",
        // Normal, geometric normal (bent from it), to the viewer, to the light; colour; metallic, roughness, model, draws.
        arguments: vec![
            Direction,
            Vector(-0.2, 0.2),
            Direction,
            Direction,
            Vector(0.0, 1.0),
            OneOf(vec![0.0, 0.3, 1.0]),
            OneOf(vec![0.0, 0.02, 0.1, 0.35, 0.7, 1.0]),
            Below(2),
            Bits,
            Bits,
            Bits,
            Between(0.0, 1.0),
            Between(0.0, 1.0),
        ],
        n_rows: 3000,
        setup: "
            let n = arg3(0u); let g = unit_or(n + arg3(3u), n);
            var wo = arg3(6u); if vec3_dot(wo, g) < 0.0 { wo = -wo; }
            let wi = arg3(9u); let color = arg3(12u);
            let metallic = arg(15u); let roughness = arg(16u); let x = arg(21u); let y = arg(22u);
            let b = make_bsdf(n, g, wo, color, metallic, roughness, arg_u(17u) == 1u);
            let up = vec3f(wi.x, wi.y, abs(wi.z) + 0.001);",
        cases: vec![
            case(
                "make_bsdf",
                "",
                "v3 b.tangent; v3 b.bitangent; v3 b.normal; v3 b.geometric_normal; v3 b.wo; f b.alpha; f b.roughness; v3 b.f0; \
                 v3 b.diffuse; v3 b.multiple; u b.specular_chances; b b.literal",
                |_, a| {
                    let b = scatterer(a);
                    [
                        [b.tangent, b.bitangent, b.normal, b.geometric_normal, b.wo].map(v).concat(),
                        fs(&[b.alpha, b.roughness]),
                        [b.f0, b.diffuse, b.multiple].map(v).concat(),
                        us(&[b.specular_chances, b.literal.into()]),
                    ]
                    .concat()
                },
            ),
            case("multiple_scattering", "", "v3 multiple_scattering(color, x)", |_, a| {
                v(bsdf::multiple_scattering(a.v3(12), a.f(21)))
            }),
            case("specular_chances", "", "u specular_chances(y, color, metallic, x)", |_, a| {
                u(bsdf::specular_chances(a.f(22), a.v3(12), a.f(15), a.f(21)))
            }),
            case("evaluate_bsdf", "let e = evaluate_bsdf(b, wi);", "v3 e.value; f e.pdf", |_, a| {
                let e = bsdf::evaluate_bsdf(&scatterer(a), a.v3(9));
                [v(e.value), f(e.pdf)].concat()
            }),
            case("evaluate_lobes", "let e = evaluate_lobes(b, up);", "v3 e.value; f e.pdf", |_, a| {
                let e = bsdf::evaluate_lobes(&scatterer(a), up(a));
                [v(e.value), f(e.pdf)].concat()
            }),
            case(
                "sample_bsdf",
                "let d = sample_bsdf(b, arg_u(18u), vec2(arg_u(19u), arg_u(20u)));",
                "v3 d.direction; v3 d.weight; f d.pdf; f d.cosine",
                |_, a| {
                    let d = bsdf::sample_bsdf(&scatterer(a), a.u(18), a.u2(19));
                    [v(d.direction), v(d.weight), fs(&[d.pdf, d.cosine])].concat()
                },
            ),
            case("sample_visible_normal", "", "v3 sample_visible_normal(up, y, vec2f(x, y))", |_, a| {
                v(bsdf::sample_visible_normal(up(a), a.f(22), [a.f(21), a.f(22)]))
            }),
            case("sample_cosine", "", "v3 sample_cosine(vec2f(x, y))", |_, a| {
                v(bsdf::sample_cosine([a.f(21), a.f(22)]))
            }),
            case("lobe_albedo", "", "v2 lobe_albedo(x, y)", |_, a| fs(&bsdf::lobe_albedo(a.f(21), a.f(22)))),
            case("lobe_albedo_mean", "", "v2 lobe_albedo_mean(x)", |_, a| fs(&bsdf::lobe_albedo_mean(a.f(21)))),
            case("schlick_weight", "", "f schlick_weight(x)", |_, a| f(bsdf::schlick_weight(a.f(21)))),
            case("tangent_frame", "let t = tangent_frame(n);", "v3 t.tangent; v3 t.bitangent", |_, a| {
                let (t, b) = bsdf::tangent_frame(a.v3(0));
                [v(t), v(b)].concat()
            }),
            case("at_most", "", "u at_most(arg_u(18u), arg_u(19u))", |_, a| u(bsdf::at_most(a.u(18), a.u(19)))),
        ],
    }
}

fn scatterer(a: &Args) -> bsdf::Bsdf {
    let n = a.v3(0);
    let g = surface::unit_or(n + a.v3(3), n);
    let wo = if a.v3(6).dot(g) < 0.0 { -a.v3(6) } else { a.v3(6) };
    bsdf::make_bsdf(n, g, wo, a.v3(12), a.f(15), a.f(16), a.u(17) == 1)
}

fn up(a: &Args) -> Vec3 {
    let wi = a.v3(9);
    Vec3::new(wi.x, wi.y, det::abs(wi.z) + 0.001)
}

fn lights() -> Group {
    Group {
        name: "light",
        // Position, direction, four draws, a place on the lamp (instance 5), two numbers.
        arguments: vec![
            Vector(-1.0, 2.0),
            Direction,
            Bits,
            Bits,
            Bits,
            Bits,
            Between(0.0, 16.0),
            Between(0.0, 8.0),
            Below(2),
        ],
        n_rows: 3000,
        setup: "
            let position = arg3(0u); let d = arg3(3u);
            let pick = vec2(arg_u(6u), arg_u(7u)); let spot_draws = vec2(arg_u(8u), arg_u(9u));
            let x = arg(10u); let y = arg(11u); let frame = tangent_frame(d);
            let sun = load_light(1u); let spot = load_light(3u);
            let lamp = find_place(Hit(0.0, y * 0.125, x * 0.0625 * (1.0 - y * 0.125), 5u, arg_u(12u)), d);",
        cases: vec![
            case("power_heuristic", "", "f power_heuristic(x, y)", |_, a| f(light::power_heuristic(a.f(10), a.f(11)))),
            case("sample_sky", "let l = sample_sky(frame.tangent, frame.bitangent, d, pick);", LIGHT_SAMPLE, |c, a| {
                let (tangent, bitangent) = bsdf::tangent_frame(a.v3(3));
                light_sample(light::sample_sky(c, [tangent, bitangent, a.v3(3)], a.u2(6)))
            }),
            case("look_up_sky", "let s = look_up_sky(d, x);", "v3 s.radiance; f s.pdf", |c, a| {
                sky_value(light::look_up_sky(c, a.v3(3), a.f(10)))
            }),
            case("sky_texels", "", "v3 sky_texels(x, y)", |c, a| v(light::sky_texels(c, a.f(10), a.f(11)))),
            case("sample_light", "let l = sample_light(position, pick, spot_draws);", LIGHT_SAMPLE, |c, a| {
                light_sample(light::sample_light(c, a.v3(0), a.u2(6), a.u2(8)))
            }),
            case("spot_share", "", "f spot_share(spot, unit_or(d - spot.direction * 3.0, d))", |c, a| {
                let spot = c.load_light(3);
                f(light::spot_share(spot, surface::unit_or(a.v3(3) - Vec3::from(spot.direction) * 3.0, a.v3(3))))
            }),
            case("sample_sun", "let l = sample_sun(sun, spot_draws);", LIGHT_SAMPLE, |c, a| {
                light_sample(light::sample_sun(c.load_light(1), a.u2(8)))
            }),
            case(
                "look_up_sun",
                "let s = look_up_sun(sun, unit_or(d * 0.06 - sun.direction, d));",
                "v3 s.radiance; f s.pdf",
                |c, a| {
                    let sun = c.load_light(1);
                    sky_value(light::look_up_sun(
                        sun,
                        surface::unit_or(a.v3(3) * 0.06 - Vec3::from(sun.direction), a.v3(3)),
                    ))
                },
            ),
            case(
                "sample_emissive",
                "let l = sample_emissive(load_light(light_count() - 1u), position, spot_draws);",
                LIGHT_SAMPLE,
                |c, a| light_sample(light::sample_emissive(c, c.load_light(c.light_count() - 1), a.v3(0), a.u2(8))),
            ),
            case(
                "emissive_pdf",
                "",
                "f emissive_pdf(lamp, arg_u(12u), position); f emissive_pdf(lamp, 9u, position)",
                |c, a| {
                    let lamp = lamp(c, a);
                    fs(&[light::emissive_pdf(c, &lamp, a.u(12), a.v3(0)), light::emissive_pdf(c, &lamp, 9, a.v3(0))])
                },
            ),
            case("keep_or_alias", "", "u keep_or_alias(AliasEntry(pick.x, 7u), 9u, pick.y)", |_, a| {
                u(light::keep_or_alias(genki::buffers::layout::AliasEntry { threshold: a.u(6), alias: 7 }, 9, a.u(7)))
            }),
            case("last_at_most", "", "u last_at_most(arg_u(12u), 1u)", |_, a| u(light::last_at_most(a.u(12), 1))),
            case("no_light", "let l = no_light();", "f l.pdf", |_, _| f(0.0)),
        ],
    }
}

const LIGHT_SAMPLE: &str = "v3 l.direction; f l.distance; v3 l.radiance; f l.pdf; b l.is_delta";

fn light_sample(l: light::LightSample) -> Vec<Word> {
    [v(l.direction), f(l.distance), v(l.radiance), f(l.pdf), u(l.is_delta.into())].concat()
}

fn sky_value(s: light::SkyValue) -> Vec<Word> {
    [v(s.radiance), f(s.pdf)].concat()
}

fn lamp(c: &Context, a: &Args) -> Place {
    let (x, y) = (a.f(10), a.f(11));
    let hit = Hit { t: 0.0, u: y * 0.125, v: x * 0.0625 * (1.0 - y * 0.125), instance_idx: 5, triangle_idx: a.u(12) };
    surface::find_place(c, &hit, a.v3(3))
}

fn paths() -> Group {
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
            case("sky_and_suns", "", "v3 sky_and_suns(d, arg_u(3u), x, y)", |c, a| {
                v(path::sky_and_suns(c, a.v3(0), a.u(3), a.f(4), a.f(5)))
            }),
            case("shorter", "", "f shorter(arg(7u), y)", |_, a| f(path::shorter(a.f(7), a.f(5)))),
            case("survival_chances", "", "u survival_chances(x)", |_, a| u(path::survival_chances(a.f(4)))),
            case("scattered_spread", "", "f scattered_spread(y * 0.01, x, 1u + arg_u(6u))", |_, a| {
                f(path::scattered_spread(a.f(5) * 0.01, a.f(4), 1 + a.u(6)))
            }),
            case("limit", "", "v3 limit(d + vec3f(1.0), y)", |_, a| v(path::limit(a.v3(0) + Vec3::ONE, a.f(5)))),
            case("max_component", "", "f max_component(d)", |_, a| f(a.v3(0).max_component())),
        ],
    }
}

macro_rules! compares {
    ($($test:ident: $group:ident in $scene:ident;)*) => {
        $(#[test]
        fn $test() {
            compare(&built(&$scene()), &$group());
        })*
    };
}

compares! {
    elementary_functions_are_the_cpus: elementary in ball_under_a_grey_sky;
    the_gpu_draws_the_same_bits_as_the_cpu: draws in ball_under_a_grey_sky;
    triangles_are_met_as_by_the_cpu: triangles in ball_under_a_grey_sky;
    cameras_send_the_cpus_rays: cameras in workshop;
    what_is_loaded_is_what_the_cpu_reads: loaders in workshop;
    textures_are_filtered_as_by_the_cpu: textures in workshop;
    places_are_found_as_by_the_cpu: places in workshop;
    materials_are_found_as_by_the_cpu: materials in workshop;
    light_is_scattered_as_by_the_cpu: scattering in workshop;
    lights_are_drawn_and_looked_up_as_by_the_cpu: lights in workshop;
    paths_are_weighed_as_by_the_cpu: paths in workshop;
}
