//! The hit is the same through every tree, packet and order of the walk: by the contract of `triangle.rs`, tried on
//! scenes that are hard for it.

mod common;

use genki::buffers::{self, Cache, MeshBuffers, SceneBuffers, mesh, tree, wide};
use genki::hash::{Hasher, sha256};
use genki::math::{Affine, Bounds, Vec3, vec3};
use genki::render::cpu::triangle::{intersect_triangle, prepare_ray};
use genki::render::cpu::walk::{Hit, LastOccluder, MISS, Ray, trace_any, trace_closest, trace_packet};
use genki::scene::{Instance, Mesh, Scene, Sky, SkyLight};
use std::sync::Arc;

/// Draws by a counter: the tests need variety, not quality.
struct Draws(u32);

impl Draws {
    fn bits(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
        let word = ((self.0 >> ((self.0 >> 28) + 4)) ^ self.0).wrapping_mul(277_803_737);
        (word >> 22) ^ word
    }

    /// In [0, 1).
    fn unit(&mut self) -> f32 {
        (self.bits() >> 8) as f32 * (1.0 / 16_777_216.0)
    }

    /// In [−1, 1).
    fn signed(&mut self) -> f32 {
        self.unit() * 2.0 - 1.0
    }

    fn point(&mut self) -> Vec3 {
        vec3(self.signed(), self.signed(), self.signed())
    }

    fn below(&mut self, n: usize) -> usize {
        self.bits() as usize % n
    }
}

fn mesh_of(corners: &[[Vec3; 3]]) -> Arc<Mesh> {
    let n = corners.len() * 3;
    Arc::new(Mesh {
        positions: corners.iter().flatten().map(|p| p.to_array()).collect(),
        normals: vec![[0.0, 0.0, 1.0]; n],
        tangents: vec![[1.0, 0.0, 0.0, 1.0]; n],
        uv0: vec![[0.0; 2]; n],
        uv1: Vec::new(),
        colors: Vec::new(),
        triangles: (0..corners.len() as u32).map(|i| [3 * i, 3 * i + 1, 3 * i + 2]).collect(),
        triangle_material: vec![0; corners.len()],
        triangle_part: vec![0; corners.len()],
    })
}

/// A scene of meshes at places.
fn scene_of(placed: &[(Arc<Mesh>, Affine)]) -> SceneBuffers {
    let instances = placed
        .iter()
        .map(|(mesh, world_from_object)| Instance {
            mesh: mesh.clone(),
            mesh_digest: sha256(bytemuck::cast_slice(&mesh.positions)),
            world_from_object: *world_from_object,
            material_base: 0,
            object_id: 1,
            class_id: 1,
        })
        .collect();
    let sky = Sky { light: SkyLight::Constant(Vec3::ONE), rotation_rad: 0.0, scale: 1.0, visible: true };
    let scene = Scene { instances, materials: vec![], images: vec![], lights: vec![], sky, cameras: vec![] };
    buffers::build(&scene, 1024, &Cache::new(1 << 30))
}

/// The same scene through trees built by halving.
fn with_other_trees(scene: &SceneBuffers, placed: &[(Arc<Mesh>, Affine)]) -> SceneBuffers {
    let mut other = scene.clone();
    for (instance, (mesh, _)) in scene.instances.iter().zip(placed) {
        let tree = mesh::tree_over(mesh, tree::build_by_halving);
        other.meshes[instance.mesh_idx as usize] = Arc::new(mesh::build_with_tree(mesh, &tree));
    }
    let boxes: Vec<Bounds> =
        scene.top.iter().filter(|n| n.count == 1).map(|n| Bounds { min: n.min.into(), max: n.max.into() }).collect();
    let order: Vec<u32> =
        scene.top.iter().filter(|n| n.count == 1).map(|n| scene.instance_order[n.first as usize]).collect();
    let top = tree::build_by_halving(&boxes);
    other.wide_top = wide::collapse(&top, 1, |i| order[i[0] as usize]);
    other
}

/// Every triangle of every instance that has an area.
fn brute_force(scene: &SceneBuffers, ray: &Ray) -> Hit {
    let mut best = Hit { t: ray.t_max, ..MISS };
    for (instance_idx, instance) in scene.instances.iter().enumerate() {
        let mesh: &MeshBuffers = &scene.meshes[instance.mesh_idx as usize];
        let origin = instance.object_from_world.point(ray.origin);
        let direction = instance.object_from_world.vector(ray.direction);
        let prepared = prepare_ray(origin, direction, mesh.extent);
        for triangle_idx in 0..mesh.triangles.len() as u32 {
            let [a, b, c] = mesh.corners(triangle_idx);
            if !mesh::has_area([a, b, c]) {
                continue;
            }
            let hit = intersect_triangle(&prepared, a, b, c);
            // Ascending ids: of equal t, the first stays.
            if hit.hit && hit.t >= ray.t_min && (hit.t < best.t || hit.t == best.t && !best.is_hit()) {
                best = Hit { t: hit.t, u: hit.u, v: hit.v, instance_idx: instance_idx as u32, triangle_idx };
            }
        }
    }
    if best.is_hit() { best } else { MISS }
}

fn bits(hit: &Hit) -> [u32; 5] {
    [hit.t.to_bits(), hit.u.to_bits(), hit.v.to_bits(), hit.instance_idx, hit.triangle_idx]
}

/// Compares all walks with brute force, ray by ray; gives the number of hits.
fn compare(placed: &[(Arc<Mesh>, Affine)], rays: &[Ray]) -> usize {
    let scene = scene_of(placed);
    let other = with_other_trees(&scene, placed);
    let (mut last, mut n_hits) = (LastOccluder::new(), 0);
    for chunk in rays.chunks(16) {
        let packet: [Ray; 16] = std::array::from_fn(|i| chunk[i % chunk.len()]);
        let packet_hits = trace_packet(&scene, &packet);
        for (i, ray) in packet.iter().enumerate() {
            let expected = brute_force(&scene, ray);
            assert_eq!(bits(&trace_closest(&scene, ray)), bits(&expected), "single, {ray:?}");
            assert_eq!(bits(&trace_closest(&other, ray)), bits(&expected), "other tree, {ray:?}");
            assert_eq!(bits(&packet_hits[i]), bits(&expected), "packet, {ray:?}");
            assert_eq!(trace_any(&scene, ray, &mut last), expected.is_hit(), "any, {ray:?}");
            n_hits += usize::from(expected.is_hit());
        }
    }
    n_hits
}

fn ray(origin: Vec3, direction: Vec3) -> Ray {
    Ray { origin, direction, t_min: 0.0, t_max: f32::MAX }
}

/// Rays from around the unit box, of all sorts: each call a bundle of 16 that go nearly the same way, or do not.
fn bundles(draws: &mut Draws, n: usize) -> Vec<Ray> {
    let mut rays = Vec::new();
    for i in 0..n {
        let (origin, target) = (draws.point() * 3.0, draws.point() * 0.8);
        let wobble = [0.0, 0.001, 0.1, 2.0][i % 4];
        for _ in 0..16 {
            let direction = target - origin + draws.point() * wobble;
            let t_max = if i % 5 == 0 { draws.unit() * 1.5 } else { f32::MAX };
            rays.push(Ray { origin, direction, t_min: if i % 3 == 0 { 0.4 } else { 0.0 }, t_max });
        }
    }
    rays
}

fn soup(draws: &mut Draws, n: usize, size: f32) -> Vec<[Vec3; 3]> {
    (0..n)
        .map(|_| {
            let center = draws.point();
            [(); 3].map(|()| center + draws.point() * size)
        })
        .collect()
}

#[test]
fn hits_in_random_soups_equal_brute_force() {
    let mut draws = Draws(1);
    for (n, size) in [(1, 0.9), (2, 0.9), (9, 0.5), (100, 0.3), (700, 0.1), (2000, 0.02)] {
        let mesh = mesh_of(&soup(&mut draws, n, size));
        let rays = bundles(&mut draws, 60);
        assert!(compare(&[(mesh, Affine::IDENTITY)], &rays) > 0, "{n} triangles of size {size}");
    }
}

#[test]
fn of_equal_distances_the_lowest_id_wins() {
    let mut draws = Draws(2);
    let once = soup(&mut draws, 60, 0.4);
    let thrice: Vec<_> = [&once[..], &once[..], &once[..]].concat();
    let rays = bundles(&mut draws, 60);
    let mesh = mesh_of(&thrice);
    assert!(compare(&[(mesh.clone(), Affine::IDENTITY)], &rays) > 100);
    // Two instances in one place.
    assert!(compare(&[(mesh.clone(), Affine::IDENTITY), (mesh.clone(), Affine::IDENTITY)], &rays) > 100);
    let scene = scene_of(&[(mesh.clone(), Affine::IDENTITY), (mesh, Affine::IDENTITY)]);
    for ray in &rays {
        let hit = trace_closest(&scene, ray);
        assert!(!hit.is_hit() || (hit.instance_idx == 0 && hit.triangle_idx < 60), "{hit:?}");
    }
}

/// A wavy sheet of n × n quads over [−1, 1]², with shared corners.
fn sheet(n: usize, height: impl Fn(f32, f32) -> f32) -> Vec<[Vec3; 3]> {
    let at = |i: usize, j: usize| {
        let (x, y) = (i as f32 / n as f32 * 2.0 - 1.0, j as f32 / n as f32 * 2.0 - 1.0);
        vec3(x, y, height(x, y))
    };
    let quad =
        |i: usize, j: usize| [[at(i, j), at(i + 1, j), at(i + 1, j + 1)], [at(i, j), at(i + 1, j + 1), at(i, j + 1)]];
    (0..n * n).flat_map(|k| quad(k % n, k / n)).collect()
}

#[test]
fn no_ray_slips_through_a_closed_sheet() {
    for height in [|_, _| 0.0, |x: f32, y: f32| 0.3 * x * y + 0.1 * x] {
        let corners = sheet(16, height);
        let placed = [(mesh_of(&corners), Affine::IDENTITY)];
        let mut draws = Draws(3);
        let mut rays = Vec::new();
        for triangle in &corners {
            for _ in 0..8 {
                // Onto corners, and onto edges in exact halves and anywhere.
                let (a, b) = (triangle[draws.below(3)], triangle[draws.below(3)]);
                let weight = [0.0, 0.5, draws.unit()][draws.below(3)];
                let target = a + (b - a) * weight;
                let inside = vec3(target.x * 0.999, target.y * 0.999, target.z);
                let origin = [vec3(0.0, 0.0, 3.0), vec3(inside.x, inside.y, 2.0), draws.point() + vec3(0.0, 0.0, 4.0)];
                let origin = origin[draws.below(3)];
                rays.push(ray(origin, inside - origin));
            }
        }
        assert_eq!(compare(&placed, &rays), rays.len());
    }
}

#[test]
fn rays_along_the_axes_hit_boxes_of_no_thickness() {
    let square = |axis: usize| {
        let turn = |p: Vec3| [p, vec3(p.y, p.z, p.x), vec3(p.z, p.x, p.y)][axis];
        sheet(4, |_, _| 0.0).into_iter().map(move |t| t.map(turn)).collect::<Vec<_>>()
    };
    let corners = [square(0), square(1), square(2)].concat();
    let mut rays = Vec::new();
    let steps = [-0.99f32, -0.75, -0.5, -0.3, -0.0, 0.0, 0.25, 0.5, 0.99];
    for (a, b) in steps.iter().flat_map(|&a| steps.map(|b| (a, b))) {
        for zero in [0.0, -0.0, 1e-30, -1e-42] {
            rays.push(ray(vec3(a, b, 2.0), vec3(zero, zero, -1.0)));
            rays.push(ray(vec3(-2.0, a, b), vec3(2.0, zero, -zero)));
            rays.push(ray(vec3(a, 2.0, b), vec3(-zero, -0.5, zero)));
            rays.push(ray(vec3(a, b, 2.0), vec3(-a, zero, -1.0)));
        }
    }
    let n_hits = compare(&[(mesh_of(&corners), Affine::IDENTITY)], &rays);
    assert_eq!(n_hits, rays.len(), "every ray ends on a square that it faces");
}

#[test]
fn degenerate_triangles_hide_nothing_and_are_not_hit() {
    let mut draws = Draws(5);
    let mut corners = soup(&mut draws, 40, 0.5);
    for i in 0..120 {
        let (p, q) = (draws.point(), draws.point());
        corners.insert(i / 3, [[p, p, p], [p, q, q], [p, p + q, p + q * 2.0]][i % 3]);
    }
    let placed = [(mesh_of(&corners), Affine::IDENTITY)];
    assert!(compare(&placed, &bundles(&mut draws, 80)) > 0);
    // Only points and segments.
    let flat: Vec<_> = (0..40).map(|_| draws.point()).map(|p| [p, p, Vec3::ZERO]).collect();
    let aimed: Vec<_> = flat.iter().map(|t| ray(vec3(0.1, 0.2, 3.0), t[0] * 0.5 - vec3(0.1, 0.2, 3.0))).collect();
    assert_eq!(compare(&[(mesh_of(&flat), Affine::IDENTITY)], &aimed), 0);
}

/// Triangles without an area, turned and moved, and rays in line with them: corners in sixteenths, so that they lie in a line
/// to the last bit.
fn lines_and_rays_along_them(draws: &mut Draws, n: usize) -> (Vec<[Vec3; 3]>, Vec<Ray>) {
    let step = |draws: &mut Draws| (draws.below(33) as f32 - 16.0) * 0.0625;
    let (mut lines, mut rays) = (Vec::new(), Vec::new());
    for i in 0..n {
        let (p, mut q) = (vec3(step(draws), step(draws), step(draws)), vec3(step(draws), step(draws), step(draws)));
        if i % 4 == 0 {
            q = vec3(0.0, 0.0, 0.25);
        }
        lines.push([[p, p + q, p + q * 2.0], [p + q, p, p + q], [p, p + q * 3.0, p - q]][i % 3]);
        // Along the line to within rounding, which is what such a triangle is met by.
        for begin in [-4.0 - draws.unit(), 8.0 + draws.unit(), draws.unit()] {
            let origin = p + q * begin;
            rays.push(ray(origin, p + q * (draws.unit() * 2.0) - origin));
        }
    }
    (lines, rays)
}

#[test]
fn rays_in_line_with_triangles_without_an_area_miss_them() {
    let mut draws = Draws(11);
    let (lines, rays) = lines_and_rays_along_them(&mut draws, 200);
    assert!(lines.iter().all(|&corners| !mesh::has_area(corners)));
    // The test itself would not miss them all: so the trees must not have them.
    let by_rounding = rays.iter().zip(lines.iter().flat_map(|t| [t; 3])).filter(|(ray, corners)| {
        let prepared = prepare_ray(ray.origin, ray.direction, 4.0);
        intersect_triangle(&prepared, corners[0], corners[1], corners[2]).hit
    });
    let n = by_rounding.count();
    assert!(n > 10, "{n} of {}", rays.len());
    assert_eq!(compare(&[(mesh_of(&lines), Affine::IDENTITY)], &rays), 0);
    // Among others these keep their numbers.
    let mut corners = soup(&mut draws, 40, 0.3);
    let kept = corners.clone();
    for (i, line) in lines.iter().take(80).enumerate() {
        corners.insert(i * 3 / 2, *line);
    }
    let placed = [(mesh_of(&corners), Affine::IDENTITY)];
    assert!(compare(&placed, &rays) > 0);
    let scene = scene_of(&placed);
    for hit in rays.iter().map(|ray| trace_closest(&scene, ray)).filter(Hit::is_hit) {
        assert!(kept.contains(&corners[hit.triangle_idx as usize]));
    }
}

#[test]
fn tiny_huge_and_distant_scenes_keep_the_contract() {
    for scale in [1e-12f32, 1e-6, 1e-3, 1e3, 1e6, 1e12] {
        let mut draws = Draws(6);
        let corners: Vec<_> = soup(&mut draws, 200, 0.3).into_iter().map(|t| t.map(|p| p * scale)).collect();
        let rays: Vec<_> = bundles(&mut draws, 40)
            .into_iter()
            .map(|r| Ray { origin: r.origin * scale, direction: r.direction * scale, ..r })
            .collect();
        assert!(compare(&[(mesh_of(&corners), Affine::IDENTITY)], &rays) > 100, "{scale}");
    }
    let mut draws = Draws(7);
    let away = vec3(1000.0, -2000.0, 500.0);
    let corners: Vec<_> = soup(&mut draws, 200, 0.3).into_iter().map(|t| t.map(|p| p + away)).collect();
    let rays: Vec<_> = bundles(&mut draws, 40).into_iter().map(|r| Ray { origin: r.origin + away, ..r }).collect();
    assert!(compare(&[(mesh_of(&corners), Affine::IDENTITY)], &rays) > 100);
    let far: Vec<_> = rays.iter().map(|r| ray(Vec3::ZERO, r.origin + r.direction)).collect();
    assert!(compare(&[(mesh_of(&corners), Affine::IDENTITY)], &far) > 100);
}

#[test]
fn turned_mirrored_and_stretched_instances_equal_brute_force() {
    let mut draws = Draws(8);
    let meshes: Vec<_> = [1, 30, 300].map(|n| mesh_of(&soup(&mut draws, n, 0.3))).into();
    for n_instances in [1, 2, 7, 40] {
        let placed: Vec<_> = (0..n_instances)
            .map(|i| {
                let (x, y) = (draws.point(), draws.point());
                let z = x.cross(y);
                let stretch = [1.0, -1.0, 0.01, 3.0][i % 4];
                let turned = Affine::from_columns(x.normalize() * stretch, y, z, draws.point());
                (meshes[(i + 2) % 3].clone(), turned)
            })
            .collect();
        let n_hits = compare(&placed, &bundles(&mut draws, 60));
        assert!(n_hits > 0, "{n_instances} instances");
    }
}

#[test]
fn nothing_is_hit_where_nothing_is() {
    let empty = mesh_of(&[]);
    let singular = Affine::scale(vec3(1.0, 0.0, 1.0));
    let mut draws = Draws(9);
    let some = mesh_of(&soup(&mut draws, 20, 0.4));
    let rays = bundles(&mut draws, 4);
    assert_eq!(compare(&[], &rays), 0);
    assert_eq!(compare(&[(empty.clone(), Affine::IDENTITY)], &rays), 0);
    let scene = scene_of(&[(some.clone(), singular), (empty, Affine::IDENTITY)]);
    assert!(rays.iter().all(|ray| trace_closest(&scene, ray) == MISS));
}

#[test]
fn a_chain_of_growing_triangles_makes_no_tree_too_deep() {
    // Each ten times as large as the one before: clustering makes a list of them.
    let corners: Vec<_> = (0..30)
        .map(|i| {
            let size = (0..i).fold(1e-15f32, |size, _| size * 10.0);
            [vec3(0.0, 0.0, 0.0), vec3(size, 0.0, size), vec3(0.0, size, size)]
        })
        .collect();
    let mesh = mesh_of(&corners);
    let built = mesh::build(&mesh);
    assert!(wide::depth(&built.wide.nodes) <= wide::MAX_WIDE_DEPTH);
    let rays: Vec<_> =
        (0..30).map(|i| ray(vec3(corners[i][1].x * 0.1, corners[i][1].x * 0.1, -1.0), vec3(0.0, 0.0, 1.0))).collect();
    assert!(compare(&[(mesh, Affine::IDENTITY)], &rays) > 0);
}

#[test]
fn t_is_the_same_in_the_world_and_in_the_object() {
    // A unit square at z = 0, seen from z = 6 through an instance scaled by 2 and lifted by 1, with a direction of length 5.
    let place = Affine { rows: [[2.0, 0.0, 0.0, 0.0], [0.0, 2.0, 0.0, 0.0], [0.0, 0.0, 2.0, 1.0]] };
    let scene = scene_of(&[(mesh_of(&sheet(1, |_, _| 0.0)), place)]);
    let hit = trace_closest(&scene, &ray(vec3(0.5, 0.25, 6.0), vec3(0.0, 0.0, -5.0)));
    assert_eq!((hit.t, hit.instance_idx), (1.0, 0));
}

#[test]
fn hits_have_the_bits_on_record() {
    let mut draws = Draws(10);
    let placed: Vec<_> = (0..5)
        .map(|_| {
            let place = Affine::from_columns(draws.point(), draws.point(), draws.point(), draws.point());
            (mesh_of(&soup(&mut draws, 150, 0.3)), place)
        })
        .collect();
    let scene = scene_of(&placed);
    let mut hasher = Hasher::new();
    let mut n_hits = 0;
    for packet in bundles(&mut draws, 200).as_chunks::<16>().0 {
        for hit in trace_packet(&scene, packet) {
            hasher.update(bytemuck::cast_slice(&bits(&hit)));
            n_hits += u32::from(hit.is_hit());
        }
    }
    assert!(n_hits > 500, "{n_hits}");
    common::bits::assert_bits("hits of five soups", hasher.finish());
}
