//! The compute entry points: one invocation a pixel of a tile. Knows the film's layout, nothing of light.
//!
//! The film is zero before: where nothing is met nothing is written. A pixel adds its samples in order, within a dispatch and from one to the next: the sum is the CPU's.

@compute @workgroup_size(8, 8)
fn paths(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = params.tile_row + id.y;
    if id.x >= params.view.width || row >= params.tile_end_row {
        return;
    }
    let at = row * params.view.width + id.x;
    var radiance = bitcast<vec4f>(film[at]);
    var albedo = bitcast<vec4f>(film[params.band_pixels + at]);
    for (var sample_idx = params.first_sample; sample_idx < params.end_sample; sample_idx += 1u) {
        let s = trace_path(vec2<u32>(id.x, params.band_row + row), sample_idx);
        radiance += vec4f(s.radiance, s.alpha);
        albedo += vec4f(s.albedo, 0.0);
    }
    film[at] = bitcast<vec4<u32>>(radiance);
    film[params.band_pixels + at] = bitcast<vec4<u32>>(albedo);
}

@compute @workgroup_size(8, 8)
fn alpha_albedo(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = params.tile_row + id.y;
    if id.x >= params.view.width || row >= params.tile_end_row {
        return;
    }
    let at = row * params.view.width + id.x;
    var radiance = bitcast<vec4f>(film[at]);
    var albedo = bitcast<vec4f>(film[params.band_pixels + at]);
    for (var sample_idx = params.first_sample; sample_idx < params.end_sample; sample_idx += 1u) {
        let s = trace_alpha_albedo(vec2<u32>(id.x, params.band_row + row), sample_idx);
        radiance += vec4f(s.radiance, s.alpha);
        albedo += vec4f(s.albedo, 0.0);
    }
    film[at] = bitcast<vec4<u32>>(radiance);
    film[params.band_pixels + at] = bitcast<vec4<u32>>(albedo);
}

@compute @workgroup_size(8, 8)
fn geometry_planes(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = params.tile_row + id.y;
    if id.x >= params.view.width || row >= params.tile_end_row {
        return;
    }
    let at = params.geometry_plane + row * params.view.width + id.x;
    let seen = find_seen(center_ray(vec2<u32>(id.x, params.band_row + row)));
    if !seen.stops {
        return;
    }
    let s = geometry_of(seen);
    film[at] = bitcast<vec4<u32>>(vec4f(s.depth, s.distance, s.roughness, s.metallic));
    let ids = s.instance | (s.semantic << 16u);
    film[params.band_pixels + at] = vec4<u32>(bitcast<vec3<u32>>(s.normal), ids);
}

@compute @workgroup_size(8, 8)
fn point_planes(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = params.tile_row + id.y;
    if id.x >= params.view.width || row >= params.tile_end_row {
        return;
    }
    let at = params.point_plane + row * params.view.width + id.x;
    let seen = find_seen(center_ray(vec2<u32>(id.x, params.band_row + row)));
    if !seen.stops {
        return;
    }
    let s = point_of(seen);
    let ids = s.material | (s.part << 16u);
    film[at] = vec4<u32>(bitcast<vec3<u32>>(s.position), ids);
    film[params.band_pixels + at] = bitcast<vec4<u32>>(vec4f(s.normal, s.uv.x));
    film[2u * params.band_pixels + at] = bitcast<vec4<u32>>(vec4f(s.emission, s.uv.y));
}

@compute @workgroup_size(8, 8)
fn hit_planes(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = params.tile_row + id.y;
    if id.x >= params.view.width || row >= params.tile_end_row {
        return;
    }
    let at = params.hit_plane + row * params.view.width + id.x;
    let seen = find_seen(center_ray(vec2<u32>(id.x, params.band_row + row)));
    if !seen.stops {
        return;
    }
    film[at] = vec4<u32>(seen.place.instance_idx + 1u, seen.triangle_idx, bitcast<vec2<u32>>(seen.weights));
}

@compute @workgroup_size(8, 8)
fn amodal_planes(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = params.tile_row + id.y;
    if id.x >= params.view.width || row >= params.tile_end_row {
        return;
    }
    let at = params.amodal_plane + row * params.view.width + id.x;
    let ray = center_ray(vec2<u32>(id.x, params.band_row + row));
    for (var k = 0u; k < placed_count(); k += 1u) {
        let instance_idx = load_placed(k);
        let object_id = load_instance(instance_idx).object_id;
        if object_id != 0u && is_seen_alone(ray, instance_idx) {
            let bit = object_id - 1u;
            film[bit / 128u * params.band_pixels + at][bit / 32u % 4u] |= 1u << (bit % 32u);
        }
    }
}
