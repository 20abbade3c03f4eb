//! Two nodes of one local network, one of which has moved since its address was written down: they meet by mDNS where they are told to look
//! for each other, and not otherwise.

use std::path::Path;
use std::process::Command;

use serde_json::Value as Json;

use super::{PARTNERS, agree, records, write};
use crate::harness::process::NodeProcess;
use crate::harness::program::{json, text};
use crate::harness::spaces::{Space, is_inside, said};

/// The UDP port of mDNS, as the kernel lists it.
const MDNS_PORT: &str = ":14E9 ";

/// Lays a switch in the middle, if the kernel has one.
fn has_switch() -> bool {
    let made = Command::new("ip")
        .args(["link", "add", "name", "pont", "type", "bridge"])
        .output();
    let has = made.is_ok_and(|made| made.status.success());
    if has {
        said("ip", &["link", "set", "pont", "up"]);
    } else {
        println!(
            "skipped: this machine makes no bridge (ip link add type bridge), which mDNS is tried over"
        );
    }
    has
}

/// A space with one cable, to the switch. What is for everybody leaves by it, as on any machine of an office.
fn on_the_switch(number: u8) -> Space {
    let space = Space::new();
    let (port, holder) = (format!("port{number}"), space.id().to_string());
    let cable = ["link", "add", "name", &port, "type", "veth"];
    let end = ["peer", "name", "lan", "netns", &holder];
    said("ip", &[&cable[..], &end].concat());
    said("ip", &["link", "set", &port, "master", "pont", "up"]);
    space.ip("link set lan up");
    lives_at(&space, number);
    space
}

fn lives_at(space: &Space, number: u8) {
    space.ip("addr flush dev lan scope global");
    space.ip(&format!("addr add 10.78.0.{number}/24 dev lan"));
    space.ip("route replace default dev lan");
}

/// Whether something in the space takes what is said by mDNS.
fn hears_mdns(space: &Space) -> bool {
    ["/proc/net/udp", "/proc/net/udp6"].iter().any(|table| {
        let shown = space.command(Path::new("cat")).arg(table).output();
        let shown = text(&shown.expect("cat").stdout);
        assert!(shown.contains("local_address"), "{shown}");
        shown.contains(MDNS_PORT)
    })
}

fn look_locally(node: &NodeProcess, looks: bool) {
    node.configure(|config| config["sync"]["mdns"] = looks.into());
}

fn peer_reason(status: &Json) -> &Json {
    &status["peers"][0]["reason"]
}

#[test]
fn a_node_that_moved_is_met_on_the_local_network_where_it_is_looked_for_and_nowhere_else() {
    if !is_inside(
        module_path!(),
        "a_node_that_moved_is_met_on_the_local_network_where_it_is_looked_for_and_nowhere_else",
    ) || !has_switch()
    {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let spaces = [on_the_switch(1), on_the_switch(2)];
    let told = ["--mdns"];
    let mut prefecture =
        NodeProcess::found_told(folder.path().join("prefecture"), PARTNERS[0], &told);
    let everywhere = |node: &NodeProcess| {
        node.configure(|config| {
            config["sync"]["listen"] = "0.0.0.0:4433".into();
            // What nodes remember and tell of each other would lead there too.
            config["sync"]["meet"] = "listed".into();
        });
    };
    everywhere(&prefecture);
    prefecture.start_in(&spaces[0]);
    let invited = prefecture.ask(&["invite", "--partner", PARTNERS[1], "--auto"]);
    let ticket = invited["ticket"].as_str().expect("a ticket");

    // It moves before the newcomer comes: the ticket leads nowhere, and the node is found all the same.
    prefecture.stop();
    lives_at(&spaces[0], 9);
    prefecture.start_in(&spaces[0]);
    let ville = folder.path().join("ville");
    let mut join = spaces[1].maillage();
    join.args(["join", ticket, "--partner", PARTNERS[1], "--yes", "--json"]);
    join.args(told).arg("--dir").arg(&ville);
    json(&join.output().expect("the program runs"));
    let mut ville = NodeProcess::of(ville);
    everywhere(&ville);
    ville.start_in(&spaces[1]);
    write(&prefecture, &["un".to_owned()]);
    agree(&[&prefecture, &ville], 1);
    let status = ville.ask(&["status"]);
    assert_eq!(status["mdns"], "on", "{status}");
    assert_eq!(status["peers"][0]["way"], "direct", "{status}");
    assert!(spaces.iter().all(hears_mdns));

    // Where nobody is asked, nobody is heard: the address of the ticket leads nowhere.
    ville.stop();
    look_locally(&ville, false);
    ville.start_in(&spaces[1]);
    write(&prefecture, &["deux".to_owned()]);
    ville.eventually(&["status"], |status| {
        peer_reason(status) == "no answer in time"
    });
    let status = ville.ask(&["status"]);
    assert_eq!((records(&status), &status["mdns"]), (1, &"off".into()));
    assert_eq!(spaces.each_ref().map(hears_mdns), [true, false]);

    ville.stop();
    look_locally(&ville, true);
    ville.start_in(&spaces[1]);
    agree(&[&prefecture, &ville], 2);
}
