//! `run`: the node, until it is told to stop.

use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::anyhow;
use clap::Args;
use replica::Fault;
use serde_json::json;

use crate::app::App;
use crate::cli::key;
use crate::keys::KeyFolder;
use crate::renew;
use crate::running::Running;
use crate::say::say;
use crate::socket;

/// See `maillage run --help`.
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// Sign acts, and open the pages of a restored node, although no other node was met. Only if you know that no older copy of this
    /// folder was put in its place.
    #[arg(long)]
    alone: bool,
    /// Read the passphrase of the root key from standard input, if a new instance key is needed.
    #[arg(long)]
    passphrase_stdin: bool,
}

/// Runs until Ctrl-C, a termination signal, or a fault. The exit status says which: 0 asked to stop, 1 a fault.
pub(crate) fn run(dir: &Path, run: &Run, json: bool) -> anyhow::Result<ExitCode> {
    crate::log_to_stderr();
    let app = Arc::new(App::open(dir).map_err(|error| name_the_holder(dir, error))?);
    if run.alone {
        app.go_alone();
    }
    renew_if_needed(&app, run)?;
    crate::runtime()?.block_on(async {
        let running = Running::start(Arc::clone(&app)).await?;
        announce(&running, json);
        let fault = running.until_stopped().await?;
        running.stop().await;
        Ok(match fault {
            None => {
                app.replica.leave();
                ExitCode::SUCCESS
            }
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

/// A new instance key is made now if it can be. Otherwise the node runs without one, and says what to do.
fn renew_if_needed(app: &App, run: &Run) -> anyhow::Result<()> {
    if !renew::is_needed(&app.replica) {
        return Ok(());
    }
    let keys = KeyFolder::of(app.folder());
    let asks = keys.has_sealed_root() && (run.passphrase_stdin || std::io::stdin().is_terminal());
    if asks || renew::has_open_root(&keys) {
        let passphrase = asks.then(key::passphrase).transpose()?;
        match renew::renew(&app.replica, &keys, &app.endpoint_key, passphrase) {
            // Nobody typed anything: the root that lies here may have been rotated since.
            Err(error) if !asks => tracing::error!("{error:#}"),
            renewed => drop(renewed?),
        }
    }
    Ok(())
}

fn announce(running: &Running, json: bool) {
    let (pages, sync) = (running.pages_address(), running.sync_addresses());
    let is_closed = running.is_closed();
    if json {
        say!(
            "{}",
            json!({ "ready": true, "pages": format!("http://{pages}/"), "pages_closed": is_closed, "sync": sync })
        );
    } else if is_closed {
        say!(
            "Ready. The pages are closed until a peer was met: this node was restored from a backup."
        );
    } else {
        say!("Ready. Pages: http://{pages}/");
    }
}
