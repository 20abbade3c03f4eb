//! What is held on a person goes: what our organisation wrote, by an author's erasure; what others wrote, by a coordinator's act, as
//! every erasure for all. Both are shown decoded first, and signed after the password.

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use crdt_schema::governance::{Act, Erasure};
use crdt_schema::id::{RecordId, SubjectId};
use crdt_schema::limits::NAME_BYTES_MAX;
use serde::Deserialize;

use super::contact::remove;
use super::{Row, rows};
use crate::app::App;
use crate::contact::{self, FIELDS, HeldValue, Origin, Removal};
use crate::error::{PageError, page};
use crate::form::SentForm;
use crate::layout::Layout;
use crate::pages::federation::deciding::{self, Pending, Ways, refused_in_words};
use crate::pages::{free_text, labels};
use crate::parts::{self, Field, Problem, Summary};
use crate::server::PeerAddress;
use crate::visit::{From, PersonVisit, Visit};

#[derive(Template)]
#[template(path = "personal/erasing.html")]
struct ErasingPage {
    layout: Layout,
    summary: Summary,
    action: String,
    back: String,
    rows: Vec<Row>,
    /// How many our organisation wrote, in words.
    own: Option<String>,
    /// How many others wrote, in words.
    others: Option<String>,
    /// Why others' values go, asked of those who may decide.
    ground: Option<Field>,
}

/// What is to go: everything on a person, what one record says of them, or one field of it.
#[derive(Clone)]
struct Scope {
    subject: SubjectId,
    record: Option<RecordId>,
    field: Option<&'static str>,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    champ: String,
}

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(
            "/fiches/{record}/contacts/{subject}/effacer",
            get(of_record).post(sent_of_record),
        )
        .route(
            "/donnees-personnelles/{subject}/effacer",
            get(of_person).post(sent_of_person),
        )
}

async fn of_record(
    State(app): State<App>,
    Path((record, subject)): Path<(String, String)>,
    Query(asked): Query<Asked>,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    let scope = Scope::parse(&subject, Some(&record), &asked.champ);
    begin(&app, &visit, scope).await
}

async fn of_person(
    State(app): State<App>,
    Path(subject): Path<String>,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    begin(&app, &visit, Scope::parse(&subject, None, "")).await
}

async fn sent_of_record(
    State(app): State<App>,
    Path((record, subject)): Path<(String, String)>,
    Query(asked): Query<Asked>,
    From(address): From,
    form: SentForm,
) -> Result<Response, Response> {
    let scope = Scope::parse(&subject, Some(&record), &asked.champ);
    let done = erase(&app, &form, scope, address).await;
    done.map_err(IntoResponse::into_response)
}

async fn sent_of_person(
    State(app): State<App>,
    Path(subject): Path<String>,
    From(address): From,
    form: SentForm,
) -> Result<Response, Response> {
    let done = erase(&app, &form, Scope::parse(&subject, None, ""), address).await;
    done.map_err(IntoResponse::into_response)
}

async fn begin(
    app: &App,
    visit: &Visit,
    scope: Result<Scope, PageError>,
) -> Result<Response, Response> {
    let shown = match scope {
        Ok(scope) => show(app, visit, &scope, "", Vec::new()).await,
        Err(error) => Err(error),
    };
    shown.map_err(IntoResponse::into_response)
}

async fn show(
    app: &App,
    visit: &Visit,
    scope: &Scope,
    ground: &str,
    problems: Vec<Problem>,
) -> Result<Response, PageError> {
    visit.writer()?;
    let (language, today) = (visit.language, labels::today(app.now())?.to_string());
    let wanted = scope.clone();
    let (rows, own, others, is_entitled) = app
        .read_both(move |replica, local| {
            let reader = replica.read()?;
            let values = wanted.values(contact::about(&reader, local, &wanted.subject)?);
            let own = values.iter().filter(|value| value.is_of(replica.partner()));
            let own = own.count();
            let rows = rows(language, replica, &reader, &values, &today)?;
            Ok((rows, own, values.len() - own, replica.may_erase_for_all()))
        })
        .await?;
    if rows.is_empty() {
        return Err(PageError::NotFound);
    }
    let may_erase = is_entitled && visit.decider().is_ok();
    let status = parts::status(&problems);
    let said = |key: &str, count: usize| {
        (count > 0).then(|| language.text_with(key, &[("count", count.into())]))
    };
    let view = ErasingPage {
        layout: visit.layout(language.text("personal-erase-heading")),
        action: scope.address(),
        back: scope.back(),
        rows,
        own: said("personal-erase-own", own),
        others: said("personal-erase-others", others),
        ground: (may_erase && others > 0).then(|| {
            Field::text("ground", language.text("fact-ground"))
                .with_hint(language.text("erase-ground-hint"))
                .with_value(ground)
                .with_problems(&problems)
        }),
        summary: Summary::new(language, problems),
    };
    page(status, &view)
}

/// Erases what our organisation wrote, or shows the act that would erase what others wrote.
async fn erase(
    app: &App,
    form: &SentForm,
    scope: Result<Scope, PageError>,
    address: PeerAddress,
) -> Result<Response, PageError> {
    let scope = scope?;
    let (language, visit) = (form.visit.language, &form.visit);
    visit.writer()?;
    let wanted = scope.clone();
    let (values, ours) = app
        .read_both(move |replica, local| {
            let values = contact::about(&replica.read()?, local, &wanted.subject)?;
            Ok((wanted.values(values), replica.partner()))
        })
        .await?;
    if form.text("par") == "auteur" {
        return erase_own(app, form, &scope, Removal::of(&values, ours), address).await;
    }
    visit.decider()?;
    let ground = form.text("ground");
    if !(1..=NAME_BYTES_MAX).contains(&ground.len()) {
        let problem = Problem::new("ground", language.text("erase-ground-missing"));
        return show(app, visit, &scope, ground, vec![problem]).await;
    }
    if let Some(problem) = free_text::act_problem(language, "ground", ground) {
        return show(app, visit, &scope, ground, vec![problem]).await;
    }
    let act = scope.act(&values, ground);
    deciding::show(app, visit, &Pending::Acts(vec![act]), Vec::new()).await
}

/// Shows the act by which our organisation erases what it wrote; after the password, signs it as it was shown. What never left this node
/// needs none.
async fn erase_own(
    app: &App,
    form: &SentForm,
    scope: &Scope,
    removal: Removal,
    address: PeerAddress,
) -> Result<Response, PageError> {
    let (language, visit) = (form.visit.language, &form.visit);
    if removal.is_empty() {
        return Err(PageError::NotFound);
    }
    if let Some(act) = removal.act() {
        let ways = || Ways {
            action: scope.address(),
            cancel: scope.back(),
            fields: vec![("par", "auteur".to_owned())],
        };
        let pending = Pending::Acts(vec![act.clone()]);
        // What is there may have changed since it was shown: then it is shown again.
        if form.text("act") != act.to_text() {
            return deciding::show_towards(app, visit, &pending, ways(), Vec::new()).await;
        }
        let person = visit.person.as_ref().ok_or(PageError::NotForThisRole)?;
        let account = person.account.name.as_str();
        let wrong = deciding::password_problem(app, address, form, account).await?;
        if let Some(problem) = wrong {
            return deciding::show_towards(app, visit, &pending, ways(), vec![problem]).await;
        }
    }
    match remove(app, removal).await? {
        Ok(()) => Ok(Redirect::to(&scope.after()).into_response()),
        Err(refused) => {
            let text = refused_in_words(language, &refused);
            show(app, visit, scope, "", vec![Problem::new("own", text)]).await
        }
    }
}

impl Scope {
    fn parse(subject: &str, record: Option<&str>, field: &str) -> Result<Self, PageError> {
        let record = record.map(RecordId::parse).transpose();
        let known = FIELDS.into_iter().find(|known| *known == field);
        if known.is_none() && !field.is_empty() {
            return Err(PageError::NotFound);
        }
        Ok(Self {
            subject: SubjectId::parse(subject).map_err(|_| PageError::NotFound)?,
            record: record.map_err(|_| PageError::NotFound)?,
            field: known,
        })
    }

    fn values(&self, mut values: Vec<HeldValue>) -> Vec<HeldValue> {
        values.retain(|value| {
            self.record.is_none_or(|record| record == value.record)
                && self.field.is_none_or(|field| field == value.field)
        });
        values
    }

    /// A person is named whole, so that what arrives later goes too; less than that is named item by item.
    fn act(&self, values: &[HeldValue], ground: &str) -> Act {
        let items = values.iter().filter_map(|value| match value.origin {
            Origin::Here => None,
            Origin::Shared { item, .. } => Some(item),
        });
        let ground = ground.to_owned();
        Act::Erase(match self.record {
            None => Erasure {
                subject: Some(self.subject),
                ground,
                ..Erasure::default()
            },
            Some(_) => Erasure {
                items: items.collect(),
                ground,
                ..Erasure::default()
            },
        })
    }

    fn address(&self) -> String {
        match (self.record, self.field) {
            (None, _) => format!("/donnees-personnelles/{}/effacer", self.subject),
            (Some(record), None) => format!("/fiches/{record}/contacts/{}/effacer", self.subject),
            (Some(record), Some(field)) => {
                let subject = self.subject;
                format!("/fiches/{record}/contacts/{subject}/effacer?champ={field}")
            }
        }
    }

    fn back(&self) -> String {
        match self.record {
            None => "/donnees-personnelles".to_owned(),
            Some(record) => format!("/fiches/{record}#contacts"),
        }
    }

    fn after(&self) -> String {
        match self.record {
            None => "/donnees-personnelles?fait=efface".to_owned(),
            Some(_) => self.back(),
        }
    }
}
