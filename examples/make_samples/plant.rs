//! A pot plant: leaves cut out by alpha, a speckled pot.

use super::glb::Model;
use super::noise::{fbm, hash, mix, mix3, step};
use super::paint::{hex, normals, paint, paint_smooth};
use super::shapes::{Shape, add, curve, lathe, profile, scale, surface, tube};
use serde_json::json;
use std::f64::consts::{PI, TAU};

pub fn make() -> Vec<u8> {
    let mut model = Model::new();
    let leaf_color = model.texture(&paint_smooth(256, 256, leaf));
    let leaf_relief = model.texture(&normals(256, 256, 4.0, |u, v| -veins(u, v)));
    let pot_color = model.texture(&paint(256, 128, pot));
    let pot_surface = model.texture(&paint(256, 128, |u, v| [1.0, if glazed(u, v) { 0.22 } else { 0.82 }, 0.0]));
    let ground = model.texture(&paint(128, 128, |u, v| {
        mix3(hex(0x1c130d), hex(0x5a4433), step(0.35, 0.8, fbm(u, v, [12, 12], 4, 3)))
    }));
    let ground_relief = model.texture(&normals(128, 128, 14.0, |u, v| fbm(u, v, [12, 12], 4, 3)));
    let leaf_material = model.material(json!({
        "name": "leaf", "alphaMode": "MASK", "alphaCutoff": 0.5, "doubleSided": true,
        "pbrMetallicRoughness": {"baseColorTexture": {"index": leaf_color}, "metallicFactor": 0.0, "roughnessFactor": 0.38},
        "normalTexture": {"index": leaf_relief, "scale": 0.7},
    }));
    let stem = model.material(json!({
        "name": "stem",
        "pbrMetallicRoughness": {"baseColorFactor": [0.16, 0.27, 0.08, 1.0], "metallicFactor": 0.0, "roughnessFactor": 0.5},
    }));
    let pot_material = model.material(json!({
        "name": "pot",
        "pbrMetallicRoughness": {"baseColorTexture": {"index": pot_color}, "metallicRoughnessTexture": {"index": pot_surface}},
    }));
    let soil = model.material(json!({
        "name": "soil",
        "pbrMetallicRoughness": {"baseColorTexture": {"index": ground}, "metallicFactor": 0.0, "roughnessFactor": 0.95},
        "normalTexture": {"index": ground_relief},
    }));
    let earth = lathe(&curve(&[[0.088, 0.135], [0.05, 0.142], [0.0, 0.146]], 4), 32).with_uv(|uv| [uv[0] * 3.0, uv[1]]);
    let pot_mesh = model.mesh("pot", &[(&pot_shape(), pot_material), (&earth, soil)]);
    let root = model.node(None, json!({"name": "pot", "mesh": pot_mesh}));
    let (leaves, stems) = foliage();
    let plant_mesh = model.mesh("plant", &[(&leaves, leaf_material), (&stems, stem)]);
    model.node(Some(root), json!({"name": "plant", "mesh": plant_mesh, "translation": [0.0, 0.138, 0.0]}));
    model.glb()
}

fn pot_shape() -> Shape {
    lathe(
        &profile(&[
            [0.0, 0.003, 0.0],
            [0.066, 0.0, 0.004],
            [0.074, 0.006, 0.004],
            [0.092, 0.150, 0.002],
            [0.101, 0.152, 0.003],
            [0.103, 0.176, 0.004],
            [0.092, 0.176, 0.003],
            [0.088, 0.130, 0.0],
        ]),
        64,
    )
}

/// The glaze ends in a wavy line above the foot.
fn glazed(u: f64, v: f64) -> bool {
    v < 0.62 + 0.05 * libm::sin(u * TAU * 3.0) + 0.06 * (fbm(u, v, [8, 1], 3, 7) - 0.5)
}

fn pot(u: f64, v: f64) -> [f64; 3] {
    if !glazed(u, v) {
        return mix3(hex(0xb4633c), hex(0x8f4a2c), fbm(u, v, [10, 10], 4, 8));
    }
    let glaze = mix3(hex(0xe9e4d6), hex(0xd3d2c4), fbm(u, v, [6, 6], 3, 9));
    let speck = step(0.86, 0.90, fbm(u, v, [44, 22], 2, 10));
    mix3(glaze, hex(0x4a3a2c), 0.7 * speck)
}

/// Half the width at u from the stalk to the tip, where the leaf fills the texture from 0 to 1.
fn half_width(u: f64) -> f64 {
    0.47 * libm::pow(libm::sin(PI * libm::pow(u.clamp(0.0, 1.0), 0.72)).max(0.0), 0.75)
}

/// 1 on the veins, falling to 0 between them.
fn veins(u: f64, v: f64) -> f64 {
    let y = (v - 0.5).abs();
    let mid = 1.0 - step(0.004, 0.016 * (1.2 - u), y);
    let side = (u * 9.0 - y * 7.0).rem_euclid(1.0) - 0.5;
    let side = (1.0 - step(0.02, 0.09, side.abs())) * step(0.0, 0.05, u) * 0.8;
    mid.max(side)
}

fn leaf(u: f64, v: f64) -> [f64; 4] {
    let y = (v - 0.5).abs();
    let half = half_width(u);
    // Slits between the side veins, deep in the middle of the leaf.
    let between = ((u * 9.0 - y * 7.0) + 0.5).rem_euclid(1.0) - 0.5;
    let reach = half * mix(1.0, 0.50, step(0.1, 0.35, u) * (1.0 - step(0.72, 0.9, u)));
    let open = 0.30 * step(reach, half, y);
    let inside = y < half && !(y > reach && between.abs() < open);
    let vein = veins(u, v);
    let patch = fbm(u, v, [6, 6], 3, 15);
    let green = mix3(hex(0x1d5b2c), hex(0x3a8a3c), 0.25 + 0.75 * patch * (1.0 - y));
    let color = mix3(green, hex(0x9ccb7a), 0.75 * vein);
    [color[0], color[1], color[2], if inside { 1.0 } else { 0.0 }]
}

/// Leaves and stalks, older ones lower and larger.
fn foliage() -> (Shape, Shape) {
    let (mut leaves, mut stems) = (Vec::new(), Vec::new());
    let count = 15;
    for i in 0..count {
        let age = f64::from(i) / f64::from(count - 1);
        let draw = |k: i64| hash(i64::from(i), k, 17);
        let azimuth = f64::from(i) * 137.5 + 18.0 * draw(0);
        let lean = mix(72.0, 12.0, age) + 10.0 * (draw(1) - 0.5);
        let length = mix(0.15, 0.23, libm::sin(age * PI)) * (0.9 + 0.2 * draw(2));
        let rise = (libm::cos(lean * PI / 180.0), libm::sin(lean * PI / 180.0));
        let height = length * 1.02;
        let tip = [0.0, height * rise.0 + 0.02, height * rise.1];
        let stalk = [[0.0, -0.012, 0.004], scale(add(tip, [0.0, 0.05 * (1.0 - age), 0.0]), 0.55), tip];
        stems.push(tube(&stalk, 4, 6, |t| mix(0.0042, 0.0024, t)).turned(1, azimuth));
        let size = mix(0.19, 0.115, age) * (0.92 + 0.16 * draw(3));
        let tone = mix(0.72, 1.0, age) * (0.9 + 0.1 * draw(4));
        let blade = blade(size, mix(0.55, 0.25, age))
            .colored([tone * (0.85 + 0.15 * age), tone, tone * 0.85])
            .turned(2, 24.0 * (draw(5) - 0.5))
            .turned(0, mix(18.0, -42.0, age))
            .moved(tip)
            .turned(1, azimuth);
        leaves.push(blade);
    }
    (Shape::all(leaves), Shape::all(stems))
}

/// A blade that begins at the origin and bends down along +z; u runs along it.
fn blade(size: f64, droop: f64) -> Shape {
    surface(10, 6, |u, v| {
        let across = v - 0.5;
        let y = 0.10 * u - droop * u * u
            + 0.9 * across * across * (1.0 - 0.5 * u)
            + 0.012 * libm::sin(u * 22.0) * across.abs() * 2.0;
        [-across * size * 0.95, y * size, u * size]
    })
    .with_uv(|uv| [uv[0], 1.0 - uv[1]])
    .turned(1, 0.0)
}
