//! Whether this node is still heard, for `status` and `doctor`.

use replica::{Bar, State};
use serde_json::{Value as Json, json};
use sync::PeerState;

use crate::app::App;

const COME_BACK: &str = "if your organisation is still in the federation, ask a coordinator for a ticket, and let a new node in with `maillage join --root`";
const ASK: &str = "ask a coordinator, who can invite your organisation again";

/// Returns why what is written here reaches nobody, if that is so: code and sentence.
pub(super) fn unheard(app: &App) -> Vec<Json> {
    let refusing: Vec<(Bar, [u8; 32])> = app
        .peers()
        .into_iter()
        .filter_map(|(endpoint, peer)| match peer.state {
            PeerState::RefusesUs(bar) if bar != Bar::Stranger => Some((bar, endpoint)),
            _ => None,
        })
        .collect();
    let own = app.replica.feed();
    let state = app.replica.state();
    let own = own.filter(|feed| state.certificates().contains_key(feed));
    let own = match own.and_then(|feed| state.bar(&feed)) {
        Some(Bar::Cut) => Some(said(
            "own_cut",
            format!(
                "the feed of this node was cut: nothing that was written here since counts, and the other nodes exchange with it no more; {COME_BACK}"
            ),
        )),
        Some(Bar::Left) => Some(said(
            "own_left",
            format!(
                "your organisation has left the federation: nothing that was written here since counts, and the other nodes exchange with this one no more; {ASK}"
            ),
        )),
        Some(Bar::Outdated | Bar::Stranger) | None => None,
    };
    let mut all: Vec<Json> = own.into_iter().collect();
    all.extend(refusing.iter().map(|(bar, endpoint)| {
        let name = name(&state, endpoint);
        let (code, why) = match bar {
            Bar::Cut => (
                "refused_cut",
                format!("the feed of this node was cut; {COME_BACK}"),
            ),
            Bar::Left => (
                "refused_left",
                format!("your organisation has left the federation; {ASK}"),
            ),
            Bar::Outdated | Bar::Stranger => (
                "refused_outdated",
                "the root key that certifies this node was rotated, or is in dispute; put the one in force in its place, and call `maillage renew`".to_owned(),
            ),
        };
        said(code, format!("{name} refuses to exchange with this node: {why}"))
    }));
    all
}

fn said(code: &'static str, message: impl Into<String>) -> Json {
    let message: String = message.into();
    json!({ "code": code, "message": message })
}

fn name(state: &State, endpoint: &[u8; 32]) -> String {
    let mut known = state.certificates().values();
    let known = known.find(|each| each.endpoint == *endpoint);
    known.map_or_else(
        || data_encoding::HEXLOWER.encode(&endpoint[..4]),
        |each| state.partner_name(&each.partner),
    )
}
