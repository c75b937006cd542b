//! What a plan foretells of a contribution's bytes: names, sizes, kinds of images, and all of a record that no renderer is
//! needed for.

use super::layout::Shape;
use super::receipt::{MAX_MESSAGE, Receipt};
use crate::annotate;
use crate::film::Film;
use crate::formats::json::{canonical, parse_canonical};
use crate::formats::raster::Raster;
use crate::formats::{ImageBudget, tar};
use crate::layer::Layer;
use crate::math::Affine;
use crate::plan::{AssetChoice, DrawnValue, ENGINE, Plan, SkySource, Variation};
use crate::scene::Camera;
use serde_json::{Map, Value, json};

/// A record is a document: DESIGN's budget.
const MAX_RECORD: u64 = 1 << 20;
/// Most of a receipt's line that is not its outputs.
const RECEIPT_BYTES: u64 = 1024;
/// Most that one output takes of a receipt's line.
const OUTPUT_BYTES: u64 = 512;

/// The keys of a record, those apart whose values come from the renderer or from the assets' content.
const RENDERED_KEYS: [&str; 5] = ["K", "cam2world", "world2cam", "coverage", "drawn"];

/// A plan, and what follows from it for files.
pub struct Wanted<'p> {
    pub plan: &'p Plan,
    pub shape: Shape,
    layers: Vec<WantedLayer>,
}

struct WantedLayer {
    layer: Layer,
    extension: String,
    channels: u32,
    dtype: &'static str,
}

impl<'p> Wanted<'p> {
    pub fn new(plan: &'p Plan) -> Wanted<'p> {
        let recipe = plan.recipe();
        // Layers of a film without pixels: their kinds, from those who make them.
        let camera = Camera {
            world_from_camera: Affine::IDENTITY,
            fx: 1.0,
            fy: 1.0,
            cx: 0.0,
            cy: 0.0,
            width: 0,
            height: 0,
            seed: [0; 2],
        };
        let layer = |&layer: &Layer| {
            let empty = annotate::raster(&Film::default(), layer, &camera, &recipe.render);
            let extension = annotate::extension(layer, &recipe.render);
            WantedLayer { layer, extension, channels: empty.channels, dtype: empty.samples.dtype() }
        };
        Wanted { plan, shape: Shape::of(plan), layers: recipe.layers.iter().map(layer).collect() }
    }

    /// The members that one view has, in the archive's order.
    pub fn view_members(&self, variation: u64, view: u32) -> Vec<String> {
        let extensions = self.layers.iter().map(|l| l.extension.as_str()).chain(["json"]);
        let mut names: Vec<String> =
            extensions.map(|extension| self.plan.names().member(variation, view, extension)).collect();
        names.sort_by(|a, b| tar::order(a).cmp(&tar::order(b)));
        names
    }

    /// The members of a variation that was made, in the archive's order.
    pub fn members(&self, variation: u64) -> Vec<String> {
        (0..self.plan.views_per_variation()).flat_map(|view| self.view_members(variation, view)).collect()
    }

    /// How many members a shard can have.
    pub fn most_members(&self, shard: u64) -> u64 {
        let range = self.shape.range(shard);
        (range.end - range.start).saturating_mul(self.files_per_variation()) + 2
    }

    fn files_per_variation(&self) -> u64 {
        u64::from(self.plan.views_per_variation()) * (self.layers.len() as u64 + 1)
    }

    /// How many bytes a member of a shard can have.
    pub fn most_bytes(&self, shard: u64, name: &str) -> u64 {
        let range = self.shape.range(shard);
        let n = range.end - range.start;
        match name {
            super::receipt::RECEIPTS_MEMBER => {
                n.saturating_mul(RECEIPT_BYTES + self.files_per_variation().saturating_mul(OUTPUT_BYTES))
            }
            // A character may take six bytes in JSON.
            super::receipt::FAILURES_MEMBER => n.saturating_mul(6 * MAX_MESSAGE as u64 + 256),
            _ if name.ends_with(".json") => MAX_RECORD,
            // Room for an encoder's headers and bad luck.
            _ => self.image_budget().bytes.saturating_add(64 << 10),
        }
    }

    /// The decoded size of the largest layer: four floats a pixel.
    pub fn image_budget(&self) -> ImageBudget {
        let [width, height] = self.plan.recipe().render.size;
        ImageBudget { width, height, bytes: u64::from(width) * u64::from(height) * 16 }
    }

    /// What is wrong with the size and kind of a layer's image.
    pub fn check_raster(&self, name: &str, raster: &Raster) -> Result<(), String> {
        let ends_it = |l: &&WantedLayer| name.strip_suffix(&l.extension).is_some_and(|rest| rest.ends_with('.'));
        let layer = self.layers.iter().find(ends_it).ok_or("is no layer of the plan")?;
        let [width, height] = self.plan.recipe().render.size;
        let kind = |w: u32, h: u32, channels: u32, dtype: &str| format!("{w} × {h} pixels of {channels} × {dtype}");
        let found = kind(raster.width, raster.height, raster.channels, raster.samples.dtype());
        let wanted = kind(width, height, layer.channels, layer.dtype);
        if found == wanted { Ok(()) } else { Err(format!("has {found}, and the plan says {wanted}")) }
    }

    /// Everything in which a view's record differs from what plan and receipt say it must be.
    pub fn check_record(&self, record: &Value, variation: &Variation, view: u32, receipt: &Receipt) -> Vec<String> {
        let Value::Object(record) = record else {
            return vec!["is no object".into()];
        };
        let wanted = self.record(variation, view, receipt);
        let mut wrong = Vec::new();
        for (key, value) in &wanted {
            match record.get(key) {
                None => wrong.push(format!("`{key}` is missing")),
                Some(found) => compare(key, found, value, &mut wrong),
            }
        }
        wrong.extend(wrong_drawn(record.get("drawn"), variation));
        let is_known = |key: &str| wanted.contains_key(key) || RENDERED_KEYS.contains(&key);
        wrong.extend(record.keys().filter(|key| !is_known(key)).map(|key| format!("`{key}` is no key of a record")));
        wrong
    }

    /// The part of a record that follows from plan and receipt.
    fn record(&self, variation: &Variation, view: u32, receipt: &Receipt) -> Map<String, Value> {
        let recipe = self.plan.recipe();
        let spec = &variation.views[view as usize];
        let outputs = &receipt.outputs;
        let layer = |l: &WantedLayer| {
            let file = self.plan.names().member(variation.index, view, &l.extension);
            let output = outputs.iter().find(|o| o.name == file);
            let (sha256, pixels) = (output.map(|o| o.sha256), output.and_then(|o| o.pixels));
            (l.layer.name().to_string(), json!({"file": file, "sha256": sha256, "pixels": pixels, "dtype": l.dtype}))
        };
        let objects: Vec<Value> = variation.objects.iter().enumerate().map(|(i, o)| {
            json!({"id": i + 1, "path": o.path, "class": &*o.class, "class_id": o.class_id, "asset": self.asset(&o.asset)})
        }).collect();
        let semantic: Map<String, Value> =
            variation.objects.iter().map(|o| (o.class_id.to_string(), json!(&*o.class))).collect();
        let mut sky = json!({
            "rotation_deg": variation.sky.rotation_deg,
            "exposure_ev": variation.sky.exposure_ev,
            "visible": variation.sky.visible,
        });
        match &variation.sky.source {
            SkySource::Image(choice) => sky["asset"] = self.asset(choice),
            SkySource::Color(color) => sky["color"] = json!(color),
        }
        let bits: Map<String, Value> =
            variation.drawn.iter().map(|(path, value)| (path.clone(), json!(value.to_string()))).collect();
        let record = json!({
            "v": 1,
            "plan_id": self.plan.id(),
            "engine": ENGINE,
            "seed": variation.seed.to_string(),
            "variation": variation.index.to_string(),
            "attempt": variation.attempt,
            "view": view,
            "views": variation.views.len(),
            "rig": {"id": recipe.cameras[spec.rig].id, "view": spec.index},
            "credits": self.plan.credits_per_variation().to_string(),
            "spp": recipe.render.spp,
            "exposure_ev": recipe.render.exposure_ev,
            "width": recipe.render.size[0],
            "height": recipe.render.size[1],
            "world": "metres, right-handed, Z up",
            "camera_convention": "opencv",
            "pixel_centers": 0.5,
            "layers": self.layers.iter().map(layer).collect::<Map<_, _>>(),
            "objects": objects,
            "semantic": semantic,
            "sky": sky,
            "drawn_sha256": receipt.drawn,
            "drawn_bits": bits,
        });
        // Through its text, so that numbers are what a record's are: 0 and not 0.0.
        match parse_canonical(&canonical(&record)) {
            Ok(Value::Object(record)) => record,
            other => unreachable!("an object of ours reads as one: {other:?}"),
        }
    }

    fn asset(&self, choice: &AssetChoice) -> Value {
        let asset = self.plan.asset(choice);
        json!({
            "sha256": asset.sha256,
            "path": asset.path,
            "bytes": asset.bytes.to_string(),
            "license": asset.license,
            "attribution": asset.attribution,
        })
    }
}

/// The drawn values as people read them: the same as the bits, which are compared apart.
fn wrong_drawn(found: Option<&Value>, variation: &Variation) -> Option<String> {
    let found = found.and_then(Value::as_object);
    let is_same = |found: &Value, value: &DrawnValue| match value {
        // Written as the shortest decimal that reads back as the same f32.
        DrawnValue::Float(x) => found.as_f64().is_some_and(|found| found as f32 == *x),
        DrawnValue::Int(i) => found.as_i64() == Some(*i),
        DrawnValue::Asset { digest, .. } => found.as_str() == Some(&digest.to_string()),
    };
    let all_same = found.is_some_and(|found| {
        let same = |(path, value): (&String, &DrawnValue)| found.get(path).is_some_and(|found| is_same(found, value));
        found.len() == variation.drawn.len() && variation.drawn.iter().all(same)
    });
    (!all_same).then(|| "`drawn` is not what the plan draws".to_string())
}

/// Holds `found` to what is wanted of it: objects may say more where it is rendered or measured, nothing may say less.
fn compare(path: &str, found: &Value, wanted: &Value, wrong: &mut Vec<String>) {
    match (found, wanted) {
        (Value::Object(found), Value::Object(wanted)) => {
            for (key, value) in wanted {
                let path = format!("{path}.{key}");
                match found.get(key) {
                    Some(found) => compare(&path, found, value, wrong),
                    None => wrong.push(format!("`{path}` is missing")),
                }
            }
            let is_closed = matches!(path, "layers" | "semantic" | "drawn_bits" | "rig");
            for key in found.keys().filter(|key| is_closed && !wanted.contains_key(*key)) {
                wrong.push(format!("`{path}.{key}` is not in the plan"));
            }
        }
        (Value::Array(found), Value::Array(wanted)) if found.len() == wanted.len() => {
            for (i, (found, wanted)) in found.iter().zip(wanted).enumerate() {
                compare(&format!("{path}[{i}]"), found, wanted, wrong);
            }
        }
        _ if found == wanted => {}
        _ => wrong.push(format!("`{path}` is {}, and the plan says {wanted}", shortened(found))),
    }
}

/// A value of a stranger's, short enough for a message.
fn shortened(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(100) {
        None => text,
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}
