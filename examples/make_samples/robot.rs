//! A wind-up robot: nested nodes, mirrored limbs, a face that glows.

use super::glb::{Model, turn};
use super::noise::{fbm, mix, step};
use super::paint::{linear, paint, paint_smooth};
use super::shapes::{ProfilePoint, Shape, curve, ellipsoid, lathe, profile, rounded_box, torus, tube};
use serde_json::{Value, json};
use std::f64::consts::TAU;

struct Materials {
    teal: usize,
    cream: usize,
    orange: usize,
    rubber: usize,
    chrome: usize,
    brass: usize,
    face: usize,
    lamp: [usize; 3],
}

pub fn make() -> Vec<u8> {
    let mut model = Model::new();
    let m = materials(&mut model);
    let body =
        model.mesh("body", &[(&torso(), m.teal), (&plate(), m.cream), (&bolts(), m.chrome), (&hips(), m.rubber)]);
    let root = model.node(None, json!({"name": "robot"}));
    let body = model.node(Some(root), json!({"name": "body", "mesh": body, "translation": [0.0, 0.148, 0.0]}));
    for (i, lamp) in m.lamp.into_iter().enumerate() {
        let button = model.mesh("button", &[(&ellipsoid([0.0068, 0.0068, 0.004], 14), lamp)]);
        let x = -0.022 + 0.022 * i as f64;
        model.node(
            Some(body),
            json!({"name": format!("button {}", i + 1), "mesh": button, "translation": [x, -0.018, 0.0545]}),
        );
    }
    head(&mut model, &m, body);
    key(&mut model, &m, body);
    let arm = arm_meshes(&mut model, &m);
    let leg = leg_mesh(&mut model, &m);
    for (side, name, lift, bend) in [(1.0, "left", 28.0, -38.0), (-1.0, "right", 152.0, -30.0)] {
        let mirror = model.node(Some(body), json!({"name": format!("{name} side"), "scale": [side, 1.0, 1.0]}));
        let shoulder = json!({"name": format!("{name} shoulder"), "mesh": arm[0], "translation": [0.066, 0.034, 0.0], "rotation": turn(2, lift)});
        let shoulder = model.node(Some(mirror), shoulder);
        let elbow = json!({"name": format!("{name} elbow"), "mesh": arm[1], "translation": [0.0, -0.062, 0.0], "rotation": turn(0, bend)});
        let elbow = model.node(Some(shoulder), elbow);
        let hand = json!({"name": format!("{name} hand"), "mesh": arm[2], "translation": [0.0, -0.058, 0.0], "rotation": turn(1, 25.0)});
        model.node(Some(elbow), hand);
        let leg = json!({"name": format!("{name} leg"), "mesh": leg, "translation": [0.032, -0.072, 0.0]});
        model.node(Some(mirror), leg);
    }
    model.glb()
}

fn materials(model: &mut Model) -> Materials {
    let scuffs = model.texture(&paint(160, 160, |u, v| {
        let scratch = step(0.72, 0.8, fbm(u, v, [4, 60], 3, 101)).max(step(0.74, 0.8, fbm(u, v, [50, 5], 3, 102)));
        [1.0, mix(0.20, 0.42, fbm(u, v, [6, 6], 4, 103)) + 0.22 * scratch, 0.0]
    }));
    let mut plastic = |name: &str, code: u32| {
        let [r, g, b] = linear(code);
        model.material(json!({
            "name": name,
            "pbrMetallicRoughness": {"baseColorFactor": [r, g, b, 1.0], "metallicRoughnessTexture": {"index": scuffs}},
        }))
    };
    let (teal, cream, orange) =
        (plastic("teal paint", 0x1f8f8a), plastic("cream paint", 0xf1e8d4), plastic("orange paint", 0xe8642c));
    let mut plain = |name: &str, color: [f64; 3], metallic: f64, roughness: f64| {
        model.material(json!({
            "name": name,
            "pbrMetallicRoughness": {
                "baseColorFactor": [color[0], color[1], color[2], 1.0], "metallicFactor": metallic, "roughnessFactor": roughness,
            },
        }))
    };
    let rubber = plain("rubber", [0.022, 0.023, 0.026], 0.0, 0.62);
    let chrome = plain("chrome", [0.72, 0.73, 0.75], 1.0, 0.12);
    let brass = plain("brass", [0.87, 0.65, 0.30], 1.0, 0.22);
    let glow = model.texture(&paint_smooth(256, 160, face));
    let face = model.material(json!({
        "name": "face", "emissiveTexture": {"index": glow}, "emissiveFactor": [1.0, 1.0, 1.0],
        "extensions": {"KHR_materials_emissive_strength": {"emissiveStrength": 2.5}},
        "pbrMetallicRoughness": {"baseColorFactor": [0.006, 0.008, 0.012, 1.0], "metallicFactor": 0.0, "roughnessFactor": 0.08},
    }));
    let lamp = [0xff4030, 0xffc030, 0x40e060].map(|code| {
        let [r, g, b] = linear(code);
        model.material(json!({
            "name": "lamp", "emissiveFactor": [r, g, b],
            "extensions": {"KHR_materials_emissive_strength": {"emissiveStrength": 1.5}},
            "pbrMetallicRoughness": {"baseColorFactor": [r * 0.5, g * 0.5, b * 0.5, 1.0], "metallicFactor": 0.0, "roughnessFactor": 0.15},
        }))
    });
    Materials { teal, cream, orange, rubber, chrome, brass, face, lamp }
}

/// Two eyes and a smile.
fn face(u: f64, v: f64) -> [f64; 3] {
    let (x, y) = ((u - 0.5) * 1.6, v - 0.5);
    let capsule = |cx: f64| {
        let dy = ((y + 0.10).abs() - 0.07).max(0.0);
        ((x.abs() - cx) * (x.abs() - cx) + dy * dy).sqrt()
    };
    let eye = 1.0 - step(0.085, 0.095, capsule(0.30));
    let glint = 1.0 - step(0.022, 0.03, ((x.abs() - 0.27) * (x.abs() - 0.27) + (y + 0.17) * (y + 0.17)).sqrt());
    let r = (x * x + (y - 0.02) * (y - 0.02)).sqrt();
    let smile = (1.0 - step(0.022, 0.032, (r - 0.24).abs())) * step(0.13, 0.16, y);
    let light = eye.max(smile);
    let line = 0.80 + 0.20 * libm::cos(v * 40.0 * TAU);
    [0.18 * light + 0.5 * glint * eye, 0.92 * light * line, light * line]
}

fn torso() -> Shape {
    let belt = rounded_box([0.124, 0.014, 0.094], 0.006, 2).moved([0.0, -0.048, 0.0]);
    rounded_box([0.120, 0.128, 0.088], 0.026, 4).join(belt).with_uv(|uv| [uv[0] * 5.0, uv[1] * 5.0])
}

fn plate() -> Shape {
    let chest = rounded_box([0.080, 0.066, 0.014], 0.0065, 2).moved([0.0, 0.006, 0.0435]);
    let grille = (0..3)
        .map(|i| rounded_box([0.052, 0.0045, 0.006], 0.002, 1).moved([0.0, 0.028 - 0.009 * f64::from(i), 0.0508]));
    chest.join(Shape::all(grille)).with_uv(|uv| [uv[0] * 5.0, uv[1] * 5.0])
}

fn bolts() -> Shape {
    let bolt = ellipsoid([0.004, 0.004, 0.0025], 12);
    let corners = [(-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0)];
    let neck =
        lathe(&profile(&[[0.020, 0.0, 0.0], [0.020, 0.004, 0.001], [0.014, 0.006, 0.001], [0.014, 0.022, 0.0]]), 28);
    Shape::all(corners.map(|(x, y)| bolt.clone().moved([x * 0.034, 0.006 + y * 0.027, 0.0508])))
        .join(neck.moved([0.0, 0.062, 0.0]))
}

fn hips() -> Shape {
    rounded_box([0.094, 0.022, 0.066], 0.010, 2).moved([0.0, -0.070, 0.0])
}

fn head(model: &mut Model, m: &Materials, body: usize) {
    let skull = rounded_box([0.124, 0.090, 0.094], 0.030, 4).with_uv(|uv| [uv[0] * 5.0, uv[1] * 5.0]);
    let visor = rounded_box([0.098, 0.062, 0.020], 0.0095, 3)
        .with_uv(|uv| [uv[0] / 0.098 + 0.5, uv[1] / 0.062 + 0.5])
        .moved([0.0, 0.002, 0.0405]);
    let rim = rounded_box([0.106, 0.070, 0.016], 0.0078, 3).moved([0.0, 0.002, 0.0400]);
    let ear = lathe(
        &profile(
            &[[0.0, 0.012, 0.0], [0.014, 0.012, 0.003], [0.017, 0.006, 0.002], [0.019, 0.0, 0.0]]
                .map(|p| [p[0], -p[1], p[2]]),
        ),
        28,
    );
    let ears =
        [-90.0, 90.0].map(|deg| ear.clone().turned(2, deg).moved([if deg > 0.0 { 0.060 } else { -0.060 }, 0.0, 0.0]));
    let mesh =
        model.mesh("head", &[(&skull, m.cream), (&rim, m.teal), (&visor, m.face), (&Shape::all(ears), m.orange)]);
    let tilt: Value = turn(2, 6.0);
    let head = model
        .node(Some(body), json!({"name": "head", "mesh": mesh, "translation": [0.0, 0.126, 0.0], "rotation": tilt}));
    let spring: Vec<[f64; 3]> = (0..=20)
        .map(|i| {
            let angle = f64::from(i) * 1.3;
            [0.006 * libm::cos(angle), 0.0014 * f64::from(i), 0.006 * libm::sin(angle)]
        })
        .collect();
    let base = lathe(&profile(&[[0.014, -0.004, 0.0], [0.013, 0.004, 0.003], [0.0, 0.005, 0.0]]), 24);
    let antenna = tube(&spring, 1, 5, |_| 0.0013).join(base);
    let ball = ellipsoid([0.0105; 3], 24).moved([0.0, 0.037, 0.0]);
    let mesh = model.mesh("antenna", &[(&antenna, m.chrome), (&ball, m.orange)]);
    model.node(
        Some(head),
        json!({"name": "antenna", "mesh": mesh, "translation": [0.0, 0.045, 0.0], "rotation": turn(2, -9.0)}),
    );
}

/// The key in the back.
fn key(model: &mut Model, m: &Materials, body: usize) {
    let shaft = tube(&[[0.0, 0.0, -0.036], [0.0, 0.0, -0.072]], 2, 12, |_| 0.0045);
    let wings =
        [-1.0, 1.0].map(|side| torus(0.0125, 0.0038, 22, 7).turned(0, 90.0).moved([side * 0.0145, 0.0, -0.080]));
    let mesh = model.mesh("key", &[(&shaft.join(Shape::all(wings)), m.brass)]);
    model.node(
        Some(body),
        json!({"name": "key", "mesh": mesh, "translation": [0.0, 0.008, 0.0], "rotation": turn(2, 35.0)}),
    );
}

/// A rubber bellows from y = 0 down to −`length`.
fn bellows(radius: f64, length: f64, folds: u32) -> Shape {
    let steps = folds * 5;
    let line: Vec<ProfilePoint> = (0..=steps)
        .map(|i| {
            let t = f64::from(i) / f64::from(steps);
            let angle = t * TAU * f64::from(folds);
            let swing = 0.16 * radius;
            let slope = [swing * libm::sin(angle) * TAU * f64::from(folds), length];
            let l = (slope[0] * slope[0] + slope[1] * slope[1]).sqrt();
            ProfilePoint { at: [radius - swing * libm::cos(angle), -length + t * length], along: slope.map(|x| x / l) }
        })
        .collect();
    lathe(&line, 16)
}

/// Shoulder with upper arm, forearm, hand.
fn arm_meshes(model: &mut Model, m: &Materials) -> [usize; 3] {
    let shoulder = ellipsoid([0.019, 0.019, 0.019], 18);
    let upper = bellows(0.0125, 0.062, 6);
    let forearm = lathe(
        &curve(&[[0.0, -0.062], [0.017, -0.060], [0.0195, -0.040], [0.016, -0.012], [0.009, 0.004], [0.0, 0.006]], 4),
        20,
    )
    .with_uv(|uv| [uv[0] * 0.6, uv[1] * 0.3]);
    let cuff = torus(0.0165, 0.0042, 22, 7).moved([0.0, -0.052, 0.0]);
    let finger =
        tube(&[[0.010, -0.002, 0.0], [0.021, -0.014, 0.0], [0.018, -0.031, 0.0], [0.006, -0.038, 0.0]], 4, 10, |t| {
            mix(0.0062, 0.0042, t)
        });
    let claw = finger.clone().join(finger.turned(1, 180.0)).join(ellipsoid([0.014, 0.008, 0.014], 20));
    [
        model.mesh("upper arm", &[(&shoulder, m.chrome), (&upper, m.rubber)]),
        model.mesh("forearm", &[(&forearm, m.teal), (&cuff, m.chrome)]),
        model.mesh("hand", &[(&claw, m.orange)]),
    ]
}

fn leg_mesh(model: &mut Model, m: &Materials) -> usize {
    let foot = rounded_box([0.048, 0.030, 0.078], 0.014, 4)
        .moved([0.003, -0.061, 0.009])
        .with_uv(|uv| [uv[0] * 5.0, uv[1] * 5.0]);
    let sole = rounded_box([0.052, 0.010, 0.082], 0.0048, 2).moved([0.003, -0.071, 0.009]);
    model.mesh("leg", &[(&bellows(0.0145, 0.050, 5), m.rubber), (&foot, m.orange), (&sole, m.rubber)])
}
