//! The program `maillage`: one node of one partner, and the commands to look after it.

mod app;
mod call;
mod calls;
mod cli;
mod clock;
mod config;
mod demo;
mod found;
mod keys;
mod socket;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
