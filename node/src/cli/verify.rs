//! `verify`: whether a file proves a label. It opens no folder and asks nobody.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use admin_ui::Language;
use admin_ui::verdict::{Judged, Outcome, refusal, unused};
use anyhow::{Context, bail};
use clap::Args;
use crdt_schema::governance::SchemeId;
use crdt_schema::id::FederationId;
use crdt_schema::label::{Day, State};
use crdt_schema::proof::{
    Listed, PROOF_BYTES_MAX, Proof, STATUS_LIST_BYTES_MAX, StatusError, Verdict,
};
use serde_json::{Value as Json, json};

use crate::clock;
use crate::say::say;

/// See `maillage verify --help`.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The file, which ends in .maillage-proof.
    file: PathBuf,
    /// The day to judge it on, AAAA-MM-JJ. Today when absent.
    #[arg(long, value_name = "DATE", value_parser = day)]
    at: Option<Day>,
    /// The id of the federation that you trust. Without it, compare the id that is printed.
    #[arg(long, value_name = "ID", value_parser = FederationId::parse)]
    federation: Option<FederationId>,
    /// The coordinator's status list, as a file: what was withdrawn since the proof was made.
    #[arg(long, value_name = "FILE")]
    status_list: Option<PathBuf>,
}

/// What stands below `maillage verify --help`.
pub(crate) const HELP: &str = "Example:
  maillage verify maison-sport-sante.maillage-proof
  maillage verify maison-sport-sante.maillage-proof --at 2027-01-01 --federation 5f0c…
  maillage verify maison-sport-sante.maillage-proof --status-list statuts.json
It needs no node and no network: what was decided after the file was made is not in it. The proof says at which address its coordinator
publishes the status list. Exits 2 when the label has ended, or when the list that was given cannot be used: the list is then left aside.";

/// Judges the file and prints the answer.
pub(crate) fn verify(verify: &Verify, json: bool) -> anyhow::Result<ExitCode> {
    let on = match verify.at {
        Some(day) => day,
        None => {
            Day::of(clock::now()).context("the clock of this machine is outside the calendar")?
        }
    };
    let bytes = read(&verify.file, PROOF_BYTES_MAX)?;
    let list = verify.status_list.as_deref();
    let list = list
        .map(|path| read(path, STATUS_LIST_BYTES_MAX))
        .transpose()?;
    let result = Proof::verify(&bytes, verify.federation.as_ref(), on);
    let list = match (&result, &list) {
        (Ok(verdict), Some(list)) => Some(verdict.listed(list, on)),
        _ => None,
    };
    let judged = Judged {
        result: &result,
        on,
        is_expected: verify.federation.is_some(),
        list: list.as_ref(),
    };
    if json {
        say!("{}", to_json(&judged));
    } else {
        print(&judged);
    }
    Ok(ExitCode::from(exit_of(&judged)))
}

fn print(judged: &Judged<'_>) {
    let told = judged.told(Language::French);
    if told.outcome == Outcome::Refused {
        eprintln!("{}", told.headline);
        return;
    }
    say!("{}", told.headline);
    for (name, text) in &told.facts {
        say!("  {name:12} {text}");
    }
    for note in &told.notes {
        say!("{note}");
    }
}

/// Reads no more than a file of this kind may take.
fn read(path: &Path, most: usize) -> anyhow::Result<Vec<u8>> {
    let file = File::open(path).with_context(|| path.display().to_string())?;
    let mut bytes = Vec::new();
    file.take(most as u64 + 1)
        .read_to_end(&mut bytes)
        .with_context(|| path.display().to_string())?;
    if bytes.is_empty() {
        bail!("{} is empty", path.display());
    }
    Ok(bytes)
}

fn exit_of(judged: &Judged<'_>) -> u8 {
    match (judged.outcome(), judged.list) {
        (Outcome::Refused, _) => 1,
        // A script that gave a list must not take its silence for an answer.
        (Outcome::Accepted, Some(Err(_))) | (Outcome::Ended, _) => 2,
        (Outcome::Accepted, _) => 0,
    }
}

fn to_json(judged: &Judged<'_>) -> Json {
    let verdict = match judged.result {
        Ok(verdict) => verdict,
        Err(error) => {
            let reason = refusal(Language::French, error);
            return json!({ "genuine": false, "code": error.code(), "reason": reason });
        }
    };
    let signers = verdict.signers.iter().map(|signer| {
        json!({
            "partner": signer.partner.to_string(),
            "name": signer.name,
            "entry": signer.entry.to_string(),
            "claimed": signer.claimed.to_string(),
        })
    });
    let withdrawals = verdict
        .withdrawals
        .iter()
        .map(|(name, reason)| json!({ "name": name, "reason": reason }));
    let scheme = match &verdict.label.scheme {
        SchemeId::Charter(name) => json!({ "id": name.id, "version": name.version }),
        SchemeId::Declared(act) => json!({ "act": act.to_string(), "of": verdict.origin_name }),
    };
    let state = match judged.list {
        Some(Ok(listed)) if listed.is_revoked => State::Withdrawn,
        _ => verdict.state,
    };
    json!({
        "genuine": true,
        "in_force": judged.outcome() == Outcome::Accepted,
        "state": state.code(),
        "begun": verdict.has_begun,
        "on": judged.on.to_string(),
        "scheme": scheme,
        "title": verdict.scheme.title,
        "record": verdict.label.record.to_string(),
        "names": verdict.record_names,
        "from": verdict.first_day.to_string(),
        "until": verdict.last_day.to_string(),
        "signers": signers.collect::<Vec<_>>(),
        "k": verdict.scheme.k,
        "withdrawals": withdrawals.collect::<Vec<_>>(),
        "changed": verdict.changed,
        "federation": verdict.federation.to_string(),
        "federation_name": verdict.federation_name,
        "charter": verdict.charter.to_string(),
        "charter_version": verdict.charter_version,
        "made": verdict.made.to_string(),
        "maker": { "partner": verdict.maker.to_string(), "name": verdict.maker_name },
        "status_list": status_list(verdict, judged.list),
    })
}

/// What became of the list, and where it is published: `null` where the credential names none.
fn status_list(verdict: &Verdict, list: Option<&Result<Listed, StatusError>>) -> Json {
    let place = verdict.status_place().map(|place| place.list);
    match list {
        None => json!(place.map(|place| json!({ "address": place }))),
        Some(Ok(listed)) => json!({
            "address": place,
            "used": true,
            "revoked": listed.is_revoked,
            "from": listed.from.to_string(),
            "until": listed.until.to_string(),
        }),
        Some(Err(error)) => json!({
            "address": place,
            "used": false,
            "code": error.code(),
            "reason": unused(Language::French, *error),
        }),
    }
}

fn day(text: &str) -> Result<Day, String> {
    Day::parse(text).ok_or_else(|| "write it as 2026-06-15".to_owned())
}

#[cfg(test)]
mod tests;
