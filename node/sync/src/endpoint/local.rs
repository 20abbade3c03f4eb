//! The local network, if an operator asks for it: by mDNS this node says there who it is and where it listens, and hears where the nodes are
//! that it calls. Nobody else is called for what it says: an address leads to a handshake, which only the node with that key can finish.

use std::time::Duration;

use iroh::Endpoint;
use iroh::TransportAddr;
use iroh::address_lookup::AddrFilter;
use iroh_mdns_address_lookup::MdnsAddressLookup;

use crate::links::{Links, LocalNetwork};

/// The name under which nodes look for each other, `_maillage._udp.local`. Other programs on iroh have another one.
const SERVICE: &str = "maillage";
/// Time between two questions on the local network, of all its nodes together. A node that moves is found in about that time.
const CADENCE: Duration = Duration::from_secs(5);

/// Begins to look and to be found, if an operator asks for it. Without the right to do so the node goes on with the addresses that it knows.
pub(super) fn look(endpoint: &Endpoint, links: &Links) -> LocalNetwork {
    if !links.mdns {
        return LocalNetwork::Off;
    }
    let looking = MdnsAddressLookup::builder()
        .service_name(SERVICE)
        .discovery_cadence(CADENCE)
        .addr_filter(AddrFilter::new(|addresses| {
            let reached = addresses.iter().filter(|each| is_reached(each));
            std::borrow::Cow::Owned(reached.cloned().collect())
        }))
        .build(endpoint.id());
    let began = looking
        .map_err(|error| error.to_string())
        .and_then(|looking| {
            let services = endpoint
                .address_lookup()
                .map_err(|error| error.to_string())?;
            services.add(looking);
            Ok(())
        });
    match began {
        Ok(()) => LocalNetwork::On,
        Err(reason) => {
            tracing::warn!(reason, "nodes are not looked for on the local network");
            LocalNetwork::Failed(reason)
        }
    }
}

/// Returns whether it is said where this is: neither relays, which the federation knows, nor what is on this very machine.
fn is_reached(address: &TransportAddr) -> bool {
    matches!(address, TransportAddr::Ip(ip) if !ip.ip().is_loopback())
}
