//! What is in a scene: assets as decoded, and the scene that a variation composes of them. Values only: no files, no draws.

mod light;
mod material;
mod rig;

use crate::hash::Digest;
use crate::math::{Affine, Bounds, Vec3, det};
use std::collections::BTreeMap;
use std::sync::Arc;

pub use light::{AreaLight, AreaShape, Light};
pub use material::{
    AlphaMode, Anisotropy, Clearcoat, DiffuseTransmission, Filter, Iridescence, Material, Sheen, Specular,
    SpecularGlossiness, TextureRef, Transmission, Volume, Wrap,
};

pub use rig::{
    Channel, Clip, Interpolation, JointSet, MorphTarget, Moves, Piece, Placement, Rig, RigNode, RigSkin, Shape,
};

/// Facts about an asset that a plan may hang on, and that are written into records.
#[derive(Clone, Debug, PartialEq)]
pub struct AssetFacts {
    /// Over the file and all files that it refers to; the asset's identity.
    pub sha256: Digest,
    /// Of all those files together.
    pub bytes: u64,
    pub triangles: u64,
    pub vertices: u64,
    /// Of everything in the default scene, in the file's own axes and units.
    pub bounds: Bounds,
    /// In file order; empty names stay empty.
    pub material_names: Vec<String>,
    /// KHR_materials_variants, in file order; empty where the file has none.
    pub variant_names: Vec<String>,
    /// `asset.generator` of the file.
    pub generator: String,
    /// Extensions that are used and not understood, and other things worth a line. Sorted, no repeats.
    pub warnings: Vec<String>,
}

/// One decoded glTF file: its default scene at rest, in glTF's axes (Y up, metres).
#[derive(Clone, Debug)]
pub struct Asset {
    pub facts: AssetFacts,
    /// All triangles of the scene, node transforms applied; mirrored nodes have their winding turned.
    pub mesh: Arc<Mesh>,
    /// The last one is glTF's default material where any triangle needs it.
    pub materials: Vec<Material>,
    /// What triangles show whose material depends on the variant. `Mesh::triangle_material` numbers them after the materials.
    pub variant_slots: Vec<VariantSlot>,
    /// Indexed by `TextureRef::image`.
    pub images: Vec<Arc<Image>>,
    /// KHR_lights_punctual of the scene, node transforms applied.
    pub lights: Vec<Light>,
    /// Names of nodes that have a mesh; indexed by `Mesh::triangle_part`.
    pub part_names: Vec<String>,
    /// What `mesh` comes from, where it can move.
    pub rig: Arc<Rig>,
}

/// What some triangles show, by variant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct VariantSlot {
    /// Index into `Asset::materials`: without a variant, and in those that `replaced` doesn't name.
    pub material: u32,
    /// From variants (indices into `AssetFacts::variant_names`) to indices into `Asset::materials`.
    pub replaced: BTreeMap<u32, u32>,
}

impl VariantSlot {
    fn shown(&self, variant: Option<u32>) -> u32 {
        variant.and_then(|variant| self.replaced.get(&variant).copied()).unwrap_or(self.material)
    }
}

impl Asset {
    /// What each number of `Mesh::triangle_material` stands for, in the look of a variant or in the file's own.
    pub fn materials_of(&self, variant: Option<u32>) -> impl Iterator<Item = &Material> {
        let shown = move |slot: &VariantSlot| &self.materials[slot.shown(variant) as usize];
        self.materials.iter().chain(self.variant_slots.iter().map(shown))
    }

    /// Index into `materials` of what such a number stands for; `None` for a number of nothing.
    pub fn material_idx(&self, number: u32, variant: Option<u32>) -> Option<u32> {
        match (number as usize).checked_sub(self.materials.len()) {
            None => Some(number),
            Some(slot) => self.variant_slots.get(slot).map(|slot| slot.shown(variant)),
        }
    }
}

/// Triangles with what is interpolated over them. All vertex arrays are of one length, or empty where noted.
#[derive(Clone, Debug, Default)]
pub struct Mesh {
    pub positions: Vec<[f32; 3]>,
    /// Unit; generated (flat) where the file has none.
    pub normals: Vec<[f32; 3]>,
    /// Unit xyz and the bitangent's sign w: bitangent = w · cross(normal, tangent). Made by MikkTSpace where a
    /// normal map needs them and the file has none; (1, 0, 0, 1) where nothing needs them.
    pub tangents: Vec<[f32; 4]>,
    /// Zero where the file has none.
    pub uv0: Vec<[f32; 2]>,
    /// Empty where nothing in the mesh has any.
    pub uv1: Vec<[f32; 2]>,
    /// Linear RGBA; empty where nothing in the mesh has any, else white where one has none.
    pub colors: Vec<[f32; 4]>,
    /// Counter-clockwise seen from the front.
    pub triangles: Vec<[u32; 3]>,
    /// One a triangle: index into [`Asset::materials_of`].
    pub triangle_material: Vec<u32>,
    /// One a triangle: index into the asset's part names.
    pub triangle_part: Vec<u32>,
}

/// An 8-bit image, RGBA, rows from the top. Not yet linear: how it is decoded depends on the slot that uses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    pub width: u32,
    pub height: u32,
    /// width × height texels of R, G, B, A.
    pub rgba8: Vec<u8>,
    /// Of the image file: equal files are decoded and kept once.
    pub digest: Digest,
}

/// An environment image: equirectangular linear radiance, row 0 at the zenith, wraps in u, clamps in v.
#[derive(Clone, Debug, PartialEq)]
pub struct SkyImage {
    pub digest: Digest,
    pub width: u32,
    pub height: u32,
    /// width × height, finite and not negative.
    pub texels: Vec<[f32; 3]>,
}

/// Decoded assets by identity: what a variation is composed from.
#[derive(Clone, Debug, Default)]
pub struct Library {
    pub assets: BTreeMap<Digest, Arc<Asset>>,
    pub skies: BTreeMap<Digest, Arc<SkyImage>>,
}

/// Everything that a renderer needs to know of one variation, in world axes (Z up, metres).
#[derive(Clone, Debug)]
pub struct Scene {
    pub instances: Vec<Instance>,
    /// Of all instances, one run each.
    pub materials: Vec<Material>,
    pub images: Vec<Arc<Image>>,
    pub lights: Vec<Light>,
    pub sky: Sky,
    /// One a view, over all cameras in recipe order.
    pub cameras: Vec<Camera>,
}

/// One mesh, somewhere.
#[derive(Clone, Debug)]
pub struct Instance {
    pub mesh: Arc<Mesh>,
    /// Identity of the mesh: equal digests share one tree.
    pub mesh_digest: Digest,
    pub world_from_object: Affine,
    /// The material of a triangle is `Scene::materials[material_base + triangle_material]`.
    pub material_base: u32,
    /// Value of the `instance` layer: from 1; 0 for things that are no object (the ground).
    pub object_id: u16,
    /// Value of the `semantic` layer: from 1; 0 for things without a class.
    pub class_id: u16,
}

#[derive(Clone, Debug)]
pub struct Sky {
    pub light: SkyLight,
    /// Counter-clockwise seen from above.
    pub rotation_rad: f32,
    /// Multiplies the radiance.
    pub scale: f32,
    pub visible: bool,
}

#[derive(Clone, Debug)]
pub enum SkyLight {
    /// Linear radiance, the same from everywhere.
    Constant(Vec3),
    /// A world direction d is looked up at u = 0.5 − (atan2(d.y, d.x) − rotation) / 2π, v = acos(d.z) / π.
    Image(Arc<SkyImage>),
}

/// Where a camera is, and how it maps directions to pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// OpenCV: +X right, +Y down, +Z forward. A rigid motion.
    pub world_from_camera: Affine,
    /// Focal lengths and principal point in pixels; pixel centres at +0.5. Focal lengths of an orthographic camera are pixels
    /// a metre, of fisheye and equirectangular ones pixels a radian.
    pub fx: f32,
    pub fy: f32,
    pub cx: f32,
    pub cy: f32,
    pub width: u32,
    pub height: u32,
    /// First eight bytes of a digest over (variation seed, view): all random numbers of the view hang on it.
    pub seed: [u32; 2],
    pub lens: Lens,
    /// `None`: `rgb` is as it was rendered.
    pub sensor: Option<Sensor>,
}

/// What is done to `rgb` after rendering, in this order. Light is in units of white.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sensor {
    /// How far red is moved outwards and blue inwards in the corners.
    pub chromatic_aberration_px: f32,
    /// Share of the light that the corners lose; it grows with the distance's square.
    pub vignette: f32,
    /// Variance of a raw value: shot² · light + read².
    pub noise_shot: f32,
    pub noise_read: f32,
    /// Added before noise, cutting off and rounding; taken away after.
    pub black_level: f32,
    /// Raw values are rounded to so many bits; 0: not.
    pub bits: u32,
    pub white_balance: [f32; 3],
    /// 0: no JPEG.
    pub jpeg_quality: u8,
    /// Of the layer `depth_sensor`.
    pub depth: Option<DepthNoise>,
}

/// What a depth camera measures: 1/z with noise, rounded to steps; nothing outside a range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DepthNoise {
    /// Standard deviation of 1/z, in 1/m.
    pub noise_per_m: f32,
    /// In 1/m; 0: not rounded.
    pub step_per_m: f32,
    pub min_m: f32,
    pub max_m: f32,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lens {
    pub projection: Projection,
    /// `None`: a pinhole, all is sharp.
    pub aperture: Option<Aperture>,
}

impl Lens {
    pub const PINHOLE: Lens = Lens { projection: Projection::Perspective { distortion: [0.0; 8] }, aperture: None };
}

/// How a direction in camera axes becomes a normalised place (x, y), which focal lengths and principal point make a pixel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Projection {
    /// (X, Y) / Z, then distorted by OpenCV's k1, k2, p1, p2, k3, k4, k5, k6 (all 0: not).
    Perspective { distortion: [f32; 8] },
    /// (X, Y) in metres.
    Orthographic,
    /// (X, Y) / √(X² + Y²) · θ (1 + k1 θ² + k2 θ⁴ + k3 θ⁶ + k4 θ⁸), θ the angle from +Z.
    Fisheye {
        k: [f32; 4],
        /// The largest θ that is seen, in radians.
        max_angle_rad: f32,
        /// What the polynomial is there: the radius of the image circle as a normalised place.
        image_circle: f32,
    },
    /// (longitude to the right of +Z, latitude downwards) in radians.
    Equirectangular,
}

/// A thin lens in place of a pinhole.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Aperture {
    /// In metres; to the corners where there are blades.
    pub radius_m: f32,
    /// Planar depth of what is sharp.
    pub focus_m: f32,
    /// Corners; 0: round.
    pub blades: u32,
    /// Where the first corner is: from the picture's right towards its lower edge.
    pub blade_rotation_deg: f32,
}

/// A scene, and which thing of the recipe each of its objects is.
#[derive(Clone, Debug)]
pub struct Composed {
    pub scene: Scene,
    /// Entry i has object id i + 1.
    pub objects: Vec<PlacedObject>,
}

/// A moment of a clip.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClipTime {
    /// Index into `Rig::clips`.
    pub clip: usize,
    pub time_s: f64,
}

/// One object of a scene.
///
/// Its own frame is metric, Z up: object = `scale` · Zup · gltf + `offset`; world = `rotation` · object + `translation`.
#[derive(Clone, Debug)]
pub struct PlacedObject {
    /// `objects.hero`, or `objects.hero.1` for the second instance.
    pub path: String,
    /// Index in `recipe::Scene::objects`.
    pub object_idx: usize,
    /// Which of the object's instances.
    pub instance: u32,
    pub class: Arc<str>,
    pub class_id: u16,
    /// Its mesh and bounds are those of the moment that is shown.
    pub asset: Arc<Asset>,
    /// The same asset as its file rests: vertex for vertex and triangle for triangle.
    pub at_rest: Arc<Asset>,
    /// Identity of that mesh.
    pub mesh_digest: Digest,
    /// `None`: at rest, or nothing of it can move.
    pub clip_time: Option<ClipTime>,
    /// Index into `AssetFacts::variant_names`; `None`: the file's own look.
    pub variant: Option<u32>,
    /// World from object, row-major, proper.
    pub rotation: [[f64; 3]; 3],
    pub translation: [f64; 3],
    /// Uniform; above 0.
    pub scale: f64,
    pub offset: [f64; 3],
    pub world_from_gltf: Affine,
}

impl PlacedObject {
    /// The tight box around all vertices, in the world.
    pub fn bounds(&self) -> Bounds {
        Bounds::of(self.points())
    }

    /// Distance of the farthest vertex from a point.
    pub fn reach_from(&self, center: Vec3) -> f32 {
        let farthest = |far: f32, p: Vec3| det::max(far, (p - center).dot(p - center));
        self.points().fold(0.0, farthest).sqrt()
    }

    /// All vertices, in the world.
    pub fn points(&self) -> impl Iterator<Item = Vec3> {
        self.asset.mesh.positions.iter().map(|&p| self.world_from_gltf.point(Vec3::from(p)))
    }
}
