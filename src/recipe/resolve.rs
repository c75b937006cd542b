//! A recipe as JSON with every key written out: what a plan holds. Reading it again gives the same recipe.

mod cameras;

use super::types::*;
use crate::layer::Layer;
use serde_json::{Map, Value, json};

const AXES: [&str; 3] = ["x", "y", "z"];

/// The resolved recipe. Numbers are exact; objects have their keys sorted.
pub fn resolve(recipe: &Recipe) -> Value {
    let pools: Map<String, Value> = recipe.assets.iter().map(|(name, pool)| (name.clone(), pool_json(pool))).collect();
    json!({
        "genki": 1,
        "name": recipe.name,
        "about": recipe.about,
        "license": recipe.license,
        "shares": list(&recipe.shares, |share| json!({
            "role": share.role,
            "name": share.name,
            "account": share.account,
            "permille": share.permille,
        })),
        "seed": recipe.seed,
        "variations": recipe.variations,
        "assets": pools,
        "scene": scene(&recipe.scene),
        "cameras": list(&recipe.cameras, cameras::camera),
        "frames": {"count": 1, "fps": recipe.frames.fps, "shutter": recipe.frames.shutter, "rolling": recipe.frames.rolling},
        "render": render(&recipe.render),
        "sensor": sensor(&recipe.sensor),
        "layers": list(&recipe.layers, |layer: &Layer| json!(layer.name())),
        "package": {
            "format": "webdataset",
            "shard": recipe.package.shard,
            "group": match recipe.package.group {
                Group::View => "view",
                Group::Variation => "variation",
            },
            "image": "png",
        },
    })
}

fn list<T>(items: &[T], item: impl Fn(&T) -> Value) -> Value {
    Value::Array(items.iter().map(item).collect())
}

fn pool_json(pool: &Pool) -> Value {
    list(&pool.entries, |entry| {
        json!({
            "path": entry.path,
            "license": entry.license,
            "attribution": entry.attribution,
            "class": entry.class,
            "weight": entry.weight,
        })
    })
}

fn scene(scene: &Scene) -> Value {
    json!({
        "arrange": {"mode": "center"},
        "objects": list(&scene.objects, object),
        "ground": match &scene.ground {
            Ground::None => json!({"kind": "none"}),
            Ground::Plane { size_m, base_color, roughness, metallic } => json!({
                "kind": "plane",
                "size_m": number(size_m),
                "material": {
                    "base_color": triple(base_color),
                    "roughness": number(roughness),
                    "metallic": number(metallic),
                },
            }),
        },
        "sky": sky(&scene.sky),
        "lights": list(&scene.lights, light),
    })
}

fn object(object: &Object) -> Value {
    let mut json = json!({
        "id": object.id,
        "from": object.from,
        "pick": pick(object.pick),
        "count": number(&object.count),
        "fit": match object.fit {
            Fit::Unit => "unit",
            Fit::None => "none",
        },
        "rotation": match &object.rotation {
            Rotation::Axis { axis, deg } => json!({"axis": AXES[*axis], "deg": number(deg)}),
            Rotation::Euler { deg } => json!({"euler_deg": triple(deg)}),
            Rotation::Random => json!("random"),
            Rotation::Upright => json!("upright"),
        },
        "scale": number(&object.scale),
        "position": triple(&object.position),
        "material": list(&object.material, material),
    });
    if let Some(variant) = name_pick(&object.variant) {
        json["variant"] = variant;
    }
    if let Some(clip) = name_pick(&object.pose.clip) {
        json["pose"] = json!({"clip": clip, "time": number(&object.pose.time)});
    }
    json
}

fn name_pick(pick: &NamePick) -> Option<Value> {
    match pick {
        NamePick::Own => None,
        NamePick::Random => Some(json!("random")),
        NamePick::Named(name) => Some(draw(name, &|name| json!(name))),
    }
}

fn material(edit: &MaterialEdit) -> Value {
    let mut json = Map::new();
    json.insert("match".to_owned(), json!(edit.glob));
    if let Some(color) = &edit.base_color {
        json.insert("base_color".to_owned(), json!({ op(color.op): triple(&color.value) }));
    }
    for (key, number_edit) in [("roughness", &edit.roughness), ("metallic", &edit.metallic)] {
        if let Some(edit) = number_edit {
            json.insert(key.to_owned(), json!({ op(edit.op): number(&edit.value) }));
        }
    }
    Value::Object(json)
}

fn op(op: EditOp) -> &'static str {
    match op {
        EditOp::Set => "set",
        EditOp::Add => "add",
        EditOp::Multiply => "multiply",
    }
}

fn pick(pick: Pick) -> &'static str {
    match pick {
        Pick::Random => "random",
        Pick::Shuffle => "shuffle",
        Pick::Each => "each",
    }
}

fn sky(sky: &Sky) -> Value {
    let (key, value) = match &sky.kind {
        SkyKind::Color(color) => ("color", triple(color)),
        SkyKind::Image { from, pick: how } => ("image", json!({"from": from, "pick": pick(*how)})),
        SkyKind::SunSky { elevation_deg, azimuth_deg, turbidity, ground_albedo, sun } => (
            "sun_sky",
            json!({
                "elevation_deg": number(elevation_deg),
                "azimuth_deg": number(azimuth_deg),
                "turbidity": number(turbidity),
                "ground_albedo": triple(ground_albedo),
                "sun": sun,
            }),
        ),
    };
    json!({
        key: value,
        "rotation_deg": number(&sky.rotation_deg),
        "exposure_ev": number(&sky.exposure_ev),
        "visible": sky.visible,
        "per": "variation",
    })
}

fn light(light: &Light) -> Value {
    let mut json = light_kind(&light.kind);
    json["id"] = json!(light.id);
    json["color"] = triple(&light.color);
    json["per"] = json!("variation");
    if let Some(temperature_k) = &light.temperature_k {
        json["temperature_k"] = number(temperature_k);
    }
    json
}

fn light_kind(kind: &LightKind) -> Value {
    match kind {
        LightKind::Sun { elevation_deg, azimuth_deg, angle_deg, irradiance } => json!({
            "kind": "sun",
            "elevation_deg": number(elevation_deg),
            "azimuth_deg": number(azimuth_deg),
            "angle_deg": number(angle_deg),
            "irradiance": number(irradiance),
        }),
        LightKind::Point { position, power_w } => json!({
            "kind": "point",
            "position": triple(position),
            "power_w": number(power_w),
        }),
        LightKind::Spot { position, aim, inner_deg, outer_deg, power_w } => aimed(
            aim,
            json!({
                "kind": "spot",
                "position": triple(position),
                "inner_deg": number(inner_deg),
                "outer_deg": number(outer_deg),
                "power_w": number(power_w),
            }),
        ),
        LightKind::Area { shape, position, aim, power_w, visible, two_sided } => {
            let (shape, size_m) = match shape {
                AreaShape::Square { side } => ("rectangle", number(side)),
                AreaShape::Rectangle { width, height } => ("rectangle", json!([number(width), number(height)])),
                AreaShape::Disk { diameter } => ("disk", number(diameter)),
                AreaShape::Sphere { diameter } => ("sphere", number(diameter)),
            };
            aimed(
                aim,
                json!({
                    "kind": "area",
                    "shape": shape,
                    "position": triple(position),
                    "size_m": size_m,
                    "power_w": number(power_w),
                    "visible": visible,
                    "two_sided": two_sided,
                }),
            )
        }
    }
}

fn aimed(aim: &Aim, mut json: Value) -> Value {
    match aim {
        Aim::At(look_at) => json["look_at"] = target(look_at),
        Aim::Along(direction) => json["direction"] = triple(direction),
    }
    json
}

fn target(target: &LookAt) -> Value {
    match target {
        LookAt::Object(id) => json!(id),
        LookAt::Scene => json!("scene"),
        LookAt::Point(point) => triple(point),
    }
}

fn range((min, max): (f64, f64)) -> Value {
    json!({"min": min, "max": max})
}

fn render(render: &Render) -> Value {
    json!({
        "size": render.size,
        "spp": render.spp,
        "bounces": render.bounces,
        "exposure_ev": render.exposure_ev,
        "tone": match render.tone {
            Tone::Srgb => "srgb",
            Tone::Agx => "agx",
            Tone::Filmic => "filmic",
            Tone::None => "none",
        },
        "background": match render.background {
            Background::Transparent => "transparent",
            Background::White => "white",
            Background::Black => "black",
        },
        "max_texture_px": render.max_texture_px,
        "scattering": match render.scattering {
            Scattering::Conserving => "conserving",
            Scattering::Literal => "literal",
        },
        "sides": match render.sides {
            Sides::Asset => "asset",
            Sides::Both => "both",
        },
        "clamp": if render.clamp.is_finite() { json!(render.clamp) } else { json!("none") },
    })
}

fn sensor(sensor: &Sensor) -> Value {
    json!({
        "chromatic_aberration_px": number(&sensor.chromatic_aberration_px),
        "vignette": number(&sensor.vignette),
        "noise": {"shot": number(&sensor.noise_shot), "read": number(&sensor.noise_read)},
        "black_level": number(&sensor.black_level),
        "bits": sensor.bits,
        "white_balance": triple(&sensor.white_balance),
        "jpeg_quality": number(&sensor.jpeg_quality),
        "depth": match &sensor.depth {
            DepthSensor::None => json!({"model": "none"}),
            DepthSensor::StructuredLight { noise_per_m, step_per_m, range_m } => json!({
                "model": "structured_light",
                "noise_per_m": number(noise_per_m),
                "step_per_m": number(step_per_m),
                "range_m": range(*range_m),
            }),
            DepthSensor::Stereo { baseline_m, noise_px, step_px, range_m } => json!({
                "model": "stereo",
                "baseline_m": number(baseline_m),
                "noise_px": number(noise_px),
                "step_px": number(step_px),
                "range_m": range(*range_m),
            }),
        },
    })
}

fn triple(value: &Triple) -> Value {
    draw(value, &|numbers| list(numbers, number))
}

fn draw<T>(value: &Draw<T>, leaf: &dyn Fn(&T) -> Value) -> Value {
    match value {
        Draw::Is(value) => leaf(value),
        Draw::Choice(items) => json!({"choice": list(items, |item| draw(item, leaf))}),
        Draw::Weighted(items) => json!({
            "weighted": list(items.entries(), |(item, weight)| json!({"value": draw(item, leaf), "weight": weight})),
        }),
    }
}

fn number(value: &Number) -> Value {
    match value {
        Number::Constant(value) => json!(value),
        Number::Uniform { from, to } => json!({"uniform": [from, to]}),
        Number::UniformInt { from, to } => json!({"uniform_int": [from, to]}),
        Number::LogUniform { from, to } => json!({"log_uniform": [from, to]}),
        Number::Normal { mean, std, min, max } => {
            let mut normal = json!({"mean": mean, "std": std});
            // Without a bound there is no key: JSON has no infinity.
            for (key, bound) in [("min", min), ("max", max)] {
                if bound.is_finite() {
                    normal[key] = json!(bound);
                }
            }
            json!({ "normal": normal })
        }
        Number::Choice(items) => json!({"choice": list(items, number)}),
        Number::Weighted(items) => json!({
            "weighted": list(items.entries(), |(item, weight)| json!({"value": number(item), "weight": weight})),
        }),
    }
}
