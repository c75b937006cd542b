//! One draw of a light of the recipe. Knows no objects but by their index.

use super::cameras::Target;
use super::draw;
use super::value::Drawer;
use super::variation::{VariationAim, VariationLight, VariationShape};
use crate::math::spectrum;
use crate::recipe::{Aim, AreaShape, Light, LightKind, LookAt, Number};

/// Draws at `lights.ID.…`. `object_index` finds an object by its id.
pub(super) fn draw(light: &Light, drawer: &mut Drawer, object_index: &dyn Fn(&str) -> Option<usize>) -> VariationLight {
    let at = |key: &str| format!("lights.{}.{key}", light.id);
    let mut color = drawer.triple(&at("color"), draw::NONE, &light.color);
    if let Some(temperature_k) = &light.temperature_k {
        let tint = spectrum::black_body(drawer.number(&at("temperature_k"), draw::NONE, temperature_k));
        color = std::array::from_fn(|k| color[k] * tint[k]);
    }
    let aimed = |drawer: &mut Drawer, aim: &Aim| match aim {
        Aim::At(LookAt::Object(id)) => VariationAim::At(object_index(id).map_or(Target::Scene, Target::Object)),
        Aim::At(LookAt::Scene) => VariationAim::At(Target::Scene),
        Aim::At(LookAt::Point(point)) => {
            VariationAim::At(Target::Point(drawer.triple(&at("look_at"), draw::NONE, point)))
        }
        Aim::Along(direction) => VariationAim::Along(drawer.triple(&at("direction"), draw::NONE, direction)),
    };
    let number = |drawer: &mut Drawer, key: &str, number: &Number| drawer.number(&at(key), draw::NONE, number);
    match &light.kind {
        LightKind::Sun { elevation_deg, azimuth_deg, angle_deg, irradiance } => {
            let strength = number(drawer, "irradiance", irradiance);
            VariationLight::Sun {
                elevation_deg: number(drawer, "elevation_deg", elevation_deg),
                azimuth_deg: number(drawer, "azimuth_deg", azimuth_deg),
                angle_deg: number(drawer, "angle_deg", angle_deg),
                irradiance: color.map(|c| c * strength),
            }
        }
        LightKind::Point { position, power_w } => {
            let strength = number(drawer, "power_w", power_w);
            VariationLight::Point {
                position: drawer.triple(&at("position"), draw::NONE, position),
                power_w: color.map(|c| c * strength),
            }
        }
        LightKind::Spot { position, aim, inner_deg, outer_deg, power_w } => {
            let strength = number(drawer, "power_w", power_w);
            VariationLight::Spot {
                position: drawer.triple(&at("position"), draw::NONE, position),
                aim: aimed(drawer, aim),
                inner_deg: number(drawer, "inner_deg", inner_deg),
                outer_deg: number(drawer, "outer_deg", outer_deg),
                power_w: color.map(|c| c * strength),
            }
        }
        LightKind::Area { shape, position, aim, power_w, visible, two_sided } => {
            let strength = number(drawer, "power_w", power_w);
            VariationLight::Area {
                shape: match shape {
                    AreaShape::Square { side } => {
                        let side = number(drawer, "size_m", side);
                        VariationShape::Rectangle { width: side, height: side }
                    }
                    AreaShape::Rectangle { width, height } => VariationShape::Rectangle {
                        width: number(drawer, "size_m.0", width),
                        height: number(drawer, "size_m.1", height),
                    },
                    AreaShape::Disk { diameter } => {
                        VariationShape::Disk { diameter: number(drawer, "size_m", diameter) }
                    }
                    AreaShape::Sphere { diameter } => {
                        VariationShape::Sphere { diameter: number(drawer, "size_m", diameter) }
                    }
                },
                position: drawer.triple(&at("position"), draw::NONE, position),
                aim: aimed(drawer, aim),
                power_w: color.map(|c| c * strength),
                visible: *visible,
                two_sided: *two_sided,
            }
        }
    }
}
