//! Which light a point draws: suns and all others by power, among the others by a tree. Twin: src/render/cpu/pick.rs.

const BRANCH_CHANCES: u32 = 65536u;

/// A light, and the probability with which it is picked. Fields as in the twin.
struct Pick {
    light_idx: u32,
    probability: f32,
}

fn pick_light(position: vec3f, draws: vec2<u32>) -> Pick {
    let drawn = draw_below(draws.x, pick_count());
    let entry_idx = keep_or_alias(load_light_alias(drawn), drawn, draws.y);
    let light = load_light(entry_idx);
    if light.kind == LIGHT_SUN {
        return Pick(entry_idx, light.pick_probability);
    }
    var draw = draws.x * pick_count();
    var probability = 1.0;
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
        let entry = load_light_alias(pick_count() + node.first + place);
        place = keep_or_alias(entry, place, hash_u32(draw ^ draws.y));
    }
    let light_idx = entry_idx + node.first + place;
    return Pick(light_idx, probability * load_light(light_idx).pick_probability);
}

fn pick_probability(light_idx: u32, position: vec3f) -> f32 {
    let light = load_light(light_idx);
    var probability = light.pick_probability;
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
