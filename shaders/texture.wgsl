//! Textures: addressing, choice of the level, filtering, decoding. Twin: src/render/cpu/texture.rs. Knows no surfaces.

/// Value of an 8-bit code of linear data.
const CODE_8: f32 = 0.003921569;

/// Four texels and their weights, which sum to 1.
struct Footprint {
    texels: vec4<u32>,
    weights: vec4f,
}

/// Linear RGB and alpha.
fn sample_srgb(slot: TextureSlot, uv: vec2f, uv_area: f32) -> vec4f {
    let f = texture_footprint(slot, uv, uv_area);
    var rgba = vec4f(0.0);
    for (var i = 0u; i < 4u; i += 1u) {
        let texel = f.texels[i];
        let decoded = vec4f(
            load_srgb(texel & 0xffu),
            load_srgb((texel >> 8u) & 0xffu),
            load_srgb((texel >> 16u) & 0xffu),
            f32(texel >> 24u),
        );
        rgba += decoded * f.weights[i];
    }
    return vec4f(rgba.xyz, rgba.w * CODE_8);
}

fn sample_linear(slot: TextureSlot, uv: vec2f, uv_area: f32) -> vec3f {
    let f = texture_footprint(slot, uv, uv_area);
    var rgb = vec3f(0.0);
    for (var i = 0u; i < 4u; i += 1u) {
        let texel = f.texels[i];
        rgb += vec3f(f32(texel & 0xffu), f32((texel >> 8u) & 0xffu), f32((texel >> 16u) & 0xffu)) * f.weights[i];
    }
    return rgb * CODE_8;
}

fn sample_slot(slot: TextureSlot, uv: vec2f, uv_area: f32, is_color: bool) -> vec4f {
    let f = texture_footprint(slot, uv, uv_area);
    var rgba = vec4f(0.0);
    for (var i = 0u; i < 4u; i += 1u) {
        for (var k = 0u; k < 4u; k += 1u) {
            let code = (f.texels[i] >> (8u * k)) & 0xffu;
            var value = f32(code) * CODE_8;
            if is_color && k < 3u {
                value = load_srgb(code);
            }
            rgba[k] += value * f.weights[i];
        }
    }
    return rgba;
}

fn texture_footprint(slot: TextureSlot, uv: vec2f, uv_area: f32) -> Footprint {
    let m = slot.image_from_uv;
    let u = m[0][0] * uv.x + m[0][1] * uv.y + m[0][2];
    let v = m[1][0] * uv.x + m[1][1] * uv.y + m[1][2];
    let image_area = uv_area * det_abs(m[0][0] * m[1][1] - m[0][1] * m[1][0]);
    let level = choose_level(slot.texture_idx, image_area);
    let width = level.x;
    let height = level.y;
    let first = level.z;
    let wrap_u = (slot.flags >> TEXTURE_WRAP_U_SHIFT) & 3u;
    let wrap_v = (slot.flags >> TEXTURE_WRAP_V_SHIFT) & 3u;
    let x = wrap_coordinate(u, wrap_u) * f32(width);
    let y = wrap_coordinate(v, wrap_v) * f32(height);
    if (slot.flags & TEXTURE_NEAREST) != 0u {
        let column = neighbour(i32(x), width, wrap_u);
        let row = neighbour(i32(y), height, wrap_v);
        let texel = load_texel(slot.texture_idx, first + texel_offset(column, row, width));
        return Footprint(vec4<u32>(texel), vec4f(1.0, 0.0, 0.0, 0.0));
    }
    let left = det_floor(x - 0.5);
    let top = det_floor(y - 0.5);
    let fx = x - 0.5 - left;
    let fy = y - 0.5 - top;
    let x0 = neighbour(i32(left), width, wrap_u);
    let x1 = neighbour(i32(left) + 1, width, wrap_u);
    let y0 = neighbour(i32(top), height, wrap_v);
    let y1 = neighbour(i32(top) + 1, height, wrap_v);
    return Footprint(
        vec4<u32>(
            load_texel(slot.texture_idx, first + texel_offset(x0, y0, width)),
            load_texel(slot.texture_idx, first + texel_offset(x1, y0, width)),
            load_texel(slot.texture_idx, first + texel_offset(x0, y1, width)),
            load_texel(slot.texture_idx, first + texel_offset(x1, y1, width)),
        ),
        vec4f((1.0 - fx) * (1.0 - fy), fx * (1.0 - fy), (1.0 - fx) * fy, fx * fy),
    );
}

// Where a texel lies in a level: tiles of 4 by 4, see buffers/texture.rs.
fn texel_offset(x: u32, y: u32, width: u32) -> u32 {
    let tiles_wide = (width + TEXTURE_TILE - 1u) / TEXTURE_TILE;
    let tile = y / TEXTURE_TILE * tiles_wide + x / TEXTURE_TILE;
    return tile * (TEXTURE_TILE * TEXTURE_TILE) + y % TEXTURE_TILE * TEXTURE_TILE + x % TEXTURE_TILE;
}

fn choose_level(texture_idx: u32, image_area: f32) -> vec3<u32> {
    let finest = texture_level(texture_idx, 0u);
    let n_texels = image_area * (f32(finest.x) * f32(finest.y));
    if n_texels < 4.0 {
        return finest;
    }
    let exponent = i32(bitcast<u32>(n_texels) >> 23u) - 127;
    let level = u32(exponent >> 1u);
    let coarsest = texture_levels(texture_idx) - 1u;
    if level >= coarsest {
        return texture_level(texture_idx, coarsest);
    }
    return texture_level(texture_idx, level);
}

fn wrap_coordinate(x: f32, wrap: u32) -> f32 {
    var wrapped = x;
    if wrap == WRAP_REPEAT {
        wrapped = x - det_floor(x);
    }
    if wrap == WRAP_MIRRORED {
        let period = x - 2.0 * det_floor(x * 0.5);
        wrapped = 1.0 - det_abs(1.0 - period);
    }
    return det_clamp(wrapped, 0.0, 1.0);
}

fn neighbour(i: i32, size: u32, wrap: u32) -> u32 {
    let last = i32(size) - 1;
    if wrap == WRAP_REPEAT {
        if i == -1 {
            return u32(last);
        }
        if i == last + 1 {
            return 0u;
        }
    }
    if i < 0 {
        return 0u;
    }
    if i > last {
        return u32(last);
    }
    return u32(i);
}
