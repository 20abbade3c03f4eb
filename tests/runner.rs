//! The one binary of the tests that look at the whole: one module a subject.

mod architecture;
mod backups;
mod damage;
mod harness;
mod keys;
mod killed;
mod loopback;
mod program;
mod replicas;
