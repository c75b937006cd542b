//! A contact sheet: the first view of a few variations, small and quick, side by side. Knows no shards and no files.

use super::attempt::{Undone, Worker, render_view};
use super::context::Context;
use super::devices::Device;
use super::digits::number_at;
use super::error::{NotMade, RunError};
use super::variation::draw;
use crate::annotate;
use crate::film::FilmPlanes;
use crate::formats::png;
use crate::formats::raster::{Raster, Samples};
use crate::layer::Layer;
use crate::math::srgb::{eotf, oetf};
use crate::plan::{Plan, Terms};
use crate::recipe::{Recipe, RigKind, Tone};
use crate::render::Renderer;

/// The plan with a changed recipe, for what is looked at and not kept. `None` where the change makes no plan.
pub fn small_plan(plan: &Plan, change: impl FnOnce(&mut Recipe)) -> Option<Plan> {
    let mut recipe = plan.recipe().clone();
    change(&mut recipe);
    // Licences were judged when the real plan was made.
    let accepted_licenses = plan.pools().values().flatten().map(|asset| asset.license.clone()).collect();
    Plan::with_terms(recipe, plan.pools().clone(), &Terms { accepted_licenses, max_credits: None }).ok()
}

/// Makes a recipe's pictures small and quick: `longest` pixels on the longer side, `spp` samples.
pub fn shrink(recipe: &mut Recipe, longest: u32, spp: u32) {
    let [width, height] = recipe.render.size;
    let factor = (f64::from(longest) / f64::from(width.max(height))).min(1.0);
    let scaled = |side: u32| ((f64::from(side) * factor).round() as u32).max(1);
    recipe.render.size = [scaled(width), scaled(height)];
    let (x, y) = (f64::from(scaled(width)) / f64::from(width), f64::from(scaled(height)) / f64::from(height));
    for rig in &mut recipe.cameras {
        if let RigKind::File { cameras, .. } = &mut rig.kind {
            for camera in cameras {
                camera.fx *= x;
                camera.cx *= x;
                camera.fy *= y;
                camera.cy *= y;
            }
        }
    }
    recipe.render.spp = recipe.render.spp.min(spp);
}

/// What a contact sheet shows: small pictures of `rgb` only.
pub fn shrink_to_sheet(recipe: &mut Recipe, longest: u32, spp: u32) {
    shrink(recipe, longest, spp);
    if recipe.render.tone == Tone::None {
        recipe.render.tone = Tone::Srgb;
    }
    recipe.layers = vec![Layer::Rgb];
}

/// What stands in the pictures' corners.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Corners {
    Empty,
    /// Their places on the sheet, from 1.
    Numbers,
}

/// The sheet, and what could not be shown.
pub struct Preview {
    pub png: Vec<u8>,
    /// Variations that failed, and why.
    pub failed: Vec<(u64, String)>,
}

/// Why there is no sheet.
#[derive(Debug, thiserror::Error)]
pub enum PreviewError {
    #[error(transparent)]
    Run(#[from] RunError),
    #[error("{device}: {what}")]
    Device { device: String, what: String },
    #[error("interrupted")]
    Interrupted,
}

/// `count` variations, spread over all of them.
pub fn spread(all: u64, count: u64) -> Vec<u64> {
    let count = count.min(all);
    (0..count).map(|i| (u128::from(i) * u128::from(all) / u128::from(count)) as u64).collect()
}

/// Renders the first view of some variations. The plan comes of a recipe that was shrunk by [`shrink_to_sheet`].
pub fn preview(
    ctx: &Context<'_>,
    device: &dyn Device,
    variations: &[u64],
    corners: Corners,
) -> Result<Preview, PreviewError> {
    let fault = |what: String| PreviewError::Device { device: device.info().name.clone(), what };
    let mut renderer = device.open().map_err(|error| fault(error.to_string()))?;
    let mut failed = Vec::new();
    let mut cells = Vec::new();
    for &index in variations {
        if ctx.stop.requested() {
            return Err(PreviewError::Interrupted);
        }
        match picture(ctx, device, renderer.as_mut(), index) {
            Ok(Ok(raster)) => cells.push(Some(raster)),
            Ok(Err(NotMade::Failed { reason, message })) => {
                failed.push((index, format!("{reason}: {message}")));
                cells.push(None);
            }
            Ok(Err(NotMade::Fatal(error))) => return Err(error.into()),
            Err(Undone::Interrupted) => return Err(PreviewError::Interrupted),
            Err(Undone::Fault(what) | Undone::TooLarge(what) | Undone::OutOfMemory(what)) => return Err(fault(what)),
        }
    }
    let png = png::encode(&sheet(&cells, ctx.plan.recipe().render.size, corners));
    Ok(Preview { png, failed })
}

fn picture(
    ctx: &Context<'_>,
    device: &dyn Device,
    renderer: &mut dyn Renderer,
    index: u64,
) -> Result<Result<Raster, NotMade>, Undone> {
    let ready = match draw(ctx, index).scene {
        Ok(ready) => ready,
        Err(not_made) => return Ok(Err(not_made)),
    };
    let mut worker = Worker { info: device.info(), renderer };
    let film = render_view(ctx, &mut worker, &ready, 0, FilmPlanes::of(&[Layer::Rgb]), &|| ctx.stop.requested())?;
    let camera = &ready.composed.scene.cameras[0];
    Ok(film.map(|film| annotate::raster(&film, Layer::Rgb, camera, &ready.composed.objects, &ctx.plan.recipe().render)))
}

/// Pixels between pictures and around them.
const GAP: u32 = 6;
/// sRGB of the sheet between pictures.
const PAPER: u8 = 250;
/// sRGB of numbers.
const INK: u8 = 30;
/// sRGB behind transparent pixels, at the top and at the bottom of a picture.
const BACKDROP: (f64, f64) = (0.90, 0.72);
/// sRGB of a picture that could not be made.
const FAILED: [u8; 3] = [214, 96, 88];

/// Pictures in a grid that is about as wide as a screen.
fn sheet(cells: &[Option<Raster>], size: [u32; 2], corners: Corners) -> Raster {
    let [width, height] = size;
    let n = cells.len().max(1) as u32;
    let fitting = (f64::from(n) * 1.5 * f64::from(height) / f64::from(width)).sqrt().round() as u32;
    let rows = n.div_ceil(fitting.clamp(1, n));
    let columns = n.div_ceil(rows);
    let sheet_width = columns * (width + GAP) + GAP;
    let sheet_height = rows * (height + GAP) + GAP;
    let mut rgb = vec![PAPER; sheet_width as usize * sheet_height as usize * 3];
    for (i, cell) in cells.iter().enumerate() {
        let left = GAP + (i as u32 % columns) * (width + GAP);
        let top = GAP + (i as u32 / columns) * (height + GAP);
        for y in 0..height {
            let start = ((top + y) as usize * sheet_width as usize + left as usize) * 3;
            let row = &mut rgb[start..start + width as usize * 3];
            let behind = BACKDROP.0 + (BACKDROP.1 - BACKDROP.0) * f64::from(y) / f64::from(height);
            for (x, out) in row.chunks_exact_mut(3).enumerate() {
                let texel = cell.as_ref().and_then(|raster| texel(raster, x, y as usize));
                let number = if corners == Corners::Numbers { number_at(i as u64 + 1, x, y as usize) } else { None };
                let pixel = match number {
                    Some(is_ink) => [if is_ink { INK } else { PAPER }; 3],
                    None => texel.map_or(FAILED, |rgba| over(rgba, behind)),
                };
                out.copy_from_slice(&pixel);
            }
        }
    }
    Raster { width: sheet_width, height: sheet_height, channels: 3, samples: Samples::U8(rgb) }
}

fn texel(raster: &Raster, x: usize, y: usize) -> Option<[u8; 4]> {
    let Samples::U8(samples) = &raster.samples else { return None };
    let channels = raster.channels as usize;
    let at = (y * raster.width as usize + x) * channels;
    let texel = samples.get(at..at + channels)?;
    Some([texel[0], *texel.get(1)?, *texel.get(2)?, texel.get(3).copied().unwrap_or(255)])
}

/// Straight alpha over a grey, mixed in linear light.
fn over([r, g, b, a]: [u8; 4], behind_srgb: f64) -> [u8; 3] {
    let alpha = f64::from(a) / 255.0;
    let behind = eotf(behind_srgb);
    [r, g, b].map(|c| (oetf(eotf(f64::from(c) / 255.0) * alpha + behind * (1.0 - alpha)) * 255.0).round() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(rgba: [u8; 4]) -> Option<Raster> {
        Some(Raster { width: 2, height: 1, channels: 4, samples: Samples::U8(rgba.repeat(2)) })
    }

    #[test]
    fn a_sheet_shows_its_pictures_row_by_row_with_paper_between() {
        let cells = [cell([255, 0, 0, 255]), cell([0, 255, 0, 255]), cell([0, 0, 255, 255]), None];
        let sheet = sheet(&cells, [2, 1], Corners::Empty);
        let Samples::U8(rgb) = &sheet.samples else { panic!("a sheet has 8 bits") };
        let at = |x: u32, y: u32| {
            let i = (y * sheet.width + x) as usize * 3;
            [rgb[i], rgb[i + 1], rgb[i + 2]]
        };
        // √(4 · 1.5 · 1/2) rounds to 2 columns.
        assert_eq!((sheet.width, sheet.height), (2 * 2 + 3 * GAP, 2 + 3 * GAP));
        assert_eq!(at(GAP, GAP), [255, 0, 0]);
        assert_eq!(at(GAP + 2 + GAP + 1, GAP), [0, 255, 0]);
        assert_eq!(at(GAP, GAP + 1 + GAP), [0, 0, 255]);
        assert_eq!(at(GAP + 2 + GAP, GAP + 1 + GAP), FAILED);
        assert_eq!(at(GAP + 2, GAP), [PAPER; 3]);
    }

    #[test]
    fn what_is_transparent_shows_the_backdrop() {
        let behind = (BACKDROP.0 * 255.0).round() as u8;
        assert_eq!(over([9, 9, 9, 0], BACKDROP.0), [behind; 3]);
        assert_eq!(over([9, 99, 199, 255], BACKDROP.0), [9, 99, 199]);
    }
}
