//! Whole pictures by the shader and by the CPU, from the same random numbers: what the functions' tables cannot show.
//!
//! With all roundings kept they would be equal (functions::whole_paths_are_the_cpus). As the shader is shipped, a sample here
//! and there takes another texel or goes past an edge, so what is summed over samples is compared by means over pixels: with
//! the noise, which another seed shows.

use crate::bench::{name, on_each_adapter};
use crate::scenes::{ball_under_a_grey_sky, built, gallery, glassworks, workshop};
use genki::asset::{Budget, load_model};
use genki::buffers::layout::{SETTINGS_LITERAL_SCATTERING, Settings};
use genki::buffers::{Moment, Moments, SceneBuffers};
use genki::film::{Film, FilmPlanes};
use genki::hash::sha256;
use genki::math::{Affine, Vec3, vec3};
use genki::render::cpu::CpuRenderer;
use genki::render::gpu::Adapter;
use genki::render::{RenderError, Renderer};
use genki::scene::{Aperture, Camera, Instance, Lens, Mesh, Projection, Scene, Sky, SkyLight};
use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

const ALL: FilmPlanes =
    FilmPlanes { radiance: true, alpha: true, albedo: true, geometry: true, points: true, amodal: true, hits: true };
const ALPHA_ALBEDO: FilmPlanes = FilmPlanes { alpha: true, albedo: true, ..FilmPlanes::NONE };
const SETTINGS: Settings = Settings { spp: 8, bounces: 4, flags: 0, clamp: f32::MAX };

/// How far two films of one view are apart.
#[derive(Clone, Copy, Debug)]
struct Apart {
    /// Share of the pixels whose instance, class, material or node is another.
    ids: f64,
    /// Largest relative difference of depth and distance, where the ids agree.
    depth: f64,
    /// Largest difference of a component of normals, roughness, metallic and emission, where the ids agree.
    surface: f64,
    /// The same of positions and geometric normals.
    point: f64,
    /// The same of uv.
    uv: f64,
    /// Share of the pixels with another amodal mask.
    amodal: f64,
    /// Share of the pixels whose hit is of another triangle.
    hits: f64,
    /// Largest difference of weights in a triangle, where they are not.
    weights: f64,
    /// Means over the pixels of the largest difference of a component.
    alpha: f64,
    albedo: f64,
    radiance: f64,
}

/// How far the GPU's picture may be from the CPU's; of alpha, albedo and radiance: of how far one with another seed is.
#[derive(Clone, Copy, Debug)]
struct Tolerance {
    ids: f64,
    depth: f64,
    surface: f64,
    point: f64,
    uv: f64,
    of_noise: f64,
}

const TOLERANCE: Tolerance = Tolerance {
    ids: 0.0,
    // Eight ulps: the ray's direction and origin in the object are sums of three and four products, in another order.
    depth: 1.0e-6,
    // uv off by an ulp of 1, 2^-23, in a row of 2048 texels that go from black to white.
    surface: 1.0 / 4096.0,
    // Of places up to 4 away from the origin, and unit normals: as depth.
    point: 4.0e-6,
    // u and v go from 0 to 1 along a few decimetres.
    uv: 2.0e-5,
    // One sample of 24 576 that takes another texel of the floor, whose texels are not filtered, is 1/1000 of the noise.
    of_noise: 1.0 / 500.0,
};

/// Real GPUs divide and take roots as WGSL allows, up to 2.5 ulp off, and fuse: more samples go past an edge, and a pixel's
/// centre may.
const TOLERANCE_OF_HARDWARE: Tolerance = Tolerance {
    ids: 1.0 / 1000.0,
    depth: 1.0e-5,
    surface: 1.0 / 512.0,
    point: 4.0e-5,
    uv: 1.0e-4,
    of_noise: 1.0 / 100.0,
};

/// Share of pixels whose centre may be on either side of an edge between two triangles of one surface.
const HITS_ASIDE: f64 = 1.0 / 1000.0;
/// Of a triangle a millimetre wide that is 3 m away: 3 ulps of that distance.
const WEIGHTS_APART: f64 = 1.0e-3;

fn apart(a: &Film, b: &Film) -> Apart {
    assert_eq!((a.width, a.height, a.radiance.len()), (b.width, b.height, b.radiance.len()));
    let n_pixels = a.radiance.len();
    assert!(n_pixels > 0 && a.albedo.len() == n_pixels);
    let (g, h) = (&a.geometry, &b.geometry);
    assert_eq!(g.depth.len(), h.depth.len());
    let (p, q) = (&a.points, &b.points);
    assert_eq!((p.position.len(), a.amodal.words), (q.position.len(), b.amodal.words));
    let same = |i: &usize| {
        let ids = |f: &Film, i: usize| {
            (f.geometry.instance[i], f.geometry.semantic[i], f.points.material[i], f.points.part[i])
        };
        ids(a, *i) == ids(b, *i)
    };
    let masks = |f: &Film, i: usize| f.amodal.bits[i * f.amodal.words..(i + 1) * f.amodal.words].to_vec();
    assert_eq!(a.hits.triangle.len(), b.hits.triangle.len());
    let hit = |f: &Film, i: usize| (f.hits.instance[i], f.hits.triangle[i]);
    let largest = |f: &dyn Fn(usize) -> f64| (0..g.depth.len()).filter(same).map(f).fold(0.0, f64::max);
    let mean = |f: &dyn Fn(usize) -> f64| (0..n_pixels).map(f).sum::<f64>() / n_pixels as f64;
    let relative = |x: f32, y: f32| f64::from((x - y).abs()) / f64::from(x.abs()).max(1e-6);
    Apart {
        ids: (0..g.depth.len()).filter(|i| !same(i)).count() as f64 / n_pixels as f64,
        depth: largest(&|i| relative(g.depth[i], h.depth[i]).max(relative(g.distance[i], h.distance[i]))),
        surface: largest(&|i| {
            let emission = furthest(&p.emission[i], &q.emission[i]);
            furthest(&g.normal[i], &h.normal[i]).max(furthest(&g.material[i], &h.material[i])).max(emission)
        }),
        point: largest(&|i| furthest(&p.position[i], &q.position[i]).max(furthest(&p.normal[i], &q.normal[i]))),
        uv: largest(&|i| furthest(&p.uv[i], &q.uv[i])),
        amodal: (0..n_pixels).filter(|&i| masks(a, i) != masks(b, i)).count() as f64 / n_pixels as f64,
        hits: (0..a.hits.triangle.len()).filter(|&i| hit(a, i) != hit(b, i)).count() as f64 / n_pixels as f64,
        weights: (0..a.hits.triangle.len())
            .filter(|&i| hit(a, i) == hit(b, i))
            .map(|i| furthest(&a.hits.weights[i], &b.hits.weights[i]))
            .fold(0.0, f64::max),
        alpha: mean(&|i| furthest(&a.radiance[i][3..], &b.radiance[i][3..])),
        albedo: mean(&|i| furthest(&a.albedo[i], &b.albedo[i])),
        radiance: mean(&|i| furthest(&a.radiance[i][..3], &b.radiance[i][..3])),
    }
}

/// The largest difference of components.
fn furthest(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(x, y)| f64::from((x - y).abs())).fold(0.0, f64::max)
}

fn is_within(found: &Apart, noise: &Apart, tolerance: &Tolerance) -> bool {
    found.ids <= tolerance.ids
        && found.depth <= tolerance.depth
        && found.surface <= tolerance.surface
        && found.point <= tolerance.point
        && found.uv <= tolerance.uv
        && found.amodal <= tolerance.ids
        && found.hits <= tolerance.ids.max(HITS_ASIDE)
        && found.weights <= WEIGHTS_APART
        && found.alpha <= noise.alpha * tolerance.of_noise
        && found.albedo <= noise.albedo * tolerance.of_noise
        && found.radiance <= noise.radiance * tolerance.of_noise
}

/// Of other lenses than a pinhole: a ray that polynomials and Newton's steps bend is off by up to 16 ulps (functions::rays), so
/// that a pixel's centre may go past an edge, and depth near the plane of the camera is a difference.
const TOLERANCE_OF_LENSES: Tolerance =
    Tolerance { ids: 1.0 / 1000.0, depth: 1.0e-4, surface: 1.0 / 256.0, of_noise: 1.0 / 50.0, ..TOLERANCE };

fn tolerance_of(adapter: &Adapter) -> Tolerance {
    if adapter.is_software() { TOLERANCE } else { TOLERANCE_OF_HARDWARE }
}

/// A view by the CPU, and how far it is from the same with another seed.
struct Picture {
    what: &'static str,
    scene: Arc<SceneBuffers>,
    view: usize,
    settings: Settings,
    planes: FilmPlanes,
    cpu: Film,
    noise: Apart,
    is_pinhole: bool,
}

fn picture(what: &'static str, scene: &Arc<SceneBuffers>, view: usize, flags: u32, planes: FilmPlanes) -> Picture {
    let settings = Settings { flags, ..SETTINGS };
    let render = |scene| CpuRenderer::new().render(scene, view, &settings, planes, &|| false).expect("a picture");
    let cpu = render(scene);
    let noise = apart(&cpu, &render(&with_another_seed(scene)));
    // What is the same with every seed compares nothing.
    assert!(noise.albedo > 1e-4 && (noise.radiance > 1e-4) == planes.radiance, "{what}: {noise:?}");
    let seen = cpu.geometry.instance.iter().filter(|&&id| id > 0).count();
    assert!(!planes.geometry || seen > 40, "{what}: {seen} pixels show something");
    let masked = cpu.amodal.bits.iter().filter(|&&bits| bits != 0).count();
    assert!(!planes.amodal || masked >= seen, "{what}: {masked} pixels are in a mask");
    let is_pinhole = scene.views[view].projection == 0 && scene.views[view].flags == 0;
    Picture { what, scene: scene.clone(), view, settings, planes, cpu, noise, is_pinhole }
}

fn with_another_seed(scene: &Arc<SceneBuffers>) -> Arc<SceneBuffers> {
    let mut other = SceneBuffers::clone(scene);
    other.views.iter_mut().for_each(|view| view.seed[0] ^= 1);
    for moment in &mut other.moments.all {
        moment.scene = moment.scene.as_ref().map(with_another_seed);
        moment.views.iter_mut().for_each(|view| view.seed[0] ^= 1);
    }
    Arc::new(other)
}

fn pictures() -> Vec<Picture> {
    let scene = built(&workshop());
    let mut grey = workshop();
    grey.sky = Sky { light: SkyLight::Constant(Vec3::splat(0.5)), rotation_rad: 0.0, scale: 1.0, visible: true };
    let mut unlit = workshop();
    unlit.materials.iter_mut().for_each(|material| material.unlit = true);
    let ball = built(&ball_under_a_grey_sky());
    let mut pictures = vec![
        picture("the workshop", &scene, 0, 0, ALL),
        picture("the workshop from the side", &scene, 1, 0, ALL),
        picture("the workshop from behind", &scene, 2, 0, ALL),
        picture("literal scattering", &scene, 0, SETTINGS_LITERAL_SCATTERING, ALL),
        picture("alpha and albedo alone", &scene, 1, 0, ALPHA_ALBEDO),
        picture("a constant sky", &built(&grey), 1, 0, ALL),
        picture("area lights", &built(&gallery()), 0, 0, ALL),
        picture("area lights, alpha and albedo alone", &built(&gallery()), 1, 0, ALPHA_ALBEDO),
        picture("glass, films, leaves and lacquer", &built(&glassworks()), 0, 0, ALL),
        picture("unlit materials", &built(&unlit), 2, 0, ALL),
        picture("a ball before nothing", &ball, 0, 0, ALL),
        picture("a ball's alpha and albedo alone", &ball, 0, 0, ALPHA_ALBEDO),
    ];
    let lenses = built(&through_lenses());
    let names = ["a distorted view", "a thin lens", "an orthographic view", "a fisheye", "all around"];
    assert_eq!(lenses.views.len(), names.len());
    pictures.extend(names.iter().enumerate().map(|(view, name)| picture(name, &lenses, view, 0, ALL)));

    pictures.push(picture("what moves", &moving(3), 0, 0, ALL));
    pictures.push(picture("what moves under a rolling shutter", &moving(1), 0, 0, ALL));
    pictures.push(picture("what moves, alpha and albedo alone", &moving(3), 1, 0, ALPHA_ALBEDO));
    if let Some(helmet) = helmet() {
        pictures.push(picture("a helmet", &built(&helmet), 0, 0, ALL));
    }
    pictures
}

/// The workshop while a ball is stretched, another one rises and the cameras sink: three moments, of which each row sees some.
fn moving(n_a_row: usize) -> Arc<SceneBuffers> {
    let mut buffers = SceneBuffers::clone(&built(&workshop()));
    let mut all = vec![];
    for k in 0..3u8 {
        let mut scene = workshop();
        let shift = 0.05 * f32::from(k);
        let mut mesh = Mesh::clone(&scene.instances[1].mesh);
        mesh.positions.iter_mut().for_each(|p| p[0] *= 1.0 + shift);
        (scene.instances[1].mesh, scene.instances[1].mesh_digest) = (Arc::new(mesh), sha256(&[k]));
        let rise = Affine::translation(vec3(0.0, 0.0, shift));
        scene.instances[2].world_from_object = rise.after(&scene.instances[2].world_from_object);
        for camera in &mut scene.cameras {
            camera.world_from_camera = Affine::translation(vec3(0.0, 0.0, -shift)).after(&camera.world_from_camera);
        }
        let scene = built(&scene);
        all.push(Moment { views: scene.views.clone(), scene: Some(scene) });
    }
    buffers.moments = Moments { all, n_a_row };
    Arc::new(buffers)
}

/// The workshop before lenses of every kind.
fn through_lenses() -> Scene {
    let mut scene = workshop();
    let of = |projection, focal: f32, aperture| Camera {
        fx: focal,
        fy: focal,
        lens: Lens { projection, aperture },
        ..workshop().cameras[0]
    };
    let pinhole = Lens::PINHOLE.projection;
    let blur = Aperture { radius_m: 0.05, focus_m: 3.5, blades: 5, blade_rotation_deg: 20.0 };
    let brown = Projection::Perspective { distortion: [-0.3, 0.1, 0.005, -0.01, 0.02, 0.01, 0.0, 0.0] };
    let fisheye = Projection::Fisheye { k: [0.02, 0.01, 0.0, 0.0], max_angle_rad: 1.5, image_circle: 1.64 };
    scene.cameras = vec![
        of(brown, 70.0, None),
        of(pinhole, 70.0, Some(blur)),
        of(Projection::Orthographic, 16.0, None),
        of(fisheye, 20.0, None),
        // Larger, since what stands before it is a small part of all around.
        Camera {
            width: 160,
            height: 80,
            cx: 80.0,
            cy: 40.0,
            ..of(Projection::Equirectangular, 160.0 / std::f32::consts::TAU, None)
        },
    ];
    scene
}

/// The workshop's light on a model that nobody here made; `None`, said aloud, where this checkout has none.
fn helmet() -> Option<Scene> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/assets/models/DamagedHelmet.glb"));
    if !path.is_file() {
        assert!(std::env::var_os("GENKI_REQUIRE_PEERS").is_none(), "{} is missing", path.display());
        #[expect(clippy::print_stderr, reason = "a test that was not run says so")]
        {
            eprintln!("skipped: no {}", path.display());
        }
        return None;
    }
    let asset = load_model(path, &Budget::default()).unwrap_or_else(|error| panic!("{error}"));
    let instance = Instance {
        mesh: asset.mesh,
        mesh_digest: asset.facts.sha256,
        world_from_object: Affine::translation(vec3(0.0, 0.0, 0.6)).after(&Affine::Z_UP_FROM_Y_UP),
        material_base: 0,
        object_id: 7,
        class_id: 9,
    };
    Some(Scene { instances: vec![instance], materials: asset.materials, images: asset.images, ..workshop() })
}

/// One test, since drivers compile for seconds what each renderer then keeps.
#[test]
fn whole_pictures_are_the_cpus() {
    let pictures = pictures();
    let differences = RefCell::new(Vec::new());
    on_each_adapter(|adapter, gpu| {
        give_one_up(gpu, &pictures[0]);
        for Picture { what, scene, view, settings, planes, cpu, noise, is_pinhole } in &pictures {
            let found = apart(cpu, &gpu.render(scene, *view, settings, *planes, &|| false).expect("a picture"));
            let tolerance = if *is_pinhole { tolerance_of(adapter) } else { TOLERANCE_OF_LENSES };
            if !is_within(&found, noise, &tolerance) {
                differences.borrow_mut().push(format!("{what} on {}: {found:?} (noise {noise:?})", name(adapter)));
            }
        }
    });
    let differences = differences.into_inner();
    assert!(differences.is_empty(), "{differences:#?}");
}

/// Ends a view between two submissions. What it leaves on the device must not show in the pictures after it.
fn give_one_up(gpu: &mut impl Renderer, picture: &Picture) {
    let asked = AtomicU32::new(0);
    let is_unwanted = || asked.fetch_add(1, Ordering::SeqCst) == 2;
    let Picture { scene, view, settings, planes, .. } = picture;
    let given_up = gpu.render(scene, *view, settings, *planes, &is_unwanted);
    assert_eq!(given_up.expect_err("it is given up"), RenderError::Interrupted);
    assert_eq!(asked.into_inner(), 3, "the first yes ends it");
}

#[test]
fn comparison_rejects_a_brighter_image_another_seed_and_an_id_off_by_one() {
    let Picture { cpu, noise, .. } = picture("the workshop", &built(&workshop()), 0, 0, ALL);
    let accepts = |change: &dyn Fn(&mut Film)| {
        let mut film = cpu.clone();
        change(&mut film);
        let found = apart(&cpu, &film);
        is_within(&found, &noise, &TOLERANCE) || is_within(&found, &noise, &TOLERANCE_OF_HARDWARE)
    };
    assert!(accepts(&|_| ()));
    assert!(!accepts(&|film| film.radiance.iter_mut().flat_map(|p| &mut p[..3]).for_each(|v| *v *= 1.01)));
    assert!(!accepts(&|film| film.radiance.iter_mut().for_each(|p| p[3] *= 0.99)));
    assert!(!accepts(&|film| film.albedo.iter_mut().flatten().for_each(|v| *v *= 1.01)));
    assert!(!accepts(&|film| film.geometry.depth.iter_mut().for_each(|v| *v *= 1.0001)));
    assert!(!accepts(&|film| film.geometry.distance.iter_mut().for_each(|v| *v *= 1.0001)));
    assert!(!accepts(&|film| film.geometry.normal.iter_mut().for_each(|n| n[2] += 0.01)));
    assert!(!accepts(&|film| film.geometry.material.iter_mut().for_each(|m| m[0] += 0.01)));
    assert!(!accepts(&|film| film.geometry.instance.iter_mut().for_each(|id| *id += 1)));
    assert!(!accepts(&|film| film.geometry.semantic.iter_mut().for_each(|id| *id += 1)));
    assert!(!accepts(&|film| film.points.position.iter_mut().for_each(|p| p[1] += 1e-4)));
    assert!(!accepts(&|film| film.points.normal.iter_mut().for_each(|n| n[0] += 1e-3)));
    assert!(!accepts(&|film| film.points.uv.iter_mut().for_each(|uv| uv[1] += 1e-3)));
    assert!(!accepts(&|film| film.points.emission.iter_mut().for_each(|e| e[2] += 0.01)));
    assert!(!accepts(&|film| film.points.material.iter_mut().for_each(|id| *id += 1)));
    assert!(!accepts(&|film| film.points.part.iter_mut().for_each(|id| *id += 1)));
    assert!(!accepts(&|film| film.hits.triangle.iter_mut().for_each(|i| *i += 1)));
    assert!(!accepts(&|film| film.hits.instance.iter_mut().for_each(|i| *i += 1)));
    assert!(!accepts(&|film| film.hits.weights.iter_mut().for_each(|w| w[0] += 0.01)));
    assert!(!accepts(&|film| film.amodal.bits.iter_mut().for_each(|bits| *bits ^= 2)));
    let mut one_id = cpu.clone();
    one_id.geometry.instance[0] += 1;
    assert!(!is_within(&apart(&cpu, &one_id), &noise, &TOLERANCE));
    // Another seed.
    assert!(!is_within(&noise, &noise, &TOLERANCE) && !is_within(&noise, &noise, &TOLERANCE_OF_HARDWARE));
}
