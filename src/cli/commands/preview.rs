//! `genki preview`: a contact sheet, and its path.

use crate::cli::args::PreviewArgs;
use crate::cli::config;
use crate::cli::console::{Console, Failure};
use crate::cli::exit::Exit;
use crate::event::Event;
use crate::run::context::{Context, Kept};
use crate::run::prepare::prepare;
use crate::run::preview::{PreviewError, preview, shrink_to_sheet, small_plan};
use std::path::PathBuf;

pub fn run(args: &PreviewArgs, console: &Console) -> Result<Exit, Failure> {
    let pool = config::pool(&args.devices.threads)?;
    let request = config::request(&args.recipe)?;
    let prepared = prepare(&request, &pool)?;
    console.problems(&prepared.warnings);
    let devices = config::devices(&args.devices, console)?;
    let device = devices.first().ok_or_else(|| Failure::cannot_start("--device", "no device", ""))?;
    let small = small_plan(&prepared.plan, |recipe| shrink_to_sheet(recipe, args.size, args.spp));
    let small = small.ok_or_else(|| Failure::cannot_start(request.path.display(), "cannot be made smaller", ""))?;
    let out = args.out.clone().unwrap_or_else(|| PathBuf::from(format!("{}-preview.png", small.recipe().name)));
    let kept = Kept::new(prepared.files);
    let stop = config::stop_on_signals(console);
    let listener = |_: &Event| {};
    let ctx = Context::new(&small, &kept, &pool, &listener, &stop);
    let sheet = match preview(&ctx, device.as_ref(), u64::from(args.count)) {
        Ok(sheet) => sheet,
        Err(PreviewError::Interrupted) => return Ok(Exit::Interrupted),
        Err(PreviewError::Run(error)) => return Err(Failure::new(Exit::SomeFailed, "", &error, error.hint())),
        Err(error) => return Err(Failure::cannot_start("", error, "try --device cpu")),
    };
    for (variation, why) in &sheet.failed {
        console.message(format_args!("genki: variation {variation} failed: {why}"));
    }
    let written = std::fs::write(&out, &sheet.png);
    written.map_err(|error| Failure::cannot_start(out.display(), error, "choose another file with --out"))?;
    console.result(out.display())?;
    Ok(if sheet.failed.is_empty() { Exit::Done } else { Exit::SomeFailed })
}
