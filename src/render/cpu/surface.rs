//! What a ray has hit: place, normals, material at the point. Twin: shaders/surface.wgsl. Knows no light.

use super::extended::SPECULAR_COLOR_SLOT;
use super::load::Context;
use super::medium::is_volume;
use super::texture::{sample_linear, sample_srgb};
use super::walk::{Hit, Ray};
use crate::buffers::layout::{
    EXTRA_GLOSSINESS, Instance, MATERIAL_ALPHA_BLEND, MATERIAL_ALPHA_MASK, MATERIAL_DOUBLE_SIDED, MATERIAL_EMISSIVE,
    Material, NONE, SETTINGS_BOTH_SIDES, TEXTURE_UV1, TextureSlot, Vertex,
};
use crate::math::{Affine, Vec3, det, vec3};

/// Rays start this far off a surface, relative to the magnitudes that the point was computed from: 32 half-ulps, where
/// interpolation, the map to the world and the next ray's map to an object together stay below 20.
pub const OFFSET_ULPS: f32 = 1.0 / 524_288.0;

/// Surfaces that one path or shadow ray may meet, those that let it through included: past it a path ends, and a shadow
/// ray counts as blocked.
pub const MAX_SURFACES: u32 = 64;

/// Normals further off a triangle's own than this cosine (45°) tell of no smooth surface.
pub const MIN_LIFT_COSINE: f32 = 0.707_106_77;

/// A viewer's mirror image stands at least this high above a surface (a sine), or nearly as high as the viewer.
pub const LEAST_MIRROR_HEIGHT: f32 = 0.01;

/// Shorter vectors have no direction.
pub const MIN_LENGTH: f32 = 1.0e-30;

/// A hit, looked up: everything that does not need textures.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub instance_idx: u32,
    pub mesh_idx: u32,
    pub vertices: [u32; 3],
    pub material_idx: u32,
    /// Weights of the three vertices.
    pub weights: [f32; 3],
    /// World.
    pub position: Vec3,
    /// Unit, world, on the ray's side.
    pub geometric_normal: Vec3,
    /// The ray comes from where the triangle is counter-clockwise.
    pub front: bool,
    /// How far off the surface the next ray starts, in metres along the geometric normal.
    pub offset: f32,
    pub uv0: [f32; 2],
    pub uv1: [f32; 2],
    /// Vertex colour.
    pub color: [f32; 4],
    /// uv area per world area, of uv0 and uv1.
    pub uv0_density: f32,
    pub uv1_density: f32,
}

/// The material at a place.
#[derive(Clone, Copy, Debug)]
pub struct Surface {
    /// Unit, world: the shading normal, turned with the geometric one. May point slightly away from the ray.
    pub normal: Vec3,
    pub base_color: Vec3,
    pub roughness: f32,
    pub metallic: f32,
}

/// Looks a hit up. `direction`: of the ray.
#[inline(always)]
pub fn find_place(c: &Context, hit: &Hit, direction: Vec3) -> Place {
    let instance = c.load_instance(hit.instance_idx);
    let triangle = c.load_triangle(instance.mesh_idx, hit.triangle_idx);
    let v0 = c.load_vertex(instance.mesh_idx, triangle.vertices[0]);
    let v1 = c.load_vertex(instance.mesh_idx, triangle.vertices[1]);
    let v2 = c.load_vertex(instance.mesh_idx, triangle.vertices[2]);
    let w = [1.0 - hit.u - hit.v, hit.u, hit.v];
    let p0 = Vec3::from(v0.position);
    let p1 = Vec3::from(v1.position);
    let p2 = Vec3::from(v2.position);
    let object_position = p0 * w[0] + p1 * w[1] + p2 * w[2];
    let position = instance.world_from_object.point(object_position);

    let object_normal = (p1 - p0).cross(p2 - p0);
    let world_normal = instance.object_from_world.transposed_vector(object_normal);
    let length = world_normal.length();
    let facing = world_normal.dot(direction) <= 0.0;
    let sign = if facing { 1.0 } else { -1.0 };
    // A triangle without an area is never hit; the guard keeps rounding from dividing by zero.
    let unit = world_normal * (sign / det::max(length, MIN_LENGTH));
    // |cross of the world edges| = |det| · |inverse transposed · object cross|.
    let area = det::max(length * det::abs(affine_determinant(&instance.world_from_object)), MIN_LENGTH);

    // The same on all axes: a plane through the origin has no extent along its normal, and rays would not leave it.
    let largest = Vec3::splat(largest_of(p0, p1, p2).max_component());
    let offset = OFFSET_ULPS * point_magnitude(&instance.world_from_object, largest, position, unit);

    let uv0 = interpolate_2(v0.uv0, v1.uv0, v2.uv0, w);
    let uv0_density = uv_area(v0.uv0, v1.uv0, v2.uv0) / area;
    let mut place = Place {
        instance_idx: hit.instance_idx,
        mesh_idx: instance.mesh_idx,
        vertices: triangle.vertices,
        material_idx: instance.material_base + triangle.material,
        weights: w,
        position,
        geometric_normal: unit,
        front: facing,
        offset,
        uv0,
        uv1: uv0,
        color: [1.0; 4],
        uv0_density,
        uv1_density: uv0_density,
    };
    if c.mesh_has_extras(instance.mesh_idx) {
        find_extras(c, &mut place, area);
    }
    place
}

/// The second uv set and the vertex colour. `area`: twice the triangle's, in the world.
#[inline]
pub fn find_extras(c: &Context, place: &mut Place, area: f32) {
    let e0 = c.load_vertex_extra(place.mesh_idx, place.vertices[0]);
    let e1 = c.load_vertex_extra(place.mesh_idx, place.vertices[1]);
    let e2 = c.load_vertex_extra(place.mesh_idx, place.vertices[2]);
    let w = place.weights;
    place.uv1 = interpolate_2(e0.uv1, e1.uv1, e2.uv1, w);
    place.uv1_density = uv_area(e0.uv1, e1.uv1, e2.uv1) / area;
    for i in 0..4 {
        place.color[i] = e0.color[i] * w[0] + e1.color[i] * w[1] + e2.color[i] * w[2];
    }
}

/// Base colour and alpha at a place. `cone_area`: world area of the sample's footprint.
#[inline(always)]
pub fn find_color(c: &Context, place: &Place, material: &Material, cone_area: f32) -> (Vec3, f32) {
    let factor = material.base_color;
    let mut color = vec3(factor[0] * place.color[0], factor[1] * place.color[1], factor[2] * place.color[2]);
    let mut alpha = factor[3] * place.color[3];
    let slot = &material.base_color_texture;
    if slot.texture_idx != NONE {
        let (texel, texel_alpha) = sample_srgb(c, slot, slot_uv(place, slot), cone_area * slot_density(place, slot));
        color = vec3(color.x * texel[0], color.y * texel[1], color.z * texel[2]);
        alpha *= texel_alpha;
    }
    let offset = material.base_color_offset;
    color = vec3(limited(color.x + offset[0]), limited(color.y + offset[1]), limited(color.z + offset[2]));
    (color, alpha)
}

/// Of the light that comes, the share that the surface stops: alpha by the material's mode.
#[inline(always)]
pub fn coverage(material: &Material, alpha: f32) -> f32 {
    if material.flags & MATERIAL_ALPHA_MASK != 0 {
        return if alpha >= material.alpha_cutoff { 1.0 } else { 0.0 };
    }
    if material.flags & MATERIAL_ALPHA_BLEND != 0 {
        return det::clamp(alpha, 0.0, 1.0);
    }
    1.0
}

/// Whether the side that a camera ray meets is there for it: backs of single-sided materials are not, but of volumes.
#[inline(always)]
pub fn camera_sees(c: &Context, place: &Place, material: &Material) -> bool {
    place.front
        || material.flags & MATERIAL_DOUBLE_SIDED != 0
        || c.load_settings().flags & SETTINGS_BOTH_SIDES != 0
        || is_volume(c, material)
}

/// Radiance that the surface sends towards the ray: from the front, and from the back where it is double-sided.
#[inline(always)]
pub fn find_emission(c: &Context, place: &Place, material: &Material, cone_area: f32) -> Vec3 {
    if material.flags & MATERIAL_EMISSIVE == 0 {
        return Vec3::ZERO;
    }
    if !place.front && material.flags & MATERIAL_DOUBLE_SIDED == 0 {
        return Vec3::ZERO;
    }
    let factor = Vec3::from(material.emissive);
    let slot = &material.emissive_texture;
    if slot.texture_idx == NONE {
        return factor;
    }
    let (texel, _) = sample_srgb(c, slot, slot_uv(place, slot), cone_area * slot_density(place, slot));
    factor * Vec3::from(texel)
}

/// Shading normal, roughness and metallic at a place.
#[inline(always)]
pub fn find_surface(c: &Context, place: &Place, material: &Material, base_color: Vec3, cone_area: f32) -> Surface {
    let mut roughness = material.roughness;
    let mut metallic = material.metallic;
    let slot = &material.metallic_roughness_texture;
    if slot.texture_idx != NONE {
        let texel = sample_linear(c, slot, slot_uv(place, slot), cone_area * slot_density(place, slot));
        roughness *= texel.y;
        metallic *= texel.z;
    }
    if material.extra_idx != NONE {
        roughness *= left_by_glossiness(c, place, material.extra_idx, cone_area);
    }
    roughness = limited(roughness + material.roughness_offset);
    metallic = limited(metallic + material.metallic_offset);
    let normal = find_normal(c, place, material, cone_area);
    Surface { normal, base_color, roughness, metallic }
}

/// What a material's glossiness leaves of its roughness: 1 where it has none.
#[inline]
pub fn left_by_glossiness(c: &Context, place: &Place, extra_idx: u32, cone_area: f32) -> f32 {
    let extra = c.load_material_extra(extra_idx);
    if extra.flags & EXTRA_GLOSSINESS == 0 {
        return 1.0;
    }
    let slot = c.load_extra_slot(extra_idx, SPECULAR_COLOR_SLOT);
    if slot.texture_idx == NONE {
        return 1.0 - extra.glossiness;
    }
    let (_, share) = sample_srgb(c, slot, slot_uv(place, slot), cone_area * slot_density(place, slot));
    1.0 - extra.glossiness * share
}

/// The interpolated normal, bent by the material's normal map, on the geometric normal's side of the triangle's front.
#[inline(always)]
pub fn find_normal(c: &Context, place: &Place, material: &Material, cone_area: f32) -> Vec3 {
    let mut normal = smooth_normal(c, place);
    let slot = &material.normal_texture;
    if slot.texture_idx != NONE {
        let texel = sample_linear(c, slot, slot_uv(place, slot), cone_area * slot_density(place, slot));
        normal = bent_normal(normal, &find_tangent(c, place), texel, material.normal_scale);
    }
    if place.front { normal } else { normal * -1.0 }
}

/// The interpolated normal of the triangle's front: unit, world.
#[inline(always)]
pub fn smooth_normal(c: &Context, place: &Place) -> Vec3 {
    let instance: &Instance = c.load_instance(place.instance_idx);
    let v0: &Vertex = c.load_vertex(place.mesh_idx, place.vertices[0]);
    let v1: &Vertex = c.load_vertex(place.mesh_idx, place.vertices[1]);
    let v2: &Vertex = c.load_vertex(place.mesh_idx, place.vertices[2]);
    let w = place.weights;
    let fallback = place.geometric_normal * if place.front { 1.0 } else { -1.0 };
    let object_normal = Vec3::from(v0.normal) * w[0] + Vec3::from(v1.normal) * w[1] + Vec3::from(v2.normal) * w[2];
    unit_or(instance.object_from_world.transposed_vector(object_normal), fallback)
}

/// A normal bent by a texel of a normal map.
#[inline(always)]
pub fn bent_normal(normal: Vec3, tangent: &Tangent, texel: Vec3, scale: f32) -> Vec3 {
    let x = (texel.x * 2.0 - 1.0) * scale;
    let y = (texel.y * 2.0 - 1.0) * scale;
    let z = texel.z * 2.0 - 1.0;
    let bitangent = normal.cross(tangent.direction) * tangent.handedness;
    unit_or(tangent.direction * x + bitangent * y + normal * z, normal)
}

/// Where u grows.
#[derive(Clone, Copy, Debug)]
pub struct Tangent {
    /// Unit, world; not at right angles to the normal, as MikkTSpace has it.
    pub direction: Vec3,
    /// bitangent = handedness · normal × tangent, of the triangle's front.
    pub handedness: f32,
}

/// The interpolated tangent.
#[inline(always)]
pub fn find_tangent(c: &Context, place: &Place) -> Tangent {
    let instance: &Instance = c.load_instance(place.instance_idx);
    let v0: &Vertex = c.load_vertex(place.mesh_idx, place.vertices[0]);
    let v1: &Vertex = c.load_vertex(place.mesh_idx, place.vertices[1]);
    let v2: &Vertex = c.load_vertex(place.mesh_idx, place.vertices[2]);
    let w = place.weights;
    let object_tangent = xyz(v0.tangent) * w[0] + xyz(v1.tangent) * w[1] + xyz(v2.tangent) * w[2];
    let handedness = v0.tangent[3] * w[0] + v1.tangent[3] * w[1] + v2.tangent[3] * w[2];
    Tangent { direction: unit_or(instance.world_from_object.vector(object_tangent), Vec3::ZERO), handedness }
}

/// A shading normal in which the viewer's mirror image lies above the surface, as near to `normal` as may be. Without it
/// smooth mirrors on coarse meshes, and bumps seen at grazing angles, would reflect into the surface: black.
///
/// `geometric` faces the viewer at `wo`. The mirrored direction is lifted to just above the surface, and the normal that
/// mirrors into it is taken.
#[inline(always)]
pub fn facing_normal(normal: Vec3, geometric: Vec3, wo: Vec3) -> Vec3 {
    let cosine = normal.dot(wo);
    let mirrored = normal * (2.0 * cosine) - wo;
    let height = mirrored.dot(geometric);
    let least = det::min(0.9 * geometric.dot(wo), LEAST_MIRROR_HEIGHT);
    if height >= least {
        // Seen from its back, and turned away from the triangle's: a mesh whose normals are the wrong way round.
        return if cosine < 0.0 { -normal } else { normal };
    }
    let lifted = unit_or(mirrored + geometric * (least - height), geometric);
    unit_or(wo + lifted, geometric)
}

/// From a place on a triangle to the smooth surface that its vertices' normals tell of, in world metres: rays that leave
/// from there don't meet the neighbours' facets, whose edges else show as a ragged terminator. Zero where the surface
/// curves away, or where the normals stand too far off the triangle's to tell of a smooth surface.
///
/// Source: Hanika: Hacking the Shadow Terminator, Ray Tracing Gems II, 2021.
#[inline(always)]
pub fn find_lift(c: &Context, place: &Place) -> Vec3 {
    let v0: &Vertex = c.load_vertex(place.mesh_idx, place.vertices[0]);
    let v1: &Vertex = c.load_vertex(place.mesh_idx, place.vertices[1]);
    let v2: &Vertex = c.load_vertex(place.mesh_idx, place.vertices[2]);
    let p0 = Vec3::from(v0.position);
    let p1 = Vec3::from(v1.position);
    let p2 = Vec3::from(v2.position);
    let w = place.weights;
    let side = if place.front { 1.0 } else { -1.0 };
    let p = p0 * w[0] + p1 * w[1] + p2 * w[2];
    let facet = (p1 - p0).cross(p2 - p0) * side;
    let least = MIN_LIFT_COSINE * facet.length();
    let object_lift = vertex_lift(p - p0, Vec3::from(v0.normal) * side, facet, least) * w[0]
        + vertex_lift(p - p1, Vec3::from(v1.normal) * side, facet, least) * w[1]
        + vertex_lift(p - p2, Vec3::from(v2.normal) * side, facet, least) * w[2];
    c.load_instance(place.instance_idx).world_from_object.vector(object_lift)
}

/// Onto the plane through a vertex at right angles to its normal, where that lies above. `least`: cosine of the normal to
/// the facet's, times the facet's length.
#[inline(always)]
pub fn vertex_lift(from_vertex: Vec3, normal: Vec3, facet: Vec3, least: f32) -> Vec3 {
    let height = from_vertex.dot(normal);
    if height >= 0.0 || normal.dot(facet) < least {
        return Vec3::ZERO;
    }
    normal * (0.0 - height)
}

/// Where a ray starts that leaves a place to the geometric normal's side (`side` 1) or to the other one (−1).
#[inline(always)]
pub fn ray_origin(place: &Place, side: f32) -> Vec3 {
    place.position + place.geometric_normal * (place.offset * side)
}

/// The share of light that passes a hit: 1 minus its coverage. For rays that only ask what is in the way.
#[inline]
pub fn transmittance(c: &Context, hit: &Hit, ray: &Ray) -> (f32, Place) {
    let place = find_place(c, hit, ray.direction);
    let material = c.load_material(place.material_idx);
    let (_, alpha) = find_color(c, &place, material, 0.0);
    (1.0 - coverage(material, alpha), place)
}

/// The uv that a slot reads.
#[inline(always)]
pub fn slot_uv(place: &Place, slot: &TextureSlot) -> [f32; 2] {
    if slot.flags & TEXTURE_UV1 != 0 { place.uv1 } else { place.uv0 }
}

/// uv area per world area of the uv set that a slot reads.
#[inline(always)]
pub fn slot_density(place: &Place, slot: &TextureSlot) -> f32 {
    if slot.flags & TEXTURE_UV1 != 0 { place.uv1_density } else { place.uv0_density }
}

/// A bound on the magnitudes that a world point was computed from, along a direction `n`. `largest`: componentwise, of
/// the triangle in object axes.
#[inline(always)]
pub fn point_magnitude(world_from_object: &Affine, largest: Vec3, position: Vec3, n: Vec3) -> f32 {
    let m = &world_from_object.rows;
    let x = det::abs(m[0][0]) * largest.x + det::abs(m[0][1]) * largest.y + det::abs(m[0][2]) * largest.z;
    let y = det::abs(m[1][0]) * largest.x + det::abs(m[1][1]) * largest.y + det::abs(m[1][2]) * largest.z;
    let z = det::abs(m[2][0]) * largest.x + det::abs(m[2][1]) * largest.y + det::abs(m[2][2]) * largest.z;
    let x = x + det::abs(m[0][3]) + det::abs(position.x);
    let y = y + det::abs(m[1][3]) + det::abs(position.y);
    let z = z + det::abs(m[2][3]) + det::abs(position.z);
    x * det::abs(n.x) + y * det::abs(n.y) + z * det::abs(n.z)
}

/// The largest |coordinate| of three points on each axis.
#[inline(always)]
pub fn largest_of(a: Vec3, b: Vec3, c: Vec3) -> Vec3 {
    vec3(
        det::max(det::max(det::abs(a.x), det::abs(b.x)), det::abs(c.x)),
        det::max(det::max(det::abs(a.y), det::abs(b.y)), det::abs(c.y)),
        det::max(det::max(det::abs(a.z), det::abs(b.z)), det::abs(c.z)),
    )
}

/// Determinant of the linear part.
#[inline(always)]
pub fn affine_determinant(m: &Affine) -> f32 {
    let r = &m.rows;
    r[0][0] * (r[1][1] * r[2][2] - r[1][2] * r[2][1])
        + r[0][1] * (r[1][2] * r[2][0] - r[1][0] * r[2][2])
        + r[0][2] * (r[1][0] * r[2][1] - r[1][1] * r[2][0])
}

/// Twice the area of a triangle in uv space.
#[inline(always)]
pub fn uv_area(a: [f32; 2], b: [f32; 2], c: [f32; 2]) -> f32 {
    det::abs((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))
}

/// Σ weight · value of two components.
#[inline(always)]
pub fn interpolate_2(a: [f32; 2], b: [f32; 2], c: [f32; 2], w: [f32; 3]) -> [f32; 2] {
    [a[0] * w[0] + b[0] * w[1] + c[0] * w[2], a[1] * w[0] + b[1] * w[1] + c[1] * w[2]]
}

/// `x` limited to [0, 1].
#[inline(always)]
pub fn limited(x: f32) -> f32 {
    det::clamp(x, 0.0, 1.0)
}

/// The unit vector along `v`, or `fallback` where it has no length.
#[inline(always)]
pub fn unit_or(v: Vec3, fallback: Vec3) -> Vec3 {
    let length = v.length();
    if length > MIN_LENGTH { v * (1.0 / length) } else { fallback }
}

/// The first three of four.
#[inline(always)]
pub fn xyz(v: [f32; 4]) -> Vec3 {
    vec3(v[0], v[1], v[2])
}
