//! Waiting until a node that runs has all that its peers have, and shows it.

use std::path::Path;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use crate::call::{Call, Outcome, Progress, Refusal};
use crate::cli::{ask, print};
use crate::socket;

/// Between two questions.
const PAUSE: Duration = Duration::from_millis(250);

/// Shows how far the node is until it is done, and then its status.
pub(crate) fn wait(dir: &Path, seconds: u64, json: bool) -> ExitCode {
    match until_level(dir, Duration::from_secs(seconds), json) {
        Ok(()) => ask::ask(dir, &Call::Status, json),
        Err(refusal) => print::outcome(&Call::InHand, &Err(refusal), json),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a command waits for another process, with a deadline"
)]
fn until_level(dir: &Path, longest: Duration, json: bool) -> Result<(), Refusal> {
    let (bar, start) = (ask::Bar::new(json), Instant::now());
    let mut most = 0;
    loop {
        let told = in_hand(dir)?;
        let number = |key: &str| told[key].as_u64().unwrap_or_default();
        let waiting = number("views_waiting");
        most = most.max(waiting);
        bar.show(Progress {
            done: most - waiting,
            total: (most > 0).then_some(most),
        });
        if told["searchable"] == true && number("peers_level") > 0 {
            bar.finish();
            return Ok(());
        }
        if start.elapsed() >= longest {
            bar.finish();
            let message = format!(
                "after {} s, {} of {} peers are level with this node and {waiting} views are to be built: see `maillage status`, or wait longer",
                longest.as_secs(),
                number("peers_level"),
                number("peers")
            );
            return Err(Refusal::new("not_level", message));
        }
        thread::sleep(PAUSE.min(longest));
    }
}

fn in_hand(dir: &Path) -> Outcome {
    let asked = socket::ask(dir, &Call::InHand, |_| ());
    let asked = asked.map_err(|error| Refusal::new("failed", format!("{error:#}")))?;
    asked.unwrap_or_else(|| {
        let message = "no node runs in this folder: start it with `maillage run`";
        Err(Refusal::new("not_running", message))
    })
}
