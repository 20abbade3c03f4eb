//! How the endpoint is set up: which limits QUIC keeps for us, and nothing that talks to third parties: no relay but the federation's own, no address service.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use iroh::dns::DnsResolver;
use iroh::endpoint::{NetReportConfig, QuicTransportConfig, VarInt, presets};
use iroh::{Endpoint, SecretKey};

use crate::endpoint::accept::AllowList;
use crate::endpoint::{Allowed, JOIN_ALPN, SYNC_ALPN};
use crate::limits::{
    CONNECTION_WINDOW_BYTES, IDLE_MAX, KEEP_ALIVE, STREAM_WINDOW_BYTES, STREAMS_MAX,
};
use crate::links::Links;

/// How the endpoint is set up.
#[derive(Clone)]
pub struct Options {
    /// The secret of the network identity that the instance certificate names.
    pub secret: [u8; 32],
    /// Addresses to listen on; port 0 takes a free one.
    pub listen: Vec<SocketAddr>,
    /// Name and version of the program, at most `limits::SOFTWARE_BYTES_MAX` bytes.
    pub software: String,
    /// A random number that spreads work over time.
    pub jitter: u64,
    /// What reaches beyond the addresses that somebody wrote down.
    pub links: Links,
}

/// Why the endpoint does not open. Our operator must act.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EndpointFault {
    /// The addresses cannot be listened on.
    #[error("cannot listen on {addresses:?}: {reason}")]
    Bind {
        /// The addresses.
        addresses: Vec<SocketAddr>,
        /// What the system says.
        reason: String,
    },
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Options on {:?}", self.listen)
    }
}

/// Binds the sockets.
pub(super) async fn bind(
    options: &Options,
    allowed: &Arc<dyn Allowed>,
) -> Result<Endpoint, EndpointFault> {
    let fault = |reason: String| EndpointFault::Bind {
        addresses: options.listen.clone(),
        reason,
    };
    let transport = QuicTransportConfig::builder()
        .max_concurrent_bidi_streams(STREAMS_MAX.into())
        .max_concurrent_uni_streams(0_u32.into())
        .stream_receive_window(STREAM_WINDOW_BYTES.into())
        .receive_window(CONNECTION_WINDOW_BYTES.into())
        .send_window(u64::from(CONNECTION_WINDOW_BYTES))
        .max_idle_timeout(Some(millis(IDLE_MAX).into()))
        .keep_alive_interval(KEEP_ALIVE)
        .datagram_receive_buffer_size(None)
        .build();
    let relays = &options.links.relays;
    let mut reports = NetReportConfig::minimal();
    // It is by answering that a relay is found to be there, and the nearest of several.
    reports.https_probes = !relays.is_empty();
    let mut builder = Endpoint::builder(presets::Minimal)
        .secret_key(SecretKey::from_bytes(&options.secret))
        .alpns(vec![SYNC_ALPN.to_vec(), JOIN_ALPN.to_vec()])
        .relay_mode(relays.mode())
        .ca_tls_config(relays.trusted())
        .dns_resolver(resolver())
        .net_report_config(reports)
        .hooks(AllowList::new(Arc::clone(allowed)))
        .transport_config(transport)
        .clear_ip_transports();
    for address in &options.listen {
        builder = builder
            .bind_addr(*address)
            .map_err(|error| fault(error.to_string()))?;
    }
    builder
        .bind()
        .await
        .map_err(|error| fault(error.to_string()))
}

/// The names of relays are asked of the system's own name servers, and of nobody else when these do not answer.
fn resolver() -> DnsResolver {
    DnsResolver::builder()
        .with_system_defaults()
        .disable_fallback()
        .build()
}

fn millis(duration: std::time::Duration) -> VarInt {
    VarInt::from_u32(u32::try_from(duration.as_millis()).expect("half a minute"))
}
