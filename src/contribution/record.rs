//! What a view's record must be, from plan, receipt and decoded images, without rendering.
//!
//! It states the record's JSON a second time on purpose: a mistake in the code that writes records would not be found by
//! asking that code. Only a layer's meaning comes from there, which is text.
//!
//! Taken on the signer's word, in its right form, because it hangs on the assets' geometry: triangles, vertices and generator
//! of an asset; an object's scale and offset under `fit: unit`; where a camera stands whose distance is fitted or that looks at
//! an object; where its lens is focused, if on an object; `coverage` without a layer that shows it. What follows from
//! these is held to them. In a plan of another engine K and poses are, too: how they are rounded is the engine's. `counted`
//! has what layers of ids add.

use super::counted::{self, Seen};
use super::lens;
use super::receipt::Receipt;
use super::rigs;
use super::sensor;
use super::wanted::Wanted;
use crate::annotate::{self, LayerFile, MAX_NAME_BYTES};
use crate::compose::{self, ForetoldCamera};
use crate::formats::json::{canonical, parse_canonical};
use crate::plan::{AssetChoice, DrawnValue, ENGINE, SkySource, Variation, VariationObject};
use crate::recipe::{Background, Fit};
use serde_json::{Map, Value, json};

/// How far a number that follows from other rounded ones may be off, as a share of the largest that it is made of.
pub(super) const SLACK: f64 = 1e-5;
/// Lines about one record; the rest would say nothing new.
const MAX_DIFFERENCES: usize = 20;
/// glTF's Y-up axes to the world's.
const Z_UP: [[f64; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]];

/// What the decoded images of a view say about the pixels that show objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Covered {
    Exactly(u64),
    AtMost(u64),
    Unknown,
}

/// The whole record that must stand where `found` does. Values on the signer's word are `found`'s where their form is right.
pub fn wanted(
    wanted: &Wanted<'_>,
    found: &Value,
    variation: &Variation,
    view: u32,
    receipt: &Receipt,
    seen: &Seen<'_>,
) -> Value {
    let plan = wanted.plan;
    let recipe = plan.recipe();
    let spec = &variation.views[view as usize];
    let [width, height] = recipe.render.size;
    // In a plan of another engine K, poses and lenses are on the signer's word.
    let foretold =
        (plan.engine() == ENGINE).then(|| compose::foretold_camera(spec, recipe.render.size, variation.objects.len()));
    let foretold = foretold.as_ref().map(Option::as_ref);
    let pose = pose(found, foretold);
    let entries = wanted.layers.iter().map(|l| {
        let file = plan.names().member(variation.index, view, &l.extension);
        let output = receipt.outputs.iter().find(|o| o.name == file);
        let (sha256, pixels) = output.map_or_else(Default::default, |o| (o.sha256, o.pixels.unwrap_or_default()));
        let entry = annotate::layer_entry(&LayerFile { layer: l.layer, file, sha256, pixels }, &recipe.render);
        (l.layer.name().to_string(), entry)
    });
    let objects: Vec<Value> = variation
        .objects
        .iter()
        .enumerate()
        .map(|(i, o)| object(wanted, &found["objects"][i], i + 1, o, pose.as_ref()))
        .collect();
    let semantic: Map<String, Value> =
        variation.objects.iter().map(|o| (o.class_id.to_string(), json!(&*o.class))).collect();
    let mut sky = json!({
        "rotation_deg": decimal(variation.sky.rotation_deg),
        "exposure_ev": decimal(variation.sky.exposure_ev),
        "visible": variation.sky.visible,
    });
    match &variation.sky.source {
        SkySource::Image(choice) => sky["asset"] = asset(wanted, choice),
        SkySource::Color(color) => sky["color"] = json!(color.map(decimal)),
        SkySource::SunSky(day) => {
            sky["sun_sky"] = json!({
                "elevation_deg": decimal(day.elevation_deg),
                "azimuth_deg": decimal(day.azimuth_deg),
                "turbidity": decimal(day.turbidity),
                "ground_albedo": day.ground_albedo.map(decimal),
                "sun": day.sun,
            });
        }
    }
    let drawn = variation.drawn.iter();
    let bits: Map<String, Value> = drawn.clone().map(|(at, value)| (at.clone(), json!(value.to_string()))).collect();
    let mut record = json!({
        "v": 1,
        "plan_id": plan.id(),
        "engine": plan.engine(),
        "seed": variation.seed.to_string(),
        "variation": variation.index.to_string(),
        "attempt": variation.attempt,
        "view": view,
        "views": variation.views.len(),
        "rig": {"id": recipe.cameras[spec.rig].id, "view": spec.index},
        "credits": plan.credits_per_variation().to_string(),
        "spp": recipe.render.spp,
        "exposure_ev": recipe.render.exposure_ev,
        "background": match recipe.render.background {
            Background::Transparent => "transparent",
            Background::White => "white",
            Background::Black => "black",
        },
        "width": width,
        "height": height,
        "world": "metres, right-handed, Z up",
        "camera_convention": "opencv",
        "pixel_centers": 0.5,
        "layers": entries.collect::<Map<_, _>>(),
        "objects": objects,
        "semantic": semantic,
        "sky": sky,
        "drawn_sha256": variation.drawn_digest(),
        "drawn": drawn.map(|(at, value)| (at.clone(), plain(value))).collect::<Map<_, _>>(),
        "drawn_bits": bits,
        "K": intrinsics(&found["K"], foretold),
        "cam2world": pose.map_or_else(|| unlike(&found["cam2world"]), |pose| matrix(&pose)),
        "world2cam": pose.map_or(found["world2cam"].clone(), |pose| settled(&found["world2cam"], &inverse(&pose), reach(&pose))),
    });
    record["frames"] = json!({
        "fps": number(recipe.frames.fps as f32),
        "shutter": number(recipe.frames.shutter as f32),
        "rolling": number(recipe.frames.rolling as f32),
    });
    if let Some(motion) = &spec.motion {
        record["motion"] = json!({
            "translate_m": motion.translate_m.map(decimal),
            "rotate_deg": motion.rotate_deg.map(decimal),
            "per": "frame",
            "frame": "camera_opencv",
        });
    }
    record["lens"] = lens_of(&found["lens"], foretold);
    let fx = f64::from(record["K"][0][0].as_f64().unwrap_or(1.0) as f32);
    if let Some(sensor) = sensor::sensor(spec, fx) {
        record["sensor"] = sensor;
    }
    if let Some(stereo) = rigs::stereo(spec, view) {
        record["stereo"] = stereo;
    }
    if wanted.layers.iter().any(|l| !l.layer.is_filtered()) {
        record["coverage"] = coverage(&found["coverage"], seen.covered, u64::from(width) * u64::from(height));
    }
    counted::add(&mut record, found, wanted, variation, seen);
    // Through its text, so that numbers are what a record's are: 0 and not 0.0.
    parse_canonical(&canonical(&record)).unwrap_or_else(|error| unreachable!("an object of ours reads as one: {error}"))
}

/// Everything in which `found` differs from what is wanted: nothing may be missing, and nothing else may stand there.
pub fn differences(found: &Value, wanted: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    compare("", found, wanted, &mut wrong);
    let more = wrong.len().saturating_sub(MAX_DIFFERENCES);
    wrong.truncate(MAX_DIFFERENCES);
    if more > 0 {
        wrong.push(format!("differs in {more} more values"));
    }
    wrong
}

fn compare(path: &str, found: &Value, wanted: &Value, wrong: &mut Vec<String>) {
    match (found, wanted) {
        (Value::Object(found), Value::Object(wanted)) => {
            let at = |key: &str| if path.is_empty() { key.to_string() } else { format!("{path}.{key}") };
            for (key, value) in wanted {
                match found.get(key) {
                    Some(found) => compare(&at(key), found, value, wrong),
                    None => wrong.push(format!("`{}` is missing", at(key))),
                }
            }
            let strange = found.keys().filter(|key| !wanted.contains_key(*key));
            wrong.extend(strange.map(|key| format!("`{}` is no key of this record", shortened(&at(key)))));
        }
        (Value::Array(found), Value::Array(wanted)) if found.len() == wanted.len() => {
            for (i, (found, wanted)) in found.iter().zip(wanted).enumerate() {
                compare(&format!("{path}[{i}]"), found, wanted, wrong);
            }
        }
        _ if found == wanted => {}
        _ => wrong.push(format!("`{path}` is {}, and must be {}", of(found), of(wanted))),
    }
}

/// What stands where `found` is none of the values that may.
pub(super) fn unlike(found: &Value) -> Value {
    let form = json!("a value of its form");
    if *found == form { json!(0) } else { form }
}

fn of(value: &Value) -> String {
    shortened(&value.to_string())
}

/// A text of a stranger's, short enough for a message.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(100) {
        None => text.to_string(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

type Rows = [[f64; 4]; 3];

/// What the plan foretells of the view's camera: `None` where the plan is of another engine, `Some(None)` where the view cannot
/// be composed.
type Foretold<'c> = Option<Option<&'c ForetoldCamera>>;

/// cam2world: what of it the plan foretells, and the rest as found; `None` if that is no rigid motion.
fn pose(found: &Value, foretold: Foretold<'_>) -> Option<Rows> {
    let mut pose = affine(&found["cam2world"]);
    if let Some(camera) = foretold {
        let camera = camera?;
        let is_whole = camera.axes.is_some() && camera.eye.is_some();
        let rows = pose.get_or_insert_with(Rows::default);
        for (k, axis) in camera.axes.iter().flatten().chain(&camera.eye).enumerate() {
            // An eye without axes is the fourth column all the same.
            let column = if camera.axes.is_some() { k } else { 3 };
            axis.to_array().into_iter().enumerate().for_each(|(r, x)| rows[r][column] = f64::from(x));
        }
        if is_whole {
            return pose;
        }
    }
    pose.filter(is_rigid)
}

fn is_rigid(pose: &Rows) -> bool {
    let column = |k: usize| [pose[0][k], pose[1][k], pose[2][k]];
    let dot = |a: [f64; 3], b: [f64; 3]| a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
    let [x, y, z] = [column(0), column(1), column(2)];
    let cross = [x[1] * y[2] - x[2] * y[1], x[2] * y[0] - x[0] * y[2], x[0] * y[1] - x[1] * y[0]];
    let are_unit = [x, y, z].iter().all(|&a| (dot(a, a) - 1.0).abs() <= SLACK);
    are_unit && dot(x, y).abs() <= SLACK && (dot(cross, z) - 1.0).abs() <= SLACK
}

/// Of a rigid motion.
fn inverse(m: &Rows) -> Rows {
    std::array::from_fn(|r| {
        let axis = [m[0][r], m[1][r], m[2][r]];
        let t = -(axis[0] * m[0][3] + axis[1] * m[1][3] + axis[2] * m[2][3]);
        [axis[0], axis[1], axis[2], t]
    })
}

/// `outer` ∘ `inner`.
fn after(outer: &Rows, inner: &Rows) -> Rows {
    std::array::from_fn(|r| {
        std::array::from_fn(|c| {
            let moved: f64 = (0..3).map(|k| outer[r][k] * inner[k][c]).fold(0.0, |sum, x| sum + x);
            if c == 3 { moved + outer[r][3] } else { moved }
        })
    })
}

fn intrinsics(said: &Value, foretold: Foretold<'_>) -> Value {
    match foretold {
        None if numbers::<3, 3>(said).is_some() => said.clone(),
        None | Some(None) => unlike(said),
        Some(Some(camera)) => {
            let [fx, fy, cx, cy] = camera.intrinsics.map(number);
            json!([[fx, 0, cx], [0, fy, cy], [0, 0, 1]])
        }
    }
}

fn lens_of(said: &Value, foretold: Foretold<'_>) -> Value {
    match foretold {
        None if said.is_object() => said.clone(),
        None | Some(None) => unlike(said),
        Some(Some(camera)) => lens::lens(said, camera),
    }
}

fn coverage(found: &Value, covered: Covered, n_pixels: u64) -> Value {
    let share = |n: u64| n as f64 / n_pixels as f64;
    let most = match covered {
        Covered::Exactly(n) => return json!(share(n)),
        Covered::AtMost(n) => share(n),
        Covered::Unknown => 1.0,
    };
    let is_share = |said: f64| said <= most && share((said * n_pixels as f64).round() as u64) == said;
    if found.as_f64().is_some_and(is_share) { found.clone() } else { unlike(found) }
}

fn object(wanted: &Wanted<'_>, found: &Value, id: usize, drawn: &VariationObject, pose: Option<&Rows>) -> Value {
    let mut facts = asset(wanted, &drawn.asset);
    for key in ["triangles", "vertices", "generator"] {
        let said = &found["asset"][key];
        let is_text = |said: &Value| said.as_str().is_some_and(|text| text.len() <= MAX_NAME_BYTES);
        let has_form = if key == "generator" { is_text(said) } else { said.is_u64() };
        facts[key] = if has_form { said.clone() } else { unlike(said) };
    }
    let rotation = drawn.rotation.map(|row| row.map(single));
    let position = drawn.position.map(single);
    let world_from_object: Rows =
        std::array::from_fn(|r| [rotation[r][0], rotation[r][1], rotation[r][2], position[r]]);
    let (scale, offset) = match drawn.fit {
        Fit::None => (Some(single(drawn.scale)), Some([0.0; 3])),
        Fit::Unit => (found["scale"].as_f64().filter(|&scale| scale > 0.0), vector(&found["offset"])),
    };
    let far = reach(&world_from_object);
    let said = &found["camera_from_object"];
    let camera_from_object = pose.map_or(said.clone(), |pose| {
        let there: Vec<Vec<Value>> = (0..3).map(|r| row_of_motion(said, r)).collect();
        let near = nearest(&there, &after(&inverse(pose), &world_from_object), reach(pose) + far);
        let (turn, shift): (Vec<_>, Vec<_>) = near.iter().map(|[x, y, z, t]| (json!([x, y, z]), t)).unzip();
        json!({"R": turn, "t": shift})
    });
    let world_from_gltf = scale.zip(offset).map_or(found["world_from_gltf"].clone(), |(scale, offset)| {
        let scaled: Rows = std::array::from_fn(|r| {
            let [x, y, z] = Z_UP[r].map(|x| scale * x);
            [x, y, z, offset[r]]
        });
        settled(&found["world_from_gltf"], &after(&world_from_object, &scaled), far + reach(&scaled))
    });
    let mut entry = json!({
        "id": id,
        "path": drawn.path,
        "class": &*drawn.class,
        "class_id": drawn.class_id,
        "asset": facts,
        "world_from_object": {"R": rotation.map(|row| row.map(decimal)), "t": position.map(decimal)},
        "camera_from_object": camera_from_object,
        "scale": scale.map_or_else(|| unlike(&found["scale"]), decimal),
        "offset": offset.map_or_else(|| unlike(&found["offset"]), |offset| json!(offset.map(decimal))),
        "world_from_gltf": world_from_gltf,
    });
    if let Some(variant) = &drawn.variant {
        entry["variant"] = json!(variant);
    }
    if let Some(pose) = &drawn.pose {
        entry["pose"] = json!({"clip": pose.clip, "time": number(pose.time as f32)});
    }
    entry
}

fn asset(wanted: &Wanted<'_>, choice: &AssetChoice) -> Value {
    let asset = wanted.plan.asset(choice);
    json!({
        "sha256": asset.sha256,
        "path": asset.path,
        "bytes": asset.bytes.to_string(),
        "license": asset.license,
        "attribution": asset.attribution,
    })
}

/// A drawn value as people read it; assets by identity.
fn plain(value: &DrawnValue) -> Value {
    match value {
        DrawnValue::Float(x) => number(*x),
        DrawnValue::Int(i) => json!(i),
        DrawnValue::Asset { digest, .. } => json!(digest),
        DrawnValue::Text(text) => json!(text),
    }
}

/// The shortest decimal that reads back as `x`; zero without a sign.
pub(super) fn number(x: f32) -> Value {
    let x = x + 0.0;
    json!(x.to_string().parse().unwrap_or(f64::from(x)))
}

/// The nearest f32, as the number that it is.
fn single(x: f64) -> f64 {
    f64::from(x as f32 + 0.0)
}

/// The same of the f32 nearest to `x`.
pub(super) fn decimal(x: f64) -> Value {
    number(x as f32)
}

fn matrix(rows: &Rows) -> Value {
    let [x, y, z] = rows.map(|row| row.map(decimal));
    json!([x, y, z, [0, 0, 0, 1]])
}

/// How far a motion's translation goes.
fn reach(rows: &Rows) -> f64 {
    rows.iter().map(|row| row[3].abs()).fold(0.0, |sum, x| sum + x)
}

/// A 4×4 matrix that follows from rounded ones: its numbers as found, where they are near enough.
fn settled(found: &Value, wanted: &Rows, reach: f64) -> Value {
    let there: Vec<Vec<Value>> = (0..3).map(|r| found[r].as_array().cloned().unwrap_or_default()).collect();
    let [x, y, z] = nearest(&there, wanted, reach);
    json!([x, y, z, [0, 0, 0, 1]])
}

/// `reach`: of the translations that the wanted one is the sum of.
fn nearest(found: &[Vec<Value>], wanted: &Rows, reach: f64) -> [[Value; 4]; 3] {
    let linear =
        wanted.iter().flat_map(|row| &row[..3]).fold(0.0, |most, x| if x.abs() > most { x.abs() } else { most });
    std::array::from_fn(|r| {
        std::array::from_fn(|c| {
            let slack = SLACK * if c == 3 { reach } else { linear };
            match found[r].get(c).and_then(Value::as_f64) {
                Some(there) if (there - wanted[r][c]).abs() <= slack => json!(there),
                _ => decimal(wanted[r][c]),
            }
        })
    })
}

/// Row `r` of `R` with that of `t`.
fn row_of_motion(motion: &Value, r: usize) -> Vec<Value> {
    let row = &motion["R"][r];
    vec![row[0].clone(), row[1].clone(), row[2].clone(), motion["t"][r].clone()]
}

/// The upper rows of a 4×4 matrix whose last row is that of a motion.
fn affine(found: &Value) -> Option<Rows> {
    let rows = numbers::<4, 4>(found)?;
    (rows[3] == [0.0, 0.0, 0.0, 1.0]).then(|| [rows[0], rows[1], rows[2]])
}

fn vector(found: &Value) -> Option<[f64; 3]> {
    let numbers = found.as_array()?.iter().map(Value::as_f64).collect::<Option<Vec<f64>>>()?;
    numbers.try_into().ok()
}

/// A matrix of R rows of C numbers.
fn numbers<const R: usize, const C: usize>(found: &Value) -> Option<[[f64; C]; R]> {
    let row = |row: &Value| -> Option<[f64; C]> {
        row.as_array()?.iter().map(Value::as_f64).collect::<Option<Vec<f64>>>()?.try_into().ok()
    };
    found.as_array()?.iter().map(row).collect::<Option<Vec<_>>>()?.try_into().ok()
}
