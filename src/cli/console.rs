//! The two streams: results on stdout, everything else on stderr. A reader who hangs up is no fault.

use super::exit::Exit;
use crate::diag::{Place, Problem, Problems, Severity};
use indicatif::MultiProgress;
use std::fmt::Display;
use std::io::{self, Write};

/// Why a command ended without its result: what people see on stderr, and the exit code.
#[derive(Debug)]
pub struct Failure {
    pub exit: Exit,
    pub problems: Problems,
}

impl Failure {
    /// `genki: place: what`, and advice below it (empty: none).
    pub fn new(exit: Exit, place: impl Display, what: impl Display, hint: impl Into<String>) -> Failure {
        let place = place.to_string();
        let file = if place.is_empty() { "genki".to_owned() } else { format!("genki: {place}") };
        let problem = Problem::error(Place::file(file), what.to_string()).with_hint(hint);
        Failure { exit, problems: Problems(vec![problem]) }
    }

    /// Nothing could start.
    pub fn cannot_start(place: impl Display, what: impl Display, hint: impl Into<String>) -> Failure {
        Failure::new(Exit::CannotStart, place, what, hint)
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Failure {
        Failure { exit: Exit::CannotStart, problems }
    }
}

/// Where text goes.
#[derive(Clone)]
pub struct Console {
    quiet: bool,
    /// Lines on stderr are written above the bars.
    pub bars: MultiProgress,
}

impl Console {
    pub fn new(quiet: bool) -> Console {
        Console { quiet, bars: MultiProgress::new() }
    }

    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// A result: stdout, one line (or several).
    pub fn result(&self, text: impl Display) -> Result<(), Failure> {
        self.result_bytes(format!("{text}\n").as_bytes())
    }

    /// A result that is bytes as they are.
    ///
    /// A reader who hung up has heard enough, which is no fault; the exit code says the same as to one who listens.
    pub fn result_bytes(&self, bytes: &[u8]) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        match out.write_all(bytes).and_then(|()| out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::cannot_start("stdout", error, "")),
            _ => Ok(()),
        }
    }

    /// Something worth knowing: stderr, unless quiet.
    pub fn message(&self, text: impl Display) {
        if !self.quiet {
            self.stderr(&text.to_string());
        }
    }

    /// Errors always, warnings unless quiet. Problems in one file that has several end with their number.
    pub fn problems(&self, problems: &Problems) {
        let mut shown: Vec<&Problem> = problems.0.iter().collect();
        shown.retain(|p| p.severity == Severity::Error || !self.quiet);
        for problem in &shown {
            self.stderr(&problem.to_string());
        }
        let errors: Vec<&&Problem> = shown.iter().filter(|p| p.severity == Severity::Error).collect();
        let file = errors.first().map_or("", |p| p.place.file.as_str());
        if errors.len() > 1 && errors.iter().all(|p| p.place.file == file) {
            self.stderr(&format!("{} problems in {file}", errors.len()));
        } else if errors.len() > 1 {
            self.stderr(&format!("{} problems", errors.len()));
        }
    }

    fn stderr(&self, text: &str) {
        // A closed stderr leaves nobody to tell.
        self.bars.suspend(|| drop(writeln!(io::stderr().lock(), "{text}")));
    }
}

/// 1234567 → "1,234,567".
pub fn count(n: impl Into<u128>) -> String {
    let digits = n.into().to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// "1 view", "2 views".
pub fn counted(n: impl Into<u128>, one: &str) -> String {
    let n = n.into();
    if n == 1 { format!("1 {one}") } else { format!("{} {one}s", count(n)) }
}

/// 1536 → "1.5 KiB".
pub fn bytes(n: u64) -> String {
    let mut value = n as f64;
    let mut units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"].into_iter();
    let mut unit = units.next().unwrap_or_default();
    for larger in units {
        if value < 1024.0 {
            break;
        }
        value /= 1024.0;
        unit = larger;
    }
    if unit == "B" || value >= 100.0 { format!("{value:.0} {unit}") } else { format!("{value:.1} {unit}") }
}

/// 5025 seconds → "1 h 24 min".
pub fn duration(seconds: f64) -> String {
    if seconds < 10.0 {
        return format!("{seconds:.1} s");
    }
    let s = seconds.round() as u64;
    match s {
        0..60 => format!("{s} s"),
        60..3600 => format!("{} min {} s", s / 60, s % 60),
        3600..86_400 => format!("{} h {} min", s / 3600, s % 3600 / 60),
        _ => format!("{} days {} h", s / 86_400, s % 86_400 / 3600),
    }
}

/// Runs `probe` while nothing in this process reaches stderr.
///
/// Mesa's layers complain there about a missing desktop session, on servers that never had one. What is wrong with an
/// adapter comes back from the API, so nothing is lost that a user could act on.
pub fn without_chatter_of_drivers<T>(probe: impl FnOnce() -> T) -> T {
    let _restores_when_dropped = Silence::begin();
    probe()
}

/// stderr, kept while the descriptor of that number leads nowhere.
#[cfg(unix)]
struct Silence(std::os::fd::OwnedFd);

#[cfg(unix)]
impl Silence {
    fn begin() -> Option<Silence> {
        let kept = rustix::io::dup(rustix::stdio::stderr()).ok()?;
        let nowhere = std::fs::OpenOptions::new().write(true).open("/dev/null").ok()?;
        rustix::stdio::dup2_stderr(&nowhere).ok()?;
        Some(Silence(kept))
    }
}

#[cfg(unix)]
impl Drop for Silence {
    fn drop(&mut self) {
        // Both descriptors are open, so this cannot fail; if it did, messages would be lost, and no result.
        let _ = rustix::stdio::dup2_stderr(&self.0);
    }
}

/// Drivers elsewhere keep quiet by themselves.
#[cfg(not(unix))]
struct Silence;

#[cfg(not(unix))]
impl Silence {
    fn begin() -> Option<Silence> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!(
            [count(0u64), count(999u64), count(1000u64), count(1_234_567u64)],
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!([counted(1u64, "view"), counted(2000u64, "view")], ["1 view", "2,000 views"]);
        assert_eq!([bytes(0), bytes(1023), bytes(1536), bytes(200 << 20)], ["0 B", "1023 B", "1.5 KiB", "200 MiB"]);
        assert_eq!([duration(0.25), duration(59.6), duration(61.0)], ["0.2 s", "1 min 0 s", "1 min 1 s"]);
        assert_eq!([duration(5025.0), duration(200_000.0)], ["1 h 23 min", "2 days 7 h"]);
    }
}
