//! Lowering of `sensor`.

use super::super::draws::{draw, draw_integer};
use super::super::node::{Kind, Node};
use super::super::reader::{Mapping, Reader, open, open_case};
use super::super::scalars::small_integer;
use super::super::schema::Field;
use super::super::tables::{DEPTH_SENSOR, NOISE, SENSOR};
use super::super::types::{CameraRig, DepthSensor, Lens, Sensor};
use super::super::values::{range, vector};

pub fn read(r: &mut Reader, _: &Field, node: &Node) -> Option<Sensor> {
    let m = open(r, &SENSOR, node)?;
    let chromatic_aberration_px = m.read(r, "chromatic_aberration_px", draw);
    let vignette = m.read(r, "vignette", draw);
    let noise = m.read(r, "noise", |r, _, node| {
        let m = open(r, &NOISE, node)?;
        let (shot, read) = (m.read(r, "shot", draw), m.read(r, "read", draw));
        shot.zip(read)
    });
    let black_level = m.read(r, "black_level", draw);
    let bits = m.read(r, "bits", small_integer);
    let white_balance = m.read(r, "white_balance", vector);
    let jpeg_quality = m.read(r, "jpeg_quality", draw_integer);
    let depth = m.read(r, "depth", |r, _, node| depth(r, node));
    let (noise_shot, noise_read) = noise?;
    Some(Sensor {
        vignette: vignette?,
        chromatic_aberration_px: chromatic_aberration_px?,
        noise_shot,
        noise_read,
        black_level: black_level?,
        bits: bits?,
        white_balance: white_balance?,
        jpeg_quality: jpeg_quality?,
        depth: depth?,
    })
}

/// Disparity is a focal length times a baseline over depth with a perspective lens only. `recipe`: where the sensor stands.
pub fn check_lenses(r: &mut Reader, recipe: &Mapping<'_>, sensor: &Sensor, cameras: &[CameraRig]) {
    let DepthSensor::Stereo { .. } = sensor.depth else { return };
    let bent = |rig: &&CameraRig| !matches!(rig.lens, Lens::Perspective { .. });
    let (Some(rig), Some(entry)) = (cameras.iter().find(bent), recipe.entry("sensor")) else { return };
    let at = match &entry.value.kind {
        Kind::Map(entries) => {
            entries.iter().find(|entry| entry.key == "depth").map_or(entry.key_at, |depth| depth.value.at)
        }
        _ => entry.key_at,
    };
    let message = format!("`stereo` measures with perspective lenses, but camera `{}` has another", rig.id);
    r.error_with_hint(at, message, "use `structured_light`, which hangs on depth alone");
}

fn depth(r: &mut Reader, node: &Node) -> Option<DepthSensor> {
    let (case, m) = open_case(r, &DEPTH_SENSOR, node)?;
    match case.word {
        "none" => Some(DepthSensor::None),
        "stereo" => {
            let baseline_m = m.read(r, "baseline_m", draw);
            let noise_px = m.read(r, "noise_px", draw);
            let step_px = m.read(r, "step_px", draw);
            let range_m = m.read(r, "range_m", range);
            let (baseline_m, noise_px, step_px, range_m) = (baseline_m?, noise_px?, step_px?, range_m?);
            Some(DepthSensor::Stereo { baseline_m, noise_px, step_px, range_m })
        }
        _ => {
            let noise_per_m = m.read(r, "noise_per_m", draw);
            let step_per_m = m.read(r, "step_per_m", draw);
            let range_m = m.read(r, "range_m", range);
            let (noise_per_m, step_per_m, range_m) = (noise_per_m?, step_per_m?, range_m?);
            Some(DepthSensor::StructuredLight { noise_per_m, step_per_m, range_m })
        }
    }
}
