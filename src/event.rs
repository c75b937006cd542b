//! What a run has to say while it runs. Values only: who listens, and how it looks, is the command line's business.

use serde::Serialize;

/// One thing that happened. With `--json` each is one line, tagged by `event`.
#[derive(Clone, Debug, Serialize, PartialEq)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Before the first variation.
    Started {
        plan_id: String,
        variations: u64,
        views: u64,
        shards: u64,
        shards_already_made: u64,
        variations_already_made: u64,
        devices: Vec<String>,
    },
    /// Anything worth a line: a device that is left out, an extension that is not rendered.
    Message { text: String },
    /// One variation is made, or has failed with a reason code.
    Variation { variation: u64, device: usize, views: u64, failed: Option<String> },
    /// A shard is on disk under its final name.
    Shard { shard: u64, device: usize, variations: u64, failed: u64, bytes: u64 },
    /// The run ended.
    Finished { made: u64, failed: u64, shards: u64, interrupted: bool },
}

/// Receives events; called from several threads.
pub type Listener<'a> = &'a (dyn Fn(&Event) + Sync);
