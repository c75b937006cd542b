//! Everything that can be wrong with a recipe's assets, found by decoding each of them. Renders nothing.

use super::prepare::Prepared;
use crate::asset::{self, Budget, Kind};
use crate::diag::{Place, Problem, Problems};
use crate::hash::Digest;
use crate::plan::{NameGlob, Plan};
use crate::scene::AssetFacts;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Decodes every asset once. The problems name assets as the recipe does.
pub fn check(prepared: &Prepared, pool: &rayon::ThreadPool) -> Problems {
    let budget = Budget::default();
    let decoded: Vec<(&Digest, Result<Option<AssetFacts>, Problem>)> = pool.install(|| {
        let files = prepared.files.par_iter();
        files
            .map(|(digest, file)| {
                let facts = match file.kind {
                    Kind::Model => asset::load_model(&file.path, &budget).map(|asset| Some(asset.facts)),
                    Kind::Sky => asset::load_sky(&file.path, &budget).map(|_| None),
                };
                let named = facts.map_err(|mut error| {
                    error.path.clear();
                    Problem::error(Place::file(&file.name), error.to_string()).with_hint(error.hint)
                });
                (digest, named)
            })
            .collect()
    });
    let mut problems = Problems::default();
    let mut materials = BTreeMap::new();
    for (digest, found) in decoded {
        let name = &prepared.files[digest].name;
        match found {
            Err(problem) => problems.push(problem),
            Ok(None) => {}
            Ok(Some(facts)) => {
                let known = |what: &String| {
                    let line = format!("{name}: {what}");
                    prepared.warnings.0.iter().any(|problem| problem.message == line)
                };
                let new = facts.warnings.iter().filter(|what| !known(what));
                problems.0.extend(new.map(|what| Problem::warning(Place::file(name), what)));
                materials.insert(*digest, facts.material_names);
            }
        }
    }
    if !problems.has_errors() {
        problems.0.extend(unmatched(&prepared.plan, &materials));
    }
    problems.sort();
    problems
}

/// Globs that no material of any asset matches: most likely a typing error.
fn unmatched(plan: &Plan, materials: &BTreeMap<Digest, Vec<String>>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for object in &plan.recipe().scene.objects {
        let pool = plan.pools().get(&object.from).map(Vec::as_slice).unwrap_or_default();
        let names: Vec<&String> = pool.iter().filter_map(|asset| materials.get(&asset.sha256)).flatten().collect();
        for edit in &object.material {
            let matches = |glob: &NameGlob| names.iter().any(|name| glob.matches(name));
            if NameGlob::new(&edit.glob).is_ok_and(|glob| !matches(&glob)) {
                let mut known: Vec<&str> = names.iter().map(|name| name.as_str()).filter(|n| !n.is_empty()).collect();
                known.sort_unstable();
                known.dedup();
                known.truncate(12);
                let what = format!("scene.objects.{}: no material matches `{}`", object.id, edit.glob);
                let hint = format!("the materials of pool `{}` are: {}", object.from, known.join(", "));
                problems.push(Problem::warning(Place::default(), what).with_hint(hint));
            }
        }
    }
    problems
}
