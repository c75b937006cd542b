//! Single values: numbers in their range, texts, words, true and false. Each records its problem.

use super::hints::{did_you_mean, either, not_a_bool, not_a_number};
use super::node::{self, Kind, Node, number_text};
use super::reader::Reader;
use super::schema::{Field, Takes, Words};

/// From this on a limit is only a guard, and not worth a word.
const GUARD: f64 = 1e5;

/// "lies between 0 and 1", "is at least 1", "is at most 3".
fn range_text((min, max): (f64, f64), value: f64) -> String {
    if value < min && max >= GUARD {
        format!("is at least {}", number_text(min))
    } else if value > max && min <= -GUARD {
        format!("is at most {}", number_text(max))
    } else {
        format!("lies between {} and {}", number_text(min), number_text(max))
    }
}

/// A finite number in the range; `name` is what messages call it.
pub fn number_in(r: &mut Reader, name: &str, range: (f64, f64), node: &Node) -> Option<f64> {
    let Some(value) = node.as_number() else {
        not_number(r, name, node);
        return None;
    };
    let written = r.written(node);
    if !value.is_finite() {
        r.error(node.at, format!("{name} is {written}, but it is a finite number"));
        return None;
    }
    if value < range.0 || value > range.1 {
        let hint = if range != (0.0, 1.0) || value <= 1.0 {
            String::new()
        } else if name.contains("color") {
            "the numbers of a colour go from 0 to 1; \"#rrggbb\" takes 00 to ff".to_owned()
        } else if (10.0..=100.0).contains(&value) {
            format!("did you mean {}?", number_text(value / 100.0))
        } else {
            String::new()
        };
        r.error_with_hint(node.at, format!("{name} is {written}, but it {}", range_text(range, value)), hint);
        return None;
    }
    Some(value)
}

fn not_number(r: &mut Reader, name: &str, node: &Node) {
    let hint = match &node.kind {
        Kind::Text { text, .. } if name == "permille" && text.ends_with('%') => {
            match text.trim_end_matches('%').trim().parse::<f64>() {
                Ok(percent) => format!("write {}: permille are thousandths", number_text(percent * 10.0)),
                Err(_) => String::new(),
            }
        }
        Kind::Text { text, plain } => not_a_number(text, *plain),
        Kind::List(items) if items.len() == 2 => "a random number is `{uniform: [a, b]}`".to_owned(),
        _ => String::new(),
    };
    r.error_with_hint(node.at, format!("{name} is {}, but it is a number", node.describe()), hint);
}

/// A whole number in the range.
pub fn integer_in(r: &mut Reader, name: &str, range: (f64, f64), node: &Node) -> Option<i64> {
    let value = number_in(r, name, range, node)?;
    if value.fract() == 0.0 && value.abs() <= super::tables::MAX_EXACT {
        return Some(value as i64);
    }
    let hint =
        if value.fract() != 0.0 { format!("did you mean {}?", number_text(value.round())) } else { String::new() };
    r.error_with_hint(node.at, format!("{name} is {}, but it is a whole number", number_text(value)), hint);
    None
}

/// A number that isn't drawn.
pub fn number(r: &mut Reader, field: &Field, node: &Node) -> Option<f64> {
    refuse_draw(r, field.name, node)?;
    number_in(r, field.name, field.range, node)
}

/// A whole number that isn't drawn.
pub fn integer(r: &mut Reader, field: &Field, node: &Node) -> Option<u64> {
    refuse_draw(r, field.name, node)?;
    integer_in(r, field.name, field.range, node).and_then(|value| u64::try_from(value).ok())
}

/// The same, for values that fit u32 by their range.
pub fn small_integer(r: &mut Reader, field: &Field, node: &Node) -> Option<u32> {
    integer(r, field, node).and_then(|value| u32::try_from(value).ok())
}

/// Refuses distributions where the price or the shape of the output hangs on the value.
fn refuse_draw(r: &mut Reader, name: &str, node: &Node) -> Option<()> {
    if let Kind::Map(entries) = &node.kind
        && let [entry] = entries.as_slice()
        && super::tables::DISTRIBUTIONS.contains(&entry.key.as_str())
    {
        r.error_with_hint(
            node.at,
            format!("{name} can't be drawn"),
            "the price or the shape of the output hangs on it: write one number",
        );
        return None;
    }
    Some(())
}

pub fn boolean(r: &mut Reader, field: &Field, node: &Node) -> Option<bool> {
    if let Kind::Bool(value) = node.kind {
        return Some(value);
    }
    let hint = node.as_text().map(not_a_bool).unwrap_or_default();
    r.error_with_hint(node.at, format!("{} is {}, but it is true or false", field.name, node.describe()), hint);
    None
}

/// Any text, also an empty one.
pub fn text(r: &mut Reader, field: &Field, node: &Node) -> Option<String> {
    match node.as_text() {
        Some(text) => Some(text.to_owned()),
        None => {
            let hint = match node.kind {
                Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) => format!("quote it: \"{}\"", r.written(node)),
                _ => String::new(),
            };
            r.error_with_hint(node.at, format!("{} is {}, but it is a text", field.name, r.written(node)), hint);
            None
        }
    }
}

/// A text that says something.
pub fn some_text(r: &mut Reader, field: &Field, node: &Node) -> Option<String> {
    let text = text(r, field, node)?;
    if text.trim().is_empty() {
        r.error(node.at, format!("{} is empty", field.name));
        return None;
    }
    Some(text)
}

/// One of the words of the field; the index into `words`.
pub fn word(r: &mut Reader, field: &Field, node: &Node) -> Option<&'static str> {
    let Takes::Words(Words { words, later }) = field.takes else {
        unreachable!("`{}` takes no words by the table", field.name)
    };
    let list = either(words.iter().copied());
    let Some(text) = node.as_text() else {
        let hint =
            if matches!(&node.kind, Kind::Map(_)) { format!("write a word: {}", words[0]) } else { String::new() };
        r.error_with_hint(node.at, format!("{} is {}, but it is {list}", field.name, node.describe()), hint);
        return None;
    };
    let found = words.iter().find(|&&word| word == text).copied();
    if found.is_none() {
        if later.contains(&text) {
            r.later(node.at, &format!("{}: {text}", field.name));
        } else {
            let guess = did_you_mean(text, words.iter().copied());
            r.error(node.at, format!("{} is `{}`, but it is {list}{guess}", field.name, node::shortened(text)));
        }
    }
    found
}
