//! Skins: one matrix a joint, blended for each vertex by its weights.

use super::AssetError;
use super::accessor::Reader;
use super::document::Document;
use super::nodes::Transform;
use crate::scene::{JointSet, RigSkin};

pub(super) fn read(document: &Document, index: usize) -> Result<RigSkin, AssetError> {
    let root = &document.root;
    let place = format!("skins[{index}]");
    let skin = root
        .skins
        .get(index)
        .ok_or_else(|| AssetError::malformed(&place, format!("the file has {} skins", root.skins.len())))?;
    document.spend(skin.joints.len() as u64)?;
    let mut joints = Vec::with_capacity(skin.joints.len());
    for (i, joint) in skin.joints.iter().enumerate() {
        if joint.value() >= root.nodes.len() {
            let what = format!("names node {}, which is missing", joint.value());
            return Err(AssetError::malformed(format!("{place}.joints[{i}]"), what));
        }
        joints.push(joint.value() as u32);
    }
    let inverse_bind = match skin.inverse_bind_matrices {
        Some(accessor) => {
            let reader = Reader::new(document, accessor.value(), root.nodes.len().max(joints.len()) as u64)?;
            let ids: Vec<u32> = (0..joints.len() as u32).collect();
            reader.vectors_at::<16>(&ids)?
        }
        None => vec![IDENTITY; joints.len()],
    };
    Ok(RigSkin { joints, inverse_bind })
}

const IDENTITY: [f32; 16] = [1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0];

/// World-from-bind matrices of the joints of a skin.
///
/// The transform of the node that has the skinned mesh counts for nothing: glTF 2.0, section 3.7.3.3.
pub(super) fn joint_matrices(skin: &RigSkin, world_from_node: &[Transform]) -> Vec<Transform> {
    let binds = skin.inverse_bind.iter().map(Transform::from_columns);
    skin.joints.iter().zip(binds).map(|(&joint, bind)| world_from_node[joint as usize].after(&bind)).collect()
}

/// One world-from-bind map a vertex. Weights count relative to their sum; without any the first joint carries all.
pub(super) fn vertex_transforms(
    sets: &[JointSet],
    n_vertices: usize,
    matrices: &[Transform],
    place: &str,
) -> Result<Vec<Transform>, AssetError> {
    let mut transforms = Vec::with_capacity(n_vertices);
    for vertex in 0..n_vertices {
        let mut blended = Transform::ZERO;
        let mut sum = 0.0;
        for (joints, weights) in sets {
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
