//! Rays per CPU second of one thread: camera rays in packets and alone, diffuse bounces, shadow rays.
//!
//! `cargo run --release --example bench_rays -- FILE.glb…` (without files: two bumpy spheres). The asset is centred and
//! its longest side made 1; the camera is view "a" of the peers' scene: 512 × 512, 40°, 1.9 away.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example talks to its user")]
#![expect(clippy::disallowed_methods, reason = "no pixel depends on it")]

use genki::asset::{self, Budget};
use genki::buffers::{self, Cache, SceneBuffers};
use genki::math::{Affine, Bounds, Vec3, vec3};
use genki::render::cpu::walk::{Hit, LastOccluder, Ray, trace_any, trace_closest, trace_packet};
use genki::scene::{Instance, Mesh, Scene, Sky, SkyLight};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

const SIZE: usize = 512;

fn main() {
    let files: Vec<String> = std::env::args().skip(1).collect();
    if files.is_empty() {
        bench("bumpy sphere, 15 k triangles", bumpy_sphere(88));
        bench("bumpy sphere, 95 k triangles", bumpy_sphere(218));
    }
    for file in files {
        match asset::load_model(Path::new(&file), &Budget::default()) {
            Ok(asset) => bench(&file, Mesh::clone(&asset.mesh)),
            Err(error) => eprintln!("{error}"),
        }
    }
}

fn mesh_of(positions: Vec<[f32; 3]>, triangles: Vec<[u32; 3]>) -> Mesh {
    Mesh {
        normals: vec![[0.0, 0.0, 1.0]; positions.len()],
        tangents: vec![[1.0, 0.0, 0.0, 1.0]; positions.len()],
        uv0: vec![[0.0; 2]; positions.len()],
        positions,
        triangle_material: vec![0; triangles.len()],
        triangle_part: vec![0; triangles.len()],
        triangles,
        ..Mesh::default()
    }
}

/// A sphere with dents, of n × n quads.
fn bumpy_sphere(n: usize) -> Mesh {
    let point = |i: usize, j: usize| {
        let (phi, theta) = (i as f32 / n as f32 * std::f32::consts::TAU, j as f32 / n as f32 * std::f32::consts::PI);
        let radius = 0.42 + 0.05 * (9.0 * phi).sin() * (11.0 * theta).sin();
        [radius * theta.sin() * phi.cos(), radius * theta.sin() * phi.sin(), radius * theta.cos()]
    };
    let positions = (0..(n + 1) * (n + 1)).map(|k| point(k % (n + 1), k / (n + 1))).collect();
    let quad = |k: usize| {
        let a = (k / n * (n + 1) + k % n) as u32;
        let b = a + n as u32 + 1;
        [[a, a + 1, b + 1], [a, b + 1, b]]
    };
    mesh_of(positions, (0..n * n).flat_map(quad).collect())
}

struct Draws(u32);

impl Draws {
    fn unit(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
        let word = ((self.0 >> ((self.0 >> 28) + 4)) ^ self.0).wrapping_mul(277_803_737);
        (((word >> 22) ^ word) >> 8) as f32 / 16_777_216.0
    }

    fn sphere(&mut self) -> Vec3 {
        let (z, phi) = (1.0 - 2.0 * self.unit(), std::f32::consts::TAU * self.unit());
        let r = (1.0 - z * z).sqrt();
        vec3(r * phi.cos(), r * phi.sin(), z)
    }
}

fn bench(name: &str, mesh: Mesh) {
    let triangles = mesh.triangles.len();
    let bounds = Bounds::of(mesh.positions.iter().map(|&p| p.into()));
    let scale = 1.0 / bounds.size().max_component();
    let centred = Affine::scale(Vec3::splat(scale)).after(&Affine::translation(-bounds.center()));
    let mesh = Arc::new(mesh);
    let instance = Instance {
        mesh_digest: genki::hash::sha256(bytemuck::cast_slice(&mesh.positions)),
        mesh,
        world_from_object: Affine::Z_UP_FROM_Y_UP.after(&centred),
        material_base: 0,
        object_id: 1,
        class_id: 1,
    };
    let sky = Sky { light: SkyLight::Constant(Vec3::ONE), rotation_rad: 0.0, scale: 1.0, visible: true };
    let scene =
        Scene { instances: vec![instance], materials: vec![], images: vec![], lights: vec![], sky, cameras: vec![] };
    let start = Instant::now();
    let scene = buffers::build(&scene, 1024, &Cache::new(1 << 30));
    let wide = &scene.meshes[0].wide;
    println!(
        "{name}: {triangles} triangles, built in {:.1} ms: {} nodes, {} blocks, {} deep, {:.1} MB",
        start.elapsed().as_secs_f64() * 1e3,
        wide.nodes.len(),
        wide.blocks.len(),
        genki::buffers::wide::depth(&wide.nodes),
        wide.bytes() as f64 / 1e6,
    );
    let camera = camera_rays();
    let hits: Vec<Hit> = camera.iter().map(|packet| trace_closest(&scene, &packet[0])).collect();
    let (bounces, shadows) = second_rays(&scene, &camera, &hits);
    let n = camera.len() * 16;
    measure("camera, packets", n, || {
        camera.iter().map(|p| trace_packet(&scene, p).iter().filter(|h| h.is_hit()).count()).sum()
    });
    measure("camera, alone", n, || camera.iter().flatten().filter(|r| trace_closest(&scene, r).is_hit()).count());
    measure("bounce", bounces.len(), || bounces.iter().filter(|r| trace_closest(&scene, r).is_hit()).count());
    measure("shadow", shadows.len(), || {
        let mut last = LastOccluder::new();
        shadows.iter().filter(|r| trace_any(&scene, r, &mut last)).count()
    });
}

/// One packet a pixel.
fn camera_rays() -> Vec<[Ray; 16]> {
    let (azimuth, elevation) = ((-60.0f32).to_radians(), 15.0f32.to_radians());
    let eye = vec3(azimuth.cos() * elevation.cos(), azimuth.sin() * elevation.cos(), elevation.sin()) * 1.9;
    let forward = -eye.normalize();
    let right = forward.cross(vec3(0.0, 0.0, 1.0)).normalize();
    let down = forward.cross(right);
    let focal = 0.5 * SIZE as f32 / 20.0f32.to_radians().tan();
    let mut draws = Draws(1);
    (0..SIZE * SIZE)
        .map(|pixel| {
            std::array::from_fn(|_| {
                let x = (pixel % SIZE) as f32 + draws.unit() - 0.5 * SIZE as f32;
                let y = (pixel / SIZE) as f32 + draws.unit() - 0.5 * SIZE as f32;
                let direction = (right * (x / focal) + down * (y / focal) + forward).normalize();
                Ray { origin: eye, direction, t_min: 0.0, t_max: f32::MAX }
            })
        })
        .collect()
}

/// From each hit: a cosine-weighted direction, and a uniform one of the hemisphere.
fn second_rays(scene: &SceneBuffers, camera: &[[Ray; 16]], hits: &[Hit]) -> (Vec<Ray>, Vec<Ray>) {
    let mut draws = Draws(2);
    let (mut bounces, mut shadows) = (Vec::new(), Vec::new());
    for (ray, hit) in camera.iter().map(|packet| packet[0]).zip(hits).filter(|(_, hit)| hit.is_hit()) {
        let world = scene.instances[0].world_from_object;
        let [a, b, c] = scene.meshes[0].corners(hit.triangle_idx).map(|p| world.point(p));
        let mut normal = (b - a).cross(c - a).normalize();
        if normal.dot(ray.direction) > 0.0 {
            normal = -normal;
        }
        let origin = ray.origin + ray.direction * hit.t + normal * 1e-5;
        let bounce = (normal + draws.sphere()).normalize_or(normal);
        bounces.push(Ray { origin, direction: bounce, t_min: 0.0, t_max: f32::MAX });
        let shadow = draws.sphere();
        let shadow = if shadow.dot(normal) < 0.0 { -shadow } else { shadow };
        shadows.push(Ray { origin, direction: shadow, t_min: 0.0, t_max: f32::MAX });
    }
    (bounces, shadows)
}

/// CPU seconds of this thread, or wall seconds where the system doesn't tell.
fn seconds(start: Instant) -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = stat.split(' ').next().and_then(|text| text.parse::<f64>().ok());
    nanoseconds.map_or(start.elapsed().as_secs_f64(), |ns| ns * 1e-9)
}

/// The best of several passes.
fn measure(what: &str, n: usize, mut pass: impl FnMut() -> usize) {
    let clock = Instant::now();
    let (mut best, mut total, mut hits) = (f64::MAX, 0.0, 0);
    while total < 1.0 {
        let start = seconds(clock);
        hits = pass();
        let spent = seconds(clock) - start;
        total += spent;
        best = best.min(spent);
    }
    println!("  {what:16} {:6.2} Mrays/s ({:.1} % hit)", n as f64 / best / 1e6, 100.0 * hits as f64 / n as f64);
    if best < 1e-3 {
        eprintln!("  too short to measure");
    }
}
