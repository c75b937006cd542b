//! Reads a stranger's files within bounds, and compares them with what they should be, in pieces. Knows no shards.

use super::layout::is_plain_file;
use crate::hash::{Digest, Hasher};
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;

fn open(path: &Path) -> io::Result<File> {
    match is_plain_file(path) {
        true => File::open(path),
        false if std::fs::symlink_metadata(path).is_err() => Err(io::Error::other("is missing")),
        false => Err(io::Error::other("is no plain file")),
    }
}

pub fn read_within(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > most {
        true => Err(io::Error::other(format!("has more than {most} bytes"))),
        false => Ok(bytes),
    }
}

pub fn digest_of(path: &Path) -> io::Result<Digest> {
    let mut hasher = Hasher::new();
    let mut file = open(path)?;
    let mut piece = vec![0; 1 << 20];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(hasher.finish()),
            n => hasher.update(&piece[..n]),
        };
    }
}

/// Compares what is written to it with what is in a file, in pieces.
pub struct Comparing {
    file: Result<BufReader<File>, String>,
    offset: u64,
    line: u64,
    differs_at: Option<(u64, u64)>,
}

impl Comparing {
    pub fn open(path: &Path) -> Comparing {
        let file = open(path).map(BufReader::new).map_err(|error| error.to_string());
        Comparing { file, offset: 0, line: 1, differs_at: None }
    }

    /// What is wrong with the file, once all is written.
    pub fn difference(mut self) -> Option<String> {
        match &mut self.file {
            Err(error) => return Some(error.clone()),
            Ok(file) if self.differs_at.is_none() => match file.read(&mut [0]) {
                Ok(0) => {}
                Ok(_) => return Some(format!("goes on past byte {}, where what the shards say ends", self.offset)),
                Err(error) => return Some(error.to_string()),
            },
            Ok(_) => {}
        }
        let (offset, line) = self.differs_at?;
        Some(format!("differs at byte {offset} (line {line}) from what the shards say"))
    }
}

impl Write for Comparing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let (Ok(file), None) = (&mut self.file, self.differs_at) {
            let mut there = Vec::with_capacity(bytes.len());
            if let Err(error) = file.take(bytes.len() as u64).read_to_end(&mut there) {
                self.file = Err(error.to_string());
                return Ok(bytes.len());
            }
            let same = bytes.iter().zip(&there).take_while(|(a, b)| a == b).count();
            self.line += bytes[..same].iter().filter(|&&b| b == b'\n').count() as u64;
            self.offset += same as u64;
            if same < bytes.len() {
                self.differs_at = Some((self.offset, self.line));
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
