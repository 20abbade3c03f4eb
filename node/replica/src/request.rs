//! What the writer is asked for, and how it answers: once it is known whether the transaction is on disk.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::SyncSender;

use crdt_schema::entry::{Kind, VerifiedEntry};
use crdt_schema::governance::{Approval, Charter, Position};
use crdt_schema::id::{EntryId, FeedId, ItemId};

use crate::author::{Author, NewItem};
use crate::fault::Fault;
use crate::view_rows::PackedView;

/// Something to write, and where to answer.
pub(crate) enum Request {
    Charters(Vec<Charter>, Vec<Approval>, Reply<()>),
    /// Sign this. `None` is the answer while signing is held.
    Contribute(Kind, Vec<Vec<NewItem>>, Reply<Option<Vec<EntryId>>>),
    /// Sign no more with the key of this node.
    End(Reply<()>),
    /// Ids of edits that an edit of another record stands on, with the records that waited for them.
    Foreign(BTreeMap<ItemId, BTreeSet<u64>>, Reply<()>),
    /// Entries that were refused since they began a branch too many.
    Flooded(BTreeMap<FeedId, Position>, Reply<()>),
    /// The search index has read these changes.
    Indexed(u64, Reply<()>),
    Ingest(Vec<VerifiedEntry>, Reply<Ingested>),
    /// Sign with another key from now on.
    Renew(Author, Reply<()>),
    /// The search index holds nothing more of these erasures: the file is to be written anew without them.
    Rewrite(BTreeSet<ItemId>, Reply<()>),
    /// What views are compressed with from now on.
    Dictionary(Vec<u8>, Reply<()>),
    /// Views. Unless they are to last, a crash may lose them, with the end of their marks: they are built again.
    Views(Vec<PackedView>, Lasting, Reply<()>),
}

/// Whether what is written must be on disk when it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lasting {
    Now,
    Later,
}

/// Where an answer goes. The caller waits for it.
pub(crate) type Reply<T> = SyncSender<Result<T, Fault>>;

/// What became of entries that were offered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ingested {
    /// How many were new.
    pub added: usize,
    /// How many were held already.
    pub known: usize,
    /// The first one whose predecessor is not held. It and those after it were left out.
    pub unconnected: Option<EntryId>,
}

/// An answer that is sent once it is known whether the transaction is on disk.
pub(crate) type Answer = Box<dyn FnOnce(&Result<(), Fault>)>;
pub(crate) type Answers = Vec<Answer>;

impl Request {
    pub(crate) fn weight(&self) -> usize {
        match self {
            Request::Contribute(_, entries, _) => entries.len(),
            Request::Ingest(entries, _) => entries.len(),
            _ => 1,
        }
    }

    /// Returns whether it makes the store larger, and somebody can ask for it again. The others are small, keep what is there sound, or
    /// come from the view worker, which waits for room itself.
    pub(crate) fn takes_room(&self) -> bool {
        match self {
            Request::Charters(..)
            | Request::Contribute(..)
            | Request::Ingest(..)
            | Request::Renew(..) => true,
            Request::End(_)
            | Request::Flooded(..)
            | Request::Foreign(..)
            | Request::Indexed(..)
            | Request::Dictionary(..)
            | Request::Rewrite(..)
            | Request::Views(..) => false,
        }
    }

    /// Returns whether it touches nothing that the state in memory shows.
    pub(crate) fn is_of_views(&self) -> bool {
        matches!(
            self,
            Request::Views(..) | Request::Indexed(..) | Request::Dictionary(..)
        )
    }

    pub(crate) fn may_be_lost(&self) -> bool {
        matches!(
            self,
            Request::Views(_, Lasting::Later, _) | Request::Dictionary(..)
        )
    }

    pub(crate) fn refusal(self) -> Answer {
        match self {
            Request::Charters(_, _, reply)
            | Request::End(reply)
            | Request::Flooded(_, reply)
            | Request::Foreign(_, reply)
            | Request::Indexed(_, reply)
            | Request::Renew(_, reply)
            | Request::Dictionary(_, reply)
            | Request::Rewrite(_, reply)
            | Request::Views(_, _, reply) => later(reply, ()),
            Request::Contribute(_, _, reply) => later(reply, None),
            Request::Ingest(_, reply) => later(reply, Ingested::default()),
        }
    }
}

/// Keeps an answer until it is known whether the transaction is on disk.
pub(crate) fn later<T: 'static>(reply: Reply<T>, value: T) -> Answer {
    Box::new(move |outcome| {
        // A caller that no longer waits needs no answer.
        let _ = reply.send(outcome.clone().map(|()| value));
    })
}
