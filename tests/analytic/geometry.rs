//! Where things are in a picture, how far, which way they face, and which they are.

use super::reference::{dot, minus, times, unit, vector};
use super::stage::{BLACK_SKY, ball, camera, floor, material, quad, render, scene, unlit};
use genki::film::Film;
use genki::math::{Affine, Vec3, det, vec3};
use genki::scene::{Camera, Lens, Mesh, Scene};

/// A camera that stands askew: its axes are columns of a rotation, its centre is not the picture's.
fn askew() -> Camera {
    let (right, forward) = (vec3(0.48, 0.6, -0.64), vec3(0.6, -0.768, -0.27).normalize());
    let down = forward.cross(right).normalize();
    let right = down.cross(forward);
    Camera {
        world_from_camera: Affine::from_columns(right, down, forward, vec3(1.0, -2.0, 3.0)),
        fx: 40.0,
        fy: 50.0,
        cx: 13.3,
        cy: 17.9,
        width: 40,
        height: 32,
        seed: [3, 4],
        lens: Lens::PINHOLE,
        sensor: None,
    }
}

/// A rectangle of a picture as a card at depth `z` before the camera: left, top, right, bottom in pixels.
fn card(view: &Camera, z: f32, [left, top, right, bottom]: [f32; 4]) -> Mesh {
    let at = |x: f32, y: f32| {
        view.world_from_camera.point(vec3((x - view.cx) / view.fx * z, (y - view.cy) / view.fy * z, z))
    };
    let center = (at(left, top) + at(right, bottom)) * 0.5;
    // Front towards the camera: right × up.
    let u = (at(right, top) - at(left, top)) * 0.5;
    let v = (at(left, top) - at(left, bottom)) * 0.5;
    quad(center, u, v)
}

fn at(film: &Film, x: u32, y: u32) -> usize {
    (y * film.width + x) as usize
}

#[test]
fn right_is_plus_x_down_is_plus_y_and_pixel_centres_are_at_a_half() {
    let view = askew();
    // Borders on either side of pixel centres by a tenth.
    let rectangles = [([10.4, 5.4, 14.6, 7.6], 10..15, 5..8), ([20.6, 20.6, 24.4, 29.4], 21..24, 21..29)];
    let things = rectangles.iter().map(|(r, ..)| (card(&view, 2.5, *r), material([0.5; 3], 0.0, 1.0))).collect();
    let film = render(&scene(things, vec![], BLACK_SKY, vec![view]), 1, 0, 0);
    for y in 0..32 {
        for x in 0..40 {
            let found = rectangles.iter().position(|(_, columns, rows)| columns.contains(&x) && rows.contains(&y));
            let id = found.map_or(0, |i| i as u16 + 1);
            let i = at(&film, x, y);
            assert_eq!(film.geometry.instance[i], id, "({x}, {y})");
            assert_eq!(film.geometry.semantic[i], id * 10, "({x}, {y})");
        }
    }
}

#[test]
fn a_pixel_is_covered_by_the_share_of_its_area() {
    let view = askew();
    let [left, top, right, bottom] = [10.4f32, 5.25, 14.7, 7.6];
    let things = vec![(card(&view, 2.5, [left, top, right, bottom]), unlit([1.0; 3]))];
    const SPP: u32 = 256;
    let film = render(&scene(things, vec![], BLACK_SKY, vec![view]), SPP, 0, 0);
    let overlap = |x: f32, low: f32, high: f32| det::min(x + 1.0, high) - det::max(x, low);
    let mut partial = 0;
    for y in 0..32 {
        for x in 0..40 {
            let (wide, high) = (overlap(x as f32, left, right), overlap(y as f32, top, bottom));
            let area = if wide > 0.0 && high > 0.0 { wide * high } else { 0.0 };
            let found = film.radiance[at(&film, x, y)];
            // A Sobol net of 256 points has 16 strata on a side; of a box anchored in a corner at most two rows are cut.
            assert!((found[3] - area).abs() < 2.0 / 16.0 / 4.0, "({x}, {y}): {}, not {area}", found[3]);
            assert_eq!(found[0], found[3]);
            partial += u32::from(area > 0.0 && area < 0.99);
        }
    }
    assert_eq!(partial, 12, "the rectangle's rim");
}

#[test]
fn a_wall_that_faces_the_camera_has_one_depth_and_growing_distances() {
    let view = askew();
    let wall = card(&view, 3.7, [-5.0, -5.0, 45.0, 37.0]);
    let film = render(&scene(vec![(wall, material([0.5; 3], 0.25, 0.75))], vec![], BLACK_SKY, vec![view]), 1, 0, 0);
    let towards = -view.world_from_camera.column(2);
    for y in 0..32 {
        for x in 0..40 {
            let i = at(&film, x, y);
            let g = &film.geometry;
            let across = (f64::from(x) + 0.5 - f64::from(view.cx)) / f64::from(view.fx);
            let along = (f64::from(y) + 0.5 - f64::from(view.cy)) / f64::from(view.fy);
            let distance = 3.7 * (1.0 + across * across + along * along).sqrt();
            assert!((f64::from(g.depth[i]) - 3.7).abs() < 1e-5, "({x}, {y}): {}", g.depth[i]);
            assert!((f64::from(g.distance[i]) - distance).abs() < 1e-5, "({x}, {y}): {}", g.distance[i]);
            assert!((Vec3::from(g.normal[i]) - towards).length() < 1e-5, "({x}, {y}): {:?}", g.normal[i]);
            assert_eq!(g.material[i], [0.75, 0.25], "roughness, metallic");
        }
    }
}

#[test]
fn a_floor_has_the_depths_of_its_plane() {
    let eye = vec3(0.7, -2.0, 1.5);
    let view = camera(eye, vec3(0.0, 0.5, 0.0), 30.0, [24, 24]);
    let film =
        render(&scene(vec![(floor(100.0), material([0.5; 3], 0.0, 1.0))], vec![], BLACK_SKY, vec![view]), 1, 0, 0);
    let m = view.world_from_camera;
    let mut n = 0;
    for i in 0..24 * 24 {
        let local = [(i % 24) as f64 + 0.5 - 12.0, (i / 24) as f64 + 0.5 - 12.0, 30.0].map(|v| v / 30.0);
        let down: f64 = (0..3).map(|j| f64::from(m.rows[2][j]) * local[j]).sum();
        if down < -0.05 {
            // eye.z + t · down = 0, with t the planar depth.
            let depth = -1.5 / down;
            assert!((f64::from(film.geometry.depth[i]) - depth).abs() < 2e-5 * depth, "{i}");
            assert_eq!(film.geometry.normal[i], [0.0, 0.0, 1.0]);
            n += 1;
        }
    }
    assert!(n > 300, "{n}");
}

/// A ball of radius 0.8 askew before the camera.
fn ball_scene() -> (Scene, Vec3) {
    let view = askew();
    let center = view.world_from_camera.point(vec3(0.2, -0.1, 3.0));
    let mut scene = scene(vec![(ball(96), material([0.5; 3], 0.0, 1.0))], vec![], BLACK_SKY, vec![view]);
    let radius = Affine::scale(vec3(0.8, 0.8, 0.8));
    scene.instances[0].world_from_object = Affine::translation(center).after(&radius);
    (scene, center)
}

#[test]
fn a_ball_has_the_depths_and_normals_of_a_sphere() {
    let (scene, center) = ball_scene();
    let view = scene.cameras[0];
    let film = render(&scene, 1, 0, 0);
    let m = view.world_from_camera;
    let (eye, center) = (vector(m.column(3)), vector(center));
    let (mut hits, mut misses) = (0, 0);
    for i in 0..40 * 32 {
        let local = [
            ((i % 40) as f64 + 0.5 - f64::from(view.cx)) / f64::from(view.fx),
            ((i / 40) as f64 + 0.5 - f64::from(view.cy)) / f64::from(view.fy),
            1.0,
        ];
        let d: [f64; 3] = std::array::from_fn(|k| (0..3).map(|j| f64::from(m.rows[k][j]) * local[j]).sum());
        // |eye + t d − center|² = r²
        let to = minus(eye, center);
        let (a, b, c) = (dot(d, d), dot(to, d), dot(to, to) - 0.64);
        let root = b * b - a * c;
        let g = &film.geometry;
        if root < 0.0 {
            assert_eq!(g.instance[i], 0, "{i}");
            assert_eq!(g.depth[i], 0.0, "{i}");
            misses += 1;
        } else {
            let t = (-b - root.sqrt()) / a;
            let normal = times(minus([0, 1, 2].map(|k| eye[k] + t * d[k]), center), 1.0 / 0.8);
            let cosine = -dot(normal, unit(d));
            if cosine > 0.3 {
                // Chords lie inside by up to r (1 − cos(π / 192)), 1.1e-4, seen along the ray.
                let deep = f64::from(g.depth[i]) - t;
                assert!((-1e-5..2.2e-4 / cosine).contains(&deep), "{i}: {deep}");
                assert!((f64::from(g.distance[i]) - (t + deep) * a.sqrt()).abs() < 1e-5, "{i}");
                let off = minus(vector(Vec3::from(g.normal[i])), normal);
                // The place is off along the surface by as much as it is deep, over the tangent.
                assert!(dot(off, off).sqrt() < 1.5e-3, "{i}: {off:?}");
                hits += 1;
            }
        }
    }
    assert!(hits > 200 && misses > 300, "{hits} {misses}");
}

#[test]
fn an_instance_stretched_and_turned_shows_normals_across_its_surface() {
    // A floor squeezed to a slope: z = x / 2 after shearing; its normal is (−1, 0, 2) / √5.
    let mut scene = scene(vec![(floor(1.0), material([0.5; 3], 0.0, 1.0))], vec![], BLACK_SKY, vec![]);
    scene.cameras.push(camera(vec3(0.2, -1.0, 3.0), Vec3::ZERO, 30.0, [4, 4]));
    let columns = [vec3(3.0, 0.0, 1.5), vec3(0.0, 0.5, 0.0), vec3(-1.0, 0.0, 5.0)];
    scene.instances[0].world_from_object = Affine::from_columns(columns[0], columns[1], columns[2], Vec3::ZERO);
    let film = render(&scene, 1, 0, 0);
    let expected = vec3(-1.0, 0.0, 2.0).normalize();
    assert!(film.geometry.instance.iter().all(|&id| id == 1));
    assert!(film.geometry.normal.iter().all(|&n| (Vec3::from(n) - expected).length() < 1e-6));
}
