//! The one thread that writes to the store. Requests come through a bounded queue (a full one makes the caller wait), are grouped
//! into one transaction, and are answered after its commit.

use std::collections::BTreeSet;
use std::collections::btree_map::Entry;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use crdt_schema::entry::{Kind, VerifiedEntry};
use crdt_schema::governance::{Approval, Charter, Governance};
use crdt_schema::id::{EntryId, FeedId, ItemId};
use crdt_schema::label::Labels;
use redb::{Durability, ReadTransaction, ReadableTable, WriteTransaction};

use crate::apply::{Numbers, Tables};
use crate::author::{Author, NewItem};
use crate::erasure::{Clearing, finish};
use crate::fault::Fault;
use crate::materialise::EntryCache;
use crate::published::{Published, Sidecar};
use crate::request::{Answers, Ingested, Reply, Request, later};
use crate::shared::{News, Shared};
use crate::signing::Signing;
use crate::state::{State, Unsettled};
use crate::store::{PayloadPacker, StoreFile};
use crate::view_rows::{Dictionary, ViewTables};

/// Requests that wait for the writer: enough to fill a transaction while the one before is on its way to the disk.
pub(crate) const QUEUE_REQUESTS_MAX: usize = 64;
/// Entries of one transaction. More would make a person who saves one form wait for a partner's import.
const TRANSACTION_ENTRIES_MAX: usize = 512;
/// Items of one transaction from which on views wait for what may follow: no person writes so much in one go.
const LARGE_ITEMS: usize = 1_024;

/// The writer's own picture. It runs ahead of the shared one, which only shows what is on disk.
pub(crate) struct Writer {
    pub(crate) store: Arc<StoreFile>,
    pub(crate) cache: Arc<EntryCache>,
    pub(crate) state: State,
    pub(crate) numbers: Numbers,
    pub(crate) packer: PayloadPacker,
    pub(crate) author: Option<Author>,
    pub(crate) sidecar: Sidecar,
    pub(crate) shared: Arc<Shared>,
}

/// What one transaction changed in memory.
#[derive(Default)]
struct Changes {
    entries: Vec<VerifiedEntry>,
    own: Option<Published>,
    has_new_charters: bool,
    repaired: Vec<EntryId>,
    learnt: Option<Arc<Dictionary>>,
    /// Whether entries that were held have other contents now.
    has_rewritten: bool,
}

impl Writer {
    /// Works until every sender is gone.
    pub(crate) fn run(mut self, requests: &Receiver<Request>) {
        let mut left = None;
        while let Some(first) = left.take().or_else(|| requests.recv().ok()) {
            if let Request::Rewrite(acts, reply) = first {
                self.rewrite(&acts, &reply);
                continue;
            }
            let mut batch = vec![first];
            while batch.iter().map(Request::weight).sum::<usize>() < TRANSACTION_ENTRIES_MAX {
                match requests.try_recv() {
                    Ok(rewrite @ Request::Rewrite(..)) => {
                        left = Some(rewrite);
                        break;
                    }
                    Ok(next) => batch.push(next),
                    Err(_) => break,
                }
            }
            self.write(batch);
        }
    }

    /// Writes the file anew. Nothing else is written meanwhile, since this is the one thread that writes.
    fn rewrite(&self, acts: &BTreeSet<ItemId>, reply: &Reply<()>) {
        let outcome = match self.shared.fault() {
            Some(fault) => Err(Fault::Stopped(fault.to_string())),
            None => {
                let known = &self.shared.dictionaries;
                let mut learnt = None;
                let last = |read: &ReadTransaction, write: &WriteTransaction| {
                    learnt = known.copy_views(read, write)?;
                    finish(write, acts)
                };
                let written = self.store.rewrite(last, |_| ());
                written.map(|()| known.use_now(learnt))
            }
        };
        // A caller that no longer waits needs no answer.
        let _ = reply.send(outcome);
    }

    fn write(&mut self, batch: Vec<Request>) {
        let mut answers: Answers = Vec::new();
        let mut changes = Changes::default();
        let outcome = match self.shared.fault() {
            Some(fault) => {
                for request in batch {
                    answers.push(request.refusal());
                }
                Err(Fault::Stopped(fault.to_string()))
            }
            None => match self.within_room(batch) {
                batch if batch.is_empty() => return,
                batch => self.transaction(batch, &mut answers, &mut changes),
            },
        };
        match &outcome {
            Ok(()) => self.tell(&changes),
            Err(fault) => self.shared.stop(fault),
        }
        for answer in answers {
            answer(&outcome);
        }
    }

    /// Answers what cannot be written for want of room, and returns the rest. Nothing is latched: nothing of it was begun.
    fn within_room(&self, batch: Vec<Request>) -> Vec<Request> {
        let Err(fault) = self.shared.room.check() else {
            return batch;
        };
        let (refused, taken): (Vec<_>, Vec<_>) = batch.into_iter().partition(Request::takes_room);
        let outcome = Err(fault);
        for request in refused {
            request.refusal()(&outcome);
        }
        taken
    }

    fn transaction(
        &mut self,
        batch: Vec<Request>,
        answers: &mut Answers,
        changes: &mut Changes,
    ) -> Result<(), Fault> {
        let database = self.store.database();
        let mut write = database.begin_write()?;
        // Nothing of the state is in views: whoever reads it need not wait for the disk.
        let is_of_views = batch.iter().all(Request::is_of_views);
        let is_lasting = !batch.iter().all(Request::may_be_lost);
        write.set_durability(match is_lasting {
            true => Durability::Immediate,
            false => Durability::None,
        })?;
        write.set_two_phase_commit(batch.iter().any(|each| matches!(each, Request::Ingest(..))));
        if let Err(fault) = self.apply_all(&write, batch, answers, changes) {
            write.abort()?;
            return Err(fault);
        }
        let commit = || {
            write.commit()?;
            if changes.has_rewritten {
                self.cache.begin_anew();
            }
            // Only after the commit, and before anybody hears of it: what may have left this machine.
            match (&changes.own, &self.author) {
                // A feed that ended or was replaced in this very transaction is marked already.
                (Some(own), Some(author)) if author.feed() == own.feed => self.sidecar.write(own),
                _ => Ok(()),
            }
        };
        if is_of_views {
            return commit();
        }
        self.shared.commit(
            commit,
            &self.state,
            &changes.entries,
            changes.has_new_charters,
        )
    }

    fn apply_all(
        &mut self,
        write: &WriteTransaction,
        batch: Vec<Request>,
        answers: &mut Answers,
        changes: &mut Changes,
    ) -> Result<(), Fault> {
        let mut tables = Tables::open(write)?;
        let mut touched = None;
        for request in batch {
            match request {
                Request::Charters(charters, approvals, reply) => {
                    answers.push(later(reply, ()));
                    if !self.add_charters(&mut tables, charters, approvals)? {
                        continue;
                    }
                    changes.has_new_charters = true;
                    touched.get_or_insert_with(BTreeSet::new);
                }
                Request::Contribute(kind, entries, reply) => {
                    let signed = self.sign(kind, entries);
                    let ids =
                        |all: &Vec<VerifiedEntry>| all.iter().map(VerifiedEntry::id).collect();
                    answers.push(later(reply, signed.as_ref().map(ids)));
                    for entry in signed.into_iter().flatten() {
                        changes.own = Some(Published {
                            feed: entry.header().feed,
                            sequence: entry.header().sequence,
                            entry: entry.id(),
                        });
                        self.add(&mut tables, entry, changes, &mut touched)?;
                    }
                }
                Request::End(reply) => {
                    answers.push(later(reply, ()));
                    self.end_feed()?;
                }
                Request::Flooded(refused, reply) => {
                    answers.push(later(reply, ()));
                    for (feed, place) in refused {
                        if let Entry::Vacant(first) = self.state.floods.entry(feed) {
                            tables.add_flood(&feed, &place)?;
                            first.insert(place);
                        }
                    }
                }
                Request::Foreign(ids, reply) => {
                    answers.push(later(reply, ()));
                    tables.add_foreign(&ids, &mut self.numbers)?;
                }
                Request::Indexed(change, reply) => {
                    answers.push(later(reply, ()));
                    ViewTables::open(write)?.forget_changes(change)?;
                }
                Request::Ingest(entries, reply) => {
                    let mut ingested = Ingested::default();
                    self.guard_own_feed(&entries)?;
                    for entry in entries {
                        if self.state.feeds.holds(&entry.id()) {
                            if self.repair(&mut tables, &entry)? {
                                changes.repaired.push(entry.id());
                            } else {
                                self.fill(&mut tables, &entry, changes, &mut touched)?;
                            }
                            ingested.known += 1;
                        } else if self.state.feeds.is_connected(entry.header()) {
                            self.add(&mut tables, entry, changes, &mut touched)?;
                            ingested.added += 1;
                        } else {
                            ingested.unconnected = Some(entry.id());
                            break;
                        }
                    }
                    answers.push(later(reply, ingested));
                }
                Request::Renew(author, reply) => {
                    answers.push(later(reply, ()));
                    self.shared.pen.set(Signing::Feed(author.feed()));
                    self.author = Some(author);
                }
                // Never in a batch: see `run`.
                Request::Rewrite(_, reply) => answers.push(later(reply, ())),
                Request::Dictionary(row, reply) => {
                    answers.push(later(reply, ()));
                    changes.learnt = self.shared.dictionaries.store(&row, write)?;
                }
                Request::Views(views, _, reply) => {
                    answers.push(later(reply, ()));
                    let known = &self.shared.dictionaries;
                    ViewTables::open(write)?.store(views, known, &mut tables, &mut self.numbers)?;
                }
            }
        }
        if let Some(touched) = touched {
            self.evaluate(write, &mut tables, &touched, changes)?;
        }
        Ok(())
    }

    /// Somebody else signs with our key if entries of our feed come from outside that we do not hold: then we sign no more with it.
    fn guard_own_feed(&mut self, entries: &[VerifiedEntry]) -> Result<(), Fault> {
        let Some(own) = self.author.as_ref().map(Author::feed) else {
            return Ok(());
        };
        match self.state.is_foreign(own, entries) {
            true => self.end_feed(),
            false => Ok(()),
        }
    }

    /// Ends our own feed. It is marked on disk before anything else happens.
    fn end_feed(&mut self) -> Result<(), Fault> {
        let Some(feed) = self.author.as_ref().map(Author::feed) else {
            return Ok(());
        };
        self.sidecar.end(&feed)?;
        self.author = None;
        self.shared.pen.set(Signing::Ended(feed));
        tracing::error!(
            feed = %feed.short(),
            "an entry of this node came back that this node does not hold: an old copy was put in its place, or the folder was copied; \
             its feed ends here, and a new instance key is needed"
        );
        Ok(())
    }

    /// Writes charters and approvals, and returns whether any was new.
    fn add_charters(
        &mut self,
        tables: &mut Tables<'_>,
        charters: Vec<Charter>,
        approvals: Vec<Approval>,
    ) -> Result<bool, Fault> {
        let mut is_news = false;
        for charter in charters {
            if self.state.charters.charter(&charter.id()).is_none() {
                tables.add_charter(&charter)?;
                self.state.charters.insert(charter);
                is_news = true;
            }
        }
        for approval in approvals {
            let vote = approval.vote().charter;
            if !self
                .state
                .charters
                .approvals(&vote)
                .any(|held| *held == approval)
            {
                tables.add_approval(&approval)?;
                self.state.charters.approve(approval);
                is_news = true;
            }
        }
        Ok(is_news)
    }

    /// Writes an entry. `touched` takes the feeds of which others may be worth something else now, without that a comparison shows it.
    fn add(
        &mut self,
        tables: &mut Tables<'_>,
        entry: VerifiedEntry,
        changes: &mut Changes,
        touched: &mut Option<BTreeSet<FeedId>>,
    ) -> Result<(), Fault> {
        // First, so that it is known whose entry it is.
        touched_by(self.state.add_entry(&entry), &entry, touched);
        // What has to go never reaches the disk.
        let entry = match tables.without_erased(&entry, &self.state)? {
            Some(erased) => erased,
            None => entry,
        };
        tables.add_entry(&entry, &mut self.numbers, &mut self.packer)?;
        if self.state.feed_numbers.len() != self.numbers.feeds.len() {
            self.state.feed_numbers.clone_from(&self.numbers.feeds);
        }
        changes.entries.push(entry);
        Ok(())
    }

    /// Takes contents that a held entry lacks, unless they were erased.
    fn fill(
        &mut self,
        tables: &mut Tables<'_>,
        entry: &VerifiedEntry,
        changes: &mut Changes,
        touched: &mut Option<BTreeSet<FeedId>>,
    ) -> Result<(), Fault> {
        let filled = tables.fill(entry, &self.state, &mut self.numbers, &mut self.packer)?;
        let Some(filled) = filled else {
            return Ok(());
        };
        touched_by(self.state.add_entry(&filled), &filled, touched);
        changes.has_rewritten = true;
        changes.entries.push(filled);
        Ok(())
    }

    /// Signs what this node contributes, after the last entry of its own feed. A feed starts with a certificate, and with nothing
    /// else. Returns `None` while signing is held.
    fn sign(&self, kind: Kind, entries: Vec<Vec<NewItem>>) -> Option<Vec<VerifiedEntry>> {
        let Some(author) = &self.author else {
            return Some(Vec::new());
        };
        if self.shared.pen.is_held() {
            return None;
        }
        let mut head = self.state.feeds.furthest_head(&author.feed());
        let mut signed = Vec::new();
        for items in entries {
            let place = match head {
                Some((sequence, previous)) => (sequence + 1, Some(previous)),
                None if kind == Kind::Certificate => (0, None),
                None => break,
            };
            let entry = author.sign(&self.state, kind, place, items);
            head = Some((place.0, entry.id()));
            signed.push(entry);
        }
        Some(signed)
    }

    /// Decides again who may do what, and marks the records of every entry whose worth changes. A record whose labels change has changed for
    /// whoever follows it. Acts are rare, and this looks at every entry once.
    fn evaluate(
        &mut self,
        write: &WriteTransaction,
        tables: &mut Tables<'_>,
        touched: &BTreeSet<FeedId>,
        changes: &mut Changes,
    ) -> Result<(), Fault> {
        let before: Arc<Governance> = Arc::clone(&self.state.governance);
        let labels: Arc<Labels> = Arc::clone(&self.state.labels);
        self.state.evaluate();
        let relabelled = self.state.labels.differing(&labels);
        if !relabelled.is_empty() {
            let mut views = ViewTables::open(write)?;
            for record in relabelled {
                if let Some(row) = tables.records.get(record.as_bytes())? {
                    views.note_change(row.value(), &mut self.numbers)?;
                }
            }
        }
        let after = &self.state.governance;
        let feeds = &self.state.feeds;
        let is_changed = |entry: &EntryId, feed: &FeedId| {
            touched.contains(feed) || before.standing(feeds, entry) != after.standing(feeds, entry)
        };
        let changed: Vec<EntryId> = feeds
            .entries()
            .filter(|(id, held)| held.kind == Kind::Contribution && is_changed(id, &held.feed))
            .map(|(id, _)| id)
            .collect();
        for entry in changed {
            if let Some(place) = self.state.place(&entry) {
                tables.mark_entry(&place, &mut self.numbers)?;
            }
        }
        let now = self.author.as_ref().map(|author| (author.now)());
        let mut clearing = Clearing {
            tables,
            state: &self.state,
            numbers: &mut self.numbers,
            packer: &mut self.packer,
            folder: self.store.folder(),
        };
        changes.has_rewritten |= clearing.clear(before.erasures(), now)?;
        Ok(())
    }

    fn tell(&self, changes: &Changes) {
        if let Some(learnt) = &changes.learnt {
            self.shared.dictionaries.use_now(Some(Arc::clone(learnt)));
        }
        self.shared.awaited.see(&changes.entries);
        let items: usize = changes
            .entries
            .iter()
            .map(|entry| entry.items().len())
            .sum();
        if items >= LARGE_ITEMS {
            self.shared.note_arrival();
        }
        let feeds: BTreeSet<_> = changes
            .entries
            .iter()
            .map(|entry| entry.header().feed)
            .collect();
        if !changes.repaired.is_empty() {
            for place in changes
                .repaired
                .iter()
                .filter_map(|id| self.state.place(id))
            {
                self.cache.forget(place);
            }
            self.shared.damaged.forget(&changes.repaired);
            self.shared.wake_worker();
        }
        let news = News {
            feeds,
            has_new_charters: changes.has_new_charters,
        };
        if !news.feeds.is_empty() || news.has_new_charters {
            self.shared.wake_worker();
            self.shared.tell_listeners(&news);
        }
    }
}

/// Notes what an entry leaves to be decided: nothing at all, or who may do what, and of which feeds no comparison shows what changed.
fn touched_by(unsettled: Unsettled, entry: &VerifiedEntry, touched: &mut Option<BTreeSet<FeedId>>) {
    if unsettled != Unsettled::Nothing {
        let feeds = touched.get_or_insert_with(BTreeSet::new);
        feeds.extend((unsettled == Unsettled::Feed).then_some(entry.header().feed));
    }
}

#[cfg(test)]
mod tests;
