//! Single lobes: GGX with two roughnesses, refraction, fibres; and what they reflect in all. Twin:
//! src/render/cpu/lobes.rs, which has the sources. Knows no materials.

const MIN_SHEEN_ALPHA: f32 = 5.0e-3;
const MIN_ALBEDO: f32 = 0.05;
/// Shapes of the tables: src/render/cpu/tables.rs.
const GLASS_INDICES: u32 = 40u;
const GLASS_ROUGHNESSES: u32 = 24u;
const GLASS_COSINES: u32 = 20u;
const GLASS_MAX_INDEX: f32 = 3.0;
const ANISOTROPIC_AT: u32 = 38400u;
const ANISOTROPIC_FIRST: f32 = 0.17782794;
const ANISOTROPIC_ROUGHNESSES: u32 = 20u;
const ANISOTROPIC_STRETCHES: u32 = 18u;
const ANISOTROPIC_AZIMUTHS: u32 = 12u;
const ANISOTROPIC_COSINES: u32 = 18u;
const SHEEN_AT: u32 = 193920u;
const SHEEN_ROUGHNESSES: u32 = 32u;
const SHEEN_COSINES: u32 = 32u;

/// The node before a value, and the share of the next one.
struct Between {
    node: u32,
    share: f32,
}

fn ggx_density(h: vec3f, alpha: vec2f) -> f32 {
    let x = h.x / alpha.x;
    let y = h.y / alpha.y;
    let q = x * x + y * y + h.z * h.z;
    return FRAC_1_PI / (alpha.x * alpha.y * q * q);
}

fn ggx_stretch(v: vec3f, alpha: vec2f) -> f32 {
    let x = alpha.x * v.x;
    let y = alpha.y * v.y;
    return sqrt(x * x + y * y + v.z * v.z);
}

fn ggx_visibility(nv: f32, nl: f32, stretch_v: f32, stretch_l: f32) -> f32 {
    return 0.5 / det_max(nl * stretch_v + nv * stretch_l, MIN_VISIBILITY);
}

fn fresnel_cosine(vh: f32, eta: f32) -> f32 {
    if eta >= 1.0 {
        return vh;
    }
    return sqrt(det_max(1.0 - (1.0 - vh * vh) / (eta * eta), 0.0));
}

fn fresnel(f0: vec3f, f90: f32, cosine: f32) -> vec3f {
    return f0 + (vec3f(f90) - f0) * schlick_weight(cosine);
}

fn refracted(wo: vec3f, h: vec3f, eta: f32) -> vec3f {
    let vh = vec3_dot(wo, h);
    let cos2 = 1.0 - (1.0 - vh * vh) / (eta * eta);
    if cos2 <= 0.0 {
        return vec3f(0.0, 0.0, 1.0);
    }
    return h * (vh / eta - sqrt(cos2)) - wo * (1.0 / eta);
}

fn refraction_normal(wo: vec3f, wi: vec3f, eta: f32) -> vec3f {
    let sum = wo + wi * eta;
    let length = sqrt(vec3_dot(sum, sum));
    if length <= MIN_COSINE {
        return vec3f(0.0);
    }
    let side = select(-1.0, 1.0, sum.z > 0.0);
    return sum * (side / length);
}

fn sheen_density(nh: f32, alpha: f32) -> f32 {
    let sine2 = det_max(1.0 - nh * nh, MIN_VISIBILITY);
    return (2.0 + 1.0 / alpha) * det_pow(sine2, 0.5 / alpha) * (0.5 * FRAC_1_PI);
}

fn sheen_lambda(cosine: f32, alpha: f32) -> f32 {
    let t = (1.0 - alpha) * (1.0 - alpha);
    if cosine < 0.5 {
        return det_exp(sheen_curve(cosine, t));
    }
    return det_exp(2.0 * sheen_curve(0.5, t) - sheen_curve(1.0 - cosine, t));
}

fn sheen_curve(x: f32, t: f32) -> f32 {
    let a = 21.5473 + 3.7772 * t;
    let b = 3.82987 - 0.50552 * t;
    let c = 0.19823 - 0.03022 * t;
    let d = 0.70367 * t - 1.97760;
    let e = -4.32054 - 0.53913 * t;
    return a / (1.0 + b * det_pow(det_max(x, MIN_COSINE), c)) + d * x + e;
}

fn sheen_value(nv: f32, nl: f32, nh: f32, alpha: f32) -> f32 {
    let shadow = 1.0 + sheen_lambda(nv, alpha) + sheen_lambda(nl, alpha);
    return sheen_density(nh, alpha) * 0.25 / (shadow * det_max(nv, MIN_COSINE));
}

fn between_nodes(x: f32, n: u32) -> Between {
    let i = at_most(u32(x), n - 2u);
    return Between(i, x - f32(i));
}

fn sheen_albedo(roughness: f32, cosine: f32) -> f32 {
    let y = between_nodes(det_min(roughness, 1.0) * f32(SHEEN_ROUGHNESSES - 1u), SHEEN_ROUGHNESSES);
    let x = between_nodes(sqrt(det_min(cosine, 1.0)) * f32(SHEEN_COSINES - 1u), SHEEN_COSINES);
    let i = SHEEN_AT + y.node * SHEEN_COSINES + x.node;
    let near = along_row(i, x.share);
    let far = along_row(i + SHEEN_COSINES, x.share);
    return near + (far - near) * y.share;
}

fn glass_albedo(roughness: f32, cosine: f32, eta: f32) -> f32 {
    let index = select(1.0 / eta, eta, eta >= 1.0);
    let first = select(GLASS_INDICES, 0u, eta >= 1.0);
    let scaled = sqrt((det_min(index, GLASS_MAX_INDEX) - 1.0) * (1.0 / (GLASS_MAX_INDEX - 1.0)));
    let z = between_nodes(scaled * f32(GLASS_INDICES - 1u), GLASS_INDICES);
    let y = between_nodes(det_min(roughness, 1.0) * f32(GLASS_ROUGHNESSES - 1u), GLASS_ROUGHNESSES);
    let x = between_nodes(sqrt(det_min(cosine, 1.0)) * f32(GLASS_COSINES - 1u), GLASS_COSINES);
    let i = ((first + z.node) * GLASS_ROUGHNESSES + y.node) * GLASS_COSINES + x.node;
    let stride = GLASS_ROUGHNESSES * GLASS_COSINES;
    let a = along_row(i, x.share);
    let b = along_row(i + GLASS_COSINES, x.share);
    let c = along_row(i + stride, x.share);
    let d = along_row(i + stride + GLASS_COSINES, x.share);
    let near = a + (b - a) * y.share;
    let far = c + (d - c) * y.share;
    return near + (far - near) * z.share;
}

fn anisotropic_albedo(alpha: vec2f, wo: vec3f) -> vec2f {
    let along = sqrt(alpha.x);
    let across = sqrt(alpha.y);
    let flat_length = sqrt(wo.x * wo.x + wo.y * wo.y);
    let azimuth = sqrt(det_min(det_abs(wo.x) / det_max(flat_length, MIN_COSINE), 1.0));
    let above = det_max(sqrt(across) - ANISOTROPIC_FIRST, 0.0) * (1.0 / (1.0 - ANISOTROPIC_FIRST));
    let a = between_nodes(above * f32(ANISOTROPIC_ROUGHNESSES - 1u), ANISOTROPIC_ROUGHNESSES);
    let stretch = sqrt(det_max(along - across, 0.0) / det_max(1.0 - across, MIN_COSINE));
    let b = between_nodes(stretch * f32(ANISOTROPIC_STRETCHES - 1u), ANISOTROPIC_STRETCHES);
    let c = between_nodes(azimuth * f32(ANISOTROPIC_AZIMUTHS - 1u), ANISOTROPIC_AZIMUTHS);
    let cosine = sqrt(det_min(det_abs(wo.z), 1.0));
    let d = between_nodes(cosine * f32(ANISOTROPIC_COSINES - 1u), ANISOTROPIC_COSINES);
    let first = ((a.node * ANISOTROPIC_STRETCHES + b.node) * ANISOTROPIC_AZIMUTHS + c.node) * ANISOTROPIC_COSINES + d.node;
    var sum = vec2f(0.0);
    for (var corner = 0u; corner < 16u; corner += 1u) {
        let ra = corner & 1u;
        let rb = (corner >> 1u) & 1u;
        let rc = (corner >> 2u) & 1u;
        let rd = corner >> 3u;
        let next = ((ra * ANISOTROPIC_STRETCHES + rb) * ANISOTROPIC_AZIMUTHS + rc) * ANISOTROPIC_COSINES + rd;
        let i = ANISOTROPIC_AT + 2u * (first + next);
        let weight = node_share(a.share, ra) * node_share(b.share, rb) * node_share(c.share, rc) * node_share(d.share, rd);
        sum += vec2f(load_lobe_albedo(i), load_lobe_albedo(i + 1u)) * weight;
    }
    return sum;
}

fn node_share(share: f32, next: u32) -> f32 {
    return select(share, 1.0 - share, next == 0u);
}

fn along_row(i: u32, share: f32) -> f32 {
    let near = load_lobe_albedo(i);
    return near + (load_lobe_albedo(i + 1u) - near) * share;
}
