//! Files as trees of nodes that know where they stand. Knows YAML and JSON, nothing of recipes.

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

/// Where a node stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    /// Index into [`Sources`].
    pub source: u32,
    /// From 1; 0 where only the file is known.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
    /// In characters, at least 1.
    pub width: u32,
}

/// One value of a file.
#[derive(Clone, Debug)]
pub struct Node {
    pub kind: Kind,
    pub at: At,
}

#[derive(Clone, Debug)]
pub enum Kind {
    Null,
    Bool(bool),
    /// A whole number that was written without a point or an exponent.
    Int(i128),
    /// May be NaN or infinite.
    Float(f64),
    /// `plain`: not quoted, so that the writer may have meant something else than a text.
    Text {
        text: String,
        plain: bool,
    },
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// One `key: value`. Keys may repeat; the reader complains.
#[derive(Clone, Debug)]
pub struct Entry {
    pub key: String,
    pub key_at: At,
    pub value: Node,
}

impl Node {
    /// What it is, with its article, as messages say it.
    pub fn describe(&self) -> String {
        match &self.kind {
            Kind::Null => "empty".to_owned(),
            Kind::Bool(value) => value.to_string(),
            Kind::Int(value) => value.to_string(),
            Kind::Float(value) => number_text(*value),
            Kind::Text { text, .. } => format!("the text `{}`", shortened(text)),
            Kind::List(items) => format!("a list of {}", items.len()),
            Kind::Map(_) => "a mapping".to_owned(),
        }
    }

    pub fn as_text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text { text, .. } => Some(text),
            _ => None,
        }
    }

    pub fn as_number(&self) -> Option<f64> {
        match self.kind {
            Kind::Int(value) => Some(value as f64),
            Kind::Float(value) => Some(value),
            _ => None,
        }
    }
}

/// A number as people write it: no exponent where it can be done without.
pub fn number_text(value: f64) -> String {
    if value.is_nan() {
        ".nan".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { ".inf".to_owned() } else { "-.inf".to_owned() }
    } else if value != 0.0 && (value.abs() >= 1e16 || value.abs() < 1e-5) {
        format!("{value:e}")
    } else {
        value.to_string()
    }
}

/// At most 40 characters of a text, for messages.
pub fn shortened(text: &str) -> String {
    let line: String = text.chars().take_while(|&c| c != '\n').take(40).collect();
    if line.len() < text.trim_end().len() { format!("{line}…") } else { line }
}

/// The files that nodes come from.
#[derive(Clone, Debug, Default)]
pub struct Sources(Vec<Source>);

#[derive(Clone, Debug)]
struct Source {
    name: String,
    /// Without line ends.
    lines: Vec<String>,
}

impl Sources {
    /// A file with lines; returns its index.
    pub fn add(&mut self, name: &str, text: &str) -> u32 {
        let lines = text.lines().map(|line| line.trim_end_matches('\r').to_owned()).collect();
        self.0.push(Source { name: name.to_owned(), lines });
        self.0.len() as u32 - 1
    }

    pub fn place(&self, at: At) -> Place {
        let Some(source) = self.0.get(at.source as usize) else { return Place::default() };
        if at.line == 0 {
            return Place::file(source.name.clone());
        }
        let text = source.lines.get(at.line as usize - 1).cloned().unwrap_or_default();
        // A mark may stand one past the end of its line, and never goes beyond that.
        let room = (text.chars().count() as u32 + 1).saturating_sub(at.column.saturating_sub(1)).max(1);
        let width = at.width.clamp(1, room.saturating_sub(1).max(1));
        Place { file: source.name.clone(), line: at.line, column: at.column, source: text, width }
    }
}

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
    if text.contains("recursion limit") {
        return Problem::error(place.clone(), depth_text());
    }
    let before: String = place.source.chars().take(place.column as usize).collect();
    let hint = if place.source.trim_start_matches(' ').starts_with('\t') || before.contains('\t') {
        "YAML indents with spaces, never with tabs"
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

/// A tree from a decoded JSON value. Places name the file and the path of keys, as there are no lines.
pub fn from_json(sources: &mut Sources, name: &str, value: &serde_json::Value) -> Node {
    json_node(sources, name, value)
}

fn json_node(sources: &mut Sources, path: &str, value: &serde_json::Value) -> Node {
    use serde_json::Value;
    let source = sources.add(path, "");
    let at = At { source, line: 0, column: 0, width: 1 };
    let scalar = |value: &Value| -> Kind {
        match value {
            Value::Bool(value) => Kind::Bool(*value),
            Value::Number(number) => json_number(number),
            Value::String(text) => Kind::Text { text: text.clone(), plain: false },
            _ => Kind::Null,
        }
    };
    let kind = match value {
        Value::Array(items) => Kind::List(
            items
                .iter()
                .enumerate()
                .map(|(i, item)| match item {
                    Value::Array(_) | Value::Object(_) => json_node(sources, &format!("{path}/{i}"), item),
                    _ => Node { kind: scalar(item), at },
                })
                .collect(),
        ),
        Value::Object(entries) => Kind::Map(
            entries
                .iter()
                .map(|(key, item)| Entry {
                    key: key.clone(),
                    key_at: at,
                    value: json_node(sources, &json_path(path, key), item),
                })
                .collect(),
        ),
        other => scalar(other),
    };
    Node { kind, at }
}

/// `plan.json: /scene` and then `plan.json: /scene/sky`.
fn json_path(path: &str, key: &str) -> String {
    if path.contains(": /") { format!("{path}/{key}") } else { format!("{path}: /{key}") }
}

fn json_number(number: &serde_json::Number) -> Kind {
    if let Some(value) = number.as_i64() {
        Kind::Int(value.into())
    } else if let Some(value) = number.as_u64() {
        Kind::Int(value.into())
    } else {
        Kind::Float(number.as_f64().unwrap_or(f64::NAN) + 0.0)
    }
}
