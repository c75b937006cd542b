//! Light that reaches a surface straight from a source. Twin: src/render/cpu/direct.rs. Knows no paths.

/// Where rays leave a surface from, to either side, and what they then travel through. Fields as in the twin.
struct Departure {
    above: vec3f,
    below: vec3f,
    medium_above: u32,
    medium_below: u32,
    sun_chance: u32,
}

fn sky_and_suns(direction: vec3f, n_scatterings: u32, pdf: f32, cosine: f32, chance: u32) -> vec3f {
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
                sun_share = power_heuristic(pdf, det_min(sun_probability(light, chance) * sun.pdf, MAX_PDF));
            }
            radiance += sun.radiance * sun_share;
        }
    }
    return radiance;
}

/// Light that reaches a surface, and what its scattering says of a direction.
struct Lit {
    radiance: vec3f,
    onward: BsdfValue,
}

/// The twin's, and what `evaluate_bsdf` says of the direction in which the path goes on: one loop over the sky, a light if
/// there are any, and that direction, so that drivers compile one evaluation and one shadow ray.
fn direct_light(s: Sampler, n_scatterings: u32, bsdf: Bsdf, start: Departure, onward: vec3f) -> Lit {
    var out = Lit(vec3f(0.0), BsdfValue(vec3f(0.0), 0.0));
    let first_way = select(0u, 2u, bsdf.is_sharp);
    for (var way = first_way; way < 3u; way += 1u) {
        var light: LightSample;
        if way == 0u {
            let sky_draws = draw_2d(s, bounce_set(n_scatterings, SET_SKY));
            light = sample_sky(bsdf.tangent, bsdf.bitangent, bsdf.normal, bsdf.has_below, sky_draws);
        } else if way == 1u {
            if light_count() == 0u {
                continue;
            }
            let pick = draw_2d(s, bounce_set(n_scatterings, SET_LIGHT));
            let place = draw_2d(s, bounce_set(n_scatterings, SET_LIGHT_PLACE));
            light = sample_light(start.above, start.sun_chance, pick, place);
        } else {
            // Nothing arrives from here: only the evaluation is wanted.
            light = LightSample(onward, ENDLESS, vec3f(1.0), 1.0, true);
        }
        if light.pdf <= 0.0 || max_component(light.radiance) <= 0.0 {
            continue;
        }
        let scattered = evaluate_bsdf(bsdf, light.direction);
        if way == 2u {
            out.onward = scattered;
            continue;
        }
        if max_component(scattered.value) > 0.0 {
            out.radiance += scattered_light(bsdf, start, light, scattered);
        }
    }
    return out;
}

/// `scattered`: what the twin evaluates itself.
fn scattered_light(bsdf: Bsdf, start: Departure, light: LightSample, scattered: BsdfValue) -> vec3f {
    var ray = Ray(start.above, light.direction, 0.0, light.distance);
    var medium = start.medium_above;
    let is_below = bsdf.has_below && vec3_dot(light.direction, bsdf.geometric_normal) <= 0.0;
    if is_below {
        medium = start.medium_below;
        ray.origin = start.below;
        if light.distance < ENDLESS {
            let way = start.above + light.direction * light.distance - start.below;
            let length = sqrt(vec3_dot(way, way));
            ray.direction = way * (1.0 / det_max(length, MIN_LENGTH));
            ray.t_max = length;
        }
    }
    let passed = unblocked(ray);
    if passed <= 0.0 {
        return vec3f(0.0);
    }
    var share = passed;
    if !light.is_delta {
        share = passed * power_heuristic(light.pdf, scattered.pdf);
    }
    var arriving = light.radiance;
    if medium != NONE && light.distance < ENDLESS {
        arriving *= left_of_light(medium, light.distance);
    }
    return scattered.value * arriving * (share / light.pdf);
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
