//! The first page after the login.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;

use replica::search::{Error, Query};

use crate::app::{App, Census};
use crate::due::of_partner;
use crate::error::{PageError, page};
use crate::i18n::Language;
use crate::layout::Layout;
use crate::pages::accounts::role_name;
use crate::pages::federation::limits::disk_alarm;
use crate::pages::federation::standing;
use crate::visit::PersonVisit;

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    layout: Layout,
    account: String,
    role: String,
    since: String,
    /// Said where everybody looks first: nobody can write then, or nobody else hears it.
    alarms: Vec<String>,
    /// What waits for the person's organisation.
    due: Option<String>,
}

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/", get(home))
}

async fn home(
    State(app): State<App>,
    PersonVisit { visit, person }: PersonVisit,
) -> Result<Response, PageError> {
    let language = visit.language;
    // A node without a census has nothing that fills a disk.
    let census = app.census().ok();
    let due = match census {
        Some(_) => waiting(&app, language).await?,
        None => None,
    };
    let view = Home {
        due,
        layout: visit.layout(language.text("section-home")),
        account: person.account.name.to_string(),
        role: role_name(language, person.account.role),
        since: language.day(person.since),
        alarms: census.map_or_else(Vec::new, |census| alarms(language, census)),
    };
    page(StatusCode::OK, &view)
}

fn alarms(language: Language, census: &Census) -> Vec<String> {
    let peers = (census.peers)();
    let own = census.replica.feed();
    let unheard = standing::alarms(language, &census.replica.state(), own, &peers);
    let disk = disk_alarm(language, &census.replica);
    disk.into_iter().chain(unheard).collect()
}

/// Says how many records our organisation has to confirm. An index that is being filled says nothing wrong: it finds fewer.
async fn waiting(app: &App, language: Language) -> Result<Option<String>, PageError> {
    let today = app.today();
    let count = app.read(move |replica, _| {
        let Some(partner) = replica.partner() else {
            return Ok(0);
        };
        let query = Query {
            today,
            ..of_partner(Query::default(), &partner)
        };
        match replica.count(&query) {
            Ok(count) => Ok(count),
            Err(Error::Fault(fault)) => Err(fault.into()),
            Err(Error::Refused(_)) => Ok(0),
        }
    });
    let count = count.await?;
    Ok((count > 0).then(|| language.text_with("home-due", &[("count", count.into())])))
}
