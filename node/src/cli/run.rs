//! `run`: the node, until it is told to stop.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::anyhow;
use clap::Args;
use replica::Fault;
use serde_json::json;

use crate::app::App;
use crate::running::Running;
use crate::say::say;
use crate::socket;

/// See `maillage run --help`.
#[derive(Debug, Args)]
pub(crate) struct Run {}

/// Runs until Ctrl-C, a termination signal, or a fault. The exit status says which: 0 asked to stop, 1 a fault.
pub(crate) fn run(dir: &Path, _: &Run, json: bool) -> anyhow::Result<ExitCode> {
    crate::log_to_stderr();
    let app = Arc::new(App::open(dir).map_err(|error| name_the_holder(dir, error))?);
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

/// Says which process runs the node already, where one does.
fn name_the_holder(dir: &Path, error: anyhow::Error) -> anyhow::Error {
    let is_in_use = matches!(error.downcast_ref(), Some(Fault::InUse { .. }));
    match socket::holder(dir).filter(|_| is_in_use) {
        Some(process) => anyhow!(
            "{dir} runs already, in process {process}: `maillage stop --dir {dir}` ends it",
            dir = dir.display()
        ),
        None => error,
    }
}

fn announce(running: &Running, json: bool) {
    let (pages, sync) = (running.pages_address(), running.sync_addresses());
    if json {
        say!(
            "{}",
            json!({ "ready": true, "pages": format!("http://{pages}/"), "sync": sync })
        );
    } else {
        say!("Ready. Pages: http://{pages}/");
    }
}
