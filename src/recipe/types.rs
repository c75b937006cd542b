//! The recipe after reading: checked values only, every default filled in. Knows no YAML and no files.

mod cameras;

pub use cameras::*;

use crate::layer::Layer;
use crate::math::weights::thresholds;
use std::collections::BTreeMap;

/// A distribution over scenes, how they are seen, what is written, who shares the reward.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipe {
    /// `[a-z0-9_-]+`; begins every file name.
    pub name: String,
    pub about: String,
    /// SPDX id of what comes out.
    pub license: String,
    pub shares: Vec<Share>,
    pub seed: u64,
    /// At least 1.
    pub variations: u64,
    /// Pools by name. Asset pools and sky pools alike.
    pub assets: BTreeMap<String, Pool>,
    pub scene: Scene,
    pub cameras: Vec<CameraRig>,
    pub frames: Frames,
    pub render: Render,
    pub sensor: Sensor,
    /// Without repeats, in the order of [`Layer::ALL`].
    pub layers: Vec<Layer>,
    pub package: Package,
}

/// Who gets part of the reward, beside whoever renders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    pub role: String,
    pub name: String,
    /// CAIP-10.
    pub account: String,
    pub permille: u32,
}

/// A named set of assets, as the recipe lists them (globs not yet expanded).
#[derive(Clone, Debug, PartialEq)]
pub struct Pool {
    pub entries: Vec<PoolEntry>,
}

/// Equal to another if it means the same, wherever either stands.
#[derive(Clone, Debug)]
pub struct PoolEntry {
    /// A path or glob with `/`, relative to the recipe's folder.
    pub path: String,
    /// SPDX id; empty: not stated.
    pub license: String,
    /// Empty: not stated.
    pub attribution: String,
    /// Empty: the file's stem.
    pub class: String,
    /// Above 0; how often an asset of this entry is picked, relative to the others'.
    pub weight: f64,
    /// Where the entry stands, for messages about its files; 0 in the recipe of a plan.
    pub line: u32,
    pub column: u32,
}

impl PartialEq for PoolEntry {
    fn eq(&self, other: &PoolEntry) -> bool {
        let meaning =
            |e: &PoolEntry| (e.path.clone(), e.license.clone(), e.attribution.clone(), e.class.clone(), e.weight);
        meaning(self) == meaning(other)
    }
}

/// A number, or how one is drawn.
#[derive(Clone, Debug, PartialEq)]
pub enum Number {
    Constant(f64),
    /// In [from, to).
    Uniform {
        from: f64,
        to: f64,
    },
    /// In from..=to.
    UniformInt {
        from: i64,
        to: i64,
    },
    /// exp of a uniform draw between the logarithms; 0 < from < to.
    LogUniform {
        from: f64,
        to: f64,
    },
    /// Truncated to [min, max] by inverse CDF; ±infinity where there is no bound.
    Normal {
        mean: f64,
        std: f64,
        min: f64,
        max: f64,
    },
    Choice(Vec<Number>),
    Weighted(Weighted<Number>),
}

/// A thing that is not a number (a colour, a vector, a word), or how one is drawn.
#[derive(Clone, Debug, PartialEq)]
pub enum Draw<T> {
    Is(T),
    Choice(Vec<Draw<T>>),
    Weighted(Weighted<Draw<T>>),
}

/// Things with weights, one of which is drawn: at least one thing, and not all weights are 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Weighted<T> {
    entries: Vec<(T, f64)>,
    /// Worked out once, not at every draw: there may be many entries.
    thresholds: Vec<u64>,
}

impl<T> Weighted<T> {
    pub fn new(entries: Vec<(T, f64)>) -> Weighted<T> {
        let thresholds = thresholds(entries.iter().map(|entry| entry.1));
        Weighted { entries, thresholds }
    }

    pub fn entries(&self) -> &[(T, f64)] {
        &self.entries
    }

    /// See [`thresholds`].
    pub fn thresholds(&self) -> &[u64] {
        &self.thresholds
    }
}

/// Three numbers, each of which may be drawn: a vector, or a linear colour.
pub type Triple = Draw<[Number; 3]>;

#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    pub objects: Vec<Object>,
    pub ground: Ground,
    pub sky: Sky,
    pub lights: Vec<Light>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// Names its draws: the `id` of the recipe, or the position in the list as text.
    pub id: String,
    /// A pool of `Recipe::assets`.
    pub from: String,
    pub pick: Pick,
    /// How many of it there are; 0 is allowed.
    pub count: Number,
    pub fit: Fit,
    pub rotation: Rotation,
    /// Uniform, after `fit`; above 0.
    pub scale: Number,
    /// World metres, added last; the plain subset's only arrangement beside the centre.
    pub position: Triple,
    pub variant: NamePick,
    pub pose: Pose,
    pub material: Vec<MaterialEdit>,
}

/// A moment of a clip.
#[derive(Clone, Debug, PartialEq)]
pub struct Pose {
    /// `Own`: at rest, and `time` is 0.
    pub clip: NamePick,
    /// In clip lengths, 0 to 1.
    pub time: Number,
}

/// Which one of those that an asset's file has names for: looks (KHR_materials_variants), or clips.
#[derive(Clone, Debug, PartialEq)]
pub enum NamePick {
    /// The file's own look, or at rest; also of an asset that lacks what was picked.
    Own,
    /// One of the asset's own, all alike likely.
    Random,
    Named(Draw<String>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    Random,
    /// No repeats until all were used.
    Shuffle,
    /// Each in turn; `variations` then counts per asset.
    Each,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// The longest side of the bounding box becomes 1, its centre the origin.
    Unit,
    /// As the file says, in metres.
    None,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Rotation {
    /// About one axis of the world: 0 x, 1 y, 2 z.
    Axis { axis: usize, deg: Number },
    /// About x, then y, then z of the world.
    Euler { deg: Triple },
    /// Uniform on SO(3).
    Random,
    /// Uniform about z.
    Upright,
}

/// A change to all materials whose name matches a glob.
#[derive(Clone, Debug, PartialEq)]
pub struct MaterialEdit {
    pub glob: String,
    pub base_color: Option<ColorEdit>,
    pub roughness: Option<NumberEdit>,
    pub metallic: Option<NumberEdit>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ColorEdit {
    pub op: EditOp,
    /// Linear.
    pub value: Triple,
}

#[derive(Clone, Debug, PartialEq)]
pub struct NumberEdit {
    pub op: EditOp,
    pub value: Number,
}

/// How an edit meets the asset's own value, texture included; the result is limited to the legal range at each point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditOp {
    Set,
    Add,
    Multiply,
}

#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "there is one in a recipe")]
pub enum Ground {
    None,
    /// A square at z = the lowest point of all objects.
    Plane {
        size_m: Number,
        base_color: Triple,
        roughness: Number,
        metallic: Number,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub struct Sky {
    pub kind: SkyKind,
    pub rotation_deg: Number,
    pub exposure_ev: Number,
    /// Whether cameras see it; else what they see is transparent.
    pub visible: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum SkyKind {
    /// Constant linear radiance.
    Color(Triple),
    /// An image of a pool, picked like objects are.
    Image { from: String, pick: Pick },
    /// A clear sky of a model, and its sun.
    SunSky {
        elevation_deg: Number,
        azimuth_deg: Number,
        turbidity: Number,
        ground_albedo: Triple,
        /// Whether the sun itself shines.
        sun: bool,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub struct Light {
    /// As for objects.
    pub id: String,
    pub kind: LightKind,
    /// Linear, multiplied onto the strength.
    pub color: Triple,
    /// Of a black body whose colour is multiplied onto the strength too.
    pub temperature_k: Option<Number>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum LightKind {
    /// Irradiance on a surface that faces it, in W/m² (a sky of radiance 1 gives π).
    Sun { elevation_deg: Number, azimuth_deg: Number, angle_deg: Number, irradiance: Number },
    /// Total power in W, the same in all directions.
    Point { position: Triple, power_w: Number },
    /// Total power in W. Full inside `inner_deg` of the axis, nothing outside `outer_deg`.
    Spot { position: Triple, aim: Aim, inner_deg: Number, outer_deg: Number, power_w: Number },
    /// Power in W that the front sends.
    Area { shape: AreaShape, position: Triple, aim: Aim, power_w: Number, visible: bool, two_sided: bool },
}

/// Where a light looks.
#[derive(Clone, Debug, PartialEq)]
pub enum Aim {
    At(LookAt),
    /// A direction of any length.
    Along(Triple),
}

/// In metres.
#[derive(Clone, Debug, PartialEq)]
pub enum AreaShape {
    /// A rectangle whose sides are one number.
    Square {
        side: Number,
    },
    Rectangle {
        width: Number,
        height: Number,
    },
    Disk {
        diameter: Number,
    },
    Sphere {
        diameter: Number,
    },
}

/// Time. A variation is one frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frames {
    /// A second; above 0.
    pub fps: f64,
    /// How long the shutter is open, in frames, from the variation's moment on; 0: no motion blur.
    pub shutter: f64,
    /// Frames from the opening at the topmost row to that at the lowest; 0: all rows at once.
    pub rolling: f64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Render {
    /// Width, height in pixels.
    pub size: [u32; 2],
    pub spp: u32,
    /// Most surface scatterings on a path; 1 is direct light only.
    pub bounces: u32,
    /// Added to the film's exposure before encoding.
    pub exposure_ev: f64,
    pub tone: Tone,
    pub background: Background,
    /// Longest side of a texture; larger ones are halved until they fit.
    pub max_texture_px: u32,
    pub scattering: Scattering,
    pub sides: Sides,
    /// Largest radiance of one sample's component; infinity: none.
    pub clamp: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// 8-bit sRGB; what is brighter than 1 is white.
    Srgb,
    /// The same after AgX's curve, in which bright colours go to white.
    Agx,
    /// The same after a filmic curve, a channel each.
    Filmic,
    /// Linear half-float EXR.
    None,
}

/// What a sensor behind the lens makes of `rgb`, after rendering.
#[derive(Clone, Debug, PartialEq)]
pub struct Sensor {
    /// Share of the light that the corners lose.
    pub vignette: Number,
    /// How far red is moved outwards and blue inwards in the corners, in pixels.
    pub chromatic_aberration_px: Number,
    /// Standard deviation of the noise of light as bright as white, in whites; it grows with the light's square root.
    pub noise_shot: Number,
    /// Standard deviation of the noise without light, in whites.
    pub noise_read: Number,
    /// What is added before noise and cutting off, and taken away after, in whites.
    pub black_level: Number,
    /// Of the raw values; 0: they are not rounded.
    pub bits: u32,
    /// Gains of red, green and blue.
    pub white_balance: Triple,
    /// 1 to 100; 0: no JPEG.
    pub jpeg_quality: Number,
    pub depth: DepthSensor,
}

/// What makes the layer `depth_sensor` of depth.
#[derive(Clone, Debug, PartialEq)]
pub enum DepthSensor {
    None,
    /// Errors of inverse depth in 1/m: σ_z = `noise_per_m` · z², steps of `step_per_m` · z². Nothing outside the range.
    StructuredLight {
        noise_per_m: Number,
        step_per_m: Number,
        range_m: (f64, f64),
    },
    /// Errors of disparity: σ_z = z² · `noise_px` / (focal length in px · baseline).
    Stereo {
        baseline_m: Number,
        noise_px: Number,
        step_px: Number,
        range_m: (f64, f64),
    },
}

impl Sensor {
    /// Whether it changes nothing, whatever is drawn.
    pub fn is_off(&self) -> bool {
        let zeros = [
            &self.vignette,
            &self.chromatic_aberration_px,
            &self.noise_shot,
            &self.noise_read,
            &self.black_level,
            &self.jpeg_quality,
        ];
        let one = Number::Constant(1.0);
        zeros.iter().all(|number| **number == Number::Constant(0.0))
            && self.bits == 0
            && self.depth == DepthSensor::None
            && self.white_balance == Draw::Is([one.clone(), one.clone(), one])
    }
}

/// What `rgb` shows where nothing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Background {
    Transparent,
    White,
    Black,
}

/// How microfacets' energy is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scattering {
    /// Energy-conserving: the base under the coat is scaled by what the coat lets through.
    Conserving,
    /// The text of glTF's Appendix B, which may gain or lose energy. For comparison with other renderers.
    Literal,
}

/// Which sides of a single-sided material cameras see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sides {
    /// As the asset says: cameras look through the backs of single-sided materials.
    Asset,
    /// Both, always.
    Both,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// Variations in a shard; a power of two.
    pub shard: u32,
    pub group: Group,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// One WebDataset sample a view.
    View,
    /// One a variation.
    Variation,
}
