//! Where objects stand: the normalisation of their assets, then scale, rotation, position.

use super::pose::Shown;
use super::{ComposeError, within};
use crate::math::{Affine, Vec3, det, vec3};
use crate::plan::VariationObject;
use crate::plan::variation::product;
use crate::recipe::Fit;
use crate::scene::{Asset, PlacedObject};

/// glTF's Y-up axes to the world's.
const Z_UP: [[f64; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]];

/// Places one object.
pub(super) fn place(object: &VariationObject, shown: Shown) -> Result<PlacedObject, ComposeError> {
    let Shown { asset, at_rest, mesh_digest, clip_time } = shown;
    let bounds = &asset.facts.bounds;
    let no_extent = || ComposeError::NoExtent { path: object.path.clone(), asset: asset.facts.sha256 };
    if bounds.is_empty() || !bounds.min.is_finite() || !bounds.max.is_finite() {
        return Err(no_extent());
    }
    let drawn_scale = within(&format!("{}.scale", object.path), object.scale, f64::MIN_POSITIVE, f64::MAX)?;
    let (scale, offset) = match object.fit {
        Fit::None => (drawn_scale, [0.0; 3]),
        Fit::Unit => {
            let longest = bounds.longest_side();
            if longest <= 0.0 {
                return Err(no_extent());
            }
            let scale = drawn_scale / longest;
            (scale, bounds.center_z_up().map(|c| -scale * c))
        }
    };
    let turned = apply(&object.rotation, offset);
    let linear = product(&object.rotation, &Z_UP).map(|row| row.map(|x| scale * x));
    let translation: [f64; 3] = std::array::from_fn(|k| turned[k] + object.position[k]);
    let rows = std::array::from_fn(|r| {
        // + 0: no −0 where a product of zeros had that sign
        [linear[r][0], linear[r][1], linear[r][2], translation[r]].map(|x| x as f32 + 0.0)
    });
    let world_from_gltf = Affine { rows };
    let is_sound = rows.iter().flatten().all(|x| x.is_finite()) && world_from_gltf.inverse().is_some();
    if !is_sound {
        return Err(ComposeError::NotFinite { path: object.path.clone() });
    }
    let variant = variant_index(object, &asset)?;
    Ok(PlacedObject {
        path: object.path.clone(),
        object_idx: object.object_idx,
        instance: object.instance,
        class: object.class.clone(),
        class_id: object.class_id,
        asset,
        at_rest,
        mesh_digest,
        clip_time,
        variant,
        rotation: object.rotation,
        translation: object.position,
        scale,
        offset,
        world_from_gltf,
    })
}

/// Which of the asset's variants has the name that was drawn.
fn variant_index(object: &VariationObject, asset: &Asset) -> Result<Option<u32>, ComposeError> {
    let Some(name) = &object.variant else { return Ok(None) };
    match asset.facts.variant_names.iter().position(|variant| variant == name) {
        Some(index) => Ok(Some(index as u32)),
        None => {
            Err(ComposeError::NoVariant { path: object.path.clone(), asset: asset.facts.sha256, variant: name.clone() })
        }
    }
}

/// The image of the centre of the asset's bounds.
pub(super) fn center(object: &PlacedObject) -> [f64; 3] {
    let own: [f64; 3] =
        std::array::from_fn(|k| object.scale * object.asset.facts.bounds.center_z_up()[k] + object.offset[k]);
    let turned = apply(&object.rotation, own);
    std::array::from_fn(|k| turned[k] + object.translation[k])
}

/// z of the lowest vertex of all; 0 where there is none.
pub(super) fn lowest_point(objects: &[PlacedObject]) -> f32 {
    let lowest = objects.iter().flat_map(PlacedObject::points).fold(f32::MAX, |low, p| det::min(low, p.z));
    if lowest == f32::MAX { 0.0 } else { lowest }
}

/// m · v.
pub(super) fn apply(m: &[[f64; 3]; 3], v: [f64; 3]) -> [f64; 3] {
    m.map(|row| row[0] * v[0] + row[1] * v[1] + row[2] * v[2])
}

/// The point `v` in f32.
pub(super) fn to_vec3(v: [f64; 3]) -> Vec3 {
    vec3(v[0] as f32, v[1] as f32, v[2] as f32)
}
