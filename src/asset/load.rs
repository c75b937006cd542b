//! A glTF file → `scene::Asset`: the default scene at rest, merged into one mesh.

use super::container::format_of;
use super::document::{self, Document};
use super::geometry::{Local, append, append_skinned};
use super::guard::{caught, read_file};
use super::image::Wanted;
use super::material::materials;
use super::nodes::{Transform, Tree, tree};
use super::primitive::{self, Left, Needs};
use super::{AssetError, Budget, skin, tangents};
use crate::math::{Bounds, Vec3};
use crate::scene::{Asset, AssetFacts, Material, Mesh, PunctualLight, TextureRef};
use gltf::json::extensions::scene::khr_lights_punctual::{Light, Type};
use gltf::json::validation::Checked;
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
    let used = used_materials(&document, &tree, budget)?;
    let mut images = Wanted::default();
    let mut materials = materials(&document, &used.of_file, &mut images)?;
    if used.default {
        materials.push(Material::default());
    }
    // Geometry first: it is the cheaper way to find that a file is damaged.
    let mut scene = SceneMesh::new(&document, &tree, &materials, budget);
    for &node in &tree.scene_nodes {
        scene.add_node(node)?;
    }
    let SceneMesh { mesh, part_names, mut warnings, .. } = scene;
    if mesh.triangles.is_empty() {
        warnings.insert("the scene has no triangles".to_owned());
    }
    let lights = lights(&document, &tree, &mut warnings)?;
    let images = images.decode(budget)?;
    warnings.extend(document.warnings.iter().cloned());
    let facts = AssetFacts {
        sha256: document.identity,
        bytes: document.bytes,
        triangles: mesh.triangles.len() as u64,
        vertices: mesh.positions.len() as u64,
        bounds: Bounds::of(mesh.positions.iter().map(|&p| Vec3::from(p))),
        material_names: document.root.materials.iter().map(|m| m.name.clone().unwrap_or_default()).collect(),
        generator: document.root.asset.generator.clone().unwrap_or_default(),
        warnings: warnings.into_iter().collect(),
    };
    Ok(Asset { facts, mesh: Arc::new(mesh), materials, images, lights, part_names })
}

/// Which materials the scene shows.
struct Used {
    of_file: Vec<bool>,
    /// Whether a primitive has none, so that glTF's default one is needed.
    default: bool,
}

fn used_materials(document: &Document, tree: &Tree, budget: &Budget) -> Result<Used, AssetError> {
    let root = &document.root;
    let mut used = Used { of_file: vec![false; root.materials.len()], default: false };
    let mut visited = 0;
    for &node in &tree.scene_nodes {
        let Some(mesh) = root.nodes.get(node).and_then(|node| node.mesh) else { continue };
        let Some(json) = root.meshes.get(mesh.value()) else {
            let what = format!("names mesh {}, but the file has {}", mesh.value(), root.meshes.len());
            return Err(AssetError::malformed(format!("nodes[{node}].mesh"), what));
        };
        visited += json.primitives.len() as u64;
        if visited > budget.json_objects {
            return Err(AssetError::too_large(format!("nodes[{node}]"), "the scene has too many primitives"));
        }
        for (p, primitive) in json.primitives.iter().enumerate() {
            match primitive.material.map(|m| m.value()) {
                None => used.default = true,
                Some(material) => match used.of_file.get_mut(material) {
                    Some(flag) => *flag = true,
                    None => {
                        let what = format!("names material {material}, but the file has {}", root.materials.len());
                        let place = format!("meshes[{}].primitives[{p}].material", mesh.value());
                        return Err(AssetError::malformed(place, what));
                    }
                },
            }
        }
    }
    Ok(used)
}

/// The mesh of a scene while it grows.
struct SceneMesh<'a> {
    document: &'a Document,
    tree: &'a Tree,
    materials: &'a [Material],
    budget: &'a Budget,
    mesh: Mesh,
    part_names: Vec<String>,
    warnings: BTreeSet<String>,
    /// Primitives that several nodes show at rest, by mesh and primitive.
    shared: BTreeMap<(usize, usize), Option<Rc<Local>>>,
    times_shown: BTreeMap<usize, u32>,
    skins: BTreeMap<usize, Vec<Transform>>,
}

/// Where a primitive goes.
struct Placed {
    node: usize,
    part: u32,
    skin: Option<usize>,
    material: u32,
}

impl<'a> SceneMesh<'a> {
    fn new(document: &'a Document, tree: &'a Tree, materials: &'a [Material], budget: &'a Budget) -> SceneMesh<'a> {
        let mut times_shown = BTreeMap::new();
        for mesh in tree.scene_nodes.iter().filter_map(|&node| document.root.nodes[node].mesh) {
            *times_shown.entry(mesh.value()).or_insert(0) += 1;
        }
        SceneMesh {
            document,
            tree,
            materials,
            budget,
            mesh: Mesh::default(),
            part_names: Vec::new(),
            warnings: BTreeSet::new(),
            shared: BTreeMap::new(),
            times_shown,
            skins: BTreeMap::new(),
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
            && !self.skins.contains_key(&skin)
        {
            self.skins.insert(skin, skin::joint_matrices(document, self.tree, skin)?);
        }
        let share =
            self.times_shown.get(&mesh_index).is_some_and(|&n| n > 1) && node.weights.is_none() && skin.is_none();
        for p in 0..mesh.primitives.len() {
            let place = format!("meshes[{mesh_index}].primitives[{p}]");
            let key = (mesh_index, p);
            let local = match self.shared.get(&key) {
                Some(known) if share => known.clone(),
                _ => {
                    let fresh = self.primitive(mesh_index, p, &place, weights, skin.is_some())?.map(Rc::new);
                    if share {
                        self.shared.insert(key, fresh.clone());
                    }
                    fresh
                }
            };
            if let Some(local) = local {
                let material = self.material_index(mesh_index, p) as u32;
                self.add_local(&local, &Placed { node: index, part, skin, material }, &place)?;
            }
        }
        Ok(())
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
        let material = &self.materials[self.material_index(mesh, p)];
        let needs = needs(material, skin);
        let left = self.left();
        let Some(mut local) = primitive::read(self.document, json, place, weights, needs, left, &mut self.warnings)?
        else {
            return Ok(None);
        };
        if let (Some(texture), None) = (&material.normal_texture, &local.tangents)
            && let Some(uv) = &local.uv[texture.uv_set as usize]
        {
            let uv = in_image(texture, uv);
            tangents::generate(&mut local, &uv, &mut self.warnings);
        }
        Ok(Some(local))
    }

    fn add_local(&mut self, local: &Local, placed: &Placed, place: &str) -> Result<(), AssetError> {
        let left = self.left();
        if local.triangles.len() as u64 > left.triangles || local.positions.len() as u64 > left.vertices {
            let what = format!("the scene has more than {} triangles", self.budget.triangles);
            return Err(AssetError::too_large(place, what).with_hint("simplify the model, or raise the budget"));
        }
        let &Placed { node, part, skin, material } = placed;
        match skin.and_then(|skin| self.skins.get(&skin)) {
            Some(matrices) if !local.joints.is_empty() => {
                let transforms = skin::vertex_transforms(local, matrices, place)?;
                append_skinned(&mut self.mesh, local, &transforms, material, part, place)
            }
            _ => append(&mut self.mesh, local, &self.tree.world_from_node[node], material, part, place),
        }
    }

    /// glTF's default material comes after those of the file.
    fn material_index(&self, mesh: usize, p: usize) -> usize {
        let material = self.document.root.meshes[mesh].primitives[p].material;
        material.map_or(self.document.root.materials.len(), |material| material.value())
    }

    fn left(&self) -> Left {
        let triangles = self.budget.triangles;
        Left {
            triangles: triangles.saturating_sub(self.mesh.triangles.len() as u64),
            vertices: triangles.saturating_mul(3).saturating_sub(self.mesh.positions.len() as u64),
        }
    }
}

fn needs(material: &Material, skin: bool) -> Needs {
    let textures = [
        &material.base_color_texture,
        &material.metallic_roughness_texture,
        &material.normal_texture,
        &material.emissive_texture,
    ];
    let uses = |set: u32| textures.iter().any(|t| t.is_some_and(|t| t.uv_set == set));
    Needs { tangents: material.normal_texture.is_some(), uv: [uses(0), uses(1)], skin }
}

/// Texture coordinates as the image is read with them.
fn in_image(texture: &TextureRef, uv: &[[f32; 2]]) -> Vec<[f32; 2]> {
    uv.iter().map(|uv| texture.image_from_uv.map(|row| row[0] * uv[0] + row[1] * uv[1] + row[2])).collect()
}

/// KHR_lights_punctual of the scene: colours times intensities as in the file, directions along the node's −Z.
fn lights(document: &Document, tree: &Tree, warnings: &mut BTreeSet<String>) -> Result<Vec<PunctualLight>, AssetError> {
    let root = &document.root;
    let all = root.extensions.as_ref().and_then(|e| e.khr_lights_punctual.as_ref()).map_or(&[][..], |l| &l.lights);
    let mut lights = Vec::new();
    for &node in &tree.scene_nodes {
        let extensions = root.nodes.get(node).and_then(|node| node.extensions.as_ref());
        let Some(named) = extensions.and_then(|e| e.khr_lights_punctual.as_ref()) else { continue };
        let place = format!("nodes[{node}].extensions.KHR_lights_punctual.light");
        let index = named.light.value();
        let light = all.get(index).ok_or_else(|| {
            AssetError::malformed(&place, format!("names light {index}, but the file has {}", all.len()))
        })?;
        if light.range.is_some() {
            warnings
                .insert("the range of lights is not used: light falls off with the square of the distance".to_owned());
        }
        lights.push(punctual(light, &tree.world_from_node[node], index)?);
    }
    Ok(lights)
}

fn punctual(light: &Light, world: &Transform, index: usize) -> Result<PunctualLight, AssetError> {
    let malformed = |what: &str| AssetError::malformed(format!("extensions.KHR_lights_punctual.lights[{index}]"), what);
    let color = Vec3::from(light.color) * light.intensity;
    if !color.is_finite() || color.min(Vec3::ZERO) != Vec3::ZERO {
        return Err(malformed("its colour or intensity is negative or not finite"));
    }
    let position = Vec3::from(world.point([0.0; 3]));
    let direction = Vec3::from(world.direction([0.0, 0.0, -1.0]).unwrap_or([0.0, 0.0, -1.0]));
    match &light.type_ {
        Checked::Valid(Type::Directional) => Ok(PunctualLight::Sun { direction, irradiance: color, angle_rad: 0.0 }),
        Checked::Valid(Type::Point) => Ok(PunctualLight::Point { position, intensity: color }),
        Checked::Valid(Type::Spot) => {
            let spot = light.spot.as_ref().ok_or_else(|| malformed("a spot light needs `spot`"))?;
            let (inner_rad, outer_rad) = (spot.inner_cone_angle, spot.outer_cone_angle);
            if !(0.0 <= inner_rad && inner_rad < outer_rad && outer_rad <= std::f32::consts::FRAC_PI_2) {
                return Err(malformed("0 ≤ innerConeAngle < outerConeAngle ≤ π/2 does not hold"));
            }
            Ok(PunctualLight::Spot { position, direction, intensity: color, inner_rad, outer_rad })
        }
        Checked::Invalid => Err(malformed("its type is not one of directional, point, spot")),
    }
}
