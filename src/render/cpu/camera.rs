//! Camera rays and the cones around them. Twin: shaders/camera.wgsl. Knows no scene.
//!
//! Every projection is written as the way from a pixel to its ray. Distortion is defined the other way, from the ray to the
//! pixel, as OpenCV has it; a fixed number of Newton's steps inverts it. `compose` refuses what these do not reach.

use super::walk::Ray;
use crate::buffers::layout::{
    PROJECTION_EQUIRECTANGULAR, PROJECTION_FISHEYE, PROJECTION_ORTHOGRAPHIC, PROJECTION_PERSPECTIVE, VIEW_DISTORTED,
    View,
};
use crate::math::{Vec3, det, vec3};

/// Newton's steps that invert a distortion.
pub const UNDISTORT_STEPS: u32 = 12;
/// Where a ray ends that is none: before it begins.
pub const NO_RAY: f32 = -1.0;

/// The ray from the pinhole through a place in a pixel, `offset` in [0, 1)² from its upper left corner (box filter, one pixel
/// wide). Perspective and orthographic: the direction's z in camera axes is 1, so that t is planar depth. Else it is unit.
/// Outside a fisheye's image circle there is none: see [`is_ray`].
#[inline(always)]
pub fn camera_ray(view: &View, pixel: [u32; 2], offset: [f32; 2]) -> Ray {
    let mut origin = view.world_from_camera.column(3);
    let mut t_max = f32::MAX;
    let place = pixel_place(view, pixel, offset);
    let mut direction = vec3(place[0], place[1], 1.0);
    if view.projection != PROJECTION_PERSPECTIVE {
        if view.projection == PROJECTION_ORTHOGRAPHIC {
            origin = view.world_from_camera.point(vec3(place[0], place[1], 0.0));
            direction = vec3(0.0, 0.0, 1.0);
        } else if view.projection == PROJECTION_EQUIRECTANGULAR {
            direction = equirectangular_direction(place);
        } else {
            let radius = (place[0] * place[0] + place[1] * place[1]).sqrt();
            if radius > view.image_circle {
                t_max = NO_RAY;
                direction = vec3(0.0, 0.0, 1.0);
            } else {
                direction = fisheye_direction(view, place, radius);
            }
        }
    }
    Ray { origin, direction: view.world_from_camera.vector(direction), t_min: 0.0, t_max }
}

/// The ray of a perspective view from a place on its lens, in metres off the axis. What it and the pinhole's ray meet in the
/// plane of focus is the same; t is planar depth.
#[inline(always)]
pub fn lens_ray(view: &View, pixel: [u32; 2], offset: [f32; 2], on_lens: [f32; 2]) -> Ray {
    let place = pixel_place(view, pixel, offset);
    let direction = vec3(place[0] - on_lens[0] / view.focus, place[1] - on_lens[1] / view.focus, 1.0);
    Ray {
        origin: view.world_from_camera.point(vec3(on_lens[0], on_lens[1], 0.0)),
        direction: view.world_from_camera.vector(direction),
        t_min: 0.0,
        t_max: f32::MAX,
    }
}

/// Uniform over the lens: a disk, or a regular polygon with its corners on the disk's rim. `u`: two draws in [0, 1).
/// Returns metres off the axis. A polygon is drawn as one of its triangles round the centre and a place in that.
#[inline(always)]
pub fn lens_place(view: &View, u: [f32; 2]) -> [f32; 2] {
    if view.blades == 0 {
        let radius = view.aperture_radius * u[0].sqrt();
        let (sin, cos) = det::sin_cos_turns(u[1]);
        return [radius * cos, radius * sin];
    }
    let n = view.blades as f32;
    let blade = det::floor(u[0] * n);
    let along = u[0] * n - blade;
    let (sin, cos) = det::sin_cos_turns(blade / n + view.blade_turns);
    let (next_sin, next_cos) = det::sin_cos_turns((blade + 1.0) / n + view.blade_turns);
    let radius = view.aperture_radius * u[1].sqrt();
    [radius * (cos + along * (next_cos - cos)), radius * (sin + along * (next_sin - sin))]
}

/// Whether there is a ray at all.
#[inline(always)]
pub fn is_ray(ray: &Ray) -> bool {
    ray.t_max >= ray.t_min
}

/// The normalised place of a pixel: for a perspective view of an ideal pinhole, whatever the distortion.
#[inline(always)]
pub fn pixel_place(view: &View, pixel: [u32; 2], offset: [f32; 2]) -> [f32; 2] {
    let x = (pixel[0] as f32 + offset[0] - view.cx) / view.fx;
    let y = (pixel[1] as f32 + offset[1] - view.cy) / view.fy;
    if view.projection == PROJECTION_PERSPECTIVE && view.flags & VIEW_DISTORTED != 0 {
        return undistort(view, [x, y]);
    }
    [x, y]
}

/// The normalised place that OpenCV's Brown–Conrady model (k1, k2, p1, p2, k3, and the rational k4, k5, k6) maps to
/// `distorted`. The model's derivatives are symmetric: `b` is both of the mixed ones.
///
/// Source of the model: OpenCV, calib3d; D. Brown, Close-Range Camera Calibration, 1971.
#[inline(always)]
pub fn undistort(view: &View, distorted: [f32; 2]) -> [f32; 2] {
    let [k1, k2, p1, p2] = view.distortion;
    let [k3, k4, k5, k6] = view.distortion_more;
    let mut x = distorted[0];
    let mut y = distorted[1];
    for _ in 0..UNDISTORT_STEPS {
        let r2 = x * x + y * y;
        let xy = x * y;
        let below = 1.0 + r2 * (k4 + r2 * (k5 + r2 * k6));
        let radial = (1.0 + r2 * (k1 + r2 * (k2 + r2 * k3))) / below;
        let above_slope = k1 + r2 * (2.0 * k2 + r2 * (3.0 * k3));
        let below_slope = k4 + r2 * (2.0 * k5 + r2 * (3.0 * k6));
        let slope = 2.0 * (above_slope - radial * below_slope) / below;
        let error_x = x * radial + 2.0 * p1 * xy + p2 * (r2 + 2.0 * x * x) - distorted[0];
        let error_y = y * radial + 2.0 * p2 * xy + p1 * (r2 + 2.0 * y * y) - distorted[1];
        let a = radial + slope * x * x + 2.0 * p1 * y + 6.0 * p2 * x;
        let b = slope * xy + 2.0 * p1 * x + 2.0 * p2 * y;
        let d = radial + slope * y * y + 6.0 * p1 * y + 2.0 * p2 * x;
        let scale = 1.0 / (a * d - b * b);
        x -= (error_x * d - error_y * b) * scale;
        y -= (error_y * a - error_x * b) * scale;
    }
    [x, y]
}

/// The unit direction of a fisheye's normalised place, `radius` from the centre: at the angle θ with
/// radius = θ (1 + k1 θ² + k2 θ⁴ + k3 θ⁶ + k4 θ⁸). All k 0: equidistant.
///
/// Source of the model: OpenCV's fisheye module; J. Kannala and S. Brandt, A Generic Camera Model, PAMI 28(8), 2006.
#[inline(always)]
pub fn fisheye_direction(view: &View, place: [f32; 2], radius: f32) -> Vec3 {
    let [k1, k2, k3, k4] = view.distortion;
    let mut theta = radius;
    if view.flags & VIEW_DISTORTED != 0 {
        for _ in 0..UNDISTORT_STEPS {
            let t2 = theta * theta;
            let error = theta * (1.0 + t2 * (k1 + t2 * (k2 + t2 * (k3 + t2 * k4)))) - radius;
            let slope = 1.0 + t2 * (3.0 * k1 + t2 * (5.0 * k2 + t2 * (7.0 * k3 + t2 * (9.0 * k4))));
            theta -= error / slope;
        }
    }
    let (sin, cos) = det::sin_cos(theta);
    if radius <= 0.0 {
        return vec3(0.0, 0.0, 1.0);
    }
    let scale = sin / radius;
    vec3(place[0] * scale, place[1] * scale, cos)
}

/// The unit direction at a longitude to the right and a latitude downwards, in radians.
#[inline(always)]
pub fn equirectangular_direction(place: [f32; 2]) -> Vec3 {
    let (sin_x, cos_x) = det::sin_cos(place[0]);
    let (sin_y, cos_y) = det::sin_cos(place[1]);
    vec3(sin_x * cos_y, sin_y, cos_x * cos_y)
}

/// z in camera axes at `t` of a camera ray; behind a fisheye or an equirectangular camera it is negative.
#[inline(always)]
pub fn camera_depth(view: &View, direction: Vec3, t: f32) -> f32 {
    if view.projection == PROJECTION_FISHEYE || view.projection == PROJECTION_EQUIRECTANGULAR {
        return t * view.world_from_camera.column(2).dot(direction);
    }
    t
}

/// Width per distance of the cone that one of `spp` samples of a pixel stands for: with many samples it narrows, so that
/// pictures converge to what the textures' finest levels show.
#[inline(always)]
pub fn camera_spread(view: &View, spp: u32) -> f32 {
    if view.projection == PROJECTION_ORTHOGRAPHIC {
        return 0.0;
    }
    1.0 / (view.fy * (spp as f32).sqrt())
}

/// Width of the same cone where it begins.
#[inline(always)]
pub fn camera_cone(view: &View, spp: u32) -> f32 {
    if view.projection == PROJECTION_ORTHOGRAPHIC {
        return 1.0 / (view.fy * (spp as f32).sqrt());
    }
    0.0
}
