//! Whole pictures by the shader and by the CPU, from the same random numbers: what the functions' tables cannot show.
//!
//! Without rounding the pictures would be equal. As the shader is shipped, a ray here and there goes another way (past an
//! edge, through another lobe), so that sums over pixels are compared: with the noise, which another seed shows.

use crate::bench::{name, on_each_adapter};
use crate::scenes::{ball_under_a_grey_sky, built, workshop};
use genki::asset::{Budget, load_model};
use genki::buffers::SceneBuffers;
use genki::buffers::layout::{SETTINGS_LITERAL_SCATTERING, Settings};
use genki::film::{Film, FilmPlanes};
use genki::math::{Affine, Vec3, vec3};
use genki::render::Renderer;
use genki::render::cpu::CpuRenderer;
use genki::scene::{Instance, Scene, Sky, SkyLight};
use std::path::Path;
use std::sync::Arc;

const ALL: FilmPlanes = FilmPlanes { radiance: true, alpha: true, albedo: true, geometry: true };
const SETTINGS: Settings = Settings { spp: 8, bounces: 4, flags: 0, clamp: f32::MAX };

/// How far two films of one view are apart.
#[derive(Clone, Copy, Debug)]
struct Apart {
    /// Pixels whose instance or class is another, of all.
    ids: usize,
    n_pixels: usize,
    /// Largest relative difference of depth and distance.
    depth: f64,
    /// Largest |difference| of a component, where the ids agree.
    normal: f64,
    material: f64,
    /// Means over the pixels of |difference|.
    alpha: f64,
    albedo: f64,
    radiance: f64,
}

fn apart(a: &Film, b: &Film) -> Apart {
    assert_eq!((a.width, a.height, a.radiance.len()), (b.width, b.height, b.radiance.len()));
    let n_pixels = a.radiance.len();
    assert!(n_pixels > 0 && a.albedo.len() == n_pixels && a.geometry.depth.len() == n_pixels);
    let (g, h) = (&a.geometry, &b.geometry);
    let same = |i: &usize| g.instance[*i] == h.instance[*i] && g.semantic[*i] == h.semantic[*i];
    let largest = |f: &dyn Fn(usize) -> f64| (0..n_pixels).filter(same).map(f).fold(0.0, f64::max);
    let mean = |f: &dyn Fn(usize) -> f64| (0..n_pixels).map(f).sum::<f64>() / n_pixels as f64;
    let relative = |x: f32, y: f32| f64::from((x - y).abs()) / f64::from(x.max(y).max(1e-6));
    Apart {
        ids: (0..n_pixels).filter(|i| !same(i)).count(),
        n_pixels,
        depth: largest(&|i| relative(g.depth[i], h.depth[i]).max(relative(g.distance[i], h.distance[i]))),
        normal: largest(&|i| between(&g.normal[i], &h.normal[i])),
        material: largest(&|i| between(&g.material[i], &h.material[i])),
        alpha: mean(&|i| between(&a.radiance[i][3..], &b.radiance[i][3..])),
        albedo: mean(&|i| between(&a.albedo[i], &b.albedo[i])),
        radiance: mean(&|i| between(&a.radiance[i][..3], &b.radiance[i][..3])),
    }
}

/// The largest difference of components.
fn between(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(x, y)| f64::from((x - y).abs())).fold(0.0, f64::max)
}

fn render(renderer: &mut dyn Renderer, scene: &Arc<SceneBuffers>, view: usize, settings: &Settings) -> Film {
    renderer.render(scene, view, settings, ALL).expect("a picture")
}

fn with_another_seed(scene: &Arc<SceneBuffers>) -> Arc<SceneBuffers> {
    let mut other = SceneBuffers::clone(scene);
    other.views.iter_mut().for_each(|view| view.seed[0] ^= 1);
    Arc::new(other)
}

fn look(what: &str, scene: &Arc<SceneBuffers>, settings: &Settings) {
    let views = 0..scene.views.len();
    on_each_adapter(|adapter, gpu| {
        for view in views.clone() {
            let cpu = render(&mut CpuRenderer::new(), scene, view, settings);
            let t = std::time::Instant::now();
            let found = apart(&cpu, &render(gpu, scene, view, settings));
            println!("{what} {} {view} {found:?} {:?}", name(adapter), t.elapsed());
            let noise = apart(&cpu, &render(&mut CpuRenderer::new(), &with_another_seed(scene), view, settings));
            println!("  noise {noise:?}");
        }
    });
}

/// A scene of one model in the workshop's light.
fn helmet() -> Option<Scene> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/assets/models/DamagedHelmet.glb");
    let asset = load_model(&path, &Budget::default()).unwrap_or_else(|error| panic!("{error}"));
    let mut scene = workshop();
    scene.instances = vec![Instance {
        mesh: asset.mesh,
        mesh_digest: asset.facts.sha256,
        world_from_object: Affine::translation(vec3(0.0, 0.0, 0.6)).after(&Affine::Z_UP_FROM_Y_UP),
        material_base: 0,
        object_id: 7,
        class_id: 9,
    }];
    scene.materials = asset.materials;
    scene.images = asset.images;
    Some(scene)
}

#[test]
fn look_all() {
    let w = built(&workshop());
    look("workshop", &w, &SETTINGS);
    look("literal", &w, &Settings { flags: SETTINGS_LITERAL_SCATTERING, ..SETTINGS });
    let mut grey = workshop();
    grey.sky = Sky { light: SkyLight::Constant(Vec3::splat(0.5)), rotation_rad: 0.0, scale: 1.0, visible: true };
    look("constant", &built(&grey), &SETTINGS);
    let mut unlit = workshop();
    unlit.materials.iter_mut().for_each(|m| m.unlit = true);
    look("unlit", &built(&unlit), &SETTINGS);
    look("ball", &built(&ball_under_a_grey_sky()), &SETTINGS);
    look("helmet", &built(&helmet().unwrap()), &SETTINGS);
}
