//! Camera rays and the cones around them. Twin: src/render/cpu/camera.rs, which says what the projections are.
//! Knows no scene.

/// The largest f32: a ray without an end.
const ENDLESS: f32 = 3.40282347e38;
const UNDISTORT_STEPS: u32 = 12u;
const NO_RAY: f32 = -1.0;

fn camera_ray(view: View, pixel: vec2<u32>, offset: vec2f) -> Ray {
    let m = view.world_from_camera.rows;
    var origin = vec3f(m[0].w, m[1].w, m[2].w);
    var t_max = ENDLESS;
    let place = pixel_place(view, pixel, offset);
    var direction = vec3f(place.x, place.y, 1.0);
    if view.projection != PROJECTION_PERSPECTIVE {
        if view.projection == PROJECTION_ORTHOGRAPHIC {
            origin = affine_point(view.world_from_camera, vec3f(place.x, place.y, 0.0));
            direction = vec3f(0.0, 0.0, 1.0);
        } else if view.projection == PROJECTION_EQUIRECTANGULAR {
            direction = equirectangular_direction(place);
        } else {
            let radius = sqrt(place.x * place.x + place.y * place.y);
            if radius > view.image_circle {
                t_max = NO_RAY;
                direction = vec3f(0.0, 0.0, 1.0);
            } else {
                direction = fisheye_direction(view, place, radius);
            }
        }
    }
    return Ray(origin, affine_vector(view.world_from_camera, direction), 0.0, t_max);
}

fn lens_ray(view: View, pixel: vec2<u32>, offset: vec2f, on_lens: vec2f) -> Ray {
    let place = pixel_place(view, pixel, offset);
    let direction = vec3f(place.x - on_lens.x / view.focus, place.y - on_lens.y / view.focus, 1.0);
    let origin = affine_point(view.world_from_camera, vec3f(on_lens.x, on_lens.y, 0.0));
    return Ray(origin, affine_vector(view.world_from_camera, direction), 0.0, ENDLESS);
}

fn lens_place(view: View, u: vec2f) -> vec2f {
    if view.blades == 0u {
        let radius = view.aperture_radius * sqrt(u.x);
        let turn = det_sin_cos_turns(u.y);
        return vec2f(radius * turn.y, radius * turn.x);
    }
    let n = f32(view.blades);
    let blade = det_floor(u.x * n);
    let along = u.x * n - blade;
    let corner = det_sin_cos_turns(blade / n + view.blade_turns);
    let next = det_sin_cos_turns((blade + 1.0) / n + view.blade_turns);
    let radius = view.aperture_radius * sqrt(u.y);
    return vec2f(
        radius * (corner.y + along * (next.y - corner.y)),
        radius * (corner.x + along * (next.x - corner.x)),
    );
}

fn is_ray(ray: Ray) -> bool {
    return ray.t_max >= ray.t_min;
}

fn pixel_place(view: View, pixel: vec2<u32>, offset: vec2f) -> vec2f {
    let x = (f32(pixel.x) + offset.x - view.cx) / view.fx;
    let y = (f32(pixel.y) + offset.y - view.cy) / view.fy;
    if view.projection == PROJECTION_PERSPECTIVE && (view.flags & VIEW_DISTORTED) != 0u {
        return undistort(view, vec2f(x, y));
    }
    return vec2f(x, y);
}

fn undistort(view: View, distorted: vec2f) -> vec2f {
    let k1 = view.distortion.x;
    let k2 = view.distortion.y;
    let p1 = view.distortion.z;
    let p2 = view.distortion.w;
    let k3 = view.distortion_more.x;
    let k4 = view.distortion_more.y;
    let k5 = view.distortion_more.z;
    let k6 = view.distortion_more.w;
    var x = distorted.x;
    var y = distorted.y;
    for (var i = 0u; i < UNDISTORT_STEPS; i += 1u) {
        let r2 = x * x + y * y;
        let xy = x * y;
        let below = 1.0 + r2 * (k4 + r2 * (k5 + r2 * k6));
        let radial = (1.0 + r2 * (k1 + r2 * (k2 + r2 * k3))) / below;
        let above_slope = k1 + r2 * (2.0 * k2 + r2 * (3.0 * k3));
        let below_slope = k4 + r2 * (2.0 * k5 + r2 * (3.0 * k6));
        let slope = 2.0 * (above_slope - radial * below_slope) / below;
        let error_x = x * radial + 2.0 * p1 * xy + p2 * (r2 + 2.0 * x * x) - distorted.x;
        let error_y = y * radial + 2.0 * p2 * xy + p1 * (r2 + 2.0 * y * y) - distorted.y;
        let a = radial + slope * x * x + 2.0 * p1 * y + 6.0 * p2 * x;
        let b = slope * xy + 2.0 * p1 * x + 2.0 * p2 * y;
        let d = radial + slope * y * y + 6.0 * p1 * y + 2.0 * p2 * x;
        let scale = 1.0 / (a * d - b * b);
        x -= (error_x * d - error_y * b) * scale;
        y -= (error_y * a - error_x * b) * scale;
    }
    return vec2f(x, y);
}

fn fisheye_direction(view: View, place: vec2f, radius: f32) -> vec3f {
    let k1 = view.distortion.x;
    let k2 = view.distortion.y;
    let k3 = view.distortion.z;
    let k4 = view.distortion.w;
    var theta = radius;
    if (view.flags & VIEW_DISTORTED) != 0u {
        for (var i = 0u; i < UNDISTORT_STEPS; i += 1u) {
            let t2 = theta * theta;
            let error = theta * (1.0 + t2 * (k1 + t2 * (k2 + t2 * (k3 + t2 * k4)))) - radius;
            let slope = 1.0 + t2 * (3.0 * k1 + t2 * (5.0 * k2 + t2 * (7.0 * k3 + t2 * (9.0 * k4))));
            theta -= error / slope;
        }
    }
    let turn = det_sin_cos(theta);
    if radius <= 0.0 {
        return vec3f(0.0, 0.0, 1.0);
    }
    let scale = turn.x / radius;
    return vec3f(place.x * scale, place.y * scale, turn.y);
}

fn equirectangular_direction(place: vec2f) -> vec3f {
    let x = det_sin_cos(place.x);
    let y = det_sin_cos(place.y);
    return vec3f(x.x * y.y, y.x, x.y * y.y);
}

fn camera_depth(view: View, direction: vec3f, t: f32) -> f32 {
    if view.projection == PROJECTION_FISHEYE || view.projection == PROJECTION_EQUIRECTANGULAR {
        let m = view.world_from_camera.rows;
        return t * vec3_dot(vec3f(m[0].z, m[1].z, m[2].z), direction);
    }
    return t;
}

fn camera_spread(view: View, spp: u32) -> f32 {
    if view.projection == PROJECTION_ORTHOGRAPHIC {
        return 0.0;
    }
    return 1.0 / (view.fy * sqrt(f32(spp)));
}

fn camera_cone(view: View, spp: u32) -> f32 {
    if view.projection == PROJECTION_ORTHOGRAPHIC {
        return 1.0 / (view.fy * sqrt(f32(spp)));
    }
    return 0.0;
}
