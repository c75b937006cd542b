//! How a view's lens maps directions to pixels, and the refusal of lenses that do not (`math::lens`).

use super::{ComposeError, within};
use crate::math::lens::{self, fisheye_angle, fisheye_radius, is_invertible, largest_angle};
use crate::plan::{LensSpec, Placement, SensorSpec, ThinLens, ViewSpec};
use crate::scene::{Aperture, DepthNoise, Projection, Sensor};
use std::f64::consts::{FRAC_PI_2, PI, TAU};

/// Limits of a perspective field of view in degrees: past them a pinhole's picture is a point or a plane.
const FOV_DEG: (f64, f64) = (0.01, 179.0);
const FISHEYE_FOV_DEG: (f64, f64) = (0.01, 360.0);

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
                    lens::intrinsics(fov_deg, size)
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
