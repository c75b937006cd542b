//! How a surface with extensions scatters: coat over fibres over (metal, or glass and diffuse base under its reflection).
//! Twin: shaders/layered.wgsl. Knows no scene.
//!
//! The conserving model weighs what lies below a layer by what the layer's albedo leaves towards the viewer, and gives
//! rough reflection and refraction what single scattering loses; the literal one has the texts of the extensions. Sources:
//! the KHR_materials extensions of glTF 2.0; Turquin: Practical multiple scattering compensation, 2019; and those of
//! bsdf.rs, lobes.rs and iridescence.rs.

use super::bsdf::{
    Bsdf, BsdfValue, CHANCE, CHANCE_SHIFT, CHANCES, DIELECTRIC_F0, LUMINANCE, Layers, MIN_ALPHA, MIN_COSINE, MIN_LOSS,
    NO_LAYERS, ggx_bound, lobe_albedo, lobe_albedo_mean, multiple_scattering, sample_cosine, sample_visible_normal,
    schlick_weight, tangent_frame,
};
use super::extended::Extended;
use super::iridescence::film_fresnel;
use super::lobes::{
    MIN_ALBEDO, MIN_SHEEN_ALPHA, anisotropic_albedo, fresnel, fresnel_cosine, ggx_density, ggx_seen, ggx_stretch,
    ggx_visibility, glass_albedo, refracted, refraction_normal, sheen_albedo, sheen_value,
};
use super::surface::unit_or;
use crate::math::{Vec3, det, vec3};
use std::f32::consts::FRAC_1_PI;

/// A lobe that gives something is drawn from at least this often, in [`CHANCES`].
pub const MIN_LOBE_CHANCES: u32 = 13;
/// Indices that differ by less don't bend light.
pub const MIN_BEND: f32 = 1.0e-3;
/// A lobe that is not wider than this is found by no light's sample.
pub const SHARP_ALPHA: f32 = 1.1e-3;

/// Where light comes from and goes to.
#[derive(Clone, Copy, Debug)]
pub struct Boundary {
    /// Indices of refraction before the surface (the viewer's side) and behind it.
    pub before: f32,
    pub behind: f32,
    pub is_thin: bool,
    /// The surface is seen from where its coat and fibres are.
    pub is_coated: bool,
    /// The specular colour is the reflectance itself (KHR_materials_pbrSpecularGlossiness).
    pub is_glossiness: bool,
    pub film_ior: f32,
}

/// Reflectances at a half vector.
#[derive(Clone, Copy, Debug)]
pub struct FresnelTerms {
    pub dielectric: Vec3,
    pub metal: Vec3,
}

/// `plain`: the surface without its extensions as `make_bsdf` has it, whose frame and viewer are kept.
pub fn make_layers(plain: &Bsdf, base_color: Vec3, plain_metallic: f32, e: &Extended, at: &Boundary) -> Bsdf {
    let mut b = *plain;
    b.is_layered = true;
    b.roughness = e.roughness;
    let metallic = if at.is_glossiness { 0.0 } else { plain_metallic };
    let mut l = NO_LAYERS;
    l.metallic = metallic;
    l.base_color = base_color;
    let across = det::max(e.roughness * e.roughness, MIN_ALPHA);
    l.alpha = [across; 2];
    if e.anisotropy > 0.0 {
        l.alpha[0] = across + (1.0 - across) * (e.anisotropy * e.anisotropy);
        let flat = e.anisotropy_direction - b.normal * b.normal.dot(e.anisotropy_direction);
        b.tangent = unit_or(flat, b.tangent);
        b.bitangent = b.normal.cross(b.tangent);
        let wo = plain.tangent * plain.wo.x + plain.bitangent * plain.wo.y + plain.normal * plain.wo.z;
        b.wo = vec3(wo.dot(b.tangent), wo.dot(b.bitangent), plain.wo.z);
        b.roughness = (0.5 * (l.alpha[0] + l.alpha[1])).sqrt();
    }
    let nv = det::max(det::abs(b.wo.z), MIN_COSINE);

    l.f0 = e.specular_color;
    if !at.is_glossiness {
        let step = (at.behind - at.before) / (at.behind + at.before);
        let f0 = if at.behind <= 0.0 { 1.0 } else { step * step };
        l.f0 = at_most_one(e.specular_color * f0) * e.specular;
        l.f90 = e.specular;
    }
    l.eta = if at.is_thin { 1.0 } else { at.behind / at.before };
    l.is_thin = at.is_thin || det::abs(l.eta - 1.0) < MIN_BEND;
    l.iridescence = e.iridescence;
    l.film_ior = at.film_ior;
    l.film_nm = e.iridescence_nm;

    // What lies below the reflection: of what is no metal, glass; of the rest diffuse, to this side and to the other.
    let mut through = (1.0 - metallic) * e.transmission;
    if at.is_glossiness {
        through = 0.0;
    }
    let solid = 1.0 - metallic - through;
    let color = if at.is_glossiness { base_color * (1.0 - l.f0.max_component()) } else { base_color };
    b.diffuse = color * (solid * (1.0 - e.diffuse_transmission) * FRAC_1_PI);
    l.diffuse_below = e.diffuse_transmission_color * (solid * e.diffuse_transmission * FRAC_1_PI);
    l.transmitted = base_color * through;
    b.multiple = Vec3::ZERO;
    let terms = fresnel_terms(&l, nv);
    // What the lobes' other factors leave on the average.
    let mut left = [1.0 - terms.dielectric.max_component(), 1.0];
    if !b.literal {
        left = conserve(&mut b, &mut l, &terms, nv, through);
    }
    coat_and_fibres(&mut b, &mut l, e, at);
    l.chances = layer_chances(&b, &l, &terms, left, nv);
    b.layers = l;
    b.is_sharp = l.chances[0] == CHANCES && det::max(l.alpha[0], l.alpha[1]) <= SHARP_ALPHA;
    b.has_below = l.transmitted.max_component() > 0.0 || l.diffuse_below.max_component() > 0.0;
    // One place for both sides, so that lights have one density from there.
    b.is_lifted = plain.is_lifted && !b.has_below;
    b
}

/// Weighs the base by what the reflection leaves, and gives the reflection what single scattering loses. What is left to
/// the base and to the lobe of light that was scattered more than once, on the average over directions of light.
#[inline(always)]
pub fn conserve(b: &mut Bsdf, l: &mut Layers, terms: &FresnelTerms, nv: f32, through: f32) -> [f32; 2] {
    let mut albedo = lobe_albedo(b.roughness, nv);
    let mean = lobe_albedo_mean(b.roughness);
    if l.alpha[0] > l.alpha[1] {
        albedo = anisotropic_albedo(l.alpha, b.wo);
    }
    let whole = albedo[0];
    // A film's reflectance at the viewer's angle, as if it were a surface's.
    let f0 = l.f0 + (terms.dielectric - l.f0) * l.iridescence;
    let metal = l.base_color + (terms.metal - l.base_color) * l.iridescence;
    let top = f0.max_component();
    let again = multiple_scattering(Vec3::splat(top), mean[0]).x;
    let slope = (l.f90 - top) / (1.0 - DIELECTRIC_F0);
    l.kept = [again, top - again - slope * DIELECTRIC_F0, slope];
    let kept = l.kept[0] + l.kept[1] * whole + l.kept[2] * albedo[1];
    let kept_mean = l.kept[0] + l.kept[1] * mean[0] + l.kept[2] * mean[1];
    let mut left = det::max(1.0 - kept_mean, MIN_LOSS);
    let mut share = det::max(1.0 - kept, 0.0) / left;
    if l.eta < 1.0 {
        // From inside more is reflected than the tables of the outside say: what a smooth surface would.
        l.kept = [0.0; 3];
        share = 1.0 - terms.dielectric.max_component();
        left = 1.0;
    }
    b.diffuse = b.diffuse * share;
    l.diffuse_below = l.diffuse_below * share;
    let lost = (1.0 - whole) * FRAC_1_PI / det::max(1.0 - mean[0], MIN_LOSS);
    b.multiple = multiple_scattering(metal, mean[0]) * (l.metallic * lost)
        + multiple_scattering(f0, mean[0]) * ((1.0 - l.metallic - through) * lost);
    if through > 0.0 {
        let lone = if l.is_thin { whole } else { glass_albedo(b.roughness, nv, l.eta) };
        let scale = 1.0 / det::max(lone, MIN_ALBEDO);
        l.transmitted = l.transmitted * scale;
        let glass_share = through / det::max(1.0 - l.metallic, MIN_LOSS);
        l.reflect_scale = 1.0 + glass_share * (scale - 1.0);
    }
    [left, 1.0 - mean[0]]
}

/// The layers over everything, and what they leave.
#[inline(always)]
pub fn coat_and_fibres(b: &mut Bsdf, l: &mut Layers, e: &Extended, at: &Boundary) {
    if !at.is_coated {
        return;
    }
    let n = e.clearcoat_normal;
    l.coat_normal = vec3(n.dot(b.tangent), n.dot(b.bitangent), n.dot(b.normal));
    let coat_nv = b.wo.dot(l.coat_normal);
    if e.clearcoat > 0.0 && coat_nv > MIN_COSINE {
        l.coat_alpha = det::max(e.clearcoat_roughness * e.clearcoat_roughness, MIN_ALPHA);
        l.coat = e.clearcoat;
        if b.literal {
            // The extension's text: by the angle to the normal, not to the half vector.
            l.coat = e.clearcoat * (DIELECTRIC_F0 + (1.0 - DIELECTRIC_F0) * schlick_weight(det::min(coat_nv, 1.0)));
            l.sheen_scale = 1.0 - l.coat;
        } else {
            l.sheen_scale = 1.0 - e.clearcoat * lobe_albedo(e.clearcoat_roughness, coat_nv)[1];
        }
    }
    l.rest = l.sheen_scale;
    let sheen = e.sheen_color.max_component();
    if sheen > 0.0 {
        l.sheen_color = e.sheen_color;
        l.sheen_roughness = e.sheen_roughness;
        l.sheen_alpha = det::max(e.sheen_roughness * e.sheen_roughness, MIN_SHEEN_ALPHA);
        l.rest = l.sheen_scale * det::max(1.0 - sheen * sheen_albedo(e.sheen_roughness, det::abs(b.wo.z)), 0.0);
    }
}

/// How often each lobe is drawn from, by what it gives to the viewer.
#[inline(always)]
pub fn layer_chances(b: &Bsdf, l: &Layers, terms: &FresnelTerms, left: [f32; 2], nv: f32) -> [u32; 5] {
    let passed = 1.0 - terms.dielectric.max_component();
    let reflected = terms.dielectric * ((1.0 - l.metallic) * l.reflect_scale) + terms.metal * l.metallic;
    let pi = std::f32::consts::PI;
    let sheen = if l.sheen_color.max_component() > 0.0 {
        l.sheen_color.dot(LUMINANCE) * sheen_albedo(l.sheen_roughness, nv) * l.sheen_scale
    } else {
        0.0
    };
    let weights = [
        l.rest * (reflected.dot(LUMINANCE) + l.transmitted.dot(LUMINANCE) * passed),
        l.rest * ((b.diffuse.dot(LUMINANCE) * left[0] + b.multiple.dot(LUMINANCE) * left[1]) * pi),
        l.rest * (l.diffuse_below.dot(LUMINANCE) * left[0] * pi),
        1.0 - l.sheen_scale,
        sheen,
    ];
    let total = weights[0] + weights[1] + weights[2] + weights[3] + weights[4];
    let mut chances = [0u32; 5];
    let mut largest = 0;
    let mut sum = 0;
    for i in 0..5 {
        if weights[i] > 0.0 {
            let share = (weights[i] / total * CHANCES as f32 + 0.5) as u32;
            chances[i] = if share < MIN_LOBE_CHANCES { MIN_LOBE_CHANCES } else { share };
        }
        sum += chances[i];
        if chances[i] > chances[largest] {
            largest = i;
        }
    }
    // The largest pays what the others were given, and takes what rounding left.
    chances[largest] = chances[largest] + CHANCES - sum;
    chances
}

/// Fresnel terms at a cosine to the half vector.
#[inline(always)]
pub fn fresnel_terms(l: &Layers, vh: f32) -> FresnelTerms {
    // On the thinner side of the surface: there a film reflects as much of what comes from the other side.
    let outside = fresnel_cosine(vh, l.eta);
    let mut dielectric = fresnel(l.f0, l.f90, outside);
    let mut metal = fresnel(l.base_color, 1.0, vh);
    if l.iridescence > 0.0 {
        let bases = [l.f0, l.base_color];
        let cosines = [outside, vh];
        let mut films = [Vec3::ZERO; 2];
        // A loop, so that drivers compile a film once.
        for i in 0..2 {
            films[i] = film_fresnel(cosines[i], bases[i], l.film_ior, l.film_nm);
        }
        dielectric = dielectric + (films[0] * l.f90 - dielectric) * l.iridescence;
        metal = metal + (films[1] - metal) * l.iridescence;
    }
    if !l.is_thin && l.eta < 1.0 && outside <= 0.0 {
        // Total: there is nowhere else to go, whatever strength the reflection is given.
        dielectric = Vec3::ONE;
    }
    FresnelTerms { dielectric, metal }
}

/// How often a half vector reflects rather than refracts, of [`CHANCES`].
#[inline(always)]
pub fn reflect_chances(l: &Layers, terms: &FresnelTerms) -> u32 {
    let passed = l.transmitted.max_component() * (1.0 - terms.dielectric.max_component());
    if passed <= 0.0 {
        return CHANCES;
    }
    let reflected = terms.dielectric * ((1.0 - l.metallic) * l.reflect_scale) + terms.metal * l.metallic;
    let largest = reflected.max_component();
    let chances = (largest / (largest + passed) * CHANCES as f32 + 0.5) as u32;
    if chances < 1 {
        return 1;
    }
    if chances >= CHANCES {
        return CHANCES - 1;
    }
    chances
}

/// `bound` of the visible normals that are drawn: all of them where some refract.
#[inline(always)]
pub fn layer_bound(b: &Bsdf) -> f32 {
    let l = &b.layers;
    if l.transmitted.max_component() > 0.0 || b.wo.z <= 0.0 {
        return 1.0;
    }
    ggx_bound(b.wo, det::min(l.alpha[0], l.alpha[1]))
}

/// BSDF × |cos| and pdf for a local direction. `is_above`: it leaves the surface on the viewer's side.
pub fn evaluate_layers(b: &Bsdf, wi: Vec3, is_above: bool) -> BsdfValue {
    let l = &b.layers;
    let nl = det::abs(wi.z);
    let nv = det::max(det::abs(b.wo.z), MIN_COSINE);
    // Of reflection, or of a thin wall's transmission, which is the reflection's mirror image; or of refraction.
    let unfolded = if is_above { wi } else { vec3(wi.x, wi.y, nl) };
    let is_bent = !is_above && !l.is_thin;
    let h = if is_bent { refraction_normal(b.wo, wi, l.eta) } else { unit_or(b.wo + unfolded, Vec3::ZERO) };
    let vh = b.wo.dot(h);
    let terms = fresnel_terms(l, det::abs(vh));
    let passed = 1.0 - terms.dielectric.max_component();
    let mut kept = 1.0 - passed;
    let mut again = 0.0;
    if !b.literal {
        let albedo = lobe_albedo(b.roughness, nl);
        kept = l.kept[0] + l.kept[1] * albedo[0] + l.kept[2] * albedo[1];
        again = 1.0 - albedo[0];
    }
    let base = det::max(1.0 - kept, 0.0);
    let d = if h.z > 0.0 { ggx_density(h, l.alpha) } else { 0.0 };
    let stretch_v = ggx_stretch(b.wo, l.alpha);
    let seen = ggx_seen(b.wo, l.alpha, layer_bound(b), stretch_v);
    let lobe = d * ggx_visibility(nv, nl, stretch_v, ggx_stretch(unfolded, l.alpha));
    let reflects = reflect_chances(l, &terms) as f32 * CHANCE;
    let visible = l.chances[0] as f32 * CHANCE * d * 0.5;
    if is_above {
        let mut value = Vec3::ZERO;
        let mut pdf = 0.0;
        if wi.z > 0.0 {
            let mut rest = l.rest;
            let sheen = l.sheen_color.max_component();
            if sheen > 0.0 {
                value = l.sheen_color * (sheen_value(nv, nl, h.z, l.sheen_alpha) * l.sheen_scale);
                if b.literal {
                    let left = det::max(1.0 - sheen * sheen_albedo(l.sheen_roughness, nl), 0.0);
                    rest = det::min(rest, l.sheen_scale * left);
                }
            }
            let reflected = terms.dielectric * ((1.0 - l.metallic) * l.reflect_scale) + terms.metal * l.metallic;
            value += (reflected * lobe + b.diffuse * base + b.multiple * again) * (nl * rest);
            pdf = visible * reflects / seen
                + l.chances[1] as f32 * CHANCE * nl * FRAC_1_PI
                + l.chances[4] as f32 * CHANCE * (0.5 * FRAC_1_PI);
        }
        let coat_nl = wi.dot(l.coat_normal);
        if l.coat > 0.0 && coat_nl > 0.0 {
            let coat = coat_value(b, h, det::abs(vh), coat_nl);
            value += Vec3::splat(coat.value);
            pdf += l.chances[3] as f32 * CHANCE * coat.pdf;
        }
        return BsdfValue { value, pdf };
    }
    let mut value = l.diffuse_below * (base * nl);
    let mut pdf = l.chances[2] as f32 * CHANCE * nl * FRAC_1_PI;
    let lh = if is_bent { wi.dot(h) } else { -vh };
    if l.transmitted.max_component() > 0.0 && vh > 0.0 && lh < 0.0 {
        // d(half vector) / d(direction), over the one of reflection.
        let mut bend = 1.0;
        if is_bent {
            let sum = vh + l.eta * lh;
            bend = 4.0 * vh * -lh * l.eta * l.eta / det::max(sum * sum, MIN_BEND * MIN_BEND * MIN_BEND);
        }
        value += l.transmitted * (passed * lobe * bend * nl);
        // Where some refract the bound is 1.
        pdf += visible * (1.0 - reflects) * bend / seen;
    }
    BsdfValue { value: value * l.rest, pdf }
}

/// One number for all colours, and its pdf.
#[derive(Clone, Copy, Debug)]
pub struct CoatValue {
    pub value: f32,
    pub pdf: f32,
}

/// The coat's reflection × cos.
#[inline(always)]
pub fn coat_value(b: &Bsdf, h: Vec3, vh: f32, coat_nl: f32) -> CoatValue {
    let l = &b.layers;
    let nv = det::max(b.wo.dot(l.coat_normal), MIN_COSINE);
    let nh = h.dot(l.coat_normal);
    if nh <= 0.0 {
        return CoatValue { value: 0.0, pdf: 0.0 };
    }
    let a2 = l.coat_alpha * l.coat_alpha;
    // 1 − (N·H)² by the cross product, which keeps its digits at small α.
    let across = h.cross(l.coat_normal);
    let q = a2 * nh * nh + across.dot(across);
    let d = a2 * FRAC_1_PI / (q * q);
    let stretch_v = (a2 + (1.0 - a2) * nv * nv).sqrt();
    let stretch_l = (a2 + (1.0 - a2) * coat_nl * coat_nl).sqrt();
    let mut strength = l.coat;
    if !b.literal {
        strength = l.coat * (DIELECTRIC_F0 + (1.0 - DIELECTRIC_F0) * schlick_weight(det::min(vh, 1.0)));
    }
    let value = strength * d * ggx_visibility(nv, coat_nl, stretch_v, stretch_l) * coat_nl;
    CoatValue { value, pdf: d * 0.5 / (nv + stretch_v) }
}

/// A direction and the side that its lobe is of.
#[derive(Clone, Copy, Debug)]
pub struct LayerDraw {
    /// Local, unit; zero where the draw is void.
    pub direction: Vec3,
    pub is_below: bool,
}

/// A direction by one of the lobes.
pub fn draw_layers(b: &Bsdf, choice: u32, u: [f32; 2]) -> LayerDraw {
    let l = &b.layers;
    let pick = choice >> CHANCE_SHIFT;
    let mut is_below = false;
    let mut wi;
    if pick < l.chances[0] {
        let h = sample_visible_normal(b.wo, l.alpha, layer_bound(b), u);
        let vh = b.wo.dot(h);
        let terms = fresnel_terms(l, det::abs(vh));
        // The bits below those of the lobe.
        if (choice << (32 - CHANCE_SHIFT)) >> CHANCE_SHIFT < reflect_chances(l, &terms) {
            wi = h * (2.0 * vh) - b.wo;
            if wi.z <= 0.0 {
                wi = Vec3::ZERO;
            }
        } else {
            is_below = true;
            wi = h * (2.0 * vh) - b.wo;
            wi = if l.is_thin { vec3(wi.x, wi.y, -wi.z) } else { refracted(b.wo, h, l.eta) };
            if wi.z >= 0.0 {
                wi = Vec3::ZERO;
            }
        }
    } else if pick < l.chances[0] + l.chances[1] {
        wi = sample_cosine(u);
    } else if pick < l.chances[0] + l.chances[1] + l.chances[2] {
        is_below = true;
        wi = sample_cosine(u);
        wi = vec3(wi.x, wi.y, -wi.z);
    } else if pick < CHANCES - l.chances[3] {
        // Fibres reflect most along the surface: evenly over the hemisphere.
        let (sin_phi, cos_phi) = det::sin_cos_turns(u[1]);
        let sine = (1.0 - u[0] * u[0]).sqrt();
        wi = vec3(sine * cos_phi, sine * sin_phi, u[0]);
    } else {
        wi = sample_coat(b, u);
        if wi.dot(l.coat_normal) <= 0.0 {
            wi = Vec3::ZERO;
        }
    }
    LayerDraw { direction: wi, is_below }
}

/// A direction that the coat reflects into, local.
#[inline(always)]
pub fn sample_coat(b: &Bsdf, u: [f32; 2]) -> Vec3 {
    let l = &b.layers;
    let n = l.coat_normal;
    let (tangent, bitangent) = tangent_frame(n);
    let wo = vec3(b.wo.dot(tangent), b.wo.dot(bitangent), b.wo.dot(n));
    let h = sample_visible_normal(wo, [l.coat_alpha; 2], 1.0, u);
    let wi = h * (2.0 * wo.dot(h)) - wo;
    tangent * wi.x + bitangent * wi.y + n * wi.z
}

/// A colour of which nothing is above 1.
#[inline(always)]
pub fn at_most_one(color: Vec3) -> Vec3 {
    vec3(det::min(color.x, 1.0), det::min(color.y, 1.0), det::min(color.z, 1.0))
}
