//! Camera rigs → one specification a view, with everything drawn. Where a camera stands in metres is `compose`'s business:
//! `fit` and `look_at` need the objects' bounds.
//!
//! What is drawn how often: a rig's starting azimuth once a variation; field of view, roll, radius, an orbit's elevation,
//! positions and points looked at once a view.

use super::lens::LensSpec;
use super::sensor::SensorSpec;
use super::value::Drawer;
use crate::math::lens;
use crate::recipe::{CameraRig, FieldOfView, FileCamera, LookAt, Radius, RigKind, Triple};

/// 360° · (1 − 1/φ): successive cameras along it never line up.
const GOLDEN_ANGLE_DEG: f64 = 137.507_764_050_037_85;

/// One camera before the scene is known.
#[derive(Clone, Debug, PartialEq)]
pub struct ViewSpec {
    /// Index of the rig in `Recipe::cameras`.
    pub rig: usize,
    /// Index of the view within its rig.
    pub index: u32,
    pub placement: Placement,
    /// Turns the camera about its line of sight: clockwise as the camera sees it, so that the picture turns the other way.
    pub roll_deg: f64,
    pub lens: LensSpec,
    /// Moves the camera along its +X in metres, after all else: half a baseline, negative for the left of two.
    pub shift_m: f64,
    /// `None`: it stands still.
    pub motion: Option<MotionSpec>,
    /// `None`: `rgb` is as it was rendered.
    pub sensor: Option<SensorSpec>,
}

impl ViewSpec {
    /// The other view of a stereo pair; the right one is the one that was moved to the right. `view`: this one's number, over
    /// all cameras, as the answer is.
    pub fn other_eye(&self, view: u32) -> Option<u32> {
        (self.shift_m != 0.0).then_some(if self.index.is_multiple_of(2) { view + 1 } else { view - 1 })
    }
}

/// Over one frame, in the camera's own axes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MotionSpec {
    pub translate_m: [f64; 3],
    /// A rotation vector.
    pub rotate_deg: [f64; 3],
}

#[derive(Clone, Debug, PartialEq)]
pub enum Placement {
    /// On a sphere round what it looks at. Azimuth counter-clockwise from world +X, elevation from the horizon.
    Sphere { azimuth_deg: f64, elevation_deg: f64, radius: Distance, look_at: Target, fov_deg: f64 },
    /// Where it is put.
    Fixed { position: [f64; 3], look_at: Target, fov_deg: f64 },
    /// As a file says.
    Given(FileCamera),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Distance {
    Metres(f64),
    /// Times the distance at which the bounding sphere just fits the picture.
    Fit(f64),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// The first instance of the object with this index in `recipe::Scene::objects`.
    Object(usize),
    Scene,
    Point([f64; 3]),
}

/// How many views a rig has.
pub fn view_count(rig: &CameraRig) -> u64 {
    match &rig.kind {
        RigKind::Fibonacci { views, .. } | RigKind::Orbit { views, .. } | RigKind::Ring { views, .. } => {
            u64::from(*views)
        }
        RigKind::Stereo { pairs, .. } => 2 * u64::from(*pairs),
        RigKind::Fixed { .. } => 1,
        RigKind::File { cameras, .. } => cameras.len() as u64,
    }
}

/// All views of rig number `rig_idx`, in order, without their sensors: those are no rig's. `size`: of the picture. `object_index` finds an object by its id.
pub fn views(
    rig_idx: usize,
    rig: &CameraRig,
    size: [u32; 2],
    drawer: &mut Drawer,
    object_index: &dyn Fn(&str) -> Option<usize>,
) -> Vec<ViewSpec> {
    let at = |key: &str| format!("cameras.{}.{key}", rig.id);
    let n = view_count(rig) as u32;
    let start_deg = match &rig.kind {
        RigKind::Fibonacci { azimuth_deg, .. } | RigKind::Ring { azimuth_deg, .. } => {
            drawer.number(&at("azimuth_deg"), super::draw::NONE, azimuth_deg)
        }
        _ => 0.0,
    };
    let mut out = Vec::with_capacity(n as usize);
    for index in 0..n {
        let is_stereo = matches!(rig.kind, RigKind::Stereo { .. });
        // Both views of a pair draw the same.
        let drawn_index = if is_stereo { index / 2 } else { index };
        let picture_mm = lens::picture_height_mm(rig.sensor_mm, size);
        let mut draw = ViewDrawer { drawer, at: &at, index: drawn_index, object_index, picture_mm };
        let mut shift_m = 0.0;
        let placement = match &rig.kind {
            RigKind::Fibonacci { radius, elevation_deg, look_at, fov, .. } => Placement::Sphere {
                azimuth_deg: start_deg + GOLDEN_ANGLE_DEG * f64::from(index),
                elevation_deg: fibonacci_elevation(*elevation_deg, index, n),
                radius: draw.distance(radius),
                look_at: draw.target(look_at),
                fov_deg: draw.fov_deg(fov),
            },
            RigKind::Orbit { radius, elevation_deg, azimuth_deg, look_at, fov, .. } => Placement::Sphere {
                azimuth_deg: orbit_azimuth(*azimuth_deg, index, n),
                elevation_deg: draw.number("elevation_deg", elevation_deg),
                radius: draw.distance(radius),
                look_at: draw.target(look_at),
                fov_deg: draw.fov_deg(fov),
            },
            RigKind::Ring { radius, elevations_deg, look_at, fov, .. } => {
                let (ring, turn) = ring_place(elevations_deg.len() as u32, index, n);
                Placement::Sphere {
                    azimuth_deg: start_deg + 360.0 * turn,
                    elevation_deg: elevations_deg[ring],
                    radius: draw.distance(radius),
                    look_at: draw.target(look_at),
                    fov_deg: draw.fov_deg(fov),
                }
            }
            RigKind::Fixed { position, look_at, fov } => Placement::Fixed {
                position: draw.drawer.triple(&at("position"), index, position),
                look_at: draw.target(look_at),
                fov_deg: draw.fov_deg(fov),
            },
            RigKind::Stereo { pairs, baseline_m, radius, elevation_deg, azimuth_deg, look_at, fov } => {
                let half = 0.5 * draw.number("baseline_m", baseline_m);
                shift_m = if index.is_multiple_of(2) { -half } else { half };
                Placement::Sphere {
                    azimuth_deg: orbit_azimuth(*azimuth_deg, index / 2, *pairs),
                    elevation_deg: draw.number("elevation_deg", elevation_deg),
                    radius: draw.distance(radius),
                    look_at: draw.target(look_at),
                    fov_deg: draw.fov_deg(fov),
                }
            }
            RigKind::File { cameras, .. } => Placement::Given(cameras[index as usize].clone()),
        };
        let roll_deg = draw.number("roll_deg", &rig.roll_deg);
        let lens = draw.lens(&rig.lens);
        let translate_m = draw.triple("motion.translate_m", &rig.motion.translate_m);
        let rotate_deg = draw.triple("motion.rotate_deg", &rig.motion.rotate_deg);
        let moves = translate_m.iter().chain(&rotate_deg).any(|&x| x != 0.0);
        let motion = moves.then_some(MotionSpec { translate_m, rotate_deg });
        out.push(ViewSpec { rig: rig_idx, index, placement, roll_deg, lens, shift_m, motion, sensor: None });
    }
    out
}

/// Draws what belongs to one view.
pub(super) struct ViewDrawer<'d> {
    drawer: &'d mut Drawer,
    at: &'d dyn Fn(&str) -> String,
    index: u32,
    object_index: &'d dyn Fn(&str) -> Option<usize>,
    /// Height of the picture on the sensor.
    pub(super) picture_mm: f64,
}

impl ViewDrawer<'_> {
    pub(super) fn number(&mut self, key: &str, number: &crate::recipe::Number) -> f64 {
        self.drawer.number(&(self.at)(key), self.index, number)
    }

    fn triple(&mut self, key: &str, triple: &Triple) -> [f64; 3] {
        self.drawer.triple(&(self.at)(key), self.index, triple)
    }

    fn distance(&mut self, radius: &Radius) -> Distance {
        match radius {
            Radius::Metres(number) => Distance::Metres(self.number("radius", number)),
            Radius::Fit(number) => Distance::Fit(self.number("radius.fit", number)),
        }
    }

    /// Vertical; 0 where the projection says what is seen.
    fn fov_deg(&mut self, fov: &FieldOfView) -> f64 {
        match fov {
            FieldOfView::Deg(deg) => self.number("fov_deg", deg),
            FieldOfView::FocalLengthMm(mm) => lens::fov_deg(self.number("focal_length_mm", mm), self.picture_mm),
            FieldOfView::OfLens => 0.0,
        }
    }

    pub(super) fn object(&self, id: &str) -> Target {
        (self.object_index)(id).map_or(Target::Scene, Target::Object)
    }

    fn target(&mut self, look_at: &LookAt) -> Target {
        match look_at {
            LookAt::Object(id) => self.object(id),
            LookAt::Scene => Target::Scene,
            LookAt::Point(triple) => Target::Point(self.drawer.triple(&(self.at)("look_at"), self.index, triple)),
        }
    }
}

/// Elevations whose sines are the middles of n equal steps: equal areas of the sphere.
fn fibonacci_elevation((min_deg, max_deg): (f64, f64), index: u32, n: u32) -> f64 {
    let (low, high) = (libm::sin(min_deg.to_radians()), libm::sin(max_deg.to_radians()));
    libm::asin(low + (high - low) * (f64::from(index) + 0.5) / f64::from(n)).to_degrees()
}

/// Evenly from the first to the last azimuth; the last one is left out where it is the first again.
fn orbit_azimuth((first_deg, last_deg): (f64, f64), index: u32, n: u32) -> f64 {
    let span = last_deg - first_deg;
    let turns = span / 360.0;
    let is_full_turn = span != 0.0 && (turns - libm::round(turns)).abs() < 1e-9;
    let steps = if is_full_turn { n } else { n.saturating_sub(1).max(1) };
    first_deg + span * f64::from(index) / f64::from(steps)
}

/// Which ring a view is on, and where on it in turns. The first rings have one more view where the sharing has a rest.
fn ring_place(n_rings: u32, index: u32, n: u32) -> (usize, f64) {
    let (each, rest) = (n / n_rings, n % n_rings);
    let long = rest * (each + 1);
    if index < long {
        ((index / (each + 1)) as usize, f64::from(index % (each + 1)) / f64::from(each + 1))
    } else {
        let index = index - long;
        ((rest + index / each) as usize, f64::from(index % each) / f64::from(each))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_orbit_leaves_the_last_out_and_a_part_keeps_it() {
        let azimuths = |span, n| (0..n).map(|i| orbit_azimuth(span, i, n)).collect::<Vec<_>>();
        assert_eq!(azimuths((-60.0, 300.0), 4), [-60.0, 30.0, 120.0, 210.0]);
        assert_eq!(azimuths((0.0, 90.0), 4), [0.0, 30.0, 60.0, 90.0]);
        assert_eq!(azimuths((10.0, 50.0), 1), [10.0]);
    }

    #[test]
    fn rings_share_views_evenly() {
        let rings: Vec<_> = (0..7).map(|i| ring_place(3, i, 7)).collect();
        let third = 1.0 / 3.0;
        assert_eq!(rings, [(0, 0.0), (0, third), (0, 2.0 * third), (1, 0.0), (1, 0.5), (2, 0.0), (2, 0.5)]);
        assert_eq!(ring_place(3, 1, 2), (1, 0.0));
    }

    #[test]
    fn fibonacci_covers_equal_areas() {
        // Over the whole sphere n views have sines −1 + (2i + 1) / n.
        for i in 0..10 {
            let sine = libm::sin(fibonacci_elevation((-90.0, 90.0), i, 10).to_radians());
            assert!((sine - (-1.0 + (2.0 * f64::from(i) + 1.0) / 10.0)).abs() < 1e-12);
        }
    }
}
