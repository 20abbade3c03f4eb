//! The other nodes, as this one sees them.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::app::{App, RelayRow};
use crate::error::page;
use crate::i18n::Language;
use crate::layout::Layout;
use crate::pages::federation::limits::disk_alarm;
use crate::parts::{Cell, Table};
use crate::visit::PersonVisit;

#[derive(Template)]
#[template(path = "peers.html")]
struct Peers {
    layout: Layout,
    alarm: Option<String>,
    /// Relays stand between nodes only where the federation runs some.
    relays: Option<Table>,
    /// What is said of the local network, where nodes are to be looked for there.
    local: Option<String>,
    has_peers: bool,
    peers: Table,
    feeds: Table,
}

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/pairs", get(peers))
}

async fn peers(
    State(app): State<App>,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    let language = visit.language;
    let census = app.census().map_err(IntoResponse::into_response)?;
    let rows = (census.peers)();
    let relays = relays_table(language, (census.relays)());
    let local = local_in_words(language, &(census.local_network)());
    let alarm = disk_alarm(language, &census.replica);
    let never = || language.text("peers-never");
    let day = |time: Option<crdt_schema::time::Timestamp>| {
        time.map_or_else(never, |time| language.moment(time))
    };
    let has_peers = !rows.is_empty();
    let rows = rows.into_iter().map(|peer| {
        vec![
            Cell::Heading(peer.name),
            Cell::Text(state_in_words(language, &peer.state)),
            Cell::Text(way_in_words(language, peer.way.as_deref())),
            Cell::Text(day(peer.last_contact)),
            Cell::Text(day(peer.last_caught_up)),
        ]
    });
    let peers = Table {
        caption: language.text("peers-caption"),
        columns: [
            "peers-name",
            "peers-state",
            "peers-way",
            "peers-contact",
            "peers-caught-up",
        ]
        .map(|key| language.text(key))
        .to_vec(),
        rows: rows.collect(),
    };
    let feeds = app.read(move |replica, _| {
        let state = replica.state();
        let rows = state.feed_summaries().map(|feed| {
            let partner = feed
                .partner
                .map_or_else(|| feed.feed.short(), |partner| state.partner_name(&partner));
            let entries = feed
                .heads
                .iter()
                .map(|(sequence, _)| sequence + 1)
                .max()
                .unwrap_or(0);
            let fork = match feed.fork {
                Some(sequence) => {
                    language.text_with("feeds-forked", &[("sequence", sequence.into())])
                }
                None => language.text("feeds-sound"),
            };
            vec![
                Cell::Heading(partner),
                Cell::Text(feed.feed.short()),
                Cell::Text(language.number(entries)),
                Cell::Text(fork),
            ]
        });
        Ok(rows.collect::<Vec<_>>())
    });
    let feeds = Table {
        caption: language.text("feeds-caption"),
        columns: [
            "feeds-partner",
            "feeds-feed",
            "feeds-entries",
            "feeds-state",
        ]
        .map(|key| language.text(key))
        .to_vec(),
        rows: feeds.await.map_err(IntoResponse::into_response)?,
    };
    let view = Peers {
        layout: visit.layout(language.text("section-peers")),
        alarm,
        relays,
        local,
        has_peers,
        peers,
        feeds,
    };
    page(StatusCode::OK, &view).map_err(IntoResponse::into_response)
}

fn relays_table(language: Language, relays: Vec<RelayRow>) -> Option<Table> {
    if relays.is_empty() {
        return None;
    }
    let rows = relays.into_iter().map(|relay| {
        let state = match relay.state.as_str() {
            "connected" => "relay-connected",
            "refused" => "relay-refused",
            "unreachable" => "relay-unreachable",
            _ => "relay-idle",
        };
        vec![
            Cell::Heading(relay.address),
            Cell::Text(language.text(state)),
        ]
    });
    Some(Table {
        caption: language.text("relays-caption"),
        columns: ["relays-address", "peers-state"]
            .map(|key| language.text(key))
            .to_vec(),
        rows: rows.collect(),
    })
}

fn local_in_words(language: Language, local: &str) -> Option<String> {
    match local {
        "on" => Some(language.text("peers-local-on")),
        "failed" => Some(language.text("peers-local-failed")),
        _ => None,
    }
}

fn way_in_words(language: Language, way: Option<&str>) -> String {
    match way {
        Some("relayed") => language.text("peers-way-relayed"),
        Some(_) => language.text("peers-way-direct"),
        None => language.text("peers-way-none"),
    }
}

fn state_in_words(language: Language, state: &str) -> String {
    match state {
        "caught_up" => language.text("peer-caught-up"),
        "elsewhere" => language.text("peer-elsewhere"),
        "exchanging" => language.text("peer-exchanging"),
        "unreachable" => language.text("peer-unreachable"),
        "refused" => language.text("peer-refused"),
        "refuses_cut" => language.text("peer-refuses-cut"),
        "refuses_left" => language.text("peer-refuses-left"),
        "refuses_outdated" => language.text("peer-refuses-outdated"),
        "refuses_stranger" => language.text("peer-refuses-stranger"),
        "peer_own_feed" => language.text("peer-own-feed"),
        fault => language.text_with("peer-at-fault", &[("code", fault.to_owned().into())]),
    }
}
