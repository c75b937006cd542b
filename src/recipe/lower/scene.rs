//! Lowering of `scene`: objects, ground, sky.

use super::super::draws::{draw, draw_integer};
use super::super::hints::either;
use super::super::node::{At, Kind, Node};
use super::super::reader::{Mapping, Reader, items_of, open, open_case};
use super::super::scalars::{boolean, word};
use super::super::schema::{Field, Takes, Words};
use super::super::tables::{
    ARRANGE, DEFAULT_LIGHTS, DEFAULT_SKY_COLOR, GROUND, GROUND_MATERIAL, MATERIAL, OBJECT, POSE, SCENE, SKY, SKY_IMAGE,
    SUN_SKY,
};
use super::super::types::{Fit, Ground, MaterialEdit, NamePick, Object, Pick, Pose, Scene, Sky, SkyKind};
use super::super::values::{color, color_edit, number_edit, rotation, variant, vector};
use super::{Known, lights, names};
use std::collections::BTreeMap;

pub fn read(r: &mut Reader, recipe: &Mapping<'_>, known: &mut Known) -> Option<Scene> {
    recipe.read(r, "scene", |r, _, node| scene(r, node, known))
}

fn scene(r: &mut Reader, node: &Node, known: &mut Known) -> Option<Scene> {
    let m = open(r, &SCENE, node)?;
    let arrange = m.read(r, "arrange", arrange);
    // The sky first: its pool is none of models.
    let sky = m.read(r, "sky", |r, _, node| sky(r, node, known));
    let sky_pool = match &sky {
        Some(Sky { kind: SkyKind::Image { from, .. }, .. }) => Some(from.clone()),
        _ => None,
    };
    let models: Vec<String> = known.pools.iter().filter(|pool| Some(*pool) != sky_pool.as_ref()).cloned().collect();
    let objects = objects(r, &m, known, &models);
    let ground = m.read(r, "ground", ground);
    let read_lights = |r: &mut Reader, field: &Field, node: &Node| lights::read(r, field, node, known);
    let lights = if m.entry("lights").is_none() && m.entry("sky").is_none() {
        m.fallback(r, "lights", DEFAULT_LIGHTS, read_lights)
    } else {
        m.optional(r, "lights", read_lights).map(Option::unwrap_or_default)
    };
    arrange?;
    Some(Scene { objects: objects?, ground: ground?, sky: sky?, lights: lights? })
}

/// Only `center` is built, which needs no value.
fn arrange(r: &mut Reader, field: &Field, node: &Node) -> Option<()> {
    let mode = |r: &mut Reader, mode: &Field, node: &Node| word(r, &Field { name: field.name, ..*mode }, node);
    if let Some(text) = node.as_text() {
        let Some(Field { takes: Takes::Words(Words { words, later }), .. }) = ARRANGE.fields.first() else {
            return None;
        };
        if words.contains(&text) || later.contains(&text) {
            return mode(r, &ARRANGE.fields[0], node).map(drop);
        }
    }
    open(r, &ARRANGE, node)?.read(r, "mode", mode).map(drop)
}

fn objects(r: &mut Reader, scene: &Mapping<'_>, known: &mut Known, models: &[String]) -> Option<Vec<Object>> {
    if scene.entry("objects").is_none() {
        // Without a place `assets` has been complained about.
        let at = known.pools_at?;
        let [only] = models else {
            let hint = "as `scene: {objects: [{from: NAME}]}`";
            let pools = either(models.iter().map(String::as_str));
            let message = if models.is_empty() {
                "there are no objects: the only pool is the sky's".to_owned()
            } else {
                format!("there are no objects, and several pools to take them from: {pools}")
            };
            r.error_with_hint(at, message, hint);
            return None;
        };
        let text = format!("[{{from: \"{only}\"}}]");
        return scene.fallback(r, "objects", &text, |r, field, node| object_list(r, field, node, known, models));
    }
    scene.optional(r, "objects", |r, field, node| object_list(r, field, node, known, models))?
}

fn object_list(
    r: &mut Reader,
    field: &Field,
    node: &Node,
    known: &mut Known,
    models: &[String],
) -> Option<Vec<Object>> {
    known.objects_unsure = true;
    let items = items_of(r, field.name, node)?;
    if items.is_empty() {
        r.error_with_hint(node.at, "a scene has at least one object", "without `objects` it is one of the only pool");
        return None;
    }
    let mut seen = BTreeMap::new();
    let mut objects = Vec::new();
    let mut unsure = false;
    for (i, item) in items.iter().enumerate() {
        let object = object(r, item, i, &mut seen, known, models);
        unsure |= object.is_none();
        objects.push(object);
    }
    known.objects_unsure = unsure;
    known.objects = seen.into_keys().collect();
    objects.into_iter().collect()
}

fn object(
    r: &mut Reader,
    node: &Node,
    index: usize,
    seen: &mut BTreeMap<String, At>,
    known: &mut Known,
    models: &[String],
) -> Option<Object> {
    let m = open(r, &OBJECT, node)?;
    let id = names::id(r, &m, index, seen);
    let from = match m.optional(r, "from", |r, field, node| names::pool_name(r, field, node, known)) {
        Some(Some(from)) => Some(from),
        Some(None) => only_pool(r, &m, known, models),
        None => None,
    };
    let pick = m.read(r, "pick", pick);
    let count = m.read(r, "count", draw_integer);
    let fit = m.read(r, "fit", word);
    let rotation = m.read(r, "rotation", rotation);
    let scale = m.read(r, "scale", draw);
    let position = m.read(r, "position", vector);
    let variant = m.optional(r, "variant", variant);
    let pose = m.read(r, "pose", pose);
    let material = m.read(r, "material", materials);
    Some(Object {
        id: id?,
        from: from?,
        pick: pick?,
        count: count?,
        fit: if fit? == "unit" { Fit::Unit } else { Fit::None },
        rotation: rotation?,
        scale: scale?,
        position: position?,
        variant: variant?.unwrap_or(NamePick::Own),
        pose: pose?,
        material: material?,
    })
}

fn pose(r: &mut Reader, _: &Field, node: &Node) -> Option<Pose> {
    let m = open(r, &POSE, node)?;
    let clip = m.optional(r, "clip", variant);
    let time = m.read(r, "time", draw);
    if let (None, Some(entry)) = (m.entry("clip"), m.entry("time")) {
        let hint = "as `clip: \"*\"`, one of its clips, or by its name";
        r.error_with_hint(entry.key_at, "`time` is a moment of a clip, and no `clip` is named", hint);
        return None;
    }
    Some(Pose { clip: clip?.unwrap_or(NamePick::Own), time: time? })
}

fn only_pool(r: &mut Reader, m: &Mapping<'_>, known: &mut Known, models: &[String]) -> Option<String> {
    if let [only] = models {
        known.used_pools.insert(only.clone());
        return Some(only.clone());
    }
    if known.pools_at.is_some() {
        let pools = either(models.iter().map(String::as_str));
        r.error_with_hint(m.at(), "an object needs `from`, as there are several pools", format!("from is {pools}"));
    }
    None
}

fn pick(r: &mut Reader, field: &Field, node: &Node) -> Option<Pick> {
    Some(match word(r, field, node)? {
        "random" => Pick::Random,
        "shuffle" => Pick::Shuffle,
        _ => Pick::Each,
    })
}

fn materials(r: &mut Reader, field: &Field, node: &Node) -> Option<Vec<MaterialEdit>> {
    let items = items_of(r, field.name, node)?;
    let edits: Vec<Option<MaterialEdit>> = items.iter().map(|item| material(r, item)).collect();
    edits.into_iter().collect()
}

fn material(r: &mut Reader, node: &Node) -> Option<MaterialEdit> {
    let m = open(r, &MATERIAL, node)?;
    let glob = m.read(r, "match", names::glob);
    let base_color = m.optional(r, "base_color", color_edit);
    let roughness = m.optional(r, "roughness", number_edit);
    let metallic = m.optional(r, "metallic", number_edit);
    let edit = MaterialEdit { glob: glob?, base_color: base_color?, roughness: roughness?, metallic: metallic? };
    if edit.base_color.is_none() && edit.roughness.is_none() && edit.metallic.is_none() {
        r.warning(
            node.at,
            "this entry of `material` changes nothing",
            "give it `base_color`, `roughness` or `metallic`",
        );
    }
    Some(edit)
}

fn ground(r: &mut Reader, _: &Field, node: &Node) -> Option<Ground> {
    let (case, m) = open_case(r, &GROUND, node)?;
    if case.word == "none" {
        return Some(Ground::None);
    }
    let size_m = m.read(r, "size_m", draw);
    let material = m.read(r, "material", |r, _, node| {
        let m = open(r, &GROUND_MATERIAL, node)?;
        let base_color = m.read(r, "base_color", color);
        let roughness = m.read(r, "roughness", draw);
        let metallic = m.read(r, "metallic", draw);
        Some((base_color?, roughness?, metallic?))
    });
    let (base_color, roughness, metallic) = material?;
    Some(Ground::Plane { size_m: size_m?, base_color, roughness, metallic })
}

fn sky(r: &mut Reader, node: &Node, known: &mut Known) -> Option<Sky> {
    let m = open(r, &SKY, node)?;
    let kind = sky_kind(r, &m, known);
    let rotation_deg = m.read(r, "rotation_deg", draw);
    let exposure_ev = m.read(r, "exposure_ev", draw);
    let visible = m.read(r, "visible", boolean);
    let per = m.read(r, "per", word);
    per?;
    Some(Sky { kind: kind?, rotation_deg: rotation_deg?, exposure_ev: exposure_ev?, visible: visible? })
}

fn sky_kind(r: &mut Reader, m: &Mapping<'_>, known: &mut Known) -> Option<SkyKind> {
    let mut given: Vec<_> = ["color", "image", "sun_sky"].iter().filter_map(|key| m.entry(key)).collect();
    given.sort_by_key(|entry| (entry.key_at.line, entry.key_at.column));
    if let [first, second, ..] = given.as_slice() {
        let message =
            format!("a sky has a colour, an image or a model, but here `{}` follows `{}`", second.key, first.key);
        r.error_with_hint(second.key_at, message, "remove one of them");
        return None;
    }
    if m.entry("sun_sky").is_some() {
        return m.optional(r, "sun_sky", |r, _, node| sun_sky(r, node))?;
    }
    let image = m.optional(r, "image", |r, _, node| {
        if let Kind::Text { .. } = node.kind {
            r.error_with_hint(
                node.at,
                format!("image is {}, but it is a mapping", node.describe()),
                "write `{from: POOL}`",
            );
            return None;
        }
        let m = open(r, &SKY_IMAGE, node)?;
        let from = m.read(r, "from", |r, field, node| names::pool_name(r, field, node, known));
        let pick = m.read(r, "pick", pick);
        Some(SkyKind::Image { from: from?, pick: pick? })
    })?;
    match image {
        Some(image) => Some(image),
        None if m.entry("color").is_some() => m.optional(r, "color", color)?.map(SkyKind::Color),
        None => m.fallback(r, "color", DEFAULT_SKY_COLOR, color).map(SkyKind::Color),
    }
}

fn sun_sky(r: &mut Reader, node: &Node) -> Option<SkyKind> {
    let m = open(r, &SUN_SKY, node)?;
    let elevation_deg = m.read(r, "elevation_deg", draw);
    let azimuth_deg = m.read(r, "azimuth_deg", draw);
    let turbidity = m.read(r, "turbidity", draw);
    let ground_albedo = m.read(r, "ground_albedo", color);
    let sun = m.read(r, "sun", boolean);
    Some(SkyKind::SunSky {
        elevation_deg: elevation_deg?,
        azimuth_deg: azimuth_deg?,
        turbidity: turbidity?,
        ground_albedo: ground_albedo?,
        sun: sun?,
    })
}
