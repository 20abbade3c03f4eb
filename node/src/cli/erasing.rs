//! Contacts and erasures.

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde_json::Value as Json;

use crate::call::{Call, ContactAsk, EraseAsk, PersonAsk};
use crate::cli::deciding::{Consent, confirmed, sign_decoded};
use crate::cli::{ask, print};
use crate::say::say;

/// Bytes of standard input that are read: a name, a mail and a phone are far below.
const INPUT_BYTES_MAX: u64 = 64 << 10;

/// See `maillage erase --help`.
#[derive(Debug, Args)]
pub(crate) struct Erase {
    /// Everything of this record: its id, or its first digits.
    #[arg(long, required_unless_present_any = ["items", "subject"], conflicts_with_all = ["items", "subject"])]
    record: Option<String>,
    /// One item: an edit, a statement, a personal value. Can be given several times.
    #[arg(long = "item", value_name = "ITEM", conflicts_with = "subject")]
    items: Vec<String>,
    /// Everything about this person, in all records.
    #[arg(long)]
    subject: Option<String>,
    /// Why. It is kept for ever by every node: it must not name the person.
    #[arg(long)]
    ground: String,
    #[command(flatten)]
    consent: Consent,
}

/// See `maillage contact --help`.
#[derive(Debug, Subcommand)]
pub(crate) enum ContactCommand {
    /// The contacts of a record, with the ids by which they can be erased.
    #[command(after_help = "Example:\n  maillage contact list 3f9a1c --dir ville")]
    List {
        /// The record's id, or its first digits.
        record: String,
    },
    /// Keep a contact. Its values are read from standard input, one a line, so that no other user of the machine sees them.
    #[command(
        after_help = "Example:\n  maillage contact add 3f9a1c --purpose \"organiser la rencontre\" --seen-by partners --dir ville < contact.txt\nThe lines of standard input: name: …, mail: …, phone: …; at least one of them."
    )]
    Add(Add),
    /// Everything that this node holds on a person, read from standard input: a name, a mail or a phone.
    #[command(
        after_help = "Example:\n  maillage contact find --dir ville < personne.txt\n  maillage contact find --json --dir ville < personne.txt > export.json\nWhat edits said before they were replaced is not looked at: see `maillage record history`."
    )]
    Find,
    /// Values whose last day is over.
    #[command(after_help = "Example:\n  maillage contact due --dir ville")]
    Due,
    /// Erase what our organisation wrote of a person in a record, on every node and for good: shown first, signed after a yes.
    #[command(
        after_help = "Example:\n  maillage contact remove 3f9a1c --subject 5b0e… --dir ville\nWhat others wrote is erased by a coordinator: see `maillage erase --subject`."
    )]
    Remove {
        /// The record's id, or its first digits.
        record: String,
        /// The person: `maillage contact list` shows it.
        #[arg(long)]
        subject: String,
        #[command(flatten)]
        consent: Consent,
    },
    /// People who asked not to be in the census: whoever enters them again is warned.
    #[command(
        subcommand,
        after_help = "Example:\n  maillage contact objection list --dir ville\n  maillage contact objection add --dir ville < personne.txt"
    )]
    Objection(ObjectionCommand),
}

/// See `maillage contact objection --help`.
#[derive(Debug, Subcommand)]
pub(crate) enum ObjectionCommand {
    /// Keep an objection: a name, a mail or a phone on standard input. Only a keyed hash of it is kept, on this node.
    #[command(after_help = "Example:\n  maillage contact objection add --dir ville < personne.txt")]
    Add,
    /// When people objected. Who they are is kept nowhere.
    #[command(after_help = "Example:\n  maillage contact objection list --dir ville")]
    List,
    /// Forget an objection: the same name, mail or phone on standard input.
    #[command(
        after_help = "Example:\n  maillage contact objection remove --dir ville < personne.txt"
    )]
    Remove,
}

/// What is said of a contact beside its values.
#[derive(Debug, Args)]
pub(crate) struct Add {
    /// The record's id, or its first digits.
    record: String,
    /// The person, when the record has it already: `maillage contact list` shows it. What it had in the same fields is replaced.
    #[arg(long)]
    subject: Option<String>,
    /// What the values are kept for.
    #[arg(long)]
    purpose: String,
    /// The last day for which they are kept, YYYY-MM-DD.
    #[arg(long, default_value = "", hide_default_value = true)]
    until: String,
    /// Who may see them: own (they never leave this node), partners, or public (the person's public function).
    #[arg(long, value_parser = ["own", "partners", "public"])]
    seen_by: String,
}

/// Shows what an erasure takes away; after a yes, signs it.
pub(crate) fn erase(dir: &Path, erase: Erase, json: bool) -> anyhow::Result<ExitCode> {
    let ask = EraseAsk {
        record: erase.record,
        items: erase.items,
        subject: erase.subject,
        ground: erase.ground,
    };
    sign_decoded(dir, &Call::Erase(ask), &erase.consent, json)
}

/// Lists or keeps contacts.
pub(crate) fn contact(dir: &Path, command: ContactCommand, json: bool) -> anyhow::Result<ExitCode> {
    let call = match command {
        ContactCommand::List { record } => Call::Contacts { record },
        ContactCommand::Add(add) => {
            let mut ask = ContactAsk {
                record: add.record,
                subject: add.subject,
                name: String::new(),
                mail: String::new(),
                phone: String::new(),
                purpose: add.purpose,
                until: add.until,
                seen_by: add.seen_by,
            };
            fill(&mut ask, &standard_input()?)?;
            Call::ContactAdd(ask)
        }
        ContactCommand::Find => Call::ContactFind(person()?),
        ContactCommand::Due => Call::ContactDue,
        ContactCommand::Remove {
            record,
            subject,
            consent,
        } => {
            let remove = |sign| Call::ContactRemove {
                record: record.clone(),
                subject: subject.clone(),
                sign,
            };
            return confirmed(dir, &remove(false), &consent, json, |_| remove(true));
        }
        ContactCommand::Objection(ObjectionCommand::List) => Call::Objections,
        ContactCommand::Objection(ObjectionCommand::Add) => Call::Objection {
            person: person()?,
            is_withdrawn: false,
        },
        ContactCommand::Objection(ObjectionCommand::Remove) => Call::Objection {
            person: person()?,
            is_withdrawn: true,
        },
    };
    Ok(ask::ask(dir, &call, json))
}

/// Prints the contacts of a record.
pub(crate) fn contacts(answer: &Json) {
    for value in print::items(&answer["values"]) {
        let shown = value["value"].as_str().unwrap_or("—");
        say!(
            "{}  {}  {shown} ({}, {})",
            print::text(&value["item"]),
            print::text(&value["field"]),
            print::text(&value["state"]),
            value["seen_by"].as_str().unwrap_or("nobody")
        );
        say!("    person {}", print::text(&value["subject"]));
    }
    for value in print::items(&answer["own_values"]) {
        say!(
            "on this node only  {}  {}",
            print::text(&value["field"]),
            print::text(&value["value"])
        );
        say!("    person {}", print::text(&value["subject"]));
    }
}

/// Prints values with their records, as they were found or are kept for too long.
pub(crate) fn values(answer: &Json) {
    for value in print::items(&answer["values"]) {
        say!(
            "{}  {}  {} ({}, {}){}",
            print::text(&value["record"]),
            print::text(&value["field"]),
            print::text(&value["value"]),
            print::text(&value["state"]),
            print::text(&value["seen_by"]),
            value["until"]
                .as_str()
                .map_or(String::new(), |until| format!(", until {until}"))
        );
        say!("    person {}", print::text(&value["subject"]));
    }
}

/// Prints everything that is held on a person.
pub(crate) fn found(answer: &Json) {
    values(answer);
    for spot in print::items(&answer["texts"]) {
        say!(
            "named in {}  {}",
            print::text(&spot["record"]),
            print::text(&spot["field"])
        );
    }
    if let Some(since) = answer["objection"].as_str() {
        say!("objected on {since}");
    }
    if answer["cut"] == true {
        say!("there is more: write a name, a mail or a phone that fewer people have");
    }
    let is_empty = |list: &str| print::items(&answer[list]).is_empty();
    if is_empty("values") && is_empty("texts") {
        say!("nothing is held on this person");
    }
}

/// Prints when people objected.
pub(crate) fn objections(answer: &Json) {
    let since = print::items(&answer["objections"]);
    for since in since {
        say!("{}", print::text(since));
    }
    say!("{} objections", since.len());
}

/// Prints what became of a contact.
pub(crate) fn contact_added(answer: &Json) {
    say!("kept: person {}", print::text(&answer["subject"]));
    if answer["objection"] == true {
        say!("careful: somebody with this name, mail or phone has objected to being in the census");
    }
}

/// Prints the board.
pub(crate) fn erasures(answer: &Json) {
    for erasure in print::items(&answer["erasures"]) {
        say!(
            "{}  {}: {}",
            print::text(&erasure["claimed"]),
            erasure["author"].as_str().unwrap_or("—"),
            print::text(&erasure["summary"])
        );
        for fact in print::items(&erasure["says"]["facts"]) {
            say!("    {}: {}", print::text(&fact[0]), print::text(&fact[1]));
        }
    }
    if answer["rewriting"] == "later" {
        say!("the files are still being read: ask again in some minutes");
    }
    for file in print::items(&answer["set_aside"]) {
        say!(
            "a damaged store may hold what was erased: {}; it goes by itself once a peer is level with this node, or remove it",
            print::text(file)
        );
    }
}

/// What somebody is called comes on standard input, so that no other user of the machine sees it, and no history keeps it.
fn person() -> anyhow::Result<PersonAsk> {
    let value = standard_input()?.trim().to_owned();
    Ok(PersonAsk { value })
}

fn standard_input() -> anyhow::Result<String> {
    let mut typed = String::new();
    let mut input = std::io::stdin().lock().take(INPUT_BYTES_MAX);
    let read = input.read_to_string(&mut typed);
    read.context("standard input cannot be read")?;
    Ok(typed)
}

fn fill(ask: &mut ContactAsk, typed: &str) -> anyhow::Result<()> {
    for line in typed.lines().filter(|line| !line.trim().is_empty()) {
        let Some((field, value)) = line.split_once(':') else {
            bail!("write each value on a line of its own: name: …, mail: …, phone: …");
        };
        let place = match field.trim() {
            "name" => &mut ask.name,
            "mail" => &mut ask.mail,
            "phone" => &mut ask.phone,
            other => bail!("a contact has name, mail and phone, no {other:?}"),
        };
        value.trim().clone_into(place);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(typed: &str) -> anyhow::Result<ContactAsk> {
        let mut ask = ContactAsk {
            record: "3f9a1c".to_owned(),
            subject: None,
            name: String::new(),
            mail: String::new(),
            phone: String::new(),
            purpose: "coordination".to_owned(),
            until: String::new(),
            seen_by: "own".to_owned(),
        };
        fill(&mut ask, typed).map(|()| ask)
    }

    #[test]
    fn the_lines_of_standard_input_are_the_values() {
        let ask = filled("name: Camille Exemple\n\nphone:0238000000\n").expect("three lines");
        assert_eq!(
            (ask.name.as_str(), ask.mail.as_str(), ask.phone.as_str()),
            ("Camille Exemple", "", "0238000000")
        );
        assert_eq!(format!("{ask:?}"), "ContactAsk", "no log shows a person");
        for wrong in ["Camille Exemple", "born: 1970"] {
            assert!(filled(wrong).is_err(), "{wrong}");
        }
    }
}
