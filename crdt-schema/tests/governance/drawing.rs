//! Draws what happens in a small federation: honest work, mistakes, thefts and quarrels, all really signed.

use std::collections::BTreeMap;
use std::fmt;

use crdt_schema::cbor::{Tree, Wire};
use crdt_schema::edit::{Content, Operation, State, Value};
use crdt_schema::entry::{EditFrame, Frame, Item, Keeping, Kind, Rotation};
use crdt_schema::governance::{Act, Effect, Erasure, Mandate, Position};
use crdt_schema::id::{FeedId, ItemId, RecordId};
use crdt_schema::view::RecordView;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::federation::{Author, Replica, creation, enrol, held, label};

/// One thing that happens. What an index points at is chosen among what is there then.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// The charter changes: nothing, a coordinator goes with a cut of its feed, or a partner is no longer confirmed.
    Amend(Index),
    /// A coordinator, or somebody who is none, signs an act.
    Decide(Index, Wish),
    /// The key of an author is copied, at its end or at an earlier place.
    Fork(Index, Index),
    /// A partner starts another instance.
    Instance(Index),
    /// A root key is replaced by another one; an earlier one may be, a second time. The feeds that stay are drawn too.
    Rotate(Index, Index),
    /// Somebody publishes a rotation that one of the two keys did not sign.
    Forge(Index, Index),
    /// A partner creates a record, or changes one.
    Write(Index, Index),
}

/// What somebody would like to decide.
#[derive(Debug, Clone)]
pub(crate) enum Wish {
    Cut(Index),
    Descope(Index),
    Enrol(u8),
    Erase(Index),
    EraseRecord(Index),
    Issue(Index),
    Moderate,
    Root(Index),
    Suspend(Index),
    Withdraw(Index),
}

/// A federation in which things happen. It shows itself as what was drawn.
#[derive(Clone)]
pub(crate) struct Story {
    pub(crate) replica: Replica,
    pub(crate) authors: Vec<Author>,
    /// Every author as it was before each of its entries.
    earlier: Vec<Author>,
    next: u8,
    steps: Vec<Step>,
}

impl fmt::Debug for Story {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.steps.fmt(to)
    }
}

pub(crate) fn stories() -> impl Strategy<Value = Story> {
    vec(step(), 4..22).prop_map(|steps| {
        let mut story = Story::begin();
        for step in &steps {
            story.take(step);
        }
        story
    })
}

fn step() -> impl Strategy<Value = Step> {
    let index = any::<Index>;
    prop_oneof![
        1 => index().prop_map(Step::Amend),
        6 => (index(), wish()).prop_map(|(author, wish)| Step::Decide(author, wish)),
        1 => (index(), index()).prop_map(|(author, place)| Step::Fork(author, place)),
        2 => index().prop_map(Step::Instance),
        2 => (index(), index()).prop_map(|(author, kept)| Step::Rotate(author, kept)),
        1 => (index(), index()).prop_map(|(author, of)| Step::Forge(author, of)),
        8 => (index(), index()).prop_map(|(author, record)| Step::Write(author, record)),
    ]
}

pub(crate) fn wish() -> impl Strategy<Value = Wish> {
    prop_oneof![grants(), denials()]
}

pub(crate) fn denials() -> impl Strategy<Value = Wish> {
    let index = any::<Index>;
    prop_oneof![
        index().prop_map(Wish::Cut),
        index().prop_map(Wish::Descope),
        index().prop_map(Wish::Erase),
        index().prop_map(Wish::EraseRecord),
        index().prop_map(Wish::Suspend),
        index().prop_map(Wish::Withdraw),
    ]
}

fn grants() -> impl Strategy<Value = Wish> {
    prop_oneof![
        1 => (9..12_u8).prop_map(Wish::Enrol),
        3 => any::<Index>().prop_map(Wish::Issue),
        1 => Just(Wish::Moderate),
        1 => any::<Index>().prop_map(Wish::Root),
    ]
}

impl Story {
    fn begin() -> Self {
        let authors = [(1, 10), (2, 20), (3, 30), (9, 90)];
        let mut story = Self {
            replica: Replica::found(),
            authors: authors.map(|(root, key)| Author::new(root, key)).into(),
            earlier: Vec::new(),
            next: 100,
            steps: Vec::new(),
        };
        for author in 0..3 {
            story.write(author, None);
        }
        story
    }

    fn take(&mut self, step: &Step) {
        self.steps.push(step.clone());
        let author = |index: &Index, story: &Self| index.index(story.authors.len());
        match step {
            Step::Amend(change) => self.amend(change),
            Step::Decide(index, wish) => {
                // Mostly coordinators.
                let among = self.authors.len() + 4;
                let chosen = index.index(among);
                self.decide(
                    if chosen < among - 4 {
                        chosen
                    } else {
                        chosen % 2
                    },
                    wish,
                );
            }
            Step::Fork(index, place) => {
                let at = author(index, self);
                self.authors[at] = self.earlier[place.index(self.earlier.len())].clone();
            }
            Step::Instance(index) => {
                self.next += 1;
                let instance = self.authors[author(index, self)].another(self.next);
                self.authors.push(instance);
            }
            Step::Rotate(index, kept) => self.rotate(author(index, self), kept),
            Step::Forge(index, of) => {
                self.forge(author(index, self), author(of, self));
            }
            Step::Write(index, record) => {
                let records: Vec<RecordId> = self.records();
                let chosen = record.index(records.len() + 2);
                self.write(author(index, self), records.get(chosen).copied());
            }
        }
    }

    pub(crate) fn records(&self) -> Vec<RecordId> {
        let contributions = self.replica.contributions();
        contributions.histories().keys().copied().collect()
    }

    /// Creates a record, or changes one that is there on its heads.
    pub(crate) fn write(&mut self, author: usize, record: Option<RecordId>) -> ItemId {
        self.next += 1;
        let federation = self.replica.federation;
        let item = record.and_then(|record| self.change(record));
        let item = item.unwrap_or_else(|| creation(&federation, "event", self.next));
        self.sign(author, Kind::Contribution, vec![item])
    }

    pub(crate) fn sign(&mut self, author: usize, kind: Kind, items: Vec<Item>) -> ItemId {
        self.earlier.push(self.authors[author].clone());
        let entry = self.authors[author].sign(&mut self.replica, kind, items);
        ItemId::of(&entry.id(), 0)
    }

    /// The author publishes that its partner has another root. Other instances of the partner keep the one that they have: when one of
    /// them rotates it later, that is a dispute.
    pub(crate) fn rotate(&mut self, author: usize, kept: &Index) {
        self.next += 1;
        let next = Author::new(self.next, 1).root;
        let kept = self.kept(author, kept);
        let item = self.authors[author].rotate(self.replica.federation, next, kept);
        self.sign(author, Kind::Governance, vec![item]);
    }

    /// Some of the feeds of the author's partner, each open or up to some place.
    fn kept(&self, author: usize, index: &Index) -> Vec<(FeedId, Keeping)> {
        let partner = self.authors[author].partner();
        let bits = index.index(1 << 16);
        let all = self.replica.feeds.entries();
        let its = all.filter(|(_, held)| held.owner == Some(partner));
        let mut kept = BTreeMap::new();
        for (at, (entry, held)) in its.enumerate() {
            let sequence = held.sequence;
            let keeping = match bits >> (at % 8 * 2) & 3 {
                0 => continue,
                1 => Keeping::Until(Position { sequence, entry }),
                _ => Keeping::Open,
            };
            kept.insert(held.feed, keeping);
        }
        kept.into_iter().collect()
    }

    /// The author publishes a rotation of the root of another one, which has not signed it.
    pub(crate) fn forge(&mut self, author: usize, of: usize) -> ItemId {
        self.next += 1;
        let next = Author::new(self.next, 1).root;
        let victim = &self.authors[of];
        let mine = Author::new(self.next.wrapping_add(50), 1).root;
        let keys = (&mine, &next);
        let federation = self.replica.federation;
        let signed = Rotation::sign(federation, victim.partner(), keys, BTreeMap::new());
        let mut forged = signed.expect("two keys").said().clone();
        forged.previous = *victim.root.public().as_bytes();
        let item = Item {
            frame: Frame::Rotation(Box::new(forged)),
            body: held(Vec::new()),
        };
        self.sign(author, Kind::Governance, vec![item])
    }

    fn change(&self, record: RecordId) -> Option<Item> {
        let contributions = self.replica.contributions();
        let view = RecordView::of(record, contributions.histories().get(&record)?);
        let base = view.expect("a drawn history can be replayed")?.heads;
        let put = Operation::Put {
            field: "name".to_owned(),
            value: Value::Integer(self.next.into()),
        };
        (!base.is_empty()).then(|| Item {
            frame: Frame::Edit(EditFrame {
                record,
                base,
                creation: None,
            }),
            body: held(Content(vec![put]).to_cbor()),
        })
    }

    pub(crate) fn decide(&mut self, author: usize, wish: &Wish) -> Option<ItemId> {
        let act = self.act(wish)?;
        let item = act.to_item([1; 16]).expect("a known act");
        Some(self.sign(author, Kind::Governance, vec![item]))
    }

    /// What a wish says here and now. `None` where there is nothing to say it of.
    pub(crate) fn act(&self, wish: &Wish) -> Option<Act> {
        let place = |index: &Index| self.place(index);
        Some(match wish {
            Wish::Cut(index) => {
                let (feed, position) = place(index)?;
                Act::Cut { feed, position }
            }
            Wish::Descope(index) => Act::Descope {
                grant: nth(self.replica.acts.keys(), index)?,
                positions: BTreeMap::new(),
            },
            Wish::Enrol(number) => enrol(*number, Mandate::everything()),
            Wish::Erase(index) => Act::Erase(Erasure {
                items: [nth(self.replica.items.keys(), index)?].into(),
                ..Erasure::default()
            }),
            Wish::EraseRecord(index) => Act::Erase(Erasure {
                record: Some(nth(self.records().iter(), index)?),
                ..Erasure::default()
            }),
            Wish::Issue(index) => Act::LabelIssue {
                label: label(*self.records().get(index.index(3))?, "2026-06-01"),
                proof: Tree::Null,
            },
            Wish::Moderate => Act::Moderate(Tree::Null),
            Wish::Root(index) => {
                let rotated: Vec<&Author> = self.authors.iter().chain(&self.earlier).collect();
                let named = rotated[index.index(rotated.len())];
                Act::Root {
                    partner: named.partner(),
                    root: *named.root.public().as_bytes(),
                }
            }
            Wish::Suspend(index) => {
                let (feed, position) = place(index)?;
                Act::Suspend { feed, position }
            }
            Wish::Withdraw(index) => Act::LabelWithdraw {
                label: label(*self.records().get(index.index(3))?, "2026-06-01"),
                reason: String::new(),
            },
        })
    }

    fn place(&self, index: &Index) -> Option<(FeedId, Position)> {
        let all: Vec<_> = self.replica.feeds.entries().collect();
        let (entry, held) = *all.get(index.index(all.len()))?;
        let sequence = held.sequence;
        Some((held.feed, Position { sequence, entry }))
    }

    fn amend(&mut self, change: &Index) {
        let tip = self.replica.governance().adoption().tip().clone();
        let coordinator = tip.coordinators.keys().next_back().copied();
        let feeds: Vec<_> = self.replica.feeds.entries().collect();
        self.replica
            .amend(&[101, 102], |charter| match change.index(3) {
                0 => charter.name.push('.'),
                1 => drop(charter.partners.pop_last()),
                _ => {
                    let Some(dropped) = coordinator.filter(|_| charter.coordinators.len() > 1)
                    else {
                        return;
                    };
                    charter.coordinators.remove(&dropped);
                    for (entry, held) in
                        feeds.iter().filter(|(_, held)| held.owner == Some(dropped))
                    {
                        let sequence = held.sequence;
                        let place = Position {
                            sequence,
                            entry: *entry,
                        };
                        charter.cuts.entry(held.feed).or_insert(place);
                    }
                }
            });
    }

    /// Everything that has an effect: live items, enrolled partners, grants that count, labels that stand.
    pub(crate) fn authority(&self) -> Vec<String> {
        let governance = self.replica.governance();
        let contributions = self.replica.contributions();
        let live = contributions.states();
        let live = live.filter(|(_, state)| *state == State::Live);
        let enrolled = governance.partners().enrolled().keys();
        let grants = self.counting(Effect::Grant);
        let labels = governance.labels().decisions().iter();
        let labels = labels.filter(|(_, decision)| decision.stands());
        let mut all: Vec<String> = live.map(|(id, _)| format!("item {id}")).collect();
        all.extend(enrolled.map(|partner| format!("partner {partner}")));
        all.extend(grants.iter().map(|act| format!("grant {act}")));
        all.extend(labels.map(|(label, _)| format!("label {label:?}")));
        all
    }

    pub(crate) fn counting(&self, effect: Effect) -> Vec<ItemId> {
        let governance = self.replica.governance();
        let counting = governance.acts().counting(&self.replica.acts);
        counting
            .filter(|(_, signed)| signed.act.effect() == Some(effect))
            .map(|(id, _)| *id)
            .collect()
    }
}

fn nth<'a, T: Copy + 'a>(all: impl ExactSizeIterator<Item = &'a T>, index: &Index) -> Option<T> {
    let len = all.len();
    let mut all = all;
    (len > 0).then(|| all.nth(index.index(len)).copied())?
}
