//! One sample of one pixel: a path through the scene, or its first surface alone. Twin: src/render/cpu/path.rs.
//! Knows no bindings, no films.

const ROULETTE_AFTER: u32 = 2u;
const MAX_SURVIVAL: u32 = 243u;
const MAX_SPREAD: f32 = 0.5;

/// What one sample adds to a pixel. Fields as in the twin.
struct PathSample {
    radiance: vec3f,
    alpha: f32,
    albedo: vec3f,
}

fn sample_camera(pixel: vec2<u32>, sample_idx: u32) -> Ray {
    let view = load_view();
    let s = make_sampler(view.seed, pixel, sample_idx);
    let draws = draw_2d(s, SET_PIXEL);
    let offset = vec2f(unit_float(draws.x), unit_float(draws.y));
    if view.aperture_radius <= 0.0 {
        return camera_ray(view, pixel, offset);
    }
    let on_lens = draw_2d(s, SET_LENS);
    return lens_ray(view, pixel, offset, lens_place(view, vec2f(unit_float(on_lens.x), unit_float(on_lens.y))));
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
    if !is_ray(ray) {
        return out;
    }
    let camera_length = sqrt(vec3_dot(ray.direction, ray.direction));
    // Unit, which the camera ray's own direction is not: until the next ray, t is scaled by its length.
    var direction = ray.direction * (1.0 / camera_length);
    var scale = camera_length;
    var spread = camera_spread(view, settings.spp);
    var cone = camera_cone(view, settings.spp);
    var throughput = vec3f(1.0);
    var radiance = vec3f(0.0);
    var n_scatterings = 0u;
    var medium = AIR;
    var channel = ALL_CHANNELS;
    // Of the last scattering: its place, the density and cosine with which the ray was drawn, and the chance of suns there.
    var start = ray.origin;
    var pdf = 0.0;
    var cosine = 1.0;
    var chance = 0u;
    for (var n_surfaces = 0u; n_surfaces < MAX_SURFACES; n_surfaces += 1u) {
        let hit = trace_closest(ray);
        var reach = ENDLESS;
        if hit.instance_idx != NONE {
            reach = hit.t * scale;
        }
        var place: Place;
        if hit.instance_idx != NONE {
            place = find_place(hit, direction);
            if n_scatterings == 0u {
                medium = medium_before(medium, place.material_idx, place.front);
            }
        }
        let glow = area_lights_along(start, ray.origin, direction, reach, n_scatterings, pdf, chance, medium.inner);
        radiance += throughput * glow;
        if n_scatterings == 0u && max_component(glow) > 0.0 {
            out.alpha = 1.0;
        }
        if hit.instance_idx == NONE {
            let visible = n_scatterings > 0u || (sky_flags & SKY_VISIBLE) != 0u;
            if visible {
                radiance += throughput * sky_and_suns(direction, n_scatterings, pdf, cosine, chance);
            }
            if visible && n_scatterings == 0u {
                out.alpha = 1.0;
            }
            break;
        }
        let material = load_material(place.material_idx);
        let way = hit.t * scale;
        let width = cone + spread * way;
        scale = 1.0;
        let jitter = level_jitter(draw_1d(s, bounce_set(n_scatterings, SET_TEXTURE)));
        let cone_area = width * width * jitter;
        let color = find_color(place, material, cone_area);
        var is_passed = !is_met(place, material, color.w, n_scatterings, s, n_surfaces);
        if medium.inner != NONE || material.extra_idx != NONE {
            medium = medium_before(medium, place.material_idx, place.front);
            throughput *= left_of_light(medium.inner, way);
            if is_hidden(medium, place.material_idx, place.front) {
                medium = medium_behind(medium, place.material_idx, place.front);
                is_passed = true;
            }
        }
        if is_passed {
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
            var share = coat_passes(place, material, -direction, cone_area);
            if n_scatterings > 0u {
                share *= power_heuristic(pdf, emissive_pdf(place, hit.triangle_idx, start, chance));
            }
            radiance += throughput * emission * share;
        }
        if n_scatterings >= settings.bounces {
            break;
        }
        let surface = find_surface(place, material, color.xyz, cone_area);
        let literal = (settings.flags & SETTINGS_LITERAL_SCATTERING) != 0u;
        let lift = find_lift(place);
        let height2 = vec3_dot(lift, lift);
        let is_lifted = !literal && height2 > place.offset * place.offset && height2 < ENDLESS;
        let facing = facing_normal(surface.normal, place.geometric_normal, -direction);
        var bsdf = make_bsdf(
            select(facing, surface.normal, literal),
            place.geometric_normal,
            -direction,
            surface.base_color,
            surface.metallic,
            surface.roughness,
            literal,
            is_lifted,
        );
        let choice = draw_2d(s, bounce_set(n_scatterings, SET_CHOICE));
        var departure = Departure(ray_origin(place, 1.0), ray_origin(place, -1.0), medium.inner, medium.inner, 0u);
        if is_lifted {
            departure.above += lift;
        }
        departure.sun_chance = sun_chance(departure.above);
        var behind = medium;
        if material.extra_idx != NONE {
            if channel == ALL_CHANNELS && disperses(material) {
                channel = draw_below(choice.y << (32u - CHANCE_SHIFT), ALL_CHANNELS);
                throughput *= channel_weight(channel);
            }
            bsdf = extend_bsdf(bsdf, place, material, surface, medium, channel, cone_area);
            if is_volume(material) {
                behind = medium_behind(medium, place.material_idx, place.front);
                departure.medium_below = behind.inner;
            }
        }
        let onward = draw_bsdf(bsdf, choice.x, draw_2d(s, bounce_set(n_scatterings, SET_DIRECTION)));
        let lit = direct_light(s, n_scatterings, bsdf, departure, onward);
        radiance += throughput * lit.radiance;
        let drawn = weigh_sample(bsdf, onward, lit.onward);
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
        chance = departure.sun_chance;
        start = departure.above;
        if drawn.is_below {
            start = departure.below;
            medium = behind;
        }
        pdf = select(drawn.pdf, MAX_PDF, bsdf.is_sharp);
        cosine = select(drawn.cosine, 0.5 * drawn.cosine, bsdf.has_below);
        cone = width;
        spread = scattered_spread(spread, drawn.pdf, settings.spp);
        direction = drawn.direction;
        ray = Ray(start, direction, 0.0, ENDLESS);
    }
    out.radiance = limit(radiance, settings.clamp);
    return out;
}

fn disperses(material: Material) -> bool {
    let extra = load_material_extra(material.extra_idx);
    return extra.dispersion > 0.0 && (extra.flags & EXTRA_VOLUME) != 0u;
}

fn extend_bsdf(
    plain: Bsdf,
    place: Place,
    material: Material,
    surface: Surface,
    medium: Medium,
    channel: u32,
    cone_area: f32,
) -> Bsdf {
    let extra = load_material_extra(material.extra_idx);
    let wo = plain.tangent * plain.wo.x + plain.bitangent * plain.wo.y + plain.normal * plain.wo.z;
    let extended = find_extended(place, material.extra_idx, surface, wo, cone_area);
    let is_solid = (extra.flags & EXTRA_VOLUME) != 0u;
    let own = channel_ior(extra, channel);
    var sides = Boundary(
        1.0,
        own,
        !is_solid || own <= 0.0,
        place.front || !is_solid,
        (extra.flags & EXTRA_GLOSSINESS) != 0u,
        extra.iridescence_ior,
    );
    if is_solid {
        if place.front {
            sides.before = medium_ior(medium.inner, channel);
        } else {
            sides.before = own;
            sides.behind = medium_ior(medium.outer, channel);
        }
    }
    return make_layers(plain, surface.base_color, surface.metallic, extended, sides);
}

fn trace_alpha_albedo(pixel: vec2<u32>, sample_idx: u32) -> PathSample {
    let view = load_view();
    var out = PathSample(vec3f(0.0), 0.0, vec3f(0.0));
    let s = make_sampler(view.seed, pixel, sample_idx);
    var ray = sample_camera(pixel, sample_idx);
    let camera_start = ray.origin;
    if !is_ray(ray) {
        return out;
    }
    let camera_length = sqrt(vec3_dot(ray.direction, ray.direction));
    let direction = ray.direction * (1.0 / camera_length);
    var scale = camera_length;
    let spread = camera_spread(view, load_settings().spp);
    var cone = camera_cone(view, load_settings().spp);
    for (var n_surfaces = 0u; n_surfaces < MAX_SURFACES; n_surfaces += 1u) {
        let hit = trace_closest(ray);
        var reach = ENDLESS;
        if hit.instance_idx != NONE {
            reach = hit.t * scale;
        }
        let glow = area_lights_along(camera_start, ray.origin, direction, reach, 0u, 0.0, 0u, NONE);
        if max_component(glow) > 0.0 {
            out.alpha = 1.0;
        }
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
        let jitter = level_jitter(draw_1d(s, bounce_set(0u, SET_TEXTURE)));
        let color = find_color(place, material, width * width * jitter);
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
