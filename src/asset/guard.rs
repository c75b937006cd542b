//! Fences around files and decoders of others: bounded reads, caught panics.

use super::AssetError;
use super::error::Cause;
use std::fs;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Runs `step`; a panic in it becomes an error that carries the panic's message.
///
/// `step` owns or only reads what it touches, so nothing half-changed survives the panic.
pub(super) fn caught<T>(step: impl FnOnce() -> Result<T, AssetError>) -> Result<T, AssetError> {
    match catch_unwind(AssertUnwindSafe(step)) {
        Ok(result) => result,
        Err(payload) => {
            let message = payload
                .downcast_ref::<&str>()
                .map(|text| (*text).to_owned())
                .or_else(|| payload.downcast_ref::<String>().cloned())
                .unwrap_or_else(|| "no message".to_owned());
            Err(AssetError::new(Cause::Panicked, "", format!("the decoder panicked: {message}"))
                .with_hint("the file is probably damaged: open and save it again with the tool that made it"))
        }
    }
}

/// The whole file, if it is a plain file of at most `limit` bytes.
pub(super) fn read_file(path: &Path, limit: u64) -> Result<Vec<u8>, AssetError> {
    let io = |error: std::io::Error| AssetError::new(Cause::Io, "", format!("cannot be read: {error}"));
    let metadata = fs::metadata(path).map_err(io)?;
    if !metadata.is_file() {
        return Err(AssetError::new(Cause::Io, "", "is not a file"));
    }
    if metadata.len() > limit {
        return Err(too_many_bytes(metadata.len(), limit));
    }
    let mut bytes = Vec::with_capacity(metadata.len() as usize);
    // The file may grow while it is read.
    let read = fs::File::open(path).map_err(io)?.take(limit + 1).read_to_end(&mut bytes).map_err(io)?;
    if read as u64 > limit { Err(too_many_bytes(read as u64, limit)) } else { Ok(bytes) }
}

fn too_many_bytes(bytes: u64, limit: u64) -> AssetError {
    AssetError::too_large("", format!("has {bytes} bytes, but {limit} are left of the budget of the asset"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_with_its_message() {
        let error = caught::<()>(|| panic!("odd {}", 7)).unwrap_err();
        assert_eq!(error.cause, Cause::Panicked);
        assert!(error.what.contains("odd 7"), "{error}");
        assert_eq!(caught(|| Ok(3)), Ok(3));
    }

    #[test]
    fn a_file_of_exactly_the_limit_is_read_and_one_byte_more_is_refused() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("a");
        fs::write(&path, [1; 10]).expect("written");
        assert_eq!(read_file(&path, 10), Ok(vec![1; 10]));
        assert_eq!(read_file(&path, 9).unwrap_err().cause, Cause::TooLarge);
        assert_eq!(read_file(dir.path(), 9).unwrap_err().cause, Cause::Io);
    }
}
