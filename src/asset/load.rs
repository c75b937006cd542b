//! A glTF file → `scene::Asset`: the default scene at rest, merged into one mesh.

use super::container::format_of;
use super::document::{self, Document};
use super::geometry::{Local, append, append_skinned};
use super::guard::{caught, read_file};
use super::image::Wanted;
use super::lights::lights;
use super::material::materials;
use super::nodes::{Transform, Tree, tree};
use super::primitive::{self, Left, Needs};
use super::variants::{self, Slots};
use super::{AssetError, Budget, animation, instancing, skin, tangents};
use crate::math::{Bounds, Vec3};
use crate::scene::{Asset, AssetFacts, Material, Mesh, Piece, Placement, Rig, RigNode, RigSkin, Shape};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

/// Decodes a glTF or GLB file.
pub fn load_model(path: &Path, budget: &Budget) -> Result<Asset, AssetError> {
    caught(|| loaded(path, budget)).map_err(|error| error.in_file(&path.display().to_string()))
}

fn loaded(path: &Path, budget: &Budget) -> Result<Asset, AssetError> {
    let bytes = read_file(path, budget.bytes)?;
    let document = document::open(path, format_of(&bytes)?, bytes, budget)?;
    let tree = tree(&document.root, budget.node_depth)?;
    let variant_names = variants::names(&document)?;
    let meshes = shown_meshes(&document, &tree)?;
    let slots = variants::slots(&document, &meshes, variant_names.len())?;
    let used = used_materials(&document, &meshes, &slots)?;
    let mut images = Wanted::default();
    let mut materials = materials(&document, &used.of_file, &mut images)?;
    if used.default {
        materials.push(Material::default());
    }
    // Geometry first: it is the cheaper way to find that a file is damaged.
    let mut scene = SceneMesh::new(&document, &tree, &materials, &slots, budget);
    for &node in &tree.scene_nodes {
        scene.add_node(node)?;
    }
    let mut rig = scene.rig(budget)?;
    let SceneMesh { mesh, part_names, mut warnings, .. } = scene;
    if mesh.triangles.is_empty() {
        warnings.insert("the scene has no triangles".to_owned());
    }
    let bounds = Bounds::of(mesh.positions.iter().map(|&p| Vec3::from(p)));
    let (lights, light_nodes) = lights(&document, &tree, bounds, &mut warnings)?;
    if !rig.nodes.is_empty() {
        rig.lights = light_nodes;
    }
    let images = images.decode(budget)?;
    warnings.extend(document.warnings.iter().cloned());
    let facts = AssetFacts {
        sha256: document.identity,
        bytes: document.bytes,
        triangles: mesh.triangles.len() as u64,
        vertices: mesh.positions.len() as u64,
        bounds,
        material_names: document.root.materials.iter().map(|m| m.name.clone().unwrap_or_default()).collect(),
        variant_names,
        generator: document.root.asset.generator.clone().unwrap_or_default(),
        warnings: warnings.into_iter().collect(),
    };
    let variant_slots = slots.slots;
    Ok(Asset { facts, mesh: Arc::new(mesh), materials, variant_slots, images, lights, part_names, rig: Arc::new(rig) })
}

/// Which materials the scene shows.
struct Used {
    of_file: Vec<bool>,
    /// Whether a primitive has none, so that glTF's default one is needed.
    default: bool,
}

fn shown_meshes(document: &Document, tree: &Tree) -> Result<BTreeSet<usize>, AssetError> {
    let root = &document.root;
    let mut shown = BTreeSet::new();
    for &node in &tree.scene_nodes {
        let Some(mesh) = root.nodes.get(node).and_then(|node| node.mesh) else { continue };
        if mesh.value() >= root.meshes.len() {
            let what = format!("names mesh {}, but the file has {}", mesh.value(), root.meshes.len());
            return Err(AssetError::malformed(format!("nodes[{node}].mesh"), what));
        }
        shown.insert(mesh.value());
    }
    Ok(shown)
}

fn used_materials(document: &Document, meshes: &BTreeSet<usize>, slots: &Slots) -> Result<Used, AssetError> {
    let root = &document.root;
    let mut used = Used { of_file: vec![false; root.materials.len()], default: false };
    for &mesh in meshes {
        for (p, primitive) in root.meshes[mesh].primitives.iter().enumerate() {
            match primitive.material.map(|m| m.value()) {
                None => used.default = true,
                Some(material) => match used.of_file.get_mut(material) {
                    Some(flag) => *flag = true,
                    None => {
                        let what = format!("names material {material}, but the file has {}", root.materials.len());
                        return Err(AssetError::malformed(format!("meshes[{mesh}].primitives[{p}].material"), what));
                    }
                },
            }
        }
    }
    for &material in slots.slots.iter().flat_map(|slot| slot.replaced.values()) {
        used.of_file[material as usize] = true;
    }
    Ok(used)
}

/// The mesh of a scene while it grows.
struct SceneMesh<'a> {
    document: &'a Document,
    tree: &'a Tree,
    materials: &'a [Material],
    /// One a material: what it asks of the meshes that show it.
    needs: Vec<Needs>,
    slots: &'a Slots,
    budget: &'a Budget,
    mesh: Mesh,
    part_names: Vec<String>,
    warnings: BTreeSet<String>,
    /// Primitives that several nodes show at rest, by mesh and primitive.
    shared: BTreeMap<(usize, usize), Option<Read>>,
    times_shown: BTreeMap<usize, u32>,
    /// By index in the file: the place in `skins`, and the joints at rest.
    joints: BTreeMap<usize, (u32, Vec<Transform>)>,
    skins: Vec<RigSkin>,
    moves: bool,
    pieces: Vec<Piece>,
}

/// A primitive as it is read, once for all nodes that show it alike.
#[derive(Clone)]
struct Read {
    local: Rc<Local>,
    shape: Option<Arc<Shape>>,
}

impl Read {
    fn of(local: Local) -> Read {
        Read { shape: local.shape().map(Arc::new), local: Rc::new(local) }
    }
}

/// Whether the file can move anything that its scene shows.
fn moves(document: &Document, shown: &BTreeMap<usize, u32>) -> bool {
    let root = &document.root;
    let has_targets = |mesh: &gltf::json::Mesh| mesh.primitives.iter().any(|p| p.targets.is_some());
    !root.animations.is_empty() || shown.keys().filter_map(|&mesh| root.meshes.get(mesh)).any(has_targets)
}

/// Where a primitive goes.
struct Placed<'p> {
    world: &'p Transform,
    part: u32,
    skin: Option<usize>,
    slot: u32,
}

impl<'a> SceneMesh<'a> {
    fn new(
        document: &'a Document,
        tree: &'a Tree,
        materials: &'a [Material],
        slots: &'a Slots,
        budget: &'a Budget,
    ) -> SceneMesh<'a> {
        let mut times_shown = BTreeMap::new();
        for mesh in tree.scene_nodes.iter().filter_map(|&node| document.root.nodes[node].mesh) {
            *times_shown.entry(mesh.value()).or_insert(0) += 1;
        }
        SceneMesh {
            document,
            tree,
            materials,
            needs: materials.iter().map(needs).collect(),
            slots,
            budget,
            mesh: Mesh::default(),
            part_names: Vec::new(),
            warnings: BTreeSet::new(),
            shared: BTreeMap::new(),
            joints: BTreeMap::new(),
            skins: Vec::new(),
            moves: moves(document, &times_shown),
            pieces: Vec::new(),
            times_shown,
        }
    }

    fn add_node(&mut self, index: usize) -> Result<(), AssetError> {
        let document = self.document;
        let node = &document.root.nodes[index];
        let Some(mesh_index) = node.mesh.map(|mesh| mesh.value()) else { return Ok(()) };
        let Some(mesh) = document.root.meshes.get(mesh_index) else { return Ok(()) };
        let part = self.part_names.len() as u32;
        self.part_names.push(node.name.clone().or_else(|| mesh.name.clone()).unwrap_or_default());
        let weights = node.weights.as_deref().or(mesh.weights.as_deref()).unwrap_or_default();
        let skin = node.skin.map(|skin| skin.value());
        if let Some(skin) = skin
            && !self.joints.contains_key(&skin)
        {
            let read = skin::read(document, skin)?;
            let matrices = skin::joint_matrices(&read, &self.tree.world_from_node);
            if let Some(i) = matrices.iter().position(|matrix| !matrix.is_finite()) {
                let place = format!("skins[{skin}].joints[{i}]");
                return Err(AssetError::malformed(place, "its matrix is not finite"));
            }
            self.joints.insert(skin, (self.skins.len() as u32, matrices));
            self.skins.push(read);
        }
        let share =
            self.times_shown.get(&mesh_index).is_some_and(|&n| n > 1) && node.weights.is_none() && skin.is_none();
        let worlds = self.worlds(index, skin.is_some())?;
        for p in 0..mesh.primitives.len() {
            let place = format!("meshes[{mesh_index}].primitives[{p}]");
            let key = (mesh_index, p);
            let local = match self.shared.get(&key) {
                Some(known) if share => known.clone(),
                _ => {
                    let fresh = self.primitive(mesh_index, p, &place, weights, skin.is_some())?.map(Read::of);
                    if share {
                        self.shared.insert(key, fresh.clone());
                    }
                    fresh
                }
            };
            let Some(local) = local else { continue };
            let slot = self.slot(mesh_index, p);
            for (world, instance) in &worlds {
                if let Some(shape) = &local.shape {
                    let skin = skin.filter(|_| !shape.joints.is_empty());
                    self.pieces.push(Piece {
                        node: index as u32,
                        skin: skin.and_then(|skin| self.joints.get(&skin)).map(|(place, _)| *place),
                        instance: instance.rows,
                        first_vertex: self.mesh.positions.len() as u32,
                        shape: shape.clone(),
                    });
                }
                self.add_local(&local.local, &Placed { world, part, skin, slot }, &place)?;
            }
        }
        Ok(())
    }

    /// The places of a node's mesh, in the world and in the node: one, or one an instance.
    fn worlds(&mut self, node: usize, is_skinned: bool) -> Result<Vec<(Transform, Transform)>, AssetError> {
        let world = self.tree.world_from_node[node];
        match instancing::transforms(self.document, node, self.left().triangles)? {
            None => Ok(vec![(world, Transform::IDENTITY)]),
            // A skinned mesh stands where its joints are, whatever its node says.
            Some(_) if is_skinned => {
                self.warnings.insert("instances of a skinned mesh are not rendered".to_owned());
                Ok(vec![(world, Transform::IDENTITY)])
            }
            Some(instances) => Ok(instances.iter().map(|instance| (world.after(instance), *instance)).collect()),
        }
    }

    /// Reads a primitive and completes it: normals and, where wanted, tangents.
    fn primitive(
        &mut self,
        mesh: usize,
        p: usize,
        place: &str,
        weights: &[f32],
        skin: bool,
    ) -> Result<Option<Local>, AssetError> {
        let json = &self.document.root.meshes[mesh].primitives[p];
        let shown = self.shown(mesh, p);
        let mut needs = Needs { skin, motion: self.moves, ..Needs::default() };
        shown.iter().for_each(|&material| needs.add(self.needs[material]));
        let left = self.left();
        let Some(mut local) = primitive::read(self.document, json, place, weights, needs, left, &mut self.warnings)?
        else {
            return Ok(None);
        };
        if needs.tangents && local.tangents.is_none() {
            let along = tangents::along(shown.iter().map(|&material| &self.materials[material]));
            tangents::complete(&mut local, along, &mut self.warnings);
        }
        Ok(Some(local))
    }

    fn add_local(&mut self, local: &Local, placed: &Placed, place: &str) -> Result<(), AssetError> {
        let left = self.left();
        if local.triangles.len() as u64 > left.triangles || local.positions.len() as u64 > left.vertices {
            let what = format!("the scene has more than {} triangles", self.budget.triangles);
            return Err(AssetError::too_large(place, what).with_hint("simplify the model, or raise the budget"));
        }
        let &Placed { world, part, skin, slot } = placed;
        match skin.and_then(|skin| self.joints.get(&skin)) {
            Some((_, matrices)) if !local.joints.is_empty() => {
                let transforms = skin::vertex_transforms(&local.joints, local.positions.len(), matrices, place)?;
                append_skinned(&mut self.mesh, local, &transforms, slot, part, place)
            }
            _ => append(&mut self.mesh, local, world, slot, part, place),
        }
    }

    /// What `Mesh::triangle_material` says of a primitive's triangles: a material, or after all of them a slot.
    fn slot(&self, mesh: usize, p: usize) -> u32 {
        match self.slots.of_primitive.get(&(mesh, p)) {
            Some(&slot) => (self.materials.len() + slot) as u32,
            None => self.material_index(mesh, p) as u32,
        }
    }

    /// The materials that a primitive shows in any look, its own first.
    fn shown(&self, mesh: usize, p: usize) -> Vec<usize> {
        let mut shown = vec![self.material_index(mesh, p)];
        if let Some(&slot) = self.slots.of_primitive.get(&(mesh, p)) {
            let others: BTreeSet<u32> = self.slots.slots[slot].replaced.values().copied().collect();
            shown.extend(others.into_iter().map(|material| material as usize));
        }
        shown
    }

    /// glTF's default material comes after those of the file.
    fn material_index(&self, mesh: usize, p: usize) -> usize {
        let material = self.document.root.meshes[mesh].primitives[p].material;
        material.map_or(self.document.root.materials.len(), |material| material.value())
    }

    /// What the mesh came from, where it can move.
    fn rig(&mut self, budget: &Budget) -> Result<Rig, AssetError> {
        if !self.moves {
            return Ok(Rig::default());
        }
        let root = &self.document.root;
        let node = |(i, node): (usize, &gltf::json::Node)| {
            let mesh = node.mesh.and_then(|mesh| root.meshes.get(mesh.value()));
            let weights = node.weights.as_ref().or(mesh.and_then(|mesh| mesh.weights.as_ref()));
            let parts = Placement::Parts {
                translation: node.translation.unwrap_or([0.0; 3]),
                rotation: node.rotation.map_or([0.0, 0.0, 0.0, 1.0], |q| q.0),
                scale: node.scale.unwrap_or([1.0; 3]),
            };
            RigNode {
                parent: self.tree.parents[i].map(|parent| parent as u32),
                rest: node.matrix.map_or(parts, Placement::Matrix),
                weights: weights.cloned().unwrap_or_default(),
            }
        };
        Ok(Rig {
            nodes: root.nodes.iter().enumerate().map(node).collect(),
            order: self.tree.order.iter().map(|&node| node as u32).collect(),
            clips: animation::clips(self.document, budget.triangles, &mut self.warnings)?,
            skins: std::mem::take(&mut self.skins),
            pieces: std::mem::take(&mut self.pieces),
            lights: Vec::new(),
        })
    }

    fn left(&self) -> Left {
        let triangles = self.budget.triangles;
        Left {
            triangles: triangles.saturating_sub(self.mesh.triangles.len() as u64),
            vertices: triangles.saturating_mul(3).saturating_sub(self.mesh.positions.len() as u64),
        }
    }
}

fn needs(material: &Material) -> Needs {
    let mut uv = [false; 2];
    for texture in material.clone().textures_mut() {
        uv[texture.uv_set as usize] = true;
    }
    Needs { tangents: tangents::along([material]).is_some(), uv, ..Needs::default() }
}
