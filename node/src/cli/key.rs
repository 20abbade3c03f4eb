//! `export-root`: the root key leaves the node, to be kept in a safe.

use std::io::{BufRead, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use age::secrecy::SecretString;
use anyhow::{Context, bail};
use clap::Args;
use serde_json::json;

use crate::keys::{KeyFolder, RootPlace};
use crate::say::say;

/// See `maillage export-root --help`.
#[derive(Debug, Args)]
pub(crate) struct ExportRoot {
    /// The file to write. It must not exist.
    file: PathBuf,
}

/// Reads the passphrase of the root key from standard input.
pub(crate) fn passphrase() -> anyhow::Result<SecretString> {
    if std::io::stdin().is_terminal() {
        eprint!("Passphrase of the root key: ");
    }
    let line = std::io::stdin().lock().lines().next();
    Ok(line
        .context("give the passphrase on standard input")??
        .into())
}

/// Writes the root key to a file that only its owner can read. A key under a passphrase is opened with the first line of standard input.
pub(crate) fn export_root(dir: &Path, export: &ExportRoot, json: bool) -> anyhow::Result<ExitCode> {
    let keys = KeyFolder::of(dir);
    let phrase = keys.has_sealed_root().then(passphrase).transpose()?;
    let Some(root) = keys.read_root(RootPlace::Current, phrase)? else {
        bail!("{} holds no root key: it is kept elsewhere", dir.display());
    };
    root.write_file(&export.file)?;
    if json {
        say!(
            "{}",
            json!({ "file": export.file.display().to_string(), "partner": root.partner().to_string() })
        );
    } else {
        say!(
            "The root key is in {}: keep it off line.",
            export.file.display()
        );
    }
    Ok(ExitCode::SUCCESS)
}
