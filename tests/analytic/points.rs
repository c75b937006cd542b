//! Positions, uv, geometric normals, emission, ids of materials and nodes, and masks as if alone: of things at known places.

use super::reference::{Vector, dot, minus, unit, vector};
use super::stage::{BLACK_SKY, ball, camera, lamp, material, quad, scene};
use genki::buffers::layout::Settings;
use genki::buffers::{self, Cache};
use genki::film::{Film, FilmPlanes};
use genki::math::{Vec3, vec3};
use genki::render::Renderer;
use genki::render::cpu::CpuRenderer;
use genki::scene::{AlphaMode, Camera, Material, Mesh, Scene};
use std::sync::Arc;

const PLANES: FilmPlanes = FilmPlanes { geometry: true, points: true, amodal: true, ..FilmPlanes::NONE };

fn film_of(scene: &Scene) -> Film {
    let buffers = Arc::new(buffers::build(scene, 4096, &Cache::new(1 << 26)));
    // Rays through centres do not know of samples.
    let settings = Settings { spp: 64, bounces: 4, flags: 0, clamp: f32::MAX };
    CpuRenderer::new().render(&buffers, 0, &settings, PLANES, &|| false).expect("finite pixels")
}

/// A card with uv from (0, 0) where both half sides point away to (2, 3) where they point, whose second triangle has another
/// material and node.
fn card(center: Vec3, u: Vec3, v: Vec3) -> Mesh {
    let mut mesh = quad(center, u, v);
    mesh.uv0 = vec![[0.0, 0.0], [2.0, 0.0], [2.0, 3.0], [0.0, 3.0]];
    // Shading normals that have nothing to do with the triangles'.
    mesh.normals = vec![[0.6, 0.0, 0.8]; 4];
    mesh.triangle_material = vec![0, 1];
    mesh.triangle_part = vec![4, 2];
    mesh
}

fn view() -> Camera {
    camera(vec3(0.4, -2.0, 1.5), vec3(0.1, 0.2, 0.3), 60.0, [64, 48])
}

/// What the ray through a pixel's centre meets of the card's plane: a point, and how far along both half sides.
fn expected(view: &Camera, i: usize, center: Vec3, u: Vec3, v: Vec3) -> ([f64; 3], f64, f64) {
    let (x, y) = (i as u32 % view.width, i as u32 / view.width);
    let axis = |k: usize| vector(view.world_from_camera.column(k));
    let offsets = [
        (f64::from(x) + 0.5 - f64::from(view.cx)) / f64::from(view.fx),
        (f64::from(y) + 0.5 - f64::from(view.cy)) / f64::from(view.fy),
    ];
    let along: [f64; 3] = std::array::from_fn(|k| axis(0)[k] * offsets[0] + axis(1)[k] * offsets[1] + axis(2)[k]);
    let (eye, center, u, v) = (axis(3), vector(center), vector(u), vector(v));
    let normal = unit(vector(cross(u, v)));
    let t = dot(minus(center, eye), normal) / dot(along, normal);
    let point: [f64; 3] = std::array::from_fn(|k| eye[k] + t * along[k]);
    let from_center = minus(point, center);
    (point, dot(from_center, u) / dot(u, u), dot(from_center, v) / dot(v, v))
}

fn cross(a: Vector, b: Vector) -> Vec3 {
    let c = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
    Vec3::from(c.map(|x| x as f32))
}

#[test]
fn a_card_has_the_positions_uv_normals_and_ids_that_geometry_gives_it() {
    let (center, u, v) = (vec3(0.1, 0.2, 0.3), vec3(0.6, 0.0, 0.8) * 0.7, vec3(0.0, 1.0, 0.0) * 0.5);
    let view = view();
    let front = cross(vector(u), vector(v)).normalize();
    // From above: the front, and from below the back, which is there where both sides are.
    for up in [1.0, -1.0] {
        let mut things = scene(vec![], vec![], BLACK_SKY, vec![view]);
        let seen = scene(vec![(card(center, u, v * up), Material::default())], vec![], BLACK_SKY, vec![view]);
        things.instances = seen.instances;
        let one = Material { emissive: [0.25, 0.0, 3.0], double_sided: true, ..Material::default() };
        let other = Material { emissive: [9.0; 3], unlit: true, double_sided: true, ..Material::default() };
        things.materials = vec![one, other];
        let film = film_of(&things);
        let mut n = [0; 3];
        for i in 0..film.geometry.depth.len() {
            let (point, a, b) = expected(&view, i, center, u, v * up);
            let points = &film.points;
            if a.abs() > 1.0 || b.abs() > 1.0 {
                assert_eq!((points.position[i], points.uv[i], points.material[i]), ([0.0; 3], [0.0; 2], 0));
                n[2] += 1;
                continue;
            }
            assert!(minus(vector(points.position[i].into()), point).iter().all(|d| d.abs() < 1e-6), "{point:?}");
            let uv = points.uv[i].map(f64::from);
            assert!((uv[0] - (a + 1.0)).abs() < 1e-5 && (uv[1] - 1.5 * (b + 1.0)).abs() < 1e-5, "{uv:?}, {a} {b}");
            // The camera is on the side of `front`, whichever way the card is turned.
            let off = minus(vector(points.normal[i].into()), vector(front));
            assert!(off.iter().all(|d| d.abs() < 1e-6), "{:?}", points.normal[i]);
            // The diagonal goes from (0, 0) to (2, 3).
            let k = usize::from(b > a);
            n[k] += 1;
            assert_eq!((points.material[i], points.part[i]), ([1, 2][k], [5, 3][k]), "{a} {b}");
            assert_eq!(points.emission[i], [[0.25, 0.0, 3.0], [0.0; 3]][k]);
        }
        assert!(n.iter().all(|&n| n > 30), "{n:?}");
    }
}

#[test]
fn the_ground_is_a_place_but_no_object() {
    let mut things = scene(
        vec![(card(Vec3::ZERO, vec3(9.0, 0.0, 0.0), vec3(0.0, 9.0, 0.0)), lamp([0.5; 3]))],
        vec![],
        BLACK_SKY,
        vec![view()],
    );
    things.materials.push(things.materials[0].clone());
    things.instances[0].object_id = 0;
    let film = film_of(&things);
    let points = &film.points;
    let seen = film.geometry.depth.iter().filter(|&&z| z > 0.0).count();
    assert!(seen > 300 && points.position.iter().filter(|p| p[1] != 0.0).count() == seen);
    assert!(points.material.iter().chain(&points.part).all(|&id| id == 0));
    assert_eq!((film.amodal.words, film.amodal.bits.len()), (0, 0));
}

/// Things of all kinds behind one another: opaque, cut out, tinted below and above a half, and backs.
fn crowd(n: u16) -> Scene {
    let things = (0..n).map(|i| {
        let at = |k: u16| f32::from((i * 37 + k * 101) % 64) / 64.0 - 0.5;
        let center = vec3(at(0) * 2.0, f32::from(i) * 0.08, at(1));
        let mesh = match i % 3 {
            // A front towards the camera, which looks along +y; a back.
            0 => quad(center, vec3(0.3, 0.0, 0.05), vec3(0.0, 0.1, 0.25)),
            1 => quad(center, vec3(0.3, 0.0, 0.05), vec3(0.0, 0.1, -0.25)),
            _ => {
                let mut ball = ball(6);
                ball.positions.iter_mut().for_each(|p| *p = (Vec3::from(*p) * 0.2 + center).to_array());
                ball
            }
        };
        let plain = material([0.5; 3], 0.0, 1.0);
        let base_color = |alpha: f32| [0.5, 0.5, 0.5, alpha];
        let material = match i % 5 {
            0 => Material { base_color: base_color(0.3), alpha: AlphaMode::Blend, double_sided: true, ..plain },
            1 => Material { base_color: base_color(0.7), alpha: AlphaMode::Blend, ..plain },
            2 => Material { base_color: base_color(0.3), alpha: AlphaMode::Mask { cutoff: 0.5 }, ..plain },
            3 => Material { double_sided: true, ..plain },
            _ => plain,
        };
        (mesh, material)
    });
    let view = camera(vec3(0.0, -2.5, 0.2), Vec3::ZERO, 90.0, [96, 80]);
    scene(things.collect(), vec![], BLACK_SKY, vec![view])
}

#[test]
fn a_mask_is_what_a_picture_of_the_object_alone_shows() {
    let crowd = crowd(40);
    let film = film_of(&crowd);
    assert_eq!((film.amodal.words, film.amodal.bits.len()), (2, 2 * 96 * 80));
    let (mut hidden, mut empty, mut shown) = (0, 0, 0);
    for id in 1..=40u16 {
        let mut alone = crowd.clone();
        alone.instances.retain(|instance| instance.object_id == id);
        let alone = film_of(&alone);
        for (i, &instance) in alone.geometry.instance.iter().enumerate() {
            assert_eq!(film.amodal.shows(i, id), instance == id, "object {id}, pixel {i}");
            if film.geometry.instance[i] == id {
                assert!(film.amodal.shows(i, id), "object {id} is seen in pixel {i}");
            }
            hidden += usize::from(instance == id && film.geometry.instance[i] != id);
        }
        let n = alone.geometry.instance.iter().filter(|&&instance| instance == id).count();
        empty += usize::from(n == 0);
        shown += usize::from(n > 50);
    }
    assert!(hidden > 1000 && empty > 5 && shown > 12, "{hidden} pixels hidden, {empty} objects not seen, {shown} seen");
}
