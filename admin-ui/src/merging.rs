//! Two records that are one thing, and the way back.
//!
//! What the record that stays takes over, the withdrawal of the other one and what is said of the pair leave in one entry. So the edit
//! that took values over can be found again on every node, from the withdrawal that came with it, and taken back when somebody says
//! later that they are two things.

use std::collections::{BTreeMap, BTreeSet};

use crdt_schema::draft::{Draft, Wanted};
use crdt_schema::edit::{State, Value};
use crdt_schema::id::{EntryId, RecordId};
use crdt_schema::record::{REPLACED_BY, WITHDRAWN, field_of_every_kind, restoring, withdrawing};
use crdt_schema::statement::{Duplicate, Sameness, Statement};
use crdt_schema::view::RecordView;
use crdt_schema::vocabulary::Words;
use replica::{ContributeError, EditInfo, Fault, NewItem, Reader, Replica, StateError};

use crate::files::{fields_of, restored};
use crate::mandates::OwnMandate;

/// What the record that stays is to say in a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// The terms of both.
    Both,
    /// What it says already.
    Kept,
    /// What the other one says.
    Taken,
}

/// Choices by field.
pub type Choices = BTreeMap<String, Choice>;

/// Two records as they read at some heads.
#[derive(Debug, Clone, Copy)]
pub struct Sides<'v> {
    /// The one that stays.
    pub stays: &'v RecordView,
    /// The one that is withdrawn.
    pub other: &'v RecordView,
}

/// What splitting two records again did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Split {
    /// The records that are withdrawn no more.
    pub restored: Vec<RecordId>,
    /// What stayed as it was merged, because somebody has changed it since: the record and its fields.
    pub kept: Vec<(RecordId, Vec<String>)>,
    /// Records that our mandate does not cover: they stay as they were merged, and what is said of the pair lets another partner go on.
    pub outside: Vec<RecordId>,
}

/// Why two records were not merged.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// They are merged already, with the other one in the place of this one.
    #[error(
        "they are one already, the other way round: say that they are two things first, then merge them as you want"
    )]
    OtherWay,
    /// Our mandate does not cover these: one edit that counts for nothing would void all that is signed with it.
    #[error(
        "your mandate does not cover both records, and the merge would have no effect: ask a partner whose mandate does, or a coordinator to extend yours"
    )]
    Outside(Vec<RecordId>),
    /// It was not signed.
    #[error(transparent)]
    State(#[from] StateError),
}

impl MergeError {
    /// Returns the stable code.
    pub fn code(&self) -> &'static str {
        match self {
            MergeError::OtherWay => "merged_other_way",
            MergeError::Outside(_) => "outside_mandate",
            MergeError::State(error) => error.code(),
        }
    }
}

impl Choice {
    pub(crate) fn parse(code: &str) -> Option<Self> {
        match code {
            "both" => Some(Choice::Both),
            "kept" => Some(Choice::Kept),
            "taken" => Some(Choice::Taken),
            _ => None,
        }
    }
}

impl<'v> Sides<'v> {
    /// Returns the fields in which the two differ, each with the choice that loses nothing: what one does not say is taken, and sets are
    /// put together. Fields that a coordinator hides are left as they are.
    pub fn first_choices(&self, words: &Words) -> Choices {
        let fields = self.fields(words).into_iter();
        let differing = fields.filter_map(|name| {
            let (stays, other) = self.wanted(name);
            (stays != other).then(|| (name.to_owned(), first_choice(&stays, &other)))
        });
        differing.collect()
    }

    /// Returns whether the one that stays stands in the place of the other one already.
    pub fn are_merged(&self) -> bool {
        self.other.replaced_by() == Some(self.stays.record)
    }

    /// Returns what the record that stays is to say. A field that is kept, or of which nothing is said, is not touched, so that its
    /// authors stay. It is not withdrawn any more.
    pub fn draft(&self, words: &Words, chosen: &Choices) -> Draft {
        let mut draft = restoring();
        for name in self.fields(words) {
            let (stays, other) = self.wanted(name);
            if stays == other {
                continue;
            }
            let choice = chosen.get(name).copied();
            let wanted = match choice.unwrap_or(Choice::Kept) {
                Choice::Kept => continue,
                Choice::Taken => other,
                Choice::Both => match (stays, other) {
                    (Wanted::Terms(stays), Wanted::Terms(other)) => {
                        Wanted::Terms(stays.union(&other).cloned().collect())
                    }
                    _ => continue,
                },
            };
            draft
                .fields
                .insert(name.to_owned(), self.without_itself(wanted));
        }
        draft
    }

    /// What one of the two says of the other one, the record that stays would say of itself.
    fn without_itself(&self, wanted: Wanted) -> Wanted {
        let both = [self.stays.record, self.other.record];
        match wanted {
            Wanted::Value(Value::Record(record)) if both.contains(&record) => Wanted::Nothing,
            Wanted::Terms(mut terms) => {
                terms.retain(|term| both.iter().all(|record| record.to_string() != *term));
                Wanted::Terms(terms)
            }
            other => other,
        }
    }

    /// Returns the fields that either holds, by name, but those of every kind and those that a coordinator hides.
    pub(crate) fn fields(&self, words: &Words) -> BTreeSet<&'v str> {
        let kind = self.stays.kind();
        let views = [self.stays, self.other].into_iter();
        let held = views.flat_map(|view| view.fields().keys());
        held.map(String::as_str)
            .filter(|name| !words.hides(kind, name) && field_of_every_kind(name).is_none())
            .collect()
    }

    pub(crate) fn wanted(&self, name: &str) -> (Wanted, Wanted) {
        let of = |view: &RecordView| view.field(name).map_or(Wanted::Nothing, Wanted::of);
        (of(self.stays), of(self.other))
    }
}

pub(crate) fn first_choice(stays: &Wanted, other: &Wanted) -> Choice {
    match (stays, other) {
        (Wanted::Nothing, _) => Choice::Taken,
        (Wanted::Terms(_), Wanted::Terms(_)) => Choice::Both,
        _ => Choice::Kept,
    }
}

/// Says that two records are one thing: the first says what `taken` wants, the other one is withdrawn with the first in its place. Of two
/// that are merged so already, it is only said again.
pub fn merge(
    replica: &Replica,
    sides: Sides<'_>,
    taken: &Draft,
    why: &str,
) -> Result<EntryId, MergeError> {
    let said = Duplicate::new(Sameness::Same, why).map_err(StateError::from)?;
    let Sides { stays, other } = sides;
    let pair = (stays.record, other.record);
    if stays.replaced_by() == Some(other.record) {
        return Err(MergeError::OtherWay);
    }
    if sides.are_merged() {
        return Ok(sign(replica, Vec::new(), pair, said)?);
    }
    let in_one_line = why.split_whitespace().collect::<Vec<_>>().join(" ");
    let withdrawn = withdrawing(&in_one_line, Some(stays.record));
    let own = OwnMandate::of(replica);
    let (mut items, mut outside) = (Vec::new(), Vec::new());
    for (view, draft) in [(stays, taken), (other, &withdrawn)] {
        if let Some(item) = edit(view, draft) {
            items.push(item);
            let is_covered = own.as_ref().is_none_or(|own| own.covers_record(view));
            outside.extend((!is_covered).then_some(view.record));
        }
    }
    if !outside.is_empty() {
        return Err(MergeError::Outside(outside));
    }
    Ok(sign(replica, items, pair, said)?)
}

/// Says that two records are two things. Those that were withdrawn for the other one, when somebody said that they are one, are restored;
/// what the other one took over then, and nobody has touched since, reads again as it did before.
pub fn split(
    replica: &Replica,
    pair: (RecordId, RecordId),
    why: &str,
) -> Result<(EntryId, Split), StateError> {
    let said = Duplicate::new(Sameness::Distinct, why)?;
    let reader = replica.read()?;
    let mut drafts: BTreeMap<RecordId, Draft> = BTreeMap::new();
    let mut split = Split::default();
    if was_merged(&reader, pair)? {
        for (record, place) in [pair, (pair.1, pair.0)] {
            let view = reader.record(&record)?;
            let Some(view) = view.filter(|view| view.replaced_by() == Some(place)) else {
                continue;
            };
            let (given_back, kept) = given_back(&reader, &view, &place)?;
            split.restored.push(record);
            if !kept.is_empty() {
                split.kept.push((place, kept.into_iter().collect()));
            }
            for (record, draft) in [(record, restoring()), (place, given_back)] {
                drafts
                    .entry(record)
                    .or_default()
                    .fields
                    .extend(draft.fields);
            }
        }
    }
    let (own, mut items) = (OwnMandate::of(replica), Vec::new());
    for (record, draft) in &drafts {
        let Some(view) = reader.record(record)? else {
            continue;
        };
        let Some(item) = edit(&view, draft) else {
            continue;
        };
        match own.as_ref().is_none_or(|own| own.covers_record(&view)) {
            true => items.push(item),
            false => {
                split.restored.retain(|restored| restored != record);
                split.outside.push(*record);
            }
        }
    }
    Ok((sign(replica, items, pair, said)?, split))
}

/// Whoever is unsure today may have been sure before.
fn was_merged(reader: &Reader, pair: (RecordId, RecordId)) -> Result<bool, Fault> {
    let mut said = reader.all_statements(&pair.0)?.into_iter();
    Ok(said.any(|held| {
        let is_pair = [held.frame.other, Some(held.frame.subject)].contains(&Some(pair.1));
        let verdict = held.statement.as_ref().map(|statement| match statement {
            Statement::Duplicate(said) => said.verdict() == Sameness::Same,
            _ => false,
        });
        is_pair && verdict == Some(true)
    }))
}

/// Returns what a record should say again that took over values of another when that one was withdrawn, and the fields that stay.
fn given_back(
    reader: &Reader,
    withdrawn: &RecordView,
    place: &RecordId,
) -> Result<(Draft, BTreeSet<String>), Fault> {
    let (mut draft, mut kept) = (Draft::default(), BTreeSet::new());
    let Some(now) = reader.record(place)? else {
        return Ok((draft, kept));
    };
    let entries = withdrawal_entries(reader, withdrawn, place)?;
    for taking in reader.edits(place)? {
        if taking.state != State::Live || !entries.contains(&taking.entry) {
            continue;
        }
        let mut fields = fields_of(&taking);
        // What is restored is not withdrawn again.
        fields.retain(|name| ![WITHDRAWN.name, REPLACED_BY.name].contains(&name.as_str()));
        let before = reader.record_at(place, &taking.base)?;
        let after = reader.record_at(place, &[taking.id])?;
        let (wanted, others) = restored(&fields, before.as_ref(), after.as_ref(), &now);
        draft.fields.extend(wanted.fields);
        kept.extend(others);
    }
    Ok((draft, kept))
}

/// The entries that withdrew a record for the sake of another, as it reads now.
fn withdrawal_entries(
    reader: &Reader,
    withdrawn: &RecordView,
    place: &RecordId,
) -> Result<BTreeSet<EntryId>, Fault> {
    let edits = reader.edits(&withdrawn.record)?;
    let of = |id| edits.iter().find(|edit: &&EditInfo| edit.id == id);
    let held = withdrawn.field(REPLACED_BY.name);
    let written = held.into_iter().flat_map(|field| &field.values);
    Ok(written
        .filter(|written| written.value == Value::Record(*place))
        .filter_map(|written| Some(of(written.edit)?.entry))
        .collect())
}

fn edit(view: &RecordView, draft: &Draft) -> Option<NewItem> {
    let operations = draft.operations(view.fields());
    let base = view.heads.clone();
    (!operations.is_empty()).then(|| NewItem::of_edit(view.record, base, None, operations))
}

fn sign(
    replica: &Replica,
    mut items: Vec<NewItem>,
    (record, other): (RecordId, RecordId),
    said: Duplicate,
) -> Result<EntryId, StateError> {
    let statement = Statement::Duplicate(said);
    items.push(NewItem {
        frame: statement.frame(record, Some(other))?,
        content: statement.to_content(),
    });
    let signed = replica.contribute(items)?;
    let last = signed.last().copied();
    last.ok_or(StateError::NotSigned(ContributeError::ReadOnly))
}
