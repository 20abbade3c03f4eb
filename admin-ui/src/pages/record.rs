//! A record: every value with who wrote it, conflicts side by side, links both ways.

mod authors;
mod documents;
mod erased;
mod linked;
mod replacing;
mod rows;
mod territories;
mod withdrawal;

use std::collections::BTreeMap;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use crdt_schema::draft::{Draft, Wanted, zone_of};
use crdt_schema::edit::{Field, State as EditState, Value};
use crdt_schema::id::{ItemId, RecordId};
use crdt_schema::label::Day;
use crdt_schema::record::{Kind, REPLACED_BY, Shape, field_of_every_kind, is_in_conflict};
use crdt_schema::view::RecordView;
use crdt_schema::vocabulary::{AnyField, Lexicon};
use replica::local::Role;
use replica::{EditInfo, Fault, Reader, Replica, Saving};

use crate::app::App;
use crate::error::{PageError, page};
use crate::files::Licences;
use crate::form::SentForm;
use crate::i18n::Language;
use crate::layout::Layout;
use crate::pages::federation::may_decide;
use crate::pages::record_form::Remark;
use crate::pages::statements::held_record;
use crate::pages::{campaigns, census, duplicates, labels, personal, sources, statements};
use crate::visit::PersonVisit;
use crate::wording;
use withdrawal::Withdrawn;

/// The field that names sources in words.
const SOURCES: &str = "sources";

#[derive(Template)]
#[template(path = "record.html")]
struct RecordPage {
    layout: Layout,
    address: String,
    kind: String,
    token: String,
    is_writer: bool,
    withdrawn: Option<Withdrawn>,
    may_erase: bool,
    conflicts: Vec<Conflict>,
    row_conflicts: Vec<rows::RowConflict>,
    /// Why a row was not settled.
    unsettled: Option<String>,
    sections: Vec<Section>,
    linked_from: linked::Block,
    territories: territories::Block,
    documents: documents::Block,
    labels: Vec<labels::Row>,
    contacts: personal::Block,
    campaign: campaigns::Block,
    source: sources::Block,
    statements: statements::Block,
    duplicates: duplicates::Block,
    waiting: Option<String>,
    saved: Option<String>,
    remarks: Vec<String>,
}

struct Section {
    id: &'static str,
    label: String,
    facts: Vec<Fact>,
}

/// One field as it reads.
struct Fact {
    label: String,
    lines: Vec<Line>,
    table: Option<rows::RowsTable>,
    is_conflict: bool,
}

impl Fact {
    /// Links to the record itself are no values.
    fn says_something(&self) -> bool {
        !self.lines.is_empty() || self.table.is_some()
    }
}

/// One value, and who wrote it.
struct Line {
    text: String,
    href: Option<String>,
    is_long: bool,
    sources: Vec<String>,
    /// The term that takes the place of an old one at a click.
    replaced: Option<replacing::Offer>,
}

/// A field with several values, to be settled.
struct Conflict {
    field: String,
    label: String,
    title: String,
    values: Vec<Choice>,
}

struct Choice {
    edit: String,
    text: String,
    source: String,
}

/// What a page needs of the store.
struct Held {
    view: RecordView,
    edits: Vec<EditInfo>,
    authors: BTreeMap<ItemId, String>,
    names: BTreeMap<RecordId, String>,
    /// What stands in the place of withdrawn records that it names.
    places: BTreeMap<RecordId, (RecordId, String)>,
    /// The sources that it names, where they have records.
    sources: BTreeMap<String, RecordId>,
    linked_from: linked::Found,
    labels: Vec<labels::Row>,
    /// Whether what stands in the place of this record is withdrawn in favour of it.
    is_circle: bool,
    /// The day of this node, `AAAA-MM-JJ`.
    today: String,
}

impl Held {
    /// Returns whether a link leads to the record itself: to one that was merged into it.
    fn is_itself(&self, record: &RecordId) -> bool {
        let place = self.places.get(record).map_or(record, |(place, _)| place);
        *place == self.view.record
    }

    /// Returns where a link leads and how it reads: to what stands in the place of a record that was replaced.
    fn link(&self, language: Language, record: &RecordId) -> Option<(String, String)> {
        let name = self.names.get(record)?;
        Some(match self.places.get(record) {
            Some((place, called)) => {
                let values = [
                    ("name", name.as_str().into()),
                    ("place", called.as_str().into()),
                ];
                let text = language.text_with("record-link-replaced", &values);
                (format!("/fiches/{place}"), text)
            }
            None => (format!("/fiches/{record}"), name.clone()),
        })
    }
}

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/fiches/{record}", get(show))
        .route("/fiches/{record}/trancher", post(settle))
        .merge(rows::routes())
        .merge(documents::routes())
        .merge(replacing::routes())
        .merge(withdrawal::routes())
}

async fn show(
    State(app): State<App>,
    Path(record): Path<String>,
    axum::extract::RawQuery(query): axum::extract::RawQuery,
    PersonVisit { visit, person }: PersonVisit,
) -> Result<Response, Response> {
    let language = visit.language;
    let record = RecordId::parse(&record).map_err(|_| PageError::NotFound.into_response())?;
    let gone = erased::page_of(&app, &visit, record).await;
    if let Some(page) = gone.map_err(IntoResponse::into_response)? {
        return Ok(page);
    }
    let today = labels::today(app.now()).map_err(IntoResponse::into_response)?;
    let held = app
        .read(move |replica, reader| held(language, replica, reader, &record, today))
        .await;
    let mut held = held
        .and_then(|held| held.ok_or(PageError::NotFound))
        .map_err(IntoResponse::into_response)?;
    let labels = std::mem::take(&mut held.labels);
    let seen = held.view.clone();
    let territories = app
        .read(move |replica, reader| territories::Block::of(language, (replica, reader), &seen))
        .await
        .map_err(IntoResponse::into_response)?;
    let contacts = contacts(&app, language, &held.view, person.account.role);
    let contacts = contacts.await.map_err(IntoResponse::into_response)?;
    let campaign = campaigns::block(&app, language, &held.view).await;
    let may_write = is_writer(person.account.role);
    let source = sources::block(&app, language, &held.view, may_write).await;
    let statements = statements::block(&app, &visit, &person, record).await;
    let duplicates = duplicates::block(&app, language, record).await;
    let lexicon = app.lexicon().await.map_err(IntoResponse::into_response)?;
    let waiting = held
        .edits
        .iter()
        .filter(|edit| matches!(edit.state, EditState::Pending(_)))
        .count();
    let query = query.unwrap_or_default();
    let is_saved = query.split('&').any(|pair| pair == "enregistre=1");
    let remarks = Remark::read(&query).into_iter().filter(|_| is_saved);
    let remarks = remarks.filter_map(|it| it.said(language, lexicon.words(), held.view.kind()));
    let attachments = app.census().map_err(IntoResponse::into_response)?;
    let attachments = attachments.replica.attachments();
    let documents = documents::Block::of(
        &visit,
        is_writer(person.account.role),
        &attachments,
        (&held.view, &held.edits, &held.authors),
        &query,
    );
    let view = RecordPage {
        layout: visit.layout(census::name(language, &held.view)),
        address: format!("/fiches/{record}"),
        kind: wording::kind_label(language, held.view.kind()),
        token: visit.form_token(),
        is_writer: is_writer(person.account.role),
        withdrawn: Withdrawn::of(&held.view, &held.authors, &held.names, held.is_circle),
        may_erase: may_decide(person.account.role),
        conflicts: conflicts(language, &lexicon, &held),
        row_conflicts: rows::RowConflict::all(
            language,
            &lexicon,
            &held,
            (&visit.form_token(), is_writer(person.account.role)),
        ),
        unsettled: rows::unsettled(language, &query),
        sections: sections(language, &lexicon, &held),
        linked_from: linked::Block::of(language, &lexicon, record, &held.linked_from),
        territories,
        documents,
        labels,
        contacts,
        campaign: campaign.map_err(IntoResponse::into_response)?,
        source: source.map_err(IntoResponse::into_response)?,
        statements: statements.map_err(IntoResponse::into_response)?,
        duplicates: duplicates.map_err(IntoResponse::into_response)?,
        waiting: (waiting > 0)
            .then(|| language.text_with("record-waiting", &[("count", waiting.into())])),
        remarks: remarks.collect(),
        saved: is_saved.then(|| language.text("record-saved")),
    };
    page(StatusCode::OK, &view).map_err(IntoResponse::into_response)
}

async fn contacts(
    app: &App,
    language: Language,
    view: &RecordView,
    role: Role,
) -> Result<personal::Block, PageError> {
    let today = labels::today(app.now())?.to_string();
    let (record, kind) = (view.record, view.kind().to_owned());
    app.read_both(move |replica, local| {
        let reader = replica.read()?;
        let held = (replica, &reader, local);
        personal::Block::of(language, held, (record, &kind), &today, is_writer(role))
    })
    .await
}

/// Readers read. What anybody else may write is judged with the mandate of their organisation, not here.
pub(crate) fn is_writer(role: Role) -> bool {
    role != Role::Reader
}

fn held(
    language: Language,
    replica: &Replica,
    reader: &Reader,
    record: &RecordId,
    today: Day,
) -> Result<Option<Held>, Fault> {
    let Some(view) = reader.record(record)? else {
        return Ok(None);
    };
    let edits = reader.edits(record)?;
    let labelled = reader.labels_of(record, today)?;
    let state = replica.state();
    let labels = labels::rows(language, &state, view.kind(), &labelled);
    let authors = edits.iter().map(|edit| {
        let partner = edit
            .partner
            .map_or_else(|| edit.feed.short(), |partner| state.partner_name(&partner));
        (
            edit.id,
            format!("{partner}, {}", language.day(edit.claimed)),
        )
    });
    let authors = authors.collect();
    drop(state);
    let name = |record: &RecordId| {
        let held = reader.record(record)?;
        Ok::<_, Fault>(held.map(|held| census::name(language, &held)))
    };
    let (mut names, mut places) = (BTreeMap::new(), BTreeMap::new());
    for linked in links_of(&view) {
        if let Some(called) = name(&linked)? {
            names.insert(linked, called);
        }
        let place = reader.standing(&linked)?;
        if place != linked
            && let Some(called) = name(&place)?
        {
            places.insert(linked, (place, called));
        }
    }
    let mut sources = BTreeMap::new();
    if let Some(named) = view.field(SOURCES) {
        // Without an answer of the index, the words stay words.
        let licences = Licences::of(replica, reader).unwrap_or_default();
        let known = named.terms.keys().filter_map(|word| {
            let source = licences.named(word)?;
            names.insert(source.record, source.name.clone());
            Some((word.clone(), source.record))
        });
        sources.extend(known);
    }
    let linked_from = linked::Found::of(language, replica, reader, record, today)?;
    let place = view.replaced_by().map(|place| reader.record(&place));
    let place = place.transpose()?.flatten();
    let place = place.filter(|place| !place.fields().is_empty());
    Ok(Some(Held {
        is_circle: place.is_some() && reader.standing(record)? == *record,
        today: today.to_string(),
        places,
        sources,
        view,
        edits,
        authors,
        names,
        linked_from,
        labels,
    }))
}

/// The records that this one names in a field.
fn links_of(view: &RecordView) -> Vec<RecordId> {
    let kind = Kind::parse(view.kind());
    let mut links = Vec::new();
    for (name, field) in view.fields() {
        links.extend(
            field
                .values
                .iter()
                .filter_map(|written| match &written.value {
                    Value::Record(record) => Some(*record),
                    _ => None,
                }),
        );
        let shape = kind
            .and_then(|kind| kind.field(name))
            .map(|field| field.shape);
        if let Some(Shape::Rows(rows)) = shape {
            links.extend(rows.links(field.terms.keys().map(String::as_str)));
        }
        if matches!(shape, Some(Shape::Records(_))) {
            links.extend(
                field
                    .terms
                    .keys()
                    .filter_map(|term| RecordId::parse(term).ok()),
            );
        }
    }
    links
}

fn conflicts(language: Language, lexicon: &Lexicon, held: &Held) -> Vec<Conflict> {
    let (words, kind) = (lexicon.words(), held.view.kind());
    let several = held
        .view
        .fields()
        .iter()
        .filter(|(_, field)| field.values.len() > 1);
    several
        .map(|(name, field)| {
            let known = words.any_field(kind, name);
            let label = wording::field_label(language, known, name);
            let values = [
                ("field", label.clone().into()),
                ("count", field.values.len().into()),
            ];
            Conflict {
                field: name.clone(),
                title: language.text_with("conflict-title", &values),
                label,
                values: field
                    .values
                    .iter()
                    .map(|written| Choice {
                        edit: written.edit.to_string(),
                        text: wording::value(
                            language,
                            words,
                            known.map(|field| field.shape()),
                            &written.value,
                            zone_of(held.view.fields()),
                        ),
                        source: held.authors.get(&written.edit).cloned().unwrap_or_default(),
                    })
                    .collect(),
            }
        })
        .collect()
}

/// What the record says, in the sections of its form. What a form would not ask is shown after them, but what a coordinator hides.
fn sections(language: Language, lexicon: &Lexicon, held: &Held) -> Vec<Section> {
    let mut shown = std::collections::BTreeSet::new();
    let mut sections = Vec::new();
    let kind = held.view.kind();
    for asked in Kind::parse(kind).map_or(Vec::new(), |kind| lexicon.sections(kind)) {
        let mut facts = Vec::new();
        for field in asked.fields {
            if let Some(value) = held.view.field(field.name()) {
                shown.insert(field.name());
                let known = Some(field);
                facts.push(fact(language, lexicon, known, field.name(), value, held));
            }
        }
        facts.retain(Fact::says_something);
        if !facts.is_empty() {
            sections.push(Section {
                id: asked.section.code,
                label: asked.section.wording.in_language(language.tag()).to_owned(),
                facts,
            });
        }
    }
    let words = lexicon.words();
    let others = held.view.fields().iter();
    let others =
        others.filter(|(name, _)| !shown.contains(name.as_str()) && !words.hides(kind, name));
    let others = others.filter(|(name, _)| field_of_every_kind(name).is_none());
    let mut facts: Vec<Fact> = others
        .map(|(name, field)| {
            let known = words.any_field(kind, name);
            fact(language, lexicon, known, name, field, held)
        })
        .collect();
    facts.retain(Fact::says_something);
    if !facts.is_empty() {
        sections.push(Section {
            id: "autres",
            label: language.text("record-other-fields"),
            facts,
        });
    }
    sections
}

fn fact(
    language: Language,
    lexicon: &Lexicon,
    known: Option<AnyField<'_>>,
    name: &str,
    field: &Field,
    held: &Held,
) -> Fact {
    let (words, shape) = (lexicon.words(), known.map(AnyField::shape));
    let zone = zone_of(held.view.fields());
    let source = |edit: &ItemId| held.authors.get(edit).cloned().unwrap_or_default();
    let mut lines = Vec::new();
    for written in &field.values {
        // A conflict is shown whole: it waits to be settled.
        if let Value::Record(record) = &written.value
            && !field.is_conflict()
            && held.is_itself(record)
            && name != REPLACED_BY.name
        {
            continue;
        }
        let link = match &written.value {
            Value::Record(record) => held.link(language, record),
            Value::Text(text) if shape == Some(Shape::Link) && text.starts_with("https://") => {
                Some((text.clone(), text.clone()))
            }
            _ => None,
        };
        let (href, text) = link.unzip();
        let offer = match &written.value {
            Value::Term(code) if !field.is_conflict() => {
                replacing::Offer::of(language, words, shape, (name, code))
            }
            _ => None,
        };
        let said = || match &written.value {
            Value::Term(code) => wording::marked_term(language, words, shape, code),
            value => wording::value(language, words, shape, value, zone),
        };
        lines.push(Line {
            text: text.unwrap_or_else(said),
            href,
            is_long: false,
            sources: vec![source(&written.edit)],
            replaced: offer,
        });
    }
    let table = match (known, shape) {
        (Some(known), Some(Shape::Rows(rows))) if !field.terms.is_empty() => {
            let rows = (known, rows);
            Some(rows::RowsTable::of(language, lexicon, rows, field, held))
        }
        _ => None,
    };
    for (term, writers) in field.terms.iter().filter(|_| table.is_none()) {
        let is_link = matches!(shape, Some(Shape::Records(_)));
        if is_link && RecordId::parse(term).is_ok_and(|record| held.is_itself(&record)) {
            continue;
        }
        let linked = match name {
            SOURCES => held.sources.get(term).copied(),
            _ => RecordId::parse(term).ok(),
        };
        let linked = linked.and_then(|record| held.link(language, &record));
        let (href, text) = linked.unzip();
        lines.push(Line {
            text: text.unwrap_or_else(|| wording::marked_term(language, words, shape, term)),
            href,
            is_long: false,
            sources: writers.iter().map(|writer| source(&writer.edit)).collect(),
            replaced: replacing::Offer::of(language, words, shape, (name, term)),
        });
    }
    if let Some(text) = &field.text {
        lines.push(Line {
            text: text.clone(),
            href: None,
            is_long: true,
            sources: authors::of_text(name, held),
            replaced: None,
        });
    }
    Fact {
        label: wording::field_label(language, known, name),
        lines,
        table,
        is_conflict: is_in_conflict(shape, field),
    }
}

/// Reads the record in which somebody who may write settles something.
async fn to_settle(
    app: &App,
    record: &str,
    form: &SentForm,
) -> Result<(RecordId, RecordView), Response> {
    if form.visit.person.is_none() {
        return Err(Redirect::to("/connexion").into_response());
    }
    form.visit.writer().map_err(IntoResponse::into_response)?;
    held_record(app, record).await
}

/// Settles a conflict: an ordinary edit that stands on all heads and puts the chosen value.
async fn settle(
    State(app): State<App>,
    Path(record): Path<String>,
    form: SentForm,
) -> Result<Response, Response> {
    let (record, view) = to_settle(&app, &record, &form).await?;
    let edit = ItemId::parse(form.text("edit")).map_err(|_| PageError::NotFound.into_response())?;
    let field = form.text("field").to_owned();
    let chosen = view
        .field(&field)
        .and_then(|field| field.values.iter().find(|written| written.edit == edit));
    // Somebody else settled it meanwhile: the page shows how.
    if let Some(chosen) = chosen {
        let draft = Draft {
            fields: [(field, Wanted::Value(chosen.value.clone()))].into(),
        };
        let saved = app.save(Saving::over(&view, draft)).await;
        saved.map_err(IntoResponse::into_response)?;
    }
    Ok(Redirect::to(&format!("/fiches/{record}?enregistre=1")).into_response())
}
