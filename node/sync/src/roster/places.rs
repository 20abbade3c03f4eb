//! Which addresses a node calls because another one says so. What somebody says must not make a node call services of its own machine or
//! of a network that the teller cannot reach itself.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// From where an address is reached. A node knows nothing of places that are nearer to others than itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    /// From this machine.
    Machine,
    /// From a network with private addresses.
    Site,
    /// From anywhere.
    World,
}

/// Lowest port of which others may tell, but for 443: below are well-known services, which would answer to whoever is named as the sender.
const PORT_MIN: u16 = 1_024;
/// The port of HTTPS over QUIC, on which some operators listen since firewalls let it through.
const PORT_OF_HTTPS: u16 = 443;

/// Returns whether a peer that is met at the first address, or through a relay, may tell of the second one, or be told of it.
pub(super) fn may_tell(peer: Option<SocketAddr>, address: &SocketAddr) -> bool {
    let from = peer.and_then(|peer| reach(peer.ip()));
    let has_port = address.port() >= PORT_MIN || address.port() == PORT_OF_HTTPS;
    has_port && reach(address.ip()).is_some_and(|reach| reach >= from.unwrap_or(Reach::World))
}

/// Returns whether a node can be there at all.
pub(super) fn is_callable(address: &SocketAddr) -> bool {
    address.port() != 0 && reach(address.ip()).is_some()
}

/// Returns nothing of an address that no node is called at: groups, one link only (where a cloud keeps the secrets of its machines), or
/// an IPv4 address in the disguise of a tunnel. Ranges: the special-purpose registries of IANA (RFC 6890).
fn reach(ip: IpAddr) -> Option<Reach> {
    match ip.to_canonical() {
        IpAddr::V4(ip) => reach_v4(ip),
        IpAddr::V6(ip) => reach_v6(ip),
    }
}

fn reach_v4(ip: Ipv4Addr) -> Option<Reach> {
    let [first, second, ..] = ip.octets();
    match first {
        0 | 224.. => None,
        _ if ip.is_link_local() => None,
        127 => Some(Reach::Machine),
        // Shared by the customers of one provider (RFC 6598).
        100 if (64..128).contains(&second) => Some(Reach::Site),
        _ if ip.is_private() => Some(Reach::Site),
        _ => Some(Reach::World),
    }
}

fn reach_v6(ip: Ipv6Addr) -> Option<Reach> {
    let [first, second, ..] = ip.segments();
    match (first, second) {
        _ if ip.is_loopback() => Some(Reach::Machine),
        _ if ip.is_unicast_link_local() || ip.is_multicast() => None,
        // ::/8, NAT64, 6to4 and Teredo carry IPv4 addresses.
        (..0x100, _) | (0x2002, _) | (0x2001, 0) => None,
        _ if ip.is_unique_local() => Some(Reach::Site),
        // What is given out to anybody (RFC 4291): the rest is not, today.
        (0x2000..0x4000, _) => Some(Reach::World),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may(peer: &str, address: &str) -> bool {
        let peer = (!peer.is_empty()).then(|| peer.parse().expect("an address"));
        may_tell(peer, &address.parse().expect("an address"))
    }

    #[test]
    fn nobody_tells_of_places_that_are_nearer_to_us_than_itself() {
        let here = ["127.0.0.1:4433", "[::1]:4433", "[::ffff:127.0.0.1]:4433"];
        let site = [
            "10.0.0.1:4433",
            "172.16.0.1:4433",
            "192.168.1.1:4433",
            "100.64.0.1:4433",
            "100.127.255.255:4433",
            "[fd00::1]:4433",
            "[::ffff:10.0.0.1]:4433",
        ];
        let world = [
            "192.0.2.1:4433",
            "[2001:db8::1]:4433",
            "100.128.0.1:4433",
            "172.32.0.1:4433",
            "192.0.2.1:443",
        ];
        for (tellers, hears_here, hears_site) in [
            (&here[..], true, true),
            (&site[..], false, true),
            (&world[..], false, false),
            (&[""], false, false),
        ] {
            for teller in tellers {
                assert!(here.iter().all(|it| may(teller, it) == hears_here));
                assert!(site.iter().all(|it| may(teller, it) == hears_site));
                assert!(world.iter().all(|it| may(teller, it)), "{teller}");
            }
        }
    }

    #[test]
    fn no_node_is_where_these_addresses_are() {
        for nowhere in [
            "0.0.0.0:4433",
            "0.1.2.3:4433",
            "169.254.169.254:4433",
            "224.0.0.1:4433",
            "240.0.0.1:4433",
            "255.255.255.255:4433",
            "[::]:4433",
            "[::10.0.0.1]:4433",
            "[64:ff9b::a00:1]:4433",
            "[100::1]:4433",
            "[2001::1]:4433",
            "[2002:a00:1::1]:4433",
            "[fe80::1]:4433",
            "[ff02::1]:4433",
            "[fec0::1]:4433",
            "[4000::1]:4433",
            "192.0.2.1:0",
        ] {
            assert!(!may("127.0.0.1:5000", nowhere), "{nowhere}");
            let nowhere = nowhere.parse().expect("an address");
            assert!(!is_callable(&nowhere), "{nowhere}");
        }
    }

    #[test]
    fn nobody_tells_of_services_that_answer_to_a_forged_sender() {
        for port in [1, 19, 53, 123, 442, 444, 1_023] {
            assert!(!may("127.0.0.1:5000", &format!("192.0.2.1:{port}")));
            assert!(is_callable(&(Ipv4Addr::new(192, 0, 2, 1), port).into()));
        }
        assert!(may("192.0.2.2:5000", "192.0.2.1:1024"));
    }
}
