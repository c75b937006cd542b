//! The shape of the table of fields: what a key takes, its range, its default, one line of help. Data only.
//!
//! The table ([`super::tables`]) drives the reading of recipes, and whatever explains the language.

/// The keys that a mapping can have.
#[derive(Debug)]
pub struct Table {
    /// As messages call the mapping.
    pub name: &'static str,
    pub fields: &'static [Field],
}

/// One key.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub name: &'static str,
    pub takes: Takes,
    /// Empty: none.
    pub unit: &'static str,
    /// Both ends belong to it. Of the number, or of each number of a vector or colour.
    pub range: (f64, f64),
    pub default: Default,
    pub help: &'static str,
}

/// What holds where the key is missing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Default {
    /// It can't be missing.
    Required,
    /// This YAML text, read as if it stood there.
    Yaml(&'static str),
    /// Something that other keys say; in words.
    Computed(&'static str),
}

/// What a key takes.
#[derive(Clone, Copy, Debug)]
pub enum Takes {
    /// The number 1.
    Version,
    Text,
    /// `[a-z0-9_-]+`.
    Name,
    /// `[A-Za-z0-9_-]+`.
    Id,
    /// An SPDX id.
    License,
    /// An account by CAIP-10.
    Account,
    /// A path with `/`, relative to the recipe.
    Path,
    /// A pattern of names with `*`, `?`, `[…]`, `{a,b}`.
    Glob,
    /// The name of a pool of `assets`.
    PoolName,
    Bool,
    /// A whole number that isn't drawn.
    Integer,
    /// A number that isn't drawn.
    Number,
    Words(&'static Words),
    /// A number, or a distribution.
    Draw,
    /// A whole number, or a distribution over such.
    DrawInteger,
    /// `[x, y, z]`, each of which may be drawn, or a choice of such.
    Vector,
    /// `"#rrggbb"` (sRGB) or `[r, g, b]` (linear), or a choice of such.
    Color,
    /// `{min, max}`.
    Range,
    /// `[width, height]`.
    Size,
    /// `[width, height]` or one number for both, which may be drawn.
    Extent,
    /// Numbers in a list.
    Numbers,
    /// A distance, or `{fit: factor}`.
    Radius,
    /// An object's id, `scene`, or a point.
    LookAt,
    /// An object's id, `scene`, or a distance that may be drawn.
    Focus,
    /// `{axis, deg}`, `{euler_deg: [x, y, z]}`, `random`, `upright`.
    Rotation,
    /// `random`, a name, or a choice of names.
    Variant,
    /// `{set | add | multiply: number}`, or a number to set.
    NumberEdit,
    /// `{set | add | multiply: colour}`, or a colour to set.
    ColorEdit,
    /// A list of layers.
    Layers,
    /// A number above 0, or `none`.
    Limit,
    /// Pools by name, each a list of paths and entries.
    Pools,
    /// A list of cameras with `fx, fy, cx, cy, cam2world`.
    FileCameras,
    Table(&'static Table),
    Cases(&'static Cases),
    TableList(&'static Table),
    CasesList(&'static Cases),
    /// A word of the language that this version refuses.
    Later,
}

/// The words that a key takes.
#[derive(Debug)]
pub struct Words {
    pub words: &'static [&'static str],
    /// Words of the language that this version refuses.
    pub later: &'static [&'static str],
}

/// A mapping whose keys depend on the word under one of them.
#[derive(Debug)]
pub struct Cases {
    /// As messages call the mapping.
    pub name: &'static str,
    /// The key that decides.
    pub tag: &'static str,
    /// What it is where it is missing.
    pub default: &'static str,
    pub common: &'static [Field],
    pub cases: &'static [Case],
    /// Words that this version refuses.
    pub later: &'static [&'static str],
}

#[derive(Debug)]
pub struct Case {
    pub word: &'static str,
    pub help: &'static str,
    pub fields: &'static [Field],
}

/// No limits.
pub const ANY: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

/// A key with a default in YAML.
pub const fn field(name: &'static str, takes: Takes, default: &'static str, help: &'static str) -> Field {
    Field { name, takes, unit: "", range: ANY, default: Default::Yaml(default), help }
}

/// A key that can't be missing.
pub const fn required(name: &'static str, takes: Takes, help: &'static str) -> Field {
    Field { default: Default::Required, ..field(name, takes, "", help) }
}

/// A key whose absence means something that other keys say.
pub const fn computed(name: &'static str, takes: Takes, default: &'static str, help: &'static str) -> Field {
    Field { default: Default::Computed(default), ..field(name, takes, "", help) }
}

/// A key that this version refuses.
pub const fn later(name: &'static str) -> Field {
    computed(name, Takes::Later, "", "not supported yet")
}

impl Field {
    pub const fn range(self, min: f64, max: f64) -> Field {
        Field { range: (min, max), ..self }
    }

    pub const fn unit(self, unit: &'static str) -> Field {
        Field { unit, ..self }
    }
}

impl Cases {
    pub fn case(&self, word: &str) -> Option<&'static Case> {
        self.cases.iter().find(|case| case.word == word)
    }
}
