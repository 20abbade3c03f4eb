//! Grants as open data: the schema SCDL *subventions* 2.1.1, one line for each application that was granted.
//!
//! A line has what the schema requires, or is not written: whoever publishes is told of each application what is missing. Nothing is cut or
//! guessed, but two things that the schema itself says: one beneficiary gets 100 %, and an association of Corsica or overseas, whose
//! number the schema refuses, is named by its SIRET.

mod parties;

use std::collections::BTreeSet;
use std::io::{self, Write};

use crdt_schema::draft::shown;
use crdt_schema::edit::Value;
use crdt_schema::record::Kind;
use crdt_schema::register::{Outcome, rna, siret};
use crdt_schema::view::RecordView;

use crate::csv::{Cell, Flavour, Writer};
use crate::export::fields::said;

pub use parties::Parties;

/// An application that was granted, with the records that it leads to.
#[derive(Clone, Copy, Debug)]
pub struct Grant<'a> {
    /// The application.
    pub application: &'a RecordView,
    /// The actor who grants.
    pub grantor: Option<&'a RecordView>,
    /// The actor who gets it.
    pub beneficiary: Option<&'a RecordView>,
    /// What was met on the way to them, and keeps the line back.
    pub met: &'a BTreeSet<Unfit>,
}

/// Why an application is no line of the file.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Unfit {
    /// The register of aids has numbers of five characters.
    AidNumberLong,
    /// There is no day of the agreement.
    AgreementMissing,
    /// There is no amount, or one that is not above zero.
    AmountMissing,
    /// No record says who gets the grant.
    BeneficiaryMissing,
    /// The beneficiary has neither SIRET nor RNA.
    BeneficiaryNumberMissing,
    /// The schema refuses the RNA of the beneficiary, and there is no SIRET.
    BeneficiaryNumberRefused,
    /// Partners disagree on something that would be written, or that leads to it.
    Conflict,
    /// No record says who grants.
    GrantorMissing,
    /// The grantor has no valid SIRET.
    GrantorNumberMissing,
    /// Nothing says whether it is in money or in kind.
    NatureMissing,
    /// The object is too long.
    ObjectLong,
    /// There is no object, and no name.
    ObjectMissing,
    /// There is no day of payment.
    PeriodMissing,
    /// The payment ends before it begins.
    PeriodReversed,
    /// The share is not between 0.01 and 1.
    ShareUnfit,
    /// Nothing says whether the aid was notified.
    StateAidMissing,
    /// The terms of payment are too long.
    TermsLong,
    /// There are no terms of payment.
    TermsMissing,
    /// A record that would be written, or leads to one that would, is withdrawn.
    Withdrawn,
}

impl Unfit {
    /// Returns the stable code.
    pub fn code(self) -> &'static str {
        match self {
            Unfit::AidNumberLong => "aid_number_long",
            Unfit::AgreementMissing => "agreement_missing",
            Unfit::AmountMissing => "amount_missing",
            Unfit::BeneficiaryMissing => "beneficiary_missing",
            Unfit::BeneficiaryNumberMissing => "beneficiary_number_missing",
            Unfit::BeneficiaryNumberRefused => "beneficiary_number_refused",
            Unfit::Conflict => "conflict",
            Unfit::GrantorMissing => "grantor_missing",
            Unfit::GrantorNumberMissing => "grantor_number_missing",
            Unfit::NatureMissing => "nature_missing",
            Unfit::ObjectLong => "object_long",
            Unfit::ObjectMissing => "object_missing",
            Unfit::PeriodMissing => "period_missing",
            Unfit::PeriodReversed => "period_reversed",
            Unfit::ShareUnfit => "share_unfit",
            Unfit::StateAidMissing => "state_aid_missing",
            Unfit::TermsLong => "terms_long",
            Unfit::TermsMissing => "terms_missing",
            Unfit::Withdrawn => "withdrawn",
        }
    }

    /// Returns the sentence, in French like those of imports.
    pub fn reason(self) -> &'static str {
        match self {
            Unfit::AidNumberLong => {
                "Le numéro au répertoire des aides aux entreprises a plus de cinq caractères."
            }
            Unfit::AgreementMissing => "Il manque la date de la convention.",
            Unfit::AmountMissing => "Il manque un montant accordé supérieur à zéro.",
            Unfit::BeneficiaryMissing => {
                "Aucune fiche d'acteur nommée n'est indiquée comme bénéficiaire, ni comme candidate ou porteur."
            }
            Unfit::BeneficiaryNumberMissing => {
                "La fiche du bénéficiaire n'a ni SIRET ni numéro RNA valides."
            }
            Unfit::BeneficiaryNumberRefused => {
                "Le schéma refuse les numéros RNA de Corse et d'outre-mer : indiquez le SIRET du bénéficiaire."
            }
            Unfit::Conflict => {
                "Les partenaires ne sont pas d'accord sur une valeur à publier, ou sur un lien qui y mène (appel, organisme de l'appel, candidate, porteur, organisateur) : réglez d'abord ce conflit."
            }
            Unfit::GrantorMissing => {
                "Aucune fiche d'acteur nommée n'est indiquée comme attribuant, ni comme organisme de l'appel."
            }
            Unfit::GrantorNumberMissing => "La fiche de l'attribuant n'a pas de SIRET valide.",
            Unfit::NatureMissing => "Il manque la nature de l'aide : en numéraire, en nature.",
            Unfit::ObjectLong => "L'objet de l'aide a plus de 256 caractères.",
            Unfit::ObjectMissing => "Il manque l'objet de l'aide.",
            Unfit::PeriodMissing => "Il manque la date, ou la première date, de versement.",
            Unfit::PeriodReversed => "Le versement finit avant de commencer.",
            Unfit::ShareUnfit => "La part du bénéficiaire n'est pas entre 0,01 et 1.",
            Unfit::StateAidMissing => {
                "Il manque « oui » ou « non » : aide notifiée à la Commission européenne."
            }
            Unfit::TermsLong => "Les conditions de versement ont plus de 256 caractères.",
            Unfit::TermsMissing => "Il manque les conditions de versement.",
            Unfit::Withdrawn => {
                "Une fiche à publier, ou qui y mène (attribuant, bénéficiaire, appel, candidate), est retirée : rattachez la demande à celle qui la remplace, ou rétablissez-la."
            }
        }
    }
}

/// Tells whether a record is an application that was granted, be it by the word of some partners against that of others: these are told of
/// the conflict.
pub fn is_granted(view: &RecordView) -> bool {
    let decision = view.field("decision").into_iter();
    let mut decisions = decision.flat_map(|held| &held.values);
    view.kind() == APPLICATION && decisions.any(|written| shown(&written.value) == "accordee")
}

/// A file of grants that is being written.
pub struct Grants<W> {
    writer: Writer<W>,
}

impl<W: Write> Grants<W> {
    /// Starts the file with its header.
    pub fn new(out: W) -> io::Result<Self> {
        let mut writer = Writer::new(out, Flavour::Machine)?;
        writer.header(&COLUMNS)?;
        Ok(Self { writer })
    }

    /// Writes one grant, or says all that keeps it from being one line.
    pub fn grant(&mut self, grant: &Grant<'_>) -> io::Result<Result<(), Vec<Unfit>>> {
        match line(grant) {
            Ok(cells) => {
                let cells = cells.map(Cell::Text);
                self.writer.row(&cells)?;
                Ok(Ok(()))
            }
            Err(unfit) => Ok(Err(unfit)),
        }
    }

    /// Ends the file and gives back what it was written to.
    pub fn finish(self) -> io::Result<W> {
        self.writer.finish()
    }
}

/// The cells of a line, in the order of the columns.
fn line(grant: &Grant<'_>) -> Result<[String; 16], Vec<Unfit>> {
    let mut unfit = Vec::new();
    let application = grant.application;
    let own = |name: &str| text(application, name);
    let mut needed = |value: Option<String>, otherwise: Unfit| {
        value.unwrap_or_else(|| {
            unfit.push(otherwise);
            String::new()
        })
    };
    let grantor = grant.grantor.and_then(|actor| text(actor, "name"));
    let grantor_number = grant.grantor.and_then(number);
    let beneficiary = grant.beneficiary.and_then(|actor| text(actor, "name"));
    let cells = [
        needed(grantor, Unfit::GrantorMissing),
        needed(grantor_number, Unfit::GrantorNumberMissing),
        needed(own("agreed_on"), Unfit::AgreementMissing),
        own("decision_reference").unwrap_or_default(),
        needed(beneficiary, Unfit::BeneficiaryMissing),
        grant.beneficiary.and_then(number).unwrap_or_default(),
        grant.beneficiary.and_then(association).unwrap_or_default(),
        needed(
            own("grant_object").or_else(|| own("name")),
            Unfit::ObjectMissing,
        ),
        needed(
            own("amount_granted").filter(|text| is_above(text, 0.0)),
            Unfit::AmountMissing,
        ),
        needed(nature(application), Unfit::NatureMissing),
        needed(own("payment_terms").map(terms), Unfit::TermsMissing),
        needed(period(application), Unfit::PeriodMissing),
        own("aid_number").unwrap_or_default(),
        needed(
            own("state_aid").filter(|text| ["oui", "non"].contains(&text.as_str())),
            Unfit::StateAidMissing,
        ),
        own("grant_share").unwrap_or_else(|| WHOLE.to_owned()),
        own("aid_scheme").unwrap_or_default(),
    ];
    unfit.extend(wrong(&cells, grant));
    match unfit.is_empty() {
        true => Ok(cells),
        false => {
            unfit.sort_unstable();
            Err(unfit)
        }
    }
}

/// What is given, and not as the schema takes it.
fn wrong(cells: &[String; 16], grant: &Grant<'_>) -> Vec<Unfit> {
    let length = |place: usize| cells[place].chars().count();
    let has_number = !cells[5].is_empty() || !cells[6].is_empty();
    let has_rna = grant
        .beneficiary
        .is_some_and(|actor| register(actor).is_some());
    let (from, until) = cells[11]
        .split_once('/')
        .unwrap_or((&cells[11], &cells[11]));
    let disputed = |view: &RecordView, names: &[&str]| {
        let mut held = names.iter().filter_map(|name| view.field(name));
        held.any(crdt_schema::edit::Field::is_conflict)
    };
    let mut actors = grant.grantor.iter().chain(&grant.beneficiary);
    let is_disputed = disputed(grant.application, WRITTEN)
        || (text(grant.application, "grant_object").is_none()
            && disputed(grant.application, &["name"]))
        || actors.any(|actor| disputed(actor, &["name", "rna", "siret"]))
        || grant.met.contains(&Unfit::Conflict);
    let mut written = [Some(grant.application), grant.grantor, grant.beneficiary]
        .into_iter()
        .flatten();
    let is_withdrawn =
        grant.met.contains(&Unfit::Withdrawn) || written.any(RecordView::is_withdrawn);
    let is_share = is_above(&cells[14], LEAST_SHARE) && !is_above(&cells[14], ABOVE_ALL);
    let checks = [
        (Unfit::AidNumberLong, length(12) > AID_NUMBER_CHARS_MAX),
        (Unfit::BeneficiaryNumberRefused, !has_number && has_rna),
        (
            Unfit::BeneficiaryNumberMissing,
            grant.beneficiary.is_some() && !has_number && !has_rna,
        ),
        (Unfit::Conflict, is_disputed),
        (Unfit::ObjectLong, length(7) > TEXT_CHARS_MAX),
        (Unfit::PeriodReversed, until < from),
        (Unfit::ShareUnfit, !is_share),
        (Unfit::TermsLong, length(10) > TEXT_CHARS_MAX),
        (Unfit::Withdrawn, is_withdrawn),
    ];
    let wrong = checks.into_iter().filter(|(_, is_wrong)| *is_wrong);
    wrong.map(|(unfit, _)| unfit).collect()
}

/// What a field says, in one line.
fn text(view: &RecordView, name: &str) -> Option<String> {
    let shape = Kind::parse(view.kind())?
        .field(name)
        .map(|field| &field.shape);
    let text = said(shape, view.field(name)?);
    let words: Vec<_> = text.split_whitespace().collect();
    Some(words.join(" ")).filter(|line| !line.is_empty())
}

/// The SIRET of an actor, when it is valid.
fn number(actor: &RecordView) -> Option<String> {
    match siret(&text(actor, "siret")?) {
        Outcome::Valid(number) => Some(number),
        _ => None,
    }
}

/// The number of an actor in the register of associations, when it is valid.
fn register(actor: &RecordView) -> Option<String> {
    rna(&text(actor, "rna")?).into_accepted()
}

/// The same, when the schema takes it: their pattern wants nine digits.
fn association(actor: &RecordView) -> Option<String> {
    let number = register(actor)?;
    let is_taken = number[1..].bytes().all(|byte| byte.is_ascii_digit());
    is_taken.then_some(number)
}

fn nature(application: &RecordView) -> Option<String> {
    let held = application.field("grant_nature")?;
    let natures = [
        ("numeraire", "aide en numéraire"),
        ("nature", "aide en nature"),
    ];
    let given = natures
        .iter()
        .filter(|(term, _)| held.terms.contains_key(*term));
    let given: Vec<&str> = given.map(|(_, theirs)| *theirs).collect();
    (!given.is_empty()).then(|| given.join(";"))
}

/// The two terms that the schema names are written as it writes them.
fn terms(typed: String) -> String {
    match typed.to_lowercase().as_str() {
        "unique" => "unique".to_owned(),
        "échelonné" | "echelonné" | "échelonne" | "echelonne" => "échelonné".to_owned(),
        _ => typed,
    }
}

fn period(application: &RecordView) -> Option<String> {
    let day = |name: &str| match &application.field(name)?.winner()?.value {
        Value::Date(day) => Some(day.clone()),
        _ => None,
    };
    let from = day("paid_from")?;
    Some(match day("paid_until").filter(|until| *until != from) {
        Some(until) => format!("{from}/{until}"),
        None => from,
    })
}

fn is_above(text: &str, least: f64) -> bool {
    text.parse::<f64>().is_ok_and(|number| number > least)
}

const APPLICATION: &str = "application";
const WHOLE: &str = "1.00";
/// Just below 0.01 and just above 1: values are decimals, read as floating numbers.
const LEAST_SHARE: f64 = 0.009_999;
const ABOVE_ALL: f64 = 1.0;
/// Limits of the schema.
const TEXT_CHARS_MAX: usize = 256;
const AID_NUMBER_CHARS_MAX: usize = 5;
/// The columns of the schema, in its order.
const COLUMNS: [&str; 16] = [
    "nomAttribuant",
    "idAttribuant",
    "dateConvention",
    "referenceDecision",
    "nomBeneficiaire",
    "idBeneficiaire",
    "rnaBeneficiaire",
    "objet",
    "montant",
    "nature",
    "conditionsVersement",
    "datesPeriodeVersement",
    "idRAE",
    "notificationUE",
    "pourcentageSubvention",
    "dispositifAide",
];
/// The fields of an application that are written, or say who is.
const WRITTEN: &[&str] = &[
    "agreed_on",
    "aid_number",
    "aid_scheme",
    "amount_granted",
    "beneficiary",
    "decision",
    "decision_reference",
    "grant_object",
    "grant_share",
    "grantor",
    "paid_from",
    "paid_until",
    "payment_terms",
    "state_aid",
];

#[cfg(test)]
mod tests;
