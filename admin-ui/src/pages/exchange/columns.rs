//! The second page of an import: which column goes to which field. What was recognised is chosen already.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use crdt_schema::record::Kind;
use crdt_schema::vocabulary::{AnyField, Lexicon};
use exchange::{Mapping, Use};

use super::{Choice, Own, Step, list, reading, sheets, steps};
use crate::app::App;
use crate::contact::{SeenBy, TypedContact};
use crate::error::{PageError, page};
use crate::form::SentForm;
use crate::i18n::Language;
use crate::imports::{Choices, ContactChoice, Job, Work};
use crate::layout::Layout;
use crate::parts::{self, Field, Problem, Summary};
use crate::visit::{PersonVisit, Visit};
use crate::wording;

/// Columns that a person can map: each has the list of all fields. The others are mapped as they are recognised.
const COLUMNS_MAX: usize = 200;
/// What stands for a part of an address, which only the recognition can choose.
const PART: &str = "~";
/// What stands for a part of a contact, which only the recognition can choose.
const PERSON: &str = "~personne";

#[derive(Template)]
#[template(path = "exchange/columns.html")]
struct Columns {
    layout: Layout,
    token: String,
    steps: Vec<Step>,
    summary: Summary,
    id: String,
    file: String,
    source: String,
    is_remembered: bool,
    kinds: Vec<Choice>,
    groups: Vec<Group>,
    columns: Vec<Column>,
    unseen: Option<String>,
    persons: Option<Persons>,
    list: Option<list::Asked>,
    reading: Option<reading::Asked>,
    sheets: Option<sheets::Asked>,
    has_double_accents: bool,
}

/// What is asked of the persons of the file.
struct Persons {
    choices: Vec<(Choice, String)>,
    purpose: Field,
    until: Field,
}

/// Fields of one section.
struct Group {
    label: String,
    fields: Vec<(String, String)>,
}

struct Column {
    id: String,
    letter: String,
    name: String,
    samples: String,
    /// The value that is chosen.
    chosen: String,
    /// The choices that are of this column alone.
    own: Vec<(String, String)>,
    is_personal: bool,
    /// Whether its field was found by its values only.
    is_recognised: bool,
}

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/importer/{import}/colonnes", get(columns).post(map))
        .route("/importer/{import}/genre", post(change_kind))
}

async fn columns(
    State(app): State<App>,
    Own(job): Own,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    let lexicon = app.lexicon().await.map_err(IntoResponse::into_response)?;
    shown(&visit, &job, &lexicon, Vec::new()).map_err(IntoResponse::into_response)
}

pub(super) fn shown(
    visit: &Visit,
    job: &Job,
    lexicon: &Lexicon,
    problems: Vec<Problem>,
) -> Result<Response, PageError> {
    let phase = job.phase();
    if phase.is_busy() || matches!(phase, crate::imports::Phase::Done(_)) {
        return Ok(Redirect::to(&format!("/importer/{}", job.id)).into_response());
    }
    let mapping = job.mapping(lexicon.words()).ok_or(PageError::NotFound)?;
    let status = parts::status(&problems);
    page(status, &view(visit, job, lexicon, &mapping, problems))
}

/// Reads the columns anew for another kind.
async fn change_kind(
    State(app): State<App>,
    Own(job): Own,
    PersonVisit { .. }: PersonVisit,
    form: SentForm,
) -> Result<Response, Response> {
    let kind = Kind::parse(form.text("genre"));
    let lexicon = app.lexicon().await.map_err(IntoResponse::into_response)?;
    job.choose(Choices {
        kind,
        wishes: job.sheet().recognised(kind, lexicon.words()),
        confirmed: Vec::new(),
        ..job.choices()
    });
    Ok(Redirect::to(&format!("/importer/{}/colonnes", job.id)).into_response())
}

/// Takes the choices, and starts the dry run.
async fn map(
    State(app): State<App>,
    Own(job): Own,
    PersonVisit { .. }: PersonVisit,
    form: SentForm,
) -> Result<Response, Response> {
    let lexicon = app.lexicon().await.map_err(IntoResponse::into_response)?;
    let before = job
        .mapping(lexicon.words())
        .ok_or_else(|| PageError::NotFound.into_response())?;
    let wishes = wishes(&job, &form);
    let mapping = Mapping::of(
        &job.sheet().columns,
        Some(before.kind),
        &wishes,
        lexicon.words(),
    );
    let Some(mapping) = mapping.ok() else {
        // Only a form that is not ours names a field that is not there.
        return Err(PageError::NotFound.into_response());
    };
    let language = form.visit.language;
    let (contacts, mut problems) = contacts(language, &form);
    let (list, wrong) = list::read(language, &job, &form);
    problems.extend(wrong);
    let choices = Choices {
        kind: Some(before.kind),
        wishes,
        contacts,
        list,
        ..job.choices()
    };
    job.choose(choices);
    if !problems.is_empty() {
        return shown(&form.visit, &job, &lexicon, problems).map_err(IntoResponse::into_response);
    }
    if !mapping.has("name") {
        let text = form.visit.language.text("import-name-missing");
        let problem = Problem::new("c0", text);
        return shown(&form.visit, &job, &lexicon, vec![problem])
            .map_err(IntoResponse::into_response);
    }
    let imports = app.imports().map_err(IntoResponse::into_response)?;
    imports.ask(&job, Work::Try);
    Ok(Redirect::to(&format!("/importer/{}", job.id)).into_response())
}

/// What the form says of the columns, as the mapping is told it. A part of an address that was left as it is needs no word; everything
/// else is said, so that nothing is recognised anew behind the person's back.
fn wishes(job: &Job, form: &SentForm) -> Vec<(String, String)> {
    let sheet = job.sheet();
    let columns = sheet.columns.iter().take(COLUMNS_MAX);
    let said = columns.filter_map(|column| {
        let field = form.text(&format!("c{}", column.index));
        let is_recognised = [PART, PERSON].contains(&field);
        (!is_recognised).then(|| (column.name.clone(), field.to_owned()))
    });
    said.collect()
}

/// What the form says of the persons of the file. Without a word, they are left out.
fn contacts(language: Language, form: &SentForm) -> (Option<ContactChoice>, Vec<Problem>) {
    let Some(seen_by) = SeenBy::parse(form.text("contacts")) else {
        return (None, Vec::new());
    };
    let choice = ContactChoice {
        seen_by,
        purpose: form.text("contact_purpose").to_owned(),
        until: form.text("contact_until").to_owned(),
    };
    // Any name will do: only what is said for all of them is looked at.
    let sample = TypedContact {
        name: "x".to_owned(),
        purpose: choice.purpose.clone(),
        until: choice.until.clone(),
        seen_by: seen_by.code().to_owned(),
        ..TypedContact::default()
    };
    let wrong = sample.read().err().unwrap_or_default();
    let problems = wrong.iter().map(|field| match *field {
        "until" => Problem::new("contact_until", language.text("contact-keep-until-wrong")),
        _ => Problem::new("contact_purpose", language.text("contact-purpose-wrong")),
    });
    let problems = problems.collect();
    (Some(choice), problems)
}

/// Asks what becomes of persons, when the columns name some.
fn persons(
    language: Language,
    job: &Job,
    mapping: &Mapping,
    problems: &[Problem],
) -> Option<Persons> {
    let sheet = job.sheet();
    let columns = &sheet.columns;
    let mut places = 0..columns.len();
    places.find(|place| mapping.contact_part(columns, *place).is_some())?;
    let chosen = job.choices().contacts;
    let code = chosen.as_ref().map_or("", |chosen| chosen.seen_by.code());
    let choice = |value: &str, label: &str, hint: &str| {
        let choice = Choice {
            value: value.to_owned(),
            label: language.text(label),
            is_chosen: value == code,
        };
        (choice, language.text(hint))
    };
    let field = |id, label: &str, hint: &str, value: Option<&String>| {
        Field::text(id, language.text(label))
            .with_hint(language.text(hint))
            .with_value(value.map_or("", String::as_str))
            .with_autocomplete("off")
            .with_problems(problems)
    };
    let purpose = chosen.as_ref().map(|chosen| &chosen.purpose);
    let until = chosen.as_ref().map(|chosen| &chosen.until);
    Some(Persons {
        choices: vec![
            choice("", "import-contacts-none", "import-contacts-none-hint"),
            choice("own", "seen-by-own", "seen-by-own-hint"),
            choice("partners", "seen-by-partners", "seen-by-partners-hint"),
            choice("public", "seen-by-public", "seen-by-public-hint"),
        ],
        purpose: field(
            "contact_purpose",
            "contact-purpose",
            "contact-purpose-hint",
            purpose,
        ),
        until: field(
            "contact_until",
            "contact-keep-until",
            "contact-keep-until-hint",
            until,
        ),
    })
}

fn view(
    visit: &Visit,
    job: &Job,
    lexicon: &Lexicon,
    mapping: &Mapping,
    problems: Vec<Problem>,
) -> Columns {
    let language = visit.language;
    let choices = job.choices();
    let persons = persons(language, job, mapping, &problems);
    let list = list::Asked::of(language, job, &problems);
    let reading = reading::Asked::of_job(language, job, &problems);
    let sheets = sheets::Asked::of(language, job, &problems);
    let sheet = job.sheet();
    let chosen = mapping.kind.code;
    let kinds = wording::kinds_to_choose(language, visit.profile(), Some(chosen));
    let kinds = kinds.into_iter().map(|kind| Choice {
        value: kind.code.to_owned(),
        is_chosen: kind.code == chosen,
        label: kind.many,
    });
    let all = sheet.columns.len();
    let recognised = sheet.recognised(Some(mapping.kind), lexicon.words());
    let columns = (0..all.min(COLUMNS_MAX))
        .map(|place| column(language, job, (lexicon, mapping, &recognised), place));
    let unseen = all.checked_sub(COLUMNS_MAX).filter(|unseen| *unseen > 0);
    Columns {
        layout: visit.layout(language.text("import-columns-heading")),
        token: visit.form_token(),
        steps: steps(language, 1),
        summary: Summary::new(language, problems),
        id: job.id.clone(),
        file: job.upload.name.clone(),
        source: choices.source,
        is_remembered: job.is_remembered,
        kinds: kinds.collect(),
        groups: groups(language, lexicon, mapping.kind),
        columns: columns.collect(),
        persons,
        list,
        has_double_accents: sheet.has_double_accents && !choices.text.repair_accents,
        reading,
        sheets,
        unseen: unseen
            .map(|unseen| language.text_with("import-columns-unseen", &[("count", unseen.into())])),
    }
}

fn groups(language: Language, lexicon: &Lexicon, kind: &'static Kind) -> Vec<Group> {
    let tag = language.tag();
    let sections = kind.sections.iter().map(|section| Group {
        label: section.wording.in_language(tag).to_owned(),
        fields: {
            // A file may fill what forms do not ask.
            let known = section.fields.iter().map(AnyField::Known);
            let own = lexicon.words().fields_in(kind, section).map(AnyField::Own);
            let fields = known.chain(own);
            let named = fields.map(|field| (field.name().to_owned(), field.label(tag).to_owned()));
            named.collect()
        },
    });
    let mut others = vec![("record".to_owned(), language.text("import-use-record"))];
    if kind.field("point").is_some() {
        others.push(("latitude".to_owned(), language.text("import-use-latitude")));
        others.push((
            "longitude".to_owned(),
            language.text("import-use-longitude"),
        ));
    }
    if kind.field("holder").is_some() {
        let label = language.text("import-use-holder-id");
        others.push(("holder_id".to_owned(), label));
    }
    let other = Group {
        label: language.text("import-use-other"),
        fields: others,
    };
    sections.chain([other]).collect()
}

fn column(
    language: Language,
    job: &Job,
    (lexicon, mapping, recognised): (&Lexicon, &Mapping, &[(String, String)]),
    place: usize,
) -> Column {
    let sheet = job.sheet();
    let column = &sheet.columns[place];
    let usage = &mapping.uses[place];
    let spare = match usage {
        Use::Extra(name) => name.as_str(),
        _ => mapping.spare(place).unwrap_or("x_colonne"),
    };
    let mut own = vec![(String::new(), language.text("import-use-none"))];
    // A declared field stands in its section.
    if lexicon.words().field(mapping.kind.code, spare).is_none() {
        let values = [("name", spare.into())];
        own.push((
            spare.to_owned(),
            language.text_with("import-use-extra", &values),
        ));
    }
    let names = match usage {
        Use::Names(field) => format!("{field}.name"),
        _ => String::new(),
    };
    if let Use::Names(field) = usage
        && let Some(field) = mapping.kind.field(field)
    {
        let label = field.wording.in_language(language.tag());
        let values = [("field", label.into())];
        own.push((
            names.clone(),
            language.text_with("import-use-names", &values),
        ));
    }
    let chosen = match usage {
        Use::AddressPart(_) => {
            own.push((PART.to_owned(), language.text("import-use-address")));
            PART
        }
        Use::Personal => {
            own.push((PERSON.to_owned(), language.text("import-use-person")));
            PERSON
        }
        Use::Dropped => "",
        Use::Extra(_) => spare,
        Use::Field(field) => field,
        Use::HolderId => "holder_id",
        Use::Latitude => "latitude",
        Use::Longitude => "longitude",
        Use::Names(_) => &names,
        Use::Record => "record",
    };
    Column {
        id: format!("c{place}"),
        letter: column.letter.clone(),
        name: if column.name.is_empty() {
            language.text("import-column-nameless")
        } else {
            column.name.clone()
        },
        samples: sheet.samples[place].join(" · "),
        chosen: chosen.to_owned(),
        own,
        is_personal: *usage == Use::Personal,
        is_recognised: recognised
            .iter()
            .any(|(name, field)| *name == column.name && *field == chosen),
    }
}
