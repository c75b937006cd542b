//! KHR_materials_variants: the looks that a file has names for, and what each shows in place of a primitive's material.

use super::AssetError;
use super::block::Block;
use super::document::Document;
use crate::scene::VariantSlot;
use std::collections::{BTreeMap, BTreeSet};

const NAME: &str = "KHR_materials_variants";

/// The names, in file order; none where the file has no variants.
pub(super) fn names(document: &Document) -> Result<Vec<String>, AssetError> {
    let extensions = document.root.extensions.as_ref().map(|e| &e.others);
    let Some(block) = Block::of_extension(extensions, "", NAME)? else { return Ok(Vec::new()) };
    let mut names = Vec::new();
    for variant in block.blocks("variants")? {
        let name = variant.text("name")?;
        names.push(name.ok_or_else(|| AssetError::malformed(variant.place_of("name"), "is missing"))?.to_owned());
    }
    Ok(names)
}

/// What the primitives of some meshes show.
#[derive(Default)]
pub(super) struct Slots {
    /// Without repeats.
    pub slots: Vec<VariantSlot>,
    /// Index into `slots` by mesh and primitive, of those that a variant changes.
    pub of_primitive: BTreeMap<(usize, usize), usize>,
}

/// Reads the mappings of `meshes`, which exist. `n_variants`: of the file.
pub(super) fn slots(document: &Document, meshes: &BTreeSet<usize>, n_variants: usize) -> Result<Slots, AssetError> {
    let root = &document.root;
    let mut out = Slots::default();
    let mut known: BTreeMap<VariantSlot, usize> = BTreeMap::new();
    for &mesh in meshes {
        for (p, primitive) in root.meshes[mesh].primitives.iter().enumerate() {
            let extensions = primitive.extensions.as_ref().map(|e| &e.others);
            let Some(block) = Block::of_extension(extensions, &format!("meshes[{mesh}].primitives[{p}]"), NAME)? else {
                continue;
            };
            let default = primitive.material.map_or(root.materials.len(), |material| material.value()) as u32;
            let replaced = replaced(&block, default, n_variants, root.materials.len())?;
            if replaced.is_empty() {
                continue;
            }
            let slot = VariantSlot { material: default, replaced };
            let index = *known.entry(slot).or_insert_with_key(|slot| {
                out.slots.push(slot.clone());
                out.slots.len() - 1
            });
            out.of_primitive.insert((mesh, p), index);
        }
    }
    Ok(out)
}

/// Materials by variant, where they are not the default one.
fn replaced(
    block: &Block,
    default: u32,
    n_variants: usize,
    n_materials: usize,
) -> Result<BTreeMap<u32, u32>, AssetError> {
    let mut by_variant = BTreeMap::new();
    for mapping in block.blocks("mappings")? {
        let place = mapping.place_of("material");
        let material = mapping.index("material")?.ok_or_else(|| AssetError::malformed(&place, "is missing"))?;
        if material >= n_materials {
            let what = format!("names material {material}, but the file has {n_materials}");
            return Err(AssetError::malformed(place, what));
        }
        for (i, variant) in mapping.indices("variants")?.into_iter().enumerate() {
            let place = || format!("{}[{i}]", mapping.place_of("variants"));
            if variant >= n_variants {
                let what = format!("names variant {variant}, but the file has {n_variants}");
                return Err(AssetError::malformed(place(), what));
            }
            if by_variant.insert(variant as u32, material as u32).is_some() {
                return Err(AssetError::malformed(place(), format!("maps variant {variant} a second time")));
            }
        }
    }
    by_variant.retain(|_, material| *material != default);
    Ok(by_variant)
}
