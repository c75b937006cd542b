//! `rig: file`: cameras of a JSON file, put into the recipe. Reads no files: the caller does.

use super::lower::file_camera;
use super::node::{self, At, Kind, Node};
use super::reader::Reader;
use super::types::{FileCamera, Recipe, RigKind};
use crate::diag::{Place, Problem, Problems};

/// Largest camera file in bytes.
const MAX_FILE_BYTES: usize = 64 << 20;

/// The camera files that the recipe needs and doesn't hold yet, relative to its folder; each once.
pub fn camera_file_paths(recipe: &Recipe) -> Vec<String> {
    let mut paths = Vec::new();
    for rig in &recipe.cameras {
        if let RigKind::File { path, cameras } = &rig.kind
            && cameras.is_empty()
            && !paths.contains(path)
        {
            paths.push(path.clone());
        }
    }
    paths
}

/// Puts the cameras of a file into the rigs that name it. `path`: as [`camera_file_paths`] gives it.
///
/// The file is a list `[{"K": 3×3, "cam2world": 4×4, "width", "height"}, …]`, or an object with `K`, `size` and
/// `views` (by name) or `orbit` (a list). Poses are OpenCV's. K is scaled from the file's size to `render.size`.
pub fn fill_camera_file(recipe: &mut Recipe, path: &str, json_text: &str) -> Problems {
    let mut r = Reader::default();
    if let Some(cameras) = read_file(&mut r, recipe.render.size, path, json_text) {
        for rig in &mut recipe.cameras {
            if let RigKind::File { path: of_rig, cameras: of_file } = &mut rig.kind
                && of_rig == path
            {
                of_file.clone_from(&cameras);
            }
        }
    }
    r.problems.sort();
    r.problems
}

fn read_file(r: &mut Reader, size: [u32; 2], path: &str, text: &str) -> Option<Vec<FileCamera>> {
    if text.len() > MAX_FILE_BYTES {
        let message = format!("the file has {} bytes, but at most {MAX_FILE_BYTES} are read", text.len());
        r.problems.push(Problem::error(Place::file(path), message));
        return None;
    }
    let value: serde_json::Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(error) => {
            let source = r.sources.add(path, text);
            let at = At { source, line: error.line() as u32, column: error.column() as u32, width: 1 };
            let message = error.to_string();
            let message = message.split(" at line ").next().unwrap_or("").to_owned();
            r.error(at, format!("this is not JSON: {message}"));
            return None;
        }
    };
    let root = node::from_json(&mut r.sources, path, &value);
    let listed = match &root.kind {
        Kind::List(items) => items.iter().collect(),
        Kind::Map(_) => views(&root),
        _ => Vec::new(),
    };
    if listed.is_empty() {
        let hint = "a list of {\"K\", \"cam2world\"}, or an object with `K`, `size` and `views`";
        r.error_with_hint(root.at, "the file has no cameras", hint);
        return None;
    }
    let shared = matches!(root.kind, Kind::Map(_)).then_some(&root);
    let cameras: Vec<Option<FileCamera>> = listed.into_iter().map(|entry| camera(r, entry, shared, size)).collect();
    cameras.into_iter().collect()
}

/// The entries of `views` in the order of their names, then those of `orbit`, then those of `cameras`.
fn views(root: &Node) -> Vec<&Node> {
    let mut found = Vec::new();
    for key in ["views", "orbit", "cameras"] {
        match get(root, key).map(|node| &node.kind) {
            Some(Kind::List(items)) => found.extend(items),
            Some(Kind::Map(entries)) => found.extend(entries.iter().map(|entry| &entry.value)),
            _ => {}
        }
    }
    found
}

fn get<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    let Kind::Map(entries) = &node.kind else { return None };
    entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
}

/// One entry; what it doesn't say itself, `shared` may say for all.
fn camera(r: &mut Reader, entry: &Node, shared: Option<&Node>, size: [u32; 2]) -> Option<FileCamera> {
    let own_or_shared = |key: &str| get(entry, key).or_else(|| shared.and_then(|node| get(node, key)));
    if !matches!(entry.kind, Kind::Map(_)) {
        r.error(entry.at, format!("a camera is an object with `K` and `cam2world`, but this is {}", entry.describe()));
        return None;
    }
    let k = own_or_shared("K");
    let pose = get(entry, "cam2world");
    for (key, missing) in [("K", k.is_none()), ("cam2world", pose.is_none())] {
        if missing {
            r.error(entry.at, format!("this camera has no `{key}`"));
        }
    }
    let (k, pose) = (k?, pose?);
    let pair = |node: Option<&Node>| match node.map(|node| &node.kind) {
        Some(Kind::List(items)) => match items.as_slice() {
            [width, height] => Some((width.as_number()?, height.as_number()?)),
            _ => None,
        },
        _ => None,
    };
    let number = |key: &str| own_or_shared(key).and_then(Node::as_number);
    let of_file = match (number("width"), number("height")) {
        (Some(width), Some(height)) => Some((width, height)),
        _ => pair(own_or_shared("size")),
    };
    let [width, height] = size.map(f64::from);
    let scale = match of_file {
        None => [1.0, 1.0],
        Some((w, h)) if w >= 1.0 && h >= 1.0 && w.is_finite() && h.is_finite() => [width / w, height / h],
        Some((w, h)) => {
            r.error(entry.at, format!("the size of this camera is {w} × {h}"));
            return None;
        }
    };
    file_camera(r, k, pose, scale)
}
