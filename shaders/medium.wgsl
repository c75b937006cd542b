//! What rays travel through: volumes behind surfaces. Twin: src/render/cpu/medium.rs, which tells the rules. Knows no
//! lobes, no lights.

const ALL_CHANNELS: u32 = 3u;
const DISPERSION_HALF_SPREAD: f32 = 0.025;

/// Materials of the volumes that a ray is in. Fields as in the twin.
struct Medium {
    inner: u32,
    outer: u32,
}

const AIR: Medium = Medium(NONE, NONE);

fn is_volume(material: Material) -> bool {
    if material.extra_idx == NONE {
        return false;
    }
    return (load_material_extra(material.extra_idx).flags & EXTRA_VOLUME) != 0u;
}

fn medium_before(medium: Medium, material_idx: u32, front: bool) -> Medium {
    if medium.inner == NONE && !front && is_volume(load_material(material_idx)) {
        return Medium(material_idx, NONE);
    }
    return medium;
}

fn is_hidden(medium: Medium, material_idx: u32, front: bool) -> bool {
    return !front && medium.inner != NONE && medium.inner != material_idx && is_volume(load_material(material_idx));
}

fn medium_behind(medium: Medium, material_idx: u32, front: bool) -> Medium {
    if front {
        return Medium(material_idx, medium.inner);
    }
    if medium.inner == material_idx {
        return Medium(medium.outer, NONE);
    }
    return Medium(medium.inner, NONE);
}

fn medium_past(medium: Medium, material_idx: u32, front: bool) -> Medium {
    if front || !is_volume(load_material(material_idx)) {
        return medium;
    }
    return medium_behind(medium, material_idx, front);
}

fn left_of_light(material_idx: u32, distance: f32) -> vec3f {
    if material_idx == NONE {
        return vec3f(1.0);
    }
    let k = load_material_extra(load_material(material_idx).extra_idx).absorption;
    return vec3f(det_exp(-k.x * distance), det_exp(-k.y * distance), det_exp(-k.z * distance));
}

fn channel_ior(extra: MaterialExtra, channel: u32) -> f32 {
    if channel >= ALL_CHANNELS || extra.dispersion <= 0.0 {
        return extra.ior;
    }
    let half_spread = (extra.ior - 1.0) * DISPERSION_HALF_SPREAD * extra.dispersion;
    return extra.ior + half_spread * (f32(channel) - 1.0);
}

fn medium_ior(material_idx: u32, channel: u32) -> f32 {
    if material_idx == NONE {
        return 1.0;
    }
    return channel_ior(load_material_extra(load_material(material_idx).extra_idx), channel);
}

fn channel_weight(channel: u32) -> vec3f {
    if channel == 0u {
        return vec3f(3.0, 0.0, 0.0);
    }
    if channel == 1u {
        return vec3f(0.0, 3.0, 0.0);
    }
    return vec3f(0.0, 0.0, 3.0);
}
