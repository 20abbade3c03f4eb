//! What governance answers beside verdicts: what asks for another evaluation, how acts travel as text, which charters and feeds are
//! held, whose a feed is, and what is cut.

use std::collections::BTreeSet;

use crdt_schema::entry::{Certified, Header, Kind};
use crdt_schema::governance::{
    Act, AmendmentError, Approval, Change, Charter, Feeds, Mandate, Recovery, Scope, Selection,
};
use crdt_schema::id::{EntryId, FeedId};
use crdt_schema::limits::CHARTER_BYTES_MAX;

use crate::federation::{Author, Replica, creation, cut, enrol, partner, root};

#[test]
fn only_a_critical_entry_of_an_unknown_kind_asks_for_another_evaluation_by_itself() {
    let mut replica = Replica::found();
    let item = creation(&replica.federation, "event", 1);
    let entry = Author::new(3, 30).sign(&mut replica, Kind::Contribution, vec![item]);
    let governance = replica.governance();
    let asks = |kind, critical, change| {
        let mut header = entry.header().clone();
        header.kind = kind;
        header.critical = critical;
        governance.is_touched_by(&entry.id(), &header, change)
    };
    let unknown = Kind::Unknown(0x7f);
    assert!(!unknown.is_known());
    assert!(asks(unknown, true, Change::Appended));
    assert!(!asks(unknown, false, Change::Appended));
    assert!(!asks(Kind::Contribution, true, Change::Appended));
    assert!(!asks(Kind::Contribution, false, Change::Appended));
    assert!(!asks(unknown, true, Change::Known));
    assert!(asks(Kind::Contribution, false, Change::Forked));
    assert!(asks(Kind::Contribution, false, Change::Certified));
}

#[test]
fn an_act_reads_back_from_its_text_and_nothing_else_does() {
    let act = enrol(9, Mandate::everything());
    let text = act.to_text();
    assert!(text.starts_with("enrol:"), "{text}");
    assert_eq!(Act::from_text(&text), Some(act));
    assert_eq!(Act::Unknown.to_text(), "");
    for nothing in [
        "",
        "enrol",
        "enrol:",
        "enrol:zz",
        "enrol:80",
        &format!("{text}00"),
    ] {
        assert_eq!(Act::from_text(nothing), None, "{nothing}");
    }
}

#[test]
fn every_charter_that_is_held_is_listed_and_a_pin_that_is_set_again_has_not_moved() {
    let mut replica = Replica::found();
    let genesis = replica.tip();
    let adopted = replica.amend(&[101, 102], |_| {});
    let refused = replica.amend(&[101], |charter| charter.name = "Autre".to_owned());
    let listed: BTreeSet<_> = replica.charters.iter().map(|(id, _)| *id).collect();
    assert_eq!(listed, [genesis, adopted, refused].into());
    assert!(!replica.charters.pin(&genesis), "it is pinned already");
    assert!(!replica.charters.pin(&refused));
    assert!(replica.charters.pin(&adopted));
    assert!(!replica.charters.pin(&adopted));
    assert_eq!(replica.charters.pinned(), adopted);
}

#[test]
fn a_charter_without_recovery_is_not_recovered_by_nobody() {
    let mut replica = Replica::found();
    let none = Recovery::default();
    let adopted = replica.amend(&[101, 102], |charter| charter.recovery = none);
    replica.amend(&[], |charter| charter.name = "Autre".to_owned());
    assert_eq!(replica.tip(), adopted);
    replica.amend(&[111], |charter| charter.name = "Encore".to_owned());
    assert_eq!(replica.tip(), adopted);
}

#[test]
fn the_codes_of_refused_charters_are_stable() {
    let codes = [
        AmendmentError::Nothing,
        AmendmentError::LastVersion,
        AmendmentError::Threshold,
        AmendmentError::SeatTwice,
        AmendmentError::LooserCut,
        AmendmentError::Recovery,
    ];
    assert_eq!(
        codes.map(AmendmentError::code),
        [
            "charter_unchanged",
            "charter_last_version",
            "charter_threshold",
            "charter_seat_twice",
            "charter_looser_cut",
            "charter_recovery",
        ]
    );
}

#[test]
fn the_codes_of_bytes_that_are_no_charter_or_approval_are_stable() {
    let unread = Charter::from_bytes(&[0]).map_err(|error| error.code());
    assert_eq!(unread, Err("charter_unreadable"));
    let large = Charter::from_bytes(&vec![0; CHARTER_BYTES_MAX + 1]);
    assert_eq!(
        large.map_err(|error| error.code()),
        Err("charter_too_large")
    );
    let unread = Approval::from_bytes(&[0]).map_err(|error| error.code());
    assert_eq!(unread, Err("approval_unreadable"));
    let replica = Replica::found();
    let (federation, tip) = (replica.federation, replica.tip());
    let mut bytes = Approval::sign(&root(101), federation, tip, tip).to_bytes();
    *bytes.last_mut().expect("a signature") ^= 1;
    let unsigned = Approval::from_bytes(&bytes).map_err(|error| error.code());
    assert_eq!(unsigned, Err("approval_not_signed"));
}

#[test]
fn a_mandate_lists_the_scopes_that_it_was_given() {
    let events = Scope {
        kinds: Selection::only(["event"]),
        territories: Selection::All,
    };
    let mandate = Mandate::new(vec![events.clone()]);
    assert_eq!(mandate.scopes(), [events]);
    assert_eq!(Mandate::everything().scopes().len(), 1);
    assert_eq!(Mandate::default().scopes(), []);
}

#[test]
fn a_feed_is_cut_by_the_charter_alone_by_an_act_alone_or_not_at_all() {
    let mut replica = Replica::found();
    let [mut by_charter, mut by_act, mut free] = [30, 31, 32].map(|its| Author::new(3, its));
    for author in [&mut by_charter, &mut by_act, &mut free] {
        author.write(&mut replica, "event", 1);
    }
    replica.amend(&[101, 102], |charter| {
        let place = by_charter.position();
        charter.cuts.insert(by_charter.feed(), place);
    });
    let act = cut(by_act.feed(), by_act.position());
    Author::new(1, 10).decide(&mut replica, &[act]);
    let governance = replica.governance();
    let is_cut = |author: &Author| governance.partners().is_cut(&author.feed());
    assert!(is_cut(&by_charter));
    assert!(is_cut(&by_act));
    assert!(!is_cut(&free));
}

#[test]
fn the_feeds_that_are_held_are_listed_each_with_its_own_heads() {
    let mut replica = Replica::found();
    assert!(replica.feeds.is_empty());
    assert_eq!(replica.feeds.len(), 0);
    let (mut one, mut other) = (Author::new(3, 30), Author::new(2, 20));
    one.write(&mut replica, "event", 1);
    other.write(&mut replica, "event", 2);
    let mut twin = one.clone();
    one.write(&mut replica, "event", 3);
    one.write(&mut replica, "event", 4);
    twin.write(&mut replica, "event", 5);

    let feeds = &replica.feeds;
    assert!(!feeds.is_empty());
    assert_eq!(feeds.len(), 7);
    let listed: BTreeSet<FeedId> = feeds.ids().copied().collect();
    assert_eq!(listed, [one.feed(), other.feed()].into());
    let heads = |author: &Author| BTreeSet::from_iter(feeds.heads(&author.feed()));
    let [long, short, alone] = [&one, &twin, &other].map(|author| author.head.expect("signed"));
    assert_eq!(heads(&one), [long, short].into());
    assert_eq!(heads(&other), [alone].into());
    assert_eq!(heads(&Author::new(1, 10)), [].into());
    assert_eq!(feeds.furthest_head(&one.feed()), Some(long));
}

#[test]
fn an_entry_is_connected_where_it_starts_its_feed_or_follows_an_entry_of_it() {
    let mut replica = Replica::found();
    let (mut author, mut other) = (Author::new(3, 30), Author::new(2, 20));
    author.write(&mut replica, "event", 1);
    other.write(&mut replica, "event", 2);
    let mut ahead = replica.clone();
    let item = creation(&replica.federation, "event", 3);
    let next = author.sign(&mut ahead, Kind::Contribution, vec![item]);
    let is_connected = |change: fn(&mut Header, EntryId), id| {
        let mut header = next.header().clone();
        change(&mut header, id);
        replica.feeds.is_connected(&header)
    };
    let (_, elsewhere) = other.head.expect("signed");
    assert!(is_connected(|_, _| (), elsewhere));
    let unheld = next.id();
    assert!(!is_connected(
        |header, id| header.previous = Some(id),
        unheld
    ));
    assert!(!is_connected(
        |header, id| header.previous = Some(id),
        elsewhere
    ));
    assert!(!is_connected(|header, _| header.sequence += 1, unheld));
    assert!(!is_connected(|header, _| header.sequence -= 1, unheld));
    let restarts = |header: &mut Header, _: EntryId| (header.sequence, header.previous) = (0, None);
    assert!(is_connected(restarts, unheld));
    assert!(!is_connected(|header, _| header.previous = None, unheld));
}

#[test]
fn a_feed_belongs_to_whom_the_certificate_at_its_start_names_and_only_once() {
    let mut replica = Replica::found();
    let mut author = Author::new(3, 30);
    author.write(&mut replica, "event", 1);
    let [start, next] = [0, 1].map(|place| replica.log[place].clone());
    let mut feeds = Feeds::new(replica.federation);
    let bare = |feeds: &mut Feeds| feeds.insert(start.id(), start.header(), None);
    assert_eq!(bare(&mut feeds), Ok(Change::Appended));
    assert_eq!(bare(&mut feeds), Ok(Change::Known), "it says nothing new");
    assert_eq!(feeds.owner(&start.id()), None);
    // What a later entry says of the owner is not asked, also when it comes again.
    for change in [Change::Appended, Change::Known] {
        let stray = Some(Certified::from(partner(9)));
        assert_eq!(feeds.insert(next.id(), next.header(), stray), Ok(change));
        assert_eq!(feeds.owner(&next.id()), None);
    }
    assert_eq!(feeds.take(&start), Ok(Change::Certified));
    assert_eq!(feeds.take(&start), Ok(Change::Known));
    assert_eq!(bare(&mut feeds), Ok(Change::Known));
    assert_eq!(feeds.owner(&next.id()), Some(partner(3)));
}

#[test]
fn the_start_of_a_feed_in_a_kind_of_a_later_version_names_no_owner() {
    let mut replica = Replica::found();
    Author::new(3, 30).write(&mut replica, "event", 1);
    let start = replica.log[0].clone();
    let mut header = start.header().clone();
    header.kind = Kind::Unknown(0x7f);
    let mut feeds = Feeds::new(replica.federation);
    let taken = feeds.insert(start.id(), &header, start.certified());
    assert_eq!(taken, Ok(Change::Appended));
    assert_eq!(feeds.owner(&start.id()), None);
}
