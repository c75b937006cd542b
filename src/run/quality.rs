//! How far a picture is from the truth after so many samples, and what the samples cost. Knows no terminal.
//!
//! The truth is the same view by the same device with many more samples, drawn from another seed. Measures as in the
//! comparisons of renderers: rmse of linear radiance, and with both pictures limited to [0, 1]; relMSE, the mean of
//! difference² / (truth² + 0.01), without the worst 0.01 % of pixels.

use super::bench::{Scene, cpu_seconds};
use super::context::{Context, Kept, Memory};
use super::devices::Device;
use super::error::NotMade;
use super::prepare::Prepared;
use super::preview::{PreviewError, small_plan};
use super::stop::Stop;
use super::variation::draw;
use crate::buffers::SceneBuffers;
use crate::event::Event;
use crate::film::{Film, FilmPlanes};
use crate::layer::Layer;
use crate::render::{RenderError, Renderer};
use serde::Serialize;
use std::sync::Arc;

/// One picture against the truth. CPU seconds are of all threads of the process.
#[derive(Clone, Debug, Serialize)]
pub struct Quality {
    pub scene: String,
    pub device: String,
    pub spp: u32,
    pub cpu_s: f64,
    pub errors: Errors,
    /// d log rmse / d log spp since the line before; −0.5 for independent samples, less than that for better ones.
    pub slope: Option<f64>,
    /// CPU seconds to a relMSE of 1e-3, if it falls as 1 / spp from here.
    pub cpu_s_to_1e3: f64,
}

/// How far two pictures are apart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Errors {
    pub rmse: f64,
    /// Of both limited to [0, 1].
    pub rmse1: f64,
    pub relmse: f64,
    /// Mean of the picture over mean of the truth, minus 1: of the channel where it is furthest from 0.
    pub bias: f64,
}

/// Renders view 0 of the scene's first variation with 1, 4, 16 … up to `most_spp` samples a pixel, and the truth with
/// `truth_spp`. `each` is told every line as it is known; the truth is rendered first.
pub fn measure(
    prepared: &Prepared,
    scene: &Scene,
    [most_spp, truth_spp]: [u32; 2],
    device: &dyn Device,
    pool: &rayon::ThreadPool,
    stop: &Stop,
    each: &mut dyn FnMut(&Quality),
) -> Result<(), PreviewError> {
    let fault = |what: String| PreviewError::Device { device: device.info().name.clone(), what };
    let plan = small_plan(&prepared.plan, |recipe| recipe.layers = vec![Layer::Rgb]);
    let plan = plan.ok_or_else(|| fault("this scene makes no plan".to_owned()))?;
    let kept = Kept::new(prepared.files.clone(), Memory::default());
    let listener = |_: &Event| {};
    let ctx = Context::new(&plan, &kept, pool, &listener, stop);
    let ready = draw(&ctx, 0).scene.map_err(|not_made| match not_made {
        NotMade::Fatal(error) => PreviewError::Run(error),
        NotMade::Failed { reason, message } => fault(format!("{reason}: {message}")),
    })?;
    let mut renderer = device.open().map_err(|error| fault(error.to_string()))?;
    let mut picture = |buffers: &Arc<SceneBuffers>, spp: u32| -> Result<(Film, f64), PreviewError> {
        let start = cpu_seconds();
        let film = render(renderer.as_mut(), &ctx, buffers, spp).map_err(|error| match error {
            RenderError::Interrupted => PreviewError::Interrupted,
            error => fault(error.to_string()),
        })?;
        Ok((film, cpu_seconds() - start))
    };
    let mut elsewhere = (*ready.buffers).clone();
    for view in &mut elsewhere.views {
        view.seed[0] ^= 0x5eed_5eed;
    }
    let (truth, _) = picture(&Arc::new(elsewhere), truth_spp)?;
    // Shaders are compiled, trees are on the device: the lines tell of the pictures alone.
    let mut before: Option<(u32, Errors)> = None;
    let mut spp = 1;
    while spp <= most_spp {
        let (film, cpu_s) = picture(&ready.buffers, spp)?;
        let errors = compare(&film, &truth);
        let slope = before
            .map(|(fewer, then)| libm::log2(errors.rmse / then.rmse) / libm::log2(f64::from(spp) / f64::from(fewer)));
        each(&Quality {
            scene: scene.name.clone(),
            device: device.info().name.clone(),
            spp,
            cpu_s,
            errors,
            slope,
            cpu_s_to_1e3: cpu_s * errors.relmse / 1e-3,
        });
        before = Some((spp, errors));
        spp *= 4;
    }
    Ok(())
}

fn render(
    renderer: &mut dyn Renderer,
    ctx: &Context<'_>,
    buffers: &Arc<SceneBuffers>,
    spp: u32,
) -> Result<Film, RenderError> {
    let settings = crate::buffers::layout::Settings { spp, ..ctx.settings };
    let planes = FilmPlanes::of(&[Layer::Rgb]);
    ctx.pool.install(|| renderer.render(buffers, 0, &settings, planes, &|| ctx.stop.requested()))
}

/// How far a picture is from the truth, over all pixels; alpha does not count.
pub fn compare(film: &Film, truth: &Film) -> Errors {
    let n = truth.radiance.len();
    assert_eq!(film.radiance.len(), n, "two pictures of one view");
    let (mut squares, mut limited) = (0.0, 0.0);
    let (mut sums, mut true_sums) = ([0.0; 3], [0.0; 3]);
    let mut relative: Vec<f64> = Vec::with_capacity(n);
    for (found, wanted) in film.radiance.iter().zip(&truth.radiance) {
        let mut worst = 0.0;
        for k in 0..3 {
            let (a, b) = (f64::from(found[k]), f64::from(wanted[k]));
            squares += (a - b) * (a - b);
            let (c, d) = (a.clamp(0.0, 1.0), b.clamp(0.0, 1.0));
            limited += (c - d) * (c - d);
            worst += (a - b) * (a - b) / (b * b + 0.01) / 3.0;
            sums[k] += a;
            true_sums[k] += b;
        }
        relative.push(worst);
    }
    relative.sort_by(f64::total_cmp);
    let kept = n - n / 10_000;
    let bias = |k: usize| sums[k] / true_sums[k].max(1e-9) - 1.0;
    Errors {
        rmse: (squares / (3 * n) as f64).sqrt(),
        rmse1: (limited / (3 * n) as f64).sqrt(),
        relmse: relative[..kept].iter().sum::<f64>() / kept as f64,
        bias: (0..3).map(bias).fold(0.0, |most: f64, x| if x.abs() > most.abs() { x } else { most }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn film(value: impl Fn(usize) -> f32) -> Film {
        let radiance = (0..20_000).map(|i| [value(i), 1.0, 0.5, 1.0]).collect();
        Film { width: 200, height: 100, radiance, ..Film::default() }
    }

    #[test]
    fn errors_are_those_of_the_definition() {
        let truth = film(|_| 1.0);
        let none = compare(&truth, &truth);
        assert_eq!((none.rmse, none.relmse, none.bias), (0.0, 0.0, 0.0));
        // A channel of three is 10 % too bright everywhere.
        let bright = compare(&film(|_| 1.1), &truth);
        let close = |a: f64, b: f64| (a - b).abs() < 1e-6;
        assert!(close(bright.rmse, (0.01 / 3.0_f64).sqrt()), "{bright:?}");
        assert!(
            close(bright.rmse1, 0.0) && close(bright.relmse, 0.01 / 1.01 / 3.0) && close(bright.bias, 0.1),
            "{bright:?}"
        );
    }

    #[test]
    fn the_worst_ten_thousandth_counts_in_rmse_and_not_in_relmse() {
        let spark = compare(&film(|i| if i == 7 { 1000.0 } else { 1.0 }), &film(|_| 1.0));
        assert!(spark.relmse == 0.0 && spark.rmse > 1.0, "{spark:?}");
    }
}
