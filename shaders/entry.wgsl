//! The compute entry points: one invocation a pixel of a tile. Knows the film's layout, nothing of light.
//!
//! A pixel adds its samples in order, within a dispatch and from one to the next: the sum is the CPU's.

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
    let s = trace_geometry(vec2<u32>(id.x, params.band_row + row));
    film[at] = bitcast<vec4<u32>>(vec4f(s.depth, s.distance, s.roughness, s.metallic));
    let ids = s.instance | (s.semantic << 16u);
    film[params.band_pixels + at] = vec4<u32>(bitcast<vec3<u32>>(s.normal), ids);
}
