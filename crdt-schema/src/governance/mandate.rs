//! Mandates: what a partner may write, as kinds of records × home territories.

use std::collections::BTreeSet;

use minicbor::Decoder;

use crate::cbor::{self, CborError, Wire, Writer};
use crate::governance::wire;

/// What a partner may write: a record is covered when one of the scopes covers it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mandate(Vec<Scope>);

/// Some kinds of records in some home territories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The kinds, by code.
    pub kinds: Selection,
    /// The home territories, by code.
    pub territories: Selection,
}

/// All, or those that are named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// All, also those that nobody has thought of yet.
    All,
    /// Those that are named.
    Only(BTreeSet<String>),
}

impl Mandate {
    /// Builds a mandate from its scopes.
    pub fn new(scopes: Vec<Scope>) -> Self {
        Self(scopes)
    }

    /// Builds the mandate that covers every record.
    pub fn everything() -> Self {
        Self(vec![Scope {
            kinds: Selection::All,
            territories: Selection::All,
        }])
    }

    /// Returns the scopes.
    pub fn scopes(&self) -> &[Scope] {
        &self.0
    }

    /// Returns whether a record of this kind and home territory may be written.
    pub fn covers(&self, kind: &str, territory: &str) -> bool {
        self.0.iter().any(|scope| scope.covers(kind, territory))
    }

    /// Returns what both mandates cover.
    pub fn common_part(&self, other: &Self) -> Self {
        let parts = self
            .0
            .iter()
            .flat_map(|one| other.0.iter().map(|other| one.common_part(other)));
        Self(parts.filter(|part| !part.is_empty()).collect())
    }

    /// Adds the scopes of another mandate.
    pub(crate) fn extend(&mut self, other: &Self) {
        self.0.extend_from_slice(&other.0);
    }
}

impl Scope {
    /// Returns whether a record of this kind and home territory is within the scope.
    pub fn covers(&self, kind: &str, territory: &str) -> bool {
        self.kinds.contains(kind) && self.territories.contains(territory)
    }

    fn common_part(&self, other: &Self) -> Self {
        Self {
            kinds: self.kinds.common_part(&other.kinds),
            territories: self.territories.common_part(&other.territories),
        }
    }

    fn is_empty(&self) -> bool {
        self.kinds.is_empty() || self.territories.is_empty()
    }
}

impl Selection {
    /// Builds the selection of some names.
    pub fn only<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        Selection::Only(names.into_iter().map(str::to_owned).collect())
    }

    /// Returns whether a name is selected.
    pub fn contains(&self, name: &str) -> bool {
        match self {
            Selection::All => true,
            Selection::Only(names) => names.contains(name),
        }
    }

    fn common_part(&self, other: &Self) -> Self {
        match (self, other) {
            (Selection::All, either) | (either, Selection::All) => either.clone(),
            (Selection::Only(one), Selection::Only(other)) => Selection::Only(one & other),
        }
    }

    fn is_empty(&self) -> bool {
        matches!(self, Selection::Only(names) if names.is_empty())
    }
}

impl Wire for Mandate {
    fn encode(&self, to: &mut Writer) {
        to.list(&self.0);
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, CborError> {
        cbor::list(from).map(Self)
    }
}

impl Wire for Scope {
    fn encode(&self, to: &mut Writer) {
        to.array(2).value(&self.kinds).value(&self.territories);
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, CborError> {
        cbor::array_of(from, 2)?;
        Ok(Self {
            kinds: Selection::decode(from)?,
            territories: Selection::decode(from)?,
        })
    }
}

impl Wire for Selection {
    /// `null` is all. A home territory can itself be called `*`, so no text can stand for all of them.
    fn encode(&self, to: &mut Writer) {
        match self {
            Selection::All => {
                to.null();
            }
            Selection::Only(names) => {
                to.array(names.len());
                for name in names {
                    to.text(name);
                }
            }
        }
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, CborError> {
        let names = cbor::optional(from, |from| wire::each(from, wire::name))?;
        Ok(names.map_or(Selection::All, |names| {
            Selection::Only(names.into_iter().collect())
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(kinds: Selection, territories: Selection) -> Scope {
        Scope { kinds, territories }
    }

    #[test]
    fn the_territory_called_star_is_one_territory_and_not_all_of_them() {
        let national = Mandate::new(vec![scope(Selection::All, Selection::only(["*"]))]);
        assert!(national.covers("event", "*"));
        assert!(!national.covers("event", "35"));
        let bytes = national.to_cbor();
        assert_eq!(cbor::decode_exact(&bytes), Ok(national));
    }

    #[test]
    fn the_common_part_covers_what_both_cover_and_nothing_else() {
        let one = Mandate::new(vec![
            scope(Selection::only(["event"]), Selection::All),
            scope(Selection::All, Selection::only(["22"])),
        ]);
        let other = Mandate::new(vec![scope(
            Selection::only(["action", "event"]),
            Selection::only(["22", "35"]),
        )]);
        let both = one.common_part(&other);
        for kind in ["action", "event", "place"] {
            for territory in ["22", "29", "35", "*"] {
                assert_eq!(
                    both.covers(kind, territory),
                    one.covers(kind, territory) && other.covers(kind, territory),
                    "{kind} {territory}"
                );
            }
        }
        assert_eq!(one.common_part(&Mandate::everything()), one);
    }

    #[test]
    fn scopes_that_do_not_meet_leave_nothing() {
        let one = Mandate::new(vec![scope(Selection::only(["event"]), Selection::All)]);
        let other = Mandate::new(vec![scope(Selection::only(["action"]), Selection::All)]);
        assert!(one.common_part(&other).scopes().is_empty());
        assert!(!Mandate::default().covers("event", "35"));
    }

    #[test]
    fn names_out_of_order_or_twice_are_refused() {
        for names in [["b", "a"], ["a", "a"]] {
            let mut writer = Writer::default();
            writer.array(2);
            for name in names {
                writer.text(name);
            }
            let bytes = writer.into_bytes();
            assert_eq!(
                cbor::decode_exact::<Selection>(&bytes),
                Err(CborError::NotDeterministic)
            );
        }
    }
}
