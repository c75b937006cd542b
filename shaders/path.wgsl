//! One sample of one pixel: a path through the scene, or the first surface alone. Twin: src/render/cpu/path.rs.
//! Knows no bindings, no films.

const MAX_SURFACES: u32 = 64u;
const ROULETTE_AFTER: u32 = 2u;
const MAX_SURVIVAL: u32 = 243u;
const MAX_SPREAD: f32 = 0.5;

/// What one sample adds to a pixel. Fields as in the twin.
struct PathSample {
    radiance: vec3f,
    alpha: f32,
    albedo: vec3f,
}

/// What the ray through a pixel's centre meets. Fields as in the twin.
struct GeometrySample {
    depth: f32,
    distance: f32,
    normal: vec3f,
    roughness: f32,
    metallic: f32,
    instance: u32,
    semantic: u32,
}

fn sample_camera(pixel: vec2<u32>, sample_idx: u32) -> Ray {
    let view = load_view();
    let draws = draw_2d(make_sampler(view.seed, pixel, sample_idx), SET_PIXEL);
    return camera_ray(view, pixel, vec2f(unit_float(draws.x), unit_float(draws.y)));
}

// Drivers put a copy of the walk wherever a ray is traced, and compile for minutes: here each kind of path traces in one
// place, where the twin gets its first hits from packets and goes on in `follow_path`.
fn trace_path(pixel: vec2<u32>, sample_idx: u32) -> PathSample {
    let settings = load_settings();
    let view = load_view();
    let sky_flags = load_sky().flags;
    var out = PathSample(vec3f(0.0), 0.0, vec3f(0.0));
    let s = make_sampler(view.seed, pixel, sample_idx);
    var ray = sample_camera(pixel, sample_idx);
    let camera_length = sqrt(vec3_dot(ray.direction, ray.direction));
    // Unit, which the camera ray's own direction is not: until the next ray, t is scaled by its length.
    var direction = ray.direction * (1.0 / camera_length);
    var scale = camera_length;
    var spread = camera_spread(view, settings.spp);
    var cone = 0.0;
    var throughput = vec3f(1.0);
    var radiance = vec3f(0.0);
    var n_scatterings = 0u;
    // Of the last scattering: its place, and the density and cosine with which the ray was drawn.
    var start = ray.origin;
    var pdf = 0.0;
    var cosine = 1.0;
    for (var n_surfaces = 0u; n_surfaces < MAX_SURFACES; n_surfaces += 1u) {
        let hit = trace_closest(ray);
        if hit.instance_idx == NONE {
            let visible = n_scatterings > 0u || (sky_flags & SKY_VISIBLE) != 0u;
            if visible {
                radiance += throughput * sky_and_suns(direction, n_scatterings, pdf, cosine);
            }
            if visible && n_scatterings == 0u {
                out.alpha = 1.0;
            }
            break;
        }
        let place = find_place(hit, direction);
        let material = load_material(place.material_idx);
        let width = cone + spread * (hit.t * scale);
        scale = 1.0;
        let cone_area = width * width;
        let color = find_color(place, material, cone_area);
        if !is_met(place, material, color.w, n_scatterings, s, n_surfaces) {
            ray = Ray(ray_origin(place, -1.0), direction, 0.0, ENDLESS);
            cone = width;
            continue;
        }
        if n_scatterings == 0u {
            out.alpha = 1.0;
            out.albedo = color.xyz;
        }
        if (material.flags & MATERIAL_UNLIT) != 0u {
            radiance += throughput * color.xyz;
            break;
        }
        let emission = find_emission(place, material, cone_area);
        if max_component(emission) > 0.0 {
            var share = 1.0;
            if n_scatterings > 0u {
                share = power_heuristic(pdf, emissive_pdf(place, hit.triangle_idx, start));
            }
            radiance += throughput * emission * share;
        }
        if n_scatterings >= settings.bounces {
            break;
        }
        let surface = find_surface(place, material, color.xyz, cone_area);
        let literal = (settings.flags & SETTINGS_LITERAL_SCATTERING) != 0u;
        let bsdf = make_bsdf(
            surface.normal,
            place.geometric_normal,
            -direction,
            surface.base_color,
            surface.metallic,
            surface.roughness,
            literal,
        );
        start = ray_origin(place, 1.0);
        radiance += throughput * direct_light(s, n_scatterings, bsdf, start);

        let choice = draw_2d(s, bounce_set(n_scatterings, SET_CHOICE));
        let drawn = sample_bsdf(bsdf, choice.x, draw_2d(s, bounce_set(n_scatterings, SET_DIRECTION)));
        n_scatterings += 1u;
        throughput *= drawn.weight;
        let largest = max_component(throughput);
        if largest <= 0.0 {
            break;
        }
        if n_scatterings > ROULETTE_AFTER {
            let survival = survival_chances(largest);
            if (choice.y >> CHANCE_SHIFT) >= survival {
                break;
            }
            throughput = throughput * (f32(CHANCES) / f32(survival));
        }
        pdf = drawn.pdf;
        cosine = drawn.cosine;
        cone = width;
        spread = scattered_spread(spread, pdf, settings.spp);
        direction = drawn.direction;
        ray = Ray(start, direction, 0.0, ENDLESS);
    }
    out.radiance = limit(radiance, settings.clamp);
    return out;
}

fn trace_alpha_albedo(pixel: vec2<u32>, sample_idx: u32) -> PathSample {
    let view = load_view();
    var out = PathSample(vec3f(0.0), 0.0, vec3f(0.0));
    let s = make_sampler(view.seed, pixel, sample_idx);
    var ray = sample_camera(pixel, sample_idx);
    let camera_length = sqrt(vec3_dot(ray.direction, ray.direction));
    let direction = ray.direction * (1.0 / camera_length);
    var scale = camera_length;
    let spread = camera_spread(view, load_settings().spp);
    var cone = 0.0;
    for (var n_surfaces = 0u; n_surfaces < MAX_SURFACES; n_surfaces += 1u) {
        let hit = trace_closest(ray);
        if hit.instance_idx == NONE {
            if (load_sky().flags & SKY_VISIBLE) != 0u {
                out.alpha = 1.0;
            }
            break;
        }
        let place = find_place(hit, direction);
        let material = load_material(place.material_idx);
        let width = cone + spread * (hit.t * scale);
        scale = 1.0;
        let color = find_color(place, material, width * width);
        if is_met(place, material, color.w, 0u, s, n_surfaces) {
            out.alpha = 1.0;
            out.albedo = color.xyz;
            break;
        }
        ray = Ray(ray_origin(place, -1.0), direction, 0.0, ENDLESS);
        cone = width;
    }
    return out;
}

fn center_ray(pixel: vec2<u32>) -> Ray {
    return camera_ray(load_view(), pixel, vec2f(0.5));
}

fn trace_geometry(pixel: vec2<u32>) -> GeometrySample {
    var ray = center_ray(pixel);
    let length = sqrt(vec3_dot(ray.direction, ray.direction));
    let spread = camera_spread(load_view(), 1u);
    var depth = 0.0;
    for (var n_surfaces = 0u; n_surfaces < MAX_SURFACES; n_surfaces += 1u) {
        let hit = trace_closest(ray);
        if hit.instance_idx == NONE {
            break;
        }
        depth += hit.t;
        let place = find_place(hit, ray.direction);
        let material = load_material(place.material_idx);
        let width = spread * depth * length;
        let cone_area = width * width;
        let color = find_color(place, material, cone_area);
        if camera_sees(place, material) && coverage(material, color.w) >= 0.5 {
            let surface = find_surface(place, material, color.xyz, cone_area);
            let instance = load_instance(hit.instance_idx);
            return GeometrySample(
                depth,
                depth * length,
                surface.normal,
                surface.roughness,
                surface.metallic,
                instance.object_id,
                instance.class_id,
            );
        }
        ray.origin = ray_origin(place, -1.0);
    }
    return GeometrySample(0.0, 0.0, vec3f(0.0), 0.0, 0.0, 0u, 0u);
}

fn camera_sees(place: Place, material: Material) -> bool {
    return place.front || (material.flags & MATERIAL_DOUBLE_SIDED) != 0u
        || (load_settings().flags & SETTINGS_BOTH_SIDES) != 0u;
}

fn is_met(place: Place, material: Material, alpha: f32, n_scatterings: u32, s: Sampler, n_surfaces: u32) -> bool {
    if n_scatterings == 0u && !camera_sees(place, material) {
        return false;
    }
    let stopped = coverage(material, alpha);
    if stopped >= 1.0 {
        return true;
    }
    let set_idx = bounce_set(n_scatterings, SET_ALPHA) + n_surfaces * SET_ALPHA_STRIDE;
    return unit_float(draw_1d(s, set_idx)) < stopped;
}

fn sky_and_suns(direction: vec3f, n_scatterings: u32, pdf: f32, cosine: f32) -> vec3f {
    let sky = look_up_sky(direction, cosine);
    var share = 1.0;
    if n_scatterings > 0u {
        share = power_heuristic(pdf, sky.pdf);
    }
    var radiance = sky.radiance * share;
    // Suns come first among the lights.
    for (var i = 0u; i < light_count(); i += 1u) {
        let light = load_light(i);
        if light.kind != LIGHT_SUN {
            break;
        }
        if light.cos_outer >= 1.0 {
            continue;
        }
        let sun = look_up_sun(light, direction);
        if sun.pdf > 0.0 {
            var sun_share = 1.0;
            if n_scatterings > 0u {
                sun_share = power_heuristic(pdf, sun.pdf);
            }
            radiance += sun.radiance * sun_share;
        }
    }
    return radiance;
}

fn direct_light(s: Sampler, n_scatterings: u32, bsdf: Bsdf, start: vec3f) -> vec3f {
    var out = vec3f(0.0);
    // The sky, then a light if there are any: one loop, so that there is one shadow ray to compile.
    let n_ways = select(1u, 2u, light_count() > 0u);
    for (var way = 0u; way < n_ways; way += 1u) {
        var light: LightSample;
        if way == 0u {
            let sky_draws = draw_2d(s, bounce_set(n_scatterings, SET_SKY));
            light = sample_sky(bsdf.tangent, bsdf.bitangent, bsdf.normal, sky_draws);
        } else {
            let pick = draw_2d(s, bounce_set(n_scatterings, SET_LIGHT));
            let place = draw_2d(s, bounce_set(n_scatterings, SET_LIGHT_PLACE));
            light = sample_light(start, pick, place);
        }
        out += scattered_light(bsdf, start, light);
    }
    return out;
}

fn scattered_light(bsdf: Bsdf, start: vec3f, light: LightSample) -> vec3f {
    if light.pdf <= 0.0 || max_component(light.radiance) <= 0.0 {
        return vec3f(0.0);
    }
    let scattered = evaluate_bsdf(bsdf, light.direction);
    if max_component(scattered.value) <= 0.0 {
        return vec3f(0.0);
    }
    let passed = unblocked(Ray(start, light.direction, 0.0, light.distance));
    if passed <= 0.0 {
        return vec3f(0.0);
    }
    var share = passed;
    if !light.is_delta {
        share = passed * power_heuristic(light.pdf, scattered.pdf);
    }
    return scattered.value * light.radiance * (share / light.pdf);
}

/// Both of the twin's: `unblocked` asks whether there is any hit, `unblocked_by_alpha` for each in turn.
fn unblocked(shadow: Ray) -> f32 {
    let has_alpha = scene_has_alpha();
    var ray = shadow;
    var passed = 1.0;
    for (var n_surfaces = 0u; n_surfaces < MAX_SURFACES; n_surfaces += 1u) {
        let hit = walk_top(ray, !has_alpha);
        if hit.instance_idx == NONE {
            return passed;
        }
        if !has_alpha {
            return 0.0;
        }
        let passage = transmittance(hit, ray);
        passed *= passage.share;
        if passed <= 0.0 {
            return 0.0;
        }
        ray.origin = ray_origin(passage.place, -1.0);
        ray.t_max = shorter(ray.t_max, hit.t);
        if ray.t_max <= 0.0 {
            return passed;
        }
    }
    return 0.0;
}

fn shorter(t_max: f32, t: f32) -> f32 {
    if t_max >= ENDLESS {
        return t_max;
    }
    return t_max - t;
}

fn survival_chances(largest: f32) -> u32 {
    let chances = u32(det_min(largest, 1.0) * f32(CHANCES) + 0.5);
    if chances < 1u {
        return 1u;
    }
    if chances > MAX_SURVIVAL {
        return MAX_SURVIVAL;
    }
    return chances;
}

fn scattered_spread(spread: f32, pdf: f32, spp: u32) -> f32 {
    let scattered = 1.0 / sqrt(det_max(pdf, CHANCE) * f32(spp));
    return det_min(det_max(spread, scattered), MAX_SPREAD);
}

fn limit(radiance: vec3f, largest: f32) -> vec3f {
    let m = max_component(radiance);
    if m > largest {
        return radiance * (largest / m);
    }
    return radiance;
}

/// Twin: Vec3::max_component.
fn max_component(v: vec3f) -> f32 {
    return det_max(det_max(v.x, v.y), v.z);
}
