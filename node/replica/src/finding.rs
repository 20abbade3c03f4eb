//! Finding records: what the search index answers, and what it needs to be told first of labels, which no record holds.

use std::collections::{BTreeMap, BTreeSet};

use crdt_schema::id::RecordId;
use crdt_schema::label::{Day, Standing};
use crdt_schema::statement::Due;

use crate::indexing::{LINKS, TILES};
use crate::neighbourhoods::{OUTLINE, OUTLINED};
use crate::replica::Replica;
use crate::search::{AMONG_MAX, Answer, Error, FACET_VALUES_MAX, Query};

impl Replica {
    /// Searches the records. What was saved an instant ago may be missing until its view is built.
    pub fn search(&self, query: &Query) -> Result<Answer, Error> {
        self.learn();
        let mut answer = match self.told(query)? {
            Some(query) => self.index().search(&query),
            None => self.index().search(query),
        }?;
        for facet in [OUTLINE, OUTLINED, TILES] {
            answer.facets.remove(facet);
        }
        Ok(answer)
    }

    /// Returns all records that a search finds, by their id: 16 bytes each, and no page of hits.
    pub fn found(&self, query: &Query) -> Result<Vec<RecordId>, Error> {
        self.learn();
        match self.told(query)? {
            Some(query) => self.index().records(&query),
            None => self.index().records(query),
        }
    }

    /// Counts what a search finds.
    pub fn count(&self, query: &Query) -> Result<u64, Error> {
        self.learn();
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

    /// Counts what a search finds by labels, whatever the query says of these: by the scheme, of labels that stand as the query asks,
    /// and by how they stand, of the schemes that it asks for. What counts nothing is left out.
    pub fn count_labels(&self, query: &Query) -> Result<LabelCounts, Error> {
        let mut counts = LabelCounts::default();
        let Some(today) = query.today else {
            return Ok(counts);
        };
        self.learn();
        // Links are followed as the list does.
        let links = query.facets.get(LINKS).filter(|links| !links.is_empty());
        let led = links.map(|links| self.with_replaced(query, links));
        let led = led.transpose()?;
        let query = led.as_ref().unwrap_or(query);
        let labels = self.labels_on(today)?;
        let count = |schemes: &BTreeSet<String>, standings: &BTreeSet<Standing>| {
            let records = having(&labels, schemes, standings);
            // More than a search may name: the others can still be counted.
            if records.is_empty() || records.len() > AMONG_MAX {
                return Ok(0);
            }
            let one = Query {
                labels: BTreeSet::new(),
                standings: BTreeSet::new(),
                among: Some(within(query.among.as_ref(), records)),
                ..query.clone()
            };
            self.index().count(&one)
        };
        let schemes: BTreeSet<&String> = labels.iter().map(|label| &label.scheme).collect();
        for scheme in schemes {
            let found = count(&[scheme.clone()].into(), &query.standings)?;
            if found > 0 {
                counts.by_scheme.insert(scheme.clone(), found);
            }
        }
        for standing in Standing::ALL {
            let found = count(&query.labels, &[standing].into())?;
            if found > 0 {
                counts.by_standing.insert(standing, found);
            }
        }
        Ok(counts)
    }

    /// Returns the number of the newest change that searches show. What changes later has a greater one, in this store and in any that
    /// takes its place.
    pub fn searched_change(&self) -> u64 {
        self.index().progress().unwrap_or(0)
    }

    /// Tells the index what terms are called and which are wider than others: the federation may have declared some anew.
    fn learn(&self) {
        self.index().learn(self.state().governance().words());
    }

    /// Says of which records a query asks, where it asks for labels or for links: what leads to a record that was replaced leads to the
    /// one in its place.
    fn told(&self, query: &Query) -> Result<Option<Query>, Error> {
        let links = query.facets.get(LINKS).filter(|links| !links.is_empty());
        let asks_labels = !query.labels.is_empty() || !query.standings.is_empty();
        let query = match links {
            Some(links) => &self.with_replaced(query, links)?,
            None if !asks_labels => return Ok(None),
            None => query,
        };
        if !asks_labels {
            return Ok(Some(query.clone()));
        }
        let held = match query.today {
            Some(today) => having(&self.labels_on(today)?, &query.labels, &query.standings),
            None => BTreeSet::new(),
        };
        Ok(Some(Query {
            among: Some(within(query.among.as_ref(), held)),
            ..query.clone()
        }))
    }

    fn with_replaced(&self, query: &Query, links: &BTreeSet<String>) -> Result<Query, Error> {
        let mut all = links.clone();
        let named: Vec<RecordId> = links
            .iter()
            .filter_map(|id| RecordId::parse(id).ok())
            .collect();
        for record in &named {
            for replaced in self.replaced(record)? {
                if all.len() < FACET_VALUES_MAX {
                    all.insert(replaced.to_string());
                }
            }
        }
        let mut facets = query.facets.clone();
        facets.insert(LINKS.to_owned(), all);
        // What names a record that was merged into it is not linked to itself.
        let except = match named[..] {
            [alone] => &query.except | &BTreeSet::from([alone]),
            _ => query.except.clone(),
        };
        Ok(Query {
            facets,
            except,
            ..query.clone()
        })
    }

    fn labels_on(&self, today: Day) -> Result<Vec<Found>, Error> {
        let labels = self.read().and_then(|reader| reader.standings(today));
        let labels = labels?.into_iter().map(|(label, standing)| Found {
            scheme: label.scheme.to_string(),
            record: label.record,
            standing,
        });
        Ok(labels.collect())
    }
}

/// What a search counts by labels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LabelCounts {
    /// Records by the scheme and its version.
    pub by_scheme: BTreeMap<String, u64>,
    /// Records by how a label of theirs stands.
    pub by_standing: BTreeMap<Standing, u64>,
}

/// What a search looks at in a label.
struct Found {
    scheme: String,
    record: RecordId,
    standing: Standing,
}

/// The records that have a label of one of these schemes, of any where none is named, that stands so: in force, where nothing is said.
fn having(
    labels: &[Found],
    schemes: &BTreeSet<String>,
    standings: &BTreeSet<Standing>,
) -> BTreeSet<RecordId> {
    let is_wanted = |label: &&Found| {
        let stands = match standings.is_empty() {
            true => label.standing.is_in_force(),
            false => standings.contains(&label.standing),
        };
        stands && (schemes.is_empty() || schemes.contains(&label.scheme))
    };
    let wanted = labels.iter().filter(is_wanted);
    wanted.map(|label| label.record).collect()
}

fn within(among: Option<&BTreeSet<RecordId>>, records: BTreeSet<RecordId>) -> BTreeSet<RecordId> {
    match among {
        Some(among) => records.intersection(among).copied().collect(),
        None => records,
    }
}
