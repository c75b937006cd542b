//! What is said, once a run, of scenes whose pictures cannot be what was meant. Changes no picture and fails nothing.

use super::context::Context;
use crate::buffers::SceneBuffers;
use crate::buffers::layout::{
    MATERIAL_ALPHA_BLEND, MATERIAL_ALPHA_MASK, MATERIAL_EMISSIVE, MATERIAL_UNLIT, Material, NONE, View,
};
use crate::compose::Composed;
use crate::event::Event;
use crate::layer::Layer;
use crate::math::{Vec3, vec3};
use crate::render::cpu::camera::{camera_ray, is_ray};
use crate::render::cpu::load::Context as Shading;
use crate::render::cpu::surface::{MAX_SURFACES, camera_sees, find_place, ray_origin};
use crate::render::cpu::walk::Ray;
use std::sync::atomic::{AtomicBool, Ordering};

/// What has been said.
#[derive(Debug, Default)]
pub struct Said {
    dark: AtomicBool,
    inside: AtomicBool,
    deep: AtomicBool,
}

/// Rays on each side of the grid that a view is tried with for glass.
const TRIED: u32 = 16;

/// Looks at the scene of a variation.
pub fn look_at(ctx: &Context<'_>, variation: u64, composed: &Composed, scene: &SceneBuffers) {
    let say = |said: &AtomicBool, what: String| {
        if !said.swap(true, Ordering::Relaxed) {
            let text = format!("variation {variation}: {what}; said once, of the first that was found");
            (ctx.listener)(&Event::Message { text });
        }
    };
    if ctx.plan.recipe().layers.contains(&Layer::Rgb) && is_dark(scene) {
        let advice = "add to `scene.lights`, or give `scene.sky` a colour";
        say(&ctx.said.dark, format!("there is no light, so that `rgb` is black ({advice})"));
    }
    let bounces = ctx.settings.bounces;
    let looks_for_glass = ctx.plan.recipe().layers.contains(&Layer::Rgb) && !ctx.said.deep.load(Ordering::Relaxed);
    if looks_for_glass && scene.extras.iter().any(|extra| extra.transmission > 0.0) {
        for (i, view) in scene.views.iter().enumerate() {
            let Some(n) = most_scatterings_through_glass(ctx, scene, view).filter(|&n| n > bounces) else { continue };
            let what = format!("view {i} looks through so much glass that light scatters {n} times on its way");
            // A path meets no more surfaces than that.
            let advice = if n < MAX_SURFACES { format!("set it to {n} or more") } else { "take some away".to_string() };
            say(
                &ctx.said.deep,
                format!("{what}; `render.bounces` is {bounces}, so that `rgb` is too dark there ({advice})"),
            );
        }
    }
    if ctx.said.inside.load(Ordering::Relaxed) {
        return;
    }
    for (i, view) in scene.views.iter().enumerate() {
        let Some(object_id) = surrounding(ctx, scene, view) else { continue };
        if let Some(object) = composed.objects.get(object_id as usize - 1) {
            let advice = "move it away, or the object";
            say(&ctx.said.inside, format!("the camera of view {i} is inside of {} ({advice})", object.path));
        }
    }
}

/// No surface can send anything to a camera.
fn is_dark(scene: &SceneBuffers) -> bool {
    // Of a sky with an image this is what multiplies it.
    let is_black = scene.sky.radiance == [0.0; 3];
    let is_unlit = scene.materials.iter().any(|material| material.flags & MATERIAL_UNLIT != 0);
    scene.lights.is_empty() && !is_unlit && is_black
}

/// The most scatterings of the straight ways through glass to what shines, or to what is lit; `None` where no glass is seen.
/// Nothing is bent here, so that a picture is judged by what a few rays in it are like.
fn most_scatterings_through_glass(ctx: &Context<'_>, scene: &SceneBuffers, view: &View) -> Option<u32> {
    let shading = Shading::new(scene, &[], ctx.settings, *view);
    let middle = |i: u32, size: u32| (2 * i + 1) * size / (2 * TRIED);
    let pixels = (0..TRIED * TRIED).map(|i| [middle(i % TRIED, view.width), middle(i / TRIED, view.height)]);
    pixels.filter_map(|pixel| scatterings_through_glass(&shading, camera_ray(view, pixel, [0.5; 2]))).max()
}

fn scatterings_through_glass(shading: &Shading<'_>, mut ray: Ray) -> Option<u32> {
    if !is_ray(&ray) {
        return None;
    }
    let mut n_layers = 0;
    for _ in 0..MAX_SURFACES {
        let hit = shading.trace_closest(&ray);
        if !hit.is_hit() {
            break;
        }
        let place = find_place(shading, &hit, ray.direction);
        let material = shading.load_material(place.material_idx);
        let is_seen = n_layers > 0 || camera_sees(shading, &place, material);
        if is_seen && is_glass(shading, material) {
            n_layers += 1;
        } else if is_seen && material.flags & (MATERIAL_ALPHA_MASK | MATERIAL_ALPHA_BLEND) == 0 {
            // What shines is seen as it is; what is lit scatters the light once more.
            let shines = material.flags & (MATERIAL_EMISSIVE | MATERIAL_UNLIT) != 0;
            return (n_layers > 0).then_some(n_layers + u32::from(!shines));
        }
        ray = Ray { origin: ray_origin(&place, -1.0), direction: ray.direction, t_min: 0.0, t_max: f32::MAX };
    }
    (n_layers > 0).then_some(n_layers)
}

fn is_glass(shading: &Shading<'_>, material: &Material) -> bool {
    material.extra_idx != NONE && shading.load_material_extra(material.extra_idx).transmission > 0.0
}

/// The object whose backs a camera sees wherever it looks: a closed one around it.
fn surrounding(ctx: &Context<'_>, scene: &SceneBuffers, view: &View) -> Option<u32> {
    let shading = Shading::new(scene, &[], ctx.settings, *view);
    let origin = view.world_from_camera.column(3);
    let axes = [vec3(1.0, 0.0, 0.0), vec3(0.0, 1.0, 0.0), vec3(0.0, 0.0, 1.0)];
    let mut around = None;
    for direction in axes.into_iter().flat_map(|axis| [axis, Vec3::ZERO - axis]) {
        let hit = shading.trace_closest(&Ray { origin, direction, t_min: 0.0, t_max: f32::MAX });
        if !hit.is_hit() || find_place(&shading, &hit, direction).front {
            return None;
        }
        let object_id = shading.load_instance(hit.instance_idx).object_id;
        if object_id == 0 || around.is_some_and(|id| id != object_id) {
            return None;
        }
        around = Some(object_id);
    }
    around
}
