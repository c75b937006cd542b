//! `--set PATH=VALUE`: changes to the tree before it is read. Unknown words are told by the reading itself.

use super::hints::either;
use super::node::{At, Entry, Kind, Node, number_text};
use super::reader::{Reader, default_node};
use super::schema::{Default, Field, Takes};
use super::tables::RECIPE;
use super::yaml::from_yaml;

/// As places call the command line.
const SOURCE: &str = "--set";

/// Applies one override. `path`: keys, ids and positions with dots between them.
pub fn apply(r: &mut Reader, root: &mut Node, path: &str, value: &str) {
    let source = r.sources.add(SOURCE, &format!("{path}={value}").replace('\n', " "));
    let at = |start: usize, text: &str| At {
        source,
        line: 1,
        column: path[..start].chars().count() as u32 + 1,
        width: (text.chars().count() as u32).max(1),
    };
    let value_column = path.chars().count() as u32 + 1;
    let value = match parse_value(value, source, value_column) {
        Ok(node) => node,
        Err(message) => {
            let at = At { source, line: 1, column: value_column + 1, width: value.chars().count().max(1) as u32 };
            r.error(at, message);
            return;
        }
    };
    let mut keys = Vec::new();
    let mut start = 0;
    for key in path.split('.') {
        keys.push((key, at(start, key)));
        start += key.len() + 1;
    }
    if let Some((_, at)) = keys.iter().find(|(key, _)| key.is_empty()) {
        r.error_with_hint(*at, "a key is missing", "as `--set render.spp=16` or `--set scene.objects.0.scale=2`");
        return;
    }
    set(r, root, Takes::Table(&RECIPE), &keys, "", value);
}

fn parse_value(text: &str, source: u32, column: u32) -> Result<Node, String> {
    if text.is_empty() {
        return Err("there is no value after `=`".to_owned());
    }
    let mut own = super::node::Sources::default();
    let mut node = from_yaml(&mut own, SOURCE, text).map_err(|problem| problem.message)?;
    shift(&mut node, source, column);
    Ok(node)
}

/// Positions in the value become positions in `PATH=VALUE`.
fn shift(node: &mut Node, source: u32, column: u32) {
    let moved =
        |at: At| At { source, line: 1, column: if at.line == 1 { at.column + column } else { column + 1 }, ..at };
    node.at = moved(node.at);
    match &mut node.kind {
        Kind::List(items) => items.iter_mut().for_each(|item| shift(item, source, column)),
        Kind::Map(entries) => entries.iter_mut().for_each(|entry| {
            entry.key_at = moved(entry.key_at);
            shift(&mut entry.value, source, column);
        }),
        _ => {}
    }
}

/// Walks down the keys that are left. `takes`: what the table says of the node; `done`: the path so far, for messages.
fn set(r: &mut Reader, node: &mut Node, takes: Takes, keys: &[(&str, At)], done: &str, value: Node) {
    let Some(((key, at), rest)) = keys.split_first() else {
        *node = value;
        return;
    };
    let here = if done.is_empty() { (*key).to_owned() } else { format!("{done}.{key}") };
    match &mut node.kind {
        Kind::Map(entries) => {
            let field = field_of(takes, entries, key);
            let entry = match entries.iter().position(|entry| entry.key == *key) {
                Some(found) => &mut entries[found],
                None => {
                    entries.push(Entry {
                        key: (*key).to_owned(),
                        key_at: *at,
                        value: absent(field, rest.is_empty(), *at),
                    });
                    entries.last_mut().expect("one was pushed")
                }
            };
            if rest.is_empty() {
                entry.key_at = *at;
            } else if matches!(entry.value.kind, Kind::Null) {
                entry.value = absent(field, false, *at);
            }
            let below = field.map_or(Takes::Text, |field| field.takes);
            set(r, &mut entry.value, below, rest, &here, value);
        }
        Kind::List(items) => match position(items, key) {
            Some(i) => set(r, &mut items[i], takes, rest, &here, value),
            None => no_item(r, items, *at, key, done),
        },
        _ => {
            let message = format!("`{done}` is {}, so that it has no `{key}`", node.describe());
            r.error_with_hint(*at, message, format!("`--set {done}=…` replaces it"));
        }
    }
}

/// What stands where a key is missing, for more keys to go into.
fn absent(field: Option<&Field>, last: bool, at: At) -> Node {
    match field {
        Some(Field { default: Default::Yaml(text), .. }) if !last => default_node(text, at),
        // One object, as without the key.
        Some(Field { name: "objects", .. }) => default_node("[{}]", at),
        Some(Field { takes: Takes::TableList(_) | Takes::CasesList(_), .. }) => {
            Node { kind: Kind::List(Vec::new()), at }
        }
        _ => Node { kind: Kind::Map(Vec::new()), at },
    }
}

/// The field of a key in a mapping, where the table says what the mapping is.
fn field_of(takes: Takes, entries: &[Entry], key: &str) -> Option<&'static Field> {
    let named = |fields: &'static [Field]| fields.iter().find(|field| field.name == key);
    match takes {
        Takes::Table(table) | Takes::TableList(table) => named(table.fields),
        Takes::Cases(cases) | Takes::CasesList(cases) => {
            let tag = entries.iter().find(|entry| entry.key == cases.tag).and_then(|entry| entry.value.as_text());
            let case = cases.case(tag.unwrap_or(cases.default));
            named(cases.common).or_else(|| case.and_then(|case| named(case.fields)))
        }
        _ => None,
    }
}

/// The item with this id, or else at this position.
fn position(items: &[Node], key: &str) -> Option<usize> {
    let by_id = items.iter().position(|item| id_of(item) == Some(key));
    by_id.or_else(|| key.parse::<usize>().ok().filter(|&i| i < items.len()))
}

fn id_of(item: &Node) -> Option<&str> {
    let Kind::Map(entries) = &item.kind else { return None };
    entries.iter().find(|entry| entry.key == "id").and_then(|entry| entry.value.as_text())
}

fn no_item(r: &mut Reader, items: &[Node], at: At, key: &str, done: &str) {
    let ids: Vec<String> = items
        .iter()
        .enumerate()
        .map(|(i, item)| id_of(item).map_or_else(|| number_text(i as f64), str::to_owned))
        .collect();
    let hint = match ids.is_empty() {
        true => "the recipe lists none: write it there".to_owned(),
        false => format!("it has {}", either(ids.iter().map(String::as_str)).replace(" or ", " and ")),
    };
    r.error_with_hint(at, format!("`{done}` has no item `{key}`"), hint);
}
