//! The system as its users meet it. Everything is in `runner.rs`, the only test binary; this file lets the workspace list the crate.
