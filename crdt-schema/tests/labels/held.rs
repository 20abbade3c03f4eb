//! A federation of symbolic keys, whose third of three coordinators need not be asked, and votes for one label.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crdt_schema::cbor::Tree;
use crdt_schema::entry::{Header, Kind};
use crdt_schema::governance::{
    Act, Charter, Charters, Coordinator, Feeds, Governance, Holdings, Label, Mandate, Quotas,
    Recovery, Scheme, SchemeId, SchemeName, Seat, Selection, SignedAct,
};
use crdt_schema::id::{EntryId, FeedId, ItemId, PartnerId, RecordId};
use crdt_schema::key::SecretKey;
use crdt_schema::label::{Day, Labels, Projection, State};
use crdt_schema::time::Timestamp;

pub(crate) const K: u32 = 2;
pub(crate) const RECORD: RecordId = RecordId::from_bytes([7; 16]);

/// What is held: three partners in the committee, a fourth coordinator outside it, and two feeds of each.
pub(crate) struct Held {
    pub(crate) feeds: Feeds,
    pub(crate) charters: Charters,
    pub(crate) acts: BTreeMap<ItemId, SignedAct>,
}

impl Held {
    pub(crate) fn new() -> Self {
        let charter = charter();
        let federation = charter.federation();
        let mut feeds = Feeds::new(federation);
        for owner in 1..=5_u8 {
            for feed in [owner, owner + 100] {
                let header = header(&charter, feed, 0);
                let certified = Some(PartnerId::from_bytes([owner; 32]).into());
                feeds.insert(header.id(), &header, certified).unwrap();
            }
        }
        Self {
            feeds,
            charters: Charters::new(charter),
            acts: BTreeMap::new(),
        }
    }

    /// Adds an act at the end of a feed.
    pub(crate) fn sign(&mut self, feed: u8, act: Act) -> ItemId {
        let id = FeedId::from_bytes([feed; 32]);
        let (sequence, previous) = self.feeds.furthest_head(&id).unwrap();
        let mut header = header(&charter(), feed, sequence + 1);
        header.previous = Some(previous);
        self.feeds.insert(header.id(), &header, None).unwrap();
        let item = ItemId::of(&header.id(), 0);
        let entry = header.id();
        self.acts.insert(item, SignedAct { entry, act });
        item
    }

    pub(crate) fn labels(&self) -> Labels {
        let holdings = Holdings {
            feeds: &self.feeds,
            charters: &self.charters,
            acts: &self.acts,
        };
        Labels::judge(holdings, &Governance::evaluate(holdings))
    }

    pub(crate) fn state(&self, label: &Label, day: &str) -> Option<State> {
        let labels = self.labels();
        let on = Day::parse(day).unwrap();
        labels.get(label).map(|decision| decision.state(false, on))
    }
}

/// The same charter each time; deriving its key takes longer than judging a world.
pub(crate) fn charter() -> Charter {
    static CHARTER: OnceLock<Charter> = OnceLock::new();
    CHARTER.get_or_init(genesis).clone()
}

fn genesis() -> Charter {
    let coordinators = (1..=4_u8).map(|number| {
        let coordinator = Coordinator {
            root: [number; 32],
            name: format!("Coordination {number}"),
            rights: Selection::All,
            mandate: Mandate::everything(),
        };
        (PartnerId::from_bytes([number; 32]), coordinator)
    });
    Charter {
        federation: None,
        version: 0,
        parent: None,
        name: "Recensement".to_owned(),
        seats: vec![Seat {
            id: "siège".to_owned(),
            key: *SecretKey::from_bytes(&[9; 32]).public().as_bytes(),
        }],
        k: 1,
        recovery: Recovery::default(),
        coordinators: coordinators.collect(),
        partners: BTreeMap::new(),
        cuts: BTreeMap::new(),
        schemes: BTreeMap::from([(name(), scheme())]),
        quotas: Quotas::default(),
        min_protocol: 1,
    }
}

pub(crate) fn name() -> SchemeName {
    SchemeName {
        id: "accueil".to_owned(),
        version: 1,
    }
}

pub(crate) fn scheme() -> Scheme {
    Scheme {
        title: "Accueil pour tous".to_owned(),
        fields: vec!["name".to_owned(), "themes".to_owned()],
        k: K,
        committee: [1, 2, 3]
            .map(|number| PartnerId::from_bytes([number; 32]))
            .into(),
        months: 24,
        ..Scheme::default()
    }
}

pub(crate) fn header(charter: &Charter, feed: u8, sequence: u64) -> Header {
    Header {
        kind: if sequence == 0 {
            Kind::Certificate
        } else {
            Kind::Governance
        },
        critical: false,
        federation: charter.federation(),
        feed: FeedId::from_bytes([feed; 32]),
        sequence,
        previous: (sequence > 0).then(|| EntryId::from_bytes([1; 32])),
        charter: charter.id(),
        claimed: Timestamp::from_millis(0),
        payload: [0; 32],
        payload_bytes: 0,
    }
}

pub(crate) fn label() -> Label {
    Label {
        scheme: SchemeId::Charter(name()),
        record: RECORD,
        projection: Projection::default().hash(),
        from: "2026-01-15".to_owned(),
    }
}

pub(crate) fn issue(label: &Label) -> Act {
    Act::LabelIssue {
        label: label.clone(),
        proof: Tree::Null,
    }
}

pub(crate) fn withdraw(label: &Label) -> Act {
    Act::LabelWithdraw {
        label: label.clone(),
        reason: "Fermé".to_owned(),
    }
}
