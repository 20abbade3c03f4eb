//! What a partner says of where others are: it must not make the node call without end, nor hold what it says without end.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use sync::limits::{ADDRESSES_TOLD_MAX, CALLS_MAX, REQUEST_IDS_MAX};
use sync::message::{Message, PeerAddress};
use sync::session::PeerId;
use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout_at};

use crate::hostile::attacker::{Attacker, Line};
use crate::hostile::siege::{hexadecimal, public, some};
use crate::hostile::{Attack, Named, Outcome, attack};

/// Partners that attack nobody: they are only said to be somewhere.
const OTHERS: std::ops::Range<u8> = 60..90;
/// How long it is counted who calls: calls are tried anew after one and three seconds.
const COUNTED: Duration = Duration::from_secs(4);
/// Packets with which one call begins, with those that are sent again meanwhile.
const PACKETS_MAX: usize = 8;

pub(crate) fn all() -> Vec<Attack> {
    vec![
        attack!(
            "addresses that lie",
            "all partners are said to be at one place",
            victim
        ),
        attack!(
            "addresses that lie",
            "more addresses than a federation has",
            without_end
        ),
        attack!(
            "addresses that lie",
            "one address again and again",
            again_and_again
        ),
        attack!("addresses that lie", "addresses of nobody", of_nobody),
        attack!("greedy peers", "65 addresses in one message", greedy),
    ]
}

fn somebody(number: u16, address: SocketAddr) -> PeerAddress {
    let mut peer = [3; 32];
    peer[..2].copy_from_slice(&number.to_be_bytes());
    PeerAddress {
        peer: PeerId::from_bytes(peer),
        address,
    }
}

fn nowhere() -> SocketAddr {
    (Ipv4Addr::new(192, 0, 2, 1), 4_433).into()
}

async fn tell(line: &mut Line, told: &[PeerAddress]) {
    for peers in told.chunks(REQUEST_IDS_MAX) {
        let peers = peers.to_vec();
        line.say(&Message::Peers { peers }).await;
    }
}

async fn victim(of: Attacker) -> Outcome {
    let victim = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await;
    let victim = victim.expect("loopback is there");
    let address = victim.local_addr().expect("it is bound");
    let mut line = of.open().await;
    let all = OTHERS.map(|number| PeerAddress {
        peer: PeerId::from_bytes(public("endpoint", number)),
        address,
    });
    tell(&mut line, &all.collect::<Vec<_>>()).await;
    let (mut packets, mut packet, until) = (0, [0; 2_048], Instant::now() + COUNTED);
    while timeout_at(until, victim.recv(&mut packet)).await.is_ok() {
        packets += 1;
    }
    let most = CALLS_MAX * PACKETS_MAX;
    assert!((1..=most).contains(&packets), "{packets}");
    assert!(most < 2 * OTHERS.len(), "else the bound says nothing");
    Outcome::new(format!("{packets} packets in {COUNTED:?}"), Named::Seen)
}

async fn without_end(of: Attacker) -> Outcome {
    let mut line = of.open().await;
    let most = u16::try_from(ADDRESSES_TOLD_MAX).expect("small");
    let all: Vec<_> = (0..=most).map(|it| somebody(it, nowhere())).collect();
    tell(&mut line, &all).await;
    Outcome::closes(&line.closed().await, "peer_too_many_addresses")
}

async fn again_and_again(of: Attacker) -> Outcome {
    let mut line = of.open().await;
    tell(
        &mut line,
        &vec![somebody(1, nowhere()); ADDRESSES_TOLD_MAX + 1],
    )
    .await;
    Outcome::closes(&line.closed().await, "peer_too_many_addresses")
}

async fn of_nobody(of: Attacker) -> Outcome {
    let mut line = of.open().await;
    let all: Vec<_> = (0..1_000).map(|it| somebody(it, nowhere())).collect();
    tell(&mut line, &all).await;
    let own = PeerAddress {
        peer: PeerId::from_bytes(of.siege.endpoint),
        address: nowhere(),
    };
    tell(&mut line, &[own]).await;
    of.siege.served().await;
    let status = tokio::task::block_in_place(|| of.siege.ask(&["status"]));
    let nobody = hexadecimal(somebody(0, nowhere()).peer.as_bytes());
    let shown = some(&status["peers"], |peer| {
        let endpoint = peer["endpoint"].as_str().expect("digits");
        endpoint[4..] == nobody[4..] || *endpoint == hexadecimal(&of.siege.endpoint)
    });
    assert!(!shown, "{status}");
    Outcome::new("nothing is made of it", Named::Seen)
}

async fn greedy(of: Attacker) -> Outcome {
    let mut line = of.open().await;
    let peers = vec![somebody(1, nowhere()); REQUEST_IDS_MAX + 1];
    let body = postcard::to_stdvec(&Message::Peers { peers }).expect("in memory");
    line.frame(&body).await;
    Outcome::closes(&line.closed().await, "frame_malformed")
}
