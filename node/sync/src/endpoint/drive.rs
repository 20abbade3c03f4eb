//! One session on one connection: bytes become inputs, outputs become bytes, batches and timers.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use iroh::endpoint::{Connection, RecvStream, SendStream};
use tokio::sync::{broadcast, mpsc, watch};
use tokio::task::{JoinError, JoinHandle};
use tokio::time::{Instant, sleep_until, timeout};
use tracing::{debug, info, warn};

use crate::endpoint::accept::peer_of;
use crate::endpoint::join::peer_number;
use crate::endpoint::stream::{read_messages, write_messages};
use crate::endpoint::{
    Announcement, Direction, Ended, Inner, OpenConnection, Sink, Source, What, files, number_of,
};
use crate::limits::{FAREWELL_MAX, FIRST_BYTE_MAX, INBOX_FRAMES_MAX, OUTBOX_MESSAGES_MAX};
use crate::message::Message;
use crate::session::{
    Close, Config, Event, Input, Output, PeerFault, PeerId, Receipt, Refusal, Role, Session, Timer,
    Unreadable,
};

/// A batch whose signatures are being looked at.
type Verifying<R> = JoinHandle<Result<<R as Sink>::Verified, Refusal>>;

/// A session and what it waits for.
struct Driver<R: Sink> {
    inner: Arc<Inner<R>>,
    peer: PeerId,
    number: u64,
    /// `None` only while it is at work on another thread.
    session: Option<Session>,
    began: Instant,
    timers: BTreeMap<Timer, Duration>,
    storing: Option<(u32, JoinHandle<Result<Receipt, Refusal>>)>,
    /// Batches that are verified or being verified, while another is written: as many as may be under way.
    to_store: VecDeque<(u32, Verifying<R>)>,
    inputs: VecDeque<Input>,
    outbox: mpsc::Sender<Message>,
    /// Told once both sides have been level on this connection.
    level: watch::Sender<bool>,
}

/// A connection on which files may be asked for, for as long as its session goes on.
struct Open<'i, R> {
    inner: &'i Inner<R>,
    number: u64,
}

impl<'i, R> Open<'i, R> {
    fn begin(inner: &'i Inner<R>, number: u64, connection: &Connection) -> Self {
        let mut open = inner.open.lock().unwrap_or_else(PoisonError::into_inner);
        let connection = OpenConnection {
            peer: peer_of(connection),
            connection: connection.clone(),
            asking: Arc::default(),
        };
        open.insert(number, connection);
        Self { inner, number }
    }
}

impl<R> Drop for Open<'_, R> {
    fn drop(&mut self) {
        let mut open = self
            .inner
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        open.remove(&self.number);
    }
}

/// Runs a session to its end, and closes the connection.
pub(super) async fn run<R: Source + Sink>(
    inner: Arc<Inner<R>>,
    connection: Connection,
    role: Role,
) -> Ended {
    let peer = peer_of(&connection);
    let direction = match role {
        Role::Dialler => Direction::Outward,
        Role::Listener => Direction::Inward,
    };
    inner.report(peer, What::Started(direction));
    let (number, is_outward) = (inner.next_session(), role == Role::Dialler);
    let mut streams = open_streams(&inner, &connection, role).await;
    let close = match &mut streams {
        Ok((send, receive)) => {
            inner.crowd.started((peer, number), is_outward, &connection);
            let _open = Open::begin(&inner, number, &connection);
            let (level, was_level) = watch::channel(false);
            let line = (number, level, send, receive);
            tokio::select! {
                close = exchange(&inner, &connection, role, line) => close,
                never = files::serve(&inner, &connection, was_level) => match never {},
            }
        }
        Err(close) => {
            if is_outward {
                inner.crowd.failed(peer);
            }
            close.clone()
        }
    };
    if close == Close::Lost {
        // A stream that ends is the first sign of a close; its number follows.
        let _ = timeout(FAREWELL_MAX, connection.closed()).await;
    }
    // Our own close would hide the peer's.
    let peer_number = peer_number(&connection);
    let told_number = match close {
        Close::NotAllowed => number_of(inner.allowed.bar(&peer)),
        _ => close.number(),
    };
    connection.close(told_number.into(), close.code().as_bytes());
    drop(streams);
    let ended = Ended { close, peer_number };
    inner.crowd.ended(peer, number, &ended);
    match &ended.close {
        Close::Fault(fault) => warn!(peer.id = %peer.short(), %fault, "a session failed here"),
        Close::PeerFault(fault) => {
            warn!(peer.id = %peer.short(), code = fault.code(), %fault, "a peer is at fault");
        }
        close => info!(peer.id = %peer.short(), code = close.code(), "a session ended"),
    }
    inner.replica.ended(peer, &ended.close);
    inner.report(peer, What::Ended(ended.clone()));
    ended
}

async fn open_streams<R>(
    inner: &Inner<R>,
    connection: &Connection,
    role: Role,
) -> Result<(SendStream, RecvStream), Close> {
    let opened = async {
        match role {
            Role::Dialler => connection.open_bi().await,
            Role::Listener => connection.accept_bi().await,
        }
    };
    tokio::select! {
        () = inner.stop.cancelled() => Err(Close::Stopping),
        opened = timeout(FIRST_BYTE_MAX, opened) => match opened {
            Ok(streams) => streams.map_err(|_| Close::Lost),
            Err(_) => Err(PeerFault::Silent.into()),
        },
    }
}

async fn exchange<R: Source + Sink>(
    inner: &Arc<Inner<R>>,
    connection: &Connection,
    role: Role,
    (number, level, send, receive): (u64, watch::Sender<bool>, &mut SendStream, &mut RecvStream),
) -> Close {
    let peer = peer_of(connection);
    let mut exporter = [0; 32];
    if let Err(error) = connection.export_keying_material(&mut exporter, EXPORT_LABEL, b"") {
        debug!(?error, "the connection exports no keying material");
        return Close::Lost;
    }
    let config = Config {
        role,
        peer,
        software: inner.software.clone(),
        exporter,
        jitter: inner.jitter.wrapping_add(number.wrapping_mul(JITTER_STEP)),
    };
    let (into_inbox, inbox) = mpsc::channel(INBOX_FRAMES_MAX);
    let (outbox, from_outbox) = mpsc::channel(OUTBOX_MESSAGES_MAX);
    let driver = Driver {
        inner: Arc::clone(inner),
        peer,
        number,
        session: Some(Session::new(config, Duration::ZERO)),
        began: Instant::now(),
        timers: BTreeMap::new(),
        storing: None,
        to_store: VecDeque::new(),
        inputs: VecDeque::from([Input::Start]),
        outbox,
        level,
    };
    let reading = read_messages(receive, into_inbox);
    let driving = async {
        let announcements = inner.announcements.subscribe();
        tokio::select! {
            close = driver.run(inbox, announcements) => close,
            () = reading => Close::Lost,
        }
    };
    let mut writing = std::pin::pin!(write_messages(send, from_outbox));
    tokio::pin!(driving);
    tokio::select! {
        // What is written last goes out, if the peer takes it.
        close = &mut driving => {
            let _ = timeout(FAREWELL_MAX, writing).await;
            close
        }
        written = &mut writing => written.err().unwrap_or(Close::Lost),
    }
}

impl<R: Source + Sink> Driver<R> {
    async fn run(
        mut self,
        mut inbox: mpsc::Receiver<Result<Message, Close>>,
        mut announcements: broadcast::Receiver<Announcement>,
    ) -> Close {
        let stop = self.inner.stop.clone();
        loop {
            while let Some(input) = self.inputs.pop_front() {
                let carried_out = tokio::select! {
                    () = stop.cancelled() => Err(Close::Stopping),
                    carried_out = self.step(input) => carried_out,
                };
                if let Err(close) = carried_out {
                    return close;
                }
            }
            tokio::select! {
                () = stop.cancelled() => return Close::Stopping,
                message = inbox.recv() => match message {
                    Some(Ok(message)) => self.inputs.push_back(Input::Message(message)),
                    Some(Err(close)) => return close,
                    None => return Close::Lost,
                },
                announced = announcements.recv() => {
                    if let Err(close) = self.hear(announced) {
                        return close;
                    }
                }
                (batch, outcome) = stored(&mut self.storing) => {
                    self.storing = None;
                    self.store_next();
                    self.inputs.push_back(Input::Stored { batch, outcome });
                }
                timer = ring(self.began, &self.timers) => {
                    self.timers.remove(&timer);
                    self.inputs.push_back(Input::Timer(timer));
                }
            }
        }
    }

    async fn step(&mut self, input: Input) -> Result<(), Close> {
        let Some(mut session) = self.session.take() else {
            return Err(Close::Stopping);
        };
        let replica = Arc::clone(&self.inner.replica);
        let working = self.inner.working.acquire().await;
        let working = working.map_err(|_| Close::Stopping)?;
        let now = self.began.elapsed();
        // Reading may wait for a disk, and compressing takes milliseconds.
        let worked = self.inner.tasks.spawn_blocking(move || {
            let library = replica.snapshot()?;
            let outputs = session.handle(input, now, &library);
            Ok::<_, Unreadable>((session, outputs))
        });
        let (session, outputs) = worked.await.map_err(|error| panicked(&error))??;
        drop(working);
        self.session = Some(session);
        for output in outputs {
            self.carry_out(output).await?;
        }
        Ok(())
    }

    async fn carry_out(&mut self, output: Output) -> Result<(), Close> {
        match output {
            Output::Send(message) => {
                let sent = self.outbox.send(message).await;
                return sent.map_err(|_| Close::Lost);
            }
            Output::Store { batch, content } => {
                let inner = Arc::clone(&self.inner);
                let verify = async move { inner.replica.verify(content).await };
                self.to_store
                    .push_back((batch, self.inner.tasks.spawn(verify)));
                self.store_next();
            }
            Output::Schedule(timer, at) => {
                self.timers.insert(timer, at);
            }
            Output::Report(Event::Peers(told)) => self.inner.crowd.heard(self.peer, &told),
            Output::Report(event) => {
                if event == Event::Level && !self.level.send_replace(true) {
                    self.inner.crowd.level(self.peer, self.number);
                    self.tell_peers();
                }
                // Reports may be lost on their way to whoever shows them; this may not.
                self.inner.replica.hear(self.peer, &event);
                self.inner.report(self.peer, What::Event(event));
            }
            Output::Close(close) => return Err(close),
        }
        Ok(())
    }

    fn tell_peers(&mut self) {
        let told = self.inner.crowd.to_tell(&self.peer);
        self.inputs.push_back(Input::Peers(told));
    }

    /// Gives the next batch to the replica, one at a time, in their order.
    fn store_next(&mut self) {
        if self.storing.is_some() {
            return;
        }
        let Some((batch, verifying)) = self.to_store.pop_front() else {
            return;
        };
        let (inner, peer, origin) = (Arc::clone(&self.inner), self.peer, self.number);
        // A task of its own: what is committed is announced even if this session has ended meanwhile.
        let task = self.inner.tasks.spawn(async move {
            let verified = joined(verifying.await)?;
            let outcome = inner.replica.store(peer, verified).await;
            if let Ok(receipt) = &outcome
                && (!receipt.heads.is_empty() || receipt.has_new_objects)
            {
                inner.announce(Some(origin), receipt.heads.clone(), receipt.has_new_objects);
            }
            outcome
        });
        self.storing = Some((batch, task));
    }

    fn hear(
        &mut self,
        announced: Result<Announcement, broadcast::error::RecvError>,
    ) -> Result<(), Close> {
        // What is new may have cut this peer.
        if !self.inner.allowed.allows(&self.peer) {
            return Err(Close::NotAllowed);
        }
        match announced {
            Ok(new) if new.origin == Some(self.number) => {}
            Ok(new) => {
                let heads = new.heads.iter().copied().map(Input::NewLocalHead);
                self.inputs.extend(heads);
                if !new.to_fetch.is_empty() {
                    let ids = new.to_fetch.to_vec();
                    self.inputs.push_back(Input::Fetch(ids));
                }
                if !new.to_ask.is_empty() {
                    self.inputs.push_back(Input::Ask(new.to_ask.to_vec()));
                }
                if new.has_new_peers {
                    self.tell_peers();
                }
                if let Some((number, why)) = new.leave
                    && number == self.number
                {
                    self.inputs.push_back(Input::Leave(why));
                }
                if new.resumes {
                    self.inputs.push_back(Input::Resume);
                }
                if new.has_new_objects {
                    self.inputs.push_back(Input::NewObjects);
                }
            }
            Err(broadcast::error::RecvError::Lagged(_)) => self.inputs.push_back(Input::Compare),
            Err(broadcast::error::RecvError::Closed) => return Err(Close::Stopping),
        }
        Ok(())
    }
}

/// Waits for the replica, or for ever if it has nothing to do.
async fn stored(
    storing: &mut Option<(u32, JoinHandle<Result<Receipt, Refusal>>)>,
) -> (u32, Result<Receipt, Refusal>) {
    match storing {
        Some((batch, task)) => {
            let outcome = joined(task.await);
            (*batch, outcome)
        }
        None => std::future::pending().await,
    }
}

/// What a task returned; one that panicked is a fault of this node.
fn joined<T>(outcome: Result<Result<T, Refusal>, JoinError>) -> Result<T, Refusal> {
    outcome.unwrap_or_else(|error| Err(Refusal::Fault(Unreadable(error.to_string()))))
}

/// Waits for the next timer, or for ever if there is none.
async fn ring(began: Instant, timers: &BTreeMap<Timer, Duration>) -> Timer {
    match timers.iter().min_by_key(|(_, at)| **at) {
        Some((timer, at)) => {
            sleep_until(began + *at).await;
            *timer
        }
        None => std::future::pending().await,
    }
}

fn panicked(error: &tokio::task::JoinError) -> Close {
    Close::Fault(Unreadable(error.to_string()))
}

const EXPORT_LABEL: &[u8] = b"maillage/sync/1 hello";
/// Any odd number that spreads the sessions of one node: digests then do not come together.
const JITTER_STEP: u64 = 0x9e37_79b9;
