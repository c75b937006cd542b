//! Lowering of `cameras`: the rigs.

use super::super::draws::draw;
use super::super::node::{At, Kind, Node, number_text};
use super::super::reader::{Mapping, Reader, items_of, open, open_case};
use super::super::scalars::{number, number_in, small_integer};
use super::super::schema::Field;
use super::super::tables::{CAMERA, FILE_CAMERA};
use super::super::types::{CameraRig, FileCamera, Lens, LookAt, RigKind};
use super::super::values::{look_at, numbers, radius, range, vector};
use super::lens::{self, field_of_view};
use super::{Known, frames, idle, names};
use std::collections::BTreeMap;

/// How far a pose may be from a rigid motion: files round to six digits or so.
const RIGID_TOLERANCE: f64 = 1e-4;

pub fn read(r: &mut Reader, recipe: &Mapping<'_>, known: &Known) -> Option<Vec<CameraRig>> {
    recipe.read(r, "cameras", |r, field, node| {
        let items = items_of(r, field.name, node)?;
        if items.is_empty() {
            r.error_with_hint(node.at, "there are no cameras", "without the key there is one rig of 24 views");
            return None;
        }
        let mut seen = BTreeMap::new();
        let mut rigs = Vec::new();
        for (i, item) in items.iter().enumerate() {
            rigs.push(rig(r, item, i, &mut seen, known));
        }
        rigs.into_iter().collect()
    })
}

fn rig(r: &mut Reader, node: &Node, index: usize, seen: &mut BTreeMap<String, At>, known: &Known) -> Option<CameraRig> {
    let (case, m) = open_case(r, &CAMERA, node)?;
    let id = names::id(r, &m, index, seen);
    let roll_deg = m.read(r, "roll_deg", draw);
    let motion = m.read(r, "motion", frames::motion);
    let lens = m.read(r, "lens", |r, _, node| lens::read(r, node, known));
    let sensor_mm = m.read(r, "sensor_mm", lens::sensor_size);
    let kind = match case.word {
        "fibonacci" => fibonacci(r, &m, known, lens.as_ref()),
        "orbit" => orbit(r, &m, known, lens.as_ref()),
        "ring" => ring(r, &m, known, lens.as_ref()),
        "fixed" => fixed(r, &m, known, lens.as_ref()),
        "stereo" => stereo(r, &m, known, lens.as_ref()),
        _ => file(r, &m),
    };
    if let Some(lens) = &lens {
        idle::of_camera(r, &m, case.word == "file", lens);
    }
    Some(CameraRig { id: id?, kind: kind?, roll_deg: roll_deg?, motion: motion?, lens: lens?, sensor_mm: sensor_mm? })
}

fn fibonacci(r: &mut Reader, m: &Mapping<'_>, known: &Known, lens: Option<&Lens>) -> Option<RigKind> {
    let views = m.read(r, "views", small_integer);
    let radius = m.read(r, "radius", radius);
    let elevation_deg = m.read(r, "elevation_deg", range);
    let azimuth_deg = m.read(r, "azimuth_deg", draw);
    let look_at = target(r, m, known);
    let fov = field_of_view(r, m, lens);
    Some(RigKind::Fibonacci {
        views: views?,
        radius: radius?,
        elevation_deg: elevation_deg?,
        azimuth_deg: azimuth_deg?,
        look_at: look_at?,
        fov: fov?,
    })
}

fn orbit(r: &mut Reader, m: &Mapping<'_>, known: &Known, lens: Option<&Lens>) -> Option<RigKind> {
    let views = m.read(r, "views", small_integer);
    let radius = m.read(r, "radius", radius);
    let elevation_deg = m.read(r, "elevation_deg", draw);
    let azimuth_deg = m.read(r, "azimuth_deg", range);
    let look_at = target(r, m, known);
    let fov = field_of_view(r, m, lens);
    Some(RigKind::Orbit {
        views: views?,
        radius: radius?,
        elevation_deg: elevation_deg?,
        azimuth_deg: azimuth_deg?,
        look_at: look_at?,
        fov: fov?,
    })
}

fn ring(r: &mut Reader, m: &Mapping<'_>, known: &Known, lens: Option<&Lens>) -> Option<RigKind> {
    let views = m.read(r, "views", small_integer);
    let radius = m.read(r, "radius", radius);
    let elevations_deg = m.read(r, "elevations_deg", numbers);
    let azimuth_deg = m.read(r, "azimuth_deg", draw);
    let look_at = target(r, m, known);
    let fov = field_of_view(r, m, lens);
    let (views, elevations_deg) = (views?, elevations_deg?);
    if (views as usize) < elevations_deg.len() {
        let at = m.entry("views").map_or(m.at(), |entry| entry.value.at);
        let message = format!("{views} views can't be shared by {} elevations", elevations_deg.len());
        r.error_with_hint(at, message, format!("write at least {}", elevations_deg.len()));
        return None;
    }
    Some(RigKind::Ring {
        views,
        radius: radius?,
        elevations_deg,
        azimuth_deg: azimuth_deg?,
        look_at: look_at?,
        fov: fov?,
    })
}

fn fixed(r: &mut Reader, m: &Mapping<'_>, known: &Known, lens: Option<&Lens>) -> Option<RigKind> {
    let position = m.read(r, "position", vector);
    let look_at = target(r, m, known);
    let fov = field_of_view(r, m, lens);
    Some(RigKind::Fixed { position: position?, look_at: look_at?, fov: fov? })
}

fn stereo(r: &mut Reader, m: &Mapping<'_>, known: &Known, lens: Option<&Lens>) -> Option<RigKind> {
    let pairs = m.read(r, "pairs", small_integer);
    let baseline_m = m.read(r, "baseline_m", draw);
    let radius = m.read(r, "radius", radius);
    let elevation_deg = m.read(r, "elevation_deg", draw);
    let azimuth_deg = m.read(r, "azimuth_deg", range);
    let look_at = target(r, m, known);
    let fov = field_of_view(r, m, lens);
    Some(RigKind::Stereo {
        pairs: pairs?,
        baseline_m: baseline_m?,
        radius: radius?,
        elevation_deg: elevation_deg?,
        azimuth_deg: azimuth_deg?,
        look_at: look_at?,
        fov: fov?,
    })
}

fn file(r: &mut Reader, m: &Mapping<'_>) -> Option<RigKind> {
    let inline = m.entry("cameras").is_some();
    let path = m.optional(r, "path", |r, field, node| match node.as_text() {
        // A plan says so where the recipe itself held the cameras.
        Some("") if inline => Some(String::new()),
        _ => names::path(r, field, node),
    });
    let cameras = m.optional(r, "cameras", |r, field, node| {
        let items = items_of(r, field.name, node)?;
        if items.is_empty() {
            r.error(node.at, "there are no cameras in this list");
            return None;
        }
        let cameras: Vec<Option<FileCamera>> = items.iter().map(|item| camera(r, item)).collect();
        cameras.into_iter().collect::<Option<Vec<_>>>()
    });
    let (path, cameras) = (path?, cameras?);
    if path.is_none() && cameras.is_none() {
        r.error_with_hint(m.at(), "`rig: file` needs `path`", "a JSON list of cameras with `K` and `cam2world`");
        return None;
    }
    Some(RigKind::File { path: path.unwrap_or_default(), cameras: cameras.unwrap_or_default() })
}

/// The point looked at; an object is one that exists.
fn target(r: &mut Reader, m: &Mapping<'_>, known: &Known) -> Option<LookAt> {
    m.read(r, "look_at", |r, field, node| known_target(r, field, node, known))
}

/// A point to look at; an object is one that exists.
pub fn known_target(r: &mut Reader, field: &Field, node: &Node, known: &Known) -> Option<LookAt> {
    let target = look_at(r, field, node)?;
    if let LookAt::Object(id) = &target {
        lens::known_object(r, field.name, "a point", id, node, known)?;
    }
    Some(target)
}

/// One camera, as plans hold them.
fn camera(r: &mut Reader, node: &Node) -> Option<FileCamera> {
    let m = open(r, &FILE_CAMERA, node)?;
    let fx = m.read(r, "fx", number);
    let fy = m.read(r, "fy", number);
    let cx = m.read(r, "cx", number);
    let cy = m.read(r, "cy", number);
    let cam2world = m.read(r, "cam2world", |r, field, node| {
        let matrix = matrix(r, field.name, field.range, node)?;
        match rigid(&matrix) {
            Ok(()) => Some(matrix),
            Err(why) => {
                r.error(node.at, format!("cam2world {why}"));
                None
            }
        }
    });
    Some(FileCamera { fx: fx?, fy: fy?, cx: cx?, cy: cy?, cam2world: cam2world? })
}

/// N rows of N numbers.
fn matrix<const N: usize>(r: &mut Reader, name: &str, range: (f64, f64), node: &Node) -> Option<[[f64; N]; N]> {
    let shape = format!("{name} is {N} rows of {N} numbers");
    let mut matrix = [[0.0; N]; N];
    let rows = match &node.kind {
        Kind::List(rows) if rows.len() == N => rows,
        _ => {
            r.error(node.at, format!("{shape}, but this is {}", node.describe()));
            return None;
        }
    };
    for (row, node) in matrix.iter_mut().zip(rows) {
        match &node.kind {
            Kind::List(items) if items.len() == N => {
                for (value, item) in row.iter_mut().zip(items) {
                    *value = number_in(r, name, range, item)?;
                }
            }
            _ => {
                r.error(node.at, format!("{shape}, but a row is {}", node.describe()));
                return None;
            }
        }
    }
    Some(matrix)
}

/// Whether a matrix is a rotation and a translation; else what is wrong with it.
fn rigid(m: &[[f64; 4]; 4]) -> Result<(), String> {
    if m[3].iter().zip([0.0, 0.0, 0.0, 1.0]).any(|(a, b)| (a - b).abs() > RIGID_TOLERANCE) {
        return Err("has another last row than 0, 0, 0, 1".to_owned());
    }
    let dot = |a: usize, b: usize| (0..3).map(|row| m[row][a] * m[row][b]).sum::<f64>();
    for a in 0..3 {
        if (dot(a, a) - 1.0).abs() > 2.0 * RIGID_TOLERANCE {
            return Err(format!("has a column of length {:.4}: a pose neither scales nor shears", dot(a, a).sqrt()));
        }
        for b in 0..a {
            if dot(a, b).abs() > RIGID_TOLERANCE {
                return Err("has columns that aren't at right angles: a pose neither scales nor shears".to_owned());
            }
        }
    }
    let minor = |a: usize, b: usize| m[1][a] * m[2][b] - m[1][b] * m[2][a];
    let determinant = m[0][0] * minor(1, 2) - m[0][1] * minor(0, 2) + m[0][2] * minor(0, 1);
    if determinant < 0.0 {
        return Err("mirrors: its axes are left-handed".to_owned());
    }
    Ok(())
}

/// The whole numbers and matrices of one entry of a camera file: `K`, `cam2world` and the size that `K` is for.
pub fn file_camera(r: &mut Reader, k: &Node, cam2world: &Node, scale: [f64; 2]) -> Option<FileCamera> {
    let k_matrix: Option<[[f64; 3]; 3]> = matrix(r, "K", (-1e9, 1e9), k);
    let pose: Option<[[f64; 4]; 4]> = matrix(r, "cam2world", (-1e9, 1e9), cam2world);
    if let Some(pose) = &pose
        && let Err(why) = rigid(pose)
    {
        r.error(cam2world.at, format!("cam2world {why}"));
        return None;
    }
    let (k_matrix, cam2world) = (k_matrix?, pose?);
    let [[fx, skew, cx], [below, fy, cy], last] = k_matrix;
    if skew != 0.0 || below != 0.0 || last != [0.0, 0.0, 1.0] {
        r.error_with_hint(
            k.at,
            "K has skew or another last row than 0, 0, 1",
            "only cameras without skew are rendered",
        );
        return None;
    }
    if fx <= 0.0 || fy <= 0.0 {
        let message =
            format!("K has the focal lengths {} and {}, but they lie above 0", number_text(fx), number_text(fy));
        r.error_with_hint(k.at, message, "poses are OpenCV's: +X right, +Y down, +Z forward");
        return None;
    }
    Some(FileCamera { fx: fx * scale[0], fy: fy * scale[1], cx: cx * scale[0], cy: cy * scale[1], cam2world })
}
