//! Rank 1: the charter. Which charters are adopted, from the pin on, and where several rivals stand.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::governance::{Approval, Charter, Position};
use crate::id::{CharterId, FeedId, PartnerId};
use crate::key::PublicKey;

/// Every charter and approval that is held, and the pin.
///
/// INVARIANT: the pin is held, and is never left for a charter that does not descend from it.
#[derive(Debug, Clone)]
pub struct Charters {
    pin: CharterId,
    charters: BTreeMap<CharterId, Arc<Charter>>,
    children: BTreeMap<CharterId, BTreeSet<CharterId>>,
    approvals: BTreeMap<CharterId, BTreeSet<Approval>>,
}

/// The adopted charters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adoption {
    chain: Vec<Adopted>,
    disputed: bool,
    rivals: BTreeMap<CharterId, BTreeSet<CharterId>>,
}

/// A charter that is adopted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adopted {
    /// Its id.
    pub id: CharterId,
    /// What it says.
    pub charter: Arc<Charter>,
}

impl Charters {
    /// Starts with the charter that this node trusts: the genesis charter, or the one that an invitation carried.
    pub fn new(pin: Charter) -> Self {
        let mut charters = Self {
            pin: pin.id(),
            charters: BTreeMap::new(),
            children: BTreeMap::new(),
            approvals: BTreeMap::new(),
        };
        charters.insert(pin);
        charters
    }

    /// Takes a charter, valid or not, and returns its id.
    pub fn insert(&mut self, charter: Charter) -> CharterId {
        let id = charter.id();
        if let Some(parent) = charter.parent {
            self.children.entry(parent).or_default().insert(id);
        }
        self.charters.insert(id, Arc::new(charter));
        id
    }

    /// Takes an approval, of a known charter or not.
    pub fn approve(&mut self, approval: Approval) {
        let charter = approval.vote().charter;
        self.approvals.entry(charter).or_default().insert(approval);
    }

    /// Moves the pin forward, to a charter adopted from it. Returns whether it was moved.
    pub fn pin(&mut self, to: &CharterId) -> bool {
        let adoption = Adoption::from_pin(self);
        let rank = |id: &CharterId| adoption.chain.iter().position(|each| each.id == *id);
        let moves = rank(to) > rank(&self.pin);
        if moves {
            self.pin = *to;
        }
        moves
    }

    /// Returns the id of the pin.
    pub fn pinned(&self) -> CharterId {
        self.pin
    }

    /// Returns a charter that is held.
    pub fn charter(&self, id: &CharterId) -> Option<&Charter> {
        self.charters.get(id).map(Arc::as_ref)
    }

    /// Returns the charters that are held, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = (&CharterId, &Charter)> {
        self.charters
            .iter()
            .map(|(id, charter)| (id, charter.as_ref()))
    }

    /// Returns the approvals of a charter that are held, whoever signed them.
    pub fn approvals(&self, charter: &CharterId) -> impl Iterator<Item = &Approval> {
        self.approvals.get(charter).into_iter().flatten()
    }

    fn adopted(&self, id: &CharterId) -> Option<Adopted> {
        let charter = Arc::clone(self.charters.get(id)?);
        Some(Adopted { id: *id, charter })
    }

    /// The pin and the charters before it, oldest first. They were adopted when the pin was set; they are not judged again.
    fn ancestry(&self) -> Vec<Adopted> {
        let pin = self.adopted(&self.pin).expect("the pin is held");
        let mut chain = vec![pin];
        let mut parent = chain[0].charter.parent;
        while let Some(adopted) = parent.and_then(|id| self.adopted(&id)) {
            parent = adopted.charter.parent;
            chain.push(adopted);
        }
        chain.reverse();
        chain
    }

    fn successors(&self, parent: &Adopted) -> Successors {
        let mut found = Successors::default();
        for id in self.children.get(&parent.id).into_iter().flatten() {
            let Some(child) = self.adopted(id) else {
                continue;
            };
            if !is_well_formed_successor(parent, &child.charter) {
                continue;
            }
            let signers = self.signers(parent, id);
            if has_recovery(&parent.charter, &signers) {
                found.by_recovery.push(child.clone());
            }
            if has_quorum(&parent.charter, &child.charter, &signers) {
                found.by_quorum.push(child);
            }
        }
        found
    }

    fn signers(&self, parent: &Adopted, child: &CharterId) -> BTreeSet<[u8; 32]> {
        let federation = parent.charter.federation();
        self.approvals(child)
            .map(Approval::vote)
            .filter(|vote| vote.parent == parent.id && vote.federation == federation)
            .map(|vote| vote.signer)
            .collect()
    }
}

#[derive(Default)]
struct Successors {
    by_quorum: Vec<Adopted>,
    by_recovery: Vec<Adopted>,
}

impl Adoption {
    /// Walks from the pin while exactly one valid successor is held. One that is signed by recovery keys goes before the others.
    pub fn from_pin(held: &Charters) -> Self {
        let mut chain = held.ancestry();
        let disputed = loop {
            let tip = chain.last().expect("the pin is in the chain");
            let found = held.successors(tip);
            let mut candidates = if found.by_recovery.is_empty() {
                found.by_quorum
            } else {
                found.by_recovery
            };
            match (candidates.pop(), candidates.is_empty()) {
                (Some(only), true) => chain.push(only),
                (Some(_), false) => break true,
                (None, _) => break false,
            }
        };
        let rivals = chain
            .iter()
            .map(|parent| (parent.id, rivals(held.successors(parent))))
            .filter(|(_, rivals)| rivals.len() > 1)
            .collect();
        Self {
            chain,
            disputed,
            rivals,
        }
    }

    /// Returns the newest adopted charter.
    pub fn tip(&self) -> &Charter {
        &self.newest().charter
    }

    /// Returns the id of the newest adopted charter.
    pub fn tip_id(&self) -> CharterId {
        self.newest().id
    }

    /// Returns the adopted charters, oldest first.
    pub fn chain(&self) -> &[Adopted] {
        &self.chain
    }

    /// Returns a charter, if it is adopted.
    pub fn adopted(&self, id: &CharterId) -> Option<&Charter> {
        let found = self.chain.iter().rev().find(|adopted| adopted.id == *id);
        found.map(|adopted| adopted.charter.as_ref())
    }

    /// Returns whether an adopted charter names this partner as a coordinator.
    pub fn ever_coordinated(&self, partner: &PartnerId) -> bool {
        let mut chain = self.chain.iter();
        chain.any(|adopted| adopted.charter.coordinators.contains_key(partner))
    }

    /// Returns whether the newest charter has several valid successors: the node stays, and raises the alarm.
    pub fn is_disputed(&self) -> bool {
        self.disputed
    }

    /// Returns the adopted charters that have several valid successors, with these.
    pub fn rivals(&self) -> &BTreeMap<CharterId, BTreeSet<CharterId>> {
        &self.rivals
    }

    fn newest(&self) -> &Adopted {
        self.chain.last().expect("the pin is in the chain")
    }
}

fn rivals(found: Successors) -> BTreeSet<CharterId> {
    let all = found.by_quorum.into_iter().chain(found.by_recovery);
    all.map(|child| child.id).collect()
}

fn is_well_formed_successor(parent: &Adopted, child: &Charter) -> bool {
    let seats = child.seats.len() as u64;
    let k = u64::from(child.k);
    let keys: BTreeSet<_> = child.seats.iter().map(|seat| seat.key).collect();
    child.federation == Some(parent.charter.federation())
        && child.parent == Some(parent.id)
        && parent.charter.version.checked_add(1) == Some(child.version)
        && (1..=seats).contains(&k)
        && 2 * k > seats
        && keys.len() as u64 == seats
        && keys.iter().all(|key| PublicKey::from_bytes(key).is_ok())
        && only_tightens(&parent.charter.cuts, &child.cuts)
}

/// Every cut is still there, at the same place or at a lower sequence.
fn only_tightens(before: &BTreeMap<FeedId, Position>, after: &BTreeMap<FeedId, Position>) -> bool {
    before.iter().all(|(feed, place)| {
        after
            .get(feed)
            .is_some_and(|now| now == place || now.sequence < place.sequence)
    })
}

/// Enough seats of the parent, and enough seats of the child, which so proves that it holds its keys.
fn has_quorum(parent: &Charter, child: &Charter, signers: &BTreeSet<[u8; 32]>) -> bool {
    [parent, child].iter().all(|charter| {
        let seats: BTreeSet<_> = charter.seats.iter().map(|seat| seat.key).collect();
        seats.intersection(signers).count() as u64 >= u64::from(charter.k)
    })
}

fn has_recovery(parent: &Charter, signers: &BTreeSet<[u8; 32]>) -> bool {
    let recovery = &parent.recovery;
    let keys: BTreeSet<_> = recovery.keys.iter().copied().collect();
    recovery.k > 0 && keys.intersection(signers).count() as u64 >= u64::from(recovery.k)
}
