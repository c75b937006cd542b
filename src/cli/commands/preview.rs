//! `genki preview`: a contact sheet, and its path. Of a recipe, or of a folder of models.

use crate::cli::args::PreviewArgs;
use crate::cli::config;
use crate::cli::console::{Console, Failure};
use crate::cli::exit::Exit;
use crate::diag::Problems;
use crate::event::Event;
use crate::run::context::{Context, Kept, Memory};
use crate::run::folder::{Folder, is_models, prepare_folder};
use crate::run::prepare::prepare;
use crate::run::preview::{Corners, PreviewError, preview, shrink_to_sheet, small_plan, spread};
use crate::run::stop::Stop;
use std::path::PathBuf;

/// Pictures of a recipe's sheet, where nobody says how many.
const USUAL: u16 = 12;
/// Pictures of a sheet.
const MOST: u16 = 400;

pub fn run(args: &PreviewArgs, console: &Console) -> Result<Exit, Failure> {
    let pool = config::pool(&args.devices.threads)?;
    let request = config::request(&args.recipe)?;
    let (prepared, models, left_out) = match is_models(&request.path) {
        true => {
            let Folder { prepared, models, left_out } =
                prepare_folder(&request, u64::from(args.count.unwrap_or(MOST)), &pool)?;
            (prepared, Some(models), left_out)
        }
        false => (prepare(&request, &pool)?, None, Problems::default()),
    };
    console.problems(&prepared.warnings);
    console.problems(&left_out);
    let devices = config::devices(&args.devices, console)?;
    let device = devices.first().ok_or_else(|| Failure::cannot_start("--device", "no device", ""))?;
    let small = small_plan(&prepared.plan, |recipe| shrink_to_sheet(recipe, args.size, args.spp));
    let small = small.ok_or_else(|| Failure::cannot_start(request.path.display(), "cannot be made smaller", ""))?;
    let out = args.out.clone().unwrap_or_else(|| PathBuf::from(format!("{}-preview.png", small.recipe().name)));
    let kept = Kept::new(prepared.files, Memory::default());
    let stop = config::stop_on_signals(console, Stop::default());
    let listener = |_: &Event| {};
    let ctx = Context::new(&small, &kept, &pool, &listener, &stop);
    let all = small.variations();
    let (variations, corners) = match &models {
        // What `--set` makes of a folder's sheet may have more variations, or fewer.
        Some(models) => {
            let of_models = models.iter().map(|model| model.1);
            (of_models.filter(|&variation| variation < all).collect(), Corners::Numbers)
        }
        None => (spread(all, u64::from(args.count.unwrap_or(USUAL))), Corners::Empty),
    };
    let sheet = match preview(&ctx, device.as_ref(), &variations, corners) {
        Ok(sheet) => sheet,
        Err(PreviewError::Interrupted) => return Ok(Exit::Interrupted),
        Err(PreviewError::Run(error)) => return Err(Failure::new(Exit::SomeFailed, "", &error, error.hint())),
        Err(error) => return Err(Failure::cannot_start("", error, "try --device cpu")),
    };
    for (variation, why) in &sheet.failed {
        console.message(format_args!("genki: variation {variation} failed: {why}"));
    }
    if let Some(models) = &models {
        for (number, variation) in variations.iter().enumerate().map(|(i, variation)| (i + 1, variation)) {
            let model = models.iter().find(|model| model.1 == *variation).map_or("", |model| &model.0);
            console.message(format_args!("{number:4}  {model}"));
        }
    }
    let written = std::fs::write(&out, &sheet.png);
    written.map_err(|error| Failure::cannot_start(out.display(), error, "choose another file with --out"))?;
    console.result(out.display())?;
    Ok(if sheet.failed.is_empty() && !left_out.has_errors() { Exit::Done } else { Exit::SomeFailed })
}
