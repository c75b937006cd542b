//! Keys that are right by themselves and do nothing beside the others: whoever wrote them meant something. A plan writes all
//! keys, so that nothing is said of its own.

use super::super::node::{Entry, Kind, Node};
use super::super::reader::{Mapping, Reader};
use super::super::types::{Aperture, AreaShape, DepthSensor, Frames, Lens, Sensor};
use crate::layer::Layer;

/// Tells each of `keys` that stands in the mapping.
fn tell(r: &mut Reader, m: &Mapping<'_>, keys: &[&str], without: &str, hint: &str) {
    for entry in keys.iter().filter_map(|key| m.entry(key)) {
        tell_entry(r, entry, without, hint);
    }
}

fn tell_entry(r: &mut Reader, entry: &Entry, without: &str, hint: &str) {
    r.idle(entry.key_at, format!("`{}` changes nothing {without}", entry.key), hint);
}

/// The entry of a key, where the node is a mapping that has it.
fn entry_of<'n>(node: &'n Node, key: &str) -> Option<&'n Entry> {
    match &node.kind {
        Kind::Map(entries) => entries.iter().find(|entry| entry.key == key),
        _ => None,
    }
}

pub fn of_area_light(r: &mut Reader, m: &Mapping<'_>, shape: &AreaShape) {
    if let AreaShape::Sphere { .. } = shape {
        tell(r, m, &["look_at", "direction"], "where `shape: sphere`", "a sphere shines in all directions");
    }
}

pub fn of_camera(r: &mut Reader, m: &Mapping<'_>, is_file: bool, lens: &Lens) {
    let has_aperture = matches!(lens, Lens::Perspective { aperture: Aperture::Thin { .. }, .. });
    if m.entry("focal_length_mm").is_none() && !has_aperture {
        let hint = "it says how much a focal length shows, and how large an f-number's aperture is";
        tell(r, m, &["sensor_mm"], "without `focal_length_mm` or `lens.f_stop`", hint);
    }
    let height = m.entry("lens").and_then(|lens| entry_of(&lens.value, "height_m"));
    if let Some(height) = height.filter(|_| is_file) {
        tell_entry(r, height, "where `rig: file`", "the file's K says what is seen: fx and fy are pixels a metre");
    }
}

/// Motion is seen by an open shutter, by a rolling one, and in flow.
pub fn of_motion(r: &mut Reader, recipe: &Mapping<'_>, frames: &Frames, layers: &[Layer]) {
    let has_flow = layers.iter().any(|layer| matches!(layer, Layer::FlowFwd | Layer::FlowBwd));
    if frames.shutter > 0.0 || frames.rolling > 0.0 || has_flow {
        return;
    }
    let Some(Kind::List(cameras)) = recipe.entry("cameras").map(|cameras| &cameras.value.kind) else { return };
    for motion in cameras.iter().filter_map(|camera| entry_of(camera, "motion")) {
        let hint = "as `frames: {shutter: 0.5}`, or `layers: [rgb, flow_fwd]`";
        tell_entry(r, motion, "while the shutter is open for no time, without a layer of flow", hint);
    }
}

pub fn of_depth_sensor(r: &mut Reader, recipe: &Mapping<'_>, sensor: &Sensor, layers: &[Layer]) {
    if sensor.depth == DepthSensor::None || layers.contains(&Layer::DepthSensor) {
        return;
    }
    if let Some(depth) = recipe.entry("sensor").and_then(|sensor| entry_of(&sensor.value, "depth")) {
        tell_entry(r, depth, "without the layer `depth_sensor`", "add it to `layers`");
    }
}
