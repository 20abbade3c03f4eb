//! Erasures: the board of all nodes, and the way from a record to a signed erasure.

use std::collections::BTreeSet;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use crdt_schema::governance::{Act, Erasure};
use crdt_schema::id::RecordId;
use crdt_schema::limits::NAME_BYTES_MAX;
use replica::{Bar, ErasurePreview, ErasureStatus, OutNode, Receipt, State as Held};

use super::deciding::{self, Pending};
use crate::app::App;
use crate::error::{PageError, page};
use crate::form::SentForm;
use crate::i18n::Language;
use crate::layout::Layout;
use crate::pages::{census, free_text};
use crate::parts::{self, Field, Problem, Summary};
use crate::said::{self, Said};
use crate::visit::{PersonVisit, Visit};

#[derive(Template)]
#[template(path = "federation/erasures.html")]
struct Board {
    layout: Layout,
    erasures: Vec<Row>,
    /// The damaged stores of this node that were set aside.
    aside: Vec<String>,
}

struct Row {
    said: Said,
    author: String,
    day: Option<String>,
    done: String,
    is_done: bool,
    waiting: Vec<String>,
    out: Vec<String>,
}

#[derive(Template)]
#[template(path = "federation/erase.html")]
struct Erase {
    layout: Layout,
    summary: Summary,
    address: String,
    counts: Vec<(String, String)>,
    ground: Field,
}

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/federation/effacements", get(board))
        .route("/fiches/{record}/effacer", get(form).post(prepare))
}

async fn board(
    State(app): State<App>,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    let language = visit.language;
    let peers = (app.census().map_err(IntoResponse::into_response)?.peers)();
    let connected: BTreeSet<[u8; 32]> = peers
        .iter()
        .filter(|peer| peer.is_connected)
        .map(|peer| peer.endpoint)
        .collect();
    let read = app.read(move |replica, _| {
        let mut board = replica.erasure_board()?;
        let aside = replica.set_aside()?;
        let aside = aside.iter().map(|file| file.display().to_string());
        let aside: Vec<String> = aside.collect();
        // For reading only: the newest first, by the time that authors claim.
        board.sort_by_key(|status| std::cmp::Reverse((status.claimed, status.act)));
        let state = replica.state();
        let saying = Saying {
            language,
            state: &state,
            connected,
            is_aside: !aside.is_empty(),
        };
        let rows = board.iter().map(|status| saying.row(status));
        Ok((rows.collect(), aside))
    });
    let (erasures, aside) = read.await.map_err(IntoResponse::into_response)?;
    let view = Board {
        erasures,
        aside,
        layout: visit.layout(language.text("erasures-heading")),
    };
    page(StatusCode::OK, &view).map_err(IntoResponse::into_response)
}

/// What a row of the board is said with.
struct Saying<'s> {
    language: Language,
    state: &'s Held,
    /// The network identities of the nodes with which a session is open.
    connected: BTreeSet<[u8; 32]>,
    /// Whether a damaged store stands beside that of this node.
    is_aside: bool,
}

impl Saying<'_> {
    fn row(&self, status: &ErasureStatus) -> Row {
        let (language, state) = (self.language, self.state);
        let (done, of) = (status.done(), status.nodes.len());
        let values = [("done", done.into()), ("of", of.into())];
        let waiting = status.nodes.iter().filter(|node| !node.is_done);
        Row {
            said: said::act(language, state, &Act::Erase(status.erasure.clone())),
            author: status
                .partner
                .map(|partner| state.partner_name(&partner))
                .unwrap_or_default(),
            day: status.claimed.map(|claimed| language.day(claimed)),
            done: language.text_with("erasures-done", &values),
            is_done: done == of,
            waiting: waiting.map(|node| self.waits(node)).collect(),
            out: status.out.iter().map(|node| self.is_out(node)).collect(),
        }
    }

    fn is_out(&self, node: &OutNode) -> String {
        let partner = ("partner", self.state.partner_name(&node.partner).into());
        let key = match node.bar {
            Bar::Cut => "erasures-out-cut",
            _ => "erasures-out-left",
        };
        self.language.text_with(key, &[partner])
    }

    fn waits(&self, node: &Receipt) -> String {
        let partner = ("partner", self.state.partner_name(&node.partner).into());
        let certificate = self.state.certificates().get(&node.feed);
        let is_connected = certificate.is_some_and(|its| self.connected.contains(&its.endpoint));
        match node.last_seen {
            _ if node.is_own && self.is_aside => {
                self.language.text_with("erasures-own-aside", &[partner])
            }
            _ if node.is_own => self.language.text_with("erasures-own", &[partner]),
            _ if is_connected => self.language.text_with("erasures-connected", &[partner]),
            Some(seen) => {
                let day = ("day", self.language.day(seen).into());
                self.language.text_with("erasures-away", &[partner, day])
            }
            None => self.language.text_with("erasures-never", &[partner]),
        }
    }
}

async fn form(
    State(app): State<App>,
    Path(record): Path<String>,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    visit.decider().map_err(IntoResponse::into_response)?;
    let record = RecordId::parse(&record).map_err(|_| PageError::NotFound.into_response())?;
    let shown = show(&app, &visit, record, "", Vec::new()).await;
    shown.map_err(IntoResponse::into_response)
}

/// Shows what an erasure of the record would take away, and asks why.
async fn show(
    app: &App,
    visit: &Visit,
    record: RecordId,
    ground: &str,
    problems: Vec<Problem>,
) -> Result<Response, PageError> {
    let language = visit.language;
    let read = app.read(move |replica, reader| {
        let Some(view) = reader.record(&record)? else {
            return Ok(None);
        };
        let preview = replica.preview_erasure(&Erasure {
            record: Some(record),
            ..Erasure::default()
        })?;
        Ok(Some((census::name(language, &view), preview)))
    });
    let (name, preview) = read.await?.ok_or(PageError::NotFound)?;
    let status = parts::status(&problems);
    let view = Erase {
        layout: visit.layout(language.text_with("erase-heading", &[("name", name.into())])),
        address: format!("/fiches/{record}"),
        counts: counts(language, &preview),
        ground: Field::text("ground", language.text("fact-ground"))
            .with_hint(language.text("erase-ground-hint"))
            .with_value(ground)
            .with_problems(&problems),
        summary: Summary::new(language, problems),
    };
    page(status, &view)
}

fn counts(language: Language, preview: &ErasurePreview) -> Vec<(String, String)> {
    let counts = [
        ("erase-edits", preview.edits),
        ("erase-statements", preview.statements),
        ("erase-personal", preview.personal),
        ("erase-already", preview.already),
        ("erase-out-of-reach", preview.out_of_reach),
    ];
    let shown = counts.into_iter().filter(|(_, count)| *count > 0);
    shown
        .map(|(key, count)| (language.text(key), language.number(count as u64)))
        .collect()
}

/// Reads why, and shows the act that would be signed.
async fn prepare(
    State(app): State<App>,
    Path(record): Path<String>,
    form: SentForm,
) -> Result<Response, Response> {
    let form = super::invitations::allowed(form).map_err(IntoResponse::into_response)?;
    let record = RecordId::parse(&record).map_err(|_| PageError::NotFound.into_response())?;
    let ground = form.text("ground");
    let personal = free_text::act_problem(form.visit.language, "ground", ground);
    let shown = if let Some(problem) = personal {
        show(&app, &form.visit, record, ground, vec![problem]).await
    } else if (1..=NAME_BYTES_MAX).contains(&ground.len()) {
        let act = Act::Erase(Erasure {
            record: Some(record),
            ground: ground.to_owned(),
            ..Erasure::default()
        });
        deciding::show(&app, &form.visit, &Pending::Acts(vec![act]), Vec::new()).await
    } else {
        let text = form.visit.language.text("erase-ground-missing");
        let problems = vec![Problem::new("ground", text)];
        show(&app, &form.visit, record, ground, problems).await
    };
    shown.map_err(IntoResponse::into_response)
}
