//! What a check has seen and found. Knows no rules.

use crate::source::Source;

#[derive(Default)]
pub struct Report {
    /// How often the check had something to decide: a check that saw nothing has checked nothing.
    pub seen: usize,
    pub problems: Vec<String>,
}

impl Report {
    pub fn at(&mut self, source: &Source, line: usize, problem: String) {
        self.problems.push(format!("{}:{line}: {problem}", source.path));
    }

    /// Panics with all problems, or if fewer than `least` things were seen.
    pub fn hold(self, least: usize) {
        assert!(self.problems.is_empty(), "\n{}\n", self.problems.join("\n"));
        assert!(self.seen >= least, "the check saw only {} of at least {least} things", self.seen);
    }
}

#[test]
fn a_report_of_too_little_or_of_a_problem_panics() {
    let panics = |report: Report| std::panic::catch_unwind(|| report.hold(2)).is_err();
    assert!(!panics(Report { seen: 2, problems: Vec::new() }));
    assert!(panics(Report { seen: 1, problems: Vec::new() }));
    assert!(panics(Report { seen: 2, problems: vec!["a.rs:1: untidy".to_string()] }));
}
