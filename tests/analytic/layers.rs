//! Surfaces with extensions, each lobe by itself: what they reflect and let through in all, and how they are drawn from.

use genki::math::{Vec3, det, vec3};
use genki::render::cpu::bsdf::{Bsdf, BsdfSample, make_bsdf};
use genki::render::cpu::extended::Extended;
use genki::render::cpu::layered::{Boundary, make_layers};
use genki::render::cpu::scatter::{evaluate_bsdf, sample_bsdf};

const UP: Vec3 = vec3(0.0, 0.0, 1.0);
const ROUGHNESSES: [f32; 7] = [0.0, 0.1, 0.25, 0.4, 0.6, 0.8, 1.0];
const COSINES: [f32; 5] = [0.1, 0.3, 0.5, 0.8, 1.0];

/// Nothing but a base.
const NEUTRAL: Extended = Extended {
    specular_color: Vec3::ONE,
    specular: 1.0,
    roughness: 0.5,
    clearcoat: 0.0,
    clearcoat_roughness: 0.0,
    clearcoat_normal: UP,
    sheen_color: Vec3::ZERO,
    sheen_roughness: 0.0,
    transmission: 0.0,
    diffuse_transmission: 0.0,
    diffuse_transmission_color: Vec3::ONE,
    anisotropy: 0.0,
    anisotropy_direction: vec3(1.0, 0.0, 0.0),
    iridescence: 0.0,
    iridescence_nm: 400.0,
};

const THIN: Boundary =
    Boundary { before: 1.0, behind: 1.5, is_thin: true, is_coated: true, is_glossiness: false, film_ior: 1.3 };
const INTO_GLASS: Boundary = Boundary { is_thin: false, ..THIN };
const OUT_OF_GLASS: Boundary = Boundary { before: 1.5, behind: 1.0, is_thin: false, is_coated: false, ..THIN };

fn toward(cosine: f32, turns: f32) -> Vec3 {
    let (s, c) = det::sin_cos_turns(turns);
    let sine = (1.0 - cosine * cosine).sqrt();
    vec3(sine * c, sine * s, cosine)
}

fn surface(e: &Extended, at: &Boundary, metallic: f32, wo: Vec3, literal: bool) -> Bsdf {
    let plain = make_bsdf(UP, UP, wo, Vec3::ONE, metallic, e.roughness, literal, false);
    make_layers(&plain, Vec3::ONE, metallic, e, at)
}

/// Mean of the weights of draws: the albedo towards the viewer.
fn albedo(b: &Bsdf, n: u32) -> f64 {
    mean_over_draws(b, n, |s| f64::from(s.weight.y))
}

/// Each lobe as often as it is drawn, at `n` × `n` places evenly over its draws: a quadrature, without noise. Rows are
/// sheared, so that what hangs on one of the two draws alone is met at n² places of it.
fn mean_over_draws(b: &Bsdf, n: u32, f: impl Fn(&BsdfSample) -> f64) -> f64 {
    let [visible, diffuse, below, coat, fibres] = b.layers.chances;
    let lobes = [
        (0, visible),
        (visible, diffuse),
        (visible + diffuse, below),
        (256 - coat, coat),
        (256 - coat - fibres, fibres),
    ];
    assert_eq!(visible + diffuse + below + coat + fibres, 256);
    // What chooses between reflection and refraction, in the bits below those of the lobe.
    let n_ways = if b.layers.transmitted.x > 0.0 { 8 } else { 1 };
    let at = |i: u32, within: f64| ((f64::from(i) + within) / f64::from(n) * 4_294_967_296.0) as u32;
    let mut sum = 0.0;
    for (first, chances) in lobes.into_iter().filter(|(_, chances)| *chances > 0) {
        for i in 0..n {
            for j in 0..n {
                // Each place begins the ways elsewhere, so that all places together try all 256.
                let place = [at(i, 0.5), at(j, (f64::from(i) + 0.5) / f64::from(n))];
                for way in 0..n_ways {
                    let choice = first << 24 | (way * (256 / n_ways) + (i * 5 + j * 3) % (256 / n_ways)) << 16;
                    sum += f64::from(chances) / f64::from(256 * n_ways) * f(&sample_bsdf(b, choice, place));
                }
            }
        }
    }
    sum / f64::from(n * n)
}

/// The furthest of all albedos from 1, for each roughness, viewing angle and azimuth.
fn furthest_from_one(with: impl Fn(f32) -> Extended, at: &Boundary, metallic: f32) -> (f64, f32, f32, f32) {
    let mut worst = (0.0, 0.0, 0.0, 0.0);
    for roughness in ROUGHNESSES {
        for cosine in COSINES {
            let e = with(roughness);
            // Only with two roughnesses the azimuth matters.
            for turns in if e.anisotropy > 0.0 { vec![0.0, 0.07, 0.15, 0.25] } else { vec![0.1] } {
                let a = albedo(
                    &surface(&e, at, metallic, toward(cosine, turns), false),
                    if e.transmission > 0.0 { 128 } else { 120 },
                );
                if (a - 1.0).abs() > worst.0 {
                    worst = ((a - 1.0).abs(), roughness, cosine, turns);
                }
            }
        }
    }
    worst
}

#[test]
fn white_furnaces_of_single_layers() {
    let base = |roughness| Extended { roughness, ..NEUTRAL };
    let mut report = Vec::new();
    let mut check = |name: &str, worst: (f64, f32, f32, f32)| {
        report.push(format!(
            "{name}: off by {:.4} at roughness {}, cos {}, turns {}",
            worst.0, worst.1, worst.2, worst.3
        ));
        worst.0 < 0.005
    };
    let mut ok = true;
    for metallic in [0.0, 0.5, 1.0] {
        ok &= check("base", furthest_from_one(base, &THIN, metallic));
        for anisotropy in [0.3, 0.7, 1.0] {
            let with = |roughness| Extended { anisotropy, ..base(roughness) };
            ok &= check(
                &format!("anisotropy {anisotropy} metallic {metallic}"),
                furthest_from_one(with, &THIN, metallic),
            );
        }
        for clearcoat in [0.5, 1.0] {
            let with = |r| Extended { clearcoat, clearcoat_roughness: r, ..NEUTRAL };
            ok &=
                check(&format!("clearcoat {clearcoat} metallic {metallic}"), furthest_from_one(with, &THIN, metallic));
        }
    }
    let with = |r| Extended { sheen_color: Vec3::ONE, sheen_roughness: r, ..NEUTRAL };
    ok &= check("sheen", furthest_from_one(with, &THIN, 0.0));
    let with = |r| Extended { specular_color: Vec3::splat(30.0), ..base(r) };
    ok &= check("specular of a mirror", furthest_from_one(with, &THIN, 0.0));
    let with = |r| Extended { specular: 0.0, ..base(r) };
    ok &= check("no specular", furthest_from_one(with, &THIN, 0.0));
    ok &= check("glossiness", furthest_from_one(base, &Boundary { is_glossiness: true, ..THIN }, 0.0));
    {
        let transmission = 1.0;
        let with = |r| Extended { transmission, ..base(r) };
        ok &= check(&format!("thin glass {transmission}"), furthest_from_one(with, &THIN, 0.0));
        ok &= check(&format!("into glass {transmission}"), furthest_from_one(with, &INTO_GLASS, 0.0));
        ok &= check(&format!("out of glass {transmission}"), furthest_from_one(with, &OUT_OF_GLASS, 0.0));
        for index in [1.08, 2.4] {
            let (into, out) = (Boundary { behind: index, ..INTO_GLASS }, Boundary { before: index, ..OUT_OF_GLASS });
            ok &= check(&format!("into index {index}, {transmission}"), furthest_from_one(with, &into, 0.0));
            ok &= check(&format!("out of index {index}, {transmission}"), furthest_from_one(with, &out, 0.0));
        }
    }
    let with = |r| Extended { diffuse_transmission: 0.4, ..base(r) };
    ok &= check("diffuse transmission", furthest_from_one(with, &THIN, 0.0));
    assert!(ok, "{}", report.join("\n"));
}

/// Every combination that has lobes of its own, at a viewing angle.
fn zoo(wo: Vec3, literal: bool) -> Vec<(&'static str, Bsdf)> {
    let tilted = vec3(0.2, -0.1, 0.97).normalize();
    let all = Extended {
        clearcoat: 0.7,
        clearcoat_roughness: 0.3,
        clearcoat_normal: tilted,
        sheen_color: vec3(0.5, 0.3, 0.8),
        sheen_roughness: 0.4,
        diffuse_transmission: 0.3,
        ..NEUTRAL
    };
    let glass = Extended { transmission: 0.8, roughness: 0.5, ..NEUTRAL };
    let brushed = Extended { anisotropy: 0.8, iridescence: 0.6, ..NEUTRAL };
    vec![
        ("coat, fibres, both sides", surface(&all, &THIN, 0.2, wo, literal)),
        ("thin glass", surface(&glass, &THIN, 0.1, wo, literal)),
        ("into glass", surface(&glass, &INTO_GLASS, 0.0, wo, literal)),
        ("out of glass", surface(&glass, &OUT_OF_GLASS, 0.0, wo, literal)),
        ("brushed film", surface(&brushed, &THIN, 0.5, wo, literal)),
    ]
}

/// ∫ over the sphere by midpoints in z and azimuth.
fn over_the_sphere(n: u32, mut f: impl FnMut(Vec3) -> f64) -> f64 {
    let mut sum = 0.0;
    for i in 0..n {
        for j in 0..n {
            // Midpoints never fall on the horizon.
            let z = (2.0 * (f64::from(i) + 0.5) / f64::from(n) - 1.0) as f32;
            sum += f(toward(z, (j as f32 + 0.5) / n as f32));
        }
    }
    sum * 4.0 * std::f64::consts::PI / f64::from(n * n)
}

#[test]
fn draws_and_evaluations_tell_the_same_albedo_and_density() {
    for literal in [false, true] {
        for cosine in [0.25, 0.8] {
            for (name, b) in zoo(toward(cosine, 0.13), literal) {
                let n = 64;
                let drawn = albedo(&b, n);
                let integral = over_the_sphere(400, |wi| f64::from(evaluate_bsdf(&b, wi).value.y));
                assert!((drawn - integral).abs() < 0.02 * integral, "{name} {literal} {cosine}: {drawn} {integral}");
                let found = mean_over_draws(&b, n, |s| if s.pdf > 0.0 { 1.0 } else { 0.0 });
                let density = over_the_sphere(400, |wi| f64::from(evaluate_bsdf(&b, wi).pdf));
                assert!((found - density).abs() < 0.02, "{name} {literal} {cosine}: {found} drawn, ∫ pdf {density}");
            }
        }
    }
}

#[test]
fn a_sharp_glass_bends_by_snells_law_and_splits_by_schlick() {
    let e = Extended { transmission: 1.0, roughness: 0.0, ..NEUTRAL };
    for (at, cosine) in [(INTO_GLASS, 0.6_f32), (OUT_OF_GLASS, 0.9)] {
        let b = surface(&e, &at, 0.0, toward(cosine, 0.0), true);
        let ratio = f64::from(at.before / at.behind);
        let sine = (1.0 - f64::from(cosine) * f64::from(cosine)).sqrt() * ratio;
        let through = (1.0 - sine * sine).sqrt();
        let outside = if ratio < 1.0 { f64::from(cosine) } else { through };
        let rest = 1.0 - outside;
        let fresnel = 0.04 + 0.96 * (rest * rest * rest * rest * rest);
        let mut reflected = 0.0;
        let mean_sine = mean_over_draws(&b, 16, |s| if s.is_below { f64::from(-s.direction.x) } else { 0.0 });
        let below = mean_over_draws(&b, 16, |s| if s.is_below { 1.0 } else { 0.0 });
        reflected += mean_over_draws(&b, 16, |s| if s.is_below { 0.0 } else { f64::from(s.weight.y) });
        assert!((mean_sine / below - sine).abs() < 2e-3, "{} {sine}", mean_sine / below);
        assert!((reflected - fresnel).abs() < 4e-3, "{reflected} {fresnel}");
    }
}

#[test]
fn no_light_leaves_glass_beyond_the_critical_angle() {
    let e = Extended { transmission: 1.0, roughness: 0.0, ..NEUTRAL };
    // The critical angle's cosine is √(1 − 1/1.5²) = 0.745.
    let b = surface(&e, &OUT_OF_GLASS, 0.0, toward(0.7, 0.0), true);
    assert_eq!(mean_over_draws(&b, 16, |s| if s.is_below { 1.0 } else { 0.0 }), 0.0);
    assert!((albedo(&b, 16) - 1.0).abs() < 2e-3);
}

#[test]
fn iridescence_fades_into_the_base_with_its_film() {
    let plain = surface(&NEUTRAL, &THIN, 1.0, toward(0.8, 0.0), false);
    let film = Extended { iridescence: 1.0, iridescence_nm: 0.0, ..NEUTRAL };
    let thin = surface(&film, &THIN, 1.0, toward(0.8, 0.0), false);
    assert!((albedo(&plain, 40) - albedo(&thin, 40)).abs() < 0.01, "{} {}", albedo(&plain, 40), albedo(&thin, 40));
}
