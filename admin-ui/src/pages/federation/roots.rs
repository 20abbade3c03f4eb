//! The root keys of a partner: which ones it had, which are in dispute, which one a coordinator says holds; and another one for our own
//! organisation.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use crdt_schema::entry::{Keeping, Root};
use crdt_schema::id::{FeedId, PartnerId};
use crdt_schema::time::Timestamp;
use data_encoding::HEXLOWER;
use replica::{Fault, Reader, State as Held};

use super::deciding::{self, Pending, refused_in_words};
use super::invitations::{allowed, not_done};
use crate::app::{App, blocking};
use crate::form::SentForm;
use crate::i18n::Language;
use crate::office::RootPlace;
use crate::parts::Problem;

/// The root keys of one partner, as its page shows them.
#[derive(Debug, Clone, Default)]
pub(super) struct Roots {
    /// From the first one on; those in dispute are the last.
    pub(super) rows: Vec<Row>,
    pub(super) is_disputed: bool,
    /// Whether a coordinator's act may say which one holds; else only a charter.
    pub(super) is_for_coordinators: bool,
}

/// One key.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) key: String,
    pub(super) day: Option<String>,
    pub(super) state: String,
    pub(super) is_sound: bool,
    pub(super) may_be_settled: bool,
}

/// What our own organisation can do about its root.
#[derive(Debug, Clone)]
pub(super) struct Rotating {
    /// The key is on this node.
    pub(super) is_here: bool,
    /// Its other feeds, which the form asks about: the id, and how it is shown.
    pub(super) others: Vec<(String, String)>,
}

pub(super) fn routes() -> Router<App> {
    Router::new().route("/federation/racine/preparer", post(prepare))
}

impl Roots {
    /// Reads the history of a partner's roots. Empty where it never had another one.
    pub(super) fn of(
        language: Language,
        state: &Held,
        reader: &Reader,
        partner: &PartnerId,
    ) -> Result<Self, Fault> {
        let governance = state.governance();
        let Some(line) = governance.roots().line(partner) else {
            return Ok(Self::default());
        };
        let days = days(state, reader, partner)?;
        let day = |root: &Root| days.get(root).map(|time| language.day(*time));
        let is_for_coordinators = !governance
            .adoption()
            .tip()
            .coordinators
            .contains_key(partner);
        let key = |root: &Root| match root {
            Root::First => language.text("roots-first"),
            Root::Later(key) => HEXLOWER.encode(key),
        };
        let row = |root: &Root, state: &str, may_be_settled: bool| Row {
            key: key(root),
            day: day(root),
            state: language.text(state),
            is_sound: state == "roots-state-current",
            may_be_settled,
        };
        let current = line.current();
        let of_line = line.roots().iter().map(|root| {
            let is_current = *root == current && !line.is_disputed();
            let state = if is_current {
                "roots-state-current"
            } else {
                "roots-state-left"
            };
            row(root, state, false)
        });
        let rivals = line.rivals().map(|key| {
            let root = Root::Later(*key);
            row(&root, "roots-state-disputed", is_for_coordinators)
        });
        Ok(Self {
            rows: of_line.chain(rivals).collect(),
            is_disputed: line.is_disputed(),
            is_for_coordinators,
        })
    }
}

/// When each root came, as the earliest entry that carries its rotation claims.
fn days(
    state: &Held,
    reader: &Reader,
    partner: &PartnerId,
) -> Result<BTreeMap<Root, Timestamp>, Fault> {
    let mut days = BTreeMap::new();
    for (rotation, carriers) in state.feeds().rotations_of(partner) {
        for carrier in carriers {
            if let Some(claimed) = reader.claimed(state, carrier)? {
                let day = days.entry(rotation.to()).or_insert(claimed);
                *day = claimed.min(*day);
            }
        }
    }
    Ok(days)
}

impl Rotating {
    /// Reads what the form of our own organisation needs.
    pub(super) fn of(
        language: Language,
        place: RootPlace,
        kept: &BTreeMap<FeedId, Keeping>,
    ) -> Self {
        let others = kept
            .iter()
            .filter(|(_, keeping)| **keeping != Keeping::Open);
        let others = others.map(|(feed, _)| {
            let values = [("feed", feed.short().into())];
            (
                feed.to_string(),
                language.text_with("rotate-other", &values),
            )
        });
        Self {
            is_here: place != RootPlace::Elsewhere,
            others: others.collect(),
        }
    }
}

/// Shows what a rotation of our own root would keep.
async fn prepare(State(app): State<App>, form: SentForm) -> Result<Response, Response> {
    let form = allowed(form).map_err(IntoResponse::into_response)?;
    let language = form.visit.language;
    let office = app.office().map_err(IntoResponse::into_response)?;
    let feeds = |answer: &str| -> Vec<FeedId> {
        let named = form.all("feed").filter_map(|text| FeedId::parse(text).ok());
        let answered = |feed: &FeedId| form.text(&format!("feed-{feed}")) == answer;
        named.filter(answered).collect()
    };
    let (open, close) = (feeds("open"), feeds("close"));
    let planned = blocking(move || {
        let kept = office.rotation(&open, &close);
        kept.map(|kept| (office.root_place(), kept))
    });
    match planned.await.map_err(IntoResponse::into_response)? {
        Ok((place, kept)) => {
            let pending = Pending::Rotation(kept, place);
            let shown = deciding::show(&app, &form.visit, &pending, Vec::new()).await;
            shown.map_err(IntoResponse::into_response)
        }
        Err(refused) => {
            let problem = Problem::new("rotate", refused_in_words(language, &refused));
            Ok(not_done(&form, problem, "/federation"))
        }
    }
}
