//! Values that are no single number: vectors, colours, ranges, rotations, changes of materials. Knows no keys of scenes.

use super::draws::{draw, draw_in, draw_of};
use super::hints::did_you_mean;
use super::node::{Kind, Node, number_text};
use super::reader::{Reader, check_repeats, items_of, open};
use super::scalars::{number, number_in, small_integer, some_text, word};
use super::schema::Field;
use super::tables::{self, DISTRIBUTIONS, DISTRIBUTIONS_LATER};
use super::types::{ColorEdit, EditOp, LookAt, NamePick, Number, NumberEdit, Radius, Rotation, Triple};
use crate::math::srgb::eotf;

/// `[x, y, z]`.
pub fn vector(r: &mut Reader, field: &Field, node: &Node) -> Option<Triple> {
    draw_of(r, field.name, "a vector", node, &mut |r, node| triple(r, field.name, "[x, y, z]", field.range, node))
}

/// `"#rrggbb"` or `[r, g, b]`, in the field's range.
pub fn color(r: &mut Reader, field: &Field, node: &Node) -> Option<Triple> {
    color_in(r, field.name, field.range, node)
}

fn color_in(r: &mut Reader, name: &str, range: (f64, f64), node: &Node) -> Option<Triple> {
    draw_of(r, name, "a colour", node, &mut |r, node| match node.as_text() {
        Some(text) => hex_color(r, name, text, node),
        None => triple(r, name, "\"#rrggbb\" or [r, g, b]", range, node),
    })
}

fn triple(r: &mut Reader, name: &str, form: &str, range: (f64, f64), node: &Node) -> Option<[Number; 3]> {
    let Kind::List(items) = &node.kind else {
        r.error(node.at, format!("{name} is {}, but it is {form}", node.describe()));
        return None;
    };
    let [x, y, z] = items.as_slice() else {
        r.error(node.at, format!("{name} has {} numbers, but it is {form}", items.len()));
        return None;
    };
    let [x, y, z] = [x, y, z].map(|item| draw_in(r, name, range, item));
    Some([x?, y?, z?])
}

/// sRGB digits as linear numbers.
fn hex_color(r: &mut Reader, name: &str, text: &str, node: &Node) -> Option<[Number; 3]> {
    let digits = text.strip_prefix('#').unwrap_or(text);
    let is_hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
    let hint = match (text.starts_with('#'), is_hex, digits.len()) {
        (true, true, 6) => {
            let byte = |i: usize| u8::from_str_radix(&digits[i..i + 2], 16).unwrap_or(0);
            return Some([byte(0), byte(2), byte(4)].map(|byte| Number::Constant(eotf(f64::from(byte) / 255.0))));
        }
        (false, true, 6) => format!("write \"#{digits}\""),
        (true, true, 3) => {
            let doubled: String = digits.chars().flat_map(|c| [c, c]).collect();
            format!("write all six digits: \"#{doubled}\"")
        }
        (true, true, 8) => format!("a colour has no alpha here: \"#{}\"", &digits[..6]),
        _ => "as \"#ff8000\" (sRGB) or [1, 0.5, 0] (linear)".to_owned(),
    };
    r.error_with_hint(node.at, format!("{name} is {}, but it is \"#rrggbb\" or [r, g, b]", node.describe()), hint);
    None
}

/// `{min, max}`.
pub fn range(r: &mut Reader, field: &Field, node: &Node) -> Option<(f64, f64)> {
    let name = field.name;
    let form = "write `{min: a, max: b}`";
    let entries = match &node.kind {
        Kind::Map(entries) if entries.iter().any(|e| e.key == "min" || e.key == "max") => entries,
        Kind::Map(entries) if entries.iter().any(|e| DISTRIBUTIONS.contains(&e.key.as_str())) => {
            r.error_with_hint(node.at, format!("{name} is a fixed range that can't be drawn"), form);
            return None;
        }
        other => {
            let hint = match other {
                Kind::List(items) if items.len() == 2 => {
                    format!("write `{{min: {}, max: {}}}`", items[0].describe(), items[1].describe())
                }
                Kind::Int(_) | Kind::Float(_) => format!("write `{{min: {0}, max: {0}}}`", node.describe()),
                _ => form.to_owned(),
            };
            r.error_with_hint(node.at, format!("{name} is {}, but it is a fixed range", node.describe()), hint);
            return None;
        }
    };
    check_repeats(r, &entries.iter().collect::<Vec<_>>());
    let mut ends = [None, None];
    for entry in entries {
        match entry.key.as_str() {
            "min" => ends[0] = number_in(r, name, field.range, &entry.value),
            "max" => ends[1] = number_in(r, name, field.range, &entry.value),
            other => r.error(entry.key_at, format!("unknown key `{other}`{}", did_you_mean(other, ["min", "max"]))),
        }
    }
    for missing in ["min", "max"].into_iter().filter(|key| !entries.iter().any(|e| e.key == *key)) {
        r.error(node.at, format!("{name} has no `{missing}`"));
    }
    let (min, max) = (ends[0]?, ends[1]?);
    if min > max {
        let message = format!("the ends of the range are swapped: {} is above {}", number_text(min), number_text(max));
        r.error_with_hint(
            node.at,
            message,
            format!("write `{{min: {}, max: {}}}`", number_text(max), number_text(min)),
        );
        return None;
    }
    Some((min, max))
}

/// `[width, height]`.
pub fn size(r: &mut Reader, field: &Field, node: &Node) -> Option<[u32; 2]> {
    let Kind::List(items) = &node.kind else {
        let hint = match node.kind {
            Kind::Int(side) => format!("write `[{side}, {side}]`"),
            Kind::Text { ref text, .. } => match text.split_once(['x', '×', '*']) {
                Some((width, height)) => format!("write `[{}, {}]`", width.trim(), height.trim()),
                None => String::new(),
            },
            _ => String::new(),
        };
        r.error_with_hint(node.at, format!("{} is {}, but it is [width, height]", field.name, node.describe()), hint);
        return None;
    };
    let [width, height] = items.as_slice() else {
        r.error(node.at, format!("{} has {} numbers, but it is [width, height]", field.name, items.len()));
        return None;
    };
    let [width, height] = [width, height].map(|node| small_integer(r, field, node));
    Some([width?, height?])
}

/// `[width, height]`, or one number for both.
pub fn extent(r: &mut Reader, field: &Field, node: &Node) -> Option<(Number, Option<Number>)> {
    let Kind::List(items) = &node.kind else {
        return Some((draw(r, field, node)?, None));
    };
    let [width, height] = items.as_slice() else {
        r.error(node.at, format!("{} has {} numbers, but it is [width, height]", field.name, items.len()));
        return None;
    };
    let [width, height] = [width, height].map(|node| draw(r, field, node));
    Some((width?, Some(height?)))
}

/// A list of at least one number.
pub fn numbers(r: &mut Reader, field: &Field, node: &Node) -> Option<Vec<f64>> {
    let items = items_of(r, field.name, node)?;
    if items.is_empty() {
        r.error(node.at, format!("{} is an empty list", field.name));
        return None;
    }
    let read: Vec<Option<f64>> = items.iter().map(|item| number(r, field, item)).collect();
    read.into_iter().collect()
}

/// A distance, or `{fit: factor}`.
pub fn radius(r: &mut Reader, field: &Field, node: &Node) -> Option<Radius> {
    if let Kind::Map(entries) = &node.kind
        && let [entry] = entries.as_slice()
        && entry.key == "fit"
    {
        return draw_in(r, "fit", (1e-2, 1e3), &entry.value).map(Radius::Fit);
    }
    draw(r, field, node).map(Radius::Metres)
}

/// `scene`, an object's id, or a point.
pub fn look_at(r: &mut Reader, field: &Field, node: &Node) -> Option<LookAt> {
    match node.as_text() {
        Some("scene") => Some(LookAt::Scene),
        Some(id) => Some(LookAt::Object(id.to_owned())),
        None => vector(r, field, node).map(LookAt::Point),
    }
}

/// `random`, `upright`, `{axis, deg}`, `{euler_deg: […]}`.
pub fn rotation(r: &mut Reader, field: &Field, node: &Node) -> Option<Rotation> {
    const FORMS: &str = "a rotation is `random`, `upright`, `{axis: z, deg: 90}` or `{euler_deg: [0, 0, 90]}`";
    match &node.kind {
        Kind::Text { text, .. } => match text.as_str() {
            "random" => Some(Rotation::Random),
            "upright" => Some(Rotation::Upright),
            other => {
                let guess = did_you_mean(other, ["random", "upright"]);
                r.error_with_hint(node.at, format!("{} is `{other}`, which is no rotation{guess}", field.name), FORMS);
                None
            }
        },
        Kind::Map(entries) if entries.iter().any(|entry| entry.key == "euler_deg") => {
            let mapping = open(r, &tables::EULER, node)?;
            mapping.read(r, "euler_deg", vector).map(|deg| Rotation::Euler { deg })
        }
        Kind::Map(_) => {
            let mapping = open(r, &tables::ROTATION, node)?;
            let axis = mapping.read(r, "axis", word);
            let deg = mapping.read(r, "deg", draw);
            let axis = ["x", "y", "z"].iter().position(|name| Some(*name) == axis)?;
            Some(Rotation::Axis { axis, deg: deg? })
        }
        _ => {
            r.error_with_hint(node.at, format!("{} is {}, which is no rotation", field.name, node.describe()), FORMS);
            None
        }
    }
}

/// `random`, a name, or a choice of names.
pub fn variant(r: &mut Reader, field: &Field, node: &Node) -> Option<NamePick> {
    // For clips `*` says the same, as it does of materials.
    if matches!((node.as_text(), field.name), (Some("random"), _) | (Some("*"), "clip")) {
        return Some(NamePick::Random);
    }
    let name = |r: &mut Reader, node: &Node| some_text(r, field, node);
    draw_of(r, field.name, "a name", node, &mut { name }).map(NamePick::Named)
}

/// `{set | add | multiply: …}`, or something to set.
fn edit<'n>(r: &mut Reader, field: &Field, node: &'n Node) -> Option<(EditOp, (f64, f64), &'n Node)> {
    let op_of = |key: &str| match key {
        "set" => Some(EditOp::Set),
        "add" => Some(EditOp::Add),
        "multiply" => Some(EditOp::Multiply),
        _ => None,
    };
    let Kind::Map(entries) = &node.kind else { return Some((EditOp::Set, field.range, node)) };
    let is_draw = |key: &str| DISTRIBUTIONS.contains(&key) || DISTRIBUTIONS_LATER.contains(&key);
    if entries.iter().any(|entry| is_draw(&entry.key)) && !entries.iter().any(|entry| op_of(&entry.key).is_some()) {
        return Some((EditOp::Set, field.range, node));
    }
    check_repeats(r, &entries.iter().collect::<Vec<_>>());
    let mut found = None;
    let mut refused = false;
    for entry in entries {
        let key = entry.key.as_str();
        if let Some(op) = op_of(key) {
            if found.is_some() {
                r.error_with_hint(
                    entry.key_at,
                    format!("{} is changed in one way only", field.name),
                    "use another entry of `material` for the second",
                );
                refused = true;
            }
            found = Some((op, entry));
        } else {
            refused = true;
            if tables::EDIT_LATER.contains(&key) {
                r.later(entry.key_at, key);
            } else {
                let guess = did_you_mean(key, ["set", "add", "multiply"]);
                r.error_with_hint(
                    entry.key_at,
                    format!("unknown change `{key}` of {}{guess}", field.name),
                    "a change is `set`, `add` or `multiply`",
                );
            }
        }
    }
    if refused {
        return None;
    }
    let Some((op, entry)) = found else {
        r.error_with_hint(
            node.at,
            format!("{} is changed in no way", field.name),
            "a change is `set`, `add` or `multiply`",
        );
        return None;
    };
    // The result is limited to the legal range, so that these may be generous.
    let range = match op {
        EditOp::Set => field.range,
        EditOp::Add => (-field.range.1, field.range.1),
        EditOp::Multiply => (0.0, 1e6),
    };
    Some((op, range, &entry.value))
}

pub fn number_edit(r: &mut Reader, field: &Field, node: &Node) -> Option<NumberEdit> {
    let (op, range, node) = edit(r, field, node)?;
    Some(NumberEdit { op, value: draw_in(r, field.name, range, node)? })
}

pub fn color_edit(r: &mut Reader, field: &Field, node: &Node) -> Option<ColorEdit> {
    let (op, range, node) = edit(r, field, node)?;
    Some(ColorEdit { op, value: color_in(r, field.name, range, node)? })
}

/// A number above 0, or `none` as infinity.
pub fn limit(r: &mut Reader, field: &Field, node: &Node) -> Option<f64> {
    match node.as_text() {
        Some("none") => Some(f64::INFINITY),
        _ => number(r, field, node),
    }
}
