//! The shell of the pages, in process: what is refused, what every answer carries, who is logged in.

mod agendas;
mod answers;
mod ballot;
mod browser;
mod bundles;
mod census;
mod checks;
mod colors;
mod confirming;
mod duplicates;
mod erasing;
mod federation;
mod files;
mod inclusion;
mod lexicon;
mod limits;
mod logins;
mod map;
mod messages;
mod personal;
mod server;
mod statements;
mod undoing;
mod verifier;
mod words;
mod workbooks;
