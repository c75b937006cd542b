//! Floors, homes and the pure middle, as ARCHITECTURE.md tells them, and the code held to it. Tests under `#[cfg(test)]`
//! are held to the floors, but may use any crate and any effect.

use crate::report::Report;
use crate::source::{Path, Source, Token, paths, starts_with, test_modules};
use std::collections::{BTreeMap, BTreeSet};

/// What ARCHITECTURE.md says.
#[derive(Default)]
pub struct Architecture {
    pub floors: BTreeMap<String, u32>,
    /// Crate, as in Cargo.toml → modules where it may be used, as `render::gpu`.
    pub homes: BTreeMap<String, Vec<String>>,
    /// Crates that may be used anywhere.
    pub everywhere: BTreeSet<String>,
    pub pure: BTreeSet<String>,
}

impl Architecture {
    pub fn read(text: &str) -> Architecture {
        let mut read = Architecture::default();
        for line in text.lines() {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            if let ([floor, modules, homes], true) = (&cells[..], line.starts_with('|'))
                && let Ok(floor) = floor.parse()
            {
                read.floors.extend(quoted(modules).map(|name| (name.to_string(), floor)));
                for home in homes.split(';').filter(|home| !home.is_empty()) {
                    let (module, crates) = split_home(home);
                    for name in names(crates) {
                        read.homes.entry(name).or_default().push(module.to_string());
                    }
                }
            } else if let Some(crates) = line.strip_prefix("At home everywhere: ") {
                read.everywhere.extend(names(crates));
            } else if let Some((modules, _)) = line.strip_prefix("1. **Pure middle.** ").and_then(|l| l.split_once(':'))
            {
                read.pure.extend(quoted(modules).map(str::to_string));
            }
        }
        read
    }
}

/// The words between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// "`render::gpu`: wgpu, pollster" → module and crates.
fn split_home(home: &str) -> (&str, &str) {
    home.trim().trim_start_matches('`').split_once("`:").expect("a home is written as `module`: crate, crate")
}

/// "sha2, libm." → names; what stands in brackets is for readers.
fn names(list: &str) -> impl Iterator<Item = String> {
    list.trim_end_matches('.').split(',').filter_map(|name| name.split_whitespace().next()).map(str::to_string)
}

/// A module imports only from floors below its own, and every module has a floor.
pub fn floors(told: &Architecture, house: &[Source]) -> Report {
    let mut report = Report::default();
    for source in house.iter().filter(|s| s.path == "src/lib.rs") {
        let tokens = source.tokens();
        for declared in tokens.windows(2).filter(|pair| pair[0].text == "mod") {
            report.seen += 1;
            if !told.floors.contains_key(declared[1].text) {
                report.at(
                    source,
                    declared[1].line,
                    format!("`{}` is on no floor of ARCHITECTURE.md", declared[1].text),
                );
            }
        }
    }
    for source in house {
        let module = source.module();
        let Some(&own) = module.first() else { continue };
        let tokens = source.tokens();
        for path in paths(&tokens) {
            let Some(target) = top_module(&module, &path) else { continue };
            report.seen += 1;
            let is_below = match (told.floors.get(target), told.floors.get(own)) {
                (Some(target), Some(own)) => target < own,
                _ => false,
            };
            if target != own && !is_below {
                report.at(source, path.line, format!("`{own}` may not import from `{target}`"));
            }
        }
    }
    report
}

/// The top-level module that a path written in `module` leads to; `None` where it leads to another crate, or stays here.
fn top_module<'s>(module: &[&'s str], path: &Path<'s>) -> Option<&'s str> {
    match path.segments[..] {
        ["crate" | "genki", target, ..] => Some(target),
        ["super", ..] => {
            let up = path.segments.iter().take_while(|s| **s == "super").count();
            let stays_inside = up < module.len() + path.depth;
            if stays_inside { module.first().copied() } else { path.segments.get(up).copied() }
        }
        _ => None,
    }
}

/// Each crate is used only where it is at home, is named in ARCHITECTURE.md, and is used at all.
pub fn homes(told: &Architecture, manifest: &str, house: &[Source]) -> Report {
    let mut report = Report::default();
    let crates = dependencies(manifest);
    let mut used = BTreeSet::new();
    let only_tests = test_modules(house);
    for source in house.iter().filter(|s| s.path.starts_with("src/")) {
        let module = source.module().join("::");
        let tokens = if only_tests.contains(&module) { Vec::new() } else { source.shipped() };
        for (name, line) in crates_used(&tokens, &crates) {
            report.seen += 1;
            used.insert(name);
            let is_at_home = |home: &String| module == *home || module.starts_with(&format!("{home}::"));
            let homes = told.homes.get(name).map_or(&[][..], Vec::as_slice);
            if !told.everywhere.contains(name) && !homes.iter().any(is_at_home) {
                report.at(source, line, format!("`{name}` is not at home in `{module}`"));
            }
        }
    }
    for name in &crates {
        if !told.homes.contains_key(name) && !told.everywhere.contains(name) {
            report.problems.push(format!("Cargo.toml: ARCHITECTURE.md does not say where `{name}` is at home"));
        }
        if !used.contains(name.as_str()) {
            report.problems.push(format!("Cargo.toml: `{name}` is not used by the program"));
        }
    }
    for name in told.homes.keys().chain(&told.everywhere).filter(|name| !crates.contains(*name)) {
        report.problems.push(format!("ARCHITECTURE.md: `{name}` is no dependency"));
    }
    report
}

/// The crates of the program, as Cargo.toml spells them.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let mut is_listed = false;
    let mut found = BTreeSet::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            is_listed = line == "[dependencies]" || (line.starts_with("[target.") && line.ends_with(".dependencies]"));
        } else if let (true, Some((name, _))) = (is_listed, line.split_once(" = "))
            && !line.starts_with([' ', '#'])
        {
            found.insert(name.to_string());
        }
    }
    found
}

/// Uses of crates, told from modules of the same name that the file imports or declares.
fn crates_used<'c>(tokens: &[Token], crates: &'c BTreeSet<String>) -> Vec<(&'c str, usize)> {
    let paths = paths(tokens);
    let imported = paths.iter().filter(|p| p.segments.len() > 1).filter_map(|p| p.brings);
    let declared = tokens.windows(2).filter(|pair| pair[0].text == "mod").map(|pair| pair[1].text);
    let local: BTreeSet<&str> = imported.chain(declared).collect();
    let named = |path: &Path| {
        let name = match path.segments[..] {
            ["", name, ..] => name,
            [name, ..] if !local.contains(name) => name,
            _ => return None,
        };
        crates.iter().find(|c| c.replace('-', "_") == name).map(|c| (c.as_str(), path.line))
    };
    paths.iter().filter_map(named).collect()
}

/// The ways in and out of a process.
const EFFECTS: [&str; 7] = ["env", "fs", "io", "net", "process", "thread", "time"];

/// Reads the driver's own table of GPUs, and nothing of a scene.
const READS_DRIVERS: &str = "src/render/gpu/visible.rs";

/// The pure modules know no clock, file, thread or environment; a renderer knows no path or file.
pub fn effects(told: &Architecture, house: &[Source]) -> Report {
    let mut report = Report::default();
    let only_tests = test_modules(house);
    for source in house.iter().filter(|s| !only_tests.contains(&s.module().join("::"))) {
        let module = source.module();
        let is_pure = module.first().is_some_and(|top| told.pure.contains(*top));
        if !is_pure && module.first() != Some(&"render") {
            continue;
        }
        let tokens = source.shipped();
        for path in paths(&tokens) {
            report.seen += 1;
            let is_effect = match path.segments[..] {
                _ if source.path == READS_DRIVERS => false,
                ["std", part, ..] if is_pure => EFFECTS.contains(&part),
                ["std", part, ..] => ["fs", "path"].contains(&part),
                ["rayon", ..] => is_pure,
                _ => false,
            };
            if is_effect {
                report.at(source, path.line, format!("`{}` is nothing for `{}`", path.segments.join("::"), module[0]));
            }
        }
    }
    report
}

/// Nothing below `cli` prints or decides an exit code.
pub fn silence(house: &[Source]) -> Report {
    let mut report = Report::default();
    let only_tests = test_modules(house);
    for source in house.iter().filter(|s| s.path.starts_with("src/") && !s.path.starts_with("src/cli/")) {
        if only_tests.contains(&source.module().join("::")) {
            continue;
        }
        report.seen += 1;
        let tokens = source.shipped();
        for i in 0..tokens.len() {
            let prints = ["print", "println", "eprint", "eprintln"].contains(&tokens[i].text);
            if prints && starts_with(&tokens[i + 1..], &["!"]) {
                report.at(source, tokens[i].line, format!("`{}!` below `cli`", tokens[i].text));
            }
        }
        for path in paths(&tokens) {
            let ends = [["process", "exit"], ["process", "abort"], ["io", "stdout"], ["io", "stderr"]];
            let is_main = source.path == "src/main.rs";
            let decides = path.segments.contains(&"ExitCode") && !is_main;
            if decides || ends.iter().any(|end| path.segments.ends_with(end)) {
                report.at(source, path.line, format!("`{}` below `cli`", path.segments.join("::")));
            }
        }
    }
    report
}

fn told() -> Architecture {
    Architecture::read(
        "| floor | modules | dependencies at home there |\n|---|---|---|\n| 0 | `hash` `layer` | `hash`: sha2 (a note) |\n\
         | 1 | `recipe` `formats` |  |\n| 2 | `render` | `render::gpu`: wgpu, zune-jpeg |\n\
         At home everywhere: libm, serde_json.\n1. **Pure middle.** `recipe`: same `input`.\n",
    )
}

#[test]
fn the_table_is_read_with_floors_homes_and_the_pure_middle() {
    let told = told();
    assert_eq!(told.floors.len(), 5);
    assert_eq!((told.floors["layer"], told.floors["render"]), (0, 2));
    assert_eq!(told.homes["sha2"], ["hash"]);
    assert_eq!(told.homes["zune-jpeg"], ["render::gpu"]);
    assert_eq!(told.homes.len(), 3);
    assert!(told.everywhere.iter().eq(["libm", "serde_json"]));
    assert!(told.pure.iter().eq(["recipe"]));
}

fn problems_of(check: impl Fn(&[Source]) -> Report, path: &str, text: &str) -> Vec<String> {
    check(&[Source::new(path, text)]).problems
}

#[test]
fn imports_from_the_same_floor_or_above_are_rejected() {
    let problems = |path, text| problems_of(|house| floors(&told(), house), path, text);
    assert_eq!(problems("src/recipe/a.rs", "use crate::{hash::b, recipe::c}; use super::d::e;"), [""; 0]);
    assert_eq!(
        problems("src/recipe/a.rs", "use crate::{hash,\n formats::b};"),
        ["src/recipe/a.rs:2: `recipe` may not import from `formats`"]
    );
    assert_eq!(problems("src/hash.rs", "fn f() { super::layer::g() }").len(), 1);
    assert_eq!(problems("src/recipe/a/b.rs", "fn f() { super::super::super::render::g() }").len(), 1);
    assert_eq!(problems("src/recipe/a/b.rs", "fn f() { super::super::render::g() }").len(), 0);
    assert_eq!(problems("src/hash.rs", "#[cfg(test)] mod tests { use genki::render::x; }").len(), 1);
    assert_eq!(problems("src/hash.rs", "#[cfg(test)] mod tests { use super::*; use super::super::layer; }").len(), 1);
    assert_eq!(problems("src/attic.rs", "use crate::hash::a;").len(), 1);
    assert_eq!(problems("src/lib.rs", "pub mod hash;\npub mod attic;").len(), 1);
}

#[test]
fn a_crate_away_from_home_unnamed_or_unused_is_rejected() {
    let manifest = "[dependencies]\nlibm = \"1\"\nsha2 = { version = \"1\", features = [\n    \"a = b\"\n] }\nserde_json = \"1\"\n\
                    wgpu = \"1\"\nzune-jpeg = \"1\"\n[dev-dependencies]\nimage = \"1\"\n";
    let all = "use libm::a; use sha2::b; use serde_json as c;";
    let gpu = Source::new("src/render/gpu/mod.rs", "use wgpu::a; fn f() { zune_jpeg::b() }");
    let check = |manifest: &str, path, text: &str| {
        let house = [Source::new(path, text), Source::new("src/render/gpu/mod.rs", &gpu.text)];
        homes(&told(), manifest, &house).problems
    };
    assert_eq!(check(manifest, "src/hash.rs", all), [""; 0]);
    let strayed = "src/hash.rs:1: `wgpu` is not at home in `hash`";
    assert_eq!(check(manifest, "src/hash.rs", &format!("{all} fn f() {{ wgpu::g() }}")), [strayed]);
    assert_eq!(check(manifest, "src/hash.rs", &format!("{all} use ::wgpu::g; mod wgpu;")), [strayed]);
    assert_eq!(check(manifest, "src/hash.rs", &format!("{all} use super::wgpu; fn f() {{ wgpu::g() }}")), [""; 0]);
    assert_eq!(check(manifest, "src/hash.rs", &format!("{all} #[cfg(test)] mod tests {{ use wgpu::g; }}")), [""; 0]);
    assert_eq!(
        check(manifest, "src/hash.rs", "use libm::a; use sha2::b;"),
        ["Cargo.toml: `serde_json` is not used by the program"]
    );
    let more = manifest.replace("[dev", "tar = \"1\"\n[dev");
    assert_eq!(check(&more, "src/hash.rs", all).len(), 2);
    let fewer = manifest.replace("wgpu = \"1\"\n", "");
    assert_eq!(check(&fewer, "src/hash.rs", all), ["ARCHITECTURE.md: `wgpu` is no dependency"]);
}

#[test]
fn a_clock_in_the_pure_middle_and_a_path_in_a_renderer_are_rejected() {
    let problems = |path, text| problems_of(|house| effects(&told(), house), path, text);
    assert_eq!(problems("src/recipe/a.rs", "use std::{fmt, time::Instant};").len(), 1);
    assert_eq!(problems("src/recipe/a.rs", "fn f() { std::fs::read(x) }").len(), 1);
    assert_eq!(problems("src/recipe/a.rs", "use rayon::prelude::*;").len(), 1);
    assert_eq!(problems("src/recipe/a.rs", "#[cfg(test)] mod tests { use std::fs; }").len(), 0);
    assert_eq!(problems("src/render/a.rs", "use std::path::Path; use std::time::Instant;").len(), 1);
    assert_eq!(problems("src/formats/a.rs", "use std::fs;").len(), 0);
}

#[test]
fn printing_and_exit_codes_below_cli_are_rejected() {
    let problems = |path, text| problems_of(silence, path, text);
    assert_eq!(problems("src/run/a.rs", "fn f() { eprintln!() }").len(), 1);
    assert_eq!(problems("src/run/a.rs", "fn f() { std::process::exit(1) }").len(), 1);
    assert_eq!(problems("src/run/a.rs", "use std::process::ExitCode;").len(), 1);
    assert_eq!(problems("src/run/a.rs", "use std::io::{self, Write, stderr};").len(), 1);
    assert_eq!(problems("src/cli/a.rs", "fn f() { println!() }").len(), 0);
    assert_eq!(problems("src/run/a.rs", "#[cfg(test)] mod tests { fn f() { println!() } }").len(), 0);
}
