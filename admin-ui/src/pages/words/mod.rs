//! The words of the federation: the programmes that it follows, vocabularies with their terms, its own fields, the fields that it hides.
//! Anybody reads them; a coordinator declares, by acts that are shown decoded before they are signed.

mod fields;
mod profiles;
mod terms;

use axum::Router;
use crdt_schema::vocabulary::{Declaration, DeclarationError, Declared};

use crate::app::App;
use crate::error::PageError;
use crate::i18n::Language;
use crate::pages::federation::deciding::Pending;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .merge(fields::routes())
        .merge(profiles::routes())
        .merge(terms::routes())
}

/// Makes the act that declares something instead of what is in force on it.
async fn pending(
    app: &App,
    declared: Declared,
) -> Result<Result<Pending, DeclarationError>, PageError> {
    let read = app.read(move |replica, _| {
        let state = replica.state();
        let replaces = state.governance().words().in_force(&declared);
        Ok(Declaration { declared, replaces })
    });
    let declaration = read.await?;
    Ok(declaration
        .check()
        .map(|()| Pending::Acts(vec![declaration.to_act()])))
}

/// Says why something cannot be declared.
fn why(language: Language, error: DeclarationError) -> String {
    language.text(match error {
        DeclarationError::Code => "words-problem-code",
        DeclarationError::Needed => "words-problem-needed",
        DeclarationError::Text => "words-problem-text",
        DeclarationError::Unknown => "words-problem-unknown",
    })
}
