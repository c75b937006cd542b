//! Where the time of a run goes: seconds by stage and device, and what held it back. Measured by the wall.

use crate::render::{DeviceClass, DeviceInfo};
use serde::Serialize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What a device's threads spend their time on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Drawing and composing variations, loading and decoding their assets.
    Compose,
    /// The device waits for a scene.
    WaitForScene,
    /// Upload, rendering and reading back.
    Render,
    /// The device waits until its films are taken.
    WaitForEncoder,
    /// Annotating and encoding.
    Encode,
    /// Writing archives and bringing them to disk.
    Write,
}

const STAGES: usize = 6;

/// Nanoseconds by stage.
#[derive(Debug, Default)]
pub struct Clock {
    stages: [AtomicU64; STAGES],
    views: AtomicU64,
}

impl Clock {
    /// Does something, and books how long it took.
    pub fn time<T>(&self, stage: Stage, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let done = work();
        self.book(stage, start.elapsed());
        done
    }

    pub fn book(&self, stage: Stage, took: Duration) {
        self.stages[stage as usize].fetch_add(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub fn view_done(&self) {
        self.views.fetch_add(1, Ordering::Relaxed);
    }

    pub fn seconds(&self, stage: Stage) -> f64 {
        self.stages[stage as usize].load(Ordering::Relaxed) as f64 * 1e-9
    }
}

/// What a run says of itself at its end: `run.json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RunReport {
    pub seconds: f64,
    pub devices: Vec<DeviceReport>,
    /// What to change for more views a second; none where the devices were busy.
    pub held_back_by: Option<String>,
}

/// Seconds of one device's threads, which run side by side.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DeviceReport {
    pub name: String,
    pub backend: String,
    /// Rendered, also of shards that were dropped.
    pub views: u64,
    pub views_a_second: f64,
    pub compose_s: f64,
    pub wait_for_scene_s: f64,
    pub render_s: f64,
    pub wait_for_encoder_s: f64,
    pub encode_s: f64,
    pub write_s: f64,
}

/// A device that waits for longer than this share of the run is held back.
const HELD_BACK: f64 = 0.15;

impl RunReport {
    pub fn of(devices: &[(&DeviceInfo, &Clock)], took: Duration) -> RunReport {
        let seconds = took.as_secs_f64();
        let report = |&(info, clock): &(&DeviceInfo, &Clock)| {
            let views = clock.views.load(Ordering::Relaxed);
            DeviceReport {
                name: info.name.clone(),
                backend: info.backend.clone(),
                views,
                views_a_second: if seconds > 0.0 { views as f64 / seconds } else { 0.0 },
                compose_s: clock.seconds(Stage::Compose),
                wait_for_scene_s: clock.seconds(Stage::WaitForScene),
                render_s: clock.seconds(Stage::Render),
                wait_for_encoder_s: clock.seconds(Stage::WaitForEncoder),
                encode_s: clock.seconds(Stage::Encode),
                write_s: clock.seconds(Stage::Write),
            }
        };
        // The CPU is its own encoder: what it does not render it composes and encodes.
        let gpus: Vec<DeviceReport> =
            devices.iter().filter(|(info, _)| info.class == DeviceClass::GpuTolerant).map(report).collect();
        RunReport { seconds, devices: devices.iter().map(report).collect(), held_back_by: held_back(&gpus, seconds) }
    }
}

fn held_back(devices: &[DeviceReport], seconds: f64) -> Option<String> {
    let sum = |of: fn(&DeviceReport) -> f64| devices.iter().map(of).fold(0.0, |a, b| a + b);
    let whole = seconds * devices.len() as f64;
    let (for_scenes, for_encoders) = (sum(|d| d.wait_for_scene_s), sum(|d| d.wait_for_encoder_s));
    let share = |waited: f64| format!("{:.0} % of the devices' time", 100.0 * waited / whole);
    if whole <= 0.0 || (for_scenes <= HELD_BACK * whole && for_encoders <= HELD_BACK * whole) {
        return None;
    }
    Some(if for_scenes > for_encoders {
        format!(
            "composing: {} went by waiting for scenes; more views a variation, smaller textures \
             (render.max_texture_px) or more --threads would help",
            share(for_scenes)
        )
    } else if sum(|d| d.write_s) > sum(|d| d.encode_s) {
        format!("the disk: {} went by until archives were written; try a faster one for --out", share(for_encoders))
    } else {
        format!(
            "encoding: {} went by until films were encoded; fewer layers or more --threads would help",
            share(for_encoders)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::DeviceKind;

    fn device(class: DeviceClass) -> DeviceInfo {
        DeviceInfo {
            name: "device".to_owned(),
            backend: "vulkan".to_owned(),
            driver: String::new(),
            class,
            kind: DeviceKind::DiscreteGpu,
            max_binding_bytes: None,
            pci_bus_id: String::new(),
        }
    }

    fn said(class: DeviceClass, booked: &[(Stage, u64)]) -> Option<String> {
        let (info, clock) = (device(class), Clock::default());
        booked.iter().for_each(|&(stage, seconds)| clock.book(stage, Duration::from_secs(seconds)));
        (0..20).for_each(|_| clock.view_done());
        let report = RunReport::of(&[(&info, &clock)], Duration::from_secs(10));
        assert_eq!((report.devices[0].views, report.devices[0].views_a_second), (20, 2.0));
        report.held_back_by
    }

    #[test]
    fn what_held_a_gpu_back_is_what_it_waited_for_most() {
        use DeviceClass::{CpuBitexact, GpuTolerant};
        assert_eq!(said(GpuTolerant, &[(Stage::Render, 9), (Stage::WaitForScene, 1)]), None);
        let composing = said(GpuTolerant, &[(Stage::Render, 5), (Stage::WaitForScene, 4)]).expect("it waits");
        assert!(composing.starts_with("composing: 40 %"), "{composing}");
        let encoding = [(Stage::Render, 4), (Stage::WaitForEncoder, 5), (Stage::Encode, 8)];
        let said_encoding = said(GpuTolerant, &encoding).expect("it waits");
        assert!(said_encoding.starts_with("encoding: 50 %"), "{said_encoding}");
        let writing = [(Stage::WaitForEncoder, 5), (Stage::Encode, 2), (Stage::Write, 7)];
        assert!(said(GpuTolerant, &writing).is_some_and(|said| said.starts_with("the disk")));
        // The CPU waits for itself.
        assert_eq!(said(CpuBitexact, &encoding), None);
    }
}
