//! Lights of a scene that are no surfaces of it. Values only.

use crate::math::Vec3;

/// A light that no triangle stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Light {
    /// `direction`: unit, the way the light travels. `irradiance`: linear, on a surface that faces it.
    /// `angle_rad`: full angle of its disk; 0: none.
    Sun {
        direction: Vec3,
        irradiance: Vec3,
        angle_rad: f32,
    },
    /// `intensity`: linear, per steradian.
    Point {
        position: Vec3,
        intensity: Vec3,
    },
    /// glTF's cone: full inside `inner_rad` of the axis, nothing outside `outer_rad`.
    Spot {
        position: Vec3,
        direction: Vec3,
        intensity: Vec3,
        inner_rad: f32,
        outer_rad: f32,
    },
    Area(AreaLight),
}

/// A shape that sends the same radiance everywhere from its front. It blocks nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AreaLight {
    pub shape: AreaShape,
    /// Its middle.
    pub position: Vec3,
    /// Unit: where the front looks. A sphere has none; any will do.
    pub direction: Vec3,
    /// Unit, at right angles to `direction`: along a rectangle's width.
    pub across: Vec3,
    pub radiance: Vec3,
    /// Whether cameras see it.
    pub visible: bool,
    /// The back shines too; a sphere's inside.
    pub two_sided: bool,
}

/// In metres; all above 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum AreaShape {
    Rectangle { width: f32, height: f32 },
    Disk { diameter: f32 },
    Sphere { diameter: f32 },
}

impl AreaShape {
    /// m² of the front (of a sphere: all around).
    pub fn area(&self) -> f64 {
        let pi = std::f64::consts::PI;
        match *self {
            AreaShape::Rectangle { width, height } => f64::from(width) * f64::from(height),
            AreaShape::Disk { diameter } => 0.25 * pi * f64::from(diameter) * f64::from(diameter),
            AreaShape::Sphere { diameter } => pi * f64::from(diameter) * f64::from(diameter),
        }
    }
}
