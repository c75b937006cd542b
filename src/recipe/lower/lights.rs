//! Lowering of `scene.lights`.

use super::super::draws::draw;
use super::super::node::{At, Kind, Node, number_text};
use super::super::reader::{Mapping, Reader, items_of, open_case};
use super::super::scalars::{boolean, word};
use super::super::schema::Field;
use super::super::tables::LIGHT;
use super::super::types::{Aim, AreaShape, Light, LightKind, LookAt, Number};
use super::super::values::{color, extent, vector};
use super::{Known, cameras, idle, names};
use std::collections::BTreeMap;

pub fn read(r: &mut Reader, field: &Field, node: &Node, known: &Known) -> Option<Vec<Light>> {
    let items = items_of(r, field.name, node)?;
    let mut seen = BTreeMap::new();
    let mut lights = Vec::new();
    for (i, item) in items.iter().enumerate() {
        lights.push(light(r, item, i, &mut seen, known));
    }
    lights.into_iter().collect()
}

fn light(r: &mut Reader, node: &Node, index: usize, seen: &mut BTreeMap<String, At>, known: &Known) -> Option<Light> {
    let (case, m) = open_case(r, &LIGHT, node)?;
    let id = names::id(r, &m, index, seen);
    let color = m.read(r, "color", color);
    let temperature_k = m.optional(r, "temperature_k", draw);
    let per = m.read(r, "per", word);
    let kind = match case.word {
        "sun" => sun(r, &m),
        "point" => point(r, &m),
        "spot" => spot(r, &m, known),
        _ => area(r, &m, known),
    };
    per?;
    Some(Light { id: id?, kind: kind?, color: color?, temperature_k: temperature_k? })
}

fn sun(r: &mut Reader, m: &Mapping<'_>) -> Option<LightKind> {
    let elevation_deg = m.read(r, "elevation_deg", draw);
    let azimuth_deg = m.read(r, "azimuth_deg", draw);
    let angle_deg = m.read(r, "angle_deg", draw);
    let irradiance = m.read(r, "irradiance", draw);
    Some(LightKind::Sun {
        elevation_deg: elevation_deg?,
        azimuth_deg: azimuth_deg?,
        angle_deg: angle_deg?,
        irradiance: irradiance?,
    })
}

fn point(r: &mut Reader, m: &Mapping<'_>) -> Option<LightKind> {
    let position = m.read(r, "position", vector);
    let power_w = m.read(r, "power_w", draw);
    Some(LightKind::Point { position: position?, power_w: power_w? })
}

fn spot(r: &mut Reader, m: &Mapping<'_>, known: &Known) -> Option<LightKind> {
    let position = m.read(r, "position", vector);
    let aim = aim(r, m, known);
    let inner_deg = m.read(r, "inner_deg", draw);
    let outer_deg = m.read(r, "outer_deg", draw);
    let power_w = m.read(r, "power_w", draw);
    let (inner_deg, outer_deg) = (inner_deg?, outer_deg?);
    if let (Number::Constant(inner), Number::Constant(outer)) = (&inner_deg, &outer_deg)
        && inner > outer
    {
        let entry = m.entry("inner_deg").or(m.entry("outer_deg"));
        let at = entry.map_or(m.at(), |entry| entry.value.at);
        let (inner, outer) = (number_text(*inner), number_text(*outer));
        let message = format!("inner_deg is {inner}, but the cone ends at {outer}");
        r.error_with_hint(at, message, "light fades from `inner_deg` to `outer_deg`");
        return None;
    }
    Some(LightKind::Spot { position: position?, aim: aim?, inner_deg, outer_deg, power_w: power_w? })
}

fn area(r: &mut Reader, m: &Mapping<'_>, known: &Known) -> Option<LightKind> {
    let form = m.read(r, "shape", word);
    let position = m.read(r, "position", vector);
    let aim = aim(r, m, known);
    let size_m = m.read(r, "size_m", |r, field, node| {
        if let (Kind::List(_), Some(form @ ("disk" | "sphere"))) = (&node.kind, form) {
            let message = format!("{} is {}, but a {form} has one diameter", field.name, node.describe());
            r.error_with_hint(node.at, message, "write one number");
            return None;
        }
        extent(r, field, node)
    });
    let power_w = m.read(r, "power_w", draw);
    let visible = m.read(r, "visible", boolean);
    let two_sided = m.read(r, "two_sided", boolean);
    let shape = match (form?, size_m?) {
        ("rectangle", (width, Some(height))) => AreaShape::Rectangle { width, height },
        ("rectangle", (side, None)) => AreaShape::Square { side },
        ("disk", (diameter, _)) => AreaShape::Disk { diameter },
        (_, (diameter, _)) => AreaShape::Sphere { diameter },
    };
    idle::of_area_light(r, m, &shape);
    Some(LightKind::Area {
        shape,
        position: position?,
        aim: aim?,
        power_w: power_w?,
        visible: visible?,
        two_sided: two_sided?,
    })
}

/// `look_at` or `direction`; without either it looks at the scene.
fn aim(r: &mut Reader, m: &Mapping<'_>, known: &Known) -> Option<Aim> {
    if let (Some(_), Some(direction)) = (m.entry("look_at"), m.entry("direction")) {
        let message = "a light looks at something or in a direction, but here are `look_at` and `direction`";
        r.error_with_hint(direction.key_at, message, "remove one of them");
        return None;
    }
    let direction = m.optional(r, "direction", vector)?;
    let look_at = m.optional(r, "look_at", |r, field, node| cameras::known_target(r, field, node, known))?;
    Some(direction.map_or_else(|| Aim::At(look_at.unwrap_or(LookAt::Scene)), Aim::Along))
}
