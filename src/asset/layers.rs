//! The extensions that add to glTF's metallic-roughness material. Defaults are those of each extension's text.
//!
//! What cannot be seen is not kept: a block whose factor is 0, or whose values are those of a material without it.
//! Its textures are then neither decoded nor a reason for tangents.

use super::AssetError;
use super::block::Block;
use super::material::Reader;
use super::texture::Slot;
use crate::math::det;
use crate::scene::{
    Anisotropy, Clearcoat, DiffuseTransmission, Iridescence, Material, Sheen, Specular, Transmission, Volume,
};
use gltf::json;

type Read<T> = Result<Option<T>, AssetError>;

/// Reads all of them into `material`.
pub(super) fn read(material: &mut Material, json: &json::Material, reader: &mut Reader) -> Result<(), AssetError> {
    if let Some(block) = reader.extension(json, "KHR_materials_ior")? {
        material.ior = ior(&block)?;
    }
    material.specular = read_one("KHR_materials_specular", json, reader, specular)?;
    material.clearcoat = read_one("KHR_materials_clearcoat", json, reader, clearcoat)?;
    material.sheen = read_one("KHR_materials_sheen", json, reader, sheen)?;
    material.transmission = read_one("KHR_materials_transmission", json, reader, transmission)?;
    material.diffuse_transmission = read_one("KHR_materials_diffuse_transmission", json, reader, diffuse_transmission)?;
    material.anisotropy = read_one("KHR_materials_anisotropy", json, reader, anisotropy)?;
    material.iridescence = read_one("KHR_materials_iridescence", json, reader, iridescence)?;
    let volume = read_one("KHR_materials_volume", json, reader, |block, _| volume(block))?;
    // Nothing gets behind an opaque surface.
    let lets_through = material.transmission.is_some() || material.diffuse_transmission.is_some();
    material.volume = volume.filter(|_| lets_through);
    let dispersion = match reader.extension(json, "KHR_materials_dispersion")? {
        Some(block) => block.at_least(0.0, "dispersion", 0.0)?,
        None => 0.0,
    };
    // A thin wall bends no light, and diffuse light shows no colours of a prism.
    if material.volume.is_some() && material.transmission.is_some() {
        material.dispersion = dispersion;
    }
    Ok(())
}

fn read_one<T>(
    name: &str,
    json: &json::Material,
    reader: &mut Reader,
    read: impl FnOnce(&Block, &mut Reader) -> Read<T>,
) -> Read<T> {
    match reader.extension(json, name)? {
        Some(block) => read(&block, reader),
        None => Ok(None),
    }
}

/// 0, or at least 1; what lies between is brought to 1.
fn ior(block: &Block) -> Result<f32, AssetError> {
    let ior = block.number("ior", 1.5)?;
    Ok(if ior <= 0.0 { 0.0 } else { det::max(ior, 1.0) })
}

fn specular(block: &Block, reader: &mut Reader) -> Read<Specular> {
    let specular = Specular {
        factor: block.unit("specularFactor", 1.0)?,
        texture: reader.texture_of(block, "specularTexture")?,
        color: block.all_at_least(0.0, "specularColorFactor", [1.0; 3])?,
        color_texture: reader.texture_of(block, "specularColorTexture")?,
    };
    let neutral = Specular { factor: 1.0, texture: None, color: [1.0; 3], color_texture: None };
    Ok(Some(specular).filter(|specular| *specular != neutral))
}

fn clearcoat(block: &Block, reader: &mut Reader) -> Read<Clearcoat> {
    let factor = block.unit("clearcoatFactor", 0.0)?;
    let roughness = block.unit("clearcoatRoughnessFactor", 0.0)?;
    let normal_scale = match block.block("clearcoatNormalTexture")? {
        Some(info) => info.number("scale", 1.0)?,
        None => 1.0,
    };
    if factor == 0.0 {
        return Ok(None);
    }
    Ok(Some(Clearcoat {
        factor,
        texture: reader.texture_of(block, "clearcoatTexture")?,
        roughness,
        roughness_texture: reader.texture_of(block, "clearcoatRoughnessTexture")?,
        normal_texture: reader.texture_of(block, "clearcoatNormalTexture")?,
        normal_scale,
    }))
}

fn sheen(block: &Block, reader: &mut Reader) -> Read<Sheen> {
    let color = block.units("sheenColorFactor", [0.0; 3])?;
    let roughness = block.unit("sheenRoughnessFactor", 0.0)?;
    if color == [0.0; 3] {
        return Ok(None);
    }
    Ok(Some(Sheen {
        color,
        color_texture: reader.texture_of(block, "sheenColorTexture")?,
        roughness,
        roughness_texture: reader.texture_of(block, "sheenRoughnessTexture")?,
    }))
}

fn transmission(block: &Block, reader: &mut Reader) -> Read<Transmission> {
    let factor = block.unit("transmissionFactor", 0.0)?;
    if factor == 0.0 {
        return Ok(None);
    }
    Ok(Some(Transmission { factor, texture: reader.texture_of(block, "transmissionTexture")? }))
}

fn diffuse_transmission(block: &Block, reader: &mut Reader) -> Read<DiffuseTransmission> {
    let factor = block.unit("diffuseTransmissionFactor", 0.0)?;
    let color = block.units("diffuseTransmissionColorFactor", [1.0; 3])?;
    if factor == 0.0 {
        return Ok(None);
    }
    Ok(Some(DiffuseTransmission {
        factor,
        texture: reader.texture_of(block, "diffuseTransmissionTexture")?,
        color,
        color_texture: reader.texture_of(block, "diffuseTransmissionColorTexture")?,
    }))
}

/// `None`: a thin wall. Thickness textures are for renderers that trace no rays.
fn volume(block: &Block) -> Read<Volume> {
    let thickness = block.at_least(0.0, "thicknessFactor", 0.0)?;
    let distance = block.number("attenuationDistance", f32::INFINITY)?;
    let volume = Volume {
        thickness,
        // The text wants it above 0; exporters write 0 for a distance that was never set.
        attenuation_distance: if distance > 0.0 { distance } else { f32::INFINITY },
        attenuation_color: block.units("attenuationColor", [1.0; 3])?,
    };
    Ok(Some(volume).filter(|volume| volume.thickness > 0.0))
}

fn anisotropy(block: &Block, reader: &mut Reader) -> Read<Anisotropy> {
    let strength = block.unit("anisotropyStrength", 0.0)?;
    let rotation_rad = block.number("anisotropyRotation", 0.0)?;
    if strength == 0.0 {
        return Ok(None);
    }
    Ok(Some(Anisotropy { strength, rotation_rad, texture: reader.texture_of(block, "anisotropyTexture")? }))
}

fn iridescence(block: &Block, reader: &mut Reader) -> Read<Iridescence> {
    let factor = block.unit("iridescenceFactor", 0.0)?;
    let ior = block.at_least(1.0, "iridescenceIor", 1.3)?;
    let thickness_min_nm = block.at_least(0.0, "iridescenceThicknessMinimum", 100.0)?;
    let thickness_max_nm = block.at_least(0.0, "iridescenceThicknessMaximum", 400.0)?;
    // Without a texture the thickness is the maximum; a film of thickness 0 is none.
    let has_film = thickness_max_nm > 0.0
        || (thickness_min_nm > 0.0 && Slot::of_block(block, "iridescenceThicknessTexture")?.is_some());
    if factor == 0.0 || !has_film {
        return Ok(None);
    }
    Ok(Some(Iridescence {
        factor,
        texture: reader.texture_of(block, "iridescenceTexture")?,
        ior,
        thickness_min_nm,
        thickness_max_nm,
        thickness_texture: reader.texture_of(block, "iridescenceThicknessTexture")?,
    }))
}
