//! Deciding a label: the act that a coordinator signs, with its part of the credential.

use std::collections::{BTreeMap, BTreeSet};

use crate::cbor::Tree;
use crate::governance::{Act, Charter, Label, Scheme, SchemeId, SignedAct};
use crate::id::{ItemId, PartnerId, RecordId};
use crate::key::SecretKey;
use crate::label::{Day, Labels, Projection};
use crate::limits::BASE_MAX;
use crate::proof::credential::{Facts, instant};
use crate::proof::integrity;
use crate::proof::status::STATUS_BITS;
use crate::time::Timestamp;

/// What a `label_issue` act carries beside the label: the coordinator's signature of the credential, and what it was made with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// The record's heads that the coordinator had before it: from them, whoever holds the history can show what has changed.
    pub heads: Vec<ItemId>,
    /// When the credential was signed, whole seconds.
    pub created: Timestamp,
    /// Where a withdrawal will show. `None` for a coordinator without a public address.
    pub status: Option<StatusPlace>,
    /// The Data Integrity signature.
    pub value: [u8; 64],
}

/// A place in a coordinator's status list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusPlace {
    /// The public address of the list.
    pub list: String,
    /// The index in it.
    pub index: u32,
}

/// What a coordinator decides.
#[derive(Debug, Clone)]
pub struct Issuing<'a> {
    /// The newest charter, which the entry will cite.
    pub charter: &'a Charter,
    /// The coordinator.
    pub partner: PartnerId,
    /// The rules.
    pub scheme: SchemeId,
    /// The text of the rules, when a `vocabulary` act declares them. That of a charter's scheme is in the charter.
    pub declared: Option<&'a Scheme>,
    /// The record.
    pub record: RecordId,
    /// What the label is bound to: the record's projection on the scheme's fields.
    pub projection: &'a Projection,
    /// The first day.
    pub from: Day,
    /// The record's heads.
    pub heads: Vec<ItemId>,
    /// Now.
    pub created: Timestamp,
    /// Where a withdrawal will show.
    pub status: Option<StatusPlace>,
}

/// Why a label cannot be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// The clock is outside the calendar.
    #[error("the clock is outside the calendar")]
    Clock,
    /// The partner does not coordinate the federation.
    #[error("the partner is not a coordinator in the newest charter")]
    NotCoordinator,
    /// The partner's votes do not count under this scheme.
    #[error("the partner is not in the committee of the scheme")]
    NotInCommittee,
    /// The newest charter has no such scheme.
    #[error("the newest charter has no such scheme")]
    SchemeUnknown,
    /// The record must be settled first.
    #[error("the record has more than {BASE_MAX} heads: settle its conflicts first")]
    TooManyHeads,
}

impl IssueError {
    /// Returns the stable code of this error.
    pub fn code(self) -> &'static str {
        match self {
            IssueError::Clock => "issue_clock",
            IssueError::NotCoordinator => "issue_not_coordinator",
            IssueError::NotInCommittee => "issue_not_in_committee",
            IssueError::SchemeUnknown => "issue_scheme_unknown",
            IssueError::TooManyHeads => "issue_too_many_heads",
        }
    }
}

/// Writes the act by which a coordinator decides a label. `key` is the key of the instance that will sign the entry.
pub fn issue(issuing: &Issuing<'_>, key: &SecretKey) -> Result<Act, IssueError> {
    let scheme = issuing.text().ok_or(IssueError::SchemeUnknown)?;
    let coordinator = issuing.charter.coordinators.get(&issuing.partner);
    let coordinator = coordinator.ok_or(IssueError::NotCoordinator)?;
    if !scheme.committee.contains(&issuing.partner) {
        return Err(IssueError::NotInCommittee);
    }
    if issuing.heads.len() > BASE_MAX {
        return Err(IssueError::TooManyHeads);
    }
    let label = Label {
        scheme: issuing.scheme.clone(),
        record: issuing.record,
        projection: issuing.projection.hash(),
        from: issuing.from.to_string(),
    };
    let facts = Facts {
        charter: issuing.charter,
        label: &label,
        scheme,
        projection: issuing.projection,
        feed: key.public().feed(),
        issuer: &coordinator.name,
        status: issuing.status.as_ref(),
    };
    let document = facts
        .document()
        .expect("our own key and a day are well formed");
    let created = instant(issuing.created).ok_or(IssueError::Clock)?;
    let millis = issuing.created.as_millis();
    let seal = Seal {
        heads: issuing.heads.clone(),
        created: Timestamp::from_millis(millis - millis.rem_euclid(1_000)),
        status: issuing.status.clone(),
        value: integrity::sign(&document, &created, key),
    };
    let proof = seal.to_tree();
    Ok(Act::LabelIssue { label, proof })
}

/// Returns the indices of one status list that acts have taken, whether they count or not: an index is never used twice.
pub fn status_indices(acts: &BTreeMap<ItemId, SignedAct>, list: &str) -> BTreeSet<u32> {
    let places = acts.values().filter_map(place);
    places
        .filter(|place| place.list == list)
        .map(|place| place.index)
        .collect()
}

/// Returns the indices of one status list whose labels were withdrawn: the bits to set in it.
pub fn revoked_indices(
    labels: &Labels,
    acts: &BTreeMap<ItemId, SignedAct>,
    list: &str,
) -> BTreeSet<u32> {
    let withdrawn = labels
        .iter()
        .filter(|(_, decision)| !decision.withdrawals.is_empty());
    let issues = withdrawn.flat_map(|(_, decision)| decision.votes.values().flatten());
    let places = issues.filter_map(|act| place(acts.get(act)?));
    places
        .filter(|place| place.list == list)
        .map(|place| place.index)
        .collect()
}

fn place(signed: &SignedAct) -> Option<StatusPlace> {
    match &signed.act {
        Act::LabelIssue { proof, .. } => Seal::read(proof)?.status,
        _ => None,
    }
}

impl Issuing<'_> {
    fn text(&self) -> Option<&Scheme> {
        match &self.scheme {
            SchemeId::Charter(name) => self.charter.schemes.get(name),
            SchemeId::Declared(_) => self.declared,
        }
    }
}

impl Seal {
    /// Writes what stands in the act.
    pub fn to_tree(&self) -> Tree {
        let heads = self.heads.iter();
        let heads = heads.map(|head| Tree::Bytes(head.as_bytes().to_vec()));
        let status = match &self.status {
            None => Tree::Null,
            Some(place) => Tree::map([
                ("index", Tree::Integer(place.index.into())),
                ("list", Tree::text(&place.list)),
            ]),
        };
        Tree::map([
            ("created", Tree::Integer(self.created.as_millis())),
            ("heads", Tree::List(heads.collect())),
            ("status", status),
            ("suite", Tree::text(SUITE)),
            ("value", Tree::Bytes(self.value.to_vec())),
        ])
    }

    /// Reads what stands in an act. `None` where there is no seal, or one of a later version: the vote counts all the same.
    pub fn read(tree: &Tree) -> Option<Self> {
        if tree.at("suite")?.as_text()? != SUITE {
            return None;
        }
        let (Tree::Integer(created), Tree::List(heads), Tree::Bytes(value)) =
            (tree.at("created")?, tree.at("heads")?, tree.at("value")?)
        else {
            return None;
        };
        let heads = heads.iter().map(|head| match head {
            Tree::Bytes(bytes) => ItemId::from_slice(bytes),
            _ => None,
        });
        let status = match tree.at("status")? {
            Tree::Null => None,
            place => Some(StatusPlace::read(place)?),
        };
        let seal = Self {
            heads: heads.collect::<Option<_>>()?,
            created: Timestamp::from_millis(*created),
            status,
            value: value.as_slice().try_into().ok()?,
        };
        (seal.to_tree() == *tree).then_some(seal)
    }
}

impl StatusPlace {
    fn read(tree: &Tree) -> Option<Self> {
        let Tree::Integer(index) = tree.at("index")? else {
            return None;
        };
        let index = u32::try_from(*index)
            .ok()
            .filter(|index| *index < STATUS_BITS)?;
        Some(Self {
            list: tree.at("list")?.as_text()?.to_owned(),
            index,
        })
    }
}

const SUITE: &str = "eddsa-jcs-2022";
