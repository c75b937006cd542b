//! Two skies as run-length coded Radiance HDR: a photo studio, and a dusk with a low sun.

use super::noise::{fbm, mix3, step};
use super::shapes::{V3, dot, unit};
use std::f64::consts::{PI, TAU};

/// Soft boxes in a dark room.
pub fn studio() -> Vec<u8> {
    hdr(512, 256, |_, v, d| {
        let room = mix3([0.030, 0.031, 0.034], [0.16, 0.165, 0.18], step(0.62, 0.2, v));
        let floor = mix3(room, [0.075, 0.073, 0.07], step(0.5, 0.62, v));
        let mut light = floor;
        // Key: large, warm, high on the left. Fill: broad, cool, dim. Rims: tall strips behind. Top: overhead.
        for (at, size, color, power) in [
            ([-0.75, 0.62, 0.55], [0.52, 0.40], [1.0, 0.95, 0.88], 8.5),
            ([0.95, 0.22, 0.35], [0.62, 0.70], [0.82, 0.92, 1.0], 1.6),
            ([0.70, 0.25, -0.80], [0.10, 0.75], [1.0, 0.98, 0.95], 9.0),
            ([-0.80, 0.20, -0.65], [0.08, 0.70], [0.90, 0.96, 1.0], 7.0),
            ([0.05, 1.0, -0.15], [0.55, 0.28], [1.0, 1.0, 1.0], 2.6),
        ] {
            let b = soft_box(d, unit(at), size);
            light = mix3(light, color.map(|c: f64| c * power), b);
        }
        light
    })
}

/// 1 inside a rectangle that faces the middle, soft at its edge and a little darker towards it.
fn soft_box(d: V3, at: V3, half: [f64; 2]) -> f64 {
    let facing = dot(d, at);
    if facing <= 0.05 {
        return 0.0;
    }
    let up = if at[1].abs() > 0.95 { [0.0, 0.0, 1.0] } else { [0.0, 1.0, 0.0] };
    let right = unit(super::shapes::cross(up, at));
    let above = super::shapes::cross(at, right);
    let (x, y) = (dot(d, right) / facing / half[0], dot(d, above) / facing / half[1]);
    let edge = x.abs().max(y.abs());
    let falloff = 1.0 - 0.35 * (x * x + y * y).min(1.0);
    (1.0 - step(0.93, 1.03, edge)) * falloff
}

/// The sun has just left a bank of clouds.
pub fn dusk() -> Vec<u8> {
    let sun = unit([-0.62, 0.185, 0.76]);
    hdr(448, 224, |u, v, d| {
        let height = d[1];
        let near = dot(d, sun);
        let toward = 0.5 + 0.5 * near;
        if height < 0.0 {
            let field =
                mix3([0.055, 0.050, 0.046], [0.20, 0.13, 0.085], step(-0.25, 0.0, height) * (0.35 + 0.65 * toward));
            let patch = 0.8 + 0.4 * fbm(u, v, [24, 12], 3, 111);
            return field.map(|c| c * patch);
        }
        let low = mix3([0.60, 0.46, 0.52], [1.9, 0.86, 0.36], toward * toward);
        let high = mix3([0.12, 0.20, 0.42], [0.26, 0.34, 0.56], toward);
        let mut sky = mix3(low, high, libm::pow(height, 0.42));
        let glow = libm::exp((near - 1.0) * 24.0);
        sky = std::array::from_fn(|i| sky[i] + glow * [3.2, 1.5, 0.55][i]);
        // Cloud bands thin out overhead; lit from below on the sun's side.
        let stretch = v.min(0.499);
        let cloud = fbm(u, stretch * 2.0, [7, 20], 5, 113);
        let cover = step(0.50, 0.72, cloud) * step(0.015, 0.09, height) * (1.0 - step(0.45, 0.85, height));
        let edge = 1.0 - step(0.55, 0.74, cloud);
        let lit = mix3([0.30, 0.25, 0.33], [2.6, 1.15, 0.55], toward * toward * (0.25 + 0.75 * edge));
        sky = mix3(sky, lit, 0.8 * cover);
        // Seven times the real width and as much light on a surface as a real low sun: it must not hide between pixels.
        let disk = step(libm::cos(0.034), libm::cos(0.026), near);
        mix3(sky, [2600.0, 1500.0, 620.0], disk)
    })
}

/// An equirectangular file from the radiance in a direction (y up). The middle of the image is −z.
fn hdr(width: usize, height: usize, radiance: impl Fn(f64, f64, V3) -> V3) -> Vec<u8> {
    let mut bytes = b"#?RADIANCE\nSOFTWARE=genki make_samples\nFORMAT=32-bit_rle_rgbe\n\n".to_vec();
    bytes.extend(format!("-Y {height} +X {width}\n").bytes());
    for y in 0..height {
        let v = (y as f64 + 0.5) / height as f64;
        let row: Vec<[u8; 4]> = (0..width)
            .map(|x| {
                let u = (x as f64 + 0.5) / width as f64;
                let (around, down) = ((u - 0.5) * TAU, v * PI);
                let d = [libm::sin(around) * libm::sin(down), libm::cos(down), -libm::cos(around) * libm::sin(down)];
                rgbe(radiance(u, v, d))
            })
            .collect();
        bytes.extend([2, 2, (width >> 8) as u8, (width & 255) as u8]);
        for channel in 0..4 {
            run_lengths(&row.iter().map(|texel| texel[channel]).collect::<Vec<u8>>(), &mut bytes);
        }
    }
    bytes
}

fn rgbe(color: V3) -> [u8; 4] {
    let largest = color[0].max(color[1]).max(color[2]);
    if largest < 1e-9 {
        return [0; 4];
    }
    let mut exponent = 0;
    let mut scale = 256.0;
    // Largest · scale ends in [128, 256); doubling and halving are exact.
    while largest * scale >= 255.5 {
        scale *= 0.5;
        exponent += 1;
    }
    while largest * scale < 127.75 {
        scale *= 2.0;
        exponent -= 1;
    }
    let [r, g, b] = color.map(|c| (c * scale + 0.5) as u8);
    [r, g, b, (128 + exponent) as u8]
}

/// Radiance's newer code: a run of n bytes as 128 + n and the byte, n literal bytes as n and the bytes.
fn run_lengths(values: &[u8], out: &mut Vec<u8>) {
    let run_at = |i: usize| values[i..].iter().take(127).take_while(|&&v| v == values[i]).count();
    let mut i = 0;
    while i < values.len() {
        let run = run_at(i);
        if run >= 3 {
            out.extend([128 + run as u8, values[i]]);
            i += run;
            continue;
        }
        let start = i;
        while i < values.len() && i - start < 128 && run_at(i) < 3 {
            i += 1;
        }
        out.push((i - start) as u8);
        out.extend(&values[start..i]);
    }
}
