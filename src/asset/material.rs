//! glTF materials, textures and samplers → scene materials.

use super::AssetError;
use super::document::{Document, remedy};
use super::image::Wanted;
use crate::math::det;
use crate::scene::{AlphaMode, Filter, Material, TextureRef, Wrap};
use gltf::json;
use gltf::json::extensions::texture::TextureTransform;
use gltf::json::validation::Checked;

/// A texture slot of a material, whatever kind it is in the file.
struct Slot<'a> {
    texture: usize,
    uv_set: u32,
    transform: Option<TextureTransform>,
    name: &'a str,
}

/// All materials in file order. Textures of materials that nothing `used` are left out, and not decoded.
pub(super) fn materials<'a>(
    document: &'a Document,
    used: &[bool],
    images: &mut Wanted<'a>,
) -> Result<Vec<Material>, AssetError> {
    let all = document.root.materials.iter().enumerate();
    all.map(|(i, json)| material(document, i, json, used.get(i) == Some(&true), images)).collect()
}

fn material<'a>(
    document: &'a Document,
    index: usize,
    json: &json::Material,
    used: bool,
    images: &mut Wanted<'a>,
) -> Result<Material, AssetError> {
    let place = format!("materials[{index}]");
    let pbr = &json.pbr_metallic_roughness;
    let extensions = json.extensions.as_ref();
    let strength = extensions.and_then(|e| e.emissive_strength.as_ref()).map_or(1.0, |e| e.emissive_strength.0);
    let numbers = Numbers { place: &place };
    let mut texture = |slot: Option<Slot>| match slot {
        Some(slot) if used => texture_ref(document, &place, slot, images).map(Some),
        _ => Ok(None),
    };
    let normal = json.normal_texture.as_ref();
    Ok(Material {
        name: json.name.clone().unwrap_or_default(),
        base_color: numbers.unit("baseColorFactor", pbr.base_color_factor.0)?,
        base_color_texture: texture(pbr.base_color_texture.as_ref().map(|t| slot("baseColorTexture", t)))?,
        metallic: numbers.unit("metallicFactor", [pbr.metallic_factor.0])?[0],
        roughness: numbers.unit("roughnessFactor", [pbr.roughness_factor.0])?[0],
        metallic_roughness_texture: texture(
            pbr.metallic_roughness_texture.as_ref().map(|t| slot("metallicRoughnessTexture", t)),
        )?,
        normal_texture: texture(match normal {
            Some(t) => Some(Slot {
                texture: t.index.value(),
                uv_set: t.tex_coord,
                transform: normal_transform(&place, t)?,
                name: "normalTexture",
            }),
            None => None,
        })?,
        normal_scale: numbers.finite("normalTexture.scale", [normal.map_or(1.0, |t| t.scale)])?[0],
        emissive: numbers.positive("emissiveFactor", json.emissive_factor.0.map(|v| v * strength))?,
        emissive_texture: texture(json.emissive_texture.as_ref().map(|t| slot("emissiveTexture", t)))?,
        alpha: alpha(json, &numbers)?,
        double_sided: json.double_sided,
        unlit: extensions.is_some_and(|e| e.unlit.is_some()),
        ..Material::default()
    })
}

fn alpha(json: &json::Material, numbers: &Numbers) -> Result<AlphaMode, AssetError> {
    match &json.alpha_mode {
        Checked::Valid(json::material::AlphaMode::Opaque) => Ok(AlphaMode::Opaque),
        Checked::Valid(json::material::AlphaMode::Blend) => Ok(AlphaMode::Blend),
        Checked::Valid(json::material::AlphaMode::Mask) => {
            let cutoff = numbers.positive("alphaCutoff", [json.alpha_cutoff.map_or(0.5, |c| c.0)])?[0];
            Ok(AlphaMode::Mask { cutoff })
        }
        Checked::Invalid => Err(AssetError::malformed(format!("{}.alphaMode", numbers.place), "is not one of glTF's")),
    }
}

/// Checks of factors; values past a range are brought into it, as exporters write 1.0000001.
struct Numbers<'a> {
    place: &'a str,
}

impl Numbers<'_> {
    fn finite<const N: usize>(&self, name: &str, values: [f32; N]) -> Result<[f32; N], AssetError> {
        if values.iter().all(|v| v.is_finite()) {
            Ok(values)
        } else {
            Err(AssetError::malformed(format!("{}.{name}", self.place), "is not a finite number"))
        }
    }

    fn unit<const N: usize>(&self, name: &str, values: [f32; N]) -> Result<[f32; N], AssetError> {
        Ok(self.finite(name, values)?.map(|v| det::clamp(v, 0.0, 1.0)))
    }

    fn positive<const N: usize>(&self, name: &str, values: [f32; N]) -> Result<[f32; N], AssetError> {
        Ok(self.finite(name, values)?.map(|v| det::max(v, 0.0)))
    }
}

fn slot<'a>(name: &'a str, info: &json::texture::Info) -> Slot<'a> {
    let transform = info.extensions.as_ref().and_then(|e| e.texture_transform.clone());
    Slot { texture: info.index.value(), uv_set: info.tex_coord, transform, name }
}

/// The crate leaves the extensions of normal textures as JSON.
fn normal_transform(
    place: &str,
    texture: &json::material::NormalTexture,
) -> Result<Option<TextureTransform>, AssetError> {
    let Some(value) = texture.extensions.as_ref().and_then(|e| e.others.get("KHR_texture_transform")) else {
        return Ok(None);
    };
    serde_json::from_value(value.clone()).map(Some).map_err(|e| {
        let place = format!("{place}.normalTexture.extensions.KHR_texture_transform");
        AssetError::malformed(place, e.to_string())
    })
}

fn texture_ref<'a>(
    document: &'a Document,
    place: &str,
    slot: Slot,
    images: &mut Wanted<'a>,
) -> Result<TextureRef, AssetError> {
    let place = format!("{place}.{}", slot.name);
    let root = &document.root;
    let texture = root.textures.get(slot.texture).ok_or_else(|| {
        let what = format!("names texture {}, but the file has {}", slot.texture, root.textures.len());
        AssetError::malformed(&place, what)
    })?;
    let texture_place = || format!("textures[{}]", slot.texture);
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
    let uv_set = slot.transform.as_ref().and_then(|t| t.tex_coord).unwrap_or(slot.uv_set);
    if uv_set > 1 {
        return Err(AssetError::unsupported(place, format!("uses TEXCOORD_{uv_set}, but only sets 0 and 1 are read"))
            .with_hint("move its texture coordinates to one of the first two sets"));
    }
    let image_from_uv = image_from_uv(slot.transform.as_ref());
    if image_from_uv.iter().flatten().any(|v| !v.is_finite()) {
        return Err(AssetError::malformed(place, "its texture transform is not finite"));
    }
    Ok(TextureRef { image, uv_set, wrap_u, wrap_v, filter, image_from_uv })
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
fn image_from_uv(transform: Option<&TextureTransform>) -> [[f32; 3]; 2] {
    let Some(t) = transform else { return [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]] };
    let angle = f64::from(t.rotation.0);
    let (sin, cos) = (libm::sin(angle), libm::cos(angle));
    let [u, v] = t.scale.0.map(f64::from);
    let [x, y] = t.offset.0;
    [[(cos * u) as f32, (sin * v) as f32, x], [(-sin * u) as f32, (cos * v) as f32, y]]
}

#[cfg(test)]
mod tests {
    use super::*;
    use gltf::json::extensions::texture::{TextureTransformOffset, TextureTransformRotation, TextureTransformScale};

    fn apply(m: [[f32; 3]; 2], uv: [f32; 2]) -> [f32; 2] {
        m.map(|r| r[0] * uv[0] + r[1] * uv[1] + r[2])
    }

    #[test]
    fn a_texture_transform_scales_then_rotates_then_moves() {
        let transform = TextureTransform {
            offset: TextureTransformOffset([10.0, 20.0]),
            rotation: TextureTransformRotation(std::f32::consts::FRAC_PI_2),
            scale: TextureTransformScale([2.0, 3.0]),
            ..TextureTransform::default()
        };
        let m = image_from_uv(Some(&transform));
        // A quarter turn counter-clockwise to the eye takes +u (right) to −v (up) and +v (down) to +u (right).
        for (uv, expected) in [([0.0, 0.0], [10.0, 20.0]), ([1.0, 0.0], [10.0, 18.0]), ([0.0, 1.0], [13.0, 20.0])] {
            let got = apply(m, uv);
            assert!(got.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5), "{uv:?} → {got:?}, not {expected:?}");
        }
    }

    #[test]
    fn no_transform_is_exactly_the_identity() {
        let identity = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]];
        assert_eq!(image_from_uv(None), identity);
        let spelt_out = TextureTransform::default();
        assert_eq!(apply(image_from_uv(Some(&spelt_out)), [0.3, 0.7]), apply(identity, [0.3, 0.7]));
    }
}
