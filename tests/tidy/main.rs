//! The house is held to what lints can't say: floors, homes of crates, the pure middle, twins, headers, lengths. The
//! rules of architecture are read from ARCHITECTURE.md. Each check has a test that it rejects.

mod architecture;
mod report;
mod source;
mod text;
mod twins;

use architecture::Architecture;
use source::Source;
use std::path::Path;
use walkdir::WalkDir;

/// A file's text, by its path from the root.
fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("the file is there and is text")
}

/// All that people wrote in `folder` and that is text.
fn files(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for entry in WalkDir::new(root.join(folder)).sort_by_file_name() {
        let entry = entry.expect("the folder is readable");
        let is_text =
            entry.path().extension().is_none_or(|e| ["rs", "wgsl", "md", "py", "yaml", "toml"].iter().any(|t| e == *t));
        if entry.file_type().is_file() && is_text {
            let inner = entry.path().strip_prefix(root).expect("walked from the root");
            let path = inner.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
            found.push(Source::new(&path, &read(&path)));
        }
    }
    assert!(!found.is_empty(), "{folder} holds nothing");
    found
}

/// What is compiled and what tests it.
fn house() -> Vec<Source> {
    ["examples", "shaders", "src", "tests"].into_iter().flat_map(files).collect()
}

/// What is written about it.
fn papers() -> impl Iterator<Item = Source> {
    let papers = ["ARCHITECTURE.md", "CHANGELOG.md", "README.md", "Cargo.toml", "clippy.toml", "deny.toml"];
    papers.into_iter().map(|path| Source::new(path, &read(path)))
}

fn told() -> Architecture {
    let told = Architecture::read(&read("ARCHITECTURE.md"));
    assert_eq!(told.pure.len(), 5);
    told
}

#[test]
fn modules_import_only_from_floors_below() {
    architecture::floors(&told(), &house()).hold(300);
}

#[test]
fn every_crate_is_used_and_only_at_home() {
    architecture::homes(&told(), &read("Cargo.toml"), &house()).hold(100);
}

#[test]
fn the_pure_middle_and_the_renderers_touch_nothing_outside() {
    architecture::effects(&told(), &house()).hold(300);
}

#[test]
fn nothing_below_cli_prints_or_decides_an_exit_code() {
    architecture::silence(&house()).hold(100);
}

#[test]
fn twins_have_the_same_functions_and_name_each_other() {
    twins::twins(&house(), twins::ONE_SIDED).hold(150);
}

#[test]
fn every_shader_is_joined() {
    twins::joined(&house()).hold(10);
}

#[test]
fn shaders_use_nothing_that_differs_between_devices() {
    twins::exact_shaders(&house()).hold(500);
}

#[test]
fn every_file_says_what_it_is() {
    text::headers(&house()).hold(200);
}

#[test]
fn no_file_is_longer_than_can_be_read() {
    text::lengths(&house()).hold(200);
    for (path, _) in text::LONG {
        assert!(!read(path).is_empty());
    }
}

#[test]
fn no_file_names_a_folder_of_one_machine() {
    let others = ["recipes", ".ci"].into_iter().flat_map(files);
    text::machine_paths(&house().into_iter().chain(others).chain(papers()).collect::<Vec<_>>()).hold(10_000);
}

#[test]
fn every_file_that_is_named_is_there() {
    text::mentions(&house().into_iter().chain(papers()).collect::<Vec<_>>()).hold(30);
}

#[test]
fn nothing_is_unfinished_or_silenced_without_a_reason() {
    text::unfinished(&house()).hold(10_000);
}

#[test]
fn names_of_tests_are_sentences() {
    text::test_names(&house()).hold(200);
}
