//! The node's Ed25519 key: its file, its name, its signatures, and the count of what it signed. Knows no manifests.
//!
//! Beside the key's file `KEY` stands `KEY.sequence`: the key's id, how many manifests it has signed, and the digest of the last
//! one's payload, which the next one names. It is a convenience of this machine: without it counting starts again at 1.

use crate::formats::json::{canonical, parse_canonical};
use crate::hash::{Digest, sha256};
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{
    DecodePrivateKey as _, DecodePublicKey as _, EncodePrivateKey as _, EncodePublicKey as _, KeypairBytes,
};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// A PEM file of an Ed25519 key has about 120 bytes.
const MAX_KEY_BYTES: u64 = 16 << 10;

/// What went wrong with a key's file. Never holds anything of the key itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {what}", path.display())]
pub struct KeyError {
    pub path: PathBuf,
    pub what: String,
    /// What would mend it; may be empty.
    pub hint: String,
}

impl KeyError {
    fn new(path: &Path, what: impl ToString) -> KeyError {
        KeyError { path: path.into(), what: what.to_string(), hint: String::new() }
    }

    fn with_hint(self, hint: impl Into<String>) -> KeyError {
        KeyError { hint: hint.into(), ..self }
    }
}

/// A key that signs contributions. Wiped from memory when dropped.
pub struct NodeKey {
    path: PathBuf,
    signing: SigningKey,
}

impl std::fmt::Debug for NodeKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NodeKey({})", self.key_id())
    }
}

impl NodeKey {
    /// Reads a PKCS#8 PEM file that nobody but its owner can read.
    pub fn load(path: &Path) -> Result<NodeKey, KeyError> {
        let fail = |error: std::io::Error| {
            let hint = match error.kind() {
                std::io::ErrorKind::NotFound => "`genki key new` makes one",
                _ => "",
            };
            KeyError::new(path, error).with_hint(hint)
        };
        // The checks are about the file that is open, not about one that may have taken its place.
        let file = File::open(path).map_err(fail)?;
        check_private(path, &file)?;
        // With room for all of it: growing would leave copies behind.
        let mut text = Zeroizing::new(String::with_capacity(MAX_KEY_BYTES as usize + 64));
        file.take(MAX_KEY_BYTES + 1).read_to_string(&mut text).map_err(fail)?;
        let no_key = || {
            KeyError::new(path, "no Ed25519 key as PKCS#8 PEM")
                .with_hint("restore it from a copy, or make another by `genki key new`")
        };
        if text.len() as u64 > MAX_KEY_BYTES {
            return Err(no_key());
        }
        let signing = SigningKey::from_pkcs8_pem(&text).map_err(|_| no_key())?;
        let key = NodeKey { path: path.into(), signing };
        key.read_sequence()?;
        Ok(key)
    }

    /// Makes a new key in a file that isn't there yet, readable by its owner only.
    pub fn create(path: &Path) -> Result<NodeKey, KeyError> {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(seed.as_mut_slice())
            .map_err(|error| KeyError::new(path, format!("no random numbers: {error}")))?;
        let signing = SigningKey::from_bytes(&seed);
        // PKCS#8 version 1, without the public key: what openssl reads.
        let pair = KeypairBytes { secret_key: *seed, public_key: None };
        let text =
            pair.to_pkcs8_pem(LineEnding::LF).map_err(|_| KeyError::new(path, "the new key cannot be encoded"))?;
        let fail = |error: std::io::Error| {
            let hint = match error.kind() {
                std::io::ErrorKind::AlreadyExists => "a key is never overwritten: move it away first",
                _ => "",
            };
            KeyError::new(path, error).with_hint(hint)
        };
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            create_private_folder(folder).map_err(fail)?;
        }
        let mut file = private_file().open(path).map_err(fail)?;
        let key = NodeKey { path: path.into(), signing };
        let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(fail);
        let written = written.and_then(|()| match fs::remove_file(key.sequence_path()) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(fail(error)),
            _ => key.write_sequence(&Sequence { count: 0, last: Digest::default() }),
        });
        // Half a key would be in the way of the next one: a key is never overwritten.
        written.map(|()| key).inspect_err(|_| drop(fs::remove_file(path)))
    }

    /// Where a key is looked for when nobody says where: the user's configuration folder. `None` if the environment names none.
    pub fn default_path() -> Option<PathBuf> {
        let folder = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
        let config = if cfg!(windows) {
            folder("APPDATA")
        } else {
            let home = folder("HOME").map(|home| match cfg!(target_os = "macos") {
                true => home.join("Library").join("Application Support"),
                false => home.join(".config"),
            });
            folder("XDG_CONFIG_HOME").filter(|path| path.is_absolute()).or(home)
        };
        config.map(|config| config.join("genki").join("node.pem"))
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// SHA-256 of the public key's SPKI DER.
    pub fn key_id(&self) -> Digest {
        key_id(&self.signing.verifying_key())
    }

    /// The public key as SPKI PEM, as `openssl pkey -pubin` reads it.
    pub fn public_pem(&self) -> String {
        public_pem(&self.signing.verifying_key())
    }

    /// The public key's 32 bytes as hexadecimal digits.
    pub fn public_hex(&self) -> String {
        hex::encode(self.signing.verifying_key().to_bytes())
    }

    pub(super) fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        self.signing.sign(bytes).to_bytes().to_vec()
    }

    /// Makes the next payload that this key signs, from its number and the digest of the payload before it (zeros: none).
    /// The count is on disk before the payload is given out: a number may be lost, and is never used twice.
    pub(super) fn next_payload(&self, make: impl FnOnce(u64, Digest) -> Vec<u8>) -> Result<Vec<u8>, KeyError> {
        let fail = |error: std::io::Error| KeyError::new(&self.path, error);
        // Two processes may seal with one key: the second waits here. Closing the file unlocks it.
        let lock = File::open(&self.path).map_err(fail)?;
        lock.lock().map_err(fail)?;
        let before = self.read_sequence()?;
        let count = before.count + 1;
        let payload = make(count, before.last);
        self.write_sequence(&Sequence { count, last: sha256(&payload) })?;
        Ok(payload)
    }

    fn sequence_path(&self) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(".sequence");
        name.into()
    }

    fn read_sequence(&self) -> Result<Sequence, KeyError> {
        let path = self.sequence_path();
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Sequence::default()),
            Err(error) => return Err(KeyError::new(&path, error)),
        };
        let unreadable = || {
            KeyError::new(&path, "not the count of a key")
                .with_hint("without this file, counting of manifests starts again at 1")
        };
        let doc = parse_canonical(&bytes).ok().and_then(|value| serde_json::from_value::<SequenceDoc>(value).ok());
        let doc = doc.ok_or_else(unreadable)?;
        if doc.keyid != self.key_id() {
            let what = format!("its key is {}, but {} holds {}", doc.keyid, self.path.display(), self.key_id());
            return Err(
                KeyError::new(&path, what).with_hint("the key's file was changed: restore it, or remove the count")
            );
        }
        Ok(Sequence { count: doc.sequence.parse().map_err(|_| unreadable())?, last: doc.prev })
    }

    fn write_sequence(&self, sequence: &Sequence) -> Result<(), KeyError> {
        let path = self.sequence_path();
        let fail = |error: std::io::Error| KeyError::new(&path, error);
        let doc = SequenceDoc { keyid: self.key_id(), prev: sequence.last, sequence: sequence.count.to_string() };
        let temporary = path.with_extension(format!("sequence.{}", std::process::id()));
        let write = || {
            let mut file = File::create(&temporary)?;
            file.write_all(&canonical(&doc))?;
            file.sync_all()?;
            fs::rename(&temporary, &path)
        };
        write().map_err(fail)
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Sequence {
    count: u64,
    last: Digest,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SequenceDoc {
    keyid: Digest,
    prev: Digest,
    sequence: String,
}

/// Somebody's public key, from a manifest.
pub(super) struct PublicKey(VerifyingKey);

impl PublicKey {
    /// From SPKI PEM in the one spelling that [`NodeKey::public_pem`] gives; weak keys, which anybody could sign for, are refused.
    pub fn from_pem(pem: &str) -> Option<PublicKey> {
        let key = VerifyingKey::from_public_key_pem(pem).ok()?;
        (!key.is_weak() && public_pem(&key) == pem).then_some(PublicKey(key))
    }

    pub fn key_id(&self) -> Digest {
        key_id(&self.0)
    }

    pub fn verifies(&self, bytes: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature).is_ok_and(|signature| self.0.verify_strict(bytes, &signature).is_ok())
    }
}

fn key_id(key: &VerifyingKey) -> Digest {
    sha256(key.to_public_key_der().expect("32 bytes fit a SPKI document").as_bytes())
}

fn public_pem(key: &VerifyingKey) -> String {
    key.to_public_key_pem(LineEnding::LF).expect("32 bytes fit a SPKI document")
}

/// The options by which a private file is created: it must be new.
fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn create_private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn check_private(path: &Path, file: &File) -> Result<(), KeyError> {
    let facts = file.metadata().map_err(|error| KeyError::new(path, error))?;
    if !facts.is_file() {
        return Err(KeyError::new(path, "no file"));
    }
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::mode(&facts) & 0o077 != 0 {
        let hint = format!("chmod 600 {}", path.display());
        return Err(KeyError::new(path, "others than its owner can read or write this key").with_hint(hint));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn a_key_that_could_not_be_written_leaves_nothing_in_the_way() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("node.pem");
        let count = folder.path().join("node.pem.sequence");
        fs::create_dir(&count).unwrap();
        assert!(NodeKey::create(&path).is_err());
        assert!(fs::symlink_metadata(&path).is_err(), "half a key is left");
        fs::remove_dir(&count).unwrap();
        NodeKey::create(&path).unwrap();
    }

    #[test]
    fn a_key_comes_back_from_its_file_and_its_signatures_verify() {
        let folder = folder();
        let path = folder.path().join("deep").join("node.pem");
        let key = NodeKey::create(&path).unwrap();
        let loaded = NodeKey::load(&path).unwrap();
        assert_eq!(loaded.key_id(), key.key_id());
        let public = PublicKey::from_pem(&loaded.public_pem()).unwrap();
        assert_eq!(public.key_id(), key.key_id());
        let signature = key.sign(b"text");
        assert!(public.verifies(b"text", &signature));
        assert!(!public.verifies(b"texts", &signature));
        assert!(!public.verifies(b"text", &signature[1..]));
    }

    /// RFC 8032, section 7.1, test 1; the SPKI prefix is RFC 8410's.
    #[test]
    fn the_key_of_rfc_8032_has_the_public_key_that_it_says() {
        let folder = folder();
        let path = folder.path().join("node.pem");
        let der = "302e020100300506032b6570042204209d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
        let pem = |der: &str| {
            use base64::Engine as _;
            let text = base64::engine::general_purpose::STANDARD.encode(hex::decode(der).unwrap());
            format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n")
        };
        private_file().open(&path).unwrap().write_all(pem(der).as_bytes()).unwrap();
        let key = NodeKey::load(&path).unwrap();
        let public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
        assert_eq!(key.public_hex(), public);
        assert_eq!(key.key_id(), sha256(&hex::decode(format!("302a300506032b6570032100{public}")).unwrap()));
    }

    #[test]
    fn a_key_is_never_overwritten() {
        let folder = folder();
        let path = folder.path().join("node.pem");
        let key = NodeKey::create(&path).unwrap();
        let error = NodeKey::create(&path).unwrap_err();
        assert!(error.hint.contains("never overwritten"), "{error:?}");
        assert_eq!(NodeKey::load(&path).unwrap().key_id(), key.key_id());
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = folder();
        let path = folder.path().join("node.pem");
        NodeKey::create(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        for mode in [0o640, 0o604, 0o620, 0o666] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert!(NodeKey::load(&path).unwrap_err().hint.starts_with("chmod 600"), "{mode:o}");
        }
    }

    #[test]
    fn a_changed_key_is_refused_wherever_it_was_changed_and_the_error_does_not_show_it() {
        let folder = folder();
        let path = folder.path().join("node.pem");
        let key_id = NodeKey::create(&path).unwrap().key_id();
        let text = fs::read(&path).unwrap();
        let secret = String::from_utf8(text.clone()).unwrap().lines().nth(1).unwrap().to_string();
        for at in 0..text.len() {
            let mut changed = text.clone();
            changed[at] ^= 1;
            fs::write(&path, &changed).unwrap();
            match NodeKey::load(&path) {
                Ok(key) => assert_eq!(key.key_id(), key_id, "byte {at} made another key"),
                Err(error) => assert!(!format!("{error:?}").contains(&secret[20..30])),
            }
        }
        fs::write(&path, "").unwrap();
        assert!(NodeKey::load(&path).is_err());
        fs::write(&path, vec![b'-'; 1 << 20]).unwrap();
        assert!(NodeKey::load(&path).is_err());
    }

    #[test]
    fn numbers_go_up_by_one_and_each_payload_names_the_one_before() {
        let folder = folder();
        let path = folder.path().join("node.pem");
        let key = NodeKey::create(&path).unwrap();
        let mut last = Digest::default();
        for expected in 1..=3 {
            let payload = key.next_payload(|number, previous| {
                assert_eq!((number, previous), (expected, last));
                number.to_string().into_bytes()
            });
            last = sha256(&payload.unwrap());
        }
        let error =
            NodeKey { path: path.clone(), signing: SigningKey::from_bytes(&[1; 32]) }.next_payload(|_, _| Vec::new());
        assert!(error.unwrap_err().what.contains("its key is"));
    }

    #[test]
    fn weak_public_keys_are_refused() {
        // The neutral element: a signature of zeros would verify for any text under lax rules.
        let mut neutral = [0; 32];
        neutral[0] = 1;
        let key = VerifyingKey::from_bytes(&neutral).unwrap();
        assert!(PublicKey::from_pem(&public_pem(&key)).is_none());
    }
}
