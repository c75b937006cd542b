//! Renders the pictures that other renderers made as references, to linear EXR, and says what each cost.
//!
//! `cargo run --release --example compare_references -- --peers ../shared/peers --out /tmp/refs [--spp 1024] [--size 256]
//! [--only helmet_a] [--conserving] [--geometry]`. One file a reference: NAME.exr (RGBA, premultiplied), and with
//! `--geometry` NAME.geometry.exr (Z, and the shading normal in world axes as R, G, B). Compare them with the peers' compare.py.

use genki::asset::{Budget, load_model, load_sky};
use genki::buffers::layout::{SETTINGS_BOTH_SIDES, SETTINGS_LITERAL_SCATTERING, Settings};
use genki::buffers::{self, Cache};
use genki::film::{Film, FilmPlanes};
use genki::formats::exr;
use genki::formats::raster::{Raster, Samples};
use genki::math::{Affine, Vec3};
use genki::render::Renderer;
use genki::render::cpu::CpuRenderer;
use genki::scene::{Camera, Instance, Scene, Sky, SkyLight};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

const NAMES: [&str; 6] = ["helmet_a", "helmet_b", "flight_a", "flight_b", "spheres_grey", "spheres_sky"];

struct Args {
    peers: PathBuf,
    out: PathBuf,
    spp: u32,
    size: u32,
    only: Option<String>,
    literal: bool,
    geometry: bool,
    repeat: u32,
}

fn arguments() -> anyhow::Result<Args> {
    let mut args = Args {
        peers: "../shared/peers".into(),
        out: "target/references".into(),
        spp: 256,
        size: 256,
        only: None,
        literal: true,
        geometry: false,
        repeat: 1,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| anyhow::anyhow!("{word} needs a value"));
        match word.as_str() {
            "--peers" => args.peers = value()?.into(),
            "--out" => args.out = value()?.into(),
            "--spp" => args.spp = value()?.parse()?,
            "--size" => args.size = value()?.parse()?,
            "--only" => args.only = Some(value()?),
            "--repeat" => args.repeat = value()?.parse()?,
            "--conserving" => args.literal = false,
            "--geometry" => args.geometry = true,
            _ => anyhow::bail!("unknown argument {word}"),
        }
    }
    Ok(args)
}

#[expect(clippy::print_stdout, reason = "an example says what it did")]
fn main() -> anyhow::Result<()> {
    let args = arguments()?;
    std::fs::create_dir_all(&args.out)?;
    let text = std::fs::read_to_string(args.peers.join("cameras.json"))?;
    let cameras: Value = serde_json::from_str(&text)?;
    let cache = Cache::new(4 << 30);
    let literal = if args.literal { SETTINGS_LITERAL_SCATTERING } else { 0 };
    let settings = Settings { spp: args.spp, bounces: 6, flags: literal | SETTINGS_BOTH_SIDES, clamp: f32::MAX };
    let planes = FilmPlanes { radiance: true, alpha: true, albedo: args.geometry, geometry: args.geometry };
    for name in NAMES.iter().filter(|name| args.only.as_ref().is_none_or(|only| only == *name)) {
        let start = Instant::now();
        let scene = reference_scene(&cameras, name, &args)?;
        let buffers = Arc::new(buffers::build(&scene, 16384, &cache));
        let built = start.elapsed();
        for _ in 0..args.repeat {
            let start = Instant::now();
            let film = CpuRenderer::new().render(&buffers, 0, &settings, planes)?;
            println!(
                "{name}: scene {:.2} s, picture {:.3} s ({} lights)",
                built.as_secs_f64(),
                start.elapsed().as_secs_f64(),
                buffers.lights.len()
            );
            save(&args, name, &film)?;
        }
    }
    Ok(())
}

fn save(args: &Args, name: &str, film: &Film) -> anyhow::Result<()> {
    let raster =
        |channels, samples| Raster { width: film.width, height: film.height, channels, samples: Samples::F32(samples) };
    let picture = raster(4, film.radiance.iter().flatten().copied().collect());
    std::fs::write(args.out.join(format!("{name}.exr")), exr::encode(&picture, &["R", "G", "B", "A"]))?;
    if args.geometry {
        let g = &film.geometry;
        let samples = g.normal.iter().zip(&g.depth).flat_map(|(n, &z)| [n[0], n[1], n[2], z]).collect();
        let bytes = exr::encode(&raster(4, samples), &["R", "G", "B", "Z"]);
        std::fs::write(args.out.join(format!("{name}.geometry.exr")), bytes)?;
    }
    Ok(())
}

/// The scene of one reference, as scene.py and cameras.json of the peers describe it.
fn reference_scene(cameras: &Value, name: &str, args: &Args) -> anyhow::Result<Scene> {
    let (subject, view) = name.split_once('_').ok_or_else(|| anyhow::anyhow!("{name} has no view"))?;
    let (asset_name, view_name) = match subject {
        "helmet" => ("DamagedHelmet", view),
        "flight" => ("FlightHelmet", view),
        _ => ("spheres", "front"),
    };
    let assets = args.peers.join("../assets");
    let entry = &cameras["assets"][asset_name];
    let file = entry["file"].as_str().ok_or_else(|| anyhow::anyhow!("{asset_name} has no file"))?;
    let asset = load_model(&assets.join(file), &Budget::default())?;
    let light = if view == "grey" {
        SkyLight::Constant(Vec3::splat(0.5))
    } else {
        let file = Path::new("environments/royal_esplanade_1k.hdr");
        SkyLight::Image(Arc::new(load_sky(&assets.join(file), &Budget::default())?))
    };
    let k = |i: usize, j: usize| -> f64 { cameras["K"][i][j].as_f64().unwrap_or(0.0) };
    let scale = f64::from(args.size) / cameras["size"][0].as_f64().unwrap_or(512.0);
    let camera = Camera {
        world_from_camera: affine(&cameras["views"][view_name]["cam2world"]),
        fx: (k(0, 0) * scale) as f32,
        fy: (k(1, 1) * scale) as f32,
        cx: (k(0, 2) * scale) as f32,
        cy: (k(1, 2) * scale) as f32,
        width: args.size,
        height: args.size,
        seed: [1, 2],
    };
    Ok(Scene {
        instances: vec![Instance {
            mesh_digest: asset.facts.sha256,
            mesh: asset.mesh,
            world_from_object: affine(&entry["world_from_gltf"]),
            material_base: 0,
            object_id: 1,
            class_id: 1,
        }],
        materials: asset.materials,
        images: asset.images,
        lights: vec![],
        sky: Sky { light, rotation_rad: 0.0, scale: 1.0, visible: false },
        cameras: vec![camera],
    })
}

fn affine(matrix: &Value) -> Affine {
    let rows = std::array::from_fn(|i| std::array::from_fn(|j| matrix[i][j].as_f64().unwrap_or(0.0) as f32));
    Affine { rows }
}
