//! Deciding and withdrawing a label of one record.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use crdt_schema::governance::Act;
use crdt_schema::id::{PartnerId, RecordId};
use crdt_schema::label::{Day, State as LabelState};
use replica::{LabelError, Labelled, Reader, Replica, first_day};

use super::words::{Row, rows};
use super::{address, today};
use crate::app::App;
use crate::error::{PageError, page};
use crate::form::SentForm;
use crate::i18n::Language;
use crate::layout::Layout;
use crate::office::Refused;
use crate::pages::federation::deciding::{self, Pending, refused_in_words};
use crate::pages::federation::invitations::{allowed, not_done};
use crate::pages::federation::may_decide;
use crate::pages::{census, free_text};
use crate::parts::Problem;
use crate::visit::PersonVisit;
use crate::wording;

#[derive(Template)]
#[template(path = "labels/decide.html")]
struct Decide {
    layout: Layout,
    record: String,
    labels: Vec<Row>,
    schemes: Vec<SchemeChoice>,
    may_decide: bool,
}

/// A scheme in whose committee this node's partner sits.
struct SchemeChoice {
    code: String,
    title: String,
    fields: String,
    needed: String,
    criteria: Vec<String>,
}

pub(super) fn routes() -> Router<App> {
    Router::new().route("/fiches/{record}/labels", get(show).post(prepare))
}

async fn show(
    State(app): State<App>,
    Path(record): Path<String>,
    PersonVisit { visit, person }: PersonVisit,
) -> Result<Response, Response> {
    let language = visit.language;
    let record = RecordId::parse(&record).map_err(|_| PageError::NotFound.into_response())?;
    let today = today(app.now()).map_err(IntoResponse::into_response)?;
    let read = app.read(move |replica, reader| {
        let Some(view) = reader.record(&record)? else {
            return Ok(None);
        };
        let labels = reader.labels_of(&record, today)?;
        let kind = view.kind();
        let partner = replica.partner();
        let state = replica.state();
        let mut rows = rows(language, &state, kind, &labels);
        let schemes = schemes(language, &state, kind, partner);
        for (row, label) in rows.iter_mut().zip(&labels) {
            let is_ours = schemes
                .iter()
                .any(|ours| ours.code == label.label.scheme.to_string());
            if !is_ours || is_followed(label, &labels) {
                row.renewal = None;
            }
            // Nobody else's withdrawal would count.
            row.is_open &= is_ours;
        }
        Ok(Some((census::name(language, &view), rows, schemes)))
    });
    let read = read.await.and_then(|read| read.ok_or(PageError::NotFound));
    let (name, labels, schemes) = read.map_err(IntoResponse::into_response)?;
    let view = Decide {
        layout: visit.layout(language.text_with("labels-of", &[("name", name.into())])),
        record: record.to_string(),
        labels,
        schemes,
        may_decide: may_decide(person.account.role),
    };
    page(StatusCode::OK, &view).map_err(IntoResponse::into_response)
}

/// Whether a later label of the same scheme stands, or is being decided.
fn is_followed(label: &Labelled, all: &[Labelled]) -> bool {
    let mut others = all.iter().filter(|other| {
        other.label != label.label
            && other.label.scheme == label.label.scheme
            && other.decision.first_day >= label.decision.first_day
    });
    others.any(|other| {
        let state = other.state;
        state.is_in_force() || matches!(state, LabelState::BeingDecided { .. })
    })
}

fn schemes(
    language: Language,
    state: &replica::State,
    kind: &str,
    partner: Option<PartnerId>,
) -> Vec<SchemeChoice> {
    let Some(partner) = partner else {
        return Vec::new();
    };
    let schemes = state.governance().schemes().iter();
    let ours = schemes.filter(|(_, scheme)| scheme.committee.contains(&partner));
    ours.map(|(id, scheme)| {
        let field = |name: &String| {
            let known = state.governance().words().any_field(kind, name);
            wording::field_label(language, known, name)
        };
        let values = [
            ("k", u64::from(scheme.k).into()),
            ("of", scheme.committee.len().into()),
        ];
        SchemeChoice {
            code: id.to_string(),
            title: scheme.title.clone(),
            fields: scheme
                .fields
                .iter()
                .map(field)
                .collect::<Vec<_>>()
                .join(", "),
            needed: language.text_with("k-of-n", &values),
            criteria: scheme
                .criteria
                .iter()
                .map(|each| each.title.clone())
                .collect(),
        }
    })
    .collect()
}

/// Prepares a vote or a withdrawal and shows it.
async fn prepare(
    State(app): State<App>,
    Path(record): Path<String>,
    form: SentForm,
) -> Result<Response, Response> {
    let form = allowed(form).map_err(IntoResponse::into_response)?;
    let language = form.visit.language;
    let record = RecordId::parse(&record).map_err(|_| PageError::NotFound.into_response())?;
    let today = today(app.now()).map_err(IntoResponse::into_response)?;
    let asked = Asked {
        record,
        scheme: form.text("scheme").to_owned(),
        from: form.text("from").to_owned(),
        withdraw: form.text("withdraw").to_owned(),
        reason: form.text("reason").to_owned(),
        list: app.settings().status_list().map(str::to_owned),
    };
    if !asked.withdraw.is_empty() && asked.reason.is_empty() {
        let problem = Problem::new("reason", language.text("label-reason-missing"));
        return Ok(not_done(&form, problem, "/labels"));
    }
    if let Some(problem) = free_text::act_problem(language, "reason", &asked.reason) {
        return Ok(not_done(&form, problem, "/labels"));
    }
    if !asked.from.is_empty() && Day::parse(&asked.from).is_none() {
        let problem = Problem::new("from", language.text("label-from-wrong"));
        return Ok(not_done(&form, problem, "/labels"));
    }
    let read = app.read(move |replica, reader| Ok(asked.act(replica, reader, today)));
    match read.await.map_err(IntoResponse::into_response)? {
        Ok(act) => {
            let pending = Pending::Acts(vec![act]);
            let shown = deciding::show(&app, &form.visit, &pending, Vec::new()).await;
            shown.map_err(IntoResponse::into_response)
        }
        Err(LabelError::Fault(fault)) => Err(PageError::Fault(fault).into_response()),
        Err(error) => {
            let refused = Refused::new(error.code(), error.to_string());
            let problem = Problem::new("scheme", refused_in_words(language, &refused));
            Ok(not_done(&form, problem, "/labels"))
        }
    }
}

struct Asked {
    record: RecordId,
    scheme: String,
    from: String,
    withdraw: String,
    reason: String,
    /// Where withdrawals of what this node signs are published.
    list: Option<String>,
}

impl Asked {
    fn act(&self, replica: &Replica, reader: &Reader, today: Day) -> Result<Act, LabelError> {
        let labels = reader.labels_of(&self.record, today)?;
        if !self.withdraw.is_empty() {
            let label = labels
                .into_iter()
                .find(|each| address(&each.label) == self.withdraw)
                .ok_or(LabelError::NoLabel)?
                .label;
            let ours = replica.partner().ok_or(LabelError::ReadOnly)?;
            if !replica.state().sits(&ours, &label) {
                return Err(LabelError::NotOfCommittee);
            }
            return Ok(Act::LabelWithdraw {
                label,
                reason: self.reason.clone(),
            });
        }
        let scheme = {
            let state = replica.state();
            let mut known = state.governance().schemes().keys();
            known.find(|id| id.to_string() == self.scheme).cloned()
        };
        let scheme = scheme.ok_or(LabelError::NoLabel)?;
        let from = Day::parse(&self.from).unwrap_or_else(|| first_day(&labels, &scheme, today));
        replica.label_vote(&scheme, &self.record, from, self.list.as_deref())
    }
}
