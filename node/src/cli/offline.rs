//! `charter key` and `charter sign`: a recovery key is made and used where there is no node and no network.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use admin_ui::{Language, said};
use anyhow::{Context, bail};
use clap::Args;
use crdt_schema::governance::{Approval, BALLOT_BYTES_MAX, Ballot};
use crdt_schema::key::SecretKey;
use data_encoding::HEXLOWER;
use replica::State;
use serde_json::{Value as Json, json};

use crate::call::Refusal;
use crate::cli::deciding::{Consent, consents};
use crate::cli::print;
use crate::keys;
use crate::say::say;
use crate::votes::Votes;

/// See `maillage charter sign --help`.
#[derive(Debug, Args)]
pub(crate) struct Sign {
    /// The ballot: the page of a proposal gives it.
    ballot: PathBuf,
    /// The secret key: a recovery key, or a seat that is kept off line.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    #[command(flatten)]
    consent: Consent,
}

/// Draws a key, keeps it in a file that must not exist and that only its owner can read, and prints its public half.
pub(crate) fn make_key(file: &Path, json: bool) -> anyhow::Result<ExitCode> {
    let key = keys::draw();
    keys::write_secret(file, &key)?;
    let public = HEXLOWER.encode(key.public().as_bytes());
    if json {
        say!(
            "{}",
            json!({ "file": file.display().to_string(), "key": public })
        );
    } else {
        say!("{public}");
        eprintln!(
            "The secret half is in {}: keep it off line. The line above goes into the next charter.",
            file.display()
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// Shows what the ballot changes; after a yes, votes, and prints the signature.
pub(crate) fn sign(sign: &Sign, json: bool) -> anyhow::Result<ExitCode> {
    let ballot = read(&sign.ballot)?;
    let key = keys::read_secret(&sign.key)?;
    let decoded = decoded(&ballot, &key);
    if !ballot.has_voter(key.public().as_bytes()) {
        let message = "this key has no vote: it is neither a seat nor a recovery key of the charter that is followed";
        return Ok(print::refusal(&Refusal::new("no_vote", message), json));
    }
    if !json {
        shown(&decoded);
    }
    match consents(&sign.consent, &decoded)? {
        Err(refusal) => return Ok(print::refusal(&refusal, json)),
        Ok(false) => return Ok(ExitCode::from(1)),
        Ok(true) => {}
    }
    let (parent, next) = (ballot.parent().id(), ballot.next().id());
    if Votes::beside(&sign.key).record(&parent, &next)? != next {
        let message =
            "this key has approved another charter in this place: a vote is not taken back";
        return Ok(print::refusal(
            &Refusal::new("approved_another", message),
            json,
        ));
    }
    let approval = Approval::sign(&key, ballot.parent().federation(), parent, next);
    let text = approval.to_text();
    if json {
        say!(
            "{}",
            json!({ "signed": true, "id": next.to_string(), "signature": text })
        );
    } else {
        say!("Signature, to be brought to the page of the proposal:");
        say!("{text}");
    }
    Ok(ExitCode::SUCCESS)
}

fn read(path: &Path) -> anyhow::Result<Ballot> {
    let mut text = String::new();
    let file = std::fs::File::open(path).with_context(|| path.display().to_string())?;
    let read = file
        .take(BALLOT_BYTES_MAX as u64 + 1)
        .read_to_string(&mut text)
        .with_context(|| path.display().to_string())?;
    if read > BALLOT_BYTES_MAX {
        bail!("{}: the file is too long for a ballot", path.display());
    }
    Ballot::parse(&text).with_context(|| path.display().to_string())
}

/// Decodes the ballot with the names that its first charter knows.
fn decoded(ballot: &Ballot, key: &SecretKey) -> Json {
    let state = State::new(ballot.parent().clone());
    let amendments = ballot.amendments();
    let says = amendments
        .iter()
        .map(|each| said::amendment(Language::English, &state, each))
        .map(|said| json!({ "title": said.title, "meaning": said.meaning, "facts": said.facts }));
    json!({
        "federation": state.federation().to_string(),
        "name": ballot.parent().name,
        "follows": ballot.parent().id().to_string(),
        "id": ballot.next().id().to_string(),
        "signer": HEXLOWER.encode(key.public().as_bytes()),
        "says": says.collect::<Vec<_>>(),
        "signed": false,
    })
}

fn shown(decoded: &Json) {
    let line =
        |label: &str, name: &str| say!("{label}: {}", decoded[name].as_str().unwrap_or_default());
    line("federation", "name");
    line("its id", "federation");
    line("charter that is followed", "follows");
    line("charter to approve", "id");
    line("key that signs", "signer");
    print::said(decoded);
}
