//! A folder of models → a recipe that shows each of them once, for a contact sheet. Renders nothing.

use super::prepare::{Prepared, Request, folder_of, from_text};
use super::preview::spread;
use crate::asset::{self, Budget};
use crate::diag::{Place, Problem, Problems};
use crate::recipe::wrong_with_path;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;

/// What to show, and what could not be.
#[derive(Debug)]
pub struct Folder {
    pub prepared: Prepared,
    /// Paths relative to the folder, in order, of what is shown, and the variation that shows each.
    pub models: Vec<(String, u64)>,
    /// One problem a model that no recipe could use.
    pub left_out: Problems,
}

/// Whether a path is meant as models and not as a recipe: a folder, or a model's file.
pub fn is_models(path: &Path) -> bool {
    let is_model =
        |extension: &std::ffi::OsStr| extension.eq_ignore_ascii_case("glb") || extension.eq_ignore_ascii_case("gltf");
    path.is_dir() || path.extension().is_some_and(is_model)
}

/// Finds the models below `request.path`, which may be one model, and plans a variation for each: `most` of them, spread over
/// all. The request's overrides change the sheet's recipe as they would any.
pub fn prepare_folder(request: &Request, most: u64, pool: &rayon::ThreadPool) -> Result<Folder, Problems> {
    let one = |what: String, hint: &str| {
        Problems(vec![Problem::error(Place::file(request.path.display().to_string()), what).with_hint(hint)])
    };
    let real = request.path.canonicalize().map_err(|error| one(error.to_string(), ""))?;
    let is_folder = real.is_dir();
    let base = if is_folder { &real } else { folder_of(&real) };
    let found = match is_folder {
        true => asset::search_within(base, "**/*.{glb,gltf,GLB,GLTF}", &request.allowed)
            .map_err(|error| one(error.what, "a folder's sheet shows the .glb and .gltf files in it"))?,
        false => {
            let name = real.file_name().unwrap_or_default().to_string_lossy().into_owned();
            vec![(name, Ok(()))]
        }
    };
    let surveyed: Vec<(String, Option<String>)> = pool.install(|| {
        let judged = found.into_par_iter().map(|(path, judged)| {
            let wrong = judged.map_or_else(|error| Some(error.what), |()| cannot_be_used(base, &path));
            (path, wrong)
        });
        judged.collect()
    });
    let mut left_out = Problems::default();
    let mut models: Vec<String> = Vec::new();
    let mut taken: BTreeMap<String, String> = BTreeMap::new();
    for (path, wrong) in surveyed {
        let twin = taken.get(&asset::without_case(&path));
        let wrong = wrong.or_else(|| twin.map(|other| format!("differs from {other} in case only")));
        match wrong {
            None => {
                taken.insert(asset::without_case(&path), path.clone());
                models.push(path);
            }
            Some(what) => left_out.push(Problem::error(Place::file(path), what)),
        }
    }
    if models.is_empty() {
        return Err(left_out);
    }
    // Of thousands a sheet shows some, and no recipe could be long enough for all.
    let models: Vec<String> =
        spread(models.len() as u64, most).into_iter().map(|i| models[i as usize].clone()).collect();
    let mut prepared = from_text(&real.display().to_string(), &recipe_text(&models), base, request, pool)?;
    // Nobody wrote the recipe's lines.
    prepared.warnings.0.iter_mut().for_each(|problem| problem.place = Place::file(request.path.display().to_string()));
    // A plan orders its pools by the files' contents.
    let pool = prepared.plan.pools().values().flatten().zip(0..);
    let mut models: Vec<(String, u64)> = pool.map(|(asset, variation)| (asset.path.clone(), variation)).collect();
    models.sort();
    Ok(Folder { prepared, models, left_out })
}

fn cannot_be_used(base: &Path, path: &str) -> Option<String> {
    if path.contains(['*', '?', '[', '{']) {
        return Some("its name has characters that recipes take for a pattern".to_owned());
    }
    if let Some((what, _)) = wrong_with_path(path) {
        return Some(format!("its path {what}"));
    }
    asset::survey(&asset::on_disk(base, path), &Budget::default()).err().map(|error| match error.place.is_empty() {
        true => error.what,
        false => format!("{}: {}", error.place, error.what),
    })
}

/// One view of each from its front's left, under a clear sky. Nothing of it is published: licences are not asked for.
fn recipe_text(models: &[String]) -> String {
    let quoted = |path: &String| format!("{{path: {}, license: CC0-1.0}}", serde_json::Value::from(path.as_str()));
    let models: Vec<String> = models.iter().map(quoted).collect();
    format!(
        "genki: 1
license: CC0-1.0
variations: 1
assets: {{models: [{}]}}
scene:
  objects: [{{id: model, from: models, pick: each}}]
  sky: {{sun_sky: {{elevation_deg: 45, azimuth_deg: -120}}}}
cameras: [{{id: front, rig: orbit, views: 1, azimuth_deg: {{min: -65, max: -65}}, elevation_deg: 18, fov_deg: 35, radius: {{fit: 1.05}}}}]
",
        models.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_models_are_no_recipes() {
        assert!(is_models(Path::new("src")) && is_models(Path::new("a/b.GLB")) && is_models(Path::new("b.gltf")));
        assert!(!is_models(Path::new("a.yaml")) && !is_models(Path::new("plan.json")) && !is_models(Path::new("none")));
    }

    #[test]
    fn each_model_is_listed_with_the_variation_that_shows_it() {
        let request = Request { path: Path::new(env!("CARGO_MANIFEST_DIR")).join("samples"), ..Request::default() };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
        let folder = prepare_folder(&request, 400, &pool).expect("models");
        let plan = &folder.prepared.plan;
        for (path, variation) in &folder.models {
            assert_eq!(&plan.asset(&plan.variation(*variation, 0).objects[0].asset).path, path);
        }
        let names: Vec<&str> = folder.models.iter().map(|model| &*model.0).collect();
        assert!(names.is_sorted() && names.contains(&"vase.glb"), "{names:?}");
        assert_eq!(plan.variations(), names.len() as u64);
        assert_eq!(folder.left_out, Problems::default());
    }

    #[test]
    #[cfg(unix)]
    fn odd_names_twins_and_links_outward_are_left_out_one_by_one() {
        let (folder, elsewhere) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
        let odd = ["~b.glb", "${c}.glb", "d\\e.glb", "f\ng.glb", "h{i}.glb"];
        for (i, name) in ["a.glb", "A.glb", "z.glb"].iter().chain(&odd).enumerate() {
            let sample = ["crate.glb", "vase.glb", "plant.glb"][i % 3];
            std::fs::copy(samples.join(sample), folder.path().join(name)).expect("a copy");
        }
        let outside = elsewhere.path().join("outside.glb");
        std::fs::copy(samples.join("crate.glb"), &outside).expect("a copy");
        std::os::unix::fs::symlink(&outside, folder.path().join("link.glb")).expect("a link");
        let request = Request { path: folder.path().to_owned(), ..Request::default() };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
        let shown = |most: u64| {
            let Folder { prepared, models, left_out } = prepare_folder(&request, most, &pool).expect("a sheet");
            assert_eq!(prepared.plan.variations(), models.len() as u64);
            let mut left_out: Vec<String> = left_out.0.into_iter().map(|problem| problem.place.file).collect();
            left_out.sort();
            (models.into_iter().map(|model| model.0).collect::<Vec<_>>(), left_out)
        };
        let mut wanted: Vec<String> = odd.iter().chain(&["a.glb", "link.glb"]).map(|&name| name.to_owned()).collect();
        wanted.sort();
        assert_eq!(shown(400), (vec!["A.glb".to_owned(), "z.glb".to_owned()], wanted.clone()));
        assert_eq!(shown(1), (vec!["A.glb".to_owned()], wanted));
    }
}
