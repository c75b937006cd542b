//! What moves: optical flow by what projection says of it, and blur by how long each place was covered.

use super::stage::{BLACK_SKY, camera, floor, quad, scene, unlit};
use genki::annotate::flow;
use genki::buffers::layout::Settings;
use genki::buffers::{self, Cache, Moment, Moments, SceneBuffers, sights};
use genki::film::{Film, FilmPlanes};
use genki::formats::raster::Samples;
use genki::math::{Affine, Vec3, vec3};
use genki::render::Renderer;
use genki::render::cpu::CpuRenderer;
use genki::scene::{Camera, Lens, Projection, Scene};
use std::sync::Arc;

const SIZE: [u32; 2] = [48, 32];

fn built(scene: &Scene) -> SceneBuffers {
    buffers::build(scene, 64, &Cache::new(1 << 24))
}

fn film_of(buffers: SceneBuffers, spp: u32, planes: FilmPlanes) -> Film {
    let settings = Settings { spp, bounces: 1, flags: 0, clamp: f32::MAX };
    CpuRenderer::new().render(&Arc::new(buffers), 0, &settings, planes, &|| false).expect("finite pixels")
}

/// dx and dy of all pixels.
fn flow_of(now: &Scene, then: &Scene) -> (Film, Vec<[f32; 2]>) {
    let film = film_of(built(now), 1, FilmPlanes { geometry: true, hits: true, ..FilmPlanes::NONE });
    let raster = flow(&film, now, then, 0);
    assert_eq!((raster.width, raster.height, raster.channels), (SIZE[0], SIZE[1], 2));
    let Samples::F32(samples) = raster.samples else { panic!("flow is f32") };
    let flow: Vec<[f32; 2]> = samples.chunks_exact(2).map(|d| [d[0], d[1]]).collect();
    assert_eq!(flow.len(), film.geometry.depth.len());
    (film, flow)
}

/// The scene before a camera that was moved in its own axes.
fn before(scene: &Scene, shift: Vec3) -> Scene {
    let mut moved = scene.clone();
    let pose = &mut moved.cameras[0].world_from_camera;
    *pose = pose.after(&Affine::translation(shift));
    moved
}

/// A floor seen askew, so that depth differs from row to row and the corners see nothing.
fn floor_askew(lens: Lens) -> Scene {
    let view = Camera { lens, ..camera(vec3(0.3, -2.0, 1.5), vec3(0.1, 0.0, 0.0), 40.0, SIZE) };
    scene(vec![(floor(1.2), unlit([1.0; 3]))], vec![], BLACK_SKY, vec![view])
}

#[test]
fn before_a_camera_that_goes_aside_points_move_the_other_way_by_focal_length_over_depth() {
    let now = floor_askew(Lens::PINHOLE);
    let (film, flow) = flow_of(&now, &before(&now, vec3(0.05, -0.02, 0.0)));
    let mut n_seen = 0;
    for (&[dx, dy], &z) in flow.iter().zip(&film.geometry.depth) {
        if z == 0.0 {
            assert_eq!([dx, dy], [0.0; 2], "nothing is there");
            continue;
        }
        n_seen += 1;
        let per_metre = 40.0 / z;
        assert!((dx + 0.05 * per_metre).abs() < 1e-3 && (dy - 0.02 * per_metre).abs() < 1e-3, "{dx} {dy} at {z}");
    }
    assert!((300..1500).contains(&n_seen), "{n_seen}");
}

#[test]
fn before_a_camera_that_goes_ahead_points_move_away_from_the_middle() {
    let now = floor_askew(Lens::PINHOLE);
    let (film, flow) = flow_of(&now, &before(&now, vec3(0.0, 0.0, 0.1)));
    for (i, (&[dx, dy], &z)) in flow.iter().zip(&film.geometry.depth).enumerate().filter(|(_, (_, z))| **z > 0.0) {
        let from_middle = [i as u32 % SIZE[0], i as u32 / SIZE[0]].map(|k| k as f32 + 0.5);
        let factor = z / (z - 0.1) - 1.0;
        let expected = [(from_middle[0] - 24.0) * factor, (from_middle[1] - 16.0) * factor];
        assert!((dx - expected[0]).abs() < 1e-3 && (dy - expected[1]).abs() < 1e-3, "{dx} {dy}: {expected:?}");
    }
}

#[test]
fn a_card_that_spins_before_the_camera_moves_as_the_picture_would() {
    let card = quad(Vec3::ZERO, vec3(0.49, 0.0, 0.0), vec3(0.0, 0.49, 0.0));
    let view = camera(vec3(0.0, 0.0, 2.0), Vec3::ZERO, 50.0, SIZE);
    let now = scene(vec![(card, unlit([1.0; 3]))], vec![], BLACK_SKY, vec![view]);
    let (s, c) = (0.6, 0.8);
    let turned = |s: f32| {
        let mut then = now.clone();
        then.instances[0].world_from_object =
            Affine::from_columns(vec3(c, s, 0.0), vec3(-s, c, 0.0), vec3(0.0, 0.0, 1.0), Vec3::ZERO);
        then
    };
    for sign in [1.0, -1.0] {
        let (film, flow) = flow_of(&now, &turned(sign * s));
        let mut n_seen = 0;
        for (i, &[dx, dy]) in flow.iter().enumerate().filter(|(i, _)| film.geometry.depth[*i] > 0.0) {
            n_seen += 1;
            let (x, y) = ((i as u32 % SIZE[0]) as f32 - 23.5, (i as u32 / SIZE[0]) as f32 - 15.5);
            // Counter-clockwise from above is against the clock in the picture, whose y goes down.
            let expected = [c * x + sign * s * y - x, -sign * s * x + c * y - y];
            assert!((dx - expected[0]).abs() < 1e-3 && (dy - expected[1]).abs() < 1e-3, "{dx} {dy}: {expected:?}");
        }
        // A square of 24.5 pixels round a corner of four.
        assert_eq!(n_seen, 24 * 24);
    }
}

#[test]
fn what_stands_still_has_no_flow_through_any_lens() {
    let distortion = [-0.2, 0.05, 0.005, -0.01, 0.02, 0.01, 0.0, 0.0];
    for projection in [
        Lens::PINHOLE.projection,
        Projection::Perspective { distortion },
        Projection::Orthographic,
        Projection::Fisheye { k: [0.02, 0.01, 0.0, 0.0], max_angle_rad: 1.5, image_circle: 1.64 },
        Projection::Equirectangular,
    ] {
        let now = floor_askew(Lens { projection, aperture: None });
        let (film, flow) = flow_of(&now, &now.clone());
        assert!(film.hits.instance.iter().filter(|&&instance| instance == 1).count() > 100, "{projection:?}");
        assert!(flow.iter().all(|d| *d == [0.0; 2]), "{projection:?}");
        // And what moves has some, up to where a rule says that there is none.
        let (_, flow) = flow_of(&now, &before(&now, vec3(0.05, 0.0, 0.0)));
        assert!(flow.iter().filter(|d| d[0] < 0.0).count() > 100, "{projection:?}");
    }
}

#[test]
fn points_that_fall_behind_the_camera_have_no_flow() {
    let now = floor_askew(Lens::PINHOLE);
    let (film, flow) = flow_of(&now, &before(&now, vec3(0.0, 0.0, 2.5)));
    for (d, &z) in flow.iter().zip(&film.geometry.depth) {
        assert_eq!(*d == [0.0; 2], z <= 2.5, "{d:?} at {z}");
    }
    assert!(film.geometry.depth.iter().any(|&z| z > 2.6) && film.geometry.depth.iter().any(|&z| z > 0.0 && z < 2.4));
}

/// A wall whose left edge is at pixel `edge`, before a camera that sees a metre as eight pixels.
fn wall_from(edge: f32) -> Scene {
    let view = Camera {
        lens: Lens { projection: Projection::Orthographic, aperture: None },
        ..camera(vec3(0.0, 0.0, 2.0), Vec3::ZERO, 8.0, SIZE)
    };
    let left = (edge - 24.0) / 8.0;
    let wall = quad(vec3(left + 10.0, 0.0, 0.0), vec3(10.0, 0.0, 0.0), vec3(0.0, 10.0, 0.0));
    scene(vec![(wall, unlit([0.5; 3]))], vec![], BLACK_SKY, vec![view])
}

/// One moment each; the edge goes on by a pixel from each to the next.
fn walls(n: u8) -> Vec<Moment> {
    (0..n).map(|k| moment(built(&wall_from(20.0 + f32::from(k))))).collect()
}

fn moment(scene: SceneBuffers) -> Moment {
    Moment { views: scene.views.clone(), scene: Some(Arc::new(scene)) }
}

#[test]
fn a_pixel_is_covered_by_as_much_as_the_share_of_the_time_that_it_is() {
    let mut buffers = built(&wall_from(20.0));
    buffers.moments = Moments { all: walls(4), n_a_row: 4 };
    let planes = FilmPlanes { radiance: true, geometry: true, ..FilmPlanes::NONE };
    let film = film_of(buffers, 16, planes);
    for (i, (pixel, &depth)) in film.radiance.iter().zip(&film.geometry.depth).enumerate() {
        let x = i as u32 % SIZE[0];
        let n_covering = (x + 1).clamp(20, 24) - 20;
        let expected = n_covering as f32 / 4.0;
        assert_eq!((pixel[3], pixel[0]), (expected, 0.5 * expected), "pixel {x}");
        // When the shutter opens.
        assert_eq!(depth > 0.0, x >= 20);
    }
}

#[test]
fn moments_that_are_all_alike_change_no_bit_and_more_moments_than_samples_leave_none_out() {
    let still = built(&wall_from(20.3));
    let planes = FilmPlanes { radiance: true, albedo: true, ..FilmPlanes::NONE };
    for (n_moments, spp) in [(1, 4), (3, 8), (5, 5), (7, 3)] {
        let mut buffers = still.clone();
        buffers.moments = Moments { all: vec![moment(still.clone()); n_moments], n_a_row: n_moments };
        assert_eq!(film_of(buffers, spp, planes), film_of(still.clone(), spp, planes), "{n_moments} of {spp}");
    }
}

#[test]
fn under_a_rolling_shutter_lower_rows_see_later_moments() {
    // Five blocks of rows, each of which sees four of eight moments; rows do not fall into blocks evenly.
    let mut buffers = built(&wall_from(20.0));
    buffers.moments = Moments { all: walls(8), n_a_row: 4 };
    let film = film_of(buffers, 16, FilmPlanes { radiance: true, geometry: true, ..FilmPlanes::NONE });
    let mut edges = vec![];
    for (i, (pixel, &depth)) in film.radiance.iter().zip(&film.geometry.depth).enumerate() {
        let [x, y] = [i as u32 % SIZE[0], i as u32 / SIZE[0]];
        let first = 20 + (1..5).filter(|k| k * SIZE[1] / 5 <= y).count() as u32;
        let n_covering = (x + 1).clamp(first, first + 4) - first;
        assert_eq!(pixel[3], n_covering as f32 / 4.0, "pixel {x}, {y}");
        assert_eq!(depth > 0.0, x >= 20);
        edges.push(first);
    }
    assert_eq!((edges[0], edges[edges.len() - 1]), (20, 24));
}

#[test]
fn every_sample_of_every_row_sees_one_moment_and_samples_come_in_order() {
    let still = built(&wall_from(20.0));
    for (n, n_a_row, height, spp) in [(8, 4, 32, 16), (8, 1, 3, 5), (64, 32, 7, 3), (5, 5, 2, 7), (3, 2, 1, 1)] {
        let mut buffers = still.clone();
        buffers.views[0].height = height;
        // Of cameras alone, or of all.
        let scene = (n % 2 == 0).then(|| Arc::new(still.clone()));
        let all = vec![Moment { scene, views: buffers.views.clone() }; n];
        buffers.moments = Moments { all, n_a_row };
        let mut next = vec![0; height as usize];
        for sight in sights(&Arc::new(buffers), 0, spp) {
            for y in sight.rows {
                assert_eq!(sight.samples.start, next[y as usize], "row {y} of {height}, {n_a_row} of {n}");
                next[y as usize] = sight.samples.end;
            }
        }
        assert_eq!(next, vec![spp; height as usize], "{n_a_row} of {n}");
    }
}
