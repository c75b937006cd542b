//! What holds for any file: an opening comment, a length that can be read, nothing unfinished, nothing of one machine.

use crate::report::Report;
use crate::source::{Source, Token, starts_with, test_modules};
use std::collections::BTreeSet;

/// Lines of code: neither blank nor comment, tests at the end of a file left out.
const LONGEST: usize = 400;
/// A file of tests.
const LONGEST_TEST: usize = 500;

/// Files that may be longer.
pub const LONG: [(&str, &str); 2] = [
    ("src/recipe/tables.rs", "a table: the keys of a recipe"),
    ("src/render/cpu/walk_packet.rs", "the beam and the walk of a packet, one arithmetic over two halves"),
];

/// Every file of Rust or WGSL opens by saying what it is.
pub fn headers(house: &[Source]) -> Report {
    let mut report = Report::default();
    for source in house.iter().filter(|s| s.is_rust() || s.is_shader()) {
        report.seen += 1;
        if source.header().len() < 20 {
            report.at(source, 1, "does not open with `//!` and what it is".to_string());
        }
    }
    report
}

/// No file is longer than can be read at once.
pub fn lengths(house: &[Source]) -> Report {
    let mut report = Report::default();
    let only_tests = test_modules(house);
    for source in house.iter().filter(|s| s.is_rust() || s.is_shader()) {
        report.seen += 1;
        let is_test = source.path.starts_with("tests/") || only_tests.contains(&source.module().join("::"));
        let (tokens, longest) = if is_test { (source.tokens(), LONGEST_TEST) } else { (source.shipped(), LONGEST) };
        let lines = tokens.iter().map(|t| t.line).collect::<BTreeSet<_>>().len();
        if lines > longest && !LONG.iter().any(|(path, _)| *path == source.path) {
            report.at(source, 1, format!("{lines} lines of code, and {longest} are enough"));
        }
    }
    report
}

/// Folders of machines. In pieces, since this file is searched too.
const MACHINE_PATHS: [&str; 5] =
    [concat!("/ho", "me/"), concat!("/ro", "ot/"), concat!("/wo", "rk/"), concat!("/Us", "ers/"), concat!("/m", "nt/")];

/// Nothing names a machine's folders.
pub fn machine_paths(house: &[Source]) -> Report {
    let mut report = Report::default();
    for source in house {
        for (i, line) in source.text.lines().enumerate() {
            report.seen += 1;
            for folder in MACHINE_PATHS.iter().filter(|folder| line.contains(**folder)) {
                report.at(source, i + 1, format!("`{folder}` is a folder of some machine"));
            }
        }
    }
    report
}

/// A file of the house that a comment or paper names is there.
pub fn mentions(house: &[Source]) -> Report {
    let mut report = Report::default();
    let there: BTreeSet<&str> = house.iter().map(|s| s.path.as_str()).collect();
    // The examples of these checks are made up.
    for source in house.iter().filter(|s| !s.path.starts_with("tests/tidy/")) {
        for (i, line) in source.text.lines().enumerate() {
            for word in line.split(|c: char| !(c.is_alphanumeric() || "_./".contains(c))) {
                let word = word.trim_end_matches('.');
                let is_ours = ["src/", "shaders/", "tests/", "examples/"].iter().any(|folder| word.starts_with(folder));
                if !is_ours || !(word.ends_with(".rs") || word.ends_with(".wgsl")) {
                    continue;
                }
                report.seen += 1;
                // `NAME` stands for any.
                if !there.contains(word) && !word.contains("NAME") {
                    report.at(source, i + 1, format!("{word} is not there"));
                }
            }
        }
    }
    report
}

/// Nothing unfinished, switched off or waited for; no lint silenced without a reason.
pub fn unfinished(house: &[Source]) -> Report {
    let mut report = Report::default();
    for source in house.iter().filter(|s| s.is_rust()) {
        let tokens = source.tokens();
        for (i, token) in tokens.iter().enumerate() {
            report.seen += 1;
            let rest = &tokens[i + 1..];
            let is_macro = ["todo", "unimplemented", "dbg"].contains(&token.text) && starts_with(rest, &["!"]);
            let sleeps = token.text == "sleep" && starts_with(rest, &["("]);
            if is_macro || sleeps || (token.text == "ignore" && is_attribute(&tokens, i)) {
                report.at(source, token.line, format!("`{}`", token.text));
            }
            if token.text == "allow" && is_attribute(&tokens, i) {
                report.at(source, token.line, "`allow`: write `expect` with its reason".to_string());
            }
            let reason = rest.iter().take_while(|t| t.text != "]").any(|t| t.text == "reason");
            if token.text == "expect" && is_attribute(&tokens, i) && !reason {
                report.at(source, token.line, "`expect` without a reason".to_string());
            }
        }
    }
    report
}

/// `#[word` or `#![word`.
fn is_attribute(tokens: &[Token], i: usize) -> bool {
    tokens[..i].ends_with_words(&["#", "["]) || tokens[..i].ends_with_words(&["#", "!", "["])
}

trait EndsWithWords {
    fn ends_with_words(&self, words: &[&str]) -> bool;
}

impl EndsWithWords for [Token<'_>] {
    fn ends_with_words(&self, words: &[&str]) -> bool {
        self.len() >= words.len() && starts_with(&self[self.len() - words.len()..], words)
    }
}

/// The name of a test is a sentence.
pub fn test_names(house: &[Source]) -> Report {
    let mut report = Report::default();
    for source in house.iter().filter(|s| s.is_rust()) {
        let tokens = source.tokens();
        for i in (0..tokens.len()).filter(|&i| starts_with(&tokens[i..], &["#", "[", "test", "]"])) {
            let Some(at) = (i..tokens.len()).find(|&j| tokens[j].text == "fn") else { continue };
            let name = tokens[at + 1];
            report.seen += 1;
            // `$` stands for a name that is given to a macro.
            if name.text != "$" && name.text.split('_').count() < 3 {
                report.at(source, name.line, format!("`{}` is no sentence", name.text));
            }
        }
    }
    report
}

fn problems(check: fn(&[Source]) -> Report, path: &str, text: &str) -> usize {
    check(&[Source::new(path, text)]).problems.len()
}

#[test]
fn a_file_that_does_not_say_what_it_is_is_rejected() {
    assert_eq!(problems(headers, "src/a.rs", "//! What this file is.\nmod b;"), 0);
    assert_eq!(problems(headers, "src/a.rs", "// What this file is.\nmod b;"), 1);
    assert_eq!(problems(headers, "src/a.rs", "//!\nmod b;"), 1);
    assert_eq!(problems(headers, "shaders/a.wgsl", "fn b() {}"), 1);
}

#[test]
fn a_file_past_the_longest_is_rejected() {
    let lines = |n: usize| "a;\n// comment\n\n".repeat(n);
    let tests = |n: usize| format!("{}#[cfg(test)] mod tests {{ {} }}", lines(n), lines(LONGEST));
    assert_eq!(problems(lengths, "src/a.rs", &tests(LONGEST)), 0);
    assert_eq!(problems(lengths, "src/a.rs", &tests(LONGEST + 1)), 1);
    assert_eq!(problems(lengths, "tests/a.rs", &lines(LONGEST_TEST)), 0);
    assert_eq!(problems(lengths, "tests/a.rs", &lines(LONGEST_TEST + 1)), 1);
    assert_eq!(problems(lengths, LONG[0].0, &lines(LONGEST + 1)), 0);
}

#[test]
fn a_path_of_one_machine_is_rejected() {
    assert_eq!(problems(machine_paths, "src/a.rs", "// see src/b.rs and framework/c"), 0);
    for folder in MACHINE_PATHS {
        assert_eq!(problems(machine_paths, "src/a.rs", &format!("// see {folder}b")), 1);
    }
}

#[test]
fn a_file_that_is_named_but_not_there_is_rejected() {
    assert_eq!(problems(mentions, "src/a.rs", "//! See src/a.rs, and shaders/NAME.wgsl; not `other/src/c.rs`."), 0);
    assert_eq!(problems(mentions, "src/a.rs", "//! Twin: shaders/a.wgsl."), 1);
}

#[test]
fn what_is_unfinished_or_silenced_is_rejected() {
    let found = |text| problems(unfinished, "src/a.rs", text);
    assert_eq!(found("#[expect(b, reason = \"c\")] fn d() { e.expect(f).allow(g).ignore() } // todo!()"), 0);
    for text in ["todo!()", "unimplemented!()", "dbg!(a)", "#[ignore = \"b\"]", "thread::sleep(a)"] {
        assert_eq!(found(text), 1, "{text}");
    }
    for text in ["#[allow(a)]", "#![allow(a)]", "#[expect(a)] #[b(reason)]", "#![expect(a)]"] {
        assert_eq!(found(text), 1, "{text}");
    }
}

#[test]
fn a_test_whose_name_is_no_sentence_is_rejected() {
    assert_eq!(problems(test_names, "src/a.rs", "#[test] fn a_b_c() {} fn d() {}"), 0);
    assert_eq!(problems(test_names, "src/a.rs", "#[test] #[b] fn works() {}"), 1);
}
