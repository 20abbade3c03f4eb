use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use super::*;
use crate::limits::ADDRESSES_HEARD_MAX;

const NOW: Duration = Duration::from_secs(100);
const DAY: Duration = Duration::from_secs(24 * 3_600);
/// Whoever tells of others in these tests.
const TELLER: PeerId = PeerId::from_bytes([254; 32]);

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
    roster.heard(TELLER, &told.collect::<Vec<_>>(), everybody);
    roster
}

fn say(peer: PeerId, address: &str) -> PeerAddress {
    PeerAddress {
        peer,
        address: address.parse().expect("an address"),
    }
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
fn a_crowd_that_calls_does_not_stand_in_the_place_of_those_that_a_node_chooses() {
    let mut roster = knowing(10);
    for number in 100..100 + SESSIONS_CROWDED as u8 {
        roster.started((peer(number), number.into()), false, Some(at(number)), NOW);
        roster.level(peer(number), number.into(), NOW);
    }
    let chosen = called(&roster.act(NOW, everybody).0);
    assert_eq!(chosen.len(), SESSIONS_CHOSEN);
    for (number, peer) in (1..).zip(&chosen) {
        roster.started((*peer, number), true, None, NOW);
        roster.level(*peer, number, NOW);
    }
    // They stay whoever else calls, and one that ends is made good.
    for number in 150..180 {
        roster.started((peer(number), number.into()), false, Some(at(number)), NOW);
        roster.level(peer(number), number.into(), NOW);
    }
    let later = NOW + 2 * SETTLED_MIN;
    let (orders, _) = roster.act(later, everybody);
    assert!(orders.iter().all(|it| matches!(it, Order::Leave(100.., _))));
    roster.ended(chosen[0], 1, Parting::Healthy, later);
    assert_eq!(called(&roster.act(later, everybody).0).len(), 1);
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
fn only_where_a_node_was_met_is_told_and_only_to_whom_can_be_there() {
    let mut roster = knowing(1);
    assert_eq!(roster.to_tell(&peer(9), everybody), [], "that is hearsay");
    let places = [
        (2, "192.0.2.2:4433"),
        (3, "10.0.0.3:4433"),
        (4, "127.0.0.1:4433"),
        (5, "192.0.2.5:50"),
    ];
    for (number, place) in places {
        let place = place.parse().expect("an address");
        roster.started((peer(number), number.into()), false, Some(place), NOW);
    }
    let told = |to: u8| {
        let told = roster.to_tell(&peer(to), everybody);
        told.iter()
            .map(|it| it.peer.as_bytes()[0])
            .collect::<Vec<_>>()
    };
    assert_eq!(told(2), [0_u8; 0], "nothing of a site leaves it");
    assert_eq!(told(3), [2]);
    assert_eq!(told(4), [2, 3]);
    assert_eq!(told(9), [2], "where it is is not known: through a relay");
    assert_eq!(
        roster.to_tell(&peer(4), |it| match it {
            it if *it == peer(4) => Rank::None,
            _ => Rank::Partner,
        }),
        [],
        "who has no right any more hears of nobody"
    );
}

#[test]
fn whoever_met_many_tells_each_of_some_and_others_of_others() {
    let mut roster = knowing(0);
    for number in 1..=200 {
        roster.started((peer(number), number.into()), false, Some(at(number)), NOW);
    }
    let mut told = BTreeSet::new();
    for number in 1..=200 {
        let some = roster.to_tell(&peer(number), everybody);
        assert_eq!(some.len(), REQUEST_IDS_MAX);
        assert!(some.iter().all(|it| it.peer != peer(number)));
        told.extend(some);
    }
    assert_eq!(told.len(), 200, "together they hear of all");
}

#[test]
fn a_peer_far_away_makes_nobody_call_what_is_near() {
    let mut roster = Roster::new(peer(0), 5, NOW);
    roster.meet_others();
    roster.started((TELLER, 1), false, Some(at(200)), NOW);
    let near = [
        "127.0.0.1:5432",
        "[::1]:5432",
        "10.0.0.1:4433",
        "192.168.1.1:4433",
        "169.254.169.254:4433",
        "[::ffff:10.0.0.1]:4433",
        "[fe80::1]:4433",
        "192.0.2.9:53",
    ];
    for (number, near) in (1..).zip(near) {
        roster.heard(TELLER, &[say(peer(number), near)], everybody);
    }
    for passed in 0..100 {
        let now = NOW + passed * EXPLORE_EVERY / 4;
        assert_eq!(roster.act(now, everybody).0, []);
    }
}

#[test]
fn whoever_talks_much_of_a_node_talks_over_nobody() {
    let mut roster = knowing(1);
    roster.heard(peer(7), &[say(peer(1), "192.0.2.107:4433")], everybody);
    for host in 1..=255 {
        let lie = say(peer(1), &format!("198.51.100.{host}:4433"));
        roster.heard(peer(8), &[lie], everybody);
    }
    let lie = say(peer(1), "198.51.100.1:4433");
    roster.heard(peer(1), &[lie], everybody);
    let (orders, _) = roster.act(NOW, everybody);
    let places = ["198.51.100.255:4433", "192.0.2.107:4433", "192.0.2.1:4433"];
    let places = places.map(|it| it.parse().expect("an address"));
    assert_eq!(orders, [Order::Call(peer(1), places.to_vec())]);
}

#[test]
fn who_loses_its_right_is_neither_called_nor_told_nor_kept() {
    let mut roster = knowing(3);
    roster.started((peer(2), 1), true, Some(at(2)), NOW);
    roster.ended(peer(2), 1, Parting::Healthy, NOW);
    assert_eq!(roster.met(everybody).len(), 1);
    let without_two = |it: &PeerId| match it.as_bytes()[0] {
        2 => Rank::None,
        _ => Rank::Partner,
    };
    let calls = called(&roster.act(NOW + DAY, without_two).0);
    assert_eq!(
        BTreeSet::from_iter(calls),
        BTreeSet::from([peer(1), peer(3)])
    );
    assert_eq!(roster.met(without_two), []);
    assert_eq!(roster.to_tell(&peer(3), without_two), []);
    let mut anew = Roster::new(peer(0), 5, NOW);
    anew.meet_others();
    anew.remember(&[say(peer(2), "192.0.2.2:4433")], without_two);
    let (orders, again) = anew.act(NOW, without_two);
    assert_eq!(orders, []);
    assert!(again > NOW + SETTLED_MIN, "nobody waits for it: {again:?}");
}

#[test]
fn what_was_kept_is_called_where_it_was_and_forgotten_where_nobody_can_be() {
    let mut roster = Roster::new(peer(0), 5, NOW);
    roster.meet_others();
    let kept = [
        say(peer(0), "192.0.2.9:4433"),
        say(peer(1), "127.0.0.1:4433"),
        say(peer(1), "127.0.0.1:4434"),
        say(peer(2), "192.0.2.2:0"),
        say(peer(3), "224.0.0.1:4433"),
    ];
    roster.remember(&kept, everybody);
    let first = kept[1].address;
    let (orders, _) = roster.act(NOW, everybody);
    assert_eq!(orders, [Order::Call(peer(1), vec![first])]);
}

#[test]
fn a_node_remembers_so_many_others_and_makes_room_for_those_that_have_a_right() {
    let other = |number: usize| {
        let mut bytes = [7; 32];
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        PeerId::from_bytes(bytes)
    };
    let tells =
        |roster: &mut Roster, numbers: std::ops::Range<usize>, rank: fn(&PeerId) -> Rank| {
            let told = numbers.map(|number| say(other(number), "192.0.2.1:4433"));
            roster.heard(TELLER, &told.collect::<Vec<_>>(), rank);
            roster.known.len()
        };
    let mut roster = Roster::new(peer(0), 5, NOW);
    assert_eq!(tells(&mut roster, 0..5_000, |_| Rank::None), 0);
    let most = PEERS_KNOWN_MAX;
    assert_eq!(tells(&mut roster, 0..most - 1, everybody), most - 1);
    assert_eq!(tells(&mut roster, 0..5_000, everybody), most);
    let recent = |it: &PeerId| match it.as_bytes()[6] {
        100.. => Rank::Partner,
        _ => Rank::None,
    };
    assert_eq!(tells(&mut roster, 0x6400..0x6410, recent), 16);
}

/// Calls made in a day, by a node that so many others of the federation are told to be at an address where nobody answers.
fn calls_for_lies(others: u8, has_its_six: bool) -> usize {
    let mut roster = knowing(0);
    let its = if has_its_six { 240..246 } else { 0..0 };
    for number in its {
        roster.started((peer(number), number.into()), true, None, NOW);
        roster.level(peer(number), number.into(), NOW);
    }
    let (mut now, mut calls) = (NOW, 0);
    while now < NOW + DAY {
        // The liar goes on to lie.
        for number in 1..=others {
            let port = 1_024 + (calls % 60_000) as u16;
            let lie = say(peer(number), &format!("198.51.100.7:{port}"));
            roster.heard(TELLER, &[lie], everybody);
        }
        let (orders, again) = roster.act(now, everybody);
        let called = called(&orders);
        assert!(called.len() <= CALLS_MAX);
        for peer in called {
            calls += 1;
            roster.failed(peer, now);
        }
        assert!(again >= now + REDIAL_MIN);
        now = again;
    }
    calls
}

#[test]
fn lies_make_a_node_call_seldom_whoever_is_lied_about() {
    // A pause of an hour is half an hour at least, and twelve shorter ones come before it.
    assert!(calls_for_lies(1, false) <= 48 + 13);
    let calls = calls_for_lies(200, false);
    assert!(calls <= 200 * (48 + 13), "{calls}");
    assert!(calls <= CALLS_MAX * 24 * 3_600 / 30 + 60, "{calls}");
    let calls = calls_for_lies(200, true);
    assert!(calls <= 24 * 3_600 / 450, "one that explores: {calls}");
}

#[test]
fn whatever_happens_no_more_is_called_than_may_be() {
    for seed in seeds() {
        let mut chance = Roster::new(peer(0), seed, NOW);
        let mut draw = |below: u64| chance.draw() % below;
        let mut roster = Roster::new(peer(0), draw(u64::MAX), NOW);
        if draw(4) > 0 {
            roster.meet_others();
        }
        let named = draw(4) as u8;
        for number in 0..=named {
            roster.configure(peer(number), vec![at(number)]);
        }
        let (mut now, mut calling, mut lines) = (NOW, BTreeSet::new(), Vec::new());
        for number in 0..2_000 {
            now += Duration::from_millis(draw(20_000));
            // From time to time somebody loses its right, or gets it back.
            let bar = (now.as_secs() / 3_600) as u8 % 40;
            let rank = |it: &PeerId| match it.as_bytes()[0] {
                30.. => Rank::None,
                number if number == bar => Rank::None,
                4..7 => Rank::Coordinator,
                _ => Rank::Partner,
            };
            let some = peer(draw(40) as u8);
            match draw(6) {
                0 => {
                    let of = peer(draw(40) as u8);
                    let ip = Ipv4Addr::from_bits(draw(1 << 32) as u32);
                    let address = (ip, draw(1 << 16) as u16).into();
                    roster.heard(some, &[PeerAddress { peer: of, address }], rank);
                }
                1 if calling.remove(&some) => roster.failed(some, now),
                2 if calling.remove(&some) => {
                    roster.started((some, number), true, Some(at(7)), now);
                    lines.push((some, number));
                }
                3 if rank(&some) != Rank::None => {
                    let place = Some(at(some.as_bytes()[0]));
                    roster.started((some, number), false, place, now);
                    lines.push((some, number));
                }
                4 if !lines.is_empty() => {
                    let (peer, line) = lines[draw(lines.len() as u64) as usize];
                    roster.level(peer, line, now);
                }
                5 if !lines.is_empty() => {
                    let (peer, line) = lines.swap_remove(draw(lines.len() as u64) as usize);
                    let how = [Parting::Crowded, Parting::Healthy, Parting::Unwell];
                    roster.ended(peer, line, how[draw(3) as usize], now);
                }
                _ => {}
            }
            let (orders, again) = roster.act(now, rank);
            let context = format!("SEED={seed} step {number}: {orders:?}");
            assert!(again >= now + REDIAL_MIN, "{context}");
            for order in &orders {
                let Order::Call(called, places) = order else {
                    continue;
                };
                let is_named = called.as_bytes()[0] <= named;
                assert_ne!(*called, peer(0), "{context}");
                assert!(calling.insert(*called), "twice at once: {context}");
                assert!(lines.iter().all(|(peer, _)| peer != called), "{context}");
                assert!(is_named || rank(called) != Rank::None, "{context}");
                assert!(is_named || roster.meets_others, "{context}");
                let most = ADDRESSES_HEARD_MAX + 1 + usize::from(is_named);
                assert!((1..=most).contains(&places.len()), "{context}");
                let own = [at(7), at(called.as_bytes()[0])];
                let can_be = |it: &SocketAddr| own.contains(it) || places::may_tell(None, it);
                assert!(places.iter().all(can_be), "{context}");
            }
            let others = calling.iter().filter(|it| it.as_bytes()[0] > named);
            assert!(others.count() <= CALLS_MAX, "{context}");
            for told in roster.to_tell(&some, rank) {
                assert!(told.peer != some && rank(&told.peer) != Rank::None);
            }
            lines.retain(|(_, line)| {
                let is_left =
                    |order: &Order| matches!(order, Order::Leave(left, _) if left == line);
                !orders.iter().any(is_left)
            });
            for order in &orders {
                if let Order::Leave(left, _) = order {
                    let peers: Vec<_> = roster
                        .known
                        .iter()
                        .filter(|(_, known)| known.lines.iter().any(|line| line.number == *left))
                        .map(|(peer, _)| *peer)
                        .collect();
                    for peer in peers {
                        roster.ended(peer, *left, Parting::Healthy, now);
                    }
                }
            }
        }
    }
}

fn seeds() -> std::ops::Range<u64> {
    match std::env::var("SEED").ok().and_then(|it| it.parse().ok()) {
        Some(seed) => seed..seed + 1,
        None => 0..20,
    }
}
