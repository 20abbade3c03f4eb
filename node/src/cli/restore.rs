//! `restore`: a node's folder from a backup.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use crate::app::App;
use crate::backup;
use crate::call::Progress;
use crate::cli::ask::Bar;
use crate::cli::key;
use crate::keys::KeyFolder;
use crate::renew;

/// See `maillage restore --help`.
#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The backup.
    file: PathBuf,
    /// Read the passphrase of the root key from standard input, to certify the new instance key.
    #[arg(long)]
    passphrase_stdin: bool,
}

/// Makes the folder, and gives it an instance key of its own. Without the root key or its passphrase, the node can be read and
/// exchanges, and signs nothing before `maillage renew`.
pub(crate) fn restore(dir: &Path, restore: &Restore, json: bool) -> anyhow::Result<ExitCode> {
    let bar = Bar::new(json);
    let entries = backup::restore(dir, &restore.file, &mut |done, total| {
        bar.show(Progress {
            done,
            total: Some(total),
        });
    });
    bar.finish();
    let entries = entries?;
    let app = App::open(dir)?;
    let keys = KeyFolder::of(dir);
    let asks =
        keys.has_sealed_root() && (restore.passphrase_stdin || std::io::stdin().is_terminal());
    let passphrase = asks.then(key::passphrase).transpose()?;
    let renewed = renew::renew(&app.replica, &keys, &app.endpoint_key, passphrase);
    let feed = renewed.as_ref().ok().map(ToString::to_string);
    if json {
        let answer = json!({
            "dir": dir.display().to_string(),
            "entries": entries,
            "feed": feed,
            "reason": renewed.as_ref().err().map(|error| format!("{error:#}")),
        });
        println!("{answer}");
    } else {
        println!("{entries} entries are back in {}.", dir.display());
        println!(
            "The pages open once a peer was met: maillage run --dir {}",
            dir.display()
        );
    }
    Ok(match renewed {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            if !json {
                eprintln!("maillage: {error:#}");
            }
            ExitCode::from(2)
        }
    })
}
