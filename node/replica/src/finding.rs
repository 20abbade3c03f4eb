//! Finding records: what the search index answers, and what it needs to be told first of labels, which no record holds.

use std::collections::{BTreeMap, BTreeSet};

use crdt_schema::id::RecordId;
use crdt_schema::label::Day;
use crdt_schema::statement::Due;

use crate::indexing::LINKS;
use crate::replica::Replica;
use crate::search::{AMONG_MAX, Answer, Error, FACET_VALUES_MAX, Query};

impl Replica {
    /// Searches the records. What was saved an instant ago may be missing until its view is built.
    pub fn search(&self, query: &Query) -> Result<Answer, Error> {
        self.learn(query);
        match self.told(query)? {
            Some(query) => self.index().search(&query),
            None => self.index().search(query),
        }
    }

    /// Returns all records that a search finds, by their id: 16 bytes each, and no page of hits.
    pub fn found(&self, query: &Query) -> Result<Vec<RecordId>, Error> {
        self.learn(query);
        match self.told(query)? {
            Some(query) => self.index().records(&query),
            None => self.index().records(query),
        }
    }

    /// Counts what a search finds.
    pub fn count(&self, query: &Query) -> Result<u64, Error> {
        self.learn(query);
        match self.told(query)? {
            Some(query) => self.index().count(&query),
            None => self.index().count(query),
        }
    }

    /// Counts what a search finds by how long it waits to be confirmed, whatever the query says of that.
    pub fn count_due(&self, query: &Query) -> Result<BTreeMap<Due, u64>, Error> {
        let mut counts = BTreeMap::new();
        for due in Due::ALL {
            let one = Query {
                due: BTreeSet::from([due]),
                ..query.clone()
            };
            counts.insert(due, self.count(&one)?);
        }
        Ok(counts)
    }

    /// Counts what a search finds by the labels in force, whatever the query says of these. Labels of which it finds nothing are left
    /// out.
    pub fn count_labels(&self, query: &Query) -> Result<BTreeMap<String, u64>, Error> {
        let mut counts = BTreeMap::new();
        let Some(today) = query.today else {
            return Ok(counts);
        };
        for (label, records) in self.labelled(today)? {
            // More than a search may name: the others can still be counted.
            if records.len() > AMONG_MAX {
                continue;
            }
            let one = Query {
                labels: BTreeSet::new(),
                among: Some(within(query.among.as_ref(), records)),
                ..query.clone()
            };
            let count = self.index().count(&one)?;
            if count > 0 {
                counts.insert(label, count);
            }
        }
        Ok(counts)
    }

    /// Returns the number of the newest change that searches show. What changes later has a greater one, in this store and in any that
    /// takes its place.
    pub fn searched_change(&self) -> u64 {
        self.index().progress().unwrap_or(0)
    }

    /// Tells the index what terms are called, where a query has words: the federation may have worded some anew.
    fn learn(&self, query: &Query) {
        if !query.text.is_empty() {
            self.index().learn(self.state().governance().words());
        }
    }

    /// Says of which records a query asks, where it asks for labels or for links: what leads to a record that was replaced leads to the
    /// one in its place.
    fn told(&self, query: &Query) -> Result<Option<Query>, Error> {
        let links = query.facets.get(LINKS).filter(|links| !links.is_empty());
        let query = match links {
            Some(links) => &self.with_replaced(query, links)?,
            None if query.labels.is_empty() => return Ok(None),
            None => query,
        };
        if query.labels.is_empty() {
            return Ok(Some(query.clone()));
        }
        let mut held = BTreeSet::new();
        if let Some(today) = query.today {
            for (label, records) in self.labelled(today)? {
                if query.labels.contains(&label) {
                    held.extend(records);
                }
            }
        }
        Ok(Some(Query {
            among: Some(within(query.among.as_ref(), held)),
            ..query.clone()
        }))
    }

    fn with_replaced(&self, query: &Query, links: &BTreeSet<String>) -> Result<Query, Error> {
        let mut all = links.clone();
        for record in links.iter().filter_map(|id| RecordId::parse(id).ok()) {
            for replaced in self.replaced(&record)? {
                if all.len() < FACET_VALUES_MAX {
                    all.insert(replaced.to_string());
                }
            }
        }
        let mut facets = query.facets.clone();
        facets.insert(LINKS.to_owned(), all);
        Ok(Query {
            facets,
            ..query.clone()
        })
    }

    /// The records that have a label in force, by the scheme and its version.
    fn labelled(&self, today: Day) -> Result<BTreeMap<String, BTreeSet<RecordId>>, Error> {
        let labels = self.read().and_then(|reader| reader.labels(today));
        let mut records: BTreeMap<String, BTreeSet<RecordId>> = BTreeMap::new();
        for labelled in labels? {
            if labelled.state.is_in_force() {
                let of = records.entry(labelled.label.scheme.to_string());
                of.or_default().insert(labelled.label.record);
            }
        }
        Ok(records)
    }
}

fn within(among: Option<&BTreeSet<RecordId>>, records: BTreeSet<RecordId>) -> BTreeSet<RecordId> {
    match among {
        Some(among) => records.intersection(among).copied().collect(),
        None => records,
    }
}
