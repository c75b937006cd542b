//! The CPU's films and files are the same bits on every machine, in every build and on any number of threads: tests/bits.txt.

mod common;
#[expect(dead_code, reason = "the twins' tests need more of it")]
#[path = "twins/scenes.rs"]
mod scenes;

use genki::annotate::{encode, raster};
use genki::asset::{Budget, load_model, load_sky};
use genki::buffers::SceneBuffers;
use genki::buffers::layout::{SETTINGS_BOTH_SIDES, SETTINGS_LITERAL_SCATTERING, Settings};
use genki::film::{Film, FilmPlanes};
use genki::hash::{Digest, Hasher};
use genki::layer::Layer;
use genki::math::{Affine, Bounds, vec3};
use genki::recipe::{Background, Render, Scattering, Sides, Tone};
use genki::render::Renderer;
use genki::render::cpu::CpuRenderer;
use genki::scene::{
    Aperture, Asset, AssetFacts, Camera, DepthNoise, Instance, Lens, Material, PlacedObject, Projection, Scene, Sensor,
    Sky, SkyLight,
};
use std::path::Path;
use std::sync::Arc;

/// Every plane of the ray through a pixel's centre.
const CENTER_PLANES: FilmPlanes = FilmPlanes { geometry: true, points: true, amodal: true, ..FilmPlanes::NONE };
const ALL_PLANES: FilmPlanes =
    FilmPlanes { radiance: true, alpha: true, albedo: true, geometry: true, ..FilmPlanes::NONE };
/// Few samples: the test runs without optimisation as well, and a wrong bit shows in any of them.
const SETTINGS: Settings = Settings { spp: 4, bounces: 4, flags: 0, clamp: f32::MAX };

fn films(scene: &Arc<SceneBuffers>, settings: &Settings, planes: FilmPlanes) -> Vec<Film> {
    let view = |i| CpuRenderer::new().render(scene, i, settings, planes, &|| false).expect("finite pixels");
    (0..scene.views.len()).map(view).collect()
}

/// Over all planes, as they lie in memory.
fn digest(films: &[Film]) -> Digest {
    let mut hasher = Hasher::new();
    for film in films {
        let g = &film.geometry;
        let size = [film.width, film.height];
        let planes: [&[u8]; 9] = [
            bytemuck::bytes_of(&size),
            bytemuck::cast_slice(&film.radiance),
            bytemuck::cast_slice(&film.albedo),
            bytemuck::cast_slice(&g.depth),
            bytemuck::cast_slice(&g.distance),
            bytemuck::cast_slice(&g.normal),
            bytemuck::cast_slice(&g.material),
            bytemuck::cast_slice(&g.instance),
            bytemuck::cast_slice(&g.semantic),
        ];
        for plane in planes {
            hasher.update(&(plane.len() as u64).to_le_bytes()).update(plane);
        }
    }
    hasher.finish()
}

/// The same over the planes that few ask for.
fn digest_of_points(films: &[Film]) -> Digest {
    let mut hasher = Hasher::new();
    for Film { points: p, amodal, .. } in films {
        let planes: [&[u8]; 7] = [
            bytemuck::cast_slice(&p.position),
            bytemuck::cast_slice(&p.normal),
            bytemuck::cast_slice(&p.uv),
            bytemuck::cast_slice(&p.emission),
            bytemuck::cast_slice(&p.material),
            bytemuck::cast_slice(&p.part),
            bytemuck::cast_slice(&amodal.bits),
        ];
        for plane in planes {
            hasher.update(&(plane.len() as u64).to_le_bytes()).update(plane);
        }
    }
    hasher.finish()
}

fn on_threads<T: Send>(n: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(n).build().expect("threads").install(work)
}

/// The films of a scene: on record, and the same on one, two and three threads.
fn assert_films(name: &str, scene: &Arc<SceneBuffers>, settings: &Settings, planes: FilmPlanes) {
    let on_one = on_threads(1, || films(scene, settings, planes));
    for n in [2, 3] {
        assert!(on_threads(n, || films(scene, settings, planes)) == on_one, "{name}: other films on {n} threads");
    }
    assert!(on_one.iter().any(|film| film.radiance.iter().any(|p| p[0] > 0.0)) || !planes.radiance, "{name} is black");
    common::bits::assert_bits(&format!("film of {name}"), digest(&on_one));
}

/// Assets from samples/ side by side under one of its skies, seen by the workshop's cameras.
fn samples() -> Scene {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut scene = scenes::workshop();
    scene.instances.clear();
    scene.materials.clear();
    scene.images.clear();
    scene.lights.truncate(1);
    let sky = load_sky(&folder.join("sky_dusk.hdr"), &Budget::default()).expect("a sky");
    scene.sky = Sky { light: SkyLight::Image(Arc::new(sky)), rotation_rad: 0.4, scale: 1.0, visible: true };
    for (i, name) in ["lantern", "plant", "robot", "crate"].iter().enumerate() {
        let asset = load_model(&folder.join(format!("{name}.glb")), &Budget::default()).expect("a model");
        let (material_base, image_base) = (scene.materials.len() as u32, scene.images.len() as u32);
        let place = Affine::translation(vec3(i as f32 * 0.8 - 1.2, 0.2 * i as f32, 0.0))
            .after(&Affine::scale(vec3(2.0, 2.0, 2.0)))
            .after(&Affine::Z_UP_FROM_Y_UP);
        scene.instances.push(Instance {
            mesh_digest: asset.facts.sha256,
            mesh: asset.mesh,
            world_from_object: place,
            material_base,
            object_id: i as u16 + 1,
            class_id: 7,
        });
        scene.images.extend(asset.images);
        scene.materials.extend(asset.materials.into_iter().map(|mut material| {
            let slots = [
                &mut material.base_color_texture,
                &mut material.metallic_roughness_texture,
                &mut material.normal_texture,
                &mut material.emissive_texture,
            ];
            slots.into_iter().flatten().for_each(|texture| texture.image += image_base);
            material
        }));
    }
    scene
}

#[test]
fn films_of_the_workshop_have_the_bits_on_record() {
    assert_films("the workshop", &scenes::built(&scenes::workshop()), &SETTINGS, ALL_PLANES);
}

#[test]
fn films_of_the_workshop_in_literal_scattering_have_the_bits_on_record() {
    let literal = Settings { flags: SETTINGS_LITERAL_SCATTERING | SETTINGS_BOTH_SIDES, clamp: 4.0, ..SETTINGS };
    assert_films("the workshop, literal", &scenes::built(&scenes::workshop()), &literal, ALL_PLANES);
}

#[test]
fn films_of_alpha_and_albedo_alone_have_the_bits_on_record() {
    // Another loop of the renderer, which traces no paths.
    let planes = FilmPlanes { alpha: true, albedo: true, ..FilmPlanes::NONE };
    assert_films("the workshop, alpha and albedo", &scenes::built(&scenes::workshop()), &SETTINGS, planes);
}

#[test]
fn films_of_the_sample_assets_have_the_bits_on_record() {
    // Decoders of meshes, images and skies are a part of it.
    let scene = samples();
    assert!(scene.images.len() > 3 && scene.materials.len() > 4, "the assets have textures");
    let buffers = scenes::built(&scene);
    let seen: Vec<u16> = films(&buffers, &SETTINGS, ALL_PLANES).remove(0).geometry.instance;
    assert!((1..=4).all(|id| seen.contains(&id)), "the first view sees all of them");
    assert_films("the sample assets", &buffers, &SETTINGS, ALL_PLANES);
}

#[test]
fn points_and_masks_have_the_bits_on_record() {
    for (name, scene) in [("the workshop", scenes::workshop()), ("the sample assets", samples())] {
        let scene = scenes::built(&scene);
        let found = films(&scene, &SETTINGS, CENTER_PLANES);
        assert!(found.iter().all(|film| film.radiance.is_empty() && film.amodal.bits.iter().any(|&bits| bits != 0)));
        common::bits::assert_bits(&format!("points of {name}"), digest_of_points(&found));
        // The others are what they are without these.
        let alone = films(&scene, &SETTINGS, FilmPlanes { geometry: true, ..FilmPlanes::NONE });
        assert!(found.iter().zip(&alone).all(|(a, b)| a.geometry == b.geometry && b.points.part.is_empty()));
    }
}

/// One object for each of the workshop's: of its mesh's size, where it stands in the file's axes.
fn objects(scene: &Scene) -> Vec<PlacedObject> {
    let instances = scene.instances.iter().filter(|instance| instance.object_id > 0);
    let object = |instance: &Instance| {
        let facts = AssetFacts {
            sha256: instance.mesh_digest,
            bytes: 1,
            triangles: 1,
            vertices: 1,
            bounds: Bounds::of(instance.mesh.positions.iter().map(|&p| p.into())),
            material_names: vec!["paint".into()],
            generator: String::new(),
            variant_names: vec![],
            warnings: vec![],
        };
        let asset = Asset {
            facts,
            mesh: instance.mesh.clone(),
            materials: vec![Material::default()],
            images: vec![],
            variant_slots: vec![],
            lights: vec![],
            part_names: vec!["a".into(), "b".into(), "c".into()],
            rig: Default::default(),
        };
        let asset = Arc::new(asset);
        PlacedObject {
            at_rest: asset.clone(),
            path: String::new(),
            object_idx: 0,
            instance: 0,
            class: "thing".into(),
            class_id: instance.class_id,
            asset,
            mesh_digest: instance.mesh_digest,
            clip_time: None,
            variant: None,
            rotation: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
            translation: instance.world_from_object.column(3).to_array().map(f64::from),
            scale: 1.0,
            offset: [0.0; 3],
            world_from_gltf: instance.world_from_object,
        }
    };
    instances.map(object).collect()
}

#[test]
fn files_of_all_layers_have_the_bits_on_record() {
    let scene = scenes::workshop();
    let planes = FilmPlanes { points: true, amodal: true, ..ALL_PLANES };
    let film =
        CpuRenderer::new().render(&scenes::built(&scene), 1, &SETTINGS, planes, &|| false).expect("finite pixels");
    let objects = objects(&scene);
    let mut n_files = 0;
    for tone in [Tone::Srgb, Tone::None] {
        let render = render_of(&film, tone);
        for layer in Layer::ALL {
            // Nothing moves here.
            if matches!(layer, Layer::FlowFwd | Layer::FlowBwd) {
                continue;
            }
            // Only these have a tone.
            if tone == Tone::None && !matches!(layer, Layer::Rgb | Layer::Emissive) {
                continue;
            }
            let raster = raster(&film, layer, &scene.cameras[1], &objects, &render);
            let name = genki::annotate::extension(layer, &render);
            common::bits::assert_bits(&format!("file {name}"), genki::hash::sha256(&encode(&raster, layer)));
            n_files += 1;
        }
    }
    assert_eq!(n_files, 21);
}

#[test]
fn files_after_a_sensor_have_the_bits_on_record() {
    let mut scene = scenes::workshop();
    scene.cameras[1].sensor = Some(Sensor {
        chromatic_aberration_px: 1.5,
        vignette: 0.4,
        noise_shot: 0.05,
        noise_read: 0.01,
        black_level: 0.03,
        bits: 10,
        white_balance: [1.1, 1.0, 0.9],
        jpeg_quality: 60,
        depth: Some(DepthNoise { noise_per_m: 1.425e-3, step_per_m: 2.85e-3, min_m: 0.3, max_m: 10.0 }),
    });
    let film =
        CpuRenderer::new().render(&scenes::built(&scene), 1, &SETTINGS, ALL_PLANES, &|| false).expect("finite pixels");
    for tone in [Tone::Srgb, Tone::Agx, Tone::Filmic] {
        let render = Render { tone, background: Background::White, ..render_of(&film, tone) };
        let rgb = raster(&film, Layer::Rgb, &scene.cameras[1], &[], &render);
        common::bits::assert_bits(&format!("sensor {tone:?} rgb.png"), genki::hash::sha256(&encode(&rgb, Layer::Rgb)));
    }
    let depth = raster(&film, Layer::DepthSensor, &scene.cameras[1], &[], &render_of(&film, Tone::Srgb));
    common::bits::assert_bits("sensor depth", depth.pixels_digest());
}

#[test]
fn films_through_other_lenses_have_the_bits_on_record() {
    let mut scene = scenes::workshop();
    let of = |projection, focal: f32, aperture| Camera {
        fx: focal,
        fy: focal,
        lens: Lens { projection, aperture },
        ..scenes::workshop().cameras[0]
    };
    let blur = Aperture { radius_m: 0.05, focus_m: 3.5, blades: 5, blade_rotation_deg: 20.0 };
    let brown = Projection::Perspective { distortion: [-0.3, 0.1, 0.005, -0.01, 0.02, 0.01, 0.0, 0.0] };
    let fisheye = Projection::Fisheye { k: [0.02, 0.01, 0.0, 0.0], max_angle_rad: 1.5, image_circle: 1.64 };
    scene.cameras = vec![
        of(brown, 70.0, Some(blur)),
        of(Projection::Orthographic, 16.0, None),
        of(fisheye, 20.0, None),
        of(Projection::Equirectangular, 10.0, None),
    ];
    assert_films("the workshop through other lenses", &scenes::built(&scene), &SETTINGS, ALL_PLANES);
}

fn render_of(film: &Film, tone: Tone) -> Render {
    Render {
        size: [film.width, film.height],
        spp: SETTINGS.spp,
        bounces: SETTINGS.bounces,
        exposure_ev: 0.7,
        tone,
        background: Background::Transparent,
        max_texture_px: 4096,
        scattering: Scattering::Conserving,
        sides: Sides::Asset,
        clamp: f64::INFINITY,
    }
}

fn flip(x: &mut f32) {
    *x = f32::from_bits(x.to_bits() ^ 1);
}

#[test]
fn one_bit_in_any_plane_changes_the_digest() {
    let scene = scenes::built(&scenes::ball_under_a_grey_sky());
    let film = CpuRenderer::new()
        .render(&scene, 0, &Settings { spp: 1, ..SETTINGS }, ALL_PLANES, &|| false)
        .expect("finite pixels");
    let changes: [fn(&mut Film); 9] = [
        |film| film.width ^= 1,
        |film| flip(&mut film.radiance[7][3]),
        |film| flip(&mut film.albedo[7][1]),
        |film| flip(&mut film.geometry.depth[7]),
        |film| flip(&mut film.geometry.distance[7]),
        |film| flip(&mut film.geometry.normal[7][2]),
        |film| flip(&mut film.geometry.material[7][0]),
        |film| film.geometry.instance[7] ^= 1,
        |film| film.geometry.semantic[7] ^= 1,
    ];
    let mut digests = vec![digest(std::slice::from_ref(&film))];
    for change in changes {
        let mut other = film.clone();
        change(&mut other);
        digests.push(digest(&[other]));
    }
    digests.push(digest(&[film.clone(), film]));
    digests.sort();
    digests.dedup();
    assert_eq!(digests.len(), 11);
}
