//! How a surface scatters: glTF 2.0's metallic-roughness (Appendix B). Twin: src/render/cpu/bsdf.rs, which tells the two
//! models and their sources. Knows no scene.

const FRAC_1_PI: f32 = 0.31830987;
const MIN_ALPHA: f32 = 1.0e-3;
const MIN_COSINE: f32 = 1.0e-5;
const DIELECTRIC_F0: f32 = 0.04;
const CHANCES: u32 = 256u;
const CHANCE: f32 = 0.00390625;
const CHANCE_SHIFT: u32 = 24u;
const MIN_SPECULAR_CHANCES: u32 = 26u;
const SCHLICK_MEAN: f32 = 0.04761905;
const MIN_LOSS: f32 = 1.0e-6;
const MIN_VISIBILITY: f32 = 1.0e-20;
/// Shape of the albedo table: src/render/cpu/tables.rs.
const ALBEDO_COSINES: u32 = 32u;
const ALBEDO_ROUGHNESSES: u32 = 32u;
const LUMINANCE: vec3f = vec3f(0.212671, 0.71516, 0.072169);

/// A surface's scattering towards one viewer. Fields as in the twin.
struct Bsdf {
    tangent: vec3f,
    bitangent: vec3f,
    normal: vec3f,
    geometric_normal: vec3f,
    wo: vec3f,
    alpha: f32,
    roughness: f32,
    f0: vec3f,
    diffuse: vec3f,
    multiple: vec3f,
    specular_chances: u32,
    literal: bool,
    is_lifted: bool,
    is_layered: bool,
    is_sharp: bool,
    has_below: bool,
    layers: Layers,
}

/// What a surface with extensions has beside. Fields as in the twin.
struct Layers {
    alpha: vec2f,
    metallic: f32,
    base_color: vec3f,
    f0: vec3f,
    f90: f32,
    eta: f32,
    is_thin: bool,
    iridescence: f32,
    film_ior: f32,
    film_nm: f32,
    reflect_scale: f32,
    transmitted: vec3f,
    diffuse_below: vec3f,
    kept: vec3f,
    sheen_color: vec3f,
    sheen_alpha: f32,
    sheen_roughness: f32,
    sheen_scale: f32,
    rest: f32,
    coat: f32,
    coat_alpha: f32,
    coat_normal: vec3f,
    chances: array<u32, 5>,
}

/// BSDF × |cos| and the pdf (1/sr) of drawing the direction.
struct BsdfValue {
    value: vec3f,
    pdf: f32,
}

/// A drawn direction. Fields as in the twin.
struct BsdfSample {
    direction: vec3f,
    weight: vec3f,
    pdf: f32,
    cosine: f32,
    is_below: bool,
}

/// Twin: NO_LAYERS.
fn no_layers() -> Layers {
    return Layers(
        vec2f(1.0),
        0.0,
        vec3f(0.0),
        vec3f(0.0),
        1.0,
        1.0,
        true,
        0.0,
        1.0,
        0.0,
        1.0,
        vec3f(0.0),
        vec3f(0.0),
        vec3f(0.0),
        vec3f(0.0),
        1.0,
        1.0,
        1.0,
        1.0,
        0.0,
        1.0,
        vec3f(0.0, 0.0, 1.0),
        array<u32, 5>(0u, 0u, 0u, 0u, 0u),
    );
}

/// Twin: NO_SAMPLE.
fn no_sample() -> BsdfSample {
    return BsdfSample(vec3f(0.0, 0.0, 1.0), vec3f(0.0), 0.0, 0.0, false);
}

/// Two unit vectors that complete a unit one to a frame.
struct TangentFrame {
    tangent: vec3f,
    bitangent: vec3f,
}

fn make_bsdf(
    normal: vec3f,
    geometric_normal: vec3f,
    wo: vec3f,
    base_color: vec3f,
    metallic: f32,
    roughness: f32,
    literal: bool,
    is_lifted: bool,
) -> Bsdf {
    let frame = tangent_frame(normal);
    let local = vec3f(vec3_dot(wo, frame.tangent), vec3_dot(wo, frame.bitangent), vec3_dot(wo, normal));
    var alpha = roughness * roughness;
    if alpha < MIN_ALPHA {
        alpha = MIN_ALPHA;
    }
    let dielectric = 1.0 - metallic;
    let f0 = vec3f(DIELECTRIC_F0 * dielectric) + base_color * metallic;
    var diffuse = base_color * (dielectric * FRAC_1_PI);
    var multiple = vec3f(0.0);
    var lost = 0.0;
    if !literal {
        let albedo = lobe_albedo(roughness, det_abs(local.z));
        let mean = lobe_albedo_mean(roughness);
        diffuse = diffuse * ((1.0 - albedo.y) / (1.0 - mean.y));
        if metallic > 0.0 {
            lost = metallic * (1.0 - albedo.x);
            multiple = multiple_scattering(base_color, mean.x) * (lost * FRAC_1_PI / det_max(1.0 - mean.x, MIN_LOSS));
        }
    }
    let chances = specular_chances(local.z, base_color, metallic, lost);
    return Bsdf(
        frame.tangent,
        frame.bitangent,
        normal,
        geometric_normal,
        local,
        alpha,
        roughness,
        f0,
        diffuse,
        multiple,
        chances,
        literal,
        is_lifted,
        false,
        false,
        false,
        no_layers(),
    );
}

fn multiple_scattering(f0: vec3f, mean_albedo: f32) -> vec3f {
    let f = f0 + (vec3f(1.0) - f0) * SCHLICK_MEAN;
    let loss = 1.0 - mean_albedo;
    return f * f * mean_albedo / (vec3f(1.0) - f * loss);
}

fn specular_chances(cosine: f32, base_color: vec3f, metallic: f32, lost: f32) -> u32 {
    if cosine <= MIN_COSINE {
        return 0u;
    }
    let schlick = schlick_weight(det_min(cosine, 1.0));
    let fresnel = DIELECTRIC_F0 + (1.0 - DIELECTRIC_F0) * schlick;
    let luminance = vec3_dot(base_color, LUMINANCE);
    let metal = luminance + (1.0 - luminance) * schlick;
    let specular = fresnel + (metal - fresnel) * metallic;
    let diffuse = (1.0 - metallic) * (1.0 - fresnel) * luminance + lost * luminance;
    let share = specular / det_max(specular + diffuse, MIN_LOSS);
    let chances = u32(share * f32(CHANCES) + 0.5);
    if chances < MIN_SPECULAR_CHANCES {
        return MIN_SPECULAR_CHANCES;
    }
    if chances >= CHANCES && diffuse > 0.0 {
        return CHANCES - 1u;
    }
    return chances;
}

fn evaluate_lobes(b: Bsdf, wi: vec3f) -> BsdfValue {
    let sum = b.wo + wi;
    let h = sum * (1.0 / sqrt(vec3_dot(sum, sum)));
    let nl = wi.z;
    let nv = det_max(det_abs(b.wo.z), MIN_COSINE);
    let vh = det_abs(vec3_dot(b.wo, h));
    let a2 = b.alpha * b.alpha;
    var d = 0.0;
    if h.z > 0.0 {
        let q = a2 * h.z * h.z + h.x * h.x + h.y * h.y;
        d = a2 * FRAC_1_PI / (q * q);
    }
    let sl = sqrt(a2 + (1.0 - a2) * nl * nl);
    let sv = sqrt(a2 + (1.0 - a2) * nv * nv);
    let visibility = 0.5 / det_max(nl * sv + nv * sl, MIN_VISIBILITY);
    let schlick = schlick_weight(vh);
    let specular = visibility * d;
    let fresnel = b.f0 + (vec3f(1.0) - b.f0) * schlick;
    var base = b.diffuse;
    if b.literal {
        let coat = DIELECTRIC_F0 + (1.0 - DIELECTRIC_F0) * schlick;
        base = base * (1.0 - coat);
    } else {
        let albedo = lobe_albedo(b.roughness, nl);
        base = base * (1.0 - albedo.y) + b.multiple * (1.0 - albedo.x);
    }
    let value = (fresnel * specular + base) * nl;
    let p_specular = f32(b.specular_chances) * CHANCE;
    let pdf = p_specular * d * 0.5 / (visible_bound(b) * nv + sv) + (1.0 - p_specular) * nl * FRAC_1_PI;
    return BsdfValue(value, pdf);
}

fn draw_lobes(b: Bsdf, choice: u32, u: vec2f) -> vec3f {
    if (choice >> CHANCE_SHIFT) >= b.specular_chances {
        return sample_cosine(u);
    }
    let h = sample_visible_normal(b.wo, vec2f(b.alpha), visible_bound(b), u);
    let wi = h * (2.0 * vec3_dot(b.wo, h)) - b.wo;
    if wi.z <= 0.0 {
        return vec3f(0.0);
    }
    return wi;
}

fn visible_bound(b: Bsdf) -> f32 {
    if b.wo.z <= 0.0 {
        return 1.0;
    }
    return ggx_bound(b.wo, b.alpha);
}

fn ggx_bound(wo: vec3f, alpha: f32) -> f32 {
    let s = 1.0 + sqrt(wo.x * wo.x + wo.y * wo.y);
    let a2 = alpha * alpha;
    let s2 = s * s;
    return (1.0 - a2) * s2 / (s2 + a2 * wo.z * wo.z);
}

fn sample_visible_normal(wo: vec3f, alpha: vec2f, bound: f32, u: vec2f) -> vec3f {
    let stretched = vec3f(wo.x * alpha.x, wo.y * alpha.y, wo.z);
    let v = stretched * (1.0 / sqrt(vec3_dot(stretched, stretched)));
    let turn = det_sin_cos_turns(u.x);
    let least = bound * v.z;
    let z = (1.0 - u.y) * (1.0 + least) - least;
    let sin_theta = sqrt(det_max(1.0 - z * z, 0.0));
    let cap = vec3f(sin_theta * turn.y + v.x, sin_theta * turn.x + v.y, z + v.z);
    let h = vec3f(cap.x * alpha.x, cap.y * alpha.y, det_max(cap.z, MIN_VISIBILITY));
    return h * (1.0 / sqrt(vec3_dot(h, h)));
}

fn sample_cosine(u: vec2f) -> vec3f {
    let radius = sqrt(u.x);
    let turn = det_sin_cos_turns(u.y);
    return vec3f(radius * turn.y, radius * turn.x, sqrt(1.0 - u.x));
}

fn lobe_albedo(roughness: f32, cosine: f32) -> vec2f {
    let y = det_min(roughness, 1.0) * f32(ALBEDO_ROUGHNESSES - 1u);
    let x = sqrt(det_min(cosine, 1.0)) * f32(ALBEDO_COSINES - 1u);
    let row = at_most(u32(y), ALBEDO_ROUGHNESSES - 2u);
    let column = at_most(u32(x), ALBEDO_COSINES - 2u);
    let fy = y - f32(row);
    let fx = x - f32(column);
    let i = row * ALBEDO_COSINES + column;
    let j = i + ALBEDO_COSINES;
    let wa = (1.0 - fx) * (1.0 - fy);
    let wb = fx * (1.0 - fy);
    let wc = (1.0 - fx) * fy;
    let wd = fx * fy;
    return load_albedo(i) * wa + load_albedo(i + 1u) * wb + load_albedo(j) * wc + load_albedo(j + 1u) * wd;
}

fn lobe_albedo_mean(roughness: f32) -> vec2f {
    let y = det_min(roughness, 1.0) * f32(ALBEDO_ROUGHNESSES - 1u);
    let row = at_most(u32(y), ALBEDO_ROUGHNESSES - 2u);
    let fy = y - f32(row);
    return load_albedo_mean(row) * (1.0 - fy) + load_albedo_mean(row + 1u) * fy;
}

fn schlick_weight(cosine: f32) -> f32 {
    let x = 1.0 - cosine;
    let x2 = x * x;
    return x2 * x2 * x;
}

fn tangent_frame(n: vec3f) -> TangentFrame {
    let side = select(-1.0, 1.0, n.z >= 0.0);
    let a = -1.0 / (side + n.z);
    let b = n.x * n.y * a;
    return TangentFrame(
        vec3f(1.0 + side * n.x * n.x * a, side * b, -side * n.x),
        vec3f(b, side + n.y * n.y * a, -n.y),
    );
}

fn at_most(i: u32, last: u32) -> u32 {
    return select(last, i, i < last);
}
