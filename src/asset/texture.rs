//! A texture slot of a material → which image it reads, from which texture coordinates, and how.

use super::AssetError;
use super::block::{Block, Extensions};
use super::document::{Document, remedy};
use super::image::Wanted;
use crate::scene::{Filter, TextureRef, Wrap};
use gltf::json;
use gltf::json::validation::Checked;

const TRANSFORM: &str = "KHR_texture_transform";

/// A slot as it stands in the file, whatever kind it is there.
pub(super) struct Slot {
    /// E.g. `materials[0].normalTexture`.
    place: String,
    texture: usize,
    uv_set: usize,
    image_from_uv: [[f32; 3]; 2],
}

impl Slot {
    /// A slot of an extension; `None` where `key` is missing.
    pub fn of_block(block: &Block, key: &str) -> Result<Option<Slot>, AssetError> {
        let Some(info) = block.block(key)? else { return Ok(None) };
        let texture =
            info.index("index")?.ok_or_else(|| AssetError::malformed(info.place_of("index"), "is missing"))?;
        let uv_set = info.index("texCoord")?.unwrap_or(0);
        let transform = info.extension(TRANSFORM)?;
        Slot::new(info.place, texture, uv_set, transform).map(Some)
    }

    pub fn of_info(place: String, info: &json::texture::Info) -> Result<Slot, AssetError> {
        let extensions = info.extensions.as_ref().map(|e| &e.others);
        Slot::of_parts(place, info.index.value(), info.tex_coord, extensions)
    }

    pub fn of_normal(place: String, info: &json::material::NormalTexture) -> Result<Slot, AssetError> {
        let extensions = info.extensions.as_ref().map(|e| &e.others);
        Slot::of_parts(place, info.index.value(), info.tex_coord, extensions)
    }

    fn of_parts(
        place: String,
        texture: usize,
        uv_set: u32,
        extensions: Option<&Extensions>,
    ) -> Result<Slot, AssetError> {
        let transform = Block::of_extension(extensions, &place, TRANSFORM)?;
        Slot::new(place, texture, uv_set as usize, transform)
    }

    fn new(place: String, texture: usize, uv_set: usize, transform: Option<Block>) -> Result<Slot, AssetError> {
        let Some(transform) = transform else {
            return Ok(Slot { place, texture, uv_set, image_from_uv: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]] });
        };
        let offset = transform.numbers("offset", [0.0; 2])?;
        let scale = transform.numbers("scale", [1.0; 2])?;
        let image_from_uv = image_from_uv(offset, transform.number("rotation", 0.0)?, scale);
        // The extension's set replaces the slot's own.
        let uv_set = transform.index("texCoord")?.unwrap_or(uv_set);
        if image_from_uv.iter().flatten().any(|v| !v.is_finite()) {
            return Err(AssetError::malformed(place, "its texture transform is not finite"));
        }
        Ok(Slot { place, texture, uv_set, image_from_uv })
    }

    pub fn resolve<'a>(self, document: &'a Document, images: &mut Wanted<'a>) -> Result<TextureRef, AssetError> {
        let Slot { place, texture: index, uv_set, image_from_uv } = self;
        let root = &document.root;
        let texture = root.textures.get(index).ok_or_else(|| {
            AssetError::malformed(&place, format!("names texture {index}, but the file has {}", root.textures.len()))
        })?;
        let texture_place = || format!("textures[{index}]");
        let source = texture.source.value();
        // The crate's way to say that there is no source.
        if source == u32::MAX as usize {
            let extension = texture.extensions.as_ref().and_then(|e| e.others.keys().next());
            return Err(match extension {
                Some(name) => {
                    AssetError::unsupported(texture_place(), format!("the image needs {name}, which is not supported"))
                        .with_hint(remedy(name))
                }
                None => AssetError::malformed(texture_place(), "has no source"),
            });
        }
        let image = images.want(&format!("images[{source}]"), document.image(source)?);
        let (wrap_u, wrap_v, filter) = match texture.sampler {
            None => (Wrap::Repeat, Wrap::Repeat, Filter::Linear),
            Some(index) => {
                let sampler = root.samplers.get(index.value()).ok_or_else(|| {
                    let what = format!("names sampler {}, but the file has {}", index.value(), root.samplers.len());
                    AssetError::malformed(texture_place(), what)
                })?;
                let nearest = matches!(sampler.mag_filter, Some(Checked::Valid(json::texture::MagFilter::Nearest)));
                let filter = if nearest { Filter::Nearest } else { Filter::Linear };
                let place = format!("samplers[{}]", index.value());
                (wrap(&sampler.wrap_s, &place)?, wrap(&sampler.wrap_t, &place)?, filter)
            }
        };
        if uv_set > 1 {
            let what = format!("uses TEXCOORD_{uv_set}, but only sets 0 and 1 are read");
            return Err(AssetError::unsupported(place, what)
                .with_hint("move its texture coordinates to one of the first two sets"));
        }
        Ok(TextureRef { image, uv_set: uv_set as u32, wrap_u, wrap_v, filter, image_from_uv })
    }
}

fn wrap(mode: &Checked<json::texture::WrappingMode>, place: &str) -> Result<Wrap, AssetError> {
    match mode {
        Checked::Valid(json::texture::WrappingMode::Repeat) => Ok(Wrap::Repeat),
        Checked::Valid(json::texture::WrappingMode::MirroredRepeat) => Ok(Wrap::MirroredRepeat),
        Checked::Valid(json::texture::WrappingMode::ClampToEdge) => Ok(Wrap::ClampToEdge),
        Checked::Invalid => Err(AssetError::malformed(place, "a wrap mode is not one of glTF's")),
    }
}

/// Two rows of three: translation · rotation · scale.
///
/// Rotation is counter-clockwise to the eye, and v points down the image, so its sines have the signs of a clockwise
/// rotation in a frame whose v points up. (The extension's GLSL has them the other way round; its prose, its test
/// model and the viewers agree on this.) Source: KHR_texture_transform; TextureTransformTest.
fn image_from_uv([x, y]: [f32; 2], rotation_rad: f32, scale: [f32; 2]) -> [[f32; 3]; 2] {
    let angle = f64::from(rotation_rad);
    let (sin, cos) = (libm::sin(angle), libm::cos(angle));
    let [u, v] = scale.map(f64::from);
    [[(cos * u) as f32, (sin * v) as f32, x], [(-sin * u) as f32, (cos * v) as f32, y]]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(m: [[f32; 3]; 2], uv: [f32; 2]) -> [f32; 2] {
        m.map(|r| r[0] * uv[0] + r[1] * uv[1] + r[2])
    }

    #[test]
    fn a_texture_transform_scales_then_rotates_then_moves() {
        let m = image_from_uv([10.0, 20.0], std::f32::consts::FRAC_PI_2, [2.0, 3.0]);
        // A quarter turn counter-clockwise to the eye takes +u (right) to −v (up) and +v (down) to +u (right).
        for (uv, expected) in [([0.0, 0.0], [10.0, 20.0]), ([1.0, 0.0], [10.0, 18.0]), ([0.0, 1.0], [13.0, 20.0])] {
            let got = apply(m, uv);
            assert!(got.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5), "{uv:?} → {got:?}, not {expected:?}");
        }
    }

    #[test]
    fn no_transform_is_the_identity() {
        let slot = Slot::new(String::new(), 0, 0, None).expect("a slot");
        assert_eq!(slot.image_from_uv, [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]);
        let spelt_out = image_from_uv([0.0; 2], 0.0, [1.0; 2]);
        assert_eq!(apply(spelt_out, [0.3, 0.7]), [0.3, 0.7]);
    }
}
