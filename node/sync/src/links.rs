//! How nodes reach each other beyond the addresses that somebody wrote down: relays of the federation's own, and the local network.
//!
//! Nothing of it is on unless an operator asks for it, and no third party is ever asked: a relay is one that the federation runs.

use std::fmt;
use std::net::IpAddr;

use iroh::tls::CaTlsConfig;
use iroh::{EndpointAddr, RelayConfig, RelayMap, RelayMode, RelayUrl};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use crate::limits::{RELAY_ADDRESS_BYTES_MAX, RELAY_TOKEN_BYTES_MAX, RELAYS_MAX};

/// What an operator has asked for. Nothing, by default.
#[derive(Debug, Clone, Default)]
pub struct Links {
    /// The relays of the federation.
    pub relays: Relays,
    /// Whether nodes are looked for on the local network, and this one is found there.
    pub mdns: bool,
}

/// Whether nodes are looked for on the local network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LocalNetwork {
    /// Nobody asked for it.
    Off,
    /// They are.
    On,
    /// An operator asked for it, and the system does not let this node: the reason.
    Failed(String),
}

impl LocalNetwork {
    /// Returns the stable code.
    pub fn code(&self) -> &'static str {
        match self {
            LocalNetwork::Off => "off",
            LocalNetwork::On => "on",
            LocalNetwork::Failed(_) => "failed",
        }
    }
}

/// The relays of the federation, with what they ask for.
#[derive(Clone, Default)]
pub struct Relays {
    urls: Vec<RelayUrl>,
    token: Option<String>,
    roots: Vec<CertificateDer<'static>>,
}

/// Why relays cannot be used. Our operator must act.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RelayError {
    /// It is no address of a relay.
    #[error(
        "the relay {0} is no address: write https:// and a name, such as https://relais.example.org, with a port if it is not 443"
    )]
    Address(String),
    /// The line to the relay would not be protected.
    #[error(
        "the relay {0} is not protected: write https:// (http:// is for a relay on this very machine, such as http://127.0.0.1:3340)"
    )]
    Plain(String),
    /// The file holds no certificate.
    #[error(
        "the file of the authority of the relay holds no certificate: it begins with -----BEGIN CERTIFICATE-----"
    )]
    Root,
    /// The token cannot be sent.
    #[error(
        "the token of the relay is one word of 16 to {RELAY_TOKEN_BYTES_MAX} letters, digits and signs: make one with `openssl rand -hex 24`"
    )]
    Token,
    /// There are too many.
    #[error("{0} relays are named: at most {RELAYS_MAX}")]
    TooMany(usize),
}

/// How things stand with a relay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelayStanding {
    /// Its address.
    pub address: String,
    /// How things stand.
    pub state: RelayState,
}

/// See `RelayStanding`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RelayState {
    /// It is asked for nothing now: another one is in use.
    Idle,
    /// Other nodes reach this one through it.
    Connected,
    /// It does not let this node in.
    Refused,
    /// It is not reached.
    Unreachable(String),
}

impl RelayState {
    /// Returns the stable code of the state.
    pub fn code(&self) -> &'static str {
        match self {
            RelayState::Idle => "idle",
            RelayState::Connected => "connected",
            RelayState::Refused => "refused",
            RelayState::Unreachable(_) => "unreachable",
        }
    }
}

/// Which way the packets of a session take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From node to node.
    Direct,
    /// Through a relay.
    Relayed,
}

impl Way {
    /// Returns the stable code of the way.
    pub fn code(self) -> &'static str {
        match self {
            Way::Direct => "direct",
            Way::Relayed => "relayed",
        }
    }
}

impl Relays {
    /// Reads the addresses of relays, the token that they ask for, and the certificates (PEM) of an authority that only the federation
    /// knows.
    pub fn read(
        addresses: &[String],
        token: Option<&str>,
        roots: Option<&[u8]>,
    ) -> Result<Self, RelayError> {
        if addresses.len() > RELAYS_MAX {
            return Err(RelayError::TooMany(addresses.len()));
        }
        let urls: Result<_, _> = addresses.iter().map(|address| url(address)).collect();
        let token = token.map(str::trim);
        if token.is_some_and(|token| !is_token(token)) {
            return Err(RelayError::Token);
        }
        let roots = match roots {
            Some(pem) => {
                let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
                read.ok()
                    .filter(|read| !read.is_empty())
                    .ok_or(RelayError::Root)?
            }
            None => Vec::new(),
        };
        Ok(Self {
            urls: urls?,
            token: token.map(str::to_owned),
            roots,
        })
    }

    /// Returns whether there is none.
    pub fn is_empty(&self) -> bool {
        self.urls.is_empty()
    }

    /// Returns the addresses, as tickets carry them.
    pub fn addresses(&self) -> Vec<String> {
        self.urls.iter().map(RelayUrl::to_string).collect()
    }

    /// Adds the relays to the places where a peer may be: all nodes of a federation are on the same ones.
    pub(crate) fn on_the_way_to(&self, peer: EndpointAddr) -> EndpointAddr {
        let urls = self.urls.iter().cloned();
        urls.fold(peer, EndpointAddr::with_relay_url)
    }

    pub(crate) fn urls(&self) -> &[RelayUrl] {
        &self.urls
    }

    /// These relays and no other. They are not asked what our address looks like from outside: that would be a second service to run,
    /// on a port of its own.
    pub(crate) fn mode(&self) -> RelayMode {
        if self.urls.is_empty() {
            return RelayMode::Disabled;
        }
        let relays = self.urls.iter().map(|url| {
            let relay = RelayConfig::new(url.clone(), None);
            match &self.token {
                Some(token) => relay.with_auth_token(token),
                None => relay,
            }
        });
        RelayMode::Custom(relays.collect::<RelayMap>())
    }

    /// Whom certificates of relays are believed from: the authorities that browsers know, and the federation's own.
    pub(crate) fn trusted(&self) -> CaTlsConfig {
        CaTlsConfig::default().with_extra_roots(self.roots.clone())
    }
}

/// A token stands in no log.
impl fmt::Debug for Relays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Relays {:?}", self.addresses())
    }
}

fn is_token(token: &str) -> bool {
    (16..=RELAY_TOKEN_BYTES_MAX).contains(&token.len())
        && token.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A scheme, a host and a port: what names a relay is compared, so nothing else may differ.
fn url(address: &str) -> Result<RelayUrl, RelayError> {
    let no_address =
        || RelayError::Address(address.chars().take(RELAY_ADDRESS_BYTES_MAX).collect());
    if address.len() > RELAY_ADDRESS_BYTES_MAX {
        return Err(no_address());
    }
    let url: RelayUrl = address.trim().parse().map_err(|_| no_address())?;
    let host = url.host_str().filter(|host| !host.is_empty());
    let host = host.ok_or_else(no_address)?;
    let is_bare = url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    match url.scheme() {
        _ if !is_bare => Err(no_address()),
        "https" => Ok(url),
        "http" if is_here(host) => Ok(url),
        "http" => Err(RelayError::Plain(address.to_owned())),
        _ => Err(no_address()),
    }
}

fn is_here(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "0123456789abcdef";

    fn read(addresses: &[&str]) -> Result<Vec<String>, RelayError> {
        let addresses: Vec<_> = addresses
            .iter()
            .map(|&address| address.to_owned())
            .collect();
        Relays::read(&addresses, None, None).map(|relays| relays.addresses())
    }

    #[test]
    fn a_relay_is_a_scheme_a_host_and_a_port() {
        for (written, read_as) in [
            (
                "https://relais.exemple.test",
                "https://relais.exemple.test/",
            ),
            (
                "https://relais.exemple.test:8443/",
                "https://relais.exemple.test:8443/",
            ),
            ("http://127.0.0.1:3340", "http://127.0.0.1:3340/"),
            ("http://[::1]:3340", "http://[::1]:3340/"),
            ("http://localhost:3340", "http://localhost:3340/"),
        ] {
            assert_eq!(read(&[written]), Ok(vec![read_as.to_owned()]));
        }
        for wrong in [
            "",
            "relais.exemple.test",
            "https://",
            "ftp://relais.exemple.test",
            "https://relais.exemple.test/relais",
            "https://relais.exemple.test/?a",
            "https://relais.exemple.test/#a",
            "https://jeton@relais.exemple.test",
        ] {
            assert_eq!(read(&[wrong]), Err(RelayError::Address(wrong.to_owned())));
        }
        for plain in ["http://relais.exemple.test", "http://192.0.2.1:80"] {
            assert_eq!(read(&[plain]), Err(RelayError::Plain(plain.to_owned())));
        }
    }

    #[test]
    fn relays_and_their_addresses_have_limits() {
        let many = ["https://relais.exemple.test"; RELAYS_MAX + 1];
        assert!(read(&many[..RELAYS_MAX]).is_ok());
        assert_eq!(read(&many), Err(RelayError::TooMany(RELAYS_MAX + 1)));
        let labels = ["a", "b", "c"].map(|letter| letter.repeat(60)).join(".");
        let named = |bytes: usize| {
            let start = format!("https://{labels}.");
            format!("{start}{}", "d".repeat(bytes - start.len()))
        };
        assert!(read(&[&named(RELAY_ADDRESS_BYTES_MAX)]).is_ok());
        assert!(read(&[&named(RELAY_ADDRESS_BYTES_MAX + 1)]).is_err());
    }

    #[test]
    fn a_token_is_one_word_and_stands_in_no_log() {
        let with = |token: &str| Relays::read(&[], Some(token), None);
        let relays = with(&format!("{TOKEN}\n")).expect("a file ends with a line break");
        assert_eq!(relays.token.as_deref(), Some(TOKEN));
        assert!(!format!("{relays:?}").contains(TOKEN));
        assert!(with(&"a".repeat(RELAY_TOKEN_BYTES_MAX)).is_ok());
        let long = "a".repeat(RELAY_TOKEN_BYTES_MAX + 1);
        for wrong in [
            "",
            "0123456789abcde",
            "0123456789 abcdef",
            "0123456789abcdé0",
            &long,
        ] {
            assert_eq!(with(wrong).err(), Some(RelayError::Token), "{wrong}");
        }
    }

    #[test]
    fn a_file_without_a_certificate_is_no_authority() {
        let with = |pem: &[u8]| Relays::read(&[], None, Some(pem)).map(|relays| relays.roots.len());
        let der = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
        assert_eq!(with(der.as_bytes()), Ok(1));
        assert_eq!(with(der.repeat(2).as_bytes()), Ok(2));
        for wrong in [&b""[..], b"relais", b"-----BEGIN CERTIFICATE-----\n"] {
            assert_eq!(with(wrong), Err(RelayError::Root));
        }
    }

    #[test]
    fn without_relays_nothing_is_relayed_and_with_some_only_they_are_used() {
        assert_eq!(Relays::default().mode(), RelayMode::Disabled);
        let addresses = ["https://relais.exemple.test".to_owned()];
        let relays = Relays::read(&addresses, Some(TOKEN), None).expect("good");
        let RelayMode::Custom(map) = relays.mode() else {
            panic!("{:?}", relays.mode());
        };
        let [relay] = &map.relays::<Vec<_>>()[..] else {
            panic!("{map}");
        };
        assert_eq!(relay.url.to_string(), "https://relais.exemple.test/");
        assert_eq!(
            (relay.auth_token.as_deref(), &relay.quic),
            (Some(TOKEN), &None)
        );
    }
}
