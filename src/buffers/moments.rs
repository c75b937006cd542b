//! What the shutter sees while it is open: the scene at several moments, and which rows of a picture see which.

use super::SceneBuffers;
use super::layout::View;
use std::ops::Range;
use std::sync::Arc;

/// Moments of an exposure, in order. None: nothing moves.
#[derive(Clone, Debug, Default)]
pub struct Moments {
    pub all: Vec<Moment>,
    /// How many of them, one after another, each row sees: the topmost row the first ones, the lowest row the last ones. All
    /// of them, but under a rolling shutter.
    pub n_a_row: usize,
}

#[derive(Clone, Debug)]
pub struct Moment {
    /// `None`: nothing but cameras has moved.
    pub scene: Option<Arc<SceneBuffers>>,
    /// As many as the scene has.
    pub views: Vec<View>,
}

/// What a block of rows sees of one moment.
pub struct Sight<'a> {
    pub scene: &'a Arc<SceneBuffers>,
    pub view: View,
    pub rows: Range<u32>,
    /// The samples that each pixel takes then.
    pub samples: Range<u32>,
}

/// How `spp` samples of the pixels of a view are dealt out over the moments of a scene: in blocks, each of samples that follow
/// one another, as even as whole numbers are (blocks are what the sampler's sets are well spread in). Moment by moment, so that
/// a device changes scenes as rarely as can be, and so that each pixel takes its samples in order. No row and no sample is
/// left out.
pub fn sights(scene: &Arc<SceneBuffers>, view_idx: usize, spp: u32) -> Vec<Sight<'_>> {
    let view = scene.views[view_idx];
    let Moments { all, n_a_row } = &scene.moments;
    if all.is_empty() {
        return vec![Sight { scene, view, rows: 0..view.height, samples: 0..spp }];
    }
    let n_blocks = all.len() + 1 - n_a_row;
    let mut sights = Vec::new();
    for (k, moment) in all.iter().enumerate() {
        // The rows that see this moment last begin highest.
        for place in (0..*n_a_row).rev().filter(|place| (*place..place + n_blocks).contains(&k)) {
            let rows = part(k - place, n_blocks, view.height);
            let samples = part(place, *n_a_row, spp);
            if !rows.is_empty() && !samples.is_empty() {
                let scene = moment.scene.as_ref().unwrap_or(scene);
                sights.push(Sight { scene, view: moment.views[view_idx], rows, samples });
            }
        }
    }
    sights
}

/// The `k`th of `n` parts of `0..whole`.
fn part(k: usize, n: usize, whole: u32) -> Range<u32> {
    let start = |k: usize| (k as u64 * u64::from(whole) / n as u64) as u32;
    start(k)..start(k + 1)
}
