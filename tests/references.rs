//! Our pictures before those that Mitsuba made of the same scenes, and our geometry before Embree's.
//!
//! Asks compare.py of the peers, by the Python that `GENKI_PYTHON` names (default `python3`), with numpy and OpenEXR. What is
//! not there is skipped with a message; `GENKI_REQUIRE_PEERS=1` makes that a failure.

#[path = "common/references.rs"]
mod references;

use genki::buffers::layout::{SETTINGS_BOTH_SIDES, SETTINGS_LITERAL_SCATTERING, Settings};
use genki::buffers::{self, Cache};
use genki::film::{Film, FilmPlanes};
use genki::formats::exr;
use genki::formats::raster::{Raster, Samples};
use genki::math::Vec3;
use genki::render::Renderer;
use genki::render::cpu::CpuRenderer;
use genki::scene::{AlphaMode, Camera, Scene};
use references::{BOUNCES, NAMES, reference_scene};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::{env, fs};

/// Pixels on a side of the references.
const SIZE: u32 = 256;
const PICTURE: FilmPlanes = FilmPlanes { radiance: true, alpha: true, ..FilmPlanes::NONE };
const GEOMETRY: FilmPlanes = FilmPlanes { geometry: true, points: true, ..FilmPlanes::NONE };

/// How far a picture may be from its reference.
struct Limits {
    name: &'static str,
    spp: u32,
    /// RMSE with both pictures clamped to [0, 1].
    rmse1: f64,
    relmse: f64,
    /// Of the mean of any channel.
    bias: f64,
}

/// A seventh above what was found for `rmse1`, which is the noise of both pictures and a rest. Noise as the difference of two
/// seeds over √2, the references' as their README says; the rest: Mitsuba filters textures otherwise, and spheres have none.
///
/// | picture | spp | our noise | the reference's | expected | found |
/// |---|---|---|---|---|---|
/// | helmet_a | 256 | 0.0125 | 0.0074 | 0.0145 | 0.0179 |
/// | helmet_b | 256 | 0.0165 | 0.0089 | 0.0188 | 0.0216 |
/// | flight_a | 128 | 0.0064 | 0.0047 | 0.0079 | 0.0092 |
/// | flight_b | 128 | 0.0066 | 0.0034 | 0.0075 | 0.0082 |
/// | spheres_grey | 128 | 0.0023 | 0.0011 | 0.0025 | 0.0026 |
/// | spheres_sky | 256 | 0.0125 | 0.0077 | 0.0146 | 0.0170 |
///
/// `bias`: a few fireflies carry the means of metal under the sky's small lamps, whose standard error is 1 % at 256 spp; three
/// of them are allowed. The others have 0.3 % at most. [`MAX_CLAMPED_BIAS`] is what holds those pictures' brightness.
const LIMITS: [Limits; 6] = [
    Limits { name: "helmet_a", spp: 256, rmse1: 0.0205, relmse: 0.0028, bias: 0.03 },
    Limits { name: "helmet_b", spp: 256, rmse1: 0.0247, relmse: 0.0046, bias: 0.03 },
    Limits { name: "flight_a", spp: 128, rmse1: 0.0106, relmse: 0.0014, bias: 0.015 },
    Limits { name: "flight_b", spp: 128, rmse1: 0.0094, relmse: 0.0013, bias: 0.015 },
    Limits { name: "spheres_grey", spp: 128, rmse1: 0.0030, relmse: 0.000_17, bias: 0.005 },
    Limits { name: "spheres_sky", spp: 256, rmse1: 0.0195, relmse: 0.0030, bias: 0.03 },
];
/// Bias of the means of pictures clamped to [0, 1]: without fireflies their standard error is below 0.2 %.
const MAX_CLAMPED_BIAS: f64 = 0.01;
/// Both alphas are means of samples: only silhouettes have noise, of which the pictures have 3 %.
const MAX_COVERAGE: f64 = 0.001;

#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn skipped(why: &str) {
    assert!(env::var_os("GENKI_REQUIRE_PEERS").is_none_or(|v| v != "1"), "a peer is missing: {why}");
    eprintln!("skipped: {why}");
}

/// The peers' folder, or `None` where it is not.
fn peers() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/peers");
    if !folder.join("references").is_dir() {
        skipped(&format!("{} is not here", folder.display()));
        return None;
    }
    Some(folder)
}

fn render(scene: &Scene, spp: u32, planes: FilmPlanes) -> Film {
    let scene = Arc::new(buffers::build(scene, 16384, &Cache::new(1 << 30)));
    let flags = SETTINGS_LITERAL_SCATTERING | SETTINGS_BOTH_SIDES;
    let settings = Settings { spp, bounces: BOUNCES, flags, clamp: f32::MAX };
    CpuRenderer::new().render(&scene, 0, &settings, planes, &|| false).expect("finite pixels")
}

/// The film as the references are written, each colour multiplied by `gain`.
fn write(film: &Film, gain: f32, path: &Path) {
    let samples = film.radiance.iter().flat_map(|&[r, g, b, a]| [r * gain, g * gain, b * gain, a]).collect();
    let raster = Raster { width: film.width, height: film.height, channels: 4, samples: Samples::F32(samples) };
    fs::write(path, exr::encode(&raster, &["R", "G", "B", "A"])).expect("a file");
}

/// Runs compare.py. `None`: it or its packages are not here. Else whether it accepts, and what it says.
fn compare(peers: &Path, limits: &Limits, picture: &Path) -> Option<(bool, String)> {
    let script = peers.join("compare.py");
    assert!(script.is_file(), "{} is there", script.display());
    let python = env::var_os("GENKI_PYTHON").unwrap_or_else(|| "python3".into());
    let has = Command::new(&python).args(["-B", "-c", "import numpy, OpenEXR"]).output();
    if !has.is_ok_and(|output| output.status.success()) {
        skipped(&format!("{} with numpy and OpenEXR is not here", python.display()));
        return None;
    }
    let [rmse1, relmse, bias] = [limits.rmse1, limits.relmse, limits.bias].map(|limit| limit.to_string());
    let output = Command::new(python)
        .arg("-B")
        .arg(script)
        .args(["--coverage", "--max-rmse1", &rmse1, "--max-relmse", &relmse, "--max-bias", &bias])
        .arg(peers.join("references").join(format!("{}.gltf.exr", limits.name)))
        .arg(picture)
        .output()
        .expect("it was there a moment ago");
    let said = String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned();
    // 2 is misuse, and other numbers are accidents: neither is a verdict.
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}: {said}", limits.name);
    Some((output.status.success(), said))
}

/// The mean difference of alpha that compare.py reports.
fn coverage_difference(said: &str) -> f64 {
    let (_, after) = said.split_once("coverage differs by ").expect("it was asked for the coverage");
    after.split(' ').next().and_then(|number| number.parse().ok()).expect("a number")
}

/// The samples of a reference, and its channels.
fn reference(peers: &Path, file: &str) -> (Vec<f32>, usize) {
    let bytes = fs::read(peers.join("references").join(file)).expect("a reference");
    let raster = exr::decode(&bytes).expect("EXR");
    assert_eq!((raster.width, raster.height), (SIZE, SIZE), "{file}");
    let samples = match raster.samples {
        Samples::F16(samples) => samples.into_iter().map(f32::from).collect(),
        Samples::F32(samples) => samples,
        other => panic!("{file} holds {}", other.dtype()),
    };
    (samples, raster.channels as usize)
}

/// By which share the means of the channels differ at most, of pictures clamped to [0, 1].
fn clamped_bias(film: &Film, gain: f32, reference: &[f32]) -> f64 {
    let limited = |v: f32| f64::from(v).clamp(0.0, 1.0);
    let bias = |k: usize| {
        let ours: f64 = film.radiance.iter().map(|p| limited(p[k] * gain)).sum();
        let theirs: f64 = reference.as_chunks::<4>().0.iter().map(|p| limited(p[k])).sum();
        ours / theirs - 1.0
    };
    (0..3).map(bias).fold(0.0, |worst: f64, b| if b.abs() > worst.abs() { b } else { worst })
}

/// Why a picture is not its reference, if it is not. Outer `None`: nobody could tell.
fn verdict(peers: &Path, limits: &Limits, film: &Film, gain: f32) -> Option<Result<(), String>> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let picture = folder.path().join("picture.exr");
    write(film, gain, &picture);
    let (accepted, said) = compare(peers, limits, &picture)?;
    let coverage = coverage_difference(&said);
    let bias = clamped_bias(film, gain, &reference(peers, &format!("{}.gltf.exr", limits.name)).0);
    let is_near = accepted && coverage <= MAX_COVERAGE && bias.abs() <= MAX_CLAMPED_BIAS;
    let why = || format!("{} times {gain}: clamped bias {bias:.4}\n{said}", limits.name);
    Some(if is_near { Ok(()) } else { Err(why()) })
}

#[test]
fn pictures_are_those_of_mitsuba_and_neither_brighter_nor_darker() {
    let Some(peers) = peers() else { return };
    assert_eq!(LIMITS.each_ref().map(|limits| limits.name), NAMES);
    let mut wrong = vec![];
    for limits in &LIMITS {
        let scene = reference_scene(&peers, limits.name, SIZE).expect("the scene");
        let film = render(&scene, limits.spp, PICTURE);
        let Some(answer) = verdict(&peers, limits, &film, 1.0) else { return };
        wrong.extend(answer.err());
        for gain in [1.05, 0.95] {
            let answer = verdict(&peers, limits, &film, gain).expect("it was there a moment ago");
            assert!(answer.is_err(), "{}: accepted {gain} times as bright", limits.name);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The films of the ray through each pixel's centre, without normal maps and alpha: the references know neither.
fn geometry_film(peers: &Path, name: &str) -> (Film, Camera) {
    let mut scene = reference_scene(peers, name, SIZE).expect("the scene");
    for material in &mut scene.materials {
        material.normal_texture = None;
        material.alpha = AlphaMode::Opaque;
    }
    (render(&scene, 1, GEOMETRY), scene.cameras[0])
}

/// What differs between two planes of a thing that is seen in both.
#[derive(Debug)]
struct Difference {
    /// Pixels that both see.
    both: usize,
    /// Pixels that one sees and the other does not.
    one: usize,
    /// Pixels whose values are farther apart than allowed.
    far: usize,
}

impl Difference {
    /// `depths`: 0 where nothing is seen. `distance`: of the values of a pixel.
    fn of(ours: &[f32], theirs: &[f32], allowed: f64, distance: impl Fn(usize) -> f64) -> Difference {
        assert_eq!((ours.len(), theirs.len()), ((SIZE * SIZE) as usize, (SIZE * SIZE) as usize));
        let mut out = Difference { both: 0, one: 0, far: 0 };
        for i in 0..ours.len() {
            match (ours[i] > 0.0, theirs[i] > 0.0) {
                (true, true) => {
                    out.both += 1;
                    // Not ">": what is no number is far.
                    out.far +=
                        usize::from(!matches!(distance(i).partial_cmp(&allowed), Some(std::cmp::Ordering::Less)));
                }
                (false, false) => {}
                _ => out.one += 1,
            }
        }
        out
    }

    fn is_small(&self) -> bool {
        self.both > MIN_SEEN && self.one <= MAX_ODD_PIXELS && self.far <= MAX_ODD_PIXELS
    }
}

/// The subjects fill at least this many of the 65536 pixels.
const MIN_SEEN: usize = 4_000;
/// Pixel centres that lie on an edge to within rounding: f32 here, f64 there.
const MAX_ODD_PIXELS: usize = 8;
/// Metres of planar depth at 1.9 away: f32 has steps of 1.2e-7 there, and a ray a few of them.
const MAX_DEPTH: f64 = 5.0e-6;
/// Length of the difference of unit normals; the references are half floats, with steps of 0.0005 below 1.
const MAX_NORMAL: f64 = 1.5e-3;

#[test]
fn depths_are_those_of_embree() {
    let Some(peers) = peers() else { return };
    for (name, file) in GEOMETRIES {
        let (film, _) = geometry_film(&peers, name);
        let (theirs, channels) = reference(&peers, &format!("{file}.depth.exr"));
        assert_eq!(channels, 1);
        let depth = &film.geometry.depth;
        let away = |shift: f64| {
            Difference::of(depth, &theirs, MAX_DEPTH, |i| (f64::from(depth[i]) * shift - f64::from(theirs[i])).abs())
        };
        assert!(away(1.0).is_small(), "{name}: {:?}", away(1.0));
        // Ten thousandths farther, or one pixel to the side, are not the same.
        assert!(!away(1.0001).is_small(), "{name}");
        let mut beside = depth.clone();
        beside.rotate_right(1);
        let aside = Difference::of(&beside, &theirs, MAX_DEPTH, |i| f64::from(beside[i] - theirs[i]).abs());
        assert!(!aside.is_small(), "{name}: {aside:?}");
    }
}

#[test]
fn normals_are_those_of_embree() {
    let Some(peers) = peers() else { return };
    for (name, file) in GEOMETRIES {
        let (film, camera) = geometry_film(&peers, name);
        let (theirs, channels) = reference(&peers, &format!("{file}.normal.exr"));
        let (depths, _) = reference(&peers, &format!("{file}.depth.exr"));
        assert_eq!(channels, 3);
        let off = |turn: [f32; 3]| {
            Difference::of(&film.geometry.depth, &depths, MAX_NORMAL, |i| {
                // World → the camera's axes as OpenGL has them.
                let n = camera.world_from_camera.transposed_vector(Vec3::from(film.geometry.normal[i]));
                let ours = [n.x * turn[0], -n.y * turn[1], -n.z * turn[2]];
                let square = |k: usize| {
                    let d = f64::from(ours[k]) - f64::from(theirs[3 * i + k]);
                    d * d
                };
                (square(0) + square(1) + square(2)).sqrt()
            })
        };
        assert!(off([1.0; 3]).is_small(), "{name}: {:?}", off([1.0; 3]));
        assert!(!off([1.0, -1.0, 1.0]).is_small(), "{name}: turned over");
        assert!(!off([1.0, 1.0, 0.99]).is_small(), "{name}: flattened");
    }
}

/// Length of the difference of unit normals that are 0.1° apart, and that of the references' rounding to half floats.
const MAX_GEOMETRIC: f64 = 1.75e-3 + 0.5e-3;

#[test]
fn geometric_normals_are_those_of_embree() {
    let Some(peers) = peers() else { return };
    for (name, file) in GEOMETRIES {
        let (film, camera) = geometry_film(&peers, name);
        let (theirs, channels) = reference(&peers, &format!("{file}.normal_geometric.exr"));
        let (depths, _) = reference(&peers, &format!("{file}.depth.exr"));
        assert_eq!(channels, 3);
        let off = |normals: &[[f32; 3]]| {
            Difference::of(&film.geometry.depth, &depths, MAX_GEOMETRIC, |i| {
                let n = camera.world_from_camera.transposed_vector(Vec3::from(normals[i]));
                let square = |k: usize, x: f32| f64::from(x - theirs[3 * i + k]) * f64::from(x - theirs[3 * i + k]);
                (square(0, n.x) + square(1, -n.y) + square(2, -n.z)).sqrt()
            })
        };
        assert!(off(&film.points.normal).is_small(), "{name}: {:?}", off(&film.points.normal));
        assert!(!off(&film.geometry.normal).is_small(), "{name}: shading normals are others");
    }
}

/// One scene a subject and view, and the files' name.
const GEOMETRIES: [(&str, &str); 5] = [
    ("helmet_a", "helmet_a"),
    ("helmet_b", "helmet_b"),
    ("flight_a", "flight_a"),
    ("flight_b", "flight_b"),
    ("spheres_grey", "spheres"),
];
