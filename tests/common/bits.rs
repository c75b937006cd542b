//! Results that must be the same bits on every machine and in every build: `tests/bits.txt`, sorted lines `name = hex`.
//!
//! A change of bits is a change of `plan::ENGINE`. `GENKI_WRITE_BITS=1` writes the file anew.

use genki::hash::Digest;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;

/// Tests of one program run at once and may write the same file.
static FILE: Mutex<()> = Mutex::new(());

/// Asserts that the digest on record under `name` is `digest`.
pub fn assert_bits(name: &str, digest: Digest) {
    let _one_at_a_time = FILE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/bits.txt");
    let mut lines = read(&std::fs::read_to_string(&path).unwrap_or_default());
    if std::env::var_os("GENKI_WRITE_BITS").is_some() {
        lines.insert(name.to_string(), digest.to_string());
        let text: String = lines.iter().map(|(name, hex)| format!("{name} = {hex}\n")).collect();
        std::fs::write(&path, text).expect("tests/bits.txt can be written");
        return;
    }
    let recorded = lines.get(name).unwrap_or_else(|| panic!("{name} is not in tests/bits.txt; its digest is {digest}"));
    assert_eq!(recorded, &digest.to_string(), "other bits than on record: {name}");
}

fn read(text: &str) -> BTreeMap<String, String> {
    let pair = |line: &str| {
        let (name, hex) = line.split_once(" = ").unwrap_or_else(|| panic!("not `name = hex`: {line}"));
        (name.to_string(), hex.to_string())
    };
    text.lines().map(pair).collect()
}
