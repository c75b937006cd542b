//! Camera rays and the cones around them. Twin: shaders/camera.wgsl. Knows no scene.

use super::walk::Ray;
use crate::buffers::layout::View;
use crate::math::vec3;

/// The ray from the pinhole through a place in a pixel, `offset` in [0, 1)² from its upper left corner (box filter, one pixel
/// wide). The direction's z in camera axes is 1: t is planar depth.
#[inline(always)]
pub fn camera_ray(view: &View, pixel: [u32; 2], offset: [f32; 2]) -> Ray {
    let x = (pixel[0] as f32 + offset[0] - view.cx) / view.fx;
    let y = (pixel[1] as f32 + offset[1] - view.cy) / view.fy;
    let direction = view.world_from_camera.vector(vec3(x, y, 1.0));
    Ray { origin: view.world_from_camera.column(3), direction, t_min: 0.0, t_max: f32::MAX }
}

/// Width per distance of the cone that one of `spp` samples of a pixel stands for: with many samples it narrows, so that
/// pictures converge to what the textures' finest levels show.
#[inline(always)]
pub fn camera_spread(view: &View, spp: u32) -> f32 {
    1.0 / (view.fy * (spp as f32).sqrt())
}
