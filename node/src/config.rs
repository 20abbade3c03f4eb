//! The configuration file of a node: `maillage.toml` in its folder.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};

use admin_ui::{IMPORT_BYTES_CEILING, STATUS_LIST_PATH};
use anyhow::{Context, anyhow, bail};
use bytesize::ByteSize;
use crdt_schema::profile::Profile;
use data_encoding::HEXLOWER;
use replica::FreeMin;
use serde::{Deserialize, Serialize};

const FILE: &str = "maillage.toml";

/// What an operator chooses. Everything has a default but the names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// The organisation that runs this node.
    pub(crate) partner: String,
    /// The programme whose kinds and vocabularies the pages of this node show, instead of those that the federation follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) profile: Option<String>,
    /// The pages.
    #[serde(default)]
    pub(crate) pages: Pages,
    /// The exchange with other nodes.
    #[serde(default)]
    pub(crate) sync: Sync,
    /// The disk.
    #[serde(default)]
    pub(crate) storage: Storage,
}

/// Where the pages are served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Pages {
    /// Loopback unless changed; port 0 takes a free one.
    pub(crate) listen: SocketAddr,
    /// Names by which browsers reach the pages, behind a proxy that speaks https.
    pub(crate) hosts: Vec<String>,
    /// Where everybody reaches the pages that need no login, behind that proxy: printed codes lead there.
    pub(crate) public_address: Option<String>,
    /// Where the status list is published, when it is not fetched from this node: a place on the partner's web site.
    pub(crate) status_list: Option<String>,
    /// The largest file that a page imports, such as `500MiB`: 200 MiB unless changed, a gibibyte at most.
    pub(crate) import_max: Option<String>,
}

/// Where and with whom the node exchanges entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Sync {
    /// Loopback unless changed; port 0 takes a free one.
    pub(crate) listen: SocketAddr,
    /// Nodes to call, beside those that call us.
    pub(crate) peers: Vec<Peer>,
    /// Relays that the federation runs itself, through which nodes meet that cannot reach each other. None, unless named.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) relays: Vec<String>,
    /// The file with the token that the relays ask for, from the node's folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) relay_token_file: Option<PathBuf>,
    /// The file with the certificate of an authority that only the federation knows, from the node's folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) relay_authority_file: Option<PathBuf>,
    /// Whether nodes are looked for on the local network, by mDNS, and this one is found there. Not unless asked for.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) mdns: bool,
    /// Which other nodes are called.
    pub(crate) meet: Meet,
    /// Days after which it is said that too few partners have confirmed the governance of this node.
    pub(crate) confirm_days: u64,
    /// Which attached files are fetched from other nodes.
    pub(crate) documents: Documents,
}

/// Which nodes are called.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Meet {
    /// Nodes of the federation of which others tell too, so that this one keeps six sessions.
    #[default]
    All,
    /// Those under `peers`, and no others.
    Listed,
}

/// Which attached files are fetched from other nodes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Documents {
    /// All that records name, as soon as this node hears of them.
    All,
    /// Those that somebody opens here.
    #[default]
    Opened,
}

/// How the disk is looked after.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Storage {
    /// What is kept free, such as `2GiB`: below, nothing is fetched from other nodes; below a quarter of it, nothing is written. A
    /// gibibyte or a tenth of the disk, unless changed.
    pub(crate) free_min: Option<String>,
}

/// A node to call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Peer {
    /// Its network identity, 64 hexadecimal digits.
    pub(crate) endpoint: String,
    /// Where it listens. It may be left out where relays are named, or on the local network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) address: Option<SocketAddr>,
}

/// An address that people outside reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PublicAddress {
    /// Without a stroke at its end.
    pub(crate) address: String,
    /// Its host, with its port if it has one.
    pub(crate) host: String,
    /// Whether it is reached over TLS.
    pub(crate) is_https: bool,
}

impl PublicAddress {
    fn parse(written: &str) -> Option<Self> {
        let address = written.strip_suffix('/').unwrap_or(written);
        let (scheme, host) = address.split_once("://")?;
        if !is_address(address) || host.contains('/') {
            return None;
        }
        Some(Self {
            address: address.to_owned(),
            host: host.to_owned(),
            is_https: scheme == "https",
        })
    }
}

/// Says whether a text is an address that a browser opens. What is written here is printed and signed, and so is kept simple.
fn is_address(text: &str) -> bool {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:[]/%".contains(&byte);
    rest.is_some_and(|rest| {
        !rest.is_empty()
            && !rest.starts_with('/')
            && text.len() <= ADDRESS_BYTES_MAX
            && rest.bytes().all(is_plain)
    })
}

/// Bytes of an address: it stands in every credential, and in a code that a phone reads from paper.
const ADDRESS_BYTES_MAX: usize = 200;

/// A smaller limit would refuse the tables of one association.
const IMPORT_BYTES_MIN: u64 = 1 << 20;
/// Every node signs a checkpoint a day: a week without one is long, and nobody is alarmed by a holiday.
const CONFIRM_DAYS: u64 = 7;

impl Default for Pages {
    fn default() -> Self {
        Self {
            listen: loopback(),
            hosts: Vec::new(),
            public_address: None,
            status_list: None,
            import_max: None,
        }
    }
}

impl Default for Sync {
    fn default() -> Self {
        Self {
            listen: loopback(),
            peers: Vec::new(),
            relays: Vec::new(),
            relay_token_file: None,
            relay_authority_file: None,
            mdns: false,
            meet: Meet::default(),
            confirm_days: CONFIRM_DAYS,
            documents: Documents::default(),
        }
    }
}

impl Config {
    /// Chooses the defaults.
    pub(crate) fn new(partner: &str) -> Self {
        Self {
            partner: partner.to_owned(),
            profile: None,
            pages: Pages {
                listen: free_for_pages(),
                ..Pages::default()
            },
            sync: Sync {
                listen: free_for_sync(),
                ..Sync::default()
            },
            storage: Storage::default(),
        }
    }

    /// Returns what the pages show instead of the programmes of the federation. `None` when they show those.
    pub(crate) fn profile(&self) -> anyhow::Result<Option<&'static Profile>> {
        let Some(code) = &self.profile else {
            return Ok(None);
        };
        let codes = || {
            let codes: Vec<_> = Profile::all().iter().map(Profile::code).collect();
            codes.join(", ")
        };
        let known = Profile::of(code).with_context(|| {
            format!(
                "{FILE} names the profile {code}, which this version does not know: write one of {}, or none for the programmes of the \
                 federation",
                codes()
            )
        });
        known.map(Some)
    }

    /// Returns where everybody reaches the pages that need no login: scheme and host only, since pages link to each other from the root.
    pub(crate) fn public_address(&self) -> anyhow::Result<Option<PublicAddress>> {
        let Some(written) = &self.pages.public_address else {
            return Ok(None);
        };
        let read = PublicAddress::parse(written);
        let read = read.with_context(|| {
            format!("pages.public_address is {written}: write a scheme and a host, such as https://labels.example.org")
        })?;
        Ok(Some(read))
    }

    /// Returns where the status list is published: as it is written, or else on the public pages of this node.
    pub(crate) fn status_list(&self) -> anyhow::Result<Option<String>> {
        let Some(written) = &self.pages.status_list else {
            let public = self.public_address()?;
            return Ok(public.map(|public| format!("{}{STATUS_LIST_PATH}", public.address)));
        };
        if !is_address(written) {
            bail!(
                "pages.status_list is {written}: write a whole address, such as https://www.example.org/statuts.json"
            );
        }
        Ok(Some(written.clone()))
    }

    /// Returns the bytes of the largest file that a page imports. `None` where nobody says so.
    pub(crate) fn import_max(&self) -> anyhow::Result<Option<u64>> {
        let Some(written) = &self.pages.import_max else {
            return Ok(None);
        };
        let read = written.parse::<ByteSize>().ok().map(|size| size.as_u64());
        let read = read.filter(|bytes| (IMPORT_BYTES_MIN..=IMPORT_BYTES_CEILING).contains(bytes));
        let read = read.with_context(|| {
            format!(
                "pages.import_max is {written}: write a size from 1MiB to 200MiB, such as 50MiB"
            )
        })?;
        Ok(Some(read))
    }

    /// Returns what is kept free on the disk. `MAILLAGE_FREE_MIN` says it for every node of a machine, whatever their files say.
    pub(crate) fn free_min(&self) -> anyhow::Result<FreeMin> {
        let machine = std::env::var(FREE_MIN).ok();
        match (machine, &self.storage.free_min) {
            (Some(written), _) => free_min(FREE_MIN, &written),
            (None, Some(written)) => free_min("storage.free_min", written),
            (None, None) => Ok(FreeMin::Usual),
        }
    }

    /// Returns the nodes to call, each once, with all the addresses that are written for it.
    pub(crate) fn peers(&self) -> anyhow::Result<Vec<([u8; 32], Vec<SocketAddr>)>> {
        let mut peers: Vec<([u8; 32], Vec<SocketAddr>)> = Vec::new();
        for peer in &self.sync.peers {
            let bytes = HEXLOWER.decode(peer.endpoint.as_bytes()).ok();
            let endpoint: Option<[u8; 32]> = bytes.and_then(|bytes| bytes.try_into().ok());
            let wrong = || {
                format!(
                    "{} is no network identity: 64 hexadecimal digits",
                    peer.endpoint
                )
            };
            let endpoint = endpoint.with_context(wrong)?;
            if peer.address.is_none() && self.sync.relays.is_empty() && !self.sync.mdns {
                bail!(
                    "the peer {} has no address: write the one at which it listens, name the relays of the federation, or say sync.mdns = true if it is on the local network",
                    peer.endpoint
                );
            }
            match peers.iter_mut().find(|(known, _)| *known == endpoint) {
                Some((_, addresses)) => addresses.extend(peer.address),
                None => peers.push((endpoint, peer.address.into_iter().collect())),
            }
        }
        Ok(peers)
    }

    /// Reads the file of a node's folder.
    pub(crate) fn read(node: &Path) -> anyhow::Result<Self> {
        let path = Self::path(node);
        let text = fs::read_to_string(&path).with_context(|| {
            format!("{} cannot be read: is this a node's folder? make one with `maillage init` or `maillage join`", path.display())
        })?;
        toml::from_str(&text).with_context(|| path.display().to_string())
    }

    /// Replaces the file: a power cut leaves the old one or the new one.
    pub(crate) fn write(&self, node: &Path) -> anyhow::Result<()> {
        let path = Self::path(node);
        let new = path.with_extension("toml.new");
        let text = toml::to_string_pretty(self)?;
        fs::write(&new, text).with_context(|| new.display().to_string())?;
        fs::File::open(&new)?.sync_all()?;
        fs::rename(&new, &path).with_context(|| path.display().to_string())
    }

    fn path(node: &Path) -> PathBuf {
        node.join(FILE)
    }
}

fn free_min(name: &str, written: &str) -> anyhow::Result<FreeMin> {
    let read = written.parse::<ByteSize>();
    let read =
        read.map_err(|_| anyhow!("{name} is {written}: write a number and a unit, such as 2GiB"))?;
    Ok(FreeMin::Bytes(read.as_u64()))
}

/// The variable that says what every node of a machine keeps free of its disk.
const FREE_MIN: &str = "MAILLAGE_FREE_MIN";

/// A port that is free now, written into the configuration so that bookmarks and tickets stay good. Where the system gives none, port 0
/// takes one at each start.
fn free_for_pages() -> SocketAddr {
    TcpListener::bind(loopback())
        .and_then(|socket| socket.local_addr())
        .unwrap_or_else(|_| loopback())
}

fn free_for_sync() -> SocketAddr {
    UdpSocket::bind(loopback())
        .and_then(|socket| socket.local_addr())
        .unwrap_or_else(|_| loopback())
}

fn loopback() -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_enough_and_nothing_listens_beyond_loopback() {
        let config: Config =
            toml::from_str("partner = \"Ville de Gien\"").expect("the name is enough");
        assert!(config.pages.listen.ip().is_loopback());
        assert!(config.sync.listen.ip().is_loopback());
    }

    #[test]
    fn a_word_that_means_nothing_is_refused() {
        let text =
            "partner = \"Ville\"\nprofile = \"rencontres\"\n[pages]\nlistens = \"0.0.0.0:80\"";
        assert!(toml::from_str::<Config>(text).is_err());
    }

    #[test]
    fn the_largest_file_to_import_is_a_size_from_a_mebibyte_to_what_is_read() {
        let read = |written: Option<&str>| {
            let mut config = Config::new("Ville");
            config.pages.import_max = written.map(str::to_owned);
            config.import_max().ok()
        };
        assert_eq!(read(None), Some(None));
        for (written, bytes) in [
            ("1MiB", 1 << 20),
            ("200MiB", 200 << 20),
            ("50 MiB", 50 << 20),
        ] {
            assert_eq!(read(Some(written)), Some(Some(bytes)), "{written}");
        }
        for wrong in ["", "beaucoup", "1023KiB", "201MiB", "0", "-1"] {
            assert_eq!(read(Some(wrong)), None, "{wrong}");
        }
    }

    #[test]
    fn a_public_address_is_a_scheme_and_a_host_and_the_list_stands_below_it() {
        let with = |public: Option<&str>, list: Option<&str>| {
            let mut config = Config::new("Ville");
            config.pages.public_address = public.map(str::to_owned);
            config.pages.status_list = list.map(str::to_owned);
            config
        };
        let public = with(Some("https://labels.gien.example/"), None);
        let read = public.public_address().expect("good").expect("one");
        assert_eq!(
            (read.address.as_str(), read.host.as_str(), read.is_https),
            ("https://labels.gien.example", "labels.gien.example", true)
        );
        assert_eq!(
            public.status_list().expect("good").as_deref(),
            Some("https://labels.gien.example/verifier/statuts.json")
        );
        let apart = with(None, Some("https://www.gien.example/labels/statuts.json"));
        assert_eq!(
            apart.status_list().expect("good").as_deref(),
            Some("https://www.gien.example/labels/statuts.json")
        );
        assert_eq!(apart.public_address().expect("good"), None);
        assert_eq!(with(None, None).status_list().expect("good"), None);
        for wrong in [
            "",
            "labels.gien.example",
            "https://",
            "https:///x",
            "ftp://gien.example",
            "https://gien.example/a b",
            "https://gien.example/?a",
            "javascript://gien.example",
        ] {
            assert!(with(Some(wrong), None).public_address().is_err(), "{wrong}");
            assert!(with(None, Some(wrong)).status_list().is_err(), "{wrong}");
        }
        let below = with(Some("https://gien.example/maillage"), None);
        assert!(below.public_address().is_err());
        let long = format!("https://{}.example", "a".repeat(ADDRESS_BYTES_MAX));
        assert!(with(Some(&long), None).public_address().is_err());
    }

    #[test]
    fn a_profile_that_this_version_does_not_know_is_named_with_those_that_it_knows() {
        let with = |profile: Option<&str>| Config {
            profile: profile.map(str::to_owned),
            ..Config::new("Ville")
        };
        assert_eq!(with(None).profile().expect("none is needed"), None);
        let known = with(Some("autonomie")).profile().expect("it is known");
        assert_eq!(known, Profile::of("autonomie"));
        let refused = with(Some("autonomies")).profile();
        let refused = refused.expect_err("it is unknown");
        let refused = refused.to_string();
        assert!(
            refused.contains("autonomies,") && refused.contains("rencontres"),
            "{refused}"
        );
    }

    #[test]
    fn what_is_kept_free_is_a_number_with_its_unit() {
        let read = |written: &str| free_min("storage.free_min", written);
        for (written, bytes) in [
            ("2GiB", 2 << 30),
            ("500 MB", 500_000_000),
            ("16MiB", 16 << 20),
            ("0", 0),
        ] {
            assert_eq!(read(written).expect("read"), FreeMin::Bytes(bytes));
        }
        for wrong in ["", "beaucoup", "-1GiB", "2 GiX"] {
            let refused = read(wrong).expect_err("no size").to_string();
            assert!(refused.starts_with("storage.free_min is"), "{refused}");
        }
    }

    #[test]
    fn a_peer_is_called_once_at_all_its_addresses_and_without_one_through_relays_only() {
        let peer = |digits: &str, address: Option<&str>| Peer {
            endpoint: digits.repeat(32),
            address: address.map(|address| address.parse().expect("an address")),
        };
        let mut config = Config::new("Ville");
        config.sync.peers = vec![
            peer("0a", Some("192.0.2.1:1")),
            peer("0b", Some("192.0.2.2:1")),
            peer("0a", Some("192.0.2.3:1")),
        ];
        let peers = config.peers().expect("good");
        let called: Vec<_> = peers.iter().map(|(peer, at)| (peer[0], at.len())).collect();
        assert_eq!(called, [(0x0a, 2), (0x0b, 1)]);
        config.sync.peers.push(peer("0c", None));
        let refused = config.peers().expect_err("nowhere").to_string();
        assert!(refused.contains("has no address"), "{refused}");
        config
            .sync
            .relays
            .push("https://relais.exemple.test".to_owned());
        assert_eq!(config.peers().expect("good")[2], ([0x0c; 32], Vec::new()));
    }

    #[test]
    fn what_is_written_is_read() {
        let node = tempfile::tempdir().expect("a folder");
        let config = Config {
            partner: "Ville « de » \"Gien\"".to_owned(),
            profile: Some("rencontres".to_owned()),
            pages: Pages {
                hosts: vec!["maillage.gien.example".to_owned()],
                public_address: Some("https://labels.gien.example".to_owned()),
                ..Pages::default()
            },
            sync: Sync {
                peers: vec![Peer {
                    endpoint: "00".repeat(32),
                    address: Some(loopback()),
                }],
                relays: vec!["https://relais.exemple.test/".to_owned()],
                ..Sync::default()
            },
            storage: Storage {
                free_min: Some("2GiB".to_owned()),
            },
        };
        config.write(node.path()).expect("the folder is writable");
        assert_eq!(Config::read(node.path()).expect("just written"), config);
    }
}
