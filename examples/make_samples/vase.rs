//! A porcelain vase: cobalt painting under a clear glaze.

use super::glb::Model;
use super::noise::{fbm, mix, mix3, step};
use super::paint::{hex, normals, paint, paint_smooth};
use super::shapes::{Shape, curve, lathe, profile};
use serde_json::json;
use std::f64::consts::{PI, TAU};

pub fn make() -> Vec<u8> {
    let body = lathe(
        &curve(
            &[
                [0.062, 0.012],
                [0.075, 0.03],
                [0.112, 0.10],
                [0.124, 0.17],
                [0.104, 0.235],
                [0.062, 0.28],
                [0.045, 0.305],
                [0.046, 0.325],
                [0.062, 0.345],
                [0.074, 0.352],
            ],
            4,
        ),
        52,
    );
    let lip = lathe(
        &profile(&[[0.074, 0.352, 0.0], [0.0745, 0.3575, 0.003], [0.068, 0.357, 0.003], [0.058, 0.345, 0.0]]),
        64,
    );
    let throat = lathe(&curve(&[[0.058, 0.345], [0.042, 0.326], [0.040, 0.305], [0.055, 0.28], [0.06, 0.25]], 3), 48);
    let foot = lathe(
        &profile(&[
            [0.0, 0.004, 0.0],
            [0.05, 0.004, 0.003],
            [0.054, 0.0, 0.002],
            [0.062, 0.0, 0.002],
            [0.062, 0.012, 0.0],
        ]),
        64,
    );
    let mut model = Model::new();
    let base = model.texture(&paint_smooth(768, 512, ink));
    let relief = model.texture(&normals(256, 128, 6.0, |u, v| fbm(u, v, [6, 4], 2, 5)));
    let painted = model.material(json!({
        "name": "porcelain",
        "pbrMetallicRoughness": {"baseColorTexture": {"index": base}, "metallicFactor": 0.0, "roughnessFactor": 0.12},
        "normalTexture": {"index": relief, "scale": 0.25},
    }));
    let glaze = model.material(json!({
        "name": "glaze",
        "pbrMetallicRoughness": {"baseColorFactor": [0.83, 0.84, 0.82, 1.0], "metallicFactor": 0.0, "roughnessFactor": 0.15},
    }));
    let bisque = model.texture(&paint(64, 64, |u, v| mix3(hex(0xd8cfbf), hex(0xb9a98f), fbm(u, v, [8, 8], 3, 3))));
    let raw = model.material(json!({
        "name": "unglazed",
        "pbrMetallicRoughness": {"baseColorTexture": {"index": bisque}, "metallicFactor": 0.0, "roughnessFactor": 0.85},
    }));
    let white: Shape = lip.join(throat);
    let mesh = model.mesh("vase", &[(&body, painted), (&white, glaze), (&foot, raw)]);
    model.node(None, json!({"name": "vase", "mesh": mesh}));
    model.glb()
}

/// The colour at u around and v down.
fn ink(u: f64, v: f64) -> [f64; 3] {
    let wash = fbm(u, v, [12, 8], 4, 11);
    let white = mix3(hex(0xf3f2ea), hex(0xe6ebea), wash);
    let cobalt = mix3(hex(0x16307f), hex(0x3a63bd), wash * wash * 1.6);
    mix3(white, cobalt, amount(u, v).clamp(0.0, 1.0) * mix(0.82, 1.0, wash))
}

/// How much cobalt lies at a point.
fn amount(u: f64, v: f64) -> f64 {
    let line = |at: f64, half: f64| 1.0 - step(half * 0.8, half * 1.2, (v - at).abs());
    let mut a = 0.0f64;
    for (at, half) in
        [(0.035, 0.014), (0.075, 0.003), (0.255, 0.004), (0.275, 0.0025), (0.70, 0.004), (0.72, 0.0025), (0.975, 0.02)]
    {
        a = a.max(line(at, half));
    }
    a = a.max(scallops(u, v, 16.0, 0.105, 0.245)).max(petals(u, v, 14.0, 0.95, 0.74));
    if (0.29..0.685).contains(&v) {
        a = a.max(blossoms(u, v));
    }
    a
}

/// Hanging arcs with a dot in each.
fn scallops(u: f64, v: f64, count: f64, top: f64, bottom: f64) -> f64 {
    if !(top - 0.02..bottom).contains(&v) {
        return 0.0;
    }
    let x = (u * count).fract() * 2.0 - 1.0;
    let y = (v - top) / (bottom - top);
    let arc = |radius: f64| (x * x + (y * 1.25) * (y * 1.25)).sqrt() - radius;
    let rings = (1.0 - step(0.05, 0.08, arc(0.95).abs())).max(1.0 - step(0.03, 0.055, arc(0.72).abs()));
    let dot = 1.0 - step(0.16, 0.2, (x * x + (y - 0.22) * (y - 0.22) * 1.8).sqrt());
    rings.max(dot)
}

/// Standing lotus petals, outlined and shaded.
fn petals(u: f64, v: f64, count: f64, bottom: f64, top: f64) -> f64 {
    if !(top..bottom).contains(&v) {
        return 0.0;
    }
    let x = ((u * count).fract() * 2.0 - 1.0).abs();
    let y = (bottom - v) / (bottom - top);
    let edge = 0.92 * (1.0 - y * y * y).max(0.0).sqrt();
    let outline = 1.0 - step(0.05, 0.09, (x - edge).abs());
    let vein = (1.0 - step(0.03, 0.06, x)) * step(0.05, 0.2, y) * (1.0 - step(0.55, 0.7, y));
    let shade = if x < edge { 0.38 * step(0.25, 0.9, y) } else { 0.0 };
    outline.max(vein).max(shade)
}

/// Five-petalled flowers on a winding branch.
fn blossoms(u: f64, v: f64) -> f64 {
    // The belly is 0.7 m around and 0.37 m long over the texture: this makes circles round.
    let aspect = 1.75;
    let wave = |u: f64| 0.49 + 0.075 * libm::sin(u * TAU * 3.0);
    let slope = 0.075 * TAU * 3.0 * libm::cos(u * TAU * 3.0) / aspect;
    let away = (v - wave(u)).abs() / (1.0 + slope * slope).sqrt();
    let mut a = 1.0 - step(0.004, 0.008, away);
    for i in 0..6 {
        let at = (f64::from(i) + 0.5) / 6.0;
        let side = if i % 2 == 0 { -1.0 } else { 1.0 };
        a = leaf_pair(a, u, v, at, wave(at), aspect, side);
        let centre = [at + 0.012, wave(at) - side * 0.035];
        a = flower(a, u, v, centre, aspect, if i % 2 == 0 { 0.085 } else { 0.066 });
    }
    a
}

fn local(u: f64, v: f64, centre: [f64; 2], aspect: f64) -> [f64; 2] {
    let du = (u - centre[0] + 1.5).fract() - 0.5;
    [du * aspect, v - centre[1]]
}

fn flower(a: f64, u: f64, v: f64, centre: [f64; 2], aspect: f64, size: f64) -> f64 {
    let [x, y] = local(u, v, centre, aspect);
    let r = (x * x + y * y).sqrt() / size;
    if r > 1.3 {
        return a;
    }
    let angle = libm::atan2(y, x);
    let lobe = 0.72 + 0.28 * libm::cos(5.0 * angle).abs().sqrt();
    let inside = 1.0 - step(lobe - 0.03, lobe + 0.03, r);
    let outline = 1.0 - step(0.04, 0.08, (r - lobe).abs());
    let spokes = (1.0 - step(0.02, 0.05, libm::sin(2.5 * (angle + PI)).abs() * r))
        * step(0.2, 0.3, r)
        * (1.0 - step(0.5, 0.62, r));
    let heart = 1.0 - step(0.14, 0.19, r);
    let shade = 0.5 * step(0.35, 1.0, r / lobe);
    let drawn = outline.max(spokes).max(heart).max(shade);
    // The flower lies over the branch.
    mix(a, drawn, inside.max(outline))
}

fn leaf_pair(mut a: f64, u: f64, v: f64, at: f64, wave: f64, aspect: f64, side: f64) -> f64 {
    for (offset, lean) in [(-0.055, 0.6), (0.075, -0.5), (0.03, 2.4)] {
        let [x, y] = local(u, v, [at + offset, wave + side * 0.032], aspect);
        let (s, c) = (libm::sin(lean), libm::cos(lean));
        let (along, across) = (c * x + s * y, -s * x + c * y);
        let t = along / 0.055;
        if t.abs() < 1.0 {
            let half = 0.016 * (1.0 - t * t);
            let inside = 1.0 - step(half - 0.002, half + 0.002, across.abs());
            let rib = 1.0 - step(0.001, 0.0025, across.abs());
            a = a.max(inside * mix(0.88, 0.35, rib));
        }
    }
    a
}
