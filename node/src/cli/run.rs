//! `run`: the node, until it is told to stop.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use serde_json::json;

use crate::app::App;
use crate::running::Running;

/// See `maillage run --help`.
#[derive(Debug, Args)]
pub(crate) struct Run {}

/// Runs until Ctrl-C, a termination signal, or a fault. The exit status says which: 0 asked to stop, 1 a fault.
pub(crate) fn run(dir: &Path, _: &Run, json: bool) -> anyhow::Result<ExitCode> {
    crate::log_to_stderr();
    let app = Arc::new(App::open(dir)?);
    crate::runtime()?.block_on(async {
        let running = Running::start(Arc::clone(&app)).await?;
        announce(&running, json);
        let fault = running.until_stopped().await?;
        running.stop().await;
        Ok(match fault {
            None => ExitCode::SUCCESS,
            Some(fault) => {
                eprintln!("maillage: {fault}");
                ExitCode::from(1)
            }
        })
    })
}

fn announce(running: &Running, json: bool) {
    let (pages, sync) = (running.pages_address(), running.sync_addresses());
    if json {
        println!(
            "{}",
            json!({ "ready": true, "pages": format!("http://{pages}/"), "sync": sync })
        );
    } else {
        println!("Ready. Pages: http://{pages}/");
    }
}
