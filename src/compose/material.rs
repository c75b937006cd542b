//! A recipe's edits of an asset's materials.

use crate::math::det;
use crate::plan::Edit;
use crate::recipe::EditOp;
use crate::scene::{Material, TextureRef};

/// The material with all edits whose glob matches its name, in order; its images counted from `image_base` on.
pub(super) fn edited(material: &Material, image_base: u32, edits: &[Edit]) -> Material {
    let mut out = material.clone();
    let slots = [
        &mut out.base_color_texture,
        &mut out.metallic_roughness_texture,
        &mut out.normal_texture,
        &mut out.emissive_texture,
    ];
    for texture in slots.into_iter().flatten() {
        texture.image += image_base;
    }
    for edit in edits.iter().filter(|edit| edit.glob.matches(&material.name)) {
        apply(&mut out, edit);
    }
    out
}

fn apply(material: &mut Material, edit: &Edit) {
    if let Some((op, color)) = edit.base_color {
        for (factor, value) in material.base_color.iter_mut().zip(color) {
            *factor = changed(*factor, op, value);
        }
        drop_if_set(op, &mut material.base_color_texture);
    }
    if let Some((op, value)) = edit.roughness {
        material.roughness = changed(material.roughness, op, value);
        drop_if_set(op, &mut material.metallic_roughness_texture);
    }
    if let Some((op, value)) = edit.metallic {
        material.metallic = changed(material.metallic, op, value);
        drop_if_set(op, &mut material.metallic_roughness_texture);
    }
}

/// A factor after an edit, limited to [0, 1].
fn changed(factor: f32, op: EditOp, value: f64) -> f32 {
    let value = value as f32;
    let new = match op {
        EditOp::Set => value,
        EditOp::Add => factor + value,
        EditOp::Multiply => factor * value,
    };
    det::clamp(new, 0.0, 1.0)
}

fn drop_if_set(op: EditOp, texture: &mut Option<TextureRef>) {
    if op == EditOp::Set {
        *texture = None;
    }
}
