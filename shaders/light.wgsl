//! Light: the sky, punctual lights, glowing triangles; drawn from, and looked up. Twin: src/render/cpu/light.rs.
//! Knows no paths.

const FRAC_1_TAU: f32 = 0.15915494;
const FRAC_1_TAU_PI: f32 = 0.05066059;
const MIN_SINE: f32 = 1.0e-6;
const MAX_PDF: f32 = 1.0e15;
const MIN_SPOT_SPAN: f32 = 1.0e-3;

/// A way to a light. Fields as in the twin.
struct LightSample {
    direction: vec3f,
    distance: f32,
    radiance: vec3f,
    pdf: f32,
    is_delta: bool,
}

/// What arrives from the sky in a direction, and its density in `sample_sky`.
struct SkyValue {
    radiance: vec3f,
    pdf: f32,
}

fn no_light() -> LightSample {
    return LightSample(vec3f(0.0, 0.0, 1.0), 0.0, vec3f(0.0), 0.0, false);
}

fn power_heuristic(pdf: f32, other: f32) -> f32 {
    let a = pdf * pdf;
    return a / (a + other * other);
}

fn sample_sky(tangent: vec3f, bitangent: vec3f, normal: vec3f, has_below: bool, draws: vec2<u32>) -> LightSample {
    let sky = load_sky();
    if (sky.flags & SKY_IMAGE) == 0u {
        var draw = draws.x;
        var side = 1.0;
        var density = FRAC_1_PI;
        if has_below {
            side = select(-1.0, 1.0, (draw >> 31u) == 0u);
            draw = draw << 1u;
            density = 0.5 * FRAC_1_PI;
        }
        let local = sample_cosine(vec2f(unit_float(draw), unit_float(draws.y)));
        let direction = tangent * local.x + bitangent * local.y + normal * (local.z * side);
        return LightSample(direction, ENDLESS, sky.radiance, local.z * density, false);
    }
    let texel_idx = find_sky_texel(draws.x);
    let x = f32(texel_idx % sky.width) + unit_float(hash_u32(draws.x));
    let y = f32(texel_idx / sky.width) + unit_float(draws.y);
    let theta = det_sin_cos_turns(y / f32(sky.height) * 0.5);
    let phi = det_sin_cos_turns(0.5 - x / f32(sky.width));
    let sx = theta.x * phi.y;
    let sy = theta.x * phi.x;
    let direction = vec3f(
        sx * sky.rotation_cos - sy * sky.rotation_sin,
        sx * sky.rotation_sin + sy * sky.rotation_cos,
        theta.y,
    );
    // Nothing arrives from below the surface: texels that lie strewn over memory need not be read.
    if !has_below && vec3_dot(direction, normal) <= 0.0 {
        return no_light();
    }
    let density = load_sky_texel(texel_idx).w;
    return LightSample(
        direction,
        ENDLESS,
        sky_texels(x, y) * sky.radiance,
        det_min(density * FRAC_1_TAU_PI / det_max(theta.x, MIN_SINE), MAX_PDF),
        false,
    );
}

fn find_sky_texel(draw: u32) -> u32 {
    let cell = draw >> (32u - SKY_GUIDE_BITS);
    var first = load_sky_guide(cell);
    var last = load_sky_guide(cell + 1u);
    while first < last {
        let middle = (first + last + 1u) / 2u;
        if load_sky_start(middle) <= draw {
            first = middle;
        } else {
            last = middle - 1u;
        }
    }
    return first;
}

fn look_up_sky(direction: vec3f, cosine: f32) -> SkyValue {
    let sky = load_sky();
    if (sky.flags & SKY_IMAGE) == 0u {
        return SkyValue(sky.radiance, det_max(cosine, 0.0) * FRAC_1_PI);
    }
    let dx = direction.x * sky.rotation_cos + direction.y * sky.rotation_sin;
    let dy = direction.y * sky.rotation_cos - direction.x * sky.rotation_sin;
    let u = 0.5 - det_atan2(dy, dx) * FRAC_1_TAU;
    let v = det_acos(direction.z) * FRAC_1_PI;
    let x = det_clamp(u, 0.0, 1.0) * f32(sky.width);
    let y = det_clamp(v, 0.0, 1.0) * f32(sky.height);
    let column = last_at_most(u32(x), sky.width);
    let row = last_at_most(u32(y), sky.height);
    let density = load_sky_texel(row * sky.width + column).w;
    let sin_theta = sqrt(dx * dx + dy * dy);
    return SkyValue(
        sky_texels(x, y) * sky.radiance,
        det_min(density * FRAC_1_TAU_PI / det_max(sin_theta, MIN_SINE), MAX_PDF),
    );
}

fn sky_texels(x: f32, y: f32) -> vec3f {
    let sky = load_sky();
    let left = det_floor(x - 0.5);
    let top = det_floor(y - 0.5);
    let fx = x - 0.5 - left;
    let fy = y - 0.5 - top;
    let width = i32(sky.width);
    let last_row = i32(sky.height) - 1;
    var x0 = i32(left);
    var x1 = x0 + 1;
    if x0 < 0 {
        x0 = width - 1;
    }
    if x1 >= width {
        x1 = 0;
    }
    var y0 = i32(top);
    var y1 = y0 + 1;
    if y0 < 0 {
        y0 = 0;
    }
    if y1 > last_row {
        y1 = last_row;
    }
    let a = load_sky_texel(u32(y0 * width + x0));
    let b = load_sky_texel(u32(y0 * width + x1));
    let d = load_sky_texel(u32(y1 * width + x0));
    let e = load_sky_texel(u32(y1 * width + x1));
    let wa = (1.0 - fx) * (1.0 - fy);
    let wb = fx * (1.0 - fy);
    let wd = (1.0 - fx) * fy;
    let we = fx * fy;
    return a.xyz * wa + b.xyz * wb + d.xyz * wd + e.xyz * we;
}

fn sample_light(position: vec3f, chance: u32, pick: vec2<u32>, place: vec2<u32>) -> LightSample {
    let picked = pick_light(position, chance, pick);
    if picked.light_idx == NONE {
        return no_light();
    }
    let light = load_light(picked.light_idx);
    if light.kind == LIGHT_EMISSIVE {
        return sample_emissive(light, picked.probability, position, place);
    }
    if light.kind == LIGHT_SUN {
        return sample_sun(light, picked.probability, place);
    }
    if light.kind >= LIGHT_RECTANGLE {
        return sample_area(light, picked.probability, position, place);
    }
    let to_light = light.position - position;
    let distance = sqrt(vec3_dot(to_light, to_light));
    if distance <= MIN_LENGTH {
        return no_light();
    }
    let direction = to_light * (1.0 / distance);
    var radiance = light.strength * (1.0 / (distance * distance));
    if light.kind != LIGHT_POINT {
        radiance = radiance * spot_share(light, direction);
    }
    return LightSample(direction, distance, radiance, picked.probability, true);
}

fn spot_share(light: Light, direction: vec3f) -> f32 {
    let cosine = -vec3_dot(direction, light.direction);
    let span = det_max(light.cos_inner - light.cos_outer, MIN_SPOT_SPAN);
    let share = det_clamp((cosine - light.cos_outer) / span, 0.0, 1.0);
    return share * share;
}

fn sample_sun(light: Light, probability: f32, place: vec2<u32>) -> LightSample {
    let axis = -light.direction;
    let height = 1.0 - light.cos_outer;
    if height <= 0.0 {
        return LightSample(axis, ENDLESS, light.strength, probability, true);
    }
    let drop = unit_float(place.x) * height;
    let sin_theta = sqrt(drop * (2.0 - drop));
    let turn = det_sin_cos_turns(unit_float(place.y));
    let frame = tangent_frame(axis);
    let density = FRAC_1_TAU / height;
    return LightSample(
        frame.tangent * (sin_theta * turn.y) + frame.bitangent * (sin_theta * turn.x) + axis * (1.0 - drop),
        ENDLESS,
        light.strength * density,
        det_min(probability * density, MAX_PDF),
        false,
    );
}

fn look_up_sun(light: Light, direction: vec3f) -> SkyValue {
    let axis = -light.direction;
    let height = 1.0 - light.cos_outer;
    let across = cross(direction, axis);
    let inside = vec3_dot(direction, axis) > 0.0 && vec3_dot(across, across) < height * (2.0 - height);
    if !inside {
        return SkyValue(vec3f(0.0), 0.0);
    }
    let density = FRAC_1_TAU / height;
    return SkyValue(light.strength * density, density);
}

fn sample_emissive(light: Light, probability: f32, position: vec3f, place: vec2<u32>) -> LightSample {
    let emissive = load_emissive(light.emissive_idx);
    let root = sqrt(unit_float(place.x));
    let u = (1.0 - unit_float(place.y)) * root;
    let v = unit_float(place.y) * root;
    let hit = Hit(0.0, u, v, emissive.instance_idx, emissive.triangle_idx);
    var spot = find_place(hit, vec3f(0.0));
    if vec3_dot(spot.geometric_normal, spot.position - position) > 0.0 {
        spot.front = false;
        spot.geometric_normal = -spot.geometric_normal;
    }
    let material = load_material(spot.material_idx);
    if !spot.front && (material.flags & MATERIAL_DOUBLE_SIDED) == 0u {
        return no_light();
    }
    let to_light = ray_origin(spot, 1.0) - position;
    let distance = sqrt(vec3_dot(to_light, to_light));
    let direction = unit_or(to_light, vec3f(0.0));
    let cosine = -vec3_dot(direction, spot.geometric_normal);
    if cosine <= 0.0 || distance <= MIN_LENGTH {
        return no_light();
    }
    var radiance = find_emission(spot, material, 0.0);
    radiance = radiance * coat_passes(spot, material, -direction, 0.0);
    if scene_has_alpha() {
        let color = find_color(spot, material, 0.0);
        radiance = radiance * coverage(material, color.w);
    }
    let pdf = probability * (distance * distance) / (cosine * emissive.area);
    return LightSample(direction, distance, radiance, det_min(pdf, MAX_PDF), false);
}

fn emissive_pdf(place: Place, triangle_idx: u32, start: vec3f, chance: u32) -> f32 {
    let n_lights = light_count();
    if n_lights == 0u {
        return 0.0;
    }
    let last = load_light(n_lights - 1u);
    if last.kind != LIGHT_EMISSIVE {
        return 0.0;
    }
    let n = last.emissive_idx + 1u;
    var first = 0u;
    var end = n;
    while first < end {
        let middle = (first + end) / 2u;
        let e = load_emissive(middle);
        let before = e.instance_idx < place.instance_idx
            || (e.instance_idx == place.instance_idx && e.triangle_idx < triangle_idx);
        if before {
            first = middle + 1u;
        } else {
            end = middle;
        }
    }
    if first >= n {
        return 0.0;
    }
    let emissive = load_emissive(first);
    if emissive.instance_idx != place.instance_idx || emissive.triangle_idx != triangle_idx {
        return 0.0;
    }
    let probability = pick_probability(emissive.light_idx, start, chance);
    let to_light = place.position - start;
    let distance = sqrt(vec3_dot(to_light, to_light));
    let cosine = det_abs(vec3_dot(unit_or(to_light, vec3f(0.0)), place.geometric_normal));
    if cosine <= 0.0 {
        return 0.0;
    }
    return det_min(probability * (distance * distance) / (cosine * emissive.area), MAX_PDF);
}

fn keep_or_alias(entry: AliasEntry, i: u32, draw: u32) -> u32 {
    return select(entry.alias_idx, i, draw < entry.threshold);
}

fn last_at_most(i: u32, n: u32) -> u32 {
    return select(n - 1u, i, i < n);
}
