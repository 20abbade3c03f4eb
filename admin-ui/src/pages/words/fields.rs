//! The federation's own fields, and the fields that it hides.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use crdt_schema::profile::{Profile, Text};
use crdt_schema::record::{KINDS, Kind, Section};
use crdt_schema::vocabulary::{
    AnyField, DeclarationError, Declared, DeclaredField, Lexicon, OWN_FIELD, OwnShape, Words,
};

use super::{pending, why};
use crate::app::App;
use crate::error::{PageError, page};
use crate::form::SentForm;
use crate::i18n::Language;
use crate::layout::Layout;
use crate::pages::federation::deciding;
use crate::parts::{self, Field, Problem, Summary};
use crate::visit::{PersonVisit, Visit};
use crate::wording::{self, OfferedKind};

#[derive(Template)]
#[template(path = "words/fields.html")]
struct FieldsPage {
    layout: Layout,
    summary: Summary,
    own: Vec<OwnRow>,
    hidden: Vec<HiddenRow>,
    may_decide: bool,
    fields: Vec<Field>,
    sections: Vec<Choice>,
    shapes: Vec<Choice>,
    is_public: bool,
    hideable: Vec<Choice>,
}

struct OwnRow {
    kind: String,
    label: String,
    name: String,
    shape: String,
    /// What the form that hides or shows it sends.
    place: String,
    is_hidden: bool,
    is_disputed: bool,
}

struct HiddenRow {
    kind: String,
    label: String,
    place: String,
}

struct Choice {
    value: String,
    label: String,
    is_chosen: bool,
}

#[derive(Default)]
struct Typed {
    place: String,
    name: String,
    fr: String,
    en: String,
    hint: String,
    shape: String,
    is_public: bool,
}

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/federation/champs", get(show).post(declare))
        .route("/federation/champs/masquer", post(hide))
}

async fn show(
    State(app): State<App>,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    let shown = render(&app, &visit, &Typed::default(), Vec::new()).await;
    shown.map_err(IntoResponse::into_response)
}

async fn declare(State(app): State<App>, form: SentForm) -> Result<Response, Response> {
    form.visit.decider().map_err(IntoResponse::into_response)?;
    let typed = Typed {
        place: form.text("place").to_owned(),
        name: form.text("name").to_owned(),
        fr: form.text("fr").to_owned(),
        en: form.text("en").to_owned(),
        hint: form.text("hint").to_owned(),
        shape: form.text("shape").to_owned(),
        is_public: !form.text("public").is_empty(),
    };
    let declared = typed
        .to_field()
        .map(Declared::Field)
        .ok_or_else(|| PageError::StaleForm.into_response())?;
    match pending(&app, declared)
        .await
        .map_err(IntoResponse::into_response)?
    {
        Ok(pending) => {
            let shown = deciding::show(&app, &form.visit, &pending, Vec::new()).await;
            shown.map_err(IntoResponse::into_response)
        }
        Err(error) => {
            let field = match error {
                DeclarationError::Text => "fr",
                DeclarationError::Code | DeclarationError::Needed | DeclarationError::Unknown => {
                    "name"
                }
            };
            let problems = vec![Problem::new(field, why(form.visit.language, error))];
            let shown = render(&app, &form.visit, &typed, problems).await;
            shown.map_err(IntoResponse::into_response)
        }
    }
}

async fn hide(State(app): State<App>, form: SentForm) -> Result<Response, Response> {
    form.visit.decider().map_err(IntoResponse::into_response)?;
    let stale = || PageError::StaleForm.into_response();
    let (kind, field) = form.text("place").split_once('.').ok_or_else(stale)?;
    let declared = Declared::Hidden {
        kind: kind.to_owned(),
        field: field.to_owned(),
        is_hidden: form.text("hidden") == "1",
    };
    let pending = pending(&app, declared)
        .await
        .map_err(IntoResponse::into_response)?;
    let pending = pending.map_err(|_| stale())?;
    let shown = deciding::show(&app, &form.visit, &pending, Vec::new()).await;
    shown.map_err(IntoResponse::into_response)
}

async fn render(
    app: &App,
    visit: &Visit,
    typed: &Typed,
    problems: Vec<Problem>,
) -> Result<Response, PageError> {
    let (language, profile) = (visit.language, visit.profile());
    let read = app.read(move |replica, _| {
        let state = replica.state();
        let words = state.governance().words();
        Ok((
            own(language, words),
            hidden(language, words),
            hideable(language, words, profile),
        ))
    });
    let (own, hidden, hideable) = read.await?;
    let field = |id, key: &str, hint: &str, value: &str| {
        let field = Field::text(id, language.text(key)).with_hint(language.text(hint));
        field.with_value(value).with_problems(&problems)
    };
    let status = parts::status(&problems);
    let view = FieldsPage {
        layout: visit.layout(language.text("words-fields")),
        own,
        hidden,
        may_decide: visit.decider().is_ok(),
        fields: vec![
            field(
                "name",
                "words-field-name",
                "words-field-name-hint",
                &typed.name,
            ),
            field("fr", "words-fr", "words-fr-hint", &typed.fr),
            field("en", "words-en", "words-en-hint", &typed.en),
            field(
                "hint",
                "words-field-hint",
                "words-field-hint-hint",
                &typed.hint,
            ),
        ],
        sections: sections(language, &typed.place, profile),
        shapes: shapes(language, &typed.shape),
        is_public: typed.is_public,
        hideable,
        summary: Summary::new(language, problems),
    };
    page(status, &view)
}

fn own(language: Language, words: &Words) -> Vec<OwnRow> {
    let all = KINDS
        .iter()
        .flat_map(|kind| words.fields(kind.code).map(move |field| (kind, field)));
    let row = |(kind, field): (&&'static Kind, &DeclaredField)| OwnRow {
        kind: kind.wording.in_language(language.tag()).to_owned(),
        label: field.wording.in_language(language.tag()).to_owned(),
        name: field.name.clone(),
        shape: wording::own_shape(language, field.shape),
        place: format!("{}.{}", kind.code, field.name),
        is_hidden: words.hides(kind.code, &field.name),
        is_disputed: words.is_field_disputed(kind.code, &field.name),
    };
    all.map(row).collect()
}

fn hidden(language: Language, words: &Words) -> Vec<HiddenRow> {
    let all = KINDS
        .iter()
        .flat_map(|kind| kind.fields().map(move |field| (kind, field)));
    let hidden = all.filter(|(kind, field)| words.hides(kind.code, field.name));
    let row = |(kind, field): (&&'static Kind, &crdt_schema::record::Field)| HiddenRow {
        kind: kind.wording.in_language(language.tag()).to_owned(),
        label: field.wording.in_language(language.tag()).to_owned(),
        place: format!("{}.{}", kind.code, field.name),
    };
    hidden.map(row).collect()
}

/// The fields that the programme asks for and that can be hidden: all that are not, but the name.
fn hideable(language: Language, words: &Words, profile: Option<&'static Profile>) -> Vec<Choice> {
    let shown = shown(language, profile).into_iter();
    let fields = shown.flat_map(|(kind, _, fields)| {
        let of = move |field| (kind.clone(), field);
        fields.into_iter().map(of)
    });
    let choice = |(kind, field): (OfferedKind, &'static crdt_schema::record::Field)| Choice {
        value: format!("{}.{}", kind.code, field.name),
        label: format!(
            "{} : {}",
            kind.one,
            field.wording.in_language(language.tag())
        ),
        is_chosen: false,
    };
    fields
        .filter(|(kind, field)| field.name != "name" && !words.hides(kind.code, field.name))
        .map(choice)
        .collect()
}

fn sections(language: Language, chosen: &str, profile: Option<&'static Profile>) -> Vec<Choice> {
    let shown = shown(language, profile).into_iter();
    let choice = |(kind, section, _): Shown| {
        let value = format!("{}.{}", kind.code, section.code);
        Choice {
            label: format!(
                "{} : {}",
                kind.one,
                section.wording.in_language(language.tag())
            ),
            is_chosen: value == chosen,
            value,
        }
    };
    shown.map(choice).collect()
}

/// A section of a kind that the programme shows, with the fields that it shows there.
type Shown = (
    OfferedKind,
    &'static Section,
    Vec<&'static crdt_schema::record::Field>,
);

fn shown(language: Language, profile: Option<&'static Profile>) -> Vec<Shown> {
    let lexicon = Lexicon::new(Words::default(), profile);
    let mut shown = Vec::new();
    for offered in wording::offered_kinds(language, profile) {
        let kind = Kind::parse(offered.code).expect("a programme shows kinds of this version");
        for asked in lexicon.sections(kind) {
            let known = asked.fields.iter().filter_map(|field| match field {
                AnyField::Known(field) => Some(*field),
                AnyField::Own(_) => None,
            });
            shown.push((offered.clone(), asked.section, known.collect()));
        }
    }
    shown
}

fn shapes(language: Language, chosen: &str) -> Vec<Choice> {
    let choice = |shape: &OwnShape| Choice {
        value: shape.to_string(),
        label: wording::own_shape(language, *shape),
        is_chosen: shape.to_string() == chosen,
    };
    OwnShape::PLAIN.iter().map(choice).collect()
}

impl Typed {
    /// `None` when the form does not say where the field stands or what it holds: our own form always does.
    fn to_field(&self) -> Option<DeclaredField> {
        let (kind, section) = self.place.split_once('.')?;
        let or_french = |text: &str| {
            if text.is_empty() {
                self.fr.clone()
            } else {
                text.to_owned()
            }
        };
        let hint = or_french(&self.hint);
        let name = self.name.trim_start_matches(OWN_FIELD);
        Some(DeclaredField {
            kind: kind.to_owned(),
            section: section.to_owned(),
            name: format!("{OWN_FIELD}{name}"),
            shape: OwnShape::parse(&self.shape)?,
            wording: Text::new(&self.fr, &or_french(&self.en)),
            hint: Text::new(&hint, &hint),
            is_public: self.is_public,
        })
    }
}
