//! Lowering of `frames`, and of the `motion` of cameras.

use super::super::node::Node;
use super::super::reader::{Reader, open};
use super::super::scalars::{number, small_integer};
use super::super::schema::Field;
use super::super::tables::{CAMERA_MOTION, FRAMES};
use super::super::types::{CameraMotion, Frames};
use super::super::values::vector;

pub fn read(r: &mut Reader, _: &Field, node: &Node) -> Option<Frames> {
    let m = open(r, &FRAMES, node)?;
    let count = m.read(r, "count", |r, field, node| {
        let count = small_integer(r, field, node)?;
        if count > 1 {
            r.later(node.at, "frames: more than one");
            return None;
        }
        Some(count)
    });
    let fps = m.read(r, "fps", number);
    let shutter = m.read(r, "shutter", number);
    let rolling = m.read(r, "rolling", number);
    count?;
    Some(Frames { fps: fps?, shutter: shutter?, rolling: rolling? })
}

pub fn motion(r: &mut Reader, _: &Field, node: &Node) -> Option<CameraMotion> {
    let m = open(r, &CAMERA_MOTION, node)?;
    let translate_m = m.read(r, "translate_m", vector);
    let rotate_deg = m.read(r, "rotate_deg", vector);
    Some(CameraMotion { translate_m: translate_m?, rotate_deg: rotate_deg? })
}
