//! Values of files as trees of nodes that know where they stand; trees of JSON. Knows nothing of recipes.

use crate::diag::Place;

/// Longest source line that a problem shows.
const MAX_SHOWN: usize = 240;

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
        // YAML ends lines with \n, \r\n or a lone \r.
        let lines = text.replace("\r\n", "\n").split(['\n', '\r']).map(str::to_owned).collect();
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
        // What no terminal shows helps nobody.
        let text = if text.chars().count() > MAX_SHOWN { String::new() } else { text };
        Place { file: source.name.clone(), line: at.line, column: at.column, source: text, width }
    }
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
                    Value::Array(_) | Value::Object(_) => json_node(sources, &json_path(path, &i.to_string()), item),
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
