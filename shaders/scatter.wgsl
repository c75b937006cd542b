//! How any surface scatters, plain or with extensions. Twin: src/render/cpu/scatter.rs. Knows no scene.

fn evaluate_bsdf(b: Bsdf, wi: vec3f) -> BsdfValue {
    let z = vec3_dot(wi, b.normal);
    let is_above = vec3_dot(wi, b.geometric_normal) > 0.0 || (z > 0.0 && b.is_lifted);
    if !is_above && !(z < 0.0 && b.has_below) {
        return BsdfValue(vec3f(0.0), 0.0);
    }
    let local = vec3f(vec3_dot(wi, b.tangent), vec3_dot(wi, b.bitangent), z);
    if b.is_layered {
        return evaluate_layers(b, local, is_above);
    }
    if z <= 0.0 {
        return BsdfValue(vec3f(0.0), 0.0);
    }
    return evaluate_lobes(b, local);
}

fn draw_bsdf(b: Bsdf, choice: u32, place: vec2<u32>) -> vec3f {
    let u = vec2f(unit_float(place.x), unit_float(place.y));
    var wi: vec3f;
    if b.is_layered {
        wi = draw_layers(b, choice, u);
    } else {
        wi = draw_lobes(b, choice, u);
    }
    return b.tangent * wi.x + b.bitangent * wi.y + b.normal * wi.z;
}

fn weigh_sample(b: Bsdf, direction: vec3f, v: BsdfValue) -> BsdfSample {
    if v.pdf <= 0.0 || vec3_dot(direction, direction) <= 0.0 {
        return no_sample();
    }
    let z = vec3_dot(direction, b.normal);
    let is_above = vec3_dot(direction, b.geometric_normal) > 0.0 || (z > 0.0 && b.is_lifted);
    return BsdfSample(direction, v.value * (1.0 / v.pdf), v.pdf, det_abs(z), !is_above);
}

fn sample_bsdf(b: Bsdf, choice: u32, place: vec2<u32>) -> BsdfSample {
    let direction = draw_bsdf(b, choice, place);
    return weigh_sample(b, direction, evaluate_bsdf(b, direction));
}
