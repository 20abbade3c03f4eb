//! The local socket: a command that finds the node running talks to it, since only one process may open the store.
//!
//! One line of JSON asks; lines of JSON answer: any number of `progress`, then one `done` or `refused`. The socket has mode 0600 in
//! a folder of the same user, so whoever can connect could read the store anyway.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::app::App;
use crate::call::{Call, Outcome, Progress, Refusal};

/// Bytes of a question: a path, a query, or the values of a form.
const QUESTION_BYTES_MAX: u64 = 1 << 20;
/// A client that is silent for so long is gone.
const QUESTION_TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Progress(Progress),
    Done(Value),
    Refused(Refusal),
}

fn path(node: &Path) -> PathBuf {
    node.join("maillage.sock")
}

/// Asks the node that runs in this folder. `None` when none runs.
pub(crate) fn ask(
    node: &Path,
    call: &Call,
    mut progress: impl FnMut(Progress),
) -> anyhow::Result<Option<Outcome>> {
    let Ok(mut stream) = UnixStream::connect(path(node)) else {
        return Ok(None);
    };
    let mut question = serde_json::to_vec(call)?;
    question.push(b'\n');
    stream.write_all(&question)?;
    for line in BufReader::new(stream).lines() {
        match serde_json::from_str(&line?).context("the node answered something else")? {
            Line::Progress(each) => progress(each),
            Line::Done(value) => return Ok(Some(Ok(value))),
            Line::Refused(refusal) => return Ok(Some(Err(refusal))),
        }
    }
    if *call == Call::Stop {
        // It was stopping already, which is all that was asked.
        return Ok(Some(Ok(json!({ "stopping": true }))));
    }
    anyhow::bail!("the node stopped before it answered: call the command again")
}

/// Returns the process that runs the node of this folder, as the system knows it.
pub(crate) fn holder(node: &Path) -> Option<i32> {
    let stream = UnixStream::connect(path(node)).ok()?;
    stream.set_nonblocking(true).ok()?;
    let runtime = crate::runtime().ok()?;
    let _entered = runtime.enter();
    let stream = tokio::net::UnixStream::from_std(stream).ok()?;
    stream.peer_cred().ok()?.pid()
}

/// Listens until the process ends. A socket that an ended process left behind is replaced: the lock of the store has shown that
/// no other node runs here.
pub(crate) fn listen(app: Arc<App>) -> anyhow::Result<Guard> {
    let path = path(app.folder());
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).with_context(|| path.display().to_string());
        }
        _ => {}
    }
    let listener = UnixListener::bind(&path).with_context(|| path.display().to_string())?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    let turn = Arc::new(Turn::default());
    let taken = Arc::clone(&turn);
    std::thread::Builder::new()
        .name("local-socket".to_owned())
        .spawn(move || {
            for stream in listener.incoming() {
                match stream {
                    Ok(stream) => answer(&app, &taken, &stream),
                    Err(error) => tracing::warn!(%error, "the local socket did not accept"),
                }
            }
        })?;
    Ok(Guard { path, turn })
}

/// Removes the socket's file when the node stops.
pub(crate) struct Guard {
    path: PathBuf,
    turn: Arc<Turn>,
}

impl Guard {
    /// Returns whose turn it is, to end the answers with.
    pub(crate) fn turn(&self) -> Arc<Turn> {
        Arc::clone(&self.turn)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // A file that is gone already is what we want.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Whether a question is being answered. A process that ends in the middle would leave a command without its answer: the one that asks
/// it to stop first of all.
#[derive(Default)]
pub(crate) struct Turn {
    state: Mutex<TurnState>,
    changed: Condvar,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum TurnState {
    Answering,
    Ended,
    #[default]
    Free,
}

impl Turn {
    /// Waits until the question that is being answered has its answer, and lets no other begin. Returns whether it has in time.
    pub(crate) fn end(&self, deadline: Duration) -> bool {
        let is_answering = |state: &mut TurnState| *state == TurnState::Answering;
        let waited = self
            .changed
            .wait_timeout_while(self.state(), deadline, is_answering);
        let (mut state, timed_out) = waited.unwrap_or_else(PoisonError::into_inner);
        *state = TurnState::Ended;
        !timed_out.timed_out()
    }

    /// Begins an answer, unless the answers have ended. It goes on until the mark is dropped.
    fn begin(&self) -> Option<Begun<'_>> {
        let mut state = self.state();
        if *state == TurnState::Ended {
            return None;
        }
        *state = TurnState::Answering;
        Some(Begun(self))
    }

    fn state(&self) -> MutexGuard<'_, TurnState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Begun<'t>(&'t Turn);

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        if *state == TurnState::Answering {
            *state = TurnState::Free;
        }
        drop(state);
        self.0.changed.notify_all();
    }
}

/// One question at a time: the commands of one operator. A client that goes away ends nothing but its own answer.
fn answer(app: &App, turn: &Turn, stream: &UnixStream) {
    if let Err(error) = try_answer(app, turn, stream) {
        tracing::debug!(%error, "a command did not wait for its answer");
    }
}

fn try_answer(app: &App, turn: &Turn, stream: &UnixStream) -> anyhow::Result<()> {
    stream.set_read_timeout(Some(QUESTION_TIMEOUT))?;
    let mut question = String::new();
    let mut reader = BufReader::new(std::io::Read::take(stream, QUESTION_BYTES_MAX));
    reader.read_line(&mut question)?;
    let call: Call = serde_json::from_str(&question)?;
    // Before the call, so that one that stops the node is waited for.
    let _begun = turn.begin().context("the node stops")?;
    let write = |line: &Line| -> anyhow::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        let mut stream = stream;
        Ok(stream.write_all(&text)?)
    };
    // Progress that nobody reads any more does not stop the work: half an import would be worse.
    let stops = call == Call::Stop;
    let outcome = app.call(call, &mut |progress| drop(write(&Line::Progress(progress))));
    let stops = stops && outcome.is_ok();
    let written = write(&match outcome {
        Ok(value) => Line::Done(value),
        Err(refusal) => Line::Refused(refusal),
    });
    if stops {
        // Only now: the process may end before this thread runs again.
        app.stop.notify_one();
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_millis(20);

    #[test]
    fn the_answer_that_is_being_given_is_waited_for_and_no_other_begins() {
        let turn = Arc::new(Turn::default());
        let begun = turn.begin().expect("nothing has ended");
        let ending = std::thread::spawn({
            let turn = Arc::clone(&turn);
            move || turn.end(Duration::from_secs(20))
        });
        std::thread::park_timeout(SOON);
        assert!(!ending.is_finished(), "the answer is not given yet");
        drop(begun);
        assert!(ending.join().expect("it ends"));
        assert!(turn.begin().is_none());
    }

    #[test]
    fn an_answer_that_takes_too_long_is_left() {
        let turn = Turn::default();
        let begun = turn.begin();
        assert!(!turn.end(SOON));
        drop(begun);
        assert!(turn.begin().is_none(), "the end stays");
    }
}
