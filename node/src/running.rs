//! A node that runs: exchange, pages, local socket. Opened, then stopped in the other order.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use admin_ui::{Census, Office, Transport};
use anyhow::Context;
use replica::Fault;
use replica::local::Local;
use sync::{Endpoint, Settings};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::{accounts, clock, keys, socket};

/// How long requests and sessions may take to end after the first signal.
const STOP_DEADLINE: Duration = Duration::from_secs(10);
/// How often a fault of the store is looked for: a supervisor restarts the node after it.
const FAULT_CHECK: Duration = Duration::from_millis(500);

/// See the module.
pub(crate) struct Running {
    app: Arc<App>,
    endpoint: Endpoint,
    pages: tokio::task::JoinHandle<()>,
    pages_address: SocketAddr,
    stop: CancellationToken,
    _socket: socket::Guard,
}

impl Running {
    /// Starts everything.
    pub(crate) async fn start(app: Arc<App>) -> anyhow::Result<Self> {
        let settings = Settings {
            secret: *app.endpoint_key.to_bytes(),
            listen: app.config.sync.listen,
            peers: app.config.peers()?,
            now: clock::now,
        };
        let endpoint = Endpoint::open(settings, Arc::clone(&app.replica), app.door()).await?;
        app.show_endpoint(&endpoint);
        let listener = tokio::net::TcpListener::bind(app.config.pages.listen)
            .await
            .with_context(|| format!("{} cannot be listened on", app.config.pages.listen))?;
        let pages_address = listener.local_addr()?;
        let stop = CancellationToken::new();
        let app_of_pages = admin_ui::App::new(
            Local::open(&accounts::store(app.folder()))?,
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
            office: Arc::clone(&app) as Arc<dyn Office>,
        });
        let (router, until) = (admin_ui::router(app_of_pages), stop.clone());
        let pages = tokio::spawn(async move {
            if let Err(error) = admin_ui::serve(listener, router, until).await {
                tracing::error!(%error, "the pages are not served any more");
            }
        });
        let socket = socket::listen(Arc::clone(&app))?;
        Ok(Self {
            app,
            endpoint,
            pages,
            pages_address,
            stop,
            _socket: socket,
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

    /// Waits for a signal, or for a fault of the store.
    pub(crate) async fn until_stopped(&self) -> anyhow::Result<Option<Fault>> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut check = tokio::time::interval(FAULT_CHECK);
        loop {
            tokio::select! {
                _ = terminate.recv() => return Ok(None),
                _ = interrupt.recv() => return Ok(None),
                () = self.app.stop.notified() => return Ok(None),
                _ = check.tick() => {
                    if let Some(fault) = self.app.replica.fault() {
                        return Ok(Some(fault));
                    }
                }
            }
        }
    }

    /// Stops in good order; what has not ended in time is left.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        let ended = async {
            if let Err(error) = self.pages.await {
                tracing::error!(%error, "the pages ended badly");
            }
            self.endpoint.close().await;
        };
        if tokio::time::timeout(STOP_DEADLINE, ended).await.is_err() {
            tracing::warn!("not everything ended in time");
        }
    }
}

/// Behind a proxy there are names; without one, browsers of this machine only.
fn settings_of_pages(app: &App, address: SocketAddr) -> anyhow::Result<admin_ui::Settings> {
    let pages = &app.config.pages;
    let transport = if pages.hosts.is_empty() {
        Transport::Loopback(address.port())
    } else {
        Transport::Https
    };
    let hosts: Vec<&str> = pages.hosts.iter().map(String::as_str).collect();
    let settings = admin_ui::Settings::new(app.config.partner.clone(), transport, &hosts)?;
    Ok(settings.with_profile(app.config.profile()?))
}
