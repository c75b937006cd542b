//! The recipe language as a table: every key with what it takes, its unit, range, default and one line of help.

mod cameras;

pub use cameras::*;

use super::schema::{Case, Cases, Field, Table, Takes, Words, computed, field, later, required};

/// Above this, JSON readers disagree about whole numbers.
pub const MAX_EXACT: f64 = 9_007_199_254_740_991.0;

/// Far enough for any scene, near enough for f32.
const FAR_M: f64 = 1e6;

pub static RECIPE: Table = Table {
    name: "a recipe",
    fields: &[
        required("genki", Takes::Version, "version of the recipe language: 1"),
        computed("name", Takes::Name, "the file's name", "begins every file name of the dataset; [a-z0-9_-]"),
        field("about", Takes::Text, "\"\"", "what the dataset is, in a sentence or two"),
        field("license", Takes::License, "CC-BY-4.0", "SPDX id of what comes out; every asset's licence must allow it"),
        field("shares", Takes::TableList(&SHARE), "[]", "who gets part of the reward, beside whoever renders"),
        field("seed", Takes::Integer, "0", "another seed gives other draws").range(0.0, MAX_EXACT),
        field("variations", Takes::Integer, "10", "how many scenes are drawn").range(1.0, 1e12),
        required("assets", Takes::Pools, "pools of models and skies: files, globs, or entries with facts about them"),
        field("scene", Takes::Table(&SCENE), "{}", "what is in a scene"),
        field("cameras", Takes::CasesList(&CAMERA), "[{id: around, rig: fibonacci}]", "how scenes are seen"),
        field("frames", Takes::Table(&FRAMES), "{}", "time: frames a second, and how long the shutter is open"),
        field("render", Takes::Table(&RENDER), "{}", "how views are rendered"),
        field("sensor", Takes::Table(&SENSOR), "{}", "what a sensor makes of `rgb`, after rendering; off by default"),
        field("layers", Takes::Layers, "[rgb, depth, normal, albedo, instance]", "the images of each view"),
        field("package", Takes::Table(&PACKAGE), "{}", "how the dataset is packed"),
        later("extends"),
        later("params"),
        later("split"),
        later("accept"),
        later("annotations"),
        later("meshes"),
        later("caption"),
    ],
};

pub static SHARE: Table = Table {
    name: "a share",
    fields: &[
        required("role", Takes::Text, "what they did: artist, asset creator, …"),
        required("name", Takes::Text, "whom to name"),
        required("account", Takes::Account, "where the reward goes (CAIP-10, as eip155:1:0x…)"),
        required("permille", Takes::Integer, "thousandths of the reward").unit("‰").range(0.0, 1000.0),
    ],
};

pub static POOL_ENTRY: Table = Table {
    name: "an entry of a pool",
    fields: &[
        required("path", Takes::Path, "a file or glob, relative to the recipe"),
        field("license", Takes::License, "\"\"", "SPDX id of the asset's licence"),
        field("attribution", Takes::Text, "\"\"", "whom to name, and the source"),
        field("class", Takes::Text, "\"\"", "its name in the semantic layer; empty: the file's name"),
        field("weight", Takes::Number, "1", "how often it is picked, relative to the others of the pool")
            .range(1e-6, 1e6),
        later("up"),
        later("unit_scale"),
        later("filter"),
        later("on_missing_texture"),
        later("caption"),
    ],
};

pub static SCENE: Table = Table {
    name: "`scene`",
    fields: &[
        computed("objects", Takes::TableList(&OBJECT), "one object from the only pool of models", "what stands in it"),
        field("arrange", Takes::Table(&ARRANGE), "{mode: center}", "how objects are put"),
        field("ground", Takes::Cases(&GROUND), "{kind: none}", "what they stand on"),
        field("sky", Takes::Table(&SKY), "{}", "light from all around"),
        computed(
            "lights",
            Takes::CasesList(&LIGHT),
            "none; where `sky` is missing too, a soft sun",
            "lights in addition to the sky",
        ),
    ],
};

/// What `scene.lights` is where neither it nor `scene.sky` is said.
pub const DEFAULT_LIGHTS: &str =
    "[{id: key, kind: sun, elevation_deg: 50, azimuth_deg: -60, angle_deg: 8, irradiance: 2}]";
/// What `scene.sky` is where it has neither colour nor image.
pub const DEFAULT_SKY_COLOR: &str = "[0.6, 0.6, 0.6]";

pub static ARRANGE: Table = Table {
    name: "`arrange`",
    fields: &[
        field(
            "mode",
            Takes::Words(&Words { words: &["center"], later: &["scatter", "grid", "drop", "stack"] }),
            "center",
            "center: each object at its `position`",
        ),
        later("area_m"),
        later("height_m"),
        later("settle_s"),
    ],
};

pub static PICK: Words = Words { words: &["random", "shuffle", "each"], later: &[] };

pub static OBJECT: Table = Table {
    name: "an object",
    fields: &[
        computed("id", Takes::Id, "the position in the list, from 0", "names its draws"),
        computed("from", Takes::PoolName, "the only pool of models", "the pool that it comes from"),
        field("pick", Takes::Words(&PICK), "random", "random, shuffle (no repeats until all were used), each"),
        field("count", Takes::DrawInteger, "1", "how many there are").range(0.0, 1000.0),
        field(
            "fit",
            Takes::Words(&Words { words: &["unit", "none"], later: &[] }),
            "unit",
            "unit: longest side of the bounding box 1, centred; none: as the file says",
        ),
        field("rotation", Takes::Rotation, "{axis: z, deg: 0}", "about the world's axes, Z up"),
        field("scale", Takes::Draw, "1", "uniform, after `fit`").range(1e-6, 1e6),
        field("position", Takes::Vector, "[0, 0, 0]", "added last").unit("m").range(-FAR_M, FAR_M),
        computed("variant", Takes::Variant, "the file's own look", "a look that its file has a name for, or random"),
        field("pose", Takes::Table(&POSE), "{}", "a moment of one of its clips; {}: at rest"),
        field("material", Takes::TableList(&MATERIAL), "[]", "changes to its materials, those of the variant"),
        later("deform"),
    ],
};

pub static POSE: Table = Table {
    name: "`pose`",
    fields: &[
        computed("clip", Takes::Variant, "none: at rest", "a clip of its file by name, or random (also written \"*\")"),
        field("time", Takes::Draw, "0", "0: the clip's start, 1: its last key").unit("clip lengths").range(0.0, 1.0),
    ],
};

/// The two forms of a rotation that are mappings; `random` and `upright` are words.
pub static ROTATION: Table = Table {
    name: "a rotation",
    fields: &[
        field("axis", Takes::Words(&Words { words: &["x", "y", "z"], later: &[] }), "z", "of the world"),
        field("deg", Takes::Draw, "0", "counter-clockwise seen from the axis's end")
            .unit("°")
            .range(-36_000.0, 36_000.0),
    ],
};

pub static EULER: Table = Table {
    name: "a rotation",
    fields: &[required("euler_deg", Takes::Vector, "about x, then y, then z of the world")
        .unit("°")
        .range(-36_000.0, 36_000.0)],
};

pub static MATERIAL: Table = Table {
    name: "a material change",
    fields: &[
        field("match", Takes::Glob, "\"*\"", "glob on the names of materials"),
        computed("base_color", Takes::ColorEdit, "as the asset says", "set, add or multiply").range(0.0, 1.0),
        computed("roughness", Takes::NumberEdit, "as the asset says", "set, add or multiply").range(0.0, 1.0),
        computed("metallic", Takes::NumberEdit, "as the asset says", "set, add or multiply").range(0.0, 1.0),
        later("texture"),
    ],
};

pub static EDIT_LATER: [&str; 2] = ["hue_shift_deg", "tint"];

pub static GROUND: Cases = Cases {
    name: "`ground`",
    tag: "kind",
    default: "plane",
    common: &[],
    cases: &[
        Case { word: "none", help: "nothing", fields: &[] },
        Case {
            word: "plane",
            help: "a square at the lowest point of all objects",
            fields: &[
                field("size_m", Takes::Draw, "20", "length of a side").unit("m").range(1e-3, FAR_M),
                field("material", Takes::Table(&GROUND_MATERIAL), "{}", "what it is made of"),
            ],
        },
    ],
    later: &["cyclorama", "shadow"],
};

pub static GROUND_MATERIAL: Table = Table {
    name: "the ground's material",
    fields: &[
        field("base_color", Takes::Color, "\"#808080\"", "share of the light that it reflects").range(0.0, 1.0),
        field("roughness", Takes::Draw, "0.8", "0 mirror, 1 matt").range(0.0, 1.0),
        field("metallic", Takes::Draw, "0", "0 no metal, 1 metal").range(0.0, 1.0),
    ],
};

static PER: Words = Words { words: &["variation"], later: &["view", "frame"] };

pub static SKY: Table = Table {
    name: "`sky`",
    fields: &[
        computed(
            "color",
            Takes::Color,
            "a light grey, where there is nothing else",
            "radiance, the same from everywhere",
        )
        .range(0.0, 1e6),
        computed("image", Takes::Table(&SKY_IMAGE), "none", "an environment image from a pool"),
        computed("sun_sky", Takes::Table(&SUN_SKY), "none", "a clear sky of a model, with its sun"),
        field("rotation_deg", Takes::Draw, "0", "about the vertical").unit("°").range(-36_000.0, 36_000.0),
        field("exposure_ev", Takes::Draw, "0", "brighter or darker, in stops").unit("EV").range(-24.0, 24.0),
        field("visible", Takes::Bool, "false", "whether cameras see it; else the background is transparent"),
        field("per", Takes::Words(&PER), "variation", "how often it is drawn"),
    ],
};

pub static SKY_IMAGE: Table = Table {
    name: "`image`",
    fields: &[
        required("from", Takes::PoolName, "the pool that it comes from"),
        field("pick", Takes::Words(&PICK), "random", "random, shuffle (no repeats until all were used), each"),
    ],
};

pub static SUN_SKY: Table = Table {
    name: "`sun_sky`",
    fields: &[
        field("elevation_deg", Takes::Draw, "45", "of the sun above the horizon").unit("°").range(0.0, 90.0),
        field("azimuth_deg", Takes::Draw, "0", "of the sun, counter-clockwise from +x seen from above")
            .unit("°")
            .range(-36_000.0, 36_000.0),
        field("turbidity", Takes::Draw, "3", "haze: 2 very clear, 3 clear, 6 hazy, 10 misty").range(2.0, 10.0),
        field("ground_albedo", Takes::Color, "[0.2, 0.2, 0.2]", "what the ground below the horizon reflects")
            .range(0.0, 1.0),
        field("sun", Takes::Bool, "true", "whether the sun itself shines; else the sky alone"),
    ],
};

pub static LIGHT: Cases = Cases {
    name: "a light",
    tag: "kind",
    default: "sun",
    common: &[
        computed("id", Takes::Id, "the position in the list, from 0", "names its draws"),
        field("color", Takes::Color, "\"#ffffff\"", "multiplied onto its strength").range(0.0, 1e6),
        field("per", Takes::Words(&PER), "variation", "how often it is drawn"),
        computed("temperature_k", Takes::Draw, "none", "tints it as a black body of this temperature shines")
            .unit("K")
            .range(1000.0, 40_000.0),
        later("rig"),
    ],
    cases: &[
        Case {
            word: "sun",
            help: "parallel light",
            fields: &[
                field("elevation_deg", Takes::Draw, "45", "above the horizon").unit("°").range(-90.0, 90.0),
                field("azimuth_deg", Takes::Draw, "0", "counter-clockwise from +x seen from above")
                    .unit("°")
                    .range(-36_000.0, 36_000.0),
                field("angle_deg", Takes::Draw, "0.53", "diameter of its disk: softness of shadows")
                    .unit("°")
                    .range(0.0, 180.0),
                field("irradiance", Takes::Draw, "3", "on a surface that faces it (a white sky gives π)")
                    .unit("W/m²")
                    .range(0.0, 1e6),
            ],
        },
        Case {
            word: "point",
            help: "a bulb without a size",
            fields: &[
                LIGHT_POSITION,
                field("power_w", Takes::Draw, "100", "in all directions together").unit("W").range(0.0, 1e9),
            ],
        },
        Case {
            word: "spot",
            help: "a lamp that shines in a cone",
            fields: &[
                LIGHT_POSITION,
                LIGHT_LOOK_AT,
                LIGHT_DIRECTION,
                field("inner_deg", Takes::Draw, "20", "from the axis to where it begins to fade")
                    .unit("°")
                    .range(0.0, 90.0),
                field("outer_deg", Takes::Draw, "30", "from the axis to where it ends").unit("°").range(0.1, 90.0),
                field("power_w", Takes::Draw, "100", "of the whole cone").unit("W").range(0.0, 1e9),
            ],
        },
        Case {
            word: "area",
            help: "a panel or a ball that shines evenly; it blocks nothing",
            fields: &[
                field(
                    "shape",
                    Takes::Words(&Words { words: &["rectangle", "disk", "sphere"], later: &[] }),
                    "rectangle",
                    "its form",
                ),
                LIGHT_POSITION,
                LIGHT_LOOK_AT,
                LIGHT_DIRECTION,
                field("size_m", Takes::Extent, "1", "width and height, or one for both; a disk's or sphere's diameter")
                    .unit("m")
                    .range(1e-3, 1e5),
                field("power_w", Takes::Draw, "100", "that its front sends; a sphere's in all directions")
                    .unit("W")
                    .range(0.0, 1e9),
                field("visible", Takes::Bool, "false", "whether cameras see it"),
                field("two_sided", Takes::Bool, "false", "whether its back shines as its front does"),
            ],
        },
    ],
    later: &[],
};

const LIGHT_POSITION: Field =
    field("position", Takes::Vector, "[1, -1, 2]", "where it is").unit("m").range(-FAR_M, FAR_M);
const LIGHT_LOOK_AT: Field = computed(
    "look_at",
    Takes::LookAt,
    "scene, where there is no `direction`",
    "an object's id, `scene` (the middle of all), or a point",
)
.range(-FAR_M, FAR_M);
const LIGHT_DIRECTION: Field =
    computed("direction", Takes::Vector, "none", "which way it looks, instead of `look_at`").range(-FAR_M, FAR_M);

pub static RENDER: Table = Table {
    name: "`render`",
    fields: &[
        field("size", Takes::Size, "[512, 512]", "width and height").unit("px").range(1.0, 16_384.0),
        field("spp", Takes::Integer, "64", "samples a pixel: less noise, more time").range(1.0, 65_536.0),
        field("bounces", Takes::Integer, "6", "most scatterings on a path; 1: direct light only").range(1.0, 64.0),
        field("exposure_ev", Takes::Number, "0", "brighter or darker, in stops").unit("EV").range(-24.0, 24.0),
        field(
            "tone",
            Takes::Words(&Words { words: &["srgb", "agx", "filmic", "none"], later: &[] }),
            "srgb",
            "srgb: 8-bit sRGB; agx, filmic: the same, highlights rolled off; none: linear half-float EXR",
        ),
        field(
            "background",
            Takes::Words(&Words { words: &["transparent", "white", "black"], later: &["sky", "color", "image"] }),
            "transparent",
            "what is seen where nothing is",
        ),
        field("max_texture_px", Takes::Integer, "2048", "larger textures are halved until they fit")
            .unit("px")
            .range(1.0, 16_384.0),
        field(
            "scattering",
            Takes::Words(&Words { words: &["conserving", "literal"], later: &[] }),
            "conserving",
            "conserving: no energy is gained or lost; literal: the text of glTF's Appendix B",
        ),
        field(
            "sides",
            Takes::Words(&Words { words: &["asset", "both"], later: &[] }),
            "asset",
            "asset: as the asset says; both: single-sided materials are seen from behind too",
        ),
        field("clamp", Takes::Limit, "none", "largest radiance of one sample; less speckle, less light")
            .range(1e-6, 1e12),
    ],
};

/// In the order in which they are applied; noise, black level and bits make up the raw value.
pub static SENSOR: Table = Table {
    name: "`sensor`",
    fields: &[
        field("chromatic_aberration_px", Takes::Draw, "0", "red outwards and blue inwards, in the corners")
            .unit("px")
            .range(-100.0, 100.0),
        field("vignette", Takes::Draw, "0", "share of the light that the corners lose").range(0.0, 1.0),
        field("noise", Takes::Table(&NOISE), "{}", "of the raw values"),
        field("black_level", Takes::Draw, "0", "room below black for noise, 1 is white").range(0.0, 0.5),
        field("bits", Takes::Integer, "0", "of the raw values; 0: not rounded").range(0.0, 16.0),
        field("white_balance", Takes::Vector, "[1, 1, 1]", "gains of red, green and blue").range(0.0, 16.0),
        field("jpeg_quality", Takes::DrawInteger, "0", "what JPEG does to the picture, 1 to 100; 0: nothing")
            .range(0.0, 100.0),
        field("depth", Takes::Cases(&DEPTH_SENSOR), "none", "what makes the layer `depth_sensor` of depth"),
    ],
};

const RANGE_M: Field =
    field("range_m", Takes::Range, "{min: 0.3, max: 10}", "nothing is measured outside").unit("m").range(0.0, FAR_M);

pub static DEPTH_SENSOR: Cases = Cases {
    name: "`depth`",
    tag: "model",
    default: "structured_light",
    common: &[],
    cases: &[
        Case { word: "none", help: "there is no such layer", fields: &[] },
        Case {
            word: "structured_light",
            help: "errors grow with the square of depth; the defaults are a Kinect's",
            fields: &[
                field("noise_per_m", Takes::Draw, "0.001425", "standard deviation at 1 m").unit("m").range(0.0, 1.0),
                field("step_per_m", Takes::Draw, "0.00285", "distance of two values at 1 m; 0: any")
                    .unit("m")
                    .range(0.0, 1.0),
                RANGE_M,
            ],
        },
        Case {
            word: "stereo",
            help: "errors of the disparity between two cameras like the one that renders",
            fields: &[
                field("baseline_m", Takes::Draw, "0.05", "between the two").unit("m").range(1e-6, FAR_M),
                field("noise_px", Takes::Draw, "0.1", "standard deviation of disparity").unit("px").range(0.0, 100.0),
                field("step_px", Takes::Draw, "0.125", "distance of two disparities; 0: any")
                    .unit("px")
                    .range(0.0, 100.0),
                RANGE_M,
            ],
        },
    ],
    later: &[],
};

pub static NOISE: Table = Table {
    name: "`noise`",
    fields: &[
        field("shot", Takes::Draw, "0", "standard deviation at white; it grows with the light's square root")
            .range(0.0, 1.0),
        field("read", Takes::Draw, "0", "standard deviation without light, 1 is white").range(0.0, 1.0),
    ],
};

pub static PACKAGE: Table = Table {
    name: "`package`",
    fields: &[
        field(
            "format",
            Takes::Words(&Words { words: &["webdataset"], later: &["folder", "imagefolder"] }),
            "webdataset",
            "tars that `webdataset` and `datasets` load",
        ),
        field("shard", Takes::Integer, "4", "variations in a tar, which a stopped run goes on after; a power of two")
            .range(1.0, 65_536.0),
        field(
            "group",
            Takes::Words(&Words { words: &["view", "variation"], later: &[] }),
            "view",
            "one sample a view, or one a variation",
        ),
        field(
            "image",
            Takes::Words(&Words { words: &["png"], later: &["jpeg", "webp", "exr"] }),
            "png",
            "format of `rgb` and `albedo`",
        ),
        later("also"),
    ],
};

/// A truncated normal distribution.
pub static NORMAL: Table = Table {
    name: "`normal`",
    fields: &[
        required("mean", Takes::Number, "where most draws lie"),
        required("std", Takes::Number, "standard deviation"),
        computed("min", Takes::Number, "the key's smallest value", "no draw lies below"),
        computed("max", Takes::Number, "the key's largest value", "no draw lies above"),
    ],
};

pub static WEIGHTED: Table = Table {
    name: "an item of `weighted`",
    fields: &[
        required("value", Takes::Text, "anything that may stand in place of the distribution"),
        field("weight", Takes::Number, "1", "relative to the others'").range(0.0, 1e12),
    ],
};

/// Keys of distributions.
pub static DISTRIBUTIONS: [&str; 6] = ["uniform", "uniform_int", "log_uniform", "normal", "choice", "weighted"];
pub static DISTRIBUTIONS_LATER: [&str; 3] = ["spread", "sweep", "same_as"];
