//! Rules of a label as people write them down: a TOML file, for the commands and for the page that drafts a charter.

use std::collections::BTreeSet;

use crdt_schema::governance::{Amendment, Criterion, Scheme, SchemeName};
use crdt_schema::id::PartnerId;
use replica::State;
use serde::Deserialize;

use crate::office::Refused;

/// A scheme as it is written in a file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SchemeFile {
    id: String,
    version: u32,
    title: String,
    fields: Vec<String>,
    needed: u32,
    months: u32,
    committee: Vec<String>,
    #[serde(default)]
    complements: Vec<String>,
    #[serde(default)]
    criteria: Vec<CriterionFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CriterionFile {
    id: String,
    title: String,
    weight: u32,
    #[serde(default)]
    mandatory: bool,
}

/// Reads a scheme that a proposal adds to the charter, or replaces there. Partners of the committee are named as everywhere.
pub fn read(state: &State, text: &str) -> Result<Amendment, Refused> {
    let wrong = |message: String| Refused::new("scheme_unreadable", message);
    let file: SchemeFile =
        toml::from_str(text).map_err(|error| wrong(format!("the scheme: {error}")))?;
    let committee = file.committee.iter();
    let committee = committee.map(|named| partner_named(state, named));
    let committee = committee.collect::<Result<BTreeSet<_>, _>>()?;
    if file.needed == 0 || file.needed as usize > committee.len() || file.months == 0 {
        return Err(wrong(
            "the scheme: `needed` takes from 1 to as many as sit in the committee, `months` at least 1".to_owned(),
        ));
    }
    if file.fields.is_empty() {
        return Err(wrong(
            "the scheme: `fields` names at least one field that the label is bound to".to_owned(),
        ));
    }
    let criteria = file.criteria.into_iter().map(|each| Criterion {
        id: each.id,
        title: each.title,
        weight: each.weight,
        mandatory: each.mandatory,
    });
    let name = SchemeName {
        id: file.id,
        version: file.version,
    };
    let scheme = Scheme {
        title: file.title,
        criteria: criteria.collect(),
        fields: file.fields,
        k: file.needed,
        committee,
        months: file.months,
        complements: file.complements,
    };
    Ok(Amendment::Scheme(name, scheme))
}

/// Finds an enrolled partner by the first digits of its id, or by its name.
pub fn partner_named(state: &State, named: &str) -> Result<PartnerId, Refused> {
    let enrolled = state.governance().partners().enrolled();
    let found: Vec<&PartnerId> = enrolled
        .iter()
        .filter(|(id, profile)| id.to_string().starts_with(named) || profile.name == named)
        .map(|(id, _)| id)
        .collect();
    match found.as_slice() {
        [only] => Ok(**only),
        _ => {
            let count = found.len();
            let message = format!("{count} partners are called {named:?}: see `maillage partners`");
            Err(Refused::new("partner_not_found", message))
        }
    }
}
