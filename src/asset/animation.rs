//! Clips of a file: channels with their keys, checked. A clip that makes no sense is left out with a warning: what is
//! shown at rest needs none.

use super::accessor::Reader;
use super::document::Document;
use super::{AssetError, Cause};
use crate::scene::{Channel, Clip, Interpolation, Moves};
use gltf::json::animation::{self, Property};
use gltf::json::validation::Checked;
use std::collections::BTreeSet;

/// What recipes call the clips: their names, and where one has none its place in the file, as digits.
pub(super) fn names(document: &Document) -> Vec<String> {
    document.root.animations.iter().enumerate().map(|(i, json)| name(i, json)).collect()
}

fn name(index: usize, json: &animation::Animation) -> String {
    json.name.clone().filter(|name| !name.is_empty()).unwrap_or_else(|| index.to_string())
}

/// What is past the budget is no reason to leave out one clip after another: the file is refused.
pub(super) fn clips(
    document: &Document,
    max_count: u64,
    warnings: &mut BTreeSet<String>,
) -> Result<Vec<Clip>, AssetError> {
    let mut clips = Vec::new();
    for (i, json) in document.root.animations.iter().enumerate() {
        match clip(document, i, json, max_count) {
            Ok(clip) => clips.push(clip),
            Err(error) if error.cause == Cause::TooLarge => return Err(error),
            Err(error) => {
                warnings.insert(format!("a clip is left out: {error}"));
            }
        }
    }
    Ok(clips)
}

fn clip(document: &Document, index: usize, json: &animation::Animation, max_count: u64) -> Result<Clip, AssetError> {
    let mut channels = Vec::new();
    for (c, channel) in json.channels.iter().enumerate() {
        let place = format!("animations[{index}].channels[{c}]");
        let sampler = json.samplers.get(channel.sampler.value()).ok_or_else(|| {
            AssetError::malformed(&place, format!("names a sampler, but there are {}", json.samplers.len()))
        })?;
        channels.extend(self::channel(document, &place, &channel.target, sampler, max_count)?);
    }
    let ends = channels.iter().filter_map(|channel: &Channel| channel.times_s.last().copied());
    let duration_s = ends.fold(0.0, crate::math::det::max);
    Ok(Clip { name: name(index, json), duration_s, channels })
}

/// `None`: an extension's target, or a node that cannot be moved.
fn channel(
    document: &Document,
    place: &str,
    target: &animation::Target,
    sampler: &animation::Sampler,
    max_count: u64,
) -> Result<Option<Channel>, AssetError> {
    let Checked::Valid(path) = &target.path else { return Ok(None) };
    let node = target.node.value();
    let Some(json) = document.root.nodes.get(node) else {
        return Err(AssetError::malformed(place, format!("names node {node}, which is missing")));
    };
    let (moves, fixed_width) = match path {
        Property::Translation => (Moves::Translation, Some(3)),
        Property::Rotation => (Moves::Rotation, Some(4)),
        Property::Scale => (Moves::Scale, Some(3)),
        Property::MorphTargetWeights => (Moves::Weights, None),
    };
    if json.matrix.is_some() && moves != Moves::Weights {
        return Ok(None);
    }
    let interpolation = match &sampler.interpolation {
        Checked::Valid(animation::Interpolation::Linear) => Interpolation::Linear,
        Checked::Valid(animation::Interpolation::Step) => Interpolation::Step,
        Checked::Valid(animation::Interpolation::CubicSpline) => Interpolation::Cubic,
        Checked::Invalid => return Err(AssetError::malformed(place, "its interpolation is not one of glTF's")),
    };
    let times_s: Vec<f32> = numbers::<1>(document, sampler.input.value(), max_count)?;
    let rises = times_s.windows(2).all(|pair| pair[0] < pair[1]);
    if times_s.is_empty() || !rises || times_s.iter().any(|t| !(t.is_finite() && *t >= 0.0)) {
        return Err(AssetError::malformed(place, "its times do not rise from 0 on"));
    }
    let output = sampler.output.value();
    let values = match moves {
        Moves::Translation | Moves::Scale => numbers::<3>(document, output, max_count)?,
        Moves::Rotation => numbers::<4>(document, output, max_count)?,
        Moves::Weights => numbers::<1>(document, output, max_count)?,
    };
    let per_width = times_s.len() * if interpolation == Interpolation::Cubic { 3 } else { 1 };
    let width = fixed_width.unwrap_or(values.len() / per_width);
    if width == 0 || values.len() != width * per_width || values.iter().any(|v| !v.is_finite()) {
        return Err(AssetError::malformed(place, "its values are not finite, or not as many as its times"));
    }
    Ok(Some(Channel { node: node as u32, moves, interpolation, times_s, values, width }))
}

fn numbers<const N: usize>(document: &Document, accessor: usize, max_count: u64) -> Result<Vec<f32>, AssetError> {
    let reader = Reader::new(document, accessor, max_count)?;
    if !reader.has_data() {
        return Err(AssetError::malformed(super::document::accessor_place(accessor), "has no buffer view"));
    }
    // Channels may share an accessor, and each keeps the numbers for itself.
    document.spend(reader.count() as u64)?;
    document.keep((N as u64 * reader.count() as u64).div_ceil(3))?;
    let ids: Vec<u32> = (0..reader.count() as u32).collect();
    Ok(reader.vectors_at::<N>(&ids)?.as_flattened().to_vec())
}
