//! USTAR archives of flat, plainly named files, written one way only: what is not what the writer would have written is refused.
//! Knows no shards and no receipts.

use ::tar::{EntryType, Header};
use std::io::{self, Read, Seek, SeekFrom, Write};

const BLOCK: usize = 512;
/// The end of an archive: two blocks of zeros, and nothing behind them.
const END: [u8; 2 * BLOCK] = [0; 2 * BLOCK];
/// The field `name` of a header; longer names would need the field `prefix`.
const MAX_NAME: usize = 100;
/// The largest size that fits the header's eleven octal digits.
const MAX_SIZE: u64 = (1 << 33) - 1;

/// What a header's bytes are, by their ends.
const FIELDS: [(usize, &str); 16] = [
    (100, "name"),
    (108, "mode"),
    (116, "owner's number"),
    (124, "group's number"),
    (136, "size"),
    (148, "time"),
    (156, "checksum"),
    (157, "kind (links, folders, devices and extensions are refused)"),
    (257, "link's target"),
    (263, "magic"),
    (265, "version"),
    (297, "owner's name"),
    (329, "group's name"),
    (345, "device"),
    (500, "prefix"),
    (512, "padding"),
];

/// Why bytes are no archive that the [`Writer`] would have written.
#[derive(Debug, thiserror::Error)]
pub enum TarError {
    #[error("byte {offset}: {what}")]
    Malformed { offset: u64, what: String },
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Whether a name may stand in an archive: `[a-z0-9._-]+`, not beginning with a dot, at most 100 bytes.
///
/// Lower-case ASCII without `/` leaves no way out of a folder, and no two names that some file system takes for one.
pub fn is_plain_name(name: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_' | b'-');
    !name.is_empty() && name.len() <= MAX_NAME && !name.starts_with('.') && name.bytes().all(is_plain)
}

/// The order of members: by name, and those that readers of data sets skip (`__name__`) behind all others.
pub fn order(name: &str) -> (bool, &str) {
    (name.starts_with("__"), name)
}

/// Writes members in their order.
pub struct Writer<W: Write> {
    out: W,
    offset: u64,
    last: Option<String>,
}

impl<W: Write> Writer<W> {
    pub fn new(out: W) -> Writer<W> {
        Writer { out, offset: 0, last: None }
    }

    /// Appends one file and returns where its header begins.
    pub fn append(&mut self, name: &str, bytes: &[u8]) -> Result<u64, TarError> {
        let offset = self.offset;
        let malformed = |what: String| TarError::Malformed { offset, what };
        if self.last.as_deref().is_some_and(|last| order(last) >= order(name)) {
            return Err(malformed(format!("{name} does not come behind the member before it")));
        }
        let header = header(name, bytes.len() as u64).map_err(malformed)?;
        self.out.write_all(&header)?;
        self.out.write_all(bytes)?;
        self.out.write_all(&END[..padding(bytes.len())])?;
        self.offset += (BLOCK + bytes.len() + padding(bytes.len())) as u64;
        self.last = Some(name.into());
        Ok(offset)
    }

    /// Ends the archive.
    pub fn finish(mut self) -> Result<W, TarError> {
        self.out.write_all(&END)?;
        Ok(self.out)
    }
}

/// One file of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub name: String,
    /// Where its header begins.
    pub offset: u64,
    pub bytes: Vec<u8>,
}

impl Member {
    /// Bytes that it takes in the archive: header, content, padding.
    pub fn packed_size(&self) -> u64 {
        (BLOCK + self.bytes.len() + padding(self.bytes.len())) as u64
    }
}

/// Reads members one by one. Every byte is accounted for: an archive that is read to its end without error is, byte for byte,
/// what [`Writer`] makes of its members.
pub struct Reader<R: Read> {
    input: R,
    offset: u64,
    last: Option<String>,
}

impl<R: Read> Reader<R> {
    pub fn new(input: R) -> Reader<R> {
        Reader { input, offset: 0, last: None }
    }

    /// The next member, or `None` at the end, behind which nothing may stand. `max_size` says how large a member of a name may be;
    /// `None`: there is none of this name, and its content is not read.
    pub fn next(&mut self, max_size: impl Fn(&str) -> Option<u64>) -> Result<Option<Member>, TarError> {
        let offset = self.offset;
        let malformed = |what: String| TarError::Malformed { offset, what };
        let mut block = [0; BLOCK];
        self.fill(&mut block, "a header")?;
        if block == END[..BLOCK] {
            self.fill(&mut block, "the end's second block")?;
            if block != END[..BLOCK] {
                return Err(malformed("the end is not two blocks of zeros".into()));
            }
            return match self.input.read(&mut [0])? {
                0 => Ok(None),
                _ => Err(malformed("bytes stand behind the end".into())),
            };
        }
        let (name, size) = parse_header(&block).map_err(malformed)?;
        if let Some(last) = self.last.as_deref().filter(|last| order(last) >= order(&name)) {
            return Err(malformed(format!("{name} stands behind {last}: twice, or out of order")));
        }
        let most = max_size(&name).ok_or_else(|| malformed(format!("{name} is not foretold")))?;
        if size > most {
            return Err(malformed(format!("{name} has {size} bytes and may have {most}")));
        }
        // Grows with what is really there, not with what the header promises.
        let mut bytes = Vec::new();
        self.input.by_ref().take(size).read_to_end(&mut bytes)?;
        if bytes.len() as u64 != size {
            return Err(malformed(format!("the archive ends within {name}")));
        }
        self.offset += size;
        let mut rest = [0; BLOCK];
        let rest = &mut rest[..padding(bytes.len())];
        self.fill(rest, "padding")?;
        if rest.iter().any(|&b| b != 0) {
            return Err(malformed(format!("the padding behind {name} is not zeros")));
        }
        self.last = Some(name.clone());
        Ok(Some(Member { name, offset, bytes }))
    }

    fn fill(&mut self, block: &mut [u8], what: &str) -> Result<(), TarError> {
        let offset = self.offset;
        self.offset += block.len() as u64;
        self.input.read_exact(block).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => {
                TarError::Malformed { offset, what: format!("the archive ends where {what} should stand") }
            }
            _ => TarError::Io(error),
        })
    }
}

/// The content of one member, found by headers alone: contents are skipped and not checked. `None` if there is no such member.
pub fn find(mut input: impl Read + Seek, name: &str, max_size: u64) -> Result<Option<Vec<u8>>, TarError> {
    let mut offset = 0;
    loop {
        let malformed = |what: String| TarError::Malformed { offset, what };
        let mut block = [0; BLOCK];
        input.read_exact(&mut block).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => malformed("the archive ends where a header should stand".into()),
            _ => TarError::Io(error),
        })?;
        if block == END[..BLOCK] {
            return Ok(None);
        }
        let (member, size) = parse_header(&block).map_err(malformed)?;
        if member == name {
            let mut bytes = Vec::new();
            input.take(size.min(max_size)).read_to_end(&mut bytes)?;
            let is_whole = bytes.len() as u64 == size;
            return is_whole.then_some(Some(bytes)).ok_or_else(|| malformed(format!("{name} is cut off or too large")));
        }
        let packed = size.next_multiple_of(BLOCK as u64);
        // `size` fits 33 bits: no step of an archive overflows.
        input.seek(SeekFrom::Current(packed as i64))?;
        offset += BLOCK as u64 + packed;
    }
}

/// Bytes of zeros behind a content of `size` bytes.
fn padding(size: usize) -> usize {
    size.next_multiple_of(BLOCK) - size
}

/// The one header that a file of this name and size has.
fn header(name: &str, size: u64) -> Result<[u8; BLOCK], String> {
    if !is_plain_name(name) {
        return Err(format!("{name:?} is no name for a member: [a-z0-9._-]+, at most {MAX_NAME} bytes"));
    }
    if size > MAX_SIZE {
        return Err(format!("{name} has {size} bytes, and a member holds {MAX_SIZE}"));
    }
    let mut header = Header::new_ustar();
    header.set_path(name).map_err(|error| error.to_string())?;
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_size(size);
    header.set_mtime(0);
    header.set_entry_type(EntryType::Regular);
    header.set_cksum();
    Ok(*header.as_bytes())
}

/// Name and size, if the header is the one that [`header`] makes of them.
fn parse_header(block: &[u8; BLOCK]) -> Result<(String, u64), String> {
    let name = block[..MAX_NAME].split(|&b| b == 0).next().unwrap_or_default();
    let name = std::str::from_utf8(name).map_err(|_| "a name that is not UTF-8")?;
    let size = std::str::from_utf8(&block[124..135]).ok().and_then(|digits| u64::from_str_radix(digits, 8).ok());
    let size = size.ok_or_else(|| format!("the size of {name:?} is not eleven octal digits"))?;
    let expected = header(name, size)?;
    // The checksum differs with any other field: name that one.
    let differs = |&at: &usize| block[at] != expected[at] && !(148..156).contains(&at);
    let at = (0..BLOCK).find(differs).or_else(|| (148..156).find(|&at| block[at] != expected[at]));
    match at {
        None => Ok((name.into(), size)),
        Some(at) => {
            let field = FIELDS.iter().find(|(end, _)| at < *end).map_or("header", |(_, field)| field);
            Err(format!("the header of {name}: {field} is not what genki writes"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMBERS: [(&str, &[u8]); 4] =
        [("a-0.json", b"{}"), ("a-0.rgb.png", &[7; 512]), ("a-1.json", b""), ("__receipts__", b"line\n")];

    fn archive() -> Vec<u8> {
        let mut writer = Writer::new(Vec::new());
        for (name, bytes) in MEMBERS {
            writer.append(name, bytes).unwrap();
        }
        writer.finish().unwrap()
    }

    fn read(bytes: &[u8]) -> Result<Vec<Member>, TarError> {
        let mut reader = Reader::new(bytes);
        std::iter::from_fn(|| reader.next(|_| Some(1 << 20)).transpose()).collect()
    }

    #[test]
    fn members_come_back_and_their_offsets_are_their_headers() {
        let bytes = archive();
        let members = read(&bytes).unwrap();
        assert_eq!(members.iter().map(|m| (m.name.as_str(), m.bytes.as_slice())).collect::<Vec<_>>(), MEMBERS);
        for member in &members {
            assert!(bytes[member.offset as usize..].starts_with(member.name.as_bytes()));
        }
        assert_eq!(members.iter().map(Member::packed_size).sum::<u64>() + 1024, bytes.len() as u64);
    }

    #[test]
    fn one_member_is_found_without_reading_the_others() {
        let bytes = archive();
        let find = |bytes: &[u8], name| find(io::Cursor::new(bytes), name, 1 << 20);
        assert_eq!(find(&bytes, "__receipts__").unwrap(), Some(b"line\n".to_vec()));
        assert_eq!(find(&bytes, "other").unwrap(), None);
        for end in 0..bytes.len() - 1024 - 512 {
            assert!(find(&bytes[..end], "__receipts__").is_err(), "cut at {end}");
        }
    }

    #[test]
    fn no_byte_of_the_structure_can_change_unseen() {
        let bytes = archive();
        let members = read(&bytes).unwrap();
        for at in 0..bytes.len() {
            for flip in [0x01, 0x20, 0x80] {
                let mut changed = bytes.clone();
                changed[at] ^= flip;
                match read(&changed) {
                    Err(TarError::Malformed { .. }) => {}
                    Err(other) => panic!("byte {at}: {other}"),
                    Ok(others) => assert_ne!(others, members, "byte {at} changed and nothing was seen"),
                }
            }
        }
        for end in 0..bytes.len() {
            assert!(read(&bytes[..end]).is_err(), "cut at {end}");
        }
        assert!(read(&[&bytes[..], &[0]].concat()).is_err(), "a byte behind the end");
        assert!(read(&[&bytes[..], &bytes[..]].concat()).is_err(), "an archive behind the archive");
    }

    #[test]
    fn names_that_lead_elsewhere_or_collide_are_neither_written_nor_read() {
        let long = "a".repeat(101);
        for name in ["", "/etc/passwd", "../a", "a/b", "a\\b", "A.png", ".a", "é.png", "a b", "a\0b", &long] {
            let mut writer = Writer::new(Vec::new());
            assert!(writer.append(name, b"").is_err(), "{name:?} was written");
            let mut foreign = Header::new_ustar();
            if foreign.set_path(name).is_err() {
                continue;
            }
            foreign.set_mode(0o644);
            foreign.set_uid(0);
            foreign.set_gid(0);
            foreign.set_size(0);
            foreign.set_mtime(0);
            foreign.set_cksum();
            assert!(read(&[foreign.as_bytes(), &END[..]].concat()).is_err(), "{name:?} was read");
        }
    }

    #[test]
    fn links_devices_folders_and_extensions_are_refused() {
        for kind in [b'1', b'2', b'3', b'4', b'5', b'6', b'7', b'x', b'g', b'L', b'K', b'S'] {
            let mut foreign = Header::from_byte_slice(&header("a.png", 0).unwrap()).clone();
            foreign.set_entry_type(EntryType::new(kind));
            foreign.set_cksum();
            let error = read(&[foreign.as_bytes(), &END[..]].concat()).unwrap_err().to_string();
            assert!(error.contains("kind"), "{error}");
        }
    }

    #[test]
    fn members_out_of_order_twice_or_over_their_budget_are_refused() {
        let one = |name: &str| {
            let mut writer = Writer::new(Vec::new());
            writer.append(name, b"x").unwrap();
            writer.out
        };
        assert!(read(&[one("a.png"), one("b.png"), END.to_vec()].concat()).is_ok());
        assert!(read(&[one("b.png"), one("a.png"), END.to_vec()].concat()).is_err());
        assert!(read(&[one("a.png"), one("a.png"), END.to_vec()].concat()).is_err());
        assert!(read(&[one("__receipts__"), one("a.png"), END.to_vec()].concat()).is_err());
        let bytes = [one("a.png"), END.to_vec()].concat();
        assert!(Reader::new(&bytes[..]).next(|_| Some(0)).is_err());
    }
}
