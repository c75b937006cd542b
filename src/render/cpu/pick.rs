//! Which light a point draws: suns and all others by power, among the others by a tree. Twin: shaders/pick.wgsl.
//!
//! Source: Conty Estevez, Kulla 2018, Importance Sampling of Many Lights with Adaptive Tree Splitting. Each branch compares a
//! 16-bit draw with a chance in 65536ths, and hands on what is left of the draw: a stratified draw stays one.

use super::light::keep_or_alias;
use super::load::Context;
use super::sampler::{draw_below, hash_u32};
use super::surface::MIN_LENGTH;
use crate::buffers::layout::{LIGHT_SUN, LightNode, NONE};
use crate::math::{Vec3, det};

/// Chances of a branch are counted in these.
pub const BRANCH_CHANCES: u32 = 65_536;

/// A light, and the probability with which it is picked.
#[derive(Clone, Copy, Debug)]
pub struct Pick {
    /// [`NONE`] where no light can reach the point.
    pub light_idx: u32,
    pub probability: f32,
}

/// Picks a light for a point.
#[inline(always)]
pub fn pick_light(c: &Context, position: Vec3, draws: [u32; 2]) -> Pick {
    let drawn = draw_below(draws[0], c.pick_count());
    let entry_idx = keep_or_alias(c.load_light_alias(drawn), drawn, draws[1]);
    let light = c.load_light(entry_idx);
    // The last entry is the tree: its lights stand behind the suns.
    if light.kind == LIGHT_SUN {
        return Pick { light_idx: entry_idx, probability: light.pick_probability };
    }
    let mut draw = draws[0].wrapping_mul(c.pick_count());
    let mut probability = 1.0;
    let mut node = *c.load_light_node(0);
    while node.count == 0 {
        let chance = branch_chance(c, &node, position);
        if chance == NONE {
            return Pick { light_idx: NONE, probability: 0.0 };
        }
        let is_first = (draw >> 16) < chance;
        let width = if is_first { chance } else { BRANCH_CHANCES - chance };
        let rest = if is_first { draw } else { draw - (chance << 16) };
        draw = ((rest / width) << 16) | (hash_u32(draw) & 0xffff);
        probability *= width as f32 / BRANCH_CHANCES as f32;
        node = *c.load_light_node(if is_first { node.first } else { node.first + 1 });
    }
    // At a leaf one of its lights by power.
    let mut place = 0;
    if node.count > 1 {
        place = draw_below(draw, node.count);
        let entry = c.load_light_alias(c.pick_count() + node.first + place);
        place = keep_or_alias(entry, place, hash_u32(draw ^ draws[1]));
    }
    let light_idx = entry_idx + node.first + place;
    Pick { light_idx, probability: probability * c.load_light(light_idx).pick_probability }
}

/// The probability with which [`pick_light`] at a point picks a light that is no sun.
#[inline]
pub fn pick_probability(c: &Context, light_idx: u32, position: Vec3) -> f32 {
    let light = c.load_light(light_idx);
    let mut probability = light.pick_probability;
    let mut path = light.path;
    let mut node_idx = 0;
    while path > 1 {
        let node = c.load_light_node(node_idx);
        let chance = branch_chance(c, node, position);
        if chance == NONE {
            return 0.0;
        }
        let is_first = path & 1 == 0;
        let width = if is_first { chance } else { BRANCH_CHANCES - chance };
        probability *= width as f32 / BRANCH_CHANCES as f32;
        node_idx = if is_first { node.first } else { node.first + 1 };
        path >>= 1;
    }
    probability
}

/// Chance of the first child, of [`BRANCH_CHANCES`]; [`NONE`] where neither reaches the point.
#[inline(always)]
pub fn branch_chance(c: &Context, node: &LightNode, position: Vec3) -> u32 {
    let first = node_importance(c.load_light_node(node.first), position);
    let second = node_importance(c.load_light_node(node.first + 1), position);
    if first <= 0.0 {
        return if second <= 0.0 { NONE } else { 0 };
    }
    if second <= 0.0 {
        return BRANCH_CHANCES;
    }
    let chance = (first / (first + second) * BRANCH_CHANCES as f32 + 0.5) as u32;
    if chance < 1 {
        return 1;
    }
    if chance > BRANCH_CHANCES - 1 {
        return BRANCH_CHANCES - 1;
    }
    chance
}

/// How much light a group of lights may send to a point, up to a factor: power over squared distance, times the cosine of the
/// smallest angle to a normal that the point may lie at; 0 where no light of it reaches the point.
#[inline(always)]
pub fn node_importance(node: &LightNode, position: Vec3) -> f32 {
    let low = Vec3::from(node.min);
    let high = Vec3::from(node.max);
    let diagonal = high - low;
    let radius2 = 0.25 * diagonal.dot(diagonal);
    let from_center = position - (low + high) * 0.5;
    let distance2 = from_center.dot(from_center);
    let near2 = det::max(det::max(distance2, radius2), MIN_LENGTH);
    let weight = node.power / near2;
    if distance2 <= radius2 || node.cos_spread <= -1.0 {
        return weight;
    }
    let cosine = from_center.dot(Vec3::from(node.axis)) / det::max(distance2.sqrt(), MIN_LENGTH);
    // Of the angles: to the axis, less the spread of the normals, less what the group spans.
    let spread = [sine_of(node.cos_spread), node.cos_spread];
    let sin_span = det::min((radius2 / distance2).sqrt(), 1.0);
    let span = [sin_span, sine_of(sin_span)];
    let [_, cos_least] = less_angle(less_angle([sine_of(cosine), cosine], spread), span);
    if cos_least <= node.cos_reach {
        return 0.0;
    }
    weight * cos_least
}

/// √(1 − x²).
#[inline(always)]
pub fn sine_of(x: f32) -> f32 {
    det::max(1.0 - x * x, 0.0).sqrt()
}

/// (sin, cos) of the angle a − b, where both lie in [0, π]; of 0 where b is larger.
#[inline(always)]
pub fn less_angle(a: [f32; 2], b: [f32; 2]) -> [f32; 2] {
    if a[1] >= b[1] {
        return [0.0, 1.0];
    }
    [a[0] * b[1] - a[1] * b[0], a[1] * b[1] + a[0] * b[0]]
}
