//! The program `maillage`.
fn main() {}
