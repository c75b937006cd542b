//! Which lights a scene has, and how often each is picked: by power. Knows no devices.

use super::alias::alias_table;
use super::glow::glow;
use super::layout::{
    AliasEntry, EmissiveTriangle, LIGHT_DISK, LIGHT_EMISSIVE, LIGHT_POINT, LIGHT_RECTANGLE, LIGHT_SPHERE, LIGHT_SPOT,
    LIGHT_SUN, LIGHT_TWO_SIDED, LIGHT_VISIBLE, Light, MATERIAL_EMISSIVE, Material, NONE,
};
use super::mesh::MeshBuffers;
use super::sky::luminance;
use super::texture::Texture;
use crate::math::{Bounds, Vec3, det};
use crate::scene::{AreaLight, AreaShape, PunctualLight, Scene};
use bytemuck::Zeroable;
use std::f64::consts::PI;
use std::sync::Arc;

/// The lights of a scene: see the fields of the same names in `SceneBuffers`.
pub struct Lights {
    pub lights: Vec<Light>,
    pub emissive: Vec<EmissiveTriangle>,
    pub light_alias: Vec<AliasEntry>,
}

/// `meshes`: one an instance. `bounds`: of all instances. Lights without power are left out.
pub fn build(
    scene: &Scene,
    meshes: &[Arc<MeshBuffers>],
    bounds: &Bounds,
    materials: &[Material],
    textures: &[Arc<Texture>],
) -> Lights {
    let mut powers = Vec::new();
    let mut lights = Vec::new();
    let radius = if bounds.is_empty() { 0.0 } else { f64::from(bounds.size().length()) / 2.0 };
    let mut described: Vec<&PunctualLight> = scene.lights.iter().collect();
    // Suns and area lights stand where rays look for them.
    described.sort_by_key(|light| match light {
        PunctualLight::Sun { .. } => 0,
        PunctualLight::Area(_) => 1,
        PunctualLight::Point { .. } | PunctualLight::Spot { .. } => 2,
    });
    for light in described {
        let (light, power) = punctual(light, radius);
        if power > 0.0 {
            lights.push(light);
            powers.push(power);
        }
    }
    let mut emissive = Vec::new();
    for (instance_idx, mesh) in meshes.iter().enumerate() {
        let base = scene.instances[instance_idx].material_base;
        for (triangle_idx, triangle) in mesh.triangles.iter().enumerate() {
            let material = materials.get((base + triangle.material) as usize);
            let Some(material) = material.filter(|m| m.flags & MATERIAL_EMISSIVE != 0) else { continue };
            let area = world_area(scene, instance_idx, mesh, triangle_idx as u32);
            let power = glow(mesh, triangle, material, textures) * f64::from(area) * PI;
            if power > 0.0 {
                emissive.push(EmissiveTriangle {
                    instance_idx: instance_idx as u32,
                    triangle_idx: triangle_idx as u32,
                    area,
                    light_idx: lights.len() as u32,
                });
                lights.push(Light { kind: LIGHT_EMISSIVE, emissive_idx: emissive.len() as u32 - 1, ..Light::zeroed() });
                powers.push(power);
            }
        }
    }
    let table = alias_table(&powers);
    for (i, light) in lights.iter_mut().enumerate() {
        light.pick_probability = table.probability(i);
    }
    Lights { lights, emissive, light_alias: table.entries }
}

fn luminance_of(color: Vec3) -> f64 {
    luminance(color.to_array())
}

/// A light and its power in the scene: a sun's is what falls on a disk as wide as the scene.
fn punctual(light: &PunctualLight, scene_radius: f64) -> (Light, f64) {
    let base = Light { emissive_idx: NONE, ..Light::zeroed() };
    match *light {
        PunctualLight::Sun { direction, irradiance, angle_rad } => {
            let cos_outer = det::cos(angle_rad * 0.5);
            let light = Light {
                kind: LIGHT_SUN,
                cos_outer,
                direction: direction.to_array(),
                // The strength is spread over the disk's solid angle, 2π (1 − cos); what falls on a surface that faces
                // it is weighed by the cosine: π (1 − cos²).
                strength: (irradiance * (2.0 / (1.0 + cos_outer))).to_array(),
                ..base
            };
            (light, luminance_of(irradiance) * PI * scene_radius * scene_radius)
        }
        PunctualLight::Point { position, intensity } => {
            let light =
                Light { kind: LIGHT_POINT, position: position.to_array(), strength: intensity.to_array(), ..base };
            (light, luminance_of(intensity) * 4.0 * PI)
        }
        PunctualLight::Spot { position, direction, intensity, inner_rad, outer_rad } => {
            let light = Light {
                kind: LIGHT_SPOT,
                cos_outer: det::cos(outer_rad),
                cos_inner: det::cos(inner_rad),
                position: position.to_array(),
                direction: direction.to_array(),
                strength: intensity.to_array(),
                ..base
            };
            // Between the cones the light fades: about half of it counts.
            let cone = 1.0 - 0.5 * f64::from(light.cos_outer) - 0.5 * f64::from(light.cos_inner);
            (light, luminance_of(intensity) * 2.0 * PI * cone)
        }
        PunctualLight::Area(ref area) => area_light(area),
    }
}

fn area_light(light: &AreaLight) -> (Light, f64) {
    let (kind, half_width, half_height) = match light.shape {
        AreaShape::Rectangle { width, height } => (LIGHT_RECTANGLE, 0.5 * width, 0.5 * height),
        AreaShape::Disk { diameter } => (LIGHT_DISK, 0.5 * diameter, 0.5 * diameter),
        AreaShape::Sphere { diameter } => (LIGHT_SPHERE, 0.5 * diameter, 0.5 * diameter),
    };
    let visible = if light.visible { LIGHT_VISIBLE } else { 0 };
    let sides = if light.two_sided { LIGHT_TWO_SIDED } else { 0 };
    let n_sides = if light.two_sided && kind != LIGHT_SPHERE { 2.0 } else { 1.0 };
    let described = Light {
        kind,
        emissive_idx: NONE,
        position: light.position.to_array(),
        direction: light.direction.to_array(),
        half_width,
        strength: light.radiance.to_array(),
        half_height,
        across: light.across.to_array(),
        flags: visible | sides,
        ..Light::zeroed()
    };
    (described, luminance_of(light.radiance) * PI * light.shape.area() * n_sides)
}

/// m² of a triangle as it stands in the world.
fn world_area(scene: &Scene, instance_idx: usize, mesh: &MeshBuffers, triangle_idx: u32) -> f32 {
    let [a, b, c] = mesh.corners(triangle_idx).map(|p| scene.instances[instance_idx].world_from_object.point(p));
    let area = (b - a).cross(c - a).length() * 0.5;
    if area.is_finite() { area } else { 0.0 }
}
