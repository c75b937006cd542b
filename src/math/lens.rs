//! Lenses as functions of angle and place, in f64: what they do to a picture, and whether that can be inverted. Knows no cameras.
//!
//! What the renderer's few steps of Newton's method cannot invert counts as not invertible.

use super::brown::{distorted_and_slopes, is_upright};
use std::f64::consts::PI;

/// As many as the renderer takes (`render::cpu::camera::UNDISTORT_STEPS`).
const NEWTON_STEPS: u32 = 12;
/// How far, in normalised places, these may miss.
const MISS: f64 = 1e-6;
/// Places a side, and steps to each from the centre, at which a distortion is tried.
const TRIED: u32 = 33;
const TRIED_STEPS: u32 = 16;
/// Angles at which a fisheye's polynomial is tried.
const TRIED_ANGLES: u32 = 512;

/// The height of the largest centred part of a sensor that has the picture's shape.
pub fn picture_height_mm(sensor_mm: [f64; 2], [width, height]: [u32; 2]) -> f64 {
    let limited_by_width = sensor_mm[0] * f64::from(height) / f64::from(width);
    if limited_by_width < sensor_mm[1] { limited_by_width } else { sensor_mm[1] }
}

/// The vertical field of view of a focal length.
pub fn fov_deg(focal_length_mm: f64, picture_mm: f64) -> f64 {
    2.0 * libm::atan(0.5 * picture_mm / focal_length_mm).to_degrees()
}

/// fx, fy, cx, cy in pixels of a camera that looks through the middle of its picture.
pub fn intrinsics(fov_deg: f64, [width, height]: [u32; 2]) -> [f64; 4] {
    let focal = 0.5 * f64::from(height) / libm::tan(fov_deg.to_radians() / 2.0);
    [focal, focal, f64::from(width) / 2.0, f64::from(height) / 2.0]
}

/// Whether each pixel of a picture sees in one direction, which the renderer finds. `k`: OpenCV's k1, k2, p1, p2, k3, k4, k5, k6;
/// fx, fy, cx, cy and the size in pixels.
pub fn is_invertible(k: &[f64; 8], [fx, fy, cx, cy]: [f64; 4], [width, height]: [u32; 2]) -> bool {
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

/// A fisheye's polynomial and its derivative. `theta`: radians from the axis.
pub fn fisheye_radius([k1, k2, k3, k4]: &[f64; 4], theta: f64) -> (f64, f64) {
    let t2 = theta * theta;
    let radius = theta * (1.0 + t2 * (k1 + t2 * (k2 + t2 * (k3 + t2 * k4))));
    let slope = 1.0 + t2 * (3.0 * k1 + t2 * (5.0 * k2 + t2 * (7.0 * k3 + t2 * 9.0 * k4)));
    (radius, slope)
}

/// The angle that a fisheye shows at a radius, in focal lengths; `None` where Newton's method does not find it.
pub fn fisheye_angle(k: &[f64; 4], radius: f64) -> Option<f64> {
    let mut theta = radius;
    for _ in 0..NEWTON_STEPS {
        let (at, slope) = fisheye_radius(k, theta);
        theta -= (at - radius) / slope;
    }
    ((fisheye_radius(k, theta).0 - radius).abs() < MISS).then_some(theta)
}

/// The largest angle, up to a half turn, to which the polynomial grows and is inverted.
pub fn largest_angle(k: &[f64; 4]) -> f64 {
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
