//! One draw from a plan: concrete values, and the record of what was drawn. Knows no meshes and no files.
//!
//! Paths are the recipe's, without `scene.`: `objects.hero.scale`, `ground.material.base_color`, `sky.rotation_deg`,
//! `lights.key.elevation_deg`, `cameras.around.fov_deg`. The first instance of an object draws at `objects.ID.…`, instance
//! k ≥ 1 at `objects.ID.k.…`: raising a count changes nothing of what was there. Which asset it is stands at `….from`, and
//! a sky's image at `sky.image`; a modelled sky's numbers at `sky.sun_sky.…`.

use super::Plan;
use super::cameras::{self, Target, ViewSpec};
use super::draw;
use super::lights;
use super::look;
use super::pick;
use super::tables::{NameGlob, PoolTable};
use super::value::{self, Drawer, Drawn, DrawnValue};
use crate::hash::Digest;
use crate::recipe::{EditOp, Fit, Ground, MaterialEdit, Number, Object, Pick, Rotation, SkyKind};
use std::sync::Arc;

/// One variation, everything drawn.
#[derive(Clone, Debug)]
pub struct Variation {
    pub index: u64,
    pub attempt: u32,
    /// The recipe's.
    pub seed: u64,
    /// All instances, in recipe order.
    pub objects: Vec<VariationObject>,
    pub ground: Option<GroundPlane>,
    pub sky: VariationSky,
    pub lights: Vec<VariationLight>,
    /// One a view, over all rigs in recipe order.
    pub views: Vec<ViewSpec>,
    pub drawn: Drawn,
}

/// One instance of an object of the recipe.
#[derive(Clone, Debug)]
pub struct VariationObject {
    /// `objects.hero`, or `objects.hero.1` for the second instance.
    pub path: String,
    /// Index in `recipe::Scene::objects`.
    pub object_idx: usize,
    /// Which of the object's instances.
    pub instance: u32,
    pub asset: AssetChoice,
    /// From 1, by sorted class names over the plan.
    pub class_id: u16,
    pub class: Arc<str>,
    pub fit: Fit,
    /// Row-major, proper.
    pub rotation: [[f64; 3]; 3],
    pub scale: f64,
    pub position: [f64; 3],
    /// A look that the asset's file has a name for; `None`: the file's own.
    pub variant: Option<String>,
    /// `None`: at rest.
    pub pose: Option<VariationPose>,
    pub edits: Vec<Edit>,
}

/// A moment of a clip of an asset.
#[derive(Clone, Debug, PartialEq)]
pub struct VariationPose {
    /// One of `PlannedAsset::clips`.
    pub clip: String,
    /// In clip lengths, 0 to 1.
    pub time: f64,
}

/// An asset of a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetChoice {
    pub pool: Arc<str>,
    /// Its place in the pool.
    pub index: u32,
    pub digest: Digest,
}

/// A change to the materials that a glob names.
#[derive(Clone, Debug)]
pub struct Edit {
    pub glob: Arc<NameGlob>,
    pub base_color: Option<(EditOp, [f64; 3])>,
    pub roughness: Option<(EditOp, f64)>,
    pub metallic: Option<(EditOp, f64)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GroundPlane {
    pub size_m: f64,
    pub base_color: [f64; 3],
    pub roughness: f64,
    pub metallic: f64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct VariationSky {
    pub source: SkySource,
    pub rotation_deg: f64,
    pub exposure_ev: f64,
    pub visible: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum SkySource {
    Color([f64; 3]),
    Image(AssetChoice),
    SunSky(SunSky),
}

/// A clear day: see `SkyKind::SunSky` of the recipe.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SunSky {
    pub elevation_deg: f64,
    pub azimuth_deg: f64,
    pub turbidity: f64,
    pub ground_albedo: [f64; 3],
    pub sun: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum VariationLight {
    /// `irradiance`: linear, colour multiplied in.
    Sun { elevation_deg: f64, azimuth_deg: f64, angle_deg: f64, irradiance: [f64; 3] },
    /// `power_w`: linear, colour multiplied in.
    Point { position: [f64; 3], power_w: [f64; 3] },
    /// As for points.
    Spot { position: [f64; 3], aim: VariationAim, inner_deg: f64, outer_deg: f64, power_w: [f64; 3] },
    Area {
        shape: VariationShape,
        position: [f64; 3],
        aim: VariationAim,
        power_w: [f64; 3],
        visible: bool,
        two_sided: bool,
    },
}

/// Where a light looks.
#[derive(Clone, Debug, PartialEq)]
pub enum VariationAim {
    At(Target),
    Along([f64; 3]),
}

/// In metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum VariationShape {
    Rectangle { width: f64, height: f64 },
    Disk { diameter: f64 },
    Sphere { diameter: f64 },
}

impl Variation {
    /// Identities of the models that it needs, sorted, each once.
    pub fn models(&self) -> Vec<Digest> {
        let mut out: Vec<Digest> = self.objects.iter().map(|o| o.asset.digest).collect();
        out.sort();
        out.dedup();
        out
    }

    /// Identity of the sky image that it needs.
    pub fn sky_image(&self) -> Option<Digest> {
        match &self.sky.source {
            SkySource::Image(choice) => Some(choice.digest),
            SkySource::Color(_) | SkySource::SunSky(_) => None,
        }
    }

    /// Identities of all models and skies that it needs, sorted, each once.
    pub fn assets(&self) -> Vec<Digest> {
        let mut out = self.models();
        out.extend(self.sky_image());
        out.sort();
        out.dedup();
        out
    }

    /// What receipts call `drawn`.
    pub fn drawn_digest(&self) -> Digest {
        value::drawn_digest(&self.drawn)
    }
}

/// Draws a variation; `attempt` changes random draws only, never shuffles and turns.
pub(super) fn draw(plan: &Plan, index: u64, attempt: u32) -> Variation {
    let recipe = plan.recipe();
    let scene = &recipe.scene;
    let mut drawer = Drawer { seed: recipe.seed, variation: index, attempt, drawn: Drawn::new() };
    let mut objects = Vec::new();
    for (object_idx, object) in scene.objects.iter().enumerate() {
        draw_object(plan, object_idx, object, &mut drawer, &mut objects);
    }
    let ground = draw_ground(&scene.ground, &mut drawer);
    let sky = VariationSky {
        source: match (&scene.sky.kind, &plan.tables.sky) {
            (SkyKind::Image { pick, .. }, Some(pool)) => {
                SkySource::Image(draw_asset(pool, *pick, "sky.image", "sky.image", 0, 1, &mut drawer))
            }
            (SkyKind::Color(color), _) => SkySource::Color(drawer.triple("sky.color", draw::NONE, color)),
            (SkyKind::SunSky { elevation_deg, azimuth_deg, turbidity, ground_albedo, sun }, _) => {
                let mut number =
                    |key: &str, number: &Number| drawer.number(&format!("sky.sun_sky.{key}"), draw::NONE, number);
                SkySource::SunSky(SunSky {
                    elevation_deg: number("elevation_deg", elevation_deg),
                    azimuth_deg: number("azimuth_deg", azimuth_deg),
                    turbidity: number("turbidity", turbidity),
                    ground_albedo: drawer.triple("sky.sun_sky.ground_albedo", draw::NONE, ground_albedo),
                    sun: *sun,
                })
            }
            (SkyKind::Image { .. }, None) => unreachable!("a plan has a table for each pool that its recipe uses"),
        },
        rotation_deg: drawer.number("sky.rotation_deg", draw::NONE, &scene.sky.rotation_deg),
        exposure_ev: drawer.number("sky.exposure_ev", draw::NONE, &scene.sky.exposure_ev),
        visible: scene.sky.visible,
    };
    let object_index = |id: &str| scene.objects.iter().position(|object| object.id == id);
    let lights = scene.lights.iter().map(|light| lights::draw(light, &mut drawer, &object_index)).collect();
    let mut views = Vec::new();
    for (rig_idx, rig) in recipe.cameras.iter().enumerate() {
        views.extend(cameras::views(rig_idx, rig, recipe.render.size, &mut drawer, &object_index));
    }
    for (view, spec) in (0..).zip(&mut views) {
        spec.sensor = super::sensor::draw(&recipe.sensor, view, &mut drawer);
    }
    Variation { index, attempt, seed: recipe.seed, objects, ground, sky, lights, views, drawn: drawer.drawn }
}

/// Adds all instances of one object.
fn draw_object(plan: &Plan, object_idx: usize, object: &Object, drawer: &mut Drawer, out: &mut Vec<VariationObject>) {
    let table = &plan.tables.objects[object_idx];
    let base = format!("objects.{}", object.id);
    let count = drawer.count(&format!("{base}.count"), &object.count);
    let from = format!("{base}.from");
    for instance in 0..count {
        let path = if instance == 0 { base.clone() } else { format!("{base}.{instance}") };
        let own = format!("{path}.from");
        let asset = draw_asset(&table.pool, object.pick, &from, &own, instance, table.largest_count, drawer);
        let facts = &table.pool.assets[asset.index as usize];
        let edits = object.material.iter().zip(&table.globs).enumerate();
        out.push(VariationObject {
            object_idx,
            instance,
            class_id: facts.class_id,
            class: facts.class.clone(),
            asset,
            fit: object.fit,
            rotation: draw_rotation(&format!("{path}.rotation"), &object.rotation, drawer),
            scale: drawer.number(&format!("{path}.scale"), draw::NONE, &object.scale),
            position: drawer.triple(&format!("{path}.position"), draw::NONE, &object.position),
            variant: look::draw(&format!("{path}.variant"), &object.variant, &facts.variants, drawer),
            pose: look::draw(&format!("{path}.pose.clip"), &object.pose.clip, &facts.clips, drawer).map(|clip| {
                let time = drawer.number(&format!("{path}.pose.time"), draw::NONE, &object.pose.time);
                VariationPose { clip, time }
            }),
            edits: edits
                .map(|(i, (edit, glob))| draw_edit(&format!("{path}.material.{i}"), edit, glob, drawer))
                .collect(),
            path,
        });
    }
}

/// Picks an asset and records it at `own`. `shared`: the path whose shuffle all instances go through together.
fn draw_asset(
    pool: &PoolTable,
    pick: Pick,
    shared: &str,
    own: &str,
    instance: u32,
    largest_count: u32,
    drawer: &mut Drawer,
) -> AssetChoice {
    let n = pool.assets.len() as u32;
    let index = match pick {
        Pick::Random => pick::by_weight(&mut drawer.numbers(own, draw::NONE), &pool.thresholds),
        Pick::Shuffle => {
            let place = drawer.variation * u64::from(largest_count) + u64::from(instance);
            pick::shuffled(drawer.seed, shared, place, n)
        }
        Pick::Each => pick::in_turn(drawer.variation, pool.stride, n, instance),
    };
    let digest = pool.assets[index as usize].digest;
    drawer.record(own, draw::NONE, DrawnValue::Asset { index, digest });
    AssetChoice { pool: pool.name.clone(), index, digest }
}

fn draw_rotation(path: &str, rotation: &Rotation, drawer: &mut Drawer) -> [[f64; 3]; 3] {
    match rotation {
        Rotation::Axis { axis, deg } => {
            about(*axis, drawer.number(&format!("{path}.deg"), draw::NONE, deg).to_radians())
        }
        Rotation::Euler { deg } => {
            let [x, y, z] = drawer.triple(&format!("{path}.euler_deg"), draw::NONE, deg).map(f64::to_radians);
            product(&about(2, z), &product(&about(1, y), &about(0, x)))
        }
        Rotation::Upright => {
            let full_turn = crate::recipe::Number::Uniform { from: 0.0, to: 360.0 };
            about(2, drawer.number(&format!("{path}.deg"), draw::NONE, &full_turn).to_radians())
        }
        Rotation::Random => from_quaternion(drawer.quaternion(path)),
    }
}

/// The rotation by `angle` radians about axis 0 x, 1 y or 2 z, right-handed.
pub fn about(axis: usize, angle: f64) -> [[f64; 3]; 3] {
    let (s, c) = libm::sincos(angle);
    let (i, j) = ((axis + 1) % 3, (axis + 2) % 3);
    let mut m = [[0.0; 3]; 3];
    m[axis % 3][axis % 3] = 1.0;
    (m[i][i], m[i][j], m[j][i], m[j][j]) = (c, -s, s, c);
    m
}

/// a · b.
pub fn product(a: &[[f64; 3]; 3], b: &[[f64; 3]; 3]) -> [[f64; 3]; 3] {
    std::array::from_fn(|r| std::array::from_fn(|c| a[r][0] * b[0][c] + a[r][1] * b[1][c] + a[r][2] * b[2][c]))
}

/// The rotation of a quaternion (x, y, z, w), which is normalised first.
fn from_quaternion(q: [f64; 4]) -> [[f64; 3]; 3] {
    let length = (q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]).sqrt();
    let [x, y, z, w] = q.map(|v| v / length);
    [
        [1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y - z * w), 2.0 * (x * z + y * w)],
        [2.0 * (x * y + z * w), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z - x * w)],
        [2.0 * (x * z - y * w), 2.0 * (y * z + x * w), 1.0 - 2.0 * (x * x + y * y)],
    ]
}

fn draw_edit(path: &str, edit: &MaterialEdit, glob: &Arc<NameGlob>, drawer: &mut Drawer) -> Edit {
    let mut number = |key: &str, edit: &Option<crate::recipe::NumberEdit>| {
        edit.as_ref().map(|e| (e.op, drawer.number(&format!("{path}.{key}"), draw::NONE, &e.value)))
    };
    let roughness = number("roughness", &edit.roughness);
    let metallic = number("metallic", &edit.metallic);
    let color_path = format!("{path}.base_color");
    let base_color = edit.base_color.as_ref().map(|e| (e.op, drawer.triple(&color_path, draw::NONE, &e.value)));
    Edit { glob: glob.clone(), base_color, roughness, metallic }
}

fn draw_ground(ground: &Ground, drawer: &mut Drawer) -> Option<GroundPlane> {
    let Ground::Plane { size_m, base_color, roughness, metallic } = ground else {
        return None;
    };
    Some(GroundPlane {
        size_m: drawer.number("ground.size_m", draw::NONE, size_m),
        base_color: drawer.triple("ground.material.base_color", draw::NONE, base_color),
        roughness: drawer.number("ground.material.roughness", draw::NONE, roughness),
        metallic: drawer.number("ground.material.metallic", draw::NONE, metallic),
    })
}
