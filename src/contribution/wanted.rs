//! What a plan foretells of a contribution's members: names, sizes, kinds of images. Knows no content of a record.

use super::layout::Shape;
use super::receipt::{FAILURES_MEMBER, MAX_MESSAGE, RECEIPTS_MEMBER};
use crate::annotate::{self, AMODAL_BITS, MAX_NAME_BYTES};
use crate::formats::raster::Raster;
use crate::formats::{ImageBudget, tar};
use crate::layer::Layer;
use crate::plan::{Plan, PlannedAsset};

/// Most of a receipt's line that is not its outputs.
const RECEIPT_BYTES: u64 = 1024;
/// Most that one output takes of a receipt's line.
const OUTPUT_BYTES: u64 = 512;
/// Most receipts of a shard that are read.
const MAX_RECEIPTS: u64 = 1 << 30;

/// Most of a record, in parts: what it holds in any case and for each layer, object, and view. Each holds what was drawn for
/// all views.
const RECORD_BYTES: u64 = 16 << 10;
const RECORD_LAYER_BYTES: u64 = 1 << 10;
const RECORD_OBJECT_BYTES: u64 = 8 << 10;
const RECORD_EDIT_BYTES: u64 = 1 << 10;
const RECORD_VIEW_BYTES: u64 = 8 << 10;
/// Keys and numbers of one entry of a table of ids.
const RECORD_ID_BYTES: u64 = 64;
/// Masks are shorter by far than their bound.
const RECORD_MASKS_BYTES: u64 = 256 << 20;
/// A character may take six bytes in JSON.
const ESCAPED: u64 = 6;

/// A plan, and what follows from it for files.
pub struct Wanted<'p> {
    pub plan: &'p Plan,
    pub shape: Shape,
    pub layers: Vec<WantedLayer>,
    most_record: u64,
}

pub struct WantedLayer {
    pub layer: Layer,
    pub extension: String,
    channels: u32,
    dtype: &'static str,
}

/// What a member is to its shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Role {
    pub variation: u64,
    pub view: u32,
}

impl<'p> Wanted<'p> {
    pub fn new(plan: &'p Plan) -> Wanted<'p> {
        let recipe = plan.recipe();
        let layer = |&layer: &Layer| {
            let (channels, dtype) = annotate::kind(layer, &recipe.render);
            WantedLayer { layer, extension: annotate::extension(layer, &recipe.render), channels, dtype }
        };
        Wanted {
            plan,
            shape: Shape::of(plan),
            layers: recipe.layers.iter().map(layer).collect(),
            most_record: most_record(plan),
        }
    }

    /// The place of a view's file; `None` for every name that the plan does not foretell as one.
    pub fn role(&self, shard: u64, name: &str) -> Option<Role> {
        let (variation, view, extension) = self.plan.names().parse_member(name)?;
        let is_ours = self.shape.range(shard).contains(&variation) && view < self.plan.views_per_variation();
        let is_known = extension == "json" || self.layers.iter().any(|layer| layer.extension == extension);
        (is_ours && is_known).then_some(Role { variation, view })
    }

    /// The layer that a view's file holds.
    pub fn layer_of(&self, name: &str) -> Option<Layer> {
        let (_, _, extension) = self.plan.names().parse_member(name)?;
        self.layers.iter().find(|layer| layer.extension == extension).map(|layer| layer.layer)
    }

    /// The members that one view has, in the archive's order.
    pub fn view_members(&self, variation: u64, view: u32) -> Vec<String> {
        let extensions = self.layers.iter().map(|l| l.extension.as_str()).chain(["json"]);
        let mut names: Vec<String> =
            extensions.map(|extension| self.plan.names().member(variation, view, extension)).collect();
        names.sort_by(|a, b| tar::order(a).cmp(&tar::order(b)));
        names
    }

    pub fn files_per_variation(&self) -> u64 {
        u64::from(self.plan.views_per_variation()) * (self.layers.len() as u64 + 1)
    }

    /// How many bytes a member of a shard can have; `None`: there is none of this name.
    pub fn most_bytes(&self, shard: u64, name: &str) -> Option<u64> {
        let range = self.shape.range(shard);
        let n = range.end - range.start;
        match name {
            RECEIPTS_MEMBER => {
                let one = RECEIPT_BYTES + self.files_per_variation().saturating_mul(OUTPUT_BYTES);
                Some(n.saturating_mul(one).min(MAX_RECEIPTS))
            }
            FAILURES_MEMBER => Some(n.saturating_mul(ESCAPED * MAX_MESSAGE as u64 + 256)),
            _ => {
                self.role(shard, name)?;
                // Room for an encoder's headers and bad luck.
                let image = self.image_budget().bytes.saturating_add(64 << 10);
                Some(if name.ends_with(".json") { self.most_record } else { image })
            }
        }
    }

    /// The decoded size of the largest layer: four floats a pixel.
    pub fn image_budget(&self) -> ImageBudget {
        let [width, height] = self.plan.recipe().render.size;
        ImageBudget { width, height, bytes: u64::from(width) * u64::from(height) * 16 }
    }

    /// What is wrong with the size and kind of a layer's image.
    pub fn check_raster(&self, name: &str, raster: &Raster) -> Result<(), String> {
        let ends_it = |l: &&WantedLayer| name.strip_suffix(&l.extension).is_some_and(|rest| rest.ends_with('.'));
        let layer = self.layers.iter().find(ends_it).ok_or("is no layer of the plan")?;
        let [width, height] = self.plan.recipe().render.size;
        let kind = |w: u32, h: u32, channels: u32, dtype: &str| format!("{w} × {h} pixels of {channels} × {dtype}");
        let found = kind(raster.width, raster.height, raster.channels, raster.samples.dtype());
        let wanted = kind(width, height, layer.channels, layer.dtype);
        if found == wanted { Ok(()) } else { Err(format!("has {found}, and the plan says {wanted}")) }
    }
}

/// What layers of ids and masks add to a record.
fn most_of_ids_and_masks(plan: &Plan) -> u64 {
    let recipe = plan.recipe();
    let [width, height] = recipe.render.size.map(u64::from);
    let tables = recipe.layers.iter().filter(|layer| matches!(layer, Layer::MaterialId | Layer::Part)).count() as u64;
    let ids = tables * (width * height).min(u64::from(u16::MAX)) * (ESCAPED * MAX_NAME_BYTES as u64 + RECORD_ID_BYTES);
    if !recipe.layers.contains(&Layer::Amodal) {
        return ids;
    }
    // A run takes a character a pixel at most, and a backslash two.
    let masks = plan.most_objects().saturating_sub(AMODAL_BITS.into());
    ids + masks.saturating_mul(2 * width * height + RECORD_ID_BYTES).min(RECORD_MASKS_BYTES)
}

/// The largest record that a variation of the plan can have.
fn most_record(plan: &Plan) -> u64 {
    let recipe = plan.recipe();
    let scene = &recipe.scene;
    let texts = |asset: &PlannedAsset| {
        let texts = [&asset.path, &asset.license, &asset.attribution, &asset.class];
        let generator = MAX_NAME_BYTES as u64;
        // The variant and the clip that were drawn: of the object, in `drawn`, and as hexadecimal digits in `drawn_bits`.
        let longest = |names: &[String]| names.iter().map(|name| name.len() as u64).max().unwrap_or(0);
        let names = (2 * ESCAPED + 2) * (longest(&asset.variants) + longest(&asset.clips));
        ESCAPED * (texts.iter().map(|text| text.len() as u64).sum::<u64>() + generator) + names
    };
    let asset = plan.pools().values().flatten().map(texts).max().unwrap_or(0);
    let ids = scene.objects.iter().map(|o| &o.id).chain(scene.lights.iter().map(|l| &l.id));
    // An id stands in the path of every value that is drawn for it: up to thirty, each twice.
    let id = 60 * ids.chain(recipe.cameras.iter().map(|c| &c.id)).map(|id| id.len() as u64).max().unwrap_or(0);
    let edits = scene.objects.iter().map(|o| o.material.len() as u64).max().unwrap_or(0);
    let object = RECORD_OBJECT_BYTES + asset + id + edits * (RECORD_EDIT_BYTES + id);
    let lights = scene.lights.len() as u64 * (RECORD_VIEW_BYTES + id);
    let views = u64::from(plan.views_per_variation()) * (RECORD_VIEW_BYTES + id);
    let layers = recipe.layers.len() as u64 * RECORD_LAYER_BYTES + most_of_ids_and_masks(plan);
    RECORD_BYTES + asset + layers + lights + plan.most_objects() * object + views
}
