//! How any surface scatters, plain or with extensions. Twin: src/render/cpu/scatter.rs. Knows no scene.

fn leaves_above(b: Bsdf, direction: vec3f) -> bool {
    return vec3_dot(direction, b.geometric_normal) > 0.0 || (b.is_lifted && vec3_dot(direction, b.normal) > 0.0);
}

fn evaluate_bsdf(b: Bsdf, wi: vec3f) -> BsdfValue {
    let z = vec3_dot(wi, b.normal);
    let is_above = leaves_above(b, wi);
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
    if b.is_layered {
        let drawn = draw_layers(b, choice, u);
        let direction = to_world(b, drawn.direction);
        return select(direction, vec3f(0.0), leaves_above(b, direction) == drawn.is_below);
    }
    return to_world(b, draw_lobes(b, choice, u));
}

fn to_world(b: Bsdf, local: vec3f) -> vec3f {
    return b.tangent * local.x + b.bitangent * local.y + b.normal * local.z;
}

fn weigh_sample(b: Bsdf, direction: vec3f, v: BsdfValue) -> BsdfSample {
    if v.pdf <= 0.0 || vec3_dot(direction, direction) <= 0.0 {
        return no_sample();
    }
    let weight = v.value * (1.0 / v.pdf);
    return BsdfSample(direction, weight, v.pdf, vec3_dot(direction, b.normal), !leaves_above(b, direction));
}

fn sample_bsdf(b: Bsdf, choice: u32, place: vec2<u32>) -> BsdfSample {
    let direction = draw_bsdf(b, choice, place);
    return weigh_sample(b, direction, evaluate_bsdf(b, direction));
}
