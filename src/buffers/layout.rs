//! The plain structs that both renderers read. Twin: shaders/layout.wgsl (a test compares sizes, offsets and constants).

use crate::math::Affine;
use bytemuck::{Pod, Zeroable};

/// Index that means "none".
pub const NONE: u32 = 0xffff_ffff;

pub const MATERIAL_ALPHA_MASK: u32 = 1;
pub const MATERIAL_ALPHA_BLEND: u32 = 2;
pub const MATERIAL_DOUBLE_SIDED: u32 = 4;
pub const MATERIAL_UNLIT: u32 = 8;
/// The material emits: its factor is not black.
pub const MATERIAL_EMISSIVE: u32 = 16;

/// `MaterialExtra::flags`: what lies behind the surface is a volume (else the surface is a thin wall).
pub const EXTRA_VOLUME: u32 = 1;
/// KHR_materials_pbrSpecularGlossiness.
pub const EXTRA_GLOSSINESS: u32 = 2;

pub const TEXTURE_UV1: u32 = 1;
pub const TEXTURE_NEAREST: u32 = 2;
/// Two bits of wrap mode each, shifted by these: 0 repeat, 1 mirrored repeat, 2 clamp to edge.
pub const TEXTURE_WRAP_U_SHIFT: u32 = 2;
pub const TEXTURE_WRAP_V_SHIFT: u32 = 4;
pub const WRAP_REPEAT: u32 = 0;
pub const WRAP_MIRRORED: u32 = 1;
pub const WRAP_CLAMP: u32 = 2;
/// Side of the square tiles that texture levels are stored in. One tile is a cache line of 64 bytes: the four texels of a
/// bilinear look-up then lie on one line more often than not.
pub const TEXTURE_TILE: u32 = 4;

pub const LIGHT_SUN: u32 = 0;
pub const LIGHT_POINT: u32 = 1;
pub const LIGHT_SPOT: u32 = 2;
pub const LIGHT_EMISSIVE: u32 = 3;
/// Area lights have the highest kinds.
pub const LIGHT_RECTANGLE: u32 = 4;
pub const LIGHT_DISK: u32 = 5;
pub const LIGHT_SPHERE: u32 = 6;

/// `Light::flags`: cameras see the area light.
pub const LIGHT_VISIBLE: u32 = 1;
/// `Light::flags`: the area light shines from its back too (a sphere: inwards).
pub const LIGHT_TWO_SIDED: u32 = 2;

/// Cameras see the sky (else what they see is transparent).
pub const SKY_VISIBLE: u32 = 1;
/// The sky is an image (else `Sky::radiance` from everywhere).
pub const SKY_IMAGE: u32 = 2;

/// A sky's guide has 2 to this many entries (and one more).
pub const SKY_GUIDE_BITS: u32 = 14;

/// `Settings::flags`: the literal text of glTF's Appendix B.
pub const SETTINGS_LITERAL_SCATTERING: u32 = 1;
/// `Settings::flags`: cameras see both sides of every material.
pub const SETTINGS_BOTH_SIDES: u32 = 2;

/// `View::projection`: how a pixel's normalised place (x, y) = ((px − cx) / fx, (py − cy) / fy) becomes a ray in camera axes.
/// Perspective: direction (x, y, 1), after undistortion. t is planar depth.
pub const PROJECTION_PERSPECTIVE: u32 = 0;
/// Orthographic: from (x, y, 0) in metres along +Z.
pub const PROJECTION_ORTHOGRAPHIC: u32 = 1;
/// Fisheye: the angle from +Z follows from the length of (x, y) by OpenCV's polynomial.
pub const PROJECTION_FISHEYE: u32 = 2;
/// Equirectangular: longitude x to the right of +Z, latitude y below the horizon.
pub const PROJECTION_EQUIRECTANGULAR: u32 = 3;

/// `View::flags`: `distortion` and `distortion_more` are not all zero.
pub const VIEW_DISTORTED: u32 = 1;

#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub struct Vertex {
    pub position: [f32; 3],
    pub normal: [f32; 3],
    /// xyz unit, w the bitangent's sign.
    pub tangent: [f32; 4],
    pub uv0: [f32; 2],
}

#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub struct VertexExtra {
    pub uv1: [f32; 2],
    /// Linear RGBA.
    pub color: [f32; 4],
}

#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub struct Triangle {
    pub vertices: [u32; 3],
    /// Added to the instance's `material_base`.
    pub material: u32,
    /// glTF node.
    pub part: u32,
}

/// A node of a two-wide tree. Inner (`count` 0): children at `first` and `first + 1`. Leaf: `count` entries from `first`.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub struct BinaryNode {
    pub min: [f32; 3],
    pub first: u32,
    pub max: [f32; 3],
    pub count: u32,
}

#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub struct Instance {
    pub object_from_world: Affine,
    pub world_from_object: Affine,
    pub mesh_idx: u32,
    pub material_base: u32,
    /// 0: no object.
    pub object_id: u32,
    pub class_id: u32,
}

/// How a material slot reads a texture.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub struct TextureSlot {
    /// [`NONE`] where the slot has no texture.
    pub texture_idx: u32,
    /// `TEXTURE_*`.
    pub flags: u32,
    /// image uv = (row 0 · (u, v, 1), row 1 · (u, v, 1)).
    pub image_from_uv: [[f32; 3]; 2],
}

#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub struct Material {
    pub base_color: [f32; 4],
    pub emissive: [f32; 3],
    pub alpha_cutoff: f32,
    pub roughness: f32,
    pub metallic: f32,
    pub normal_scale: f32,
    /// `MATERIAL_*`.
    pub flags: u32,
    /// Added after texture and factor; the sum is limited to [0, 1].
    pub base_color_offset: [f32; 3],
    pub roughness_offset: f32,
    pub metallic_offset: f32,
    /// Index into `SceneBuffers::extras`; [`NONE`] where no extension adds anything.
    pub extra_idx: u32,
    pub pad: [u32; 2],
    pub base_color_texture: TextureSlot,
    pub metallic_roughness_texture: TextureSlot,
    pub normal_texture: TextureSlot,
    pub emissive_texture: TextureSlot,
}

/// What glTF's extensions add to a material: of those that have any, so that plain ones stay short.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub struct MaterialExtra {
    /// Of the reflection of what is no metal: a factor of the reflectance at normal incidence. With
    /// `EXTRA_GLOSSINESS`: that reflectance itself.
    pub specular_color: [f32; 3],
    pub specular: f32,
    pub sheen_color: [f32; 3],
    pub sheen_roughness: f32,
    /// 1/m: how fast light fades inside.
    pub absorption: [f32; 3],
    /// Index of refraction; 0: reflects everything.
    pub ior: f32,
    pub diffuse_transmission_color: [f32; 3],
    pub diffuse_transmission: f32,
    pub clearcoat: f32,
    pub clearcoat_roughness: f32,
    pub clearcoat_normal_scale: f32,
    pub transmission: f32,
    pub anisotropy: f32,
    /// Cosine and sine of the direction's angle from the tangent.
    pub anisotropy_cos: f32,
    pub anisotropy_sin: f32,
    /// 20 / Abbe number.
    pub dispersion: f32,
    pub iridescence: f32,
    pub iridescence_ior: f32,
    /// Of the film, in nm: where its texture is 0, and where it is 1.
    pub iridescence_min_nm: f32,
    pub iridescence_max_nm: f32,
    pub glossiness: f32,
    /// `EXTRA_*`.
    pub flags: u32,
    pub pad: [u32; 2],
    pub specular_texture: TextureSlot,
    pub specular_color_texture: TextureSlot,
    pub sheen_color_texture: TextureSlot,
    pub sheen_roughness_texture: TextureSlot,
    pub clearcoat_texture: TextureSlot,
    pub clearcoat_roughness_texture: TextureSlot,
    pub clearcoat_normal_texture: TextureSlot,
    pub transmission_texture: TextureSlot,
    pub diffuse_transmission_texture: TextureSlot,
    pub diffuse_transmission_color_texture: TextureSlot,
    pub anisotropy_texture: TextureSlot,
    pub iridescence_texture: TextureSlot,
    pub iridescence_thickness_texture: TextureSlot,
}

impl MaterialExtra {
    /// All its slots, in the order of the fields.
    pub fn slots(&self) -> &[TextureSlot; 13] {
        let bytes = &bytemuck::bytes_of(self)[std::mem::offset_of!(MaterialExtra, specular_texture)..];
        bytemuck::from_bytes(bytes)
    }
}

#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub struct Light {
    /// `LIGHT_*`.
    pub kind: u32,
    /// Emissive: index into `SceneBuffers::emissive`.
    pub emissive_idx: u32,
    /// Sun: probability of picking it among the suns, as the alias table has it (quantised). All others: of picking this light
    /// at its leaf.
    pub pick_probability: f32,
    /// Sun: cosine of half its angle (1: a point at infinity). Spot: cosine of the outer angle.
    pub cos_outer: f32,
    pub position: [f32; 3],
    /// Spot: cosine of the inner angle.
    pub cos_inner: f32,
    /// The way the light travels, unit. Rectangle, disk: normal of the front.
    pub direction: [f32; 3],
    /// Metres. Rectangle: half its width. Disk, sphere: the radius.
    pub half_width: f32,
    /// Sun: irradiance (with an angle: divided by its solid angle to be radiance by the renderer). Point, spot: intensity.
    /// Area lights: radiance.
    pub strength: [f32; 3],
    /// Metres. Rectangle: half its height.
    pub half_height: f32,
    /// Rectangle, disk: unit, at right angles to `direction`; a rectangle's width lies along it.
    pub across: [f32; 3],
    /// `LIGHT_*`.
    pub flags: u32,
    /// No sun: the way from the root of the tree of lights to this one: bit k says which child is taken at depth k, 1 the
    /// second; above the last one stands a 1.
    pub path: u32,
    pub pad: [u32; 3],
}

/// A node of the tree over all lights that are no suns. Inner (`count` 0): children at `first` and `first + 1`. Leaf: `count`
/// lights from `first` on, one of which is picked by power.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub struct LightNode {
    pub min: [f32; 3],
    pub first: u32,
    pub max: [f32; 3],
    pub count: u32,
    /// Unit: the middle of all normals.
    pub axis: [f32; 3],
    pub power: f32,
    /// Cosine of the largest angle between `axis` and a normal; −1: they look everywhere.
    pub cos_spread: f32,
    /// Cosine of the largest angle to its normal that a light shines at.
    pub cos_reach: f32,
    pub pad: [u32; 2],
}

#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub struct EmissiveTriangle {
    pub instance_idx: u32,
    pub triangle_idx: u32,
    /// World area in m².
    pub area: f32,
    /// Index into `SceneBuffers::lights`.
    pub light_idx: u32,
}

/// Walker's alias method: draw an entry uniformly; keep it if a 32-bit draw is below `threshold`, else take `alias`.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub struct AliasEntry {
    pub threshold: u32,
    pub alias: u32,
}

#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub struct Sky {
    /// Constant sky: its radiance. Image: what multiplies the texels.
    pub radiance: [f32; 3],
    /// `SKY_*`.
    pub flags: u32,
    /// Cosine and sine of the rotation.
    pub rotation_cos: f32,
    pub rotation_sin: f32,
    /// Image size; 0 for a constant sky.
    pub width: u32,
    pub height: u32,
}

/// One camera.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub struct View {
    /// OpenCV axes; rigid.
    pub world_from_camera: Affine,
    pub fx: f32,
    pub fy: f32,
    pub cx: f32,
    pub cy: f32,
    pub width: u32,
    pub height: u32,
    /// First eight bytes of a digest over (variation seed, view): all random numbers of the view hang on it.
    pub seed: [u32; 2],
    /// Perspective: OpenCV's k1, k2, p1, p2. Fisheye: k1, k2, k3, k4.
    pub distortion: [f32; 4],
    /// Perspective: OpenCV's k3, k4, k5, k6.
    pub distortion_more: [f32; 4],
    /// `PROJECTION_*`.
    pub projection: u32,
    /// `VIEW_*`.
    pub flags: u32,
    /// Fisheye: pixels whose normalised place is farther from the centre have no ray.
    pub image_circle: f32,
    /// Of the thin lens in metres, to the corners where it has blades; 0: a pinhole.
    pub aperture_radius: f32,
    /// Planar depth of what is sharp, in metres.
    pub focus: f32,
    /// Corners of the aperture; 0: round.
    pub blades: u32,
    /// Where the first corner is, in turns from +X towards +Y.
    pub blade_turns: f32,
    pub pad: f32,
}

/// What is the same for all views of a run.
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub struct Settings {
    pub spp: u32,
    pub bounces: u32,
    /// `SETTINGS_*`.
    pub flags: u32,
    /// Largest component of one sample's radiance; f32::MAX: no limit.
    pub clamp: f32,
}
