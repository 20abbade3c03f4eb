//! The program as a process.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The program that was built with these tests.
pub(crate) fn maillage() -> PathBuf {
    let tests = std::env::current_exe().expect("a test has a path");
    let folder = tests
        .parent()
        .and_then(Path::parent)
        .expect("tests are in deps/");
    let program = folder.join("maillage");
    assert!(
        program.exists(),
        "build the program first: cargo build -p node ({})",
        program.display()
    );
    program
}

pub(crate) fn run(arguments: &[&str]) -> Output {
    Command::new(maillage())
        .args(arguments)
        .output()
        .expect("the program runs")
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The one object that a command with `--json` prints when it is done.
pub(crate) fn json(output: &Output) -> serde_json::Value {
    assert!(
        output.status.success(),
        "{}{}",
        text(&output.stdout),
        text(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("one object")
}

/// How many faults are injected: some, or all where `FAULTS=all` asks for them.
pub(crate) fn injected<T>((some, all): (T, T)) -> T {
    match std::env::var_os("FAULTS").is_some_and(|asked| asked == "all") {
        true => all,
        false => some,
    }
}
