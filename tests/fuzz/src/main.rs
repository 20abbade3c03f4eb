//! The targets under libFuzzer, whose engine is linked in: `scripts/fuzz` builds and starts this, with the name of one in `FUZZ_TARGET`.
#![no_main]

use std::sync::OnceLock;

use fuzz::Target;
use libfuzzer_sys::{Corpus, fuzz_target};

static CHOSEN: OnceLock<&'static Target> = OnceLock::new();

fn choose() {
    // The engine's own hook ends the process at each panic, also where ours takes it for what it is: a workbook that its parser cannot
    // read. What nobody catches reaches the engine all the same.
    drop(std::panic::take_hook());
    let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
    let target =
        Target::named(&name).unwrap_or_else(|| panic!("FUZZ_TARGET names no target: {name:?}"));
    CHOSEN.get_or_init(|| target);
    target.warm_all();
}

fuzz_target!(init: choose(), |input: &[u8]| -> Corpus {
    let target = CHOSEN.get().expect("chosen at the start");
    if input.len() > target.bytes_max {
        return Corpus::Reject;
    }
    target.check(input);
    Corpus::Keep
});
