//! Free text that is signed: a mail or a phone in it is found before. An act holds none, since nothing erases an act; of any other text the
//! person says that it is nobody's own, as on the form of a record.

use askama::Template;
use askama::filters::HtmlSafe;
use crdt_schema::personal::traces;

use crate::form::SentForm;
use crate::i18n::Language;
use crate::parts::Problem;

/// How a form says that what was found is the organisation's.
const KEEP: &str = "garder-coordonnees";

/// The box by which a person says so. It is asked only where something was found.
#[derive(Template)]
#[template(path = "free_text.html")]
pub(in crate::pages) struct Keep {
    is_asked: bool,
    name: &'static str,
    label: String,
}

impl HtmlSafe for Keep {}

impl Keep {
    /// Asks about these texts, if there is something to ask.
    pub(in crate::pages) fn of<'t>(
        language: Language,
        texts: impl IntoIterator<Item = &'t str>,
    ) -> Self {
        let mut texts = texts.into_iter();
        Self {
            is_asked: texts.any(|text| !traces(text).is_empty()),
            name: KEEP,
            label: language.text("piece-keep"),
        }
    }
}

/// Says that the text of an act holds what nothing could erase.
pub(in crate::pages) fn act_problem(
    language: Language,
    field: &str,
    text: &str,
) -> Option<Problem> {
    said(language, "act-personal", field, text)
}

/// Says that a text holds what may be a person's, unless the form says that it is not.
pub(in crate::pages) fn problem(
    language: Language,
    form: &SentForm,
    field: &str,
    text: &str,
) -> Option<Problem> {
    if form.text(KEEP) == "1" {
        return None;
    }
    said(language, "statement-personal", field, text)
}

/// What a form that is sent in two steps carries from the first to the second.
pub(in crate::pages) fn kept(form: &SentForm) -> Option<(String, String)> {
    (form.text(KEEP) == "1").then(|| (KEEP.to_owned(), "1".to_owned()))
}

fn said(language: Language, key: &str, field: &str, text: &str) -> Option<Problem> {
    let found = traces(text);
    let piece = found.first()?.text.to_owned();
    let values = [("piece", piece.into())];
    Some(Problem::new(field, language.text_with(key, &values)))
}
