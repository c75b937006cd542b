//! YAML text → tree of positioned nodes, strictly YAML 1.2 and within budgets. Knows nothing of recipes.

use super::node::{At, Entry, Kind, Node, Sources};
use crate::diag::{Place, Problem};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::{Location, Spanned};
use std::fmt;

/// Largest document in bytes.
pub const MAX_DOCUMENT_BYTES: usize = 1 << 20;
/// Deepest nesting of lists and mappings.
pub const MAX_DEPTH: usize = 32;
/// Most aliases (`*name`) in a document.
pub const MAX_ALIASES: usize = 1_000;
/// Most nodes that aliases and the document itself may come to.
const MAX_NODES: usize = 250_000;

/// Reads one YAML document. A syntax error is the only problem then, and it stands at its place.
pub fn from_yaml(sources: &mut Sources, name: &str, text: &str) -> Result<Node, Box<Problem>> {
    if text.len() > MAX_DOCUMENT_BYTES {
        let message = format!("the file has {} bytes, but at most {MAX_DOCUMENT_BYTES} are read", text.len());
        return Err(Box::new(Problem::error(Place::file(name), message)));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let source = sources.add(name, text);
    let parsed: Result<Parsed, _> = serde_yaml::from_str_with_options(text, options());
    match parsed {
        Ok(parsed) => {
            let node = placed(parsed, text, source);
            match too_deep(&node, MAX_DEPTH) {
                None => Ok(node),
                Some(at) => Err(Box::new(Problem::error(sources.place(at), depth_text()))),
            }
        }
        Err(error) => Err(Box::new(syntax_problem(sources, source, &error))),
    }
}

fn options() -> serde_yaml::Options {
    serde_yaml::options! {
        budget: serde_yaml::budget! {
            max_depth: MAX_DEPTH,
            flow_nesting_limit: MAX_DEPTH,
            max_aliases: MAX_ALIASES,
            max_nodes: MAX_NODES,
            max_recorded_anchor_events: MAX_NODES,
            enforce_alias_anchor_ratio: false,
        },
        // Passed on, so that all repeated keys are told at once, each with its place.
        duplicate_keys: serde_yaml::DuplicateKeyPolicy::PassThrough,
        alias_limits: serde_yaml::alias_limits! {
            max_total_replayed_events: MAX_NODES,
            max_replay_stack_depth: 8,
        },
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        strict_booleans: true,
        reject_unsupported_tags: true,
        non_finite_float_policy: serde_yaml::NonFiniteFloatPolicy::PassThrough,
        with_snippet: false,
    }
}

fn syntax_problem(sources: &Sources, source: u32, error: &serde_yaml::Error) -> Problem {
    use serde_yaml::Error as E;
    let location = error.location().unwrap_or(Location::UNKNOWN);
    let at = At { source, line: location.line() as u32, column: location.column() as u32, width: 1 };
    let place = sources.place(at);
    let problem = |message: String| Problem::error(place.clone(), message);
    match error.without_snippet() {
        E::Eof { .. } => problem("the file has no content".to_owned())
            .with_hint("the smallest recipe is `genki: 1` and `assets: {models: [\"*.glb\"]}`"),
        E::MultipleDocuments { .. } => problem("a second document begins here, but a recipe is one".to_owned())
            .with_hint("remove the line `---` or `...`"),
        E::UnknownAnchor { .. } => problem("this alias has no anchor".to_owned())
            .with_hint("an anchor (`&name`) must stand before its aliases (`*name`)"),
        E::RecursiveReferencesRequireWeakTypes { .. } => problem("this alias stands within its own anchor".to_owned()),
        E::UnsupportedTag { tag, .. } => {
            problem(format!("the tag `{tag}` means nothing in a recipe")).with_hint("remove it")
        }
        E::MergeValueNotMapOrSeqOfMaps { .. } => problem("`<<` takes a mapping or a list of mappings".to_owned()),
        E::Budget { breach, .. } => problem(format!("the document is too big: {}", budget_text(breach))),
        E::AliasReplayLimitExceeded { .. }
        | E::AliasReplayStackDepthExceeded { .. }
        | E::AliasExpansionLimitExceeded { .. } => {
            problem(format!("the document is too big: its aliases come to more than {MAX_NODES} values"))
        }
        other => scan_problem(&place, &other.to_string()),
    }
}

fn depth_text() -> String {
    format!("the document is too big: lists and mappings lie more than {MAX_DEPTH} deep")
}

/// The first list or mapping that lies too deep, which aliases can bring about where no line is indented much.
fn too_deep(node: &Node, room: usize) -> Option<At> {
    match &node.kind {
        Kind::List(_) | Kind::Map(_) if room == 0 => Some(node.at),
        Kind::List(items) => items.iter().find_map(|item| too_deep(item, room - 1)),
        Kind::Map(entries) => entries.iter().find_map(|entry| too_deep(&entry.value, room - 1)),
        _ => None,
    }
}

fn budget_text(breach: &serde_yaml::budget::BudgetBreach) -> String {
    use serde_yaml::budget::BudgetBreach as B;
    match breach {
        B::Depth { .. } => format!("lists and mappings lie more than {MAX_DEPTH} deep"),
        B::Aliases { .. } => format!("it has more than {MAX_ALIASES} aliases"),
        B::Nodes { .. } | B::Events { .. } => format!("it has more than {MAX_NODES} values"),
        other => format!("{other:?}"),
    }
}

/// The parser's words for what it could not read, with advice for what people do most.
fn scan_problem(place: &Place, message: &str) -> Problem {
    let text = message.split(" at line ").next().unwrap_or(message).trim_end_matches('.').to_owned();
    let text = text.split(" at byte ").next().unwrap_or(&text).to_owned();
    if text.contains("budget breached") {
        let message = format!("the document is too big: its aliases come to more than {MAX_NODES} values");
        return Problem::error(place.clone(), message);
    }
    if text.contains("recursion limit") {
        return Problem::error(place.clone(), depth_text());
    }
    let before: String = place.source.chars().take(place.column as usize).collect();
    let hint = if place.source.trim_start_matches(' ').starts_with('\t') || before.contains('\t') {
        "YAML indents with spaces, never with tabs"
    } else if text.contains("illegal placement of ':'") || text.contains("expected ',' or") {
        "a `[`, `{` or quote may not be closed"
    } else if text.contains("mapping values are not allowed") || text.contains("simple key") || text.contains("':'") {
        "look at the indentation, and quote texts that contain `: `"
    } else {
        ""
    };
    Problem::error(place.clone(), format!("this is not YAML: {text}")).with_hint(hint)
}

/// The tree as the YAML crate gives it.
struct Parsed(Spanned<ParsedKind>);

enum ParsedKind {
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    Text(String),
    List(Vec<Parsed>),
    Map(Vec<(Parsed, Parsed)>),
}

impl<'de> Deserialize<'de> for Parsed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Parsed, D::Error> {
        Spanned::<ParsedKind>::deserialize(deserializer).map(Parsed)
    }
}

impl<'de> Deserialize<'de> for ParsedKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ParsedKind, D::Error> {
        deserializer.deserialize_any(KindVisitor)
    }
}

struct KindVisitor;

impl<'de> Visitor<'de> for KindVisitor {
    type Value = ParsedKind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<ParsedKind, E> {
        Ok(ParsedKind::Null)
    }

    fn visit_none<E>(self) -> Result<ParsedKind, E> {
        Ok(ParsedKind::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<ParsedKind, E> {
        Ok(ParsedKind::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<ParsedKind, E> {
        Ok(ParsedKind::Int(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<ParsedKind, E> {
        Ok(ParsedKind::Int(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<ParsedKind, E> {
        Ok(ParsedKind::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<ParsedKind, E> {
        Ok(ParsedKind::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<ParsedKind, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(ParsedKind::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ParsedKind, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(ParsedKind::Map(entries))
    }
}

/// Gives each node its place: where the value is written, also if an alias or a merge brought it here.
fn placed(parsed: Parsed, text: &str, source: u32) -> Node {
    let Spanned { value, referenced, defined } = parsed.0;
    let location = if defined == Location::UNKNOWN { referenced } else { defined };
    let written = written(location, text);
    let scalar = !matches!(value, ParsedKind::List(_) | ParsedKind::Map(_) | ParsedKind::Null);
    let width = if scalar { written.lines().next().unwrap_or("").trim_end().chars().count() as u32 } else { 1 };
    let at = At { source, line: location.line() as u32, column: location.column() as u32, width: width.max(1) };
    let kind = match value {
        ParsedKind::Null => Kind::Null,
        ParsedKind::Bool(value) => Kind::Bool(value),
        ParsedKind::Int(_) if !is_core_integer(written) => Kind::Text { text: written.trim().to_owned(), plain: true },
        ParsedKind::Int(value) => Kind::Int(value),
        // Only what is written as −0 is a negative zero, and nobody means it.
        ParsedKind::Float(value) => Kind::Float(value + 0.0),
        ParsedKind::Text(text) => Kind::Text { plain: !written.starts_with(['"', '\'', '|', '>', '!']), text },
        ParsedKind::List(items) => Kind::List(items.into_iter().map(|item| placed(item, text, source)).collect()),
        ParsedKind::Map(entries) => {
            Kind::Map(entries.into_iter().map(|entry| placed_entry(entry, text, source)).collect())
        }
    };
    Node { kind, at }
}

/// Whether YAML 1.2's core schema takes this for a whole number; the crate takes `0b11` and `-0x1` too.
fn is_core_integer(written: &str) -> bool {
    let digits = written.trim();
    let unsigned = digits.trim_start_matches(['-', '+']);
    match unsigned.as_bytes() {
        [b'0', b'x' | b'o', ..] => digits == unsigned,
        [b'0', letter, ..] => letter.is_ascii_digit(),
        _ => true,
    }
}

fn placed_entry((key, value): (Parsed, Parsed), text: &str, source: u32) -> Entry {
    let location = key.0.referenced;
    let key = placed(key, text, source);
    let word = match &key.kind {
        Kind::Text { text, .. } => text.clone(),
        // Numbers and the like become the words that they were written as.
        Kind::List(_) | Kind::Map(_) => String::new(),
        _ => written(location, text).trim().to_owned(),
    };
    let mut value = placed(value, text, source);
    // A value that isn't there stands where its key does.
    if matches!(value.kind, Kind::Null)
        && value.at.line == key.at.line
        && value.at.column == key.at.column + key.at.width
    {
        value.at = key.at;
    }
    Entry { key: word, key_at: key.at, value }
}

/// The characters of the source that a location covers.
fn written(location: Location, text: &str) -> &str {
    let span = location.span();
    let (Some(start), Some(len)) = (span.byte_offset(), span.byte_len()) else { return "" };
    let (start, len) = (start as usize, len as usize);
    text.get(start..start.saturating_add(len)).unwrap_or("")
}
