//! Whether this node is still heard: what its own copy says of its feed, and what other nodes answer when it calls.

use crdt_schema::id::FeedId;
use replica::{Bar, State as Held};

use crate::app::PeerRow;
use crate::i18n::Language;

/// Says why what is written here reaches nobody, if that is so.
pub(in crate::pages) fn alarms(
    language: Language,
    state: &Held,
    own: Option<FeedId>,
    peers: &[PeerRow],
) -> Vec<String> {
    let own = own.filter(|feed| state.certificates().contains_key(feed));
    let own = own.and_then(|feed| state.bar(&feed));
    let key = match own {
        Some(Bar::Cut) => Some("alarm-own-cut"),
        Some(Bar::Left) => Some("alarm-own-left"),
        Some(Bar::Outdated | Bar::Stranger) | None => None,
    };
    let mut alarms: Vec<String> = key.map(|key| language.text(key)).into_iter().collect();
    for (code, key) in [
        ("refuses_cut", "alarm-refused-cut"),
        ("refuses_left", "alarm-refused-left"),
        ("refuses_outdated", "alarm-refused-outdated"),
    ] {
        let refusing = peers.iter().filter(|peer| peer.state == code);
        let mut names: Vec<&str> = refusing.map(|peer| peer.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        if !names.is_empty() {
            let values = [("peers", names.join(", ").into())];
            alarms.push(language.text_with(key, &values));
        }
    }
    alarms
}
