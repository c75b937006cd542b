//! What an asset is, cheaply: identity, kind, size, and whether its structure can be read. Decodes no vertex, no texel.

use super::container::{Format, format_of};
use super::guard::{caught, read_file};
use super::{AssetError, Budget, animation, document, sky, variants};
use crate::hash::{Digest, sha256};
use std::path::Path;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Model,
    Sky,
}

/// Variants and clips with longer names are not offered to recipes: each record holds the ones that were drawn.
const MAX_NAME_BYTES: usize = 256;

/// The facts that a plan needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survey {
    pub kind: Kind,
    /// Over the file and all files that it refers to; equals `AssetFacts::sha256` and `SkyImage::digest`.
    pub sha256: Digest,
    /// Of all those files.
    pub bytes: u64,
    /// Relative paths of the files that it refers to, in order of first reference.
    pub references: Vec<String>,
    /// `asset.generator` of a model; empty where there is none.
    pub generator: String,
    /// `asset.copyright` of a model; empty where there is none.
    pub copyright: String,
    /// KHR_materials_variants of a model, in file order; those with overlong names are left out, as clips are.
    pub variants: Vec<String>,
    /// Names of a model's clips, in file order: of one without a name its place, as digits.
    pub clips: Vec<String>,
    /// Sorted, no repeats.
    pub warnings: Vec<String>,
}

pub fn survey(path: &Path, budget: &Budget) -> Result<Survey, AssetError> {
    caught(|| surveyed(path, budget)).map_err(|error| error.in_file(&path.display().to_string()))
}

fn surveyed(path: &Path, budget: &Budget) -> Result<Survey, AssetError> {
    let bytes = read_file(path, budget.bytes)?;
    let format = format_of(&bytes)?;
    if matches!(format, Format::RadianceHdr | Format::OpenExr) {
        sky::check_header(format, &bytes, budget)?;
        return Ok(Survey {
            kind: Kind::Sky,
            sha256: sha256(&bytes),
            bytes: bytes.len() as u64,
            references: Vec::new(),
            generator: String::new(),
            copyright: String::new(),
            variants: Vec::new(),
            clips: Vec::new(),
            warnings: Vec::new(),
        });
    }
    let mut document = document::open(path, format, bytes, budget)?;
    let (variants, clips) = (variants::names(&document)?, animation::names(&document));
    let mut usable = |what: &str, names: Vec<String>| {
        let (short, long): (Vec<_>, Vec<_>) = names.into_iter().partition(|name| name.len() <= MAX_NAME_BYTES);
        if !long.is_empty() {
            let n = long.len();
            let warning = format!("{n} of its {what} have names of more than {MAX_NAME_BYTES} bytes and are left out");
            document.warnings.insert(warning);
        }
        short
    };
    let variants = usable("variants", variants);
    let clips = usable("clips", clips);
    Ok(Survey {
        kind: Kind::Model,
        sha256: document.identity,
        bytes: document.bytes,
        references: document.references,
        generator: document.root.asset.generator.unwrap_or_default(),
        copyright: document.root.asset.copyright.unwrap_or_default(),
        variants,
        clips,
        warnings: document.warnings.into_iter().collect(),
    })
}
