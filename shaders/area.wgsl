//! Area lights without triangles: rectangles, disks, spheres of even radiance. Twin: src/render/cpu/area.rs.
//! Knows no paths.

const AREA_NEARER: f32 = 0.999755859375;
const MIN_SOLID_ANGLE: f32 = 0.015625;
const NEARLY_ONE: f32 = 0.999999;

/// A rectangle as a point sees it. Fields as in the twin.
struct RectangleSpan {
    x0: f32,
    x1: f32,
    y0: f32,
    y1: f32,
    z: f32,
    b0: f32,
    b1: f32,
    k: f32,
    solid_angle: f32,
}

fn first_area() -> u32 {
    let n = light_count();
    for (var i = 0u; i < n; i += 1u) {
        let kind = load_light(i).kind;
        if kind >= LIGHT_RECTANGLE {
            return i;
        }
        if kind != LIGHT_SUN {
            return n;
        }
    }
    return n;
}

fn area_lights_along(
    start: vec3f,
    origin: vec3f,
    direction: vec3f,
    reach: f32,
    n_scatterings: u32,
    pdf: f32,
    chance: u32,
    medium_idx: u32,
) -> vec3f {
    let n = light_count();
    let passed = vec3_dot(origin - start, direction);
    var radiance = vec3f(0.0);
    for (var i = first_area(); i < n; i += 1u) {
        let light = load_light(i);
        if light.kind < LIGHT_RECTANGLE {
            break;
        }
        if n_scatterings == 0u && (light.flags & LIGHT_VISIBLE) == 0u {
            continue;
        }
        let t = meet_area(light, start, direction);
        let near = t * AREA_NEARER - passed;
        if t > 0.0 && near > 0.0 && near <= reach {
            var share = 1.0;
            if n_scatterings > 0u {
                let probability = pick_probability(i, start, chance);
                share = power_heuristic(pdf, area_pdf(light, probability, start, direction, t));
            }
            radiance += light.strength * share * left_of_light(medium_idx, near);
        }
    }
    return radiance;
}

fn meet_area(light: Light, start: vec3f, direction: vec3f) -> f32 {
    let to_center = light.position - start;
    let is_two_sided = (light.flags & LIGHT_TWO_SIDED) != 0u;
    if light.kind == LIGHT_SPHERE {
        return meet_sphere(light.half_width, to_center, direction, is_two_sided);
    }
    let cosine = vec3_dot(direction, light.direction);
    let height = vec3_dot(to_center, light.direction);
    let is_front = cosine < 0.0;
    if det_abs(cosine) <= MIN_LENGTH || (!is_front && !is_two_sided) {
        return 0.0;
    }
    let t = height / cosine;
    let place = direction * t - to_center;
    let x = vec3_dot(place, light.across);
    let y = vec3_dot(place, cross(light.direction, light.across));
    var is_inside = det_abs(x) <= light.half_width && det_abs(y) <= light.half_height;
    if light.kind == LIGHT_DISK {
        is_inside = x * x + y * y <= light.half_width * light.half_width;
    }
    return select(0.0, det_max(t, 0.0), is_inside);
}

fn meet_sphere(radius: f32, to_center: vec3f, direction: vec3f, is_two_sided: bool) -> f32 {
    let square = radius * radius;
    let is_outside = vec3_dot(to_center, to_center) > square;
    let along = vec3_dot(to_center, direction);
    let beside = cross(to_center, direction);
    let half_square = square - vec3_dot(beside, beside);
    if half_square <= 0.0 || (!is_outside && !is_two_sided) {
        return 0.0;
    }
    let half = sqrt(half_square);
    return select(along + half, det_max(along - half, 0.0), is_outside);
}

fn area_pdf(light: Light, probability: f32, start: vec3f, direction: vec3f, t: f32) -> f32 {
    let to_center = light.position - start;
    var density = 0.0;
    if light.kind == LIGHT_SPHERE {
        density = sphere_density(light.half_width, to_center);
    }
    if light.kind == LIGHT_RECTANGLE {
        let span = span_rectangle(light, to_center);
        if span.solid_angle > MIN_SOLID_ANGLE {
            density = 1.0 / span.solid_angle;
        }
    }
    if density <= 0.0 {
        let cosine = det_abs(vec3_dot(direction, light.direction));
        density = t * t / det_max(cosine * flat_area(light), MIN_LENGTH);
    }
    return det_min(probability * density, MAX_PDF);
}

fn flat_area(light: Light) -> f32 {
    if light.kind == LIGHT_DISK {
        return PI * light.half_width * light.half_width;
    }
    return 4.0 * light.half_width * light.half_height;
}

fn sphere_density(radius: f32, to_center: vec3f) -> f32 {
    let square = vec3_dot(to_center, to_center);
    if square <= radius * radius {
        return 0.5 * FRAC_1_TAU;
    }
    return FRAC_1_TAU / cone_height(radius * radius / square);
}

fn cone_height(sin2: f32) -> f32 {
    return det_max(sin2 / (1.0 + sqrt(det_max(1.0 - sin2, 0.0))), MIN_LENGTH);
}

fn sample_area(light: Light, probability: f32, position: vec3f, place: vec2<u32>) -> LightSample {
    let to_center = light.position - position;
    let is_two_sided = (light.flags & LIGHT_TWO_SIDED) != 0u;
    let u = vec2f(unit_float(place.x), unit_float(place.y));
    var to_light = vec3f(0.0);
    if light.kind == LIGHT_SPHERE {
        let is_inside = vec3_dot(to_center, to_center) <= light.half_width * light.half_width;
        if is_inside && !is_two_sided {
            return no_light();
        }
        to_light = to_sphere(light.half_width, to_center, u);
    } else {
        let height = vec3_dot(to_center, light.direction);
        if height == 0.0 || (height > 0.0 && !is_two_sided) {
            return no_light();
        }
        if light.kind == LIGHT_DISK {
            to_light = to_disk(light, to_center, u);
        } else {
            to_light = to_rectangle(light, to_center, u);
        }
    }
    let distance = sqrt(vec3_dot(to_light, to_light));
    if distance <= MIN_LENGTH {
        return no_light();
    }
    let direction = to_light * (1.0 / distance);
    return LightSample(
        direction,
        distance * AREA_NEARER,
        light.strength,
        area_pdf(light, probability, position, direction, distance),
        false,
    );
}

fn to_sphere(radius: f32, to_center: vec3f, u: vec2f) -> vec3f {
    let square = vec3_dot(to_center, to_center);
    let is_outside = square > radius * radius;
    let turn = det_sin_cos_turns(u.y);
    var axis = vec3f(0.0, 0.0, 1.0);
    var drop = 2.0 * u.x;
    if is_outside {
        axis = to_center * (1.0 / sqrt(square));
        drop = u.x * cone_height(radius * radius / square);
    }
    let sin_theta = sqrt(drop * (2.0 - drop));
    let frame = tangent_frame(axis);
    let direction = frame.tangent * (sin_theta * turn.y) + frame.bitangent * (sin_theta * turn.x) + axis * (1.0 - drop);
    let beside = cross(to_center, direction);
    let half = sqrt(det_max(radius * radius - vec3_dot(beside, beside), 0.0));
    let along = vec3_dot(to_center, direction);
    return direction * select(along + half, along - half, is_outside);
}

fn to_disk(light: Light, to_center: vec3f, u: vec2f) -> vec3f {
    let radius = light.half_width * sqrt(u.x);
    let turn = det_sin_cos_turns(u.y);
    return to_center + light.across * (radius * turn.y) + cross(light.direction, light.across) * (radius * turn.x);
}

fn to_rectangle(light: Light, to_center: vec3f, u: vec2f) -> vec3f {
    let up = cross(light.direction, light.across);
    let span = span_rectangle(light, to_center);
    if span.solid_angle <= MIN_SOLID_ANGLE {
        let x = (2.0 * u.x - 1.0) * light.half_width;
        let y = (2.0 * u.y - 1.0) * light.half_height;
        return to_center + light.across * x + up * y;
    }
    let a = det_sin_cos(u.x * span.solid_angle + span.k);
    let rise = a.y * span.b0 - span.b1;
    let slope = sqrt(rise * rise + span.b0 * span.b0 * a.x * a.x);
    let signed = select(-a.x, a.x, rise > 0.0);
    let cu = det_clamp(signed / det_max(slope, MIN_LENGTH), -NEARLY_ONE, NEARLY_ONE);
    let x = det_clamp(-(cu * span.z) / sqrt(1.0 - cu * cu), span.x0, span.x1);
    let away = sqrt(x * x + span.z * span.z);
    let h0 = span.y0 / sqrt(away * away + span.y0 * span.y0);
    let h1 = span.y1 / sqrt(away * away + span.y1 * span.y1);
    let h = h0 + u.y * (h1 - h0);
    let h2 = det_min(h * h, NEARLY_ONE);
    let y = det_clamp(h * away / sqrt(1.0 - h2), span.y0, span.y1);
    return light.across * x + up * y + light.direction * vec3_dot(to_center, light.direction);
}

fn span_rectangle(light: Light, to_center: vec3f) -> RectangleSpan {
    let x = vec3_dot(to_center, light.across);
    let y = vec3_dot(to_center, cross(light.direction, light.across));
    let z = -det_abs(vec3_dot(to_center, light.direction));
    let x0 = x - light.half_width;
    let x1 = x + light.half_width;
    let y0 = y - light.half_height;
    let y1 = y + light.half_height;
    let z2 = z * z;
    let a = -y0 / det_max(sqrt(y0 * y0 + z2), MIN_LENGTH);
    let b = x1 / det_max(sqrt(x1 * x1 + z2), MIN_LENGTH);
    let c = y1 / det_max(sqrt(y1 * y1 + z2), MIN_LENGTH);
    let d = -x0 / det_max(sqrt(x0 * x0 + z2), MIN_LENGTH);
    let g0 = det_acos(-(a * b));
    let g1 = det_acos(-(b * c));
    let g2 = det_acos(-(c * d));
    let g3 = det_acos(-(d * a));
    let rest = TAU - g2 - g3;
    return RectangleSpan(x0, x1, y0, y1, z, a, c, rest, g0 + g1 - rest);
}
