//! Rotating the root of our organisation: the new key is kept before anything is published, and the old one stays aside.
//!
//! A process that ends half way leaves the new key as `root.next`; the next call goes on with that one. A second key would make a second
//! rotation of the same root, and so a dispute.

use std::collections::BTreeMap;
use std::path::Path;

use admin_ui::Refused;
use age::secrecy::SecretString;
use crdt_schema::entry::{Certified, Keeping, ProvenRotation, Root, Rotation};
use crdt_schema::governance::Position;
use crdt_schema::id::{FeedId, PartnerId};

use crate::app::App;
use crate::keys::{self, KeyFolder, RootKey, RootPlace};

/// The feeds that stay, as a rotation says it.
pub(crate) type Kept = BTreeMap<FeedId, Keeping>;

/// Which root signs, and where the new one goes.
pub(crate) enum OldRoot<'f> {
    /// The one of this node, with its passphrase where it is sealed. The new one takes its place.
    Here(Option<SecretString>),
    /// One that was carried here. The new one goes to a file.
    Carried(Box<RootKey>, &'f Path),
}

/// Returns what a rotation would keep: the feed that this node writes goes on, like those that are named as open; every other one of our
/// organisation stays up to its last entry that is held, but for those that are closed altogether.
pub(crate) fn plan(app: &App, open: &[FeedId], close: &[FeedId]) -> Result<Kept, Refused> {
    let partner = ours(app)?;
    let running = app.replica.feed();
    let state = app.replica.state();
    let places = state.last_places(&partner);
    if let Some(strange) = open
        .iter()
        .chain(close)
        .find(|feed| !places.contains_key(feed))
    {
        let message = format!("the feed {} is none of our organisation", strange.short());
        return Err(Refused::new("feed_not_held", message));
    }
    if running.is_some_and(|feed| close.contains(&feed)) {
        return Err(Refused::new(
            "feed_in_use",
            "this node writes that feed: rotate from another node, or give this one a new key first",
        ));
    }
    let is_open = |feed: &FeedId| running == Some(*feed) || open.contains(feed);
    let keep = |(feed, place): (FeedId, Position)| {
        let keeping = match is_open(&feed) {
            true => Keeping::Open,
            false => Keeping::Until(place),
        };
        (!close.contains(&feed)).then_some((feed, keeping))
    };
    Ok(places.into_iter().filter_map(keep).collect())
}

/// Makes a new root, keeps it, publishes the rotation, and puts the new root in the place of the old one. Returns its public key.
pub(crate) fn rotate(app: &App, kept: &Kept, old: OldRoot<'_>) -> Result<[u8; 32], Refused> {
    let partner = ours(app)?;
    if app.replica.holds_acts() {
        let error = replica::ContributeError::NotCompared;
        return Err(Refused::new(error.code(), error.to_string()));
    }
    match old {
        OldRoot::Here(passphrase) => rotate_here(app, &partner, kept, passphrase),
        OldRoot::Carried(before, file) => {
            check_in_force(app, &partner, &before)?;
            let next = sign_next(app, &before, kept)?;
            next.write_file(file).map_err(|error| unreadable(&error))?;
            publish(app, &next)?;
            Ok(*next.secret.public().as_bytes())
        }
    }
}

fn rotate_here(
    app: &App,
    partner: &PartnerId,
    kept: &Kept,
    passphrase: Option<SecretString>,
) -> Result<[u8; 32], Refused> {
    let keys = KeyFolder::of(app.folder());
    if keys.has_sealed_root() && passphrase.is_none() {
        return Err(Refused::new(
            "root_sealed",
            "the root key is sealed: give its passphrase on standard input",
        ));
    }
    let read = |place| {
        keys.read_root(place, passphrase.clone())
            .map_err(|error| unreadable(&error))
    };
    let before = read(RootPlace::Current)?.ok_or_else(elsewhere)?;
    let next = match read(RootPlace::Next)? {
        Some(next) => next,
        None => {
            check_in_force(app, partner, &before)?;
            let next = sign_next(app, &before, kept)?;
            keys.write_root(&next, RootPlace::Next, passphrase)
                .map_err(|error| unreadable(&error))?;
            next
        }
    };
    publish(app, &next)?;
    keys.take_next_root(&before.secret)
        .map_err(|error| unreadable(&error))?;
    Ok(*next.secret.public().as_bytes())
}

/// Draws the next root and lets both sign. Nothing is published.
fn sign_next(app: &App, before: &RootKey, kept: &Kept) -> Result<RootKey, Refused> {
    let federation = *app.replica.state().federation();
    let secret = keys::draw();
    let roots = (&before.secret, &secret);
    let rotation = Rotation::sign(federation, before.partner(), roots, kept.clone())
        .map_err(|error| Refused::new(error.code(), error.to_string()))?;
    let mut way = before.way.clone();
    way.push(rotation);
    Ok(RootKey { secret, way })
}

/// Publishes the last rotation on the way to a root, unless it is held.
fn publish(app: &App, next: &RootKey) -> Result<(), Refused> {
    let Some(rotation) = next.way.last() else {
        return Err(Refused::new(
            "root_unreadable",
            "the next root has no rotation",
        ));
    };
    if is_held(app, rotation) {
        return Ok(());
    }
    let published = app.replica.rotate(rotation);
    published.map_err(|error| Refused::new(error.code(), error.to_string()))?;
    tracing::warn!(partner = %next.partner().short(), "the root key of this organisation was rotated");
    Ok(())
}

fn is_held(app: &App, rotation: &ProvenRotation) -> bool {
    let state = app.replica.state();
    let mut held = state.feeds().rotations_of(&rotation.said().partner);
    held.any(|(each, _)| each == rotation)
}

/// A root that was rotated already would only make a dispute.
fn check_in_force(app: &App, partner: &PartnerId, root: &RootKey) -> Result<(), Refused> {
    if root.partner() != *partner {
        return Err(Refused::new(
            "root_of_another",
            "the root key is not the one of the organisation that this node writes for",
        ));
    }
    let its = Certified {
        partner: *partner,
        root: Root::of(partner, root.secret.public().as_bytes()),
    };
    if app.replica.state().governance().roots().is_in_force(&its) {
        return Ok(());
    }
    Err(Refused::new(
        "root_outdated",
        "this root was rotated already: another rotation of it would put both in dispute",
    ))
}

fn ours(app: &App) -> Result<PartnerId, Refused> {
    let ours = app.replica.partner();
    ours.ok_or_else(|| Refused::new("read_only", "this node has no instance key"))
}

fn elsewhere() -> Refused {
    Refused::new(
        "root_elsewhere",
        "the root key of your organisation is kept elsewhere: give its file with --root, and a file for the new one with --out",
    )
}

fn unreadable(error: &anyhow::Error) -> Refused {
    Refused::new("root_unreadable", format!("{error:#}"))
}
