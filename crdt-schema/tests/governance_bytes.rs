//! The bytes of charters, approvals and acts: one writing each, and nothing else is read.

use std::collections::{BTreeMap, BTreeSet};

use crdt_schema::cbor::{CborError, Tree};
use crdt_schema::governance::{
    Act, Approval, ApprovalError, Charter, CharterError, Confirmed, Coordinator, Criterion, Effect,
    Erasure, Label, Mandate, Position, Quotas, Recovery, Scheme, SchemeId, SchemeName, Scope, Seat,
    Selection,
};
use crdt_schema::id::{
    CharterId, EntryId, FederationId, FeedId, ItemId, PartnerId, RecordId, SubjectId,
};
use crdt_schema::key::SecretKey;
use crdt_schema::limits::{CHARTER_BYTES_MAX, NAME_BYTES_MAX};
use proptest::prelude::*;

fn genesis() -> Charter {
    Charter {
        federation: None,
        version: 0,
        parent: None,
        name: "Recensement".to_owned(),
        seats: vec![seat(1), seat(2), seat(3)],
        k: 2,
        recovery: Recovery {
            keys: vec![[4; 32], [5; 32]],
            k: 2,
        },
        coordinators: BTreeMap::from([(
            PartnerId::from_bytes([1; 32]),
            Coordinator {
                root: [6; 32],
                name: "Coordination".to_owned(),
                rights: Selection::only(["cut", "enrol"]),
                mandate: mandate(),
            },
        )]),
        partners: BTreeMap::from([(
            PartnerId::from_bytes([2; 32]),
            Confirmed {
                root: [7; 32],
                name: "Médiathèque".to_owned(),
                mandate: Mandate::everything(),
            },
        )]),
        cuts: BTreeMap::from([(FeedId::from_bytes([8; 32]), position(3))]),
        schemes: BTreeMap::from([(scheme_name(), scheme())]),
        quotas: Quotas {
            entries_per_day: Some(500),
            bytes_per_day: None,
        },
        min_protocol: 1,
    }
}

fn successor() -> Charter {
    let genesis = genesis();
    Charter {
        federation: Some(genesis.federation()),
        version: 1,
        parent: Some(genesis.id()),
        ..genesis
    }
}

fn seat(number: u8) -> Seat {
    let key = SecretKey::from_bytes(&[number; 32]);
    Seat {
        id: format!("siège {number}"),
        key: *key.public().as_bytes(),
    }
}

fn mandate() -> Mandate {
    Mandate::new(vec![
        Scope {
            kinds: Selection::only(["event"]),
            territories: Selection::All,
        },
        Scope {
            kinds: Selection::All,
            territories: Selection::only(["*", "22", "35"]),
        },
    ])
}

fn position(sequence: u64) -> Position {
    Position {
        sequence,
        entry: EntryId::from_bytes([9; 32]),
    }
}

fn scheme_name() -> SchemeName {
    SchemeName {
        id: "inclusion".to_owned(),
        version: 2,
    }
}

fn scheme() -> Scheme {
    Scheme {
        title: "Accueil inclusif".to_owned(),
        criteria: vec![Criterion {
            id: "access".to_owned(),
            title: "Le lieu est accessible".to_owned(),
            weight: 3,
            mandatory: true,
        }],
        fields: vec!["name".to_owned(), "place".to_owned()],
        k: 2,
        committee: BTreeSet::from([
            PartnerId::from_bytes([1; 32]),
            PartnerId::from_bytes([2; 32]),
        ]),
        months: 24,
        complements: vec!["NQ".to_owned()],
    }
}

fn label(scheme: SchemeId) -> Label {
    Label {
        scheme,
        record: RecordId::from_bytes([3; 16]),
        projection: [4; 32],
        from: "2026-02-28".to_owned(),
    }
}

fn every_act() -> Vec<Act> {
    let feed = FeedId::from_bytes([1; 32]);
    let partner = PartnerId::from_bytes([2; 32]);
    let act = ItemId::from_bytes([3; 16]);
    let body = Tree::map([("name", Tree::text("thèmes")), ("size", Tree::Integer(-1))]);
    vec![
        Act::Cut {
            feed,
            position: position(u64::MAX),
        },
        Act::Descope {
            grant: act,
            positions: BTreeMap::from([(feed, position(0))]),
        },
        Act::Enrol {
            partner,
            root: [4; 32],
            name: "Maison".to_owned(),
            mandate: mandate(),
        },
        Act::Erase(Erasure {
            items: BTreeSet::from([act]),
            record: Some(RecordId::from_bytes([5; 16])),
            subject: Some(SubjectId::from_bytes([6; 16])),
            ground: "demandé par la personne".to_owned(),
        }),
        Act::Erase(Erasure::default()),
        Act::LabelIssue {
            label: label(SchemeId::Charter(scheme_name())),
            proof: body.clone(),
        },
        Act::LabelWithdraw {
            label: label(SchemeId::Declared(act)),
            reason: "critère perdu".to_owned(),
        },
        Act::Mandate {
            partner,
            mandate: Mandate::default(),
        },
        Act::Moderate(body.clone()),
        Act::Suspend {
            feed,
            position: position(7),
        },
        Act::Vocabulary {
            scheme: Some(scheme()),
            body: body.clone(),
        },
        Act::Vocabulary { scheme: None, body },
    ]
}

#[test]
fn a_charter_is_read_back_and_its_id_is_the_hash_of_its_bytes() {
    for charter in [genesis(), successor()] {
        let read = Charter::from_bytes(&charter.to_bytes());
        assert_eq!(read.as_ref(), Ok(&charter));
        assert_eq!(read.map(|read| read.id()), Ok(charter.id()));
    }
    assert_eq!(genesis().id().founds(), successor().federation());
    let mut renamed = genesis();
    renamed.name.push('s');
    assert_ne!(renamed.id(), genesis().id());
}

#[test]
fn only_a_charter_without_parent_founds_a_federation() {
    let mut orphan = successor();
    orphan.parent = None;
    let mut unnamed = successor();
    unnamed.federation = None;
    for charter in [orphan, unnamed] {
        let read = Charter::from_bytes(&charter.to_bytes());
        assert_eq!(read, Err(CharterError::Cbor(CborError::Malformed)));
    }
}

#[test]
fn a_name_is_read_up_to_its_limit_and_not_beyond() {
    for (size_bytes, is_read) in [
        (NAME_BYTES_MAX - 1, true),
        (NAME_BYTES_MAX, true),
        (NAME_BYTES_MAX + 1, false),
    ] {
        let mut charter = genesis();
        charter.name = "n".repeat(size_bytes);
        let read = Charter::from_bytes(&charter.to_bytes());
        assert_eq!(read.is_ok(), is_read, "{size_bytes}");
    }
}

#[test]
fn a_charter_beyond_its_size_is_not_even_looked_at() {
    let mut charter = genesis();
    charter.name = "n".repeat(30);
    let empty = charter.to_bytes().len();
    charter.recovery.keys = vec![[0; 32]; (CHARTER_BYTES_MAX - empty) / 34 - 1];
    let missing = CHARTER_BYTES_MAX - charter.to_bytes().len();
    charter.name.push_str(&"n".repeat(missing));
    let mut bytes = charter.to_bytes();
    assert_eq!(bytes.len(), CHARTER_BYTES_MAX);
    assert_eq!(Charter::from_bytes(&bytes), Ok(charter));
    bytes.push(0);
    let read = Charter::from_bytes(&bytes);
    assert_eq!(read, Err(CharterError::TooLarge(CHARTER_BYTES_MAX + 1)));
}

#[test]
fn an_approval_holds_for_its_charter_and_its_signer_only() {
    let seat = SecretKey::from_bytes(&[1; 32]);
    let (federation, parent) = (genesis().federation(), genesis().id());
    let approval = Approval::sign(&seat, federation, parent, successor().id());
    let bytes = approval.to_bytes();
    assert_eq!(Approval::from_bytes(&bytes), Ok(approval));
    assert_eq!(approval.vote().signer, *seat.public().as_bytes());
    for byte in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[byte] ^= 1;
        assert!(Approval::from_bytes(&changed).is_err(), "byte {byte}");
    }
    assert!(Approval::from_bytes(&bytes[1..]).is_err());
    let longer = [bytes.as_slice(), &[0]].concat();
    assert_eq!(
        Approval::from_bytes(&longer),
        Err(ApprovalError::Cbor(CborError::NotDeterministic))
    );
}

#[test]
fn an_approval_of_a_weak_key_never_holds() {
    // With the identity as key and as R, and s = 0, a lenient verification accepts any message.
    let mut identity = [0; 32];
    identity[0] = 1;
    let seat = SecretKey::from_bytes(&[1; 32]);
    let federation = FederationId::from_bytes([2; 32]);
    let charter = CharterId::from_bytes([3; 32]);
    let approval = Approval::sign(&seat, federation, charter, charter);
    let mut bytes = approval.to_bytes();
    let signer = 4;
    assert_eq!(&bytes[signer..signer + 32], seat.public().as_bytes());
    bytes[signer..signer + 32].copy_from_slice(&identity);
    let signature = bytes.len() - 64;
    bytes[signature..].fill(0);
    bytes[signature] = 1;
    let read = Approval::from_bytes(&bytes);
    assert!(matches!(read, Err(ApprovalError::Signature(_))), "{read:?}");
}

#[test]
fn every_act_is_read_back_under_its_own_name() {
    for act in every_act() {
        let name = act.name().expect("a known act");
        assert_eq!(Act::read(name, &act.to_content()), act, "{name}");
        let item = act.to_item([0; 16]).expect("a known act");
        assert_eq!(item.content(), Some(act.to_content().as_slice()));
    }
}

#[test]
fn content_that_is_not_what_the_name_says_makes_an_unknown_act() {
    for act in every_act() {
        let name = act.name().expect("a known act");
        let content = act.to_content();
        let longer = [content.as_slice(), &[0]].concat();
        assert_eq!(Act::read(name, &longer), Act::Unknown, "{name}");
        for end in 0..content.len() {
            assert_eq!(
                Act::read(name, &content[..end]),
                Act::Unknown,
                "{name} {end}"
            );
        }
        assert_eq!(Act::read("act-9", &content), Act::Unknown);
    }
    assert_eq!(Act::Unknown.name(), None);
    assert_eq!(Act::Unknown.effect(), None);
    assert!(Act::Unknown.to_item([0; 16]).is_none());
}

#[test]
fn a_label_starts_on_a_day_of_the_calendar() {
    for (from, is_read) in [
        ("2024-02-29", true),
        ("2026-02-29", false),
        ("2026-2-28", false),
        ("tomorrow!!", false),
    ] {
        let label = Label {
            from: from.to_owned(),
            ..label(SchemeId::Charter(scheme_name()))
        };
        let act = Act::LabelIssue {
            label,
            proof: Tree::Null,
        };
        let read = Act::read("label_issue", &act.to_content());
        assert_eq!(read != Act::Unknown, is_read, "{from}");
    }
}

#[test]
fn five_acts_take_away_and_five_give() {
    let effects: BTreeMap<_, _> = every_act()
        .into_iter()
        .map(|act| (act.name(), act.effect()))
        .collect();
    let denials: Vec<_> = effects
        .iter()
        .filter(|(_, effect)| **effect == Some(Effect::Denial))
        .filter_map(|(name, _)| *name)
        .collect();
    assert_eq!(
        denials,
        ["cut", "descope", "erase", "label_withdraw", "suspend"]
    );
    assert_eq!(effects.len(), 10);
}

proptest! {
    #[test]
    fn a_changed_charter_is_refused_or_is_another_charter(at in any::<prop::sample::Index>(), bit in 0..8) {
        let mut bytes = successor().to_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= 1_u8 << bit;
        if let Ok(charter) = Charter::from_bytes(&bytes) {
            prop_assert_eq!(charter.to_bytes(), bytes);
            prop_assert_ne!(charter.id(), successor().id());
        }
    }

    #[test]
    fn any_bytes_under_any_name_are_an_act_that_is_written_back_or_unknown(
        which in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        let acts = every_act();
        let act = which.get(&acts);
        let mut content = act.to_content();
        let at = at.index(content.len());
        content[at] = byte;
        for name in acts.iter().filter_map(Act::name) {
            let read = Act::read(name, &content);
            prop_assert!(read == Act::Unknown || read.to_content() == content);
        }
    }
}
