//! A node that runs: exchange, pages, local socket. Opened, then stopped in the other order.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use admin_ui::{Bundles, Census, Files, Office, Transport};
use anyhow::Context;
use replica::local::Local;
use replica::{Fault, Leaving};
use sync::{Endpoint, Settings};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::config::Meet;
use crate::keys::KeyFolder;
use crate::signals::Signals;
use crate::{accounts, clock, copies, erasing, keys, limits, links, renew, socket};

/// How long requests and sessions may take to end after the first signal.
const STOP_DEADLINE: Duration = Duration::from_secs(10);
/// How often a fault of the store is looked for: a supervisor restarts the node after it.
const FAULT_CHECK: Duration = Duration::from_millis(500);

/// How often a restored node looks whether its pages may open.
const RESTORED_CHECK: Duration = Duration::from_millis(100);
/// How often it is looked for attached files that no record names: each look reads the names of a folder and asks the index.
const ATTACHMENTS_CLEAN: Duration = Duration::from_secs(3_600);
/// How often every entry is verified again: disks rot slowly, and 100,000 entries take some seconds.
const ENTRIES_CHECK: Duration = Duration::from_secs(24 * 3_600);

/// See the module.
pub(crate) struct Running {
    app: Arc<App>,
    endpoint: Arc<Endpoint>,
    pages: tokio::task::JoinHandle<()>,
    pages_address: SocketAddr,
    erasing: tokio::task::JoinHandle<()>,
    copying: tokio::task::JoinHandle<()>,
    stop: CancellationToken,
    socket: socket::Guard,
}

impl Running {
    /// Starts everything.
    pub(crate) async fn start(app: Arc<App>) -> anyhow::Result<Self> {
        let settings = Settings {
            secret: *app.endpoint_key.to_bytes(),
            listen: app.config.sync.listen,
            peers: app.config.peers()?,
            links: links::of(&app.config.sync, app.folder())?,
            meets_others: app.config.sync.meet == Meet::All,
            now: clock::now,
        };
        let local = Local::open(&accounts::store(app.folder()))?;
        app.show_local(local.clone());
        let endpoint = Endpoint::open(settings, Arc::clone(&app.replica), app.door()).await?;
        let endpoint = Arc::new(endpoint);
        app.show_endpoint(&endpoint);
        let listener = listen(app.config.pages.listen).await?;
        let pages_address = listener.local_addr()?;
        app.show_pages(pages_address);
        let stop = CancellationToken::new();
        let app_of_pages = admin_ui::App::new(
            local,
            settings_of_pages(&app, pages_address)?,
            clock::now,
            keys::fill_random,
        )
        .with_census(Census {
            replica: Arc::clone(&app.replica),
            peers: Box::new({
                let app = Arc::clone(&app);
                move || app.peer_rows()
            }),
            relays: Box::new({
                let app = Arc::clone(&app);
                move || app.relay_rows()
            }),
            local_network: Box::new({
                let app = Arc::clone(&app);
                move || app.local_network().code().to_owned()
            }),
            intake: Box::new({
                let app = Arc::clone(&app);
                move || limits::intake(&app)
            }),
            office: Arc::clone(&app) as Arc<dyn Office>,
            bundles: Arc::clone(&app) as Arc<dyn Bundles>,
            files: Arc::clone(&app) as Arc<dyn Files>,
            confirm_days: app.config.sync.confirm_days,
        });
        let serving = serve_pages(Arc::clone(&app), listener, app_of_pages, stop.clone());
        let pages = tokio::spawn(serving);
        let erasing = tokio::spawn(erasing::keep(Arc::clone(&app), stop.clone()));
        let copying = tokio::spawn(copies::keep(Arc::clone(&app), stop.clone()));
        let socket = socket::listen(Arc::clone(&app))?;
        Ok(Self {
            app,
            endpoint,
            pages,
            pages_address,
            erasing,
            copying,
            stop,
            socket,
        })
    }

    /// Returns where the pages are.
    pub(crate) fn pages_address(&self) -> SocketAddr {
        self.pages_address
    }

    /// Returns where other nodes reach this one.
    pub(crate) fn sync_addresses(&self) -> Vec<SocketAddr> {
        self.endpoint.addresses()
    }

    /// Returns whether the pages are closed, since the node was restored and has met no peer.
    pub(crate) fn is_closed(&self) -> bool {
        self.app.restored.is_closed()
    }

    /// Waits for a signal, or for a fault of the store.
    pub(crate) async fn until_stopped(&self) -> anyhow::Result<Option<Fault>> {
        let mut signals = Signals::listen()?;
        let mut check = tokio::time::interval(FAULT_CHECK);
        let mut night = tokio::time::interval(ENTRIES_CHECK);
        // The first tick comes at once: a node that has just started has better to do.
        night.tick().await;
        let mut hour = tokio::time::interval(ATTACHMENTS_CLEAN);
        hour.tick().await;
        let mut is_told = false;
        loop {
            tokio::select! {
                () = signals.received() => return Ok(None),
                () = self.app.stop.notified() => return Ok(None),
                _ = check.tick() => {
                    if let Some(fault) = self.app.replica.fault() {
                        return Ok(Some(fault));
                    }
                    self.renew(&mut is_told).await;
                }
                _ = night.tick() => self.check_entries().await,
                _ = hour.tick() => self.clean_attachments().await,
            }
        }
    }

    /// Signs with a new instance key once the feed has ended, where the root key is not sealed. Otherwise it says once what to do.
    async fn renew(&self, is_told: &mut bool) {
        if *is_told || !renew::is_needed(&self.app.replica) || limits::is_full(&self.app) {
            return;
        }
        *is_told = true;
        let app = Arc::clone(&self.app);
        let renewed = tokio::task::spawn_blocking(move || {
            let keys = KeyFolder::of(app.folder());
            renew::renew(&app.replica, &keys, &app.endpoint_key, None)
        });
        match renewed.await {
            // It may end again: one copy of a folder finds out about the other.
            Ok(Ok(_)) => *is_told = false,
            Ok(Err(error)) => tracing::error!("{error:#}"),
            Err(error) => tracing::error!(%error, "the instance key was not renewed"),
        }
    }

    /// Removes attached files that no record names any more.
    async fn clean_attachments(&self) {
        let app = Arc::clone(&self.app);
        let cleaned = tokio::task::spawn_blocking(move || {
            app.replica.clean_attachments(Leaving::Later, clock::now())
        });
        match cleaned.await {
            Ok(Ok(gone)) if gone.unwrap_or_default() > 0 => {
                tracing::info!(gone, "attached files that no record names were removed");
            }
            Ok(Ok(_)) => {}
            Ok(Err(fault)) => tracing::error!(
                code = fault.code(),
                "attached files cannot be cleaned: {fault}"
            ),
            Err(error) => tracing::error!(%error, "the cleaning was interrupted"),
        }
    }

    /// Verifies all entries again, and asks the peers for what is damaged.
    async fn check_entries(&self) {
        let app = Arc::clone(&self.app);
        let checked = tokio::task::spawn_blocking(move || {
            let checked = app.replica.check(&mut |_, _| ());
            app.fetch_damaged();
            checked
        });
        match checked.await {
            Ok(Ok(checked)) => tracing::info!(
                entries = checked.entries,
                damaged = checked.damaged.len(),
                "every entry was verified again"
            ),
            Ok(Err(fault)) => tracing::error!(code = fault.code(), "the check failed: {fault}"),
            Err(error) => tracing::error!(%error, "the check was interrupted"),
        }
    }

    /// Stops in good order; what has not ended in time is left.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        let turn = self.socket.turn();
        let answers = tokio::task::spawn_blocking(move || turn.end(STOP_DEADLINE));
        let ended = async {
            if let Err(error) = self.pages.await {
                tracing::error!(%error, "the pages ended badly");
            }
            self.endpoint.close().await;
            if !answers.await.unwrap_or_default() {
                tracing::warn!("a command was left without its answer");
            }
            if let Err(error) = self.copying.await {
                tracing::error!(%error, "what keeps copies ended badly");
            }
            if let Err(error) = self.erasing.await {
                tracing::error!(%error, "what erases ended badly");
            }
        };
        if tokio::time::timeout(STOP_DEADLINE, ended).await.is_err() {
            tracing::warn!("not everything ended in time");
        }
    }
}

/// Serves the pages. Those of a restored node are closed, on a port that answers nobody, until its records may be shown.
async fn serve_pages(
    app: Arc<App>,
    mut listener: TcpListener,
    pages: admin_ui::App,
    until: CancellationToken,
) {
    if app.restored.is_closed() {
        let address = listener.local_addr();
        drop(listener);
        let mut look = tokio::time::interval(RESTORED_CHECK);
        while app.restored.is_closed() {
            tokio::select! {
                () = until.cancelled() => return,
                _ = look.tick() => {}
            }
        }
        let again = match address {
            Ok(address) => listen(address).await,
            Err(error) => Err(error.into()),
        };
        match again {
            Ok(again) => listener = again,
            Err(error) => {
                tracing::error!("the pages cannot be opened: {error:#}");
                return;
            }
        }
    }
    if let Err(error) = admin_ui::serve(listener, admin_ui::router(pages), until).await {
        tracing::error!(%error, "the pages are not served any more");
    }
}

async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind(address).await;
    listener.with_context(|| format!("{address} cannot be listened on"))
}

/// Behind a proxy there are names; without one, browsers of this machine only.
pub(crate) fn settings_of_pages(
    app: &App,
    address: SocketAddr,
) -> anyhow::Result<admin_ui::Settings> {
    let pages = &app.config.pages;
    let public = app.config.public_address()?;
    let is_https = public.as_ref().is_some_and(|public| public.is_https);
    let transport = if pages.hosts.is_empty() && !is_https {
        Transport::Loopback(address.port())
    } else {
        Transport::Https
    };
    let hosts = pages.hosts.iter().map(String::as_str);
    let public_host = public.as_ref().map(|public| public.host.as_str());
    let hosts: Vec<&str> = hosts.chain(public_host).collect();
    let settings = admin_ui::Settings::new(app.config.partner.clone(), transport, &hosts)?;
    Ok(settings
        .with_profile(app.config.profile()?)
        .with_public_address(public.map(|public| public.address))
        .with_status_list(app.config.status_list()?)
        .with_import_bytes_max(app.config.import_max()?))
}
