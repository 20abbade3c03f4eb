//! How iroh says that nodes and relays are reached, in our words.

use iroh::endpoint::{Connection, RelayStatus};

use crate::links::{RelayState, Way};

/// The way that is used now, where one is known: a new connection has none for some milliseconds.
pub(super) fn way(connection: &Connection) -> Option<Way> {
    let paths = connection.paths();
    let used = paths.iter().find(|path| path.is_selected())?;
    Some(match used.is_relay() {
        true => Way::Relayed,
        false => Way::Direct,
    })
}

/// How things stand with a relay.
pub(super) fn relay_state(status: &RelayStatus) -> RelayState {
    match (status.auth_denied_reason(), status.last_error()) {
        _ if status.is_connected() => RelayState::Connected,
        (Some(_), _) => RelayState::Refused,
        (None, Some(error)) => RelayState::Unreachable(error.to_string()),
        (None, None) => RelayState::Idle,
    }
}
