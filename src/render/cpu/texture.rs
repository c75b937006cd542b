//! Textures: addressing, choice of the level, filtering, decoding. Twin: shaders/texture.wgsl. Knows no surfaces.

use super::load::Context;
use super::tables::SRGB;
use crate::buffers::layout::{
    TEXTURE_NEAREST, TEXTURE_WRAP_U_SHIFT, TEXTURE_WRAP_V_SHIFT, TextureSlot, WRAP_MIRRORED, WRAP_REPEAT,
};
use crate::buffers::texture::texel_offset;
use crate::math::{Vec3, det, vec3};

/// Value of an 8-bit code of linear data.
pub const CODE_8: f32 = 1.0 / 255.0;

/// Four texels and their weights, which sum to 1.
#[derive(Clone, Copy, Debug)]
pub struct Footprint {
    pub texels: [u32; 4],
    pub weights: [f32; 4],
}

/// Linear RGB and alpha of a texture that holds sRGB with linear alpha. See [`texture_footprint`].
#[inline(always)]
pub fn sample_srgb(c: &Context, slot: &TextureSlot, uv: [f32; 2], uv_area: f32) -> ([f32; 3], f32) {
    let f = texture_footprint(c, slot, uv, uv_area);
    let mut rgb = [0.0f32; 3];
    let mut alpha = 0.0;
    for i in 0..4 {
        let texel = f.texels[i];
        rgb[0] += SRGB[(texel & 0xff) as usize] * f.weights[i];
        rgb[1] += SRGB[(texel >> 8 & 0xff) as usize] * f.weights[i];
        rgb[2] += SRGB[(texel >> 16 & 0xff) as usize] * f.weights[i];
        alpha += (texel >> 24) as f32 * f.weights[i];
    }
    (rgb, alpha * CODE_8)
}

/// RGB of a texture that holds linear data, each in [0, 1]. See [`texture_footprint`].
#[inline(always)]
pub fn sample_linear(c: &Context, slot: &TextureSlot, uv: [f32; 2], uv_area: f32) -> Vec3 {
    let f = texture_footprint(c, slot, uv, uv_area);
    let mut rgb = [0.0f32; 3];
    for i in 0..4 {
        let texel = f.texels[i];
        rgb[0] += (texel & 0xff) as f32 * f.weights[i];
        rgb[1] += (texel >> 8 & 0xff) as f32 * f.weights[i];
        rgb[2] += (texel >> 16 & 0xff) as f32 * f.weights[i];
    }
    vec3(rgb[0] * CODE_8, rgb[1] * CODE_8, rgb[2] * CODE_8)
}

/// RGBA of a texture that holds sRGB (`is_color`) or linear data, alpha linear. See [`texture_footprint`].
#[inline]
pub fn sample_slot(c: &Context, slot: &TextureSlot, uv: [f32; 2], uv_area: f32, is_color: bool) -> [f32; 4] {
    let f = texture_footprint(c, slot, uv, uv_area);
    let mut rgba = [0.0f32; 4];
    for i in 0..4 {
        for (k, sum) in rgba.iter_mut().enumerate() {
            let code = f.texels[i] >> (8 * k) & 0xff;
            let value = if is_color && k < 3 { SRGB[code as usize] } else { code as f32 * CODE_8 };
            *sum += value * f.weights[i];
        }
    }
    rgba
}

/// The texels under a place. `uv`: of the slot's uv set. `uv_area`: area of the sample's footprint in that uv space.
#[inline(always)]
pub fn texture_footprint(c: &Context, slot: &TextureSlot, uv: [f32; 2], uv_area: f32) -> Footprint {
    let m = &slot.image_from_uv;
    let u = m[0][0] * uv[0] + m[0][1] * uv[1] + m[0][2];
    let v = m[1][0] * uv[0] + m[1][1] * uv[1] + m[1][2];
    let image_area = uv_area * det::abs(m[0][0] * m[1][1] - m[0][1] * m[1][0]);
    let (width, height, first) = choose_level(c, slot.texture_idx, image_area);
    let wrap_u = slot.flags >> TEXTURE_WRAP_U_SHIFT & 3;
    let wrap_v = slot.flags >> TEXTURE_WRAP_V_SHIFT & 3;
    let x = wrap_coordinate(u, wrap_u) * width as f32;
    let y = wrap_coordinate(v, wrap_v) * height as f32;
    if slot.flags & TEXTURE_NEAREST != 0 {
        let column = neighbour(x as i32, width, wrap_u);
        let row = neighbour(y as i32, height, wrap_v);
        let texel = c.load_texel(slot.texture_idx, first + texel_offset(column, row, width));
        return Footprint { texels: [texel; 4], weights: [1.0, 0.0, 0.0, 0.0] };
    }
    let left = det::floor(x - 0.5);
    let top = det::floor(y - 0.5);
    let fx = x - 0.5 - left;
    let fy = y - 0.5 - top;
    let x0 = neighbour(left as i32, width, wrap_u);
    let x1 = neighbour(left as i32 + 1, width, wrap_u);
    let y0 = neighbour(top as i32, height, wrap_v);
    let y1 = neighbour(top as i32 + 1, height, wrap_v);
    Footprint {
        texels: [
            c.load_texel(slot.texture_idx, first + texel_offset(x0, y0, width)),
            c.load_texel(slot.texture_idx, first + texel_offset(x1, y0, width)),
            c.load_texel(slot.texture_idx, first + texel_offset(x0, y1, width)),
            c.load_texel(slot.texture_idx, first + texel_offset(x1, y1, width)),
        ],
        weights: [(1.0 - fx) * (1.0 - fy), fx * (1.0 - fy), (1.0 - fx) * fy, fx * fy],
    }
}

/// (width, height, first texel) of the coarsest level whose texels are not larger than the footprint.
///
/// `image_area`: the footprint's share of the whole image. The level is ⌊log₂(texels under it) / 2⌋, from the exponent.
#[inline(always)]
pub fn choose_level(c: &Context, texture_idx: u32, image_area: f32) -> (u32, u32, u32) {
    let finest = c.texture_level(texture_idx, 0);
    let n_texels = image_area * (finest.0 as f32 * finest.1 as f32);
    if n_texels < 4.0 {
        return finest;
    }
    let exponent = (n_texels.to_bits() >> 23) as i32 - 127;
    let level = (exponent >> 1) as u32;
    let coarsest = c.texture_levels(texture_idx) - 1;
    if level >= coarsest {
        return c.texture_level(texture_idx, coarsest);
    }
    c.texture_level(texture_idx, level)
}

/// A coordinate brought into [0, 1], whatever it is.
#[inline(always)]
pub fn wrap_coordinate(x: f32, wrap: u32) -> f32 {
    let mut wrapped = x;
    if wrap == WRAP_REPEAT {
        wrapped = x - det::floor(x);
    }
    if wrap == WRAP_MIRRORED {
        let period = x - 2.0 * det::floor(x * 0.5);
        wrapped = 1.0 - det::abs(1.0 - period);
    }
    det::clamp(wrapped, 0.0, 1.0)
}

/// The texel index that stands for `i`, which may lie one outside the image.
#[inline(always)]
pub fn neighbour(i: i32, size: u32, wrap: u32) -> u32 {
    let last = size as i32 - 1;
    if wrap == WRAP_REPEAT {
        if i == -1 {
            return last as u32;
        }
        if i == last + 1 {
            return 0;
        }
    }
    if i < 0 {
        return 0;
    }
    if i > last {
        return last as u32;
    }
    i as u32
}
