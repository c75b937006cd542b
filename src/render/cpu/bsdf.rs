//! How a surface scatters: glTF 2.0's metallic-roughness (Appendix B). Twin: shaders/bsdf.wgsl. Knows no scene.
//!
//! Two models. *Literal* is the specification's text with single scattering: diffuse and specular mixed by the Fresnel
//! term at the half vector (Smith height-correlated); a white dielectric of it reflects up to 1.3 times what it receives.
//! *Conserving* (the default) lets the diffuse base have what the coat's directional albedo leaves (Kulla and Conty's
//! reciprocal form), and gives metals the light that single scattering loses (their multiple-scattering lobe). A white
//! furnace of either kind then reflects 1. Sources: glTF 2.0, Appendix B; Kulla, Conty: Revisiting Physically Based
//! Shading at Imageworks, 2017; the tables are a quadrature of the lobe itself.

use super::tables::{ALBEDO, ALBEDO_COSINES, ALBEDO_MEAN, ALBEDO_ROUGHNESSES};
use crate::math::{Vec3, det, vec3};
use std::f32::consts::FRAC_1_PI;

/// α = roughness² is not smaller than this: sharper lobes are mirrors to f32.
pub const MIN_ALPHA: f32 = 1.0e-3;
/// |cos| of the viewing direction is not smaller than this.
pub const MIN_COSINE: f32 = 1.0e-5;
/// Reflectance of dielectrics at normal incidence (index of refraction 1.5).
pub const DIELECTRIC_F0: f32 = 0.04;
/// Lobe and roulette probabilities are multiples of 1 / this, compared with the high bits of a draw.
pub const CHANCES: u32 = 256;
/// 1 / [`CHANCES`].
pub const CHANCE: f32 = 1.0 / 256.0;
/// Bits of a draw below those that a choice looks at.
pub const CHANCE_SHIFT: u32 = 24;
/// A specular lobe is chosen at least this often, in [`CHANCES`].
pub const MIN_SPECULAR_CHANCES: u32 = 26;
/// Mean over the hemisphere of Schlick's (1 − cos)⁵: 2 ∫ (1 − μ)⁵ μ dμ.
pub const SCHLICK_MEAN: f32 = 1.0 / 21.0;
/// Keeps a division by a lost-energy mean finite; below it nothing is lost.
pub const MIN_LOSS: f32 = 1.0e-6;
/// Below this no specular visibility is defined.
pub const MIN_VISIBILITY: f32 = 1.0e-20;

/// Rec. 709 luminance weights; digits other than `math::spectrum`'s would draw other lobes now and then, for nothing.
pub const LUMINANCE: Vec3 = vec3(0.212_671, 0.715_16, 0.072_169);

/// A surface's scattering towards one viewer, ready to be evaluated and drawn from.
#[derive(Clone, Copy, Debug)]
pub struct Bsdf {
    /// Unit, orthogonal, world; `normal` is the local z axis.
    pub tangent: Vec3,
    pub bitangent: Vec3,
    pub normal: Vec3,
    /// Of the triangle, on the viewer's side. World, unit.
    pub geometric_normal: Vec3,
    /// Towards the viewer, local, unit. Its z may be negative where a normal map turns the normal away.
    pub wo: Vec3,
    pub alpha: f32,
    pub roughness: f32,
    /// Specular reflectance at normal incidence.
    pub f0: Vec3,
    /// Diffuse lobe / π, with what depends on `wo`.
    pub diffuse: Vec3,
    /// Multiple-scattering lobe, without the factor of the other direction.
    pub multiple: Vec3,
    /// The specular lobe is drawn from with this many of [`CHANCES`].
    pub specular_chances: u32,
    pub literal: bool,
    /// Rays leave from above the triangle, so they may dip below its plane.
    pub is_lifted: bool,
    /// The material has extensions: `layers` counts, and of the fields above those that it is said to use.
    pub is_layered: bool,
    /// Too sharp for samples of lights that rays find: of those only rays that are drawn here find anything.
    pub is_sharp: bool,
    /// Light comes from the other side too.
    pub has_below: bool,
    pub layers: Layers,
}

/// What a surface with extensions has beside its [`Bsdf`].
#[derive(Clone, Copy, Debug)]
pub struct Layers {
    /// Along the tangent, along the bitangent.
    pub alpha: [f32; 2],
    pub metallic: f32,
    pub base_color: Vec3,
    /// Of what is no metal.
    pub f0: Vec3,
    pub f90: f32,
    /// Index behind the surface over the index before it; 1 for thin walls.
    pub eta: f32,
    /// Light goes through without being bent.
    pub is_thin: bool,
    pub iridescence: f32,
    pub film_ior: f32,
    pub film_nm: f32,
    /// Makes up for what rough glass loses.
    pub reflect_scale: f32,
    /// Weight of the transmission lobe without its Fresnel term.
    pub transmitted: Vec3,
    /// As [`Bsdf::diffuse`], to the other side.
    pub diffuse_below: Vec3,
    /// What the reflection keeps from the base under a cosine: 0 + 1 · (albedo with F = 1) + 2 · (albedo of a dielectric).
    pub kept: [f32; 3],
    pub sheen_color: Vec3,
    pub sheen_alpha: f32,
    pub sheen_roughness: f32,
    /// What the coat leaves to the fibres, and the fibres to what is below them.
    pub sheen_scale: f32,
    pub rest: f32,
    /// 0: no coat.
    pub coat: f32,
    pub coat_alpha: f32,
    /// Local, unit.
    pub coat_normal: Vec3,
    /// Of [`CHANCES`]: reflection and refraction; diffuse; diffuse to the other side; coat; fibres.
    pub chances: [u32; 5],
}

/// No layers: what a plain surface has.
pub const NO_LAYERS: Layers = Layers {
    alpha: [1.0; 2],
    metallic: 0.0,
    base_color: Vec3::ZERO,
    f0: Vec3::ZERO,
    f90: 1.0,
    eta: 1.0,
    is_thin: true,
    iridescence: 0.0,
    film_ior: 1.0,
    film_nm: 0.0,
    reflect_scale: 1.0,
    transmitted: Vec3::ZERO,
    diffuse_below: Vec3::ZERO,
    kept: [0.0; 3],
    sheen_color: Vec3::ZERO,
    sheen_alpha: 1.0,
    sheen_roughness: 1.0,
    sheen_scale: 1.0,
    rest: 1.0,
    coat: 0.0,
    coat_alpha: 1.0,
    coat_normal: vec3(0.0, 0.0, 1.0),
    chances: [0; 5],
};

/// BSDF × |cos| and the pdf (1/sr) of drawing the direction.
#[derive(Clone, Copy, Debug)]
pub struct BsdfValue {
    pub value: Vec3,
    pub pdf: f32,
}

/// A drawn direction.
#[derive(Clone, Copy, Debug)]
pub struct BsdfSample {
    /// World, unit.
    pub direction: Vec3,
    /// BSDF × |cos| / pdf; zero where the draw is void.
    pub weight: Vec3,
    /// 0 where the draw is void.
    pub pdf: f32,
    /// Of the local angle; below 0 behind the shading normal's horizon, where a coat with a normal of its own may still reflect.
    pub cosine: f32,
    /// The direction leads to the other side.
    pub is_below: bool,
}

/// A void draw.
pub const NO_SAMPLE: BsdfSample =
    BsdfSample { direction: vec3(0.0, 0.0, 1.0), weight: Vec3::ZERO, pdf: 0.0, cosine: 0.0, is_below: false };

/// `wo`: world, unit, towards the viewer. `literal`: the model, see above.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "what a surface has, one by one, as the twin's")]
pub fn make_bsdf(
    normal: Vec3,
    geometric_normal: Vec3,
    wo: Vec3,
    base_color: Vec3,
    metallic: f32,
    roughness: f32,
    literal: bool,
    is_lifted: bool,
) -> Bsdf {
    let (tangent, bitangent) = tangent_frame(normal);
    let local = vec3(wo.dot(tangent), wo.dot(bitangent), wo.dot(normal));
    let mut alpha = roughness * roughness;
    if alpha < MIN_ALPHA {
        alpha = MIN_ALPHA;
    }
    let dielectric = 1.0 - metallic;
    let f0 = Vec3::splat(DIELECTRIC_F0 * dielectric) + base_color * metallic;
    let mut diffuse = base_color * (dielectric * FRAC_1_PI);
    let mut multiple = Vec3::ZERO;
    let mut lost = 0.0;
    if !literal {
        let albedo = lobe_albedo(roughness, det::abs(local.z));
        let mean = lobe_albedo_mean(roughness);
        diffuse = diffuse * ((1.0 - albedo[1]) / (1.0 - mean[1]));
        if metallic > 0.0 {
            lost = metallic * (1.0 - albedo[0]);
            multiple =
                multiple_scattering(base_color, mean[0]) * (lost * FRAC_1_PI / det::max(1.0 - mean[0], MIN_LOSS));
        }
    }
    let specular_chances = specular_chances(local.z, base_color, metallic, lost);
    Bsdf {
        tangent,
        bitangent,
        normal,
        geometric_normal,
        wo: local,
        alpha,
        roughness,
        f0,
        diffuse,
        multiple,
        specular_chances,
        literal,
        is_lifted,
        is_layered: false,
        is_sharp: false,
        has_below: false,
        layers: NO_LAYERS,
    }
}

/// What the lobe of light that was scattered more than once reflects, per light lost: F̄² Ē / (1 − F̄ (1 − Ē)) with F̄ the
/// mean Fresnel term and Ē = `mean_albedo`.
#[inline(always)]
pub fn multiple_scattering(f0: Vec3, mean_albedo: f32) -> Vec3 {
    let f = f0 + (Vec3::ONE - f0) * SCHLICK_MEAN;
    let loss = 1.0 - mean_albedo;
    vec3(
        f.x * f.x * mean_albedo / (1.0 - f.x * loss),
        f.y * f.y * mean_albedo / (1.0 - f.y * loss),
        f.z * f.z * mean_albedo / (1.0 - f.z * loss),
    )
}

/// How often the specular lobe is drawn from, of [`CHANCES`]: by what the lobes reflect towards the viewer.
#[inline(always)]
pub fn specular_chances(cosine: f32, base_color: Vec3, metallic: f32, lost: f32) -> u32 {
    if cosine <= MIN_COSINE {
        return 0;
    }
    let schlick = schlick_weight(det::min(cosine, 1.0));
    let fresnel = DIELECTRIC_F0 + (1.0 - DIELECTRIC_F0) * schlick;
    let luminance = base_color.dot(LUMINANCE);
    let metal = luminance + (1.0 - luminance) * schlick;
    let specular = fresnel + (metal - fresnel) * metallic;
    let diffuse = (1.0 - metallic) * (1.0 - fresnel) * luminance + lost * luminance;
    // Black metal, seen head-on, reflects nothing.
    let share = specular / det::max(specular + diffuse, MIN_LOSS);
    let chances = (share * CHANCES as f32 + 0.5) as u32;
    if chances < MIN_SPECULAR_CHANCES {
        return MIN_SPECULAR_CHANCES;
    }
    // Never all of them where another lobe has something to give.
    if chances >= CHANCES && diffuse > 0.0 {
        return CHANCES - 1;
    }
    chances
}

/// BSDF × |cos| and pdf for a local direction `wi` with z > 0.
#[inline(always)]
pub fn evaluate_lobes(b: &Bsdf, wi: Vec3) -> BsdfValue {
    let sum = b.wo + wi;
    let h = sum * (1.0 / sum.length());
    let nl = wi.z;
    let nv = det::max(det::abs(b.wo.z), MIN_COSINE);
    let vh = det::abs(b.wo.dot(h));
    let a2 = b.alpha * b.alpha;
    let mut d = 0.0;
    if h.z > 0.0 {
        // 1 − (N·H)² as h.x² + h.y², which keeps its digits at small α.
        let q = a2 * h.z * h.z + h.x * h.x + h.y * h.y;
        d = a2 * FRAC_1_PI / (q * q);
    }
    let sl = (a2 + (1.0 - a2) * nl * nl).sqrt();
    let sv = (a2 + (1.0 - a2) * nv * nv).sqrt();
    let visibility = 0.5 / det::max(nl * sv + nv * sl, MIN_VISIBILITY);
    let schlick = schlick_weight(vh);
    let specular = visibility * d;
    let fresnel = b.f0 + (Vec3::ONE - b.f0) * schlick;
    let mut base = b.diffuse;
    if b.literal {
        let coat = DIELECTRIC_F0 + (1.0 - DIELECTRIC_F0) * schlick;
        base = base * (1.0 - coat);
    } else {
        let albedo = lobe_albedo(b.roughness, nl);
        base = base * (1.0 - albedo[1]) + b.multiple * (1.0 - albedo[0]);
    }
    let value = (fresnel * specular + base) * nl;
    let p_specular = b.specular_chances as f32 * CHANCE;
    let pdf = p_specular * d * 0.5 / (visible_bound(b) * nv + sv) + (1.0 - p_specular) * nl * FRAC_1_PI;
    BsdfValue { value, pdf }
}

/// A local direction by one of the lobes; zero where the draw is void. `choice`: 32 bits for the lobe; `u`: two draws in
/// [0, 1).
#[inline(always)]
pub fn draw_lobes(b: &Bsdf, choice: u32, u: [f32; 2]) -> Vec3 {
    if choice >> CHANCE_SHIFT >= b.specular_chances {
        return sample_cosine(u);
    }
    let h = sample_visible_normal(b.wo, [b.alpha; 2], visible_bound(b), u);
    let wi = h * (2.0 * b.wo.dot(h)) - b.wo;
    if wi.z <= 0.0 { Vec3::ZERO } else { wi }
}

/// How much of the cap of visible normals is drawn from: those that can reflect upwards. See `ggx_bound`.
#[inline(always)]
pub fn visible_bound(b: &Bsdf) -> f32 {
    if b.wo.z <= 0.0 {
        return 1.0;
    }
    ggx_bound(b.wo, b.alpha)
}

/// Share of the cap of visible normals of `wo` (z ≥ 0) below which no normal reflects upwards. `alpha`: the smaller one.
///
/// Source: Eto, Tokuyoshi: Bounded VNDF Sampling for Smith–GGX Reflections, 2023.
#[inline(always)]
pub fn ggx_bound(wo: Vec3, alpha: f32) -> f32 {
    let s = 1.0 + (wo.x * wo.x + wo.y * wo.y).sqrt();
    let a2 = alpha * alpha;
    let s2 = s * s;
    (1.0 - a2) * s2 / (s2 + a2 * wo.z * wo.z)
}

/// A normal of the GGX distribution as seen from `wo` (z > 0), local. `bound`: 1 for all visible normals, less for those
/// that reflect upwards (see [`ggx_bound`]). `u`: two draws in [0, 1).
///
/// Source: Dupuy, Benyoub: Sampling Visible GGX Normals with Spherical Caps, 2023.
#[inline(always)]
pub fn sample_visible_normal(wo: Vec3, alpha: [f32; 2], bound: f32, u: [f32; 2]) -> Vec3 {
    let stretched = vec3(wo.x * alpha[0], wo.y * alpha[1], wo.z);
    let v = stretched * (1.0 / stretched.length());
    let (sin_phi, cos_phi) = det::sin_cos_turns(u[0]);
    let least = bound * v.z;
    let z = (1.0 - u[1]) * (1.0 + least) - least;
    let sin_theta = det::max(1.0 - z * z, 0.0).sqrt();
    let cap = vec3(sin_theta * cos_phi + v.x, sin_theta * sin_phi + v.y, z + v.z);
    let h = vec3(cap.x * alpha[0], cap.y * alpha[1], det::max(cap.z, MIN_VISIBILITY));
    h * (1.0 / h.length())
}

/// Cosine-weighted direction around +z; its pdf is z / π. `u`: two draws in [0, 1). Source: Malley's method.
#[inline(always)]
pub fn sample_cosine(u: [f32; 2]) -> Vec3 {
    let radius = u[0].sqrt();
    let (sin_phi, cos_phi) = det::sin_cos_turns(u[1]);
    vec3(radius * cos_phi, radius * sin_phi, (1.0 - u[0]).sqrt())
}

/// (with a Fresnel term of 1, with a dielectric's): what the specular lobe reflects of light under a cosine, 0 ≤ cosine.
#[inline(always)]
pub fn lobe_albedo(roughness: f32, cosine: f32) -> [f32; 2] {
    let y = det::min(roughness, 1.0) * (ALBEDO_ROUGHNESSES - 1) as f32;
    let x = det::min(cosine, 1.0).sqrt() * (ALBEDO_COSINES - 1) as f32;
    let row = at_most(y as u32, ALBEDO_ROUGHNESSES - 2);
    let column = at_most(x as u32, ALBEDO_COSINES - 2);
    let fy = y - row as f32;
    let fx = x - column as f32;
    let i = (row * ALBEDO_COSINES + column) as usize;
    let j = i + ALBEDO_COSINES as usize;
    let (a, b) = (ALBEDO[i], ALBEDO[i + 1]);
    let (c, d) = (ALBEDO[j], ALBEDO[j + 1]);
    let wa = (1.0 - fx) * (1.0 - fy);
    let wb = fx * (1.0 - fy);
    let wc = (1.0 - fx) * fy;
    let wd = fx * fy;
    [a[0] * wa + b[0] * wb + c[0] * wc + d[0] * wd, a[1] * wa + b[1] * wb + c[1] * wc + d[1] * wd]
}

/// The cosine-weighted mean of [`lobe_albedo`] over the hemisphere.
#[inline(always)]
pub fn lobe_albedo_mean(roughness: f32) -> [f32; 2] {
    let y = det::min(roughness, 1.0) * (ALBEDO_ROUGHNESSES - 1) as f32;
    let row = at_most(y as u32, ALBEDO_ROUGHNESSES - 2);
    let fy = y - row as f32;
    let a = ALBEDO_MEAN[row as usize];
    let b = ALBEDO_MEAN[row as usize + 1];
    [a[0] * (1.0 - fy) + b[0] * fy, a[1] * (1.0 - fy) + b[1] * fy]
}

/// Schlick's (1 − cos)⁵.
#[inline(always)]
pub fn schlick_weight(cosine: f32) -> f32 {
    let x = 1.0 - cosine;
    let x2 = x * x;
    x2 * x2 * x
}

/// Two unit vectors that complete a unit `n` to a frame. Source: Duff et al.: Building an Orthonormal Basis, Revisited, 2017.
#[inline(always)]
pub fn tangent_frame(n: Vec3) -> (Vec3, Vec3) {
    let sign = if n.z >= 0.0 { 1.0 } else { -1.0 };
    let a = -1.0 / (sign + n.z);
    let b = n.x * n.y * a;
    (vec3(1.0 + sign * n.x * n.x * a, sign * b, -sign * n.x), vec3(b, sign + n.y * n.y * a, -n.y))
}

/// The smaller of two indices.
#[inline(always)]
pub fn at_most(i: u32, last: u32) -> u32 {
    if i < last { i } else { last }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::cpu::sampler::{draw_2d, make_sampler};
    use crate::render::cpu::scatter::{evaluate_bsdf, sample_bsdf};

    const UP: Vec3 = vec3(0.0, 0.0, 1.0);

    fn direction(cosine: f32, turns: f32) -> Vec3 {
        let (s, c) = det::sin_cos_turns(turns);
        let sine = (1.0 - cosine * cosine).sqrt();
        vec3(sine * c, sine * s, cosine)
    }

    fn bsdf(color: Vec3, metallic: f32, roughness: f32, cosine: f32, literal: bool) -> Bsdf {
        make_bsdf(UP, UP, direction(cosine, 0.1), color, metallic, roughness, literal, false)
    }

    /// Mean of `f` over `n` draws from the BSDF; void ones count as they are.
    fn mean_over_draws(b: &Bsdf, n: u32, f: impl Fn(&BsdfSample) -> f64) -> f64 {
        let total: f64 = (0..n)
            .map(|i| {
                let s = make_sampler([1, 2], [3, 4], i);
                f(&sample_bsdf(b, draw_2d(s, 0)[0], draw_2d(s, 1)))
            })
            .sum();
        total / f64::from(n)
    }

    /// Directional albedo (red).
    fn albedo(b: &Bsdf) -> f64 {
        mean_over_draws(b, 1 << 13, |s| f64::from(s.weight.x))
    }

    /// ∫ over the hemisphere by the midpoint rule in (u, φ), z = 1 − (1 − u)²: finer towards the pole.
    fn integral(f: impl Fn(Vec3) -> f64, n: u32) -> f64 {
        let mut sum = 0.0;
        for i in 0..n {
            for j in 0..n {
                let u = (f64::from(i) + 0.5) / f64::from(n);
                let z = 1.0 - (1.0 - u) * (1.0 - u);
                let jacobian = 2.0 * (1.0 - u) * std::f64::consts::TAU / f64::from(n * n);
                sum += f(direction(z as f32, (j as f32 + 0.5) / n as f32)) * jacobian;
            }
        }
        sum
    }

    #[test]
    fn a_white_furnace_reflects_all_and_never_more() {
        for metallic in [0.0, 0.3, 0.5, 1.0] {
            for roughness in [0.0, 0.1, 0.25, 0.5, 0.75, 1.0] {
                for cosine in [0.05, 0.2, 0.5, 0.8, 1.0] {
                    let a = albedo(&bsdf(Vec3::ONE, metallic, roughness, cosine, false));
                    assert!(a > 0.99 && a < 1.006, "metallic {metallic} roughness {roughness} cos {cosine}: {a}");
                }
            }
        }
    }

    #[test]
    fn no_material_reflects_more_than_it_receives() {
        for (color, metallic) in [(0.0, 0.0), (0.2, 0.0), (0.8, 0.0), (0.5, 0.5), (0.2, 1.0), (0.9, 1.0)] {
            for roughness in [0.05, 0.3, 0.6, 1.0] {
                for cosine in [0.02, 0.1, 0.4, 1.0] {
                    let a = albedo(&bsdf(Vec3::splat(color), metallic, roughness, cosine, false));
                    assert!((0.0..1.005).contains(&a), "{color} {metallic} {roughness} {cosine}: {a}");
                }
            }
        }
    }

    #[test]
    fn the_literal_model_gains_energy_where_it_is_known_to() {
        // Stated in the design, by an independent implementation: 1.297.
        let a = albedo(&bsdf(Vec3::ONE, 0.0, 0.1, 0.2, true));
        assert!((a - 1.297).abs() < 0.01, "{a}");
    }

    #[test]
    fn single_scattering_on_a_rough_metal_loses_what_the_table_says() {
        let a = albedo(&bsdf(Vec3::ONE, 1.0, 1.0, 0.7, true));
        assert!((a - f64::from(lobe_albedo(1.0, 0.7)[0])).abs() < 0.005, "{a}");
    }

    #[test]
    fn light_goes_both_ways_alike() {
        for literal in [false, true] {
            for (metallic, roughness) in [(0.0, 0.4), (1.0, 0.6), (0.5, 0.9)] {
                for i in 0..50 {
                    let a = direction(0.05 + 0.019 * i as f32, 0.13 * i as f32);
                    let b = direction(0.97 - 0.017 * i as f32, 0.41 * i as f32);
                    let f = |wo: Vec3, wi: Vec3| {
                        let b = make_bsdf(UP, UP, wo, vec3(0.8, 0.5, 0.3), metallic, roughness, literal, false);
                        evaluate_bsdf(&b, wi).value * (1.0 / wi.z)
                    };
                    let (ab, ba) = (f(a, b), f(b, a));
                    assert!(
                        (ab.y - ba.y).abs() < 2e-4 * (ab.y + ba.y),
                        "{literal} {metallic} {roughness} {i}: {ab:?} {ba:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn densities_integrate_to_the_share_of_draws_that_are_not_void() {
        for (metallic, roughness, cosine) in [(0.0, 0.3, 0.9), (0.0, 0.6, 0.3), (1.0, 0.4, 0.5), (1.0, 1.0, 0.2)] {
            let b = bsdf(vec3(0.8, 0.8, 0.8), metallic, roughness, cosine, false);
            let drawn = mean_over_draws(&b, 1 << 14, |s| f64::from(u8::from(s.pdf > 0.0)));
            let density = integral(|wi| f64::from(evaluate_bsdf(&b, wi).pdf), 800);
            assert!((drawn - density).abs() < 0.005, "{metallic} {roughness} {cosine}: {drawn} {density}");
            assert!(drawn > 0.5 && drawn <= 1.0);
        }
    }

    /// Shares of draws and of density in 4 × 8 cells of (z, φ).
    fn histograms(b: &Bsdf, density_of: &Bsdf) -> Vec<(f64, f64)> {
        let cell = |wi: Vec3| {
            let z = ((wi.z * 4.0) as usize).min(3);
            let turns = det::atan2(wi.y, wi.x) / std::f32::consts::TAU;
            z * 8 + (((turns - det::floor(turns)) * 8.0) as usize).min(7)
        };
        let n = 1u32 << 15;
        let mut cells = vec![(0.0, 0.0); 32];
        for i in 0..n {
            let s = make_sampler([5, 6], [7, 8], i);
            let drawn = sample_bsdf(b, draw_2d(s, 0)[0], draw_2d(s, 1));
            if drawn.pdf > 0.0 {
                cells[cell(drawn.direction)].0 += 1.0 / f64::from(n);
            }
        }
        for (i, c) in cells.iter_mut().enumerate() {
            c.1 = integral(|wi| if cell(wi) == i { f64::from(evaluate_bsdf(density_of, wi).pdf) } else { 0.0 }, 256);
        }
        cells
    }

    #[test]
    fn directions_are_drawn_as_often_as_their_density_says() {
        for (metallic, roughness, cosine) in [(0.0, 0.5, 0.4), (1.0, 0.5, 0.8), (1.0, 0.9, 0.3)] {
            let b = bsdf(vec3(0.7, 0.7, 0.7), metallic, roughness, cosine, false);
            for (i, (drawn, density)) in histograms(&b, &b).into_iter().enumerate() {
                assert!(
                    (drawn - density).abs() < 0.006,
                    "{metallic} {roughness} {cosine}, cell {i}: {drawn} {density}"
                );
            }
        }
    }

    #[test]
    fn the_comparison_rejects_the_density_of_another_roughness() {
        let b = bsdf(Vec3::ONE, 1.0, 0.5, 0.8, false);
        let other = bsdf(Vec3::ONE, 1.0, 0.6, 0.8, false);
        assert!(histograms(&b, &other).into_iter().any(|(drawn, density)| (drawn - density).abs() > 0.006));
    }

    #[test]
    fn the_albedo_table_is_the_lobes_quadrature() {
        for (roughness, cosine) in [(0.2, 0.3), (0.5, 0.1), (0.5, 0.9), (0.8, 0.5), (1.0, 1.0)] {
            // The lobe alone: a metal of the literal model, white for the first table, and 0.04 for the second.
            for (f0, column) in [(1.0, 0), (DIELECTRIC_F0, 1)] {
                let a = albedo(&bsdf(Vec3::splat(f0), 1.0, roughness, cosine, true));
                let table = f64::from(lobe_albedo(roughness, cosine)[column]);
                assert!((a - table).abs() < 0.004, "{roughness} {cosine} {f0}: {a} {table}");
            }
        }
    }

    #[test]
    fn the_means_of_the_albedo_table_are_its_cosine_weighted_means() {
        for roughness in [0.0, 0.33, 0.8, 1.0] {
            for column in 0..2 {
                let mean = integral(|wi| f64::from(lobe_albedo(roughness, wi.z)[column] * wi.z * FRAC_1_PI), 200);
                let table = f64::from(lobe_albedo_mean(roughness)[column]);
                assert!((mean - table).abs() < 1e-3, "{roughness} {column}: {mean} {table}");
            }
        }
    }

    #[test]
    fn frames_are_orthonormal_in_every_direction() {
        for i in 0..200 {
            let n = direction(-1.0 + 0.01 * i as f32, 0.618 * i as f32);
            let (t, b) = tangent_frame(n);
            for (x, y, want) in [(t, t, 1.0), (b, b, 1.0), (t, b, 0.0), (t, n, 0.0), (b, n, 0.0)] {
                assert!((x.dot(y) - want).abs() < 1e-5, "{n:?}");
            }
            assert!(t.cross(b).dot(n) > 0.999, "{n:?}");
        }
    }

    #[test]
    fn nothing_is_scattered_behind_the_surface() {
        let tilted = direction(0.6, 0.0);
        let b = make_bsdf(tilted, UP, direction(0.8, 0.3), Vec3::ONE, 0.0, 0.5, false, false);
        let below = vec3(0.8, 0.0, -0.1).normalize();
        assert!(below.dot(tilted) > 0.0);
        assert_eq!(evaluate_bsdf(&b, below).value, Vec3::ZERO);
        let (all, none) = (direction(1.0, 0.0), direction(-0.5, 0.2));
        assert!(evaluate_bsdf(&b, all).value.x > 0.0);
        assert_eq!(evaluate_bsdf(&b, none).pdf, 0.0);
    }
}
