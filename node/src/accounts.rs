//! Accounts for the pages: made on the command line, used in the browser.

use std::path::Path;

use anyhow::{Context, bail};

use crate::{clock, keys};

/// Shortest password. Length is what slows guessing down; no other rule is asked.
pub(crate) const PASSWORD_CHARS_MIN: usize = 12;

/// Makes an account in the local store of a node that does not run.
pub(crate) fn create(node: &Path, name: &str, password: &str) -> anyhow::Result<()> {
    if password.chars().count() < PASSWORD_CHARS_MIN {
        bail!("a password has at least {PASSWORD_CHARS_MIN} characters");
    }
    admin_ui::create_account(node, name, password, clock::now(), keys::fill_random)
        .with_context(|| format!("the account {name} was not made"))
}
