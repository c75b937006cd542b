//! Values drawn from the recipe's distributions, each by its own path, and the record of what was drawn.
//!
//! How a distribution turns numbers (see [`super::draw`]) into a value; f64 throughout (+ − × ÷ sqrt, libm), rounded to
//! f32 once at the end:
//! - uniform: from + (to − from) · u; should rounding reach `to`, the f32 below it.
//! - uniform_int: from + an integer below (to − from + 1).
//! - log_uniform: e^(ln from + (ln to − ln from) · u), limited as uniform is.
//! - normal: [`super::normal::truncated`] at u + 2⁻²⁵, the middle of u's cell.
//! - choice, weighted: an integer draw at the path P picks entry i; what that entry draws, it draws at `P[i]`.
//!   The value is recorded at P.
//! - component k of a vector or colour at P is drawn and recorded at `P.k`.
//! - a name of a choice is recorded as text; `random` among names is an integer draw over them, in their order.
//! - random rotation: three reals make a quaternion (x, y, z, w), recorded at `P.0` … `P.3` ([`Drawer::quaternion`]).
//!
//! Constants of the recipe keep their f64 and are not recorded: they are in the plan.

use super::draw::{self, Address, Numbers};
use super::normal;
use crate::hash::{Digest, Hasher};
use crate::recipe::{Draw, Number, Triple};
use std::collections::BTreeMap;
use std::fmt;

/// One value that was drawn, as receipts hash it.
#[derive(Clone, Debug, PartialEq)]
pub enum DrawnValue {
    Float(f32),
    Int(i64),
    /// An asset of a pool, by its place in the pool and its identity.
    Asset {
        index: u32,
        digest: Digest,
    },
    Text(String),
}

/// `f32:3f800000`, `i64:6`, `asset:0:<digest>` or `text:6f6e65`: type and bits (of a text its UTF-8 in hexadecimal), as
/// in the lines that [`drawn_digest`] hashes.
impl fmt::Display for DrawnValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DrawnValue::Float(x) => write!(f, "f32:{:08x}", x.to_bits()),
            DrawnValue::Int(i) => write!(f, "i64:{i}"),
            DrawnValue::Asset { index, digest } => write!(f, "asset:{index}:{digest}"),
            DrawnValue::Text(text) => write!(f, "text:{}", hex::encode(text)),
        }
    }
}

/// What was drawn, by path; a value drawn a view has `@` and the view's index within its rig after the path.
pub type Drawn = BTreeMap<String, DrawnValue>;

/// SHA-256 of the lines `path=type:bits\n`, sorted by path.
pub fn drawn_digest(drawn: &Drawn) -> Digest {
    let mut hasher = Hasher::new();
    for (path, value) in drawn {
        hasher.update(format!("{path}={value}\n").as_bytes());
    }
    hasher.finish()
}

/// Draws one variation's values and keeps the record.
pub struct Drawer {
    pub seed: u64,
    pub variation: u64,
    pub attempt: u32,
    pub drawn: Drawn,
}

impl Drawer {
    /// A number. `view`: index within its rig, or [`draw::NONE`] for what is drawn once a variation.
    pub fn number(&mut self, path: &str, view: u32, number: &Number) -> f64 {
        match number {
            Number::Constant(value) => *value,
            Number::UniformInt { .. } => {
                let value = self.value(path, view, number);
                self.record(path, view, DrawnValue::Int(value as i64));
                value
            }
            _ => {
                let value = self.value(path, view, number) as f32;
                self.record(path, view, DrawnValue::Float(value));
                f64::from(value)
            }
        }
    }

    /// Three numbers.
    pub fn triple(&mut self, path: &str, view: u32, triple: &Triple) -> [f64; 3] {
        let (numbers, at, is_chosen) = self.entry(path, view, triple);
        let mut out = [0.0; 3];
        for (k, number) in numbers.iter().enumerate() {
            let component = format!("{path}.{k}");
            out[k] = if is_chosen {
                let value = self.value(&format!("{at}.{k}"), view, number) as f32;
                self.record(&component, view, DrawnValue::Float(value));
                f64::from(value)
            } else {
                self.number(&component, view, number)
            };
        }
        out
    }

    /// A text.
    pub fn text(&mut self, path: &str, view: u32, text: &Draw<String>) -> String {
        let (text, _, is_chosen) = self.entry(path, view, text);
        if is_chosen {
            self.record(path, view, DrawnValue::Text(text.clone()));
        }
        text.clone()
    }

    /// How many: the number rounded to the nearest whole one, not below 0.
    pub fn count(&mut self, path: &str, number: &Number) -> u32 {
        if let Number::Constant(value) = number {
            return whole(*value);
        }
        let value = whole(self.value(path, draw::NONE, number));
        self.record(path, draw::NONE, DrawnValue::Int(i64::from(value)));
        value
    }

    /// A unit quaternion (x, y, z, w), uniform over rotations, each component rounded to f32.
    ///
    /// Source: K. Shoemake, Uniform Random Rotations, Graphics Gems III: u₀ shares out the two circles, u₁ and u₂
    /// are the angles on them.
    pub fn quaternion(&mut self, path: &str) -> [f64; 4] {
        let mut numbers = self.numbers(path, draw::NONE);
        let [u0, u1, u2] = [numbers.unit(), numbers.unit(), numbers.unit()].map(f64::from);
        let (r1, r2) = ((1.0 - u0).sqrt(), u0.sqrt());
        let (s1, c1) = libm::sincos(std::f64::consts::TAU * u1);
        let (s2, c2) = libm::sincos(std::f64::consts::TAU * u2);
        let q = [r1 * s1, r1 * c1, r2 * s2, r2 * c2].map(|x| x as f32);
        for (k, &x) in q.iter().enumerate() {
            self.record(&format!("{path}.{k}"), draw::NONE, DrawnValue::Float(x));
        }
        q.map(f64::from)
    }

    /// The numbers of one value of this variation.
    pub fn numbers<'a>(&self, path: &'a str, view: u32) -> Numbers<'a> {
        let (seed, variation, attempt) = (self.seed, self.variation, self.attempt);
        Numbers::at(Address { seed, variation, attempt, view, frame: draw::NONE, path })
    }

    pub fn record(&mut self, path: &str, view: u32, value: DrawnValue) {
        let key = if view == draw::NONE { path.to_string() } else { format!("{path}@{view}") };
        self.drawn.insert(key, value);
    }

    /// A value before rounding; constants as they are.
    fn value(&self, path: &str, view: u32, number: &Number) -> f64 {
        let nested = |i: usize, entry: &Number| self.value(&format!("{path}[{i}]"), view, entry);
        let mut numbers = self.numbers(path, view);
        match number {
            Number::Constant(value) => *value,
            &Number::Uniform { from, to } => {
                let u = f64::from(numbers.unit());
                below_end(from + (to - from) * u, from, to)
            }
            &Number::UniformInt { from, to } => {
                let n = (i128::from(to) - i128::from(from) + 1) as u128;
                (i128::from(from) + i128::from(numbers.below(n))) as f64
            }
            &Number::LogUniform { from, to } => {
                let u = f64::from(numbers.unit());
                let (a, b) = (libm::log(from), libm::log(to));
                below_end(libm::exp(a + (b - a) * u), from, to)
            }
            &Number::Normal { mean, std, min, max } => {
                let u = f64::from(numbers.unit()) + 1.0 / 33_554_432.0;
                normal::truncated(u, mean, std, min, max)
            }
            Number::Choice(entries) => {
                let i = numbers.below(entries.len() as u128) as usize;
                nested(i, &entries[i])
            }
            Number::Weighted(weighted) => {
                let i = numbers.weighted(weighted.thresholds());
                nested(i, &weighted.entries()[i].0)
            }
        }
    }

    /// What stands at `path` after all choices, the path that it draws at, and whether there was a choice.
    fn entry<'t, T>(&self, path: &str, view: u32, thing: &'t Draw<T>) -> (&'t T, String, bool) {
        let mut numbers = self.numbers(path, view);
        let (i, entry) = match thing {
            Draw::Is(thing) => return (thing, path.to_string(), false),
            Draw::Choice(entries) => {
                let i = numbers.below(entries.len() as u128) as usize;
                (i, &entries[i])
            }
            Draw::Weighted(weighted) => {
                let i = numbers.weighted(weighted.thresholds());
                (i, &weighted.entries()[i].0)
            }
        };
        let (thing, at, _) = self.entry(&format!("{path}[{i}]"), view, entry);
        (thing, at, true)
    }
}

/// The f32 nearest to `x`, but below `to` where `x` was and the interval has room for it.
fn below_end(x: f64, from: f64, to: f64) -> f64 {
    let rounded = x as f32;
    let lower = rounded.next_down();
    if from < to && f64::from(rounded) >= to && f64::from(lower) >= from { f64::from(lower) } else { x }
}

/// Rounded to the nearest whole number, halves up; 0 for what is negative or NaN.
fn whole(x: f64) -> u32 {
    libm::floor(x + 0.5) as u32
}

/// The largest value that a number can take.
pub fn upper_bound(number: &Number) -> f64 {
    let largest =
        |values: &mut dyn Iterator<Item = f64>| values.fold(f64::NEG_INFINITY, |a, b| if b > a { b } else { a });
    match number {
        Number::Constant(value) => *value,
        Number::Uniform { to, .. } | Number::LogUniform { to, .. } => *to,
        Number::UniformInt { to, .. } => *to as f64,
        Number::Normal { max, .. } => *max,
        Number::Choice(entries) => largest(&mut entries.iter().map(upper_bound)),
        Number::Weighted(weighted) => largest(&mut weighted.entries().iter().map(|e| upper_bound(&e.0))),
    }
}

/// The largest count that [`Drawer::count`] can give.
pub fn largest_count(number: &Number) -> u32 {
    whole(upper_bound(number))
}
