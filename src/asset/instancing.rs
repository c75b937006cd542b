//! EXT_mesh_gpu_instancing: one node that shows its mesh many times.

use super::AssetError;
use super::accessor::Reader;
use super::block::Block;
use super::document::{Document, accessor_place};
use super::nodes::Transform;

const NAME: &str = "EXT_mesh_gpu_instancing";

/// Node-from-instance maps, or `None` where the node shows its mesh once. `most`: more are past the budget.
pub(super) fn transforms(document: &Document, node: usize, most: u64) -> Result<Option<Vec<Transform>>, AssetError> {
    let extensions = document.root.nodes[node].extensions.as_ref().map(|e| &e.others);
    let Some(block) = Block::of_extension(extensions, &format!("nodes[{node}]"), NAME)? else { return Ok(None) };
    let Some(attributes) = block.block("attributes")? else {
        return Err(AssetError::malformed(block.place_of("attributes"), "is missing"));
    };
    let translations = vectors::<3>(document, &attributes, "TRANSLATION", most)?;
    let rotations = vectors::<4>(document, &attributes, "ROTATION", most)?;
    let scales = vectors::<3>(document, &attributes, "SCALE", most)?;
    let counts =
        [&translations.as_ref().map(Vec::len), &rotations.as_ref().map(Vec::len), &scales.as_ref().map(Vec::len)];
    let mut counts = counts.into_iter().flatten();
    // Attributes of an application's own say how many there are as well, but nothing of where they stand.
    let Some(&count) = counts.next() else {
        return Err(AssetError::malformed(&attributes.place, "has none of TRANSLATION, ROTATION and SCALE"));
    };
    if counts.any(|&other| other != count) {
        return Err(AssetError::malformed(&attributes.place, "its accessors differ in their counts"));
    }
    let mut out = Vec::with_capacity(count);
    for i in 0..count {
        let translation = translations.as_ref().map_or([0.0; 3], |all| all[i]);
        let rotation = rotations.as_ref().map_or([0.0, 0.0, 0.0, 1.0], |all| all[i]);
        let scale = scales.as_ref().map_or([1.0; 3], |all| all[i]);
        let transform = Transform::of_parts(translation, rotation, scale).ok_or_else(|| {
            AssetError::malformed(attributes.place_of("ROTATION"), format!("element {i} is not a rotation"))
        })?;
        if !transform.is_finite() {
            return Err(AssetError::malformed(&attributes.place, format!("element {i} is not finite")));
        }
        out.push(transform);
    }
    Ok(Some(out))
}

fn vectors<const N: usize>(
    document: &Document,
    attributes: &Block,
    name: &str,
    most: u64,
) -> Result<Option<Vec<[f32; N]>>, AssetError> {
    let Some(accessor) = attributes.index(name)? else { return Ok(None) };
    let within = |mut error: AssetError| {
        error.place = format!("{}: {}", attributes.place_of(name), error.place);
        error
    };
    let reader = Reader::new(document, accessor, most).map_err(within)?;
    if !reader.has_data() {
        return Err(within(AssetError::malformed(accessor_place(accessor), "has no buffer view")));
    }
    document.spend(reader.count() as u64)?;
    let ids: Vec<u32> = (0..reader.count() as u32).collect();
    reader.vectors_at(&ids).map(Some).map_err(within)
}
