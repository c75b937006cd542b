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
pub use hints::did_you_mean;
pub use lower::{BROWN, FISHEYE, wrong_with_path};
pub use resolve::resolve;
pub use types::*;

use crate::diag::Problems;
use reader::Reader;
use std::collections::BTreeMap;

/// Reads a recipe that a person wrote. `None` if there is any error; warnings come beside the recipe.
///
/// `overrides`: pairs of a path (`render.spp`, `scene.objects.hero.scale`) and a value in YAML.
pub fn read(file_name: &str, text: &str, overrides: &[(String, String)]) -> (Option<Recipe>, Problems) {
    let mut r = Reader::default();
    let recipe = tree(&mut r, file_name, text, overrides).and_then(|node| lower::recipe(&mut r, &node, file_name));
    finish(r, recipe)
}

/// The pools of a recipe that may have mistakes elsewhere, so that files that are missing can be told together with them.
/// `None` if the pools have mistakes of their own, which [`read`] tells.
pub fn read_pools(file_name: &str, text: &str, overrides: &[(String, String)]) -> Option<BTreeMap<String, Pool>> {
    let mut r = Reader::default();
    tree(&mut r, file_name, text, overrides).and_then(|node| lower::pools_alone(&mut r, &node))
}

fn tree(r: &mut Reader, file_name: &str, text: &str, overrides: &[(String, String)]) -> Option<node::Node> {
    match yaml::from_yaml(&mut r.sources, file_name, text) {
        Ok(mut node) => {
            let is_recipe = matches!(node.kind, node::Kind::Map(_));
            for (path, value) in overrides.iter().filter(|_| is_recipe) {
                overrides::apply(r, &mut node, path, value);
            }
            Some(node)
        }
        Err(problem) => {
            r.problems.push(*problem);
            None
        }
    }
}

/// Reads the resolved recipe of a plan.
pub fn from_resolved(file_name: &str, value: &serde_json::Value) -> (Option<Recipe>, Problems) {
    let mut r = Reader { is_resolved: true, ..Reader::default() };
    let node = node::from_json(&mut r.sources, file_name, value);
    let recipe = lower::recipe(&mut r, &node, file_name);
    finish(r, recipe)
}

fn finish(mut r: Reader, recipe: Option<Recipe>) -> (Option<Recipe>, Problems) {
    r.problems.sort();
    let recipe = if r.problems.has_errors() { None } else { recipe };
    (recipe, r.problems)
}
