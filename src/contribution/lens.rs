//! What a view's record must say of its lens, stated a second time: see [`super::record`].

use super::record::number;
use crate::annotate;
use crate::compose::ForetoldCamera;
use crate::scene::Projection;
use serde_json::{Value, json};

/// `found` keeps the focus where it hangs on an object, if it is a distance.
pub fn lens(found: &Value, camera: &ForetoldCamera) -> Value {
    let projection = &camera.lens.projection;
    let (name, distortion) = match projection {
        Projection::Perspective { distortion } => {
            let [k1, k2, p1, p2, k3, k4, k5, k6] = distortion.map(number);
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
            let [k1, k2, k3, k4] = k.map(number);
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
        out["image_circle"] = json!({"theta_rad": number(max_angle_rad), "radius": number(image_circle)});
    }
    if let Some(aperture) = camera.lens.aperture {
        let said = &found["aperture"]["focus_m"];
        let is_distance = said.as_f64().is_some_and(|metres| metres > 0.0);
        let focus = if !camera.has_focus && is_distance { said.clone() } else { json!(number(aperture.focus_m)) };
        out["aperture"] = json!({
            "radius_m": number(aperture.radius_m),
            "focus_m": focus,
            "blades": aperture.blades,
            "blade_rotation_deg": number(aperture.blade_rotation_deg),
        });
    }
    out
}
