//! Views → cameras: poses as in `cam2world` (OpenCV axes, image up = world up), focal lengths from the vertical field of view.

use super::lens::{self, Optics};
use super::place::{self, to_vec3};
use super::{ComposeError, within};
use crate::hash::Hasher;
use crate::math::{Affine, Bounds, Vec3};
use crate::plan::{Distance, LensSpec, Placement, Sharp, Target, Variation, ViewSpec};
use crate::recipe::Recipe;
use crate::scene::{Camera, Lens, PlacedObject};

pub(super) type V3 = [f64; 3];

/// All views, in order.
pub(super) fn cameras(
    variation: &Variation,
    recipe: &Recipe,
    measure: &mut Measure,
) -> Result<Vec<Camera>, ComposeError> {
    let mut out = Vec::with_capacity(variation.views.len());
    for (i, view) in variation.views.iter().enumerate() {
        let id = &recipe.cameras[view.rig].id;
        let at = |key: &str| format!("cameras.{id}.{key}@{}", view.index);
        let seed = view_seed(variation.seed, variation.index, variation.attempt, i as u32);
        out.push(camera(view, recipe.render.size, seed, &at, measure)?);
    }
    Ok(out)
}

/// What all random numbers of a view's pixels hang on: the first eight bytes, as two big-endian numbers, of
/// SHA-256(`"genki/view/v1\0"` ‖ u64be seed ‖ u64be variation ‖ u32be attempt ‖ u32be view).
pub fn view_seed(seed: u64, variation: u64, attempt: u32, view: u32) -> [u32; 2] {
    let mut hasher = Hasher::new();
    hasher.update(b"genki/view/v1\0").update(&seed.to_be_bytes()).update(&variation.to_be_bytes());
    hasher.update(&attempt.to_be_bytes()).update(&view.to_be_bytes());
    let d = hasher.finish().0;
    [u32::from_be_bytes([d[0], d[1], d[2], d[3]]), u32::from_be_bytes([d[4], d[5], d[6], d[7]])]
}

fn camera(
    view: &ViewSpec,
    size: [u32; 2],
    seed: [u32; 2],
    at: &dyn Fn(&str) -> String,
    measure: &mut Measure,
) -> Result<Camera, ComposeError> {
    let [width, height] = size;
    let optics = lens::optics(view, size, at)?;
    let (axes, eye) = match &view.placement {
        Placement::Sphere { azimuth_deg, elevation_deg, radius, look_at, .. } => {
            let target = measure.target(look_at);
            let distance = match radius {
                Distance::Metres(metres) => *metres,
                Distance::Fit(factor) => factor * measure.fitting_distance(target, &optics, size, &at("radius"))?,
            };
            let distance = within(&at("radius"), distance, f64::MIN_POSITIVE, f64::from(f32::MAX))?;
            let (sin_az, cos_az) = libm::sincos(azimuth_deg.to_radians());
            let (sin_el, cos_el) = libm::sincos(elevation_deg.to_radians());
            let outward = [cos_az * cos_el, sin_az * cos_el, sin_el];
            // The horizontal direction that forward × up has, also at the poles where that product vanishes.
            let right = [-sin_az, cos_az, 0.0];
            let eye = std::array::from_fn(|k| target[k] + distance * outward[k]);
            (axes(outward.map(|x| -x), right), eye)
        }
        Placement::Fixed { position, look_at, .. } => {
            let target = measure.target(look_at);
            let to_target: V3 = std::array::from_fn(|k| target[k] - position[k]);
            let length = norm(to_target);
            if length.is_nan() || length <= 1e-12 {
                return Err(ComposeError::LooksAtItself { path: at("look_at") });
            }
            let forward = to_target.map(|x| x / length);
            (axes(forward, right_of(forward)), *position)
        }
        Placement::Given(file) => {
            let m = &file.cam2world;
            let column = |k: usize| [m[0][k], m[1][k], m[2][k]];
            ([column(0), column(1), column(2)], column(3))
        }
    };
    let [right, down, forward] = rolled(axes, view.roll_deg);
    let eye = std::array::from_fn(|k| eye[k] + view.shift_m * right[k]);
    let aperture = match &view.lens {
        LensSpec::Perspective { aperture: Some(thin), .. } => {
            let focus = match &thin.focus {
                Sharp::Metres(metres) => *metres,
                Sharp::At(target) => {
                    let sharp = measure.target(target);
                    (0..3).fold(0.0, |z, k| z + (sharp[k] - eye[k]) * forward[k])
                }
            };
            Some(lens::aperture(thin, focus, &optics, size, at)?)
        }
        _ => None,
    };
    let world_from_camera = Affine::from_columns(to_vec3(right), to_vec3(down), to_vec3(forward), to_vec3(eye));
    let [fx, fy, cx, cy] = optics.intrinsics.map(|x| x as f32);
    let lens = Lens { projection: optics.projection, aperture };
    let sensor = view.sensor.as_ref().map(|spec| lens::sensor(spec, f64::from(optics.intrinsics[0] as f32)));
    let camera = Camera {
        world_from_camera: without_negative_zero(world_from_camera),
        fx,
        fy,
        cx,
        cy,
        width,
        height,
        seed,
        lens,
        sensor,
    };
    let is_finite = camera.world_from_camera.rows.iter().flatten().chain(&[fx, fy, cx, cy]).all(|x| x.is_finite());
    if is_finite && fx > 0.0 && fy > 0.0 { Ok(camera) } else { Err(ComposeError::NotFinite { path: at("pose") }) }
}

/// What of a view's camera follows from the plan alone. The rest hangs on the objects' geometry.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ForetoldCamera {
    /// fx, fy, cx, cy.
    pub intrinsics: [f32; 4],
    /// Right, down, forward: `None` where it looks at an object from a fixed place.
    pub axes: Option<[Vec3; 3]>,
    /// `None` where the distance is fitted, or counted from an object.
    pub eye: Option<Vec3>,
    pub lens: Lens,
    /// False where the lens is focused on an object: its focus is any.
    pub has_focus: bool,
}

/// The same values as in the scene's cameras. `n_objects`: of the variation; `None` for a view that cannot be composed.
pub fn foretold_camera(view: &ViewSpec, size: [u32; 2], n_objects: usize) -> Option<ForetoldCamera> {
    // Never measured: a view that hangs on objects keeps the parts that it would place by them.
    let point = |target: &Target| match target {
        Target::Point(point) => Some(*point),
        _ => (n_objects == 0).then_some([0.0; 3]),
    };
    let at = |key: &str| key.to_string();
    let mut settled = view.clone();
    let (mut has_axes, mut has_eye) = (true, true);
    match &mut settled.placement {
        Placement::Sphere { radius, look_at, .. } => {
            has_eye = point(look_at).is_some() && matches!(radius, Distance::Metres(_));
            *look_at = Target::Point(point(look_at).unwrap_or_default());
            if let Distance::Fit(_) = radius {
                *radius = Distance::Metres(1.0);
            }
        }
        Placement::Fixed { position, look_at, .. } => {
            has_axes = point(look_at).is_some();
            let elsewhere = [position[0] + position[0].abs() + 1.0, position[1], position[2]];
            *look_at = Target::Point(point(look_at).unwrap_or(elsewhere));
        }
        Placement::Given(_) => {}
    }
    let mut has_focus = true;
    if let LensSpec::Perspective { aperture: Some(thin), .. } = &mut settled.lens
        && let Sharp::At(_) = thin.focus
    {
        has_focus = false;
        thin.focus = Sharp::Metres(f64::from(f32::MAX));
    }
    let mut measure = Measure::new(&[]);
    let camera = camera(&settled, size, [0; 2], &at, &mut measure).ok()?;
    let m = camera.world_from_camera;
    Some(ForetoldCamera {
        intrinsics: [camera.fx, camera.fy, camera.cx, camera.cy],
        axes: has_axes.then(|| [m.column(0), m.column(1), m.column(2)]),
        eye: has_eye.then(|| m.column(3)),
        lens: camera.lens,
        has_focus,
    })
}

/// Right, down, forward from two that are unit and at right angles.
fn axes(forward: V3, right: V3) -> [V3; 3] {
    [right, cross(forward, right), forward]
}

/// The horizontal unit vector to the right of a line of sight; world +X for one that is vertical.
pub(super) fn right_of(forward: V3) -> V3 {
    let right = [forward[1], -forward[0], 0.0];
    let length = norm(right);
    if length > 1e-9 { right.map(|x| x / length) } else { [1.0, 0.0, 0.0] }
}

/// Turns right towards down: clockwise as the camera sees it.
fn rolled([right, down, forward]: [V3; 3], roll_deg: f64) -> [V3; 3] {
    if roll_deg == 0.0 {
        return [right, down, forward];
    }
    let (s, c) = libm::sincos(roll_deg.to_radians());
    let turned_right = std::array::from_fn(|k| c * right[k] + s * down[k]);
    let turned_down = std::array::from_fn(|k| c * down[k] - s * right[k]);
    [turned_right, turned_down, forward]
}

/// Measures the objects as views ask for it; views that look at the same point share the work.
pub(super) struct Measure<'a> {
    objects: &'a [PlacedObject],
    scene_center: Option<V3>,
    /// Distances of the farthest vertex of all, by the point they are measured from.
    reaches: Vec<(V3, f64)>,
}

impl<'a> Measure<'a> {
    pub(super) fn new(objects: &'a [PlacedObject]) -> Measure<'a> {
        Measure { objects, scene_center: None, reaches: Vec::new() }
    }

    /// The point that is looked at. An object without an instance counts as the scene; a scene without objects as the origin.
    pub(super) fn target(&mut self, target: &Target) -> V3 {
        match target {
            Target::Point(point) => *point,
            Target::Object(object_idx) => match self.objects.iter().find(|o| o.object_idx == *object_idx) {
                Some(object) => place::center(object),
                None => self.center(),
            },
            Target::Scene => self.center(),
        }
    }

    fn center(&mut self) -> V3 {
        let objects = self.objects;
        *self.scene_center.get_or_insert_with(|| {
            let bounds = objects.iter().fold(Bounds::EMPTY, |all, object| all.union(object.bounds()));
            if bounds.is_empty() { [0.0; 3] } else { bounds.center().to_array().map(f64::from) }
        })
    }

    /// From where the sphere round `target` that holds all objects just touches the edges of the picture; from its rim, where
    /// the projection lets nothing be too near.
    fn fitting_distance(
        &mut self,
        target: V3,
        optics: &Optics,
        size: [u32; 2],
        path: &str,
    ) -> Result<f64, ComposeError> {
        let reach = self.reach(target);
        if reach <= 0.0 {
            return Err(ComposeError::NothingToFit { path: path.to_string() });
        }
        Ok(reach * optics.fitting_factor(size))
    }

    fn reach(&mut self, target: V3) -> f64 {
        if let Some((_, reach)) = self.reaches.iter().find(|(from, _)| *from == target) {
            return *reach;
        }
        let center: Vec3 = to_vec3(target);
        let farthest = |far: f64, object: &PlacedObject| {
            let reach = f64::from(object.reach_from(center));
            if reach > far { reach } else { far }
        };
        let reach = self.objects.iter().fold(0.0, farthest);
        self.reaches.push((target, reach));
        reach
    }
}

fn cross(a: V3, b: V3) -> V3 {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn norm(v: V3) -> f64 {
    (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]).sqrt()
}

fn without_negative_zero(m: Affine) -> Affine {
    Affine { rows: m.rows.map(|row| row.map(|x| x + 0.0)) }
}
