use std::net::Ipv4Addr;

use super::*;

const NOW: Duration = Duration::from_secs(100);

fn peer(number: u8) -> PeerId {
    PeerId::from_bytes([number; 32])
}

fn at(number: u8) -> SocketAddr {
    (Ipv4Addr::new(192, 0, 2, number), 4433).into()
}

fn everybody(_: &PeerId) -> Rank {
    Rank::Partner
}

/// A roster that has heard of so many others.
fn knowing(others: u8) -> Roster {
    let mut roster = Roster::new(peer(0), 5, NOW);
    roster.meet_others();
    let told = (1..=others).map(|number| PeerAddress {
        peer: peer(number),
        address: at(number),
    });
    roster.heard(&told.collect::<Vec<_>>(), everybody);
    roster
}

fn called(orders: &[Order]) -> Vec<PeerId> {
    let calls = orders.iter().filter_map(|order| match order {
        Order::Call(peer, _) => Some(*peer),
        Order::Leave(..) => None,
    });
    calls.collect()
}

#[test]
fn six_are_called_and_no_seventh() {
    let mut roster = knowing(20);
    let first = called(&roster.act(NOW, everybody).0);
    assert_eq!(first.len(), SESSIONS_WANTED);
    assert_eq!(called(&roster.act(NOW, everybody).0), []);
    for (number, peer) in first.into_iter().enumerate() {
        roster.started((peer, number as u64), true, None, NOW);
    }
    assert_eq!(called(&roster.act(NOW + REDIAL_MAX, everybody).0), []);
    assert_eq!(roster.connected(), SESSIONS_WANTED);
}

#[test]
fn a_coordinator_is_among_the_six_and_who_has_no_right_is_not() {
    let mut roster = knowing(60);
    let rank = |it: &PeerId| match it.as_bytes()[0] {
        33 => Rank::Coordinator,
        1..30 => Rank::None,
        _ => Rank::Partner,
    };
    let calls = called(&roster.act(NOW, rank).0);
    assert_eq!((calls.len(), calls[0]), (SESSIONS_WANTED, peer(33)));
    assert!(calls.iter().all(|it| rank(it) != Rank::None));
}

#[test]
fn whoever_meets_nobody_calls_those_of_its_configuration_and_never_leaves_them() {
    let mut roster = Roster::new(peer(0), 5, NOW);
    for number in 1..=30 {
        roster.configure(peer(number), vec![at(number)]);
    }
    assert_eq!(called(&roster.act(NOW, everybody).0).len(), 30);
    for number in 1..=30 {
        roster.started((peer(number), number.into()), true, None, NOW);
        roster.level(peer(number), number.into(), NOW);
    }
    assert_eq!(roster.act(NOW + EXPLORE_EVERY, everybody).0, []);
}

#[test]
fn a_node_that_is_not_reached_is_called_later_and_later() {
    let mut roster = Roster::new(peer(0), 5, NOW);
    roster.configure(peer(1), vec![at(1)]);
    let (mut now, mut pauses) = (NOW, Vec::new());
    for _ in 0..9 {
        let (orders, _) = roster.act(now, everybody);
        assert_eq!(called(&orders), [peer(1)]);
        roster.failed(peer(1), now);
        let (orders, again) = roster.act(now, everybody);
        assert_eq!(orders, []);
        pauses.push((again - now).as_millis());
        now = again;
    }
    let longest = [
        500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000, 15_000,
    ];
    for (pause, longest) in pauses.into_iter().zip(longest) {
        assert!(
            (longest / 2).max(500) <= pause && pause <= longest,
            "{pause}"
        );
    }
}

#[test]
fn too_many_callers_are_sent_to_others_once_they_have_heard_of_them() {
    let mut roster = knowing(0);
    let callers = SESSIONS_CROWDED as u8 + 3;
    for number in 1..=callers {
        roster.started((peer(number), number.into()), false, Some(at(number)), NOW);
        roster.level(
            peer(number),
            number.into(),
            NOW + Duration::from_millis(number.into()),
        );
    }
    assert_eq!(roster.act(NOW + SETTLED_MIN / 2, everybody).0, []);
    let (orders, _) = roster.act(NOW + 2 * SETTLED_MIN, everybody);
    let leave = |number| Order::Leave(number, Enough::Crowded);
    assert_eq!(orders, [leave(1), leave(2), leave(3)]);
    assert_eq!(roster.connected(), SESSIONS_CROWDED);
}

#[test]
fn the_newcomer_that_explores_stays_and_the_oldest_goes() {
    let mut roster = knowing(7);
    let first = called(&roster.act(NOW, everybody).0);
    for (number, peer) in first.iter().enumerate() {
        let since = NOW + Duration::from_secs(number as u64);
        roster.started((*peer, number as u64), true, None, since);
        roster.level(*peer, number as u64, since);
    }
    let later = NOW + 2 * EXPLORE_EVERY;
    let more = called(&roster.act(later, everybody).0);
    assert_eq!(more.len(), 1, "one is left to be met");
    roster.started((more[0], 9), true, None, later);
    roster.level(more[0], 9, later);
    let (orders, _) = roster.act(later + SETTLED_MIN, everybody);
    assert_eq!(orders, [Order::Leave(0, Enough::Crowded)]);
    roster.ended(first[0], 0, Parting::Healthy, later + SETTLED_MIN);
    let (orders, _) = roster.act(later + 2 * SETTLED_MIN, everybody);
    assert_eq!(orders, [], "there are six again");
}

#[test]
fn of_two_sessions_with_one_peer_the_same_one_goes_on_both_sides() {
    let (low, high) = (peer(1), peer(2));
    let mut kept = Vec::new();
    for (own, other, outward) in [(low, high, 7), (high, low, 8)] {
        let mut roster = Roster::new(own, 5, NOW);
        for number in [7, 8] {
            roster.started((other, number), number == outward, None, NOW);
            roster.level(other, number, NOW);
        }
        kept.extend(roster.act(NOW, everybody).0);
    }
    assert_eq!(kept, [Order::Leave(7, Enough::Double)]);
}

#[test]
fn what_no_node_listens_on_is_neither_called_nor_told() {
    let mut roster = knowing(1);
    let places = [
        "0.0.0.0:1",
        "[::]:1",
        "224.0.0.1:1",
        "192.0.2.9:0",
        "255.255.255.255:9",
    ];
    let told = places.map(|address| PeerAddress {
        peer: peer(9),
        address: address.parse().expect("an address"),
    });
    roster.heard(&told, everybody);
    assert_eq!(roster.to_tell(&peer(3), everybody).len(), 1);
    roster.started(
        (peer(4), 1),
        false,
        Some((Ipv4Addr::LOCALHOST, 5).into()),
        NOW,
    );
    assert_eq!(
        roster.to_tell(&peer(3), everybody).len(),
        1,
        "loopback is here"
    );
    assert_eq!(roster.to_tell(&peer(3), |_| Rank::None), []);
}
