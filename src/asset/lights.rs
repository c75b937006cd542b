//! KHR_lights_punctual of the scene, node transforms applied.

use super::AssetError;
use super::document::Document;
use super::nodes::{Transform, Tree};
use crate::math::Vec3;
use crate::scene::PunctualLight;
use gltf::json::extensions::scene::khr_lights_punctual::{Light, Type};
use gltf::json::validation::Checked;
use std::collections::BTreeSet;

/// Colours times intensities as in the file, directions along the node's −Z.
pub(super) fn lights(
    document: &Document,
    tree: &Tree,
    warnings: &mut BTreeSet<String>,
) -> Result<Vec<PunctualLight>, AssetError> {
    let root = &document.root;
    let all = root.extensions.as_ref().and_then(|e| e.khr_lights_punctual.as_ref()).map_or(&[][..], |l| &l.lights);
    let mut lights = Vec::new();
    for &node in &tree.scene_nodes {
        let extensions = root.nodes.get(node).and_then(|node| node.extensions.as_ref());
        let Some(named) = extensions.and_then(|e| e.khr_lights_punctual.as_ref()) else { continue };
        let place = format!("nodes[{node}].extensions.KHR_lights_punctual.light");
        let index = named.light.value();
        let light = all.get(index).ok_or_else(|| {
            AssetError::malformed(&place, format!("names light {index}, but the file has {}", all.len()))
        })?;
        if light.range.is_some() {
            warnings
                .insert("the range of lights is not used: light falls off with the square of the distance".to_owned());
        }
        lights.push(punctual(light, &tree.world_from_node[node], index)?);
    }
    Ok(lights)
}

fn punctual(light: &Light, world: &Transform, index: usize) -> Result<PunctualLight, AssetError> {
    let malformed = |what: &str| AssetError::malformed(format!("extensions.KHR_lights_punctual.lights[{index}]"), what);
    let color = Vec3::from(light.color) * light.intensity;
    if !color.is_finite() || color.min(Vec3::ZERO) != Vec3::ZERO {
        return Err(malformed("its colour or intensity is negative or not finite"));
    }
    let position = Vec3::from(world.point([0.0; 3]));
    let direction = Vec3::from(world.direction([0.0, 0.0, -1.0]).unwrap_or([0.0, 0.0, -1.0]));
    match &light.type_ {
        Checked::Valid(Type::Directional) => Ok(PunctualLight::Sun { direction, irradiance: color, angle_rad: 0.0 }),
        Checked::Valid(Type::Point) => Ok(PunctualLight::Point { position, intensity: color }),
        Checked::Valid(Type::Spot) => {
            let spot = light.spot.as_ref().ok_or_else(|| malformed("a spot light needs `spot`"))?;
            let (inner_rad, outer_rad) = (spot.inner_cone_angle, spot.outer_cone_angle);
            if !(0.0 <= inner_rad && inner_rad < outer_rad && outer_rad <= std::f32::consts::FRAC_PI_2) {
                return Err(malformed("0 ≤ innerConeAngle < outerConeAngle ≤ π/2 does not hold"));
            }
            Ok(PunctualLight::Spot { position, direction, intensity: color, inner_rad, outer_rad })
        }
        Checked::Invalid => Err(malformed("its type is not one of directional, point, spot")),
    }
}
