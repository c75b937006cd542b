//! One file a command: its arguments become one finished config, which then runs.

pub mod bench;
pub mod check;
pub mod devices;
pub mod key;
pub mod plan;
pub mod preview;
pub mod render;
pub mod seal;
pub mod shell;
pub mod verify;

use crate::contribution::Totals;
use serde_json::Value;

/// A report's own values and what the contribution holds, as one JSON object.
fn with_totals(mut report: Value, totals: &Totals) -> Value {
    report["shards"] = totals.shards.into();
    report["shards_planned"] = totals.shards_planned.into();
    report["variations"] = totals.variations.into();
    report["failed"] = totals.failed.into();
    report["views"] = totals.views.into();
    // Too large for a JSON number.
    report["credits"] = totals.credits.to_string().into();
    report["bytes"] = totals.bytes.into();
    report
}
