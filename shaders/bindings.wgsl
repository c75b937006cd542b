//! What the shader reads and writes, and the `load_*` functions through which the pure files read it.
//! Twin: src/render/cpu/load.rs; filled by src/render/gpu/upload.rs (offsets in units of four words there as here).
//!
//! Seven storage buffers and a uniform one: within WebGPU's default limits.

/// Twin: `Params` of src/render/gpu/params.rs. Offsets count vec4s of `tables` unless said otherwise.
struct Params {
    view: View,
    settings: Settings,
    sky: Sky,
    // First row of the film's band in the view; then the tile: first row in the band, rows, and one past the last row.
    band_row: u32,
    tile_row: u32,
    tile_end_row: u32,
    band_pixels: u32,
    // The samples of the tile: first, and one past the last.
    first_sample: u32,
    end_sample: u32,
    // vec4s of the film a pixel has before those of its geometry.
    geometry_plane: u32,
    flags: u32,
    // The same of points, of amodal masks, and of hits.
    point_plane: u32,
    amodal_plane: u32,
    // Instances that rays can meet.
    n_placed: u32,
    hit_plane: u32,
    at: Tables,
}

/// Where the parts of a scene lie.
struct Tables {
    instances: u32,
    materials: u32,
    lights: u32,
    emissive: u32,
    light_alias: u32,
    meshes: u32,
    textures: u32,
    levels: u32,
    top_nodes: u32,
    top_order: u32,
    top_root: u32,
    n_lights: u32,
    // Words of the texel store.
    sky_texels: u32,
    sky_starts: u32,
    // log2 of the words in one buffer of the texel store.
    texel_shift: u32,
    // Largest |coordinate| of the world's boxes.
    top_extent: f32,
    // Of the tables again.
    extras: u32,
    light_nodes: u32,
    n_suns: u32,
    sun_importance: f32,
}

// Some material has alpha: rays may go through.
const PARAMS_ALPHA: u32 = 1u;

@group(0) @binding(0) var<uniform> params: Params;
// RGBA8 texels, sky texels, and how they are drawn: one store in up to three buffers.
@group(0) @binding(1) var<storage, read> texels_a: array<u32>;
@group(0) @binding(2) var<storage, read> texels_b: array<u32>;
@group(0) @binding(3) var<storage, read> texels_c: array<u32>;
// Vertices, extras and triangles of all meshes.
@group(0) @binding(4) var<storage, read> geometry: array<vec4<u32>>;
// Trees of all meshes, and their triangles' corners in the trees' order.
@group(0) @binding(5) var<storage, read> nodes: array<vec4<u32>>;
// What changes with the variation.
@group(0) @binding(6) var<storage, read> tables: array<vec4<u32>>;
@group(0) @binding(7) var<storage, read_write> film: array<vec4<u32>>;

// Strides in vec4s.
const VERTEX_STRIDE: u32 = 3u;
const EXTRA_STRIDE: u32 = 2u;
const INSTANCE_STRIDE: u32 = 7u;
const MATERIAL_STRIDE: u32 = 13u;
const MATERIAL_EXTRA_STRIDE: u32 = 34u;
const SLOT_STRIDE: u32 = 2u;
const LIGHT_STRIDE: u32 = 6u;
const LIGHT_NODE_STRIDE: u32 = 4u;
const MESH_STRIDE: u32 = 2u;

// Tables that shading reads stand first in `tables`, not in the shader: drivers copy a constant array whole before they
// index it (a hundred times slower). Twin: src/render/cpu/tables.rs.
const SRGB_TABLE: u32 = 0u;
const ALBEDO_TABLE: u32 = 64u;
const ALBEDO_MEAN_TABLE: u32 = 576u;
const LOBE_ALBEDO_TABLE: u32 = 592u;

/// Twin: `SRGB[i]`.
fn load_srgb(i: u32) -> f32 {
    return bitcast<f32>(tables[SRGB_TABLE + i / 4u][i % 4u]);
}

/// Twin: `ALBEDO[i]`.
fn load_albedo(i: u32) -> vec2f {
    let pair = bitcast<vec4f>(tables[ALBEDO_TABLE + i / 2u]);
    return select(pair.zw, pair.xy, i % 2u == 0u);
}

/// Twin: `ALBEDO_MEAN[i]`.
fn load_albedo_mean(i: u32) -> vec2f {
    let pair = bitcast<vec4f>(tables[ALBEDO_MEAN_TABLE + i / 2u]);
    return select(pair.zw, pair.xy, i % 2u == 0u);
}

/// Twin: `ALBEDOS[i]`.
fn load_lobe_albedo(i: u32) -> f32 {
    return bitcast<f32>(tables[LOBE_ALBEDO_TABLE + i / 4u][i % 4u]);
}

/// Where the parts of a mesh lie: in `geometry` (vertices, extras or NONE, triangles, parts) and in `nodes`.
struct MeshPlace {
    vertices: u32,
    extras: u32,
    triangles: u32,
    parts: u32,
    nodes: u32,
    corners: u32,
    root: u32,
    // Largest |coordinate|.
    extent: f32,
}

fn load_mesh_place(mesh_idx: u32) -> MeshPlace {
    let at = params.at.meshes + mesh_idx * MESH_STRIDE;
    let a = tables[at];
    let b = tables[at + 1u];
    return MeshPlace(a.x, a.y, a.z, a.w, b.x, b.y, b.z, bitcast<f32>(b.w));
}

fn load_affine(at: u32) -> Affine {
    return Affine(array<vec4f, 3>(
        bitcast<vec4f>(tables[at]),
        bitcast<vec4f>(tables[at + 1u]),
        bitcast<vec4f>(tables[at + 2u]),
    ));
}

fn load_instance(i: u32) -> Instance {
    let at = params.at.instances + i * INSTANCE_STRIDE;
    let ids = tables[at + 6u];
    return Instance(load_affine(at), load_affine(at + 3u), ids.x, ids.y, ids.z, ids.w);
}

fn load_triangle(mesh_idx: u32, i: u32) -> Triangle {
    let place = load_mesh_place(mesh_idx);
    let words = geometry[place.triangles + i];
    let part = geometry[place.parts + i / 4u][i % 4u];
    return Triangle(array<u32, 3>(words.x, words.y, words.z), words.w, part);
}

fn load_vertex(mesh_idx: u32, i: u32) -> Vertex {
    let at = load_mesh_place(mesh_idx).vertices + i * VERTEX_STRIDE;
    let a = bitcast<vec4f>(geometry[at]);
    let b = bitcast<vec4f>(geometry[at + 1u]);
    let c = bitcast<vec4f>(geometry[at + 2u]);
    return Vertex(
        array<f32, 3>(a.x, a.y, a.z),
        array<f32, 3>(a.w, b.x, b.y),
        array<f32, 4>(b.z, b.w, c.x, c.y),
        array<f32, 2>(c.z, c.w),
    );
}

fn load_vertex_extra(mesh_idx: u32, i: u32) -> VertexExtra {
    let at = load_mesh_place(mesh_idx).extras + i * EXTRA_STRIDE;
    let a = bitcast<vec4f>(geometry[at]);
    let b = bitcast<vec4f>(geometry[at + 1u]);
    return VertexExtra(array<f32, 2>(a.x, a.y), array<f32, 4>(a.z, a.w, b.x, b.y));
}

fn mesh_has_extras(mesh_idx: u32) -> bool {
    return load_mesh_place(mesh_idx).extras != NONE;
}

fn load_slot(at: u32) -> TextureSlot {
    let a = tables[at];
    let m = bitcast<vec4f>(tables[at + 1u]);
    return TextureSlot(
        a.x,
        a.y,
        array<array<f32, 3>, 2>(
            array<f32, 3>(bitcast<f32>(a.z), bitcast<f32>(a.w), m.x),
            array<f32, 3>(m.y, m.z, m.w),
        ),
    );
}

fn load_material(i: u32) -> Material {
    let at = params.at.materials + i * MATERIAL_STRIDE;
    let emissive = bitcast<vec4f>(tables[at + 1u]);
    let words = tables[at + 2u];
    let factors = bitcast<vec4f>(words);
    let offsets = bitcast<vec4f>(tables[at + 3u]);
    let more = tables[at + 4u];
    return Material(
        bitcast<vec4f>(tables[at]),
        emissive.xyz,
        emissive.w,
        factors.x,
        factors.y,
        factors.z,
        words.w,
        offsets.xyz,
        offsets.w,
        bitcast<f32>(more.x),
        more.y,
        array<u32, 2>(more.z, more.w),
        load_slot(at + 5u),
        load_slot(at + 5u + SLOT_STRIDE),
        load_slot(at + 5u + 2u * SLOT_STRIDE),
        load_slot(at + 5u + 3u * SLOT_STRIDE),
    );
}

fn placed_count() -> u32 {
    return params.n_placed;
}

fn load_placed(i: u32) -> u32 {
    return tables[params.at.top_order + i / 4u][i % 4u];
}

fn load_material_extra(i: u32) -> MaterialExtra {
    let at = params.at.extras + i * MATERIAL_EXTRA_STRIDE;
    let specular = bitcast<vec4f>(tables[at]);
    let sheen = bitcast<vec4f>(tables[at + 1u]);
    let inside = bitcast<vec4f>(tables[at + 2u]);
    let diffuse = bitcast<vec4f>(tables[at + 3u]);
    let coat = bitcast<vec4f>(tables[at + 4u]);
    let anisotropy = bitcast<vec4f>(tables[at + 5u]);
    let iridescence = bitcast<vec4f>(tables[at + 6u]);
    let more = tables[at + 7u];
    let slots = at + 8u;
    return MaterialExtra(
        specular.xyz,
        specular.w,
        sheen.xyz,
        sheen.w,
        inside.xyz,
        inside.w,
        diffuse.xyz,
        diffuse.w,
        coat.x,
        coat.y,
        coat.z,
        coat.w,
        anisotropy.x,
        anisotropy.y,
        anisotropy.z,
        anisotropy.w,
        iridescence.x,
        iridescence.y,
        iridescence.z,
        iridescence.w,
        bitcast<f32>(more.x),
        more.y,
        array<u32, 2>(more.z, more.w),
        load_slot(slots + 0u * SLOT_STRIDE),
        load_slot(slots + 1u * SLOT_STRIDE),
        load_slot(slots + 2u * SLOT_STRIDE),
        load_slot(slots + 3u * SLOT_STRIDE),
        load_slot(slots + 4u * SLOT_STRIDE),
        load_slot(slots + 5u * SLOT_STRIDE),
        load_slot(slots + 6u * SLOT_STRIDE),
        load_slot(slots + 7u * SLOT_STRIDE),
        load_slot(slots + 8u * SLOT_STRIDE),
        load_slot(slots + 9u * SLOT_STRIDE),
        load_slot(slots + 10u * SLOT_STRIDE),
        load_slot(slots + 11u * SLOT_STRIDE),
        load_slot(slots + 12u * SLOT_STRIDE),
    );
}

fn load_extra_slot(extra_idx: u32, i: u32) -> TextureSlot {
    return load_slot(params.at.extras + extra_idx * MATERIAL_EXTRA_STRIDE + 8u + i * SLOT_STRIDE);
}

fn light_count() -> u32 {
    return params.at.n_lights;
}

fn load_light(i: u32) -> Light {
    let at = params.at.lights + i * LIGHT_STRIDE;
    let a = tables[at];
    let position = bitcast<vec4f>(tables[at + 1u]);
    let direction = bitcast<vec4f>(tables[at + 2u]);
    let strength = bitcast<vec4f>(tables[at + 3u]);
    let last = tables[at + 4u];
    let more = tables[at + 5u];
    return Light(
        a.x,
        a.y,
        bitcast<f32>(a.z),
        bitcast<f32>(a.w),
        position.xyz,
        position.w,
        direction.xyz,
        direction.w,
        strength.xyz,
        strength.w,
        bitcast<vec4f>(last).xyz,
        last.w,
        more.x,
        array<u32, 3>(more.y, more.z, more.w),
    );
}

fn sun_count() -> u32 {
    return params.at.n_suns;
}

fn sun_importance() -> f32 {
    return params.at.sun_importance;
}

fn load_light_node(i: u32) -> LightNode {
    let at = params.at.light_nodes + i * LIGHT_NODE_STRIDE;
    let a = tables[at];
    let b = tables[at + 1u];
    let c = bitcast<vec4f>(tables[at + 2u]);
    let d = tables[at + 3u];
    return LightNode(
        bitcast<vec4f>(a).xyz,
        a.w,
        bitcast<vec4f>(b).xyz,
        b.w,
        c.xyz,
        c.w,
        bitcast<f32>(d.x),
        bitcast<f32>(d.y),
        array<u32, 2>(d.z, d.w),
    );
}

fn load_emissive(i: u32) -> EmissiveTriangle {
    let a = tables[params.at.emissive + i];
    return EmissiveTriangle(a.x, a.y, bitcast<f32>(a.z), a.w);
}

fn load_light_alias(i: u32) -> AliasEntry {
    let a = tables[params.at.light_alias + i / 2u];
    if i % 2u == 0u {
        return AliasEntry(a.x, a.y);
    }
    return AliasEntry(a.z, a.w);
}

fn load_sky() -> Sky {
    return params.sky;
}

fn load_sky_texel(i: u32) -> vec4f {
    let at = params.at.sky_texels + 4u * i;
    return bitcast<vec4f>(vec4<u32>(texel_word(at), texel_word(at + 1u), texel_word(at + 2u), texel_word(at + 3u)));
}

fn load_sky_start(i: u32) -> u32 {
    return texel_word(params.at.sky_starts + i);
}

fn load_sky_guide(i: u32) -> u32 {
    return texel_word(params.at.sky_starts + params.sky.width * params.sky.height + i);
}

fn texture_levels(texture_idx: u32) -> u32 {
    return tables[params.at.textures + texture_idx].y;
}

/// Width, height, and where the level's texels begin (here: in the whole store; on the CPU: in the texture).
fn texture_level(texture_idx: u32, level: u32) -> vec3<u32> {
    return tables[params.at.levels + tables[params.at.textures + texture_idx].x + level].xyz;
}

/// `i` counts from where [`texture_level`] says.
fn load_texel(texture_idx: u32, i: u32) -> u32 {
    return texel_word(i);
}

fn texel_word(at: u32) -> u32 {
    let buffer = at >> params.at.texel_shift;
    let offset = at & ((1u << params.at.texel_shift) - 1u);
    if buffer == 0u {
        return texels_a[offset];
    }
    if buffer == 1u {
        return texels_b[offset];
    }
    return texels_c[offset];
}

fn load_settings() -> Settings {
    return params.settings;
}

fn load_view() -> View {
    return params.view;
}

fn scene_has_alpha() -> bool {
    return (params.flags & PARAMS_ALPHA) != 0u;
}
