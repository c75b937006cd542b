//! An asset's materials where it stands, with a recipe's edits.

use crate::math::det;
use crate::plan::Edit;
use crate::recipe::EditOp;
use crate::scene::Material;

/// The material with all edits whose glob matches its name, in order; its images counted from `image_base` on.
///
/// `scale`: world metres in one of the asset's; a glass that is enlarged keeps its colour.
pub(super) fn placed(material: &Material, image_base: u32, scale: f32, edits: &[Edit]) -> Material {
    let mut out = material.clone();
    for texture in out.textures_mut() {
        texture.image += image_base;
    }
    if let Some(volume) = &mut out.volume {
        // Above 0 also where the product is too small for a number.
        volume.attenuation_distance = det::max(volume.attenuation_distance * scale, f32::MIN_POSITIVE);
    }
    for edit in edits.iter().filter(|edit| edit.glob.matches(&material.name)) {
        apply(&mut out, edit);
    }
    out
}

fn apply(material: &mut Material, edit: &Edit) {
    if let Some((op, color)) = edit.base_color {
        let channels = material.base_color.iter_mut().zip(&mut material.base_color_offset).zip(color);
        channels.for_each(|((factor, offset), value)| change(factor, offset, op, value));
    }
    if let Some((op, value)) = edit.roughness {
        change(&mut material.roughness, &mut material.roughness_offset, op, value);
    }
    if let Some((op, value)) = edit.metallic {
        change(&mut material.metallic, &mut material.metallic_offset, op, value);
    }
}

/// Edits what becomes texel · factor + offset. The limit to [0, 1] comes last, at the surface: a factor of 1 times 1.4
/// still brightens the dark texels.
fn change(factor: &mut f32, offset: &mut f32, op: EditOp, value: f64) {
    let value = value as f32;
    (*factor, *offset) = match op {
        EditOp::Set => (0.0, value),
        EditOp::Add => (*factor, *offset + value),
        EditOp::Multiply => (*factor * value, *offset * value),
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::Volume;

    /// What a texel comes to at the surface.
    fn seen(texel: f32, (factor, offset): (f32, f32)) -> f32 {
        crate::math::det::clamp(texel * factor + offset, 0.0, 1.0)
    }

    fn after(edits: &[(EditOp, f64)]) -> (f32, f32) {
        let (mut factor, mut offset) = (0.5, 0.0);
        edits.iter().for_each(|&(op, value)| change(&mut factor, &mut offset, op, value));
        (factor, offset)
    }

    #[test]
    fn what_light_is_left_of_after_a_distance_grows_with_the_asset() {
        let glass = |attenuation_distance| {
            let volume = Volume { thickness: 1.0, attenuation_distance, attenuation_color: [0.5; 3] };
            Material { volume: Some(volume), ..Material::default() }
        };
        let distance =
            |material: &Material, scale| placed(material, 0, scale, &[]).volume.expect("is kept").attenuation_distance;
        assert_eq!(distance(&glass(0.5), 0.25), 0.125);
        assert_eq!(distance(&glass(f32::INFINITY), 0.25), f32::INFINITY);
        assert!(distance(&glass(1e-30), 1e-30) > 0.0);
    }

    #[test]
    fn edits_change_what_is_seen_and_not_the_factor_alone() {
        // By hand, of a texel 0.8 under a factor 0.5, which is seen as 0.4.
        assert_eq!(seen(0.8, after(&[])), 0.4);
        assert_eq!(seen(0.8, after(&[(EditOp::Set, 0.25)])), 0.25);
        assert_eq!(seen(0.8, after(&[(EditOp::Add, 0.25)])), 0.4 + 0.25);
        assert_eq!(seen(0.8, after(&[(EditOp::Multiply, 2.0)])), 0.8);
        assert_eq!(seen(0.8, after(&[(EditOp::Add, 0.25), (EditOp::Multiply, 0.5)])), 0.4 * 0.5 + 0.125);
        assert_eq!(seen(0.8, after(&[(EditOp::Multiply, 9.0)])), 1.0);
        assert_eq!(seen(0.8, after(&[(EditOp::Add, -0.9)])), 0.0);
    }
}
