//! A clear day: sky and sun from formulas, baked into a sky image. In f64 (+ − × ÷ sqrt, libm).
//!
//! Source: Preetham, Shirley, Smits 1999, A Practical Analytic Model for Daylight: the sky by Perez's distribution with
//! coefficients linear in turbidity, the sun by what the air leaves of a black body's light. Not counted: what mixed gases and
//! water vapour take, which begins at 690 nm.
//!
//! Scale: an irradiance of π stands for 100 000 lx. A white surface under a noon sun has a radiance of about 1; at sunset a
//! sky is some five stops darker, as it is.

use crate::hash::Hasher;
use crate::math::spectrum::{planck, rec709, xyz_of, xyz_of_xyy};
use crate::plan::SunSky;
use crate::scene::SkyImage;
use std::f64::consts::{FRAC_PI_2, PI, TAU};

const WIDTH: u32 = 512;
const HEIGHT: u32 = 256;
/// Diameter of the sun's disk.
pub(super) const SUN_ANGLE_DEG: f64 = 0.53;
/// Of the black body that the sun is taken for.
const SUN_K: f64 = 5778.0;
/// Radiance of 1000 cd/m², irradiance of 1000 lx: π stands for 100 klx.
const UNITS_PER_THOUSAND: f64 = PI / 100.0;
/// Ozone of the whole air, in cm.
const OZONE_CM: f64 = 0.35;
/// Absorption by ozone in 1/cm every 20 nm from 400 nm. Source: Iqbal 1983, as in the paper's appendix.
const OZONE: [f64; 16] =
    [0.0, 0.0, 0.003, 0.006, 0.014, 0.03, 0.048, 0.075, 0.103, 0.12, 0.125, 0.105, 0.079, 0.057, 0.036, 0.023];

/// A day's sky and sun.
pub(super) struct Day {
    /// The sun stands over its middle: at azimuth 0.
    pub image: SkyImage,
    /// Linear irradiance of the sun on a surface that faces it; 0 where the day has none.
    pub sun: [f64; 3],
}

/// Bakes the day; `azimuth_deg` is left to the sky's rotation.
pub(super) fn bake(day: &SunSky) -> Day {
    let sun_theta = (90.0 - day.elevation_deg).to_radians();
    let sun = if day.sun { sun_irradiance(sun_theta, day.turbidity) } else { [0.0; 3] };
    let perez = Perez::new(sun_theta, day.turbidity);
    let (width, height) = (WIDTH as usize, HEIGHT as usize);
    let mut texels = vec![[0.0f32; 3]; width * height];
    let cos_sun = libm::cos(sun_theta);
    let mut level = sun.map(|e| e * cos_sun);
    for y in 0..height / 2 {
        let theta = (y as f64 + 0.5) / height as f64 * PI;
        let cell = TAU / width as f64
            * (libm::cos(y as f64 / height as f64 * PI) - libm::cos((y as f64 + 1.0) / height as f64 * PI));
        // Both halves are alike.
        for x in 0..width / 2 {
            let azimuth = (0.5 - (x as f64 + 0.5) / width as f64) * TAU;
            let rgb = perez.radiance(theta, azimuth);
            let rounded = rgb.map(|c| c as f32);
            texels[y * width + x] = rounded;
            texels[y * width + width - 1 - x] = rounded;
            for k in 0..3 {
                level[k] += 2.0 * rgb[k] * libm::cos(theta) * cell;
            }
        }
    }
    let ground: [f32; 3] = std::array::from_fn(|k| (day.ground_albedo[k] * level[k] / PI) as f32);
    texels[width * height / 2..].fill(ground);
    let mut hasher = Hasher::new();
    hasher.update(b"genki/sun_sky/v1\0");
    for number in [day.elevation_deg, day.turbidity].iter().chain(&day.ground_albedo) {
        hasher.update(&number.to_bits().to_be_bytes());
    }
    hasher.update(&[u8::from(day.sun)]);
    Day { image: SkyImage { digest: hasher.finish(), width: WIDTH, height: HEIGHT, texels }, sun }
}

/// What the air leaves of the sun, on a surface that faces it. `theta`: from the zenith, in radians.
fn sun_irradiance(theta: f64, turbidity: f64) -> [f64; 3] {
    let half_angle = (SUN_ANGLE_DEG / 2.0).to_radians();
    let solid_angle = TAU * (1.0 - libm::cos(half_angle));
    // Relative optical mass (Kasten 1966).
    let mass = 1.0 / (libm::cos(theta) + 0.15 * libm::pow(93.885 - theta.to_degrees(), -1.253));
    let aerosol = 0.046_08 * turbidity - 0.045_86;
    let lux = xyz_of(|nm| {
        let um = nm / 1000.0;
        let depth = 0.008_735 * libm::pow(um, -4.08) + aerosol * libm::pow(um, -1.3) + ozone(nm) * OZONE_CM;
        planck(SUN_K, nm) * solid_angle * libm::exp(-depth * mass)
    });
    rec709(lux).map(|c| c / 1000.0 * UNITS_PER_THOUSAND)
}

/// 1/cm, linear between the table's entries.
fn ozone(nm: f64) -> f64 {
    let at = (nm - 400.0) / 20.0;
    if at <= 0.0 || at >= (OZONE.len() - 1) as f64 {
        return 0.0;
    }
    let i = at as usize;
    OZONE[i] + (OZONE[i + 1] - OZONE[i]) * (at - i as f64)
}

/// The sky's distribution: of luminance (kcd/m²) and of the chromaticities x and y.
struct Perez {
    sun_theta: f64,
    /// A … E of Y, x, y.
    coefficients: [[f64; 5]; 3],
    /// Value at the zenith over the distribution's there.
    scale: [f64; 3],
}

impl Perez {
    fn new(sun_theta: f64, t: f64) -> Perez {
        let coefficients = [
            [
                0.1787 * t - 1.4630,
                -0.3554 * t + 0.4275,
                -0.0227 * t + 5.3251,
                0.1206 * t - 2.5771,
                -0.0670 * t + 0.3703,
            ],
            [
                -0.0193 * t - 0.2592,
                -0.0665 * t + 0.0008,
                -0.0004 * t + 0.2125,
                -0.0641 * t - 0.8989,
                -0.0033 * t + 0.0452,
            ],
            [
                -0.0167 * t - 0.2608,
                -0.0950 * t + 0.0092,
                -0.0079 * t + 0.2102,
                -0.0441 * t - 1.6537,
                -0.0109 * t + 0.0529,
            ],
        ];
        let zenith = zenith(sun_theta, t);
        let scale = std::array::from_fn(|k| zenith[k] / distribution(&coefficients[k], 1.0, sun_theta));
        Perez { sun_theta, coefficients, scale }
    }

    /// Linear radiance at an angle from the zenith and an azimuth from the sun's.
    fn radiance(&self, theta: f64, azimuth: f64) -> [f64; 3] {
        let cosine = libm::cos(theta) * libm::cos(self.sun_theta)
            + libm::sin(theta) * libm::sin(self.sun_theta) * libm::cos(azimuth);
        let gamma = libm::acos(if cosine > 1.0 { 1.0 } else { cosine });
        let [luminance, x, y] =
            std::array::from_fn(|k| self.scale[k] * distribution(&self.coefficients[k], libm::cos(theta), gamma));
        rec709(xyz_of_xyy(x, y, luminance)).map(|c| c * UNITS_PER_THOUSAND)
    }
}

/// Perez's distribution; `gamma`: angle to the sun.
fn distribution([a, b, c, d, e]: &[f64; 5], cos_theta: f64, gamma: f64) -> f64 {
    let cos_gamma = libm::cos(gamma);
    (1.0 + a * libm::exp(b / cos_theta)) * (1.0 + c * libm::exp(d * gamma) + e * cos_gamma * cos_gamma)
}

/// Luminance in kcd/m² and chromaticity of the zenith.
fn zenith(sun_theta: f64, t: f64) -> [f64; 3] {
    let chi = (4.0 / 9.0 - t / 120.0) * (PI - 2.0 * sun_theta);
    // At 90° the tangent would have its pole; no turbidity brings χ there, which stays below 0.43 π.
    debug_assert!(chi < FRAC_PI_2);
    let luminance = (4.0453 * t - 4.9710) * libm::tan(chi) - 0.2155 * t + 2.4192;
    let cubic = |[a, b, c, d]: [f64; 4]| ((a * sun_theta + b) * sun_theta + c) * sun_theta + d;
    let x = (cubic([0.001_66, -0.003_75, 0.002_09, 0.0]) * t + cubic([-0.029_03, 0.063_77, -0.032_02, 0.003_94])) * t
        + cubic([0.116_93, -0.211_96, 0.060_52, 0.258_86]);
    let y = (cubic([0.002_75, -0.006_10, 0.003_17, 0.0]) * t + cubic([-0.042_14, 0.089_70, -0.041_53, 0.005_16])) * t
        + cubic([0.153_46, -0.267_56, 0.066_70, 0.266_88]);
    [luminance, x, y]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::spectrum::{black_body, luminance};

    fn day(elevation_deg: f64) -> SunSky {
        SunSky { elevation_deg, azimuth_deg: 0.0, turbidity: 2.5, ground_albedo: [0.2, 0.3, 0.4], sun: true }
    }

    /// Of the sky alone on a level surface, by the image.
    fn level_irradiance(image: &SkyImage) -> [f64; 3] {
        let mut sum = [0.0; 3];
        for (i, texel) in image.texels.iter().enumerate().take(image.texels.len() / 2) {
            let theta = ((i as u32 / image.width) as f64 + 0.5) / f64::from(image.height) * PI;
            let cell = PI / f64::from(image.height) * TAU / f64::from(image.width) * libm::sin(theta);
            (0..3).for_each(|k| sum[k] += f64::from(texel[k]) * libm::cos(theta) * cell);
        }
        sum
    }

    #[test]
    fn the_sun_gives_what_the_illuminating_engineers_clear_sky_has() {
        // IES: 127.5 klx · e^(−0.21 m) on a surface that faces it, with the optical mass m.
        // Low suns hang on the haze: they agree less.
        for (elevation, mass, within) in [(90.0, 1.0, 0.1), (60.0, 1.154, 0.1), (20.0, 2.9, 0.25), (10.0, 5.6, 0.5)] {
            let lux = 127.5 * libm::exp(-0.21 * mass);
            let found = luminance(sun_irradiance((90.0f64 - elevation).to_radians(), 2.5)) / UNITS_PER_THOUSAND;
            assert!((found / lux - 1.0).abs() < within, "at {elevation}°: {found} klx, there {lux}");
        }
    }

    #[test]
    fn a_clear_sky_gives_as_much_light_as_measured_ones() {
        // IES clear sky: 0.8 + 15.5 · √sin(elevation) klx on the level. The model is known to make low suns' skies too bright.
        for elevation in [10.0f64, 20.0, 45.0, 60.0] {
            let klx = 0.8 + 15.5 * libm::sin(elevation.to_radians()).sqrt();
            let found = luminance(level_irradiance(&bake(&day(elevation)).image)) / UNITS_PER_THOUSAND;
            assert!((0.7..2.2).contains(&(found / klx)), "at {elevation}°: {found} klx, there {klx}");
        }
    }

    #[test]
    fn the_zenith_is_blue_and_a_low_sun_red() {
        let noon = bake(&day(60.0));
        let zenith = noon.image.texels[0];
        assert!(zenith[2] > 1.5 * zenith[0], "{zenith:?}");
        let low = bake(&day(3.0)).sun;
        assert!(low[0] > 2.0 * low[1] && low[1] > 2.0 * low[2], "{low:?}");
        // At noon the sun is as white as bodies of 4500 to 6500 K.
        let redness = |rgb: [f64; 3]| rgb[0] / rgb[2];
        let (warm, cold) = (redness(black_body(4500.0)), redness(black_body(6500.0)));
        assert!((cold..warm).contains(&redness(noon.sun)), "{:?}, {warm}, {cold}", noon.sun);
    }

    #[test]
    fn the_sky_is_brightest_round_the_sun_which_stands_over_the_middle() {
        for elevation in [20.0f64, 45.0] {
            let image = bake(&day(elevation)).image;
            let sum = |i: usize| image.texels[i].iter().sum::<f32>();
            let brightest = (0..image.texels.len()).fold(0, |best, i| if sum(i) > sum(best) { i } else { best });
            let (x, y) = (brightest % 512, brightest / 512);
            assert!((255..=256).contains(&x), "{x}");
            assert!(((y as f64 + 0.5) / 256.0 * 180.0 - (90.0 - elevation)).abs() < 8.0, "{y}");
        }
    }

    #[test]
    fn the_ground_reflects_sky_and_sun() {
        for sun in [true, false] {
            let day = SunSky { sun, ..day(30.0) };
            let Day { image, sun } = bake(&day);
            let sky = level_irradiance(&image);
            let ground = image.texels[512 * 200];
            assert!(image.texels[512 * 128..].iter().all(|&texel| texel == ground));
            for k in 0..3 {
                let expected = day.ground_albedo[k] * (sky[k] + 0.5 * sun[k]) / PI;
                assert!((f64::from(ground[k]) / expected - 1.0).abs() < 1e-3, "{ground:?} {expected}");
            }
        }
    }

    #[test]
    fn every_day_of_the_recipe_is_finite_and_none_is_like_another() {
        let mut digests = std::collections::BTreeSet::new();
        let mut n = 0;
        for elevation_deg in [0.0, 0.5, 5.0, 30.0, 89.0, 90.0] {
            for turbidity in [2.0, 3.0, 6.0, 10.0] {
                let Day { image, sun } = bake(&SunSky { turbidity, ..day(elevation_deg) });
                assert!(image.texels.as_flattened().iter().all(|c| c.is_finite() && *c >= 0.0));
                assert!(sun.iter().all(|c| c.is_finite() && *c >= 0.0));
                digests.insert(image.digest);
                n += 1;
            }
        }
        assert_eq!(digests.len(), n);
    }
}
