//! What a sensor makes of a film: lens faults first, then the raw value with its noise, then what a camera's program does.
//! The order is that of the fields of [`Sensor`]; the tone curve, 8 bits and JPEG come after it, in `layers`.
//!
//! Colours are premultiplied, and transparent places have no light: whole pictures need a sky that is seen.
//! Noise is addressed by (view seed, pixel, channel); its deviates are the normal distribution's quantiles. Light is
//! many photons, so shot noise is normal with the Poisson distribution's variance.
//! Source: A. Foi et al., Practical Poissonian-Gaussian Noise Modeling and Fitting for Single-Image Raw-Data, 2008.

use super::record::{number, vector};
use crate::film::Film;
use crate::math::det;
use crate::plan::normal;
use crate::scene::{Camera, DepthNoise, Sensor};
use serde_json::{Value, json};

/// In the record, for whom reads the picture.
pub const ORDER: &str =
    "chromatic aberration, vignette, noise and black level and bits, white balance, tone, 8 bits, JPEG";

pub const DEPTH_TEXT: &str =
    "1/z of `depth` plus noise_per_m times a normal deviate, rounded to step_per_m; 0 outside range_m";

/// The film's colours, premultiplied, times `exposure`, as the sensor gives them. Alpha is the film's.
pub fn exposed(film: &Film, camera: &Camera, sensor: &Sensor, exposure: f32) -> Vec<[f32; 4]> {
    let light = Light::new(film, sensor);
    let seed = camera.seed;
    let mut out = Vec::with_capacity(film.radiance.len());
    for (i, &[.., alpha]) in film.radiance.iter().enumerate() {
        let color: [f32; 3] = std::array::from_fn(|channel| {
            let light = light.at(i, channel) * exposure;
            let deviate = || deviate(seed, i as u32, channel as u32 ^ COLORS);
            raw(light, sensor, deviate) * sensor.white_balance[channel]
        });
        // A place without light has no sensor's value either: it is transparent.
        out.push(if alpha > 0.0 { [color[0], color[1], color[2], alpha] } else { [0.0; 4] });
    }
    out
}

/// What a depth camera measures of exact depths; 0 where it measures nothing.
///
/// Both kinds of camera measure a disparity, which is as 1/z: an error of it is one of z² as large in depth. Structured light,
/// σ_z = 1.425e-3 z² and steps of 2.85e-3 z² (metres): K. Khoshelham and S. Oude Elberink, Accuracy and Resolution of Kinect
/// Depth Data, Sensors 12(2), 2012. Stereo, σ_z = z² σ_d / (f b): the derivative of z = f b / d. Not modelled: shadows, lost
/// edges, materials.
pub fn measured_depth(film: &Film, camera: &Camera, noise: &DepthNoise) -> Vec<f32> {
    let measure = |(i, &z): (usize, &f32)| {
        if z <= 0.0 {
            return 0.0;
        }
        let mut inverse = 1.0 / z;
        if noise.noise_per_m > 0.0 {
            inverse += noise.noise_per_m * deviate(camera.seed, i as u32, DEPTH);
        }
        if noise.step_per_m > 0.0 {
            inverse = det::floor(inverse / noise.step_per_m + 0.5) * noise.step_per_m;
        }
        let measured = if inverse > 0.0 { 1.0 / inverse } else { f32::MAX };
        if measured < noise.min_m || measured > noise.max_m { 0.0 } else { measured }
    };
    film.geometry.depth.iter().enumerate().map(measure).collect()
}

/// The light on the sensor.
struct Light<'f> {
    film: &'f Film,
    center: [f32; 2],
    /// 1 / the squared distance of a corner from the centre.
    per_corner2: f32,
    vignette: f32,
    /// What a channel's places are multiplied by: about the centre.
    zoom: [f32; 3],
}

impl Light<'_> {
    fn new<'f>(film: &'f Film, sensor: &Sensor) -> Light<'f> {
        let center = [film.width as f32 * 0.5, film.height as f32 * 0.5];
        let corner2 = center[0] * center[0] + center[1] * center[1];
        let share = if corner2 > 0.0 { sensor.chromatic_aberration_px / corner2.sqrt() } else { 0.0 };
        // Red's picture is larger: what is seen at a place comes from nearer the centre.
        let zoom = [1.0 - share, 1.0, 1.0 + share];
        Light {
            film,
            center,
            per_corner2: if corner2 > 0.0 { 1.0 / corner2 } else { 0.0 },
            vignette: sensor.vignette,
            zoom,
        }
    }

    fn at(&self, i: usize, channel: usize) -> f32 {
        let (x, y) = (i as u32 % self.film.width, i as u32 / self.film.width);
        let from_center = [x as f32 + 0.5 - self.center[0], y as f32 + 0.5 - self.center[1]];
        let zoom = self.zoom[channel];
        let light = if zoom == 1.0 {
            self.film.radiance[i][channel]
        } else {
            self.between([from_center[0] * zoom + self.center[0], from_center[1] * zoom + self.center[1]], channel)
        };
        let distance2 = (from_center[0] * from_center[0] + from_center[1] * from_center[1]) * self.per_corner2;
        light * (1.0 - self.vignette * distance2)
    }

    /// Bilinear; pixel centres at +0.5, the rim goes on outside.
    fn between(&self, place: [f32; 2], channel: usize) -> f32 {
        let (width, height) = (self.film.width, self.film.height);
        let axis = |x: f32, n: u32| {
            let x = det::clamp(x - 0.5, 0.0, (n - 1) as f32);
            let low = det::floor(x);
            (low as u32, (low as u32 + 1).min(n - 1), x - low)
        };
        let (left, right, across) = axis(place[0], width);
        let (top, bottom, down) = axis(place[1], height);
        let texel = |x: u32, y: u32| self.film.radiance[(y * width + x) as usize][channel];
        let upper = texel(left, top) + across * (texel(right, top) - texel(left, top));
        let lower = texel(left, bottom) + across * (texel(right, bottom) - texel(left, bottom));
        upper + down * (lower - upper)
    }
}

/// A raw value, without its black level.
fn raw(light: f32, sensor: &Sensor, deviate: impl Fn() -> f32) -> f32 {
    let is_counted = sensor.bits > 0 || sensor.black_level > 0.0;
    let variance = sensor.noise_shot * sensor.noise_shot * light + sensor.noise_read * sensor.noise_read;
    let mut value = light + sensor.black_level;
    if variance > 0.0 {
        value += variance.sqrt() * deviate();
    }
    if is_counted {
        // Where values are counted there is a largest one: white.
        value = det::clamp(value, 0.0, 1.0);
    }
    if sensor.bits > 0 {
        let most = ((1u32 << sensor.bits) - 1) as f32;
        value = det::floor(value * most + 0.5) / most;
    }
    det::max(value - sensor.black_level, if sensor.black_level > 0.0 { -sensor.black_level } else { 0.0 })
}

/// What deviates are for: a channel of a colour, or depth.
const COLORS: u32 = 0x5e05_0a00;
const DEPTH: u32 = 0x5e05_0d00;

/// A normal deviate.
fn deviate(seed: [u32; 2], pixel_idx: u32, purpose: u32) -> f32 {
    let bits = hash_u32(hash_u32(seed[0] ^ hash_u32(seed[1] ^ hash_u32(pixel_idx))) ^ purpose);
    normal::quantile((f64::from(bits) + 0.5) / 4_294_967_296.0) as f32
}

/// Source: C. Wellons's lowbias32.
fn hash_u32(value: u32) -> u32 {
    let mut x = value;
    x ^= x >> 16;
    x = x.wrapping_mul(0x7feb_352d);
    x ^= x >> 15;
    x = x.wrapping_mul(0x846c_a68b);
    x ^= x >> 16;
    x
}

/// The record of it: what was done to `rgb`, in this order.
pub(super) fn entry(sensor: &Sensor) -> Value {
    let mut out = json!({
        "order": ORDER,
        "chromatic_aberration_px": number(sensor.chromatic_aberration_px + 0.0),
        "vignette": number(sensor.vignette + 0.0),
        "noise": {"shot": number(sensor.noise_shot + 0.0), "read": number(sensor.noise_read + 0.0)},
        "black_level": number(sensor.black_level + 0.0),
        "bits": sensor.bits,
        "white_balance": vector(sensor.white_balance.map(|gain| gain + 0.0)),
        "jpeg_quality": sensor.jpeg_quality,
    });
    if let Some(depth) = sensor.depth {
        out["depth"] = json!({
            "noise_per_m": number(depth.noise_per_m + 0.0),
            "step_per_m": number(depth.step_per_m + 0.0),
            "range_m": vector([depth.min_m + 0.0, depth.max_m + 0.0]),
            "maps": DEPTH_TEXT,
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::Affine;
    use crate::scene::Lens;

    const OFF: Sensor = Sensor {
        chromatic_aberration_px: 0.0,
        vignette: 0.0,
        noise_shot: 0.0,
        noise_read: 0.0,
        black_level: 0.0,
        bits: 0,
        white_balance: [1.0; 3],
        jpeg_quality: 0,
        depth: None,
    };
    const SIDE: u32 = 128;

    fn film(color: impl Fn(u32, u32) -> [f32; 3]) -> Film {
        let pixel = |i: u32| {
            let [r, g, b] = color(i % SIDE, i / SIDE);
            [r, g, b, 1.0]
        };
        Film { width: SIDE, height: SIDE, radiance: (0..SIDE * SIDE).map(pixel).collect(), ..Film::default() }
    }

    fn camera(film: &Film, sensor: Sensor) -> Camera {
        let (width, height) = (film.width, film.height);
        Camera {
            world_from_camera: Affine::IDENTITY,
            fx: 1.0,
            fy: 1.0,
            cx: 0.0,
            cy: 0.0,
            width,
            height,
            seed: [3, 7],
            lens: Lens::PINHOLE,
            sensor: Some(sensor),
        }
    }

    fn seen(film: &Film, sensor: Sensor) -> Vec<[f32; 4]> {
        exposed(film, &camera(film, sensor), &sensor, 1.0)
    }

    fn depths(z: f32, noise: DepthNoise) -> Vec<f32> {
        let mut film = film(|_, _| [0.0; 3]);
        film.geometry.depth = vec![z; (SIDE * SIDE) as usize];
        measured_depth(&film, &camera(&film, OFF), &noise)
    }

    #[test]
    fn errors_of_depth_grow_with_its_square() {
        for z in [1.0f32, 2.0, 4.0] {
            let noise = DepthNoise { noise_per_m: 1.425e-3, step_per_m: 0.0, min_m: 0.1, max_m: 100.0 };
            let measured: Vec<[f32; 4]> = depths(z, noise).iter().map(|&z| [z; 4]).collect();
            let (mean, variance) = moments(&measured, 0);
            let sigma = 1.425e-3 * f64::from(z * z);
            assert!((variance.sqrt() / sigma - 1.0).abs() < 0.03, "{z}: {}", variance.sqrt());
            // The mean of 1 / (1/z + ε) is z (1 + z² σ²): far below the noise of the mean.
            assert!((mean - f64::from(z)).abs() < 5.0 * sigma / 128.0 + 1e-4, "{z}: {mean}");
        }
    }

    #[test]
    fn measured_depths_are_steps_of_disparity_within_the_range() {
        let noise = DepthNoise { noise_per_m: 0.01, step_per_m: 0.02, min_m: 1.9, max_m: 2.1 };
        let mut values: Vec<u32> = depths(2.0, noise).iter().map(|z| z.to_bits()).collect();
        values.sort_unstable();
        values.dedup();
        // 1/z in steps of 0.02 about 0.5: 0.48 and 0.52 are 2.083 and 1.923 m; 0.46 is beyond 2.1 m and 0.54 before 1.9 m.
        let expected = [0.0, 1.0 / 0.52, 1.0 / 0.5, 1.0 / 0.48];
        assert_eq!(values.len(), 4);
        assert!(values.iter().zip(expected).all(|(v, e)| (f32::from_bits(*v) - e).abs() < 1e-5), "{values:?}");
        let none = DepthNoise { noise_per_m: 0.01, step_per_m: 0.0, min_m: 0.3, max_m: 10.0 };
        assert!(depths(0.0, none).iter().all(|&z| z == 0.0), "nothing is there");
        assert!(depths(-1.0, none).iter().all(|&z| z == 0.0), "behind a fisheye");
    }

    fn moments(pixels: &[[f32; 4]], channel: usize) -> (f64, f64) {
        let n = pixels.len() as f64;
        let mean = pixels.iter().map(|p| f64::from(p[channel])).fold(0.0, |a, b| a + b) / n;
        let square = |p: &[f32; 4]| (f64::from(p[channel]) - mean) * (f64::from(p[channel]) - mean);
        (mean, pixels.iter().map(square).fold(0.0, |a, b| a + b) / n)
    }

    #[test]
    fn a_sensor_that_is_off_changes_nothing() {
        let film = film(|x, y| [x as f32, y as f32, 0.5]);
        assert_eq!(seen(&film, OFF), film.radiance);
    }

    #[test]
    fn noise_has_the_mean_and_variance_that_were_asked_for() {
        for (light, shot, read) in [(0.5, 0.0, 0.02), (0.25, 0.1, 0.0), (0.8, 0.05, 0.03)] {
            let sensor = Sensor { noise_shot: shot, noise_read: read, ..OFF };
            let pixels = seen(&film(|_, _| [light; 3]), sensor);
            let variance = f64::from(shot * shot * light + read * read);
            for channel in 0..3 {
                let (mean, found) = moments(&pixels, channel);
                // Of 16384 draws the mean is off by √(v / n), the variance by v √(2 / n): five of each.
                assert!((mean - f64::from(light)).abs() < 5.0 * variance.sqrt() / 128.0, "{mean}");
                assert!((found / variance - 1.0).abs() < 5.0 * 2f64.sqrt() / 128.0, "{found}, not {variance}");
            }
            let product = pixels.iter().map(|p| f64::from((p[0] - light) * (p[1] - light))).fold(0.0, |a, b| a + b);
            assert!((product / 16384.0 / variance).abs() < 5.0 / 128.0, "channels are independent");
            let columns = pixels.chunks(2).map(|p| f64::from((p[0][0] - light) * (p[1][0] - light)));
            let product = columns.fold(0.0, |a, b| a + b);
            assert!((product / 8192.0 / variance).abs() < 5.0 / 90.0, "neighbours are independent");
        }
    }

    #[test]
    fn corners_lose_what_the_vignette_says() {
        let pixels = seen(&film(|_, _| [1.0; 3]), Sensor { vignette: 0.4, ..OFF });
        // The corner pixel's centre is 127/128 of the way out.
        let share = (127.0f32 / 128.0) * (127.0 / 128.0);
        assert!((pixels[0][0] - (1.0 - 0.4 * share)).abs() < 1e-6);
        let middle = pixels[(64 * SIDE + 64) as usize][1];
        assert!(middle > 0.9999);
    }

    #[test]
    fn red_moves_outwards_and_blue_inwards() {
        // Where along the diagonal the colours are brightest: 40 pixels from the centre to the lower right.
        let bump = |x: u32, y: u32| {
            let d = (x as f32 - 92.0) * (x as f32 - 92.0) + (y as f32 - 92.0) * (y as f32 - 92.0);
            [1.0 / (1.0 + 0.1 * d); 3]
        };
        let pixels = seen(&film(bump), Sensor { chromatic_aberration_px: 6.0, ..OFF });
        let centroid = |channel: usize| {
            let squared = |i: usize| f64::from(pixels[i][channel]) * f64::from(pixels[i][channel]);
            let weight = |i: usize| squared(i) * squared(i);
            let (mut sum, mut at) = (0.0, 0.0);
            for i in 0..pixels.len() {
                sum += weight(i);
                at += weight(i) * (f64::from(i as u32 % SIDE) + 0.5 - 64.0);
            }
            at / sum
        };
        let [red, green, blue] = [0, 1, 2].map(centroid);
        // 6 pixels in the corner, 90.5 pixels out: a share of 0.0663 of the distance.
        let share = 6.0 / (64.0 * 2f64.sqrt());
        assert!((green - 28.5).abs() < 0.05, "{green}");
        assert!((red - 28.5 / (1.0 - share)).abs() < 0.2, "{red}");
        assert!((blue - 28.5 / (1.0 + share)).abs() < 0.2, "{blue}");
    }

    #[test]
    fn few_bits_leave_few_values_and_cut_off_at_white() {
        let pixels = seen(&film(|x, _| [x as f32 / 64.0; 3]), Sensor { bits: 2, ..OFF });
        let mut values: Vec<u32> = pixels.iter().map(|p| (p[0] * 3.0 + 0.5) as u32).collect();
        values.sort_unstable();
        values.dedup();
        assert_eq!(values, [0, 1, 2, 3]);
        assert!(pixels.iter().all(|p| (p[0] * 3.0 - (p[0] * 3.0).round()).abs() < 1e-6 && p[0] <= 1.0));
    }

    #[test]
    fn a_black_level_keeps_the_noise_of_black_symmetric() {
        let dark = film(|_, _| [0.0; 3]);
        let cut = seen(&dark, Sensor { noise_read: 0.02, ..OFF });
        let kept = seen(&dark, Sensor { noise_read: 0.02, black_level: 0.2, ..OFF });
        // Half a normal distribution's mean is σ / √(2π).
        let (mean, _) = moments(&cut, 0);
        assert!((mean - 0.02 / std::f64::consts::TAU.sqrt()).abs() < 0.0006, "{mean}");
        let (mean, _) = moments(&kept, 0);
        assert!(mean.abs() < 5.0 * 0.02 / 128.0, "{mean}");
    }

    #[test]
    fn white_balance_scales_channels() {
        let pixels = seen(&film(|_, _| [0.5; 3]), Sensor { white_balance: [2.0, 1.0, 0.5], ..OFF });
        assert_eq!(pixels[0], [1.0, 0.5, 0.25, 1.0]);
    }
}
