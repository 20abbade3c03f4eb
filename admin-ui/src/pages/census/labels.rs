//! What facets and their values are called.

use std::collections::BTreeMap;

use crdt_schema::id::RecordId;
use crdt_schema::label::Standing;
use crdt_schema::record::{KINDS, Shape};
use crdt_schema::register::Territories;
use crdt_schema::statement::{Due, ReportReason};
use crdt_schema::territory::{Belonging, Level, TerritoryCode};
use crdt_schema::vocabulary::{AnyField, Words};
use replica::search::Answer;
use replica::{
    COMMUNE, Fault, KEEPER, LINKS, PARTNER, QPV, REPORTED, Reader, Replica, State as Held,
};

use super::name;
use crate::i18n::Language;
use crate::labelled;
use crate::pages::asked::{Asked, DUE, LABEL, STANDING};
use crate::pages::statements;
use crate::wording;

/// Names by the text of an id: partners, and schemes of labels.
#[derive(Default)]
pub(super) struct Names(pub(super) BTreeMap<String, String>);

impl Names {
    pub(super) fn of(state: &Held) -> Self {
        let partners = state.governance().partners().enrolled().keys();
        let partners = partners.map(|partner| (partner.to_string(), state.partner_name(partner)));
        let schemes = state.governance().schemes().iter();
        let schemes = schemes.map(|(id, scheme)| (id.to_string(), scheme.title.clone()));
        Self(partners.chain(schemes).collect())
    }

    /// Names the records that are searched by: those that others lead to, and those of neighbourhoods, which no official list names.
    pub(super) fn of_records(
        language: Language,
        (replica, reader): (&Replica, &Reader),
        told: &[(&'static str, String)],
    ) -> Result<Self, Fault> {
        let federation = *replica.state().federation();
        let mut names = BTreeMap::new();
        for (facet, value) in told {
            let record = match *facet {
                LINKS => RecordId::parse(value).ok(),
                _ => TerritoryCode::of(Level::Qpv, value).map(|code| code.record(&federation)),
            };
            let view = record.map(|record| reader.record(&record)).transpose()?;
            if let Some(view) = view.flatten() {
                names.insert(value.clone(), name(language, &view));
            }
        }
        Ok(Self(names))
    }

    fn of_id(&self, id: &str) -> String {
        let known = self.0.get(id).cloned();
        known.unwrap_or_else(|| id.chars().take(8).collect())
    }
}

/// The values of facets that are named by records.
pub(super) fn named_by(asked: &Asked, answer: &Answer) -> Vec<(&'static str, String)> {
    let mut told = Vec::new();
    for facet in [LINKS, QPV] {
        let chosen = asked.facets.get(facet).into_iter().flatten();
        told.extend(chosen.map(|value| (facet, value.clone())));
    }
    let counted = answer.facets.get(QPV).into_iter().flatten();
    told.extend(counted.map(|count| (QPV, count.value.clone())));
    told
}

pub(super) fn facet_label(language: Language, words: &Words, name: &str) -> String {
    match name {
        COMMUNE => language.text("facet-commune"),
        "conflict" => language.text("facet-conflict"),
        "departement" => language.text("facet-departement"),
        "epci" => language.text("facet-epci"),
        "region" => language.text("facet-region"),
        DUE => language.text("facet-due"),
        KEEPER => language.text("facet-keeper"),
        LABEL => language.text("facet-label"),
        LINKS => language.text("facet-links"),
        PARTNER => language.text("facet-partner"),
        QPV => language.text("facet-qpv"),
        REPORTED => language.text("facet-reported"),
        STANDING => language.text("facet-label-state"),
        _ => wording::field_label(language, words.field_of_any_kind(name), name),
    }
}

pub(super) fn value_label(
    language: Language,
    words: &Words,
    names: &Names,
    name: &str,
    value: &str,
) -> String {
    match (name, value) {
        ("conflict", "yes") => language.text("yes"),
        ("conflict", _) => language.text("no"),
        (COMMUNE, code) => named(commune_name(code), code),
        ("departement", code) => named(lists().departement(code).map(|one| one.name), code),
        ("epci", code) => named(lists().epci_by_code(code).map(|one| one.name), code),
        ("region", code) => named(lists().region(code).map(|one| one.name), code),
        (DUE, _) => {
            Due::parse(value).map_or_else(|| value.to_owned(), |due| statements::due(language, due))
        }
        (KEEPER | LABEL | LINKS | PARTNER, _) => names.of_id(value),
        (REPORTED, reason) => ReportReason::parse(reason).map_or_else(
            || reason.to_owned(),
            |reason| statements::reason(language, reason),
        ),
        (STANDING, _) => Standing::parse(value).map_or_else(
            || value.to_owned(),
            |each| labelled::any_standing(language, each),
        ),
        (QPV, code) => neighbourhood(language, names, code),
        _ => wording::marked_term(language, words, shape_of(words, name, value), value),
    }
}

/// Codes of both generations stand in one facet: those of the former one say so.
fn neighbourhood(language: Language, names: &Names, code: &str) -> String {
    let label = named(names.0.get(code).map(String::as_str), code);
    let is_former = TerritoryCode::of(Level::Qpv, code).is_some_and(|code| !code.is_current_qpv());
    match is_former {
        true => language.text_with("facet-qpv-former", &[("label", label.into())]),
        false => label,
    }
}

/// Two kinds may have a field of one name with different vocabularies: the first that knows the term words it.
fn shape_of(words: &Words, name: &str, value: &str) -> Option<Shape> {
    let mut shapes = KINDS
        .iter()
        .filter_map(|kind| words.any_field(kind.code, name))
        .map(AnyField::shape);
    shapes.find(|shape| {
        let vocabulary = shape.vocabulary();
        vocabulary.is_some_and(|vocabulary| words.term(vocabulary, value).is_some())
    })
}

/// Says whether a value is a term that forms offer no more: a list shows it where records still carry it.
pub(super) fn is_former(words: &Words, name: &str, value: &str) -> bool {
    let vocabulary = shape_of(words, name, value).and_then(|shape| shape.vocabulary());
    let term = vocabulary.and_then(|vocabulary| words.term(vocabulary, value));
    term.is_some_and(|term| !term.is_current())
}

/// The official lists, where the names of territories stand.
fn lists() -> &'static Territories {
    Territories::shared()
}

/// The name of a commune; of one that is no more, or of an arrondissement, that of the commune of today.
fn commune_name(code: &str) -> Option<&'static str> {
    Belonging::of(code).map(|belonging| belonging.commune.name)
}

fn named(name: Option<&str>, code: &str) -> String {
    name.map_or_else(|| code.to_owned(), |name| format!("{name} ({code})"))
}
