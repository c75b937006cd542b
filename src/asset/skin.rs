//! Skins at rest: one matrix a joint, blended for each vertex by its weights.

use super::AssetError;
use super::accessor::Reader;
use super::document::Document;
use super::geometry::Local;
use super::nodes::{Transform, Tree};

/// World-from-bind matrices of the joints of a skin.
///
/// The transform of the node that has the skinned mesh counts for nothing: glTF 2.0, section 3.7.3.3.
pub(super) fn joint_matrices(document: &Document, tree: &Tree, index: usize) -> Result<Vec<Transform>, AssetError> {
    let place = format!("skins[{index}]");
    let skin =
        document.root.skins.get(index).ok_or_else(|| {
            AssetError::malformed(&place, format!("the file has {} skins", document.root.skins.len()))
        })?;
    document.spend(skin.joints.len() as u64)?;
    let inverse_bind = match skin.inverse_bind_matrices {
        Some(accessor) => {
            let reader =
                Reader::new(document, accessor.value(), document.root.nodes.len().max(skin.joints.len()) as u64)?;
            let ids: Vec<u32> = (0..skin.joints.len() as u32).collect();
            reader.vectors_at::<16>(&ids)?.iter().map(Transform::from_columns).collect()
        }
        None => vec![Transform::IDENTITY; skin.joints.len()],
    };
    let mut matrices = Vec::with_capacity(skin.joints.len());
    for (i, (joint, bind)) in skin.joints.iter().zip(&inverse_bind).enumerate() {
        let world = tree.world_from_node.get(joint.value()).ok_or_else(|| {
            AssetError::malformed(
                format!("{place}.joints[{i}]"),
                format!("names node {}, which is missing", joint.value()),
            )
        })?;
        let matrix = world.after(bind);
        if !matrix.is_finite() {
            return Err(AssetError::malformed(format!("{place}.joints[{i}]"), "its matrix is not finite"));
        }
        matrices.push(matrix);
    }
    Ok(matrices)
}

/// One world-from-bind map a vertex. Weights count relative to their sum; without any the first joint carries all.
pub(super) fn vertex_transforms(
    local: &Local,
    matrices: &[Transform],
    place: &str,
) -> Result<Vec<Transform>, AssetError> {
    let mut transforms = Vec::with_capacity(local.positions.len());
    for vertex in 0..local.positions.len() {
        let mut blended = Transform::ZERO;
        let mut sum = 0.0;
        for (joints, weights) in &local.joints {
            for (&joint, &weight) in joints[vertex].iter().zip(&weights[vertex]) {
                if weight == 0.0 {
                    continue;
                }
                let matrix = matrices.get(joint as usize).ok_or_else(|| {
                    let what = format!("a vertex names joint {joint}, but the skin has {}", matrices.len());
                    AssetError::malformed(place, what)
                })?;
                blended.add_scaled(matrix, f64::from(weight));
                sum += f64::from(weight);
            }
        }
        if !(sum.is_finite() && sum > 1e-12) {
            blended = matrices.first().copied().unwrap_or(Transform::IDENTITY);
            sum = 1.0;
        }
        blended.rows.iter_mut().flatten().for_each(|v| *v /= sum);
        transforms.push(blended);
    }
    Ok(transforms)
}
