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

#[test]
fn a_partner_has_left_once_everything_that_it_was_given_is_taken_back() {
    let mut replica = Replica::found();
    let (mut one, mut author) = (Author::new(1, 10), Author::new(9, 90));
    let partner = author.partner();
    let has_left = |replica: &Replica| replica.governance().partners().has_left(&partner);
    assert!(
        !has_left(&replica),
        "whoever was given nothing left nothing"
    );
    let first = one.decide(&mut replica, &[enrol(9, Mandate::everything())])[0];
    author.write(&mut replica, "event", 1);
    let place = author.position();
    author.write(&mut replica, "event", 2);
    let (before, after) = (place.entry, author.position().entry);
    let had_left = |replica: &Replica, entry| {
        let governance = replica.governance();
        governance.partners().had_left(&replica.feeds, entry)
    };
    assert!(!has_left(&replica) && !had_left(&replica, &after));
    let mandate = Act::Mandate {
        partner,
        mandate: Mandate::everything(),
    };
    let second = one.decide(&mut replica, &[mandate])[0];
    let positions: BTreeMap<_, _> = [(author.feed(), place)].into();
    for (grant, left) in [(first, false), (second, true)] {
        let positions = positions.clone();
        one.decide(&mut replica, &[Act::Descope { grant, positions }]);
        assert_eq!(has_left(&replica), left);
        assert_eq!(had_left(&replica, &after), left);
        assert!(!had_left(&replica, &before), "it was signed before");
    }
    // What a charter gives, no act takes back; of an entry that is not held, nothing is known.
    assert!(!replica.governance().partners().has_left(&one.partner()));
    assert!(!had_left(&replica, &EntryId::from_bytes([7; 32])));
}
