//! A recipe or a plan, and the assets it names → everything a run needs to start, or every problem at once.

use super::library::AssetFile;
use crate::asset::{self, AssetError, Budget, Cause, Kind, Survey};
use crate::diag::{Place, Problem, Problems};
use crate::hash::Digest;
use crate::plan::{Plan, PlannedAsset, Terms};
use crate::recipe::{self, Pool, PoolEntry, Recipe, SkyKind};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// A recipe, or a plan where it ends in `.json`.
    pub path: PathBuf,
    /// `PATH=VALUE` changes of a recipe, in order.
    pub overrides: Vec<(String, String)>,
    /// Folders whose assets may be used besides those of the recipe's folder and project.
    pub allowed: Vec<PathBuf>,
    /// Where a plan's asset paths start, if not in its own folder.
    pub assets_root: Option<PathBuf>,
    pub terms: Terms,
}

/// Ready to start.
#[derive(Debug)]
pub struct Prepared {
    pub plan: Plan,
    pub files: BTreeMap<Digest, AssetFile>,
    /// The artist's text, where there is one.
    pub recipe_text: Option<String>,
    pub warnings: Problems,
}

/// A file of this name (its content does not matter) marks a project: recipes in it may use every asset in it.
pub const PROJECT_MARK: &str = ".genki";

const RECIPE_BYTES: u64 = 1 << 20;
const CAMERA_FILE_BYTES: u64 = 64 << 20;
const PLAN_BYTES: u64 = 256 << 20;

/// Reads, expands, surveys and plans.
pub fn prepare(request: &Request, pool: &rayon::ThreadPool) -> Result<Prepared, Problems> {
    let is_plan = request.path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    match is_plan {
        true => from_plan(request, pool),
        false => from_recipe(request, pool),
    }
}

fn from_recipe(request: &Request, pool: &rayon::ThreadPool) -> Result<Prepared, Problems> {
    let file = request.path.display().to_string();
    if request.assets_root.is_some() {
        let what = "--assets-root goes with a plan: the asset paths of a recipe start at its own folder";
        return Err(one(Problem::error(Place::file(&file), what)));
    }
    let text = read_text(&request.path, RECIPE_BYTES).map_err(|what| one(Problem::error(Place::file(&file), what)))?;
    from_text(&file, &text, folder_of(&request.path), request, pool)
}

/// As [`prepare`], of a recipe that is in memory and whose asset paths start in `base`.
pub fn from_text(
    file: &str,
    text: &str,
    base: &Path,
    request: &Request,
    pool: &rayon::ThreadPool,
) -> Result<Prepared, Problems> {
    let (recipe, mut problems) = recipe::read(file, text, &request.overrides);
    let source = Source { file, text };
    let roots = Roots::around(base, &request.allowed).map_err(one)?;
    let Some(mut recipe) = recipe else {
        if let Some(pools) = recipe::read_pools(file, text, &request.overrides) {
            expand_pools(&pools, &roots, &source, &mut problems);
        }
        problems.sort();
        return Err(problems);
    };
    for path in recipe::camera_file_paths(&recipe) {
        let found =
            roots.read(&path, CAMERA_FILE_BYTES).map(|json| recipe::fill_camera_file(&mut recipe, &path, &json));
        match found {
            Ok(found) => problems.0.extend(found.0),
            Err(what) => problems.push(Problem::error(Place::file(file), format!("camera file {path}: {what}"))),
        }
    }
    let found = pool.install(|| find_pools(&recipe, &roots, &source, &mut problems));
    if problems.has_errors() {
        problems.sort();
        return Err(problems);
    }
    let add = |problems: &mut Problems, found: &Problems| {
        let found = found.0.iter().cloned();
        problems.0.extend(found.map(|problem| Problem { place: named(problem.place, file), ..problem }));
    };
    match Plan::with_terms(recipe, found.pools, &request.terms) {
        Ok(plan) => {
            add(&mut problems, plan.warnings());
            Ok(Prepared { plan, files: found.files, recipe_text: Some(text.to_owned()), warnings: problems })
        }
        Err(found) => {
            add(&mut problems, &found);
            Err(problems)
        }
    }
}

fn from_plan(request: &Request, pool: &rayon::ThreadPool) -> Result<Prepared, Problems> {
    let file = request.path.display().to_string();
    let error = |what: String| Problem::error(Place::file(&file), what);
    if !request.overrides.is_empty() {
        let hint = "change the recipe instead, or leave out --set, --seed and --variations";
        return Err(one(error("a plan is fixed: its values cannot be changed".to_owned()).with_hint(hint)));
    }
    let bytes = read_bytes(&request.path, PLAN_BYTES).map_err(|what| one(error(what)))?;
    let plan = Plan::from_bytes(&file, &bytes)?;
    let base = request.assets_root.clone().unwrap_or_else(|| folder_of(&request.path).to_owned());
    let roots = Roots::around(&base, &request.allowed).map_err(one)?;
    let planned: BTreeMap<&str, &PlannedAsset> =
        plan.pools().values().flatten().map(|asset| (asset.path.as_str(), asset)).collect();
    let surveyed: Vec<(&PlannedAsset, Surveyed)> = pool.install(|| {
        planned.into_par_iter().map(|(path, asset)| (asset, roots.survey(path).map_err(|e| e.to_string()))).collect()
    });
    let mut problems = Problems::default();
    let mut files = BTreeMap::new();
    for (asset, found) in surveyed {
        match found {
            Ok((path, survey)) if survey.sha256 == asset.sha256 => {
                files.insert(asset.sha256, AssetFile { path, name: asset.path.clone(), kind: survey.kind });
            }
            Ok((_, survey)) => {
                let what = format!("{} is not the planned file: its sha256 is {}", asset.path, survey.sha256);
                problems.push(error(what));
            }
            Err(what) => problems.push(error(what)),
        }
    }
    if let Some(last) = problems.0.last_mut() {
        last.hint =
            "asset paths start at the plan's own folder; if the recipe lies elsewhere, say where: --assets-root \
                     FOLDER OF THE RECIPE"
                .to_owned();
    }
    match problems.has_errors() {
        true => Err(problems),
        false => Ok(Prepared { plan, files, recipe_text: None, warnings: problems }),
    }
}

/// A planned asset's file, or why there is none.
type Surveyed = Result<(PathBuf, Survey), String>;

/// The recipe's text, for showing the line of a pool entry.
struct Source<'a> {
    file: &'a str,
    text: &'a str,
}

impl Source<'_> {
    /// Where the entry's path stands; where the entry begins if the path is not on that line.
    fn place(&self, entry: &PoolEntry) -> Place {
        let line = (entry.line as usize).checked_sub(1).and_then(|i| self.text.lines().nth(i)).unwrap_or_default();
        let start = entry.column.saturating_sub(1) as usize;
        let rest: String = line.chars().skip(start).collect();
        let path_at = rest.find(&entry.path).map(|at| rest[..at].chars().count() as u32);
        Place {
            file: self.file.to_owned(),
            line: entry.line,
            column: entry.column + path_at.unwrap_or(0),
            source: line.to_owned(),
            width: path_at.map_or(1, |_| entry.path.chars().count() as u32),
        }
    }
}

#[derive(Default)]
struct Found {
    pools: BTreeMap<String, Vec<PlannedAsset>>,
    files: BTreeMap<Digest, AssetFile>,
}

/// A pool, one of its entries, and the path of a file that this names.
type Wanted<'r> = (&'r str, &'r PoolEntry, String);

/// The paths that the entries of pools name.
fn expand_pools<'r>(
    pools: &'r BTreeMap<String, Pool>,
    roots: &Roots,
    source: &Source<'_>,
    problems: &mut Problems,
) -> Vec<Wanted<'r>> {
    let mut wanted: Vec<Wanted<'r>> = Vec::new();
    for (pool, entries) in pools {
        for entry in &entries.entries {
            match roots.expand(&entry.path) {
                Ok(paths) => wanted.extend(paths.into_iter().map(|path| (pool.as_str(), entry, path))),
                Err(error) => problems.push(entry_problem(source, entry, &error)),
            }
        }
    }
    let paths: BTreeSet<&str> = wanted.iter().map(|(_, _, path)| path.as_str()).collect();
    if let Err(error) = asset::check_case(paths.iter().copied()) {
        let entry = wanted.iter().find(|(_, _, path)| *path == error.path).map(|(_, entry, _)| entry);
        problems.0.extend(entry.map(|entry| entry_problem(source, entry, &error)));
    }
    wanted
}

/// All files of all pools, surveyed side by side.
fn find_pools(recipe: &Recipe, roots: &Roots, source: &Source<'_>, problems: &mut Problems) -> Found {
    let wanted = expand_pools(&recipe.assets, roots, source, problems);
    let paths: BTreeSet<&str> = wanted.iter().map(|(_, _, path)| path.as_str()).collect();
    let surveys: BTreeMap<&str, Result<(PathBuf, Survey), AssetError>> =
        paths.into_par_iter().map(|path| (path, roots.survey(path))).collect();
    let (models, skies) = used_pools(recipe);
    let mut found = Found::default();
    let mut warned = BTreeSet::new();
    for (pool, entry, path) in &wanted {
        let (file, survey) = match &surveys[path.as_str()] {
            Ok(surveyed) => surveyed,
            Err(error) => {
                problems.push(entry_problem(source, entry, error));
                continue;
            }
        };
        if let Some(what) = wrong_kind(survey.kind, models.contains(pool), skies.contains(pool)) {
            problems.push(Problem::error(source.place(entry), format!("{path} {what}")));
        }
        if warned.insert(path) {
            let warnings = survey.warnings.iter().map(|what| format!("{path}: {what}"));
            problems.0.extend(warnings.map(|what| Problem::warning(source.place(entry), what)));
        }
        let planned = planned(entry, path, survey);
        found.files.entry(survey.sha256).or_insert_with(|| AssetFile {
            path: file.clone(),
            name: path.clone(),
            kind: survey.kind,
        });
        found.pools.entry((*pool).to_owned()).or_default().push(planned);
    }
    found
}

fn planned(entry: &PoolEntry, path: &str, survey: &Survey) -> PlannedAsset {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    PlannedAsset {
        path: path.to_owned(),
        sha256: survey.sha256,
        bytes: survey.bytes,
        license: entry.license.clone(),
        attribution: entry.attribution.clone(),
        class: if entry.class.is_empty() { stem.to_owned() } else { entry.class.clone() },
        weight: entry.weight,
        variants: survey.variants.clone(),
        clips: survey.clips.clone(),
    }
}

/// Pools that objects pick from, and those that the sky does.
fn used_pools(recipe: &Recipe) -> (BTreeSet<&str>, BTreeSet<&str>) {
    let models = recipe.scene.objects.iter().map(|object| object.from.as_str()).collect();
    let skies = match &recipe.scene.sky.kind {
        SkyKind::Image { from, .. } => BTreeSet::from([from.as_str()]),
        SkyKind::Color(_) | SkyKind::SunSky { .. } => BTreeSet::new(),
    };
    (models, skies)
}

fn wrong_kind(kind: Kind, has_objects: bool, is_sky: bool) -> Option<&'static str> {
    match (kind, has_objects, is_sky) {
        (Kind::Model, _, true) => Some("is a model, but its pool is used as a sky"),
        (Kind::Sky, true, _) => Some("is a sky image, but objects are picked from its pool"),
        _ => None,
    }
}

fn entry_problem(source: &Source<'_>, entry: &PoolEntry, error: &AssetError) -> Problem {
    let hint = match error.cause {
        Cause::Outside => format!(
            "allow its folder, --allow-assets {}; or make a project of the folder that holds both, by an empty file {PROJECT_MARK} in it",
            Path::new(source.file).parent().unwrap_or(Path::new("")).join(literal_folder(&entry.path)).display()
        ),
        _ => error.hint.clone(),
    };
    Problem::error(source.place(entry), error.to_string()).with_hint(hint)
}

/// The folder of a pattern, as far as it is spelt out.
fn literal_folder(pattern: &str) -> &str {
    let literal = pattern.find(['*', '?', '[', '{']).map_or(pattern, |at| &pattern[..at]);
    literal.rsplit_once('/').map_or(".", |(folder, _)| folder)
}

fn named(place: Place, file: &str) -> Place {
    if place.file.is_empty() { Place::file(file) } else { place }
}

fn one(problem: Problem) -> Problems {
    Problems(vec![problem])
}

/// Where asset paths start, and which folders they may lead to.
struct Roots {
    base: PathBuf,
    allowed: Vec<PathBuf>,
    budget: Budget,
}

impl Roots {
    /// The folder itself, the project around it, and what else is allowed.
    fn around(base: &Path, extra: &[PathBuf]) -> Result<Roots, Problem> {
        let real = |path: &Path| {
            let cannot = |error| Problem::error(Place::file(path.display().to_string()), format!("{error}"));
            path.canonicalize().map_err(cannot)
        };
        let folder = real(base)?;
        let project = folder.ancestors().find(|folder| folder.join(PROJECT_MARK).is_file()).map(Path::to_owned);
        let extra: Vec<PathBuf> = extra.iter().map(|path| real(path)).collect::<Result<_, _>>()?;
        let allowed = project.into_iter().chain(extra).collect();
        Ok(Roots { base: base.to_owned(), allowed, budget: Budget::default() })
    }

    fn expand(&self, pattern: &str) -> Result<Vec<String>, AssetError> {
        asset::expand_within(&self.base, pattern, &self.allowed)
    }

    fn survey(&self, path: &str) -> Result<(PathBuf, Survey), AssetError> {
        // A plain path passes through the same gate as a pattern: it may not lead outside.
        self.expand(path)?;
        let file = asset::on_disk(&self.base, path);
        let mut survey =
            asset::survey(&file, &self.budget).map_err(|error| AssetError { path: path.to_owned(), ..error })?;
        survey.warnings.sort();
        Ok((file, survey))
    }

    fn read(&self, path: &str, max_bytes: u64) -> Result<String, String> {
        self.expand(path).map_err(|error| error.what)?;
        read_text(&asset::on_disk(&self.base, path), max_bytes)
    }
}

/// The folder that a file lies in; `.` for a bare name.
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn read_text(path: &Path, max_bytes: u64) -> Result<String, String> {
    let bytes = read_bytes(path, max_bytes)?;
    String::from_utf8(bytes).map_err(|error| {
        let line = error.as_bytes()[..error.utf8_error().valid_up_to()].iter().filter(|&&b| b == b'\n').count() + 1;
        format!("line {line} is not UTF-8 text")
    })
}

/// A plain file of at most `max_bytes`: never a pipe or a device that has no end.
pub fn read_bytes(path: &Path, max_bytes: u64) -> Result<Vec<u8>, String> {
    let plain = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "this file may not be read".to_owned(),
        _ => error.to_string(),
    };
    let meta = path.metadata().map_err(plain)?;
    if !meta.is_file() {
        return Err(if meta.is_dir() { "this is a folder, not a file" } else { "this is not a plain file" }.to_owned());
    }
    let mut bytes = Vec::new();
    File::open(path).map_err(plain)?.take(max_bytes + 1).read_to_end(&mut bytes).map_err(plain)?;
    match bytes.len() as u64 > max_bytes {
        true => Err(format!("the file is larger than {} MiB", max_bytes >> 20)),
        false => Ok(bytes),
    }
}
