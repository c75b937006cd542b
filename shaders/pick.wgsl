//! Which light a point draws: a sun or a lamp by what they give it, among the lamps by a tree. Twin: src/render/cpu/pick.rs.

const BRANCH_CHANCES: u32 = 65536u;
const LEAST_SHARE: u32 = 8192u;

/// A light, and the probability with which it is picked. Fields as in the twin.
struct Pick {
    light_idx: u32,
    probability: f32,
}

fn pick_light(position: vec3f, chance: u32, draws: vec2<u32>) -> Pick {
    var draw = draws.x;
    var probability = 1.0;
    if chance > 0u && chance < BRANCH_CHANCES {
        let is_sun = (draw >> 16u) < chance;
        let width = select(BRANCH_CHANCES - chance, chance, is_sun);
        let rest = select(draw - (chance << 16u), draw, is_sun);
        draw = ((rest / width) << 16u) | (hash_u32(draw) & 0xffffu);
        probability = f32(width) / f32(BRANCH_CHANCES);
        if is_sun {
            return pick_sun(draw, draws.y, probability);
        }
    }
    if chance == BRANCH_CHANCES {
        return pick_sun(draw, draws.y, probability);
    }
    var node = load_light_node(0u);
    while node.count == 0u {
        let chance = branch_chance(node, position);
        if chance == NONE {
            return Pick(NONE, 0.0);
        }
        let is_first = (draw >> 16u) < chance;
        let width = select(BRANCH_CHANCES - chance, chance, is_first);
        let rest = select(draw - (chance << 16u), draw, is_first);
        draw = ((rest / width) << 16u) | (hash_u32(draw) & 0xffffu);
        probability *= f32(width) / f32(BRANCH_CHANCES);
        node = load_light_node(select(node.first + 1u, node.first, is_first));
    }
    var place = 0u;
    if node.count > 1u {
        place = draw_below(draw, node.count);
        let entry = load_light_alias(sun_count() + node.first + place);
        place = keep_or_alias(entry, place, hash_u32(draw ^ draws.y));
    }
    let light_idx = sun_count() + node.first + place;
    return Pick(light_idx, probability * load_light(light_idx).pick_probability);
}

fn pick_sun(draw: u32, other: u32, probability: f32) -> Pick {
    let drawn = draw_below(draw, sun_count());
    let light_idx = keep_or_alias(load_light_alias(drawn), drawn, other);
    return Pick(light_idx, probability * load_light(light_idx).pick_probability);
}

fn sun_chance(position: vec3f) -> u32 {
    let n_suns = sun_count();
    if n_suns == 0u {
        return 0u;
    }
    if n_suns == light_count() {
        return BRANCH_CHANCES;
    }
    let lamps = lamps_importance(position);
    if lamps <= 0.0 {
        return BRANCH_CHANCES;
    }
    let suns = sun_importance();
    let chance = u32(suns / (suns + lamps) * f32(BRANCH_CHANCES) + 0.5);
    if chance < LEAST_SHARE {
        return LEAST_SHARE;
    }
    if chance > BRANCH_CHANCES - LEAST_SHARE {
        return BRANCH_CHANCES - LEAST_SHARE;
    }
    return chance;
}

fn lamps_importance(position: vec3f) -> f32 {
    var node = load_light_node(0u);
    var own = node_importance(node, position);
    var beside = 0.0;
    while node.count == 0u {
        let first = load_light_node(node.first);
        let second = load_light_node(node.first + 1u);
        let of_first = node_importance(first, position);
        let of_second = node_importance(second, position);
        if node_bound(first, of_first, position) >= node_bound(second, of_second, position) {
            beside += of_second;
            node = first;
            own = of_first;
        } else {
            beside += of_first;
            node = second;
            own = of_second;
        }
    }
    return beside + own;
}

fn node_bound(node: LightNode, importance: f32, position: vec3f) -> f32 {
    if importance <= 0.0 {
        return 0.0;
    }
    let away = vec3f(
        position.x - det_clamp(position.x, node.min.x, node.max.x),
        position.y - det_clamp(position.y, node.min.y, node.max.y),
        position.z - det_clamp(position.z, node.min.z, node.max.z),
    );
    return node.power / det_max(vec3_dot(away, away), MIN_LENGTH);
}

fn sun_probability(light: Light, chance: u32) -> f32 {
    return light.pick_probability * (f32(chance) / f32(BRANCH_CHANCES));
}

fn pick_probability(light_idx: u32, position: vec3f, chance: u32) -> f32 {
    let light = load_light(light_idx);
    var probability = light.pick_probability * (f32(BRANCH_CHANCES - chance) / f32(BRANCH_CHANCES));
    var path = light.path;
    var node_idx = 0u;
    while path > 1u {
        let node = load_light_node(node_idx);
        let chance = branch_chance(node, position);
        if chance == NONE {
            return 0.0;
        }
        let is_first = (path & 1u) == 0u;
        let width = select(BRANCH_CHANCES - chance, chance, is_first);
        probability *= f32(width) / f32(BRANCH_CHANCES);
        node_idx = select(node.first + 1u, node.first, is_first);
        path >>= 1u;
    }
    return probability;
}

fn branch_chance(node: LightNode, position: vec3f) -> u32 {
    let first = node_importance(load_light_node(node.first), position);
    let second = node_importance(load_light_node(node.first + 1u), position);
    if first <= 0.0 {
        return select(0u, NONE, second <= 0.0);
    }
    if second <= 0.0 {
        return BRANCH_CHANCES;
    }
    let chance = u32(first / (first + second) * f32(BRANCH_CHANCES) + 0.5);
    if chance < 1u {
        return 1u;
    }
    if chance > BRANCH_CHANCES - 1u {
        return BRANCH_CHANCES - 1u;
    }
    return chance;
}

fn node_importance(node: LightNode, position: vec3f) -> f32 {
    let diagonal = node.max - node.min;
    let radius2 = 0.25 * vec3_dot(diagonal, diagonal);
    let from_center = position - (node.min + node.max) * 0.5;
    let distance2 = vec3_dot(from_center, from_center);
    let near2 = det_max(det_max(distance2, radius2), MIN_LENGTH);
    let weight = node.power / near2;
    if distance2 <= radius2 || node.cos_spread <= -1.0 {
        return weight;
    }
    let cosine = vec3_dot(from_center, node.axis) / det_max(sqrt(distance2), MIN_LENGTH);
    let spread = vec2f(sine_of(node.cos_spread), node.cos_spread);
    let sin_span = det_min(sqrt(radius2 / distance2), 1.0);
    let span = vec2f(sin_span, sine_of(sin_span));
    let cos_least = less_angle(less_angle(vec2f(sine_of(cosine), cosine), spread), span).y;
    if cos_least <= node.cos_reach {
        return 0.0;
    }
    return weight * cos_least;
}

fn sine_of(x: f32) -> f32 {
    return sqrt(det_max(1.0 - x * x, 0.0));
}

fn less_angle(a: vec2f, b: vec2f) -> vec2f {
    if a.y >= b.y {
        return vec2f(0.0, 1.0);
    }
    return vec2f(a.x * b.y - a.y * b.x, a.y * b.y + a.x * b.x);
}
