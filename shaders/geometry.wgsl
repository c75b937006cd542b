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

fn center_ray(pixel: vec2<u32>) -> Ray {
    return camera_ray(load_view(), pixel, vec2f(0.5));
}

fn trace_geometry(pixel: vec2<u32>) -> GeometrySample {
    var ray = center_ray(pixel);
    let length = sqrt(vec3_dot(ray.direction, ray.direction));
    let view = load_view();
    let spread = camera_spread(view, 1u);
    let cone = camera_cone(view, 1u);
    var t = 0.0;
    for (var n_surfaces = 0u; n_surfaces < MAX_SURFACES; n_surfaces += 1u) {
        let hit = trace_closest(ray);
        if hit.instance_idx == NONE {
            break;
        }
        t += hit.t;
        let place = find_place(hit, ray.direction);
        let material = load_material(place.material_idx);
        let width = cone + spread * t * length;
        let cone_area = width * width * level_jitter(0x80000000u);
        let color = find_color(place, material, cone_area);
        if camera_sees(place, material) && coverage(material, color.w) >= 0.5 {
            let surface = find_surface(place, material, color.xyz, cone_area);
            let instance = load_instance(hit.instance_idx);
            return GeometrySample(
                camera_depth(view, ray.direction, t),
                t * length,
                surface.normal,
                surface.roughness,
                surface.metallic,
                instance.object_id,
                instance.class_id,
            );
        }
        ray.origin = ray_origin(place, -1.0);
    }
    return GeometrySample(0.0, 0.0, vec3f(0.0), 0.0, 0.0, 0u, 0u);
}
