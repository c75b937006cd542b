//! The command line as typed, by clap's derive. What it means is worked out in `config.rs`. Knows no files.

use super::exit;
use bytesize::ByteSize;
use clap::{Args, Parser, Subcommand, ValueHint};
use std::path::PathBuf;

#[derive(Debug, Parser)]
#[command(
    name = "genki",
    version,
    about = "3D assets and a recipe in, 3D training data and a signed contribution out",
    long_about = "genki turns 3D assets and an artist's recipe into 3D training data, on every GPU of a machine at once \
                  (or on the CPU), and proves who made what.\n\n\
                  Write and look: check, plan, preview\n\
                  Make:           render, seal\n\
                  Trust:          verify, key\n\
                  This machine:   devices, bench, completions, man",
    after_help = exit::HELP,
    after_long_help = exit::LONG_HELP,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,

    /// Only results and errors: no progress, no messages
    #[arg(short, long, global = true, help_heading = "Output")]
    pub quiet: bool,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Find every problem of a recipe and its assets; render nothing
    #[command(after_help = "Example:\n  genki check recipes/turntable.yaml")]
    Check(CheckArgs),
    /// Show what a recipe would make: variations, views, shards, credits, assets, bytes and time
    #[command(after_help = "Examples:\n  genki plan recipes/turntable.yaml\n  \
                            genki plan recipes/turntable.yaml --variations 1000 -o plan.json\n  \
                            genki render plan.json --assets-root recipes --out out/thousand")]
    Plan(PlanArgs),
    /// Draw a contact sheet (PNG) of a few variations, small and quick, or of a folder of models; prints its path
    #[command(after_help = "Examples:\n  genki preview recipes/turntable.yaml -n 12\n  genki preview samples\n\n\
                            In place of a recipe a folder (or one model) may stand: each .glb and .gltf in it is shown once, with\n\
                            a number in its corner; the list of numbers and files goes to stderr.")]
    Preview(PreviewArgs),
    /// Make the dataset; goes on where an earlier run stopped
    #[command(after_help = "Examples:\n  genki render recipes/turntable.yaml\n  \
                            genki render recipes/turntable.yaml --out out/more --variations 64 --set render.spp=64\n  \
                            genki render recipes/turntable.yaml --variation 3 --out out/three\n\n\
                            Ctrl-C finishes a shard that needs two seconds more, and drops one that needs longer. The same\n\
                            command again goes on from there, and the result is the same, byte for byte. Ctrl-C twice\n\
                            stops at once.")]
    Render(RenderArgs),
    /// Index, card and signed manifest from the shards (render does it at the end)
    #[command(after_help = "Example:\n  genki seal out/turntable")]
    Seal(SealArgs),
    /// Prove that a contribution is whole: bytes, receipts, Merkle root, signature
    #[command(after_help = "Example:\n  genki verify out/turntable")]
    Verify(VerifyArgs),
    /// List what could render here, and what would be used
    #[command(after_help = "Example:\n  genki devices\n\n\
                            The number, or any part of the name, is what --device takes.")]
    Devices(DevicesArgs),
    /// The Ed25519 key that signs what this node makes
    Key(KeyArgs),
    /// Measure this machine: CPU seconds a view, planning, encoding
    #[command(after_help = "Examples:\n  genki bench\n  genki bench model.glb --views 4")]
    Bench(BenchArgs),
    /// Print a completion script for a shell
    #[command(after_help = "Example:\n  genki completions bash > ~/.local/share/bash-completion/completions/genki")]
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write one page a command
    #[command(after_help = "Examples:\n  genki man | man -l -\n  genki man --out ~/.local/share/man/man1")]
    Man {
        /// Write genki.1, genki-render.1 and so on into this folder
        #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
        out: Option<PathBuf>,
    },
}

/// A recipe and how it is changed.
#[derive(Args, Debug)]
pub struct RecipeArgs {
    /// A recipe (YAML), or a plan (.json) made by `genki plan -o`
    #[arg(value_name = "RECIPE", value_hint = ValueHint::FilePath)]
    pub recipe: PathBuf,

    /// Another number of variations
    #[arg(long, value_name = "N", help_heading = "Recipe")]
    pub variations: Option<u64>,

    /// Another seed
    #[arg(long, value_name = "N", help_heading = "Recipe")]
    pub seed: Option<u64>,

    /// Change any value of the recipe, e.g. render.spp=64 (repeatable)
    #[arg(long, value_name = "PATH=VALUE", help_heading = "Recipe")]
    pub set: Vec<String>,

    /// Also allow assets in this folder (repeatable). Without it: those in the recipe's folder, or in the project
    /// around it, which is the nearest folder upwards that holds a file named .genki
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Recipe")]
    pub allow_assets: Vec<PathBuf>,

    /// A licence of assets that you vouch for, by SPDX id or any other name (repeatable)
    #[arg(long, value_name = "ID", help_heading = "Recipe")]
    pub accept_license: Vec<String>,

    /// Refuse a plan that costs more credits (camera samples)
    #[arg(long, value_name = "N", help_heading = "Recipe")]
    pub max_credits: Option<u128>,

    /// Where a plan's asset paths start (usual: the plan's own folder)
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Recipe")]
    pub assets_root: Option<PathBuf>,
}

/// What computes.
#[derive(Args, Debug)]
pub struct DeviceArgs {
    /// auto, cpu, gpu, a number of `genki devices`, or part of a name (repeatable)
    #[arg(long, value_name = "DEVICE", default_value = "auto", help_heading = "Devices")]
    pub device: Vec<String>,

    #[command(flatten)]
    pub threads: ThreadArgs,
}

#[derive(Args, Debug)]
pub struct ThreadArgs {
    /// CPU threads (usual: one a core); the result does not depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = "Devices")]
    pub threads: Option<u16>,
}

#[derive(Args, Debug)]
pub struct JsonArgs {
    /// JSON on stdout instead of text
    #[arg(long, help_heading = "Output")]
    pub json: bool,
}

#[derive(Args, Debug)]
pub struct KeyFileArgs {
    /// The node's key file
    #[arg(long, value_name = "FILE", env = "GENKI_KEY_FILE", hide_env_values = true, value_hint = ValueHint::FilePath, help_heading = "Trust")]
    pub key: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub struct CheckArgs {
    #[command(flatten)]
    pub recipe: RecipeArgs,
    #[command(flatten)]
    pub threads: ThreadArgs,
    #[command(flatten)]
    pub json: JsonArgs,
}

#[derive(Args, Debug)]
pub struct PlanArgs {
    #[command(flatten)]
    pub recipe: RecipeArgs,

    /// Write the plan here, as canonical JSON
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    pub out: Option<PathBuf>,

    /// Do not render a trial view to estimate bytes and time
    #[arg(long, help_heading = "Output")]
    pub no_estimate: bool,

    #[command(flatten)]
    pub devices: DeviceArgs,
    #[command(flatten)]
    pub json: JsonArgs,
}

#[derive(Args, Debug)]
pub struct PreviewArgs {
    #[command(flatten)]
    pub recipe: RecipeArgs,

    /// How many variations, spread over all of them (usual: 12; of a folder's models all, up to 400)
    #[arg(short = 'n', long = "count", value_name = "N",
          value_parser = clap::value_parser!(u16).range(1..=400), help_heading = "Picture")]
    pub count: Option<u16>,

    /// Longest side of each picture in pixels, at most the recipe's
    #[arg(long, value_name = "PX", default_value_t = 256,
          value_parser = clap::value_parser!(u32).range(16..=2048), help_heading = "Picture")]
    pub size: u32,

    /// Samples a pixel
    #[arg(long, value_name = "N", default_value_t = 16,
          value_parser = clap::value_parser!(u32).range(1..=4096), help_heading = "Picture")]
    pub spp: u32,

    /// The file to write (usual: NAME-preview.png)
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    pub out: Option<PathBuf>,

    #[command(flatten)]
    pub devices: DeviceArgs,
}

#[derive(Args, Debug)]
pub struct RenderArgs {
    #[command(flatten)]
    pub recipe: RecipeArgs,

    /// The directory to fill, or to go on with (usual: out/NAME)
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Output")]
    pub out: Option<PathBuf>,

    /// Only these shards, e.g. 0,3,7-9
    #[arg(long, value_name = "LIST", help_heading = "Output", conflicts_with = "variation")]
    pub shards: Option<String>,

    /// Only this variation, as loose files
    #[arg(long, value_name = "I", help_heading = "Output")]
    pub variation: Option<u64>,

    /// Leave out index, card and signed manifest
    #[arg(long, help_heading = "Output")]
    pub no_seal: bool,

    /// One event a line on stdout instead of progress on stderr
    #[arg(long, help_heading = "Output")]
    pub json: bool,

    /// How much to keep at hand besides what is in use: decoded assets, trees, films to be written
    #[arg(long, value_name = "SIZE", default_value = "4GiB", value_parser = memory, help_heading = "Devices")]
    pub memory: ByteSize,

    /// After Ctrl-C or SIGTERM, shards that are done within so many seconds are finished, others dropped
    #[arg(long, value_name = "SECONDS", default_value_t = 2.0, value_parser = grace, help_heading = "Devices")]
    pub grace: f64,

    #[command(flatten)]
    pub devices: DeviceArgs,
    #[command(flatten)]
    pub key: KeyFileArgs,
}

fn memory(text: &str) -> Result<ByteSize, String> {
    let size: ByteSize = text.parse().map_err(|_| "write a number and a unit, such as 4GiB or 500MB".to_owned())?;
    if size < ByteSize::mib(64) { Err("at least 64MiB are needed".to_owned()) } else { Ok(size) }
}

/// A day is as good as for ever.
fn grace(text: &str) -> Result<f64, String> {
    let seconds = text.strip_suffix('s').unwrap_or(text).parse().ok();
    let seconds = seconds.filter(|seconds| (0.0..=86_400.0).contains(seconds));
    seconds.ok_or_else(|| "write seconds, from 0 to 86400, such as 30 or 0.5".to_owned())
}

#[derive(Args, Debug)]
pub struct SealArgs {
    /// A directory that `genki render` filled
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub dir: PathBuf,
    #[command(flatten)]
    pub key: KeyFileArgs,
    #[command(flatten)]
    pub json: JsonArgs,
}

#[derive(Args, Debug)]
pub struct VerifyArgs {
    /// A sealed contribution
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub dir: PathBuf,
    #[command(flatten)]
    pub json: JsonArgs,
}

#[derive(Args, Debug)]
pub struct DevicesArgs {
    #[command(flatten)]
    pub json: JsonArgs,
}

#[derive(Args, Debug)]
#[command(
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "Examples:\n  genki key new\n  genki key show"
)]
pub struct KeyArgs {
    #[command(subcommand)]
    pub command: KeyCommand,
}

#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Make a key; never overwrites one
    #[command(after_help = "Examples:\n  genki key new\n  genki key new --key ./node.pem")]
    New {
        #[command(flatten)]
        key: KeyFileArgs,
    },
    /// Print the key id and the public key
    #[command(after_help = "Example:\n  genki key show")]
    Show {
        #[command(flatten)]
        key: KeyFileArgs,
        #[command(flatten)]
        json: JsonArgs,
    },
}

#[derive(Args, Debug)]
pub struct BenchArgs {
    /// A glTF or GLB file instead of the built-in scene
    #[arg(value_name = "GLB", value_hint = ValueHint::FilePath)]
    pub model: Option<PathBuf>,

    /// An HDR or EXR sky instead of the built-in one
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Scene")]
    pub sky: Option<PathBuf>,

    /// Width and height of a view in pixels
    #[arg(long, value_name = "PX", default_value_t = 512,
          value_parser = clap::value_parser!(u32).range(16..=4096), help_heading = "Scene")]
    pub size: u32,

    /// Samples a pixel
    #[arg(long, value_name = "N", default_value_t = 16, conflicts_with = "quality",
          value_parser = clap::value_parser!(u32).range(1..=65536), help_heading = "Scene")]
    pub spp: u32,

    /// Views a scene
    #[arg(long, value_name = "N", default_value_t = 6, conflicts_with = "quality",
          value_parser = clap::value_parser!(u32).range(2..=1000), help_heading = "Scene")]
    pub views: u32,

    /// Measure error against time instead: pictures of 1, 4, 16 … samples a pixel against one of many
    #[arg(long, help_heading = "Quality")]
    pub quality: bool,

    /// Most samples a pixel of the pictures that are measured
    #[arg(long, value_name = "N", default_value_t = 256, requires = "quality",
          value_parser = clap::value_parser!(u32).range(1..=16_384), help_heading = "Quality")]
    pub most_spp: u32,

    /// Samples a pixel of the picture that the others are measured against
    #[arg(long, value_name = "N", default_value_t = 4096, requires = "quality",
          value_parser = clap::value_parser!(u32).range(1..=65_536), help_heading = "Quality")]
    pub truth_spp: u32,

    #[command(flatten)]
    pub devices: DeviceArgs,
    #[command(flatten)]
    pub json: JsonArgs,
}
