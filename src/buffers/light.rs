//! Which lights a scene has, and how often each is picked: suns by irradiance, lamps by the tree. Knows no devices.

use super::alias::alias_table;
use super::glow::glow;
use super::layout::{
    AliasEntry, EmissiveTriangle, LIGHT_DISK, LIGHT_EMISSIVE, LIGHT_POINT, LIGHT_RECTANGLE, LIGHT_SPHERE, LIGHT_SPOT,
    LIGHT_SUN, LIGHT_TWO_SIDED, LIGHT_VISIBLE, Light, LightNode, MATERIAL_DOUBLE_SIDED, MATERIAL_EMISSIVE, Material,
    NONE,
};
use super::light_tree::{self, Lamp};
use super::mesh::MeshBuffers;
use super::sky::luminance;
use super::texture::Texture;
use crate::math::{Bounds, Vec3, det};
use crate::scene::{self, AreaLight, AreaShape, Scene};
use bytemuck::Zeroable;
use std::f64::consts::{FRAC_1_PI, PI};
use std::sync::Arc;

/// The lights of a scene: see the fields of the same names in `SceneBuffers`.
pub struct Lights {
    pub lights: Vec<Light>,
    pub emissive: Vec<EmissiveTriangle>,
    pub light_alias: Vec<AliasEntry>,
    pub n_suns: u32,
    pub sun_importance: f32,
    pub light_nodes: Vec<LightNode>,
}

/// `meshes`: one an instance. Lights without power are left out.
pub fn build(scene: &Scene, meshes: &[Arc<MeshBuffers>], materials: &[Material], textures: &[Arc<Texture>]) -> Lights {
    let mut irradiances = Vec::new();
    let mut lamps = Vec::new();
    let mut lights = Vec::new();
    let mut described: Vec<&scene::Light> = scene.lights.iter().collect();
    // Suns and area lights stand where rays look for them.
    described.sort_by_key(|light| match light {
        scene::Light::Sun { .. } => 0,
        scene::Light::Area(_) => 1,
        scene::Light::Point { .. } | scene::Light::Spot { .. } => 2,
    });
    for light in described {
        let (light, power) = punctual(light);
        if power > 0.0 {
            lights.push(light);
            match lamp(&light, power) {
                Some(lamp) => lamps.push(lamp),
                None => irradiances.push(power),
            }
        }
    }
    let mut emissive = Vec::new();
    let mut glowing_things: Vec<Vec<Lamp>> = Vec::new();
    for (instance_idx, mesh) in meshes.iter().enumerate() {
        let base = scene.instances[instance_idx].material_base;
        let mut glowing_triangles = Vec::new();
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
                glowing_triangles.push(glowing(scene, instance_idx, mesh, triangle_idx as u32, material, power));
            }
        }
        if !glowing_triangles.is_empty() {
            glowing_things.push(glowing_triangles);
        }
    }
    let n_suns = irradiances.len();
    // A thing that alone glows is picked from by power: no walk pays there.
    let n_runs = if lamps.is_empty() && glowing_things.len() == 1 { 1 } else { RUNS };
    let mut runs: Vec<Vec<Lamp>> = lamps.into_iter().map(|lamp| vec![lamp]).collect();
    for thing in glowing_things {
        runs.extend(thing.chunks(thing.len().div_ceil(n_runs)).map(<[Lamp]>::to_vec));
    }
    let picks = picks(&irradiances, &runs);
    let (light_nodes, paths) = light_tree::build(&picks.lamps);
    for (i, light) in lights.iter_mut().enumerate() {
        light.pick_probability = picks.probabilities[i];
        light.path = if i < n_suns { 0 } else { paths[picks.lamp_of[i - n_suns]] };
    }
    let sun_importance = irradiances.iter().sum::<f64>() / brightness(&runs);
    Lights {
        lights,
        emissive,
        light_alias: picks.entries,
        n_suns: n_suns as u32,
        sun_importance: sun_importance as f32,
        light_nodes,
    }
}

/// 1/sr: what lamps send towards where they are brightest, over their power; 1 without lamps. Times a node's importance
/// (power over squared distance) it is the irradiance on what faces the node, if all its lamps stood in its middle.
///
/// A run of triangles that look this way and that sends less than if all faced one way: by the mean of max(cos θ, 0) over the
/// cone of its normals. Of half-angle α that is (sin² α / 2) / (1 − cos α) = (1 + cos α) / 2 up to a half-space, and
/// 1 / (2 (1 − cos α)) beyond: 1 of a panel, a quarter of a closed shape.
fn brightness(runs: &[Vec<Lamp>]) -> f64 {
    let (mut brightest, mut power) = (0.0, 0.0);
    for run in runs {
        let cos_spread = f64::from(joined(run).cos_spread);
        let mean_cosine = if run.len() == 1 {
            1.0
        } else if cos_spread > 0.0 {
            0.5 * (1.0 + cos_spread)
        } else {
            0.5 / (1.0 - cos_spread)
        };
        brightest += run.iter().map(|lamp| lamp.power * lamp.brightness).sum::<f64>() * mean_cosine;
        power += run.iter().map(|lamp| lamp.power).sum::<f64>();
    }
    if power > 0.0 { brightest / power } else { 1.0 }
}

/// All of a run, which is not empty.
fn joined(run: &[Lamp]) -> Lamp {
    run[1..].iter().fold(run[0], |whole, lamp| light_tree::joined(&whole, lamp))
}

/// Leaves of the tree that one glowing thing has at most: runs of its triangles, which mostly lie together. Deeper walks cost
/// more than they save of the noise.
const RUNS: usize = 16;

struct Picks {
    /// One a run.
    lamps: Vec<Lamp>,
    /// Of each light that is no sun: its lamp.
    lamp_of: Vec<usize>,
    /// Of each light: see `Light::pick_probability`.
    probabilities: Vec<f32>,
    /// See `SceneBuffers::light_alias`.
    entries: Vec<AliasEntry>,
}

/// `irradiances`: of the suns.
fn picks(irradiances: &[f64], runs: &[Vec<Lamp>]) -> Picks {
    let table = alias_table(irradiances);
    let mut out = Picks {
        lamps: Vec::new(),
        lamp_of: Vec::new(),
        probabilities: (0..irradiances.len()).map(|i| table.probability(i)).collect(),
        entries: table.entries,
    };
    for run in runs {
        let first = out.lamp_of.len() as u32;
        let within = alias_table(&run.iter().map(|lamp| lamp.power).collect::<Vec<_>>());
        out.entries.extend_from_slice(&within.entries);
        out.probabilities.extend((0..run.len()).map(|i| within.probability(i)));
        out.lamp_of.extend(vec![out.lamps.len(); run.len()]);
        out.lamps.push(Lamp { first, count: run.len() as u32, ..joined(run) });
    }
    out
}

fn luminance_of(color: Vec3) -> f64 {
    luminance(color.to_array())
}

/// A light and its power; a sun's irradiance.
fn punctual(light: &scene::Light) -> (Light, f64) {
    let base = Light { emissive_idx: NONE, ..Light::zeroed() };
    match *light {
        scene::Light::Sun { direction, irradiance, angle_rad } => {
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
            (light, luminance_of(irradiance))
        }
        scene::Light::Point { position, intensity } => {
            let light =
                Light { kind: LIGHT_POINT, position: position.to_array(), strength: intensity.to_array(), ..base };
            (light, luminance_of(intensity) * 4.0 * PI)
        }
        scene::Light::Spot { position, direction, intensity, inner_rad, outer_rad } => {
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
        scene::Light::Area(ref area) => area_light(area),
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

/// What the tree is told of a light; `None` of a sun.
fn lamp(light: &Light, power: f64) -> Option<Lamp> {
    let position = Vec3::from(light.position);
    let is_flat = light.kind == LIGHT_RECTANGLE || light.kind == LIGHT_DISK;
    let is_aimed = light.kind == LIGHT_SPOT || (is_flat && light.flags & LIGHT_TWO_SIDED == 0);
    let n_sides = if light.flags & LIGHT_TWO_SIDED != 0 { 2.0 } else { 1.0 };
    // 1/sr: over a sphere; a spot's intensity is known; of Lambert's law the axis gets 1 / π of what a side sends.
    let brightness = match light.kind {
        LIGHT_SPOT => luminance_of(Vec3::from(light.strength)) / power,
        LIGHT_RECTANGLE | LIGHT_DISK => FRAC_1_PI / n_sides,
        _ => 0.25 * FRAC_1_PI,
    };
    let half = match light.kind {
        LIGHT_SUN => return None,
        LIGHT_RECTANGLE | LIGHT_DISK => {
            let across = Vec3::from(light.across);
            let up = Vec3::from(light.direction).cross(across);
            let side = |a: f32, u: f32| det::abs(a) * light.half_width + det::abs(u) * light.half_height;
            Vec3::new(side(across.x, up.x), side(across.y, up.y), side(across.z, up.z))
        }
        LIGHT_SPHERE => Vec3::splat(light.half_width),
        _ => Vec3::ZERO,
    };
    Some(Lamp {
        bounds: Bounds { min: position - half, max: position + half },
        power,
        brightness,
        axis: Vec3::from(light.direction),
        cos_spread: if is_aimed { 1.0 } else { -1.0 },
        cos_reach: if light.kind == LIGHT_SPOT { light.cos_outer } else { 0.0 },
        first: 0,
        count: 1,
    })
}

/// What the tree is told of a glowing triangle.
fn glowing(
    scene: &Scene,
    instance_idx: usize,
    mesh: &MeshBuffers,
    triangle_idx: u32,
    material: &Material,
    power: f64,
) -> Lamp {
    let world_from_object = &scene.instances[instance_idx].world_from_object;
    let [a, b, c] = mesh.corners(triangle_idx).map(|p| world_from_object.point(p));
    // Mirrored instances shine the other way: they count as shining both ways.
    let is_one_sided = material.flags & MATERIAL_DOUBLE_SIDED == 0 && world_from_object.determinant() > 0.0;
    Lamp {
        bounds: Bounds::of([a, b, c]),
        power,
        brightness: FRAC_1_PI,
        axis: (b - a).cross(c - a).normalize_or(Vec3::new(0.0, 0.0, 1.0)),
        cos_spread: if is_one_sided { 1.0 } else { -1.0 },
        cos_reach: 0.0,
        first: 0,
        count: 1,
    }
}

/// m² of a triangle as it stands in the world.
fn world_area(scene: &Scene, instance_idx: usize, mesh: &MeshBuffers, triangle_idx: u32) -> f32 {
    let [a, b, c] = mesh.corners(triangle_idx).map(|p| scene.instances[instance_idx].world_from_object.point(p));
    let area = (b - a).cross(c - a).length() * 0.5;
    if area.is_finite() { area } else { 0.0 }
}
