//! The table form: a group of functions that share rows of arguments, each called in WGSL and in Rust, and compared.

use crate::bench::{name, on_each_adapter};
use crate::kept::keep_roundings;
use crate::scenes::{SETTINGS, ball_under_a_grey_sky, between, built, direction, hash, uniform};
use genki::buffers::SceneBuffers;
use genki::buffers::layout::Settings;
use genki::math::Vec3;
use genki::render::cpu::load::{Context, texture_views};
use genki::render::gpu::{Adapter, Evaluation};
use std::cell::RefCell;
use std::ops::Range;
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
    /// Of what is not the same to the bit as it is shipped.
    pub bounds: Vec<Bound>,
}

impl Group {
    fn bound(&self, case: &Case) -> Bound {
        *self.bounds.iter().find(|bound| bound.functions.contains(&case.name)).unwrap_or(&EXACT)
    }
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
}

/// How far the floats of some functions may be from the twins' in the shader as it is shipped, where compilers may reorder
/// operations. With its roundings kept they may not be apart at all.
#[derive(Clone, Copy)]
pub struct Bound {
    pub functions: &'static [&'static str],
    pub ulps: f64,
    /// Ulps of a number of this size, where the result is smaller: of what it is a difference of.
    pub of: f32,
    /// What compilers reorder, and by how much that can change the result.
    pub reason: &'static str,
}

const EXACT: Bound = Bound { functions: &[], ulps: 0.0, of: 0.0, reason: "nothing to reorder" };

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
    Case { name, call, results, twin }
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

pub fn two((a, b): (f32, f32)) -> Vec<Word> {
    fs(&[a, b])
}

pub fn v(x: Vec3) -> Vec<Word> {
    fs(&x.to_array())
}

/// WGSL statements that put the results, and how many words each of them has.
fn put_all(results: &str, first: usize) -> (String, Vec<usize>) {
    let mut text = String::new();
    let mut lengths = Vec::new();
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
        lengths.push(parts.len());
    }
    (text, lengths)
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

/// How far two results of one kind are apart: in units in the last place of the largest component, since components
/// that nearly cancel have fewer digits to agree on, or of `of` where that is larger. Signs of zero do not count; integers
/// that differ are infinitely far.
pub fn distance(found: &[u32], expected: &[Word], of: f32) -> f64 {
    assert_eq!(found.len(), expected.len(), "a twin gives as many words as the shader");
    let mut largest = f64::from(f32::MIN_POSITIVE).max(f64::from(of));
    let mut furthest = 0.0_f64;
    for (&found, expected) in found.iter().zip(expected) {
        match *expected {
            Word::U(x) if found == x => {}
            Word::U(_) => return f64::INFINITY,
            Word::F(x) => {
                let found = f32::from_bits(found);
                if !found.is_finite() && found.to_bits() != x.to_bits() {
                    return f64::INFINITY;
                }
                largest = largest.max(f64::from(x).abs());
                furthest = furthest.max((f64::from(found) - f64::from(x)).abs());
            }
        }
    }
    let power_of_two = f64::from_bits(largest.to_bits() & (0x7ff << 52));
    furthest / (power_of_two * f64::from(f32::EPSILON))
}

/// The furthest of a case's results, of which each has so many words.
fn furthest(found: &[u32], expected: &[Word], lengths: &[usize], of: f32) -> f64 {
    assert_eq!(found.len(), expected.len(), "a twin gives as many words as the shader");
    let mut first = 0;
    let of_result = |&length: &usize| {
        let span = first..first + length;
        first += length;
        distance(&found[span.clone()], &expected[span], of)
    };
    lengths.iter().map(of_result).fold(0.0, f64::max)
}

/// A group's cases as statements of WGSL, and where the words of each case's results lie.
struct Program {
    body: String,
    shapes: Vec<(Range<usize>, Vec<usize>)>,
    n_results: usize,
}

fn program(group: &Group) -> Program {
    let mut body = group.setup.to_owned();
    let mut shapes = Vec::new();
    let mut n_results = 0;
    for case in &group.cases {
        let (puts, lengths) = put_all(case.results, n_results);
        body += &format!("{{\n{}\n{puts}}}\n", case.call);
        let n: usize = lengths.iter().sum();
        shapes.push((n_results..n_results + n, lengths));
        n_results += n;
    }
    Program { body, shapes, n_results }
}

/// Compares every case of a group on every adapter: with all roundings kept, and as the shader is shipped.
pub fn compare(scene: &Arc<SceneBuffers>, settings: &Settings, group: &Group) {
    let differences = differences(scene, settings, group);
    assert!(differences.is_empty(), "{}: {differences:#?}", group.name);
}

fn differences(scene: &Arc<SceneBuffers>, settings: &Settings, group: &Group) -> Vec<String> {
    let rows = rows(group);
    assert!(rows.len() >= 100 && !group.cases.is_empty());
    let textures = texture_views(scene);
    let context = Context::new(scene, &textures, *settings, scene.views[0]);
    for name in group.bounds.iter().flat_map(|bound| bound.functions) {
        assert!(group.cases.iter().any(|case| case.name == *name), "{name} is bounded, and no case");
    }
    let Program { body, shapes, n_results } = program(group);
    let expected: Vec<Vec<Vec<Word>>> =
        group.cases.iter().map(|case| rows.iter().map(|row| (case.twin)(&context, &Args(row))).collect()).collect();
    let evaluation = Evaluation { functions: "", body: &body, rows: &rows, n_results };
    let shipped = evaluation.program();
    let (kept, n_kept) = keep_roundings(&shipped);
    assert!(n_kept > 700, "only {n_kept} operations are kept");
    let differences = RefCell::new(Vec::new());
    on_each_adapter(|adapter, renderer| {
        for (program, form) in [(&kept, "roundings kept"), (&shipped, "as shipped")] {
            if program == &shipped && group.cases.iter().all(|case| group.bound(case).ulps.is_infinite()) {
                continue;
            }
            let results = renderer.evaluate_as(program, scene, 0, settings, &evaluation).expect("runs");
            for ((case, (span, lengths)), expected) in group.cases.iter().zip(&shapes).zip(&expected) {
                let bound = bound_on(adapter, group.bound(case), program == &kept);
                let apart = |i: usize| furthest(&results[i][span.clone()], &expected[i], lengths, bound.of);
                let worst = (0..rows.len()).max_by(|&i, &j| apart(i).total_cmp(&apart(j))).expect("there are rows");
                if apart(worst) > bound.ulps {
                    let n_bad = (0..rows.len()).filter(|&i| apart(i) > bound.ulps).count();
                    let found: Vec<f32> = results[worst][span.clone()].iter().map(|&w| f32::from_bits(w)).collect();
                    differences.borrow_mut().push(format!(
                        "{} on {}, {form}: {n_bad} of {} rows, by up to {} ulp, not {} ({}); row {worst}: {found:?} is not {:?}",
                        case.name,
                        name(adapter),
                        rows.len(),
                        apart(worst),
                        bound.ulps,
                        bound.reason,
                        expected[worst],
                    ));
                }
            }
        }
    });
    differences.into_inner()
}

/// What may differ on a device. CPUs that run a GPU's shader divide and take roots exactly: with roundings kept, nothing.
fn bound_on(adapter: &Adapter, shipped: Bound, is_kept: bool) -> Bound {
    if !adapter.is_software() {
        // WGSL lets a quotient be off by 2.5 ulp, a root by more: what a reordering does to a result, a few of them do.
        return Bound { ulps: HARDWARE * shipped.ulps.max(1.0), ..shipped };
    }
    if is_kept { EXACT } else { shipped }
}

const HARDWARE: f64 = 8.0;

#[test]
fn comparison_rejects_another_float_and_another_integer() {
    let next = f32::from_bits(1.0_f32.to_bits() + 1);
    assert_eq!(distance(&[1.0_f32.to_bits(), 7], &[Word::F(1.0), Word::U(7)], 0.0), 0.0);
    assert_eq!(distance(&[next.to_bits()], &[Word::F(1.0)], 0.0), 1.0);
    assert_eq!(distance(&[next.to_bits()], &[Word::F(1.0)], 8.0), 0.125);
    assert_eq!(distance(&[8], &[Word::U(7)], 0.0), f64::INFINITY);
    assert_eq!(distance(&[f32::NAN.to_bits()], &[Word::F(1.0)], 0.0), f64::INFINITY);
    assert_eq!(distance(&[0x8000_0000], &[Word::F(0.0)], 0.0), 0.0);
    // Beside a component of 1024, an ulp of 1 is a thousandth of one.
    let found = [1024_f32.to_bits(), next.to_bits()];
    let expected = [Word::F(1024.0), Word::F(1.0)];
    assert_eq!(distance(&found, &expected, 0.0), 1.0 / 1024.0);
    assert_eq!(furthest(&found, &expected, &[1, 1], 0.0), 1.0);
}

#[test]
fn comparison_rejects_a_sum_in_another_order() {
    let group = Group {
        name: "sums",
        arguments: vec![Arg::Vector(-1.0, 1.0)],
        n_rows: 100,
        setup: "let a = arg3(0u);",
        cases: vec![
            case("same", "", "f (a.x * a.y + a.y * a.z) + a.z * a.x", |_, a| {
                f((a.f(0) * a.f(1) + a.f(1) * a.f(2)) + a.f(2) * a.f(0))
            }),
            case("other", "", "f a.x * a.y + (a.y * a.z + a.z * a.x)", |_, a| {
                f((a.f(0) * a.f(1) + a.f(1) * a.f(2)) + a.f(2) * a.f(0))
            }),
        ],
        bounds: Vec::new(),
    };
    let differences = differences(&built(&ball_under_a_grey_sky()), &SETTINGS, &group);
    let kept: Vec<_> = differences.iter().filter(|d| d.contains("roundings kept")).collect();
    assert!(!kept.iter().any(|d| d.starts_with("same ")), "{kept:?}");
    // Real GPUs have a bound that may hide it.
    let n_software = genki::render::gpu::adapters().iter().filter(|adapter| adapter.is_software()).count();
    assert!(kept.iter().filter(|d| d.starts_with("other ")).count() >= n_software, "{kept:?}");
}
