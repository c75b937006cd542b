//! A glTF file with all that it refers to: the JSON structures, the bytes of its buffers and images, its identity.
//!
//! The structures are those of crate `gltf`; its validation and its import are not used (they refuse files that
//! require what we can read, and panic on others): what is needed is checked where it is used.

use super::container::{Chunks, Format, chunks_of};
use super::error::Cause;
use super::guard::read_file;
use super::uri::{self, Target};
use super::{AssetError, Budget};
use crate::hash::{Digest, Hasher, sha256};
use gltf::json::{Root, buffer, image};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Extensions that change what is rendered and are understood.
const UNDERSTOOD: [&str; 18] = [
    "EXT_mesh_gpu_instancing",
    "KHR_lights_punctual",
    "KHR_materials_anisotropy",
    "KHR_materials_clearcoat",
    "KHR_materials_diffuse_transmission",
    "KHR_materials_dispersion",
    "KHR_materials_emissive_strength",
    "KHR_materials_ior",
    "KHR_materials_iridescence",
    "KHR_materials_pbrSpecularGlossiness",
    "KHR_materials_sheen",
    "KHR_materials_specular",
    "KHR_materials_transmission",
    "KHR_materials_unlit",
    "KHR_materials_variants",
    "KHR_materials_volume",
    "KHR_mesh_quantization",
    "KHR_texture_transform",
];

/// Accessor elements that a scene may read for each triangle of its budget: many primitives may share one accessor,
/// so the size of the file bounds no time.
const ELEMENTS_PER_TRIANGLE: u64 = 40;

/// Of those, vectors (of three numbers) of morph targets and keys of clips that are kept in memory.
const KEPT_PER_TRIANGLE: u64 = 10;

/// An opened glTF file.
pub(super) struct Document {
    pub root: Root,
    pub identity: Digest,
    /// Of the file and all files that it refers to.
    pub bytes: u64,
    /// Relative paths of the files that it refers to, in order of first reference.
    pub references: Vec<String>,
    pub warnings: BTreeSet<String>,
    file: Vec<u8>,
    referred: Vec<Vec<u8>>,
    buffers: Vec<Source>,
    images: Vec<Source>,
    elements_left: AtomicU64,
    kept_left: AtomicU64,
}

/// Where the bytes of a buffer or an image are.
enum Source {
    File(Range<usize>),
    Referred(usize),
    Inline(Vec<u8>),
    View(usize),
    /// Nothing says where.
    Nowhere,
}

/// Reads and checks everything but vertices and texels. `file`: the bytes of `path`, already known to be `format`.
pub(super) fn open(path: &Path, format: Format, file: Vec<u8>, budget: &Budget) -> Result<Document, AssetError> {
    let Chunks { json, bin } = chunks_of(format, &file)?;
    let text = file.get(json).unwrap_or_default();
    let objects = text.iter().filter(|&&b| b == b'{').count() as u64;
    if objects > budget.json_objects {
        return Err(AssetError::too_large("", format!("has {objects} JSON objects, budget {}", budget.json_objects)));
    }
    // Each value but the first of its list or object follows a comma, and each list or object holds a first one.
    let values = text.iter().filter(|&&b| matches!(b, b',' | b'[' | b'{')).count() as u64;
    if values > budget.json_values {
        return Err(AssetError::too_large("", format!("has {values} JSON values, budget {}", budget.json_values)));
    }
    let root: Root = serde_json::from_slice(text).map_err(not_gltf)?;
    if !root.asset.version.starts_with("2.") {
        let what = format!("is glTF version {}, but only version 2 is read", root.asset.version);
        return Err(AssetError::unsupported("asset.version", what)
            .with_hint("convert it, e.g. by opening and exporting in Blender"));
    }
    let warnings = check_extensions(&root)?;
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned();
    let left = budget.bytes.saturating_sub(file.len() as u64);
    let mut references = References { folder, left, names: BTreeMap::new(), order: Vec::new(), bytes: Vec::new() };
    let buffers = buffer_sources(&root.buffers, bin.as_ref(), &mut references)?;
    let images = image_sources(&root.images, &mut references)?;
    let identity = identity(&file, &references.order, &references.bytes);
    let bytes = file.len() as u64 + references.bytes.iter().map(|b| b.len() as u64).sum::<u64>();
    let References { order, bytes: referred, .. } = references;
    let kept_left = AtomicU64::new(budget.triangles.saturating_mul(KEPT_PER_TRIANGLE));
    let elements_left = AtomicU64::new(budget.triangles.saturating_mul(ELEMENTS_PER_TRIANGLE));
    Ok(Document {
        root,
        identity,
        bytes,
        references: order,
        warnings,
        file,
        referred,
        buffers,
        images,
        elements_left,
        kept_left,
    })
}

fn not_gltf(error: serde_json::Error) -> AssetError {
    let (line, column, text) = (error.line(), error.column(), error.to_string());
    let what = text.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&text);
    AssetError::malformed(format!("JSON line {line}, column {column}"), format!("is not glTF: {what}"))
        .with_hint("export it again; the Khronos glTF validator names all that is wrong with a file")
}

/// The identity of an asset.
///
/// A file that refers to no other: SHA-256 of its bytes. Else SHA-256 of `"genki/asset/v1\0"` followed by one frame
/// for the file itself (empty name) and one for each file that it refers to, in order of first reference (buffers,
/// then images), where a frame is `u64be len(name) ‖ name ‖ u64be len(bytes) ‖ bytes` and the name is the relative
/// path after percent-decoding. So renaming the file changes nothing, and changing any byte of any file does.
fn identity(file: &[u8], names: &[String], referred: &[Vec<u8>]) -> Digest {
    if names.is_empty() {
        return sha256(file);
    }
    let mut hasher = Hasher::new();
    hasher.update(b"genki/asset/v1\0");
    let frames =
        std::iter::once(("", file)).chain(names.iter().map(String::as_str).zip(referred.iter().map(Vec::as_slice)));
    for (name, bytes) in frames {
        hasher.update(&(name.len() as u64).to_be_bytes()).update(name.as_bytes());
        hasher.update(&(bytes.len() as u64).to_be_bytes()).update(bytes);
    }
    hasher.finish()
}

/// Required and not understood: an error. Used and not understood: a warning.
fn check_extensions(root: &Root) -> Result<BTreeSet<String>, AssetError> {
    let unknown = |names: &[String]| -> BTreeSet<String> {
        names.iter().filter(|name| !UNDERSTOOD.contains(&name.as_str())).cloned().collect()
    };
    let required = unknown(&root.extensions_required);
    if let Some(first) = required.first() {
        let names = required.iter().cloned().collect::<Vec<_>>().join(", ");
        return Err(AssetError::unsupported(
            "extensionsRequired",
            format!("the file requires {names}, which is not supported"),
        )
        .with_hint(remedy(first)));
    }
    Ok(unknown(&root.extensions_used).into_iter().map(|name| format!("{name} is not rendered")).collect())
}

/// What an artist can do about an extension that isn't supported.
pub(super) fn remedy(extension: &str) -> &'static str {
    match extension {
        "KHR_draco_mesh_compression" | "EXT_meshopt_compression" | "KHR_meshopt_compression" => {
            "export it again without mesh compression (Blender: import, then export with compression off)"
        }
        "KHR_texture_basisu" | "EXT_texture_webp" | "EXT_texture_avif" | "MSFT_texture_dds" => {
            "save its textures as PNG or JPEG"
        }
        _ => "export it without that extension",
    }
}

/// The files that a glTF file refers to, each read once.
struct References {
    folder: PathBuf,
    left: u64,
    names: BTreeMap<String, usize>,
    order: Vec<String>,
    bytes: Vec<Vec<u8>>,
}

impl References {
    fn source(&mut self, place: &str, text: &str) -> Result<Source, AssetError> {
        let name = match uri::parse(place, text)? {
            Target::Data(bytes) => return Ok(Source::Inline(bytes)),
            Target::File(name) => name,
        };
        if let Some(&known) = self.names.get(&name) {
            return Ok(Source::Referred(known));
        }
        let path = uri::resolve(place, &self.folder, &name)?;
        let bytes = read_file(&path, self.left).map_err(|mut error| {
            error.what = format!("{name} {}", error.what);
            error.place = place.to_owned();
            error
        })?;
        self.left -= bytes.len() as u64;
        self.names.insert(name.clone(), self.order.len());
        self.order.push(name);
        self.bytes.push(bytes);
        Ok(Source::Referred(self.order.len() - 1))
    }
}

fn buffer_sources(
    buffers: &[buffer::Buffer],
    bin: Option<&Range<usize>>,
    references: &mut References,
) -> Result<Vec<Source>, AssetError> {
    let mut sources = Vec::with_capacity(buffers.len());
    for (i, buffer) in buffers.iter().enumerate() {
        sources.push(match (&buffer.uri, bin) {
            (Some(uri), _) => references.source(&format!("buffers[{i}].uri"), uri)?,
            (None, Some(range)) if i == 0 => Source::File(range.clone()),
            (None, _) => Source::Nowhere,
        });
    }
    Ok(sources)
}

fn image_sources(images: &[image::Image], references: &mut References) -> Result<Vec<Source>, AssetError> {
    let mut sources = Vec::with_capacity(images.len());
    for (i, image) in images.iter().enumerate() {
        sources.push(match (&image.uri, image.buffer_view) {
            (Some(uri), _) => references.source(&format!("images[{i}].uri"), uri)?,
            (None, Some(view)) => Source::View(view.value()),
            (None, None) => Source::Nowhere,
        });
    }
    Ok(sources)
}

impl Document {
    /// Accounts for accessor elements about to be read.
    pub fn spend(&self, elements: u64) -> Result<(), AssetError> {
        let before = self.elements_left.fetch_sub(elements, Ordering::Relaxed);
        if before >= elements {
            return Ok(());
        }
        self.elements_left.store(0, Ordering::Relaxed);
        Err(AssetError::too_large("", "its meshes together read more numbers than the budget of triangles allows"))
    }

    /// Accounts for vectors of three numbers, of morph targets and clips, about to be kept.
    pub fn keep(&self, vectors: u64) -> Result<(), AssetError> {
        let before = self.kept_left.fetch_sub(vectors, Ordering::Relaxed);
        if before >= vectors {
            return Ok(());
        }
        self.kept_left.store(0, Ordering::Relaxed);
        Err(AssetError::too_large(
            "",
            "its morph targets and clips together hold more numbers than the budget of triangles allows",
        ))
    }

    /// The bytes of a buffer, `byteLength` of them.
    pub fn buffer(&self, index: usize) -> Result<&[u8], AssetError> {
        let place = || format!("buffers[{index}]");
        let (Some(source), Some(buffer)) = (self.buffers.get(index), self.root.buffers.get(index)) else {
            return Err(AssetError::malformed(place(), format!("the file has {} buffers", self.buffers.len())));
        };
        let bytes = match source {
            Source::File(range) => self.file.get(range.clone()).unwrap_or_default(),
            Source::Referred(i) => self.referred.get(*i).map(Vec::as_slice).unwrap_or_default(),
            Source::Inline(bytes) => bytes,
            Source::View(_) | Source::Nowhere => {
                return Err(self.without_data(place(), buffer.extensions.as_ref().map(|e| &e.others)));
            }
        };
        usize::try_from(buffer.byte_length.0).ok().and_then(|length| bytes.get(..length)).ok_or_else(|| {
            let what = format!("has {} bytes, but byteLength says {}", bytes.len(), buffer.byte_length.0);
            AssetError::malformed(place(), what).with_hint("the file or its .bin is cut off: export it again")
        })
    }

    /// The bytes of a buffer view and its stride, if it has one.
    pub fn view(&self, index: usize) -> Result<(&[u8], Option<usize>), AssetError> {
        let place = || format!("bufferViews[{index}]");
        let view = self.root.buffer_views.get(index).ok_or_else(|| {
            AssetError::malformed(place(), format!("the file has {} buffer views", self.root.buffer_views.len()))
        })?;
        if let Some(name) = view.extensions.as_ref().and_then(|e| e.others.keys().find(|k| k.contains("meshopt"))) {
            return Err(AssetError::unsupported(place(), format!("the data needs {name}, which is not supported"))
                .with_hint(remedy("EXT_meshopt_compression")));
        }
        let buffer = self.buffer(view.buffer.value())?;
        let start = view.byte_offset.map_or(0, |offset| offset.0);
        let range = start
            .checked_add(view.byte_length.0)
            .and_then(|end| Some(usize::try_from(start).ok()?..usize::try_from(end).ok()?));
        let bytes = range.and_then(|range| buffer.get(range)).ok_or_else(|| {
            let what = format!("bytes {start} + {} lie past the buffer's {}", view.byte_length.0, buffer.len());
            AssetError::malformed(place(), what)
        })?;
        Ok((bytes, view.byte_stride.map(|stride| stride.0)))
    }

    /// The bytes of an image file.
    pub fn image(&self, index: usize) -> Result<&[u8], AssetError> {
        let place = || format!("images[{index}]");
        match self.images.get(index) {
            Some(Source::View(view)) => Ok(self.view(*view)?.0),
            Some(Source::Referred(i)) => Ok(self.referred.get(*i).map(Vec::as_slice).unwrap_or_default()),
            Some(Source::Inline(bytes)) => Ok(bytes),
            Some(Source::File(_) | Source::Nowhere) => {
                Err(AssetError::malformed(place(), "has neither a uri nor a bufferView"))
            }
            None => Err(AssetError::malformed(place(), format!("the file has {} images", self.images.len()))),
        }
    }

    /// The error for data that is nowhere: named after the extension that would have it, if there is one.
    fn without_data(
        &self,
        place: String,
        extensions: Option<&serde_json::Map<String, serde_json::Value>>,
    ) -> AssetError {
        match extensions.and_then(|map| map.keys().next()) {
            Some(name) => AssetError::unsupported(place, format!("the data needs {name}, which is not supported"))
                .with_hint(remedy(name)),
            None => AssetError::new(Cause::Malformed, place, "has no uri, and there is no binary chunk for it"),
        }
    }
}

/// `place` of an accessor for error messages.
pub(super) fn accessor_place(index: usize) -> String {
    format!("accessors[{index}]")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asset::testing::{Builder, write};

    #[test]
    fn the_identity_of_a_single_file_is_its_sha256() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = write(dir.path(), "a.gltf", br#"{"asset": {"version": "2.0"}}"#);
        let document =
            open(&path, Format::Gltf, std::fs::read(&path).expect("read"), &Budget::default()).expect("opens");
        assert_eq!(document.identity, sha256(br#"{"asset": {"version": "2.0"}}"#));
    }

    #[test]
    fn the_identity_is_a_framed_hash_and_changes_with_a_referred_file() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let json = Builder::triangle().with_uri("a%20b.bin").gltf_text();
        let path = write(dir.path(), "a.gltf", json.as_bytes());
        let bin = Builder::triangle().bin;
        write(dir.path(), "a b.bin", &bin);
        let mut framed = b"genki/asset/v1\0".to_vec();
        for (name, bytes) in [("", json.as_bytes()), ("a b.bin", &bin)] {
            framed.extend((name.len() as u64).to_be_bytes());
            framed.extend(name.as_bytes());
            framed.extend((bytes.len() as u64).to_be_bytes());
            framed.extend(bytes);
        }
        let identity =
            || open(&path, Format::Gltf, json.clone().into_bytes(), &Budget::default()).expect("opens").identity;
        assert_eq!(identity(), sha256(&framed));
        let mut changed = bin.clone();
        changed[0] ^= 1;
        write(dir.path(), "a b.bin", &changed);
        assert_ne!(identity(), sha256(&framed));
    }

    #[test]
    fn required_extensions_are_named_with_a_remedy_and_used_ones_are_warned_of() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let opened = |text: &str| open(&dir.path().join("a.gltf"), Format::Gltf, text.into(), &Budget::default());
        let error = opened(r#"{"asset":{"version":"2.0"},"extensionsRequired":["KHR_draco_mesh_compression"]}"#).err();
        let error = error.expect("an error");
        assert_eq!(error.cause, Cause::Unsupported);
        assert!(error.what.contains("KHR_draco_mesh_compression") && error.hint.contains("compression"), "{error}");
        let text = r#"{"asset":{"version":"2.0"},"extensionsUsed":["X_b","KHR_lights_punctual","X_a","X_b"]}"#;
        let warnings: Vec<String> = opened(text).expect("opens").warnings.into_iter().collect();
        assert_eq!(warnings, ["X_a is not rendered", "X_b is not rendered"]);
    }

    #[test]
    fn budgets_hold_for_json_objects_and_for_the_bytes_of_all_files_together() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let json = Builder::triangle().with_uri("a.bin").gltf_text();
        let bin = Builder::triangle().bin;
        write(dir.path(), "a.bin", &bin);
        let opened = |budget: Budget| {
            open(&dir.path().join("a.gltf"), Format::Gltf, json.clone().into_bytes(), &budget).map(|d| d.bytes)
        };
        let total = (json.len() + bin.len()) as u64;
        assert_eq!(opened(Budget { bytes: total, ..Budget::default() }), Ok(total));
        assert_eq!(opened(Budget { bytes: total - 1, ..Budget::default() }).unwrap_err().cause, Cause::TooLarge);
        assert_eq!(opened(Budget { json_objects: 3, ..Budget::default() }).unwrap_err().cause, Cause::TooLarge);
    }
}
