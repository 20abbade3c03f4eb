//! Rules of a label as people write them down: a TOML file, for the commands and for the page that drafts a charter.

use std::collections::BTreeSet;

use crdt_schema::governance::{Amendment, Criterion, Scheme, SchemeName};
use crdt_schema::id::PartnerId;
use replica::State;
use serde::Deserialize;

use crate::i18n::Language;
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

/// Why the rules of a label cannot be read. Lines count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemeError {
    /// The text is no TOML.
    #[error("line {line} of the scheme is no TOML: {message}")]
    Syntax {
        /// Where.
        line: usize,
        /// What the reader of TOML says, in English.
        message: String,
    },
    /// A key is not there.
    #[error("line {line} of the scheme: `{key}` is missing there")]
    Missing {
        /// Where the table begins.
        line: usize,
        /// Its name.
        key: String,
    },
    /// There is no such key.
    #[error("line {line} of the scheme: there is no `{key}`")]
    Unknown {
        /// Where.
        line: usize,
        /// Its name.
        key: String,
    },
    /// A text stands where a number is wanted, or the like.
    #[error("line {line} of the scheme: {message}")]
    Type {
        /// Where.
        line: usize,
        /// What the reader of TOML says, in English.
        message: String,
    },
    /// Nobody, or more than one, is called so.
    #[error("{count} partners are called {named:?}: see `maillage partners`")]
    Partner {
        /// As the committee names it.
        named: String,
        /// How many are.
        count: usize,
    },
    /// The numbers cannot be reached.
    #[error(
        "the scheme: `needed` takes from 1 to as many as sit in the committee, `months` at least 1"
    )]
    Needed,
    /// The label would be bound to nothing.
    #[error("the scheme: `fields` names at least one field that the label is bound to")]
    Fields,
}

impl SchemeError {
    fn of(text: &str, error: &toml::de::Error) -> Self {
        let start = error.span().map_or(0, |span| span.start.min(text.len()));
        let before = text.as_bytes()[..start].iter();
        let line = before.filter(|byte| **byte == b'\n').count() + 1;
        let message = error.message().to_owned();
        let key = |start: &str| {
            let rest = message.strip_prefix(start)?.strip_prefix('`')?;
            rest.split_once('`').map(|(key, _)| key.to_owned())
        };
        if let Some(key) = key("missing field ") {
            return SchemeError::Missing { line, key };
        }
        if let Some(key) = key("unknown field ") {
            return SchemeError::Unknown { line, key };
        }
        match message.starts_with("invalid type") || message.starts_with("invalid value") {
            true => SchemeError::Type { line, message },
            false => SchemeError::Syntax { line, message },
        }
    }

    /// Says it on a page.
    pub(crate) fn said(&self, language: Language) -> String {
        let at = |key, line: usize, name: &str| {
            let values = [("line", line.into()), ("key", name.to_owned().into())];
            language.text_with(key, &values)
        };
        match self {
            SchemeError::Syntax { line, .. } => at("scheme-wrong-syntax", *line, ""),
            SchemeError::Missing { line, key } => at("scheme-wrong-missing", *line, key),
            SchemeError::Unknown { line, key } => at("scheme-wrong-unknown", *line, key),
            SchemeError::Type { line, .. } => at("scheme-wrong-type", *line, ""),
            SchemeError::Partner { named, count } => {
                let values = [("name", named.clone().into()), ("count", (*count).into())];
                language.text_with("scheme-wrong-partner", &values)
            }
            SchemeError::Needed => language.text("scheme-wrong-needed"),
            SchemeError::Fields => language.text("scheme-wrong-fields"),
        }
    }
}

impl From<SchemeError> for Refused {
    fn from(error: SchemeError) -> Self {
        let code = match error {
            SchemeError::Partner { .. } => "partner_not_found",
            _ => "scheme_unreadable",
        };
        Refused::new(code, error.to_string())
    }
}

/// Reads a scheme that a proposal adds to the charter, or replaces there. Partners of the committee are named as everywhere.
pub fn read(state: &State, text: &str) -> Result<Amendment, SchemeError> {
    let file: SchemeFile = toml::from_str(text).map_err(|error| SchemeError::of(text, &error))?;
    let committee = file.committee.iter();
    let committee = committee.map(|named| match called(state, named).as_slice() {
        [only] => Ok(**only),
        found => Err(SchemeError::Partner {
            named: named.clone(),
            count: found.len(),
        }),
    });
    let committee = committee.collect::<Result<BTreeSet<_>, _>>()?;
    if file.needed == 0 || file.needed as usize > committee.len() || file.months == 0 {
        return Err(SchemeError::Needed);
    }
    if file.fields.is_empty() {
        return Err(SchemeError::Fields);
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
    match called(state, named).as_slice() {
        [only] => Ok(**only),
        found => Err(SchemeError::Partner {
            named: named.to_owned(),
            count: found.len(),
        }
        .into()),
    }
}

fn called<'s>(state: &'s State, named: &str) -> Vec<&'s PartnerId> {
    let enrolled = state.governance().partners().enrolled().iter();
    enrolled
        .filter(|(id, profile)| id.to_string().starts_with(named) || profile.name == named)
        .map(|(id, _)| id)
        .collect()
}
