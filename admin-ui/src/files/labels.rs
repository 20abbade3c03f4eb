//! The labels that go into a file beside their records.

use crdt_schema::label::{Day, Decision, Origin};
use exchange::export::{LabelSaid, LabelsSaid};
use replica::{Fault, Labelled, Reader, Replica, State};

use super::{Export, Form};
use crate::i18n::Language;
use crate::labelled;

/// Reads the labels of the federation, once for the whole file; none for forms that have no place for them.
pub(super) fn said(
    export: &Export<'_>,
    replica: &Replica,
    reader: &Reader,
) -> Result<LabelsSaid, Fault> {
    let has_a_place = match export.form {
        Form::Csv
        | Form::GeoJson
        | Form::Json
        | Form::Parquet
        | Form::Spreadsheet
        | Form::Workbook => true,
        Form::Atom
        | Form::Calendar
        | Form::Grants
        | Form::Inclusion
        | Form::InclusionServices
        | Form::InclusionStructures => false,
    };
    let Some(today) = Day::of(export.now).filter(|_| has_a_place) else {
        return Ok(LabelsSaid::default());
    };
    let found = reader.labels_by_record(today)?;
    let language = Language::parse(export.language).unwrap_or(Language::French);
    let state = replica.state();
    let said = found.into_iter().map(|(record, labels)| {
        let labels = labels.iter().map(|each| label(language, &state, each));
        (record, labels.collect())
    });
    Ok(said.collect())
}

/// Codes for programs, and words for people.
fn label(language: Language, state: &State, labelled: &Labelled) -> LabelSaid {
    let decision = &labelled.decision;
    let said = labelled::said(language, state, labelled);
    LabelSaid {
        scheme: labelled.label.scheme.to_string(),
        title: decision.scheme.title.clone(),
        own: own(state, decision),
        standing: labelled.standing,
        from: decision.first_day,
        to: decision.last_day,
        words: format!("{said}, {}", labelled::period(language, decision)),
    }
}

fn own(state: &State, decision: &Decision) -> Option<String> {
    match decision.origin {
        Origin::Federation => None,
        Origin::Own(partner) => Some(state.partner_name(&partner)),
    }
}
