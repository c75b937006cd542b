//! The layers that a view can have, and what each of them holds. A vocabulary: knows no pixels.

use std::fmt;

/// One image of one view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    Rgb,
    Alpha,
    Depth,
    /// `Depth` as a depth camera measures it.
    DepthSensor,
    Distance,
    Normal,
    NormalWorld,
    Albedo,
    Material,
    Instance,
    Semantic,
    NormalGeometric,
    Position,
    Uv,
    Nocs,
    Emissive,
    MaterialId,
    Part,
    Amodal,
    /// Where what a pixel shows is a frame later, in pixels from there.
    FlowFwd,
    /// The same a frame earlier.
    FlowBwd,
}

impl Layer {
    pub const ALL: [Layer; 21] = [
        Layer::Rgb,
        Layer::Alpha,
        Layer::Depth,
        Layer::DepthSensor,
        Layer::Distance,
        Layer::Normal,
        Layer::NormalWorld,
        Layer::Albedo,
        Layer::Material,
        Layer::Instance,
        Layer::Semantic,
        Layer::NormalGeometric,
        Layer::Position,
        Layer::Uv,
        Layer::Nocs,
        Layer::Emissive,
        Layer::MaterialId,
        Layer::Part,
        Layer::Amodal,
        Layer::FlowFwd,
        Layer::FlowBwd,
    ];

    /// The word in recipes, file names and records.
    pub const fn name(self) -> &'static str {
        match self {
            Layer::Rgb => "rgb",
            Layer::Alpha => "alpha",
            Layer::Depth => "depth",
            Layer::DepthSensor => "depth_sensor",
            Layer::Distance => "distance",
            Layer::Normal => "normal",
            Layer::NormalWorld => "normal_world",
            Layer::Albedo => "albedo",
            Layer::Material => "material",
            Layer::Instance => "instance",
            Layer::Semantic => "semantic",
            Layer::NormalGeometric => "normal_geometric",
            Layer::Position => "position",
            Layer::Uv => "uv",
            Layer::Nocs => "nocs",
            Layer::Emissive => "emissive",
            Layer::MaterialId => "material_id",
            Layer::Part => "part",
            Layer::Amodal => "amodal",
            Layer::FlowFwd => "flow_fwd",
            Layer::FlowBwd => "flow_bwd",
        }
    }

    pub fn from_name(name: &str) -> Option<Layer> {
        Layer::ALL.into_iter().find(|layer| layer.name() == name)
    }

    /// Whether the layer is averaged over the pixel by Monte Carlo samples (else: one ray at the pixel's centre).
    pub const fn is_filtered(self) -> bool {
        matches!(self, Layer::Rgb | Layer::Alpha | Layer::Albedo)
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
