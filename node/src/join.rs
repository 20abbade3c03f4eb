//! How a newcomer enters: it shows its ticket until it is admitted, then keeps the charters that it is given.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use crdt_schema::governance::{Approval, Charter};
use crdt_schema::id::{CharterId, FederationId};
use data_encoding::HEXLOWER;
use sync::endpoint::{DialError, FORBIDDEN, TOO_MANY};
use sync::{CharterBytes, EndpointError, JoinReply, JoinRequest, knock};

pub(crate) use sync::Ticket;

use crate::config::{Config, Peer};
use crate::found::{self, NewKeys, RootKeeping};
use crate::links::GivenRelays;

/// Between two knocks while a person decides.
const PAUSE: Duration = Duration::from_secs(3);
/// Calls in a row that nobody answers in time: a node that is busy answers a later one, an address that is wrong never does.
const SILENCES_MAX: usize = 3;

/// Shows the ticket until the coordinator has admitted us, and makes the node's folder.
pub(crate) fn enter(
    dir: &Path,
    (ticket, relays): (&Ticket, &GivenRelays),
    partner: &str,
    profile: Option<&str>,
    (new, root): (NewKeys, RootKeeping),
    deadline: Duration,
) -> anyhow::Result<()> {
    let federation = FederationId::from_bytes(ticket.federation);
    let feed = new.instance.public().feed();
    let request = JoinRequest::new(ticket.code, partner, &feed, &new.certificate(&federation));
    let secret = new.endpoint.to_bytes();
    let listen = listen_towards(ticket, relays.links.mdns);
    let ask = async || knock(&secret, (listen, &relays.links), ticket, &request).await;
    let bytes = crate::runtime()?.block_on(wait(ask, deadline))?;
    let (charters, approvals) = checked(&bytes, ticket)?;
    let mut config = Config::new(partner);
    config.profile = profile.map(str::to_owned);
    relays.configure(&mut config.sync);
    let peer = |address: Option<SocketAddr>| Peer {
        endpoint: HEXLOWER.encode(&ticket.endpoint),
        address,
    };
    let addresses = ticket.addresses.iter();
    config.sync.peers = addresses.map(|address| peer(Some(*address))).collect();
    if config.sync.peers.is_empty() {
        config.sync.peers.push(peer(None));
    }
    found::partner(dir, &config, &new, &charters, &approvals, root)?;
    relays.keep(dir)
}

/// Asks until there is an answer that stands.
async fn wait(
    ask: impl AsyncFn() -> Result<JoinReply, EndpointError>,
    deadline: Duration,
) -> anyhow::Result<CharterBytes> {
    let (mut is_told, mut silences) = (false, 0);
    let waiting = async {
        loop {
            match ask().await {
                Ok(JoinReply::Admitted(bytes)) => return Ok(bytes),
                Ok(JoinReply::Refused(why)) => bail!("{why}"),
                Ok(JoinReply::Waiting) => silences = 0,
                Err(EndpointError::Unreachable(DialError::Closed(number)))
                    if number == u64::from(TOO_MANY) =>
                {
                    // Others knock at the same time.
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
                // Asking again changes nothing there: the request says who asks.
                Err(error) if error.is_silence() && silences + 1 < SILENCES_MAX => {
                    silences += 1;
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
                Err(EndpointError::Unreachable(DialError::Closed(number)))
                    if number == u64::from(FORBIDDEN) =>
                {
                    bail!(
                        "the coordinator's node takes no newcomer now: the ticket has ended, was used or was cancelled; ask the coordinator for a new one"
                    );
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

/// A newcomer calls from loopback when the coordinator is there, from any address otherwise, and where it is looked for.
fn listen_towards(ticket: &Ticket, mdns: bool) -> SocketAddr {
    let is_here = ticket
        .addresses
        .iter()
        .all(|address| address.ip().is_loopback());
    let ip = if is_here && !mdns {
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

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use sync::JoinError;

    use super::*;

    type Answer = Result<JoinReply, EndpointError>;

    const DEADLINE: Duration = Duration::from_secs(3_600);

    fn silent() -> Answer {
        Err(DialError::Silent.into())
    }

    fn admitted() -> Answer {
        Ok(JoinReply::Admitted(CharterBytes::default()))
    }

    /// What becomes of a newcomer that gets these answers, and how many of them it asks for.
    async fn entering(answers: Vec<Answer>) -> (Result<CharterBytes, String>, usize) {
        let count = answers.len();
        let answers = RefCell::new(answers.into_iter());
        let ask = async || answers.borrow_mut().next().expect("it asks no more");
        let entered = wait(ask, DEADLINE).await;
        let left = answers.borrow().len();
        (entered.map_err(|error| error.to_string()), count - left)
    }

    #[tokio::test(start_paused = true)]
    async fn a_door_that_stays_silent_twice_is_asked_a_third_time_and_no_fourth() {
        let lost = || Err(DialError::Unreachable("a lost connection".to_owned()).into());
        let (entered, asked) = entering(vec![silent(), lost(), admitted()]).await;
        assert_eq!((entered, asked), (Ok(CharterBytes::default()), 3));
        let (entered, asked) = entering(vec![silent(), silent(), silent(), admitted()]).await;
        let why = entered.expect_err("nobody answers");
        assert!(why.contains("no answer in time"), "{why}");
        assert_eq!(asked, 3);
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_makes_silences_count_from_nothing_again() {
        let waiting = || Ok(JoinReply::Waiting);
        let answers = vec![
            silent(),
            silent(),
            waiting(),
            silent(),
            silent(),
            admitted(),
        ];
        let (entered, asked) = entering(answers).await;
        assert_eq!((entered, asked), (Ok(CharterBytes::default()), 6));
    }

    #[tokio::test(start_paused = true)]
    async fn a_door_at_which_too_many_knock_is_asked_again() {
        let busy = || Err(DialError::Closed(429).into());
        let (entered, asked) = entering(vec![busy(), busy(), busy(), busy(), admitted()]).await;
        assert_eq!((entered, asked), (Ok(CharterBytes::default()), 5));
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_turned_away_does_not_ask_again() {
        for no in [
            Ok(JoinReply::Refused(JoinError::Certificate)),
            Err(DialError::Closed(403).into()),
            Err(EndpointError::Answer),
        ] {
            let (entered, asked) = entering(vec![silent(), no, admitted()]).await;
            assert!(entered.is_err());
            assert_eq!(asked, 2);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_longer_than_asked_for() {
        let ask = async || Ok(JoinReply::Waiting);
        let entered = wait(ask, 10 * PAUSE).await;
        let why = entered.expect_err("nobody has decided").to_string();
        assert!(why.contains("nobody has admitted you yet"), "{why}");
    }
}
