//! What the extensions of a material say at a place, textures included. Twin: src/render/cpu/extended.rs. Knows no lobes.

/// Slots in the order of their fields in MaterialExtra.
const SPECULAR_SLOT: u32 = 0u;
const SPECULAR_COLOR_SLOT: u32 = 1u;
const SHEEN_COLOR_SLOT: u32 = 2u;
const SHEEN_ROUGHNESS_SLOT: u32 = 3u;
const CLEARCOAT_SLOT: u32 = 4u;
const CLEARCOAT_ROUGHNESS_SLOT: u32 = 5u;
const CLEARCOAT_NORMAL_SLOT: u32 = 6u;
const TRANSMISSION_SLOT: u32 = 7u;
const DIFFUSE_TRANSMISSION_SLOT: u32 = 8u;
const DIFFUSE_TRANSMISSION_COLOR_SLOT: u32 = 9u;
const ANISOTROPY_SLOT: u32 = 10u;
const IRIDESCENCE_SLOT: u32 = 11u;
const IRIDESCENCE_THICKNESS_SLOT: u32 = 12u;
const EXTRA_SLOTS: u32 = 13u;
/// Bit i: slot i holds colours.
const COLOR_SLOTS: u32 = 518u;

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

fn find_texels(place: Place, extra_idx: u32, first: u32, end: u32, cone_area: f32) -> array<vec4f, 13> {
    var texels: array<vec4f, 13>;
    for (var i = 0u; i < EXTRA_SLOTS; i += 1u) {
        texels[i] = vec4f(1.0);
        if i < first || i >= end {
            continue;
        }
        let slot = load_extra_slot(extra_idx, i);
        if slot.texture_idx == NONE {
            continue;
        }
        let is_color = ((COLOR_SLOTS >> i) & 1u) == 1u;
        texels[i] = sample_slot(slot, slot_uv(place, slot), cone_area * slot_density(place, slot), is_color);
    }
    return texels;
}

fn find_extended(place: Place, extra_idx: u32, surface: Surface, wo: vec3f, cone_area: f32) -> Extended {
    let extra = load_material_extra(extra_idx);
    var texels = find_texels(place, extra_idx, 0u, EXTRA_SLOTS, cone_area);
    let film_share = texels[IRIDESCENCE_THICKNESS_SLOT].y;
    var out = Extended(
        extra.specular_color * texels[SPECULAR_COLOR_SLOT].xyz,
        extra.specular * texels[SPECULAR_SLOT].w,
        surface.roughness,
        extra.clearcoat * texels[CLEARCOAT_SLOT].x,
        extra.clearcoat_roughness * texels[CLEARCOAT_ROUGHNESS_SLOT].y,
        surface.normal,
        extra.sheen_color * texels[SHEEN_COLOR_SLOT].xyz,
        extra.sheen_roughness * texels[SHEEN_ROUGHNESS_SLOT].w,
        extra.transmission * texels[TRANSMISSION_SLOT].x,
        extra.diffuse_transmission * texels[DIFFUSE_TRANSMISSION_SLOT].w,
        extra.diffuse_transmission_color * texels[DIFFUSE_TRANSMISSION_COLOR_SLOT].xyz,
        extra.anisotropy,
        vec3f(0.0),
        extra.iridescence * texels[IRIDESCENCE_SLOT].x,
        extra.iridescence_min_nm + (extra.iridescence_max_nm - extra.iridescence_min_nm) * film_share,
    );
    let side = select(-1.0, 1.0, place.front);
    let plain = smooth_normal(place);
    let tangent = find_tangent(place);
    if extra.clearcoat > 0.0 {
        var own = plain;
        if load_extra_slot(extra_idx, CLEARCOAT_NORMAL_SLOT).texture_idx != NONE {
            own = bent_normal(plain, tangent, texels[CLEARCOAT_NORMAL_SLOT].xyz, extra.clearcoat_normal_scale);
        }
        out.clearcoat_normal = facing_normal(own * side, place.geometric_normal, wo);
    }
    if extra.anisotropy > 0.0 {
        var direction = vec3f(1.0, 0.0, 0.0);
        if load_extra_slot(extra_idx, ANISOTROPY_SLOT).texture_idx != NONE {
            let texel = texels[ANISOTROPY_SLOT];
            out.anisotropy *= texel.z;
            direction = unit_or(vec3f(texel.x * 2.0 - 1.0, texel.y * 2.0 - 1.0, 0.0), direction);
        }
        let x = direction.x * extra.anisotropy_cos - direction.y * extra.anisotropy_sin;
        let y = direction.x * extra.anisotropy_sin + direction.y * extra.anisotropy_cos;
        let bitangent = cross(plain, tangent.direction) * tangent.handedness;
        out.anisotropy_direction = tangent.direction * x + bitangent * y;
    }
    return out;
}

fn coat_passes(place: Place, material: Material, wo: vec3f, cone_area: f32) -> f32 {
    if material.extra_idx == NONE {
        return 1.0;
    }
    let extra = load_material_extra(material.extra_idx);
    let is_coated = place.front || (extra.flags & EXTRA_VOLUME) == 0u;
    if extra.clearcoat <= 0.0 || !is_coated {
        return 1.0;
    }
    var texels = find_texels(place, material.extra_idx, CLEARCOAT_SLOT, CLEARCOAT_ROUGHNESS_SLOT + 1u, cone_area);
    let coat = extra.clearcoat * texels[CLEARCOAT_SLOT].x;
    let roughness = extra.clearcoat_roughness * texels[CLEARCOAT_ROUGHNESS_SLOT].y;
    let side = select(-1.0, 1.0, place.front);
    let normal = facing_normal(smooth_normal(place) * side, place.geometric_normal, wo);
    let cosine = det_clamp(vec3_dot(normal, wo), 0.0, 1.0);
    if (load_settings().flags & SETTINGS_LITERAL_SCATTERING) != 0u {
        return 1.0 - coat * (DIELECTRIC_F0 + (1.0 - DIELECTRIC_F0) * schlick_weight(cosine));
    }
    return 1.0 - coat * lobe_albedo(roughness, cosine).y;
}
