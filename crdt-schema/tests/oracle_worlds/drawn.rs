//! Worlds that the oracle draws and judges, many in one process.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

const HARNESS: &str = "
import json, sys
sys.path.insert(0, sys.argv[1])
import world
from model.verdict import evaluate
for seed in range(5000, 5000 + int(sys.argv[2])):
    drawn = world.generate(seed, 1 + seed % 4)
    print(json.dumps([f'seed {seed}', drawn, evaluate(drawn)]))
";

/// Draws as many worlds as `ORACLE_WORLDS` says. None where `python3` is missing.
pub(crate) fn worlds(oracle: &Path) -> Vec<(String, Value, Value)> {
    let count = std::env::var("ORACLE_WORLDS").unwrap_or_else(|_| "60".to_owned());
    let output = Command::new("python3")
        .args(["-B", "-c", HARNESS])
        .arg(oracle)
        .arg(&count)
        .stderr(Stdio::inherit())
        .output();
    let Ok(output) = output else {
        println!("python3 is not there: no world is drawn");
        return Vec::new();
    };
    assert!(output.status.success(), "the oracle could not draw");
    let text = String::from_utf8(output.stdout).unwrap();
    let worlds: Vec<_> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(worlds.len().to_string(), count);
    worlds
}
