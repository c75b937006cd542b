//! Scenes that nobody means and somebody makes: they end, are finite, and show what is left of them.

use genki::buffers::layout::{SETTINGS_BOTH_SIDES, Settings};
use genki::buffers::{self, Cache};
use genki::film::{Film, FilmPlanes};
use genki::hash::{Hasher, sha256};
use genki::math::{Affine, Vec3, vec3};
use genki::render::Renderer;
use genki::render::cpu::CpuRenderer;
use genki::scene::{Camera, Instance, Lens, Light, Material, Mesh, Scene, Sky, SkyLight};
use std::sync::Arc;

const ALL: FilmPlanes =
    FilmPlanes { radiance: true, alpha: true, albedo: true, geometry: true, points: true, amodal: true, hits: true };

/// Every plane of a scene's first view. That it is there says that all its pixels are finite.
fn render(scene: &Scene, flags: u32) -> Film {
    let buffers = Arc::new(buffers::build(scene, 4096, &Cache::new(1 << 26)));
    let settings = Settings { spp: 8, bounces: 3, flags, clamp: f32::MAX };
    CpuRenderer::new().render(&buffers, 0, &settings, ALL, &|| false).expect("finite pixels")
}

/// A closed, bumpy ball of radius about 1 whose front is outside.
fn ball() -> Mesh {
    const N: u32 = 10;
    let mut mesh = Mesh::default();
    for j in 0..=N {
        for i in 0..=2 * N {
            let (theta, phi) = (f64::from(j) / f64::from(N), f64::from(i % (2 * N)) / f64::from(N));
            let (theta, phi) = (theta * std::f64::consts::PI, phi * std::f64::consts::PI);
            let point = [libm::sin(theta) * libm::cos(phi), libm::sin(theta) * libm::sin(phi), libm::cos(theta)];
            let radius = 1.0 + 0.1 * libm::sin(5.0 * phi) * libm::sin(theta);
            mesh.positions.push(point.map(|x| (x * radius) as f32));
            mesh.normals.push(point.map(|x| x as f32));
            mesh.uv0.push([i as f32 / (2 * N) as f32, j as f32 / N as f32]);
        }
    }
    for j in 0..N {
        for i in 0..2 * N {
            let a = j * (2 * N + 1) + i;
            let b = a + 2 * N + 1;
            mesh.triangles.extend([[a, b, a + 1], [a + 1, b, b + 1]]);
        }
    }
    finished(mesh)
}

fn finished(mut mesh: Mesh) -> Mesh {
    mesh.tangents = vec![[1.0, 0.0, 0.0, 1.0]; mesh.positions.len()];
    mesh.triangle_material = vec![0; mesh.triangles.len()];
    mesh.triangle_part = vec![0; mesh.triangles.len()];
    mesh
}

/// A camera at `eye` that looks at the origin.
fn camera(eye: Vec3, focal_px: f32, [width, height]: [u32; 2]) -> Camera {
    let forward = (Vec3::ZERO - eye).normalize();
    let right = forward.cross(vec3(0.0, 0.0, 1.0)).normalize();
    Camera {
        world_from_camera: Affine::from_columns(right, forward.cross(right), forward, eye),
        fx: focal_px,
        fy: focal_px,
        cx: width as f32 / 2.0,
        cy: height as f32 / 2.0,
        width,
        height,
        seed: [11, 12],
        lens: Lens::PINHOLE,
        sensor: None,
    }
}

fn scene_of(mesh: Mesh, world_from_object: Affine, camera: Camera) -> Scene {
    let mut hasher = Hasher::new();
    hasher.update(bytemuck::cast_slice(&mesh.positions)).update(bytemuck::cast_slice(&mesh.triangles));
    let instance = Instance {
        mesh: Arc::new(mesh),
        mesh_digest: sha256(hasher.finish().to_string().as_bytes()),
        world_from_object,
        material_base: 0,
        object_id: 1,
        class_id: 1,
    };
    let sky = Sky { light: SkyLight::Constant(vec3(0.4, 0.5, 0.7)), rotation_rad: 0.0, scale: 1.0, visible: false };
    let material = Material { metallic: 0.3, roughness: 0.4, ..Material::default() };
    Scene {
        instances: vec![instance],
        materials: vec![material],
        images: vec![],
        lights: vec![],
        sky,
        cameras: vec![camera],
    }
}

/// The ball, seen from 4 away.
fn plain() -> Scene {
    scene_of(ball(), Affine::IDENTITY, camera(vec3(3.0, -2.4, 1.2), 50.0, [40, 32]))
}

fn seen(film: &Film) -> usize {
    film.geometry.instance.iter().filter(|&&id| id == 1).count()
}

/// The mean of everything that is seen.
fn mean(film: &Film) -> f64 {
    let sum: f64 = film.radiance.iter().map(|p| f64::from(p[0] + p[1] + p[2])).sum();
    sum / film.radiance.iter().map(|p| f64::from(p[3])).sum::<f64>()
}

#[test]
fn triangles_without_an_area_change_nothing() {
    let whole = render(&plain(), 0);
    assert!(seen(&whole) > 300 && mean(&whole) > 0.3, "{} {}", seen(&whole), mean(&whole));
    let mut mesh = ball();
    let n = mesh.positions.len() as u32;
    // Points, edges there and back, and corners in a line, far outside of the ball as well. (A line through the camera itself
    // is met by rays along it to within rounding.)
    mesh.positions.extend([[0.0, 0.0, 0.0], [5.0, 4.0, 2.0], [10.0, 8.0, 4.0]]);
    mesh.normals.extend([[0.0; 3]; 3]);
    mesh.uv0.extend([[0.0; 2]; 3]);
    mesh.triangles.extend([[0, 0, 0], [3, 40, 3], [n, n + 1, n + 2], [n + 2, n + 2, 7]]);
    let film = render(&scene_of(finished(mesh), Affine::IDENTITY, plain().cameras[0]), 0);
    assert!(film.geometry == whole.geometry && film.radiance == whole.radiance);
}

#[test]
fn a_millionth_and_a_million_look_like_one() {
    let whole = render(&plain(), 0);
    for scale in [1.0e-6_f32, 1.0e6] {
        let eye = vec3(3.0, -2.4, 1.2) * scale;
        let world_from_object = Affine::scale(Vec3::splat(scale));
        let film = render(&scene_of(ball(), world_from_object, camera(eye, 50.0, [40, 32])), 0);
        let other = film.geometry.instance.iter().zip(&whole.geometry.instance).filter(|(a, b)| a != b).count();
        assert!(other <= 2, "{scale}: {other} pixels");
        for (i, (&found, &depth)) in film.geometry.depth.iter().zip(&whole.geometry.depth).enumerate() {
            let is_rim = film.geometry.instance[i] != whole.geometry.instance[i];
            assert!(is_rim || (found / scale - depth).abs() <= 2e-5 * depth, "{scale}: {found}, not {depth} times it");
        }
        assert!((mean(&film) / mean(&whole) - 1.0).abs() < 0.01, "{scale}: {} {}", mean(&film), mean(&whole));
        assert_eq!(film.amodal.bits.iter().filter(|&&bits| bits == 1).count(), seen(&film));
    }
}

#[test]
fn a_thousand_lights_shine_like_one_of_their_sum() {
    let with_lights = |n: u16| {
        let mut scene = plain();
        scene.sky.light = SkyLight::Constant(Vec3::ZERO);
        let light =
            Light::Point { position: vec3(2.0, -4.0, 3.0), intensity: vec3(40.0, 40.0, 40.0) * (1.0 / f32::from(n)) };
        scene.lights = vec![light; usize::from(n)];
        render(&scene, 0)
    };
    let (one, many) = (mean(&with_lights(1)), mean(&with_lights(1000)));
    assert!(one > 0.1 && (many / one - 1.0).abs() < 0.05, "{many}, not {one}");
}

#[test]
fn a_camera_inside_sees_through_backs_or_nothing_else() {
    let mut scene = plain();
    scene.cameras = vec![camera(vec3(0.1, -0.2, 0.05), 50.0, [40, 32])];
    // Backs of single-sided materials are not there: the sky is, which does not show.
    let through = render(&scene, 0);
    assert_eq!(seen(&through), 0);
    assert!(through.radiance.iter().all(|p| *p == [0.0; 4]));
    let walls = render(&scene, SETTINGS_BOTH_SIDES);
    assert_eq!(seen(&walls), 40 * 32);
    assert!(walls.radiance.iter().all(|p| p[3] == 1.0));
}

#[test]
fn without_any_light_a_picture_is_black_and_opaque() {
    let mut scene = plain();
    scene.sky.light = SkyLight::Constant(Vec3::ZERO);
    let film = render(&scene, 0);
    assert!(film.radiance.iter().all(|p| p[..3] == [0.0; 3]));
    assert_eq!(film.geometry, render(&plain(), 0).geometry);
    assert!(film.radiance.iter().filter(|p| p[3] == 1.0).count() > 250);
}

#[test]
fn nothing_at_all_is_a_picture_too() {
    let mut scene = plain();
    scene.instances.clear();
    let film = render(&scene, 0);
    assert!(film.radiance.iter().all(|p| *p == [0.0; 4]) && film.points.uv.iter().all(|uv| *uv == [0.0; 2]));
    assert_eq!((film.amodal.words, seen(&film)), (0, 0));
}

#[test]
fn one_pixel_is_the_middle_of_three() {
    let of = |side: u32| {
        let mut scene = plain();
        scene.cameras = vec![camera(vec3(3.0, -2.4, 1.2), 50.0, [side, side])];
        render(&scene, 0)
    };
    let (one, nine) = (of(1), of(3));
    assert_eq!(one.geometry.depth[0], nine.geometry.depth[4]);
    assert_eq!((one.points.uv[0], one.geometry.instance[0]), (nine.points.uv[4], 1));
    assert_eq!((one.radiance.len(), one.amodal.bits.len()), (1, 1));
}

#[test]
fn a_picture_may_be_a_few_long_rows() {
    let mut scene = plain();
    scene.cameras = vec![camera(vec3(3.0, -2.4, 1.2), 12_800.0, [8192, 3])];
    let film = render(&scene, 0);
    assert_eq!((film.radiance.len(), film.points.part.len()), (8192 * 3, 8192 * 3));
    // The ball's radius of about 1 at 4 away takes 12 800 / 4 pixels to both sides of the middle.
    let half = seen(&film) as f64 / 6.0;
    assert!((2600.0..3700.0).contains(&half), "{half}");
}

#[test]
fn normals_and_tangents_that_are_no_numbers_leave_the_triangles_own() {
    let mut mesh = ball();
    for (i, normal) in mesh.normals.iter_mut().enumerate() {
        *normal = [[f32::NAN; 3], [0.0; 3], [f32::INFINITY, 0.0, 0.0], [1e-38; 3]][i % 4];
    }
    mesh.tangents.iter_mut().for_each(|t| *t = [f32::NAN; 4]);
    let film = render(&scene_of(mesh, Affine::IDENTITY, plain().cameras[0]), 0);
    let whole = render(&plain(), 0);
    assert_eq!(film.geometry.depth, whole.geometry.depth);
    assert_eq!(film.points, whole.points);
    for (normal, geometric) in film.geometry.normal.iter().zip(&film.points.normal) {
        assert!(normal.iter().zip(geometric).all(|(a, b)| (a - b).abs() < 1e-6), "{normal:?} {geometric:?}");
    }
    assert!((mean(&film) / mean(&whole) - 1.0).abs() < 0.1, "{} {}", mean(&film), mean(&whole));
}
