//! Which light a point draws: a sun or a lamp by what they give it, among the lamps by a tree. Twin: shaders/pick.wgsl.
//!
//! Source: Conty Estevez, Kulla 2018, Importance Sampling of Many Lights with Adaptive Tree Splitting. Each branch compares a
//! 16-bit draw with a chance in 65536ths, and hands on what is left of the draw: a stratified draw stays one.

use super::light::keep_or_alias;
use super::load::Context;
use super::sampler::{draw_below, hash_u32};
use super::surface::MIN_LENGTH;
use crate::buffers::layout::{Light, LightNode, NONE};
use crate::math::{Vec3, det};

/// Chances of a branch are counted in these.
pub const BRANCH_CHANCES: u32 = 65_536;
/// Where both may shine neither the suns nor the lamps are drawn more seldom than this, of [`BRANCH_CHANCES`]: either may
/// stand in the other's shadow.
pub const LEAST_SHARE: u32 = 8_192;

/// A light, and the probability with which it is picked.
#[derive(Clone, Copy, Debug)]
pub struct Pick {
    /// [`NONE`] where no light can reach the point.
    pub light_idx: u32,
    pub probability: f32,
}

/// Picks a light for a point. `chance`: its [`sun_chance`].
#[inline(always)]
pub fn pick_light(c: &Context, position: Vec3, chance: u32, draws: [u32; 2]) -> Pick {
    let mut draw = draws[0];
    let mut probability = 1.0;
    // A draw that decides nothing is handed on whole.
    if chance > 0 && chance < BRANCH_CHANCES {
        let is_sun = (draw >> 16) < chance;
        let width = if is_sun { chance } else { BRANCH_CHANCES - chance };
        let rest = if is_sun { draw } else { draw - (chance << 16) };
        draw = ((rest / width) << 16) | (hash_u32(draw) & 0xffff);
        probability = width as f32 / BRANCH_CHANCES as f32;
        if is_sun {
            return pick_sun(c, draw, draws[1], probability);
        }
    }
    if chance == BRANCH_CHANCES {
        return pick_sun(c, draw, draws[1], probability);
    }
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
        let entry = c.load_light_alias(c.sun_count() + node.first + place);
        place = keep_or_alias(entry, place, hash_u32(draw ^ draws[1]));
    }
    let light_idx = c.sun_count() + node.first + place;
    Pick { light_idx, probability: probability * c.load_light(light_idx).pick_probability }
}

/// Picks a sun by its irradiance. `probability`: of having come here.
#[inline(always)]
pub fn pick_sun(c: &Context, draw: u32, other: u32, probability: f32) -> Pick {
    let drawn = draw_below(draw, c.sun_count());
    let light_idx = keep_or_alias(c.load_light_alias(drawn), drawn, other);
    Pick { light_idx, probability: probability * c.load_light(light_idx).pick_probability }
}

/// Chance that a point draws a sun, not a lamp, of [`BRANCH_CHANCES`].
///
/// By the irradiance that either gives to what faces it: the suns' is known, and counted in units of [`node_importance`]
/// (`SceneBuffers::sun_importance`); the lamps' is estimated ([`lamps_importance`]).
#[inline(always)]
pub fn sun_chance(c: &Context, position: Vec3) -> u32 {
    let n_suns = c.sun_count();
    if n_suns == 0 {
        return 0;
    }
    if n_suns == c.light_count() {
        return BRANCH_CHANCES;
    }
    let lamps = lamps_importance(c, position);
    if lamps <= 0.0 {
        return BRANCH_CHANCES;
    }
    let suns = c.sun_importance();
    let chance = (suns / (suns + lamps) * BRANCH_CHANCES as f32 + 0.5) as u32;
    if chance < LEAST_SHARE {
        return LEAST_SHARE;
    }
    if chance > BRANCH_CHANCES - LEAST_SHARE {
        return BRANCH_CHANCES - LEAST_SHARE;
    }
    chance
}

/// How much light all lamps may send to a point, as [`node_importance`] counts.
///
/// The branches are followed to the lamp that may send most of all ([`node_bound`]): a near one must be seen for itself, not as
/// part of a group that stands far on the whole. The groups beside the way count as they look from afar.
#[inline(always)]
pub fn lamps_importance(c: &Context, position: Vec3) -> f32 {
    let mut node = *c.load_light_node(0);
    let mut own = node_importance(&node, position);
    let mut beside = 0.0;
    while node.count == 0 {
        let first = *c.load_light_node(node.first);
        let second = *c.load_light_node(node.first + 1);
        let of_first = node_importance(&first, position);
        let of_second = node_importance(&second, position);
        if node_bound(&first, of_first, position) >= node_bound(&second, of_second, position) {
            beside += of_second;
            node = first;
            own = of_first;
        } else {
            beside += of_first;
            node = second;
            own = of_second;
        }
    }
    beside + own
}

/// The most light that a group of some importance may send to a point, in the same units: as if all its lamps stood where its
/// box is nearest, and faced the point; 0 where the importance is.
#[inline(always)]
pub fn node_bound(node: &LightNode, importance: f32, position: Vec3) -> f32 {
    if importance <= 0.0 {
        return 0.0;
    }
    let away = Vec3::new(
        position.x - det::clamp(position.x, node.min[0], node.max[0]),
        position.y - det::clamp(position.y, node.min[1], node.max[1]),
        position.z - det::clamp(position.z, node.min[2], node.max[2]),
    );
    node.power / det::max(away.dot(away), MIN_LENGTH)
}

/// The probability with which [`pick_light`] picks a sun.
#[inline(always)]
pub fn sun_probability(light: &Light, chance: u32) -> f32 {
    light.pick_probability * (chance as f32 / BRANCH_CHANCES as f32)
}

/// The probability with which [`pick_light`] at a point picks a light that is no sun.
#[inline]
pub fn pick_probability(c: &Context, light_idx: u32, position: Vec3, chance: u32) -> f32 {
    let light = c.load_light(light_idx);
    let mut probability = light.pick_probability * ((BRANCH_CHANCES - chance) as f32 / BRANCH_CHANCES as f32);
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
