//! A storm lantern: red paint, brass, a glass globe and a flame that lights the scene.

use super::glb::Model;
use super::noise::{fbm, mix, mix3, step};
use super::paint::{hex, linear, normals, paint};
use super::shapes::{Shape, curve, ellipsoid, lathe, profile, tube};
use serde_json::json;

pub fn make() -> Vec<u8> {
    let mut model = Model::new();
    let chips =
        |u: f64, v: f64| step(0.66, 0.72, fbm(u, v, [14, 10], 4, 61)) * step(0.45, 0.6, fbm(u, v, [3, 3], 2, 62));
    let color = model.texture(&paint(256, 256, |u, v| {
        let paint = mix3(hex(0xa81812), hex(0xc4261b), fbm(u, v, [5, 5], 3, 63));
        mix3(paint, hex(0x6d6a66), chips(u, v))
    }));
    let surface = model.texture(&paint(256, 256, |u, v| {
        let bare = chips(u, v);
        [1.0, mix(mix(0.22, 0.40, fbm(u, v, [9, 9], 3, 64)), 0.5, bare), bare]
    }));
    let relief = model.texture(&normals(256, 256, 2.5, |u, v| 0.35 * fbm(u, v, [24, 24], 2, 65) - chips(u, v)));
    let paint_material = model.material(json!({
        "name": "red paint",
        "pbrMetallicRoughness": {"baseColorTexture": {"index": color}, "metallicRoughnessTexture": {"index": surface}},
        "normalTexture": {"index": relief, "scale": 0.6},
    }));
    let brass = model.material(json!({
        "name": "brass",
        "pbrMetallicRoughness": {"baseColorFactor": [0.86, 0.63, 0.29, 1.0], "metallicFactor": 1.0, "roughnessFactor": 0.24},
    }));
    let steel = model.material(json!({
        "name": "steel wire",
        "pbrMetallicRoughness": {"baseColorFactor": [0.56, 0.55, 0.53, 1.0], "metallicFactor": 1.0, "roughnessFactor": 0.32},
    }));
    let glass = model.material(json!({
        "name": "glass", "alphaMode": "BLEND", "doubleSided": true,
        "pbrMetallicRoughness": {"baseColorFactor": [0.05, 0.06, 0.055, 0.16], "metallicFactor": 0.0, "roughnessFactor": 0.04},
    }));
    let [r, g, b] = linear(0xffa040);
    let flame = model.material(json!({
        "name": "flame", "emissiveFactor": [r, g, b],
        "extensions": {"KHR_materials_emissive_strength": {"emissiveStrength": 22.0}},
        "pbrMetallicRoughness": {"baseColorFactor": [0.0, 0.0, 0.0, 1.0], "metallicFactor": 0.0, "roughnessFactor": 1.0},
    }));
    let wick = model.material(json!({
        "name": "wick",
        "pbrMetallicRoughness": {"baseColorFactor": [0.55, 0.5, 0.4, 1.0], "metallicFactor": 0.0, "roughnessFactor": 0.95},
    }));
    let frame_mesh =
        model.mesh("frame", &[(&tank().join(chimney()).join(pipes()), paint_material), (&guards(), steel)]);
    let root = model.node(None, json!({"name": "lantern", "mesh": frame_mesh}));
    let burner_mesh = model.mesh("burner", &[(&burner(), brass), (&wick_shape(), wick)]);
    let burner =
        model.node(Some(root), json!({"name": "burner", "mesh": burner_mesh, "translation": [0.0, 0.068, 0.0]}));
    let flame_mesh = model.mesh("flame", &[(&flame_shape(), flame)]);
    model.node(Some(burner), json!({"name": "flame", "mesh": flame_mesh, "translation": [0.0, 0.034, 0.0]}));
    let globe_mesh = model.mesh("globe", &[(&globe(), glass)]);
    model.node(Some(root), json!({"name": "globe", "mesh": globe_mesh, "translation": [0.0, 0.082, 0.0]}));
    let bail_mesh = model.mesh("bail", &[(&bail(), steel)]);
    model.node(Some(root), json!({"name": "bail", "mesh": bail_mesh, "translation": [0.0, 0.197, 0.0], "rotation": super::glb::turn(0, 18.0)}));
    model.glb()
}

fn tank() -> Shape {
    let line = profile(&[
        [0.0, 0.004, 0.0],
        [0.066, 0.004, 0.002],
        [0.068, 0.0, 0.002],
        [0.074, 0.0, 0.003],
        [0.076, 0.010, 0.003],
        [0.072, 0.016, 0.004],
        [0.072, 0.040, 0.010],
        [0.050, 0.052, 0.008],
        [0.046, 0.060, 0.004],
        [0.034, 0.066, 0.004],
        [0.030, 0.070, 0.0],
    ]);
    let cap = lathe(&profile(&[[0.009, 0.0, 0.0], [0.009, 0.010, 0.003], [0.0, 0.011, 0.0]]), 20)
        .turned(0, 12.0)
        .moved([0.0, 0.046, 0.052]);
    lathe(&line, 40).join(cap)
}

fn chimney() -> Shape {
    let line = profile(&[
        [0.030, 0.186, 0.0],
        [0.044, 0.188, 0.003],
        [0.046, 0.196, 0.003],
        [0.030, 0.206, 0.006],
        [0.028, 0.226, 0.004],
        [0.047, 0.230, 0.003],
        [0.047, 0.235, 0.002],
        [0.024, 0.246, 0.008],
        [0.018, 0.258, 0.005],
        [0.0, 0.260, 0.0],
    ]);
    lathe(&line, 36)
}

/// The two side tubes that carry air to the burner.
fn pipes() -> Shape {
    let line = [
        [0.060, 0.026, 0.0],
        [0.088, 0.034, 0.0],
        [0.098, 0.075, 0.0],
        [0.096, 0.140, 0.0],
        [0.082, 0.190, 0.0],
        [0.052, 0.214, 0.0],
        [0.026, 0.216, 0.0],
    ];
    tube(&line, 3, 12, |_| 0.0082).with_uv(|uv| [uv[0] * 4.0, uv[1] * 0.3]).around(2)
}

/// Wires around the glass.
fn guards() -> Shape {
    let upright = tube(
        &[[0.044, 0.066, 0.0], [0.058, 0.088, 0.0], [0.0635, 0.118, 0.0], [0.058, 0.154, 0.0], [0.043, 0.188, 0.0]],
        3,
        5,
        |_| 0.0015,
    );
    let hoop = |radius: f64, y: f64| super::shapes::torus(radius, 0.0015, 32, 5).moved([0.0, y, 0.0]);
    Shape::all([upright.turned(1, 45.0).around(4), hoop(0.0630, 0.108), hoop(0.0612, 0.138)])
}

fn burner() -> Shape {
    let line = profile(&[
        [0.030, 0.0, 0.0],
        [0.030, 0.006, 0.002],
        [0.024, 0.009, 0.002],
        [0.024, 0.016, 0.003],
        [0.012, 0.026, 0.004],
        [0.0085, 0.028, 0.001],
        [0.0085, 0.032, 0.001],
        [0.0, 0.032, 0.0],
    ]);
    let knob = lathe(&profile(&[[0.0, 0.0, 0.0], [0.007, 0.0, 0.001], [0.007, 0.004, 0.001], [0.0, 0.004, 0.0]]), 20)
        .turned(2, -90.0)
        .moved([0.046, 0.012, 0.0]);
    let stem = tube(&[[0.020, 0.012, 0.0], [0.046, 0.012, 0.0]], 2, 8, |_| 0.0016);
    Shape::all([lathe(&line, 26), knob, stem]).turned(1, -60.0)
}

fn wick_shape() -> Shape {
    ellipsoid([0.006, 0.004, 0.002], 12).moved([0.0, 0.033, 0.0])
}

fn flame_shape() -> Shape {
    lathe(
        &curve(&[[0.0, 0.0], [0.0075, 0.004], [0.0108, 0.015], [0.0078, 0.031], [0.0030, 0.045], [0.0, 0.052]], 3),
        18,
    )
}

fn globe() -> Shape {
    lathe(
        &curve(&[[0.034, 0.0], [0.044, 0.012], [0.0535, 0.036], [0.050, 0.066], [0.038, 0.090], [0.0325, 0.106]], 4),
        40,
    )
}

fn bail() -> Shape {
    let line = [
        [-0.079, 0.0, 0.0],
        [-0.093, 0.045, 0.0],
        [-0.070, 0.108, 0.0],
        [0.0, 0.136, 0.0],
        [0.070, 0.108, 0.0],
        [0.093, 0.045, 0.0],
        [0.079, 0.0, 0.0],
    ];
    let grip = [[-0.032, 0.1308, 0.0], [0.0, 0.136, 0.0], [0.032, 0.1308, 0.0]];
    tube(&line, 4, 7, |_| 0.0020).join(tube(&grip, 3, 12, |_| 0.0056))
}
