//! Combinators that lower nodes to values: each records its problem and lets the others go on. Knows the table's
//! shape, not its words.

use super::hints::{did_you_mean, either, home_of};
use super::node::{At, Entry, Kind, Node, Sources};
use super::schema::{Case, Cases, Default, Field, Table, Takes};
use super::yaml;
use crate::diag::{Problem, Problems};

/// Problems as they come up, and the files that they stand in.
#[derive(Default)]
pub struct Reader {
    pub sources: Sources,
    pub problems: Problems,
    /// Of a plan: every key stands there, whether it does something or not.
    pub is_resolved: bool,
}

impl Reader {
    pub fn error(&mut self, at: At, message: impl Into<String>) {
        self.error_with_hint(at, message, "");
    }

    pub fn error_with_hint(&mut self, at: At, message: impl Into<String>, hint: impl Into<String>) {
        let problem = Problem::error(self.sources.place(at), message).with_hint(hint);
        self.push(problem);
    }

    pub fn warning(&mut self, at: At, message: impl Into<String>, hint: impl Into<String>) {
        let problem = Problem::warning(self.sources.place(at), message).with_hint(hint);
        self.push(problem);
    }

    /// A key that a person wrote, and that does nothing where it stands.
    pub fn idle(&mut self, at: At, message: impl Into<String>, hint: impl Into<String>) {
        if !self.is_resolved {
            self.warning(at, message, hint);
        }
    }

    /// A value that an alias brought to several places is wrong once.
    fn push(&mut self, problem: Problem) {
        if !self.problems.0.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// A scalar as it is written, for messages.
    pub fn written(&self, node: &Node) -> String {
        let place = self.sources.place(node.at);
        let start = place.column.saturating_sub(1) as usize;
        let text: String = place.source.chars().skip(start).take(place.width as usize).collect();
        if text.is_empty() || matches!(node.kind, Kind::List(_) | Kind::Map(_)) { node.describe() } else { text }
    }

    /// `key: value` is in the language, but not in this version.
    pub fn later(&mut self, at: At, what: &str) {
        self.error(at, format!("`{what}` is not supported yet"));
    }
}

/// A mapping of the recipe, opened for reading by the table.
pub struct Mapping<'n> {
    /// As messages call it.
    name: &'static str,
    at: At,
    entries: Vec<&'n Entry>,
    fields: Vec<&'static Field>,
}

/// Opens a mapping: keys that are unknown, repeated or not built yet are told at once.
pub fn open<'n>(r: &mut Reader, table: &'static Table, node: &'n Node) -> Option<Mapping<'n>> {
    let entries = entries_of(r, table.name, node)?;
    let mapping = Mapping { name: table.name, at: node.at, entries, fields: table.fields.iter().collect() };
    mapping.check_keys(r, None);
    Some(mapping)
}

/// Opens a mapping whose keys depend on one word; `None` where that word is not known or not built.
pub fn open_case<'n>(r: &mut Reader, cases: &'static Cases, node: &'n Node) -> Option<(&'static Case, Mapping<'n>)> {
    if let (Some(word), true) = (node.as_text(), cases.common.is_empty()) {
        // `ground: none` is short for `ground: {kind: none}`.
        let case = case_of(r, cases, word, node.at)?;
        let fields = case.fields.iter().collect();
        return Some((case, Mapping { name: cases.name, at: node.at, entries: Vec::new(), fields }));
    }
    let entries = entries_of(r, cases.name, node)?;
    let is_later = |key: &str| cases.common.iter().any(|f| f.name == key && matches!(f.takes, Takes::Later));
    let tag = entries.iter().find(|entry| entry.key == cases.tag);
    let case = match tag {
        None => {
            // `preset: …` and `rig: three_point` decide what the entry is: no second complaint about the rest.
            if let Some(entry) =
                entries.iter().find(|entry| matches!(entry.key.as_str(), "preset" | "rig") && is_later(&entry.key))
            {
                let what = entry.value.as_text().map_or(entry.key.clone(), |word| format!("{}: {word}", entry.key));
                r.later(entry.key_at, &what);
                return None;
            }
            cases.case(cases.default)?
        }
        Some(entry) => match entry.value.as_text() {
            Some(word) => case_of(r, cases, word, entry.value.at)?,
            None => {
                let words = either(cases.cases.iter().map(|case| case.word));
                r.error(entry.value.at, format!("{} is {}, but it is {words}", cases.tag, entry.value.describe()));
                return None;
            }
        },
    };
    let fields = cases.common.iter().chain(case.fields).collect();
    let mapping = Mapping { name: cases.name, at: node.at, entries, fields };
    mapping.check_keys(r, Some((cases, case)));
    Some((case, mapping))
}

fn case_of(r: &mut Reader, cases: &'static Cases, word: &str, at: At) -> Option<&'static Case> {
    let found = cases.case(word);
    if found.is_none() {
        if cases.later.contains(&word) {
            let key =
                if cases.tag == "kind" && cases.common.is_empty() { cases.name.trim_matches('`') } else { cases.tag };
            r.later(at, &format!("{key}: {word}"));
        } else {
            let words = || cases.cases.iter().map(|case| case.word);
            let message = format!("{} `{word}` is not known{}", cases.tag, did_you_mean(word, words()));
            r.error_with_hint(at, message, format!("{} is {}", cases.tag, either(words())));
        }
    }
    found
}

/// The entries of a mapping, or a problem.
pub fn entries_of<'n>(r: &mut Reader, name: &str, node: &'n Node) -> Option<Vec<&'n Entry>> {
    match &node.kind {
        Kind::Map(entries) => Some(entries.iter().collect()),
        Kind::List(_) => {
            r.error_with_hint(
                node.at,
                format!("{name} is a mapping, but this is a list"),
                match name {
                    "normal" => "name its numbers: {normal: {mean: 0, std: 1}}",
                    _ => "remove the `-` or the brackets",
                },
            );
            None
        }
        _ => {
            r.error(node.at, format!("{name} is a mapping (`key: value`), but this is {}", node.describe()));
            None
        }
    }
}

/// The items of a list, or a problem.
pub fn items_of<'n>(r: &mut Reader, name: &str, node: &'n Node) -> Option<&'n [Node]> {
    match &node.kind {
        Kind::List(items) => Some(items),
        Kind::Map(_) => {
            r.error_with_hint(node.at, format!("{name} is a list, but this is a mapping"), "begin each item with `- `");
            None
        }
        Kind::Null => {
            r.error_with_hint(node.at, format!("{name} is a list, but this is empty"), "an empty list is `[]`");
            None
        }
        _ => {
            let message = format!("{name} is a list, but this is {}", node.describe());
            let hint = format!("put it in brackets: `[{}]`", r.written(node));
            r.error_with_hint(node.at, message, hint);
            None
        }
    }
}

/// Tells keys that are repeated.
pub fn check_repeats(r: &mut Reader, entries: &[&Entry]) {
    for (i, entry) in entries.iter().enumerate() {
        if let Some(first) = entries[..i].iter().find(|other| other.key == entry.key) {
            let hint = if first.key_at.line > 0 {
                format!("it stands on line {} already", first.key_at.line)
            } else {
                String::new()
            };
            r.error_with_hint(entry.key_at, format!("key `{}` is repeated", entry.key), hint);
        }
    }
}

impl<'n> Mapping<'n> {
    fn check_keys(&self, r: &mut Reader, cases: Option<(&'static Cases, &'static Case)>) {
        check_repeats(r, &self.entries);
        for entry in &self.entries {
            let key = entry.key.as_str();
            if cases.is_some_and(|(cases, _)| cases.tag == key) {
                continue;
            }
            match self.fields.iter().find(|field| field.name == key) {
                Some(field) if matches!(field.takes, Takes::Later) => r.later(entry.key_at, key),
                Some(_) => {}
                None => self.unknown_key(r, entry, cases),
            }
        }
    }

    fn unknown_key(&self, r: &mut Reader, entry: &Entry, cases: Option<(&'static Cases, &'static Case)>) {
        let key = entry.key.as_str();
        if key.is_empty() {
            r.error(entry.key_at, "a key is a word, but this is something else");
            return;
        }
        if let Some((cases, case)) = cases {
            let has_it = |other: &&Case| other.fields.iter().any(|field| field.name == key);
            let homes: Vec<&str> = cases.cases.iter().filter(has_it).map(|other| other.word).collect();
            if !homes.is_empty() {
                let message = format!("`{key}` means nothing where `{}: {}`", cases.tag, case.word);
                r.error_with_hint(entry.key_at, message, format!("it belongs to {} {}", cases.tag, either(homes)));
                return;
            }
        }
        let built = |field: &&&'static Field| !matches!(field.takes, Takes::Later);
        let names =
            || self.fields.iter().filter(built).map(|field| field.name).chain(cases.map(|(cases, _)| cases.tag));
        let guess = did_you_mean(key, names());
        let hint = if !guess.is_empty() {
            String::new()
        } else if let Some(home) = home_of(key) {
            format!("`{key}` belongs into `{home}`")
        } else {
            format!("{} has {}", self.name, either(names()).replace(" or ", " and "))
        };
        r.error_with_hint(entry.key_at, format!("unknown key `{key}`{guess}"), hint);
    }

    pub fn at(&self) -> At {
        self.at
    }

    fn field(&self, name: &str) -> &'static Field {
        self.fields.iter().find(|field| field.name == name).expect("lowering asks only for fields of the table")
    }

    /// The entry of a key, where it is there.
    pub fn entry(&self, name: &str) -> Option<&'n Entry> {
        self.entries.iter().find(|entry| entry.key == name).copied()
    }

    /// Reads a key, or its default.
    pub fn read<T>(
        &self,
        r: &mut Reader,
        name: &str,
        read: impl FnOnce(&mut Reader, &Field, &Node) -> Option<T>,
    ) -> Option<T> {
        let field = self.field(name);
        if let Some(entry) = self.entry(name) {
            return read_entry(r, field, entry, read);
        }
        match field.default {
            Default::Yaml(text) => read_default(r, field, text, self.at, read),
            Default::Required => {
                r.error_with_hint(self.at, format!("{} needs `{name}`", self.name), field.help);
                None
            }
            Default::Computed(_) => unreachable!("`{name}` has no default of its own: it is read by `optional`"),
        }
    }

    /// Reads a key that may be missing: `None` after a problem, `Some(None)` where it is missing.
    pub fn optional<T>(
        &self,
        r: &mut Reader,
        name: &str,
        read: impl FnOnce(&mut Reader, &Field, &Node) -> Option<T>,
    ) -> Option<Option<T>> {
        let field = self.field(name);
        match self.entry(name) {
            Some(entry) => read_entry(r, field, entry, read).map(Some),
            None => Some(None),
        }
    }

    /// Reads a text as the value of a key that is missing.
    pub fn fallback<T>(
        &self,
        r: &mut Reader,
        name: &str,
        text: &str,
        read: impl FnOnce(&mut Reader, &Field, &Node) -> Option<T>,
    ) -> Option<T> {
        read_default(r, self.field(name), text, self.at, read)
    }
}

fn read_entry<T>(
    r: &mut Reader,
    field: &Field,
    entry: &Entry,
    read: impl FnOnce(&mut Reader, &Field, &Node) -> Option<T>,
) -> Option<T> {
    if !matches!(entry.value.kind, Kind::Null) {
        return read(r, field, &entry.value);
    }
    let source = r.sources.place(entry.key_at).source;
    let after: String = source.chars().skip((entry.key_at.column + entry.key_at.width - 1) as usize).collect();
    let hint = if after.trim_start_matches([':', ' ']).starts_with('#')
        && matches!(field.takes, Takes::Color | Takes::ColorEdit)
    {
        "what follows ` #` is a comment in YAML: quote colours, as \"#808080\"".to_owned()
    } else {
        match field.default {
            Default::Yaml(text) => format!("without the key it is {text}"),
            _ => field.help.to_owned(),
        }
    };
    r.error_with_hint(entry.key_at, format!("`{}` has no value", field.name), hint);
    None
}

/// Defaults are YAML of ours: they stand where the mapping does whose key is missing.
fn read_default<T>(
    r: &mut Reader,
    field: &Field,
    text: &str,
    at: At,
    read: impl FnOnce(&mut Reader, &Field, &Node) -> Option<T>,
) -> Option<T> {
    let node = default_node(text, at);
    read(r, field, &node)
}

/// The tree of a default.
pub fn default_node(text: &str, at: At) -> Node {
    let mut node = yaml::from_yaml(&mut Sources::default(), "", text).expect("defaults of the table are YAML");
    move_to(&mut node, at);
    node
}

fn move_to(node: &mut Node, at: At) {
    node.at = at;
    match &mut node.kind {
        Kind::List(items) => items.iter_mut().for_each(|item| move_to(item, at)),
        Kind::Map(entries) => entries.iter_mut().for_each(|entry| {
            entry.key_at = at;
            move_to(&mut entry.value, at);
        }),
        _ => {}
    }
}
