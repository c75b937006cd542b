//! The sensor of each view, with everything drawn: once a view, at `sensor.KEY@VIEW`, the view counted over all cameras.

use super::value::Drawer;
use crate::recipe::{DepthSensor, Sensor};

/// See [`Sensor`] for the units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SensorSpec {
    pub vignette: f64,
    pub chromatic_aberration_px: f64,
    pub noise_shot: f64,
    pub noise_read: f64,
    pub black_level: f64,
    pub bits: u32,
    pub white_balance: [f64; 3],
    /// 0: no JPEG.
    pub jpeg_quality: u8,
    pub depth: Option<DepthSpec>,
}

/// Errors of inverse depth, in 1/m, or of disparity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DepthSpec {
    pub noise: f64,
    pub step: f64,
    /// Stereo: noise and step are in pixels of disparity, which this many metres by the focal length in pixels make 1/m.
    pub baseline_m: Option<f64>,
    pub range_m: (f64, f64),
}

/// `None` where the recipe has no sensor.
pub(super) fn draw(sensor: &Sensor, view: u32, drawer: &mut Drawer) -> Option<SensorSpec> {
    if sensor.is_off() {
        return None;
    }
    let mut number = |key: &str, number| drawer.number(&format!("sensor.{key}"), view, number);
    let depth = match &sensor.depth {
        DepthSensor::None => None,
        DepthSensor::StructuredLight { noise_per_m, step_per_m, range_m } => Some(DepthSpec {
            noise: number("depth.noise_per_m", noise_per_m),
            step: number("depth.step_per_m", step_per_m),
            baseline_m: None,
            range_m: *range_m,
        }),
        DepthSensor::Stereo { baseline_m, noise_px, step_px, range_m } => Some(DepthSpec {
            noise: number("depth.noise_px", noise_px),
            step: number("depth.step_px", step_px),
            baseline_m: Some(number("depth.baseline_m", baseline_m)),
            range_m: *range_m,
        }),
    };
    Some(SensorSpec {
        vignette: number("vignette", &sensor.vignette),
        chromatic_aberration_px: number("chromatic_aberration_px", &sensor.chromatic_aberration_px),
        noise_shot: number("noise.shot", &sensor.noise_shot),
        noise_read: number("noise.read", &sensor.noise_read),
        black_level: number("black_level", &sensor.black_level),
        bits: sensor.bits,
        depth,
        jpeg_quality: number("jpeg_quality", &sensor.jpeg_quality) as u8,
        white_balance: drawer.triple("sensor.white_balance", view, &sensor.white_balance),
    })
}
