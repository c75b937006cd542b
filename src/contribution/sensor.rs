//! What a view's record must say of its sensor, stated a second time: see [`super::record`].

use super::record::decimal;
use crate::annotate;
use crate::plan::ViewSpec;
use serde_json::{Value, json};

/// `None` where the recipe has no sensor. All of it is drawn, so that nothing is taken on the signer's word.
/// `fx`: of the view's K.
pub fn sensor(view: &ViewSpec, fx: f64) -> Option<Value> {
    let sensor = view.sensor?;
    let mut out = json!({
        "order": annotate::SENSOR_ORDER,
        "chromatic_aberration_px": decimal(sensor.chromatic_aberration_px),
        "vignette": decimal(sensor.vignette),
        "noise": {"shot": decimal(sensor.noise_shot), "read": decimal(sensor.noise_read)},
        "black_level": decimal(sensor.black_level),
        "bits": sensor.bits,
        "white_balance": sensor.white_balance.map(decimal),
        "jpeg_quality": sensor.jpeg_quality,
    });
    if let Some(depth) = sensor.depth {
        let per_m = depth.baseline_m.map_or(1.0, |baseline| 1.0 / (fx * baseline));
        out["depth"] = json!({
            "noise_per_m": decimal(depth.noise * per_m),
            "step_per_m": decimal(depth.step * per_m),
            "range_m": [decimal(depth.range_m.0), decimal(depth.range_m.1)],
            "maps": annotate::DEPTH_TEXT,
        });
    }
    Some(out)
}
