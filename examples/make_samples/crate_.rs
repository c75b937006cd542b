//! A wooden crate: planks with grain and knots, iron corners, a worn stencil, rope handles.

use super::glb::Model;
use super::noise::{fbm, hash, mix, mix3, step};
use super::paint::{hex, normals, paint, paint_smooth};
use super::shapes::{Shape, ellipsoid, plate, rounded_box, surface, tube};
use serde_json::json;
use std::f64::consts::{PI, TAU};

/// Half of the outer edge length.
const HALF: f64 = 0.25;

pub fn make() -> Vec<u8> {
    let mut model = Model::new();
    let color = model.texture(&paint(256, 256, wood_color));
    let relief = model.texture(&normals(256, 256, 3.0, |u, v| wood(u, v).0));
    let surface_map = model.texture(&paint(128, 128, |u, v| [1.0, mix(0.85, 0.52, wood(u, v).0), 0.0]));
    let mark = model.texture(&paint_smooth(256, 256, stencil));
    let rust = model.texture(&paint(128, 128, |u, v| {
        mix3(hex(0x2b2a2c), hex(0x5a3a28), step(0.5, 0.75, fbm(u, v, [6, 6], 4, 71)))
    }));
    let rough = model.texture(&paint(128, 128, |u, v| {
        let rusty = step(0.5, 0.75, fbm(u, v, [6, 6], 4, 71));
        [1.0, mix(0.42, 0.85, rusty), mix(1.0, 0.25, rusty)]
    }));
    let wood = model.material(json!({
        "name": "pine",
        "pbrMetallicRoughness": {"baseColorTexture": {"index": color}, "metallicRoughnessTexture": {"index": surface_map}},
        "normalTexture": {"index": relief},
    }));
    let iron = model.material(json!({
        "name": "iron",
        "pbrMetallicRoughness": {"baseColorTexture": {"index": rust}, "metallicRoughnessTexture": {"index": rough}},
    }));
    let paint_material = model.material(json!({
        "name": "stencil", "alphaMode": "BLEND",
        "pbrMetallicRoughness": {"baseColorTexture": {"index": mark}, "metallicFactor": 0.0, "roughnessFactor": 0.8},
    }));
    let rope = model.material(json!({
        "name": "rope",
        "pbrMetallicRoughness": {"baseColorFactor": [0.52, 0.40, 0.24, 1.0], "metallicFactor": 0.0, "roughnessFactor": 0.95},
    }));
    let mesh =
        model.mesh("crate", &[(&boards(), wood), (&corners(), iron), (&ropes(), rope), (&marks(), paint_material)]);
    model.node(None, json!({"name": "crate", "mesh": mesh, "translation": [0.0, HALF, 0.0]}));
    model.glb()
}

/// (height, how dark) at u along the grain, v across it; tiles.
fn wood(u: f64, v: f64) -> (f64, f64) {
    let mut bend = 0.22 * fbm(u, v, [2, 3], 3, 81);
    let mut knot = 0.0f64;
    for (ku, kv, size) in [(0.28, 0.22, 0.05), (0.79, 0.66, 0.035)] {
        let wrap = |d: f64| d - libm::round(d);
        let (x, y) = (wrap(u - ku) * 0.55, wrap(v - kv));
        let d = (x * x + y * y).sqrt() / size;
        bend += 0.10 * libm::exp(-d * d * 0.35) * if y > 0.0 { 1.0 } else { -1.0 };
        knot = knot.max((1.0 - step(0.7, 1.1, d)) * (0.75 + 0.25 * libm::sin(d * 16.0)));
    }
    let rings = 0.5 + 0.5 * libm::sin(TAU * (v * 9.0 + bend * 9.0));
    let fibres = fbm(u, v, [5, 90], 2, 82);
    let dark = 0.55 * rings * rings * rings + 0.35 * fibres + 0.2 * fbm(u, v, [3, 4], 3, 83);
    (0.55 * fibres + 0.3 * (1.0 - rings * rings) - 0.4 * knot, (dark + 0.9 * knot).min(1.3))
}

fn wood_color(u: f64, v: f64) -> [f64; 3] {
    let (_, dark) = wood(u, v);
    if dark < 0.75 {
        mix3(hex(0xd9ae78), hex(0xa8713f), dark / 0.75)
    } else {
        mix3(hex(0xa8713f), hex(0x5e3a1e), (dark - 0.75) / 0.55)
    }
}

/// One board: its own piece of the texture, its own tint, a little askew.
fn board(size: [f64; 3], centre: [f64; 3], id: i64) -> Shape {
    let draw = |k: i64| hash(id, k, 91);
    let shade = 0.72 + 0.28 * draw(0);
    let offset = [draw(1), draw(2)];
    let normal_axis = (0..3).min_by(|&a, &b| size[a].total_cmp(&size[b])).unwrap_or(2);
    rounded_box(size, 0.005, 1)
        .with_uv(|uv| [uv[0] / 0.55 + offset[0], uv[1] / 0.28 + offset[1]])
        .colored([shade, shade * (0.93 + 0.07 * draw(3)), shade * (0.84 + 0.12 * draw(4))])
        .turned(normal_axis, 0.9 * (draw(5) - 0.5))
        .moved(centre)
}

fn boards() -> Shape {
    let mut parts = Vec::new();
    let (thick, inset, rail) = (0.016, 0.018, 0.072);
    for side in 0..4 {
        let id = i64::from(side) * 100;
        let mut faces = Vec::new();
        for plank in 0..4 {
            let y = -0.1755 + 0.117 * f64::from(plank);
            faces.push(board([0.47, 0.113, thick], [0.0, y, HALF - inset], id + i64::from(plank)));
        }
        for (k, y) in [-1.0, 1.0].into_iter().enumerate() {
            faces.push(board([0.36, rail, 0.02], [0.0, y * (HALF - rail * 0.5), HALF - 0.004], id + 10 + k as i64));
        }
        if side % 2 == 0 {
            let length = 0.47;
            let brace =
                board([length, 0.062, 0.016], [0.0; 3], id + 20).turned(2, 45.0).moved([0.0, 0.0, HALF - 0.0035]);
            // Its ends vanish under the rails.
            faces.push(brace);
        }
        parts.push(Shape::all(faces).turned(1, 90.0 * f64::from(side)));
    }
    for corner in 0..4 {
        let (x, z) = ([-1.0, 1.0][corner % 2], [-1.0, 1.0][corner / 2]);
        let at = HALF - 0.030;
        parts.push(board([0.072, 0.498, 0.072], [x * at, 0.0, z * at], 500 + corner as i64));
    }
    for plank in 0..5i32 {
        let x = -0.184 + 0.092 * f64::from(plank);
        parts.push(board([0.089, 0.018, 0.49], [x, HALF - 0.001, 0.0], 600 + i64::from(plank)));
    }
    parts.push(board([0.46, 0.018, 0.46], [0.0, -HALF + 0.011, 0.0], 700));
    for z in [-0.15, 0.15] {
        parts.push(board([0.46, 0.016, 0.06], [0.0, HALF + 0.014, z], 800 + i64::from(z > 0.0)));
    }
    Shape::all(parts)
}

/// Three plates and their rivets on each corner.
fn corners() -> Shape {
    let mut one = Vec::new();
    let (size, thick, at) = (0.088, 0.004, HALF + 0.0075);
    for axis in 0..3 {
        let mut dims = [size; 3];
        dims[axis] = thick;
        let mut centre = [at - size * 0.5; 3];
        centre[axis] = at;
        one.push(plate(dims, 0.002, axis).with_uv(|uv| [uv[0] * 6.0, uv[1] * 6.0]).moved(centre));
        for (a, b) in [(0.022, 0.066), (0.066, 0.022)] {
            let mut place = [0.0; 3];
            place[axis] = at + thick * 0.5;
            place[(axis + 1) % 3] = at - a;
            place[(axis + 2) % 3] = at - b;
            let mut radii = [0.0065; 3];
            radii[axis] = 0.0035;
            one.push(ellipsoid(radii, 6).moved(place));
        }
    }
    let upper = Shape::all(one).around(4);
    let lower = upper.clone().turned(0, 180.0);
    upper.join(lower)
}

/// Twisted rope loops on two sides.
fn ropes() -> Shape {
    let line =
        [[-0.075, 0.055, 0.0], [-0.06, 0.02, 0.022], [0.0, 0.0, 0.034], [0.06, 0.02, 0.022], [0.075, 0.055, 0.0]];
    let strand = |phase: f64| {
        let path: Vec<[f64; 3]> = super::shapes::smooth_line(&line, 5)
            .iter()
            .enumerate()
            .map(|(i, p)| {
                let angle = phase + i as f64 * 1.05;
                [p[0], p[1] + 0.0052 * libm::cos(angle), p[2] + 0.0052 * libm::sin(angle)]
            })
            .collect();
        tube(&path, 1, 5, |_| 0.0062)
    };
    let loop_of =
        Shape::all([strand(0.0), strand(TAU / 3.0), strand(2.0 * TAU / 3.0)]).moved([0.0, 0.04, HALF - 0.008]);
    loop_of.clone().turned(1, 90.0).join(loop_of.turned(1, -90.0))
}

/// A sheet of paint just over the planks of the front and the back, above the brace.
fn marks() -> Shape {
    let sheet = surface(1, 1, |u, v| [(u - 0.5) * 0.15, (v - 0.5) * 0.15, 0.0]).moved([-0.075, 0.078, HALF - 0.0092]);
    sheet.clone().join(sheet.turned(1, 180.0))
}

/// A sun with rays in a ring: black paint through a stencil, worn off by the years.
fn stencil(u: f64, v: f64) -> [f64; 4] {
    let (x, y) = (u - 0.5, v - 0.5);
    let r = (x * x + y * y).sqrt();
    let angle = libm::atan2(y, x);
    let ring = 1.0 - step(0.018, 0.024, (r - 0.43).abs());
    let disc = 1.0 - step(0.145, 0.152, r);
    let spread = (angle / TAU * 12.0 + 0.5).rem_euclid(1.0) - 0.5;
    let ray =
        (1.0 - step(0.20, 0.24, spread.abs() * (0.6 + r * 1.6))) * step(0.19, 0.197, r) * (1.0 - step(0.355, 0.362, r));
    let bridge = step(0.010, 0.015, (libm::sin(angle * 2.0 + PI / 2.0) * r).abs().max(0.30 - r));
    let ink = disc.max(ray).max(ring * bridge);
    let worn = step(0.30, 0.48, fbm(u, v, [9, 9], 5, 95)) * (0.75 + 0.25 * fbm(u, v, [40, 40], 2, 96));
    [0.07, 0.065, 0.06, 0.92 * ink * worn]
}
