//! Problems in files that people wrote: where, what, and what to do about it. Collects, never prints.

use std::fmt;

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is made until it is mended.
    Error,
    /// Worth knowing; the work goes on.
    Warning,
}

/// A spot in a text file. Lines and columns count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Place {
    /// As the user named it; empty where there is no file.
    pub file: String,
    /// 0 where only the file is known.
    pub line: u32,
    pub column: u32,
    /// The whole source line, without its end; empty where unknown.
    pub source: String,
    /// How many characters of it are meant, at least 1 where `line` > 0.
    pub width: u32,
}

impl Place {
    /// A whole file.
    pub fn file(name: impl Into<String>) -> Place {
        Place { file: name.into(), ..Place::default() }
    }
}

/// One problem: place first, then what is wrong, lower case, no full stop; advice apart from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub severity: Severity,
    pub place: Place,
    pub message: String,
    /// What would mend it; empty where nothing better than the message can be said.
    pub hint: String,
}

impl Problem {
    pub fn error(place: Place, message: impl Into<String>) -> Problem {
        Problem { severity: Severity::Error, place, message: message.into(), hint: String::new() }
    }

    pub fn warning(place: Place, message: impl Into<String>) -> Problem {
        Problem { severity: Severity::Warning, ..Problem::error(place, message) }
    }

    pub fn with_hint(mut self, hint: impl Into<String>) -> Problem {
        self.hint = hint.into();
        self
    }
}

/// The layout that people see on stderr:
/// ```text
/// recipes/shelf.yaml:14:18: roughness is 35, but it lies between 0 and 1
///    14 |       roughness: {set: 35}
///       |                        ^^
///       = hint: did you mean 0.35?
/// ```
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = &self.place;
        if !place.file.is_empty() {
            write!(f, "{}", place.file)?;
            if place.line > 0 {
                write!(f, ":{}:{}", place.line, place.column)?;
            }
            f.write_str(": ")?;
        }
        if self.severity == Severity::Warning {
            f.write_str("warning: ")?;
        }
        f.write_str(&self.message)?;
        if place.line > 0 && !place.source.is_empty() {
            let pad: String = place
                .source
                .chars()
                .take(place.column.saturating_sub(1) as usize)
                .map(|c| if c == '\t' { '\t' } else { ' ' })
                .collect();
            let marks = "^".repeat(place.width.max(1) as usize);
            write!(f, "\n{:>5} | {}\n      | {pad}{marks}", place.line, place.source)?;
        }
        if !self.hint.is_empty() {
            write!(f, "\n      = hint: {}", self.hint)?;
        }
        Ok(())
    }
}

/// All problems found in one go, in the order of their places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    pub fn push(&mut self, problem: Problem) {
        self.0.push(problem);
    }

    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|p| p.severity == Severity::Error)
    }

    /// By file, line and column; problems of one place keep their order.
    pub fn sort(&mut self) {
        self.0.sort_by(|a, b| {
            let key = |p: &Problem| (p.place.file.clone(), p.place.line, p.place.column);
            key(a).cmp(&key(b))
        });
    }
}
