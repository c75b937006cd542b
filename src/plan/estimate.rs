//! What a plan will take on disk and in time, before anything is rendered. Rough: figures of typical pictures.

use super::Plan;
use crate::layer::Layer;
use crate::recipe::Tone;

/// Bytes of one view's JSON record.
const RECORD_BYTES: u64 = 6_000;
/// Of a tar member: its header, and half a block of padding.
const MEMBER_BYTES: u64 = 512 + 256;

/// What a plan will take.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// Of one view, by layer.
    pub layer_bytes: Vec<(Layer, u64)>,
    /// Of one view: its layers, its record, and their places in the shard.
    pub view_bytes: u64,
    pub total_bytes: u128,
    pub credits: u128,
}

impl Estimate {
    pub fn of(plan: &Plan) -> Estimate {
        let render = &plan.recipe().render;
        let pixels = u64::from(render.size[0]) * u64::from(render.size[1]);
        let layer_bytes: Vec<_> = plan
            .recipe()
            .layers
            .iter()
            .map(|&layer| (layer, 200 + pixels * milli_bytes_a_pixel(layer, render.tone) / 1000))
            .collect();
        let layers: u64 = layer_bytes.iter().map(|(_, bytes)| bytes + MEMBER_BYTES).sum();
        let view_bytes = layers + RECORD_BYTES + MEMBER_BYTES;
        let views = u128::from(plan.variations()) * u128::from(plan.views_per_variation());
        Estimate { layer_bytes, view_bytes, total_bytes: u128::from(view_bytes) * views, credits: plan.credits() }
    }

    /// Seconds at so many camera samples a second.
    pub fn seconds(&self, samples_per_second: f64) -> f64 {
        self.credits as f64 / samples_per_second
    }
}

/// Thousandths of a byte, of an object that fills about 40 % of the picture.
fn milli_bytes_a_pixel(layer: Layer, tone: Tone) -> u64 {
    match (layer, tone) {
        (Layer::Rgb, Tone::None) => 3600,
        (Layer::Rgb, _) => 1200,
        (Layer::Albedo, _) => 900,
        (Layer::Alpha, _) => 40,
        (Layer::DepthSensor, _) => 3300,
        (Layer::Depth | Layer::Distance, _) => 1700,
        (Layer::Normal | Layer::NormalWorld, _) => 2400,
        (Layer::Material, _) => 700,
        (Layer::Instance | Layer::Semantic, _) => 30,
        (Layer::NormalGeometric, _) => 1600,
        (Layer::Position, _) => 5000,
        (Layer::Uv | Layer::FlowFwd | Layer::FlowBwd, _) => 3300,
        (Layer::Nocs, _) => 2600,
        (Layer::Emissive, _) => 100,
        (Layer::MaterialId | Layer::Part | Layer::Amodal, _) => 40,
    }
}
