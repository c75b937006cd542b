//! What a ray has hit: place, normals, material at the point. Twin: src/render/cpu/surface.rs. Knows no light.

const OFFSET_ULPS: f32 = 1.9073486e-6;
const MAX_SURFACES: u32 = 64u;
const MIN_LIFT_COSINE: f32 = 0.70710677;
const LEAST_MIRROR_HEIGHT: f32 = 0.01;
const MIN_LENGTH: f32 = 1.0e-30;

/// A hit, looked up: everything that does not need textures. Fields as in the twin.
struct Place {
    instance_idx: u32,
    mesh_idx: u32,
    vertices: vec3<u32>,
    material_idx: u32,
    weights: vec3f,
    position: vec3f,
    geometric_normal: vec3f,
    front: bool,
    offset: f32,
    uv0: vec2f,
    uv1: vec2f,
    color: vec4f,
    uv0_density: f32,
    uv1_density: f32,
}

/// The material at a place.
struct Surface {
    normal: vec3f,
    base_color: vec3f,
    roughness: f32,
    metallic: f32,
}

/// A hit that only asks what is in the way.
struct Passage {
    share: f32,
    place: Place,
}

fn find_place(hit: Hit, direction: vec3f) -> Place {
    let instance = load_instance(hit.instance_idx);
    let triangle = load_triangle(instance.mesh_idx, hit.triangle_idx);
    let v0 = load_vertex(instance.mesh_idx, triangle.vertices[0]);
    let v1 = load_vertex(instance.mesh_idx, triangle.vertices[1]);
    let v2 = load_vertex(instance.mesh_idx, triangle.vertices[2]);
    let w = vec3f(1.0 - hit.u - hit.v, hit.u, hit.v);
    let p0 = vec3_of(v0.position);
    let p1 = vec3_of(v1.position);
    let p2 = vec3_of(v2.position);
    let object_position = p0 * w.x + p1 * w.y + p2 * w.z;
    let position = affine_point(instance.world_from_object, object_position);

    let object_normal = cross(p1 - p0, p2 - p0);
    let world_normal = affine_transposed_vector(instance.object_from_world, object_normal);
    let length = sqrt(vec3_dot(world_normal, world_normal));
    let facing = vec3_dot(world_normal, direction) <= 0.0;
    let side = select(-1.0, 1.0, facing);
    let unit = world_normal * (side / det_max(length, MIN_LENGTH));
    let area = det_max(length * det_abs(affine_determinant(instance.world_from_object)), MIN_LENGTH);

    // The same on all axes: a plane through the origin has no extent along its normal, and rays would not leave it.
    let reach = largest_of(p0, p1, p2);
    let largest = vec3f(det_max(det_max(reach.x, reach.y), reach.z));
    let offset = OFFSET_ULPS * point_magnitude(instance.world_from_object, largest, position, unit);

    let uv0 = interpolate_2(v0.uv0, v1.uv0, v2.uv0, w);
    let uv0_density = uv_area(v0.uv0, v1.uv0, v2.uv0) / area;
    var place = Place(
        hit.instance_idx,
        instance.mesh_idx,
        vec3<u32>(triangle.vertices[0], triangle.vertices[1], triangle.vertices[2]),
        instance.material_base + triangle.material,
        w,
        position,
        unit,
        facing,
        offset,
        uv0,
        uv0,
        vec4f(1.0),
        uv0_density,
        uv0_density,
    );
    if mesh_has_extras(instance.mesh_idx) {
        place = find_extras(place, area);
    }
    return place;
}

fn find_extras(plain: Place, area: f32) -> Place {
    var place = plain;
    let e0 = load_vertex_extra(place.mesh_idx, place.vertices.x);
    let e1 = load_vertex_extra(place.mesh_idx, place.vertices.y);
    let e2 = load_vertex_extra(place.mesh_idx, place.vertices.z);
    let w = place.weights;
    place.uv1 = interpolate_2(e0.uv1, e1.uv1, e2.uv1, w);
    place.uv1_density = uv_area(e0.uv1, e1.uv1, e2.uv1) / area;
    place.color = vec4_of(e0.color) * w.x + vec4_of(e1.color) * w.y + vec4_of(e2.color) * w.z;
    return place;
}

/// Base colour and, in w, alpha.
fn find_color(place: Place, material: Material, cone_area: f32) -> vec4f {
    var color = material.base_color * place.color;
    let slot = material.base_color_texture;
    if slot.texture_idx != NONE {
        color *= sample_srgb(slot, slot_uv(place, slot), cone_area * slot_density(place, slot));
    }
    let offset = material.base_color_offset;
    return vec4f(limited(color.x + offset.x), limited(color.y + offset.y), limited(color.z + offset.z), color.w);
}

fn limited(x: f32) -> f32 {
    return det_clamp(x, 0.0, 1.0);
}

fn coverage(material: Material, alpha: f32) -> f32 {
    if (material.flags & MATERIAL_ALPHA_MASK) != 0u {
        return select(0.0, 1.0, alpha >= material.alpha_cutoff);
    }
    if (material.flags & MATERIAL_ALPHA_BLEND) != 0u {
        return det_clamp(alpha, 0.0, 1.0);
    }
    return 1.0;
}

fn camera_sees(place: Place, material: Material) -> bool {
    return place.front || (material.flags & MATERIAL_DOUBLE_SIDED) != 0u
        || (load_settings().flags & SETTINGS_BOTH_SIDES) != 0u || is_volume(material);
}

fn find_emission(place: Place, material: Material, cone_area: f32) -> vec3f {
    if (material.flags & MATERIAL_EMISSIVE) == 0u {
        return vec3f(0.0);
    }
    if !place.front && (material.flags & MATERIAL_DOUBLE_SIDED) == 0u {
        return vec3f(0.0);
    }
    let slot = material.emissive_texture;
    if slot.texture_idx == NONE {
        return material.emissive;
    }
    let texel = sample_srgb(slot, slot_uv(place, slot), cone_area * slot_density(place, slot));
    return material.emissive * texel.xyz;
}

fn find_surface(place: Place, material: Material, base_color: vec3f, cone_area: f32) -> Surface {
    var roughness = material.roughness;
    var metallic = material.metallic;
    let slot = material.metallic_roughness_texture;
    if slot.texture_idx != NONE {
        let texel = sample_linear(slot, slot_uv(place, slot), cone_area * slot_density(place, slot));
        roughness *= texel.y;
        metallic *= texel.z;
    }
    if material.extra_idx != NONE {
        roughness *= left_by_glossiness(place, material.extra_idx, cone_area);
    }
    roughness = limited(roughness + material.roughness_offset);
    metallic = limited(metallic + material.metallic_offset);
    let normal = find_normal(place, material, cone_area);
    return Surface(normal, base_color, roughness, metallic);
}

fn left_by_glossiness(place: Place, extra_idx: u32, cone_area: f32) -> f32 {
    let extra = load_material_extra(extra_idx);
    if (extra.flags & EXTRA_GLOSSINESS) == 0u {
        return 1.0;
    }
    let slot = load_extra_slot(extra_idx, SPECULAR_COLOR_SLOT);
    if slot.texture_idx == NONE {
        return 1.0 - extra.glossiness;
    }
    let texel = sample_srgb(slot, slot_uv(place, slot), cone_area * slot_density(place, slot));
    return 1.0 - extra.glossiness * texel.w;
}

fn find_normal(place: Place, material: Material, cone_area: f32) -> vec3f {
    var normal = smooth_normal(place);
    let slot = material.normal_texture;
    if slot.texture_idx != NONE {
        let texel = sample_linear(slot, slot_uv(place, slot), cone_area * slot_density(place, slot));
        normal = bent_normal(normal, find_tangent(place), texel, material.normal_scale);
    }
    return select(normal * -1.0, normal, place.front);
}

fn smooth_normal(place: Place) -> vec3f {
    let instance = load_instance(place.instance_idx);
    let v0 = load_vertex(place.mesh_idx, place.vertices.x);
    let v1 = load_vertex(place.mesh_idx, place.vertices.y);
    let v2 = load_vertex(place.mesh_idx, place.vertices.z);
    let w = place.weights;
    let fallback = place.geometric_normal * select(-1.0, 1.0, place.front);
    let object_normal = vec3_of(v0.normal) * w.x + vec3_of(v1.normal) * w.y + vec3_of(v2.normal) * w.z;
    return unit_or(affine_transposed_vector(instance.object_from_world, object_normal), fallback);
}

fn bent_normal(normal: vec3f, tangent: Tangent, texel: vec3f, scale: f32) -> vec3f {
    let x = (texel.x * 2.0 - 1.0) * scale;
    let y = (texel.y * 2.0 - 1.0) * scale;
    let z = texel.z * 2.0 - 1.0;
    let bitangent = cross(normal, tangent.direction) * tangent.handedness;
    return unit_or(tangent.direction * x + bitangent * y + normal * z, normal);
}

/// Where u grows. Fields as in the twin.
struct Tangent {
    direction: vec3f,
    handedness: f32,
}

fn find_tangent(place: Place) -> Tangent {
    let instance = load_instance(place.instance_idx);
    let v0 = load_vertex(place.mesh_idx, place.vertices.x);
    let v1 = load_vertex(place.mesh_idx, place.vertices.y);
    let v2 = load_vertex(place.mesh_idx, place.vertices.z);
    let w = place.weights;
    let t = vec4_of(v0.tangent) * w.x + vec4_of(v1.tangent) * w.y + vec4_of(v2.tangent) * w.z;
    return Tangent(unit_or(affine_vector(instance.world_from_object, t.xyz), vec3f(0.0)), t.w);
}

fn facing_normal(normal: vec3f, geometric: vec3f, wo: vec3f) -> vec3f {
    let cosine = vec3_dot(normal, wo);
    let mirrored = normal * (2.0 * cosine) - wo;
    let height = vec3_dot(mirrored, geometric);
    let least = det_min(0.9 * vec3_dot(geometric, wo), LEAST_MIRROR_HEIGHT);
    if height >= least {
        return select(normal, -normal, cosine < 0.0);
    }
    let lifted = unit_or(mirrored + geometric * (least - height), geometric);
    return unit_or(wo + lifted, geometric);
}

fn find_lift(place: Place) -> vec3f {
    let v0 = load_vertex(place.mesh_idx, place.vertices.x);
    let v1 = load_vertex(place.mesh_idx, place.vertices.y);
    let v2 = load_vertex(place.mesh_idx, place.vertices.z);
    let p0 = vec3_of(v0.position);
    let p1 = vec3_of(v1.position);
    let p2 = vec3_of(v2.position);
    let w = place.weights;
    let side = select(-1.0, 1.0, place.front);
    let p = p0 * w.x + p1 * w.y + p2 * w.z;
    let facet = cross(p1 - p0, p2 - p0) * side;
    let least = MIN_LIFT_COSINE * sqrt(vec3_dot(facet, facet));
    let object_lift = vertex_lift(p - p0, vec3_of(v0.normal) * side, facet, least) * w.x
        + vertex_lift(p - p1, vec3_of(v1.normal) * side, facet, least) * w.y
        + vertex_lift(p - p2, vec3_of(v2.normal) * side, facet, least) * w.z;
    return affine_vector(load_instance(place.instance_idx).world_from_object, object_lift);
}

fn vertex_lift(from_vertex: vec3f, normal: vec3f, facet: vec3f, least: f32) -> vec3f {
    let height = vec3_dot(from_vertex, normal);
    if height >= 0.0 || vec3_dot(normal, facet) < least {
        return vec3f(0.0);
    }
    return normal * (0.0 - height);
}

fn ray_origin(place: Place, side: f32) -> vec3f {
    return place.position + place.geometric_normal * (place.offset * side);
}

fn transmittance(hit: Hit, ray: Ray) -> Passage {
    let place = find_place(hit, ray.direction);
    let material = load_material(place.material_idx);
    let color = find_color(place, material, 0.0);
    return Passage(1.0 - coverage(material, color.w), place);
}

fn slot_uv(place: Place, slot: TextureSlot) -> vec2f {
    return select(place.uv0, place.uv1, (slot.flags & TEXTURE_UV1) != 0u);
}

fn slot_density(place: Place, slot: TextureSlot) -> f32 {
    return select(place.uv0_density, place.uv1_density, (slot.flags & TEXTURE_UV1) != 0u);
}

fn point_magnitude(world_from_object: Affine, largest: vec3f, position: vec3f, n: vec3f) -> f32 {
    let m = world_from_object.rows;
    let x = det_abs(m[0].x) * largest.x + det_abs(m[0].y) * largest.y + det_abs(m[0].z) * largest.z;
    let y = det_abs(m[1].x) * largest.x + det_abs(m[1].y) * largest.y + det_abs(m[1].z) * largest.z;
    let z = det_abs(m[2].x) * largest.x + det_abs(m[2].y) * largest.y + det_abs(m[2].z) * largest.z;
    let x_all = x + det_abs(m[0].w) + det_abs(position.x);
    let y_all = y + det_abs(m[1].w) + det_abs(position.y);
    let z_all = z + det_abs(m[2].w) + det_abs(position.z);
    return x_all * det_abs(n.x) + y_all * det_abs(n.y) + z_all * det_abs(n.z);
}

fn largest_of(a: vec3f, b: vec3f, c: vec3f) -> vec3f {
    return vec3f(
        det_max(det_max(det_abs(a.x), det_abs(b.x)), det_abs(c.x)),
        det_max(det_max(det_abs(a.y), det_abs(b.y)), det_abs(c.y)),
        det_max(det_max(det_abs(a.z), det_abs(b.z)), det_abs(c.z)),
    );
}

fn affine_determinant(m: Affine) -> f32 {
    let a = m.rows[0];
    let b = m.rows[1];
    let c = m.rows[2];
    return a.x * (b.y * c.z - b.z * c.y) + a.y * (b.z * c.x - b.x * c.z) + a.z * (b.x * c.y - b.y * c.x);
}

/// Twin: Affine::transposed_vector.
fn affine_transposed_vector(m: Affine, n: vec3f) -> vec3f {
    return m.rows[0].xyz * n.x + m.rows[1].xyz * n.y + m.rows[2].xyz * n.z;
}

fn uv_area(a: array<f32, 2>, b: array<f32, 2>, c: array<f32, 2>) -> f32 {
    return det_abs((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]));
}

fn interpolate_2(a: array<f32, 2>, b: array<f32, 2>, c: array<f32, 2>, w: vec3f) -> vec2f {
    return vec2f(a[0] * w.x + b[0] * w.y + c[0] * w.z, a[1] * w.x + b[1] * w.y + c[1] * w.z);
}

/// Twin: Vec3::dot. Spelt out, since drivers add the products of the built-in in an order of their own.
fn vec3_dot(a: vec3f, b: vec3f) -> f32 {
    return a.x * b.x + a.y * b.y + a.z * b.z;
}

fn unit_or(v: vec3f, fallback: vec3f) -> vec3f {
    let length = sqrt(vec3_dot(v, v));
    if length > MIN_LENGTH {
        return v * (1.0 / length);
    }
    return fallback;
}

fn vec3_of(v: array<f32, 3>) -> vec3f {
    return vec3f(v[0], v[1], v[2]);
}

fn vec4_of(v: array<f32, 4>) -> vec4f {
    return vec4f(v[0], v[1], v[2], v[3]);
}
