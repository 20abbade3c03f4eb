//! Vocabularies: the terms of each, and the form by which a coordinator adds, rewords or sets one aside.

use std::collections::BTreeSet;

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use crdt_schema::profile::{Profile, Text};
use crdt_schema::record::{KINDS, Kind, Vocabulary, vocabularies, vocabulary_named};
use crdt_schema::vocabulary::{Declared, DeclaredTerm, Standing, Words};
use serde::Deserialize;

use super::{pending, why};
use crate::app::App;
use crate::error::{PageError, page};
use crate::form::SentForm;
use crate::i18n::Language;
use crate::layout::Layout;
use crate::pages::federation::deciding;
use crate::parts::{self, Field, Problem, Summary};
use crate::visit::{PersonVisit, Visit};
use crate::word_history::{self, WordChange, WordStanding};
use crate::wording;

#[derive(Template)]
#[template(path = "words/vocabularies.html")]
struct Vocabularies {
    layout: Layout,
    rows: Vec<VocabularyRow>,
}

struct VocabularyRow {
    href: String,
    name: String,
    terms: String,
    own: String,
    disputed: bool,
}

#[derive(Template)]
#[template(path = "words/vocabulary.html")]
struct VocabularyPage {
    layout: Layout,
    summary: Summary,
    address: String,
    used_by: String,
    terms: Vec<TermRow>,
    changes: Vec<ChangeRow>,
    may_decide: bool,
    form_heading: String,
    form: TermForm,
}

struct TermRow {
    code: String,
    fr: String,
    en: String,
    broader: String,
    standing: String,
    origin: String,
    is_disputed: bool,
    change: String,
}

/// A change of a term, on the page of its vocabulary.
struct ChangeRow {
    href: String,
    day: String,
    partner: String,
    code: String,
    before: Vec<String>,
    after: String,
    standing: String,
    badge: &'static str,
}

struct TermForm {
    /// The code of the term that is changed; a new one is typed.
    code: Option<String>,
    fields: Vec<Field>,
    is_deprecated: bool,
}

/// What a person typed of a term, or what is declared of it.
#[derive(Default)]
struct Typed {
    code: String,
    fr: String,
    en: String,
    broader: String,
    successor: String,
    data_inclusion: String,
    is_deprecated: bool,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    terme: String,
}

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/federation/vocabulaires", get(list))
        .route("/federation/vocabulaires/{code}", get(show).post(declare))
}

/// What a vocabulary is called: the fields that use it, by their labels.
fn name(language: Language, vocabulary: &Vocabulary) -> String {
    let fields = KINDS.iter().flat_map(|kind| kind.fields());
    let using = fields.filter(|field| {
        let its = field.shape.vocabulary();
        its.is_some_and(|its| its.code == vocabulary.code)
    });
    let labels: BTreeSet<&str> = using
        .map(|field| field.wording.in_language(language.tag()))
        .collect();
    labels.into_iter().collect::<Vec<_>>().join(", ")
}

/// The kinds of the programme that use a vocabulary.
fn used_by(
    language: Language,
    vocabulary: &Vocabulary,
    profile: Option<&'static Profile>,
) -> String {
    let is_using = |code: &str| {
        Kind::parse(code).is_some_and(|kind| {
            kind.fields().any(|field| {
                let its = field.shape.vocabulary();
                its.is_some_and(|its| its.code == vocabulary.code)
            })
        })
    };
    let offered = wording::offered_kinds(language, profile).into_iter();
    let using = offered.filter(|kind| is_using(kind.code));
    let labels: Vec<String> = using.map(|kind| kind.many.to_lowercase()).collect();
    labels.join(", ")
}

async fn list(
    State(app): State<App>,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    let (language, profile) = (visit.language, visit.profile());
    let read = app.read(move |replica, _| {
        let state = replica.state();
        let words = state.governance().words();
        // A list that only other programmes use shows where the federation declared something in it.
        let is_shown = |vocabulary: &&'static Vocabulary| {
            let is_asked = profile.is_none_or(|profile| profile.asks_for(vocabulary));
            is_asked
                || words
                    .terms(vocabulary)
                    .iter()
                    .any(|term| term.declared.is_some())
        };
        let row = |vocabulary: &'static Vocabulary| {
            let terms = words.terms(vocabulary);
            let own = terms.iter().filter(|term| term.declared.is_some()).count();
            VocabularyRow {
                href: format!("/federation/vocabulaires/{}", vocabulary.code),
                name: format!(
                    "{} ({})",
                    name(language, vocabulary),
                    used_by(language, vocabulary, profile)
                ),
                terms: language.number(terms.len() as u64),
                own: language.number(own as u64),
                disputed: terms.iter().any(|term| term.is_disputed),
            }
        };
        let shown = vocabularies().into_iter().filter(is_shown);
        Ok(shown.map(row).collect())
    });
    let view = Vocabularies {
        layout: visit.layout(language.text("words-vocabularies")),
        rows: read.await.map_err(IntoResponse::into_response)?,
    };
    page(StatusCode::OK, &view).map_err(IntoResponse::into_response)
}

async fn show(
    State(app): State<App>,
    Path(code): Path<String>,
    Query(asked): Query<Asked>,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    let vocabulary = vocabulary_named(&code).ok_or_else(|| PageError::NotFound.into_response())?;
    let read = app.read(move |replica, _| {
        let state = replica.state();
        Ok(typed_of(
            state.governance().words(),
            vocabulary,
            &asked.terme,
        ))
    });
    let typed = read.await.map_err(IntoResponse::into_response)?;
    let shown = render(&app, &visit, vocabulary, typed, Vec::new()).await;
    shown.map_err(IntoResponse::into_response)
}

async fn declare(
    State(app): State<App>,
    Path(code): Path<String>,
    form: SentForm,
) -> Result<Response, Response> {
    let vocabulary = vocabulary_named(&code).ok_or_else(|| PageError::NotFound.into_response())?;
    form.visit.decider().map_err(IntoResponse::into_response)?;
    let typed = Typed {
        code: form.text("code").to_owned(),
        fr: form.text("fr").to_owned(),
        en: form.text("en").to_owned(),
        broader: form.text("broader").to_owned(),
        successor: form.text("successor").to_owned(),
        data_inclusion: form.text("data_inclusion").to_owned(),
        is_deprecated: !form.text("deprecated").is_empty(),
    };
    let language = form.visit.language;
    let declared = Declared::Term(typed.to_term(vocabulary));
    let problems = match unknown_names(&app, language, vocabulary, &typed).await {
        Ok(problems) => problems,
        Err(error) => return Err(error.into_response()),
    };
    if problems.is_empty() {
        match pending(&app, declared)
            .await
            .map_err(IntoResponse::into_response)?
        {
            Ok(pending) => {
                let shown = deciding::show(&app, &form.visit, &pending, Vec::new()).await;
                return shown.map_err(IntoResponse::into_response);
            }
            Err(error) => {
                let problems = vec![Problem::new(typed.field_of(error), why(language, error))];
                let shown = render(&app, &form.visit, vocabulary, typed, problems).await;
                return shown.map_err(IntoResponse::into_response);
            }
        }
    }
    let shown = render(&app, &form.visit, vocabulary, typed, problems).await;
    shown.map_err(IntoResponse::into_response)
}

/// A wider term and a successor have to be terms of the same list.
async fn unknown_names(
    app: &App,
    language: Language,
    vocabulary: &'static Vocabulary,
    typed: &Typed,
) -> Result<Vec<Problem>, PageError> {
    let named = [
        ("broader", typed.broader.clone()),
        ("successor", typed.successor.clone()),
    ];
    let read = app.read(move |replica, _| {
        let state = replica.state();
        let words = state.governance().words();
        let unknown = named
            .into_iter()
            .filter(|(_, code)| !code.is_empty() && words.term(vocabulary, code).is_none());
        Ok(unknown
            .map(|(field, code)| {
                let values = [("code", code.into())];
                Problem::new(field, language.text_with("words-problem-no-term", &values))
            })
            .collect())
    });
    read.await
}

fn change_row(language: Language, change: WordChange) -> ChangeRow {
    let (standing, badge) = match change.standing {
        WordStanding::InForce => ("words-history-in-force", "badge-success"),
        WordStanding::Nothing => ("words-history-nothing", "badge-danger"),
        WordStanding::Replaced => ("words-history-replaced", "badge-notice"),
    };
    ChangeRow {
        href: format!("/federation/decisions/{}", change.act),
        day: language.day(change.claimed),
        partner: change
            .partner
            .unwrap_or_else(|| language.text("decision-nobody")),
        code: change.code,
        before: change.before,
        after: change.after,
        standing: language.text(standing),
        badge,
    }
}

async fn render(
    app: &App,
    visit: &Visit,
    vocabulary: &'static Vocabulary,
    typed: Typed,
    problems: Vec<Problem>,
) -> Result<Response, PageError> {
    let language = visit.language;
    let read = app.read(move |replica, reader| {
        let changes = word_history::of(language, (replica, reader), vocabulary)?;
        let state = replica.state();
        let terms = rows(language, state.governance().words(), vocabulary);
        Ok((terms, changes))
    });
    let (terms, changes) = read.await?;
    let is_new = !terms.iter().any(|term| term.code == typed.code);
    let status = parts::status(&problems);
    let form_heading = if is_new {
        language.text("words-add")
    } else {
        language.text_with("words-change", &[("code", typed.code.clone().into())])
    };
    let view = VocabularyPage {
        layout: visit.layout(name(language, vocabulary)),
        address: format!("/federation/vocabulaires/{}", vocabulary.code),
        used_by: used_by(language, vocabulary, visit.profile()),
        terms,
        changes: changes
            .into_iter()
            .map(|change| change_row(language, change))
            .collect(),
        may_decide: visit.decider().is_ok(),
        form_heading,
        form: typed.form(language, &problems, is_new),
        summary: Summary::new(language, problems),
    };
    page(status, &view)
}

fn rows(language: Language, words: &Words, vocabulary: &'static Vocabulary) -> Vec<TermRow> {
    let terms = words.terms(vocabulary).into_iter();
    let row = |term: crdt_schema::vocabulary::Worded<'_>| {
        let said = |code: &str| {
            let named = words.term(vocabulary, code);
            named.map_or_else(
                || code.to_owned(),
                |term| term.in_language(language.tag()).to_owned(),
            )
        };
        let declared = term.declared;
        let standing = match declared.map(|declared| &declared.standing) {
            None | Some(Standing::Current) => language.text("words-current"),
            Some(Standing::Deprecated { successor: None }) => language.text("words-deprecated"),
            Some(Standing::Deprecated {
                successor: Some(successor),
            }) => language.text_with(
                "words-deprecated-for",
                &[("successor", said(successor).into())],
            ),
        };
        let origin = match (declared.is_some(), vocabulary.term(term.code).is_some()) {
            (false, _) => "words-origin-shipped",
            (true, true) => "words-origin-reworded",
            (true, false) => "words-origin-own",
        };
        let broader = declared.and_then(|declared| declared.broader.as_deref());
        TermRow {
            code: term.code.to_owned(),
            fr: term.fr.to_owned(),
            en: term.en.to_owned(),
            broader: broader.map(said).unwrap_or_default(),
            standing,
            origin: language.text(origin),
            is_disputed: term.is_disputed,
            change: format!(
                "/federation/vocabulaires/{}?terme={}#terme",
                vocabulary.code, term.code
            ),
        }
    };
    terms.map(row).collect()
}

fn typed_of(words: &Words, vocabulary: &'static Vocabulary, code: &str) -> Typed {
    let Some(term) = words.term(vocabulary, code) else {
        return Typed::default();
    };
    let mut typed = Typed {
        code: term.code.to_owned(),
        fr: term.fr.to_owned(),
        en: term.en.to_owned(),
        ..Typed::default()
    };
    if let Some(declared) = term.declared {
        typed.broader = declared.broader.clone().unwrap_or_default();
        typed.data_inclusion = declared.data_inclusion.join(" | ");
        if let Standing::Deprecated { successor } = &declared.standing {
            typed.is_deprecated = true;
            typed.successor = successor.clone().unwrap_or_default();
        }
    }
    typed
}

impl Typed {
    fn to_term(&self, vocabulary: &'static Vocabulary) -> DeclaredTerm {
        let named = |code: &str| (!code.is_empty()).then(|| code.to_owned());
        let standing = if self.is_deprecated {
            Standing::Deprecated {
                successor: named(&self.successor),
            }
        } else {
            Standing::Current
        };
        let foreign = self.data_inclusion.split('|').map(str::trim);
        DeclaredTerm {
            vocabulary: vocabulary.code.to_owned(),
            code: self.code.clone(),
            // The French words stand in for the English ones until somebody writes them.
            wording: Text::new(
                &self.fr,
                if self.en.is_empty() {
                    &self.fr
                } else {
                    &self.en
                },
            ),
            broader: named(&self.broader),
            standing,
            data_inclusion: foreign
                .filter(|term| !term.is_empty())
                .map(str::to_owned)
                .collect(),
        }
    }

    /// The field that a refusal is about.
    fn field_of(&self, error: crdt_schema::vocabulary::DeclarationError) -> &'static str {
        use crdt_schema::vocabulary::DeclarationError as Error;
        match error {
            Error::Code | Error::Needed => "code",
            Error::Text => "fr",
            Error::Unknown if self.successor == self.code => "successor",
            Error::Unknown => "broader",
        }
    }

    fn form(&self, language: Language, problems: &[Problem], is_new: bool) -> TermForm {
        let field = |id, label: String, hint: String, value: &str| {
            Field::text(id, label)
                .with_hint(hint)
                .with_value(value)
                .with_problems(problems)
        };
        let text = |key: &str| language.text(key);
        let mut fields = Vec::new();
        if is_new {
            fields.push(field(
                "code",
                text("words-code"),
                text("words-code-hint"),
                &self.code,
            ));
        }
        fields.extend([
            field("fr", text("words-fr"), text("words-fr-hint"), &self.fr),
            field("en", text("words-en"), text("words-en-hint"), &self.en),
            field(
                "broader",
                text("words-broader"),
                text("words-broader-hint"),
                &self.broader,
            ),
            field(
                "data_inclusion",
                text("words-data-inclusion"),
                text("words-data-inclusion-hint"),
                &self.data_inclusion,
            ),
            field(
                "successor",
                text("words-successor"),
                text("words-successor-hint"),
                &self.successor,
            ),
        ]);
        TermForm {
            code: (!is_new).then(|| self.code.clone()),
            fields,
            is_deprecated: self.is_deprecated,
        }
    }
}
