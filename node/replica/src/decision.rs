//! Decisions of a coordinator: from what a person asks to the acts that say it, with the places in feeds that are held here.

use std::collections::{BTreeMap, BTreeSet};

use crdt_schema::entry::{Frame, ProvenRotation, Root};
use crdt_schema::governance::{
    Act, Amendment, Confirmed, Coordinator, Effect, Mandate, Position, Selection,
};
use crdt_schema::id::{EntryId, FeedId, ItemId, PartnerId};

use crate::author::NewItem;
use crate::fault::Fault;
use crate::reader::Reader;
use crate::state::State;

/// What a coordinator asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// What a feed signs after a place counts for nothing, for ever. Where it is the last instance of its node, so does what the earlier
    /// ones sign after their last entry that is held: otherwise the node would still be heard as one of these.
    Cut(FeedId, Place),
    /// A partner leaves: each of its feeds is cut after its last entry that is held, and every grant to it is taken back there, so that no
    /// other node of it counts either. What it wrote stays.
    PutOut(PartnerId),
    /// The later grants of a coordinator's feeds wait for the next charter.
    Suspend(PartnerId),
    /// A partner may write more.
    Mandate(PartnerId, Mandate),
    /// Of the roots to which a partner's rotations lead, this one holds.
    Root(PartnerId, [u8; 32]),
    /// A grant is taken back; what was written under it stays.
    Narrow(ItemId),
}

/// A place in a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The last entry that is held.
    Last,
    /// The entry with this sequence, when there is one only.
    Sequence(u64),
    /// This entry.
    Entry(EntryId),
}

/// Why a decision cannot be signed here.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DecisionError {
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// Nothing is held of this feed.
    #[error("nothing is held of this feed")]
    NoFeed,
    /// No such place.
    #[error("the feed has no entry there")]
    NoPlace,
    /// Two histories have an entry there.
    #[error("the feed is forked: name the last entry that counts by its id")]
    ForkedPlace,
    /// Nothing is left to cut or to take back.
    #[error("this partner was put out already: nothing is left to be decided")]
    AlreadyOut,
    /// The partner has no feed, and only a charter takes back what it has.
    #[error(
        "this partner has not written anything yet, and the charter names it: `maillage charter propose --release`"
    )]
    NamedByCharter,
    /// The partner decides nothing.
    #[error("this partner is no coordinator: it has no grants to hold back")]
    NotCoordinator,
    /// The partner is not of the federation.
    #[error("this partner is not of the federation")]
    NotEnrolled,
    /// No act gave this.
    #[error("no act gave this: what the charter gives, only a charter takes back")]
    NoGrant,
    /// The node does not sign.
    #[error("this node has no instance key: it cannot decide anything")]
    ReadOnly,
    /// Only the charter says which root of a coordinator holds.
    #[error("this partner is a coordinator: only a charter says which of its roots holds")]
    RootOfCoordinator,
    /// No rotation of the partner leads to this root.
    #[error("no rotation of this partner leads to this root: see `maillage partner show`")]
    RootUnknown,
    /// The charter gives this partner no such right.
    #[error("the charter does not give your organisation the right to do this")]
    NoRight,
    /// Something in governance is newer than this program.
    #[error(
        "a coordinator signed something that this version does not understand: upgrade before you decide anything"
    )]
    Upgrade,
    /// What the feed grants is held back.
    #[error(
        "what your node grants is held back (suspended, or two histories): only the next charter ends that"
    )]
    HeldBack,
}

impl DecisionError {
    /// Returns the stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            DecisionError::Fault(fault) => fault.code(),
            DecisionError::NoFeed => "feed_not_held",
            DecisionError::NoPlace => "place_not_held",
            DecisionError::ForkedPlace => "place_forked",
            DecisionError::AlreadyOut => "partner_already_out",
            DecisionError::NamedByCharter => "partner_named_by_charter",
            DecisionError::NotCoordinator => "partner_not_coordinator",
            DecisionError::NotEnrolled => "partner_not_enrolled",
            DecisionError::NoGrant => "grant_not_found",
            DecisionError::ReadOnly => "read_only",
            DecisionError::RootOfCoordinator => "root_of_coordinator",
            DecisionError::RootUnknown => "root_unknown",
            DecisionError::NoRight => "not_among_rights",
            DecisionError::Upgrade => "upgrade",
            DecisionError::HeldBack => "held_back",
        }
    }
}

impl Decision {
    /// Returns the acts that say it. Nothing is signed.
    pub fn acts(&self, state: &State, reader: &Reader) -> Result<Vec<Act>, DecisionError> {
        match self {
            Decision::Cut(feed, place) => {
                let mut acts = vec![Act::Cut {
                    feed: *feed,
                    position: position(state, reader, feed, *place)?,
                }];
                let mut earlier = reader.earlier_instances(state, feed)?;
                earlier.retain(|feed, _| !state.governance().partners().is_cut(feed));
                let cut = |(feed, position)| Act::Cut { feed, position };
                acts.extend(earlier.into_iter().map(cut));
                Ok(acts)
            }
            Decision::PutOut(partner) => state.put_out(partner),
            Decision::Suspend(partner) => {
                let tip = state.governance().adoption().tip();
                if !tip.coordinators.contains_key(partner) {
                    return Err(DecisionError::NotCoordinator);
                }
                let places = state.last_places(partner);
                let suspend = |(feed, position)| Act::Suspend { feed, position };
                Ok(places.into_iter().map(suspend).collect())
            }
            Decision::Mandate(partner, mandate) => {
                let enrolled = state.governance().partners().enrolled();
                if !enrolled.contains_key(partner) {
                    return Err(DecisionError::NotEnrolled);
                }
                Ok(vec![Act::Mandate {
                    partner: *partner,
                    mandate: mandate.clone(),
                }])
            }
            Decision::Root(partner, root) => {
                state.check_root(partner, root)?;
                Ok(vec![Act::Root {
                    partner: *partner,
                    root: *root,
                }])
            }
            Decision::Narrow(grant) => Ok(vec![Act::Descope {
                grant: *grant,
                positions: state.last_places(&state.grantee(grant)?),
            }]),
        }
    }
}

impl State {
    /// Returns the last place that is held of each feed of a partner. Of a forked feed, that of the furthest branch.
    pub fn last_places(&self, partner: &PartnerId) -> BTreeMap<FeedId, Position> {
        let its = self
            .certificates()
            .iter()
            .filter(|(_, each)| each.partner == *partner);
        its.filter_map(|(feed, _)| {
            let (sequence, entry) = self.feeds().furthest_head(feed)?;
            Some((*feed, Position { sequence, entry }))
        })
        .collect()
    }

    fn put_out(&self, partner: &PartnerId) -> Result<Vec<Act>, DecisionError> {
        let partners = self.governance().partners();
        if !partners.enrolled().contains_key(partner) {
            return Err(DecisionError::NotEnrolled);
        }
        let places = self.last_places(partner);
        let open = places.iter().filter(|(feed, _)| !partners.is_cut(feed));
        let cuts = open.map(|(feed, position)| Act::Cut {
            feed: *feed,
            position: *position,
        });
        let given = partners.grants(partner).iter();
        let given = given.filter_map(|grant| grant.act);
        let standing = given.filter(|act| !partners.is_narrowed(act));
        let taken_back = standing.map(|grant| Act::Descope {
            grant,
            positions: places.clone(),
        });
        let acts: Vec<Act> = cuts.chain(taken_back).collect();
        if !acts.is_empty() {
            return Ok(acts);
        }
        let tip = self.governance().adoption().tip();
        Err(match tip.partners.contains_key(partner) {
            true => DecisionError::NamedByCharter,
            false => DecisionError::AlreadyOut,
        })
    }

    /// Returns the later roots of a partner between which somebody above may have to choose: those in dispute, or else those in its line.
    pub fn roots_to_name(&self, partner: &PartnerId) -> Vec<[u8; 32]> {
        let Some(line) = self.governance().roots().line(partner) else {
            return Vec::new();
        };
        if line.is_disputed() {
            return line.rivals().copied().collect();
        }
        let later = line.roots().iter().filter_map(|root| match root {
            Root::First => None,
            Root::Later(key) => Some(*key),
        });
        later.collect()
    }

    fn check_root(&self, partner: &PartnerId, root: &[u8; 32]) -> Result<(), DecisionError> {
        let tip = self.governance().adoption().tip();
        if tip.coordinators.contains_key(partner) {
            return Err(DecisionError::RootOfCoordinator);
        }
        if !self.roots_to_name(partner).contains(root) {
            return Err(DecisionError::RootUnknown);
        }
        Ok(())
    }

    /// Returns what the draft of a charter must say besides these amendments: a cut for each known feed of a coordinator that it
    /// drops or gives other rights, at its last place that is held, since what a forgotten feed had granted would be void; and a cut of the
    /// earlier instances of a node whose last one it cuts.
    pub fn cuts_owed(
        &self,
        reader: &Reader,
        amendments: &[Amendment],
    ) -> Result<Vec<Amendment>, Fault> {
        let tip = self.governance().adoption().tip();
        let named: BTreeSet<FeedId> = amendments
            .iter()
            .filter_map(|amendment| match amendment {
                Amendment::Cut(feed, _) => Some(*feed),
                _ => None,
            })
            .collect();
        let reduced = amendments.iter().filter_map(|amendment| match amendment {
            Amendment::DropCoordinator(partner) => Some(partner),
            Amendment::Coordinator(partner, its) => {
                let before = tip.coordinators.get(partner)?;
                (before.rights != its.rights || before.mandate != its.mandate).then_some(partner)
            }
            _ => None,
        });
        let mut owed: BTreeMap<FeedId, Position> = reduced
            .flat_map(|partner| self.last_places(partner))
            .collect();
        for feed in &named {
            owed.extend(reader.earlier_instances(self, feed)?);
        }
        owed.retain(|feed, _| !named.contains(feed) && !tip.cuts.contains_key(feed));
        let cuts = owed.into_iter();
        Ok(cuts
            .map(|(feed, place)| Amendment::Cut(feed, place))
            .collect())
    }

    /// Says whether acts that this partner signs now in this feed would count.
    pub fn check_right(
        &self,
        partner: &PartnerId,
        feed: &FeedId,
        acts: &[Act],
    ) -> Result<(), DecisionError> {
        let governance = self.governance();
        let tip = governance.adoption().tip();
        if governance.acts().is_read_only() {
            return Err(DecisionError::Upgrade);
        }
        let its = tip.coordinators.get(partner);
        for act in acts {
            let name = act.name().ok_or(DecisionError::NoRight)?;
            if !its.is_some_and(|its| its.rights.contains(name)) || tip.cuts.contains_key(feed) {
                return Err(DecisionError::NoRight);
            }
            let is_grant = act.effect() == Some(Effect::Grant);
            let is_held_back =
                self.feeds().first_fork(feed).is_some() || governance.acts().is_suspended(feed);
            if is_grant && is_held_back {
                return Err(DecisionError::HeldBack);
            }
        }
        Ok(())
    }

    /// Returns what a partner may write today: all that was given to it and not taken back.
    pub fn mandates(&self, partner: &PartnerId) -> impl Iterator<Item = &Mandate> {
        let partners = self.governance().partners();
        let standing = partners.grants(partner).iter();
        let standing =
            standing.filter(|grant| !grant.act.is_some_and(|act| partners.is_narrowed(&act)));
        standing.map(|grant| &grant.mandate)
    }

    /// Returns how a charter names a partner that is enrolled as a coordinator, with every right.
    pub fn as_coordinator(&self, partner: &PartnerId) -> Option<Coordinator> {
        let partners = self.governance().partners();
        let profile = partners.enrolled().get(partner)?;
        Some(Coordinator {
            root: partners.root(partner)?,
            name: profile.name.clone(),
            rights: Selection::All,
            mandate: Mandate::everything(),
        })
    }

    /// Returns how a charter confirms a partner that is enrolled, with what it may write today.
    pub fn as_confirmed(&self, partner: &PartnerId) -> Option<Confirmed> {
        let partners = self.governance().partners();
        let profile = partners.enrolled().get(partner)?;
        let scopes = self.mandates(partner).flat_map(Mandate::scopes).cloned();
        Some(Confirmed {
            root: partners.root(partner)?,
            name: profile.name.clone(),
            mandate: Mandate::new(scopes.collect()),
        })
    }

    /// The partner to whom an act gave something.
    fn grantee(&self, grant: &ItemId) -> Result<PartnerId, DecisionError> {
        match self.acts().get(grant).map(|signed| &signed.act) {
            Some(Act::Enrol { partner, .. } | Act::Mandate { partner, .. }) => Ok(*partner),
            _ => Err(DecisionError::NoGrant),
        }
    }
}

impl NewItem {
    /// Writes an act to sign. `None` for an unknown one.
    pub fn of_act(act: &Act) -> Option<Self> {
        Some(Self {
            frame: Frame::Act(act.name()?.to_owned()),
            content: act.to_content(),
        })
    }

    /// Writes a rotation to sign. All of it is in the frame.
    pub fn of_rotation(rotation: &ProvenRotation) -> Self {
        Self {
            frame: Frame::Rotation(Box::new(rotation.said().clone())),
            content: Vec::new(),
        }
    }
}

fn position(
    state: &State,
    reader: &Reader,
    feed: &FeedId,
    place: Place,
) -> Result<Position, DecisionError> {
    let feeds = state.feeds();
    let entry = match place {
        Place::Last => {
            let head = feeds.furthest_head(feed);
            head.map(|(_, entry)| entry).ok_or(DecisionError::NoFeed)?
        }
        Place::Sequence(sequence) => {
            match reader.feed_entries_at_in(state, feed, sequence)?.as_slice() {
                [] => return Err(DecisionError::NoPlace),
                [only] => *only,
                _ => return Err(DecisionError::ForkedPlace),
            }
        }
        Place::Entry(entry) => entry,
    };
    match feeds.entry(&entry) {
        Some(held) if held.feed == *feed => Ok(Position {
            sequence: held.sequence,
            entry,
        }),
        _ => Err(DecisionError::NoPlace),
    }
}
