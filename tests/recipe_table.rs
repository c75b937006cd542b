//! The table of fields and the reading never disagree: every key of the table is read, every word is taken or refused.

use genki::recipe::schema::{Cases, Field, Table, Takes};
use genki::recipe::{Recipe, read, tables};

const SMALL: &str = "genki: 1\nassets: {models: [\"*.glb\"], skies: [\"*.hdr\"]}\nscene: {objects: [{from: models}]}\n";

/// One key of the language: how to get to it by overrides.
struct Key {
    path: String,
    before: Vec<(String, String)>,
    field: &'static Field,
}

fn keys() -> Vec<Key> {
    let mut keys = Vec::new();
    of_table(&tables::RECIPE, "", &[], &mut keys);
    keys
}

fn of_table(table: &'static Table, at: &str, before: &[(String, String)], keys: &mut Vec<Key>) {
    of_fields(table.fields, at, before, keys);
}

fn of_fields(fields: &'static [Field], at: &str, before: &[(String, String)], keys: &mut Vec<Key>) {
    for field in fields {
        let path = if at.is_empty() { field.name.to_owned() } else { format!("{at}.{}", field.name) };
        keys.push(Key { path: path.clone(), before: before.to_vec(), field });
        let with = |value: String| [before, &[(path.clone(), value)]].concat();
        match field.takes {
            Takes::Table(table) => of_table(table, &path, before, keys),
            Takes::TableList(table) => of_table(table, &format!("{path}.0"), &with("[{}]".to_owned()), keys),
            Takes::Cases(cases) => of_cases(cases, &path, |word| with(format!("{{{}: {word}}}", cases.tag)), keys),
            Takes::CasesList(cases) => {
                of_cases(cases, &format!("{path}.0"), |word| with(format!("[{{{}: {word}}}]", cases.tag)), keys);
            }
            Takes::Pools => {
                let before = [("assets.models".to_owned(), "[{path: a.glb}]".to_owned())];
                of_table(&tables::POOL_ENTRY, "assets.models.0", &before, keys);
            }
            _ => {}
        }
    }
}

fn of_cases(cases: &'static Cases, at: &str, before: impl Fn(&str) -> Vec<(String, String)>, keys: &mut Vec<Key>) {
    for case in cases.cases {
        of_fields(cases.common, at, &before(case.word), keys);
        of_fields(case.fields, at, &before(case.word), keys);
    }
}

/// What reading says about `key` when it is set to `value`.
fn said(key: &Key, value: &str) -> (Option<Recipe>, String) {
    let overrides = [key.before.as_slice(), &[(key.path.clone(), value.to_owned())]].concat();
    let (recipe, problems) = read("r.yaml", SMALL, &overrides);
    let line = format!("{}={value}", key.path);
    let about = problems.0.iter().filter(|problem| problem.place.source == line);
    (recipe, about.map(|problem| format!("{problem}\n")).collect())
}

#[test]
fn every_key_of_the_table_is_read() {
    let keys = keys();
    assert!(keys.len() > 150, "{} keys", keys.len());
    for key in &keys {
        let (_, said) = said(key, "{frobnicate: 1}");
        assert!(!said.is_empty(), "nothing is said about {}: {{frobnicate: 1}}", key.path);
        assert!(!said.contains(&format!("unknown key `{}`", key.field.name)), "{said}");
    }
}

#[test]
fn every_key_that_is_not_built_is_refused_by_name() {
    let mut seen = 0;
    for key in keys().iter().filter(|key| matches!(key.field.takes, Takes::Later)) {
        let (recipe, said) = said(key, "1");
        assert_eq!(recipe, None, "{} is ignored", key.path);
        assert!(said.contains(&format!("`{}` is not supported yet", key.field.name)), "{said}");
        seen += 1;
    }
    assert!(seen >= 20, "{seen} keys");
}

#[test]
fn every_word_of_the_table_is_taken_or_refused() {
    let (mut taken, mut refused) = (0, 0);
    for key in &keys() {
        let Takes::Words(words) = key.field.takes else { continue };
        for word in words.words {
            let (_, said) = said(key, word);
            assert!(!said.contains(&format!("`{word}`")), "{said}");
            taken += 1;
        }
        for word in words.later {
            let (recipe, said) = said(key, word);
            assert_eq!(recipe, None);
            assert!(said.contains(&format!(": {word}` is not supported yet")), "{said}");
            refused += 1;
        }
    }
    assert!(taken >= 20 && refused >= 10, "{taken} taken, {refused} refused");
}

#[test]
fn every_case_has_defaults_for_all_else() {
    let mut seen = 0;
    for (path, list, cases) in [
        ("scene.ground", false, &tables::GROUND),
        ("scene.lights", true, &tables::LIGHT),
        ("cameras", true, &tables::CAMERA),
    ] {
        for case in cases.cases {
            // Only cameras of a file need to be told which.
            let more = if case.word == "file" { ", path: rig.json" } else { "" };
            let entry = format!("{{{}: {}{more}}}", cases.tag, case.word);
            let value = if list { format!("[{entry}]") } else { entry };
            let (recipe, problems) = read("r.yaml", SMALL, &[(path.to_owned(), value.clone())]);
            assert!(recipe.is_some(), "{path}={value}: {:?}", problems.0);
            seen += 1;
        }
        for word in cases.later {
            let value =
                if list { format!("[{{{}: {word}}}]", cases.tag) } else { format!("{{{}: {word}}}", cases.tag) };
            let (recipe, problems) = read("r.yaml", SMALL, &[(path.to_owned(), value)]);
            assert_eq!(recipe, None);
            assert!(problems.0.iter().any(|p| p.message.ends_with(&format!(": {word}` is not supported yet"))));
            seen += 1;
        }
    }
    assert!(seen >= 12, "{seen} cases");
}

#[test]
fn every_key_has_a_line_of_help() {
    for key in &keys() {
        assert!(!key.field.help.is_empty(), "{}", key.path);
        assert!(key.field.range.0 <= key.field.range.1, "{}", key.path);
    }
}
