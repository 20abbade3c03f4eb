//! The local socket: a command that finds the node running talks to it, since only one process may open the store.
//!
//! One line of JSON asks; lines of JSON answer: any number of `progress`, then one `done` or `refused`. The socket has mode 0600 in
//! a folder of the same user, so whoever can connect could read the store anyway.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use serde::{Deserialize, Serialize};
use serde_json::Value;

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
    std::thread::Builder::new()
        .name("local-socket".to_owned())
        .spawn(move || {
            for stream in listener.incoming() {
                match stream {
                    Ok(stream) => answer(&app, &stream),
                    Err(error) => tracing::warn!(%error, "the local socket did not accept"),
                }
            }
        })?;
    Ok(Guard(path))
}

/// Removes the socket's file when the node stops.
pub(crate) struct Guard(PathBuf);

impl Drop for Guard {
    fn drop(&mut self) {
        // A file that is gone already is what we want.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// One question at a time: the commands of one operator. A client that goes away ends nothing but its own answer.
fn answer(app: &App, stream: &UnixStream) {
    if let Err(error) = try_answer(app, stream) {
        tracing::debug!(%error, "a command did not wait for its answer");
    }
}

fn try_answer(app: &App, stream: &UnixStream) -> anyhow::Result<()> {
    stream.set_read_timeout(Some(QUESTION_TIMEOUT))?;
    let mut question = String::new();
    let mut reader = BufReader::new(std::io::Read::take(stream, QUESTION_BYTES_MAX));
    reader.read_line(&mut question)?;
    let call: Call = serde_json::from_str(&question)?;
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
