//! Cameras as JSON with every key written out.

use super::super::lower::{BROWN, FISHEYE};
use super::super::types::*;
use super::{list, number, range, target, triple};
use serde_json::{Value, json};

pub(super) fn camera(rig: &CameraRig) -> Value {
    let mut json = rig_json(&rig.kind);
    json["id"] = json!(rig.id);
    json["roll_deg"] = number(&rig.roll_deg);
    json["motion"] = json!({
        "translate_m": triple(&rig.motion.translate_m),
        "rotate_deg": triple(&rig.motion.rotate_deg),
    });
    json["lens"] = lens(&rig.lens);
    json["sensor_mm"] = json!(rig.sensor_mm);
    json
}

fn lens(lens: &Lens) -> Value {
    match lens {
        Lens::Perspective { distortion, aperture } => {
            let mut json = json!({"projection": "perspective", "distortion": {"model": "none"}});
            if let Distortion::Brown(coefficients) = distortion {
                json["distortion"] = coefficients_json(&BROWN, coefficients);
                json["distortion"]["model"] = json!("brown");
            }
            if let Aperture::Thin { f_stop, focus, blades, blade_rotation_deg } = aperture {
                json["f_stop"] = number(f_stop);
                json["focus"] = match focus {
                    Focus::Metres(metres) => number(metres),
                    Focus::Object(id) => json!(id),
                    Focus::Scene => json!("scene"),
                };
                json["blades"] = json!(blades);
                json["blade_rotation_deg"] = number(blade_rotation_deg);
            }
            json
        }
        Lens::Orthographic { height_m } => json!({"projection": "orthographic", "height_m": number(height_m)}),
        Lens::Fisheye { k } => {
            let mut json = coefficients_json(&FISHEYE, k);
            json["projection"] = json!("fisheye");
            json
        }
        Lens::Equirectangular => json!({"projection": "equirectangular"}),
    }
}

fn coefficients_json(names: &[&str], coefficients: &[Number]) -> Value {
    let entries = names.iter().zip(coefficients).map(|(name, k)| ((*name).to_owned(), number(k)));
    Value::Object(entries.collect())
}

/// What is seen: no key where the projection says it.
fn with_fov(mut json: Value, fov: &FieldOfView) -> Value {
    match fov {
        FieldOfView::Deg(deg) => json["fov_deg"] = number(deg),
        FieldOfView::FocalLengthMm(mm) => json["focal_length_mm"] = number(mm),
        FieldOfView::OfLens => {}
    }
    json
}

fn rig_json(kind: &RigKind) -> Value {
    match kind {
        RigKind::Fibonacci { views, radius, elevation_deg, azimuth_deg, look_at, fov } => with_fov(
            json!({
                "rig": "fibonacci",
                "views": views,
                "radius": radius_json(radius),
                "elevation_deg": range(*elevation_deg),
                "azimuth_deg": number(azimuth_deg),
                "look_at": target(look_at),
            }),
            fov,
        ),
        RigKind::Orbit { views, radius, elevation_deg, azimuth_deg, look_at, fov } => with_fov(
            json!({
                "rig": "orbit",
                "views": views,
                "radius": radius_json(radius),
                "elevation_deg": number(elevation_deg),
                "azimuth_deg": range(*azimuth_deg),
                "look_at": target(look_at),
            }),
            fov,
        ),
        RigKind::Ring { views, radius, elevations_deg, azimuth_deg, look_at, fov } => with_fov(
            json!({
                "rig": "ring",
                "views": views,
                "radius": radius_json(radius),
                "elevations_deg": elevations_deg,
                "azimuth_deg": number(azimuth_deg),
                "look_at": target(look_at),
            }),
            fov,
        ),
        RigKind::Fixed { position, look_at, fov } => with_fov(
            json!({
                "rig": "fixed",
                "position": triple(position),
                "look_at": target(look_at),
            }),
            fov,
        ),
        RigKind::Stereo { pairs, baseline_m, radius, elevation_deg, azimuth_deg, look_at, fov } => with_fov(
            json!({
                "rig": "stereo",
                "pairs": pairs,
                "baseline_m": number(baseline_m),
                "radius": radius_json(radius),
                "elevation_deg": number(elevation_deg),
                "azimuth_deg": range(*azimuth_deg),
                "look_at": target(look_at),
            }),
            fov,
        ),
        RigKind::File { path, cameras } => file_rig(path, cameras),
    }
}

/// Cameras that are not read yet are not written as an empty list.
fn file_rig(path: &str, cameras: &[FileCamera]) -> Value {
    let mut json = json!({"rig": "file", "path": path});
    if !cameras.is_empty() {
        json["cameras"] = list(cameras, |camera| {
            json!({
                "fx": camera.fx,
                "fy": camera.fy,
                "cx": camera.cx,
                "cy": camera.cy,
                "cam2world": camera.cam2world,
            })
        });
    }
    json
}

fn radius_json(radius: &Radius) -> Value {
    match radius {
        Radius::Metres(metres) => number(metres),
        Radius::Fit(factor) => json!({"fit": number(factor)}),
    }
}
