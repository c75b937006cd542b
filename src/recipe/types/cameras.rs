//! How scenes are seen: rigs of cameras and what is before their sensors. Values only.

use super::{Number, Triple};

/// Cameras that one entry of `cameras` stands for.
#[derive(Clone, Debug, PartialEq)]
pub struct CameraRig {
    /// As for objects.
    pub id: String,
    pub kind: RigKind,
    pub roll_deg: Number,
    pub motion: CameraMotion,
    pub lens: Lens,
    /// Width, height. The picture is its largest centred part of the picture's shape.
    pub sensor_mm: [f64; 2],
}

/// How a camera moves in its own axes over one frame, at an even pace.
#[derive(Clone, Debug, PartialEq)]
pub struct CameraMotion {
    pub translate_m: Triple,
    /// A rotation vector: about its direction, by its length.
    pub rotate_deg: Triple,
}

#[derive(Clone, Debug, PartialEq)]
pub enum FieldOfView {
    /// Vertical, from edge to edge.
    Deg(Number),
    /// Of a perspective lens before the sensor.
    FocalLengthMm(Number),
    /// The projection says.
    OfLens,
}

#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "there is one in a rig")]
pub enum Lens {
    Perspective {
        distortion: Distortion,
        aperture: Aperture,
    },
    /// The height of the picture in the world.
    Orthographic {
        height_m: Number,
    },
    /// OpenCV's k1 to k4.
    Fisheye {
        k: [Number; 4],
    },
    Equirectangular,
}

#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "there is one in a rig")]
pub enum Distortion {
    None,
    /// OpenCV's k1, k2, p1, p2, k3, k4, k5, k6.
    Brown([Number; 8]),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Aperture {
    Pinhole,
    /// `blades`: 0 is round.
    Thin {
        f_stop: Number,
        focus: Focus,
        blades: u32,
        blade_rotation_deg: Number,
    },
}

/// What is sharp.
#[derive(Clone, Debug, PartialEq)]
pub enum Focus {
    /// Planar depth in metres.
    Metres(Number),
    /// The centre of the object with this id.
    Object(String),
    /// The centre of all objects' bounds.
    Scene,
}

#[derive(Clone, Debug, PartialEq)]
pub enum RigKind {
    /// Evenly over the sphere between two elevations, along the golden angle.
    Fibonacci {
        views: u32,
        radius: Radius,
        elevation_deg: (f64, f64),
        azimuth_deg: Number,
        look_at: LookAt,
        fov: FieldOfView,
    },
    /// One elevation a view, from the first to the last azimuth, ends included where they are no full turn.
    Orbit {
        views: u32,
        radius: Radius,
        elevation_deg: Number,
        azimuth_deg: (f64, f64),
        look_at: LookAt,
        fov: FieldOfView,
    },
    /// Several orbits, one an elevation, `views` shared out evenly.
    Ring {
        views: u32,
        radius: Radius,
        elevations_deg: Vec<f64>,
        azimuth_deg: Number,
        look_at: LookAt,
        fov: FieldOfView,
    },
    /// One camera where it is put.
    Fixed { position: Triple, look_at: LookAt, fov: FieldOfView },
    /// Pairs on an orbit, left before right, axes parallel. `radius` is to the middle of the two.
    Stereo {
        pairs: u32,
        baseline_m: Number,
        radius: Radius,
        elevation_deg: Number,
        azimuth_deg: (f64, f64),
        look_at: LookAt,
        fov: FieldOfView,
    },
    /// K and cam2world of a JSON file, read into the recipe. Poses are OpenCV: +X right, +Y down, +Z forward.
    File { path: String, cameras: Vec<FileCamera> },
}

/// One camera of a JSON list, in the pixels of the recipe's `render.size`.
#[derive(Clone, Debug, PartialEq)]
pub struct FileCamera {
    pub fx: f64,
    pub fy: f64,
    pub cx: f64,
    pub cy: f64,
    /// 4×4 row-major, OpenCV.
    pub cam2world: [[f64; 4]; 4],
}

#[derive(Clone, Debug, PartialEq)]
pub enum Radius {
    /// Metres from the point looked at.
    Metres(Number),
    /// Just fits all objects' bounding sphere, times this.
    Fit(Number),
}

#[derive(Clone, Debug, PartialEq)]
pub enum LookAt {
    /// The centre of the object with this id (its first instance).
    Object(String),
    /// The centre of all objects' bounds.
    Scene,
    Point(Triple),
}
