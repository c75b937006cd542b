//! The table form: a group of functions that share rows of arguments, each called in WGSL and in Rust, and compared.

use crate::bench::{name, on_each_adapter};
use crate::scenes::{SETTINGS, between, direction, hash, uniform};
use genki::buffers::SceneBuffers;
use genki::math::Vec3;
use genki::render::cpu::load::{Context, texture_views};
use genki::render::gpu::Evaluation;
use std::sync::Arc;

/// Functions that read the same arguments.
pub struct Group {
    pub name: &'static str,
    /// What each row is made of, in order.
    pub arguments: Vec<Arg>,
    pub n_rows: u32,
    /// Statements before the cases: what several of them need.
    pub setup: &'static str,
    pub cases: Vec<Case>,
}

/// One function and its twin.
pub struct Case {
    /// The function's name in WGSL.
    pub name: &'static str,
    /// Statements, often `let r = function(…);`.
    pub call: &'static str,
    /// What is compared: `TYPE EXPRESSION; …` with types f, u, b, v2, v3, v4, u2.
    pub results: &'static str,
    pub twin: fn(&Context, &Args) -> Vec<Word>,
    /// Floats may differ by so many ulps.
    pub ulps: u32,
}

/// Where an argument's values come from.
#[derive(Clone)]
pub enum Arg {
    /// Any 32 bits.
    Bits,
    /// A whole number below this.
    Below(u32),
    /// In [lo, hi).
    Between(f32, f32),
    /// One of these.
    OneOf(Vec<f32>),
    OneOfU(Vec<u32>),
    /// Three words: a unit vector.
    Direction,
    /// Three words in [lo, hi).
    Vector(f32, f32),
}

/// One result word, or what it stands for.
#[derive(Clone, Copy, Debug)]
pub enum Word {
    F(f32),
    U(u32),
}

/// The words of one row, as a twin reads them.
pub struct Args<'a>(pub &'a [u32]);

impl Args<'_> {
    pub fn u(&self, k: usize) -> u32 {
        self.0[k]
    }

    pub fn u2(&self, k: usize) -> [u32; 2] {
        [self.0[k], self.0[k + 1]]
    }

    pub fn f(&self, k: usize) -> f32 {
        f32::from_bits(self.0[k])
    }

    pub fn f2(&self, k: usize) -> [f32; 2] {
        [self.f(k), self.f(k + 1)]
    }

    pub fn v3(&self, k: usize) -> Vec3 {
        Vec3::new(self.f(k), self.f(k + 1), self.f(k + 2))
    }
}

pub fn case(
    name: &'static str,
    call: &'static str,
    results: &'static str,
    twin: fn(&Context, &Args) -> Vec<Word>,
) -> Case {
    Case { name, call, results, twin, ulps: 0 }
}

pub fn f(x: f32) -> Vec<Word> {
    vec![Word::F(x)]
}

pub fn fs(xs: &[f32]) -> Vec<Word> {
    xs.iter().map(|&x| Word::F(x)).collect()
}

pub fn u(x: u32) -> Vec<Word> {
    vec![Word::U(x)]
}

pub fn us(xs: &[u32]) -> Vec<Word> {
    xs.iter().map(|&x| Word::U(x)).collect()
}

pub fn v(x: Vec3) -> Vec<Word> {
    fs(&x.to_array())
}

/// WGSL statements that put the results, and how many words they are.
fn put_all(results: &str, first: usize) -> (String, usize) {
    let mut text = String::new();
    let mut k = first;
    for result in results.split(';').map(str::trim) {
        let (kind, expression) = result.split_once(' ').expect("TYPE EXPRESSION");
        let parts: &[&str] = match kind {
            "v2" | "u2" => &[".x", ".y"],
            "v3" => &[".x", ".y", ".z"],
            "v4" => &[".x", ".y", ".z", ".w"],
            _ => &[""],
        };
        for part in parts {
            text += &match kind {
                "u" | "u2" => format!("put_u({k}u, ({expression}){part});\n"),
                "b" => format!("put_u({k}u, u32({expression}));\n"),
                _ => format!("put({k}u, ({expression}){part});\n"),
            };
            k += 1;
        }
    }
    (text, k - first)
}

/// The rows of a group: every value from a seed of its own.
fn rows(group: &Group) -> Vec<Vec<u32>> {
    let row = |i: u32| {
        let mut words = Vec::new();
        for (k, argument) in (0u32..).zip(&group.arguments) {
            let seed = hash(i * 64 + k);
            match argument {
                Arg::Bits => words.push(hash(seed)),
                Arg::Below(n) => words.push(hash(seed) % n),
                Arg::Between(lo, hi) => words.push(between(*lo, *hi, seed).to_bits()),
                Arg::OneOf(values) => words.push(values[hash(seed) as usize % values.len()].to_bits()),
                Arg::OneOfU(values) => words.push(values[hash(seed) as usize % values.len()]),
                Arg::Direction => words.extend(direction(seed).to_array().map(f32::to_bits)),
                Arg::Vector(lo, hi) => {
                    words.extend([0, 1, 2].map(|j| (lo + (hi - lo) * uniform(seed ^ (j * 7919 + 1))).to_bits()));
                }
            }
        }
        words
    };
    (0..group.n_rows).map(row).collect()
}

/// Distance in representable floats; signs of zero do not count.
pub fn ulps_between(a: f32, b: f32) -> u32 {
    if a == b {
        return 0;
    }
    if !a.is_finite() || !b.is_finite() {
        return u32::MAX;
    }
    let ordered = |x: f32| {
        let bits = i64::from(x.to_bits() & 0x7fff_ffff);
        if x.to_bits() >> 31 == 1 { -bits } else { bits }
    };
    u32::try_from((ordered(a) - ordered(b)).unsigned_abs()).unwrap_or(u32::MAX)
}

/// The largest distance between what a device said and the twin's words; integers that differ are infinitely far.
pub fn distance(found: &[u32], expected: &[Word]) -> u32 {
    assert_eq!(found.len(), expected.len(), "a twin gives as many words as the shader");
    let word = |(&found, expected): (&u32, &Word)| match expected {
        Word::F(x) => ulps_between(f32::from_bits(found), *x),
        Word::U(x) => {
            if found == *x {
                0
            } else {
                u32::MAX
            }
        }
    };
    found.iter().zip(expected).map(word).max().unwrap_or(0)
}

/// Compares every case of a group on every adapter.
pub fn compare(scene: &Arc<SceneBuffers>, group: &Group) {
    let rows = rows(group);
    assert!(rows.len() >= 100 && !group.cases.is_empty());
    let textures = texture_views(scene);
    let context = Context::new(scene, &textures, SETTINGS, scene.views[0]);
    let mut body = group.setup.to_owned();
    let mut spans = Vec::new();
    let mut n_results = 0;
    for case in &group.cases {
        let (puts, n) = put_all(case.results, n_results);
        body += &format!("{{\n{}\n{puts}}}\n", case.call);
        spans.push(n_results..n_results + n);
        n_results += n;
    }
    on_each_adapter(|adapter, renderer| {
        let evaluation = Evaluation { functions: "", body: &body, rows: &rows, n_results };
        let results = renderer.evaluate(scene, 0, &SETTINGS, &evaluation).expect("runs");
        let mut differences = Vec::new();
        for (case, span) in group.cases.iter().zip(&spans) {
            let far = |i: &usize| {
                let expected = (case.twin)(&context, &Args(&rows[*i]));
                distance(&results[*i][span.clone()], &expected) > case.ulps
            };
            let bad: Vec<usize> = (0..rows.len()).filter(far).collect();
            if let Some(&i) = bad.first() {
                let found: Vec<f32> = results[i][span.clone()].iter().map(|&w| f32::from_bits(w)).collect();
                let expected = (case.twin)(&context, &Args(&rows[i]));
                let worst =
                    bad.iter().map(|&i| distance(&results[i][span.clone()], &(case.twin)(&context, &Args(&rows[i]))));
                differences.push(format!(
                    "{}: {} of {} rows, by up to {} ulp; row {i}: {found:?} is not {expected:?}",
                    case.name,
                    bad.len(),
                    rows.len(),
                    worst.max().unwrap_or(0)
                ));
            }
        }
        assert!(differences.is_empty(), "{}, {}: {differences:#?}", group.name, name(adapter));
    });
}

#[test]
fn comparison_rejects_another_float_and_another_integer() {
    let one = 1.0_f32;
    let next = f32::from_bits(one.to_bits() + 1);
    assert_eq!(distance(&[one.to_bits(), 7], &[Word::F(1.0), Word::U(7)]), 0);
    assert_eq!(distance(&[next.to_bits()], &[Word::F(1.0)]), 1);
    assert_eq!(distance(&[8], &[Word::U(7)]), u32::MAX);
    assert_eq!(distance(&[f32::NAN.to_bits()], &[Word::F(1.0)]), u32::MAX);
    assert_eq!(ulps_between(f32::from_bits(1), -f32::from_bits(1)), 2);
}
