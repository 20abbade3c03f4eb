//! tmp
use exchange::{Choices, Table};
fn main() {
    for a in std::env::args().skip(1) {
        println!("## {a}");
        match Table::open(std::path::Path::new(&a), &Choices::default()) {
            Ok(mut t) => {
                let cols = t.columns().to_vec();
                let rows: Vec<_> = (&mut t).take(30).filter_map(Result::ok).collect();
                for c in cols {
                    let v = rows.iter().map(|r| r.cells[c.index].as_str()).find(|v| !v.is_empty()).unwrap_or("");
                    println!("{}\t{}", c.name, v.chars().take(70).collect::<String>().replace('\n', " "));
                }
            }
            Err(e) => println!("{e}"),
        }
    }
}
