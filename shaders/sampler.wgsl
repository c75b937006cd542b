//! Random numbers: Owen-scrambled Sobol points in two dimensions, addressed by hashing. Twin: src/render/cpu/sampler.rs,
//! which has the table of sets and the sources.

const SET_PIXEL: u32 = 0u;
const SET_LENS: u32 = 0xffff0000u;
const SETS_BEFORE_BOUNCES: u32 = 1u;
const SETS_PER_BOUNCE: u32 = 8u;
const SET_CHOICE: u32 = 0u;
const SET_DIRECTION: u32 = 1u;
const SET_SKY: u32 = 2u;
const SET_LIGHT: u32 = 3u;
const SET_LIGHT_PLACE: u32 = 4u;
const SET_ALPHA: u32 = 5u;
const SET_TEXTURE: u32 = 6u;
const SET_ALPHA_STRIDE: u32 = 65536u;

/// 2⁻²⁴.
const UNIT_24: f32 = 5.9604645e-8;

/// Where all draws of one sample of one pixel start.
struct Sampler {
    pixel_seed: u32,
    reversed_idx: u32,
}

fn make_sampler(seed: vec2<u32>, pixel: vec2<u32>, sample_idx: u32) -> Sampler {
    let row_seed = hash_u32(seed.x ^ hash_u32(seed.y ^ hash_u32(pixel.y)));
    return Sampler(hash_u32(row_seed ^ pixel.x), reverseBits(sample_idx));
}

fn bounce_set(n_scatterings: u32, kind: u32) -> u32 {
    return SETS_BEFORE_BOUNCES + n_scatterings * SETS_PER_BOUNCE + kind;
}

fn draw_2d(s: Sampler, set_idx: u32) -> vec2<u32> {
    let seed = hash_u32(s.pixel_seed ^ (set_idx * 0x9e3779b9u));
    let idx = reverseBits(owen_reversed(s.reversed_idx, seed));
    let x = owen_reversed(idx, (seed * 0x85ebca6bu) ^ 0x68e31da4u);
    let y = owen_reversed(sobol_1_reversed(idx), (seed * 0xc2b2ae35u) ^ 0xb5297a4du);
    return vec2<u32>(reverseBits(x), reverseBits(y));
}

fn draw_1d(s: Sampler, set_idx: u32) -> u32 {
    let seed = hash_u32(s.pixel_seed ^ (set_idx * 0x9e3779b9u));
    let idx = reverseBits(owen_reversed(s.reversed_idx, seed));
    return reverseBits(owen_reversed(idx, (seed * 0x85ebca6bu) ^ 0x68e31da4u));
}

fn level_jitter(draw: u32) -> f32 {
    return bitcast<f32>(0x3f800000u + (draw >> 8u));
}

fn unit_float(draw: u32) -> f32 {
    return f32(draw >> 8u) * UNIT_24;
}

fn draw_below(draw: u32, n: u32) -> u32 {
    let lo = (draw & 0xffffu) * (n & 0xffffu);
    let mid_a = (draw >> 16u) * (n & 0xffffu);
    let mid_b = (draw & 0xffffu) * (n >> 16u);
    let hi = (draw >> 16u) * (n >> 16u);
    let carry = ((lo >> 16u) + (mid_a & 0xffffu) + (mid_b & 0xffffu)) >> 16u;
    return hi + (mid_a >> 16u) + (mid_b >> 16u) + carry;
}

fn sobol_1_reversed(idx: u32) -> u32 {
    var x = idx;
    x ^= (x >> 1u) & 0x55555555u;
    x ^= (x >> 2u) & 0x33333333u;
    x ^= (x >> 4u) & 0x0f0f0f0fu;
    x ^= (x >> 8u) & 0x00ff00ffu;
    x ^= x >> 16u;
    return x;
}

fn owen_reversed(reversed: u32, seed: u32) -> u32 {
    var x = reversed;
    x ^= x * 0x3d20adeau;
    x = x + seed;
    x = x * ((seed >> 16u) | 1u);
    x ^= x * 0x05526c56u;
    x ^= x * 0x53a22864u;
    return x;
}

fn hash_u32(value: u32) -> u32 {
    var x = value;
    x ^= x >> 16u;
    x = x * 0x7feb352du;
    x ^= x >> 15u;
    x = x * 0x846ca68bu;
    x ^= x >> 16u;
    return x;
}
