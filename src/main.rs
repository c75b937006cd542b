//! The program: hands over to [`genki::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    genki::cli::main()
}
