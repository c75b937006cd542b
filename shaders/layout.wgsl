//! The plain structs that the shaders read. Twin: src/buffers/layout.rs (a test compares sizes, offsets and constants).
//!
//! Arrays of f32 stand where a vec3f or vec4f would be aligned away from the place that Rust gives it.

const NONE: u32 = 0xffffffffu;

const MATERIAL_ALPHA_MASK: u32 = 1u;
const MATERIAL_ALPHA_BLEND: u32 = 2u;
const MATERIAL_DOUBLE_SIDED: u32 = 4u;
const MATERIAL_UNLIT: u32 = 8u;
const MATERIAL_EMISSIVE: u32 = 16u;

const EXTRA_VOLUME: u32 = 1u;
const EXTRA_GLOSSINESS: u32 = 2u;

const TEXTURE_UV1: u32 = 1u;
const TEXTURE_NEAREST: u32 = 2u;
const TEXTURE_WRAP_U_SHIFT: u32 = 2u;
const TEXTURE_WRAP_V_SHIFT: u32 = 4u;
const WRAP_REPEAT: u32 = 0u;
const WRAP_MIRRORED: u32 = 1u;
const WRAP_CLAMP: u32 = 2u;
const TEXTURE_TILE: u32 = 4u;

const LIGHT_SUN: u32 = 0u;
const LIGHT_POINT: u32 = 1u;
const LIGHT_SPOT: u32 = 2u;
const LIGHT_EMISSIVE: u32 = 3u;
const LIGHT_RECTANGLE: u32 = 4u;
const LIGHT_DISK: u32 = 5u;
const LIGHT_SPHERE: u32 = 6u;

const LIGHT_VISIBLE: u32 = 1u;
const LIGHT_TWO_SIDED: u32 = 2u;

const SKY_VISIBLE: u32 = 1u;
const SKY_IMAGE: u32 = 2u;

const SKY_GUIDE_BITS: u32 = 14u;

const SETTINGS_LITERAL_SCATTERING: u32 = 1u;
const SETTINGS_BOTH_SIDES: u32 = 2u;

const PROJECTION_PERSPECTIVE: u32 = 0u;
const PROJECTION_ORTHOGRAPHIC: u32 = 1u;
const PROJECTION_FISHEYE: u32 = 2u;
const PROJECTION_EQUIRECTANGULAR: u32 = 3u;

const VIEW_DISTORTED: u32 = 1u;

/// Twin of math::Affine: dst = rows · (x, y, z, 1).
struct Affine {
    rows: array<vec4f, 3>,
}

struct Vertex {
    position: array<f32, 3>,
    normal: array<f32, 3>,
    tangent: array<f32, 4>,
    uv0: array<f32, 2>,
}

struct VertexExtra {
    uv1: array<f32, 2>,
    color: array<f32, 4>,
}

struct Triangle {
    vertices: array<u32, 3>,
    material: u32,
    part: u32,
}

struct BinaryNode {
    min: vec3f,
    first: u32,
    max: vec3f,
    count: u32,
}

struct Instance {
    object_from_world: Affine,
    world_from_object: Affine,
    mesh_idx: u32,
    material_base: u32,
    object_id: u32,
    class_id: u32,
}

struct TextureSlot {
    texture_idx: u32,
    flags: u32,
    image_from_uv: array<array<f32, 3>, 2>,
}

struct Material {
    base_color: vec4f,
    emissive: vec3f,
    alpha_cutoff: f32,
    roughness: f32,
    metallic: f32,
    normal_scale: f32,
    flags: u32,
    base_color_offset: vec3f,
    roughness_offset: f32,
    metallic_offset: f32,
    extra_idx: u32,
    pad: array<u32, 2>,
    base_color_texture: TextureSlot,
    metallic_roughness_texture: TextureSlot,
    normal_texture: TextureSlot,
    emissive_texture: TextureSlot,
}

struct MaterialExtra {
    specular_color: vec3f,
    specular: f32,
    sheen_color: vec3f,
    sheen_roughness: f32,
    absorption: vec3f,
    ior: f32,
    diffuse_transmission_color: vec3f,
    diffuse_transmission: f32,
    clearcoat: f32,
    clearcoat_roughness: f32,
    clearcoat_normal_scale: f32,
    transmission: f32,
    anisotropy: f32,
    anisotropy_cos: f32,
    anisotropy_sin: f32,
    dispersion: f32,
    iridescence: f32,
    iridescence_ior: f32,
    iridescence_min_nm: f32,
    iridescence_max_nm: f32,
    glossiness: f32,
    flags: u32,
    pad: array<u32, 2>,
    specular_texture: TextureSlot,
    specular_color_texture: TextureSlot,
    sheen_color_texture: TextureSlot,
    sheen_roughness_texture: TextureSlot,
    clearcoat_texture: TextureSlot,
    clearcoat_roughness_texture: TextureSlot,
    clearcoat_normal_texture: TextureSlot,
    transmission_texture: TextureSlot,
    diffuse_transmission_texture: TextureSlot,
    diffuse_transmission_color_texture: TextureSlot,
    anisotropy_texture: TextureSlot,
    iridescence_texture: TextureSlot,
    iridescence_thickness_texture: TextureSlot,
}

struct Light {
    kind: u32,
    emissive_idx: u32,
    pick_probability: f32,
    cos_outer: f32,
    position: vec3f,
    cos_inner: f32,
    direction: vec3f,
    half_width: f32,
    strength: vec3f,
    half_height: f32,
    across: vec3f,
    flags: u32,
    path: u32,
    pad: array<u32, 3>,
}

struct LightNode {
    min: vec3f,
    first: u32,
    max: vec3f,
    count: u32,
    axis: vec3f,
    power: f32,
    cos_spread: f32,
    cos_reach: f32,
    pad: array<u32, 2>,
}

struct EmissiveTriangle {
    instance_idx: u32,
    triangle_idx: u32,
    area: f32,
    light_idx: u32,
}

/// `alias_idx` is Rust's `alias`, which is a keyword of WGSL.
struct AliasEntry {
    threshold: u32,
    alias_idx: u32,
}

struct Sky {
    radiance: vec3f,
    flags: u32,
    rotation_cos: f32,
    rotation_sin: f32,
    width: u32,
    height: u32,
}

struct View {
    world_from_camera: Affine,
    fx: f32,
    fy: f32,
    cx: f32,
    cy: f32,
    width: u32,
    height: u32,
    seed: vec2<u32>,
    distortion: vec4f,
    distortion_more: vec4f,
    projection: u32,
    flags: u32,
    image_circle: f32,
    aperture_radius: f32,
    focus: f32,
    blades: u32,
    blade_turns: f32,
    pad: f32,
}

struct Settings {
    spp: u32,
    bounces: u32,
    flags: u32,
    clamp: f32,
}
