//! The golden proof, read by a program that shares no code with this crate.

use std::path::Path;
use std::process::Command;

#[test]
fn the_golden_proof_holds_for_a_program_that_shares_no_code() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/proof");
    let check = |file: &Path| {
        Command::new("python3")
            .arg("-B")
            .arg(folder.join("check.py"))
            .arg(file)
            .output()
    };
    let golden = folder.join("label.hex");
    let Ok(output) = check(&golden) else {
        println!("python3 is not there: the golden proof is not read");
        return;
    };
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        said.contains("The proof holds: 2 charters, 5 entries, 2 votes."),
        "{said}"
    );
}
