//! The one binary of the tests that look at the whole: one module a subject.

mod architecture;
mod harness;
mod imports;
mod killed;
mod loopback;
mod program;
mod replicas;
