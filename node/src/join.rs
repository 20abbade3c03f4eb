//! How a newcomer enters: it shows its ticket until it is admitted, then keeps the charters that it is given.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use crdt_schema::governance::{Approval, Charter};
use crdt_schema::id::{CharterId, FederationId};
use data_encoding::HEXLOWER;
use sync::{CharterBytes, JoinReply, JoinRequest, knock};

pub(crate) use sync::Ticket;

use crate::config::{Config, Peer};
use crate::found::{self, NewKeys, RootKeeping};

/// Between two knocks while a person decides.
const PAUSE: Duration = Duration::from_secs(3);
/// Calls in a row that nobody answers in time: a node that is busy answers a later one, an address that is wrong never does.
const SILENCES_MAX: usize = 3;

/// Shows the ticket until the coordinator has admitted us, and makes the node's folder.
pub(crate) fn enter(
    dir: &Path,
    ticket: &Ticket,
    partner: &str,
    profile: &str,
    (new, root): (NewKeys, RootKeeping),
    deadline: Duration,
) -> anyhow::Result<()> {
    let federation = FederationId::from_bytes(ticket.federation);
    let feed = new.instance.public().feed();
    let request = JoinRequest::new(ticket.code, partner, &feed, &new.certificate(&federation));
    let bytes = crate::runtime()?.block_on(wait(ticket, &new, &request, deadline))?;
    let (charters, approvals) = checked(&bytes, ticket)?;
    let mut config = Config::new(partner, profile);
    config.sync.peers = ticket
        .addresses
        .iter()
        .map(|address| Peer {
            endpoint: HEXLOWER.encode(&ticket.endpoint),
            address: *address,
        })
        .collect();
    found::partner(dir, &config, &new, &charters, &approvals, root)
}

async fn wait(
    ticket: &Ticket,
    new: &NewKeys,
    request: &JoinRequest,
    deadline: Duration,
) -> anyhow::Result<CharterBytes> {
    let secret = new.endpoint.to_bytes();
    let listen = listen_towards(ticket);
    let (mut is_told, mut silences) = (false, 0);
    let waiting = async {
        loop {
            match knock(&secret, listen, ticket, request).await {
                Ok(JoinReply::Admitted(bytes)) => return Ok(bytes),
                Ok(JoinReply::Refused(why)) => bail!("{why}"),
                Ok(JoinReply::Waiting) => silences = 0,
                // Asking again changes nothing there: the request says who asks.
                Err(error) if error.is_silence() && silences + 1 < SILENCES_MAX => {
                    silences += 1;
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
                Err(error) => return Err(error.into()),
            }
            if !is_told {
                eprintln!("The ticket is good. Waiting for the coordinator to admit you…");
                is_told = true;
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    match tokio::time::timeout(deadline, waiting).await {
        Ok(bytes) => bytes,
        Err(_) => {
            bail!("nobody has admitted you yet: ask the coordinator, then call the command again")
        }
    }
}

/// A newcomer calls from loopback when the coordinator is there, from any address otherwise.
fn listen_towards(ticket: &Ticket) -> SocketAddr {
    let is_here = ticket
        .addresses
        .iter()
        .all(|address| address.ip().is_loopback());
    let ip = if is_here {
        Ipv4Addr::LOCALHOST
    } else {
        Ipv4Addr::UNSPECIFIED
    };
    SocketAddr::new(IpAddr::V4(ip), 0)
}

/// The charters must lead to the one that the ticket names: nobody on the way can put another federation in its place.
fn checked(bytes: &CharterBytes, ticket: &Ticket) -> anyhow::Result<(Vec<Charter>, Vec<Approval>)> {
    let pin = CharterId::from_bytes(ticket.charter);
    let mut charters = Vec::new();
    for bytes in &bytes.charters {
        charters.push(
            Charter::from_bytes(bytes)
                .context("the federation sent a charter that cannot be read")?,
        );
    }
    let mut approvals = Vec::new();
    for bytes in &bytes.approvals {
        approvals.push(
            Approval::from_bytes(bytes)
                .context("the federation sent an approval that does not hold")?,
        );
    }
    let Some(pinned) = charters.iter().position(|charter| charter.id() == pin) else {
        bail!(
            "the federation did not send the charter that the ticket names: ask for a new ticket"
        );
    };
    // The pin is what this node trusts, so it goes last; later charters come with the first exchange.
    let pinned = charters.remove(pinned);
    if pinned.federation() != FederationId::from_bytes(ticket.federation) {
        bail!("the charter that the ticket names is of another federation: ask for a new ticket");
    }
    charters.retain(|charter| charter.federation() == pinned.federation());
    charters.push(pinned);
    Ok((charters, approvals))
}
