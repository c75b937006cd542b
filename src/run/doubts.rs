//! What is said, once a run, of scenes whose pictures cannot be what was meant. Changes no picture and fails nothing.

use super::context::Context;
use crate::buffers::SceneBuffers;
use crate::buffers::layout::{MATERIAL_UNLIT, View};
use crate::compose::Composed;
use crate::event::Event;
use crate::layer::Layer;
use crate::math::{Vec3, vec3};
use crate::render::cpu::load::Context as Shading;
use crate::render::cpu::surface::find_place;
use crate::render::cpu::walk::Ray;
use std::sync::atomic::{AtomicBool, Ordering};

/// What has been said.
#[derive(Debug, Default)]
pub struct Said {
    dark: AtomicBool,
    inside: AtomicBool,
}

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
