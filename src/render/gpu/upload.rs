//! Scene buffers → words on a device. Twin of the reading: shaders/bindings.wgsl and walk.wgsl. Draws nothing.

use super::device::Opened;
use super::params::Tables;
use super::store::{Identity, Store, Wanted};
use super::tree::{self, MESH_STACK, TOP_STACK};
use crate::buffers::layout::NONE;
use crate::buffers::{MeshBuffers, SceneBuffers, SkyTable};
use crate::render::RenderError;
use crate::render::cpu::tables::{ALBEDO, ALBEDO_MEAN, SRGB, lobe_albedos};
use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Four words: what the shader loads at a time.
type Quad = [u32; 4];
const QUAD_BYTES: u64 = 16;
const WORD_BYTES: u64 = 4;

/// What is on a device: shared pieces that stay from scene to scene, and the tables of the one at hand.
#[derive(Debug)]
pub struct Residents {
    pub texels: Store,
    pub geometry: Store,
    pub nodes: Store,
    pub tables: wgpu::Buffer,
    /// By a mesh's address: found out once, since encoding a tree is work.
    shapes: BTreeMap<usize, (Identity, Shape)>,
}

/// What must be known of a mesh to place it.
#[derive(Clone, Copy, Debug)]
struct Shape {
    node_quads: u32,
    root: u32,
}

impl Residents {
    /// `budget_bytes`: what may stay though the scene at hand does not need it.
    pub fn new(opened: &Opened, budget_bytes: u64) -> Residents {
        Residents {
            texels: Store::new(opened, "texels", 3, WORD_BYTES, budget_bytes / 8 * 5),
            geometry: Store::new(opened, "geometry", 1, QUAD_BYTES, budget_bytes / 16 * 3),
            nodes: Store::new(opened, "nodes", 1, QUAD_BYTES, budget_bytes / 16 * 3),
            tables: opened.storage_buffer("tables", QUAD_BYTES),
            shapes: BTreeMap::new(),
        }
    }

    /// Puts a scene on the device. `true` with the answer: buffers are new ones and must be bound again.
    pub fn hold(&mut self, opened: &Opened, scene: &SceneBuffers) -> Result<(Tables, bool), RenderError> {
        let (meshes, mesh_places, is_rebound_meshes) = self.hold_meshes(opened, scene)?;
        let (texels, is_rebound_texels) = self.hold_texels(opened, scene)?;
        let mut tables = TableWriter { quads: shading_tables() };
        let top = tree::encode(&scene.top, &scene.instance_order, TOP_STACK);
        let at = Tables {
            instances: tables.push(bytemuck::cast_slice(&scene.instances)),
            materials: tables.push(bytemuck::cast_slice(&scene.materials)),
            lights: tables.push(bytemuck::cast_slice(&scene.lights)),
            emissive: tables.push(bytemuck::cast_slice(&scene.emissive)),
            light_alias: tables.push_words(bytemuck::cast_slice(&scene.light_alias)),
            light_nodes: tables.push(bytemuck::cast_slice(&scene.light_nodes)),
            n_suns: scene.n_suns,
            sun_importance: scene.sun_importance,
            meshes: tables.push(meshes.iter().flat_map(|&mesh| mesh_places[mesh]).collect::<Vec<_>>().as_slice()),
            levels: 0,
            textures: 0,
            top_nodes: tables.push(&top.words),
            top_order: tables.push_words(&top.order),
            top_root: top.root,
            n_lights: scene.lights.len() as u32,
            sky_texels: texels.sky,
            sky_starts: texels.sky + scene.sky_image.as_ref().map_or(0, |sky| 4 * sky.texels.len() as u32),
            texel_shift: self.texels.chunk.ilog2(),
            top_extent: scene.extent,
            extras: tables.push(bytemuck::cast_slice(&scene.extras)),
        };
        let at = Tables { levels: tables.push(&texels.levels), textures: tables.push(&texels.textures), ..at };
        let is_rebound_tables = self.write_tables(opened, &tables.quads)?;
        Ok((at, is_rebound_meshes || is_rebound_texels || is_rebound_tables))
    }

    /// After a failure nothing on the device is believed.
    pub fn forget(&mut self) {
        for store in [&mut self.texels, &mut self.geometry, &mut self.nodes] {
            store.forget();
        }
    }

    /// For each mesh of the scene its place, as an index into the places; then `MeshPlace` of each.
    #[expect(clippy::type_complexity, reason = "three things of one step")]
    fn hold_meshes(
        &mut self,
        opened: &Opened,
        scene: &SceneBuffers,
    ) -> Result<(Vec<usize>, Vec<[Quad; 2]>, bool), RenderError> {
        let (unique, which) = distinct(&scene.meshes);
        self.shapes.retain(|_, (identity, _)| identity.is_alive());
        let shapes: Vec<Shape> = unique.iter().map(|mesh| self.shape(mesh)).collect();
        let want = |lengths: Vec<u64>| -> Vec<Wanted> {
            let identities = unique.iter().map(Identity::of);
            identities.zip(lengths).map(|(identity, length)| Wanted { identity, length }).collect()
        };
        let of_geometry = want(unique.iter().map(|mesh| geometry_quads(mesh)).collect());
        let of_nodes = want(unique.iter().zip(&shapes).map(|(mesh, shape)| node_quads(mesh, shape)).collect());
        let (geometry, is_rebound_geometry) =
            self.geometry.hold(opened, &of_geometry, |i| bytemuck::cast_slice(&geometry_words(&unique[i])).to_vec())?;
        let (nodes, is_rebound_nodes) =
            self.nodes.hold(opened, &of_nodes, |i| bytemuck::cast_slice(&node_words(&unique[i])).to_vec())?;
        let place = |i: usize| mesh_place(&unique[i], &shapes[i], geometry[i] as u32, nodes[i] as u32);
        Ok((which, (0..unique.len()).map(place).collect(), is_rebound_geometry || is_rebound_nodes))
    }

    fn shape(&mut self, mesh: &Arc<MeshBuffers>) -> Shape {
        let key = Arc::as_ptr(mesh) as usize;
        let find_out = || {
            let tree = tree::encode(&mesh.nodes, &mesh.triangle_order, MESH_STACK);
            (Identity::of(mesh), Shape { node_quads: tree.words.len() as u32, root: tree.root })
        };
        self.shapes.entry(key).or_insert_with(find_out).1
    }

    fn hold_texels(&mut self, opened: &Opened, scene: &SceneBuffers) -> Result<(TexelPlaces, bool), RenderError> {
        let (unique, which) = distinct(&scene.textures);
        let mut wanted: Vec<Wanted> = unique
            .iter()
            .map(|texture| Wanted { identity: Identity::of(texture), length: texture.texels.len() as u64 })
            .collect();
        if let Some(sky) = &scene.sky_image {
            let words = 4 * sky.texels.len() + sky.starts.len() + sky.guide.len();
            wanted.push(Wanted { identity: Identity::of(sky), length: words as u64 });
        }
        let bytes_of = |i: usize| match (unique.get(i), &scene.sky_image) {
            (Some(texture), _) => bytemuck::cast_slice(&texture.texels).to_vec(),
            (None, sky) => sky.as_deref().map(sky_bytes).unwrap_or_default(),
        };
        let (offsets, is_rebound) = self.texels.hold(opened, &wanted, bytes_of)?;
        let mut places = TexelPlaces { sky: *offsets.get(unique.len()).unwrap_or(&0) as u32, ..Default::default() };
        for (texture, &at) in scene.textures.iter().zip(&which) {
            let start = offsets[at] as u32;
            places.textures.push([places.levels.len() as u32, texture.levels.len() as u32, 0, 0]);
            places
                .levels
                .extend(texture.levels.iter().map(|&(width, height, first)| [width, height, start + first, 0]));
        }
        Ok((places, is_rebound))
    }

    fn write_tables(&mut self, opened: &Opened, quads: &[Quad]) -> Result<bool, RenderError> {
        let bytes: &[u8] = bytemuck::cast_slice(quads);
        let needed = bytes.len() as u64;
        if needed > opened.max_binding_bytes {
            return Err(RenderError::TooLarge { needed, limit: opened.max_binding_bytes });
        }
        let is_larger = needed > self.tables.size();
        if is_larger {
            let roomy = needed.next_power_of_two().min(opened.max_binding_bytes);
            self.tables = opened.storage_buffer("tables", roomy.max(needed));
        }
        opened.queue.write_buffer(&self.tables, 0, bytes);
        opened.check().map(|()| is_larger)
    }
}

/// Where the scene's images lie in the texel store.
#[derive(Debug, Default)]
struct TexelPlaces {
    textures: Vec<Quad>,
    levels: Vec<Quad>,
    sky: u32,
}

/// What stands at the beginning of the tables, whatever the scene. Twin: `load_srgb` and the ones after it.
pub fn shading_tables() -> Vec<Quad> {
    let words = [&SRGB[..], ALBEDO.as_flattened(), ALBEDO_MEAN.as_flattened(), lobe_albedos()].concat();
    quads_of_words(bytemuck::cast_slice(&words))
}

#[derive(Debug)]
struct TableWriter {
    quads: Vec<Quad>,
}

impl TableWriter {
    /// Returns where the rows begin.
    fn push(&mut self, rows: &[Quad]) -> u32 {
        let at = self.quads.len() as u32;
        self.quads.extend_from_slice(rows);
        at
    }

    fn push_words(&mut self, words: &[u32]) -> u32 {
        let rows = quads_of_words(words);
        self.push(&rows)
    }
}

/// Words four by four, the last ones filled up with zeros.
fn quads_of_words(words: &[u32]) -> Vec<Quad> {
    let quad = |four: &[u32]| std::array::from_fn(|i| four.get(i).copied().unwrap_or(0));
    words.chunks(4).map(quad).collect()
}

/// Each shared thing once, and for each of `all` which of them it is.
fn distinct<T: Any>(all: &[Arc<T>]) -> (Vec<Arc<T>>, Vec<usize>) {
    let mut unique: Vec<Arc<T>> = Vec::new();
    let mut seen = BTreeMap::new();
    let which = all.iter().map(|shared| {
        *seen.entry(Arc::as_ptr(shared) as usize).or_insert_with(|| {
            unique.push(shared.clone());
            unique.len() - 1
        })
    });
    let which = which.collect();
    (unique, which)
}

/// Twin: `MeshPlace`.
fn mesh_place(mesh: &MeshBuffers, shape: &Shape, geometry: u32, nodes: u32) -> [Quad; 2] {
    let (n_vertices, n_triangles) = (mesh.vertices.len() as u32, mesh.triangles.len() as u32);
    let extras = geometry + 3 * n_vertices;
    let triangles = extras + 2 * mesh.extras.len() as u32;
    let parts = triangles + n_triangles;
    let extras = if mesh.extras.is_empty() { NONE } else { extras };
    [[geometry, extras, triangles, parts], [nodes, nodes + shape.node_quads, shape.root, mesh.extent.to_bits()]]
}

fn geometry_quads(mesh: &MeshBuffers) -> u64 {
    let parts = mesh.triangles.len().div_ceil(4);
    (3 * mesh.vertices.len() + 2 * mesh.extras.len() + mesh.triangles.len() + parts) as u64
}

fn geometry_words(mesh: &MeshBuffers) -> Vec<Quad> {
    let mut quads: Vec<Quad> = bytemuck::cast_slice(&mesh.vertices).to_vec();
    for extra in &mesh.extras {
        let words: [u32; 6] = bytemuck::cast(*extra);
        quads.extend([[words[0], words[1], words[2], words[3]], [words[4], words[5], 0, 0]]);
    }
    quads.extend(mesh.triangles.iter().map(|t| [t.vertices[0], t.vertices[1], t.vertices[2], t.material]));
    quads.extend(quads_of_words(&mesh.triangles.iter().map(|t| t.part).collect::<Vec<_>>()));
    quads
}

fn node_quads(mesh: &MeshBuffers, shape: &Shape) -> u64 {
    u64::from(shape.node_quads) + 3 * mesh.triangle_order.len() as u64
}

/// The tree, then the corners of its triangles in its order, each with the triangle's index beside the first corner.
fn node_words(mesh: &MeshBuffers) -> Vec<Quad> {
    let tree = tree::encode(&mesh.nodes, &mesh.triangle_order, MESH_STACK);
    let mut quads = tree.words;
    for &triangle_idx in &tree.order {
        let corners = mesh.triangles[triangle_idx as usize].vertices;
        for (corner, tag) in corners.into_iter().zip([triangle_idx, 0, 0]) {
            let [x, y, z] = mesh.vertices[corner as usize].position.map(f32::to_bits);
            quads.push([x, y, z, tag]);
        }
    }
    quads
}

fn sky_bytes(sky: &SkyTable) -> Vec<u8> {
    let mut bytes = bytemuck::cast_slice(&sky.texels).to_vec();
    bytes.extend_from_slice(bytemuck::cast_slice(&sky.starts));
    bytes.extend_from_slice(bytemuck::cast_slice(&sky.guide));
    bytes
}
