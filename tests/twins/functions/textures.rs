//! Textures: shaders/texture.wgsl against src/render/cpu/texture.rs.

use crate::table::Arg::{Below, Between, OneOf, OneOfU};
use crate::table::{Args, Bound, Group, case, f, fs, u, us, v};
use genki::buffers::layout::TextureSlot;
use genki::buffers::texture::texel_offset;
use genki::render::cpu::load::Context;
use genki::render::cpu::texture;

pub fn textures() -> Group {
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
            case("texel_offset", "", "u texel_offset(arg_u(5u), arg_u(0u), 14u)", |_, a| {
                u(texel_offset(a.u(5), a.u(0), 14))
            }),
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
        bounds: vec![Bound {
            functions: &["sample_srgb", "sample_linear", "texture_footprint"],
            ulps: 256.0,
            of: 1.0,
            reason: "a u + b v + c, up to 11 here, is added in another order: two roundings, 8 ulps of 1 each; 16 texels \
                         in a row make the weights as much coarser",
        }],
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
