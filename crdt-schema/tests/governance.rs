//! The rules of governance as stories, on a small federation with real keys and signed entries.

use std::collections::BTreeMap;

use crdt_schema::cbor::{Tree, Wire};
use crdt_schema::edit::{Content, Operation, State, Value};
use crdt_schema::entry::{
    Body, Certificate, EditFrame, Frame, Item, Kind, Payload, PersonalFrame, RecordBirth,
    StatementFrame, UnsignedEntry, VerifiedEntry,
};
use crdt_schema::governance::{
    Act, Approval, Charter, Charters, Confirmed, Contributed, Contributions, Coordinator, Erasure,
    Feeds, Governance, Holdings, Ignored, Mandate, NoEffect, Position, Quotas, Recovery, Scope,
    Seat, Selection, SignedAct, Void,
};
use crdt_schema::id::{
    CharterId, EntryId, FederationId, FeedId, ItemId, PartnerId, RecordId, SubjectId,
};
use crdt_schema::key::SecretKey;
use crdt_schema::time::Timestamp;

/// What one node holds.
#[derive(Clone)]
struct Replica {
    federation: FederationId,
    feeds: Feeds,
    charters: Charters,
    acts: BTreeMap<ItemId, SignedAct>,
    items: BTreeMap<ItemId, Contributed>,
}

/// An instance of a partner, with the end of its feed.
#[derive(Clone)]
struct Author {
    root: SecretKey,
    instance: SecretKey,
    head: Option<(u64, EntryId)>,
}

impl Author {
    fn new(partner: u8, instance: u8) -> Self {
        Self {
            root: root(partner),
            instance: SecretKey::from_bytes(&[instance; 32]),
            head: None,
        }
    }

    fn feed(&self) -> FeedId {
        self.instance.public().feed()
    }

    fn position(&self) -> Position {
        let (sequence, entry) = self.head.expect("something is signed");
        Position { sequence, entry }
    }

    /// Signs the next entry, and the certificate first where the feed is new.
    fn sign(&mut self, to: &mut Replica, kind: Kind, items: Vec<Item>) -> VerifiedEntry {
        if self.head.is_none() {
            let partner = self.root.public().partner();
            let feed = self.feed();
            let certificate =
                Certificate::sign(&self.root, partner, &to.federation, &feed, [0; 32]);
            let item = Item {
                frame: Frame::Certificate(Box::new(certificate)),
                body: held(Vec::new()),
            };
            self.append(to, Kind::Certificate, vec![item]);
        }
        self.append(to, kind, items)
    }

    fn append(&mut self, to: &mut Replica, kind: Kind, items: Vec<Item>) -> VerifiedEntry {
        let place = match self.head {
            None => (0, None),
            Some((sequence, entry)) => (sequence + 1, Some(entry)),
        };
        let unsigned = UnsignedEntry {
            kind,
            federation: to.federation,
            place,
            charter: to.governance().adoption().tip_id(),
            claimed: Timestamp::from_millis(0),
            payload: Payload::new(items).expect("a small payload"),
        };
        let entry = unsigned.sign(&self.instance);
        let received = entry.to_signed().verify(&to.federation);
        assert_eq!(received.as_ref(), Ok(&entry));
        to.take(&entry).expect("what was just signed is connected");
        self.head = Some((place.0, entry.id()));
        entry
    }

    fn decide(&mut self, to: &mut Replica, acts: &[Act]) -> Vec<ItemId> {
        let items = acts
            .iter()
            .map(|act| act.to_item([1; 16]).expect("a known act"));
        let entry = self.sign(to, Kind::Governance, items.collect());
        entry.identified_items().map(|(id, _)| id).collect()
    }

    /// Creates a record, and returns the edit.
    fn write(&mut self, to: &mut Replica, kind: &str, nonce: u8) -> ItemId {
        let item = creation(&to.federation, kind, nonce);
        let entry = self.sign(to, Kind::Contribution, vec![item]);
        ItemId::of(&entry.id(), 0)
    }
}

impl Replica {
    /// A federation of three seats, two coordinators (partners 1 and 2) and one confirmed partner (3).
    fn found() -> Self {
        let genesis = Charter {
            federation: None,
            version: 0,
            parent: None,
            name: "Recensement".to_owned(),
            seats: [101, 102, 103].map(seat).to_vec(),
            k: 2,
            recovery: Recovery {
                keys: vec![*SecretKey::from_bytes(&[111; 32]).public().as_bytes()],
                k: 1,
            },
            coordinators: [1, 2].map(coordinator).into(),
            partners: [1, 2, 3].map(confirmed).into(),
            cuts: BTreeMap::new(),
            schemes: BTreeMap::new(),
            quotas: Quotas::default(),
            min_protocol: 1,
        };
        let federation = genesis.federation();
        Self {
            federation,
            feeds: Feeds::new(federation),
            charters: Charters::new(genesis),
            acts: BTreeMap::new(),
            items: BTreeMap::new(),
        }
    }

    fn take(&mut self, entry: &VerifiedEntry) -> Result<(), Ignored> {
        let certified = entry.certified_partner();
        self.feeds.insert(entry.id(), entry.header(), certified)?;
        self.acts.extend(SignedAct::all_of(entry));
        self.items.extend(Contributed::all_of(entry));
        Ok(())
    }

    fn governance(&self) -> Governance {
        Governance::evaluate(Holdings {
            feeds: &self.feeds,
            charters: &self.charters,
            acts: &self.acts,
        })
    }

    fn state(&self, item: &ItemId) -> State {
        let governance = self.governance();
        let states = Contributions::judge(&self.feeds, &governance, &self.items);
        states.state(item).expect("the item is held")
    }

    fn why_void(&self, item: &ItemId) -> Option<Void> {
        let governance = self.governance();
        let states = Contributions::judge(&self.feeds, &governance, &self.items);
        states.why_void(item)
    }

    fn outcome(&self, act: &ItemId) -> Result<(), NoEffect> {
        self.governance()
            .acts()
            .outcome(act)
            .expect("the act is held")
    }

    fn is_enrolled(&self, number: u8) -> bool {
        let governance = self.governance();
        governance
            .partners()
            .enrolled()
            .contains_key(&partner(number))
    }

    /// A successor of the newest charter, approved by some seats.
    fn amend(&mut self, seats: &[u8], change: impl FnOnce(&mut Charter)) -> CharterId {
        let adoption = self.governance().adoption().clone();
        let mut charter = adoption.tip().clone();
        charter.federation = Some(self.federation);
        charter.version += 1;
        charter.parent = Some(adoption.tip_id());
        change(&mut charter);
        let id = self.charters.insert(charter);
        for seat in seats {
            let seat = SecretKey::from_bytes(&[*seat; 32]);
            let approval = Approval::sign(&seat, self.federation, adoption.tip_id(), id);
            self.charters.approve(approval);
        }
        id
    }

    fn tip(&self) -> CharterId {
        self.governance().adoption().tip_id()
    }
}

fn root(number: u8) -> SecretKey {
    SecretKey::from_bytes(&[number; 32])
}

fn partner(number: u8) -> PartnerId {
    root(number).public().partner()
}

fn seat(number: u8) -> Seat {
    Seat {
        id: number.to_string(),
        key: *root(number).public().as_bytes(),
    }
}

fn coordinator(number: u8) -> (PartnerId, Coordinator) {
    let coordinator = Coordinator {
        root: *root(number).public().as_bytes(),
        name: format!("Coordination {number}"),
        rights: Selection::All,
        mandate: Mandate::everything(),
    };
    (partner(number), coordinator)
}

fn confirmed(number: u8) -> (PartnerId, Confirmed) {
    let confirmed = Confirmed {
        root: *root(number).public().as_bytes(),
        name: format!("Partenaire {number}"),
        mandate: Mandate::everything(),
    };
    (partner(number), confirmed)
}

fn held(content: Vec<u8>) -> Body {
    Body::Held {
        salt: [2; 16],
        content,
    }
}

fn creation(federation: &FederationId, kind: &str, nonce: u8) -> Item {
    let birth = RecordBirth {
        kind: kind.to_owned(),
        territory: "35".to_owned(),
        nonce: [nonce; 16],
    };
    let record = RecordId::of(federation, kind, "35", &birth.nonce);
    let put = Operation::Put {
        field: "name".to_owned(),
        value: Value::Text("Atelier".to_owned()),
    };
    Item {
        frame: Frame::Edit(EditFrame {
            record,
            base: Vec::new(),
            creation: Some(birth),
        }),
        body: held(Content(vec![put]).to_cbor()),
    }
}

fn enrol(number: u8, mandate: Mandate) -> Act {
    Act::Enrol {
        partner: partner(number),
        root: *root(number).public().as_bytes(),
        name: format!("Partenaire {number}"),
        mandate,
    }
}

fn cut(feed: FeedId, position: Position) -> Act {
    Act::Cut { feed, position }
}

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
fn p4_one_more_denial_never_makes_anything_live() {
    let mut replica = Replica::found();
    let (mut one, mut two) = (Author::new(1, 10), Author::new(2, 20));
    let (mut author, mut other) = (Author::new(3, 30), Author::new(9, 90));
    let grant = one.decide(&mut replica, &[enrol(9, Mandate::everything())])[0];
    let mut written = vec![author.write(&mut replica, "event", 1)];
    let place = author.position();
    for nonce in 2..5 {
        written.push(author.write(&mut replica, "event", nonce));
        written.push(other.write(&mut replica, "event", 10 + nonce));
    }
    let live = |replica: &Replica| -> Vec<ItemId> {
        let is_live = |item: &&ItemId| replica.state(item) == State::Live;
        written.iter().filter(is_live).copied().collect()
    };
    let erasure = Erasure {
        items: [written[0]].into(),
        ..Default::default()
    };
    let denials = [
        cut(author.feed(), place),
        cut(author.feed(), author.position()),
        Act::Erase(erasure),
        Act::Descope {
            grant,
            positions: BTreeMap::new(),
        },
        Act::Suspend {
            feed: one.feed(),
            position: one.position(),
        },
    ];
    let mut before = live(&replica);
    assert_eq!(before.len(), written.len());
    for denial in denials {
        two.decide(&mut replica, std::slice::from_ref(&denial));
        let after = live(&replica);
        assert!(after.iter().all(|item| before.contains(item)), "{denial:?}");
        before = after;
    }
    assert!(
        before.is_empty(),
        "everything was cut, erased or taken back"
    );
}

#[test]
fn p6_a_key_that_was_cut_brings_nothing_back_by_backdating_or_forking() {
    let mut replica = Replica::found();
    let mut author = Author::new(3, 30);
    let kept = author.write(&mut replica, "event", 1);
    let below = author.clone();
    let last = author.write(&mut replica, "event", 2);
    let place = author.position();
    let late = author.write(&mut replica, "event", 3);
    Author::new(1, 10).decide(&mut replica, &[cut(author.feed(), place)]);
    let forked = below.clone().write(&mut replica, "event", 4);
    let restarted = Author::new(3, 30).write(&mut replica, "event", 5);

    assert_eq!(
        [kept, last].map(|item| replica.state(&item)),
        [State::Live; 2]
    );
    for stolen in [late, forked, restarted] {
        assert_eq!(replica.why_void(&stolen), Some(Void::CutByCoordinator));
    }
    let fresh = Author::new(3, 31).write(&mut replica, "event", 6);
    assert_eq!(replica.state(&fresh), State::Live, "a fresh instance heals");
}

#[test]
fn a_cut_at_an_entry_that_nobody_has_keeps_the_feed_until_it_forks() {
    let mut replica = Replica::found();
    let mut author = Author::new(3, 30);
    let first = author.write(&mut replica, "event", 1);
    let below = author.clone();
    let second = author.write(&mut replica, "event", 2);
    let third = author.write(&mut replica, "event", 3);
    let nowhere = Position {
        sequence: 2,
        entry: EntryId::from_bytes([7; 32]),
    };
    Author::new(1, 10).decide(&mut replica, &[cut(author.feed(), nowhere)]);
    assert_eq!(
        replica.state(&second),
        State::Live,
        "sequence 2 is at the limit"
    );
    assert_eq!(replica.why_void(&third), Some(Void::CutByCoordinator));
    below.clone().write(&mut replica, "event", 4);
    assert_eq!(replica.why_void(&first), Some(Void::CutByCoordinator));
}

#[test]
fn p7_two_coordinators_that_suspend_each_other_lose_later_grants_only_until_the_next_charter() {
    let mut replica = Replica::found();
    let mut pair = [Author::new(1, 10), Author::new(2, 20)];
    for (index, author) in pair.iter_mut().enumerate() {
        author.decide(
            &mut replica,
            &[enrol(40 + index as u8, Mandate::everything())],
        );
    }
    let places = pair
        .clone()
        .map(|author| (author.feed(), author.position()));
    let tip = replica.tip();
    let mut later = Vec::new();
    for (index, author) in pair.iter_mut().enumerate() {
        let (feed, position) = places[1 - index];
        let acts = [
            Act::Suspend { feed, position },
            enrol(50 + index as u8, Mandate::everything()),
        ];
        let signed = author.decide(&mut replica, &acts);
        assert_eq!(replica.outcome(&signed[0]), Ok(()));
        later.push(signed[1]);
    }
    assert_eq!(replica.tip(), tip);
    for (index, grant) in later.iter().enumerate() {
        assert_eq!(replica.outcome(grant), Err(NoEffect::Suspended));
        assert!(replica.is_enrolled(40 + index as u8));
    }
    replica.amend(&[101, 102], |_| {});
    assert!(later.iter().all(|grant| replica.outcome(grant) == Ok(())));
}

#[test]
fn p8_and_p15_a_fork_stops_the_grants_of_both_branches_and_no_denial_until_a_charter_cuts() {
    let mut replica = Replica::found();
    let mut coordinator = Author::new(1, 10);
    let before = coordinator.decide(&mut replica, &[enrol(40, Mandate::everything())])[0];
    let mut twin = coordinator.clone();
    let victim = Author::new(3, 30).feed();
    let nowhere = Position {
        sequence: 5,
        entry: EntryId::from_bytes([7; 32]),
    };
    let acts = |number| [enrol(number, Mandate::everything()), cut(victim, nowhere)];
    let one = coordinator.decide(&mut replica, &acts(41));
    assert_eq!(replica.outcome(&one[0]), Ok(()));
    let other = twin.decide(&mut replica, &acts(42));

    assert_eq!(replica.outcome(&before), Ok(()));
    for branch in [&one, &other] {
        assert_eq!(replica.outcome(&branch[0]), Err(NoEffect::ForkNotResolved));
        assert_eq!(replica.outcome(&branch[1]), Ok(()));
    }
    let place = coordinator.position();
    replica.amend(&[101, 102], |charter| {
        charter.cuts.insert(coordinator.feed(), place);
    });
    assert_eq!(replica.outcome(&one[0]), Ok(()));
    assert_eq!(replica.outcome(&other[0]), Err(NoEffect::CutByCharter));
    assert_eq!(replica.outcome(&other[1]), Err(NoEffect::CutByCharter));
}

#[test]
fn p9_fewer_than_k_approvals_never_move_the_tip() {
    for (seats, moves) in [
        (vec![], false),
        (vec![101], false),
        (vec![101, 101, 101], false),
        (vec![101, 55, 56], false),
        (vec![101, 102], true),
        (vec![101, 102, 103], true),
        (vec![111], true),
    ] {
        let mut replica = Replica::found();
        let id = replica.amend(&seats, |_| {});
        assert_eq!(replica.tip() == id, moves, "{seats:?}");
    }
}

#[test]
fn a_charter_needs_more_than_half_of_distinct_and_sound_seats() {
    let mut weak = seat(104);
    weak.key = [0; 32];
    let all = [101, 102, 103, 104];
    for (what, seats, k, is_adopted) in [
        ("three of four", all.map(seat).to_vec(), 3, true),
        ("half", all.map(seat).to_vec(), 2, false),
        ("all", all.map(seat).to_vec(), 4, true),
        ("more than there are", all.map(seat).to_vec(), 5, false),
        ("none", all.map(seat).to_vec(), 0, false),
        (
            "twice the same",
            [101, 102, 102].map(seat).to_vec(),
            2,
            false,
        ),
        ("a weak key", vec![seat(101), seat(102), weak], 2, false),
    ] {
        let mut replica = Replica::found();
        let id = replica.amend(&all, |charter| (charter.seats, charter.k) = (seats, k));
        assert_eq!(replica.tip() == id, is_adopted, "{what}");
    }
}

#[test]
fn two_valid_successors_are_a_dispute_that_a_recovery_ends() {
    let mut replica = Replica::found();
    let genesis = replica.tip();
    let mut rival = replica.clone();
    let one = replica.amend(&[101, 102], |charter| charter.name = "A".to_owned());
    let other = rival.amend(&[102, 103], |charter| charter.name = "B".to_owned());
    assert_eq!((replica.tip(), rival.tip()), (one, other));

    let lost = rival.charters.charter(&other).cloned();
    replica
        .charters
        .insert(lost.expect("the rival holds its own"));
    for approval in rival.charters.approvals(&other) {
        replica.charters.approve(*approval);
    }
    assert_eq!(replica.tip(), genesis);
    assert!(replica.governance().adoption().is_disputed());
    replica.amend(&[111], |charter| charter.name = "B2".to_owned());
    assert!(!replica.governance().adoption().is_disputed());
    assert_ne!(replica.tip(), genesis);
}

#[test]
fn a_pin_moves_forward_only_and_is_never_left() {
    let mut replica = Replica::found();
    let genesis = replica.tip();
    let first = replica.amend(&[101, 102], |_| {});
    let second = replica.amend(&[101, 102], |_| {});
    assert!(replica.charters.pin(&first));
    assert!(!replica.charters.pin(&genesis));
    assert!(!replica.charters.pin(&CharterId::from_bytes([1; 32])));
    assert!(replica.charters.pin(&second));
    assert_eq!(replica.charters.pinned(), second);
    assert_eq!(replica.governance().adoption().chain().len(), 3);
}

#[test]
fn p11_what_is_signed_for_another_federation_means_nothing_here() {
    let mut replica = Replica::found();
    let mut elsewhere = Replica::found();
    let other = Charter {
        name: "Autre".to_owned(),
        ..elsewhere.governance().adoption().tip().clone()
    };
    elsewhere.federation = other.federation();
    elsewhere.feeds = Feeds::new(other.federation());
    elsewhere.charters = Charters::new(other);
    let mut coordinator = Author::new(1, 10);
    let act = enrol(9, Mandate::everything())
        .to_item([1; 16])
        .expect("a known act");
    let entry = coordinator.sign(&mut elsewhere, Kind::Governance, vec![act]);
    assert!(elsewhere.is_enrolled(9));
    assert_eq!(replica.take(&entry), Err(Ignored::OtherFederation));
    assert!(entry.to_signed().verify(&replica.federation).is_err());

    let tip = replica.tip();
    let id = replica.amend(&[101], |_| {});
    let stranger = Approval::sign(&root(102), elsewhere.federation, tip, id);
    replica.charters.approve(stranger);
    assert_eq!(
        replica.tip(),
        tip,
        "an approval for another federation is no approval"
    );
}

#[test]
fn p14_a_dropped_coordinator_changes_nothing_any_more() {
    let mut replica = Replica::found();
    let mut stolen = Author::new(1, 10);
    let honest = stolen.decide(&mut replica, &[enrol(40, Mandate::everything())])[0];
    let place = stolen.position();
    let theft = stolen.decide(&mut replica, &[enrol(41, Mandate::everything())])[0];
    replica.amend(&[101, 102], |charter| {
        charter.coordinators.remove(&partner(1));
        charter.cuts.insert(stolen.feed(), place);
    });
    assert_eq!(replica.outcome(&honest), Ok(()));
    assert_eq!(replica.outcome(&theft), Err(NoEffect::CutByCharter));

    let before = replica.governance();
    let victim = Author::new(3, 30).feed();
    let wishes = [
        enrol(42, Mandate::everything()),
        cut(victim, place),
        Act::Moderate(Tree::Null),
    ];
    let late = stolen.decide(&mut replica, &wishes);
    let fresh = Author::new(1, 11).decide(&mut replica, &wishes);
    for act in late.iter().chain(&fresh) {
        assert!(replica.outcome(act).is_err());
    }
    assert_eq!(replica.governance().partners(), before.partners());
    assert_eq!(replica.governance().erasures(), before.erasures());
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
fn an_author_erases_its_own_items_and_nobody_else_s() {
    let mut replica = Replica::found();
    let (mut author, mut other) = (Author::new(3, 30), Author::new(2, 20));
    let own = author.write(&mut replica, "event", 1);
    let foreign = Author::new(1, 10).write(&mut replica, "event", 2);
    let erasure = Erasure {
        items: [own, foreign].into(),
        ..Default::default()
    };
    let act = author.decide(&mut replica, &[Act::Erase(erasure.clone())])[0];
    assert_eq!(replica.outcome(&act), Err(NoEffect::NotCoordinator));
    assert_eq!(replica.state(&own), State::Erased);
    assert_eq!(replica.state(&foreign), State::Live);
    other.decide(&mut replica, &[Act::Erase(erasure)]);
    assert_eq!(replica.state(&foreign), State::Erased);
}

#[test]
fn an_act_whose_content_is_not_what_its_name_says_counts_for_nothing() {
    let mut replica = Replica::found();
    let item = Item {
        frame: Frame::Act("enrol".to_owned()),
        body: held(Tree::text("me").to_cbor()),
    };
    let entry = Author::new(1, 10).sign(&mut replica, Kind::Governance, vec![item]);
    let outcome = replica.outcome(&ItemId::of(&entry.id(), 0));
    assert_eq!(outcome, Err(NoEffect::UnknownAct));
}

/// Takes an entry, and returns whether the evaluation before it must be made again.
fn touches(replica: &mut Replica, entry: &VerifiedEntry) -> bool {
    let governance = replica.governance();
    let certified = entry.certified_partner();
    let change = replica.feeds.insert(entry.id(), entry.header(), certified);
    let change = change.expect("the entry is connected");
    governance.is_touched_by(&entry.id(), entry.header(), change)
}

#[test]
fn the_arrival_of_the_place_that_a_cut_names_asks_for_another_evaluation() {
    let mut replica = Replica::found();
    let mut author = Author::new(3, 30);
    author.write(&mut replica, "event", 1);
    let mut twin = author.clone();
    let kept = author.write(&mut replica, "event", 2);
    twin.write(&mut replica, "event", 3);
    let mut ahead = replica.clone();
    let item = creation(&replica.federation, "event", 4);
    let place = author.sign(&mut ahead, Kind::Contribution, vec![item]);
    Author::new(1, 10).decide(&mut replica, &[cut(author.feed(), author.position())]);
    assert_eq!(replica.why_void(&kept), Some(Void::CutByCoordinator));
    assert!(touches(&mut replica, &place));
    assert_eq!(replica.state(&kept), State::Live);

    let item = creation(&replica.federation, "event", 5);
    let later = author.sign(&mut ahead, Kind::Contribution, vec![item]);
    assert!(
        !touches(&mut replica, &later),
        "an entry that nothing names"
    );
}

#[test]
fn the_arrival_of_the_place_that_a_suspension_names_asks_for_another_evaluation() {
    let mut replica = Replica::found();
    let (mut one, mut two) = (Author::new(1, 10), Author::new(2, 20));
    one.decide(&mut replica, &[enrol(40, Mandate::everything())]);
    let mut twin = one.clone();
    let grant = one.decide(&mut replica, &[enrol(41, Mandate::everything())])[0];
    twin.decide(&mut replica, &[enrol(42, Mandate::everything())]);
    let place = one.position();
    replica.amend(&[101, 102], |charter| {
        charter.cuts.insert(one.feed(), place);
    });
    assert_eq!(replica.outcome(&grant), Ok(()));
    let mut ahead = replica.clone();
    let item = creation(&replica.federation, "event", 1);
    let entry = one.sign(&mut ahead, Kind::Contribution, vec![item]);
    let suspend = Act::Suspend {
        feed: one.feed(),
        position: one.position(),
    };
    two.decide(&mut replica, &[suspend]);
    assert_eq!(replica.outcome(&grant), Err(NoEffect::Suspended));
    assert!(touches(&mut replica, &entry));
    assert_eq!(replica.outcome(&grant), Ok(()));
}

#[test]
fn when_a_charter_s_cut_is_in_doubt_denials_bite_up_to_it_and_grants_do_not() {
    let mut replica = Replica::found();
    let mut coordinator = Author::new(1, 10);
    let place = Position {
        sequence: 2,
        entry: EntryId::from_bytes([7; 32]),
    };
    let acts = [
        cut(Author::new(3, 30).feed(), place),
        enrol(40, Mandate::everything()),
    ];
    let below = coordinator.decide(&mut replica, &acts);
    let mut twin = coordinator.clone();
    let at = coordinator.decide(&mut replica, &acts);
    let above = coordinator.decide(&mut replica, &acts);
    twin.decide(&mut replica, &[Act::Moderate(Tree::Null)]);
    replica.amend(&[101, 102], |charter| {
        charter.cuts.insert(coordinator.feed(), place);
    });
    let outcomes = |signed: &[ItemId]| [signed[0], signed[1]].map(|act| replica.outcome(&act));
    let cut_off = Err(NoEffect::CutByCharter);
    assert_eq!(outcomes(&below), [Ok(()), cut_off]);
    assert_eq!(outcomes(&at), [Ok(()), cut_off]);
    assert_eq!(outcomes(&above), [cut_off, cut_off]);
}

#[test]
fn erasing_a_record_or_a_person_reaches_all_that_is_about_them_and_nothing_else() {
    let mut replica = Replica::found();
    let mut coordinator = Author::new(1, 10);
    let (gone, other) = (RecordId::from_bytes([1; 16]), RecordId::from_bytes([2; 16]));
    let (person, somebody) = (
        SubjectId::from_bytes([3; 16]),
        SubjectId::from_bytes([4; 16]),
    );
    let erasure = Erasure {
        record: Some(gone),
        subject: Some(person),
        ..Erasure::default()
    };
    let act = coordinator.decide(&mut replica, &[Act::Erase(erasure)])[0];
    let governance = replica.governance();
    let statement = |subject, other| {
        Frame::Statement(StatementFrame {
            subject,
            other,
            predicate: "duplicate".to_owned(),
        })
    };
    let personal = |record, subject| {
        Frame::Personal(PersonalFrame {
            record,
            field: "phone".to_owned(),
            subject,
            supersedes: Vec::new(),
        })
    };
    for (frame, is_erased) in [
        (statement(gone, None), true),
        (statement(other, Some(gone)), true),
        (statement(other, None), false),
        (personal(gone, somebody), true),
        (personal(other, person), true),
        (personal(other, somebody), false),
        (Frame::Act("erase".to_owned()), false),
    ] {
        let erased = governance.erasures().is_erased(None, &act, &frame);
        assert_eq!(erased, is_erased, "{frame:?}");
    }
}
