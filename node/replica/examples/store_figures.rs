//! What a node's store spends its bytes on: a line for each table, of a folder that no node uses now.
//!
//!     cargo run --release -p replica --example store_figures -- FOLDER

use std::path::Path;
use std::process::ExitCode;

use redb::{Database, ReadableDatabase, ReadableTableMetadata, TableHandle};

fn main() -> ExitCode {
    let Some(folder) = std::env::args().nth(1) else {
        eprintln!("store_figures: name the folder of a node");
        return ExitCode::from(2);
    };
    match print(Path::new(&folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("store_figures: {folder}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn print(folder: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let path = folder.join("replica.redb");
    let database = Database::open(&path)?;
    let read = database.begin_read()?;
    println!(
        "{:16} {:>10} {:>12} {:>12} {:>12}",
        "table", "rows", "stored", "metadata", "fragmented"
    );
    let mut in_use = 0;
    for handle in read.list_tables()? {
        let table = read.open_untyped_table(handle.clone())?;
        let stats = table.stats()?;
        let (stored, metadata, fragmented) = (
            stats.stored_bytes(),
            stats.metadata_bytes(),
            stats.fragmented_bytes(),
        );
        in_use += stored + metadata + fragmented;
        println!(
            "{:16} {:>10} {stored:>12} {metadata:>12} {fragmented:>12}",
            handle.name(),
            table.len()?
        );
    }
    let file = std::fs::metadata(&path)?.len();
    println!("{in_use} bytes in use of {file}");
    Ok(())
}
