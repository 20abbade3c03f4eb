//! The one binary of the tests that look at the whole: one module a subject.

mod architecture;
mod backups;
mod clock;
mod cut;
mod damage;
mod disk;
mod duplicates;
mod erasing;
mod frozen;
mod harness;
mod imports;
mod keys;
mod killed;
mod life;
mod loopback;
mod personal;
mod program;
mod quotas;
mod replicas;
mod rotation;
mod split;
mod statements;
mod stopping;
mod suspension;
mod transcripts;
