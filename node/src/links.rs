//! The relays of the federation, as the configuration or a command names them: read, judged, and kept beside the keys.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use sync::{Links, Relays};

use crate::config::Sync;
use crate::keys::KeyFolder;

/// Where commands keep the token, in the node's folder. Backups have what is beside the keys.
const TOKEN: &str = "keys/relay.token";
/// Where they keep the certificates of an authority that only the federation knows.
const AUTHORITY: &str = "keys/relay-authority.pem";
/// Whoever reads the token may use the relay: it is nobody's but the node's user's, and that of a group for a service manager.
const OTHERS: u32 = 0o007;

/// What commands that make a node are told of relays and of the local network.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct RelayFlags {
    /// A relay that the federation runs itself, through which nodes meet that cannot reach each other. Can be given twice.
    #[arg(long = "relay", value_name = "ADDRESS")]
    relays: Vec<String>,
    /// The file with the token that the relays ask for. It is copied beside the keys.
    #[arg(long = "relay-token", value_name = "FILE")]
    token: Option<PathBuf>,
    /// The file with the certificate (PEM) of an authority that only the federation knows. It is copied beside the keys.
    #[arg(long = "relay-authority", value_name = "FILE")]
    authority: Option<PathBuf>,
    /// Looks for other nodes on the local network (mDNS), and lets this one be found there.
    #[arg(long)]
    mdns: bool,
}

/// Relays that were judged good, with what is kept of them in the folder of a new node.
#[derive(Debug, Default)]
pub(crate) struct GivenRelays {
    pub(crate) links: Links,
    token: Option<Vec<u8>>,
    authority: Option<Vec<u8>>,
}

impl GivenRelays {
    /// Reads what a command was told, and the relays that a ticket names beside it.
    pub(crate) fn read(flags: &RelayFlags, of_ticket: &[String]) -> anyhow::Result<Self> {
        let mut addresses = of_ticket.to_vec();
        for relay in &flags.relays {
            let is_there = addresses.iter().any(|each| is_same(each, relay));
            if !is_there {
                addresses.push(relay.clone());
            }
        }
        let given = |file: &Option<PathBuf>| file.as_deref().map(read_file).transpose();
        let (token, authority) = (given(&flags.token)?, given(&flags.authority)?);
        let relays = judged(&addresses, token.as_deref(), authority.as_deref())?;
        Ok(Self {
            links: Links {
                relays,
                mdns: flags.mdns,
            },
            token,
            authority,
        })
    }

    /// Names the relays in the configuration of the new node.
    pub(crate) fn configure(&self, sync: &mut Sync) {
        sync.relays = self.links.relays.addresses();
        sync.mdns = self.links.mdns;
        sync.relay_token_file = self.token.is_some().then(|| TOKEN.into());
        sync.relay_authority_file = self.authority.is_some().then(|| AUTHORITY.into());
    }

    /// Keeps the token and the authority in the folder of the new node.
    pub(crate) fn keep(&self, node: &Path) -> anyhow::Result<()> {
        let keys = KeyFolder::of(node);
        for (name, bytes) in [(TOKEN, &self.token), (AUTHORITY, &self.authority)] {
            if let Some(bytes) = bytes {
                keys.write_beside(&node.join(name), bytes)?;
            }
        }
        Ok(())
    }
}

/// Reads the links that the configuration of a node names.
pub(crate) fn of(sync: &Sync, node: &Path) -> anyhow::Result<Links> {
    let given = |file: &Option<PathBuf>| file.as_deref().map(|file| read_file(&node.join(file)));
    if let Some(token) = &sync.relay_token_file {
        refuse_shown(&node.join(token))?;
    }
    let token = given(&sync.relay_token_file).transpose()?;
    let authority = given(&sync.relay_authority_file).transpose()?;
    let relays = judged(&sync.relays, token.as_deref(), authority.as_deref())?;
    Ok(Links {
        relays,
        mdns: sync.mdns,
    })
}

fn judged(
    addresses: &[String],
    token: Option<&[u8]>,
    authority: Option<&[u8]>,
) -> anyhow::Result<Relays> {
    if addresses.is_empty() && (token.is_some() || authority.is_some()) {
        bail!(
            "there is a token or an authority for relays, but no relay: name one, such as https://relais.example.org"
        );
    }
    let token = token.map(String::from_utf8_lossy);
    Ok(Relays::read(addresses, token.as_deref(), authority)?)
}

fn refuse_shown(token: &Path) -> anyhow::Result<()> {
    let found = fs::metadata(token).with_context(|| token.display().to_string())?;
    if found.permissions().mode() & OTHERS != 0 {
        bail!(
            "{file} can be read by every user of this machine: chmod 600 {file}",
            file = token.display()
        );
    }
    Ok(())
}

fn read_file(file: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("{} cannot be read", file.display()))
}

fn is_same(one: &str, other: &str) -> bool {
    one.trim_end_matches('/') == other.trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    const RELAY: &str = "https://relais.exemple.test";

    fn sync(folder: &Path, mode: u32) -> Sync {
        let token = folder.join("jeton");
        fs::write(&token, "0123456789abcdef\n").expect("writable");
        fs::set_permissions(&token, fs::Permissions::from_mode(mode)).expect("ours");
        Sync {
            relays: vec![RELAY.to_owned()],
            relay_token_file: Some("jeton".into()),
            ..Sync::default()
        }
    }

    #[test]
    fn a_token_that_everybody_can_read_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        for mode in [0o600, 0o640] {
            let links = of(&sync(folder.path(), mode), folder.path()).expect("good");
            assert_eq!(links.relays.addresses(), [format!("{RELAY}/")]);
        }
        let refused = of(&sync(folder.path(), 0o644), folder.path()).expect_err("shown");
        assert!(refused.to_string().contains("chmod 600"), "{refused}");
    }

    #[test]
    fn a_token_without_a_relay_and_a_file_that_is_not_there_are_said() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut alone = sync(folder.path(), 0o600);
        alone.relays.clear();
        let refused = of(&alone, folder.path()).expect_err("no relay");
        assert!(refused.to_string().contains("but no relay"), "{refused}");
        let mut missing = sync(folder.path(), 0o600);
        missing.relay_authority_file = Some("autorite.pem".into());
        let refused = of(&missing, folder.path()).expect_err("no file");
        assert!(refused.to_string().contains("autorite.pem"), "{refused}");
        assert!(
            of(&Sync::default(), folder.path())
                .expect("nothing")
                .relays
                .is_empty()
        );
    }

    #[test]
    fn what_a_new_node_is_told_is_kept_and_read_again() {
        let folder = tempfile::tempdir().expect("a folder");
        sync(folder.path(), 0o644);
        let flags = RelayFlags {
            relays: vec![RELAY.to_owned(), "https://autre.exemple.test".to_owned()],
            token: Some(folder.path().join("jeton")),
            authority: None,
            mdns: true,
        };
        let of_ticket = [format!("{RELAY}/")];
        let given = GivenRelays::read(&flags, &of_ticket).expect("good");
        let node = folder.path().join("ville");
        KeyFolder::of(&node).create().expect("writable");
        let mut sync = Sync::default();
        given.configure(&mut sync);
        given.keep(&node).expect("writable");
        let read = of(&sync, &node).expect("only its owner reads it");
        let both = [
            format!("{RELAY}/"),
            "https://autre.exemple.test/".to_owned(),
        ];
        assert_eq!(read.relays.addresses(), both);
        assert!(read.mdns);
    }
}
