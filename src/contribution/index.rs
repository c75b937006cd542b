//! index.parquet: one row a view. Knows records and plans, no archives.

use super::receipt::Receipt;
use crate::formats::json::canonical;
use crate::formats::parquet::{Cell, Column, Kind};
use crate::plan::{Plan, SkySource, Variation};
use serde_json::Value;
use std::collections::BTreeSet;

/// One cell a column of [`COLUMNS`].
pub type Row = Vec<Cell>;

/// Where a view's members stand in the archive: from the first one's header to behind the last one's padding, so that these
/// bytes and two blocks of zeros are an archive of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub offset: u64,
    pub size: u64,
}

const fn column(name: &'static str, kind: Kind) -> Column {
    Column { name, kind }
}

/// `assets`, `classes`: of the objects, in their order. `licenses`: of all assets, each once. `sky`: its image's digest, or empty.
/// `K`, `cam2world`: row-major, 9 and 16 numbers. `drawn`: JSON. `coverage`: share of pixels on objects; NaN where no layer tells.
pub const COLUMNS: [Column; 18] = [
    column("key", Kind::Text),
    column("shard", Kind::Text),
    column("offset", Kind::Integer),
    column("size", Kind::Integer),
    column("variation", Kind::Integer),
    column("attempt", Kind::Integer),
    column("view", Kind::Integer),
    column("rig", Kind::Text),
    column("width", Kind::Integer),
    column("height", Kind::Integer),
    column("assets", Kind::Texts),
    column("classes", Kind::Texts),
    column("licenses", Kind::Texts),
    column("sky", Kind::Text),
    column("K", Kind::Numbers),
    column("cam2world", Kind::Numbers),
    column("drawn", Kind::Text),
    column("coverage", Kind::Number),
];

/// The row of one view. `record`: as it must be; `Err` names what of it cannot be known.
pub fn row(
    record: &Value,
    plan: &Plan,
    variation: &Variation,
    view: u32,
    receipt: &Receipt,
    place: Place,
) -> Result<Row, String> {
    let recipe = plan.recipe();
    let objects = || variation.objects.iter();
    let sky = match &variation.sky.source {
        SkySource::Image(choice) => Some(plan.asset(choice)),
        SkySource::Color(_) | SkySource::SunSky(_) => None,
    };
    let assets = objects().map(|o| plan.asset(&o.asset));
    let licenses: BTreeSet<&str> = assets.clone().chain(sky).map(|asset| asset.license.as_str()).collect();
    let stated =
        |licenses: BTreeSet<&str>| licenses.into_iter().filter(|l| !l.is_empty()).map(str::to_string).collect();
    let drawn = record.get("drawn").filter(|drawn| drawn.is_object()).ok_or("`drawn` is no object")?;
    let integer = |n: u64| i64::try_from(n).map(Cell::Integer).map_err(|_| "a number past 2^63".to_string());
    Ok(vec![
        Cell::Text(plan.names().view_key(variation.index, view)),
        Cell::Text(receipt.shard.clone()),
        integer(place.offset)?,
        integer(place.size)?,
        integer(variation.index)?,
        Cell::Integer(receipt.attempt.into()),
        Cell::Integer(view.into()),
        Cell::Text(recipe.cameras[variation.views[view as usize].rig].id.clone()),
        Cell::Integer(recipe.render.size[0].into()),
        Cell::Integer(recipe.render.size[1].into()),
        Cell::Texts(assets.map(|asset| asset.sha256.to_string()).collect()),
        Cell::Texts(objects().map(|o| o.class.to_string()).collect()),
        Cell::Texts(stated(licenses)),
        Cell::Text(sky.map_or(String::new(), |asset| asset.sha256.to_string())),
        Cell::Numbers(matrix(record, "K", 3)?),
        Cell::Numbers(matrix(record, "cam2world", 4)?),
        Cell::Text(String::from_utf8(canonical(drawn)).expect("canonical JSON is UTF-8")),
        Cell::Number(coverage(record)?),
    ])
}

/// A square matrix of `n` rows, row by row.
fn matrix(record: &Value, key: &str, n: usize) -> Result<Vec<f64>, String> {
    let row = |row: &Value| -> Option<Vec<f64>> {
        let numbers = row.as_array().filter(|row| row.len() == n)?;
        numbers.iter().map(Value::as_f64).collect()
    };
    let rows = record.get(key).and_then(Value::as_array).filter(|rows| rows.len() == n);
    let rows: Option<Vec<Vec<f64>>> = rows.and_then(|rows| rows.iter().map(row).collect());
    rows.map(|rows| rows.concat()).ok_or_else(|| format!("`{key}` is no {n} × {n} matrix"))
}

fn coverage(record: &Value) -> Result<f64, String> {
    match record.get("coverage") {
        None => Ok(f64::NAN),
        Some(value) => {
            let share = value.as_f64().filter(|share| (0.0..=1.0).contains(share));
            share.ok_or_else(|| "`coverage` is no share".to_string())
        }
    }
}
