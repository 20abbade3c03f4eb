//! What the pages need: the local store, the clock, a source of chance, and how this listener is reached.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use crdt_schema::id::EntryId;
use crdt_schema::label::Day;
use crdt_schema::profile::Profile;
use crdt_schema::time::Timestamp;
use crdt_schema::vocabulary::Lexicon;
use replica::local::Local;
use replica::{ContributeError, Reader, Replica, Saving};
use tokio::sync::Semaphore;

use crate::bundles::Bundles;
use crate::error::PageError;
use crate::fetching::{Fetching, Files};
use crate::imports::Imports;
use crate::intake::Intake;
use crate::login::{self, Throttle};
use crate::office::Office;
use crate::server::PeerAddress;
use crate::turns::Turns;
use crate::upload::{IMPORT_BYTES_CEILING, IMPORT_BYTES_MAX};

/// Proofs that are read and judged at a time.
const CHECKS_AT_ONCE: usize = 2;

/// State of all pages. Cloning gives another handle to the same state.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    local: Arc<Local>,
    settings: Settings,
    now: Box<dyn Fn() -> Timestamp + Send + Sync>,
    random: fn(&mut [u8]),
    throttle: Mutex<Throttle>,
    hashing: Arc<Semaphore>,
    turns: Mutex<Turns>,
    checking: Arc<Semaphore>,
    nobody: String,
    census: OnceLock<Census>,
    imports: OnceLock<Imports>,
    fetching: Fetching,
}

fn not_saved(error: ContributeError) -> PageError {
    match error {
        ContributeError::Fault(fault) => PageError::Fault(fault),
        ContributeError::Held => PageError::Held,
        ContributeError::TooLarge(_) => PageError::TooLarge,
        ContributeError::NotCompared | ContributeError::ReadOnly => PageError::NotForThisRole,
    }
}

/// What the pages show of the census.
pub struct Census {
    /// The replica of this node.
    pub replica: Arc<Replica>,
    /// What is known of the peers, asked at each page.
    pub peers: Box<dyn Fn() -> Vec<PeerRow> + Send + Sync>,
    /// What is known of the relays, asked at each page.
    pub relays: Box<dyn Fn() -> Vec<RelayRow> + Send + Sync>,
    /// Whether nodes are looked for on the local network, asked at each page: `off`, `on` or `failed`.
    pub local_network: Box<dyn Fn() -> String + Send + Sync>,
    /// What is taken in for now, asked at each page.
    pub intake: Box<dyn Fn() -> Intake + Send + Sync>,
    /// The part of the program that signs for its organisation.
    pub office: Arc<dyn Office>,
    /// The part of the program that writes and reads bundles.
    pub bundles: Arc<dyn Bundles>,
    /// The part of the program that asks other nodes for attached files.
    pub files: Arc<dyn Files>,
    /// Days after which it is said that too few partners have confirmed the governance of this node.
    pub confirm_days: u64,
}

/// A peer as the pages show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerRow {
    /// Its network identity.
    pub endpoint: [u8; 32],
    /// Whether a session with it is open.
    pub is_connected: bool,
    /// Its partner, or the start of its network identity.
    pub name: String,
    /// Stable code of how things stand: `caught_up`, `exchanging`, `unreachable`, or the code of a fault.
    pub state: String,
    /// Which way its packets take, while a session is open: `direct` or `relayed`.
    pub way: Option<String>,
    /// When it last said something.
    pub last_contact: Option<Timestamp>,
    /// When both sides last held the same.
    pub last_caught_up: Option<Timestamp>,
}

/// A relay of the federation as the pages show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelayRow {
    /// Its address.
    pub address: String,
    /// Stable code of how things stand: `connected`, `idle`, `refused` or `unreachable`.
    pub state: String,
}

impl App {
    /// Puts the state together. `now` reads the node's clock and `random` draws from the system: neither is read here.
    pub fn new(
        local: Local,
        settings: Settings,
        now: impl Fn() -> Timestamp + Send + Sync + 'static,
        random: fn(&mut [u8]),
    ) -> Self {
        Self(Arc::new(Inner {
            local: Arc::new(local),
            settings,
            now: Box::new(now),
            random,
            throttle: Mutex::new(Throttle::default()),
            hashing: Arc::new(Semaphore::new(login::HASHES_AT_ONCE)),
            turns: Mutex::default(),
            checking: Arc::new(Semaphore::new(CHECKS_AT_ONCE)),
            nobody: login::hash_of_nobody(random),
            census: OnceLock::new(),
            imports: OnceLock::new(),
            fetching: Fetching::default(),
        }))
    }

    /// Opens the pages of the census. The first call counts.
    #[must_use]
    pub fn with_census(self, census: Census) -> Self {
        // A second census for the same pages would be a mistake of the program, and changes nothing.
        let _ = self.0.census.set(census);
        self
    }

    /// Returns the census. A node that gives none has no such pages.
    pub(crate) fn census(&self) -> Result<&Census, PageError> {
        self.0.census.get().ok_or(PageError::NotFound)
    }

    /// Returns the part of the program that signs.
    pub(crate) fn office(&self) -> Result<Arc<dyn Office>, PageError> {
        Ok(Arc::clone(&self.census()?.office))
    }

    /// Returns the imports of the pages. Their thread starts with the first one.
    pub(crate) fn imports(&self) -> Result<&Imports, PageError> {
        let census = self.census()?;
        let start = || {
            Imports::start(
                Arc::clone(&census.replica),
                Arc::clone(&self.0.local),
                self.0.random,
            )
        };
        Ok(self.0.imports.get_or_init(start))
    }

    /// Returns the attached files that are being asked for.
    pub(crate) fn fetching(&self) -> &Fetching {
        &self.0.fetching
    }

    /// Reads from the census, on a thread that may wait for the disk.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Replica, &Reader) -> Result<T, replica::Fault> + Send + 'static,
    ) -> Result<T, PageError> {
        let replica = Arc::clone(&self.census()?.replica);
        let done = blocking(move || read(&replica, &replica.read()?)).await?;
        done.map_err(PageError::Fault)
    }

    /// Returns what forms ask and how terms are worded now.
    pub(crate) async fn lexicon(&self) -> Result<Arc<Lexicon>, PageError> {
        let own = self.settings().profile();
        let read = move |replica: &Replica, _: &Reader| {
            let words = replica.state().governance().words().clone();
            let profile = own.or_else(|| words.profile());
            Ok(Arc::new(Lexicon::new(words, profile)))
        };
        self.read(read).await
    }

    /// Returns the programme that the pages show: that of this node, else what the federation follows.
    pub(crate) async fn profile(&self) -> Result<Option<&'static Profile>, PageError> {
        if let Some(own) = self.settings().profile() {
            return Ok(Some(own));
        }
        let Ok(census) = self.census() else {
            return Ok(None);
        };
        let replica = Arc::clone(&census.replica);
        blocking(move || replica.state().governance().words().profile()).await
    }

    /// Saves what a person wrote. `None` when nothing differs.
    pub(crate) async fn save(&self, saving: Saving) -> Result<Option<EntryId>, PageError> {
        let replica = Arc::clone(&self.census()?.replica);
        let saved = blocking(move || replica.save(saving)).await?;
        saved.map_err(not_saved)
    }

    /// Saves what names a file that is held already.
    pub(crate) async fn name_again(&self, saving: Saving) -> Result<Option<EntryId>, PageError> {
        let replica = Arc::clone(&self.census()?.replica);
        let saved = blocking(move || replica.name_again(|| replica.save(saving))).await?;
        saved.map_err(not_saved)
    }

    /// Keeps a file, and saves what names it.
    pub(crate) async fn attach(
        &self,
        bytes: Vec<u8>,
        saving: Saving,
    ) -> Result<Option<EntryId>, PageError> {
        let replica = Arc::clone(&self.census()?.replica);
        let saved = blocking(move || replica.attach(&bytes, || replica.save(saving))).await?;
        saved.map_err(not_saved)
    }

    /// Reads from the census and from what stays on this node, on a thread that may wait for the disk.
    pub(crate) async fn read_both<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Replica, &Local) -> Result<T, replica::Fault> + Send + 'static,
    ) -> Result<T, PageError> {
        let (replica, local) = (
            Arc::clone(&self.census()?.replica),
            Arc::clone(&self.0.local),
        );
        let done = blocking(move || read(&replica, &local)).await?;
        done.map_err(PageError::Fault)
    }

    /// Returns the time of the node's clock.
    pub(crate) fn now(&self) -> Timestamp {
        (self.0.now)()
    }

    /// Returns the day of the node's clock. `None` for a clock outside the calendar.
    pub(crate) fn today(&self) -> Option<Day> {
        Day::of(self.now())
    }

    /// Draws random bytes.
    pub(crate) fn draw<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.0.random)(&mut bytes);
        bytes
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Locks the table of failed logins. It holds no invariant that a panic could break.
    pub(crate) fn throttle(&self) -> MutexGuard<'_, Throttle> {
        let lock = self.0.throttle.lock();
        lock.unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets two hashes of passwords be computed at a time: each takes 19 MiB.
    pub(crate) fn hashing(&self) -> Arc<Semaphore> {
        Arc::clone(&self.0.hashing)
    }

    /// Counts a check that somebody asks for without a login. Returns how many seconds to wait where that address asked for too many.
    pub(crate) fn take_turn(&self, from: PeerAddress) -> Option<u64> {
        let lock = self.0.turns.lock();
        // It holds no invariant that a panic could break.
        let mut turns = lock.unwrap_or_else(PoisonError::into_inner);
        turns.take(from, self.now())
    }

    /// Lets two proofs be read and judged at a time: each may take 16 MiB and some seconds.
    pub(crate) fn checking(&self) -> Arc<Semaphore> {
        Arc::clone(&self.0.checking)
    }

    /// Returns the hash that is compared when an account does not exist.
    pub(crate) fn nobody(&self) -> &str {
        &self.0.nobody
    }

    /// Asks something of the local store, on a thread that may wait for the disk.
    pub(crate) async fn local<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Local) -> Result<T, replica::Fault> + Send + 'static,
    ) -> Result<T, PageError> {
        let local = Arc::clone(&self.0.local);
        blocking(move || ask(&local))
            .await?
            .map_err(PageError::Fault)
    }
}

/// Runs work that waits for a disk or a processor, outside the threads that answer.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, PageError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| PageError::Interrupted)
}

/// How this listener is reached, and by what name the node is shown.
#[derive(Debug, Clone)]
pub struct Settings {
    partner: String,
    transport: Transport,
    hosts: BTreeSet<String>,
    profile: Option<&'static Profile>,
    public_address: Option<String>,
    status_list: Option<String>,
    import_bytes_max: u64,
}

/// How a browser reaches the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// Through a reverse proxy that speaks TLS.
    Https,
    /// Directly, from this machine, on this port.
    Loopback(u16),
}

/// Why settings are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// A host name that no browser would send.
    #[error("{0:?} is no host name: write `census.example.org` or `census.example.org:8443`")]
    Host(String),
    /// Pages over https without a name would answer nobody.
    #[error("pages behind a proxy need at least one host name")]
    NoHost,
}

impl Settings {
    /// Takes the partner's name, how pages are reached, and the host names of the configuration. Loopback names are added to these.
    pub fn new(
        partner: impl Into<String>,
        transport: Transport,
        hosts: &[&str],
    ) -> Result<Self, SettingsError> {
        let mut allowed = BTreeSet::new();
        for host in hosts {
            if !is_host(host) {
                return Err(SettingsError::Host((*host).to_owned()));
            }
            allowed.insert(host.to_ascii_lowercase());
        }
        match transport {
            Transport::Https if allowed.is_empty() => return Err(SettingsError::NoHost),
            Transport::Https => {}
            Transport::Loopback(port) => {
                let names = ["127.0.0.1", "[::1]", "localhost"];
                allowed.extend(names.map(|name| format!("{name}:{port}")));
            }
        }
        Ok(Self {
            partner: partner.into(),
            transport,
            hosts: allowed,
            profile: None,
            public_address: None,
            status_list: None,
            import_bytes_max: IMPORT_BYTES_MAX,
        })
    }

    /// Chooses the programme whose kinds and words the pages show, instead of those that the federation follows. Where neither is
    /// chosen, they show every kind.
    #[must_use]
    pub fn with_profile(mut self, profile: Option<&'static Profile>) -> Self {
        self.profile = profile;
        self
    }

    /// Names the address at which everybody reaches the pages that need no login, such as `https://labels.example.org`: what is printed
    /// leads there.
    #[must_use]
    pub fn with_public_address(mut self, address: Option<String>) -> Self {
        self.public_address = address;
        self
    }

    /// Says how many bytes a file may have that a page imports, up to [`IMPORT_BYTES_CEILING`](crate::IMPORT_BYTES_CEILING).
    #[must_use]
    pub fn with_import_bytes_max(mut self, bytes: Option<u64>) -> Self {
        let wanted = bytes.unwrap_or(IMPORT_BYTES_MAX);
        self.import_bytes_max = wanted.min(IMPORT_BYTES_CEILING);
        self
    }

    /// Returns the bytes that a file to import may have.
    pub(crate) fn import_bytes_max(&self) -> u64 {
        self.import_bytes_max
    }

    /// Names the address at which the status list of this coordinator is published.
    #[must_use]
    pub fn with_status_list(mut self, address: Option<String>) -> Self {
        self.status_list = address;
        self
    }

    pub(crate) fn public_address(&self) -> Option<&str> {
        self.public_address.as_deref()
    }

    pub(crate) fn status_list(&self) -> Option<&str> {
        self.status_list.as_deref()
    }

    /// Returns where the pages are, as whoever keeps an address of one is to know them: the public address, else a name of this listener.
    pub(crate) fn reached_at(&self) -> String {
        if let Some(address) = &self.public_address {
            return address.trim_end_matches('/').to_owned();
        }
        let scheme = match self.transport {
            Transport::Https => "https",
            Transport::Loopback(_) => "http",
        };
        // INVARIANT: there is one at least; settings without one are refused.
        let host = self.hosts.first().map_or("localhost", String::as_str);
        format!("{scheme}://{host}")
    }

    /// Returns the programme that was chosen for the pages of this node alone.
    pub(crate) fn profile(&self) -> Option<&'static Profile> {
        self.profile
    }

    /// Returns the name of the partner whose node this is.
    pub(crate) fn partner(&self) -> &str {
        &self.partner
    }

    pub(crate) fn transport(&self) -> Transport {
        self.transport
    }

    /// Says whether a `Host` (or `:authority`) is one of ours.
    pub(crate) fn is_ours(&self, host: &str) -> bool {
        self.hosts.contains(&host.to_ascii_lowercase())
    }

    /// Says whether an `Origin` is one of ours: scheme, name and port.
    pub(crate) fn is_our_origin(&self, origin: &str) -> bool {
        let scheme = match self.transport {
            Transport::Https => "https://",
            Transport::Loopback(_) => "http://",
        };
        origin
            .strip_prefix(scheme)
            .is_some_and(|host| self.is_ours(host))
    }
}

fn is_host(host: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:[]".contains(&byte);
    !host.is_empty() && host.len() <= 255 && host.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_hosts_and_their_origins_are_ours() {
        let settings = Settings::new("Ville", Transport::Loopback(8080), &["Census.example.org"])
            .expect("is valid");
        for ours in [
            "127.0.0.1:8080",
            "LOCALHOST:8080",
            "[::1]:8080",
            "census.example.org",
        ] {
            assert!(settings.is_ours(ours), "{ours}");
            assert!(settings.is_our_origin(&format!("http://{}", ours.to_lowercase())));
            assert!(
                !settings.is_our_origin(&format!("https://{ours}")),
                "{ours}"
            );
        }
        for other in [
            "",
            "127.0.0.1",
            "127.0.0.1:8081",
            "localhost:8080.evil",
            "evil:8080",
        ] {
            assert!(!settings.is_ours(other), "{other}");
        }
    }

    #[test]
    fn hosts_that_no_browser_sends_are_refused() {
        for wrong in ["", "http://a", "a/b", "a b", "é.fr", &"a".repeat(256)] {
            let refused = Settings::new("Ville", Transport::Https, &[wrong]).expect_err("refused");
            assert_eq!(refused, SettingsError::Host(wrong.to_owned()));
        }
        let refused = Settings::new("Ville", Transport::Https, &[]).expect_err("refused");
        assert_eq!(refused, SettingsError::NoHost);
        assert!(Settings::new("Ville", Transport::Https, &[&"a".repeat(255)]).is_ok());
    }
}
