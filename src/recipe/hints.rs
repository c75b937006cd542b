//! Advice for people: what a mistyped word was meant to be, what a text that is no number was meant to be. Pure.

use super::schema::{Cases, Field, Table, Takes};
use super::tables::RECIPE;

/// Words that other tools use, and ours for the same thing.
const SYNONYMS: [(&str, &str); 25] = [
    ("samples", "spp"),
    ("samples_per_pixel", "spp"),
    ("resolution", "size"),
    ("width", "size"),
    ("height", "size"),
    ("max_bounces", "bounces"),
    ("max_depth", "bounces"),
    ("fov", "fov_deg"),
    ("env", "sky"),
    ("environment", "sky"),
    ("hdri", "sky"),
    ("background_color", "background"),
    ("distance", "radius"),
    ("target", "look_at"),
    ("title", "name"),
    ("description", "about"),
    ("objects", "scene"),
    ("floor", "ground"),
    ("materials", "material"),
    ("translation", "position"),
    ("color", "base_color"),
    ("metalness", "metallic"),
    ("power", "power_w"),
    ("intensity", "power_w"),
    ("strength", "irradiance"),
];

/// The candidate that was most likely meant.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let stem = |text: &str| text.trim_end_matches('s').to_owned();
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let other = candidate.to_lowercase();
        let synonym = SYNONYMS.iter().any(|&(theirs, ours)| theirs == word && ours == candidate);
        let distance = strsim::damerau_levenshtein(&word, &other);
        let part = word.len() >= 3 && (other.starts_with(&word) || word.starts_with(&other) && other.len() >= 3);
        let score = if word == other || stem(&word) == stem(&other) || word.replace(['-', ' '], "_") == other {
            0
        } else if synonym {
            1
        } else if distance <= 1 + word.chars().count() / 4 && distance < other.chars().count() {
            distance + 1
        } else if part {
            8
        } else {
            continue;
        };
        if best.is_none_or(|(least, _)| score < least) {
            best = Some((score, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// "; did you mean `x`?", or nothing.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, candidates).map(|found| format!("; did you mean `{found}`?")).unwrap_or_default()
}

/// "`a`, `b` or `c`".
pub fn either<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<String> = words.into_iter().map(|word| format!("`{word}`")).collect();
    match words.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

/// What was meant by a text that stands where a number should.
pub fn not_a_number(text: &str, plain: bool) -> String {
    let text = text.trim();
    if let Some(hint) = parameter(text) {
        return hint;
    }
    if !plain && text.parse::<f64>().is_ok() {
        return format!("remove the quotes: {text}");
    }
    let digits = text.trim_start_matches(['+', '-']);
    let sign = if text.starts_with('-') { "-" } else { "" };
    if digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit()) {
        let value = digits.trim_start_matches('0');
        let value = if value.is_empty() { "0" } else { value };
        return format!("digits after a leading zero are a text in YAML 1.2: write {sign}{value}");
    }
    let joined = text.replace('_', "");
    if joined != text && joined.parse::<f64>().is_ok() {
        return format!("a number has no underscores in YAML 1.2: write {joined}");
    }
    if text.contains(':') && text.bytes().all(|b| b.is_ascii_digit() || b == b':') {
        return format!("`{text}` is a text in YAML 1.2, no number of base 60: write one number");
    }
    let point = text.replacen(',', ".", 1);
    if point != text && point.parse::<f64>().is_ok() {
        return format!("the decimal point is a point: write {point}");
    }
    if let Some(percent) = text.strip_suffix('%').and_then(|number| number.trim().parse::<f64>().ok()) {
        return format!("write {}", super::node::number_text(percent / 100.0));
    }
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+'));
    let number = text.strip_suffix(unit).unwrap_or(text);
    let is_unit = |c: char| c.is_alphabetic() || c == '°';
    if !unit.is_empty() && unit.chars().count() <= 4 && unit.chars().all(is_unit) && number.parse::<f64>().is_ok() {
        return format!("write {number}: the unit is in the key's name");
    }
    String::new()
}

/// What was meant by a text that stands where `true` or `false` should.
pub fn not_a_bool(text: &str) -> String {
    if let Some(hint) = parameter(text) {
        return hint;
    }
    match text.to_lowercase().as_str() {
        "yes" | "y" | "on" => "`yes` and `on` are texts in YAML 1.2: write true".to_owned(),
        "no" | "n" | "off" => "`no` and `off` are texts in YAML 1.2: write false".to_owned(),
        "true" => "remove the quotes: true".to_owned(),
        "false" => "remove the quotes: false".to_owned(),
        _ => String::new(),
    }
}

fn parameter(text: &str) -> Option<String> {
    (text.starts_with("${")).then(|| "`params` are not supported yet: write the value".to_owned())
}

/// Where else in the language a key stands, as `render` or `cameras`; for keys that were put in the wrong place.
pub fn home_of(key: &str) -> Option<String> {
    let mut found = None;
    walk(&RECIPE, "", &mut |path, field| {
        if field.name == key && !path.is_empty() && found.is_none() {
            found = Some(path.to_owned());
        }
    });
    found
}

/// Calls `visit` for each field of the language with the path of the mapping that it stands in.
pub fn walk(table: &'static Table, path: &str, visit: &mut dyn FnMut(&str, &'static Field)) {
    walk_fields(table.fields, path, visit);
}

fn walk_fields(fields: &'static [Field], path: &str, visit: &mut dyn FnMut(&str, &'static Field)) {
    for field in fields {
        visit(path, field);
        let below = if path.is_empty() { field.name.to_owned() } else { format!("{path}.{}", field.name) };
        match field.takes {
            Takes::Table(table) | Takes::TableList(table) => walk(table, &below, visit),
            Takes::Cases(cases) | Takes::CasesList(cases) => walk_cases(cases, &below, visit),
            Takes::Pools => walk(&super::tables::POOL_ENTRY, &below, visit),
            _ => {}
        }
    }
}

fn walk_cases(cases: &'static Cases, path: &str, visit: &mut dyn FnMut(&str, &'static Field)) {
    walk_fields(cases.common, path, visit);
    for case in cases.cases {
        walk_fields(case.fields, path, visit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistyped_words_find_what_was_meant() {
        let keys = ["fov_deg", "look_at", "radius", "spp", "size", "views"];
        assert_eq!(nearest("fov", keys), Some("fov_deg"));
        assert_eq!(nearest("lookat", keys), Some("look_at"));
        assert_eq!(nearest("look-at", keys), Some("look_at"));
        assert_eq!(nearest("raduis", keys), Some("radius"));
        assert_eq!(nearest("samples", keys), Some("spp"));
        assert_eq!(nearest("view", keys), Some("views"));
        assert_eq!(nearest("banana", keys), None);
        assert_eq!(nearest("x", keys), None);
    }

    #[test]
    fn texts_that_look_like_numbers_are_explained() {
        assert!(not_a_number("010", true).ends_with("write 10"));
        assert!(not_a_number("-007", true).ends_with("write -7"));
        assert!(not_a_number("1:30", true).contains("base 60"));
        assert!(not_a_number("1_000", true).ends_with("write 1000"));
        assert!(not_a_number("0,5", true).ends_with("0.5"));
        assert!(not_a_number("50%", true).ends_with("0.5"));
        assert!(not_a_number("45deg", true).starts_with("write 45:"));
        assert!(not_a_number("5", false).starts_with("remove the quotes"));
        assert_eq!(not_a_number("many", true), "");
    }

    #[test]
    fn keys_in_the_wrong_place_are_sent_home() {
        assert_eq!(home_of("spp").as_deref(), Some("render"));
        assert_eq!(home_of("fov_deg").as_deref(), Some("cameras"));
        assert_eq!(home_of("attribution").as_deref(), Some("assets"));
        assert_eq!(home_of("banana"), None);
    }
}
