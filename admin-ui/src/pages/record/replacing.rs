//! Old terms of a record: each gives way at a click to the one that coordinators put in its place. Nobody has to, and what a record holds
//! stays until somebody does.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use crdt_schema::draft::{Draft, Wanted};
use crdt_schema::edit::Value;
use crdt_schema::record::Shape;
use crdt_schema::view::RecordView;
use crdt_schema::vocabulary::{AnyField, Words};
use replica::Saving;

use crate::app::App;
use crate::error::PageError;
use crate::form::SentForm;
use crate::i18n::Language;
use crate::mandates::OwnMandate;
use crate::pages::statements::held_record;

/// What a button beside an old term says and sends.
pub(super) struct Offer {
    pub(super) field: String,
    pub(super) term: String,
    pub(super) label: String,
}

impl Offer {
    /// Offers what stands in the place of a term of a field. `None` for a term that forms offer, and where nothing does.
    pub(super) fn of(
        language: Language,
        words: &Words,
        shape: Option<Shape>,
        (field, term): (&str, &str),
    ) -> Option<Self> {
        let vocabulary = shape?.vocabulary()?;
        let successor = words.successor(vocabulary, term)?;
        let successor = successor.in_language(language.tag()).to_owned();
        Some(Self {
            field: field.to_owned(),
            term: term.to_owned(),
            label: language.text_with("term-replace", &[("successor", successor.into())]),
        })
    }
}

pub(super) fn routes() -> Router<App> {
    Router::new().route("/fiches/{record}/remplacer", post(replace))
}

async fn replace(
    State(app): State<App>,
    Path(record): Path<String>,
    form: SentForm,
) -> Result<Response, Response> {
    form.visit.writer().map_err(IntoResponse::into_response)?;
    let (record, view) = held_record(&app, &record).await?;
    let replaced = async {
        let lexicon = app.lexicon().await?;
        let draft = replacing(
            lexicon.words(),
            &view,
            (form.text("field"), form.text("term")),
        );
        // Somebody else did it meanwhile, or the federation offers the term again: the page shows how it is.
        let Some(draft) = draft else {
            return Ok(format!("/fiches/{record}"));
        };
        let own = app.read(|replica, _| Ok(OwnMandate::of(replica))).await?;
        let is_covered = own.is_none_or(|own| own.covers_record(&view));
        // The form has the same choice, says why it would count for nothing, and what can be done.
        if !is_covered {
            return Ok(format!("/fiches/{record}/modifier"));
        }
        app.save(Saving::over(&view, draft)).await?;
        Ok::<_, PageError>(format!("/fiches/{record}?enregistre=1"))
    };
    let address = replaced.await.map_err(IntoResponse::into_response)?;
    Ok(Redirect::to(&address).into_response())
}

/// Puts what stands in the place of a term where a record has it. `None` where there is nothing to do. A field in conflict is settled
/// first.
fn replacing(words: &Words, view: &RecordView, (name, term): (&str, &str)) -> Option<Draft> {
    let shape = words.any_field(view.kind(), name).map(AnyField::shape)?;
    let successor = words.successor(shape.vocabulary()?, term)?.code.to_owned();
    let held = view.field(name)?;
    let wanted = if shape.is_set() {
        let mut terms: std::collections::BTreeSet<String> = held.terms.keys().cloned().collect();
        if !terms.remove(term) {
            return None;
        }
        terms.insert(successor);
        Wanted::Terms(terms)
    } else {
        let is_held = |value: &Value| matches!(value, Value::Term(code) if code == term);
        let winner = held.winner().filter(|_| !held.is_conflict())?;
        if !is_held(&winner.value) {
            return None;
        }
        Wanted::Value(Value::Term(successor))
    };
    Some(Draft {
        fields: [(name.to_owned(), wanted)].into(),
    })
}
