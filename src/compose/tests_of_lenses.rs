//! Composed lenses, stereo pairs and sensors against derived values.

#![expect(clippy::disallowed_methods, reason = "std's f64 functions are the oracle")]

use super::tests::{BOX, one, project, refused};
use super::*;
use crate::math::vec3;
use crate::scene::{Camera, Projection};

fn cameras(cameras: &str) -> Vec<Camera> {
    one(&format!("{BOX}cameras: [{cameras}]\nrender: {{size: [160, 90]}}\n")).scene.cameras
}

fn near(a: f32, b: f64) -> bool {
    (f64::from(a) - b).abs() < 1e-5 * b.abs().max(1e-3)
}

#[test]
fn disparity_is_focal_length_times_baseline_by_depth() {
    let views = cameras("{rig: stereo, pairs: 3, baseline_m: 0.2, radius: 3, look_at: [0, 0, 0], roll_deg: 15}");
    assert_eq!(views.len(), 6);
    for pair in views.chunks(2) {
        let (left, right) = (&pair[0], &pair[1]);
        for column in 0..3 {
            assert_eq!(left.world_from_camera.column(column), right.world_from_camera.column(column), "parallel");
        }
        let between = right.world_from_camera.column(3) - left.world_from_camera.column(3);
        assert!((between - left.world_from_camera.column(0) * 0.2).length() < 1e-6);
        let middle = (right.world_from_camera.column(3) + left.world_from_camera.column(3)) * 0.5;
        assert!((middle.length() - 3.0).abs() < 1e-5, "the radius is to the middle");
        for point in [vec3(0.0, 0.0, 0.0), vec3(0.3, -0.2, 0.4)] {
            let (l, r) = (project(left, point).expect("seen"), project(right, point).expect("seen"));
            let depth = left.world_from_camera.inverse().expect("a pose").point(point).z;
            let expected = f64::from(left.fx) * 0.2 / f64::from(depth);
            assert!((f64::from(l.0 - r.0) - expected).abs() < 1e-3, "{l:?} {r:?} {expected}");
            assert!((l.1 - r.1).abs() < 1e-3);
        }
    }
    assert_ne!(views[0].world_from_camera, views[2].world_from_camera);
}

#[test]
fn a_pair_draws_one_baseline_and_one_field_of_view() {
    let drawn = "{rig: stereo, pairs: 2, baseline_m: {uniform: [0.1, 1]}, fov_deg: {uniform: [20, 80]}}";
    let views = cameras(drawn);
    let baseline = |pair: &[Camera]| {
        let between = pair[1].world_from_camera.column(3) - pair[0].world_from_camera.column(3);
        between.length()
    };
    assert_eq!(views[0].fx, views[1].fx);
    assert_ne!(views[0].fx, views[2].fx);
    assert!((baseline(&views[..2]) - baseline(&views[2..])).abs() > 1e-3);
}

#[test]
fn a_focal_length_sees_the_largest_part_of_the_sensor() {
    // 16:9 of 36 × 24 mm is 36 × 20.25 mm: 50 mm are 90 · 50 / 20.25 pixels.
    let camera = cameras("{rig: orbit, views: 1, focal_length_mm: 50}").remove(0);
    assert!(near(camera.fy, 90.0 * 50.0 / 20.25) && camera.fx == camera.fy, "{}", camera.fy);
    let tall = cameras("{rig: orbit, views: 1, focal_length_mm: 50, sensor_mm: [100, 9]}").remove(0);
    assert!(near(tall.fy, 90.0 * 50.0 / 9.0));
}

#[test]
fn an_aperture_is_focal_length_by_f_stop_and_focused_where_it_is_told() {
    let lens = |focus: &str| {
        let rig = "rig: orbit, views: 1, radius: 3, look_at: [0, 0, 0], focal_length_mm: 50";
        let camera = cameras(&format!("{{{rig}, lens: {{f_stop: 2, focus: {focus}, blades: 6}}}}")).remove(0);
        camera.lens.aperture.expect("an aperture")
    };
    let aperture = lens("1.5");
    assert!(near(aperture.radius_m, 0.05 / 2.0 / 2.0) && aperture.focus_m == 1.5 && aperture.blades == 6);
    // The box's middle is where the camera looks, 3 metres away.
    assert!(near(lens("box").focus_m, 3.0) && near(lens("scene").focus_m, 3.0));
    // Of a field of view: 20.25 mm high, 2 · 20.25 mm away.
    let fov = 2.0 * 0.25f64.atan().to_degrees();
    let camera = cameras(&format!("{{rig: orbit, views: 1, fov_deg: {fov}, lens: {{f_stop: 4}}}}")).remove(0);
    assert!(near(camera.lens.aperture.expect("an aperture").radius_m, 0.0405 / 4.0 / 2.0));
    let near_by = "cameras: [{focal_length_mm: 50, lens: {f_stop: 2, focus: 0.04}}]";
    assert!(
        matches!(refused(&format!("{BOX}{near_by}\n")), ComposeError::OutOfRange { path, .. } if path.contains("focus"))
    );
}

#[test]
fn projections_fill_the_picture() {
    let camera = cameras("{rig: orbit, views: 1, lens: {projection: orthographic, height_m: 3}}").remove(0);
    assert!(near(camera.fy, 30.0) && camera.lens.projection == Projection::Orthographic);
    let camera = cameras("{rig: orbit, views: 1, lens: equirectangular}").remove(0);
    assert!(near(camera.fx, 160.0 / std::f64::consts::TAU) && near(camera.fy, 90.0 / std::f64::consts::PI));
    let camera = cameras("{rig: orbit, views: 1, fov_deg: 200, lens: {projection: fisheye, k1: 0.01}}").remove(0);
    let theta = 100f64.to_radians();
    let circle = theta * (1.0 + 0.01 * theta * theta);
    assert!(near(camera.fy, 45.0 / circle));
    let Projection::Fisheye { max_angle_rad, image_circle, .. } = camera.lens.projection else { panic!("a fisheye") };
    assert!(near(max_angle_rad, theta) && near(image_circle, circle));
}

#[test]
fn lenses_that_fold_the_picture_are_refused() {
    // Drawn, so that no recipe says it.
    for lens in ["{distortion: {k1: {choice: [-2, -3]}}}", "{projection: fisheye, k1: {choice: [-0.5, -0.6]}}"] {
        let error = refused(&format!("{BOX}cameras: [{{rig: orbit, views: 1, lens: {lens}}}]\n"));
        assert!(matches!(error, ComposeError::Folds { .. }), "{lens}: {error}");
        assert_eq!(error.reason(), Reason::SceneDegenerate);
    }
}

#[test]
fn sensors_are_drawn_a_view() {
    let text = format!(
        "{BOX}cameras: [{{rig: orbit, views: 2}}, {{rig: fixed}}]\nsensor: {{vignette: {{uniform: [0, 1]}}}}\n"
    );
    let cameras = one(&text).scene.cameras;
    let of = |i: usize| cameras[i].sensor.expect("a sensor").vignette;
    assert!(of(0) != of(1) && of(1) != of(2) && of(0) != of(2));
    assert_eq!(cameras_without()[0].sensor, None);
}

fn cameras_without() -> Vec<Camera> {
    one(BOX).scene.cameras
}
