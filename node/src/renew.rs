//! A new instance key, certified by the root of the organisation: after a restore, a damaged store, or a copied folder.

use age::secrecy::SecretString;
use anyhow::{Context, bail};
use crdt_schema::entry::{Certificate, Certified, Root};
use crdt_schema::id::{FeedId, PartnerId};
use crdt_schema::key::SecretKey;
use replica::{Replica, Signing};

use crate::found;
use crate::keys::{self, KeyFolder, Purpose, RootKey, RootPlace};

/// What a person is told when the key cannot be renewed without a passphrase.
pub(crate) const SEALED: &str = "this node reads and exchanges, but signs nothing: its feed has ended, and the root key that certifies a new one is sealed: give \
     `maillage renew --passphrase-stdin`, with the passphrase on standard input";

/// Returns whether the node has no key that may sign.
pub(crate) fn is_needed(replica: &Replica) -> bool {
    match replica.signing() {
        // A feed that was not started, since the process ended between the key and its certificate.
        Signing::Feed(feed) => !replica.state().certificates().contains_key(&feed),
        Signing::Ended(_) | Signing::Keyless => true,
    }
}

/// Returns whether the node's certificate is of a root that was rotated, or is in dispute: what it signs counts for nothing.
pub(crate) fn is_outdated(replica: &Replica) -> bool {
    let Some(feed) = replica.feed() else {
        return false;
    };
    let state = replica.state();
    let certificate = state.certificates().get(&feed);
    certificate.is_some_and(|its| !state.governance().roots().vouch_for(&feed, &its.into()))
}

/// Returns whether the root key can be used without asking anybody.
pub(crate) fn has_open_root(keys: &KeyFolder) -> bool {
    !keys.has_sealed_root()
        && keys
            .read_root(RootPlace::Current, None)
            .is_ok_and(|root| root.is_some())
}

/// Draws a new instance key, keeps it in the place of the old one, and starts its feed. The old feed has ended: what it holds stays.
pub(crate) fn renew(
    replica: &Replica,
    keys: &KeyFolder,
    endpoint: &SecretKey,
    passphrase: Option<SecretString>,
) -> anyhow::Result<FeedId> {
    let root = root(keys, passphrase)?;
    let partner = root.partner();
    let endpoint = *endpoint.public().as_bytes();
    check_partner(replica, &partner, &endpoint)?;
    check_in_force(replica, &root)?;
    let has_begun = |feed: FeedId| replica.state().certificates().contains_key(&feed);
    let instance = match (replica.signing(), keys.read(Purpose::Instance)?) {
        (Signing::Feed(feed), Some(kept)) if kept.public().feed() == feed && !has_begun(feed) => {
            kept
        }
        _ => {
            let drawn = keys::draw();
            keys.replace(Purpose::Instance, &drawn)?;
            drawn
        }
    };
    let feed = instance.public().feed();
    let federation = *replica.state().federation();
    let certificate = Certificate::sign(&root.secret, partner, &federation, &feed, endpoint);
    replica.renew(found::author(instance), certificate, &root.way)?;
    tracing::warn!(feed = %feed.short(), "this node signs with a new instance key");
    Ok(feed)
}

fn root(keys: &KeyFolder, passphrase: Option<SecretString>) -> anyhow::Result<RootKey> {
    if keys.has_sealed_root() && passphrase.is_none() {
        bail!(SEALED);
    }
    keys.read_root(RootPlace::Current, passphrase)?.context(
        "the root key of your organisation is kept elsewhere: put it back as keys/root.key, call `maillage renew`, and take it away again",
    )
}

/// A certificate of a root that was rotated would count for nothing.
fn check_in_force(replica: &Replica, root: &RootKey) -> anyhow::Result<()> {
    let partner = root.partner();
    let its = Certified {
        partner,
        root: Root::of(&partner, root.secret.public().as_bytes()),
    };
    if replica.state().governance().roots().is_in_force(&its) {
        return Ok(());
    }
    bail!(
        "this root key was rotated, or is in dispute: put the one in force in its place (`maillage export-root` on the node that has it)"
    )
}

/// A root of another organisation would certify a feed that counts for nobody.
fn check_partner(
    replica: &Replica,
    partner: &PartnerId,
    endpoint: &[u8; 32],
) -> anyhow::Result<()> {
    let state = replica.state();
    let mut ours = state
        .certificates()
        .values()
        .filter(|each| each.endpoint == *endpoint);
    if ours.any(|each| each.partner != *partner) {
        bail!("the root key is not the one of the organisation that this node writes for");
    }
    Ok(())
}
