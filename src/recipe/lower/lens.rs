//! Lowering of `lens`, and of what else says how a camera sees: field of view, focal length, sensor.

use super::super::draws::draw;
use super::super::hints::did_you_mean;
use super::super::node::{Kind, Node, number_text};
use super::super::reader::{Mapping, Reader, open_case};
use super::super::scalars::{number_in, small_integer};
use super::super::schema::Field;
use super::super::tables::{DISTORTION, LENS};
use super::super::types::{Aperture, CameraRig, Distortion, FieldOfView, Focus, Lens, Number, RigKind};
use super::Known;
use crate::math::lens;

/// OpenCV's order of the coefficients.
pub const BROWN: [&str; 8] = ["k1", "k2", "p1", "p2", "k3", "k4", "k5", "k6"];
pub const FISHEYE: [&str; 4] = ["k1", "k2", "k3", "k4"];

/// A field of view below this many degrees is rather one in radians.
const SMALLEST_USUAL_FOV: f64 = 3.15;
/// The widest that a plane can show.
const WIDEST_PERSPECTIVE_DEG: f64 = 179.0;

pub fn read(r: &mut Reader, node: &Node, known: &Known) -> Option<Lens> {
    let (case, m) = open_case(r, &LENS, node)?;
    match case.word {
        "perspective" => {
            let distortion = m.read(r, "distortion", |r, _, node| distortion(r, node));
            let aperture = aperture(r, &m, known);
            Some(Lens::Perspective { distortion: distortion?, aperture: aperture? })
        }
        "orthographic" => m.read(r, "height_m", draw).map(|height_m| Lens::Orthographic { height_m }),
        "fisheye" => coefficients(r, &m, FISHEYE).map(|k| Lens::Fisheye { k }),
        _ => Some(Lens::Equirectangular),
    }
}

fn distortion(r: &mut Reader, node: &Node) -> Option<Distortion> {
    let (case, m) = open_case(r, &DISTORTION, node)?;
    match case.word {
        "none" => Some(Distortion::None),
        _ => coefficients(r, &m, BROWN).map(Distortion::Brown),
    }
}

fn coefficients<const N: usize>(r: &mut Reader, m: &Mapping<'_>, names: [&str; N]) -> Option<[Number; N]> {
    let read: Vec<Option<Number>> = names.iter().map(|name| m.read(r, name, draw)).collect();
    read.into_iter().collect::<Option<Vec<_>>>()?.try_into().ok()
}

fn aperture(r: &mut Reader, m: &Mapping<'_>, known: &Known) -> Option<Aperture> {
    let f_stop = m.optional(r, "f_stop", draw);
    let focus = m.read(r, "focus", |r, field, node| focus(r, field, node, known));
    let blades = m.read(r, "blades", |r, field, node| {
        let blades = small_integer(r, field, node)?;
        if blades == 1 || blades == 2 {
            let hint = "a polygon has 3 corners or more; 0 is a round aperture";
            r.error_with_hint(node.at, format!("blades is {blades}, and that is no shape"), hint);
            return None;
        }
        Some(blades)
    });
    let blade_rotation_deg = m.read(r, "blade_rotation_deg", draw);
    let (f_stop, focus, blades, blade_rotation_deg) = (f_stop?, focus?, blades?, blade_rotation_deg?);
    let Some(f_stop) = f_stop else {
        if let Some(entry) = ["focus", "blades", "blade_rotation_deg"].iter().find_map(|key| m.entry(key)) {
            let what = format!("`{}` means nothing without `f_stop`", entry.key);
            r.error_with_hint(entry.key_at, what, "as `f_stop: 2.8`; without it all is sharp");
            return None;
        }
        return Some(Aperture::Pinhole);
    };
    Some(Aperture::Thin { f_stop, focus, blades, blade_rotation_deg })
}

fn focus(r: &mut Reader, field: &Field, node: &Node, known: &Known) -> Option<Focus> {
    match node.as_text() {
        Some("scene") => Some(Focus::Scene),
        Some(id) => {
            known_object(r, field.name, "a distance in metres", id, node, known)?;
            Some(Focus::Object(id.to_owned()))
        }
        None => draw(r, field, node).map(Focus::Metres),
    }
}

/// Tells an id that no object has. `or`: what may stand there besides.
pub fn known_object(r: &mut Reader, name: &str, or: &str, id: &str, node: &Node, known: &Known) -> Option<()> {
    if known.objects.contains(id) || known.objects_unsure {
        return Some(());
    }
    let words = || known.objects.iter().map(String::as_str).chain(["scene"]);
    let message = format!("{name} is `{id}`, but no object has this id{}", did_you_mean(id, words()));
    let hint = format!("it is an object's id, `scene` or {or}; here {}", super::either(words()));
    r.error_with_hint(node.at, message, hint);
    None
}

/// What a rig sees; the projection decides which keys may say so.
pub fn field_of_view(r: &mut Reader, m: &Mapping<'_>, lens: Option<&Lens>) -> Option<FieldOfView> {
    let (angle, focal) = (m.entry("fov_deg"), m.entry("focal_length_mm"));
    let refused = match lens {
        Some(Lens::Orthographic { .. }) => angle.or(focal).zip(Some("orthographic: `lens.height_m` says what is seen")),
        Some(Lens::Equirectangular) => angle.or(focal).zip(Some("equirectangular: all around is seen")),
        Some(Lens::Fisheye { .. }) => focal.zip(Some("fisheye: `fov_deg` says what is seen")),
        _ => None,
    };
    if let Some((entry, why)) = refused {
        let (word, hint) = why.split_once(": ").unwrap_or((why, ""));
        let message = format!("`{}` means nothing where `projection: {word}`", entry.key);
        r.error_with_hint(entry.key_at, message, hint);
        return None;
    }
    if let (Some(_), Some(focal)) = (angle, focal) {
        let hint = "remove one of them: both say how much is seen";
        r.error_with_hint(focal.key_at, "`focal_length_mm` stands beside `fov_deg`", hint);
        return None;
    }
    match lens {
        Some(Lens::Orthographic { .. } | Lens::Equirectangular) => Some(FieldOfView::OfLens),
        _ if focal.is_some() => m.optional(r, "focal_length_mm", draw)?.map(FieldOfView::FocalLengthMm),
        Some(Lens::Fisheye { .. }) if angle.is_none() => m.fallback(r, "fov_deg", "180", draw).map(FieldOfView::Deg),
        Some(Lens::Fisheye { .. }) => m.optional(r, "fov_deg", draw)?.map(FieldOfView::Deg),
        _ if angle.is_none() => m.fallback(r, "fov_deg", "40", draw).map(FieldOfView::Deg),
        _ => m.optional(r, "fov_deg", perspective_fov)?.map(FieldOfView::Deg),
    }
}

fn perspective_fov(r: &mut Reader, field: &Field, node: &Node) -> Option<Number> {
    let fov = draw(r, &Field { range: (field.range.0, WIDEST_PERSPECTIVE_DEG), ..*field }, node)?;
    if let Number::Constant(deg) = fov
        && deg <= SMALLEST_USUAL_FOV
    {
        let in_degrees = (deg.to_degrees() * 10.0).round() / 10.0;
        let message = format!("{} is {}, which looks like radians", field.name, number_text(deg));
        r.warning(node.at, message, format!("in degrees it would be {}", number_text(in_degrees)));
    }
    Some(fov)
}

/// Tells lenses that fold the picture, where all numbers that it takes are known here; of others each view is tried.
pub fn refuse_folds(r: &mut Reader, cameras: &Node, rigs: &[CameraRig], size: [u32; 2]) {
    let Kind::List(nodes) = &cameras.kind else { return };
    for (node, rig) in nodes.iter().zip(rigs) {
        if folds(rig, size) {
            let lens = value_of(node, "lens").unwrap_or(node);
            let at = value_of(lens, "distortion").unwrap_or(lens).at;
            let message = "the lens folds the picture, so that a pixel sees in two directions";
            r.error_with_hint(at, message, "use smaller coefficients or a narrower field of view");
        }
    }
}

fn value_of<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    let Kind::Map(entries) = &node.kind else { return None };
    entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
}

fn folds(rig: &CameraRig, size: [u32; 2]) -> bool {
    match &rig.lens {
        Lens::Perspective { distortion: Distortion::Brown(k), .. } => {
            let Some(k) = constants(k).filter(|k| k.iter().any(|&k| k != 0.0)) else { return false };
            let intrinsics: Vec<[f64; 4]> = match &rig.kind {
                RigKind::File { cameras, .. } => cameras.iter().map(|c| [c.fx, c.fy, c.cx, c.cy]).collect(),
                _ => constant_fov_deg(rig, size).map(|deg| lens::intrinsics(deg, size)).into_iter().collect(),
            };
            intrinsics.iter().any(|&intrinsics| !lens::is_invertible(&k, intrinsics, size))
        }
        Lens::Fisheye { k } => {
            let Some(k) = constants(k) else { return false };
            let reach = lens::largest_angle(&k);
            reach <= 0.0 || constant_fov_deg(rig, size).is_some_and(|deg| deg.to_radians() / 2.0 > reach)
        }
        _ => false,
    }
}

fn constants<const N: usize>(numbers: &[Number; N]) -> Option<[f64; N]> {
    let constants: Vec<f64> = numbers.iter().map_while(constant).collect();
    constants.try_into().ok()
}

fn constant(number: &Number) -> Option<f64> {
    match number {
        Number::Constant(value) => Some(*value),
        _ => None,
    }
}

/// `None`: it is drawn, or a file says.
fn constant_fov_deg(rig: &CameraRig, size: [u32; 2]) -> Option<f64> {
    let fov = match &rig.kind {
        RigKind::Fibonacci { fov, .. }
        | RigKind::Orbit { fov, .. }
        | RigKind::Ring { fov, .. }
        | RigKind::Fixed { fov, .. }
        | RigKind::Stereo { fov, .. } => fov,
        RigKind::File { .. } => return None,
    };
    match fov {
        FieldOfView::Deg(deg) => constant(deg),
        FieldOfView::FocalLengthMm(mm) => {
            constant(mm).map(|mm| lens::fov_deg(mm, lens::picture_height_mm(rig.sensor_mm, size)))
        }
        FieldOfView::OfLens => None,
    }
}

/// `[width, height]`.
pub fn sensor_size(r: &mut Reader, field: &Field, node: &Node) -> Option<[f64; 2]> {
    let Kind::List(items) = &node.kind else {
        let hint = "a full-frame sensor is [36, 24]";
        r.error_with_hint(node.at, format!("{} is {}, but it is [width, height]", field.name, node.describe()), hint);
        return None;
    };
    let [width, height] = items.as_slice() else {
        r.error(node.at, format!("{} has {} numbers, but it is [width, height]", field.name, items.len()));
        return None;
    };
    let [width, height] = [width, height].map(|item| number_in(r, field.name, field.range, item));
    Some([width?, height?])
}
