//! Records as a feed: the newest first, and what went in the last four hundred days.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::Write;

use crdt_schema::edit::State;
use crdt_schema::id::RecordId;
use crdt_schema::record::{Kind, WITHDRAWN};
use crdt_schema::time::Timestamp;
use exchange::export::{About, Atom, Dated};
use replica::search::{Query, Withdrawn};
use replica::{Fault, Reader, Replica};

use super::export::{Export, ExportError};
use super::licences::{Licences, LicensedSource};
use super::records::{Records, found};

pub(super) const EPOCH: Timestamp = Timestamp::from_millis(0);
/// How long a feed says that a record went: readers that come once a year still hear it.
const DELETED_MILLIS: i64 = 400 * 24 * 3_600_000;

/// What a feed is asked for.
pub(super) struct Wanted<'a> {
    /// The search; everything without one.
    pub(super) found: Option<&'a Query>,
    /// The only kind.
    pub(super) kind: Option<&'static Kind>,
    /// Now.
    pub(super) now: Timestamp,
}

/// Writes the feed of an export.
pub(super) fn write(
    export: &Export<'_>,
    replica: &Replica,
    records: &mut Records<'_>,
    title: &str,
    out: impl Write,
) -> Result<(), ExportError> {
    let (reader, now) = (records.reader, export.now);
    // Only what orders them is kept: the rest is read again as each is written.
    let mut dated: Vec<(RecordId, Timestamp)> = Vec::new();
    records.each(&mut |view| {
        let updated = history(replica, reader, &view.record, now)?.updated;
        dated.push((view.record, updated));
        Ok(())
    })?;
    newest_first(&mut dated);
    let wanted = Wanted {
        found: export.found,
        kind: export.kind,
        now,
    };
    let licences = records.is_for_all.then_some(records.licences);
    let gone = gone(&wanted, replica, reader, licences)?;
    let list = export.address.map(|address| {
        let address = address.trim_end_matches('/');
        format!("{address}/recensement")
    });
    let newest = dated.iter().map(|(_, updated)| *updated);
    let (id, author) = (id(&wanted, replica), publisher(replica));
    let about = About {
        id: &id,
        title,
        author: &author,
        // A feed of nothing has changed when the epoch began: it must be the same each time it is written.
        updated: newest.chain(gone.values().copied()).max().unwrap_or(EPOCH),
        address: export.address,
        list: list.as_deref(),
        links: &[],
    };
    let mut atom = Atom::new(out, &about, export.reach)?;
    let sources: Vec<String> = records.sources().map(LicensedSource::line).collect();
    atom.rights(&sources)?;
    for (record, at) in &gone {
        atom.deleted(record, *at)?;
    }
    for (record, _) in &dated {
        if let Some(view) = reader.record(record)? {
            atom.record(&records.led(view)?, &history(replica, reader, record, now)?)?;
        }
    }
    atom.finish()?;
    Ok(())
}

fn newest_first(dated: &mut [(RecordId, Timestamp)]) {
    dated.sort_by_key(|(record, updated)| (Reverse(*updated), *record));
}

/// Only live edits count: what was refused has changed nothing for anybody. No day that an author claims is later than now.
pub(super) fn history(
    replica: &Replica,
    reader: &Reader,
    record: &RecordId,
    now: Timestamp,
) -> Result<Dated, Fault> {
    let mut dated = Dated {
        published: None,
        updated: EPOCH,
        authors: Vec::new(),
    };
    let edits = reader.edits(record)?;
    let state = replica.state();
    for edit in edits.iter().filter(|edit| edit.state == State::Live) {
        let claimed = edit.claimed.min(now);
        dated.updated = dated.updated.max(claimed);
        if edit.is_creation {
            dated.published = Some(dated.published.map_or(claimed, |at| at.min(claimed)));
        }
        let author = edit.partner.map(|partner| state.partner_name(&partner));
        dated.authors.extend(author);
    }
    dated.authors.sort();
    dated.authors.dedup();
    Ok(dated)
}

/// What is not in the feed any more: withdrawn records that would be in it, and erased ones. Nobody can tell of these what they were.
/// Records of sources that `licences` close never were in it.
pub(super) fn gone(
    wanted: &Wanted<'_>,
    replica: &Replica,
    reader: &Reader,
    licences: Option<&Licences>,
) -> Result<BTreeMap<RecordId, Timestamp>, ExportError> {
    let mut gone = BTreeMap::new();
    if wanted
        .found
        .is_some_and(|query| query.withdrawn != Withdrawn::LeftOut)
    {
        return Ok(gone);
    }
    let mut withdrawn = Vec::new();
    match wanted.found {
        Some(query) => withdrawn.extend(found(replica, &only_withdrawn(query, wanted.kind))?),
        None => reader.each_record(|view| {
            let is_asked = wanted.kind.is_none_or(|kind| kind.code == view.kind());
            withdrawn.extend((is_asked && view.is_withdrawn()).then_some(view.record));
            Ok::<(), Fault>(())
        })?,
    }
    for record in withdrawn {
        if let Some(licences) = licences
            && reader
                .record(&record)?
                .is_some_and(|view| licences.closes(&view))
        {
            continue;
        }
        let edits = reader.edits(&record)?;
        let withdrawals = edits.iter().filter(|edit| {
            let operations = edit.operations.as_ref().and_then(|read| read.as_ref().ok());
            let says =
                operations.is_some_and(|all| all.iter().any(|one| one.field() == WITHDRAWN.name));
            edit.state == State::Live && says
        });
        if let Some(at) = withdrawals.map(|edit| edit.claimed).max() {
            gone.insert(record, at.min(wanted.now));
        }
    }
    for status in replica.erasure_board()? {
        if let (Some(record), Some(at)) = (status.erasure.record, status.claimed) {
            let at = at.min(wanted.now);
            gone.entry(record)
                .and_modify(|known: &mut Timestamp| *known = (*known).max(at))
                .or_insert(at);
        }
    }
    let oldest = wanted.now.as_millis().saturating_sub(DELETED_MILLIS);
    gone.retain(|_, at| at.as_millis() >= oldest);
    Ok(gone)
}

fn only_withdrawn(query: &Query, kind: Option<&'static Kind>) -> Query {
    let kind = kind.map(|kind| kind.code.to_owned());
    Query {
        kind: kind.or_else(|| query.kind.clone()),
        withdrawn: Withdrawn::Only,
        ..query.clone()
    }
}

/// The same name each time for the same question of the same federation.
pub(super) fn id(wanted: &Wanted<'_>, replica: &Replica) -> String {
    let asked = wanted.found.map_or_else(String::new, question);
    let kind = wanted.kind.map_or("", |kind| kind.code);
    let federation = *replica.state().federation();
    RecordId::of(&federation, &format!("feed {kind}"), &asked, &[0; 16]).urn()
}

/// Writes what a search asks for, line by line; its order and its page ask for nothing else.
fn question(query: &Query) -> String {
    let mut lines = vec![query.text.trim().to_owned()];
    lines.extend(query.kind.iter().map(|kind| format!("kind={kind}")));
    for (facet, values) in &query.facets {
        lines.extend(values.iter().map(|value| format!("{facet}={value}")));
    }
    lines.extend(query.due.iter().map(|due| format!("due={}", due.code())));
    lines.extend(query.labels.iter().map(|label| format!("label={label}")));
    let standings = query.standings.iter();
    lines.extend(standings.map(|each| format!("label_state={}", each.word())));
    if query.withdrawn != Withdrawn::LeftOut {
        lines.push("withdrawn=yes".to_owned());
    }
    lines.join("\n")
}

pub(super) fn publisher(replica: &Replica) -> String {
    // Asked before the state is held: it holds the state itself.
    let partner = replica.partner();
    let state = replica.state();
    let own = partner.map(|partner| state.partner_name(&partner));
    own.unwrap_or_else(|| state.governance().adoption().tip().name.clone())
}

#[cfg(test)]
mod tests {
    use crdt_schema::label::Standing;
    use crdt_schema::statement::Due;

    use super::*;

    #[test]
    fn questions_that_find_other_records_are_other_feeds() {
        let facet = |value: &str| [("themes".to_owned(), [value.to_owned()].into())].into();
        let asked = [
            Query::default(),
            Query {
                text: "sport".to_owned(),
                ..Query::default()
            },
            Query {
                facets: facet("sport"),
                ..Query::default()
            },
            Query {
                facets: facet("sante"),
                ..Query::default()
            },
            Query {
                due: [Due::Never].into(),
                ..Query::default()
            },
            Query {
                due: [Due::Required].into(),
                ..Query::default()
            },
            Query {
                labels: ["accueil@1".to_owned()].into(),
                ..Query::default()
            },
            Query {
                standings: [Standing::Expired].into(),
                ..Query::default()
            },
            Query {
                withdrawn: Withdrawn::Only,
                ..Query::default()
            },
        ];
        let all: std::collections::BTreeSet<String> = asked.iter().map(question).collect();
        assert_eq!(all.len(), asked.len(), "{all:?}");
        let page = Query {
            offset: 50,
            size: 10,
            ..Query::default()
        };
        assert_eq!(question(&page), question(&Query::default()));
    }

    #[test]
    fn what_changed_last_comes_first_and_equal_moments_have_one_order() {
        let dated = |number: u8, second| {
            let record = RecordId::from_bytes([number; 16]);
            (record, Timestamp::from_millis(second))
        };
        let mut all = [dated(3, 5), dated(1, 5), dated(2, 9), dated(4, -1)];
        newest_first(&mut all);
        assert_eq!(all, [dated(2, 9), dated(1, 5), dated(3, 5), dated(4, -1)]);
    }
}
