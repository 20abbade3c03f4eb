//! A laptop: its address changes in the middle of a session, and it sleeps for longer than a session lasts.

use super::{PARTNERS, agree, signal, wait, write};
use crate::harness::process::NodeProcess;
use crate::harness::program::json;
use crate::harness::spaces::{Space, is_inside};

/// Longer than a connection lives without a packet (`sync::limits::IDLE_MAX`).
const SLEEP: std::time::Duration = std::time::Duration::from_secs(33);

/// The office of the prefecture, in the middle, and a laptop on a cable to it, whose node calls.
struct Office {
    prefecture: NodeProcess,
    laptop: NodeProcess,
    space: Space,
    _folder: tempfile::TempDir,
}

impl Office {
    fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let space = Space::new();
        space.plug(("bureau", "10.78.0.1/24"), ("prise", "10.78.0.2/24"));
        let mut prefecture = NodeProcess::found(folder.path().join("prefecture"), PARTNERS[0]);
        prefecture.configure(|config| config["sync"]["listen"] = "10.78.0.1:4433".into());
        prefecture.start();
        let invited = prefecture.ask(&["invite", "--partner", PARTNERS[1], "--auto"]);
        let ticket = invited["ticket"].as_str().expect("a ticket");
        let laptop = folder.path().join("portable");
        let mut join = space.maillage();
        join.args(["join", ticket, "--partner", PARTNERS[1], "--yes", "--json"]);
        json(&join.arg("--dir").arg(&laptop).output().expect("it runs"));
        let mut laptop = NodeProcess::of(laptop);
        laptop.configure(|config| config["sync"]["listen"] = "0.0.0.0:4433".into());
        laptop.start_in(&space);
        write(&prefecture, &["avant".to_owned()]);
        agree(&[&prefecture, &laptop], 1);
        Self {
            prefecture,
            laptop,
            space,
            _folder: folder,
        }
    }
}

#[test]
fn a_session_goes_on_when_the_address_of_a_laptop_changes() {
    if !is_inside(
        module_path!(),
        "a_session_goes_on_when_the_address_of_a_laptop_changes",
    ) {
        return;
    }
    let office = Office::open();
    for (round, (from, to)) in [(2, 3), (3, 4), (4, 2)].into_iter().enumerate() {
        let space = &office.space;
        // In this order, as a new network gives one: deleting the first address of a line takes the others of its kind with it.
        space.ip(&format!("addr del 10.78.0.{from}/24 dev prise"));
        space.ip(&format!("addr add 10.78.0.{to}/24 dev prise"));
        write(&office.prefecture, &[format!("bureau-{round}")]);
        write(&office.laptop, &[format!("portable-{round}")]);
        agree(&[&office.prefecture, &office.laptop], 3 + 2 * round as u64);
    }
}

#[test]
fn a_laptop_that_slept_longer_than_its_session_is_level_soon_after_it_wakes() {
    if !is_inside(
        module_path!(),
        "a_laptop_that_slept_longer_than_its_session_is_level_soon_after_it_wakes",
    ) {
        return;
    }
    let office = Office::open();
    write(&office.laptop, &["juste avant".to_owned()]);
    let process = office.laptop.process_id();
    signal(process, "STOP");
    write(&office.prefecture, &["pendant".to_owned()]);
    wait(SLEEP);
    signal(process, "CONT");
    agree(&[&office.prefecture, &office.laptop], 3);
}
