//! How scenes are seen: the keys of cameras, their lenses and motion, and of frames.

use super::super::schema::{Case, Cases, Field, Table, Takes, computed, field, later, required};
use super::FAR_M;

const VIEWS: Field = field("views", Takes::Integer, "24", "how many cameras").range(1.0, 10_000.0);
const RADIUS: Field =
    field("radius", Takes::Radius, "{fit: 1.15}", "distance from `look_at` in metres, or {fit: times what just fits}")
        .range(1e-3, FAR_M);
const LOOK_AT: Field =
    field("look_at", Takes::LookAt, "scene", "an object's id, `scene` (the middle of all), or a point")
        .range(-FAR_M, FAR_M);
const FOV: Field =
    computed("fov_deg", Takes::Draw, "40; of a fisheye lens 180", "vertical field of view").unit("°").range(0.1, 360.0);
const FOCAL_LENGTH: Field =
    computed("focal_length_mm", Takes::Draw, "as `fov_deg` says", "in place of `fov_deg`: see `sensor_mm`")
        .unit("mm")
        .range(0.1, 1e5);
const AZIMUTH: Field =
    field("azimuth_deg", Takes::Draw, "0", "turns all cameras about the vertical").unit("°").range(-36_000.0, 36_000.0);

pub static FRAMES: Table = Table {
    name: "`frames`",
    fields: &[
        field("count", Takes::Integer, "1", "how many a variation has; only 1 yet").range(1.0, 1e6),
        field("fps", Takes::Number, "24", "frames a second").unit("1/s").range(0.01, 1e6),
        field("shutter", Takes::Number, "0", "how long it is open, for motion blur; 0: no time")
            .unit("frames")
            .range(0.0, 1.0),
        field("rolling", Takes::Number, "0", "how long a rolling shutter takes from the topmost row to the lowest")
            .unit("frames")
            .range(0.0, 1.0),
    ],
};

pub static CAMERA_MOTION: Table = Table {
    name: "`motion`",
    fields: &[
        field("translate_m", Takes::Vector, "[0, 0, 0]", "right, down, forward").unit("m a frame").range(-FAR_M, FAR_M),
        field("rotate_deg", Takes::Vector, "[0, 0, 0]", "about the direction of this vector, by its length")
            .unit("° a frame")
            .range(-360.0, 360.0),
    ],
};

pub static CAMERA: Cases = Cases {
    name: "a camera",
    tag: "rig",
    default: "fibonacci",
    common: &[
        computed("id", Takes::Id, "the position in the list, from 0", "names its draws"),
        field("roll_deg", Takes::Draw, "0", "about the viewing direction").unit("°").range(-360.0, 360.0),
        field("motion", Takes::Table(&CAMERA_MOTION), "{}", "over one frame, in the camera's own axes (OpenCV)"),
        field("lens", Takes::Cases(&LENS), "{projection: perspective}", "projection, depth of field, distortion"),
        field(
            "sensor_mm",
            Takes::Numbers,
            "[36, 24]",
            "width and height; the picture is its largest middle part of that shape",
        )
        .unit("mm")
        .range(0.01, 1e4),
        later("preset"),
        later("jitter_m"),
    ],
    cases: &[
        Case {
            word: "fibonacci",
            help: "evenly over the sphere between two elevations",
            fields: &[
                VIEWS,
                RADIUS,
                field("elevation_deg", Takes::Range, "{min: -10, max: 70}", "lowest and highest camera")
                    .unit("°")
                    .range(-90.0, 90.0),
                AZIMUTH,
                LOOK_AT,
                FOV,
                FOCAL_LENGTH,
            ],
        },
        Case {
            word: "orbit",
            help: "around at one elevation",
            fields: &[
                VIEWS,
                RADIUS,
                field("elevation_deg", Takes::Draw, "20", "of all cameras").unit("°").range(-90.0, 90.0),
                field("azimuth_deg", Takes::Range, "{min: 0, max: 360}", "first and last camera")
                    .unit("°")
                    .range(-36_000.0, 36_000.0),
                LOOK_AT,
                FOV,
                FOCAL_LENGTH,
            ],
        },
        Case {
            word: "ring",
            help: "several orbits, one an elevation, that share the views",
            fields: &[
                VIEWS,
                RADIUS,
                field("elevations_deg", Takes::Numbers, "[0, 30, 60]", "one an orbit").unit("°").range(-90.0, 90.0),
                AZIMUTH,
                LOOK_AT,
                FOV,
                FOCAL_LENGTH,
            ],
        },
        Case {
            word: "fixed",
            help: "one camera where it is put",
            fields: &[
                field("position", Takes::Vector, "[0, -2.5, 1]", "where it is").unit("m").range(-FAR_M, FAR_M),
                LOOK_AT,
                FOV,
                FOCAL_LENGTH,
            ],
        },
        Case {
            word: "stereo",
            help: "pairs of cameras with parallel axes, left then right, around at one elevation",
            fields: &[
                field("pairs", Takes::Integer, "1", "how many pairs").range(1.0, 5_000.0),
                field(
                    "baseline_m",
                    Takes::Draw,
                    "0.065",
                    "from the left camera to the right one; `radius` is to the middle",
                )
                .unit("m")
                .range(1e-6, FAR_M),
                RADIUS,
                field("elevation_deg", Takes::Draw, "20", "of all cameras").unit("°").range(-90.0, 90.0),
                field("azimuth_deg", Takes::Range, "{min: 0, max: 360}", "first and last pair")
                    .unit("°")
                    .range(-36_000.0, 36_000.0),
                LOOK_AT,
                FOV,
                FOCAL_LENGTH,
            ],
        },
        Case {
            word: "file",
            help: "K and cam2world (OpenCV) from a JSON file",
            fields: &[
                computed(
                    "path",
                    Takes::Path,
                    "none, where `cameras` is given",
                    "the JSON file, relative to the recipe",
                ),
                computed("cameras", Takes::FileCameras, "read from the file", "the cameras themselves"),
            ],
        },
    ],
    later: &["shell", "grid", "frustum", "path"],
};

const COEFFICIENT: (f64, f64) = (-100.0, 100.0);

pub static LENS: Cases = Cases {
    name: "`lens`",
    tag: "projection",
    default: "perspective",
    common: &[],
    cases: &[
        Case {
            word: "perspective",
            help: "straight lines stay straight, but for distortion",
            fields: &[
                computed(
                    "f_stop",
                    Takes::Draw,
                    "none: a pinhole, all is sharp",
                    "the focal length by the aperture's diameter",
                )
                .range(0.01, 1e6),
                field(
                    "focus",
                    Takes::Focus,
                    "scene",
                    "what is sharp: an object's id, `scene`, or metres along the axis",
                )
                .unit("m")
                .range(1e-4, FAR_M),
                field("blades", Takes::Integer, "0", "corners of the aperture, from 3; 0: round").range(0.0, 16.0),
                field("blade_rotation_deg", Takes::Draw, "0", "turns the aperture").unit("°").range(-360.0, 360.0),
                field("distortion", Takes::Cases(&DISTORTION), "none", "how straight lines bend"),
            ],
        },
        Case {
            word: "orthographic",
            help: "parallel rays",
            fields: &[field("height_m", Takes::Draw, "1.5", "how much of the world fits the picture's height")
                .unit("m")
                .range(1e-6, FAR_M)],
        },
        Case {
            word: "fisheye",
            help: "equal angles are equal lengths; the image circle touches the upper and lower edge",
            fields: &[
                field("k1", Takes::Draw, "0", "of OpenCV's fisheye polynomial").range(COEFFICIENT.0, COEFFICIENT.1),
                field("k2", Takes::Draw, "0", "of OpenCV's fisheye polynomial").range(COEFFICIENT.0, COEFFICIENT.1),
                field("k3", Takes::Draw, "0", "of OpenCV's fisheye polynomial").range(COEFFICIENT.0, COEFFICIENT.1),
                field("k4", Takes::Draw, "0", "of OpenCV's fisheye polynomial").range(COEFFICIENT.0, COEFFICIENT.1),
            ],
        },
        Case { word: "equirectangular", help: "all around: 360° wide, 180° high", fields: &[] },
    ],
    later: &[],
};

pub static DISTORTION: Cases = Cases {
    name: "`distortion`",
    tag: "model",
    default: "brown",
    common: &[],
    cases: &[
        Case { word: "none", help: "straight lines stay straight", fields: &[] },
        Case {
            word: "brown",
            help: "Brown and Conrady's, with OpenCV's coefficients: k1 < 0 is a barrel, k1 > 0 a pincushion",
            fields: &[
                field("k1", Takes::Draw, "0", "radial").range(COEFFICIENT.0, COEFFICIENT.1),
                field("k2", Takes::Draw, "0", "radial").range(COEFFICIENT.0, COEFFICIENT.1),
                field("p1", Takes::Draw, "0", "tangential").range(COEFFICIENT.0, COEFFICIENT.1),
                field("p2", Takes::Draw, "0", "tangential").range(COEFFICIENT.0, COEFFICIENT.1),
                field("k3", Takes::Draw, "0", "radial").range(COEFFICIENT.0, COEFFICIENT.1),
                field("k4", Takes::Draw, "0", "radial, of the denominator").range(COEFFICIENT.0, COEFFICIENT.1),
                field("k5", Takes::Draw, "0", "radial, of the denominator").range(COEFFICIENT.0, COEFFICIENT.1),
                field("k6", Takes::Draw, "0", "radial, of the denominator").range(COEFFICIENT.0, COEFFICIENT.1),
            ],
        },
    ],
    later: &[],
};

/// One of the cameras of `rig: file`.
pub static FILE_CAMERA: Table = Table {
    name: "a camera",
    fields: &[
        required("fx", Takes::Number, "focal length, horizontal").unit("px").range(1e-3, 1e9),
        required("fy", Takes::Number, "focal length, vertical").unit("px").range(1e-3, 1e9),
        required("cx", Takes::Number, "principal point").unit("px").range(-1e9, 1e9),
        required("cy", Takes::Number, "principal point").unit("px").range(-1e9, 1e9),
        required("cam2world", Takes::Numbers, "4×4, row-major, OpenCV axes").range(-1e9, 1e9),
    ],
};
