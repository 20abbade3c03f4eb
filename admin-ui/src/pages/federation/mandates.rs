//! The part of a form that says what a partner may write.

use askama::Template;
use askama::filters::HtmlSafe;
use crdt_schema::governance::{Mandate, Scope, Selection};
use crdt_schema::record::KINDS;
use crdt_schema::register::Territories;

use crate::form::SentForm;
use crate::i18n::Language;
use crate::parts::Problem;
use crate::wording;

/// The home territory of records that belong to no département.
const NO_DEPARTEMENT: &str = "*";

/// Boxes for the kinds, a field for the départements. Nothing ticked and nothing typed is everything.
#[derive(Template)]
#[template(path = "federation/mandate.html")]
pub(super) struct MandateFields {
    language: Language,
    /// Told apart where a page has several.
    prefix: String,
    kinds: Vec<Box>,
    territories: String,
    error: Option<String>,
}

struct Box {
    code: &'static str,
    label: String,
    is_ticked: bool,
}

impl HtmlSafe for MandateFields {}

impl MandateFields {
    pub(super) fn empty(language: Language, prefix: &str) -> Self {
        let kinds = KINDS.iter().map(|kind| Box {
            code: kind.code,
            label: wording::kind_label(language, kind.code),
            is_ticked: false,
        });
        Self {
            language,
            prefix: prefix.to_owned(),
            kinds: kinds.collect(),
            territories: String::new(),
            error: None,
        }
    }

    fn text(&self, key: &str) -> String {
        self.language.text(key)
    }
}

/// Reads the part of a form.
pub(super) fn mandate(language: Language, form: &SentForm) -> Result<Mandate, Problem> {
    let kinds: Vec<&str> = form.all("kind").collect();
    let is_known = |code: &&str| KINDS.iter().any(|kind| kind.code == *code);
    if !kinds.iter().all(is_known) {
        return Err(Problem::new(
            "territories",
            language.text("mandate-kind-unknown"),
        ));
    }
    let typed = form.text("territories").to_uppercase();
    let separators = [' ', ',', ';', '\n', '\r', '\t'];
    let territories: Vec<&str> = typed
        .split(separators)
        .filter(|code| !code.is_empty())
        .collect();
    let lists = Territories::shared();
    for code in &territories {
        if *code != NO_DEPARTEMENT && lists.departement(code).is_none() {
            let values = [("code", (*code).to_owned().into())];
            let text = language.text_with("mandate-territory-unknown", &values);
            return Err(Problem::new("territories", text));
        }
    }
    let selection = |names: Vec<&str>| {
        if names.is_empty() {
            Selection::All
        } else {
            Selection::only(names)
        }
    };
    Ok(Mandate::new(vec![Scope {
        kinds: selection(kinds),
        territories: selection(territories),
    }]))
}
