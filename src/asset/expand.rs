//! Globs over assets: patterns → paths that are the same on every machine.
//!
//! `*` and `?` stay inside one folder name, `**` crosses them; `[…]` and `{a,b}` work. Paths come out relative to the
//! root, `/`-separated, in Unicode NFC, sorted by their bytes. Links are followed to files only, and never outward.

use super::AssetError;
use super::error::Cause;
use globset::GlobBuilder;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use unicode_normalization::UnicodeNormalization;
use walkdir::WalkDir;

/// Files that one pattern may look at.
const MAX_ENTRIES: usize = 1_000_000;

/// The files below `root` that `pattern` names; a plain path passes through if the file is there.
pub fn expand(root: &Path, pattern: &str) -> Result<Vec<String>, AssetError> {
    expand_within(root, pattern, &[])
}

/// As [`expand`], with further folders that may be read.
pub fn expand_within(root: &Path, pattern: &str, allowed: &[PathBuf]) -> Result<Vec<String>, AssetError> {
    let found = expanded(root, pattern, allowed)
        .and_then(|found| found.into_iter().map(|(path, judged)| judged.map(|()| path)).collect());
    found.map_err(|error: AssetError| error.in_file(pattern))
}

/// The path of a file that was found, and why it may not be read.
pub type Judged = (String, Result<(), AssetError>);

/// The same, where one file that may not be read is no reason to give up the others.
pub fn search_within(root: &Path, pattern: &str, allowed: &[PathBuf]) -> Result<Vec<Judged>, AssetError> {
    expanded(root, pattern, allowed).map_err(|error| error.in_file(pattern))
}

fn expanded(root: &Path, pattern: &str, allowed: &[PathBuf]) -> Result<Vec<Judged>, AssetError> {
    if pattern.contains('\\') {
        return Err(
            AssetError::new(Cause::NoMatch, "", "holds a backslash").with_hint("write paths with forward slashes")
        );
    }
    if pattern.contains("://") {
        return Err(AssetError::new(Cause::NoMatch, "", "is an address, and assets are files")
            .with_hint("download it beside the recipe"));
    }
    let pattern = normal(&pattern.nfc().collect::<String>());
    if pattern.is_empty() {
        return Err(AssetError::new(Cause::NoMatch, "", "names no file"));
    }
    let fence = Fence::new(root, allowed)?;
    let (base, rest) = split_base(&pattern);
    if rest.is_empty() {
        let file = plain(root, &pattern, &fence);
        return Ok(vec![(pattern, file)]);
    }
    let start = on_disk(root, &base);
    fence.check(&start).map_err(|error| match error.cause {
        Cause::Io => no_match(root, &base, &pattern),
        _ => error,
    })?;
    let matcher = GlobBuilder::new(&pattern)
        .literal_separator(true)
        .build()
        .map_err(|e| AssetError::new(Cause::NoMatch, "", format!("is not a pattern: {}", e.kind())))?
        .compile_matcher();
    let hidden_wanted = rest.starts_with('.') || rest.contains("/.");
    let mut found = Vec::new();
    let mut seen = 0;
    let walk = WalkDir::new(&start).follow_links(false).sort_by_file_name();
    let mut entries = walk.into_iter();
    while let Some(entry) = entries.next() {
        let entry = entry.map_err(|e| AssetError::new(Cause::Io, "", format!("cannot be searched: {e}")))?;
        seen += 1;
        if seen > MAX_ENTRIES {
            return Err(AssetError::too_large("", format!("looks at more than {MAX_ENTRIES} files"))
                .with_hint("begin the pattern with the folder that is meant"));
        }
        let hidden = entry.depth() > 0 && entry.file_name().to_string_lossy().starts_with('.');
        if hidden && !hidden_wanted {
            if entry.file_type().is_dir() {
                entries.skip_current_dir();
            }
            continue;
        }
        if entry.file_type().is_dir() {
            continue;
        }
        let Some(path) = relative_name(&base, &start, entry.path()) else { continue };
        if matcher.is_match(&path) && entry.path().is_file() {
            let file = plain(root, &path, &fence);
            found.push((path, file));
        }
    }
    if found.is_empty() {
        return Err(no_match(root, &base, &pattern));
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(found)
}

/// Without `.`, doubled slashes, and `..` after a name.
fn normal(pattern: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in pattern.split('/') {
        match (part, parts.last()) {
            ("" | ".", _) => {}
            ("..", Some(&last)) if last != ".." && !is_pattern(last) => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    let joined = parts.join("/");
    if pattern.starts_with('/') { format!("/{joined}") } else { joined }
}

fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '[', '{'])
}

/// The folders before the first part with a wildcard, and what follows them (empty for a plain path).
fn split_base(pattern: &str) -> (String, String) {
    let parts: Vec<&str> = pattern.split('/').collect();
    match parts.iter().position(|part| is_pattern(part)) {
        Some(first) => {
            let base = parts[..first].join("/");
            let base = if first == 1 && pattern.starts_with('/') { "/".to_owned() } else { base };
            (base, parts[first..].join("/"))
        }
        None => (pattern.to_owned(), String::new()),
    }
}

/// Whether a path without wildcards is a file that may be read.
fn plain(root: &Path, path: &str, fence: &Fence) -> Result<(), AssetError> {
    let full = on_disk(root, path);
    if !full.exists() {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        return Err(no_match(root, folder, path));
    }
    if !full.is_file() {
        return Err(AssetError::new(Cause::NoMatch, "", "is a folder, not a file")
            .with_hint(format!("name its files: {path}/*.glb")));
    }
    fence.check(&full)
}

/// Where a path of a plan lies below `root`: plans spell names in NFC, and file systems keep whatever spelling they were
/// given (archives from macOS hold NFD).
pub fn on_disk(root: &Path, path: &str) -> PathBuf {
    let mut full = root.to_owned();
    for part in Path::new(path).components() {
        let as_spelt = full.join(part);
        let text = part.as_os_str().to_str().filter(|text| !text.is_ascii() && !as_spelt.exists());
        let other = text.and_then(|text| spelt_otherwise(&full, text));
        full = other.unwrap_or(as_spelt);
    }
    full
}

/// The entry of a folder whose name differs from `name` in how accents are coded only.
fn spelt_otherwise(folder: &Path, name: &str) -> Option<PathBuf> {
    let is_same = |found: &std::ffi::OsStr| found.to_str().is_some_and(|found| found.nfc().eq(name.nfc()));
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .ok()?
        .take(MAX_ENTRIES)
        .filter_map(|entry| Some(entry.ok()?.path()).filter(|path| path.file_name().is_some_and(is_same)))
        .collect();
    found.sort();
    found.into_iter().next()
}

/// The path of a found file as it goes into a plan.
fn relative_name(base: &str, start: &Path, found: &Path) -> Option<String> {
    let mut name = base.to_owned();
    for component in found.strip_prefix(start).ok()?.components() {
        let Component::Normal(part) = component else { return None };
        if !name.is_empty() && !name.ends_with('/') {
            name.push('/');
        }
        name.extend(part.to_str()?.nfc());
    }
    Some(name)
}

/// The folders that may be read.
struct Fence {
    folders: Vec<PathBuf>,
}

impl Fence {
    fn new(root: &Path, allowed: &[PathBuf]) -> Result<Fence, AssetError> {
        let mut folders = Vec::new();
        for folder in std::iter::once(root).chain(allowed.iter().map(PathBuf::as_path)) {
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            folders.push(folder.canonicalize().map_err(|e| {
                AssetError::new(Cause::Io, "", format!("the folder {} cannot be read: {e}", folder.display()))
            })?);
        }
        Ok(Fence { folders })
    }

    fn check(&self, path: &Path) -> Result<(), AssetError> {
        let real = path.canonicalize().map_err(|e| AssetError::new(Cause::Io, "", format!("cannot be read: {e}")))?;
        if self.folders.iter().any(|folder| real.starts_with(folder)) {
            return Ok(());
        }
        Err(AssetError::new(Cause::Outside, "", "lies outside of the folder that may be read")
            .with_hint("move it beside the recipe, or allow its folder: --allow-assets DIR"))
    }
}

/// "no file matches", with the names that are nearest.
fn no_match(root: &Path, folder: &str, pattern: &str) -> AssetError {
    let error = AssetError::new(Cause::NoMatch, "", "no file matches");
    let start = root.join(folder);
    if !start.is_dir() {
        return error.with_hint(format!("there is no folder {folder}"));
    }
    let wanted = pattern.rsplit('/').next().unwrap_or(pattern);
    let mut names: Vec<(usize, String)> = WalkDir::new(&start)
        .max_depth(1)
        .sort_by_file_name()
        .into_iter()
        .take(10_000)
        .filter_map(Result::ok)
        .filter(|entry| entry.depth() == 1)
        .filter_map(|entry| entry.file_name().to_str().map(str::to_owned))
        .map(|name| (strsim::damerau_levenshtein(&name, wanted), name))
        .collect();
    names.sort();
    let near: Vec<String> = names.into_iter().take(3).map(|(_, name)| name).collect();
    let place = if folder.is_empty() { "the folder" } else { folder };
    error.with_hint(match near.is_empty() {
        true => format!("{place} is empty"),
        false => format!("{place} has {}", near.join(", ")),
    })
}

/// What names have in common that are one file on some systems.
pub fn without_case(path: &str) -> String {
    path.nfc().collect::<String>().to_lowercase()
}

/// Two names that are one file on other systems would make another plan there.
///
/// `paths`: all of a plan. The error names the later one as its file.
pub fn check_case<'p>(paths: impl IntoIterator<Item = &'p str>) -> Result<(), AssetError> {
    let mut folded: BTreeMap<String, &str> = BTreeMap::new();
    for path in paths {
        let other = folded.insert(without_case(path), path);
        if let Some(other) = other.filter(|other| *other != path) {
            let what = format!("differs from {other} in case only");
            return Err(AssetError::new(Cause::NoMatch, "", what)
                .with_hint("rename one of them: on some systems they are one file")
                .in_file(path));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().expect("a temporary folder");
        for file in files {
            let path = dir.path().join(file);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("created");
            std::fs::write(path, b"x").expect("written");
        }
        dir
    }

    #[test]
    fn stars_stay_in_a_folder_and_double_stars_cross_them() {
        let dir = folder(&["b.glb", "a.glb", "a.txt", "p/c.glb", "p/q/d.glb", ".hidden/e.glb", "p/.f.glb"]);
        let of = |pattern: &str| expand(dir.path(), pattern).expect(pattern);
        assert_eq!(of("*.glb"), ["a.glb", "b.glb"]);
        assert_eq!(of("./p/../*.glb"), ["a.glb", "b.glb"]);
        assert_eq!(of("**/*.glb"), ["a.glb", "b.glb", "p/c.glb", "p/q/d.glb"]);
        assert_eq!(of("p/**/*.glb"), ["p/c.glb", "p/q/d.glb"]);
        assert_eq!(of("{a,b}.{glb,txt}"), ["a.glb", "a.txt", "b.glb"]);
        assert_eq!(of("[b-z].glb"), ["b.glb"]);
        assert_eq!(of(".hidden/*.glb"), [".hidden/e.glb"]);
        assert_eq!(of("p/./c.glb"), ["p/c.glb"]);
    }

    #[test]
    fn what_matches_nothing_is_an_error_with_near_names() {
        let dir = folder(&["helmet.glb", "p/c.glb"]);
        let error = |pattern: &str| expand(dir.path(), pattern).unwrap_err();
        assert_eq!(error("helmt.glb").to_string(), "helmt.glb: no file matches");
        assert!(error("helmt.glb").hint.contains("helmet.glb"), "{}", error("helmt.glb").hint);
        assert!(error("q/*.glb").hint.contains("no folder q"));
        assert!(error("p").what.contains("folder"));
        assert!(error("a\\b").what.contains("backslash"));
        assert!(error("https://example.org/a.glb").hint.contains("download"));
        assert_eq!(error("[").cause, Cause::NoMatch);
        assert_eq!(error("").cause, Cause::NoMatch);
    }

    #[test]
    fn paths_out_of_the_root_need_leave() {
        let dir = folder(&["in/a.glb", "out/b.glb"]);
        let root = dir.path().join("in");
        for pattern in ["../out/b.glb", "../out/*.glb", "../**/*.glb"] {
            assert_eq!(expand(&root, pattern).unwrap_err().cause, Cause::Outside, "{pattern}");
        }
        let allowed = [dir.path().join("out")];
        assert_eq!(expand_within(&root, "../out/*.glb", &allowed), Ok(vec!["../out/b.glb".to_owned()]));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed_out_of_the_root() {
        let dir = folder(&["in/a.glb", "out/b.glb"]);
        let root = dir.path().join("in");
        std::os::unix::fs::symlink("../out/b.glb", root.join("file.glb")).expect("linked");
        std::os::unix::fs::symlink("../out", root.join("folder")).expect("linked");
        assert_eq!(expand(&root, "**/*.glb").unwrap_err().cause, Cause::Outside);
        assert_eq!(expand(&root, "a*.glb"), Ok(vec!["a.glb".to_owned()]));
        assert_eq!(expand(&root, "folder/b.glb").unwrap_err().cause, Cause::Outside);
    }

    #[test]
    fn names_that_differ_in_case_only_are_refused() {
        assert!(check_case(["a.glb", "b.glb", "a.glb"]).is_ok());
        assert_eq!(check_case(["A.glb", "a.glb"]).unwrap_err().to_string(), "a.glb: differs from A.glb in case only");
        assert!(check_case(["É.glb", "é.glb"]).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn names_in_nfd_are_found_by_patterns_and_by_either_spelling() {
        let dir = folder(&["cafe\u{301}/the\u{301}.glb", "a.glb"]);
        for pattern in ["*/*.glb", "caf\u{e9}/*.glb", "caf\u{e9}/th\u{e9}.glb", "cafe\u{301}/the\u{301}.glb"] {
            assert_eq!(expand(dir.path(), pattern), Ok(vec!["caf\u{e9}/th\u{e9}.glb".to_owned()]), "{pattern}");
        }
        let found = on_disk(dir.path(), "caf\u{e9}/th\u{e9}.glb");
        assert_eq!(std::fs::read(found).expect("the file is there"), b"x");
        assert!(!on_disk(dir.path(), "caf\u{e9}/the.glb").exists());
    }

    #[test]
    fn names_come_out_in_nfc() {
        let decomposed = "e\u{301}.glb";
        let name = relative_name("p", Path::new("/r/p"), &Path::new("/r/p").join(decomposed));
        assert_eq!(name.as_deref(), Some("p/\u{e9}.glb"));
    }
}
