//! How a node's folder comes to be: a new federation, or a partner that enters one.

use std::path::Path;

use anyhow::{Context, bail};
use crdt_schema::entry::Certificate;
use crdt_schema::governance::{
    Approval, Charter, Confirmed, Coordinator, Mandate, Quotas, Recovery, Seat, Selection,
};
use crdt_schema::id::{FederationId, PartnerId};
use crdt_schema::key::{PublicKey, SecretKey};
use crdt_schema::limits::NAME_BYTES_MAX;
use crdt_schema::vocabulary::{Declaration, Declared};
use replica::{Author, NewItem, Replica};

use crate::clock;
use crate::config::Config;
use crate::keys::{self, KeyFolder, Purpose, RootKey, RootPlace};

/// The keys of a new node, before they are kept.
pub(crate) struct NewKeys {
    pub(crate) root: RootKey,
    pub(crate) instance: SecretKey,
    pub(crate) endpoint: SecretKey,
}

/// Where the root key is kept.
pub(crate) enum RootKeeping {
    /// In clear, readable by the owner of the folder. `maillage doctor` says so.
    Clear,
    /// Not on this node: another node of the organisation has it, or a safe.
    Elsewhere,
    /// Under a passphrase.
    Sealed(age::secrecy::SecretString),
}

impl NewKeys {
    pub(crate) fn draw() -> Self {
        Self::of_root(RootKey::first(keys::draw()))
    }

    /// Draws the keys of another node of the organisation that has this root key.
    pub(crate) fn of_root(root: RootKey) -> Self {
        Self {
            root,
            instance: keys::draw(),
            endpoint: keys::draw(),
        }
    }

    pub(crate) fn partner(&self) -> PartnerId {
        self.root.partner()
    }

    /// Signs the certificate of the instance.
    pub(crate) fn certificate(&self, federation: &FederationId) -> Certificate {
        let feed = self.instance.public().feed();
        let endpoint = *self.endpoint.public().as_bytes();
        Certificate::sign(
            &self.root.secret,
            self.partner(),
            federation,
            &feed,
            endpoint,
        )
    }

    /// Keeps the keys, and the certificate beside them: the root may then live elsewhere.
    pub(crate) fn keep(&self, node: &Path, root: RootKeeping) -> anyhow::Result<()> {
        let folder = KeyFolder::of(node);
        folder.create()?;
        folder.write(Purpose::Instance, &self.instance)?;
        folder.write(Purpose::Endpoint, &self.endpoint)?;
        match root {
            RootKeeping::Clear => folder.write_root(&self.root, RootPlace::Current, None),
            RootKeeping::Elsewhere => Ok(()),
            RootKeeping::Sealed(passphrase) => {
                folder.write_root(&self.root, RootPlace::Current, Some(passphrase))
            }
        }
    }
}

/// Refuses a folder that holds a node already.
pub(crate) fn refuse_existing(node: &Path) -> anyhow::Result<()> {
    if node.join("maillage.toml").exists() || node.join("keys").exists() {
        bail!(
            "{} holds a node already: choose another folder with --dir",
            node.display()
        );
    }
    Ok(())
}

/// Makes the folder of a new node, before anything is asked of another one: a ticket is used once.
pub(crate) fn make_folder(node: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(node).with_context(|| node.display().to_string())
}

/// The seats of a new federation beside that of its founder.
#[derive(Debug, Default)]
pub(crate) struct OtherSeats {
    seats: Vec<Seat>,
    needed: Option<u32>,
}

impl OtherSeats {
    /// Reads names and public keys. Without a number, the smallest majority of all seats must approve a charter.
    pub(crate) fn new(seats: &[(String, String)], needed: Option<u32>) -> anyhow::Result<Self> {
        let mut read: Vec<Seat> = Vec::new();
        for (name, key) in seats {
            let Some(key) = PublicKey::parse(key) else {
                bail!(
                    "{key:?} is no public key of a seat: 64 hexadecimal digits, as `maillage charter key FILE` prints them"
                );
            };
            let key = *key.as_bytes();
            if name.trim().is_empty() || name.len() > NAME_BYTES_MAX {
                bail!("the name of a seat takes from 1 to {NAME_BYTES_MAX} bytes: --seat NAME=KEY");
            }
            if read
                .iter()
                .any(|seat| seat.key == key || seat.id == name.trim())
            {
                bail!("two seats have one key or one name: each needs its own");
            }
            read.push(Seat {
                id: name.trim().to_owned(),
                key,
            });
        }
        let count = u32::try_from(read.len() + 1).unwrap_or(u32::MAX);
        if let Some(needed) = needed
            && (needed > count || needed <= count / 2)
        {
            bail!(
                "--needed takes more than half of the {count} seats, and no more than all: {} to {count}",
                count / 2 + 1
            );
        }
        Ok(Self {
            seats: read,
            needed,
        })
    }
}

/// Founds a federation with one partner that coordinates it and holds the first seat. Its first act says which programmes it follows, the
/// leading one first: the pages of every node that joins then show them.
pub(crate) fn federation(
    node: &Path,
    federation_name: &str,
    profiles: &[String],
    config: &Config,
    root: RootKeeping,
    others: &OtherSeats,
) -> anyhow::Result<Charter> {
    refuse_existing(node)?;
    make_folder(node)?;
    let new = NewKeys::draw();
    let seat = keys::draw();
    let charter = genesis(federation_name, &config.partner, &new, &seat, others);
    if charter.seats[1..]
        .iter()
        .any(|other| other.id == config.partner)
    {
        bail!(
            "the founder's own seat is called {:?}: give the others other names",
            config.partner
        );
    }
    let federation = charter.federation();
    Replica::create(node, std::slice::from_ref(&charter), &[])?;
    new.keep(node, root)?;
    KeyFolder::of(node).write(Purpose::Seat, &seat)?;
    sign_first_entry(node, &new, &federation)?;
    if !profiles.is_empty() {
        sign_profiles(node, &new, profiles)?;
    }
    config.write(node)?;
    Ok(charter)
}

/// Makes the folder of a partner that was given the charters of a federation.
pub(crate) fn partner(
    node: &Path,
    config: &Config,
    new: &NewKeys,
    charters: &[Charter],
    approvals: &[Approval],
    root: RootKeeping,
) -> anyhow::Result<()> {
    let federation = charters
        .last()
        .context("the federation sent no charter")?
        .federation();
    Replica::create(node, charters, approvals)?;
    new.keep(node, root)?;
    sign_first_entry(node, new, &federation)?;
    config.write(node)
}

/// The author that signs with this key.
pub(crate) fn author(instance: SecretKey) -> Author {
    Author {
        secret: instance,
        now: clock::now,
        fill_random: keys::fill_random,
    }
}

/// The certificate is the first entry of the feed. Once it is in the store, the root key is needed no more.
fn sign_first_entry(node: &Path, new: &NewKeys, federation: &FederationId) -> anyhow::Result<()> {
    let author = author(new.instance.clone());
    Ok(Replica::open(node, Some(author))?.certify(new.certificate(federation), &new.root.way)?)
}

fn sign_profiles(node: &Path, new: &NewKeys, profiles: &[String]) -> anyhow::Result<()> {
    let declaration = Declaration {
        declared: Declared::Profiles(profiles.to_vec()),
        replaces: Vec::new(),
    };
    declaration.check()?;
    let act = NewItem::of_act(&declaration.to_act()).context("the act is too large")?;
    let author = author(new.instance.clone());
    Replica::open(node, Some(author))?.decide(vec![act])?;
    Ok(())
}

fn genesis(
    name: &str,
    partner: &str,
    new: &NewKeys,
    seat: &SecretKey,
    others: &OtherSeats,
) -> Charter {
    let mut seats = vec![Seat {
        id: partner.to_owned(),
        key: *seat.public().as_bytes(),
    }];
    seats.extend(others.seats.iter().cloned());
    let majority = u32::try_from(seats.len() / 2 + 1).unwrap_or(u32::MAX);
    let root = *new.root.secret.public().as_bytes();
    let coordinator = Coordinator {
        root,
        name: partner.to_owned(),
        rights: Selection::All,
        mandate: Mandate::everything(),
    };
    let confirmed = Confirmed {
        root,
        name: partner.to_owned(),
        mandate: Mandate::everything(),
    };
    Charter {
        federation: None,
        version: 0,
        parent: None,
        name: name.to_owned(),
        seats,
        k: others.needed.unwrap_or(majority),
        recovery: Recovery::default(),
        coordinators: [(new.partner(), coordinator)].into(),
        partners: [(new.partner(), confirmed)].into(),
        cuts: [].into(),
        schemes: [].into(),
        quotas: Quotas::default(),
        min_protocol: 1,
    }
}
