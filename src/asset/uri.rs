//! URIs in glTF files: data URIs, and relative paths that must stay in the asset's folder.

use super::AssetError;
use super::error::Cause;
use super::expand::on_disk;
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use std::path::{Path, PathBuf};

/// What a URI leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// The bytes stand in the URI itself.
    Data(Vec<u8>),
    /// A path below the asset's folder, `/`-separated, without `.` and `..`.
    File(String),
}

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

pub(super) fn parse(place: &str, uri: &str) -> Result<Target, AssetError> {
    match uri.split_once(':') {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("data") => data(place, rest).map(Target::Data),
        Some((scheme, _)) if is_scheme(scheme) => {
            Err(AssetError::new(Cause::Outside, place, format!("refers to {}", shortened(uri)))
                .with_hint("only files in the asset's own folder are read: put the file there and name it relatively"))
        }
        _ => relative(place, uri).map(Target::File),
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

/// `[<media type>][;base64],<data>`. Source: RFC 2397.
fn data(place: &str, rest: &str) -> Result<Vec<u8>, AssetError> {
    let (head, body) = rest.split_once(',').ok_or_else(|| AssetError::malformed(place, "the data URI has no comma"))?;
    if head.to_ascii_lowercase().ends_with(";base64") {
        BASE64.decode(body).map_err(|e| AssetError::malformed(place, format!("the data URI is not base64: {e}")))
    } else {
        percent_decoded(place, body)
    }
}

fn relative(place: &str, uri: &str) -> Result<String, AssetError> {
    let text = String::from_utf8(percent_decoded(place, uri)?)
        .map_err(|_| AssetError::malformed(place, format!("{} is not UTF-8", shortened(uri))))?;
    let outside = || {
        AssetError::new(Cause::Outside, place, format!("{} leads out of the asset's folder", shortened(uri)))
            .with_hint("put the file into the folder of the asset or below it")
    };
    if text.starts_with('/') {
        return Err(outside());
    }
    if text.contains(['\\', '\0']) {
        return Err(AssetError::malformed(place, format!("{} holds a backslash or NUL", shortened(uri)))
            .with_hint("write the path with forward slashes"));
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop().ok_or_else(outside)?;
            }
            part => parts.push(part),
        }
    }
    if parts.is_empty() {
        return Err(AssetError::malformed(place, "the uri is empty"));
    }
    Ok(parts.join("/"))
}

fn percent_decoded(place: &str, text: &str) -> Result<Vec<u8>, AssetError> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let digit = |b: Option<u8>| b.and_then(|b| char::from(b).to_digit(16));
        match (digit(bytes.next()), digit(bytes.next())) {
            (Some(high), Some(low)) => out.push((high * 16 + low) as u8),
            _ => return Err(AssetError::malformed(place, format!("{} has a broken % code", shortened(text)))),
        }
    }
    Ok(out)
}

/// The path of a file below `folder`, whose links don't lead out of it either.
pub(super) fn resolve(place: &str, folder: &Path, relative: &str) -> Result<PathBuf, AssetError> {
    let missing = |error: std::io::Error| {
        let (cause, why) = match error.kind() {
            std::io::ErrorKind::NotFound => (Cause::Malformed, "is missing".to_owned()),
            _ => (Cause::Io, format!("cannot be read: {error}")),
        };
        AssetError::new(cause, place, format!("refers to {relative}, which {why}"))
            .with_hint("put the file beside the asset")
    };
    let folder = folder.canonicalize().map_err(missing)?;
    let path = on_disk(&folder, relative).canonicalize().map_err(missing)?;
    if !path.starts_with(&folder) {
        return Err(AssetError::new(Cause::Outside, place, format!("{relative} is a link out of the asset's folder"))
            .with_hint("replace the link by a copy of the file"));
    }
    Ok(path)
}

fn shortened(uri: &str) -> String {
    match uri.char_indices().nth(60) {
        Some((end, _)) => format!("\"{}…\"", &uri[..end]),
        None => format!("\"{uri}\""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_uris_are_decoded_with_and_without_padding() {
        for uri in ["data:application/octet-stream;base64,AQID/w==", "data:;base64,AQID/w", "DATA:;base64,AQID/w=="] {
            assert_eq!(parse("", uri), Ok(Target::Data(vec![1, 2, 3, 255])), "{uri}");
        }
        assert_eq!(parse("", "data:,a%20b"), Ok(Target::Data(b"a b".to_vec())));
        assert!(parse("", "data:;base64,A?").is_err());
        assert!(parse("", "data:nothing").is_err());
    }

    #[test]
    fn relative_paths_are_decoded_and_made_plain() {
        let file = |uri: &str| parse("", uri);
        assert_eq!(file("a%20b/./c.png"), Ok(Target::File("a b/c.png".to_owned())));
        assert_eq!(file("a/../b.bin"), Ok(Target::File("b.bin".to_owned())));
        assert_eq!(file("m%C3%BCnze.png"), Ok(Target::File("münze.png".to_owned())));
    }

    #[test]
    fn paths_out_of_the_folder_are_refused() {
        for uri in [
            "../x",
            "a/../../x",
            "%2e%2e/x",
            "/etc/passwd",
            "%2Fetc/passwd",
            "file:///etc/passwd",
            "http://a/b",
            "C:/x",
        ] {
            assert_eq!(parse("", uri).unwrap_err().cause, Cause::Outside, "{uri}");
        }
        for uri in ["a\\b", "a%00b", "%zz", "", ".", "%ff"] {
            assert_eq!(parse("", uri).unwrap_err().cause, Cause::Malformed, "{uri}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_out_of_the_folder_is_refused_and_one_inside_is_followed() {
        let outer = tempfile::tempdir().expect("a temporary folder");
        let folder = outer.path().join("asset");
        std::fs::create_dir(&folder).expect("created");
        for path in [outer.path().join("secret"), folder.join("real")] {
            std::fs::write(path, b"x").expect("written");
        }
        std::os::unix::fs::symlink("../secret", folder.join("out")).expect("linked");
        std::os::unix::fs::symlink("real", folder.join("in")).expect("linked");
        assert_eq!(resolve("", &folder, "out").unwrap_err().cause, Cause::Outside);
        assert!(resolve("", &folder, "in").expect("inside").ends_with("real"));
        assert_eq!(resolve("", &folder, "none").unwrap_err().cause, Cause::Malformed);
    }
}
