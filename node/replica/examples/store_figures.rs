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
    if let Ok(dump) = std::env::var("DUMP") {
        use redb::ReadableTable;
        use std::io::Write;
        let e: redb::TableDefinition<'_, &[u8; 20], &[u8]> =
            redb::TableDefinition::new("entries_1");
        let mut f = std::fs::File::create(format!("{dump}/entries"))?;
        for row in read.open_table(e)?.iter()? {
            let (_, v) = row?;
            let v = v.value();
            f.write_all(&(v.len() as u32).to_le_bytes())?;
            f.write_all(v)?;
        }
        let e: redb::TableDefinition<'_, u64, &[u8]> = redb::TableDefinition::new("views_1");
        let mut f = std::fs::File::create(format!("{dump}/views"))?;
        for row in read.open_table(e)?.iter()? {
            let (_, v) = row?;
            let v = v.value();
            f.write_all(&(v.len() as u32).to_le_bytes())?;
            f.write_all(v)?;
        }
    }
    let file = std::fs::metadata(&path)?.len();
    println!("{in_use} bytes in use of {file}");
    Ok(())
}
