//! YAML text → tree of positioned nodes → [`Recipe`], every problem at once. Knows the language, not what is made of it.
//!
//! ```text
//! read(file name, text, overrides)  → Recipe or Problems   (YAML, as artists write it; --set)
//! from_resolved(JSON)               → Recipe or Problems   (the `recipe` of a plan)
//! resolve(&Recipe)                  → JSON with every key written out; reading it gives the same Recipe
//! camera_file_paths, fill_camera_file                      (`rig: file`: the caller reads the files)
//! ```

mod camera_file;
mod draws;
mod hints;
mod lower;
mod node;
mod overrides;
mod reader;
mod resolve;
mod scalars;
pub mod schema;
pub mod tables;
mod types;
mod values;
mod yaml;

pub use camera_file::{camera_file_paths, fill_camera_file};
pub use resolve::resolve;
pub use types::*;

use crate::diag::Problems;
use reader::Reader;

/// Reads a recipe that a person wrote. `None` if there is any error; warnings come beside the recipe.
///
/// `overrides`: pairs of a path (`render.spp`, `scene.objects.hero.scale`) and a value in YAML.
pub fn read(file_name: &str, text: &str, overrides: &[(String, String)]) -> (Option<Recipe>, Problems) {
    let mut r = Reader::default();
    let recipe = match yaml::from_yaml(&mut r.sources, file_name, text) {
        Ok(mut node) => {
            let is_recipe = matches!(node.kind, node::Kind::Map(_));
            for (path, value) in overrides.iter().filter(|_| is_recipe) {
                overrides::apply(&mut r, &mut node, path, value);
            }
            lower::recipe(&mut r, &node, file_name)
        }
        Err(problem) => {
            r.problems.push(*problem);
            None
        }
    };
    finish(r, recipe)
}

/// Reads the resolved recipe of a plan.
pub fn from_resolved(file_name: &str, value: &serde_json::Value) -> (Option<Recipe>, Problems) {
    let mut r = Reader::default();
    let node = node::from_json(&mut r.sources, file_name, value);
    let recipe = lower::recipe(&mut r, &node, file_name);
    finish(r, recipe)
}

fn finish(mut r: Reader, recipe: Option<Recipe>) -> (Option<Recipe>, Problems) {
    r.problems.sort();
    let recipe = if r.problems.has_errors() { None } else { recipe };
    (recipe, r.problems)
}
