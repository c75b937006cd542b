//! What shading reads: the loaders of shaders/bindings.wgsl against src/render/cpu/load.rs.

use crate::table::Arg::Below;
use crate::table::{Args, Case, Group, Word, case, f, fs, u, us};
use genki::buffers::layout::Material;
use genki::render::cpu::load::Context;

pub fn loaders() -> Group {
    Group {
        name: "bindings",
        // Instance, triangle and vertex of its mesh (the workshop's smallest has 2 and 4), light, sky texel, table row.
        arguments: vec![Below(6), Below(2), Below(4), Below(6), Below(128), Below(256), Below(16), Below(3)],
        n_rows: 300,
        setup: "let mesh_idx = load_instance(arg_u(0u)).mesh_idx;",
        cases: loader_cases(),
        bounds: Vec::new(),
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
             f l.half_width; v3 l.strength; f l.half_height; v3 l.across; u l.flags; u l.path; u l.pad[0]; u l.pad[1]; u l.pad[2]; \
             u light_count(); u sun_count(); f sun_importance()",
            |c, a| {
                let counts = us(&[c.light_count(), c.sun_count()]);
                [pod(c.load_light(a.u(3) % c.light_count())), counts, f(c.sun_importance())].concat()
            },
        ),
        case(
            "load_emissive",
            "let e = load_emissive(arg_u(1u));",
            "u e.instance_idx; u e.triangle_idx; f e.area; u e.light_idx",
            |c, a| pod(c.load_emissive(a.u(1))),
        ),
        case(
            "load_light_alias",
            "let e = load_light_alias(arg_u(3u) % sun_count());",
            "u e.threshold; u e.alias_idx",
            |c, a| pod(&c.load_light_alias(a.u(3) % c.sun_count())),
        ),
        // The workshop's tree has four lights: seven nodes.
        case(
            "load_light_node",
            "let n = load_light_node(arg_u(3u));",
            "v3 n.min; u n.first; v3 n.max; u n.count; v3 n.axis; f n.power; f n.cos_spread; f n.cos_reach; u n.pad[0]; u n.pad[1]",
            |c, a| pod(c.load_light_node(a.u(3))),
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
            "v4 m[0]; v4 m[1]; v4 m[2]; f w.fx; f w.fy; f w.cx; f w.cy; u w.width; u w.height; u2 w.seed; \
             v4 w.distortion; v4 w.distortion_more; u w.projection; u w.flags; f w.image_circle; f w.aperture_radius; f w.focus; \
             u w.blades; f w.blade_turns; f w.pad",
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
