//! What the ray through a pixel's centre meets: the layers that are no means. Twin: src/render/cpu/geometry.rs.
//! Knows no light.

/// What the ray through a pixel's centre meets. Fields as in the twin.
struct GeometrySample {
    depth: f32,
    distance: f32,
    normal: vec3f,
    roughness: f32,
    metallic: f32,
    instance: u32,
    semantic: u32,
}

/// More about the same point. Fields as in the twin.
struct PointSample {
    position: vec3f,
    normal: vec3f,
    uv: vec2f,
    emission: vec3f,
    material: u32,
    part: u32,
}

/// A surface that a camera ray has met. Fields as in the twin; `stops` false of what was found: nothing was.
struct Seen {
    place: Place,
    triangle_idx: u32,
    weights: vec2f,
    base_color: vec3f,
    depth: f32,
    distance: f32,
    cone_area: f32,
    stops: bool,
}

fn center_ray(pixel: vec2<u32>) -> Ray {
    return camera_ray(load_view(), pixel, vec2f(0.5));
}

fn find_seen(camera: Ray) -> Seen {
    let length = sqrt(vec3_dot(camera.direction, camera.direction));
    var ray = camera;
    var t = 0.0;
    var nothing: Seen;
    for (var n_surfaces = 0u; n_surfaces < MAX_SURFACES; n_surfaces += 1u) {
        let hit = trace_closest(ray);
        if hit.instance_idx == NONE {
            break;
        }
        t += hit.t;
        let seen = look_at(hit, ray.direction, t, length);
        if seen.stops {
            return seen;
        }
        ray.origin = ray_origin(seen.place, -1.0);
    }
    return nothing;
}

fn is_seen_alone(camera: Ray, instance_idx: u32) -> bool {
    let length = sqrt(vec3_dot(camera.direction, camera.direction));
    var ray = camera;
    var t = 0.0;
    for (var n_surfaces = 0u; n_surfaces < MAX_SURFACES; n_surfaces += 1u) {
        let hit = trace_instance(ray, instance_idx);
        if hit.instance_idx == NONE {
            break;
        }
        t += hit.t;
        let seen = look_at(hit, ray.direction, t, length);
        if seen.stops {
            return true;
        }
        ray.origin = ray_origin(seen.place, -1.0);
    }
    return false;
}

fn look_at(hit: Hit, direction: vec3f, t: f32, length: f32) -> Seen {
    let place = find_place(hit, direction);
    let material = load_material(place.material_idx);
    let view = load_view();
    let width = camera_cone(view, 1u) + camera_spread(view, 1u) * t * length;
    let cone_area = width * width * level_jitter(0x80000000u);
    let color = find_color(place, material, cone_area);
    let stops = camera_sees(place, material) && coverage(material, color.w) >= 0.5;
    return Seen(
        place,
        hit.triangle_idx,
        vec2f(hit.u, hit.v),
        color.xyz,
        camera_depth(view, direction, t),
        t * length,
        cone_area,
        stops,
    );
}

fn geometry_of(seen: Seen) -> GeometrySample {
    let material = load_material(seen.place.material_idx);
    let surface = find_surface(seen.place, material, seen.base_color, seen.cone_area);
    let instance = load_instance(seen.place.instance_idx);
    return GeometrySample(
        seen.depth,
        seen.distance,
        surface.normal,
        surface.roughness,
        surface.metallic,
        instance.object_id,
        instance.class_id,
    );
}

fn point_of(seen: Seen) -> PointSample {
    let place = seen.place;
    let instance = load_instance(place.instance_idx);
    let material = load_material(place.material_idx);
    var out = PointSample(place.position, place.geometric_normal, place.uv0, vec3f(0.0), 0u, 0u);
    if (material.flags & MATERIAL_UNLIT) == 0u {
        out.emission = find_emission(place, material, seen.cone_area);
    }
    if instance.object_id != 0u {
        out.material = place.material_idx - instance.material_base + 1u;
        out.part = load_triangle(place.mesh_idx, seen.triangle_idx).part + 1u;
    }
    return out;
}
