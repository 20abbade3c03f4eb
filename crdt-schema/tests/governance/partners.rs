//! Partners: enrolment, mandates, confirmation in the charter.

use std::collections::BTreeMap;

use crdt_schema::edit::State;
use crdt_schema::entry::Kind;
use crdt_schema::governance::{Act, Mandate, Position, Scope, Selection, Void};
use crdt_schema::id::{EntryId, ItemId};

use crate::federation::{Author, Replica, creation, cut, enrol};

#[test]
fn a_partner_writes_within_the_mandate_that_an_enrolment_gives() {
    let mut replica = Replica::found();
    let mut newcomer = Author::new(9, 90);
    let early = newcomer.write(&mut replica, "event", 1);
    assert_eq!(replica.why_void(&early), Some(Void::NotEnrolled));

    let events = Mandate::new(vec![Scope {
        kinds: Selection::only(["event"]),
        territories: Selection::only(["35"]),
    }]);
    Author::new(1, 10).decide(&mut replica, &[enrol(9, events)]);
    let outside = newcomer.write(&mut replica, "place", 2);
    assert_eq!(replica.state(&early), State::Live);
    assert_eq!(replica.why_void(&outside), Some(Void::OutsideMandate));
}

#[test]
fn one_item_outside_the_mandate_voids_the_whole_entry() {
    let mut replica = Replica::found();
    let events = Mandate::new(vec![Scope {
        kinds: Selection::only(["event"]),
        territories: Selection::All,
    }]);
    Author::new(1, 10).decide(&mut replica, &[enrol(9, events)]);
    let mut author = Author::new(9, 90);
    let federation = replica.federation;
    let items = ["event", "place"].map(|kind| creation(&federation, kind, 1));
    let entry = author.sign(&mut replica, Kind::Contribution, items.to_vec());
    let within = ItemId::of(&entry.id(), 0);
    assert_eq!(replica.why_void(&within), Some(Void::OutsideMandate));
}

#[test]
fn p16_a_partner_confirmed_in_the_charter_stays_enrolled_whatever_coordinators_sign() {
    let mut replica = Replica::found();
    let mut author = Author::new(3, 30);
    author.write(&mut replica, "event", 1);
    let nowhere = Position {
        sequence: 0,
        entry: EntryId::from_bytes([7; 32]),
    };
    for number in [1, 2] {
        let acts = [
            cut(author.feed(), nowhere),
            Act::Descope {
                grant: ItemId::from_bytes([0; 16]),
                positions: BTreeMap::new(),
            },
        ];
        Author::new(number, 10 * number).decide(&mut replica, &acts);
    }
    assert!(replica.is_enrolled(3));
    let fresh = Author::new(3, 31).write(&mut replica, "event", 2);
    assert_eq!(replica.state(&fresh), State::Live);
}
