//! What the scenes' answers are derived with, in f64: glTF's Appendix B as its text has it, and quadratures.
//!
//! Independent of the renderer: only the shape of the formulae is shared, by way of the specification. The visibility term is
//! Smith's height-correlated one, which the project chose (the specification's text has the separable one).

use genki::scene::SkyImage;
use std::f64::consts::{PI, TAU};

pub type Vector = [f64; 3];

pub fn vector(v: genki::math::Vec3) -> Vector {
    v.to_array().map(f64::from)
}

pub fn dot(a: Vector, b: Vector) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

pub fn plus(a: Vector, b: Vector) -> Vector {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}

pub fn times(a: Vector, s: f64) -> Vector {
    a.map(|x| x * s)
}

pub fn product(a: Vector, b: Vector) -> Vector {
    [a[0] * b[0], a[1] * b[1], a[2] * b[2]]
}

pub fn minus(a: Vector, b: Vector) -> Vector {
    plus(a, times(b, -1.0))
}

pub fn unit(a: Vector) -> Vector {
    times(a, 1.0 / dot(a, a).sqrt())
}

/// The mirrored direction of `wo` about z.
pub fn mirrored(wo: Vector) -> Vector {
    [-wo[0], -wo[1], wo[2]]
}

/// A unit vector at polar angle θ with cosine `z`, turned by `phi` about z.
pub fn at(z: f64, phi: f64) -> Vector {
    let r = (1.0 - z * z).max(0.0).sqrt();
    [r * libm::cos(phi), r * libm::sin(phi), z]
}

/// glTF's metallic-roughness, with the normal along z.
#[derive(Clone, Copy, Debug)]
pub struct Gltf {
    pub color: Vector,
    pub metallic: f64,
    pub roughness: f64,
}

impl Gltf {
    /// `material = mix(dielectric_brdf, metal_brdf, metallic)`.
    pub fn brdf(&self, wo: Vector, wi: Vector) -> Vector {
        if wo[2] <= 0.0 || wi[2] <= 0.0 {
            return [0.0; 3];
        }
        let h = unit(plus(wo, wi));
        let alpha2 = libm::pow(self.roughness, 4.0);
        let q = h[2] * h[2] * (alpha2 - 1.0) + 1.0;
        let d = alpha2 / (PI * q * q);
        let smith = |a: f64, b: f64| a * (b * b * (1.0 - alpha2) + alpha2).sqrt();
        let v = 0.5 / (smith(wi[2], wo[2]) + smith(wo[2], wi[2]));
        let specular = v * d;
        let schlick = libm::pow(1.0 - dot(wo, h).abs(), 5.0);
        std::array::from_fn(|k| {
            let c = self.color[k];
            // fresnel_mix(ior = 1.5, base = diffuse, layer = specular)
            let fr = 0.04 + (1.0 - 0.04) * schlick;
            let dielectric = (1.0 - fr) * (c / PI) + fr * specular;
            // conductor_fresnel(f0 = colour, bsdf = specular)
            let metal = specular * (c + (1.0 - c) * schlick);
            dielectric * (1.0 - self.metallic) + metal * self.metallic
        })
    }

    /// BRDF × cos.
    pub fn scattered(&self, wo: Vector, wi: Vector) -> Vector {
        times(self.brdf(wo, wi), wi[2].max(0.0))
    }

    /// Radiance towards `wo` under radiance from everywhere above: ∫ f L cos dω.
    ///
    /// `n` midpoints from pole to horizon, twice as many around.
    pub fn under(&self, wo: Vector, n: u32, radiance: impl Fn(Vector) -> Vector) -> Vector {
        over_cone(0.0, n, |wi| product(self.scattered(wo, wi), radiance(wi)))
    }
}

/// ∫ f dω over the directions about z whose cosine is above `z_min`: midpoints, even in solid angle.
pub fn over_cone(z_min: f64, n: u32, f: impl Fn(Vector) -> Vector) -> Vector {
    let cell = (1.0 - z_min) * TAU / (2.0 * f64::from(n) * f64::from(n));
    let mut sum = [0.0; 3];
    for i in 0..n {
        let z = z_min + (1.0 - z_min) * (f64::from(i) + 0.5) / f64::from(n);
        for j in 0..2 * n {
            sum = plus(sum, f(at(z, (f64::from(j) + 0.5) / f64::from(2 * n) * TAU)));
        }
    }
    times(sum, cell)
}

/// ∫ f dA over the parallelogram with half sides `u`, `v`: n × n midpoints.
pub fn over_quad(center: Vector, u: Vector, v: Vector, n: u32, f: impl Fn(Vector) -> Vector) -> Vector {
    let normal = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
    let area = 4.0 * dot(normal, normal).sqrt();
    let mut sum = [0.0; 3];
    let place = |i: u32| 2.0 * (f64::from(i) + 0.5) / f64::from(n) - 1.0;
    for i in 0..n {
        for j in 0..n {
            sum = plus(sum, f(plus(center, plus(times(u, place(i)), times(v, place(j))))));
        }
    }
    times(sum, area / f64::from(n * n))
}

/// Where a texel's centre lies in the sky: u = 0.5 − (atan2(d.y, d.x) − rotation) / 2π, v = acos(d.z) / π.
pub fn texel_direction(image: &SkyImage, x: u32, y: u32, rotation: f64) -> Vector {
    let u = (f64::from(x) + 0.5) / f64::from(image.width);
    let v = (f64::from(y) + 0.5) / f64::from(image.height);
    at(libm::cos(v * PI), rotation + (0.5 - u) * TAU)
}

/// Bilinear radiance of a sky image in a direction; texel centres at +0.5, wraps in u, clamps in v.
pub fn sky_radiance(image: &SkyImage, rotation: f64, d: Vector) -> Vector {
    let (w, h) = (i64::from(image.width), i64::from(image.height));
    let u = 0.5 - (libm::atan2(d[1], d[0]) - rotation) / TAU;
    let (x, y) = (u * w as f64 - 0.5, libm::acos(d[2].clamp(-1.0, 1.0)) / PI * h as f64 - 0.5);
    let (x0, y0) = (x.floor(), y.floor());
    let texel = |i: i64, j: i64| {
        let index = j.clamp(0, h - 1) * w + i.rem_euclid(w);
        image.texels[index as usize].map(f64::from)
    };
    let row = |j: i64| {
        let (a, b) = (texel(x0 as i64, j), texel(x0 as i64 + 1, j));
        plus(times(a, 1.0 - (x - x0)), times(b, x - x0))
    };
    plus(times(row(y0 as i64), 1.0 - (y - y0)), times(row(y0 as i64 + 1), y - y0))
}

#[test]
fn a_value_of_appendix_b_by_hand() {
    // Roughness 1, all directions along the normal: D = 1/π, V = 1/4, Fresnel = F0.
    let up = [0.0, 0.0, 1.0];
    let dielectric = Gltf { color: [0.5; 3], metallic: 0.0, roughness: 1.0 }.brdf(up, up)[0];
    assert!((dielectric - (0.96 * 0.5 + 0.04 * 0.25) / PI).abs() < 1e-12, "{dielectric}");
    let metal = Gltf { color: [0.5; 3], metallic: 1.0, roughness: 1.0 }.brdf(up, up)[0];
    assert!((metal - 0.5 * 0.25 / PI).abs() < 1e-12, "{metal}");
}

#[test]
fn the_quadratures_know_known_integrals() {
    let cosine = over_cone(0.0, 64, |w| [w[2]; 3])[0];
    assert!((cosine - PI).abs() < 1e-3, "{cosine}");
    let cap = over_cone(0.5, 64, |_| [1.0; 3])[0];
    assert!((cap - PI).abs() < 1e-9, "{cap}");
    // A square of side 2 at height 1: its form factor has a closed form (Howell, B-4).
    let form = over_quad([0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], 256, |p| {
        let d2 = dot(p, p);
        [p[2] * p[2] / (PI * d2 * d2); 3]
    })[0];
    let s = 2f64.sqrt();
    let corner = (1.0 / s) * libm::atan(1.0 / s) / PI;
    assert!((form - 4.0 * corner).abs() < 1e-4, "{form}, {}", 4.0 * corner);
}
