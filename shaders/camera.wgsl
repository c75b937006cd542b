//! Camera rays and the cones around them. Twin: src/render/cpu/camera.rs. Knows no scene.

/// The largest f32: a ray without an end.
const ENDLESS: f32 = 3.40282347e38;

fn camera_ray(view: View, pixel: vec2<u32>, offset: vec2f) -> Ray {
    let x = (f32(pixel.x) + offset.x - view.cx) / view.fx;
    let y = (f32(pixel.y) + offset.y - view.cy) / view.fy;
    let direction = affine_vector(view.world_from_camera, vec3f(x, y, 1.0));
    let m = view.world_from_camera.rows;
    return Ray(vec3f(m[0].w, m[1].w, m[2].w), direction, 0.0, ENDLESS);
}

fn camera_spread(view: View, spp: u32) -> f32 {
    return 1.0 / (view.fy * sqrt(f32(spp)));
}
