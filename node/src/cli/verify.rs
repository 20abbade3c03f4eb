//! `verify`: whether a file proves a label. It opens no folder and asks nobody.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use crdt_schema::governance::SchemeId;
use crdt_schema::id::FederationId;
use crdt_schema::label::{Day, Origin, State};
use crdt_schema::proof::{PROOF_BYTES_MAX, Proof, Refusal, Verdict};
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
}

/// What stands below `maillage verify --help`.
pub(crate) const HELP: &str = "Example:
  maillage verify maison-sport-sante.maillage-proof
  maillage verify maison-sport-sante.maillage-proof --at 2027-01-01 --federation 5f0c…
It needs no node and no network: what was decided after the file was made is not in it.";

/// Judges the file and prints the answer.
pub(crate) fn verify(verify: &Verify, json: bool) -> anyhow::Result<ExitCode> {
    let on = match verify.at {
        Some(day) => day,
        None => {
            Day::of(clock::now()).context("the clock of this machine is outside the calendar")?
        }
    };
    let bytes = read(&verify.file)?;
    let judged = Proof::verify(&bytes, verify.federation.as_ref(), on);
    if json {
        say!("{}", to_json(&judged, on));
    } else {
        match &judged {
            Ok(verdict) => {
                for line in lines(verdict, on, verify.federation.is_some()) {
                    say!("{line}");
                }
            }
            Err(refusal) => eprintln!("maillage : preuve refusée. {}", in_french(refusal)),
        }
    }
    Ok(ExitCode::from(exit_of(&judged)))
}

/// Reads no more than a proof may take.
fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let file = File::open(path).with_context(|| path.display().to_string())?;
    let mut bytes = Vec::new();
    file.take(PROOF_BYTES_MAX as u64 + 1)
        .read_to_end(&mut bytes)
        .with_context(|| path.display().to_string())?;
    if bytes.is_empty() {
        bail!("{} is empty", path.display());
    }
    Ok(bytes)
}

fn exit_of(judged: &Result<Verdict, Refusal>) -> u8 {
    match judged {
        Err(_) => 1,
        Ok(verdict) if verdict.has_begun && verdict.state.is_in_force() => 0,
        Ok(_) => 2,
    }
}

fn lines(verdict: &Verdict, on: Day, is_expected: bool) -> Vec<String> {
    let names: Vec<String> = verdict
        .signers
        .iter()
        .map(|each| plain(&each.name))
        .collect();
    let mut lines = vec![
        headline(verdict),
        line("Label", &scheme(verdict)),
        line("Fiche", &record(verdict)),
        line(
            "Validité",
            &format!(
                "du {} au {}",
                in_words(verdict.first_day),
                in_words(verdict.last_day)
            ),
        ),
        line(
            "Signé par",
            &format!("{} ({} exigés)", names.join(", "), verdict.scheme.k),
        ),
        line(
            "Charte",
            &format!(
                "{}, version {} ({})",
                plain(&verdict.federation_name),
                verdict.charter_version,
                verdict.charter.short()
            ),
        ),
        line("Fédération", &verdict.federation.to_string()),
        line("Jugé au", &in_words(on)),
        line("D'après", &maker(verdict)),
        "Ce qui a été décidé après la fabrication du fichier n'y figure pas.".to_owned(),
    ];
    if !is_expected {
        lines.push(
            "Comparez l'identifiant de la fédération avec celui qu'elle publie : n'importe qui peut en fonder une du même nom."
                .to_owned(),
        );
    }
    lines
}

fn line(name: &str, text: &str) -> String {
    format!("  {name:12} {text}")
}

fn headline(verdict: &Verdict) -> String {
    let state = match verdict.state {
        _ if !verdict.has_begun && verdict.state.is_in_force() => {
            "Preuve valable : le label n'est pas encore en vigueur."
        }
        State::InForce => "Preuve valable : le label est en vigueur.",
        State::Expiring => {
            "Preuve valable : le label est en vigueur et arrive bientôt à son terme."
        }
        State::Expired => "Preuve valable, mais le label est expiré.",
        State::BeingDecided { .. } => "La décision n'est pas prise.",
        State::Withdrawn => {
            let reasons = verdict.withdrawals.iter();
            let reasons: Vec<_> = reasons
                .map(|(name, reason)| format!("{} : « {} »", plain(name), plain(reason)))
                .collect();
            return format!(
                "Preuve valable, mais le label a été retiré. {}",
                reasons.join(" ; ")
            );
        }
        State::ChangedSince => {
            let fields = verdict.changed.iter().flatten();
            let fields: Vec<_> = fields.map(|field| plain(field)).collect();
            return format!(
                "Preuve valable, mais la fiche a changé depuis la décision : {}.",
                fields.join(", ")
            );
        }
    };
    state.to_owned()
}

fn scheme(verdict: &Verdict) -> String {
    let title = plain(&verdict.scheme.title);
    match (&verdict.label.scheme, verdict.origin) {
        (SchemeId::Charter(name), _) => format!(
            "{title} ({}, version {}), label de la fédération",
            plain(&name.id),
            name.version
        ),
        (SchemeId::Declared(_), Origin::Own(_) | Origin::Federation) => format!(
            "{title}, label propre à {} et non de la fédération",
            plain(verdict.origin_name.as_deref().unwrap_or("un coordonnateur"))
        ),
    }
}

fn record(verdict: &Verdict) -> String {
    let names: Vec<String> = verdict
        .record_names
        .iter()
        .map(|name| plain(name))
        .collect();
    if names.is_empty() {
        return verdict.label.record.to_string();
    }
    format!("{} ({})", names.join(" / "), verdict.label.record.short())
}

fn maker(verdict: &Verdict) -> String {
    let when = Day::of(verdict.made).map_or_else(
        || verdict.made.to_string(),
        |day| format!("le {}", in_words(day)),
    );
    match &verdict.maker_name {
        Some(name) => format!("{}, qui a fabriqué ce fichier {when}", plain(name)),
        None => format!(
            "{}, dont le fichier ne montre pas qu'il est de la fédération, et qui l'a fabriqué {when}",
            verdict.maker.short()
        ),
    }
}

fn in_french(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Chain | Refusal::Entry(_) => {
            "Une des décisions signées n'est pas authentique, ou n'est pas à sa place dans la suite de son auteur.".to_owned()
        }
        Refusal::CharterChain => {
            "Les chartes ne se suivent pas depuis la fondation avec les votes exigés.".to_owned()
        }
        Refusal::Credential => {
            "L'attestation ne dit pas ce que disent les décisions signées.".to_owned()
        }
        Refusal::RootNotShown => {
            "Un signataire a changé de clé racine, et le fichier ne montre pas lequel de ses nœuds continue.".to_owned()
        }
        Refusal::CutNotShown => {
            "La charte a coupé la suite d'un signataire, et le fichier ne montre pas de quel côté se trouve sa décision.".to_owned()
        }
        Refusal::Foreign { found } => {
            format!("Elle vient d'une autre fédération : {found}.")
        }
        Refusal::Maker => "Le fichier ne montre pas qui l'a fabriqué.".to_owned(),
        Refusal::NotAProof => "Ce fichier n'est pas une preuve de label.".to_owned(),
        Refusal::NotEnoughPartners { votes, k } => format!(
            "Trop peu de partenaires ont décidé : {votes}, quand il en faut {k}."
        ),
        Refusal::Projection => {
            "Les champs de la fiche ne sont pas ceux sur lesquels porte la décision.".to_owned()
        }
        Refusal::Tampered => "Le fichier a été modifié après sa fabrication.".to_owned(),
        Refusal::TooLarge(size) => format!(
            "Le fichier est trop grand pour une preuve ({size} octets lus, {PROOF_BYTES_MAX} au plus)."
        ),
        Refusal::Truncated => {
            "La fin du fichier manque : demandez-le à nouveau à celui qui vous l'a remis.".to_owned()
        }
        Refusal::Unreadable(_) => "Le contenu ne suit pas le format d'une preuve.".to_owned(),
        Refusal::Version => {
            "Le fichier vient d'une version plus récente de Maillage : mettez le programme à jour.".to_owned()
        }
    }
}

fn to_json(judged: &Result<Verdict, Refusal>, on: Day) -> Json {
    let verdict = match judged {
        Ok(verdict) => verdict,
        Err(refusal) => {
            return json!({ "genuine": false, "code": refusal.code(), "reason": in_french(refusal) });
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
    json!({
        "genuine": true,
        "in_force": exit_of(judged) == 0,
        "state": verdict.state.code(),
        "begun": verdict.has_begun,
        "on": on.to_string(),
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
    })
}

/// Writes a day in French words: `1er mars 2026`.
fn in_words(day: Day) -> String {
    let text = day.to_string();
    let mut parts = text.rsplitn(3, '-');
    let mut number = || parts.next().and_then(|part| part.parse::<usize>().ok());
    let (Some(date), Some(month), Some(year)) = (number(), number(), number()) else {
        return text;
    };
    let Some(month) = month.checked_sub(1).and_then(|place| MONTHS.get(place)) else {
        return text;
    };
    let first = if date == 1 { "er" } else { "" };
    format!("{date}{first} {month} {year}")
}

/// Takes out what could move the cursor or turn the line around: the words of a file are another's.
fn plain(text: &str) -> String {
    let is_safe = |letter: &char| {
        !letter.is_control() && !matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().filter(is_safe).collect()
}

fn day(text: &str) -> Result<Day, String> {
    Day::parse(text).ok_or_else(|| "write it as 2026-06-15".to_owned())
}

const MONTHS: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];

#[cfg(test)]
mod tests;
