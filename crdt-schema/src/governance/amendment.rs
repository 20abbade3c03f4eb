//! Amendments: a charter said as what it changes in the one before it. The same words draft a charter and show it to who votes.

use std::collections::BTreeMap;

use crate::governance::{
    Charter, Confirmed, Coordinator, Position, Quotas, Recovery, Scheme, SchemeName, Seat,
};
use crate::id::{FeedId, PartnerId};

/// One change of a charter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Amendment {
    /// The federation's name.
    Name(String),
    /// All seats, in their order, and how many must approve.
    Seats(Vec<Seat>, u32),
    /// The keys kept aside.
    Recovery(Recovery),
    /// A partner decides from day to day, or decides otherwise than before.
    Coordinator(PartnerId, Coordinator),
    /// A partner no longer decides.
    DropCoordinator(PartnerId),
    /// A partner is enrolled by the charter itself, or otherwise than before.
    Confirm(PartnerId, Confirmed),
    /// A partner is no longer enrolled by the charter itself.
    Release(PartnerId),
    /// Nothing that a feed holds after this place counts.
    Cut(FeedId, Position),
    /// A label scheme of the federation.
    Scheme(SchemeName, Scheme),
    /// A label scheme that the federation gives up.
    DropScheme(SchemeName),
    /// What one partner may publish in a day.
    Quotas(Quotas),
    /// The lowest version of the exchange protocol.
    MinProtocol(u32),
}

impl Amendment {
    /// Returns the words in it that people wrote.
    pub fn texts(&self) -> Vec<&str> {
        match self {
            Amendment::Name(name) => vec![name],
            Amendment::Seats(seats, _) => seats.iter().map(|seat| seat.id.as_str()).collect(),
            Amendment::Scheme(_, scheme) => scheme.texts(),
            _ => Vec::new(),
        }
    }
}

/// Why a charter cannot follow another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AmendmentError {
    /// Nothing would change.
    #[error("the proposal changes nothing")]
    Nothing,
    /// There is no later version.
    #[error("the charter has no later version")]
    LastVersion,
    /// More seats must approve than there are, or so few that two rival charters could both pass.
    #[error("more than half of the seats must approve, and no more than there are")]
    Threshold,
    /// Two seats have one key.
    #[error("two seats have the same key")]
    SeatTwice,
    /// A cut can only be tightened.
    #[error("a cut can be moved to an earlier place, never to a later one")]
    LooserCut,
    /// More recovery signatures would be needed than there are keys.
    #[error("the recovery asks for more signatures than it has keys")]
    Recovery,
}

impl AmendmentError {
    /// Returns the stable code of this error.
    pub fn code(self) -> &'static str {
        match self {
            AmendmentError::Nothing => "charter_unchanged",
            AmendmentError::LastVersion => "charter_last_version",
            AmendmentError::Threshold => "charter_threshold",
            AmendmentError::SeatTwice => "charter_seat_twice",
            AmendmentError::LooserCut => "charter_looser_cut",
            AmendmentError::Recovery => "charter_recovery",
        }
    }
}

impl Charter {
    /// Drafts the charter that follows this one. A draft that no vote could adopt is refused.
    pub fn amended(&self, amendments: Vec<Amendment>) -> Result<Charter, AmendmentError> {
        let mut next = Charter {
            federation: Some(self.federation()),
            version: self
                .version
                .checked_add(1)
                .ok_or(AmendmentError::LastVersion)?,
            parent: Some(self.id()),
            ..self.clone()
        };
        for amendment in amendments {
            next.apply(amendment);
        }
        self.check_draft(&next)?;
        Ok(next)
    }

    /// Returns what a charter changes in this one, in an order that does not depend on who asks.
    pub fn amendments(&self, next: &Charter) -> Vec<Amendment> {
        let mut found = Vec::new();
        if self.name != next.name {
            found.push(Amendment::Name(next.name.clone()));
        }
        if (&self.seats, self.k) != (&next.seats, next.k) {
            found.push(Amendment::Seats(next.seats.clone(), next.k));
        }
        if self.recovery != next.recovery {
            found.push(Amendment::Recovery(next.recovery.clone()));
        }
        let (set, dropped) = changes(&self.coordinators, &next.coordinators);
        found.extend(set.map(|(id, its)| Amendment::Coordinator(*id, its.clone())));
        found.extend(dropped.map(|id| Amendment::DropCoordinator(*id)));
        let (set, dropped) = changes(&self.partners, &next.partners);
        found.extend(set.map(|(id, its)| Amendment::Confirm(*id, its.clone())));
        found.extend(dropped.map(|id| Amendment::Release(*id)));
        let (set, _) = changes(&self.cuts, &next.cuts);
        found.extend(set.map(|(feed, place)| Amendment::Cut(*feed, *place)));
        let (set, dropped) = changes(&self.schemes, &next.schemes);
        found.extend(set.map(|(name, its)| Amendment::Scheme(name.clone(), its.clone())));
        found.extend(dropped.map(|name| Amendment::DropScheme(name.clone())));
        if self.quotas != next.quotas {
            found.push(Amendment::Quotas(next.quotas));
        }
        if self.min_protocol != next.min_protocol {
            found.push(Amendment::MinProtocol(next.min_protocol));
        }
        found
    }

    fn apply(&mut self, amendment: Amendment) {
        match amendment {
            Amendment::Name(name) => self.name = name,
            Amendment::Seats(seats, k) => {
                self.seats = seats;
                self.k = k;
            }
            Amendment::Recovery(recovery) => self.recovery = recovery,
            Amendment::Coordinator(partner, its) => {
                self.coordinators.insert(partner, its);
            }
            Amendment::DropCoordinator(partner) => {
                self.coordinators.remove(&partner);
            }
            Amendment::Confirm(partner, its) => {
                self.partners.insert(partner, its);
            }
            Amendment::Release(partner) => {
                self.partners.remove(&partner);
            }
            Amendment::Cut(feed, place) => {
                self.cuts.insert(feed, place);
            }
            Amendment::Scheme(name, scheme) => {
                self.schemes.insert(name, scheme);
            }
            Amendment::DropScheme(name) => {
                self.schemes.remove(&name);
            }
            Amendment::Quotas(quotas) => self.quotas = quotas,
            Amendment::MinProtocol(version) => self.min_protocol = version,
        }
    }

    fn check_draft(&self, next: &Charter) -> Result<(), AmendmentError> {
        if self.amendments(next).is_empty() {
            return Err(AmendmentError::Nothing);
        }
        let seats = next.seats.len() as u64;
        let k = u64::from(next.k);
        if k > seats || 2 * k <= seats {
            return Err(AmendmentError::Threshold);
        }
        let keys: std::collections::BTreeSet<_> = next.seats.iter().map(|seat| seat.key).collect();
        if keys.len() as u64 != seats {
            return Err(AmendmentError::SeatTwice);
        }
        if next.recovery.k as usize > next.recovery.keys.len() {
            return Err(AmendmentError::Recovery);
        }
        let is_tighter = |(feed, before): (&FeedId, &Position)| {
            next.cuts
                .get(feed)
                .is_some_and(|now| now == before || now.sequence < before.sequence)
        };
        if self.cuts.iter().all(is_tighter) {
            Ok(())
        } else {
            Err(AmendmentError::LooserCut)
        }
    }
}

/// What was set, and what was dropped, between two tables.
fn changes<'c, K: Ord, V: PartialEq>(
    before: &'c BTreeMap<K, V>,
    after: &'c BTreeMap<K, V>,
) -> (
    impl Iterator<Item = (&'c K, &'c V)>,
    impl Iterator<Item = &'c K>,
) {
    let set = after
        .iter()
        .filter(|(key, value)| before.get(*key) != Some(*value));
    let dropped = before.keys().filter(|key| !after.contains_key(*key));
    (set, dropped)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::governance::{Criterion, Mandate, Selection};
    use crate::id::EntryId;
    use crate::key::SecretKey;

    fn seat(number: u8) -> Seat {
        Seat {
            id: format!("siège {number}"),
            key: *SecretKey::from_bytes(&[number; 32]).public().as_bytes(),
        }
    }

    fn place(sequence: u64) -> Position {
        Position {
            sequence,
            entry: EntryId::from_bytes([7; 32]),
        }
    }

    fn charter() -> Charter {
        Charter {
            federation: None,
            version: 0,
            parent: None,
            name: "Loiret".to_owned(),
            seats: vec![seat(1)],
            k: 1,
            recovery: Recovery::default(),
            coordinators: BTreeMap::new(),
            partners: BTreeMap::new(),
            cuts: [(FeedId::from_bytes([1; 32]), place(5))].into(),
            schemes: BTreeMap::new(),
            quotas: Quotas::default(),
            min_protocol: 1,
        }
    }

    fn partner(number: u8) -> PartnerId {
        PartnerId::from_bytes([number; 32])
    }

    #[test]
    fn the_words_of_an_amendment_are_those_that_people_wrote() {
        let criterion = Criterion {
            id: "a".to_owned(),
            title: "Ouvert à tous".to_owned(),
            weight: 1,
            mandatory: false,
        };
        let scheme = Scheme {
            title: "Accueil".to_owned(),
            criteria: vec![criterion],
            fields: vec!["name".to_owned()],
            complements: vec!["Label d’ailleurs".to_owned()],
            ..Scheme::default()
        };
        let name = SchemeName {
            id: "accueil".to_owned(),
            version: 1,
        };
        let words = |amendment: Amendment| amendment.texts().join("|");
        assert_eq!(words(Amendment::Name("Loiret".to_owned())), "Loiret");
        let seats = vec![seat(1), seat(2)];
        assert_eq!(words(Amendment::Seats(seats, 1)), "siège 1|siège 2");
        assert_eq!(
            words(Amendment::Scheme(name, scheme)),
            "Accueil|Ouvert à tous|Label d’ailleurs"
        );
        assert_eq!(words(Amendment::MinProtocol(1)), "");
    }

    fn coordinator() -> Coordinator {
        Coordinator {
            root: [3; 32],
            name: "Ville".to_owned(),
            rights: Selection::All,
            mandate: Mandate::everything(),
        }
    }

    fn confirmed() -> Confirmed {
        Confirmed {
            root: [3; 32],
            name: "Ville".to_owned(),
            mandate: Mandate::everything(),
        }
    }

    fn many() -> Vec<Amendment> {
        let name = SchemeName {
            id: "terre".to_owned(),
            version: 2,
        };
        vec![
            Amendment::Name("Loiret et Cher".to_owned()),
            Amendment::Seats(vec![seat(1), seat(2), seat(3)], 2),
            Amendment::Recovery(Recovery {
                keys: vec![[1; 32]],
                k: 1,
            }),
            Amendment::Coordinator(partner(2), coordinator()),
            Amendment::Confirm(partner(3), confirmed()),
            Amendment::Cut(FeedId::from_bytes([1; 32]), place(4)),
            Amendment::Cut(FeedId::from_bytes([2; 32]), place(9)),
            Amendment::Scheme(name, Scheme::default()),
            Amendment::Quotas(Quotas {
                entries_per_day: Some(5),
                bytes_per_day: None,
            }),
            Amendment::MinProtocol(2),
        ]
    }

    #[test]
    fn what_a_charter_changes_drafts_it_again() {
        let before = charter();
        let after = before.amended(many()).unwrap();
        assert_eq!(before.amendments(&after), many());
        assert_eq!(before.amended(before.amendments(&after)), Ok(after.clone()));
        let undone = vec![
            Amendment::DropCoordinator(partner(2)),
            Amendment::Release(partner(3)),
            Amendment::DropScheme(SchemeName {
                id: "terre".to_owned(),
                version: 2,
            }),
        ];
        let later = after.amended(undone.clone()).unwrap();
        assert_eq!(after.amendments(&later), undone);
        assert_eq!(
            (later.version, later.parent, later.federation),
            (2, Some(after.id()), Some(before.federation()))
        );
    }

    #[test]
    fn each_amendment_alone_is_found_again() {
        for amendment in many() {
            let before = charter();
            let after = before.amended(vec![amendment.clone()]).unwrap();
            assert_eq!(before.amendments(&after), [amendment]);
        }
    }

    #[test]
    fn a_draft_that_no_vote_could_adopt_is_refused() {
        let before = charter();
        let refused = |amendment| before.amended(vec![amendment]).unwrap_err();
        assert_eq!(before.amended(vec![]), Err(AmendmentError::Nothing));
        assert_eq!(
            refused(Amendment::Name("Loiret".to_owned())),
            AmendmentError::Nothing
        );
        let seats = |count: u8, k| Amendment::Seats((1..=count).map(seat).collect(), k);
        for (count, k) in [(3, 1), (3, 4), (2, 1), (4, 2), (0, 0)] {
            assert_eq!(
                refused(seats(count, k)),
                AmendmentError::Threshold,
                "{count} {k}"
            );
        }
        for (count, k) in [(3, 2), (3, 3), (2, 2), (4, 3)] {
            assert!(before.amended(vec![seats(count, k)]).is_ok(), "{count} {k}");
        }
        assert_eq!(
            refused(Amendment::Seats(vec![seat(1), seat(1)], 2)),
            AmendmentError::SeatTwice
        );
        let cut = |sequence, entry| {
            let entry = EntryId::from_bytes([entry; 32]);
            Amendment::Cut(FeedId::from_bytes([1; 32]), Position { sequence, entry })
        };
        assert_eq!(refused(cut(6, 7)), AmendmentError::LooserCut);
        assert_eq!(refused(cut(5, 8)), AmendmentError::LooserCut);
        assert!(before.amended(vec![cut(4, 8)]).is_ok());
        let recovery = Recovery {
            keys: vec![[1; 32]],
            k: 2,
        };
        assert_eq!(
            refused(Amendment::Recovery(recovery)),
            AmendmentError::Recovery
        );
    }
}
