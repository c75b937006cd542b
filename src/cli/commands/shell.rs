//! `genki completions` and `genki man`: what a package puts beside the program.

use crate::cli::args::Cli;
use crate::cli::console::{Console, Failure};
use crate::cli::exit::Exit;
use clap::CommandFactory;
use std::fs;
use std::io;
use std::path::Path;

pub fn completions(shell: clap_complete::Shell, console: &Console) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "genki", &mut script);
    console.result_bytes(&script)?;
    Ok(Exit::Done)
}

pub fn man(out: Option<&Path>, console: &Console) -> Result<Exit, Failure> {
    let mut command = Cli::command();
    command.build();
    let Some(dir) = out else {
        console.result_bytes(&page(&command))?;
        return Ok(Exit::Done);
    };
    let cannot = |error: io::Error| Failure::cannot_start(dir.display(), error, "");
    fs::create_dir_all(dir).map_err(cannot)?;
    for (name, command) in pages("genki", command) {
        let path = dir.join(format!("{name}.1"));
        fs::write(&path, page(&command)).map_err(cannot)?;
        console.result(path.display())?;
    }
    Ok(Exit::Done)
}

/// The command and all below it, under the names of their pages.
fn pages(name: &str, command: clap::Command) -> Vec<(String, clap::Command)> {
    let below = command.get_subcommands().filter(|c| c.get_name() != "help").cloned();
    let below: Vec<_> = below.flat_map(|c| pages(&format!("{name}-{}", c.get_name()), c)).collect();
    let own = (name.to_owned(), command);
    std::iter::once(own).chain(below).collect()
}

fn page(command: &clap::Command) -> Vec<u8> {
    let mut roff = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut roff).expect("a Vec takes what is written to it");
    roff
}
