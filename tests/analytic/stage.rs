//! Scenes small enough to know their answer, pictures of them, and the comparator.

use genki::buffers::layout::Settings;
use genki::buffers::{self, Cache};
use genki::film::{Film, FilmPlanes};
use genki::hash::{Hasher, sha256};
use genki::math::{Affine, Vec3, vec3};
use genki::render::Renderer;
use genki::render::cpu::CpuRenderer;
use genki::scene::{Camera, Instance, Lens, Light, Material, Mesh, Scene, Sky, SkyLight};
use std::sync::Arc;

/// Pictures of `NARROW` pixels a radian and a few pixels a side see one point.
pub const NARROW: f32 = 1.0e5;
/// Standard errors that a mean may be off: one test in a million fails by chance, and no test draws anew.
const ERRORS: f64 = 5.0;
/// Those five standard errors are at most this share of what is expected.
const MAX_NOISE: f64 = 0.02;
/// f32 rounding along a path, and the width of a narrow picture.
pub const ROUNDING: f64 = 2.0e-4;

/// Things in order have object ids from 1, and class ids ten times those.
pub fn scene(things: Vec<(Mesh, Material)>, lights: Vec<Light>, sky: Sky, cameras: Vec<Camera>) -> Scene {
    let mut scene = Scene { instances: vec![], materials: vec![], images: vec![], lights, sky, cameras };
    for (i, (mesh, material)) in things.into_iter().enumerate() {
        let mut hasher = Hasher::new();
        hasher.update(bytemuck::cast_slice(&mesh.positions)).update(bytemuck::cast_slice(&mesh.normals));
        scene.instances.push(Instance {
            mesh_digest: hasher.finish(),
            mesh: Arc::new(mesh),
            world_from_object: Affine::IDENTITY,
            material_base: i as u32,
            object_id: i as u16 + 1,
            class_id: (i as u16 + 1) * 10,
        });
        scene.materials.push(material);
    }
    scene
}

pub const BLACK_SKY: Sky = Sky { light: SkyLight::Constant(Vec3::ZERO), rotation_rad: 0.0, scale: 1.0, visible: false };

pub fn constant_sky(radiance: Vec3) -> Sky {
    Sky { light: SkyLight::Constant(radiance), visible: true, ..BLACK_SKY }
}

/// `focal_px`: pixels a radian at the centre.
pub fn camera(eye: Vec3, target: Vec3, focal_px: f32, [width, height]: [u32; 2]) -> Camera {
    let forward = (target - eye).normalize();
    let up =
        if forward.x * forward.x + forward.y * forward.y < 1e-6 { vec3(0.0, 1.0, 0.0) } else { vec3(0.0, 0.0, 1.0) };
    let right = forward.cross(up).normalize();
    Camera {
        world_from_camera: Affine::from_columns(right, forward.cross(right), forward, eye),
        fx: focal_px,
        fy: focal_px,
        cx: width as f32 / 2.0,
        cy: height as f32 / 2.0,
        width,
        height,
        seed: [0x5eed, 0xf00d],
        lens: Lens::PINHOLE,
        sensor: None,
    }
}

/// A metal (1) or a dielectric (0), or what is between.
pub fn material(color: [f32; 3], metallic: f32, roughness: f32) -> Material {
    Material { base_color: [color[0], color[1], color[2], 1.0], metallic, roughness, ..Material::default() }
}

/// Shows one colour and scatters nothing.
pub fn unlit(color: [f32; 3]) -> Material {
    Material { unlit: true, ..material(color, 0.0, 1.0) }
}

/// Black, and sends `radiance` to its front.
pub fn lamp(radiance: [f32; 3]) -> Material {
    Material { emissive: radiance, ..material([0.0; 3], 1.0, 1.0) }
}

/// A parallelogram with half sides `u` and `v`; its front is where u × v points.
pub fn quad(center: Vec3, u: Vec3, v: Vec3) -> Mesh {
    let corners = [center - u - v, center + u - v, center + u + v, center - u + v];
    let normal = u.cross(v).normalize();
    finished(Mesh {
        positions: corners.map(Vec3::to_array).to_vec(),
        normals: vec![normal.to_array(); 4],
        triangles: vec![[0, 1, 2], [0, 2, 3]],
        ..Mesh::default()
    })
}

/// The square [−half, half]² in z = 0, seen from above.
pub fn floor(half: f32) -> Mesh {
    quad(Vec3::ZERO, vec3(half, 0.0, 0.0), vec3(0.0, half, 0.0))
}

/// A box around a point, seen from inside.
pub fn room(center: Vec3, half: f32) -> Mesh {
    let axes = [vec3(half, 0.0, 0.0), vec3(0.0, half, 0.0), vec3(0.0, 0.0, half)];
    let mut all = Mesh::default();
    for i in 0..3 {
        let (w, u, v) = (axes[i], axes[(i + 1) % 3], axes[(i + 2) % 3]);
        for wall in [quad(center + w, v, u), quad(center - w, u, v)] {
            let first = all.positions.len() as u32;
            all.positions.extend(wall.positions);
            all.normals.extend(wall.normals);
            all.triangles.extend(wall.triangles.iter().map(|t| t.map(|k| k + first)));
        }
    }
    finished(all)
}

/// A unit sphere of `2 n` columns and `n` rows with the sphere's own normals.
pub fn ball(n: u32) -> Mesh {
    let mut mesh = Mesh::default();
    for j in 0..=n {
        for i in 0..=2 * n {
            let (theta, phi) = (f64::from(j) / f64::from(n), f64::from(i) / f64::from(n));
            let (theta, phi) = (theta * std::f64::consts::PI, phi * std::f64::consts::PI);
            let point = [libm::sin(theta) * libm::cos(phi), libm::sin(theta) * libm::sin(phi), libm::cos(theta)];
            mesh.positions.push(point.map(|x| x as f32));
        }
    }
    mesh.normals = mesh.positions.clone();
    for j in 0..n {
        for i in 0..2 * n {
            let a = j * (2 * n + 1) + i;
            let b = a + 2 * n + 1;
            mesh.triangles.extend([[a, b, a + 1], [a + 1, b, b + 1]]);
        }
    }
    finished(mesh)
}

/// The same triangles, each with its own normal.
pub fn faceted(mesh: &Mesh) -> Mesh {
    let mut out = Mesh::default();
    for triangle in &mesh.triangles {
        let [a, b, c] = triangle.map(|i| Vec3::from(mesh.positions[i as usize]));
        let cross = (b - a).cross(c - a);
        // The two that close the poles have no area.
        if cross.length() > 1e-9 {
            let first = out.positions.len() as u32;
            out.positions.extend([a, b, c].map(Vec3::to_array));
            out.normals.extend([cross.normalize().to_array(); 3]);
            out.triangles.push([first, first + 1, first + 2]);
        }
    }
    finished(out)
}

fn finished(mut mesh: Mesh) -> Mesh {
    mesh.tangents = vec![[1.0, 0.0, 0.0, 1.0]; mesh.positions.len()];
    mesh.uv0 = vec![[0.0; 2]; mesh.positions.len()];
    mesh.triangle_material = vec![0; mesh.triangles.len()];
    mesh.triangle_part = vec![0; mesh.triangles.len()];
    mesh
}

/// All planes of view 0. `flags`: `SETTINGS_*`.
pub fn render(scene: &Scene, spp: u32, bounces: u32, flags: u32) -> Film {
    render_views(scene, spp, bounces, flags).swap_remove(0)
}

pub fn render_views(scene: &Scene, spp: u32, bounces: u32, flags: u32) -> Vec<Film> {
    let buffers = Arc::new(buffers::build(scene, 4096, &Cache::new(1 << 26)));
    let settings = Settings { spp, bounces, flags, clamp: f32::MAX };
    let planes = FilmPlanes { radiance: true, alpha: true, albedo: true, geometry: true, ..FilmPlanes::NONE };
    let view = |i| CpuRenderer::new().render(&buffers, i, &settings, planes, &|| false).expect("finite pixels");
    (0..scene.cameras.len()).map(view).collect()
}

/// Mean of a film's pixels and the standard error of it.
pub fn mean(pixels: &[[f32; 3]]) -> ([f64; 3], [f64; 3]) {
    let n = pixels.len() as f64;
    let mean: [f64; 3] = std::array::from_fn(|k| pixels.iter().map(|p| f64::from(p[k])).sum::<f64>() / n);
    let error = std::array::from_fn(|k| {
        let square = |p: &[f32; 3]| (f64::from(p[k]) - mean[k]) * (f64::from(p[k]) - mean[k]);
        (pixels.iter().map(square).sum::<f64>() / (n * (n - 1.0))).sqrt()
    });
    (mean, error)
}

pub fn colors(film: &Film) -> Vec<[f32; 3]> {
    film.radiance.iter().map(|&[r, g, b, _]| [r, g, b]).collect()
}

/// Why the mean of some pixels is not `expected`. `systematic`: relative.
pub fn compare(pixels: &[[f32; 3]], expected: [f64; 3], systematic: f64) -> Result<(), String> {
    let (mean, error) = mean(pixels);
    for k in 0..3 {
        let noise = ERRORS * error[k];
        // Not "noise > …": that is false for what is no number.
        let is_quiet = noise <= MAX_NOISE * expected[k].abs();
        let is_near = (mean[k] - expected[k]).abs() <= noise + systematic * expected[k].abs();
        if !is_quiet || !is_near {
            return Err(format!("mean {mean:?} ± {error:?}, expected {expected:?} up to {systematic}"));
        }
    }
    Ok(())
}

pub fn assert_mean(film: &Film, expected: [f64; 3], systematic: f64, what: &str) {
    compare(&colors(film), expected, systematic).unwrap_or_else(|why| panic!("{what}: {why}"));
}

#[test]
fn the_comparator_rejects_what_is_brighter_noisier_or_no_number() {
    // 256 pixels of 0.5 ± 0.1: a standard error of 0.00625 · 0.5.
    let noisy = |level: f32, spread: f32| -> Vec<[f32; 3]> {
        let word = |i: u32| sha256(&i.to_le_bytes()).0[0];
        (0..256).map(|i| [level * (1.0 + spread * (f32::from(word(i)) / 127.5 - 1.0)); 3]).collect()
    };
    let expected = [0.5; 3];
    assert_eq!(compare(&noisy(0.5, 0.0), expected, 0.0), Ok(()));
    assert_eq!(compare(&noisy(0.5, 0.05), expected, 0.0), Ok(()));
    assert!(compare(&noisy(0.51, 0.0), expected, 0.005).is_err());
    assert!(compare(&noisy(0.515, 0.05), expected, 0.005).is_err());
    assert!(compare(&noisy(0.5, 0.8), expected, 0.005).is_err());
    assert!(compare(&noisy(f32::NAN, 0.0), expected, 1.0).is_err());
    assert!(compare(&noisy(0.5, 0.0), [0.5, 0.5, 0.51], 0.005).is_err());
    assert!(compare(&noisy(1e-9, 0.0), [0.0; 3], 0.5).is_err(), "zero is exact");
}
