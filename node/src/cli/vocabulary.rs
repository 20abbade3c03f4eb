//! `vocabulary`: the words of the federation, and what a coordinator declares of them.

use std::path::Path;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::Value as Json;

use crate::call::Call;
use crate::calls::{DeclareAsk, FieldAsk, Offered, TermAsk, VocabularyAsk};
use crate::cli::ask;
use crate::cli::deciding::{Consent, sign_decoded};
use crate::cli::print::{items, text};
use crate::say::say;

/// See `maillage vocabulary --help`.
#[derive(Debug, Subcommand)]
pub(crate) enum VocabularyCommand {
    /// The vocabularies, with how many terms each has.
    #[command(after_help = "Example:\n  maillage vocabulary list --dir ville")]
    List,
    /// The terms of a vocabulary: code, words, wider term, and what stands in the place of a former one.
    #[command(after_help = "Example:\n  maillage vocabulary show themes --dir ville")]
    Show {
        /// Its code, as `maillage vocabulary list` has it.
        vocabulary: String,
    },
    /// Who changed a term of a vocabulary, when, and what it was before, the newest change first.
    #[command(after_help = "Example:\n  maillage vocabulary history themes --dir ville")]
    History {
        /// Its code, as `maillage vocabulary list` has it.
        vocabulary: String,
    },
    /// Add a term, or word one anew. Shown first, signed after a yes. What is not said stays as it is; records change never.
    #[command(
        after_help = "Example:\n  maillage vocabulary declare themes natation --fr Natation --en Swimming --broader sport --dir prefecture\n  maillage vocabulary declare themes sport --fr \"Sport et activité physique\" --dir prefecture\nA search for a term finds the records of all terms that stand under it."
    )]
    Declare(DeclareArgs),
    /// Have forms offer a term no more. Records that have it keep it, and offer the one that takes its place.
    #[command(
        after_help = "Example:\n  maillage vocabulary deprecate themes insertion --successor emploi-formation --dir prefecture"
    )]
    Deprecate {
        /// The vocabulary's code.
        vocabulary: String,
        /// The term's code.
        term: String,
        /// The code of the term to use instead.
        #[arg(long, value_name = "TERM")]
        successor: Option<String>,
        #[command(flatten)]
        consent: Consent,
    },
    /// Have forms offer a former term again.
    #[command(
        after_help = "Example:\n  maillage vocabulary offer themes insertion --dir prefecture"
    )]
    Offer {
        /// The vocabulary's code.
        vocabulary: String,
        /// The term's code.
        term: String,
        #[command(flatten)]
        consent: Consent,
    },
    /// The federation's own fields, and the fields that it hides.
    #[command(after_help = "Example:\n  maillage vocabulary fields --dir ville")]
    Fields,
    /// Add a field to a kind, or word one of the federation's own anew.
    #[command(
        after_help = "Example:\n  maillage vocabulary add-field actor agrement --section contact --shape integer --fr \"Numéro d'agrément\" --hint \"Par exemple 12.\" --dir prefecture\nShapes: text, long_text, words, boolean, integer, decimal, date, link, term:VOCABULARY, terms:VOCABULARY."
    )]
    AddField(AddFieldArgs),
    /// Leave a field out of forms and pages. What was written in it stays.
    #[command(
        after_help = "Example:\n  maillage vocabulary hide-field actor opening_hours --dir prefecture"
    )]
    HideField {
        /// The kind's code.
        kind: String,
        /// The field's name.
        field: String,
        #[command(flatten)]
        consent: Consent,
    },
    /// Take a hidden field into forms and pages again.
    #[command(
        after_help = "Example:\n  maillage vocabulary show-field actor opening_hours --dir prefecture"
    )]
    ShowField {
        /// The kind's code.
        kind: String,
        /// The field's name.
        field: String,
        #[command(flatten)]
        consent: Consent,
    },
    /// The programmes that the federation follows; with codes, the ones that it follows from now on, the leading one first.
    #[command(
        after_help = "Example:\n  maillage vocabulary programmes --dir ville\n  maillage vocabulary programmes autonomie rencontres --dir prefecture"
    )]
    Programmes {
        /// Their codes.
        codes: Vec<String>,
        #[command(flatten)]
        consent: Consent,
    },
}

/// See `maillage vocabulary declare --help`.
#[derive(Debug, Args)]
pub(crate) struct DeclareArgs {
    /// The vocabulary's code.
    vocabulary: String,
    /// The term's code: small letters without accents, digits and hyphens. It never changes.
    term: String,
    /// Its words in French. A new term needs them.
    #[arg(long)]
    fr: Option<String>,
    /// Its words in English; the French ones stand in for them.
    #[arg(long)]
    en: Option<String>,
    /// The code of the wider term.
    #[arg(long, value_name = "TERM")]
    broader: Option<String>,
    /// Under no wider term.
    #[arg(long, conflicts_with = "broader")]
    no_broader: bool,
    /// A term of data·inclusion that means the same, in place of those before. Can be given several times.
    #[arg(long = "data-inclusion", value_name = "TERM")]
    data_inclusion: Vec<String>,
    #[command(flatten)]
    consent: Consent,
}

/// See `maillage vocabulary add-field --help`.
#[derive(Debug, Args)]
pub(crate) struct AddFieldArgs {
    /// The kind's code.
    kind: String,
    /// Its name: small letters, digits and underscores. `x_` is put before it.
    name: String,
    /// The code of the section where it stands.
    #[arg(long)]
    section: String,
    /// What may be put in it.
    #[arg(long)]
    shape: String,
    /// Its label in French.
    #[arg(long)]
    fr: String,
    /// Its label in English; the French one without it.
    #[arg(long)]
    en: Option<String>,
    /// What to write in it, with an example.
    #[arg(long)]
    hint: Option<String>,
    /// Everyone may read it; only partners without it.
    #[arg(long)]
    public: bool,
    #[command(flatten)]
    consent: Consent,
}

/// Says what words are, or shows a declaration and signs it after a yes.
pub(crate) fn vocabulary(
    dir: &Path,
    command: VocabularyCommand,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let read = |what| Ok(ask::ask(dir, &Call::Vocabulary(what), json));
    let (declared, consent) = match command {
        VocabularyCommand::List => return read(VocabularyAsk::List),
        VocabularyCommand::Show { vocabulary } => return read(VocabularyAsk::Show { vocabulary }),
        VocabularyCommand::History { vocabulary } => {
            return read(VocabularyAsk::History { vocabulary });
        }
        VocabularyCommand::Fields => return read(VocabularyAsk::Fields),
        VocabularyCommand::Programmes { codes, .. } if codes.is_empty() => {
            return read(VocabularyAsk::Programmes);
        }
        VocabularyCommand::Programmes { codes, consent } => {
            (DeclareAsk::Programmes(codes), consent)
        }
        VocabularyCommand::Declare(args) => args.declared(),
        VocabularyCommand::Deprecate {
            vocabulary,
            term,
            successor,
            consent,
        } => (standing(vocabulary, term, Offered::No(successor)), consent),
        VocabularyCommand::Offer {
            vocabulary,
            term,
            consent,
        } => (standing(vocabulary, term, Offered::Yes), consent),
        VocabularyCommand::AddField(args) => args.declared(),
        VocabularyCommand::HideField {
            kind,
            field,
            consent,
        } => (hide(kind, field, true), consent),
        VocabularyCommand::ShowField {
            kind,
            field,
            consent,
        } => (hide(kind, field, false), consent),
    };
    let call = Call::Vocabulary(VocabularyAsk::Declare(declared));
    sign_decoded(dir, &call, &consent, json)
}

fn standing(vocabulary: String, code: String, standing: Offered) -> DeclareAsk {
    DeclareAsk::Term(TermAsk {
        vocabulary,
        code,
        standing: Some(standing),
        ..TermAsk::default()
    })
}

fn hide(kind: String, field: String, is_hidden: bool) -> DeclareAsk {
    DeclareAsk::Hide {
        kind,
        field,
        is_hidden,
    }
}

impl DeclareArgs {
    fn declared(self) -> (DeclareAsk, Consent) {
        let broader = match (self.broader, self.no_broader) {
            (Some(wide), _) => Some(Some(wide)),
            (None, true) => Some(None),
            (None, false) => None,
        };
        let of_inclusion = self.data_inclusion;
        let term = TermAsk {
            vocabulary: self.vocabulary,
            code: self.term,
            fr: self.fr,
            en: self.en,
            broader,
            data_inclusion: (!of_inclusion.is_empty()).then_some(of_inclusion),
            standing: None,
        };
        (DeclareAsk::Term(term), self.consent)
    }
}

impl AddFieldArgs {
    fn declared(self) -> (DeclareAsk, Consent) {
        let field = FieldAsk {
            kind: self.kind,
            name: self.name,
            section: self.section,
            shape: self.shape,
            fr: self.fr,
            en: self.en,
            hint: self.hint,
            is_public: self.public,
        };
        (DeclareAsk::Field(field), self.consent)
    }
}

/// Prints what was asked of words.
pub(crate) fn answered(what: &VocabularyAsk, answer: &Json) {
    match what {
        VocabularyAsk::Declare(_) => super::print::said(answer),
        VocabularyAsk::Fields => fields(answer),
        VocabularyAsk::List => {
            for each in items(&answer["vocabularies"]) {
                say!(
                    "{:22}  {} terms, {} declared here{}",
                    text(&each["vocabulary"]),
                    each["terms"],
                    each["declared"],
                    disputed(each)
                );
            }
        }
        VocabularyAsk::Programmes => {
            let followed = items(&answer["followed"]);
            for each in items(&answer["known"]) {
                let place = followed.iter().position(|code| *code == each["code"]);
                let mark = match place {
                    Some(0) => "leads",
                    Some(_) => "follows",
                    None => "",
                };
                say!(
                    "{mark:8}{:22}  {}",
                    text(&each["code"]),
                    text(&each["title"])
                );
            }
            if answer["disputed"] == Json::Bool(true) {
                say!("coordinators chose apart: choose again to settle it");
            }
        }
        VocabularyAsk::History { .. } => history(answer),
        VocabularyAsk::Show { .. } => items(&answer["terms"]).iter().for_each(term),
    }
}

fn history(answer: &Json) {
    let changes = items(&answer["changes"]);
    for change in changes {
        let standing = match change["standing"].as_str() {
            Some("in_force") => "in force",
            Some("replaced") => "replaced since",
            _ => "counts for nothing",
        };
        say!(
            "{}  {}  {}  ({standing})",
            text(&change["claimed"]),
            text(&change["partner"]),
            text(&change["term"])
        );
        let before = items(&change["before"]);
        before
            .iter()
            .for_each(|before| say!("    was {}", text(before)));
        if before.is_empty() {
            say!("    was no term");
        }
        say!("    is  {}", text(&change["after"]));
    }
    if changes.is_empty() {
        say!("nobody changed anything in {}", text(&answer["vocabulary"]));
    }
}

fn term(term: &Json) {
    let mut marks = Vec::new();
    if let Some(wide) = term["broader"].as_str() {
        marks.push(format!("under {wide}"));
    }
    if term["offered"] == Json::Bool(false) {
        marks.push(match term["successor"].as_str() {
            Some(successor) => format!("former, use {successor}"),
            None => "former".to_owned(),
        });
    }
    let of_inclusion: Vec<&str> = items(&term["data_inclusion"]).iter().map(text).collect();
    if !of_inclusion.is_empty() {
        marks.push(format!("data·inclusion: {}", of_inclusion.join(", ")));
    }
    let marks = match marks.is_empty() {
        true => String::new(),
        false => format!("  ({})", marks.join("; ")),
    };
    say!(
        "{:30}  {} / {}{marks}{}",
        text(&term["code"]),
        text(&term["fr"]),
        text(&term["en"]),
        disputed(term)
    );
}

fn fields(answer: &Json) {
    for field in items(&answer["own"]) {
        say!(
            "{:12}  {:24}  {:12}  {}{}{}",
            text(&field["kind"]),
            text(&field["field"]),
            text(&field["shape"]),
            text(&field["fr"]),
            if field["hidden"] == Json::Bool(true) {
                "  (hidden)"
            } else {
                ""
            },
            disputed(field)
        );
    }
    for field in items(&answer["hidden"]) {
        say!(
            "{:12}  {:24}  hidden",
            text(&field["kind"]),
            text(&field["field"])
        );
    }
}

fn disputed(each: &Json) -> &'static str {
    match each["disputed"] == Json::Bool(true) {
        true => "  — coordinators declared it apart: declare it again to settle it",
        false => "",
    }
}
