//! How any surface scatters, plain or with extensions. Twin: src/render/cpu/scatter.rs. Knows no scene.

fn evaluate_bsdf(b: Bsdf, wi: vec3f) -> BsdfValue {
    let z = vec3_dot(wi, b.normal);
    let is_above = vec3_dot(wi, b.geometric_normal) > 0.0 || (z > 0.0 && b.is_lifted);
    let local = vec3f(vec3_dot(wi, b.tangent), vec3_dot(wi, b.bitangent), z);
    if b.is_layered {
        if is_above {
            return evaluate_above(b, local);
        }
        if z < 0.0 && b.has_below {
            return evaluate_below(b, local);
        }
        return BsdfValue(vec3f(0.0), 0.0);
    }
    if z <= 0.0 || !is_above {
        return BsdfValue(vec3f(0.0), 0.0);
    }
    return evaluate_lobes(b, local);
}

fn sample_bsdf(b: Bsdf, choice: u32, place: vec2<u32>) -> BsdfSample {
    let u = vec2f(unit_float(place.x), unit_float(place.y));
    if b.is_layered {
        return sample_layers(b, choice, u);
    }
    return sample_lobes(b, choice, u);
}
