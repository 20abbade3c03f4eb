//! A small federation with real keys and signed entries: what one node holds, and the instances that sign.

use std::collections::BTreeMap;

use crdt_schema::cbor::Wire;
use crdt_schema::edit::{Content, Operation, State, Value};
use crdt_schema::entry::{
    Body, Certificate, EditFrame, Frame, Item, Keeping, Kind, Payload, ProvenRotation, RecordBirth,
    Rotation, UnsignedEntry, VerifiedEntry,
};
use crdt_schema::governance::{
    Act, Approval, Charter, Charters, Confirmed, Contributed, Contributions, Coordinator, Feeds,
    Governance, Holdings, Ignored, Label, Mandate, NoEffect, Position, Quotas, Recovery, Scheme,
    SchemeId, SchemeName, Seat, Selection, SignedAct, Void,
};
use crdt_schema::id::{CharterId, EntryId, FederationId, FeedId, ItemId, PartnerId, RecordId};
use crdt_schema::key::SecretKey;
use crdt_schema::time::Timestamp;

/// What one node holds.
#[derive(Clone)]
pub(crate) struct Replica {
    pub(crate) federation: FederationId,
    pub(crate) feeds: Feeds,
    pub(crate) charters: Charters,
    pub(crate) acts: BTreeMap<ItemId, SignedAct>,
    pub(crate) items: BTreeMap<ItemId, Contributed>,
    /// Every entry that was taken, in the order in which it came.
    pub(crate) log: Vec<VerifiedEntry>,
}

/// An instance of a partner, with the end of its feed.
#[derive(Clone)]
pub(crate) struct Author {
    pub(crate) root: SecretKey,
    /// The way from the partner's first root to this one.
    pub(crate) line: Vec<ProvenRotation>,
    pub(crate) instance: SecretKey,
    pub(crate) head: Option<(u64, EntryId)>,
}

impl Author {
    pub(crate) fn new(partner: u8, instance: u8) -> Self {
        Self {
            root: root(partner),
            line: Vec::new(),
            instance: SecretKey::from_bytes(&[instance; 32]),
            head: None,
        }
    }

    pub(crate) fn feed(&self) -> FeedId {
        self.instance.public().feed()
    }

    pub(crate) fn partner(&self) -> PartnerId {
        let first = self.line.first().map(|rotation| rotation.said().partner);
        first.unwrap_or_else(|| self.root.public().partner())
    }

    /// Signs a rotation to another root, and certifies new instances with that one from now on. Nothing is published.
    pub(crate) fn rotate(
        &mut self,
        federation: FederationId,
        next: SecretKey,
        kept: impl IntoIterator<Item = (FeedId, Keeping)>,
    ) -> Item {
        let keys = (&self.root, &next);
        let kept = kept.into_iter().collect();
        let rotation = Rotation::sign(federation, self.partner(), keys, kept).expect("two keys");
        self.line.push(rotation.clone());
        self.root = next;
        item_of(&rotation)
    }

    /// Another instance of the same partner, certified by the root that this one has now.
    pub(crate) fn another(&self, instance: u8) -> Self {
        Self {
            instance: SecretKey::from_bytes(&[instance; 32]),
            head: None,
            ..self.clone()
        }
    }

    pub(crate) fn position(&self) -> Position {
        let (sequence, entry) = self.head.expect("something is signed");
        Position { sequence, entry }
    }

    /// Tells whether the feed goes on where this author stands, without a fork.
    pub(crate) fn is_at_its_end(&self, replica: &Replica) -> bool {
        let heads = replica.feeds.heads(&self.feed());
        match self.head {
            None => heads.is_empty(),
            Some(head) => heads.contains(&head),
        }
    }

    /// Signs the next entry, and the certificate first where the feed is new.
    pub(crate) fn sign(&mut self, to: &mut Replica, kind: Kind, items: Vec<Item>) -> VerifiedEntry {
        if self.head.is_none() {
            let feed = self.feed();
            let certificate =
                Certificate::sign(&self.root, self.partner(), &to.federation, &feed, [0; 32]);
            let item = Item {
                frame: Frame::Certificate(Box::new(certificate)),
                body: held(Vec::new()),
            };
            let way = self.line.iter().map(item_of);
            let items = std::iter::once(item).chain(way).collect();
            self.append(to, Kind::Certificate, items);
        }
        self.append(to, kind, items)
    }

    pub(crate) fn append(
        &mut self,
        to: &mut Replica,
        kind: Kind,
        items: Vec<Item>,
    ) -> VerifiedEntry {
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

    pub(crate) fn decide(&mut self, to: &mut Replica, acts: &[Act]) -> Vec<ItemId> {
        let items = acts
            .iter()
            .map(|act| act.to_item([1; 16]).expect("a known act"));
        let entry = self.sign(to, Kind::Governance, items.collect());
        entry.identified_items().map(|(id, _)| id).collect()
    }

    /// Creates a record, and returns the edit.
    pub(crate) fn write(&mut self, to: &mut Replica, kind: &str, nonce: u8) -> ItemId {
        let item = creation(&to.federation, kind, nonce);
        let entry = self.sign(to, Kind::Contribution, vec![item]);
        ItemId::of(&entry.id(), 0)
    }
}

impl Replica {
    /// A federation of three seats, two coordinators (partners 1 and 2) and one confirmed partner (3).
    pub(crate) fn found() -> Self {
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
            schemes: [(scheme_name(), scheme())].into(),
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
            log: Vec::new(),
        }
    }

    pub(crate) fn take(&mut self, entry: &VerifiedEntry) -> Result<(), Ignored> {
        self.feeds.take(entry)?;
        self.acts.extend(SignedAct::all_of(entry));
        self.items.extend(Contributed::all_of(entry));
        self.log.push(entry.clone());
        Ok(())
    }

    pub(crate) fn governance(&self) -> Governance {
        Governance::evaluate(Holdings {
            feeds: &self.feeds,
            charters: &self.charters,
            acts: &self.acts,
        })
    }

    pub(crate) fn contributions(&self) -> Contributions {
        Contributions::judge(&self.feeds, &self.governance(), &self.items)
    }

    pub(crate) fn state(&self, item: &ItemId) -> State {
        self.contributions().state(item).expect("the item is held")
    }

    pub(crate) fn why_void(&self, item: &ItemId) -> Option<Void> {
        self.contributions().why_void(item)
    }

    pub(crate) fn outcome(&self, act: &ItemId) -> Result<(), NoEffect> {
        self.governance()
            .acts()
            .outcome(act)
            .expect("the act is held")
    }

    pub(crate) fn is_enrolled(&self, number: u8) -> bool {
        let governance = self.governance();
        governance
            .partners()
            .enrolled()
            .contains_key(&partner(number))
    }

    /// A successor of the newest charter, approved by some seats.
    pub(crate) fn amend(&mut self, seats: &[u8], change: impl FnOnce(&mut Charter)) -> CharterId {
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

    pub(crate) fn tip(&self) -> CharterId {
        self.governance().adoption().tip_id()
    }
}

/// The item that carries a rotation.
pub(crate) fn item_of(rotation: &ProvenRotation) -> Item {
    Item {
        frame: Frame::Rotation(Box::new(rotation.said().clone())),
        body: held(Vec::new()),
    }
}

pub(crate) fn root(number: u8) -> SecretKey {
    SecretKey::from_bytes(&[number; 32])
}

pub(crate) fn partner(number: u8) -> PartnerId {
    root(number).public().partner()
}

pub(crate) fn seat(number: u8) -> Seat {
    Seat {
        id: number.to_string(),
        key: *root(number).public().as_bytes(),
    }
}

pub(crate) fn coordinator(number: u8) -> (PartnerId, Coordinator) {
    let coordinator = Coordinator {
        root: *root(number).public().as_bytes(),
        name: format!("Coordination {number}"),
        rights: Selection::All,
        mandate: Mandate::everything(),
    };
    (partner(number), coordinator)
}

pub(crate) fn confirmed(number: u8) -> (PartnerId, Confirmed) {
    let confirmed = Confirmed {
        root: *root(number).public().as_bytes(),
        name: format!("Partenaire {number}"),
        mandate: Mandate::everything(),
    };
    (partner(number), confirmed)
}

/// The scheme of the charter: two of three partners decide.
pub(crate) fn scheme_name() -> SchemeName {
    SchemeName {
        id: "accueil".to_owned(),
        version: 1,
    }
}

fn scheme() -> Scheme {
    Scheme {
        fields: vec!["name".to_owned()],
        k: 2,
        committee: [1, 2, 3].map(partner).into(),
        months: 24,
        ..Scheme::default()
    }
}

/// A label of a record by the scheme of the charter.
pub(crate) fn label(record: RecordId, from: &str) -> Label {
    Label {
        scheme: SchemeId::Charter(scheme_name()),
        record,
        projection: [0; 32],
        from: from.to_owned(),
    }
}

pub(crate) fn held(content: Vec<u8>) -> Body {
    Body::Held {
        salt: [2; 16],
        content,
    }
}

pub(crate) fn creation(federation: &FederationId, kind: &str, nonce: u8) -> Item {
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

pub(crate) fn enrol(number: u8, mandate: Mandate) -> Act {
    Act::Enrol {
        partner: partner(number),
        root: *root(number).public().as_bytes(),
        name: format!("Partenaire {number}"),
        mandate,
    }
}

pub(crate) fn cut(feed: FeedId, position: Position) -> Act {
    Act::Cut { feed, position }
}
