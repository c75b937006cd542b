//! The program as a black box, and tiny scenes for it: a folder of its own for each test, with recipe, assets and key.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A folder that holds `tiny.yaml`, three shapes, a sky, and a key.
pub struct Desk {
    pub folder: TempDir,
}

/// What a run of the program left.
pub struct Done {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

pub const RECIPE: &str = "\
genki: 1
name: tiny
license: CC0-1.0
seed: 5
variations: 12
assets:
  shapes: [{path: \"*.glb\", license: CC0-1.0}]
  skies: [{path: sky.hdr, license: CC0-1.0}]
scene:
  objects:
    - id: hero
      from: shapes
      rotation: random
      material: [{match: \"*\", base_color: {set: {choice: [\"#ff8000\", \"#0080ff\", \"#80ff00\"]}}}]
  ground: {kind: plane, size_m: 3}
  sky: {image: {from: skies}, rotation_deg: {uniform: [0, 360]}}
cameras: [{id: around, rig: fibonacci, views: 2, elevation_deg: {min: 10, max: 60}}]
render: {size: [16, 12], spp: 2, bounces: 2}
layers: [rgb, depth, instance]
package: {shard: 4}
";

impl Desk {
    pub fn new() -> Desk {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let desk = Desk { folder };
        desk.write("tiny.yaml", RECIPE);
        for (i, name) in ["a.glb", "b.glb", "c.glb"].into_iter().enumerate() {
            desk.write(name, glb(0.5 + i as f32));
        }
        desk.write("sky.hdr", sky());
        desk
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).expect("a writable temporary folder");
    }

    /// The program in this folder; its home is there too.
    pub fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_genki"));
        command.current_dir(self.folder.path()).args(arguments).stdin(Stdio::null());
        command
            .env("HOME", self.folder.path())
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env_remove("GENKI_KEY_FILE");
        command
    }

    /// Runs the program with arguments that have no spaces.
    pub fn run(&self, line: &str) -> Done {
        Done::of(self.command(line.split_whitespace()).output().expect("the program starts"))
    }

    /// Renders on the CPU into `out`; `more` are further arguments.
    pub fn render(&self, out: &str, more: &str) -> Done {
        self.run(&format!("render tiny.yaml --device cpu --out {out} {more}"))
    }

    /// The files of an output directory that must be the same whoever made them and how often they were stopped.
    pub fn contents(&self, out: &str) -> Vec<(String, Vec<u8>)> {
        let root = self.path(out);
        let mut files = Vec::new();
        for entry in walkdir::WalkDir::new(&root) {
            let path = entry.expect("a readable folder").into_path();
            let name = path.strip_prefix(&root).expect("it lies below").to_string_lossy().into_owned();
            let is_local = name.starts_with(".genki") || name == "contribution.intoto.jsonl" || name == "run.json";
            if path.is_file() && !is_local {
                files.push((name, fs::read(&path).expect("a readable file")));
            }
        }
        files.sort();
        assert!(files.iter().any(|(name, _)| name.ends_with(".tar")), "{out} holds no shard");
        files
    }

    /// Names of all files below the folder.
    pub fn listing(&self) -> Vec<PathBuf> {
        let entries = walkdir::WalkDir::new(self.folder.path()).sort_by_file_name().into_iter();
        entries.map(|entry| entry.expect("a readable folder").into_path()).collect()
    }
}

impl Done {
    pub fn of(output: Output) -> Done {
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Done { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Asserts the exit code, showing what was said if it is another.
    #[track_caller]
    pub fn expect(self, code: i32) -> Done {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        assert!(!self.stderr.contains("bug in genki"), "{}", self.stderr);
        self
    }
}

/// Asserts that two output directories hold the same bytes.
#[track_caller]
pub fn assert_same(left: &[(String, Vec<u8>)], right: &[(String, Vec<u8>)]) {
    let names = |files: &[(String, Vec<u8>)]| files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(left), names(right));
    for ((name, left), (_, right)) in left.iter().zip(right) {
        assert!(left == right, "{name} differs");
    }
}

/// A GLB with one tetrahedron, `height` tall, double-sided.
pub fn glb(height: f32) -> Vec<u8> {
    glb_of_points([[0.0, 0.0, 0.6], [-0.5, 0.0, -0.3], [0.5, 0.0, -0.3], [0.0, height, 0.0]])
}

/// A GLB with one tetrahedron of these corners.
pub fn glb_of_points(positions: [[f32; 3]; 4]) -> Vec<u8> {
    glb_with_material(positions, r#""pbrMetallicRoughness":{"metallicFactor":0,"roughnessFactor":0.7}"#)
}

/// The same with other facts of its material, in glTF's JSON.
pub fn glb_with_material(positions: [[f32; 3]; 4], material: &str) -> Vec<u8> {
    edited_glb_of_points(positions, material, |json| json)
}

/// A GLB with one tetrahedron, painted, and of gold in its variant `rich`. Who made it goes on about it.
pub fn varied_glb() -> Vec<u8> {
    let gold = r#"{"name":"gold","doubleSided":true,"pbrMetallicRoughness":{"baseColorFactor":[1,0.8,0.4,1]}}"#;
    let variants = r#""KHR_materials_variants":{"variants":[{"name":"rich"}]}"#;
    let mappings = r#""KHR_materials_variants":{"mappings":[{"material":0,"variants":[0]}]}"#;
    let corners = [[0.0, 0.0, 0.6], [-0.5, 0.0, -0.3], [0.5, 0.0, -0.3], [0.0, 1.0, 0.0]];
    edited_glb_of_points(corners, r#""pbrMetallicRoughness":{"metallicFactor":0}"#, |json| {
        let json = json.replace("\"materials\":[", &format!("\"materials\":[{gold},"));
        let generator = "\\u0001".repeat(1 << 16);
        let json = json.replace("\"version\":\"2.0\"", &format!("\"version\":\"2.0\",\"generator\":\"{generator}\""));
        // The paint has become the second.
        let json = json.replace("\"material\":0", &format!("\"material\":1,\"extensions\":{{{mappings}}}"));
        json.replacen(
            '{',
            &format!("{{\"extensionsUsed\":[\"KHR_materials_variants\"],\"extensions\":{{{variants}}},"),
            1,
        )
    })
}

fn edited_glb_of_points(positions: [[f32; 3]; 4], material: &str, edited: impl Fn(String) -> String) -> Vec<u8> {
    let bound = |pick: fn(f32, f32) -> f32| {
        let corner: Vec<f32> =
            (0..3).map(|axis| positions.iter().map(|p| p[axis]).reduce(pick).unwrap_or(0.0)).collect();
        format!("{corner:?}")
    };
    let (min, max) = (bound(|a, b| if a < b { a } else { b }), bound(|a, b| if a > b { a } else { b }));
    let indices: [u16; 12] = [0, 1, 2, 0, 3, 1, 1, 3, 2, 2, 3, 0];
    let mut data: Vec<u8> = positions.iter().flatten().flat_map(|v| v.to_le_bytes()).collect();
    data.extend(indices.iter().flat_map(|i| i.to_le_bytes()));
    let json = format!(
        r#"{{"asset":{{"version":"2.0"}},"scene":0,"scenes":[{{"nodes":[0]}}],"nodes":[{{"mesh":0}}],
        "meshes":[{{"primitives":[{{"attributes":{{"POSITION":0}},"indices":1,"material":0}}]}}],
        "materials":[{{"name":"paint","doubleSided":true,{material}}}],
        "buffers":[{{"byteLength":72}}],
        "bufferViews":[{{"buffer":0,"byteLength":48}},{{"buffer":0,"byteOffset":48,"byteLength":24}}],
        "accessors":[{{"bufferView":0,"componentType":5126,"count":4,"type":"VEC3","min":{min},"max":{max}}},
        {{"bufferView":1,"componentType":5123,"count":12,"type":"SCALAR"}}]}}"#
    );
    let mut json = edited(json).into_bytes();
    json.resize(json.len().next_multiple_of(4), b' ');
    let total = 12 + 8 + json.len() + 8 + data.len();
    let mut out = b"glTF\x02\0\0\0".to_vec();
    out.extend((total as u32).to_le_bytes());
    out.extend((json.len() as u32).to_le_bytes());
    out.extend(b"JSON");
    out.extend(json);
    out.extend((data.len() as u32).to_le_bytes());
    out.extend(b"BIN\0");
    out.extend(data);
    out
}

/// A Radiance sky of 8 × 4 texels, bright above and dim below, uncompressed.
pub fn sky() -> Vec<u8> {
    let mut out = b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 4 +X 8\n".to_vec();
    for y in 0..4u8 {
        for x in 0..8u8 {
            out.extend([200 - 40 * y, 180 - 30 * y, 100 + 10 * x, 129]);
        }
    }
    out
}

/// Whether a path exists.
pub fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
pub fn say(text: &str) {
    println!("{text}");
}
