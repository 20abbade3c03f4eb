//! Accounts for the pages: made on the command line, used in the browser.

use std::path::{Path, PathBuf};

use admin_ui::hash_password;
use anyhow::Context;
use replica::local::{Account, AccountName, Local, Role};

use crate::{clock, keys};

/// Where accounts, logins and drafts are kept. Never sent to another node.
pub(crate) fn store(node: &Path) -> PathBuf {
    node.join("local.redb")
}

/// Makes the account of the node's administrator, in the folder of a node that does not run.
pub(crate) fn create(node: &Path, name: &str, password: &str) -> anyhow::Result<()> {
    let mut salt = [0; 16];
    keys::fill_random(&mut salt);
    let account = Account {
        name: AccountName::parse(name)?,
        role: Role::NodeAdmin,
        password: hash_password(password, salt)?,
        created: clock::now(),
    };
    let local = Local::open(&store(node))?;
    local
        .create_account(&account)
        .with_context(|| format!("the account {name} was not made"))
}
