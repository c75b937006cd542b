//! Environment images → linear equirectangular radiance.

use super::container::{Format, format_of};
use super::guard::{caught, read_file};
use super::{AssetError, Budget, sky_exr, sky_hdr};
use crate::hash::sha256;
use crate::scene::SkyImage;
use std::path::Path;

/// Decodes a Radiance HDR or OpenEXR file. Its digest is the SHA-256 of the file.
///
/// Values that are negative or not finite become 0: they are no radiance, and one of them would spoil every picture.
pub fn load_sky(path: &Path, budget: &Budget) -> Result<SkyImage, AssetError> {
    caught(|| loaded(path, budget)).map_err(|error| error.in_file(&path.display().to_string()))
}

fn loaded(path: &Path, budget: &Budget) -> Result<SkyImage, AssetError> {
    let bytes = read_file(path, budget.bytes)?;
    let format = format_of(&bytes)?;
    check_header(format, &bytes, budget)?;
    let (width, height, mut texels) = match format {
        Format::OpenExr => sky_exr::decode(&bytes)?,
        _ => sky_hdr::decode(&bytes)?,
    };
    if texels.len() as u64 != u64::from(width) * u64::from(height) {
        return Err(AssetError::malformed("", "the image decodes to another size than its header says"));
    }
    for value in texels.iter_mut().flatten() {
        // NaN fails the comparison.
        if !(*value >= 0.0 && *value < f32::INFINITY) {
            *value = 0.0;
        }
    }
    Ok(SkyImage { digest: sha256(&bytes), width, height, texels })
}

/// The format and the size, before anything is decoded.
pub(super) fn check_header(format: Format, bytes: &[u8], budget: &Budget) -> Result<(), AssetError> {
    let (width, height) = match format {
        Format::RadianceHdr => sky_hdr::size(bytes)?,
        Format::OpenExr => sky_exr::size(bytes, budget)?,
        Format::Gltf | Format::Glb => {
            return Err(
                AssetError::malformed("", "is a model, not a sky image").with_hint("skies are .hdr or .exr files")
            );
        }
    };
    if width == 0 || height == 0 {
        return Err(AssetError::malformed("", "the image has no texels"));
    }
    let texels = u64::from(width) * u64::from(height);
    if width > budget.image_side || height > budget.image_side || texels > budget.texels {
        let what = format!("has {width} × {height} texels, but the budget is {} a side", budget.image_side);
        return Err(AssetError::too_large("", what).with_hint("scale the image down"));
    }
    Ok(())
}
