//! KHR_lights_punctual of the scene, node transforms applied: at rest, and where a clip takes the nodes.
//!
//! Its intensities are photometric (candela = lm/sr, lux = lm/m²), ours radiometric (W/sr, W/m²): they are divided by
//! 683 lm/W, the most that a watt of light can give. That is what exporters multiply watts by (Blender's, in the mode
//! that the text asks for), so that a lamp of 100 W there is one of `power_w: 100` in a recipe. Files whose numbers
//! were made by eye, for viewers that take 1 for white, are dim by this reading, never burnt out; a warning says so.

use super::AssetError;
use super::document::Document;
use super::nodes::{Transform, Tree};
use crate::math::{Bounds, Vec3, det};
use crate::scene::Light;
use gltf::json::extensions::scene::khr_lights_punctual::{Light as Described, Type};
use gltf::json::validation::Checked;
use std::collections::BTreeSet;

/// Lumens of a watt at 540 THz. Source: SI brochure, 9th edition, section 2.3.1 (the definition of the candela).
const LUMENS_OF_A_WATT: f32 = 683.0;

/// A white surface under less than this, in W/m², is dark beside a sky of radiance 1, which gives π.
const DIM: f32 = 0.01;

/// Radiometric, directions along the node's −Z, each with its node. `bounds`: of all that they can light.
pub(super) fn lights(
    document: &Document,
    tree: &Tree,
    bounds: Bounds,
    warnings: &mut BTreeSet<String>,
) -> Result<(Vec<Light>, Vec<u32>), AssetError> {
    let root = &document.root;
    let all = root.extensions.as_ref().and_then(|e| e.khr_lights_punctual.as_ref()).map_or(&[][..], |l| &l.lights);
    let (mut lights, mut nodes) = (Vec::new(), Vec::new());
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
        lights.push(placed(&punctual(light, index)?, &tree.world_from_node[node]));
        nodes.push(node as u32);
    }
    let strongest = lights.iter().fold(0.0, |most, light| det::max(most, irradiance_at(light, bounds)));
    if strongest > 0.0 && strongest < DIM {
        warnings.insert(
            "its lights are dim: glTF counts in candela and lux, and 683 of those make a watt per steradian or m²"
                .to_owned(),
        );
    }
    Ok((lights, nodes))
}

/// About what a light gives to things in `bounds`, wherever it stands: W/m² in its strongest channel.
fn irradiance_at(light: &Light, bounds: Bounds) -> f32 {
    let of = |position: Vec3, intensity: Vec3| {
        let to_center = bounds.center() - position;
        let half = (bounds.max - bounds.min) * 0.5;
        intensity.max_component() / det::max(to_center.dot(to_center), det::max(half.dot(half), f32::MIN_POSITIVE))
    };
    match *light {
        Light::Sun { irradiance, .. } => irradiance.max_component(),
        Light::Point { position, intensity } | Light::Spot { position, intensity, .. } => of(position, intensity),
        // Files have none; as if all of it faced the things.
        Light::Area(light) => of(light.position, light.radiance * light.shape.area() as f32),
    }
}

/// A light of a file as its node has it, wherever it stood.
pub(super) fn placed(light: &Light, world: &Transform) -> Light {
    let place = Vec3::from(world.point([0.0; 3]));
    let along = Vec3::from(world.direction([0.0, 0.0, -1.0]).unwrap_or([0.0, 0.0, -1.0]));
    let mut placed = *light;
    match &mut placed {
        Light::Sun { direction, .. } => *direction = along,
        Light::Point { position, .. } => *position = place,
        Light::Spot { position, direction, .. } => (*position, *direction) = (place, along),
        // Files have none.
        Light::Area(_) => {}
    }
    placed
}

/// At the origin.
fn punctual(light: &Described, index: usize) -> Result<Light, AssetError> {
    let malformed = |what: &str| AssetError::malformed(format!("extensions.KHR_lights_punctual.lights[{index}]"), what);
    let color = Vec3::from(light.color) * (light.intensity / LUMENS_OF_A_WATT);
    if !color.is_finite() || color.min(Vec3::ZERO) != Vec3::ZERO {
        return Err(malformed("its colour or intensity is negative or not finite"));
    }
    let (position, direction) = (Vec3::ZERO, Vec3::new(0.0, 0.0, -1.0));
    match &light.type_ {
        Checked::Valid(Type::Directional) => Ok(Light::Sun { direction, irradiance: color, angle_rad: 0.0 }),
        Checked::Valid(Type::Point) => Ok(Light::Point { position, intensity: color }),
        Checked::Valid(Type::Spot) => {
            let spot = light.spot.as_ref().ok_or_else(|| malformed("a spot light needs `spot`"))?;
            let (inner_rad, outer_rad) = (spot.inner_cone_angle, spot.outer_cone_angle);
            if !(0.0 <= inner_rad && inner_rad < outer_rad && outer_rad <= std::f32::consts::FRAC_PI_2) {
                return Err(malformed("0 ≤ innerConeAngle < outerConeAngle ≤ π/2 does not hold"));
            }
            Ok(Light::Spot { position, direction, intensity: color, inner_rad, outer_rad })
        }
        Checked::Invalid => Err(malformed("its type is not one of directional, point, spot")),
    }
}
