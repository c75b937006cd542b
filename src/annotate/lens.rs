//! What a record says of a view's lens: enough to project points into its picture, and back.

use super::record::{number, vector};
use crate::recipe::{BROWN, FISHEYE};
use crate::scene::{Lens, Projection};
use serde_json::{Map, Value, json};

/// How points in camera axes (X, Y, Z) become normalised places (x, y), of which K makes pixels.
pub fn projection_text(projection: &Projection) -> &'static str {
    match projection {
        Projection::Perspective { .. } => "(x, y) = (X, Y) / Z",
        Projection::Orthographic => "(x, y) = (X, Y) in metres",
        Projection::Fisheye { .. } => "(x, y) = theta_d (X, Y) / sqrt(X^2 + Y^2), theta = atan2(sqrt(X^2 + Y^2), Z)",
        Projection::Equirectangular => "(x, y) = (atan2(X, Z), atan2(Y, sqrt(X^2 + Z^2)))",
    }
}

/// What the coefficients do, and what undoes it.
pub fn distortion_text(projection: &Projection) -> &'static str {
    match projection {
        Projection::Fisheye { .. } => {
            "theta_d = theta (1 + k1 theta^2 + k2 theta^4 + k3 theta^6 + k4 theta^8); inverted by cv2.fisheye.undistortPoints"
        }
        _ => "undistorted (x, y) to distorted, before K, as cv2.projectPoints does; inverted by cv2.undistortPoints",
    }
}

pub const LENS_LAYERS: &str = "all layers are distorted alike; `rgb`, `alpha` and `albedo` see through the whole aperture, others through its centre";

pub(super) fn lens(lens: &Lens) -> Value {
    let projection = &lens.projection;
    let (name, names, coefficients): (_, &[&str], &[f32]) = match projection {
        Projection::Perspective { distortion } => ("perspective", &BROWN, distortion),
        Projection::Orthographic => ("orthographic", &[], &[]),
        Projection::Fisheye { k, .. } => ("fisheye", &FISHEYE, k),
        Projection::Equirectangular => ("equirectangular", &[], &[]),
    };
    let mut out = json!({"projection": name, "maps": projection_text(projection), "layers": LENS_LAYERS});
    let is_fisheye = matches!(projection, Projection::Fisheye { .. });
    if is_fisheye || coefficients.iter().any(|&k| k != 0.0) {
        let mut distortion: Map<String, Value> =
            names.iter().zip(coefficients).map(|(name, &k)| ((*name).to_string(), number(k + 0.0))).collect();
        distortion.insert("model".to_string(), json!(if is_fisheye { "opencv_fisheye" } else { "opencv" }));
        distortion.insert("maps".to_string(), json!(distortion_text(projection)));
        if !is_fisheye {
            // The order of OpenCV's `distCoeffs`.
            distortion.insert("coefficients".to_string(), vector::<8>(std::array::from_fn(|i| coefficients[i] + 0.0)));
        }
        out["distortion"] = Value::Object(distortion);
    }
    if let Projection::Fisheye { max_angle_rad, image_circle, .. } = projection {
        out["image_circle"] = json!({"theta_rad": number(*max_angle_rad), "radius": number(*image_circle)});
    }
    if let Some(aperture) = &lens.aperture {
        out["aperture"] = json!({
            "radius_m": number(aperture.radius_m),
            "focus_m": number(aperture.focus_m),
            "blades": aperture.blades,
            "blade_rotation_deg": number(aperture.blade_rotation_deg + 0.0),
        });
    }
    out
}
