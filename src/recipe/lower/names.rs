//! Texts that follow a rule: names, ids, licences, accounts, paths, globs. Pure.

use super::super::hints::did_you_mean;
use super::super::node::{At, Entry, Kind, Node, shortened};
use super::super::reader::{Mapping, Reader};
use super::super::scalars::{some_text, text};
use super::super::schema::Field;
use super::Known;
use sha3::{Digest, Keccak256};
use std::collections::BTreeMap;

/// Longest name of a recipe: it begins every file name.
const MAX_NAME: usize = 64;

/// Common SPDX ids, to guess what was meant.
const LICENSES: [&str; 26] = [
    "CC0-1.0",
    "CC-BY-4.0",
    "CC-BY-3.0",
    "CC-BY-SA-4.0",
    "CC-BY-SA-3.0",
    "CC-BY-ND-4.0",
    "CC-BY-NC-4.0",
    "CC-BY-NC-SA-4.0",
    "CC-BY-NC-ND-4.0",
    "MIT",
    "MIT-0",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "0BSD",
    "ISC",
    "Zlib",
    "Unlicense",
    "GPL-2.0-only",
    "GPL-3.0-only",
    "GPL-3.0-or-later",
    "LGPL-3.0-only",
    "MPL-2.0",
    "ODbL-1.0",
    "ODC-By-1.0",
    "PDDL-1.0",
];

/// `[a-z0-9_-]+`: it begins every file name of the dataset.
pub fn name(r: &mut Reader, field: &Field, node: &Node) -> Option<String> {
    let name = text(r, field, node)?;
    if is_name(&name) {
        return Some(name);
    }
    let fixed = name_of(&name);
    let message = if name.len() > MAX_NAME {
        format!("{} has {} characters, but at most {MAX_NAME}", field.name, name.chars().count())
    } else {
        format!("{} is `{}`, but it has only a-z, 0-9, `_` and `-`", field.name, shortened(&name))
    };
    r.error_with_hint(node.at, message, format!("as `{fixed}`"));
    None
}

fn is_name(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-');
    !text.is_empty() && text.len() <= MAX_NAME && text.bytes().all(allowed)
}

/// The nearest allowed name.
fn name_of(text: &str) -> String {
    let mut name = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() || c == '_' || c == '-' {
            name.push(c);
        } else if !name.ends_with('-') && !name.is_empty() {
            name.push('-');
        }
    }
    name.truncate(MAX_NAME);
    let name = name.trim_end_matches('-');
    if name.is_empty() { "recipe".to_owned() } else { name.to_owned() }
}

/// The name of a recipe that says none: its file's, without folder and ending.
pub fn name_of_file(path: &str) -> String {
    let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    name_of(stem)
}

fn is_id(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= MAX_NAME
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

pub fn check_pool_name(r: &mut Reader, entry: &Entry) -> Option<()> {
    if is_id(&entry.key) {
        return Some(());
    }
    let message =
        format!("a pool is named `{}`, but a name has only letters, digits, `_` and `-`", shortened(&entry.key));
    r.error_with_hint(entry.key_at, message, format!("as `{}`", name_of(&entry.key)));
    None
}

/// The id of an item of a list, which names its draws; without one its position does.
pub fn id(r: &mut Reader, m: &Mapping<'_>, index: usize, seen: &mut BTreeMap<String, At>) -> Option<String> {
    let position = index.to_string();
    let read = |r: &mut Reader, field: &Field, node: &Node| {
        if let Kind::Int(_) = node.kind {
            let hint = "without `id` an item is named by its position in the list";
            r.error_with_hint(node.at, format!("id is {}, but it is a word", node.describe()), hint);
            return None;
        }
        let id = text(r, field, node)?;
        let reserved = id == "scene" || (id.bytes().all(|b| b.is_ascii_digit()) && id != position);
        if is_id(&id) && !reserved {
            return Some(id);
        }
        let (message, hint) = if reserved {
            (format!("`{id}` can't be an id"), "digits are positions in the list, and `scene` is the whole scene")
        } else {
            (format!("id is `{}`, but it has only letters, digits, `_` and `-`", shortened(&id)), "")
        };
        r.error_with_hint(node.at, message, hint);
        None
    };
    let id = m.optional(r, "id", read)?.unwrap_or_else(|| position.clone());
    let at = m.entry("id").map_or(m.at(), |entry| entry.value.at);
    if let Some(first) = seen.get(&id) {
        r.error_with_hint(at, format!("id `{id}` is used twice"), format!("the first is on line {}", first.line));
        return None;
    }
    seen.insert(id.clone(), at);
    Some(id)
}

/// The name of a pool that exists.
pub fn pool_name(r: &mut Reader, field: &Field, node: &Node, known: &mut Known) -> Option<String> {
    let name = text(r, field, node)?;
    if known.pools.contains(&name) {
        known.used_pools.insert(name.clone());
        return Some(name);
    }
    let guess = did_you_mean(&name, known.pools.iter().map(String::as_str));
    let hint = match (guess.is_empty(), known.pools.is_empty()) {
        (true, false) => {
            format!(
                "the pools of `assets` are {}",
                super::either(known.pools.iter().map(String::as_str)).replace(" or ", " and ")
            )
        }
        (true, true) => "`assets` has no pools".to_owned(),
        _ => String::new(),
    };
    r.error_with_hint(node.at, format!("there is no pool `{}`{guess}", shortened(&name)), hint);
    None
}

/// An SPDX id; whether one licence allows another is decided where the assets are known.
pub fn license(r: &mut Reader, field: &Field, node: &Node) -> Option<String> {
    let id = some_text(r, field, node)?;
    let spaced = id.replace(' ', "-");
    if let Some(known) = LICENSES.iter().find(|known| known.eq_ignore_ascii_case(&spaced)) {
        if *known != id {
            r.error(node.at, format!("{} is `{id}`; did you mean `{known}`?", field.name));
            return None;
        }
        return Some(id);
    }
    // Of short words anything is near, and a wrong licence is worse than no advice.
    let near = |known: &&str| spaced.len() >= 6 || known.to_lowercase().starts_with(&spaced.to_lowercase());
    let guess = did_you_mean(&spaced, LICENSES.into_iter().filter(near));
    let shaped = id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'+'));
    if !shaped {
        let hint = if guess.is_empty() {
            "see https://spdx.org/licenses; a licence that isn't there is `LicenseRef-NAME`"
        } else {
            ""
        };
        r.error_with_hint(node.at, format!("{} is `{}`, which is no SPDX id{guess}", field.name, shortened(&id)), hint);
        return None;
    }
    if !guess.is_empty() && !id.starts_with("LicenseRef-") {
        r.warning(node.at, format!("licence `{id}` is not a common one{guess}"), "");
    }
    Some(id)
}

/// The same, or an empty text: not stated.
pub fn license_or_nothing(r: &mut Reader, field: &Field, node: &Node) -> Option<String> {
    if node.as_text() == Some("") { Some(String::new()) } else { license(r, field, node) }
}

/// An account by CAIP-10: `namespace:reference:address`.
pub fn account(r: &mut Reader, field: &Field, node: &Node) -> Option<String> {
    let account = some_text(r, field, node)?;
    let mut parts = account.splitn(3, ':');
    let (namespace, reference, address) = (parts.next(), parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    let namespace = namespace.unwrap_or("");
    let of = |text: &str, lengths: std::ops::RangeInclusive<usize>, extra: &[u8], lower: bool| {
        lengths.contains(&text.len())
            && text.bytes().all(|b| {
                extra.contains(&b) || b.is_ascii_digit() || b.is_ascii_lowercase() || (!lower && b.is_ascii_uppercase())
            })
    };
    let shaped =
        of(namespace, 3..=8, b"-", true) && of(reference, 1..=32, b"-_", false) && of(address, 1..=128, b"-.%", false);
    if !shaped {
        let hint = if account.starts_with("0x") {
            format!("write `eip155:1:{account}`")
        } else {
            "as `eip155:1:0x…`".to_owned()
        };
        let message =
            format!("{} is `{}`, but it is namespace:chain:address (CAIP-10)", field.name, shortened(&account));
        r.error_with_hint(node.at, message, hint);
        return None;
    }
    let hex = address.strip_prefix("0x").unwrap_or("");
    if namespace == "eip155" && (hex.len() != 40 || !hex.bytes().all(|b| b.is_ascii_hexdigit())) {
        let message =
            format!("the address of {} has {} hexadecimal digits after `0x`, but it has 40", field.name, hex.len());
        r.error(node.at, message);
        return None;
    }
    let is_mixed = hex.bytes().any(|b| b.is_ascii_lowercase()) && hex.bytes().any(|b| b.is_ascii_uppercase());
    if namespace == "eip155" && is_mixed && hex != eip55(hex) {
        let message = format!("the address of {} does not agree with its own checksum (EIP-55)", field.name);
        r.error_with_hint(node.at, message, "a letter or digit is wrong: copy it again from the wallet");
        return None;
    }
    Some(account)
}

/// An address in the spelling that carries its checksum: a letter is upper case where the Keccak-256 of the lower-case
/// digits has a nibble of 8 or more. Source: EIP-55.
fn eip55(hex: &str) -> String {
    let lower = hex.to_ascii_lowercase();
    let digest = Keccak256::digest(lower.as_bytes());
    let nibble = |i: usize| if i.is_multiple_of(2) { digest[i / 2] >> 4 } else { digest[i / 2] & 15 };
    lower.chars().enumerate().map(|(i, c)| if nibble(i) >= 8 { c.to_ascii_uppercase() } else { c }).collect()
}

/// A path or glob with `/`.
pub fn path(r: &mut Reader, field: &Field, node: &Node) -> Option<String> {
    path_text(r, field.name, node)
}

pub fn path_text(r: &mut Reader, name: &str, node: &Node) -> Option<String> {
    let Some(path) = node.as_text() else {
        r.error(node.at, format!("{name} is {}, but it is a path", node.describe()));
        return None;
    };
    let Some((what, hint)) = wrong_with_path(path) else { return Some(path.to_owned()) };
    r.error_with_hint(node.at, format!("{name} {what}"), hint);
    None
}

/// Why no recipe can name a path, and what to do about it; `None` where one can.
pub fn wrong_with_path(path: &str) -> Option<(String, String)> {
    let wrong = |what: &str, hint: &str| Some((what.to_owned(), hint.to_owned()));
    if path.trim().is_empty() {
        wrong("is empty", "")
    } else if path.contains('\\') {
        wrong("has backslashes", &format!("write `{}`", path.replace('\\', "/")))
    } else if path.starts_with('~') {
        wrong("begins with `~`, which only shells know", "write a path that is relative to the recipe")
    } else if path.contains("${") {
        wrong("has a parameter", "`params` are not supported yet: write the value")
    } else if path.contains(['\0', '\n']) {
        wrong("has characters that no path has", "")
    } else {
        let error = globset::Glob::new(path).err()?;
        wrong(&format!("is no glob: {}", error.kind()), "`*`, `?`, `[…]` and `{a,b}` have a meaning in globs")
    }
}

/// A glob on names.
pub fn glob(r: &mut Reader, field: &Field, node: &Node) -> Option<String> {
    let glob = text(r, field, node)?;
    match globset::Glob::new(&glob) {
        Ok(_) => Some(glob),
        Err(error) => {
            let hint = "`*`, `?`, `[…]` and `{a,b}` have a meaning in globs; `\\` before them takes it away";
            r.error_with_hint(node.at, format!("{} is no glob: {}", field.name, error.kind()), hint);
            None
        }
    }
}

/// A class: one line, or nothing.
pub fn class(r: &mut Reader, field: &Field, node: &Node) -> Option<String> {
    let class = text(r, field, node)?;
    if class.chars().any(char::is_control) || class.trim() != class {
        r.error(
            node.at,
            format!("{} is `{}`, but it has no spaces around it and no line ends", field.name, shortened(&class)),
        );
        return None;
    }
    Some(class)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_the_standards_own_examples() {
        // Of EIP-55, section "Test Cases".
        for address in [
            "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
            "fB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
            "dbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
            "D1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
            "52908400098527886E0F7030069857D2E4169EE7",
            "de709f2102306220921060314715629080e2fb77",
        ] {
            assert_eq!(eip55(address), address);
        }
    }

    #[test]
    fn a_recipe_without_a_name_has_its_files() {
        assert_eq!(name_of_file("recipes/Studio Helmets.v2.yaml"), "studio-helmets-v2");
        assert_eq!(name_of_file("C:\\x\\a_b.yml"), "a_b");
        assert_eq!(name_of_file("日本.yaml"), "recipe");
        assert_eq!(name_of_file("-"), "recipe");
        assert!(is_name(&name_of_file("a--b.yaml")));
    }
}
