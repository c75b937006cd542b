//! What a file is by its first bytes, and the two chunks of a GLB.

use super::AssetError;
use std::ops::Range;

/// A file format, told by content and never by extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Gltf,
    Glb,
    RadianceHdr,
    OpenExr,
}

/// Where the JSON and the binary chunk lie in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chunks {
    pub json: Range<usize>,
    pub bin: Option<Range<usize>>,
}

const GLB_MAGIC: &[u8] = b"glTF";
const CHUNK_JSON: u32 = 0x4E4F_534A;
const CHUNK_BIN: u32 = 0x004E_4942;
const BOM: &[u8] = &[0xEF, 0xBB, 0xBF];

pub(super) fn format_of(bytes: &[u8]) -> Result<Format, AssetError> {
    if bytes.starts_with(GLB_MAGIC) {
        return Ok(Format::Glb);
    }
    if bytes.starts_with(b"#?") {
        return Ok(Format::RadianceHdr);
    }
    if bytes.starts_with(&[0x76, 0x2F, 0x31, 0x01]) {
        return Ok(Format::OpenExr);
    }
    let text = bytes.strip_prefix(BOM).unwrap_or(bytes);
    if text.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'{') {
        return Ok(Format::Gltf);
    }
    Err(AssetError::malformed("", "is neither glTF, GLB, Radiance HDR nor OpenEXR")
        .with_hint("export models as .glb or .gltf, skies as .hdr or .exr"))
}

/// The chunks of a glTF or GLB file.
pub(super) fn chunks_of(format: Format, bytes: &[u8]) -> Result<Chunks, AssetError> {
    match format {
        Format::Gltf => {
            let start = if bytes.starts_with(BOM) { BOM.len() } else { 0 };
            Ok(Chunks { json: start..bytes.len(), bin: None })
        }
        Format::Glb => glb_chunks(bytes),
        Format::RadianceHdr | Format::OpenExr => Err(AssetError::malformed("", "is a sky image, not a model")),
    }
}

/// Source: glTF 2.0, section 4 (GLB File Format Specification).
fn glb_chunks(bytes: &[u8]) -> Result<Chunks, AssetError> {
    let word = |at: usize| -> Option<u32> {
        let four = bytes.get(at..at.checked_add(4)?)?;
        Some(u32::from_le_bytes([four[0], four[1], four[2], four[3]]))
    };
    let truncated =
        || AssetError::malformed("", "the GLB file ends in the middle").with_hint("the file is cut off: copy it again");
    let version = word(4).ok_or_else(truncated)?;
    if version != 2 {
        return Err(AssetError::unsupported("", format!("is GLB version {version}, but only version 2 is read")));
    }
    let length = word(8).ok_or_else(truncated)? as usize;
    if length > bytes.len() {
        return Err(truncated());
    }
    let (mut json, mut bin, mut at) = (None, None, 12);
    while at + 8 <= length {
        let chunk_length = word(at).ok_or_else(truncated)? as usize;
        let kind = word(at + 4).ok_or_else(truncated)?;
        let start = at + 8;
        let end = start.checked_add(chunk_length).filter(|&end| end <= length).ok_or_else(truncated)?;
        match kind {
            CHUNK_JSON if json.is_none() => json = Some(start..end),
            CHUNK_BIN if bin.is_none() => bin = Some(start..end),
            // Chunks of extensions are skipped, as section 4.4.1 asks.
            _ => {}
        }
        at = end;
    }
    let json = json.ok_or_else(|| AssetError::malformed("", "the GLB file has no JSON chunk"))?;
    Ok(Chunks { json, bin })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glb(chunks: &[(u32, &[u8])]) -> Vec<u8> {
        let total: usize = 12 + chunks.iter().map(|(_, data)| 8 + data.len()).sum::<usize>();
        let mut bytes = GLB_MAGIC.to_vec();
        bytes.extend(2u32.to_le_bytes());
        bytes.extend((total as u32).to_le_bytes());
        for (kind, data) in chunks {
            bytes.extend((data.len() as u32).to_le_bytes());
            bytes.extend(kind.to_le_bytes());
            bytes.extend(*data);
        }
        bytes
    }

    #[test]
    fn chunks_are_found_and_unknown_ones_are_skipped() {
        let bytes = glb(&[(CHUNK_JSON, b"{}  "), (0x1234, b"zzzz"), (CHUNK_BIN, b"abcd")]);
        let chunks = chunks_of(Format::Glb, &bytes).expect("a GLB");
        assert_eq!(&bytes[chunks.json], b"{}  ");
        assert_eq!(&bytes[chunks.bin.expect("a binary chunk")], b"abcd");
    }

    #[test]
    fn a_glb_that_ends_early_is_refused_wherever_it_ends() {
        let bytes = glb(&[(CHUNK_JSON, b"{}  "), (CHUNK_BIN, b"abcd")]);
        for end in 4..bytes.len() {
            assert!(chunks_of(Format::Glb, &bytes[..end]).is_err(), "cut at {end}");
        }
        let mut lying = bytes.clone();
        lying[12..16].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(chunks_of(Format::Glb, &lying).is_err());
    }

    #[test]
    fn formats_are_told_by_their_first_bytes() {
        assert_eq!(format_of(b"\xEF\xBB\xBF \n{}"), Ok(Format::Gltf));
        assert_eq!(format_of(b"#?RADIANCE\n"), Ok(Format::RadianceHdr));
        assert_eq!(format_of(&[0x76, 0x2F, 0x31, 0x01, 2]), Ok(Format::OpenExr));
        assert!(format_of(b"Kaydara FBX Binary").is_err());
        assert!(format_of(b"").is_err());
    }
}
