//! Scene → flat arrays and trees: all that a renderer sees. Knows no recipe, path or file name, and no renderer.

pub mod alias;
mod cache;
mod glow;
pub mod layout;
mod light;
mod light_tree;
mod material;
pub mod mesh;
mod moments;
pub mod sky;
pub mod texture;
pub mod tree;
pub mod wide;

use crate::math::{Affine, Bounds, Vec3, det};
use crate::scene::{self, Scene, SkyLight};
use bytemuck::Zeroable;
pub use cache::Cache;
use layout::{
    AliasEntry, BinaryNode, EmissiveTriangle, Instance, Light, LightNode, Material, MaterialExtra,
    PROJECTION_EQUIRECTANGULAR, PROJECTION_FISHEYE, PROJECTION_ORTHOGRAPHIC, PROJECTION_PERSPECTIVE, SKY_IMAGE,
    SKY_VISIBLE, Sky, VIEW_DISTORTED, View,
};
pub use mesh::MeshBuffers;
pub use moments::{Moment, Moments, Sight, sights};
pub use sky::SkyTable;
use std::collections::BTreeMap;
use std::sync::Arc;
pub use texture::Texture;
use wide::WideNode;

/// One variation, ready for a device. Meshes, textures and skies are shared between variations (and may stay on a device).
#[derive(Clone, Debug)]
pub struct SceneBuffers {
    /// Each mesh once, however many instances it has.
    pub meshes: Vec<Arc<MeshBuffers>>,
    pub textures: Vec<Arc<Texture>>,
    pub instances: Vec<Instance>,
    /// Over the instances' world boxes, one a leaf; leaves name entries of `instance_order`. Instances without triangles
    /// or with a singular transform are not in it. Empty where no ray can meet anything.
    pub top: Vec<BinaryNode>,
    pub instance_order: Vec<u32>,
    /// The same boxes for the CPU; a leaf names an instance.
    pub wide_top: Vec<WideNode>,
    /// Of all instances, in world axes.
    pub bounds: Bounds,
    /// The largest |coordinate| of `top`: what `prepare_ray` wants to know for it.
    pub extent: f32,
    pub materials: Vec<Material>,
    /// Of those materials that have any.
    pub extras: Vec<MaterialExtra>,
    /// Suns; area lights; points and spots; then one `LIGHT_EMISSIVE` an emissive triangle.
    pub lights: Vec<Light>,
    /// One an `EMISSIVE` light, in that order: ascending by (instance, triangle).
    pub emissive: Vec<EmissiveTriangle>,
    /// Picks a sun by its irradiance, and one of a leaf's lights by its power; empty without lights.
    pub light_alias: Vec<AliasEntry>,
    /// How many lights are suns: the first ones, as the first entries of `light_alias` are theirs. Behind those stand each
    /// leaf's.
    pub n_suns: u32,
    /// Irradiance of all suns (luminance), in what nodes of the tree of lights count by: power over squared distance.
    pub sun_importance: f32,
    /// The tree, its root first; empty where all lights are suns.
    pub light_nodes: Vec<LightNode>,
    pub sky: Sky,
    /// `None` for a constant sky.
    pub sky_image: Option<Arc<SkyTable>>,
    pub views: Vec<View>,
    /// Some material is not opaque.
    pub has_alpha: bool,
    /// What samples see while the shutter is open. What is no mean over samples shows the scene itself.
    pub moments: Moments,
}

impl SceneBuffers {
    /// The largest object id of all instances; 0 without objects.
    pub fn most_object_id(&self) -> u32 {
        self.instances.iter().map(|instance| instance.object_id).max().unwrap_or(0)
    }
}

/// What instances' boxes are widened by, relative to their largest coordinate: above the rounding of their transforms.
const INSTANCE_BOX_PAD: f32 = 1.0 / 65_536.0;

/// One a camera.
pub fn views(scene: &Scene) -> Vec<View> {
    scene.cameras.iter().map(view_of).collect()
}

/// Flattens a scene. No side of a texture's finest level is above `max_texture_px`.
pub fn build(scene: &Scene, max_texture_px: u32, cache: &Cache) -> SceneBuffers {
    let mut meshes = Vec::new();
    let mut mesh_idx_of = BTreeMap::new();
    let mut instances = Vec::new();
    let mut boxes = Vec::new();
    let mut boxed_instances = Vec::new();
    for instance in &scene.instances {
        let mesh_idx = *mesh_idx_of.entry(instance.mesh_digest).or_insert_with(|| {
            meshes.push(cache.mesh(instance.mesh_digest, || mesh::build(&instance.mesh)));
            meshes.len() as u32 - 1
        });
        let inverse = instance.world_from_object.inverse();
        if let Some(bounds) = inverse.and_then(|_| world_box(instance, &meshes[mesh_idx as usize])) {
            boxes.push(bounds);
            boxed_instances.push(instances.len() as u32);
        }
        instances.push(Instance {
            object_from_world: inverse.unwrap_or(Affine::IDENTITY),
            world_from_object: instance.world_from_object,
            mesh_idx,
            material_base: instance.material_base,
            object_id: instance.object_id.into(),
            class_id: instance.class_id.into(),
        });
    }
    let mut top = tree::build(&boxes);
    top.order = top.order.iter().map(|&i| boxed_instances[i as usize]).collect();
    let mut wide_top = wide::collapse(&top, 1, |instances| instances[0]);
    if wide::depth(&wide_top) > wide::MAX_WIDE_DEPTH {
        top = tree::build_by_halving(&boxes);
        top.order = top.order.iter().map(|&i| boxed_instances[i as usize]).collect();
        wide_top = wide::collapse(&top, 1, |instances| instances[0]);
    }
    let bounds = boxes.into_iter().fold(Bounds::EMPTY, Bounds::union);
    let mesh_of_instance: Vec<_> = instances.iter().map(|i| meshes[i.mesh_idx as usize].clone()).collect();
    let material::Materials { materials, extras, textures } = material::build(scene, max_texture_px, cache);
    let lights = light::build(scene, &mesh_of_instance, &materials, &textures);
    let (sky, sky_image) = sky_of(&scene.sky, cache);
    SceneBuffers {
        meshes,
        textures,
        instances,
        top: top.nodes,
        instance_order: top.order,
        wide_top,
        bounds,
        extent: if bounds.is_empty() { 0.0 } else { tree::extent_of(&bounds) },
        materials,
        extras,
        lights: lights.lights,
        emissive: lights.emissive,
        light_alias: lights.light_alias,
        n_suns: lights.n_suns,
        sun_importance: lights.sun_importance,
        light_nodes: lights.light_nodes,
        sky,
        sky_image,
        views: views(scene),
        has_alpha: scene.materials.iter().any(|m| m.alpha != scene::AlphaMode::Opaque),
        moments: Moments::default(),
    }
}

/// The padded world box of an instance, or `None` where it has no triangles or is not finite.
fn world_box(instance: &scene::Instance, mesh: &MeshBuffers) -> Option<Bounds> {
    if mesh.nodes.is_empty() {
        return None;
    }
    let bounds = mesh.bounds.transformed(&instance.world_from_object);
    let pad = Vec3::splat(tree::extent_of(&bounds) * INSTANCE_BOX_PAD);
    let padded = Bounds { min: bounds.min - pad, max: bounds.max + pad };
    (padded.min.is_finite() && padded.max.is_finite()).then_some(padded)
}

fn sky_of(sky: &scene::Sky, cache: &Cache) -> (Sky, Option<Arc<SkyTable>>) {
    let (rotation_sin, rotation_cos) = det::sin_cos(sky.rotation_rad);
    let visible = if sky.visible { SKY_VISIBLE } else { 0 };
    let constant = Sky { radiance: [0.0; 3], flags: visible, rotation_cos, rotation_sin, width: 0, height: 0 };
    match &sky.light {
        SkyLight::Constant(radiance) => (Sky { radiance: (*radiance * sky.scale).to_array(), ..constant }, None),
        SkyLight::Image(image) => {
            let table = cache.sky(image.digest, || sky::build(image));
            let flags = visible | SKY_IMAGE;
            let (width, height) = (image.width, image.height);
            (Sky { radiance: [sky.scale; 3], flags, width, height, ..constant }, Some(table))
        }
    }
}

fn view_of(camera: &scene::Camera) -> View {
    let mut view = View {
        world_from_camera: camera.world_from_camera,
        fx: camera.fx,
        fy: camera.fy,
        cx: camera.cx,
        cy: camera.cy,
        width: camera.width,
        height: camera.height,
        seed: camera.seed,
        ..View::zeroed()
    };
    match camera.lens.projection {
        scene::Projection::Perspective { distortion: [k1, k2, p1, p2, k3, k4, k5, k6] } => {
            view.projection = PROJECTION_PERSPECTIVE;
            view.distortion = [k1, k2, p1, p2];
            view.distortion_more = [k3, k4, k5, k6];
        }
        scene::Projection::Orthographic => view.projection = PROJECTION_ORTHOGRAPHIC,
        scene::Projection::Fisheye { k, image_circle, .. } => {
            view.projection = PROJECTION_FISHEYE;
            view.distortion = k;
            view.image_circle = image_circle;
        }
        scene::Projection::Equirectangular => view.projection = PROJECTION_EQUIRECTANGULAR,
    }
    if view.distortion.iter().chain(&view.distortion_more).any(|&k| k != 0.0) {
        view.flags |= VIEW_DISTORTED;
    }
    if let Some(aperture) = camera.lens.aperture {
        view.aperture_radius = aperture.radius_m;
        view.focus = aperture.focus_m;
        view.blades = aperture.blades;
        view.blade_turns = aperture.blade_rotation_deg / 360.0;
    }
    view
}
