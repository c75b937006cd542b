//! Lights of the recipe and of assets, in the world.

use super::camera::{Measure, right_of};
use super::daylight;
use super::place::{apply, to_vec3};
use super::{ComposeError, within};
use crate::math::Vec3;
use crate::plan::{SunSky, VariationAim, VariationLight, VariationShape};
use crate::scene::{AreaLight, AreaShape, Light, PlacedObject};
use std::f64::consts::PI;

/// Sides of an area light in metres.
const SIDE_M: (f64, f64) = (1e-6, 1e9);

/// A light of the recipe. `id`: for messages.
pub(super) fn described(light: &VariationLight, id: &str, measure: &mut Measure) -> Result<Light, ComposeError> {
    let path = |key: &str| format!("lights.{id}.{key}");
    let strength = |key: &str, rgb: [f64; 3]| -> Result<[f64; 3], ComposeError> {
        for value in rgb {
            within(&path(key), value, 0.0, f64::from(f32::MAX))?;
        }
        Ok(rgb)
    };
    let finite = |position: &[f64; 3]| -> Result<Vec3, ComposeError> {
        let position = to_vec3(*position);
        if position.is_finite() { Ok(position) } else { Err(ComposeError::NotFinite { path: path("position") }) }
    };
    match light {
        VariationLight::Sun { elevation_deg, azimuth_deg, angle_deg, irradiance } => {
            let angle_deg = within(&path("angle_deg"), *angle_deg, 0.0, 180.0)?;
            let irradiance = strength("irradiance", *irradiance)?;
            Ok(sun(*elevation_deg, *azimuth_deg, angle_deg, irradiance))
        }
        VariationLight::Point { position, power_w } => {
            let sphere = 4.0 * PI;
            let intensity = to_vec3(strength("power_w", *power_w)?.map(|watts| watts / sphere));
            Ok(Light::Point { position: finite(position)?, intensity })
        }
        VariationLight::Spot { position, aim, inner_deg, outer_deg, power_w } => {
            let outer = within(&path("outer_deg"), *outer_deg, 1e-3, 90.0)?.to_radians();
            let inner = within(&path("inner_deg"), *inner_deg, 0.0, 90.0)?.to_radians();
            let inner = if inner < outer { inner } else { outer };
            let cone = cone(libm::cos(inner), libm::cos(outer));
            Ok(Light::Spot {
                position: finite(position)?,
                direction: unit(aimed(aim, *position, &path, measure)?),
                intensity: to_vec3(strength("power_w", *power_w)?.map(|watts| watts / cone)),
                inner_rad: inner as f32,
                outer_rad: outer as f32,
            })
        }
        VariationLight::Area { shape, position, aim, power_w, visible, two_sided } => {
            let side = |value: f64| within(&path("size_m"), value, SIDE_M.0, SIDE_M.1).map(|side| side as f32);
            let shape = match *shape {
                VariationShape::Rectangle { width, height } => {
                    AreaShape::Rectangle { width: side(width)?, height: side(height)? }
                }
                VariationShape::Disk { diameter } => AreaShape::Disk { diameter: side(diameter)? },
                VariationShape::Sphere { diameter } => AreaShape::Sphere { diameter: side(diameter)? },
            };
            let direction = match shape {
                AreaShape::Sphere { .. } => [0.0, 0.0, -1.0],
                _ => aimed(aim, *position, &path, measure)?,
            };
            // Even radiance over a front that obeys Lambert's law: Φ = π A L.
            let radiance = power_w.map(|watts| watts / (PI * shape.area()));
            Ok(Light::Area(AreaLight {
                shape,
                position: finite(position)?,
                direction: unit(direction),
                across: unit(right_of(direction)),
                radiance: to_vec3(strength("power_w", radiance)?),
                visible: *visible,
                two_sided: *two_sided,
            }))
        }
    }
}

/// The sun of a day of the sky's model; `None` where it has none. `rotation_deg`, `scale`: the sky's.
pub(super) fn sun_of(day: &SunSky, irradiance: [f64; 3], rotation_deg: f64, scale: f64) -> Option<Light> {
    let azimuth_deg = day.azimuth_deg + rotation_deg;
    let irradiance = irradiance.map(|e| e * scale);
    day.sun.then(|| sun(day.elevation_deg, azimuth_deg, daylight::SUN_ANGLE_DEG, irradiance))
}

fn sun(elevation_deg: f64, azimuth_deg: f64, angle_deg: f64, irradiance: [f64; 3]) -> Light {
    let (sin_az, cos_az) = libm::sincos(azimuth_deg.to_radians());
    let (sin_el, cos_el) = libm::sincos(elevation_deg.to_radians());
    Light::Sun {
        direction: unit([-cos_az * cos_el, -sin_az * cos_el, -sin_el]),
        irradiance: to_vec3(irradiance),
        angle_rad: angle_deg.to_radians() as f32,
    }
}

/// Unit, where a light looks.
fn aimed(
    aim: &VariationAim,
    position: [f64; 3],
    path: &dyn Fn(&str) -> String,
    measure: &mut Measure,
) -> Result<[f64; 3], ComposeError> {
    let (key, way) = match aim {
        VariationAim::Along(direction) => ("direction", *direction),
        VariationAim::At(target) => {
            let target = measure.target(target);
            ("look_at", std::array::from_fn(|k| target[k] - position[k]))
        }
    };
    let length = (way[0] * way[0] + way[1] * way[1] + way[2] * way[2]).sqrt();
    if length.is_nan() || length <= 1e-12 {
        return Err(ComposeError::LooksNowhere { path: path(key) });
    }
    Ok(way.map(|x| x / length))
}

/// ∫ of a spot's share over its cone (sr): a squared ramp between the cosines, which differ by at least a thousandth, as
/// where spots are shaded.
fn cone(cos_inner: f64, cos_outer: f64) -> f64 {
    let span = cos_inner - cos_outer;
    let span = if span > 1e-3 { span } else { 1e-3 };
    let height = 1.0 - cos_outer;
    let ramp = if height < span { height * height * height / (3.0 * span * span) } else { height - span * 2.0 / 3.0 };
    2.0 * PI * ramp
}

/// A light of an asset where the asset stands. Its intensity grows with the square of the scale, as distances do: the
/// asset looks as lit as in its own units.
pub(super) fn transformed(light: &Light, placed: &PlacedObject) -> Light {
    let world_from_gltf = &placed.world_from_gltf;
    let turn = |d: Vec3| unit(apply(&placed.rotation, [d.x, -d.z, d.y].map(f64::from)));
    let area = (placed.scale * placed.scale) as f32;
    match *light {
        Light::Sun { direction, irradiance, angle_rad } => {
            Light::Sun { direction: turn(direction), irradiance, angle_rad }
        }
        Light::Point { position, intensity } => {
            Light::Point { position: world_from_gltf.point(position), intensity: intensity * area }
        }
        Light::Spot { position, direction, intensity, inner_rad, outer_rad } => Light::Spot {
            position: world_from_gltf.point(position),
            direction: turn(direction),
            intensity: intensity * area,
            inner_rad,
            outer_rad,
        },
        // glTF has none.
        Light::Area(area) => Light::Area(area),
    }
}

/// Normalised in f64, without −0.
fn unit(v: [f64; 3]) -> Vec3 {
    let length = (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]).sqrt();
    to_vec3(v.map(|x| x / length + 0.0))
}
