//! The record of one view: every convention spelt out beside the numbers, so that nobody has to ask "which frame, which unit?".
//!
//! Same input, same JSON: no device, no time. f32 numbers are written as the shortest decimal that reads back as the same f32.
//! `drawn` has the values; `drawn_bits` the same as `type:bits`, whose lines `path=type:bits\n`, sorted by path, give a
//! receipt's `drawn` digest by SHA-256.

use super::layers::channel_names;
use super::lens::lens;
use super::objects::{self, AMODAL_BITS, UnitCube};
use super::sensor;
use crate::film::Film;
use crate::hash::Digest;
use crate::layer::Layer;
use crate::math::{Affine, Vec3};
use crate::plan::{DrawnValue, Plan, PlannedAsset, SkySource, Variation, ViewSpec};
use crate::recipe::{Background, Frames, Render, Tone};
use crate::scene::{Camera, Composed, PlacedObject};
use serde_json::{Map, Value, json};

/// Version of the record's keys.
const RECORD_VERSION: u32 = 1;

/// A layer's file, as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerFile {
    pub layer: Layer,
    /// Member name in the shard.
    pub file: String,
    /// Of the file.
    pub sha256: Digest,
    /// [`crate::formats::raster::Raster::pixels_digest`].
    pub pixels: Digest,
}

/// The record of view `view_idx`.
pub fn record(
    plan: &Plan,
    variation: &Variation,
    composed: &Composed,
    view_idx: usize,
    film: &Film,
    files: &[LayerFile],
) -> Value {
    let camera = &composed.scene.cameras[view_idx];
    let view = &variation.views[view_idx];
    let render = &plan.recipe().render;
    let camera_from_world = rigid_inverse(&camera.world_from_camera);
    let layers: Map<String, Value> = files.iter().map(|f| (f.layer.name().to_string(), layer(f, render))).collect();
    let objects: Vec<Value> = composed
        .objects
        .iter()
        .zip(&variation.objects)
        .enumerate()
        .map(|(i, (placed, drawn))| {
            let mut entry = object(i + 1, placed, plan.asset(&drawn.asset), &camera_from_world);
            add_layers_facts(&mut entry, (i + 1) as u16, placed, film, files);
            if let Some(variant) = &drawn.variant {
                entry["variant"] = json!(variant);
            }
            if let Some(pose) = &drawn.pose {
                entry["pose"] = json!({"clip": pose.clip, "time": number(pose.time as f32)});
            }
            entry
        })
        .collect();
    let semantic: Map<String, Value> =
        composed.objects.iter().map(|o| (o.class_id.to_string(), json!(&*o.class))).collect();
    let mut record = json!({
        "v": RECORD_VERSION,
        "plan_id": plan.id(),
        "engine": plan.engine(),
        "seed": variation.seed.to_string(),
        "variation": variation.index.to_string(),
        "attempt": variation.attempt,
        "view": view_idx,
        "views": variation.views.len(),
        "rig": {"id": plan.recipe().cameras[view.rig].id, "view": view.index},
        "credits": plan.credits_per_variation().to_string(),
        "spp": render.spp,
        "exposure_ev": render.exposure_ev,
        "background": background(render.background),
        "width": camera.width,
        "height": camera.height,
        "world": "metres, right-handed, Z up",
        "camera_convention": "opencv",
        "pixel_centers": 0.5,
        "layers": layers,
        "objects": objects,
        "semantic": semantic,
        "sky": sky(plan, variation),
        "drawn_sha256": variation.drawn_digest(),
    });
    // What is numbers only is built apart: `json!` would go through serde for each.
    record["K"] = intrinsics(camera);
    record["lens"] = lens(&camera.lens);
    if let Some(of_view) = &camera.sensor {
        record["sensor"] = sensor::entry(of_view);
    }
    if let Some(other) = view.other_eye(view_idx as u32) {
        record["stereo"] = stereo(view, other);
    }
    record["frames"] = frames(&plan.recipe().frames);
    if let Some(motion) = &view.motion {
        let vector = |v: [f64; 3]| vector(v.map(|x| x as f32 + 0.0));
        record["motion"] = json!({
            "translate_m": vector(motion.translate_m),
            "rotate_deg": vector(motion.rotate_deg),
            "per": "frame",
            "frame": "camera_opencv",
        });
    }
    record["cam2world"] = matrix4(&camera.world_from_camera);
    record["world2cam"] = matrix4(&camera_from_world);
    let drawn = variation.drawn.iter();
    record["drawn"] = Value::Object(drawn.clone().map(|(path, value)| (path.clone(), plain(value))).collect());
    record["drawn_bits"] = Value::Object(drawn.map(|(path, value)| (path.clone(), json!(value.to_string()))).collect());
    for (layer, key) in [(Layer::MaterialId, "materials"), (Layer::Part, "parts")] {
        if files.iter().any(|f| f.layer == layer) {
            record[key] = objects::id_table(film, layer, &composed.objects);
        }
    }
    let n_pixels = film.geometry.instance.len();
    if n_pixels > 0 {
        let n_on_objects = film.geometry.instance.iter().filter(|&&id| id != 0).count();
        record["coverage"] = json!(n_on_objects as f64 / n_pixels as f64);
    }
    record
}

/// What an object's entry has besides because of layers that were written.
fn add_layers_facts(entry: &mut Value, id: u16, placed: &PlacedObject, film: &Film, files: &[LayerFile]) {
    let has = |layer| files.iter().any(|f| f.layer == layer);
    if has(Layer::Nocs) {
        let cube = UnitCube::of(placed);
        let offset = vector(cube.offset.map(|x| x as f32 + 0.0));
        entry["nocs_from_object"] = json!({"scale": number(cube.scale as f32), "offset": offset});
    }
    if has(Layer::Amodal) && id > AMODAL_BITS {
        entry["amodal"] = objects::amodal_counts(film, id);
    }
    if has(Layer::Amodal) && has(Layer::Instance) {
        objects::add_pixel_counts(film, id, entry);
    }
}

/// A layer's entry: its file, and how its samples are to be read.
pub fn layer(file: &LayerFile, render: &Render) -> Value {
    let meaning = meaning(file.layer, render.tone);
    json!({
        "file": file.file,
        "sha256": file.sha256,
        "pixels": file.pixels,
        "dtype": meaning.dtype,
        "channels": channel_names(file.layer),
        "unit": meaning.unit,
        "frame": meaning.frame,
        "colorspace": meaning.colorspace,
        "nodata": meaning.nodata,
        "meaning": meaning.text,
        "sampling": if file.layer.is_filtered() { "mean over the pixel" } else { "at the pixel's centre" },
    })
}

/// How a layer's samples are to be read.
struct Meaning {
    dtype: &'static str,
    unit: &'static str,
    frame: Option<&'static str>,
    colorspace: Option<&'static str>,
    /// The value where nothing was hit.
    nodata: Option<u32>,
    text: &'static str,
}

fn meaning(layer: Layer, tone: Tone) -> Meaning {
    let image = |dtype, colorspace, text| Meaning {
        dtype,
        unit: "1",
        frame: None,
        colorspace: Some(colorspace),
        nodata: Some(0),
        text,
    };
    let geometric =
        |dtype, unit, frame, text| Meaning { dtype, unit, frame: Some(frame), colorspace: None, nodata: Some(0), text };
    let ids = |text| Meaning { dtype: "uint16", unit: "id", frame: None, colorspace: None, nodata: Some(0), text };
    let flow = |text| geometric("float32", "px", "image", text);
    match (layer, tone) {
        (Layer::Rgb, Tone::Agx) => {
            image("uint8", "srgb", "radiance after AgX's tone curve; alpha is straight, colour 0 where alpha is 0")
        }
        (Layer::Rgb, Tone::Filmic) => {
            image("uint8", "srgb", "radiance after a filmic tone curve; alpha is straight, colour 0 where alpha is 0")
        }
        (Layer::Rgb, Tone::Srgb) => image("uint8", "srgb", "radiance; alpha is straight, colour 0 where alpha is 0"),
        (Layer::Rgb, Tone::None) => image("float16", "linear_rec709", "radiance, premultiplied by alpha"),
        (Layer::Alpha, _) => image("uint8", "linear", "coverage"),
        (Layer::Albedo, _) => image("uint8", "srgb", "base colour"),
        (Layer::Material, _) => image("uint8", "linear", "G roughness, B metallic"),
        (Layer::Depth, _) => geometric("float32", "m", "camera_opencv", "z in camera axes"),
        (Layer::DepthSensor, _) => {
            geometric("float32", "m", "camera_opencv", "z in camera axes as `sensor.depth` measures it")
        }
        (Layer::Distance, _) => geometric("float32", "m", "camera_opencv", "length along the ray"),
        (Layer::Normal, _) => {
            geometric("float16", "1", "camera_opengl", "unit shading normal: +X right, +Y up, +Z towards the viewer")
        }
        (Layer::NormalWorld, _) => geometric("float16", "1", "world", "unit shading normal"),
        (Layer::Instance, _) => ids("`id` of `objects`"),
        (Layer::Semantic, _) => ids("key of `semantic`"),
        (Layer::NormalGeometric, _) => geometric(
            "float16",
            "1",
            "camera_opengl",
            "unit normal of the triangle, on the viewer's side: +X right, +Y up, +Z towards the viewer",
        ),
        (Layer::Position, _) => geometric("float32", "m", "world", "position"),
        (Layer::Uv, _) => geometric("float32", "1", "texture", "first uv set of the mesh, v down, not transformed"),
        (Layer::Nocs, _) => Meaning {
            dtype: "uint16",
            unit: "1/65535",
            frame: Some("unit cube of the object"),
            colorspace: None,
            nodata: Some(0),
            text: "`nocs_from_object` of the object: scale p + offset, p in its own frame (`world_from_object`), where the \
                   point is at rest; alpha 65535 on objects",
        },
        (Layer::Emissive, Tone::Srgb | Tone::Agx | Tone::Filmic) => {
            image("uint8", "srgb", "radiance of the material's own, before exposure; above 1 as 1")
        }
        (Layer::Emissive, Tone::None) => {
            image("float16", "linear_rec709", "radiance of the material's own, before exposure")
        }
        (Layer::MaterialId, _) => ids("key of `materials`; 0 also on the ground"),
        (Layer::Part, _) => ids("key of `parts`; 0 also on the ground"),
        (Layer::Amodal, _) => Meaning {
            dtype: "uint16",
            unit: "bits",
            frame: None,
            colorspace: None,
            nodata: Some(0),
            text: "bit i: the object of id i + 1 would be seen here, were it alone; ids above 16: `amodal` of the \
                   object, COCO's compressed run lengths",
        },
        (Layer::FlowFwd, _) => flow(
            "R dx, G dy, y down, to where the point seen here is 1/fps later, be it hidden or outside; 0 also where the \
             camera has no pixel for it then",
        ),
        (Layer::FlowBwd, _) => flow(
            "R dx, G dy, y down, to where the point seen here was 1/fps before, be it hidden or outside; 0 also where \
             the camera has no pixel for it then",
        ),
    }
}

fn object(id: usize, object: &PlacedObject, planned: &PlannedAsset, camera_from_world: &Affine) -> Value {
    let facts = &object.asset.facts;
    let world_from_object = Affine {
        rows: std::array::from_fn(|r| {
            let [x, y, z] = object.rotation[r];
            [x, y, z, object.translation[r]].map(|v| v as f32 + 0.0)
        }),
    };
    let mut out = json!({
        "id": id,
        "path": object.path,
        "class": &*object.class,
        "class_id": object.class_id,
        "asset": asset(planned),
    });
    out["asset"]["triangles"] = json!(facts.triangles);
    out["asset"]["vertices"] = json!(facts.vertices);
    out["asset"]["generator"] = json!(objects::cut(&facts.generator));
    out["world_from_object"] = rotation_and_translation(&world_from_object);
    out["camera_from_object"] = rotation_and_translation(&camera_from_world.after(&world_from_object));
    out["scale"] = number(object.scale as f32);
    out["offset"] = vector(object.offset.map(|x| x as f32 + 0.0));
    out["world_from_gltf"] = matrix4(&object.world_from_gltf);
    out
}

fn asset(asset: &PlannedAsset) -> Value {
    json!({
        "sha256": asset.sha256,
        "path": asset.path,
        "bytes": asset.bytes.to_string(),
        "license": asset.license,
        "attribution": asset.attribution,
    })
}

fn sky(plan: &Plan, variation: &Variation) -> Value {
    let sky = &variation.sky;
    let rounded = |x: f64| number(x as f32 + 0.0);
    let mut out = json!({
        "rotation_deg": rounded(sky.rotation_deg),
        "exposure_ev": rounded(sky.exposure_ev),
        "visible": sky.visible,
    });
    match &sky.source {
        SkySource::Image(choice) => out["asset"] = asset(plan.asset(choice)),
        SkySource::Color(color) => out["color"] = json!(color.map(rounded)),
        SkySource::SunSky(day) => {
            out["sun_sky"] = json!({
                "elevation_deg": rounded(day.elevation_deg),
                "azimuth_deg": rounded(day.azimuth_deg),
                "turbidity": rounded(day.turbidity),
                "ground_albedo": day.ground_albedo.map(rounded),
                "sun": day.sun,
            });
        }
    }
    out
}

/// What is behind `rgb`; the other layers know nothing of it.
fn background(background: Background) -> &'static str {
    match background {
        Background::Transparent => "transparent",
        Background::White => "white",
        Background::Black => "black",
    }
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

/// The pair that the view is one of: `baseline_m` apart along +X, with parallel axes.
fn stereo(view: &ViewSpec, other: u32) -> Value {
    json!({
        "eye": if view.shift_m < 0.0 { "left" } else { "right" },
        "baseline_m": number((2.0 * view.shift_m).abs() as f32),
        "other_view": other,
    })
}

/// Poses and layers at a pixel's centre are of the moment that the topmost row's shutter opens.
fn frames(frames: &Frames) -> Value {
    let [fps, shutter, rolling] = [frames.fps, frames.shutter, frames.rolling].map(|v| number(v as f32));
    json!({"fps": fps, "shutter": shutter, "rolling": rolling})
}

fn intrinsics(camera: &Camera) -> Value {
    let Camera { fx, fy, cx, cy, .. } = *camera;
    Value::Array(vec![vector([fx, 0.0, cx]), vector([0.0, fy, cy]), vector([0.0, 0.0, 1.0])])
}

fn rotation_and_translation(m: &Affine) -> Value {
    let row = |r: usize| vector([m.rows[r][0], m.rows[r][1], m.rows[r][2]]);
    let mut out = Map::new();
    out.insert("R".to_string(), Value::Array((0..3).map(row).collect()));
    out.insert("t".to_string(), vector(m.column(3).to_array()));
    Value::Object(out)
}

fn matrix4(m: &Affine) -> Value {
    Value::Array(m.to_matrix4().map(vector).to_vec())
}

pub(super) fn vector<const N: usize>(v: [f32; N]) -> Value {
    Value::Array(v.map(number).to_vec())
}

/// The f64 of the shortest decimal that reads back as `x`, so that JSON shows 0.1 and not 0.10000000149011612.
pub(super) fn number(x: f32) -> Value {
    let shortest: f64 = x.to_string().parse().unwrap_or(f64::from(x));
    json!(shortest)
}

/// The inverse of a rigid motion.
fn rigid_inverse(m: &Affine) -> Affine {
    let (x, y, z, t) = (m.column(0), m.column(1), m.column(2), m.column(3));
    let row = |axis: Vec3| [axis.x, axis.y, axis.z, 0.0 - axis.dot(t)];
    Affine { rows: [row(x), row(y), row(z)] }
}
