//! Lenses with everything drawn. Their size on the sensor is known here; what `focus` means in metres, `compose` finds out.

use super::cameras::{Target, ViewDrawer};
use crate::recipe::{Aperture, BROWN, Distortion, FISHEYE, Focus, Lens, Number};

/// The lens of one view.
#[derive(Clone, Debug, PartialEq)]
pub enum LensSpec {
    /// `distortion`: OpenCV's k1, k2, p1, p2, k3, k4, k5, k6, all 0 where there is none.
    Perspective {
        distortion: [f64; 8],
        aperture: Option<ThinLens>,
    },
    Orthographic {
        height_m: f64,
    },
    Fisheye {
        k: [f64; 4],
    },
    Equirectangular,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ThinLens {
    pub f_stop: f64,
    pub focus: Sharp,
    pub blades: u32,
    pub blade_rotation_deg: f64,
    /// Height of the picture on the sensor: what makes a focal length of a field of view.
    pub picture_mm: f64,
}

/// What is sharp.
#[derive(Clone, Debug, PartialEq)]
pub enum Sharp {
    /// Planar depth.
    Metres(f64),
    At(Target),
}

impl ViewDrawer<'_> {
    pub(super) fn lens(&mut self, lens: &Lens) -> LensSpec {
        match lens {
            Lens::Perspective { distortion, aperture } => LensSpec::Perspective {
                distortion: match distortion {
                    Distortion::None => [0.0; 8],
                    Distortion::Brown(k) => self.coefficients("lens.distortion.", BROWN, k),
                },
                aperture: self.aperture(aperture),
            },
            Lens::Orthographic { height_m } => {
                LensSpec::Orthographic { height_m: self.number("lens.height_m", height_m) }
            }
            Lens::Fisheye { k } => LensSpec::Fisheye { k: self.coefficients("lens.", FISHEYE, k) },
            Lens::Equirectangular => LensSpec::Equirectangular,
        }
    }

    fn coefficients<const N: usize>(&mut self, before: &str, names: [&str; N], k: &[Number; N]) -> [f64; N] {
        std::array::from_fn(|i| self.number(&format!("{before}{}", names[i]), &k[i]))
    }

    fn aperture(&mut self, aperture: &Aperture) -> Option<ThinLens> {
        let Aperture::Thin { f_stop, focus, blades, blade_rotation_deg } = aperture else { return None };
        Some(ThinLens {
            f_stop: self.number("lens.f_stop", f_stop),
            focus: match focus {
                Focus::Metres(metres) => Sharp::Metres(self.number("lens.focus", metres)),
                Focus::Object(id) => Sharp::At(self.object(id)),
                Focus::Scene => Sharp::At(Target::Scene),
            },
            blades: *blades,
            blade_rotation_deg: self.number("lens.blade_rotation_deg", blade_rotation_deg),
            picture_mm: self.picture_mm,
        })
    }
}
