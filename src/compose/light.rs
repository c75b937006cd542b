//! Lights of the recipe and of assets, in the world.

use super::place::{apply, to_vec3};
use super::{ComposeError, within};
use crate::math::Vec3;
use crate::plan::VariationLight;
use crate::scene::{PlacedObject, PunctualLight};

/// A light of the recipe. `id`: for messages.
pub(super) fn described(light: &VariationLight, id: &str) -> Result<PunctualLight, ComposeError> {
    let strength = |key: &str, rgb: [f64; 3]| -> Result<[f64; 3], ComposeError> {
        for value in rgb {
            within(&format!("lights.{id}.{key}"), value, 0.0, f64::from(f32::MAX))?;
        }
        Ok(rgb)
    };
    match *light {
        VariationLight::Sun { elevation_deg, azimuth_deg, angle_deg, irradiance } => {
            let (sin_az, cos_az) = libm::sincos(azimuth_deg.to_radians());
            let (sin_el, cos_el) = libm::sincos(elevation_deg.to_radians());
            let angle_deg = within(&format!("lights.{id}.angle_deg"), angle_deg, 0.0, 180.0)?;
            Ok(PunctualLight::Sun {
                direction: unit([-cos_az * cos_el, -sin_az * cos_el, -sin_el]),
                irradiance: to_vec3(strength("irradiance", irradiance)?),
                angle_rad: angle_deg.to_radians() as f32,
            })
        }
        VariationLight::Point { position, power_w } => {
            let position = to_vec3(position);
            if !position.is_finite() {
                return Err(ComposeError::NotFinite { path: format!("lights.{id}.position") });
            }
            let sphere = 4.0 * std::f64::consts::PI;
            let intensity = to_vec3(strength("power_w", power_w)?.map(|watts| watts / sphere));
            Ok(PunctualLight::Point { position, intensity })
        }
    }
}

/// A light of an asset where the asset stands. Its intensity grows with the square of the scale, as distances do: the
/// asset looks as lit as in its own units.
pub(super) fn transformed(light: &PunctualLight, placed: &PlacedObject) -> PunctualLight {
    let world_from_gltf = &placed.world_from_gltf;
    let turn = |d: Vec3| unit(apply(&placed.rotation, [d.x, -d.z, d.y].map(f64::from)));
    let area = (placed.scale * placed.scale) as f32;
    match *light {
        PunctualLight::Sun { direction, irradiance, angle_rad } => {
            PunctualLight::Sun { direction: turn(direction), irradiance, angle_rad }
        }
        PunctualLight::Point { position, intensity } => {
            PunctualLight::Point { position: world_from_gltf.point(position), intensity: intensity * area }
        }
        PunctualLight::Spot { position, direction, intensity, inner_rad, outer_rad } => PunctualLight::Spot {
            position: world_from_gltf.point(position),
            direction: turn(direction),
            intensity: intensity * area,
            inner_rad,
            outer_rad,
        },
    }
}

/// Normalised in f64, without −0.
fn unit(v: [f64; 3]) -> Vec3 {
    let length = (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]).sqrt();
    to_vec3(v.map(|x| x / length + 0.0))
}
