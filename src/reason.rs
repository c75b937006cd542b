//! Why a variation could not be made: codes that are the same on every machine. Never a matter of seconds or of a device.

use std::fmt;

/// The reason in a receipt of a variation that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// An asset's file is not what its format demands.
    AssetMalformed,
    /// An asset is past a budget (bytes, triangles, image size, depth), or all together have more nodes or materials than ids.
    AssetTooLarge,
    /// A decoder panicked on an asset.
    AssetPanicked,
    /// The scene cannot be composed: no extent, a transform that is not finite.
    SceneDegenerate,
    /// A pixel came out as NaN or infinity.
    NonfinitePixel,
    /// Our own code panicked on this variation.
    Internal,
}

impl Reason {
    pub const ALL: [Reason; 6] = [
        Reason::AssetMalformed,
        Reason::AssetTooLarge,
        Reason::AssetPanicked,
        Reason::SceneDegenerate,
        Reason::NonfinitePixel,
        Reason::Internal,
    ];

    /// The word in receipts.
    pub const fn code(self) -> &'static str {
        match self {
            Reason::AssetMalformed => "asset_malformed",
            Reason::AssetTooLarge => "asset_too_large",
            Reason::AssetPanicked => "asset_panicked",
            Reason::SceneDegenerate => "scene_degenerate",
            Reason::NonfinitePixel => "nonfinite_pixel",
            Reason::Internal => "internal",
        }
    }

    pub fn from_code(code: &str) -> Option<Reason> {
        Reason::ALL.into_iter().find(|reason| reason.code() == code)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
