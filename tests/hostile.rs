//! Scenes that nobody means and somebody makes: they end, are finite, and show what is left of them.

use genki::buffers::layout::{SETTINGS_BOTH_SIDES, Settings};
use genki::buffers::{self, Cache};
use genki::film::{Film, FilmPlanes};
use genki::hash::{Hasher, sha256};
use genki::math::{Affine, Vec3, vec3};
use genki::render::Renderer;
use genki::render::cpu::CpuRenderer;
use genki::scene::{Camera, Instance, Lens, Light, Material, Mesh, Scene, Sky, SkyLight, Transmission, Volume};
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
    // Points, edges there and back, and corners in a line: far outside of the ball, and through the camera and its middle.
    mesh.positions.extend([[0.0, 0.0, 0.0], [5.0, 4.0, 2.0], [10.0, 8.0, 4.0]]);
    mesh.positions.extend([[2.25, -1.8, 0.9], [1.5, -1.2, 0.6]]);
    mesh.normals.extend([[0.0; 3]; 5]);
    mesh.uv0.extend([[0.0; 2]; 5]);
    mesh.triangles.extend([[0, 0, 0], [3, 40, 3], [n, n + 1, n + 2], [n + 2, n + 2, 7], [n, n + 4, n + 3]]);
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

/// `n` layers of clear glass one behind the other, wide, up to z = 0: panes, or slabs half as thick as they are apart.
fn glass(n: u16, is_solid: bool) -> Scene {
    const HALF: f32 = 10.0;
    const APART: f32 = 0.02;
    let mut mesh = Mesh::default();
    let mut square = |z: f32, up: f32| {
        let first = mesh.positions.len() as u32;
        for (x, y) in [(-HALF, -HALF), (HALF, -HALF), (HALF, HALF), (-HALF, HALF)] {
            mesh.positions.push([x, y * up, z]);
            mesh.normals.push([0.0, 0.0, up]);
            mesh.uv0.push([0.0; 2]);
        }
        mesh.triangles.extend([[first, first + 1, first + 2], [first, first + 2, first + 3]]);
    };
    for i in 0..n {
        let z = f32::from(i) * -APART;
        square(z, 1.0);
        if is_solid {
            square(z - 0.5 * APART, -1.0);
        }
    }
    let mut view = camera(vec3(0.001, 0.0, 5.0), 5000.0, [16, 16]);
    view.world_from_camera =
        Affine::from_columns(vec3(1.0, 0.0, 0.0), vec3(0.0, -1.0, 0.0), vec3(0.0, 0.0, -1.0), vec3(0.0, 0.0, 5.0));
    let mut scene = scene_of(finished(mesh), Affine::IDENTITY, view);
    scene.sky.light = SkyLight::Constant(Vec3::ONE);
    scene.materials = vec![Material {
        base_color: [1.0; 4],
        metallic: 0.0,
        roughness: 0.0,
        double_sided: true,
        transmission: Some(Transmission { factor: 1.0, texture: None }),
        volume: is_solid.then_some(Volume {
            thickness: 1.0,
            attenuation_distance: f32::INFINITY,
            attenuation_color: [1.0; 3],
        }),
        ..Material::default()
    }];
    scene
}

/// The chance that a path along the normal leaves a stack of `n` surfaces, each of which turns 4 % of light around, within
/// `most` scatterings.
fn leaves_stack(n: usize, most: u32) -> f64 {
    // Light on its way to surface i, downwards and upwards.
    let (mut down, mut up) = (vec![0.0; n + 1], vec![0.0; n + 1]);
    down[0] = 1.0;
    let mut out = 0.0;
    for _ in 0..most {
        let (mut next_down, mut next_up) = (vec![0.0; n + 1], vec![0.0; n + 1]);
        for i in 0..n {
            let (on, back) = (0.96 * down[i] + 0.04 * up[i], 0.96 * up[i] + 0.04 * down[i]);
            next_down[i + 1] += on;
            if i == 0 {
                out += back;
            } else {
                next_up[i - 1] += back;
            }
        }
        out += next_down[n];
        next_down[n] = 0.0;
        (down, up) = (next_down, next_up);
    }
    out
}

#[test]
fn two_hundred_layers_of_glass_let_through_what_bounces_allow() {
    for (n, is_solid, bounces) in [(200, false, 64), (200, true, 64), (200, true, 6), (5, true, 64), (5, false, 6)] {
        let buffers = Arc::new(buffers::build(&glass(n, is_solid), 16, &Cache::new(1 << 26)));
        let settings = Settings { spp: 64, bounces, flags: 0, clamp: f32::MAX };
        let planes = FilmPlanes { radiance: true, ..FilmPlanes::NONE };
        let film = CpuRenderer::new().render(&buffers, 0, &settings, planes, &|| false).expect("finite pixels");
        assert!(film.radiance.iter().all(|p| p[3] == 1.0), "glass is there");
        // A path meets 64 surfaces at most; the sky, which it meets after the last of them, is one.
        let n_surfaces = usize::from(n) * if is_solid { 2 } else { 1 };
        let expected = leaves_stack(n_surfaces, if bounces < 63 { bounces } else { 63 });
        let found = mean(&film) / 3.0;
        // 16 384 paths: five standard errors of a share are below 0.02.
        assert!((found - expected).abs() < 0.02, "{n} {is_solid} {bounces}: {found}, not {expected}");
    }
    // A few layers lose nothing; through two hundred nothing gets, and what is seen is light that was turned around.
    assert!(leaves_stack(10, 63) > 0.999 && leaves_stack(200, 63) < 0.75 && leaves_stack(5, 5) > 0.8);
}
