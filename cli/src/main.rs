//! The program `nearhand`: all that it does is in the library beside it.

use std::process::ExitCode;

fn main() -> ExitCode {
    nearhand_cli::main(std::env::args_os())
}
