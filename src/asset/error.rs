//! What can be wrong with an asset: which file, where in it, what, and what to do about it.

use crate::reason::Reason;
use std::fmt;

/// The kind of a problem; decides the reason code in receipts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The file system said no: missing, not readable. Not a property of the bytes.
    Io,
    /// The bytes are not what the format demands.
    Malformed,
    /// The format allows it, this program doesn't read it.
    Unsupported,
    /// Past a budget.
    TooLarge,
    /// A decoder panicked.
    Panicked,
    /// Outside the folder that may be read.
    Outside,
    /// A pattern or a path that names nothing, or two things at once.
    NoMatch,
}

/// One problem with one asset: `file: place: what`, and advice apart from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetError {
    /// The file, as it was named by the caller.
    pub path: String,
    /// Inside the file, e.g. `meshes[2].primitives[0].attributes.NORMAL`; empty where the whole file is meant.
    pub place: String,
    pub cause: Cause,
    /// Lower case, no full stop.
    pub what: String,
    /// What would mend it; empty where nothing better than the message can be said.
    pub hint: String,
}

impl AssetError {
    pub(super) fn new(cause: Cause, place: impl Into<String>, what: impl Into<String>) -> AssetError {
        AssetError { path: String::new(), place: place.into(), cause, what: what.into(), hint: String::new() }
    }

    pub(super) fn malformed(place: impl Into<String>, what: impl Into<String>) -> AssetError {
        AssetError::new(Cause::Malformed, place, what)
    }

    pub(super) fn unsupported(place: impl Into<String>, what: impl Into<String>) -> AssetError {
        AssetError::new(Cause::Unsupported, place, what)
    }

    pub(super) fn too_large(place: impl Into<String>, what: impl Into<String>) -> AssetError {
        AssetError::new(Cause::TooLarge, place, what)
    }

    pub(super) fn with_hint(mut self, hint: impl Into<String>) -> AssetError {
        self.hint = hint.into();
        self
    }

    /// Names the file, where no inner step has named one.
    pub(super) fn in_file(mut self, path: &str) -> AssetError {
        if self.path.is_empty() {
            self.path = path.to_owned();
        }
        self
    }

    /// The code in the receipt of a variation that needs the asset.
    pub fn reason(&self) -> Reason {
        match self.cause {
            Cause::TooLarge => Reason::AssetTooLarge,
            Cause::Panicked => Reason::AssetPanicked,
            Cause::Io | Cause::Malformed | Cause::Unsupported | Cause::Outside | Cause::NoMatch => {
                Reason::AssetMalformed
            }
        }
    }

    /// Whether the file system, not the bytes, is to blame: no reason to call the variation failed.
    pub fn is_transient(&self) -> bool {
        self.cause == Cause::Io
    }
}

impl fmt::Display for AssetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in [&self.path, &self.place] {
            if !part.is_empty() {
                write!(f, "{part}: ")?;
            }
        }
        f.write_str(&self.what)
    }
}

impl std::error::Error for AssetError {}
