//! The program `maillage`: one node of one partner, and the commands to look after it.

mod accounts;
mod app;
mod backup;
mod call;
mod calls;
mod cli;
mod clock;
mod config;
mod copies;
mod demo;
mod door;
mod erasing;
mod found;
mod join;
mod keys;
mod limits;
mod links;
mod met;
mod office;
mod renew;
mod restored;
mod rotating;
mod running;
mod say;
mod signals;
mod socket;
mod votes;
mod whole_file;

use std::process::ExitCode;

use anyhow::Context;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    cli::main()
}

/// The threads of a running node.
fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    runtime.context("the system gives no threads")
}

/// Logs to standard error, one line a fact. `RUST_LOG` chooses; what iroh says of itself is left out by default.
fn log_to_stderr() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| {
        EnvFilter::new("info,iroh=error,noq=error,noq_proto=error,tantivy=warn,netwatch=error")
    });
    // A second call finds the log set up already.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .try_init();
}
