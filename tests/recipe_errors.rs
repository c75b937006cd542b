//! Broken recipes and what is said about them: `recipe_errors/NAME.yaml` gives the text of `NAME.stderr`.
//!
//! `GENKI_BLESS=1` writes the texts anew: then read each of them, as an artist would.
//! A line `# --set PATH=VALUE` in a recipe is an override.

use std::fs;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recipe_errors")
}

/// All that is said about one file.
fn said(path: &Path) -> String {
    let bytes = fs::read(path).expect("the file can be read");
    let text = String::from_utf8(bytes).expect("the file is UTF-8");
    let overrides: Vec<(String, String)> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# --set ")?.split_once('='))
        .map(|(path, value)| (path.to_owned(), value.to_owned()))
        .collect();
    let name = path.file_name().and_then(|name| name.to_str()).expect("names are UTF-8");
    let (recipe, problems) = genki::recipe::read(name, &text, &overrides);
    assert_eq!(recipe.is_none(), problems.has_errors(), "{name}: no recipe means an error, and the other way round");
    problems.0.iter().map(|problem| format!("{problem}\n")).collect()
}

#[test]
fn broken_recipes_are_explained_as_written_down() {
    let bless = std::env::var_os("GENKI_BLESS").is_some();
    let mut paths: Vec<PathBuf> = fs::read_dir(folder())
        .expect("the folder is there")
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    paths.sort();
    assert!(paths.len() >= 60, "there are {} recipes", paths.len());
    let mut differ = String::new();
    for path in &paths {
        let said = said(path);
        assert!(!said.is_empty(), "{}: nothing is said", path.display());
        let golden = path.with_extension("stderr");
        if bless {
            fs::write(&golden, &said).expect("the golden text can be written");
        } else if fs::read_to_string(&golden).ok().as_deref() != Some(&said) {
            differ += &format!("--- {}\n{said}", path.display());
        }
    }
    assert!(differ.is_empty(), "said otherwise than written down (GENKI_BLESS=1 writes it anew):\n{differ}");
}

#[test]
fn every_golden_text_has_its_recipe() {
    let mut seen = 0;
    for entry in fs::read_dir(folder()).expect("the folder is there") {
        let path = entry.expect("the folder can be read").path();
        if path.extension().is_some_and(|extension| extension == "stderr") {
            assert!(path.with_extension("yaml").exists(), "{} has no recipe", path.display());
            seen += 1;
        }
    }
    assert!(seen >= 60, "there are {seen} golden texts");
}
