//! What a view's record must say of its stereo pair, stated a second time: see [`super::record`].

use super::record::decimal;
use crate::plan::ViewSpec;
use serde_json::{Value, json};

/// `None` where the view, number `view` over all cameras, is none of a pair.
pub fn stereo(spec: &ViewSpec, view: u32) -> Option<Value> {
    let eye = match spec.shift_m {
        0.0 => return None,
        shift if shift < 0.0 => "left",
        _ => "right",
    };
    // Pairs are counted from the first view of their rig.
    let first = view - spec.index;
    let other = first + (spec.index ^ 1);
    let baseline = decimal((2.0 * spec.shift_m).abs());
    Some(json!({"eye": eye, "baseline_m": baseline, "other_view": other}))
}
