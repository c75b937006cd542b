//! glTF materials → scene materials.

use super::AssetError;
use super::block::Block;
use super::document::Document;
use super::image::Wanted;
use super::layers;
use super::texture::Slot;
use crate::math::det;
use crate::scene::{AlphaMode, Material, SpecularGlossiness, TextureRef};
use gltf::json;
use gltf::json::validation::Checked;

/// All materials in file order. Textures of materials that nothing `used` are left out, and not decoded.
pub(super) fn materials<'a>(
    document: &'a Document,
    used: &[bool],
    images: &mut Wanted<'a>,
) -> Result<Vec<Material>, AssetError> {
    let all = document.root.materials.iter().enumerate();
    all.map(|(i, json)| {
        let used = used.get(i) == Some(&true);
        material(json, &mut Reader { document, place: format!("materials[{i}]"), used, images })
    })
    .collect()
}

/// What the slots and extensions of one material are read with.
pub(super) struct Reader<'a, 'w> {
    document: &'a Document,
    /// E.g. `materials[3]`.
    place: String,
    used: bool,
    images: &'w mut Wanted<'a>,
}

impl Reader<'_, '_> {
    pub fn texture(&mut self, slot: Option<Slot>) -> Result<Option<TextureRef>, AssetError> {
        match slot {
            Some(slot) if self.used => slot.resolve(self.document, self.images).map(Some),
            _ => Ok(None),
        }
    }

    /// The texture under `key` of an extension.
    pub fn texture_of(&mut self, block: &Block, key: &str) -> Result<Option<TextureRef>, AssetError> {
        let slot = Slot::of_block(block, key)?;
        self.texture(slot)
    }

    pub fn extension<'j>(&self, json: &'j json::Material, name: &str) -> Result<Option<Block<'j>>, AssetError> {
        Block::of_extension(json.extensions.as_ref().map(|e| &e.others), &self.place, name)
    }

    fn texture_info(
        &mut self,
        name: &str,
        info: Option<&json::texture::Info>,
    ) -> Result<Option<TextureRef>, AssetError> {
        let slot = info.map(|info| Slot::of_info(format!("{}.{name}", self.place), info)).transpose()?;
        self.texture(slot)
    }
}

fn material(json: &json::Material, reader: &mut Reader) -> Result<Material, AssetError> {
    let pbr = &json.pbr_metallic_roughness;
    let place = reader.place.clone();
    let numbers = Numbers { place: &place };
    let normal = json.normal_texture.as_ref();
    let normal_slot = normal.map(|info| Slot::of_normal(format!("{place}.normalTexture"), info)).transpose()?;
    let mut material = Material {
        name: json.name.clone().unwrap_or_default(),
        base_color: numbers.unit("baseColorFactor", pbr.base_color_factor.0)?,
        metallic: numbers.unit("metallicFactor", [pbr.metallic_factor.0])?[0],
        roughness: numbers.unit("roughnessFactor", [pbr.roughness_factor.0])?[0],
        alpha: alpha(json, &numbers)?,
        double_sided: json.double_sided,
        ..Material::default()
    };
    let older = reader.extension(json, "KHR_materials_pbrSpecularGlossiness")?;
    material.unlit = reader.extension(json, "KHR_materials_unlit")?.is_some();
    if older.is_none() || material.unlit {
        material.base_color_texture = reader.texture_info("baseColorTexture", pbr.base_color_texture.as_ref())?;
    }
    if material.unlit {
        // By the others' texts none of them may stand beside it, and by its own only the base colour is seen.
        return Ok(material);
    }
    if older.is_none() {
        material.metallic_roughness_texture =
            reader.texture_info("metallicRoughnessTexture", pbr.metallic_roughness_texture.as_ref())?;
    }
    let strength = match reader.extension(json, "KHR_materials_emissive_strength")? {
        Some(block) => block.at_least(0.0, "emissiveStrength", 1.0)?,
        None => 1.0,
    };
    material.normal_scale = numbers.finite("normalTexture.scale", [normal.map_or(1.0, |t| t.scale)])?[0];
    material.normal_texture = reader.texture(normal_slot)?;
    material.emissive = numbers.positive("emissiveFactor", json.emissive_factor.0.map(|v| v * strength))?;
    material.emissive_texture = reader.texture_info("emissiveTexture", json.emissive_texture.as_ref())?;
    match older {
        // Nor may the newer layers stand beside this one.
        Some(block) => specular_glossiness(&mut material, &block, reader)?,
        None => layers::read(&mut material, json, reader)?,
    }
    Ok(material)
}

/// The older model in place of the file's metallic-roughness one, which it keeps for those who don't know it.
fn specular_glossiness(material: &mut Material, block: &Block, reader: &mut Reader) -> Result<(), AssetError> {
    let glossiness = block.unit("glossinessFactor", 1.0)?;
    material.base_color = block.units("diffuseFactor", [1.0; 4])?;
    material.base_color_texture = reader.texture_of(block, "diffuseTexture")?;
    material.metallic = 0.0;
    // The surface takes the glossiness away from it.
    material.roughness = 1.0;
    material.specular_glossiness = Some(SpecularGlossiness {
        specular: block.units("specularFactor", [1.0; 3])?,
        glossiness,
        texture: reader.texture_of(block, "specularGlossinessTexture")?,
    });
    Ok(())
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
