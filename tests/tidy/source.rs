//! One file of the house as tokens: without comments and literals, and on demand without what only tests see. Knows no
//! rules. Reads Rust and WGSL alike, as far as names, paths and braces go.

use std::collections::BTreeSet;

pub struct Source {
    /// From the repository's root, with `/`.
    pub path: String,
    pub text: String,
    /// The text with blanks where comments and literals are.
    code: String,
}

#[derive(Clone, Copy)]
pub struct Token<'s> {
    pub text: &'s str,
    /// From 1.
    pub line: usize,
}

/// `a::b::c`, in a use or where it stands; an absolute one begins with an empty segment.
pub struct Path<'s> {
    pub segments: Vec<&'s str>,
    pub line: usize,
    /// Inline modules around it.
    pub depth: usize,
    /// The name that a use brings in.
    pub brings: Option<&'s str>,
}

impl Source {
    pub fn new(path: &str, text: &str) -> Source {
        Source { path: path.to_string(), text: text.to_string(), code: blanked(text) }
    }

    pub fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    pub fn is_shader(&self) -> bool {
        self.path.ends_with(".wgsl")
    }

    pub fn tokens(&self) -> Vec<Token<'_>> {
        let mut tokens = Vec::new();
        for (line_idx, line) in self.code.lines().enumerate() {
            let mut rest = line.trim_start();
            while let Some(first) = rest.chars().next() {
                let length = match first {
                    _ if is_word(first) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
                    _ if rest.starts_with("::") => 2,
                    _ => first.len_utf8(),
                };
                tokens.push(Token { text: &rest[..length], line: line_idx + 1 });
                rest = rest[length..].trim_start();
            }
        }
        tokens
    }

    /// The tokens that are compiled into the program: all but items under `#[cfg(test)]`.
    pub fn shipped(&self) -> Vec<Token<'_>> {
        let tokens = self.tokens();
        let mut kept = Vec::with_capacity(tokens.len());
        let mut i = 0;
        while i < tokens.len() {
            if starts_with(&tokens[i..], &CFG_TEST) {
                i = item_end(&tokens, i + CFG_TEST.len());
            } else {
                kept.push(tokens[i]);
                i += 1;
            }
        }
        kept
    }

    /// The module that the file is: `["render", "cpu"]` for src/render/cpu/mod.rs; empty for the root and outside src.
    pub fn module(&self) -> Vec<&str> {
        let Some(inner) = self.path.strip_prefix("src/").and_then(|p| p.strip_suffix(".rs")) else { return Vec::new() };
        inner.split('/').filter(|name| !["mod", "lib", "main"].contains(name)).collect()
    }

    /// The comment that opens the file.
    pub fn header(&self) -> String {
        self.text.lines().take_while(|line| line.starts_with("//!")).collect::<Vec<_>>().join("\n")
    }
}

const CFG_TEST: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];

/// The modules that only tests see because their parent declares them so, as `asset::tests`.
pub fn test_modules(house: &[Source]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for source in house {
        let tokens = source.tokens();
        for i in (0..tokens.len()).filter(|&i| starts_with(&tokens[i..], &CFG_TEST)) {
            let end = item_end(&tokens, i + CFG_TEST.len());
            if let [.., keyword, name, last] = &tokens[i..end]
                && (keyword.text, last.text) == ("mod", ";")
            {
                let mut module = source.module();
                module.push(name.text);
                found.insert(module.join("::"));
            }
        }
    }
    found
}

/// The index behind the item that begins at `i`: its semicolon, or the brace that closes its first.
fn item_end(tokens: &[Token], i: usize) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(i) {
        match token.text {
            "{" | "[" | "(" => depth += 1,
            "}" | "]" | ")" => depth -= 1,
            _ => {}
        }
        if depth == 0 && [";", "}"].contains(&token.text) {
            return at + 1;
        }
    }
    tokens.len()
}

pub fn starts_with(tokens: &[Token], words: &[&str]) -> bool {
    tokens.len() >= words.len() && tokens.iter().zip(words).all(|(token, word)| token.text == *word)
}

/// The name behind each `fn`, in order, with its line.
pub fn functions<'s>(tokens: &[Token<'s>]) -> Vec<Token<'s>> {
    let after_fn = tokens.windows(2).filter(|pair| pair[0].text == "fn").map(|pair| pair[1]);
    after_fn.filter(|name| name.text.starts_with(is_word)).collect()
}

/// All paths of more than one segment, and whatever is imported, groups written out.
pub fn paths<'s>(tokens: &[Token<'s>]) -> Vec<Path<'s>> {
    let mut found = Vec::new();
    // For each open brace, whether it is an inline module's.
    let mut braces = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        let line = tokens[i].line;
        let depth = braces.iter().filter(|is_module| **is_module).count();
        match tokens[i].text {
            "{" => braces.push(i >= 2 && tokens[i - 2].text == "mod"),
            "}" => _ = braces.pop(),
            "use" => {
                let first = found.len();
                i = use_tree(tokens, i + 1, Vec::new(), &mut found);
                found[first..].iter_mut().for_each(|path| path.depth = depth);
                continue;
            }
            _ => {}
        }
        let mut segments = Vec::new();
        if tokens[i].text == "::" && !tokens[..i].last().is_some_and(|t| t.text == ">" || t.text.ends_with(is_word)) {
            segments.push("");
            i += 1;
        }
        while i < tokens.len() && tokens[i].text.starts_with(is_word) {
            segments.push(tokens[i].text);
            i += 1;
            if !(starts_with(&tokens[i..], &["::"]) && tokens.get(i + 1).is_some_and(|t| t.text.starts_with(is_word))) {
                break;
            }
            i += 1;
        }
        match segments.len() {
            0 => i += 1,
            1 => {}
            _ => found.push(Path { segments, line, depth, brings: None }),
        }
    }
    found
}

/// Reads one branch of a use from `i` on; returns where it ends.
fn use_tree<'s>(tokens: &[Token<'s>], mut i: usize, mut prefix: Vec<&'s str>, found: &mut Vec<Path<'s>>) -> usize {
    while i < tokens.len() {
        let Token { text, line } = tokens[i];
        match text {
            "::" if prefix.is_empty() => prefix.push(""),
            "::" => {}
            "{" => {
                while !["}", ";"].contains(&tokens[i].text) {
                    i = use_tree(tokens, i + 1, prefix.clone(), found);
                    if i >= tokens.len() {
                        return i;
                    }
                }
                return i + 1;
            }
            "*" => {
                prefix.push("*");
                found.push(Path { segments: prefix, line, depth: 0, brings: None });
                return i + 1;
            }
            _ if text.starts_with(is_word) => {
                if text != "self" || prefix.is_empty() {
                    prefix.push(text);
                }
                if !starts_with(&tokens[i + 1..], &["::"]) {
                    let alias = starts_with(&tokens[i + 1..], &["as"]).then(|| tokens[i + 2].text);
                    let brings = alias.or(prefix.last().copied());
                    found.push(Path { segments: prefix, line, depth: 0, brings });
                    return i + if alias.is_some() { 3 } else { 1 };
                }
            }
            // The end of a list with a trailing comma, or `use<'a>` in a return type.
            _ => return i,
        }
        i += 1;
    }
    i
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// The text with blanks for comments, strings and characters; lines stay.
fn blanked(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut i = 0;
    while i < chars.len() {
        match literal_end(&chars, i) {
            Some(end) => {
                out.extend(chars[i..end].iter().map(|&c| if c == '\n' { '\n' } else { ' ' }));
                i = end;
            }
            None => {
                out.push(chars[i]);
                i += 1;
            }
        }
    }
    out
}

/// Where the comment, string or character that begins at `i` ends; `None` if none begins there.
fn literal_end(chars: &[char], i: usize) -> Option<usize> {
    let at = |j: usize| chars.get(j).copied().unwrap_or('\0');
    let find = |from: usize, wanted: &[char]| {
        (from..chars.len()).find(|&j| chars[j..].starts_with(wanted)).map_or(chars.len(), |j| j + wanted.len())
    };
    match at(i) {
        '/' if at(i + 1) == '/' => Some(find(i, &['\n']) - 1).map(|end| end.max(i + 2)),
        '/' if at(i + 1) == '*' => Some(find(i, &['*', '/'])),
        '"' => {
            let mut j = i + 1;
            while j < chars.len() && chars[j] != '"' {
                j += if chars[j] == '\\' { 2 } else { 1 };
            }
            Some((j + 1).min(chars.len()))
        }
        'r' if i == 0 || !is_word(at(i - 1)) || at(i - 1) == 'b' => {
            let hashes = chars[i + 1..].iter().take_while(|&&c| c == '#').count();
            let closing: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
            (at(i + 1 + hashes) == '"').then(|| find(i + 2 + hashes, &closing))
        }
        '\'' if at(i + 1) == '\\' => Some(find(i + 3, &['\''])),
        // A lifetime has no second quote.
        '\'' if at(i + 2) == '\'' => Some(i + 3),
        _ => None,
    }
}

#[test]
fn comments_strings_and_characters_are_no_code() {
    let text = r####"a /* b */ "c \" d" r#"e " f"# 'g' '\'' b"h" // i
        &'j k :: l"####;
    let source = Source::new("src/a.rs", text);
    let words: Vec<&str> = source.tokens().iter().map(|t| t.text).collect();
    assert_eq!(words, ["a", "b", "&", "'", "j", "k", "::", "l"]);
    assert_eq!(source.tokens().last().map(|t| t.line), Some(2));
}

#[test]
fn what_only_tests_see_is_left_out() {
    let text = "mod a; #[cfg(test)] mod tests; #[cfg(test)] #[x(y)] mod b { fn c() {} } #[cfg(test)] use d::{e}; f";
    let source = Source::new("src/asset/mod.rs", text);
    let words: Vec<&str> = source.shipped().iter().map(|t| t.text).collect();
    assert_eq!(words, ["mod", "a", ";", ";", "f"]);
    assert_eq!(test_modules(&[source]).into_iter().collect::<Vec<_>>(), ["asset::tests"]);
}

#[test]
fn paths_are_found_in_groups_and_where_they_stand() {
    let text = "use crate::{a, b::{self, c as d}, e::*,}; fn f() { super::super::g::h(); ::i::j; k.l; m::<n::o>::p }";
    let source = Source::new("src/a.rs", text);
    let tokens = source.tokens();
    let found: Vec<String> = paths(&tokens).iter().map(|p| p.segments.join("::")).collect();
    assert_eq!(found, ["crate::a", "crate::b", "crate::b::c", "crate::e::*", "super::super::g::h", "::i::j", "n::o"]);
    let inner = Source::new("src/a.rs", "use a::b; mod c { fn d() { e::f() } use g::h; } i::j");
    let depths: Vec<usize> = paths(&inner.tokens()).iter().map(|p| p.depth).collect();
    assert_eq!(depths, [0, 1, 1, 0]);
    let brought: Vec<&str> = paths(&tokens).iter().filter_map(|p| p.brings).collect();
    assert_eq!(brought, ["a", "b", "d"]);
}
