//! Who may do what, decided the same way on every node.
//!
//! Four ranks: charter ▷ coordinators ▷ partners ▷ instances. Rights flow down one rank, revocation only points down. Each rank is
//! a pure function of what is held and of the ranks above, so that no cycle and no order of arrival can enter: no seniority, no
//! time, no vote by arrival.
//!
//! A node keeps [`Feeds`], a light index of all entries, in memory, and beside it every charter, approval and act. After a change of
//! these it calls [`Governance::evaluate`], whose cost depends on them and not on the number of contributions; then it asks for
//! the standing of the contributions. [`Contributions`] judges the items of a whole set of entries at once.

mod act;
mod acts;
mod adoption;
mod amendment;
mod approval;
mod ballot;
mod charter;
mod contribution;
mod current;
mod erasure;
mod feeds;
mod labels;
mod mandate;
mod partners;
mod roots;
mod scheme;
mod wire;

use std::collections::BTreeMap;

pub use act::{Act, Effect, Erasure, Label};
pub use acts::{Acts, NoEffect, SignedAct};
pub use adoption::{Adopted, Adoption, Charters};
pub use amendment::{Amendment, AmendmentError};
pub use approval::{Approval, ApprovalError, Vote};
pub use ballot::{BALLOT_BYTES_MAX, Ballot, BallotError};
pub use charter::{
    Charter, CharterError, Confirmed, Coordinator, Quotas, Recovery, SchemeName, Seat,
};
pub use contribution::{Contributed, Contributions};
pub use current::{Personal, Stated, current_personal, current_statements};
pub use erasure::Erasures;
pub use feeds::{Change, Feeds, Held, Ignored, Position};
pub use labels::{Decision, Labels};
pub use mandate::{Mandate, Scope, Selection};
pub use partners::{Grant, Partners, Profile, Void};
pub use roots::{Line, Roots};
pub use scheme::{Criterion, Scheme, SchemeId};

use crate::entry::{Frame, Header};
use crate::id::{EntryId, ItemId};
use crate::vocabulary::Words;

/// All ranks together, as they follow from what was held at the evaluation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Governance {
    adoption: Adoption,
    acts: Acts,
    partners: Partners,
    erasures: Erasures,
    schemes: BTreeMap<SchemeId, Scheme>,
    labels: Labels,
    words: Words,
}

/// What decides: nothing else that a node holds does.
#[derive(Debug, Clone, Copy)]
pub struct Holdings<'h> {
    /// The index of the entries.
    pub feeds: &'h Feeds,
    /// The charters, their approvals and the pin.
    pub charters: &'h Charters,
    /// The acts, by the id of their item.
    pub acts: &'h BTreeMap<ItemId, SignedAct>,
}

impl Governance {
    /// Decides, rank after rank.
    pub fn evaluate(holdings: Holdings<'_>) -> Self {
        let Holdings {
            feeds,
            charters,
            acts: held,
        } = holdings;
        let adoption = Adoption::from_pin(charters);
        let roots = Roots::by_charter(feeds, &adoption);
        let acts = Acts::judge(feeds, &adoption, &roots, held);
        let roots = Roots::judge(feeds, &adoption, &acts, held);
        let erasures = Erasures::judge(feeds, &roots, &acts, held);
        let partners = Partners::judge(feeds, &adoption, roots, &acts, held);
        let schemes = schemes(&adoption, &acts, held);
        let labels = Labels::judge(feeds, &acts, held, &schemes);
        let words = words(&acts, held);
        Self {
            adoption,
            acts,
            partners,
            erasures,
            schemes,
            labels,
            words,
        }
    }

    /// Returns the adopted charters.
    pub fn adoption(&self) -> &Adoption {
        &self.adoption
    }

    /// Returns what becomes of every act.
    pub fn acts(&self) -> &Acts {
        &self.acts
    }

    /// Returns the partners.
    pub fn partners(&self) -> &Partners {
        &self.partners
    }

    /// Returns the roots of partners that rotated theirs.
    pub fn roots(&self) -> &Roots {
        self.partners.roots()
    }

    /// Returns what is erased.
    pub fn erasures(&self) -> &Erasures {
        &self.erasures
    }

    /// Returns the label schemes: those of the adopted charters, the newest text of each, and those of acts that count.
    pub fn schemes(&self) -> &BTreeMap<SchemeId, Scheme> {
        &self.schemes
    }

    /// Returns the words and fields of the federation, as its coordinators declared them.
    pub fn words(&self) -> &Words {
        &self.words
    }

    /// Returns the labels, with the votes that count.
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// Returns what the author of a contribution could write there, or why nothing in it counts.
    pub fn standing(&self, feeds: &Feeds, entry: &EntryId) -> Result<Mandate, Void> {
        self.partners.standing(feeds, entry)
    }

    /// Returns whether a contribution counts. `places` are the kinds and home territories of the records that its edits and
    /// personal values are about, as far as they are known; one outside the mandate makes the whole entry void.
    pub fn check_contribution<'p>(
        &self,
        feeds: &Feeds,
        entry: &EntryId,
        places: impl IntoIterator<Item = (&'p str, &'p str)>,
    ) -> Result<(), Void> {
        let mandate = self.standing(feeds, entry)?;
        let covers = |(kind, territory)| mandate.covers(kind, territory);
        if places.into_iter().all(covers) {
            Ok(())
        } else {
            Err(Void::OutsideMandate)
        }
    }

    /// Returns whether the content of an item has to go.
    pub fn is_erased(&self, feeds: &Feeds, entry: &EntryId, item: &ItemId, frame: &Frame) -> bool {
        self.erasures
            .is_erased(feeds.owner(entry).as_ref(), item, frame)
    }

    /// Returns whether an entry that was just inserted into the feeds may change the evaluation or the standing of other entries,
    /// even if it carries no act: it shows a fork, settles an owner, is what a cut names, or must be understood.
    ///
    /// New acts, charters, approvals and rotations always ask for another evaluation.
    pub fn is_touched_by(&self, id: &EntryId, header: &Header, change: Change) -> bool {
        match change {
            Change::Known => false,
            Change::Certified | Change::Forked | Change::Rotated => true,
            Change::Appended => {
                (header.critical && !header.kind.is_known())
                    || self.partners.names(id)
                    || self.acts.names(id)
            }
        }
    }
}

/// What the `vocabulary` acts that count declare of terms and fields.
fn words(acts: &Acts, held: &BTreeMap<ItemId, SignedAct>) -> Words {
    let bodies = acts
        .counting(held)
        .filter_map(|(id, signed)| match &signed.act {
            Act::Vocabulary { scheme: None, body } => Some((*id, body)),
            _ => None,
        });
    Words::of(bodies)
}

fn schemes(
    adoption: &Adoption,
    acts: &Acts,
    held: &BTreeMap<ItemId, SignedAct>,
) -> BTreeMap<SchemeId, Scheme> {
    let mut found = BTreeMap::new();
    for adopted in adoption.chain() {
        for (name, scheme) in &adopted.charter.schemes {
            found.insert(SchemeId::Charter(name.clone()), scheme.clone());
        }
    }
    for (id, signed) in acts.counting(held) {
        if let Act::Vocabulary {
            scheme: Some(scheme),
            ..
        } = &signed.act
        {
            found.insert(SchemeId::Declared(*id), scheme.clone());
        }
    }
    found
}
