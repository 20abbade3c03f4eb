//! What the tests share: small federations in temporary folders.

pub(crate) mod federation;
pub(crate) mod forged;
pub(crate) mod pages;
pub(crate) mod process;
pub(crate) mod program;
pub(crate) mod running;
pub(crate) mod spaces;
