//! Says it to people: arguments in, results on stdout, progress and messages on stderr, an exit code out.

mod args;
mod commands;
mod config;
mod console;
mod exit;
mod panic;
mod progress;

use args::{Cli, Command};
use clap::Parser;
use console::{Console, Failure};
use exit::Exit;
use std::process::ExitCode;

/// The whole program.
pub fn main() -> ExitCode {
    panic::guarded(program).into()
}

fn program() -> Exit {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        // Help and version come this way too, with exit code 0. A reader who hung up is no fault.
        Err(error) => {
            drop(error.print());
            return if error.exit_code() == 0 { Exit::Done } else { Exit::CannotStart };
        }
    };
    let console = Console::new(cli.quiet);
    match dispatch(cli.command, &console) {
        Ok(exit) => exit,
        Err(Failure { exit, problems }) => {
            console.problems(&problems);
            exit
        }
    }
}

fn dispatch(command: Command, console: &Console) -> Result<Exit, Failure> {
    match command {
        Command::Check(args) => commands::check::run(&args, console),
        Command::Plan(args) => commands::plan::run(&args, console),
        Command::Preview(args) => commands::preview::run(&args, console),
        Command::Render(args) => commands::render::run(&args, console),
        Command::Key(args) => commands::key::run(&args, console),
        Command::Devices(args) => commands::devices::run(&args, console),
        Command::Completions { shell } => commands::shell::completions(shell, console),
        Command::Man { out } => commands::shell::man(out.as_deref(), console),
        Command::Seal(args) => commands::seal::run(&args, console),
        Command::Verify(args) => commands::verify::run(&args, console),
        Command::Bench(args) => commands::bench::run(&args, console),
    }
}
