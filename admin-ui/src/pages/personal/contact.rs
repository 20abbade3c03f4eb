//! The form of a contact: a person is added to a record, or changed. What our organisation no longer means is erased with it.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use crdt_schema::id::{RecordId, SubjectId};

use super::fields::{self, Fields, OBJECTION};
use crate::app::{App, blocking};
use crate::contact::{self, Contact, ContactError, HeldValue, KINDS, Removal, TypedContact};
use crate::error::{PageError, page};
use crate::form::SentForm;
use crate::layout::Layout;
use crate::pages::census;
use crate::pages::federation::deciding::refused_in_words;
use crate::parts::{self, Problem, Summary};
use crate::visit::{PersonVisit, Visit};

#[derive(Template)]
#[template(path = "personal/contact.html")]
struct ContactPage {
    layout: Layout,
    summary: Summary,
    record: String,
    record_name: String,
    action: String,
    fields: Fields,
}

/// The record and, once it is known, the person.
#[derive(Clone, Copy)]
struct Place {
    record: RecordId,
    subject: Option<SubjectId>,
}

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/fiches/{record}/contacts/nouveau", get(empty).post(add))
        .route(
            "/fiches/{record}/contacts/{subject}",
            get(filled).post(change),
        )
}

async fn empty(
    State(app): State<App>,
    Path(record): Path<String>,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    let place = Place::parse(&record, None).map_err(IntoResponse::into_response)?;
    let shown = show(&app, &visit, place, &TypedContact::default(), Vec::new()).await;
    shown.map_err(IntoResponse::into_response)
}

async fn filled(
    State(app): State<App>,
    Path((record, subject)): Path<(String, String)>,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    let answer = async {
        let place = Place::parse(&record, Some(&subject))?;
        let values = ours(&app, place).await?;
        if values.is_empty() {
            return Err(PageError::NotFound);
        }
        show(&app, &visit, place, &typed_of(&values), Vec::new()).await
    };
    answer.await.map_err(IntoResponse::into_response)
}

async fn add(
    State(app): State<App>,
    Path(record): Path<String>,
    form: SentForm,
) -> Result<Response, Response> {
    let place = Place::parse(&record, None).map_err(IntoResponse::into_response)?;
    let saved = save(&app, place, &form).await;
    saved.map_err(IntoResponse::into_response)
}

async fn change(
    State(app): State<App>,
    Path((record, subject)): Path<(String, String)>,
    form: SentForm,
) -> Result<Response, Response> {
    let place = Place::parse(&record, Some(&subject)).map_err(IntoResponse::into_response)?;
    let saved = save(&app, place, &form).await;
    saved.map_err(IntoResponse::into_response)
}

async fn show(
    app: &App,
    visit: &Visit,
    place: Place,
    typed: &TypedContact,
    problems: Vec<Problem>,
) -> Result<Response, PageError> {
    visit.writer()?;
    let (language, record) = (visit.language, place.record);
    let view = app.read(move |_, reader| reader.record(&record)).await?;
    let view = view.filter(|view| KINDS.contains(&view.kind()));
    let view = view.ok_or(PageError::NotFound)?;
    let status = parts::status(&problems);
    let heading = match place.subject {
        None => "contact-add",
        Some(_) => "contact-change",
    };
    let shown = ContactPage {
        layout: visit.layout(language.text(heading)),
        record: format!("/fiches/{record}"),
        record_name: census::name(language, &view),
        action: place.address(),
        fields: Fields::new(language, typed, &problems),
        summary: Summary::new(language, problems),
    };
    page(status, &shown)
}

async fn save(app: &App, place: Place, form: &SentForm) -> Result<Response, PageError> {
    form.visit.writer()?;
    let (language, typed) = (form.visit.language, fields::typed(form));
    let contact = match typed.read() {
        Ok(contact) => contact,
        Err(wrong) => {
            let problems = fields::problems(language, &wrong);
            return show(app, &form.visit, place, &typed, problems).await;
        }
    };
    let before = match place.subject {
        None => Vec::new(),
        Some(_) => ours(app, place).await?,
    };
    if place.subject.is_some() && before.is_empty() {
        return Err(PageError::NotFound);
    }
    if form.text(OBJECTION).is_empty() && is_objected(app, &contact).await? {
        let problems = vec![fields::objection(language)];
        return show(app, &form.visit, place, &typed, problems).await;
    }
    let partner = app.census()?.replica.partner();
    let leaves = contact.leaves(&before, partner);
    keep(app, place.record, place.subject, contact).await?;
    // Nothing is lost when this is refused: what was meant is kept already, and the form can be sent again.
    if let Err(refused) = remove(app, leaves).await? {
        let text = refused_in_words(language, &refused);
        let problems = vec![Problem::new("contact_seen_by", text)];
        return show(app, &form.visit, place, &typed, problems).await;
    }
    Ok(Redirect::to(&format!("/fiches/{}#contacts", place.record)).into_response())
}

/// Keeps a contact; a person who is not known yet is drawn.
pub(super) async fn keep(
    app: &App,
    record: RecordId,
    subject: Option<SubjectId>,
    contact: Contact,
) -> Result<(), PageError> {
    let subject = subject.unwrap_or_else(|| SubjectId::from_bytes(app.draw()));
    let kept = app
        .read_both(move |replica, local| Ok(contact.keep(replica, local, record, subject)))
        .await?;
    tracing::info!(record.id = %record.short(), "a contact was kept on the pages");
    kept.map_err(|error| match error {
        ContactError::Fault(fault) => PageError::Fault(fault),
        ContactError::NotSigned(_) => PageError::NotForThisRole,
    })
}

pub(super) async fn is_objected(app: &App, contact: &Contact) -> Result<bool, PageError> {
    let contact = contact.clone();
    app.local(move |local| contact.is_objected(local)).await
}

/// Takes away what our organisation wrote: shared values by an author's erasure, the others from this node.
pub(super) async fn remove(
    app: &App,
    removal: Removal,
) -> Result<Result<(), crate::office::Refused>, PageError> {
    if let Some(act) = removal.act() {
        let office = app.office()?;
        if let Err(refused) = blocking(move || office.decide(&[act])).await? {
            tracing::warn!(code = %refused.code, "an author's erasure was refused");
            return Ok(Err(refused));
        }
    }
    app.local(move |local| removal.forget(local)).await?;
    Ok(Ok(()))
}

/// What our organisation wrote of the person in this record.
async fn ours(app: &App, place: Place) -> Result<Vec<HeldValue>, PageError> {
    let Some(subject) = place.subject else {
        return Ok(Vec::new());
    };
    app.read_both(move |replica, local| {
        let mut values = contact::about(&replica.read()?, local, &subject)?;
        let ours = replica.partner();
        values.retain(|value| value.record == place.record && value.is_of(ours));
        Ok(values)
    })
    .await
}

fn typed_of(values: &[HeldValue]) -> TypedContact {
    let mut typed = TypedContact::default();
    for value in values.iter().filter(|value| value.is_shown()) {
        let field = match value.field.as_str() {
            "contact_mail" => &mut typed.mail,
            "contact_name" => &mut typed.name,
            "contact_phone" => &mut typed.phone,
            _ => continue,
        };
        field.clone_from(&value.value);
        typed.purpose.clone_from(&value.purpose);
        typed.until = value.until.clone().unwrap_or_default();
        value.seen_by.code().clone_into(&mut typed.seen_by);
    }
    typed
}

impl Place {
    fn parse(record: &str, subject: Option<&str>) -> Result<Self, PageError> {
        let subject = subject.map(SubjectId::parse).transpose();
        Ok(Self {
            record: RecordId::parse(record).map_err(|_| PageError::NotFound)?,
            subject: subject.map_err(|_| PageError::NotFound)?,
        })
    }

    fn address(self) -> String {
        let person = self.subject.map(|subject| subject.to_string());
        let person = person.unwrap_or_else(|| "nouveau".to_owned());
        format!("/fiches/{}/contacts/{person}", self.record)
    }
}
