//! Variation + Library → Scene: instances, materials, lights, cameras, in world axes (Z up, metres). Values only: no I/O.
//!
//! Geometry is worked out in f64 (+ − × ÷ sqrt, libm) and rounded to f32 once, where it enters the scene.

mod camera;
mod daylight;
mod ground;
mod lens;
mod light;
mod material;
mod motion;
mod place;
mod pose;

pub use crate::scene::{Composed, PlacedObject};
pub use camera::{ForetoldCamera, foretold_camera, view_seed};
pub use motion::{Exposure, exposure, moved, moves};

use crate::hash::Digest;
use crate::layer::Layer;
use crate::math::Vec3;
use crate::plan::{SkySource, Variation, VariationObject, VariationSky};
use crate::reason::Reason;
use crate::recipe::Recipe;
use crate::scene::{Image, Instance, Library, Light, Material, Scene, Sky, SkyLight};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Ids are 16-bit pixels; 0 is the background.
const MAX_IDS: usize = 65_535;

/// Why a scene cannot be composed. The same on every machine.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ComposeError {
    #[error("{path}: asset {asset} has no extent that could be fitted to 1")]
    NoExtent { path: String, asset: Digest },
    #[error("{path} is {value}, but it must lie between {from} and {to}")]
    OutOfRange { path: String, value: f64, from: f64, to: f64 },
    #[error("{path}: its place in the world is not finite, or flat")]
    NotFinite { path: String },
    #[error("{path}: there is no object that `fit` could measure")]
    NothingToFit { path: String },
    #[error("{path}: the camera stands where it looks at")]
    LooksAtItself { path: String },
    #[error("layer {layer}: the objects have {n} ids together, and a pixel holds {MAX_IDS} at most")]
    TooManyIds { layer: Layer, n: usize },
    #[error("{path}: the light looks nowhere: the way it looks has no length")]
    LooksNowhere { path: String },
    /// A plan that says of an asset what its file doesn't.
    #[error("{path}: asset {asset} has no variant `{variant}`")]
    NoVariant { path: String, asset: Digest, variant: String },
    /// A clip that makes no sense is left out when its file is read.
    #[error("{path}: asset {asset} has no clip `{clip}` that can be shown")]
    NoClip { path: String, asset: Digest, clip: String },
    #[error("{path}: the lens folds the picture, so that a pixel sees in two directions; use smaller coefficients")]
    Folds { path: String },
    /// A mistake of the caller, not of the scene.
    #[error("asset {0} is not in the library")]
    NotLoaded(Digest),
}

impl ComposeError {
    pub fn reason(&self) -> Reason {
        match self {
            ComposeError::TooManyIds { .. } => Reason::AssetTooLarge,
            ComposeError::NoClip { .. } => Reason::AssetMalformed,
            ComposeError::NotLoaded(_) | ComposeError::NoVariant { .. } => Reason::Internal,
            _ => Reason::SceneDegenerate,
        }
    }
}

/// Composes a variation from decoded assets; `library` holds at least those of [`Variation::assets`].
pub fn compose(variation: &Variation, recipe: &Recipe, library: &Library) -> Result<Composed, ComposeError> {
    let mut objects = Vec::with_capacity(variation.objects.len());
    for object in &variation.objects {
        let asset = library.assets.get(&object.asset.digest).ok_or(ComposeError::NotLoaded(object.asset.digest))?;
        objects.push(place::place(object, pose::shown(object, asset)?)?);
    }
    check_ids(recipe, &objects)?;
    let mut parts = Parts::default();
    let mut lights = Vec::new();
    let mut measure = camera::Measure::new(&objects);
    for (i, (placed, drawn)) in objects.iter().zip(&variation.objects).enumerate() {
        parts.add_object(placed, drawn, (i + 1) as u16);
        lights.extend(placed.asset.lights.iter().map(|l| light::transformed(l, placed)));
    }
    for (drawn, described) in variation.lights.iter().zip(&recipe.scene.lights) {
        lights.push(light::described(drawn, &described.id, &mut measure)?);
    }
    let (sky, sun) = sky(&variation.sky, library)?;
    lights.extend(sun);
    if let Some(plane) = &variation.ground {
        let lowest = place::lowest_point(&objects);
        let (instance, material) = ground::plane(plane, lowest, parts.materials.len() as u32)?;
        parts.instances.push(instance);
        parts.materials.push(material);
    }
    let scene = Scene {
        instances: parts.instances,
        materials: parts.materials,
        images: parts.images,
        lights,
        sky,
        cameras: camera::cameras(variation, recipe, &mut measure)?,
    };
    Ok(Composed { scene, objects })
}

/// Materials and nodes are counted over all objects.
fn check_ids(recipe: &Recipe, objects: &[PlacedObject]) -> Result<(), ComposeError> {
    let materials = objects.iter().map(|object| object.asset.materials.len()).sum();
    // A film numbers what variants change after an object's materials.
    let in_film = objects.iter().map(|object| object.asset.materials.len() + object.asset.variant_slots.len());
    let materials = in_film.fold(materials, usize::max);
    let parts = objects.iter().map(|object| object.asset.part_names.len()).sum();
    for (layer, n) in [(Layer::MaterialId, materials), (Layer::Part, parts)] {
        if n > MAX_IDS && recipe.layers.contains(&layer) {
            return Err(ComposeError::TooManyIds { layer, n });
        }
    }
    Ok(())
}

/// The scene's arrays while they grow.
#[derive(Default)]
struct Parts {
    instances: Vec<Instance>,
    materials: Vec<Material>,
    images: Vec<Arc<Image>>,
    /// Where the images of an asset begin.
    image_base: BTreeMap<Digest, u32>,
}

impl Parts {
    fn add_object(&mut self, placed: &PlacedObject, drawn: &VariationObject, object_id: u16) {
        let asset = &placed.asset;
        let images = &mut self.images;
        let image_base = *self.image_base.entry(asset.facts.sha256).or_insert_with(|| {
            let base = images.len() as u32;
            images.extend(asset.images.iter().cloned());
            base
        });
        let material_base = self.materials.len() as u32;
        let scale = placed.scale as f32;
        let edited = asset.materials_of(placed.variant).map(|m| material::placed(m, image_base, scale, &drawn.edits));
        self.materials.extend(edited);
        self.instances.push(Instance {
            mesh: asset.mesh.clone(),
            mesh_digest: placed.mesh_digest,
            world_from_object: placed.world_from_gltf,
            material_base,
            object_id,
            class_id: placed.class_id,
        });
    }
}

/// The sky, and the sun that belongs to it.
fn sky(sky: &VariationSky, library: &Library) -> Result<(Sky, Option<Light>), ComposeError> {
    // A thousand stops are past f32's range both ways: 64 keep every radiance finite.
    let exposure_ev = within("sky.exposure_ev", sky.exposure_ev, -64.0, 64.0)?;
    let scale = libm::exp2(exposure_ev);
    let mut rotation_deg = sky.rotation_deg;
    let mut sun = None;
    let light = match &sky.source {
        SkySource::Color(color) => {
            for (k, &value) in color.iter().enumerate() {
                within(&format!("sky.color.{k}"), value, 0.0, f64::from(f32::MAX))?;
            }
            SkyLight::Constant(Vec3::from(color.map(|c| c as f32)))
        }
        SkySource::Image(choice) => {
            let image = library.skies.get(&choice.digest).ok_or(ComposeError::NotLoaded(choice.digest))?;
            SkyLight::Image(image.clone())
        }
        SkySource::SunSky(day) => {
            within("sky.sun_sky.elevation_deg", day.elevation_deg, 0.0, 90.0)?;
            within("sky.sun_sky.turbidity", day.turbidity, 1.5, 11.0)?;
            let baked = daylight::bake(day);
            sun = light::sun_of(day, baked.sun, sky.rotation_deg, scale);
            rotation_deg += day.azimuth_deg;
            SkyLight::Image(Arc::new(baked.image))
        }
    };
    let rotation_rad = rotation_deg.rem_euclid(360.0).to_radians() as f32;
    Ok((Sky { light, rotation_rad, scale: scale as f32, visible: sky.visible }, sun))
}

/// `value` where it lies in [from, to]; else what says so.
fn within(path: &str, value: f64, from: f64, to: f64) -> Result<f64, ComposeError> {
    if value >= from && value <= to {
        return Ok(value);
    }
    Err(ComposeError::OutOfRange { path: path.to_string(), value, from, to })
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_of_lenses;
#[cfg(test)]
mod tests_of_motion;
