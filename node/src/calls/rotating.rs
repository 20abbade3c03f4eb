//! Another root key for our organisation: first said, then signed as it was shown.

use admin_ui::{Language, said};
use crdt_schema::entry::Keeping;
use crdt_schema::id::FeedId;
use data_encoding::HEXLOWER;
use serde_json::json;

use crate::app::App;
use crate::call::{Outcome, Refusal, RotateAsk};
use crate::calls::deciding;
use crate::keys::{KeyFolder, RootKey};
use crate::rotating::{self, Kept, OldRoot};

/// Says what a rotation would keep; with what was shown, carries it out.
pub(crate) fn rotate_root(app: &App, ask: &RotateAsk) -> Outcome {
    let Some(shown) = &ask.kept else {
        return preview(app, ask);
    };
    let kept: Option<Kept> = shown.iter().map(|text| Keeping::from_text(text)).collect();
    let unreadable = || Refusal::new("place_not_held", "these are no feeds to keep");
    let kept = kept.ok_or_else(unreadable)?;
    let old = match &ask.carried {
        Some((key, file)) => {
            let key = RootKey::parse(key)
                .map_err(|error| Refusal::new("root_unreadable", format!("{error:#}")))?;
            OldRoot::Carried(Box::new(key), file)
        }
        None => OldRoot::Here(ask.passphrase.clone().map(Into::into)),
    };
    let root = rotating::rotate(app, &kept, old)?;
    Ok(json!({ "signed": true, "root": HEXLOWER.encode(&root) }))
}

fn preview(app: &App, ask: &RotateAsk) -> Outcome {
    let (open, close) = {
        let state = app.replica.state();
        let feeds = |starts: &[String]| -> Result<Vec<FeedId>, Refusal> {
            let found = starts.iter().map(|start| deciding::feed(&state, start));
            found.collect()
        };
        (feeds(&ask.open)?, feeds(&ask.close)?)
    };
    let kept = rotating::plan(app, &open, &close)?;
    let state = app.replica.state();
    let says = said::rotation(Language::English, &state, &kept);
    let texts = kept.iter().map(|(feed, keeping)| keeping.to_text(feed));
    Ok(json!({
        "says": [deciding::said(&says)],
        "kept": texts.collect::<Vec<_>>(),
        "sealed": KeyFolder::of(app.folder()).has_sealed_root(),
        "signed": false,
    }))
}
