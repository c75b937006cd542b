//! What layers of ids, masks and unit cubes add to a view's record, from the decoded images and without rendering.
//!
//! Taken on the signer's word, in its right form: names of materials and nodes, which object an id belongs to, the unit cubes
//! (under `fit: none`, and of what is posed), and the masks of objects that no image holds. Without decoded images counts are held to one another.

use super::record::{Covered, SLACK, unlike};
use super::wanted::Wanted;
use crate::annotate::{AMODAL_BITS, MAX_NAME_BYTES};
use crate::formats::rle;
use crate::layer::Layer;
use crate::plan::{Variation, VariationObject};
use crate::recipe::Fit;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What decoded images say about a view.
pub struct Seen<'a> {
    pub covered: Covered,
    /// How often each value occurs in a layer's image; `None` where it was not decoded.
    pub values: &'a dyn Fn(Layer) -> Option<&'a BTreeMap<u16, u64>>,
}

/// Adds to `record`, which is whole but for these, what must stand there.
pub fn add(record: &mut Value, found: &Value, wanted: &Wanted<'_>, variation: &Variation, seen: &Seen<'_>) {
    let has = |layer| wanted.layers.iter().any(|l| l.layer == layer);
    let objects = variation.objects.len();
    for (layer, key, index) in [(Layer::MaterialId, "materials", "material"), (Layer::Part, "parts", "part")] {
        if has(layer) {
            record[key] = id_table(&found[key], index, objects, (seen.values)(layer));
        }
    }
    for i in 0..objects {
        let id = i + 1;
        let said = &found["objects"][i];
        if has(Layer::Nocs) {
            record["objects"][i]["nocs_from_object"] = unit_cube(&said["nocs_from_object"], &variation.objects[i]);
        }
        let area = if !has(Layer::Amodal) {
            None
        } else if id > usize::from(AMODAL_BITS) {
            let (mask, area) = mask(&said["amodal"], wanted);
            record["objects"][i]["amodal"] = mask;
            area
        } else {
            let of_bit = |values: &BTreeMap<u16, u64>| {
                values.iter().filter(|(bits, _)| *bits >> (id - 1) & 1 == 1).map(|(_, n)| n).sum()
            };
            (seen.values)(Layer::Amodal).map(of_bit)
        };
        if has(Layer::Amodal) && has(Layer::Instance) {
            let visible = (seen.values)(Layer::Instance)
                .map(|values| u16::try_from(id).ok().and_then(|id| values.get(&id).copied()).unwrap_or(0));
            add_pixel_counts(&mut record["objects"][i], said, area, visible);
        }
    }
}

/// The ids that occur in the image; objects and indices in their order, one after another.
fn id_table(found: &Value, index: &str, objects: usize, values: Option<&BTreeMap<u16, u64>>) -> Value {
    let said = found.as_object();
    let ids: Vec<u16> = match values {
        Some(values) => values.keys().copied().filter(|&id| id > 0).collect(),
        None => {
            let mut ids: Vec<u16> =
                said.into_iter().flatten().filter_map(|(id, _)| id.parse().ok()).filter(|&id| id > 0).collect();
            ids.sort_unstable();
            ids
        }
    };
    let mut table = Map::new();
    // The object before, and what its ids are above its indices.
    let mut before: Option<(u64, u64)> = None;
    for id in ids {
        let entry = said.and_then(|said| said.get(&id.to_string())).unwrap_or(&Value::Null);
        let keys = entry["object"].as_u64().zip(entry[index].as_u64());
        let is_named = entry["name"].as_str().is_some_and(|name| name.len() <= MAX_NAME_BYTES);
        let follows = keys.is_some_and(|(object, at)| {
            let Some(start) = u64::from(id).checked_sub(at.saturating_add(1)) else { return false };
            let is_known = (1..=objects as u64).contains(&object);
            let fits = match before {
                Some((last, its_start)) if last == object => start == its_start,
                Some((last, its_start)) => object > last && start > its_start,
                None => true,
            };
            before = Some((object, start));
            is_known && fits
        });
        let wanted = if is_named && follows {
            let (object, at) = keys.unwrap_or_default();
            json!({"object": object, (index): at, "name": entry["name"]})
        } else {
            unlike(entry)
        };
        table.insert(id.to_string(), wanted);
    }
    Value::Object(table)
}

/// Under `fit: unit` the object's longest side is its drawn scale, and its centre the origin; what is posed is fitted as it is
/// shown, and its cube is around what it is at rest.
fn unit_cube(found: &Value, drawn: &VariationObject) -> Value {
    let is_known = drawn.fit == Fit::Unit && drawn.pose.is_none();
    let near = |x: f64, wanted: f64| !is_known || (x - wanted).abs() <= SLACK * wanted;
    let scale = found["scale"].as_f64().filter(|&scale| scale > 0.0 && near(scale, 1.0 / drawn.scale));
    let is_offset = |x: &Value| x.as_f64().is_some_and(|x| near(x, 0.5));
    let offset = found["offset"].as_array().filter(|offset| offset.len() == 3 && offset.iter().all(is_offset));
    match scale.zip(offset) {
        Some(_) => json!({"scale": found["scale"], "offset": found["offset"]}),
        None => unlike(found),
    }
}

/// A mask in the record, and how many pixels it has.
fn mask(found: &Value, wanted: &Wanted<'_>) -> (Value, Option<u64>) {
    let [width, height] = wanted.plan.recipe().render.size;
    let counts = found["counts"].as_str().unwrap_or_default();
    match rle::area(width, height, counts) {
        Some(area) => (json!({"size": [height, width], "counts": counts}), Some(area)),
        None => (unlike(found), None),
    }
}

/// `area`, `visible`: what the images say.
fn add_pixel_counts(entry: &mut Value, said: &Value, area: Option<u64>, visible: Option<u64>) {
    let count = |key: &str, known: Option<u64>| known.or_else(|| said[key].as_u64());
    let (all, seen) = (count("px_count_all", area), count("px_count_visib", visible));
    let Some((all, seen)) = all.zip(seen).filter(|(all, seen)| seen <= all) else {
        for key in ["px_count_all", "px_count_visib", "visib_fract"] {
            entry[key] = unlike(&said[key]);
        }
        return;
    };
    entry["px_count_all"] = json!(all);
    entry["px_count_visib"] = json!(seen);
    entry["visib_fract"] = json!(if all > 0 { seen as f64 / all as f64 } else { 0.0 });
}
