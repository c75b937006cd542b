//! How much a triangle of a glowing material gives off: the mean of its emission over where it lies in the texture.
//! Knows no instances.

use super::layout::{
    Material, NONE, TEXTURE_UV1, TEXTURE_WRAP_U_SHIFT, TEXTURE_WRAP_V_SHIFT, TextureSlot, Triangle, WRAP_CLAMP,
    WRAP_REPEAT,
};
use super::mesh::MeshBuffers;
use super::sky::luminance;
use super::texture::{Texture, light_of, texel_offset};

/// Texels on a side of what is read of the texture, at most (and the two that filtering adds).
const MAX_SIDE: f32 = 8.0;

/// Mean luminance that a triangle emits, over the box around it in the texture: 0 only where that is black.
///
/// How well this fits decides how noisy pictures are, not what they converge to.
pub fn glow(mesh: &MeshBuffers, triangle: &Triangle, material: &Material, textures: &[std::sync::Arc<Texture>]) -> f64 {
    let slot = &material.emissive_texture;
    if slot.texture_idx == NONE {
        return luminance(material.emissive);
    }
    let texture = &textures[slot.texture_idx as usize];
    let corners = triangle.vertices.map(|v| image_uv(mesh, v as usize, slot));
    let light = mean_light(texture, slot, corners);
    luminance(std::array::from_fn(|i| material.emissive[i] * light[i]))
}

/// Where a vertex lies in the image that a slot reads.
fn image_uv(mesh: &MeshBuffers, vertex: usize, slot: &TextureSlot) -> [f32; 2] {
    let has_uv1 = slot.flags & TEXTURE_UV1 != 0 && !mesh.extras.is_empty();
    let uv = if has_uv1 { mesh.extras[vertex].uv1 } else { mesh.vertices[vertex].uv0 };
    slot.image_from_uv.map(|row| row[0] * uv[0] + row[1] * uv[1] + row[2])
}

/// Mean linear RGB of the texels in the box around three places, in the finest level that shows it in a few texels.
fn mean_light(texture: &Texture, slot: &TextureSlot, corners: [[f32; 2]; 3]) -> [f32; 3] {
    let low: [f32; 2] = std::array::from_fn(|k| corners.iter().fold(f32::MAX, |m, c| if c[k] < m { c[k] } else { m }));
    let high: [f32; 2] =
        std::array::from_fn(|k| corners.iter().fold(-f32::MAX, |m, c| if c[k] > m { c[k] } else { m }));
    let fits = |&&(width, height, _): &&(u32, u32, u32)| {
        (high[0] - low[0]) * width as f32 <= MAX_SIDE && (high[1] - low[1]) * height as f32 <= MAX_SIDE
    };
    let coarsest = texture.levels.last().expect("every texture has a level");
    let &(width, height, first) = texture.levels.iter().find(fits).unwrap_or(coarsest);
    let columns = span(low[0], high[0], width);
    let rows = span(low[1], high[1], height);
    let mut sums = [0u64; 3];
    for y in rows.clone() {
        let row = wrapped(y, height, slot.flags >> TEXTURE_WRAP_V_SHIFT & 3);
        for x in columns.clone() {
            let column = wrapped(x, width, slot.flags >> TEXTURE_WRAP_U_SHIFT & 3);
            let texel = texture.texels[(first + texel_offset(column, row, width)) as usize].to_le_bytes();
            for (sum, byte) in sums.iter_mut().zip(texel) {
                *sum += u64::from(light_of(byte));
            }
        }
    }
    let n = (rows.clone().count() * columns.clone().count()) as f32;
    sums.map(|sum| sum as f32 / (65535.0 * n))
}

/// The texels that filtering reads between two places on a side of `size` texels.
fn span(low: f32, high: f32, size: u32) -> std::ops::RangeInclusive<i64> {
    let first = i64::from((low * size as f32 - 0.5).floor() as i32);
    let last = i64::from((high * size as f32 - 0.5).floor() as i32) + 1;
    // Where the box is not finite, or wraps around many times: all texels once.
    if last - first > i64::from(size) + MAX_SIDE as i64 { 0..=i64::from(size) - 1 } else { first..=last }
}

fn wrapped(i: i64, size: u32, wrap: u32) -> u32 {
    let size = i64::from(size);
    let within = match wrap {
        WRAP_REPEAT => i.rem_euclid(size),
        WRAP_CLAMP => i.clamp(0, size - 1),
        _ => {
            let i = i.rem_euclid(2 * size);
            if i < size { i } else { 2 * size - 1 - i }
        }
    };
    within as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::buffers::layout::{TEXTURE_WRAP_U_SHIFT, WRAP_MIRRORED};

    /// 16 × 16, black but for a white texel at (12, 4), with its mips.
    fn texture() -> Texture {
        let mut texture = Texture { levels: vec![(16, 16, 0), (1, 1, 256)], texels: vec![0; 256 + 16] };
        texture.texels[texel_offset(12, 4, 16) as usize] = 0xffff_ffff;
        texture.texels[256] = 0x0d0d_0d0d;
        texture
    }

    fn slot(wrap: u32) -> TextureSlot {
        TextureSlot {
            texture_idx: 0,
            flags: wrap << TEXTURE_WRAP_U_SHIFT | wrap << TEXTURE_WRAP_V_SHIFT,
            image_from_uv: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
        }
    }

    fn around(u: f32, v: f32, side: f32) -> [[f32; 2]; 3] {
        [[u, v], [u + side, v], [u, v + side]]
    }

    #[test]
    fn a_triangle_over_the_lit_texel_glows_and_one_beside_it_does_not() {
        let lit = mean_light(&texture(), &slot(WRAP_REPEAT), around(12.2 / 16.0, 4.2 / 16.0, 0.5 / 16.0));
        // The filter reads the texels 11 to 13 of rows 3 to 5.
        assert!((lit[0] - 1.0 / 9.0).abs() < 1e-4, "{lit:?}");
        let dark = mean_light(&texture(), &slot(WRAP_REPEAT), around(0.1, 0.6, 0.1));
        assert_eq!(dark, [0.0; 3]);
    }

    #[test]
    fn places_outside_the_image_are_wrapped() {
        let at = |u: f32, v: f32, wrap| mean_light(&texture(), &slot(wrap), around(u / 16.0, v / 16.0, 0.5 / 16.0))[0];
        assert!(at(12.2 - 16.0, 4.2 + 32.0, WRAP_REPEAT) > 0.1);
        assert!(at(31.2 - 12.0, 4.2, WRAP_MIRRORED) > 0.1);
        assert_eq!(at(12.2 - 16.0, 4.2, WRAP_CLAMP), 0.0);
    }

    #[test]
    fn a_large_or_boundless_box_reads_the_coarsest_level() {
        let mean = f32::from(13u8);
        for side in [0.9, 100.0, f32::INFINITY] {
            let light = mean_light(&texture(), &slot(WRAP_REPEAT), around(0.0, 0.0, side))[0];
            assert!(light > 0.0 && light < mean, "{side}: {light}");
        }
    }
}
