//! Exchange by files. What is taken and what is given is for `sync::Bundles` to say.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use admin_ui::{BundleLeftOut, Bundles, Refused, TakenBundle};
use crdt_schema::id::FeedId;
use serde_json::{Value as Json, json};
use sync::{BundleError, Imported};

use crate::app::App;
use crate::call::{Outcome, Progress, Refusal};
use crate::whole_file::{Existing, Unwhole, WholeFile, exists};

/// Writes a bundle that is whole or not there.
pub(crate) fn bundle_export(
    app: &App,
    path: &Path,
    force: bool,
    progress: &mut dyn FnMut(Progress),
) -> Outcome {
    if !force && path.exists() {
        return Err(exists(path));
    }
    let mut watch = |done, total| {
        progress(Progress {
            done,
            total: Some(total),
        });
    };
    let existing = match force {
        true => Existing::Replaced,
        false => Existing::Kept,
    };
    let bundles = app.bundles()?;
    let exported = WholeFile::begin(path)?.write(existing, |file| {
        let mut to = BufWriter::new(file);
        let exported = bundles.export(&mut to, &mut watch)?;
        to.flush()?;
        Ok::<_, BundleError>(exported)
    });
    let exported = exported.map_err(|error| match error {
        Unwhole::File(refusal) => refusal,
        Unwhole::Other(error) => refusal(path, &error),
    })?;
    Ok(json!({
        "file": path.display().to_string(),
        "bytes": exported.bytes,
        "entries": exported.entries,
        "feeds": exported.feeds,
        "charters": exported.charters,
        "erasures": exported.erasures,
    }))
}

/// Takes a bundle in.
pub(crate) fn bundle_import(app: &App, path: &Path, progress: &mut dyn FnMut(Progress)) -> Outcome {
    let file = File::open(path).map_err(|error| refusal(path, &error.into()))?;
    let mut watch = |done, total| {
        progress(Progress {
            done,
            total: Some(total),
        });
    };
    let imported = app.bundles()?.import(file, &mut watch);
    let imported = imported.map_err(|error| refusal(path, &error))?;
    let mut answer = report(app, path, &imported);
    let Some(broken) = &imported.broken else {
        return Ok(answer);
    };
    let mut refusal = refusal(path, broken);
    refusal.message = format!(
        "{} — {} new entries that stood before are kept",
        refusal.message, imported.new
    );
    answer["code"] = json!(refusal.code);
    answer["reason"] = json!(refusal.message);
    answer["at"] = json!(broken.at());
    refusal.detail = Some(Box::new(answer));
    Err(refusal)
}

fn report(app: &App, path: &Path, imported: &Imported) -> Json {
    let partner = |feed| partner_of(app, feed);
    let left_out = imported.left_out.iter();
    let refusals = left_out.map(|(feed, left_out)| {
        json!({
            "feed": feed.to_string(),
            "partner": partner(feed).unwrap_or_else(|| feed.short()),
            "entries": left_out.entries,
            "reason": left_out.reason,
            "why": why(left_out.reason),
        })
    });
    let refused = imported.left_out.values();
    let refused: u64 = refused.map(|left_out| left_out.entries).sum();
    let preamble = &imported.preamble;
    json!({
        "file": path.display().to_string(),
        "made": preamble.made.to_string(),
        "made_by": preamble.feed.as_ref().and_then(partner),
        "software": preamble.software,
        "entries": imported.entries,
        "new": imported.new,
        "known": imported.known,
        "refused": refused,
        "refusals": refusals.collect::<Vec<_>>(),
        "charters": imported.charters,
        "erased": imported.erased,
    })
}

impl Bundles for App {
    fn write(&self, file: &mut File) -> Result<(), Refused> {
        let mut to = BufWriter::new(file);
        let bundles = self.bundles().map_err(refused)?;
        bundles.export(&mut to, &mut |_, _| ()).map_err(|error| {
            let code = error.code();
            Refused::new(code, error.to_string())
        })?;
        let flushed = to.flush();
        flushed.map_err(|error| Refused::new("file", error.to_string()))
    }

    fn take(&self, file: File) -> Result<TakenBundle, Refused> {
        let bundles = self.bundles().map_err(refused)?;
        let imported = bundles.import(file, &mut |_, _| ());
        let imported = imported.map_err(|error| Refused::new(error.code(), error.to_string()))?;
        if let Some(BundleError::Fault(fault)) = &imported.broken {
            return Err(Refused::new("fault", fault.to_string()));
        }
        let left_out = imported.left_out.iter();
        let left_out = left_out.map(|(feed, left_out)| BundleLeftOut {
            partner: partner_of(self, feed).unwrap_or_else(|| feed.short()),
            entries: left_out.entries,
            reason: left_out.reason.to_owned(),
        });
        let preamble = &imported.preamble;
        Ok(TakenBundle {
            made: Some(preamble.made),
            made_by: preamble.feed.and_then(|feed| partner_of(self, &feed)),
            new: imported.new,
            known: imported.known,
            erased: imported.erased,
            left_out: left_out.collect(),
            broken: imported.broken.as_ref().map(|error| {
                let at = error.at().unwrap_or_default();
                (error.code().to_owned(), at)
            }),
        })
    }
}

fn refused(refusal: Refusal) -> Refused {
    Refused::new(&refusal.code, refusal.message)
}

fn partner_of(app: &App, feed: &FeedId) -> Option<String> {
    let state = app.replica.state();
    let certificate = state.certificates().get(feed);
    certificate.map(|its| state.partner_name(&its.partner))
}

/// Says why entries are left out, and what to do.
fn why(reason: &str) -> &'static str {
    match reason {
        "quota" => {
            "this partner has published what the charter allows in a day: import again tomorrow"
        }
        "disk" | "disk_full" => "the disk of this node lacks room: make room, then import it again",
        "missing" => {
            "they stand on edits that are not held: import the bundle of a node that has them, then this one again"
        }
        "signature" => "their signature does not hold: ask for a bundle of another node",
        _ => "what they follow is not held: import a newer bundle",
    }
}

fn refusal(path: &Path, error: &BundleError) -> Refusal {
    let what_to_do = match error {
        BundleError::Damaged { .. } => "copy it again, or ask for another",
        BundleError::Fault(_) => "look at the disk of the node with `maillage doctor`",
        BundleError::Io(_) => "look at the disk or the stick",
        BundleError::Newer { .. } => "upgrade this node, then import it again",
        BundleError::NotABundle => "give a file that `maillage bundle export` has written",
        BundleError::OtherFederation => "give it to a node of that federation",
        BundleError::Refused { .. } => "ask for a bundle of another node",
        BundleError::TooManyFeeds => "exchange over the network instead",
    };
    let message = format!("{}: {error}: {what_to_do}", path.display());
    Refusal::new(error.code(), message)
}
