//! Two nodes that can only meet through a relay of the federation's own. Each hangs on the space of the relay, and has no route to the
//! other; whatever it sent anywhere else would leave by a second cable, whose packets are counted.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value as Json;

use super::{PARTNERS, agree, records, write};
use crate::harness::process::{NodeProcess, eventually};
use crate::harness::program::{json, text};
use crate::harness::spaces::{Space, is_inside, said};

const RELAY: &str = "https://10.77.0.1:8443";
const TOKEN: &str = "jeton-invente-0123456789";
/// Where a packet would go that is for nobody here: an address of documentation (RFC 5737).
const NOBODY: &str = "198.51.100.1";

/// The relay, as `deploy/iroh-relay.toml` sets it up, with addresses and files of the test.
struct Relay {
    program: PathBuf,
    folder: PathBuf,
    process: Option<Child>,
}

impl Relay {
    fn new(program: PathBuf, folder: &Path) -> Self {
        let folder = folder.join("relais");
        fs::create_dir(&folder).expect("writable");
        certify(&folder);
        let deployed = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/iroh-relay.toml");
        let mut config = fs::read_to_string(deployed).expect("it is there");
        for (deployed, here) in [
            ("shared_token = []", format!("shared_token = [\"{TOKEN}\"]")),
            ("[::]:80", "10.77.0.1:8080".to_owned()),
            ("[::]:443", "10.77.0.1:8443".to_owned()),
            ("/etc/iroh-relay", folder.display().to_string()),
        ] {
            assert!(config.contains(deployed), "{deployed}");
            config = config.replace(deployed, &here);
        }
        fs::write(folder.join("iroh-relay.toml"), config).expect("writable");
        Self {
            program,
            folder,
            process: None,
        }
    }

    fn start(&mut self) {
        let log = fs::File::create(self.folder.join("log")).expect("writable");
        let started = Command::new(&self.program)
            .arg("--config-path")
            .arg(self.folder.join("iroh-relay.toml"))
            .env("RUST_LOG", "info")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn();
        self.process = Some(started.expect("the relay runs"));
        eventually(|| std::net::TcpStream::connect("10.77.0.1:8443").is_ok());
    }

    fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            // It may have ended by itself, which the test finds out.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Makes an authority that only this test knows, and has it certify the relay.
fn certify(folder: &Path) {
    let at = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let curve = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    let openssl = |words: &str, files: &[(&str, &str)]| {
        let mut arguments: Vec<String> = words.split(' ').map(str::to_owned).collect();
        for (flag, name) in files {
            arguments.extend([(*flag).to_owned(), at(name)]);
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        said("openssl", &arguments);
    };
    let authority = format!("req -x509 {curve} -days 2 -subj /CN=Autorite-inventee");
    openssl(
        &authority,
        &[("-keyout", "autorite.key"), ("-out", "autorite.pem")],
    );
    let request = format!("req {curve} -subj /CN=relais");
    openssl(
        &request,
        &[("-keyout", "privkey.pem"), ("-out", "relais.csr")],
    );
    fs::write(folder.join("noms"), "subjectAltName=IP:10.77.0.1\n").expect("writable");
    let files = [
        ("-in", "relais.csr"),
        ("-CA", "autorite.pem"),
        ("-CAkey", "autorite.key"),
        ("-extfile", "noms"),
        ("-out", "fullchain.pem"),
    ];
    openssl("x509 -req -CAcreateserial -days 2", &files);
}

/// A space that reaches the relay and nothing else: not even the other node. All the rest leaves by the cable `ailleurs`.
struct Place {
    space: Space,
    _elsewhere: Space,
}

impl Place {
    fn new(number: u8) -> Self {
        let (space, elsewhere) = (Space::new(), Space::new());
        let (hub, here) = (
            format!("10.77.{number}.1/24"),
            format!("10.77.{number}.2/24"),
        );
        space.plug((&format!("n{number}"), &hub), ("relais", &here));
        space.ip(&format!("route add 10.77.0.1 via 10.77.{number}.1"));
        space.ip("route add unreachable 10.77.0.0/16");
        let holder = elsewhere.id();
        space.ip(&format!(
            "link add name ailleurs type veth peer name fin netns {holder}"
        ));
        // What the kernel says by itself on a new line would be counted too.
        space.ip("link set ailleurs addrgenmode none multicast off arp off");
        elsewhere.ip("link set fin up");
        space.ip("link set ailleurs up");
        space.ip("route add default dev ailleurs");
        Self {
            space,
            _elsewhere: elsewhere,
        }
    }

    fn strays(&self) -> u64 {
        self.space.packets_out("ailleurs")
    }
}

fn listen_everywhere(node: &NodeProcess) {
    node.configure(|config| config["sync"]["listen"] = "0.0.0.0:4433".into());
}

/// Replaces the token of a node that is stopped.
fn give_token(node: &NodeProcess, token: &str) {
    fs::write(node.folder().join("keys/relay.token"), token).expect("writable");
}

fn relay_state(status: &Json) -> &Json {
    &status["relays"][0]["state"]
}

fn is_level_through_the_relay(status: &Json) -> bool {
    let peer = &status["peers"][0];
    peer["state"] == "caught_up" && peer["way"] == "relayed"
}

#[test]
fn two_nodes_that_cannot_reach_each_other_meet_through_the_relay_only() {
    let Some(program) = std::env::var_os("RELAY") else {
        println!("skipped: no relay to try (scripts/relay builds one, and RELAY names it)");
        return;
    };
    if !is_inside(
        module_path!(),
        "two_nodes_that_cannot_reach_each_other_meet_through_the_relay_only",
    ) {
        return;
    }
    said("ip", &["addr", "add", "10.77.0.1/32", "dev", "lo"]);
    let folder = tempfile::tempdir().expect("a folder");
    let mut relay = Relay::new(program.into(), folder.path());
    relay.start();
    let places = [Place::new(1), Place::new(2)];
    let token = folder.path().join("jeton");
    fs::write(&token, TOKEN).expect("writable");
    let authority = relay.folder.join("autorite.pem");
    let (token, authority) = (token.to_string_lossy(), authority.to_string_lossy());
    let known = ["--relay-token", &token, "--relay-authority", &authority];

    // The ticket names the relay, and the newcomer knocks through it.
    let told = [&["--relay", RELAY], &known[..]].concat();
    let mut prefecture =
        NodeProcess::found_told(folder.path().join("prefecture"), PARTNERS[0], &told);
    listen_everywhere(&prefecture);
    prefecture.start_in(&places[0].space);
    prefecture.eventually(&["status"], |status| relay_state(status) == "connected");
    let invited = prefecture.ask(&["invite", "--partner", PARTNERS[1], "--auto"]);
    let ticket = invited["ticket"].as_str().expect("a ticket");
    assert!(ticket.starts_with("maillage2"), "{ticket}");
    let ville = folder.path().join("ville");
    let join = |more: &[&str]| {
        let mut join = places[1].space.maillage();
        join.args([
            "join",
            ticket,
            "--partner",
            PARTNERS[1],
            "--yes",
            "--json",
            "--dir",
        ]);
        join.arg(&ville)
            .args(more)
            .output()
            .expect("the program runs")
    };
    json(&join(&known));
    let mut ville = NodeProcess::of(ville.clone());
    listen_everywhere(&ville);
    ville.start_in(&places[1].space);
    write(&prefecture, &["un".to_owned()]);
    agree(&[&prefecture, &ville], 1);
    for node in [&prefecture, &ville] {
        node.eventually(&["status"], is_level_through_the_relay);
    }
    assert!(text(&join(&[]).stdout).contains("holds a node already"));

    // Without the token, or with another one, nobody is let in, and the operator is told.
    ville.stop();
    give_token(&ville, "un-autre-jeton-invente");
    ville.start_in(&places[1].space);
    ville.eventually(&["status"], |status| relay_state(status) == "refused");
    write(&prefecture, &["deux".to_owned()]);
    let refused = ville.ask_whatever(&["doctor"]);
    assert!(refused.contains("relay_refused"), "{refused}");
    assert_eq!(records(&ville.ask(&["status"])), 1);
    ville.stop();
    give_token(&ville, TOKEN);
    ville.start_in(&places[1].space);
    agree(&[&prefecture, &ville], 2);

    // While the relay is down both go on, and meet again once it is back.
    relay.stop();
    write(&prefecture, &["trois".to_owned()]);
    write(&ville, &["quatre".to_owned()]);
    prefecture.eventually(&["status"], |status| relay_state(status) != "connected");
    assert_eq!(
        [&prefecture, &ville].map(|node| records(&node.ask(&["status"]))),
        [3, 3]
    );
    relay.start();
    agree(&[&prefecture, &ville], 4);

    // Nothing went anywhere else. The cable does count: one packet to nobody is seen.
    assert_eq!(places.each_ref().map(Place::strays), [0, 0]);
    let mut shell = places[0].space.command(Path::new("bash"));
    let sent = shell
        .args(["-c", &format!("echo > /dev/udp/{NOBODY}/9")])
        .status();
    assert!(sent.expect("bash").success());
    assert_eq!(places[0].strays(), 1);
}
