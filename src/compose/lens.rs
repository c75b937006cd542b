//! How a view's lens maps directions to pixels, in f64, and the refusal of lenses that do not: what the renderer's few steps of
//! Newton's method cannot invert, and what is not invertible at all.

use super::{ComposeError, within};
use crate::math::brown::{distorted_and_slopes, is_upright};
use crate::plan::{LensSpec, Placement, SensorSpec, ThinLens, ViewSpec};
use crate::scene::{Aperture, DepthNoise, Projection, Sensor};
use std::f64::consts::{FRAC_PI_2, PI, TAU};

/// Limits of a perspective field of view in degrees: past them a pinhole's picture is a point or a plane.
const FOV_DEG: (f64, f64) = (0.01, 179.0);
const FISHEYE_FOV_DEG: (f64, f64) = (0.01, 360.0);

/// As many as the renderer takes (`render::cpu::camera::UNDISTORT_STEPS`).
const NEWTON_STEPS: u32 = 12;
/// How far, in normalised places, these may miss.
const MISS: f64 = 1e-6;
/// Places a side, and steps to each from the centre, at which a distortion is tried.
const TRIED: u32 = 33;
const TRIED_STEPS: u32 = 16;
/// Angles at which a fisheye's polynomial is tried.
const TRIED_ANGLES: u32 = 512;

/// fx, fy, cx, cy, and what they follow.
#[derive(Debug)]
pub(super) struct Optics {
    pub intrinsics: [f64; 4],
    pub projection: Projection,
}

pub(super) fn optics(view: &ViewSpec, size: [u32; 2], at: &dyn Fn(&str) -> String) -> Result<Optics, ComposeError> {
    let [width, height] = size.map(f64::from);
    let centred = |fx: f64, fy: f64| [fx, fy, width / 2.0, height / 2.0];
    let (given, fov_deg) = match &view.placement {
        Placement::Given(file) => (Some([file.fx, file.fy, file.cx, file.cy]), 0.0),
        Placement::Sphere { fov_deg, .. } | Placement::Fixed { fov_deg, .. } => (None, *fov_deg),
    };
    match &view.lens {
        LensSpec::Perspective { distortion, .. } => {
            let intrinsics = match given {
                Some(given) => given,
                None => {
                    let fov_deg = within(&at("fov_deg"), fov_deg, FOV_DEG.0, FOV_DEG.1)?;
                    let focal = 0.5 * height / libm::tan(fov_deg.to_radians() / 2.0);
                    centred(focal, focal)
                }
            };
            if distortion.iter().any(|&k| k != 0.0) && !is_invertible(distortion, intrinsics, size) {
                return Err(ComposeError::Folds { path: at("lens.distortion") });
            }
            Ok(Optics { intrinsics, projection: Projection::Perspective { distortion: distortion.map(|k| k as f32) } })
        }
        LensSpec::Orthographic { height_m } => {
            let per_metre = height / within(&at("lens.height_m"), *height_m, 1e-9, f64::from(f32::MAX))?;
            Ok(Optics {
                intrinsics: given.unwrap_or(centred(per_metre, per_metre)),
                projection: Projection::Orthographic,
            })
        }
        LensSpec::Fisheye { k } => {
            let folds = || ComposeError::Folds { path: at("lens") };
            let growing = largest_angle(k);
            let max_angle = match given {
                Some(_) => growing,
                None => within(&at("fov_deg"), fov_deg, FISHEYE_FOV_DEG.0, FISHEYE_FOV_DEG.1)?.to_radians() / 2.0,
            };
            if max_angle > growing || max_angle <= 0.0 {
                return Err(folds());
            }
            let image_circle = fisheye_radius(k, max_angle).0;
            let focal = 0.5 * height / image_circle;
            Ok(Optics {
                intrinsics: given.unwrap_or(centred(focal, focal)),
                projection: Projection::Fisheye {
                    k: k.map(|k| k as f32),
                    max_angle_rad: max_angle as f32,
                    image_circle: image_circle as f32,
                },
            })
        }
        LensSpec::Equirectangular => Ok(Optics {
            intrinsics: given.unwrap_or(centred(width / TAU, height / PI)),
            projection: Projection::Equirectangular,
        }),
    }
}

impl Optics {
    /// Distance from which a sphere of radius 1 just touches the nearest edges of the picture; at least 1. Distortion does not
    /// count.
    pub(super) fn fitting_factor(&self, [width, height]: [u32; 2]) -> f64 {
        let [fx, fy, ..] = self.intrinsics;
        let (half_x, half_y) = (0.5 * f64::from(width) / fx, 0.5 * f64::from(height) / fy);
        let half = if half_x < half_y { half_x } else { half_y };
        match &self.projection {
            Projection::Perspective { .. } => (1.0 + half * half).sqrt() / half,
            Projection::Fisheye { k, .. } => {
                let angle = fisheye_angle(&k.map(f64::from), half).unwrap_or(FRAC_PI_2);
                if angle < FRAC_PI_2 { 1.0 / libm::sin(angle) } else { 1.0 }
            }
            Projection::Orthographic | Projection::Equirectangular => 1.0,
        }
    }
}

/// The thin lens of a view that is sharp at `focus` metres.
///
/// Its diameter is the focal length by the f-number; the focal length is what the picture's height on the sensor makes of the
/// field of view.
pub(super) fn aperture(
    thin: &ThinLens,
    focus: f64,
    optics: &Optics,
    [_, height]: [u32; 2],
    at: &dyn Fn(&str) -> String,
) -> Result<Aperture, ComposeError> {
    let focal_length_m = optics.intrinsics[1] / f64::from(height) * thin.picture_mm / 1000.0;
    let f_stop = within(&at("lens.f_stop"), thin.f_stop, 1e-6, 1e9)?;
    // No lens is sharp nearer than its focal length.
    let focus = within(&at("lens.focus"), focus, focal_length_m, f64::from(f32::MAX))?;
    Ok(Aperture {
        radius_m: (focal_length_m / (2.0 * f_stop)) as f32,
        focus_m: focus as f32,
        blades: thin.blades,
        blade_rotation_deg: thin.blade_rotation_deg as f32,
    })
}

/// `fx`: in pixels, of the camera that renders.
pub(super) fn sensor(spec: &SensorSpec, fx: f64) -> Sensor {
    let depth = spec.depth.map(|depth| {
        // Disparity is fx · baseline / z.
        let scale = depth.baseline_m.map_or(1.0, |baseline| 1.0 / (fx * baseline));
        DepthNoise {
            noise_per_m: (depth.noise * scale) as f32,
            step_per_m: (depth.step * scale) as f32,
            min_m: depth.range_m.0 as f32,
            max_m: depth.range_m.1 as f32,
        }
    });
    Sensor {
        chromatic_aberration_px: spec.chromatic_aberration_px as f32,
        vignette: spec.vignette as f32,
        noise_shot: spec.noise_shot as f32,
        noise_read: spec.noise_read as f32,
        black_level: spec.black_level as f32,
        bits: spec.bits,
        white_balance: spec.white_balance.map(|gain| gain as f32),
        jpeg_quality: spec.jpeg_quality,
        depth,
    }
}

/// Whether each pixel of the picture sees in one direction, which the renderer finds.
fn is_invertible(k: &[f64; 8], [fx, fy, cx, cy]: [f64; 4], [width, height]: [u32; 2]) -> bool {
    let last = f64::from(TRIED - 1);
    (0..TRIED * TRIED).all(|i| {
        let (column, row) = (f64::from(i % TRIED) / last, f64::from(i / TRIED) / last);
        let distorted = [(column * f64::from(width) - cx) / fx, (row * f64::from(height) - cy) / fy];
        let Some([x, y]) = undistorted(k, distorted) else { return false };
        // Between the centre and there the mapping must not turn round.
        (0..=TRIED_STEPS).all(|step| {
            let share = f64::from(step) / f64::from(TRIED_STEPS);
            is_upright(k, [share * x, share * y])
        })
    })
}

fn undistorted(k: &[f64; 8], distorted: [f64; 2]) -> Option<[f64; 2]> {
    let [mut x, mut y] = distorted;
    for _ in 0..NEWTON_STEPS {
        let ([at_x, at_y], [a, b, d]) = distorted_and_slopes(k, [x, y]);
        let (error_x, error_y) = (at_x - distorted[0], at_y - distorted[1]);
        let scale = 1.0 / (a * d - b * b);
        x -= (error_x * d - error_y * b) * scale;
        y -= (error_y * a - error_x * b) * scale;
    }
    let ([at_x, at_y], _) = distorted_and_slopes(k, [x, y]);
    let is_near = (at_x - distorted[0]).abs() < MISS && (at_y - distorted[1]).abs() < MISS;
    is_near.then_some([x, y])
}

/// A fisheye's polynomial and its derivative.
fn fisheye_radius([k1, k2, k3, k4]: &[f64; 4], theta: f64) -> (f64, f64) {
    let t2 = theta * theta;
    let radius = theta * (1.0 + t2 * (k1 + t2 * (k2 + t2 * (k3 + t2 * k4))));
    let slope = 1.0 + t2 * (3.0 * k1 + t2 * (5.0 * k2 + t2 * (7.0 * k3 + t2 * 9.0 * k4)));
    (radius, slope)
}

fn fisheye_angle(k: &[f64; 4], radius: f64) -> Option<f64> {
    let mut theta = radius;
    for _ in 0..NEWTON_STEPS {
        let (at, slope) = fisheye_radius(k, theta);
        theta -= (at - radius) / slope;
    }
    ((fisheye_radius(k, theta).0 - radius).abs() < MISS).then_some(theta)
}

/// The largest angle, up to a half turn, to which the polynomial grows and is inverted.
fn largest_angle(k: &[f64; 4]) -> f64 {
    let mut largest = 0.0;
    for i in 1..=TRIED_ANGLES {
        let theta = PI * f64::from(i) / f64::from(TRIED_ANGLES);
        let (radius, slope) = fisheye_radius(k, theta);
        let is_found = fisheye_angle(k, radius).is_some_and(|found| (found - theta).abs() < 100.0 * MISS);
        if slope <= 0.0 || !is_found {
            break;
        }
        largest = theta;
    }
    largest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_folds_is_refused_and_what_only_bends_is_not() {
        // A pinhole of 90° across 100 pixels: the corners are √2 from the centre.
        let intrinsics = [50.0, 50.0, 50.0, 50.0];
        let radial = |k1: f64| [k1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        let is_good = |k: &[f64; 8]| is_invertible(k, intrinsics, [100, 100]);
        // x (1 + k r²) grows to 1 / √(−3 k), where it is 2/3 of that: the corners √2 are reached for k ≥ −2/27.
        assert!(is_good(&radial(-0.073)));
        assert!(!is_good(&radial(-0.075)));
        assert!(is_good(&radial(0.5)));
        assert!(is_good(&[-0.05, 0.01, 0.001, -0.002, 0.0, 0.01, 0.0, 0.0]));
        assert!(!is_good(&[0.0, 0.0, 0.5, 0.5, 0.0, 0.0, 0.0, 0.0]));
        assert!(!is_good(&radial(f64::NAN)));
    }

    #[test]
    fn a_fisheye_reaches_as_far_as_its_polynomial_grows() {
        assert_eq!(largest_angle(&[0.0; 4]), PI);
        // θ (1 + k θ²) grows to 1 / √(−3 k): for k = −1/3 to 1; Newton fails a little before.
        let largest = largest_angle(&[-1.0 / 3.0, 0.0, 0.0, 0.0]);
        assert!(largest > 0.9 && largest <= 1.0, "{largest}");
    }
}
