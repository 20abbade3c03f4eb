//! The certificate of a label, on one printed sheet, and its proof as a file.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use crdt_schema::id::RecordId;
use crdt_schema::proof::Unprovable;
use data_encoding::HEXLOWER;
use replica::{LabelError, Labelled, Reader};

use super::words::{Row, rows};
use super::{address, reference, today};
use crate::app::App;
use crate::error::{PageError, page};
use crate::layout::Layout;
use crate::pages::census;
use crate::qr;
use crate::visit::{PersonVisit, Visit};

#[derive(Template)]
#[template(path = "labels/certificate.html")]
struct Certificate {
    layout: Layout,
    name: String,
    record: String,
    row: Row,
    federation_name: String,
    federation: String,
    scheme: String,
    projection: String,
    code: Option<String>,
    /// The text of the code.
    reference: String,
    criteria: Vec<String>,
}

#[derive(Template)]
#[template(path = "labels/unproven.html")]
struct Unproven {
    layout: Layout,
    back: String,
    reason: String,
}

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/fiches/{record}/labels/{label}", get(certificate))
        .route("/fiches/{record}/labels/{label}/preuve", get(proof))
}

async fn certificate(
    State(app): State<App>,
    Path((record, label)): Path<(String, String)>,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    let language = visit.language;
    let record = RecordId::parse(&record).map_err(|_| PageError::NotFound.into_response())?;
    let today = today(app.now()).map_err(IntoResponse::into_response)?;
    let public = app.settings().public_address().map(str::to_owned);
    let read = app.read(move |replica, reader| {
        let Some(labelled) = find(reader, &record, &label, today)? else {
            return Ok(None);
        };
        let Some(view) = reader.record(&record)? else {
            return Ok(None);
        };
        let state = replica.state();
        let kind = view.kind();
        let row = rows(language, &state, kind, std::slice::from_ref(&labelled)).pop();
        let Some(row) = row.filter(|row| row.is_decided) else {
            return Ok(None);
        };
        let tip = state.governance().adoption().tip();
        let federation = state.federation().to_string();
        let scheme = labelled.label.scheme.to_string();
        let reference = reference(public.as_deref(), &labelled.label);
        let criteria = labelled.decision.scheme.criteria.iter();
        Ok(Some(Certificate {
            layout: visit.layout(language.text("certificate-heading")),
            name: census::name(language, &view),
            record: record.to_string(),
            row,
            federation_name: tip.name.clone(),
            federation,
            scheme,
            projection: HEXLOWER.encode(&labelled.label.projection),
            code: qr::svg(&reference),
            reference,
            criteria: criteria.map(|each| each.title.clone()).collect(),
        }))
    });
    let view = read.await.and_then(|view| view.ok_or(PageError::NotFound));
    page(StatusCode::OK, &view.map_err(IntoResponse::into_response)?)
        .map_err(IntoResponse::into_response)
}

async fn proof(
    State(app): State<App>,
    Path((record, label)): Path<(String, String)>,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    let record = RecordId::parse(&record).map_err(|_| PageError::NotFound.into_response())?;
    let today = today(app.now()).map_err(IntoResponse::into_response)?;
    let read = app.read(move |replica, reader| {
        let Some(labelled) = find(reader, &record, &label, today)? else {
            return Ok(None);
        };
        match replica.prove(&labelled.label) {
            Ok(bytes) => Ok(Some(Ok(bytes))),
            Err(LabelError::Fault(fault)) => Err(fault),
            Err(error) => {
                tracing::warn!(code = error.code(), "a proof was not made");
                Ok(Some(Err(error)))
            }
        }
    });
    let made = read.await.and_then(|made| made.ok_or(PageError::NotFound));
    let bytes = match made.map_err(IntoResponse::into_response)? {
        Ok(bytes) => bytes,
        Err(error) => {
            return unproven(&visit, &record, &error).map_err(IntoResponse::into_response);
        }
    };
    let name = format!("attachment; filename=\"{}.maillage-proof\"", record.short());
    let name = HeaderValue::from_str(&name).map_err(|_| PageError::NotFound.into_response())?;
    let content = HeaderValue::from_static("application/octet-stream");
    Ok((
        [(CONTENT_TYPE, content), (CONTENT_DISPOSITION, name)],
        bytes,
    )
        .into_response())
}

/// Says why there is no proof, and what to do.
fn unproven(visit: &Visit, record: &RecordId, error: &LabelError) -> Result<Response, PageError> {
    let language = visit.language;
    let reason = match error {
        LabelError::Unprovable(Unprovable::EntryNotHeld(_)) => "unprovable-entry-not-held",
        LabelError::ReadOnly | LabelError::Unprovable(Unprovable::Maker) => "unprovable-maker",
        LabelError::Unprovable(Unprovable::NoCredential) => "unprovable-no-credential",
        LabelError::Unprovable(Unprovable::NoGenesis) => "unprovable-no-genesis",
        LabelError::Unprovable(Unprovable::NotDecided) => "unprovable-not-decided",
        LabelError::Unprovable(Unprovable::Projection) => "unprovable-projection",
        LabelError::Unprovable(Unprovable::Refused(_)) => "unprovable-refused",
        // It went between two looks.
        _ => return Err(PageError::NotFound),
    };
    let view = Unproven {
        layout: visit.layout(language.text("unprovable-heading")),
        back: format!("/fiches/{record}/labels"),
        reason: language.text(reason),
    };
    page(StatusCode::CONFLICT, &view)
}

fn find(
    reader: &Reader,
    record: &RecordId,
    wanted: &str,
    today: crdt_schema::label::Day,
) -> Result<Option<Labelled>, replica::Fault> {
    let labels = reader.labels_of(record, today)?;
    Ok(labels
        .into_iter()
        .find(|each| address(&each.label) == wanted))
}
