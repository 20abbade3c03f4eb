//! Campaigns: which records one asks to confirm, how far that is, and what remains. Nothing of it is stored: it is computed from the
//! *verified* statements each time it is shown.

use std::collections::{BTreeMap, BTreeSet};

use crdt_schema::edit::{Field, Value};
use crdt_schema::id::{PartnerId, RecordId};
use crdt_schema::label::Day;
use crdt_schema::record::Kind;
use crdt_schema::statement::Due;
use crdt_schema::view::RecordView;
use replica::search::{AMONG_MAX, Confirming, Error, PAGE_MAX, Query, Refused, Sort};
use replica::{KEEPER, Reader, Replica, State as Held};

use crate::files::text_of;
use crate::pages::asked::Asked;

/// The kind of the records that are campaigns.
pub(crate) const KIND: &str = "campaign";
/// Records of which each section is looked at. Beyond, a record counts as done once all of its sections are confirmed: that is a condition
/// that the search index answers by itself.
pub(crate) const LOOKED_MAX: usize = 2_000;

/// What a campaign asks.
#[derive(Debug, Clone)]
pub(crate) struct Campaign {
    /// The search, where it has one.
    search: Option<Asked>,
    /// Records that are named one by one.
    records: BTreeSet<RecordId>,
    /// The sections asked; all of them when empty.
    pub(crate) sections: BTreeSet<String>,
    /// The partners asked; all of them when empty.
    partners: BTreeSet<PartnerId>,
    /// Names of partners that nobody has.
    pub(crate) unknown: Vec<String>,
    /// A confirmation before this day does not count.
    pub(crate) starts: Option<Day>,
    pub(crate) deadline: Option<Day>,
}

/// How far a campaign is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    pub(crate) total: u64,
    pub(crate) done: u64,
    /// By the partner that keeps the records: how many, and how many are done.
    pub(crate) by: BTreeMap<String, (u64, u64)>,
    /// Whether each section that is asked was looked at, or all of them were taken together.
    pub(crate) is_by_section: bool,
}

impl Campaign {
    /// Reads what a record of this kind asks.
    pub(crate) fn of(view: &RecordView, state: &Held) -> Self {
        let search = text_of(view, "search");
        let search = search.trim().trim_start_matches('?');
        let asked = Asked::read(search);
        let names: BTreeMap<String, PartnerId> = state
            .governance()
            .partners()
            .enrolled()
            .keys()
            .map(|partner| (folded(&state.partner_name(partner)), *partner))
            .collect();
        let (mut partners, mut unknown) = (BTreeSet::new(), Vec::new());
        for name in terms(view, "partners_asked") {
            match names.get(&folded(&name)) {
                Some(partner) => drop(partners.insert(*partner)),
                None => unknown.push(name),
            }
        }
        let records = terms(view, "records").into_iter();
        Self {
            search: (!search.is_empty()).then(|| lasting(asked)),
            records: records
                .filter_map(|record| RecordId::parse(&record).ok())
                .collect(),
            sections: terms(view, "sections_asked").into_iter().collect(),
            partners,
            unknown,
            starts: date(view, "starts"),
            deadline: date(view, "deadline"),
        }
    }

    /// Returns the search, where it has one.
    pub(crate) fn search(&self) -> Option<&Asked> {
        self.search.as_ref()
    }

    /// Says whether it asks for anything.
    pub(crate) fn asks_nothing(&self) -> bool {
        self.search.is_none() && self.records.is_empty()
    }

    /// Counts how far it is.
    pub(crate) fn progress(
        &self,
        replica: &Replica,
        reader: &Reader,
        today: Day,
    ) -> Result<Progress, Error> {
        let scope = self.scope(replica, today)?;
        let mut progress = self.progress_by_index(replica, &scope)?;
        if !self.sections.is_empty() && progress.total <= LOOKED_MAX as u64 {
            progress = Progress {
                is_by_section: true,
                ..Progress::default()
            };
            for record in collect(replica, &scope)? {
                let Some((is_done, keeper)) = self.looked(reader, &record, today)? else {
                    continue;
                };
                let by = progress.by.entry(keeper).or_default();
                (progress.total, by.0) = (progress.total + 1, by.0 + 1);
                if is_done {
                    (progress.done, by.1) = (progress.done + 1, by.1 + 1);
                }
            }
        }
        Ok(progress)
    }

    /// Returns the question for the records that are still to be confirmed.
    pub(crate) fn remaining(
        &self,
        replica: &Replica,
        reader: &Reader,
        today: Day,
    ) -> Result<Query, Error> {
        let scope = self.scope(replica, today)?;
        if !self.sections.is_empty() && replica.count(&scope)? <= LOOKED_MAX as u64 {
            let mut left = BTreeSet::new();
            for record in collect(replica, &scope)? {
                let looked = self.looked(reader, &record, today)?;
                if looked.is_some_and(|(is_done, _)| !is_done) {
                    left.insert(record);
                }
            }
            return Ok(Query {
                among: Some(left),
                today: Some(today),
                due: Due::ALL.into(),
                ..Query::default()
            });
        }
        Ok(Query {
            confirmed: Some(Confirming::NotSince(self.since())),
            ..scope
        })
    }

    /// The day from which a confirmation counts: any, where the campaign names none.
    fn since(&self) -> Day {
        let first = Day::parse("0001-01-01").expect("it is a day");
        self.starts.unwrap_or(first)
    }

    /// The question for all records that are asked for. What holds nothing to confirm is left out.
    fn scope(&self, replica: &Replica, today: Day) -> Result<Query, Error> {
        let all = |query: Query| Query {
            due: Due::ALL.into(),
            today: Some(today),
            ..query
        };
        let searched = self.search.as_ref();
        let searched = searched.map(|asked| all(asked.to_query(Some(today))));
        let mut scope = match searched {
            Some(query) if self.records.is_empty() => query,
            Some(query) => {
                let mut among = self.records.clone();
                among.extend(collect(replica, &query)?);
                all(Query {
                    among: Some(among),
                    ..Query::default()
                })
            }
            None => all(Query {
                among: Some(self.records.clone()),
                ..Query::default()
            }),
        };
        // Names that no partner has any more ask nobody, and not everybody.
        if !(self.partners.is_empty() && self.unknown.is_empty()) {
            let asked: BTreeSet<String> = self.partners.iter().map(PartnerId::to_string).collect();
            let chosen = scope.facets.remove(KEEPER);
            let both = chosen.map(|chosen| &chosen & &asked).unwrap_or(asked);
            // No partner at all finds nothing: a facet without values would be no selection.
            let none = || BTreeSet::from([String::new()]);
            let both = if both.is_empty() { none() } else { both };
            scope.facets.insert(KEEPER.to_owned(), both);
        }
        Ok(scope)
    }

    fn progress_by_index(&self, replica: &Replica, scope: &Query) -> Result<Progress, Error> {
        let done = Query {
            confirmed: Some(Confirming::Since(self.since())),
            ..scope.clone()
        };
        let (all, done) = (
            replica.search(&first(scope))?,
            replica.search(&first(&done))?,
        );
        let chosen = scope.facets.get(KEEPER);
        let mut by: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        for (answer, is_done) in [(&all, false), (&done, true)] {
            for count in answer.facets.get(KEEPER).into_iter().flatten() {
                // A facet is counted without its own selection.
                if chosen.is_none_or(|chosen| chosen.contains(&count.value)) {
                    let row = by.entry(count.value.clone()).or_default();
                    *(if is_done { &mut row.1 } else { &mut row.0 }) = count.count;
                }
            }
        }
        Ok(Progress {
            total: all.total,
            done: done.total,
            by,
            is_by_section: false,
        })
    }

    /// Says whether the sections asked of a record are confirmed, and who keeps it. A section that holds nothing is to be filled first.
    fn looked(
        &self,
        reader: &Reader,
        record: &RecordId,
        today: Day,
    ) -> Result<Option<(bool, String)>, Error> {
        let Some(view) = reader.record(record)? else {
            return Ok(None);
        };
        let freshness = reader.freshness(&view, Some(today))?;
        let of_kind = Kind::parse(view.kind()).map_or(&[][..], |kind| kind.sections);
        let asked = of_kind
            .iter()
            .filter(|section| self.sections.contains(section.code));
        let mut asked = asked.peekable();
        if asked.peek().is_none() {
            // Its kind has no such section: nothing is asked of it.
            return Ok(None);
        }
        let is_done = asked.all(|section| {
            let last = freshness.sections().get(section.code).copied().flatten();
            last.is_some_and(|last| last >= self.since())
        });
        let keeper = reader.keeping(&view)?.keeper;
        Ok(Some((
            is_done,
            keeper.map_or_else(String::new, |keeper| keeper.to_string()),
        )))
    }
}

/// What of a search lasts while its records are confirmed: how long they wait is what changes, and the order says nothing.
pub(crate) fn lasting(mut asked: Asked) -> Asked {
    asked.due.clear();
    asked.is_withdrawn = false;
    asked.sort = None;
    asked.page = None;
    asked
}

fn first(query: &Query) -> Query {
    Query {
        size: 1,
        offset: 0,
        ..query.clone()
    }
}

/// Collects what a search finds.
fn collect(replica: &Replica, query: &Query) -> Result<BTreeSet<RecordId>, Error> {
    let mut records = BTreeSet::new();
    for offset in (0..).step_by(PAGE_MAX) {
        let page = Query {
            sort: Sort::Name,
            size: PAGE_MAX,
            offset,
            ..query.clone()
        };
        let answer = replica.search(&page)?;
        if answer.total > AMONG_MAX as u64 {
            return Err(Refused::TooManyRecords { max: AMONG_MAX }.into());
        }
        records.extend(answer.hits.iter().map(|hit| hit.record));
        if answer.hits.len() < PAGE_MAX {
            break;
        }
    }
    Ok(records)
}

fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}

fn date(view: &RecordView, field: &str) -> Option<Day> {
    match view
        .field(field)
        .and_then(Field::winner)
        .map(|it| &it.value)
    {
        Some(Value::Date(date)) => Day::parse(date),
        _ => None,
    }
}

fn terms(view: &RecordView, field: &str) -> Vec<String> {
    let field = view.field(field);
    field.map_or_else(Vec::new, |field| field.terms.keys().cloned().collect())
}
