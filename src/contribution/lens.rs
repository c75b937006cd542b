//! What a view's record must say of its lens and its stereo pair, stated a second time: see [`super::record`].

use crate::annotate;
use crate::compose::ForetoldCamera;
use crate::plan::ViewSpec;
use crate::scene::Projection;
use serde_json::{Value, json};

/// `found` keeps the focus where it hangs on an object, if it is a distance.
pub fn lens(found: &Value, camera: &ForetoldCamera) -> Value {
    let projection = &camera.lens.projection;
    let (name, distortion) = match projection {
        Projection::Perspective { distortion } => {
            let [k1, k2, p1, p2, k3, k4, k5, k6] = distortion.map(decimal);
            let is_distorted = distortion.iter().any(|&k| k != 0.0);
            let json = json!({
                "model": "opencv", "k1": k1, "k2": k2, "p1": p1, "p2": p2, "k3": k3, "k4": k4, "k5": k5, "k6": k6,
                "coefficients": [k1, k2, p1, p2, k3, k4, k5, k6],
                "maps": annotate::distortion_text(projection),
            });
            ("perspective", is_distorted.then_some(json))
        }
        Projection::Orthographic => ("orthographic", None),
        Projection::Fisheye { k, .. } => {
            let [k1, k2, k3, k4] = k.map(decimal);
            let maps = annotate::distortion_text(projection);
            let json = json!({"model": "opencv_fisheye", "k1": k1, "k2": k2, "k3": k3, "k4": k4, "maps": maps});
            ("fisheye", Some(json))
        }
        Projection::Equirectangular => ("equirectangular", None),
    };
    let maps = annotate::projection_text(projection);
    let mut out = json!({"projection": name, "maps": maps, "layers": annotate::LENS_LAYERS});
    if let Some(distortion) = distortion {
        out["distortion"] = distortion;
    }
    if let Projection::Fisheye { max_angle_rad, image_circle, .. } = *projection {
        out["image_circle"] = json!({"theta_rad": decimal(max_angle_rad), "radius": decimal(image_circle)});
    }
    if let Some(aperture) = camera.lens.aperture {
        let said = &found["aperture"]["focus_m"];
        let is_distance = said.as_f64().is_some_and(|metres| metres > 0.0);
        let focus = if !camera.has_focus && is_distance { said.clone() } else { json!(decimal(aperture.focus_m)) };
        out["aperture"] = json!({
            "radius_m": decimal(aperture.radius_m),
            "focus_m": focus,
            "blades": aperture.blades,
            "blade_rotation_deg": decimal(aperture.blade_rotation_deg),
        });
    }
    out
}

/// `None` where the recipe has no sensor. All of it is drawn, so that nothing is taken on the signer's word.
/// `fx`: of the view's K.
pub fn sensor(view: &ViewSpec, fx: f64) -> Option<Value> {
    let sensor = view.sensor?;
    let rounded = |x: f64| decimal(x as f32);
    let mut out = json!({
        "order": annotate::SENSOR_ORDER,
        "chromatic_aberration_px": rounded(sensor.chromatic_aberration_px),
        "vignette": rounded(sensor.vignette),
        "noise": {"shot": rounded(sensor.noise_shot), "read": rounded(sensor.noise_read)},
        "black_level": rounded(sensor.black_level),
        "bits": sensor.bits,
        "white_balance": sensor.white_balance.map(rounded),
        "jpeg_quality": sensor.jpeg_quality,
    });
    if let Some(depth) = sensor.depth {
        let per_m = depth.baseline_m.map_or(1.0, |baseline| 1.0 / (fx * baseline));
        out["depth"] = json!({
            "noise_per_m": rounded(depth.noise * per_m),
            "step_per_m": rounded(depth.step * per_m),
            "range_m": [rounded(depth.range_m.0), rounded(depth.range_m.1)],
            "maps": annotate::DEPTH_TEXT,
        });
    }
    Some(out)
}

/// `None` where the view, number `view` over all cameras, is none of a pair.
pub fn stereo(spec: &ViewSpec, view: u32) -> Option<Value> {
    let eye = match spec.shift_m {
        0.0 => return None,
        shift if shift < 0.0 => "left",
        _ => "right",
    };
    // Pairs are counted from the first view of their rig.
    let first = view - spec.index;
    let other = first + (spec.index ^ 1);
    let baseline = decimal((2.0 * spec.shift_m).abs() as f32);
    Some(json!({"eye": eye, "baseline_m": baseline, "other_view": other}))
}

/// The shortest decimal that reads back as `x`; zero without a sign.
fn decimal(x: f32) -> f64 {
    let x = x + 0.0;
    x.to_string().parse().unwrap_or(f64::from(x))
}
