//! A hammered copper kettle with brass fittings and a wooden grip.

use super::glb::Model;
use super::noise::{fbm, hash, mix, mix3, step};
use super::paint::{Picture, hex, normals, paint};
use super::shapes::{Shape, curve, ellipsoid, lathe, profile, torus, tube};
use serde_json::json;

pub fn make() -> Vec<u8> {
    let mut model = Model::new();
    let hammered = model.texture(&normals(256, 128, 5.0, dimples));
    let copper_look = model.texture(&copper());
    let worn = model.texture(&paint(256, 128, |u, v| {
        let rough = mix(0.16, 0.42, fbm(u, v, [6, 6], 4, 21)) + 0.14 * (1.0 - dimples(u, v));
        [1.0, rough, 1.0]
    }));
    let brushed = model.texture(&paint(64, 256, |u, v| [1.0, 0.14 + 0.30 * fbm(u, v, [1, 96], 2, 31), 1.0]));
    let grain = model.texture(&paint(256, 64, |u, v| {
        let rings = fbm(u, v, [2, 10], 3, 41);
        mix3(hex(0x4a2814), hex(0x8a5530), step(0.25, 0.75, rings + 0.12 * (fbm(u, v, [8, 48], 2, 43) - 0.5)))
    }));
    let copper = model.material(json!({
        "name": "hammered copper",
        "pbrMetallicRoughness": {
            "baseColorTexture": {"index": copper_look}, "metallicRoughnessTexture": {"index": worn},
        },
        "normalTexture": {"index": hammered, "scale": 0.8},
    }));
    let brass = model.material(json!({
        "name": "brushed brass",
        "pbrMetallicRoughness": {"baseColorFactor": [0.89, 0.68, 0.34, 1.0], "metallicRoughnessTexture": {"index": brushed}},
    }));
    let wood = model.material(json!({
        "name": "walnut",
        "pbrMetallicRoughness": {"baseColorTexture": {"index": grain}, "metallicFactor": 0.0, "roughnessFactor": 0.45},
    }));
    let soot = model.material(json!({
        "name": "inside",
        "pbrMetallicRoughness": {"baseColorFactor": [0.02, 0.015, 0.01, 1.0], "metallicFactor": 0.0, "roughnessFactor": 0.9},
    }));
    let (body, spout) = (body(), spout());
    let body_mesh = model.mesh("body", &[(&body.join(spout), copper), (&trim(), brass), (&mouth(), soot)]);
    let root = model.node(None, json!({"name": "kettle", "mesh": body_mesh}));
    let lid_mesh = model.mesh("lid", &[(&lid(), brass), (&knob(), wood)]);
    model.node(Some(root), json!({"name": "lid", "mesh": lid_mesh, "translation": [0.0, 0.152, 0.0]}));
    let (bail, grip) = bail();
    let bail_mesh = model.mesh("bail", &[(&bail, brass), (&grip, wood)]);
    model.node(Some(root), json!({"name": "bail", "mesh": bail_mesh, "translation": [0.0, 0.128, 0.0]}));
    model.glb()
}

/// Marks of a round hammer, 0 in their middles and 1 on the ridges between them; tiles.
fn dimples(u: f64, v: f64) -> f64 {
    let cells = [26i64, 11];
    let (x, y) = (u * cells[0] as f64, v * cells[1] as f64);
    let mut nearest = 9.0f64;
    for dy in -1..=1 {
        for dx in -1..=1 {
            let (cx, cy) = (x.floor() as i64 + dx, y.floor() as i64 + dy);
            let (hx, hy) = (cx.rem_euclid(cells[0]), cy.rem_euclid(cells[1]));
            let shift = if hy % 2 == 0 { 0.25 } else { 0.75 };
            let px = cx as f64 + shift + 0.35 * (hash(hx, hy, 1) - 0.5);
            let py = cy as f64 + 0.5 + 0.35 * (hash(hx, hy, 2) - 0.5);
            nearest = nearest.min((px - x) * (px - x) + (py - y) * (py - y));
        }
    }
    nearest.min(0.6) / 0.6
}

fn copper() -> Picture {
    paint(256, 128, |u, v| {
        let tint = fbm(u, v, [5, 4], 4, 51);
        let color = mix3(hex(0xf0b093), hex(0xd98a6a), tint);
        // Heat has darkened the bottom.
        mix3(color, hex(0x7a4636), 0.65 * step(0.72, 1.05, v + 0.25 * (tint - 0.5)))
    })
}

fn body() -> Shape {
    let bottom =
        lathe(&profile(&[[0.0, 0.002, 0.0], [0.07, 0.0, 0.0], [0.082, 0.004, 0.004]]), 48).with_uv(|uv| [uv[0], 0.99]);
    let belly = lathe(
        &curve(
            &[
                [0.082, 0.004],
                [0.102, 0.022],
                [0.117, 0.058],
                [0.114, 0.095],
                [0.094, 0.127],
                [0.066, 0.147],
                [0.054, 0.150],
            ],
            5,
        ),
        60,
    );
    bottom.join(belly)
}

fn spout() -> Shape {
    let line =
        [[0.085, 0.062, 0.0], [0.128, 0.072, 0.0], [0.158, 0.105, 0.0], [0.176, 0.142, 0.0], [0.196, 0.158, 0.0]];
    tube(&line, 4, 18, |t| mix(0.030, 0.0125, step(0.0, 0.8, t))).with_uv(|uv| [uv[1] * 0.25, 0.3 + uv[0] * 1.5])
}

/// Rings at the lip, the shoulder, the foot and the end of the spout.
fn trim() -> Shape {
    let lip = torus(0.0560, 0.0035, 40, 8).moved([0.0, 0.1505, 0.0]);
    let shoulder = torus(0.0952, 0.0022, 48, 8).moved([0.0, 0.1268, 0.0]);
    let foot = torus(0.0830, 0.0035, 48, 8).moved([0.0, 0.0045, 0.0]);
    let spout = torus(0.0128, 0.0026, 24, 8).turned(2, -55.0).moved([0.2035, 0.1625, 0.0]);
    let ears = [-1.0, 1.0].map(|side| ellipsoid([0.0075, 0.012, 0.011], 16).moved([side * 0.0865, 0.1330, 0.0]));
    Shape::all([lip, shoulder, foot, spout]).join(Shape::all(ears))
}

fn mouth() -> Shape {
    ellipsoid([0.0115, 0.0020, 0.0115], 16).turned(2, -55.0).moved([0.2055, 0.1638, 0.0])
}

fn lid() -> Shape {
    lathe(
        &curve(&[[0.0545, 0.0], [0.050, 0.007], [0.036, 0.0165], [0.018, 0.0215], [0.009, 0.0235], [0.0065, 0.030]], 4),
        48,
    )
}

fn knob() -> Shape {
    lathe(
        &curve(
            &[[0.0065, 0.029], [0.0085, 0.032], [0.0145, 0.041], [0.0135, 0.049], [0.007, 0.0545], [0.0, 0.0555]],
            4,
        ),
        28,
    )
    .with_uv(|uv| [uv[1], uv[0]])
}

/// The arched handle and the wood around its middle.
fn bail() -> (Shape, Shape) {
    let arch = [
        [-0.088, 0.004, 0.0],
        [-0.092, 0.05, 0.0],
        [-0.062, 0.103, 0.0],
        [0.0, 0.124, 0.0],
        [0.062, 0.103, 0.0],
        [0.092, 0.05, 0.0],
        [0.088, 0.004, 0.0],
    ];
    let bail = tube(&arch, 4, 10, |_| 0.0042);
    let top =
        [[-0.056, 0.1075, 0.0], [-0.03, 0.1195, 0.0], [0.0, 0.124, 0.0], [0.03, 0.1195, 0.0], [0.056, 0.1075, 0.0]];
    let grip =
        tube(&top, 4, 18, |t| 0.0085 + 0.0035 * libm::sin(t * std::f64::consts::PI)).with_uv(|uv| [uv[0] * 6.0, uv[1]]);
    (bail, grip)
}
