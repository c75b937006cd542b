//! How values are drawn: numbers with their distributions, and choices among other things.

use super::hints::{did_you_mean, either};
use super::node::{Entry, Kind, Node, number_text};
use super::reader::{Reader, check_repeats, items_of, open};
use super::scalars::{integer_in, number, number_in};
use super::schema::Field;
use super::tables::{DISTRIBUTIONS, DISTRIBUTIONS_LATER, MAX_EXACT, NORMAL, WEIGHTED};
use super::types::{Draw, Number, Weighted};

/// So many standard deviations from the mean a normal distribution has nothing left (10⁻¹⁵).
const NORMAL_REACH: f64 = 8.0;
/// Limits of a mean and a standard deviation.
const MOMENTS: (f64, f64) = (-1e12, 1e12);

/// A number, or how one is drawn; every draw lies in the field's range.
pub fn draw(r: &mut Reader, field: &Field, node: &Node) -> Option<Number> {
    draw_in(r, field.name, field.range, node)
}

pub fn draw_in(r: &mut Reader, name: &str, range: (f64, f64), node: &Node) -> Option<Number> {
    let Kind::Map(_) = node.kind else {
        return number_in(r, name, range, node).map(Number::Constant);
    };
    let entry = distribution(r, name, "a number", node)?;
    let value = &entry.value;
    match entry.key.as_str() {
        "uniform" => pair(r, name, range, value).map(|(from, to)| Number::Uniform { from, to }),
        "uniform_int" => int_pair(r, name, range, value),
        "log_uniform" => log_pair(r, name, range, value),
        "normal" => normal(r, name, range, value),
        "choice" => choice(r, value, |r, node| draw_in(r, name, range, node)).map(Number::Choice),
        _ => weighted(r, value, |r, node| draw_in(r, name, range, node)).map(Number::Weighted),
    }
}

/// A whole number, or how one is drawn.
pub fn draw_integer(r: &mut Reader, field: &Field, node: &Node) -> Option<Number> {
    draw_integer_in(r, field.name, field.range, node)
}

fn draw_integer_in(r: &mut Reader, name: &str, range: (f64, f64), node: &Node) -> Option<Number> {
    let Kind::Map(_) = node.kind else {
        return integer_in(r, name, range, node).map(|value| Number::Constant(value as f64));
    };
    let entry = distribution(r, name, "a number", node)?;
    let value = &entry.value;
    match entry.key.as_str() {
        "uniform_int" => int_pair(r, name, range, value),
        "choice" => choice(r, value, |r, node| draw_integer_in(r, name, range, node)).map(Number::Choice),
        "weighted" => weighted(r, value, |r, node| draw_integer_in(r, name, range, node)).map(Number::Weighted),
        other => {
            let message = format!("{name} is a whole number, but `{other}` draws any number");
            r.error_with_hint(entry.key_at, message, "use `uniform_int`, whose ends both belong to it");
            None
        }
    }
}

/// The one entry of a mapping that is a distribution.
fn distribution<'n>(r: &mut Reader, name: &str, is: &str, node: &'n Node) -> Option<&'n Entry> {
    let Kind::Map(entries) = &node.kind else { return None };
    check_repeats(r, &entries.iter().collect::<Vec<_>>());
    let has = |key: &str| entries.iter().any(|entry| entry.key == key);
    let [entry] = entries.as_slice() else {
        let known = entries.iter().any(|entry| DISTRIBUTIONS.contains(&entry.key.as_str()));
        if known {
            r.error(node.at, format!("{name} is drawn in one way, but this mapping has {} keys", entries.len()));
            return None;
        }
        let hint = if has("min") && has("max") {
            "`{min, max}` is a fixed range; a number that is drawn from it is `{uniform: [min, max]}`".to_owned()
        } else if has("mean") || has("std") {
            "write `{normal: {mean: …, std: …}}`".to_owned()
        } else {
            format!("a distribution has one key: {}", either(DISTRIBUTIONS))
        };
        r.error_with_hint(node.at, format!("{name} is {is} or a distribution, but this is another mapping"), hint);
        return None;
    };
    let key = entry.key.as_str();
    if DISTRIBUTIONS.contains(&key) {
        return Some(entry);
    }
    if DISTRIBUTIONS_LATER.contains(&key) {
        r.later(entry.key_at, key);
    } else {
        let guess = did_you_mean(key, DISTRIBUTIONS);
        let hint = format!("a distribution is {}", either(DISTRIBUTIONS));
        r.error_with_hint(entry.key_at, format!("unknown distribution `{key}` for {name}{guess}"), hint);
    }
    None
}

/// `[a, b]` with a ≤ b, both in the range.
fn pair(r: &mut Reader, name: &str, range: (f64, f64), node: &Node) -> Option<(f64, f64)> {
    let (a, b) = two(r, name, node)?;
    let from = number_in(r, name, range, a);
    let to = number_in(r, name, range, b);
    let (from, to) = (from?, to?);
    in_order(r, node, from, to)?;
    Some((from, to))
}

fn two<'n>(r: &mut Reader, name: &str, node: &'n Node) -> Option<(&'n Node, &'n Node)> {
    match &node.kind {
        Kind::List(items) => {
            if let [a, b] = items.as_slice() {
                return Some((a, b));
            }
            r.error(node.at, format!("{name} is drawn between two numbers, but this is a list of {}", items.len()));
        }
        Kind::Map(_) => r.error_with_hint(
            node.at,
            format!("{name} is drawn between two numbers, but this is a mapping"),
            "write `[min, max]` here",
        ),
        _ => r.error_with_hint(
            node.at,
            format!("{name} is drawn between two numbers, but this is {}", node.describe()),
            "write `[min, max]`",
        ),
    }
    None
}

fn in_order(r: &mut Reader, node: &Node, from: f64, to: f64) -> Option<()> {
    if from <= to {
        return Some(());
    }
    let (a, b) = (number_text(to), number_text(from));
    r.error_with_hint(
        node.at,
        format!("the ends of the range are swapped: {b} is above {a}"),
        format!("write `[{a}, {b}]`"),
    );
    None
}

fn int_pair(r: &mut Reader, name: &str, range: (f64, f64), node: &Node) -> Option<Number> {
    let range = (
        if range.0 < -MAX_EXACT { -MAX_EXACT } else { range.0 },
        if range.1 > MAX_EXACT { MAX_EXACT } else { range.1 },
    );
    let (a, b) = two(r, name, node)?;
    let from = integer_in(r, name, range, a);
    let to = integer_in(r, name, range, b);
    let (from, to) = (from?, to?);
    in_order(r, node, from as f64, to as f64)?;
    Some(Number::UniformInt { from, to })
}

fn log_pair(r: &mut Reader, name: &str, range: (f64, f64), node: &Node) -> Option<Number> {
    let (from, to) = pair(r, name, range, node)?;
    if from <= 0.0 {
        let message = format!("`log_uniform` begins at {}, but it has only numbers above 0", number_text(from));
        r.error_with_hint(node.at, message, "use `uniform`, or begin a little above 0");
        return None;
    }
    Some(Number::LogUniform { from, to })
}

/// A normal distribution, truncated to its own bounds or else to the field's range.
fn normal(r: &mut Reader, name: &str, range: (f64, f64), node: &Node) -> Option<Number> {
    let mapping = open(r, &NORMAL, node)?;
    let plain = |label: String| move |r: &mut Reader, _: &Field, node: &Node| number_in(r, &label, MOMENTS, node);
    let bounded = |r: &mut Reader, _: &Field, node: &Node| number_in(r, name, range, node);
    let mean = mapping.read(r, "mean", plain(format!("the mean of {name}")));
    let std = mapping.read(r, "std", plain(format!("the standard deviation of {name}")));
    let min = mapping.optional(r, "min", bounded);
    let max = mapping.optional(r, "max", bounded);
    let (mean, std, min, max) = (mean?, std?, min?.unwrap_or(range.0), max?.unwrap_or(range.1));
    let at = |key: &str| mapping.entry(key).map_or(node.at, |entry| entry.value.at);
    if std <= 0.0 {
        let hint = if std == 0.0 { format!("write {} alone", number_text(mean)) } else { String::new() };
        r.error_with_hint(
            at("std"),
            format!("the standard deviation of {name} is {}, but it lies above 0", number_text(std)),
            hint,
        );
        return None;
    }
    if min >= max {
        r.error(
            at("min"),
            format!("the smallest {name} is {}, but the largest is {}", number_text(min), number_text(max)),
        );
        return None;
    }
    if mean < min - NORMAL_REACH * std || mean > max + NORMAL_REACH * std {
        let message = format!(
            "{name} lies between {} and {}, which this distribution never reaches",
            number_text(min),
            number_text(max)
        );
        r.error_with_hint(
            at("mean"),
            message,
            format!("its mean is {}, its standard deviation {}", number_text(mean), number_text(std)),
        );
        return None;
    }
    Some(Number::Normal { mean, std, min, max })
}

fn choice<T>(r: &mut Reader, node: &Node, mut item: impl FnMut(&mut Reader, &Node) -> Option<T>) -> Option<Vec<T>> {
    let items = items_of(r, "`choice`", node)?;
    if items.is_empty() {
        r.error(node.at, "`choice` has nothing to choose from");
        return None;
    }
    // All items are read before one that failed makes the whole fail.
    let read: Vec<Option<T>> = items.iter().map(|node| item(r, node)).collect();
    read.into_iter().collect()
}

fn weighted<T>(
    r: &mut Reader,
    node: &Node,
    mut item: impl FnMut(&mut Reader, &Node) -> Option<T>,
) -> Option<Weighted<T>> {
    let items = items_of(r, "`weighted`", node)?;
    if items.is_empty() {
        r.error(node.at, "`weighted` has nothing to choose from");
        return None;
    }
    let mut read = Vec::new();
    for node in items {
        read.push(open(r, &WEIGHTED, node).and_then(|mapping| {
            let value = mapping.read(r, "value", |r, _, node| item(r, node));
            let weight = mapping.read(r, "weight", number);
            Some((value?, weight?))
        }));
    }
    let items: Vec<(T, f64)> = read.into_iter().collect::<Option<_>>()?;
    if items.iter().all(|(_, weight)| *weight == 0.0) {
        r.error_with_hint(
            node.at,
            "the weights sum to 0, so that nothing can be drawn",
            "give at least one a weight above 0",
        );
        return None;
    }
    Some(Weighted::new(items))
}

/// A thing that is no number, or a choice of such.
pub fn draw_of<T>(
    r: &mut Reader,
    name: &str,
    is: &str,
    node: &Node,
    leaf: &mut dyn FnMut(&mut Reader, &Node) -> Option<T>,
) -> Option<Draw<T>> {
    let Kind::Map(_) = node.kind else {
        return leaf(r, node).map(Draw::Is);
    };
    let entry = distribution(r, name, is, node)?;
    match entry.key.as_str() {
        "choice" => choice(r, &entry.value, |r, node| draw_of(r, name, is, node, leaf)).map(Draw::Choice),
        "weighted" => weighted(r, &entry.value, |r, node| draw_of(r, name, is, node, leaf)).map(Draw::Weighted),
        other => {
            let hint = match is {
                "a name" => "names are drawn by `{choice: [a, b]}` or `{weighted: […]}`".to_owned(),
                _ => format!("each of its numbers may be drawn: [{{{other}: …}}, {{{other}: …}}, {{{other}: …}}]"),
            };
            r.error_with_hint(entry.key_at, format!("{name} is {is}, but `{other}` draws one number"), hint);
            None
        }
    }
}
