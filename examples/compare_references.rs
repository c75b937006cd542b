//! Renders the pictures that other renderers made as references, to linear EXR, and says what each cost.
//!
//! `cargo run --release --example compare_references -- --peers ../shared/peers --out /tmp/refs [--spp 1024] [--size 256]
//! [--only helmet_a] [--sky FILE] [--bounces N] [--conserving] [--geometry]`. One file a reference: NAME.exr (RGBA, premultiplied), and with
//! `--geometry` NAME.geometry.exr (Z, and the shading normal in world axes as R, G, B). Compare them with the peers' compare.py.

#[path = "../tests/common/references.rs"]
mod references;

use genki::asset::{Budget, load_sky};
use genki::buffers::layout::{SETTINGS_BOTH_SIDES, SETTINGS_LITERAL_SCATTERING, Settings};
use genki::buffers::{self, Cache};
use genki::film::{Film, FilmPlanes};
use genki::formats::exr;
use genki::formats::raster::{Raster, Samples};
use genki::render::Renderer;
use genki::render::cpu::CpuRenderer;
use genki::scene::SkyLight;
use references::{BOUNCES, NAMES, reference_scene};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

struct Args {
    peers: PathBuf,
    out: PathBuf,
    spp: u32,
    size: u32,
    only: Option<String>,
    /// Instead of the reference's own.
    sky: Option<PathBuf>,
    bounces: u32,
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
        sky: None,
        bounces: BOUNCES,
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
            "--sky" => args.sky = Some(value()?.into()),
            "--bounces" => args.bounces = value()?.parse()?,
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
    let cache = Cache::new(4 << 30);
    let literal = if args.literal { SETTINGS_LITERAL_SCATTERING } else { 0 };
    let settings =
        Settings { spp: args.spp, bounces: args.bounces, flags: literal | SETTINGS_BOTH_SIDES, clamp: f32::MAX };
    let planes =
        FilmPlanes { radiance: true, alpha: true, albedo: args.geometry, geometry: args.geometry, ..FilmPlanes::NONE };
    for name in NAMES.iter().filter(|name| args.only.as_ref().is_none_or(|only| only == *name)) {
        let start = Instant::now();
        let mut scene = reference_scene(&args.peers, name, args.size)?;
        if let Some(sky) = &args.sky {
            scene.sky.light = SkyLight::Image(Arc::new(load_sky(sky, &Budget::default())?));
        }
        let buffers = Arc::new(buffers::build(&scene, 16384, &cache));
        let built = start.elapsed();
        for _ in 0..args.repeat {
            let start = Instant::now();
            let film = CpuRenderer::new().render(&buffers, 0, &settings, planes, &|| false)?;
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
