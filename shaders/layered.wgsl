//! How a surface with extensions scatters: coat over fibres over (metal, or glass and diffuse base under its reflection).
//! Twin: src/render/cpu/layered.rs, which tells the models and their sources. Knows no scene.

const MIN_LOBE_CHANCES: u32 = 13u;
const MIN_BEND: f32 = 1.0e-3;
const SHARP_ALPHA: f32 = 1.1e-3;

/// Where light comes from and goes to. Fields as in the twin.
struct Boundary {
    before: f32,
    behind: f32,
    is_thin: bool,
    is_coated: bool,
    is_glossiness: bool,
    film_ior: f32,
}

/// Reflectances at a half vector.
struct FresnelTerms {
    dielectric: vec3f,
    metal: vec3f,
}

/// One number for all colours, and its pdf.
struct CoatValue {
    value: f32,
    pdf: f32,
}

/// A direction and the side that its lobe is of. Fields as in the twin.
struct LayerDraw {
    direction: vec3f,
    is_below: bool,
}

fn make_layers(plain: Bsdf, base_color: vec3f, plain_metallic: f32, e: Extended, place: Boundary) -> Bsdf {
    var b = plain;
    b.is_layered = true;
    b.roughness = e.roughness;
    let metallic = select(plain_metallic, 0.0, place.is_glossiness);
    var l = no_layers();
    l.metallic = metallic;
    l.base_color = base_color;
    let across = det_max(e.roughness * e.roughness, MIN_ALPHA);
    l.alpha = vec2f(across);
    if e.anisotropy > 0.0 {
        l.alpha.x = across + (1.0 - across) * (e.anisotropy * e.anisotropy);
        let flat_direction = e.anisotropy_direction - b.normal * vec3_dot(b.normal, e.anisotropy_direction);
        b.tangent = unit_or(flat_direction, b.tangent);
        b.bitangent = cross(b.normal, b.tangent);
        let wo = plain.tangent * plain.wo.x + plain.bitangent * plain.wo.y + plain.normal * plain.wo.z;
        b.wo = vec3f(vec3_dot(wo, b.tangent), vec3_dot(wo, b.bitangent), plain.wo.z);
        b.roughness = sqrt(0.5 * (l.alpha.x + l.alpha.y));
    }
    let nv = det_max(det_abs(b.wo.z), MIN_COSINE);

    l.f0 = e.specular_color;
    if !place.is_glossiness {
        let step_of = (place.behind - place.before) / (place.behind + place.before);
        let f0 = select(step_of * step_of, 1.0, place.behind <= 0.0);
        l.f0 = at_most_one(e.specular_color * f0) * e.specular;
        l.f90 = e.specular;
    }
    l.eta = 1.0;
    if !place.is_thin {
        l.eta = place.behind / place.before;
    }
    l.is_thin = place.is_thin || det_abs(l.eta - 1.0) < MIN_BEND;
    l.iridescence = e.iridescence;
    l.film_ior = place.film_ior;
    l.film_nm = e.iridescence_nm;

    var through = (1.0 - metallic) * e.transmission;
    if place.is_glossiness {
        through = 0.0;
    }
    let solid = 1.0 - metallic - through;
    var color = base_color;
    if place.is_glossiness {
        color = base_color * (1.0 - max_component(l.f0));
    }
    b.diffuse = color * (solid * (1.0 - e.diffuse_transmission) * FRAC_1_PI);
    l.diffuse_below = e.diffuse_transmission_color * (solid * e.diffuse_transmission * FRAC_1_PI);
    l.transmitted = base_color * through;
    b.multiple = vec3f(0.0);
    let terms = fresnel_terms(l, nv);
    var left = vec2f(1.0 - max_component(terms.dielectric), 1.0);
    if !b.literal {
        left = conserve(&b, &l, terms, nv, through);
    }
    coat_and_fibres(&b, &l, e, place);
    l.chances = layer_chances(b, l, terms, left, nv);
    b.layers = l;
    b.is_sharp = l.chances[0] == CHANCES && det_max(l.alpha.x, l.alpha.y) <= SHARP_ALPHA;
    b.has_below = max_component(l.transmitted) > 0.0 || max_component(l.diffuse_below) > 0.0;
    b.is_lifted = plain.is_lifted && !b.has_below;
    return b;
}

fn conserve(b: ptr<function, Bsdf>, l: ptr<function, Layers>, terms: FresnelTerms, nv: f32, through: f32) -> vec2f {
    var albedo = lobe_albedo((*b).roughness, nv);
    let mean = lobe_albedo_mean((*b).roughness);
    if (*l).alpha.x > (*l).alpha.y {
        albedo = anisotropic_albedo((*l).alpha, (*b).wo);
    }
    let whole = albedo.x;
    let f0 = (*l).f0 + (terms.dielectric - (*l).f0) * (*l).iridescence;
    let metal = (*l).base_color + (terms.metal - (*l).base_color) * (*l).iridescence;
    let top = max_component(f0);
    let again = multiple_scattering(vec3f(top), mean.x).x;
    let slope = ((*l).f90 - top) / (1.0 - DIELECTRIC_F0);
    (*l).kept = vec3f(again, top - again - slope * DIELECTRIC_F0, slope);
    let kept = (*l).kept.x + (*l).kept.y * whole + (*l).kept.z * albedo.y;
    let kept_mean = (*l).kept.x + (*l).kept.y * mean.x + (*l).kept.z * mean.y;
    var left = det_max(1.0 - kept_mean, MIN_LOSS);
    var share = det_max(1.0 - kept, 0.0) / left;
    if (*l).eta < 1.0 {
        (*l).kept = vec3f(0.0);
        share = 1.0 - max_component(terms.dielectric);
        left = 1.0;
    }
    (*b).diffuse = (*b).diffuse * share;
    (*l).diffuse_below = (*l).diffuse_below * share;
    let lost = (1.0 - whole) * FRAC_1_PI / det_max(1.0 - mean.x, MIN_LOSS);
    (*b).multiple = multiple_scattering(metal, mean.x) * ((*l).metallic * lost)
        + multiple_scattering(f0, mean.x) * ((1.0 - (*l).metallic - through) * lost);
    if through > 0.0 {
        var lone = whole;
        if !(*l).is_thin {
            lone = glass_albedo((*b).roughness, nv, (*l).eta);
        }
        let scale = 1.0 / det_max(lone, MIN_ALBEDO);
        (*l).transmitted = (*l).transmitted * scale;
        let glass_share = through / det_max(1.0 - (*l).metallic, MIN_LOSS);
        (*l).reflect_scale = 1.0 + glass_share * (scale - 1.0);
    }
    return vec2f(left, 1.0 - mean.x);
}

fn coat_and_fibres(b: ptr<function, Bsdf>, l: ptr<function, Layers>, e: Extended, place: Boundary) {
    if !place.is_coated {
        return;
    }
    let n = e.clearcoat_normal;
    (*l).coat_normal = vec3f(vec3_dot(n, (*b).tangent), vec3_dot(n, (*b).bitangent), vec3_dot(n, (*b).normal));
    let coat_nv = vec3_dot((*b).wo, (*l).coat_normal);
    if e.clearcoat > 0.0 && coat_nv > MIN_COSINE {
        (*l).coat_alpha = det_max(e.clearcoat_roughness * e.clearcoat_roughness, MIN_ALPHA);
        (*l).coat = e.clearcoat;
        if (*b).literal {
            (*l).coat = e.clearcoat * (DIELECTRIC_F0 + (1.0 - DIELECTRIC_F0) * schlick_weight(det_min(coat_nv, 1.0)));
            (*l).sheen_scale = 1.0 - (*l).coat;
        } else {
            (*l).sheen_scale = 1.0 - e.clearcoat * lobe_albedo(e.clearcoat_roughness, coat_nv).y;
        }
    }
    (*l).rest = (*l).sheen_scale;
    let sheen = max_component(e.sheen_color);
    if sheen > 0.0 {
        (*l).sheen_color = e.sheen_color;
        (*l).sheen_roughness = e.sheen_roughness;
        (*l).sheen_alpha = det_max(e.sheen_roughness * e.sheen_roughness, MIN_SHEEN_ALPHA);
        let left = det_max(1.0 - sheen * sheen_albedo(e.sheen_roughness, det_abs((*b).wo.z)), 0.0);
        (*l).rest = (*l).sheen_scale * left;
    }
}

fn layer_chances(b: Bsdf, l: Layers, terms: FresnelTerms, left: vec2f, nv: f32) -> array<u32, 5> {
    let passed = 1.0 - max_component(terms.dielectric);
    let reflected = terms.dielectric * ((1.0 - l.metallic) * l.reflect_scale) + terms.metal * l.metallic;
    var sheen = 0.0;
    if max_component(l.sheen_color) > 0.0 {
        sheen = vec3_dot(l.sheen_color, LUMINANCE) * sheen_albedo(l.sheen_roughness, nv) * l.sheen_scale;
    }
    var weights = array<f32, 5>(
        l.rest * (vec3_dot(reflected, LUMINANCE) + vec3_dot(l.transmitted, LUMINANCE) * passed),
        l.rest * ((vec3_dot(b.diffuse, LUMINANCE) * left.x + vec3_dot(b.multiple, LUMINANCE) * left.y) * PI),
        l.rest * (vec3_dot(l.diffuse_below, LUMINANCE) * left.x * PI),
        1.0 - l.sheen_scale,
        sheen,
    );
    let total = weights[0] + weights[1] + weights[2] + weights[3] + weights[4];
    var chances = array<u32, 5>(0u, 0u, 0u, 0u, 0u);
    var largest = 0u;
    var sum = 0u;
    for (var i = 0u; i < 5u; i += 1u) {
        if weights[i] > 0.0 {
            let share = u32(weights[i] / total * f32(CHANCES) + 0.5);
            chances[i] = select(share, MIN_LOBE_CHANCES, share < MIN_LOBE_CHANCES);
        }
        sum += chances[i];
        if chances[i] > chances[largest] {
            largest = i;
        }
    }
    chances[largest] = chances[largest] + CHANCES - sum;
    return chances;
}

fn fresnel_terms(l: Layers, vh: f32) -> FresnelTerms {
    let outside = fresnel_cosine(vh, l.eta);
    var dielectric = fresnel(l.f0, l.f90, outside);
    var metal = fresnel(l.base_color, 1.0, vh);
    if l.iridescence > 0.0 {
        var films = array<vec3f, 2>(l.f0, l.base_color);
        var cosines = vec2f(outside, vh);
        for (var i = 0u; i < 2u; i += 1u) {
            films[i] = film_fresnel(cosines[i], films[i], l.film_ior, l.film_nm);
        }
        dielectric = dielectric + (films[0] * l.f90 - dielectric) * l.iridescence;
        metal = metal + (films[1] - metal) * l.iridescence;
    }
    if !l.is_thin && l.eta < 1.0 && outside <= 0.0 {
        dielectric = vec3f(1.0);
    }
    return FresnelTerms(dielectric, metal);
}

fn reflect_chances(l: Layers, terms: FresnelTerms) -> u32 {
    let passed = max_component(l.transmitted) * (1.0 - max_component(terms.dielectric));
    if passed <= 0.0 {
        return CHANCES;
    }
    let reflected = terms.dielectric * ((1.0 - l.metallic) * l.reflect_scale) + terms.metal * l.metallic;
    let largest = max_component(reflected);
    let chances = u32(largest / (largest + passed) * f32(CHANCES) + 0.5);
    if chances < 1u {
        return 1u;
    }
    if chances >= CHANCES {
        return CHANCES - 1u;
    }
    return chances;
}

fn layer_bound(b: Bsdf) -> f32 {
    if max_component(b.layers.transmitted) > 0.0 || b.wo.z <= 0.0 {
        return 1.0;
    }
    return ggx_bound(b.wo, det_min(b.layers.alpha.x, b.layers.alpha.y));
}

fn evaluate_layers(b: Bsdf, wi: vec3f, is_above: bool) -> BsdfValue {
    let l = b.layers;
    let nl = det_abs(wi.z);
    let nv = det_max(det_abs(b.wo.z), MIN_COSINE);
    let unfolded = vec3f(wi.xy, select(nl, wi.z, is_above));
    let is_bent = !is_above && !l.is_thin;
    var h: vec3f;
    if is_bent {
        h = refraction_normal(b.wo, wi, l.eta);
    } else {
        h = unit_or(b.wo + unfolded, vec3f(0.0));
    }
    let vh = vec3_dot(b.wo, h);
    let terms = fresnel_terms(l, det_abs(vh));
    let passed = 1.0 - max_component(terms.dielectric);
    var kept = 1.0 - passed;
    var again = 0.0;
    if !b.literal {
        let albedo = lobe_albedo(b.roughness, nl);
        kept = l.kept.x + l.kept.y * albedo.x + l.kept.z * albedo.y;
        again = 1.0 - albedo.x;
    }
    let base = det_max(1.0 - kept, 0.0);
    var d = 0.0;
    if h.z > 0.0 {
        d = ggx_density(h, l.alpha);
    }
    let stretch_v = ggx_stretch(b.wo, l.alpha);
    let seen = ggx_seen(b.wo, l.alpha, layer_bound(b), stretch_v);
    let lobe = d * ggx_visibility(nv, nl, stretch_v, ggx_stretch(unfolded, l.alpha));
    let reflects = f32(reflect_chances(l, terms)) * CHANCE;
    let visible = f32(l.chances[0]) * CHANCE * d * 0.5;
    if is_above {
        var value = vec3f(0.0);
        var pdf = 0.0;
        if wi.z > 0.0 {
            var rest = l.rest;
            let sheen = max_component(l.sheen_color);
            if sheen > 0.0 {
                value = l.sheen_color * (sheen_value(nv, nl, h.z, l.sheen_alpha) * l.sheen_scale);
                if b.literal {
                    let left = det_max(1.0 - sheen * sheen_albedo(l.sheen_roughness, nl), 0.0);
                    rest = det_min(rest, l.sheen_scale * left);
                }
            }
            let reflected = terms.dielectric * ((1.0 - l.metallic) * l.reflect_scale) + terms.metal * l.metallic;
            value += (reflected * lobe + b.diffuse * base + b.multiple * again) * (nl * rest);
            pdf = visible * reflects / seen
                + f32(l.chances[1]) * CHANCE * nl * FRAC_1_PI
                + f32(l.chances[4]) * CHANCE * (0.5 * FRAC_1_PI);
        }
        let coat_nl = vec3_dot(wi, l.coat_normal);
        if l.coat > 0.0 && coat_nl > 0.0 {
            let coat = coat_value(b, h, det_abs(vh), coat_nl);
            value += vec3f(coat.value);
            pdf += f32(l.chances[3]) * CHANCE * coat.pdf;
        }
        return BsdfValue(value, pdf);
    }
    var value = l.diffuse_below * (base * nl);
    var pdf = f32(l.chances[2]) * CHANCE * nl * FRAC_1_PI;
    var lh = -vh;
    if is_bent {
        lh = vec3_dot(wi, h);
    }
    if max_component(l.transmitted) > 0.0 && vh > 0.0 && lh < 0.0 {
        var bend = 1.0;
        if is_bent {
            let sum = vh + l.eta * lh;
            bend = 4.0 * vh * -lh * l.eta * l.eta / det_max(sum * sum, MIN_BEND * MIN_BEND * MIN_BEND);
        }
        value += l.transmitted * (passed * lobe * bend * nl);
        pdf += visible * (1.0 - reflects) * bend / seen;
    }
    return BsdfValue(value * l.rest, pdf);
}

fn coat_value(b: Bsdf, h: vec3f, vh: f32, coat_nl: f32) -> CoatValue {
    let l = b.layers;
    let nv = det_max(vec3_dot(b.wo, l.coat_normal), MIN_COSINE);
    let nh = vec3_dot(h, l.coat_normal);
    if nh <= 0.0 {
        return CoatValue(0.0, 0.0);
    }
    let a2 = l.coat_alpha * l.coat_alpha;
    let across = cross(h, l.coat_normal);
    let q = a2 * nh * nh + vec3_dot(across, across);
    let d = a2 * FRAC_1_PI / (q * q);
    let stretch_v = sqrt(a2 + (1.0 - a2) * nv * nv);
    let stretch_l = sqrt(a2 + (1.0 - a2) * coat_nl * coat_nl);
    var strength = l.coat;
    if !b.literal {
        strength = l.coat * (DIELECTRIC_F0 + (1.0 - DIELECTRIC_F0) * schlick_weight(det_min(vh, 1.0)));
    }
    let value = strength * d * ggx_visibility(nv, coat_nl, stretch_v, stretch_l) * coat_nl;
    return CoatValue(value, d * 0.5 / (nv + stretch_v));
}

fn draw_layers(b: Bsdf, choice: u32, u: vec2f) -> LayerDraw {
    let l = b.layers;
    let pick = choice >> CHANCE_SHIFT;
    var is_below = false;
    var wi: vec3f;
    if pick < l.chances[0] {
        let h = sample_visible_normal(b.wo, l.alpha, layer_bound(b), u);
        let vh = vec3_dot(b.wo, h);
        let terms = fresnel_terms(l, det_abs(vh));
        wi = h * (2.0 * vh) - b.wo;
        if ((choice << (32u - CHANCE_SHIFT)) >> CHANCE_SHIFT) < reflect_chances(l, terms) {
            if wi.z <= 0.0 {
                wi = vec3f(0.0);
            }
        } else {
            is_below = true;
            if l.is_thin {
                wi = vec3f(wi.x, wi.y, -wi.z);
            } else {
                wi = refracted(b.wo, h, l.eta);
            }
            if wi.z >= 0.0 {
                wi = vec3f(0.0);
            }
        }
    } else if pick < l.chances[0] + l.chances[1] {
        wi = sample_cosine(u);
    } else if pick < l.chances[0] + l.chances[1] + l.chances[2] {
        is_below = true;
        wi = sample_cosine(u);
        wi = vec3f(wi.x, wi.y, -wi.z);
    } else if pick < CHANCES - l.chances[3] {
        let turn = det_sin_cos_turns(u.y);
        let sine = sqrt(1.0 - u.x * u.x);
        wi = vec3f(sine * turn.y, sine * turn.x, u.x);
    } else {
        wi = sample_coat(b, u);
        if vec3_dot(wi, l.coat_normal) <= 0.0 {
            wi = vec3f(0.0);
        }
    }
    return LayerDraw(wi, is_below);
}

fn sample_coat(b: Bsdf, u: vec2f) -> vec3f {
    let l = b.layers;
    let n = l.coat_normal;
    let frame = tangent_frame(n);
    let wo = vec3f(vec3_dot(b.wo, frame.tangent), vec3_dot(b.wo, frame.bitangent), vec3_dot(b.wo, n));
    let h = sample_visible_normal(wo, vec2f(l.coat_alpha), 1.0, u);
    let wi = h * (2.0 * vec3_dot(wo, h)) - wo;
    return frame.tangent * wi.x + frame.bitangent * wi.y + n * wi.z;
}

fn at_most_one(color: vec3f) -> vec3f {
    return vec3f(det_min(color.x, 1.0), det_min(color.y, 1.0), det_min(color.z, 1.0));
}
