//! One primitive of a glTF mesh as triangles in its own axes: indices of any type, strips and fans, morph targets.
//!
//! Only vertices that a triangle uses are read, so primitives that share one large accessor cost what they show.

use super::AssetError;
use super::accessor::Reader;
use super::document::{Document, remedy};
use super::geometry::{Base, Local, add, flat_normals, replace_degenerate_normals};
use crate::scene::{JointSet, MorphTarget};
use gltf::json::mesh::{Mode, Primitive, Semantic};
use gltf::json::validation::Checked;
use std::collections::BTreeSet;

/// What the materials of a primitive ask for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Needs {
    pub tangents: bool,
    pub uv: [bool; 2],
    pub skin: bool,
    /// Whether something moves it: what it is before it is morphed is then kept.
    pub motion: bool,
}

impl Needs {
    /// Asks for what `other` asks for as well.
    pub fn add(&mut self, other: Needs) {
        self.tangents |= other.tangents;
        self.uv = [self.uv[0] || other.uv[0], self.uv[1] || other.uv[1]];
        self.skin |= other.skin;
        self.motion |= other.motion;
    }
}

/// What is left of the budget, in the whole scene.
#[derive(Clone, Copy, Debug)]
pub(super) struct Left {
    pub triangles: u64,
    pub vertices: u64,
}

/// Sets of four joints a vertex; more are left out with a warning.
const MAX_JOINT_SETS: u32 = 4;

/// `place`: `meshes[i].primitives[j]`. `None` for points and lines.
pub(super) fn read(
    document: &Document,
    primitive: &Primitive,
    place: &str,
    weights: &[f32],
    needs: Needs,
    left: Left,
    warnings: &mut BTreeSet<String>,
) -> Result<Option<Local>, AssetError> {
    let mode = match &primitive.mode {
        Checked::Valid(mode) => *mode,
        Checked::Invalid => return Err(AssetError::malformed(format!("{place}.mode"), "is not one of glTF's")),
    };
    if !matches!(mode, Mode::Triangles | Mode::TriangleStrip | Mode::TriangleFan) {
        warnings.insert("points and lines are not rendered".to_owned());
        return Ok(None);
    }
    let attributes =
        Attributes { document, primitive, place, max_count: left.vertices.max(left.triangles.saturating_mul(3)) };
    let positions = attributes.positions()?;
    let corners = attributes.corners(positions.count())?;
    let mut triangles = triangles(mode, &corners, warnings);
    if triangles.len() as u64 > left.triangles {
        let what = format!("has {} triangles, but the scene's budget has {} left", triangles.len(), left.triangles);
        return Err(AssetError::too_large(place, what));
    }
    let ids = compact(&mut triangles, positions.count());
    if ids.len() as u64 > left.vertices {
        let what = format!("has {} vertices, but the scene's budget has {} left", ids.len(), left.vertices);
        return Err(AssetError::too_large(place, what));
    }
    let mut local = Local {
        positions: attributes.elements(&positions, &ids, "attributes.POSITION")?,
        triangles,
        ..Local::default()
    };
    let mut normals = attributes.vectors::<3>(Semantic::Normals, &ids)?;
    if needs.tangents && normals.is_some() {
        local.tangents = attributes.vectors::<4>(Semantic::Tangents, &ids)?;
    }
    if needs.motion {
        local.base = Some(Base {
            positions: local.positions.clone(),
            normals: normals.clone(),
            tangents: local.tangents.clone(),
            targets: attributes.targets(&ids)?,
        });
    }
    attributes.morph(weights, &ids, &mut local.positions, &mut normals, &mut local.tangents)?;
    if local.positions.iter().flatten().any(|v| !v.is_finite()) {
        return Err(AssetError::malformed(format!("{place}.attributes.POSITION"), "has a number that is not finite")
            .with_hint("the mesh is damaged: repair or delete those vertices and export it again"));
    }
    for (set, uv) in local.uv.iter_mut().enumerate() {
        // The first set is read even if no texture wants it: it is what a recipe's own patterns lie on.
        if set == 0 || needs.uv[set] {
            *uv = attributes.vectors::<2>(Semantic::TexCoords(set as u32), &ids)?;
        }
        if needs.uv[set] && uv.is_none() {
            warnings.insert(format!("a textured mesh has no TEXCOORD_{set}"));
        }
        if uv.iter().flatten().flatten().any(|v| !v.is_finite()) {
            let place = format!("{place}.attributes.TEXCOORD_{set}");
            return Err(AssetError::malformed(place, "has a number that is not finite"));
        }
    }
    local.colors = attributes.colors(&ids)?;
    if needs.skin {
        local.joints = attributes.joints(&ids, warnings)?;
    }
    match normals {
        Some(normals) => {
            local.normals = normals;
            replace_degenerate_normals(&mut local, warnings);
        }
        None => {
            if local.triangles.len() as u64 * 3 > left.vertices {
                return Err(AssetError::too_large(place, "has too many vertices for flat normals"));
            }
            flat_normals(&mut local);
        }
    }
    Ok(Some(local))
}

struct Attributes<'a> {
    document: &'a Document,
    primitive: &'a Primitive,
    place: &'a str,
    max_count: u64,
}

impl<'a> Attributes<'a> {
    fn reader(&self, semantic: Semantic) -> Result<Option<Reader<'a>>, AssetError> {
        let key = Checked::Valid(semantic);
        let Some(index) = self.primitive.attributes.get(&key) else { return Ok(None) };
        let place = format!("{}.attributes.{}", self.place, key.to_string());
        Reader::new(self.document, index.value(), self.max_count).map(Some).map_err(|e| within(e, &place))
    }

    fn positions(&self) -> Result<Reader<'a>, AssetError> {
        let place = || format!("{}.attributes.POSITION", self.place);
        let reader = self.reader(Semantic::Positions)?.ok_or_else(|| AssetError::malformed(place(), "is missing"))?;
        if reader.has_data() {
            return Ok(reader);
        }
        let extension = self.primitive.extensions.as_ref().and_then(|e| e.others.keys().next());
        Err(match extension {
            Some(name) => AssetError::unsupported(place(), format!("the data needs {name}, which is not supported"))
                .with_hint(remedy(name)),
            None => AssetError::malformed(place(), "its accessor has no buffer view"),
        })
    }

    /// Reads elements; `ids` are below the count of POSITION, and every attribute has as many elements.
    fn elements<const N: usize>(&self, reader: &Reader, ids: &[u32], name: &str) -> Result<Vec<[f32; N]>, AssetError> {
        self.document.spend(ids.len() as u64)?;
        reader.vectors_at(ids).map_err(|e| within(e, &format!("{}.{name}", self.place)))
    }

    fn vectors<const N: usize>(&self, semantic: Semantic, ids: &[u32]) -> Result<Option<Vec<[f32; N]>>, AssetError> {
        let name = format!("attributes.{}", semantic.to_string());
        let Some(reader) = self.reader(semantic)? else { return Ok(None) };
        self.elements(&reader, ids, &name).map(Some)
    }

    /// Linear RGBA in [0, 1].
    fn colors(&self, ids: &[u32]) -> Result<Option<Vec<[f32; 4]>>, AssetError> {
        let Some(reader) = self.reader(Semantic::Colors(0))? else { return Ok(None) };
        let mut colors: Vec<[f32; 4]> = match reader.components() {
            3 => self
                .elements::<3>(&reader, ids, "attributes.COLOR_0")?
                .into_iter()
                .map(|[r, g, b]| [r, g, b, 1.0])
                .collect(),
            _ => self.elements(&reader, ids, "attributes.COLOR_0")?,
        };
        for value in colors.iter_mut().flatten() {
            if !value.is_finite() {
                let place = format!("{}.attributes.COLOR_0", self.place);
                return Err(AssetError::malformed(place, "has a number that is not finite"));
            }
            *value = crate::math::det::clamp(*value, 0.0, 1.0);
        }
        Ok(Some(colors))
    }

    fn joints(&self, ids: &[u32], warnings: &mut BTreeSet<String>) -> Result<Vec<JointSet>, AssetError> {
        let mut sets = Vec::new();
        for set in 0..MAX_JOINT_SETS {
            let Some(reader) = self.reader(Semantic::Joints(set))? else { break };
            let Some(weights) = self.vectors::<4>(Semantic::Weights(set), ids)? else { break };
            if reader.components() != 4 {
                return Err(AssetError::malformed(format!("{}.attributes.JOINTS_{set}", self.place), "must be VEC4"));
            }
            self.document.spend(ids.len() as u64)?;
            let mut joints = Vec::with_capacity(ids.len());
            for &id in ids {
                let mut four = [0; 4];
                for (c, joint) in four.iter_mut().enumerate() {
                    *joint = reader
                        .integer(id as usize, c)
                        .map_err(|e| within(e, &format!("{}.attributes.JOINTS_{set}", self.place)))?;
                }
                joints.push(four);
            }
            sets.push((joints, weights));
        }
        if self.primitive.attributes.contains_key(&Checked::Valid(Semantic::Joints(MAX_JOINT_SETS))) {
            warnings.insert(format!("only {} joints a vertex are used", MAX_JOINT_SETS * 4));
        }
        Ok(sets)
    }

    /// The vertex of each corner, in order; every one is below `count`.
    fn corners(&self, count: usize) -> Result<Vec<u32>, AssetError> {
        let Some(index) = self.primitive.indices else {
            self.document.spend(count as u64)?;
            return Ok((0..count as u32).collect());
        };
        let place = format!("{}.indices", self.place);
        let reader = Reader::new(self.document, index.value(), self.max_count).map_err(|e| within(e, &place))?;
        self.document.spend(reader.count() as u64)?;
        let corners = reader.indices().map_err(|e| within(e, &place))?;
        match corners.iter().position(|&corner| corner as usize >= count) {
            None => Ok(corners),
            Some(i) => {
                let what = format!("index {i} names vertex {}, but the primitive has {count}", corners[i]);
                Err(AssetError::malformed(place, what).with_hint("the mesh is damaged: export it again"))
            }
        }
    }

    fn delta(
        &self,
        target: usize,
        index: Option<gltf::json::Index<gltf::json::Accessor>>,
        name: &str,
        ids: &[u32],
    ) -> Result<Option<Vec<[f32; 3]>>, AssetError> {
        let Some(index) = index else { return Ok(None) };
        let name = format!("targets[{target}].{name}");
        let reader = Reader::new(self.document, index.value(), self.max_count)
            .map_err(|e| within(e, &format!("{}.{name}", self.place)))?;
        self.elements::<3>(&reader, ids, &name).map(Some)
    }

    /// All morph targets, whatever their weights.
    fn targets(&self, ids: &[u32]) -> Result<Vec<MorphTarget>, AssetError> {
        let mut targets = Vec::new();
        for (t, target) in self.primitive.targets.iter().flatten().enumerate() {
            self.document.keep(3 * ids.len() as u64)?;
            targets.push(MorphTarget {
                positions: self.delta(t, target.positions, "POSITION", ids)?.unwrap_or_default(),
                normals: self.delta(t, target.normals, "NORMAL", ids)?.unwrap_or_default(),
                tangents: self.delta(t, target.tangents, "TANGENT", ids)?.unwrap_or_default(),
            });
        }
        Ok(targets)
    }

    /// Adds the morph targets that have a weight.
    fn morph(
        &self,
        weights: &[f32],
        ids: &[u32],
        positions: &mut [[f32; 3]],
        normals: &mut Option<Vec<[f32; 3]>>,
        tangents: &mut Option<Vec<[f32; 4]>>,
    ) -> Result<(), AssetError> {
        for (t, (target, &weight)) in self.primitive.targets.iter().flatten().zip(weights).enumerate() {
            if weight == 0.0 {
                continue;
            }
            let delta = |index, name: &str| self.delta(t, index, name, ids);
            if let Some(deltas) = delta(target.positions, "POSITION")? {
                add(positions.iter_mut().map(|p| &mut p[..]), &deltas, weight);
            }
            if let (Some(normals), Some(deltas)) = (normals.as_mut(), delta(target.normals, "NORMAL")?) {
                add(normals.iter_mut().map(|n| &mut n[..]), &deltas, weight);
            }
            if let (Some(tangents), Some(deltas)) = (tangents.as_mut(), delta(target.tangents, "TANGENT")?) {
                add(tangents.iter_mut().map(|t| &mut t[..3]), &deltas, weight);
            }
        }
        Ok(())
    }
}

/// Puts the outer place before the inner one.
fn within(mut error: AssetError, place: &str) -> AssetError {
    error.place = if error.place.is_empty() { place.to_owned() } else { format!("{place}: {}", error.place) };
    error
}

/// Source: glTF 2.0, section 3.7.2.1: the winding of strips alternates, fans turn around the first vertex.
fn triangles(mode: Mode, corners: &[u32], warnings: &mut BTreeSet<String>) -> Vec<[u32; 3]> {
    match mode {
        Mode::TriangleStrip => corners
            .windows(3)
            .enumerate()
            .map(|(i, c)| if i % 2 == 0 { [c[0], c[1], c[2]] } else { [c[0], c[2], c[1]] })
            .collect(),
        Mode::TriangleFan => match corners.split_first() {
            Some((&first, rest)) => rest.windows(2).map(|c| [c[0], c[1], first]).collect(),
            None => Vec::new(),
        },
        _ => {
            if !corners.len().is_multiple_of(3) {
                warnings.insert("a mesh ends with an incomplete triangle, which is left out".to_owned());
            }
            corners.chunks_exact(3).map(|c| [c[0], c[1], c[2]]).collect()
        }
    }
}

/// Renumbers the vertices that are used, in their old order, and returns their old numbers.
fn compact(triangles: &mut [[u32; 3]], count: usize) -> Vec<u32> {
    const UNUSED: u32 = u32::MAX;
    if count / 8 > triangles.len() {
        // Few of many vertices: no table over all of them.
        let mut ids: Vec<u32> = triangles.iter().flatten().copied().collect();
        ids.sort_unstable();
        ids.dedup();
        for corner in triangles.iter_mut().flatten() {
            *corner = ids.binary_search(corner).unwrap_or(0) as u32;
        }
        return ids;
    }
    let mut new = vec![UNUSED; count];
    for &corner in triangles.iter().flatten() {
        new[corner as usize] = 0;
    }
    let mut ids = Vec::with_capacity(count);
    for (id, slot) in new.iter_mut().enumerate().filter(|(_, slot)| **slot != UNUSED) {
        *slot = ids.len() as u32;
        ids.push(id as u32);
    }
    for corner in triangles.iter_mut().flatten() {
        *corner = new[*corner as usize];
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strips_alternate_their_winding_and_fans_turn_around_the_first_vertex() {
        let mut warnings = BTreeSet::new();
        let mut of = |mode, corners: &[u32]| triangles(mode, corners, &mut warnings);
        assert_eq!(of(Mode::TriangleStrip, &[0, 1, 2, 3, 4]), [[0, 1, 2], [1, 3, 2], [2, 3, 4]]);
        assert_eq!(of(Mode::TriangleFan, &[7, 1, 2, 3]), [[1, 2, 7], [2, 3, 7]]);
        assert_eq!(of(Mode::Triangles, &[0, 1, 2, 3]), [[0, 1, 2]]);
        assert!(of(Mode::TriangleFan, &[]).is_empty() && of(Mode::TriangleStrip, &[1, 2]).is_empty());
        assert_eq!(warnings.len(), 1);
    }

    #[test]
    fn vertices_are_renumbered_alike_by_table_and_by_search() {
        let given = [[9, 2, 4], [4, 2, 100]];
        for count in [101, 100_000] {
            let mut triangles = given;
            let ids = compact(&mut triangles, count);
            assert_eq!(ids, [2, 4, 9, 100]);
            assert_eq!(triangles.map(|t| t.map(|c| ids[c as usize])), given);
        }
    }
}
