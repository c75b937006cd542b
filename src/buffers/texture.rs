//! Image → RGBA8 pyramid. Knows no materials: only whether its colours are light or numbers.

use super::layout::TEXTURE_TILE as TILE;
use crate::scene::Image;
use std::sync::LazyLock;

/// An RGBA8 image with its mips, each half the size of the one before (rounded down, at least 1), box-filtered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Texture {
    /// (width, height, first texel) a level.
    pub levels: Vec<(u32, u32, u32)>,
    /// R in the lowest byte. Colours stay as encoded in the file (see [`Encoding`]). Each level lies in tiles, see
    /// [`texel_offset`].
    pub texels: Vec<u32>,
}

/// Where texel (x, y) lies in a level `width` texels wide: tiles by rows, and rows within a tile. Levels are padded to
/// whole tiles.
#[inline(always)]
pub fn texel_offset(x: u32, y: u32, width: u32) -> u32 {
    let tiles_wide = width.div_ceil(TILE);
    (y / TILE * tiles_wide + x / TILE) * (TILE * TILE) + y % TILE * TILE + x % TILE
}

impl Texture {
    pub fn bytes(&self) -> u64 {
        (size_of_val(&self.levels[..]) + size_of_val(&self.texels[..])) as u64
    }
}

/// What the bytes of an image are. An image that slots of both kinds use becomes two textures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Encoding {
    /// R, G, B are sRGB (base colour, emission): mips average the light, not the bytes. Alpha is linear.
    Srgb,
    /// Numbers (normals, roughness and metallic): mips average the bytes.
    Linear,
}

/// All levels whose sides are at most `max_px`, down to 1 × 1 (at least that one).
pub fn build(image: &Image, encoding: Encoding, max_px: u32) -> Texture {
    let (mut width, mut height) = (image.width, image.height);
    let mut level: Vec<u32> =
        image.rgba8.chunks_exact(4).map(|c| u32::from_le_bytes([c[0], c[1], c[2], c[3]])).collect();
    let mut texture = Texture { levels: Vec::new(), texels: Vec::new() };
    loop {
        let is_last = width == 1 && height == 1;
        if width.max(height) <= max_px || is_last {
            texture.levels.push((width, height, texture.texels.len() as u32));
            extend_by_tiles(&mut texture.texels, &level, width, height);
        }
        if is_last {
            return texture;
        }
        level = halve(&level, width, height, encoding);
        (width, height) = ((width / 2).max(1), (height / 2).max(1));
    }
}

/// Appends a level that lies row by row. Padding is black and never looked at.
fn extend_by_tiles(texels: &mut Vec<u32>, level: &[u32], width: u32, height: u32) {
    let first = texels.len();
    let padded = width.next_multiple_of(TILE) * height.next_multiple_of(TILE);
    texels.resize(first + padded as usize, 0);
    for (y, row) in (0..height).zip(level.chunks_exact(width as usize)) {
        for (x, &texel) in (0..width).zip(row) {
            texels[first + texel_offset(x, y, width) as usize] = texel;
        }
    }
}

/// Light of an sRGB byte, 65535 for white.
pub fn light_of(byte: u8) -> u32 {
    SRGB.0[byte as usize]
}

/// What 1.0 is in whole-number light.
const LINEAR_ONE: f64 = 65535.0;

/// Light of each sRGB byte, and the byte nearest to each light. Source: IEC 61966-2-1.
static SRGB: LazyLock<(Vec<u32>, Vec<u8>)> = LazyLock::new(|| {
    let light = |code: f64| {
        let x = code / 255.0;
        let linear = if x <= 0.04045 { x / 12.92 } else { libm::pow((x + 0.055) / 1.055, 2.4) };
        (linear * LINEAR_ONE + 0.5) as u32
    };
    let to_linear: Vec<u32> = (0..256).map(|code| light(f64::from(code))).collect();
    let mut to_srgb = Vec::with_capacity(65536);
    for code in 0..=255u8 {
        let end = if code == 255 { 65536 } else { light(f64::from(code) + 0.5) as usize };
        to_srgb.resize(end, code);
    }
    (to_linear, to_srgb)
});

/// The texels (at most three) that share in texel `i` of a side halved to `half`, and their whole-number weights.
fn taps(i: u64, size: u64, half: u64) -> [(u64, u64); 3] {
    if size == 1 {
        return [(0, 1), (0, 0), (0, 0)];
    }
    if size.is_multiple_of(2) {
        return [(2 * i, 1), (2 * i + 1, 1), (2 * i, 0)];
    }
    // Texel i covers [i, i + 1] · size / half of the old side.
    [(2 * i, half - i), (2 * i + 1, half), (2 * i + 2, i + 1)]
}

fn halve(level: &[u32], width: u32, height: u32, encoding: Encoding) -> Vec<u32> {
    let (half_width, half_height) = ((width / 2).max(1), (height / 2).max(1));
    let (to_linear, to_srgb) = &*SRGB;
    let byte = |texel: u32, channel: usize| (texel >> (8 * channel)) as u8;
    let mut out = Vec::with_capacity((half_width * half_height) as usize);
    for y in 0..half_height {
        let rows = taps(y.into(), height.into(), half_height.into());
        for x in 0..half_width {
            let columns = taps(x.into(), width.into(), half_width.into());
            let mut sums = [0u64; 4];
            let mut total = 0;
            for (row, row_weight) in rows {
                for (column, column_weight) in columns {
                    let weight = row_weight * column_weight;
                    if weight == 0 {
                        continue;
                    }
                    let texel = level[(row * u64::from(width) + column) as usize];
                    for (channel, sum) in sums.iter_mut().enumerate() {
                        let value = byte(texel, channel);
                        let value = if encoding == Encoding::Srgb && channel < 3 {
                            to_linear[value as usize]
                        } else {
                            value.into()
                        };
                        *sum += weight * u64::from(value);
                    }
                    total += weight;
                }
            }
            let mut texel = 0u32;
            for (channel, sum) in sums.into_iter().enumerate() {
                let mean = (sum + total / 2) / total;
                let code =
                    if encoding == Encoding::Srgb && channel < 3 { to_srgb[mean as usize].into() } else { mean as u32 };
                texel |= code << (8 * channel);
            }
            out.push(texel);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::Digest;

    fn image(width: u32, height: u32, texel: impl Fn(u32, u32) -> [u8; 4]) -> Image {
        let rgba8 = (0..width * height).flat_map(|i| texel(i % width, i / width)).collect();
        Image { width, height, rgba8, digest: Digest::default() }
    }

    /// A level, row by row.
    fn texels(texture: &Texture, level: usize) -> Vec<u32> {
        let (width, height, first) = texture.levels[level];
        let at = |i: u32| texture.texels[(first + texel_offset(i % width, i / width, width)) as usize];
        (0..width * height).map(at).collect()
    }

    #[test]
    fn every_texel_of_a_level_has_a_place_of_its_own_within_whole_tiles() {
        for (width, height) in [(1u32, 1u32), (4, 4), (5, 3), (13, 9), (16, 2)] {
            let size = width.next_multiple_of(TILE) * height.next_multiple_of(TILE);
            let mut places: Vec<u32> = (0..width * height).map(|i| texel_offset(i % width, i / width, width)).collect();
            assert!(places.iter().all(|&place| place < size), "{width} × {height}");
            places.sort_unstable();
            places.dedup();
            assert_eq!(places.len() as u32, width * height, "{width} × {height}");
        }
        // Second row of tiles of a level two tiles wide, third column of its second tile, second row within.
        assert_eq!(texel_offset(6, 5, 7), 3 * 16 + 4 + 2);
    }

    #[test]
    fn mips_of_a_constant_image_are_constant() {
        for code in 0..=255u8 {
            for encoding in [Encoding::Srgb, Encoding::Linear] {
                let texture = build(&image(5, 3, |_, _| [code, code, 255 - code, code]), encoding, 16);
                assert_eq!(texture.levels, [(5, 3, 0), (2, 1, 32), (1, 1, 48)]);
                let expected = u32::from_le_bytes([code, code, 255 - code, code]);
                let all = (0..3).flat_map(|level| texels(&texture, level)).collect::<Vec<u32>>();
                assert_eq!(all, [expected; 15 + 2 + 1], "{code} {encoding:?}");
            }
        }
    }

    #[test]
    fn black_and_white_average_in_light_for_colours_and_in_bytes_for_numbers() {
        let board = image(2, 2, |x, y| if (x + y) % 2 == 0 { [255; 4] } else { [0; 4] });
        let last = |encoding| texels(&build(&board, encoding, 2), 1)[0].to_le_bytes();
        // Half of the light is sRGB 0.7354 (188 of 255); half of the bytes is 128.
        assert_eq!(last(Encoding::Srgb), [188, 188, 188, 128]);
        assert_eq!(last(Encoding::Linear), [128; 4]);
    }

    #[test]
    fn an_odd_side_weighs_each_texel_by_what_is_covered() {
        // Three texels into one: a third each.
        let ramp = image(3, 1, |x, _| [[0, 90, 210][x as usize]; 4]);
        assert_eq!(texels(&build(&ramp, Encoding::Linear, 4), 1)[0].to_le_bytes(), [100; 4]);
        // Five into two: 2.5 each, so weights 2 2 1 and 1 2 2 of 5.
        let ramp = image(5, 1, |x, _| [[10, 20, 30, 40, 50][x as usize]; 4]);
        let texture = build(&ramp, Encoding::Linear, 8);
        assert_eq!(texels(&texture, 1).iter().map(|texel| texel & 0xff).collect::<Vec<u32>>(), [18, 42]);
    }

    #[test]
    fn levels_above_the_limit_are_left_out() {
        let texture = build(&image(8, 4, |x, _| [x as u8; 4]), Encoding::Linear, 4);
        assert_eq!(texture.levels, [(4, 2, 0), (2, 1, 16), (1, 1, 32)]);
        assert_eq!(build(&image(8, 4, |_, _| [1; 4]), Encoding::Linear, 0).levels, [(1, 1, 0)]);
    }
}
