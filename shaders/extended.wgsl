//! What the extensions of a material say at a place, textures included. Twin: src/render/cpu/extended.rs. Knows no lobes.

/// The extensions' values. Fields as in the twin.
struct Extended {
    specular_color: vec3f,
    specular: f32,
    roughness: f32,
    clearcoat: f32,
    clearcoat_roughness: f32,
    clearcoat_normal: vec3f,
    sheen_color: vec3f,
    sheen_roughness: f32,
    transmission: f32,
    diffuse_transmission: f32,
    diffuse_transmission_color: vec3f,
    anisotropy: f32,
    anisotropy_direction: vec3f,
    iridescence: f32,
    iridescence_nm: f32,
}

fn find_extended(place: Place, extra: MaterialExtra, surface: Surface, wo: vec3f, cone_area: f32) -> Extended {
    var out = Extended(
        extra.specular_color,
        extra.specular * slot_alpha(place, extra.specular_texture, cone_area),
        surface.roughness,
        extra.clearcoat,
        extra.clearcoat_roughness,
        surface.normal,
        extra.sheen_color,
        extra.sheen_roughness * slot_alpha(place, extra.sheen_roughness_texture, cone_area),
        extra.transmission * slot_linear(place, extra.transmission_texture, cone_area).x,
        extra.diffuse_transmission * slot_alpha(place, extra.diffuse_transmission_texture, cone_area),
        extra.diffuse_transmission_color,
        extra.anisotropy,
        vec3f(0.0),
        extra.iridescence,
        extra.iridescence_max_nm,
    );
    let is_glossiness = (extra.flags & EXTRA_GLOSSINESS) != 0u;
    let color_slot = extra.specular_color_texture;
    if color_slot.texture_idx != NONE {
        let texel = sample_srgb(color_slot, slot_uv(place, color_slot), cone_area * slot_density(place, color_slot));
        out.specular_color *= texel.xyz;
        if is_glossiness {
            out.roughness = surface.roughness * (1.0 - extra.glossiness * texel.w);
        }
    } else if is_glossiness {
        out.roughness = surface.roughness * (1.0 - extra.glossiness);
    }
    if extra.clearcoat > 0.0 {
        out.clearcoat *= slot_linear(place, extra.clearcoat_texture, cone_area).x;
        out.clearcoat_roughness *= slot_linear(place, extra.clearcoat_roughness_texture, cone_area).y;
        let own = map_normal(place, extra.clearcoat_normal_texture, extra.clearcoat_normal_scale, cone_area);
        out.clearcoat_normal = facing_normal(own, place.geometric_normal, wo);
    }
    if max_component(out.sheen_color) > 0.0 {
        out.sheen_color *= slot_srgb(place, extra.sheen_color_texture, cone_area);
    }
    if extra.diffuse_transmission > 0.0 {
        out.diffuse_transmission_color *= slot_srgb(place, extra.diffuse_transmission_color_texture, cone_area);
    }
    if extra.anisotropy > 0.0 {
        var direction = vec3f(1.0, 0.0, 0.0);
        if extra.anisotropy_texture.texture_idx != NONE {
            let texel = slot_linear(place, extra.anisotropy_texture, cone_area);
            out.anisotropy *= texel.z;
            direction = unit_or(vec3f(texel.x * 2.0 - 1.0, texel.y * 2.0 - 1.0, 0.0), direction);
        }
        let x = direction.x * extra.anisotropy_cos - direction.y * extra.anisotropy_sin;
        let y = direction.x * extra.anisotropy_sin + direction.y * extra.anisotropy_cos;
        let tangent = find_tangent(place);
        let side = select(-tangent.handedness, tangent.handedness, place.front);
        let bitangent = cross(surface.normal, tangent.direction) * side;
        out.anisotropy_direction = tangent.direction * x + bitangent * y;
    }
    if extra.iridescence > 0.0 {
        out.iridescence *= slot_linear(place, extra.iridescence_texture, cone_area).x;
        let share = slot_linear(place, extra.iridescence_thickness_texture, cone_area).y;
        out.iridescence_nm = extra.iridescence_min_nm + (extra.iridescence_max_nm - extra.iridescence_min_nm) * share;
    }
    return out;
}

fn slot_linear(place: Place, slot: TextureSlot, cone_area: f32) -> vec3f {
    if slot.texture_idx == NONE {
        return vec3f(1.0);
    }
    return sample_linear(slot, slot_uv(place, slot), cone_area * slot_density(place, slot));
}

fn slot_srgb(place: Place, slot: TextureSlot, cone_area: f32) -> vec3f {
    if slot.texture_idx == NONE {
        return vec3f(1.0);
    }
    return sample_srgb(slot, slot_uv(place, slot), cone_area * slot_density(place, slot)).xyz;
}

fn slot_alpha(place: Place, slot: TextureSlot, cone_area: f32) -> f32 {
    if slot.texture_idx == NONE {
        return 1.0;
    }
    return sample_linear_alpha(slot, slot_uv(place, slot), cone_area * slot_density(place, slot));
}

fn coat_passes(place: Place, material: Material, wo: vec3f, cone_area: f32) -> f32 {
    if material.extra_idx == NONE {
        return 1.0;
    }
    let extra = load_material_extra(material.extra_idx);
    if extra.clearcoat <= 0.0 {
        return 1.0;
    }
    let coat = extra.clearcoat * slot_linear(place, extra.clearcoat_texture, cone_area).x;
    let roughness = extra.clearcoat_roughness * slot_linear(place, extra.clearcoat_roughness_texture, cone_area).y;
    let own = map_normal(place, extra.clearcoat_normal_texture, extra.clearcoat_normal_scale, cone_area);
    let cosine = det_clamp(vec3_dot(facing_normal(own, place.geometric_normal, wo), wo), 0.0, 1.0);
    if (load_settings().flags & SETTINGS_LITERAL_SCATTERING) != 0u {
        return 1.0 - coat * (DIELECTRIC_F0 + (1.0 - DIELECTRIC_F0) * schlick_weight(cosine));
    }
    return 1.0 - coat * lobe_albedo(roughness, cosine).y;
}
