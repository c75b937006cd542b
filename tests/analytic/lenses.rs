//! Projections, distortions and apertures against the formulas that define them, written out a second time in f64.

#![expect(clippy::disallowed_methods, reason = "std's f64 functions are the oracle")]

use super::stage::{BLACK_SKY, camera, constant_sky, material, quad, render, scene, unlit};
use genki::buffers::layout::View;
use genki::buffers::{self, Cache};
use genki::film::Film;
use genki::math::{Vec3, det, vec3};
use genki::render::cpu::camera::{camera_ray, is_ray, lens_place};
use genki::scene::{Aperture, Camera, Lens, Projection};

const EYE: Vec3 = vec3(1.0, -2.0, 0.5);
const WIDTH: u32 = 64;
const HEIGHT: u32 = 48;

fn seen_by(projection: Projection, focal: f32) -> Camera {
    let lens = Lens { projection, aperture: None };
    Camera { lens, ..camera(EYE, vec3(0.3, 1.0, 0.2), focal, [WIDTH, HEIGHT]) }
}

fn view_of(camera: Camera) -> View {
    buffers::build(&scene(vec![], vec![], BLACK_SKY, vec![camera]), 16, &Cache::new(1 << 20)).views[0]
}

/// OpenCV's projection of a point in camera axes to a normalised place; `None` where it has none.
fn projected(projection: &Projection, [x, y, z]: [f64; 3]) -> Option<[f64; 2]> {
    match projection {
        Projection::Perspective { distortion } => {
            let [k1, k2, p1, p2, k3, k4, k5, k6] = distortion.map(f64::from);
            let (a, b) = (x / z, y / z);
            let r2 = a * a + b * b;
            let radial =
                (1.0 + k1 * r2 + k2 * r2 * r2 + k3 * r2 * r2 * r2) / (1.0 + k4 * r2 + k5 * r2 * r2 + k6 * r2 * r2 * r2);
            let u = a * radial + 2.0 * p1 * a * b + p2 * (r2 + 2.0 * a * a);
            let v = b * radial + p1 * (r2 + 2.0 * b * b) + 2.0 * p2 * a * b;
            (z > 0.0).then_some([u, v])
        }
        Projection::Orthographic => (z > 0.0).then_some([x, y]),
        Projection::Fisheye { k, max_angle_rad, .. } => {
            let [k1, k2, k3, k4] = k.map(f64::from);
            let off_axis = x.hypot(y);
            let theta = off_axis.atan2(z);
            let powers = k1 * theta.powi(2) + k2 * theta.powi(4) + k3 * theta.powi(6) + k4 * theta.powi(8);
            let radius = theta * (1.0 + powers);
            (theta < f64::from(*max_angle_rad)).then_some([x / off_axis * radius, y / off_axis * radius])
        }
        Projection::Equirectangular => Some([x.atan2(z), y.atan2(x.hypot(z))]),
    }
}

fn projections() -> Vec<(&'static str, Projection, f32)> {
    let brown = |distortion| Projection::Perspective { distortion };
    let fisheye = |k: [f32; 4], max_angle_rad: f32| {
        let t = f64::from(max_angle_rad);
        let k64 = k.map(f64::from);
        let image_circle = t * (1.0 + k64[0] * t * t + k64[1] * t.powi(4) + k64[2] * t.powi(6) + k64[3] * t.powi(8));
        Projection::Fisheye { k, max_angle_rad, image_circle: image_circle as f32 }
    };
    vec![
        ("pinhole", brown([0.0; 8]), 40.0),
        ("barrel", brown([-0.2, 0.03, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]), 40.0),
        ("pincushion, off axis", brown([0.3, 0.1, 0.004, -0.006, 0.02, 0.0, 0.0, 0.0]), 40.0),
        ("rational", brown([0.2, -0.02, 0.001, 0.002, 0.003, 0.1, 0.01, 0.002]), 40.0),
        ("orthographic", Projection::Orthographic, 12.0),
        ("equidistant", fisheye([0.0; 4], 1.5), 20.0),
        ("beyond a half turn", fisheye([0.0; 4], 2.8), 9.0),
        ("OpenCV's fisheye", fisheye([0.02, -0.004, 0.001, -0.0001], 1.6), 20.0),
        ("all around", Projection::Equirectangular, 10.0),
    ]
}

/// A point for each i, all around the camera, in its axes.
fn point(i: u32) -> [f64; 3] {
    let of = |k: f64| (f64::from(i) * k).fract() * 2.0 - 1.0;
    [3.0 * of(0.618_033_99), 3.0 * of(0.754_877_67), 3.0 * of(0.569_840_29)]
}

/// How far the ray through the pixel of a point passes it by, as a share of its distance.
fn miss(camera: &Camera, view: &View, place: [f64; 2], point: [f64; 3]) -> Option<f64> {
    let x = f64::from(camera.fx) * place[0] + f64::from(camera.cx);
    let y = f64::from(camera.fy) * place[1] + f64::from(camera.cy);
    if !(0.0..f64::from(WIDTH)).contains(&x) || !(0.0..f64::from(HEIGHT)).contains(&y) {
        return None;
    }
    let ray = camera_ray(view, [x as u32, y as u32], [x.fract() as f32, y.fract() as f32]);
    assert!(is_ray(&ray));
    let target = camera.world_from_camera.point(vec3(point[0] as f32, point[1] as f32, point[2] as f32));
    let (to, along) = (target - ray.origin, ray.direction.normalize());
    assert!(to.dot(along) > 0.0, "it lies before the camera");
    Some(f64::from(to.cross(along).length() / (target - EYE).length()))
}

#[test]
fn the_ray_through_a_points_pixel_goes_through_the_point() {
    for (name, projection, focal) in projections() {
        let camera = seen_by(projection, focal);
        let view = view_of(camera);
        let mut seen = 0;
        for i in 0..20_000 {
            let Some(place) = projected(&projection, point(i)) else { continue };
            let Some(miss) = miss(&camera, &view, place, point(i)) else { continue };
            // A place in the picture is rounded to 2^-19 of it, and an f32 sum of three products to a few 2^-24.
            assert!(miss < 1e-5, "{name}, point {:?}: {miss}", point(i));
            seen += 1;
        }
        assert!(seen > 500, "{name}: {seen} points are in the picture");
    }
}

#[test]
fn a_ray_of_other_coefficients_misses_the_point() {
    let (_, projection, focal) = projections().swap_remove(1);
    let other = Projection::Perspective { distortion: [-0.19, 0.03, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0] };
    let camera = seen_by(other, focal);
    let view = view_of(camera);
    let misses = (0..2000).filter_map(|i| miss(&camera, &view, projected(&projection, point(i))?, point(i)));
    assert!(misses.fold(0.0, f64::max) > 1e-4);
}

fn films(projection: Projection, focal: f32) -> (Camera, Film) {
    let camera = seen_by(projection, focal);
    let m = camera.world_from_camera;
    // A wall at z = 2 that is 40 metres wide, facing the camera.
    let wall = quad(m.point(vec3(0.0, 0.0, 2.0)), m.vector(vec3(20.0, 0.0, 0.0)), m.vector(vec3(0.0, -20.0, 0.0)));
    let things = vec![(wall, material([0.5; 3], 0.0, 1.0))];
    (camera, render(&scene(things, vec![], constant_sky(Vec3::splat(0.5)), vec![camera]), 4, 1, 0))
}

#[test]
fn depth_is_planar_and_distance_is_along_the_ray_in_every_projection() {
    for (name, projection, focal) in projections() {
        let (camera, film) = films(projection, focal);
        let view = view_of(camera);
        let mut seen = 0;
        for (i, (&depth, &distance)) in film.geometry.depth.iter().zip(&film.geometry.distance).enumerate() {
            let ray = camera_ray(&view, [i as u32 % WIDTH, i as u32 / WIDTH], [0.5; 2]);
            let cosine = ray.direction.normalize().dot(camera.world_from_camera.column(2));
            if film.geometry.instance[i] == 0 {
                assert_eq!((depth, distance), (0.0, 0.0));
                assert!(cosine < 0.1 || !is_ray(&ray), "{name}: the wall covers all but what is nearly behind");
                continue;
            }
            assert!((depth - 2.0).abs() < 1e-5 / cosine, "{name}: {depth}");
            assert!((distance * cosine - 2.0).abs() < 1e-5 / cosine, "{name}: {distance}");
            seen += 1;
        }
        assert!(seen > 500, "{name}: {seen}");
    }
}

#[test]
fn outside_the_image_circle_there_is_nothing_even_of_a_sky_that_is_seen() {
    // Radius 1.5 × 15 = 22.5 pixels about the centre.
    let (_, film) = films(Projection::Fisheye { k: [0.0; 4], max_angle_rad: 1.5, image_circle: 1.5 }, 15.0);
    let (mut inside, mut outside) = (0, 0);
    for (i, pixel) in film.radiance.iter().enumerate() {
        let (x, y) = (i as f64 % f64::from(WIDTH) + 0.5, (i as f64 / f64::from(WIDTH)).floor() + 0.5);
        let radius = (x - 32.0).hypot(y - 24.0);
        if radius > 22.5 + 0.71 {
            assert_eq!(*pixel, [0.0; 4]);
            assert_eq!(film.geometry.distance[i], 0.0);
            outside += 1;
        } else if radius < 22.5 - 0.71 {
            assert_eq!(pixel[3], 1.0);
            inside += 1;
        }
    }
    assert!(inside > 1200 && outside > 1000, "{inside} inside, {outside} outside");
}

#[test]
fn an_orthographic_camera_sees_things_as_large_near_and_far() {
    let mut covered = Vec::new();
    for z in [0.5, 5.0, 50.0] {
        let camera = seen_by(Projection::Orthographic, 10.0);
        let m = camera.world_from_camera;
        // 2.2 × 1.4 metres at 10 pixels a metre.
        let card = quad(m.point(vec3(0.0, 0.0, z)), m.vector(vec3(1.1, 0.0, 0.0)), m.vector(vec3(0.0, -0.7, 0.0)));
        let film = render(&scene(vec![(card, unlit([1.0; 3]))], vec![], BLACK_SKY, vec![camera]), 16, 0, 0);
        covered.push(film.radiance.iter().map(|p| p[3]).sum::<f32>());
    }
    assert!(covered.iter().all(|pixels| (pixels - 22.0 * 14.0).abs() < 0.5), "{covered:?}");
}

/// Total, centre and variances in x and y of a film's alpha, in pixels.
fn moments(film: &Film) -> (f64, [f64; 2], [f64; 2]) {
    let (mut total, mut first, mut second) = (0.0, [0.0; 2], [0.0; 2]);
    for (i, pixel) in film.radiance.iter().enumerate() {
        let alpha = f64::from(pixel[3]);
        let at = [f64::from(i as u32 % film.width) + 0.5, f64::from(i as u32 / film.width) + 0.5];
        total += alpha;
        for k in 0..2 {
            first[k] += alpha * at[k];
            second[k] += alpha * at[k] * at[k];
        }
    }
    let center = first.map(|sum| sum / total);
    (total, center, [0, 1].map(|k| second[k] / total - center[k] * center[k]))
}

#[test]
fn a_blurred_spot_has_the_moments_of_the_circle_of_confusion() {
    const FOCAL: f64 = 200.0;
    let size = [32, 32];
    // (diameter of the aperture, focus, depth of the spot): behind and before the plane of focus.
    for (diameter, focus, z) in [(0.1, 2.0, 4.0), (0.1, 2.0, 1.5)] {
        for blades in [0, 3, 6] {
            let aperture =
                Aperture { radius_m: (diameter / 2.0) as f32, focus_m: focus as f32, blades, blade_rotation_deg: 17.0 };
            let lens = Lens { aperture: Some(aperture), ..Lens::PINHOLE };
            let camera = Camera { lens, ..camera(EYE, vec3(0.3, 1.0, 0.2), FOCAL as f32, size) };
            let m = camera.world_from_camera;
            let half = 0.02;
            let card = quad(m.point(vec3(0.0, 0.0, z as f32)), m.column(0) * half, -m.column(1) * half);
            let film = render(&scene(vec![(card, unlit([1.0; 3]))], vec![], BLACK_SKY, vec![camera]), 1024, 0, 0);
            let (total, center, variances) = moments(&film);
            // The sharp image is a square; the circle of confusion spreads it, and takes nothing away.
            let side = 2.0 * f64::from(half) * FOCAL / z;
            assert!((total / (side * side) - 1.0).abs() < 0.02, "{blades} blades, {z}: {total}, not {}", side * side);
            assert!(center.iter().all(|c| (c - 16.0).abs() < 0.05), "{center:?}");
            // Thin lens: c = A |z − s| / z · f / s on the sensor, in pixels by the focal length in pixels.
            let radius = 0.5 * diameter * (z - focus).abs() / (z * focus) * FOCAL;
            // Second moment of a regular polygon by its corners' radius: R² (2 + cos 2π/n) / 12, of a disk R² / 4. The
            // square and the pixel's box have a twelfth of their sides' squares.
            let corners = if blades == 0 { 1.0 } else { (std::f64::consts::TAU / f64::from(blades)).cos() };
            let expected = radius * radius * (2.0 + corners) / 12.0 + (side * side + 1.0) / 12.0;
            for variance in variances {
                let error = (variance / expected - 1.0).abs();
                assert!(error < 0.03, "{blades} blades, focus {focus}, depth {z}: {variance}, not {expected}");
            }
        }
    }
}

#[test]
fn what_is_in_focus_is_as_sharp_as_through_a_pinhole() {
    let film = |aperture| {
        let camera =
            Camera { lens: Lens { aperture, ..Lens::PINHOLE }, ..camera(EYE, vec3(0.3, 1.0, 0.2), 200.0, [32, 32]) };
        let m = camera.world_from_camera;
        // 9.6 pixels wide: its rim goes through pixels.
        let card = quad(m.point(vec3(0.0, 0.0, 3.0)), m.column(0) * 0.072, -m.column(1) * 0.072);
        render(&scene(vec![(card, unlit([1.0; 3]))], vec![], BLACK_SKY, vec![camera]), 64, 0, 0)
    };
    let sharp = film(None);
    let at = |focus_m| film(Some(Aperture { radius_m: 0.1, focus_m, blades: 0, blade_rotation_deg: 0.0 }));
    // A ray that is rounded past the rim now and then: one sample of 64.
    let worst = |film: &Film| {
        let pairs = film.radiance.iter().zip(&sharp.radiance);
        pairs.map(|(a, b)| (a[3] - b[3]).abs()).fold(0.0, det::max)
    };
    assert!(worst(&at(3.0)) < 1.5 / 64.0, "{}", worst(&at(3.0)));
    assert!(worst(&at(2.9)) > 0.05);
}

#[test]
fn a_place_on_the_lens_stays_on_it() {
    for blades in [0, 3, 4, 7, 16] {
        let aperture = Aperture { radius_m: 0.5, focus_m: 1.0, blades, blade_rotation_deg: 0.0 };
        let lens = Lens { aperture: Some(aperture), ..Lens::PINHOLE };
        let view = view_of(Camera { lens, ..seen_by(Lens::PINHOLE.projection, 40.0) });
        let mut farthest = 0.0;
        for i in 0..64 * 64 {
            let u = [(i % 64) as f32 / 64.0, (i / 64) as f32 / 63.99];
            let [x, y] = lens_place(&view, u);
            farthest = det::max(farthest, (x * x + y * y).sqrt());
            if blades == 4 {
                // The square with corners on the axes.
                assert!(x.abs() + y.abs() < 0.5 + 1e-5, "{x} {y}");
            }
        }
        assert!(farthest > 0.49 && farthest < 0.500_01, "{blades}: {farthest}");
    }
}
