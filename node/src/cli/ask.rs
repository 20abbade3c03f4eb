//! Commands that ask a node: the one that runs in the folder, or else one that is opened for this command alone.

use std::path::Path;
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};

use crate::app::App;
use crate::call::{Call, Outcome, Progress, Refusal};
use crate::cli::print;
use crate::socket;

/// Asks, and prints the answer.
pub(crate) fn ask(dir: &Path, call: &Call, json: bool) -> ExitCode {
    let bar = Bar::new(json);
    let outcome = outcome(dir, call, |progress| bar.show(progress));
    bar.finish();
    print::outcome(call, &outcome, json)
}

/// Asks, and prints nothing.
pub(crate) fn outcome(dir: &Path, call: &Call, mut progress: impl FnMut(Progress)) -> Outcome {
    let failed = |error: anyhow::Error| Refusal::new("failed", format!("{error:#}"));
    if let Some(outcome) = socket::ask(dir, call, &mut progress).map_err(failed)? {
        return outcome;
    }
    App::open(dir)
        .map_err(failed)?
        .call(call.clone(), &mut progress)
}

/// A progress bar on a terminal, nothing elsewhere.
pub(crate) struct Bar(Option<ProgressBar>);

impl Bar {
    pub(crate) fn new(json: bool) -> Self {
        // Indicatif itself draws nothing where standard error is no terminal.
        Self((!json).then(ProgressBar::no_length))
    }

    pub(crate) fn show(&self, progress: Progress) {
        let Some(bar) = &self.0 else { return };
        if bar.length() != progress.total {
            let template = "{bar:40} {pos}/{len} {per_sec} {eta}";
            if let (Some(total), Ok(style)) =
                (progress.total, ProgressStyle::with_template(template))
            {
                bar.set_style(style);
                bar.set_length(total);
            }
        }
        bar.set_position(progress.done);
    }

    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
