//! What a genuine proof shows.

use crate::governance::{Label, Position, Scheme};
use crate::id::{CharterId, EntryId, FederationId, FeedId, PartnerId};
use crate::label::{Day, Origin, State};
use crate::time::Timestamp;

/// What a genuine proof shows. It may well be that the label has ended: the state says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The federation. Whoever reads the verdict compares it with the one expected: anybody can found another of the same name.
    pub federation: FederationId,
    /// Its name in the newest charter that the proof holds.
    pub federation_name: String,
    /// That charter.
    pub charter: CharterId,
    /// Its version.
    pub charter_version: u64,
    /// The label.
    pub label: Label,
    /// The rules.
    pub scheme: Scheme,
    /// Whose rules they are.
    pub origin: Origin,
    /// The name of the coordinator whose own scheme it is.
    pub origin_name: Option<String>,
    /// The record's name, where the scheme binds it; several where partners disagreed.
    pub record_names: Vec<String>,
    /// The partners that decided it.
    pub signers: Vec<Signer>,
    /// The members of the committee that ended it, each with the reason.
    pub withdrawals: Vec<(String, String)>,
    /// The fields that read differently when the proof was made, if the record had changed.
    pub changed: Option<Vec<String>>,
    /// Its first day.
    pub first_day: Day,
    /// Its last day.
    pub last_day: Day,
    /// Its state on the day that was asked.
    pub state: State,
    /// Whether that day is not before its first one.
    pub has_begun: bool,
    /// As of when: the time of making, as the maker says. Nothing later is known.
    pub made: Timestamp,
    /// According to whom: the partner that made the proof.
    pub maker: PartnerId,
    /// Its name, where the proof shows that it is of the federation.
    pub maker_name: Option<String>,
    /// The last entries of the committee's feeds that the maker held.
    pub seen: Vec<(FeedId, Position)>,
    /// The credential, as JSON for a wallet. It shows the signature of one coordinator only.
    pub credential: String,
}

/// A partner that decided the label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// The partner.
    pub partner: PartnerId,
    /// Its name.
    pub name: String,
    /// The entry.
    pub entry: EntryId,
    /// When it says that it signed.
    pub claimed: Timestamp,
}
