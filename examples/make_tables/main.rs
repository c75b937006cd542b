//! Makes `src/render/cpu/albedos.bin`: what the lobes of materials' extensions reflect and let through, by quadrature.
//!
//! Run it from the repository's root after a change of a lobe: `cargo run --release --example make_tables`. The renderer's
//! tests integrate the lobes anew, by another rule, and compare.

use genki::render::cpu::bsdf::DIELECTRIC_F0;
use genki::render::cpu::lobes::MIN_SHEEN_ALPHA;
use genki::render::cpu::tables::{
    ALBEDO_COSINES, ALBEDO_ROUGHNESSES, ANISOTROPIC_AZIMUTHS, ANISOTROPIC_COSINES, ANISOTROPIC_FIRST,
    ANISOTROPIC_ROUGHNESSES, ANISOTROPIC_STRETCHES, GLASS_COSINES, GLASS_INDICES, GLASS_MAX_INDEX, GLASS_ROUGHNESSES,
    SHEEN_COSINES, SHEEN_ROUGHNESSES,
};
use std::f64::consts::{FRAC_PI_2, TAU};
use std::path::Path;

/// Places of the quadrature on each axis.
const N: u32 = 96;
/// Grazing angles and mirrors have no quadrature: the tables' edges stand for what they tend to.
const MIN_COSINE: f64 = 1.0e-4;
const MIN_ALPHA: f64 = 1.0e-3;

type V = [f64; 3];

fn main() -> std::io::Result<()> {
    let (albedos, means) = reflections();
    let mut codes = albedos;
    codes.extend(means);
    codes.extend(glass());
    codes.extend(anisotropic());
    codes.extend(sheen());
    let bytes: Vec<u8> = codes.into_iter().flat_map(|x| ((x * 65_535.0 + 0.5) as u16).to_le_bytes()).collect();
    std::fs::write(Path::new("src/render/cpu/albedos.bin"), bytes)
}

/// Node i of n between 0 and 1.
fn node(i: u32, n: u32) -> f64 {
    f64::from(i) / f64::from(n - 1)
}

fn at_cosine(cosine: f64, turn: f64) -> V {
    let c = if cosine < MIN_COSINE { MIN_COSINE } else { cosine };
    let s = (1.0 - c * c).sqrt();
    [s * libm::cos(turn), s * libm::sin(turn), c]
}

fn square(x: f64) -> f64 {
    x * x
}

fn at_least(x: f64, least: f64) -> f64 {
    if x < least { least } else { x }
}

fn dot(a: V, b: V) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn unit(v: V) -> V {
    let length = dot(v, v).sqrt();
    v.map(|x| x / length)
}

/// How the places of the quadrature lie.
#[derive(Clone, Copy)]
enum Grid {
    /// In rows: what the table that every picture hangs on has been made with.
    Even,
    /// Each column a little lower than the one before it, so that what does not depend on the azimuth, as the edge of total
    /// reflection under normal incidence, is met at N² heights and not at N.
    Sheared,
}

/// The mean over visible normals of GGX (Dupuy and Benyoub 2023) of `f`.
fn over_visible_normals(wo: V, alpha: [f64; 2], grid: Grid, f: impl Fn(V) -> f64) -> f64 {
    let v = unit([wo[0] * alpha[0], wo[1] * alpha[1], wo[2]]);
    let mut sum = 0.0;
    for i in 0..N {
        for j in 0..N {
            let phi = TAU * (f64::from(i) + 0.5) / f64::from(N);
            let within = match grid {
                Grid::Even => 0.5,
                Grid::Sheared => (f64::from(i) + 0.5) / f64::from(N),
            };
            let z = (1.0 - (f64::from(j) + within) / f64::from(N)) * (1.0 + v[2]) - v[2];
            let sine = if z * z < 1.0 { (1.0 - z * z).sqrt() } else { 0.0 };
            let cap = [sine * libm::cos(phi) + v[0], sine * libm::sin(phi) + v[1], z + v[2]];
            sum += f(unit([cap[0] * alpha[0], cap[1] * alpha[1], at_least(cap[2], 1e-20)]));
        }
    }
    sum / f64::from(N * N)
}

/// Smith's Λ, of directions to either side.
fn lambda(v: V, alpha: [f64; 2]) -> f64 {
    let x = square(alpha[0] * v[0]) + square(alpha[1] * v[1]);
    ((1.0 + x / (v[2] * v[2])).sqrt() - 1.0) / 2.0
}

/// What of the light that meets a visible normal leaves towards `wi`: G2 / G1.
fn leaves(wo: V, wi: V, alpha: [f64; 2]) -> f64 {
    let own = 1.0 + lambda(wo, alpha);
    own / (own + lambda(wi, alpha))
}

fn mirrored(wo: V, h: V) -> V {
    let k = 2.0 * dot(wo, h);
    [k * h[0] - wo[0], k * h[1] - wo[1], k * h[2] - wo[2]]
}

/// Reflection with a Fresnel term of 1 and with a dielectric's, roughness × cosine; and the cosine-weighted means of the
/// rows, as they are interpolated.
fn reflections() -> (Vec<f64>, Vec<f64>) {
    let (mut all, mut means) = (Vec::new(), Vec::new());
    for roughness in 0..ALBEDO_ROUGHNESSES {
        let alpha = [at_least(square(node(roughness, ALBEDO_ROUGHNESSES)), MIN_ALPHA); 2];
        let row: Vec<[f64; 2]> = (0..ALBEDO_COSINES)
            .map(|cosine| reflection(at_cosine(square(node(cosine, ALBEDO_COSINES)), 0.0), alpha, Grid::Even))
            .collect();
        let n = 4096;
        for k in [0, 1] {
            let at = |i: u32| {
                let cosine = (f64::from(i) + 0.5) / f64::from(n);
                let x = cosine.sqrt() * f64::from(ALBEDO_COSINES - 1);
                let column = (x as usize).min(ALBEDO_COSINES as usize - 2);
                let share = x - column as f64;
                2.0 * cosine * (row[column][k] * (1.0 - share) + row[column + 1][k] * share)
            };
            means.push((0..n).map(at).sum::<f64>() / f64::from(n));
        }
        all.extend(row.into_iter().flatten());
    }
    (all, means)
}

/// Reflection with a Fresnel term of 1, and with a dielectric's.
fn reflection(wo: V, alpha: [f64; 2], grid: Grid) -> [f64; 2] {
    let with = |f0: f64| {
        over_visible_normals(wo, alpha, grid, |h| {
            let wi = mirrored(wo, h);
            let fresnel = f0 + (1.0 - f0) * libm::pow(1.0 - dot(wo, h), 5.0);
            if wi[2] > 0.0 { fresnel * leaves(wo, wi, alpha) } else { 0.0 }
        })
    };
    [with(1.0), with(f64::from(DIELECTRIC_F0))]
}

/// Reflection and refraction together, with Schlick's Fresnel term: [from the thinner side, from the denser one] ×
/// index × roughness × cosine.
fn glass() -> Vec<f64> {
    let mut out = Vec::new();
    for from_inside in [false, true] {
        for index in 0..GLASS_INDICES {
            let n = 1.0 + square(node(index, GLASS_INDICES)) * (f64::from(GLASS_MAX_INDEX) - 1.0);
            let eta = if from_inside { 1.0 / n } else { n };
            for roughness in 0..GLASS_ROUGHNESSES {
                let alpha = [at_least(square(node(roughness, GLASS_ROUGHNESSES)), MIN_ALPHA); 2];
                for cosine in 0..GLASS_COSINES {
                    let wo = at_cosine(square(node(cosine, GLASS_COSINES)), 0.0);
                    out.push(over_visible_normals(wo, alpha, Grid::Sheared, |h| glass_share(wo, h, eta, alpha)));
                }
            }
        }
    }
    out
}

fn glass_share(wo: V, h: V, eta: f64, alpha: [f64; 2]) -> f64 {
    let vh = dot(wo, h);
    let sine2 = (1.0 - vh * vh) / (eta * eta);
    let through = if sine2 < 1.0 { (1.0 - sine2).sqrt() } else { 0.0 };
    let f0 = square((eta - 1.0) / (eta + 1.0));
    let fresnel = f0 + (1.0 - f0) * libm::pow(1.0 - if eta >= 1.0 { vh } else { through }, 5.0);
    let reflected = mirrored(wo, h);
    let mut share = 0.0;
    if reflected[2] > 0.0 {
        share += fresnel * leaves(wo, reflected, alpha);
    }
    let k = vh / eta - through;
    let refracted = [k * h[0] - wo[0] / eta, k * h[1] - wo[1] / eta, k * h[2] - wo[2] / eta];
    if sine2 < 1.0 && refracted[2] < 0.0 {
        share += (1.0 - fresnel) * leaves(wo, refracted, alpha);
    }
    share
}

/// Roughness across × stretch × azimuth × cosine, two entries each.
fn anisotropic() -> Vec<f64> {
    let mut out = Vec::new();
    for roughness in 0..ANISOTROPIC_ROUGHNESSES {
        for stretch in 0..ANISOTROPIC_STRETCHES {
            let first = f64::from(ANISOTROPIC_FIRST);
            let root = first + (1.0 - first) * node(roughness, ANISOTROPIC_ROUGHNESSES);
            let across = square(root);
            let along = across + (1.0 - across) * square(node(stretch, ANISOTROPIC_STRETCHES));
            let alpha = [along, across].map(square);
            for azimuth in 0..ANISOTROPIC_AZIMUTHS {
                let turn = libm::acos(square(node(azimuth, ANISOTROPIC_AZIMUTHS)));
                for cosine in 0..ANISOTROPIC_COSINES {
                    let wo = at_cosine(square(node(cosine, ANISOTROPIC_COSINES)), turn);
                    out.extend(reflection(wo, alpha, Grid::Sheared));
                }
            }
        }
    }
    out
}

/// Charlie's lobe (Estevez and Kulla 2017): roughness × cosine.
fn sheen() -> Vec<f64> {
    let mut out = Vec::new();
    for roughness in 0..SHEEN_ROUGHNESSES {
        let r = node(roughness, SHEEN_ROUGHNESSES);
        let alpha = at_least(r * r, f64::from(MIN_SHEEN_ALPHA));
        for cosine in 0..SHEEN_COSINES {
            let wo = at_cosine(square(node(cosine, SHEEN_COSINES)), 0.0);
            let albedo = sheen_albedo(wo, alpha);
            out.push(if albedo < 1.0 { albedo } else { 1.0 });
        }
    }
    out
}

/// ∫ f |cos| over the hemisphere by half vectors, which lie near the horizon: θ by midpoints of its sine's arc.
fn sheen_albedo(wo: V, alpha: f64) -> f64 {
    let n = 4 * N;
    let mut sum = 0.0;
    for i in 0..n {
        let theta = FRAC_PI_2 * (f64::from(i) + 0.5) / f64::from(n);
        for j in 0..n {
            let phi = TAU * (f64::from(j) + 0.5) / f64::from(n);
            let wi = [libm::sin(theta) * libm::cos(phi), libm::sin(theta) * libm::sin(phi), libm::cos(theta)];
            let h = unit([wo[0] + wi[0], wo[1] + wi[1], wo[2] + wi[2]]);
            let sine2 = 1.0 - h[2] * h[2];
            let density = (2.0 + 1.0 / alpha) * libm::pow(sine2, 0.5 / alpha) / TAU;
            let visibility = 1.0 / ((1.0 + fibres(wi[2], alpha) + fibres(wo[2], alpha)) * 4.0 * wi[2] * wo[2]);
            sum += density * visibility * wi[2] * libm::sin(theta);
        }
    }
    sum * FRAC_PI_2 / f64::from(n) * TAU / f64::from(n)
}

/// Λ of the fibres: the fit of Estevez and Kulla.
fn fibres(cosine: f64, alpha: f64) -> f64 {
    let t = square(1.0 - alpha);
    let mix = |rough: f64, smooth: f64| rough + (smooth - rough) * t;
    let l = |x: f64| {
        mix(21.5473, 25.3245) / (1.0 + mix(3.82987, 3.32435) * libm::pow(x, mix(0.19823, 0.16801)))
            + mix(-1.97760, -1.27393) * x
            + mix(-4.32054, -4.85967)
    };
    if cosine < 0.5 { libm::exp(l(cosine)) } else { libm::exp(2.0 * l(0.5) - l(1.0 - cosine)) }
}
