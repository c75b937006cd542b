//! Reflection of a thin film on a surface, in colour. Twin: src/render/cpu/iridescence.rs, which has the source. Knows no
//! materials.

const MIN_FILM_NM: f32 = 30.0;
const MAX_FILM_F0: f32 = 0.9999;
const FILM_X_WEIGHT: f32 = 0.8465900;
const FILM_X2_WEIGHT: f32 = 0.1538683;
const FILM_Y_WEIGHT: f32 = 1.0002218;
const FILM_Z_WEIGHT: f32 = 1.0011225;
const PI: f32 = 3.1415927;
const TAU: f32 = 6.2831855;

fn film_fresnel(cosine: f32, f0: vec3f, film_ior: f32, thickness_nm: f32) -> vec3f {
    let x = det_clamp(thickness_nm / MIN_FILM_NM, 0.0, 1.0);
    let ior = 1.0 + (film_ior - 1.0) * (x * x * (3.0 - 2.0 * x));
    let inner2 = 1.0 - (1.0 - cosine * cosine) / (ior * ior);
    if inner2 <= 0.0 {
        return vec3f(1.0);
    }
    let inner = sqrt(inner2);
    let r12 = schlick(ior_to_f0(ior, 1.0), cosine);
    let t121 = 1.0 - r12;
    let phase_12 = select(0.0, PI, ior < 1.0);
    let phase_21 = PI - phase_12;
    let base = vec3f(f0_to_ior(f0.x), f0_to_ior(f0.y), f0_to_ior(f0.z));
    let r23 = vec3f(
        schlick(ior_to_f0(base.x, ior), inner),
        schlick(ior_to_f0(base.y, ior), inner),
        schlick(ior_to_f0(base.z, ior), inner),
    );
    let shift = vec3f(
        phase_21 + half_turn_below(base.x, ior),
        phase_21 + half_turn_below(base.y, ior),
        phase_21 + half_turn_below(base.z, ior),
    );
    let path_nm = 2.0 * ior * thickness_nm * inner;
    let r123 = vec3f(film_product(r12 * r23.x), film_product(r12 * r23.y), film_product(r12 * r23.z));
    let root = vec3f(sqrt(r123.x), sqrt(r123.y), sqrt(r123.z));
    let inside = vec3f(
        t121 * t121 * r23.x / (1.0 - r123.x),
        t121 * t121 * r23.y / (1.0 - r123.y),
        t121 * t121 * r23.z / (1.0 - r123.z),
    );
    let once = (inside - vec3f(t121)) * root;
    let twice = once * root;
    let sum = vec3f(r12)
        + inside
        + once * (film_sensitivity(path_nm, shift) * 2.0)
        + twice * (film_sensitivity(2.0 * path_nm, shift * 2.0) * 2.0);
    return vec3f(det_clamp(sum.x, 0.0, 1.0), det_clamp(sum.y, 0.0, 1.0), det_clamp(sum.z, 0.0, 1.0));
}

fn schlick(f0: f32, cosine: f32) -> f32 {
    return f0 + (1.0 - f0) * schlick_weight(cosine);
}

fn ior_to_f0(to_ior: f32, from_ior: f32) -> f32 {
    let r = (to_ior - from_ior) / (to_ior + from_ior);
    return r * r;
}

fn f0_to_ior(f0: f32) -> f32 {
    let root = sqrt(det_clamp(f0, 0.0, MAX_FILM_F0));
    return (1.0 + root) / (1.0 - root);
}

fn half_turn_below(base: f32, film_ior: f32) -> f32 {
    return select(0.0, PI, base < film_ior);
}

fn film_product(r: f32) -> f32 {
    return det_clamp(r, 1.0e-5, MAX_FILM_F0);
}

fn film_sensitivity(path_nm: f32, shift: vec3f) -> vec3f {
    let phase = TAU * path_nm * 1.0e-9;
    let phase2 = phase * phase;
    let x = film_wave(phase, phase2, shift.x, FILM_X_WEIGHT, 1.6810e6, 4.3278e9)
        + film_wave(phase, phase2, shift.x, FILM_X2_WEIGHT, 2.2399e6, 4.5282e9);
    let y = film_wave(phase, phase2, shift.y, FILM_Y_WEIGHT, 1.7953e6, 9.3046e9);
    let z = film_wave(phase, phase2, shift.z, FILM_Z_WEIGHT, 2.2084e6, 6.6121e9);
    return vec3f(
        3.2404542 * x - 1.5371385 * y - 0.4985314 * z,
        1.8760108 * y - 0.969266 * x + 0.041556 * z,
        0.0556434 * x - 0.2040259 * y + 1.0572252 * z,
    );
}

fn film_wave(phase: f32, phase2: f32, shift: f32, weight: f32, center: f32, variance: f32) -> f32 {
    return weight * det_cos(center * phase + shift) * det_exp(-variance * phase2);
}
