//! A federation of three coordinators whose keys are made of one byte, a partner that is only enrolled, and a label. All names are
//! invented.

use std::collections::BTreeMap;

use crate::cbor::{Tree, Wire};
use crate::edit::{Content, Field, Operation, Value, Written};
use crate::entry::{
    Body, Certificate, EditFrame, Frame, Item, Keeping, Kind, Payload, RecordBirth, Rotation,
    UnsignedEntry, VerifiedEntry,
};
use crate::governance::{
    Act, Approval, Charter, Charters, Coordinator, Criterion, Feeds, Governance, Holdings, Label,
    Mandate, Position, Quotas, Recovery, Scheme, SchemeId, SchemeName, Seat, Selection, SignedAct,
};
use crate::id::{CharterId, EntryId, FederationId, FeedId, ItemId, PartnerId, RecordId};
use crate::key::SecretKey;
use crate::label::{Day, Projection};
use crate::proof::{Issuing, Request, StatusPlace, Unprovable, build, issue};
use crate::time::Timestamp;

pub(super) const RECORD: RecordId = RecordId::from_bytes([7; 16]);
const MADE_MS: i64 = 1_778_572_800_000;

/// The day of making: 12 May 2026.
pub(super) fn made() -> Timestamp {
    Timestamp::from_millis(MADE_MS)
}

pub(super) fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

pub(super) fn key(number: u8) -> SecretKey {
    SecretKey::from_bytes(&[number; 32])
}

/// The instance key of a partner.
pub(super) fn instance(number: u8) -> SecretKey {
    key(number + 100)
}

pub(super) fn partner(number: u8) -> PartnerId {
    key(number).public().partner()
}

/// What one node holds.
#[derive(Clone)]
pub(super) struct Replica {
    pub(super) federation: FederationId,
    pub(super) feeds: Feeds,
    pub(super) charters: Charters,
    pub(super) acts: BTreeMap<ItemId, SignedAct>,
    pub(super) entries: BTreeMap<EntryId, VerifiedEntry>,
}

impl Replica {
    /// A genesis charter without the scheme, and its successor, which brings it.
    pub(super) fn found() -> Self {
        let genesis = genesis("Recensement d'essai");
        let federation = genesis.federation();
        let mut replica = Self {
            federation,
            feeds: Feeds::new(federation),
            charters: Charters::new(genesis),
            acts: BTreeMap::new(),
            entries: BTreeMap::new(),
        };
        replica.amend(|charter| {
            charter.schemes.insert(scheme_name(), scheme());
        });
        for number in 1..=4 {
            replica.certify(number, &instance(number));
        }
        replica
    }

    /// The same, where two coordinators decided the label, with a contribution before and after.
    pub(super) fn with_label() -> Self {
        let mut replica = Self::found();
        replica.contribute(1, 1);
        replica.contribute(1, 2);
        replica.decide_label(1);
        replica.contribute(1, 3);
        replica.decide_label(2);
        replica
    }

    pub(super) fn amend(&mut self, change: impl FnOnce(&mut Charter)) -> CharterId {
        let adoption = self.governance().adoption().clone();
        let mut charter = adoption.tip().clone();
        charter.federation = Some(self.federation);
        charter.version += 1;
        charter.parent = Some(adoption.tip_id());
        change(&mut charter);
        let id = self.charters.insert(charter);
        for seat in [201, 202] {
            self.charters.approve(Approval::sign(
                &key(seat),
                self.federation,
                adoption.tip_id(),
                id,
            ));
        }
        id
    }

    pub(super) fn governance(&self) -> Governance {
        Governance::evaluate(self.holdings())
    }

    pub(super) fn holdings(&self) -> Holdings<'_> {
        Holdings {
            feeds: &self.feeds,
            charters: &self.charters,
            acts: &self.acts,
        }
    }

    fn certify(&mut self, number: u8, instance: &SecretKey) {
        let root = key(number);
        let feed = instance.public().feed();
        let certificate = Certificate::sign(
            &root,
            root.public().partner(),
            &self.federation,
            &feed,
            [number; 32],
        );
        let item = held(Frame::Certificate(Box::new(certificate)), Vec::new());
        self.sign(instance, Kind::Certificate, vec![item]);
    }

    /// Rotates the root of a partner from `key(number)` to `key(number + 10)`, and starts an instance that the new one certifies. The
    /// rotation keeps the feeds that are named.
    pub(super) fn rotate(&mut self, number: u8, kept: &[FeedId]) -> SecretKey {
        let (old, new) = (key(number), key(number + 10));
        let kept = kept.iter().map(|feed| (*feed, Keeping::Open));
        let rotation = Rotation::sign(
            self.federation,
            partner(number),
            (&old, &new),
            kept.collect(),
        );
        let rotation = rotation.unwrap().said().clone();
        let rotation = held(Frame::Rotation(Box::new(rotation)), Vec::new());
        let instance = key(number + 120);
        let feed = instance.public().feed();
        let certificate =
            Certificate::sign(&new, partner(number), &self.federation, &feed, [number; 32]);
        let certificate = held(Frame::Certificate(Box::new(certificate)), Vec::new());
        self.sign(&instance, Kind::Certificate, vec![certificate, rotation]);
        instance
    }

    /// Signs the next entry of an instance's feed.
    pub(super) fn sign(
        &mut self,
        instance: &SecretKey,
        kind: Kind,
        items: Vec<Item>,
    ) -> VerifiedEntry {
        let head = self.feeds.furthest_head(&instance.public().feed());
        let place = head.map_or((0, None), |(sequence, entry)| (sequence + 1, Some(entry)));
        self.sign_at(instance, place, kind, items)
    }

    pub(super) fn sign_at(
        &mut self,
        instance: &SecretKey,
        place: (u64, Option<EntryId>),
        kind: Kind,
        items: Vec<Item>,
    ) -> VerifiedEntry {
        let entry = UnsignedEntry {
            kind,
            federation: self.federation,
            place,
            charter: self.governance().adoption().tip_id(),
            claimed: Timestamp::from_millis(MADE_MS - 86_400_000),
            payload: Payload::new(items).unwrap(),
        }
        .sign(instance);
        self.feeds.take(&entry).unwrap();
        self.acts.extend(SignedAct::all_of(&entry));
        self.entries.insert(entry.id(), entry.clone());
        entry
    }

    pub(super) fn decide(&mut self, number: u8, act: &Act) -> ItemId {
        self.decide_all(number, std::slice::from_ref(act))[0]
    }

    pub(super) fn decide_all(&mut self, number: u8, acts: &[Act]) -> Vec<ItemId> {
        let items = acts.iter().map(|act| act.to_item([number; 16]).unwrap());
        let entry = self.sign(&instance(number), Kind::Governance, items.collect());
        entry.identified_items().map(|(id, _)| id).collect()
    }

    pub(super) fn decide_label(&mut self, number: u8) -> ItemId {
        let act = self.issue(number);
        self.decide(number, &act)
    }

    pub(super) fn issue(&self, number: u8) -> Act {
        self.issue_by(number, &instance(number))
    }

    pub(super) fn issue_by(&self, number: u8, instance: &SecretKey) -> Act {
        let governance = self.governance();
        let issuing = Issuing {
            charter: governance.adoption().tip(),
            partner: partner(number),
            scheme: SchemeId::Charter(scheme_name()),
            declared: None,
            record: RECORD,
            projection: &projection(),
            from: day("2026-01-15"),
            heads: vec![ItemId::from_bytes([3; 16])],
            created: Timestamp::from_millis(MADE_MS - 86_400_000),
            status: Some(StatusPlace {
                list: format!("https://coordination-{number}.example/labels/status"),
                index: 40 + u32::from(number),
            }),
        };
        issue(&issuing, instance).unwrap()
    }

    /// A contribution that is not about the label, with a text that no proof may carry.
    pub(super) fn contribute(&mut self, number: u8, nonce: u8) -> EntryId {
        let birth = RecordBirth {
            kind: "actor".to_owned(),
            territory: "45".to_owned(),
            nonce: [nonce; 16],
        };
        let put = Operation::Put {
            field: "name".to_owned(),
            value: Value::Text(SECRET.to_owned()),
        };
        let frame = Frame::Edit(EditFrame {
            record: RecordId::of(
                &self.federation,
                &birth.kind,
                &birth.territory,
                &birth.nonce,
            ),
            base: Vec::new(),
            creation: Some(birth),
        });
        let item = held(frame, Content(vec![put]).to_cbor());
        self.sign(&instance(number), Kind::Contribution, vec![item])
            .id()
    }

    pub(super) fn prove(&self) -> Result<Vec<u8>, Unprovable> {
        self.prove_by(&label(), &projection(), 3)
    }

    pub(super) fn prove_by(
        &self,
        label: &Label,
        now: &Projection,
        maker: u8,
    ) -> Result<Vec<u8>, Unprovable> {
        self.build(self.holdings(), &self.governance(), (label, now), maker)
    }

    /// Makes a proof as a node would that holds something else.
    pub(super) fn prove_with(
        &self,
        holdings: Holdings<'_>,
        governance: &Governance,
    ) -> Result<Vec<u8>, Unprovable> {
        self.build(holdings, governance, (&label(), &projection()), 3)
    }

    fn build(
        &self,
        holdings: Holdings<'_>,
        governance: &Governance,
        (label, now): (&Label, &Projection),
        maker: u8,
    ) -> Result<Vec<u8>, Unprovable> {
        let request = Request {
            label,
            projection: &projection(),
            now,
            made: made(),
        };
        let entry = |id: &EntryId| self.entries.get(id).cloned();
        build(holdings, governance, entry, &request, &instance(maker))
    }

    pub(super) fn position(&self, entry: EntryId) -> Position {
        let sequence = self.feeds.entry(&entry).unwrap().sequence;
        Position { sequence, entry }
    }
}

/// A text of a contribution: it must not be in a proof.
pub(super) const SECRET: &str = "Texte d'une autre fiche";

pub(super) fn held(frame: Frame, content: Vec<u8>) -> Item {
    let salt = [2; 16];
    Item {
        frame,
        body: Body::Held { salt, content },
    }
}

pub(super) fn genesis(name: &str) -> Charter {
    let coordinators = [1, 2, 3].map(|number| {
        let coordinator = Coordinator {
            root: *key(number).public().as_bytes(),
            name: format!("Coordination {number}"),
            rights: Selection::All,
            mandate: Mandate::everything(),
        };
        (partner(number), coordinator)
    });
    let seats = [201, 202, 203].map(|number| Seat {
        id: format!("siège {number}"),
        key: *key(number).public().as_bytes(),
    });
    Charter {
        federation: None,
        version: 0,
        parent: None,
        name: name.to_owned(),
        seats: seats.to_vec(),
        k: 2,
        recovery: Recovery::default(),
        coordinators: coordinators.into(),
        partners: BTreeMap::new(),
        cuts: BTreeMap::new(),
        schemes: BTreeMap::new(),
        quotas: Quotas::default(),
        min_protocol: 1,
    }
}

pub(super) fn scheme_name() -> SchemeName {
    SchemeName {
        id: "accueil".to_owned(),
        version: 1,
    }
}

pub(super) fn scheme() -> Scheme {
    Scheme {
        title: "Accueil pour tous".to_owned(),
        criteria: vec![Criterion {
            id: "entree".to_owned(),
            title: "L'entrée est de plain-pied".to_owned(),
            weight: 3,
            mandatory: true,
        }],
        fields: vec!["name".to_owned(), "siret".to_owned()],
        k: 2,
        committee: [1, 2, 3].map(partner).into(),
        months: 24,
        complements: vec!["Terre de Jeux 2024".to_owned()],
    }
}

pub(super) fn label() -> Label {
    Label {
        scheme: SchemeId::Charter(scheme_name()),
        record: RECORD,
        projection: projection().hash(),
        from: "2026-01-15".to_owned(),
    }
}

pub(super) fn projection() -> Projection {
    named("Maison des associations")
}

pub(super) fn named(name: &str) -> Projection {
    let field = |text: &str| Field {
        values: vec![Written {
            value: Value::Text(text.to_owned()),
            edit: ItemId::from_bytes([3; 16]),
            number: 1,
        }],
        ..Field::default()
    };
    let fields = [
        ("name".to_owned(), field(name)),
        ("siret".to_owned(), field("13002526500013")),
    ];
    Projection::of(&fields.into(), &scheme().fields)
}

pub(super) fn withdrawal(reason: &str) -> Act {
    Act::LabelWithdraw {
        label: label(),
        reason: reason.to_owned(),
    }
}

pub(super) fn enrol(number: u8) -> Act {
    Act::Enrol {
        partner: partner(number),
        root: *key(number).public().as_bytes(),
        name: format!("Partenaire {number}"),
        mandate: Mandate::everything(),
    }
}

pub(super) fn vocabulary(scheme: Scheme) -> Act {
    Act::Vocabulary {
        scheme: Some(scheme),
        body: Tree::Null,
    }
}
