//! Accounts: who may log in to the pages of this node, and what their role lets them see there. What a person may *sign* is judged
//! by the governance of the federation, never by this role.

use std::fmt;

use crdt_schema::time::Timestamp;
use redb::{ReadableDatabase, ReadableTable};
use serde::{Deserialize, Serialize};

use super::watch::forget_watches_of;
use super::{ACCOUNTS, LOGINS, Local, Login, from_row, to_row};
use crate::fault::Fault;

/// Bytes of an account's name: an e-mail address of a public body fits, a pasted paragraph does not.
pub const ACCOUNT_NAME_BYTES_MAX: usize = 64;

/// A person's account on this node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// What the person types to log in.
    pub name: AccountName,
    /// What the pages show to this person.
    pub role: Role,
    /// Argon2id hash as a PHC string. Whoever makes the account computes it.
    pub password: String,
    /// When the account was made.
    pub created: Timestamp,
}

/// The name of an account: 1 to 64 of `a–z 0–9 . - _ @`. Capital letters are read as small ones.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountName(String);

impl AccountName {
    /// Reads a name as it was typed.
    pub fn parse(typed: &str) -> Result<Self, AccountNameError> {
        let name = typed.trim().to_ascii_lowercase();
        match name.len() {
            0 => Err(AccountNameError::Empty),
            1..=ACCOUNT_NAME_BYTES_MAX if name.bytes().all(is_allowed) => Ok(Self(name)),
            1..=ACCOUNT_NAME_BYTES_MAX => Err(AccountNameError::Character),
            _ => Err(AccountNameError::Long),
        }
    }

    /// Returns the name as it is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_allowed(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-_@".contains(&byte)
}

impl fmt::Display for AccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is not the name of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccountNameError {
    /// Another character than those of names.
    #[error("an account's name is written with a–z, 0–9 and . - _ @")]
    Character,
    /// Nothing.
    #[error("an account's name is not empty")]
    Empty,
    /// More than [`ACCOUNT_NAME_BYTES_MAX`].
    #[error("an account's name has at most {ACCOUNT_NAME_BYTES_MAX} characters")]
    Long,
}

/// What a person does on this node's pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Judges applications to a label.
    Assessor,
    /// Writes records.
    Contributor,
    /// Admits partners, keeps vocabularies, decides labels.
    Coordinator,
    /// Settles duplicates and suggestions.
    Moderator,
    /// Keeps the node: accounts, backups, peers.
    NodeAdmin,
    /// Reads.
    Reader,
    /// Confirms that records still hold.
    Verifier,
}

impl Role {
    /// All roles, from the one that does least.
    pub const ALL: [Role; 7] = [
        Role::Reader,
        Role::Contributor,
        Role::Verifier,
        Role::Moderator,
        Role::Assessor,
        Role::Coordinator,
        Role::NodeAdmin,
    ];

    /// Returns the stable code, as it is stored and typed on the command line.
    pub fn code(self) -> &'static str {
        match self {
            Role::Assessor => "assessor",
            Role::Contributor => "contributor",
            Role::Coordinator => "coordinator",
            Role::Moderator => "moderator",
            Role::NodeAdmin => "node-admin",
            Role::Reader => "reader",
            Role::Verifier => "verifier",
        }
    }

    /// Reads a code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }
}

/// Why an account was not made.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CreateAccountError {
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// There is an account of this name.
    #[error("the account {0} exists already")]
    Taken(AccountName),
}

#[derive(Serialize, Deserialize)]
struct Row {
    role: Role,
    password: String,
    created_ms: i64,
}

impl Row {
    fn read(bytes: &[u8]) -> Result<Self, Fault> {
        from_row("accounts", bytes)
    }

    fn into_account(self, name: AccountName) -> Account {
        Account {
            name,
            role: self.role,
            password: self.password,
            created: Timestamp::from_millis(self.created_ms),
        }
    }
}

impl Local {
    /// Makes an account.
    pub fn create_account(&self, account: &Account) -> Result<(), CreateAccountError> {
        let row = to_row(&Row {
            role: account.role,
            password: account.password.clone(),
            created_ms: account.created.as_millis(),
        });
        let made = self.write(|write| {
            let mut table = write.open_table(ACCOUNTS)?;
            if table.get(account.name.as_str())?.is_some() {
                return Ok(false);
            }
            table.insert(account.name.as_str(), row.as_slice())?;
            Ok(true)
        })?;
        match made {
            true => Ok(()),
            false => Err(CreateAccountError::Taken(account.name.clone())),
        }
    }

    /// Returns an account.
    pub fn account(&self, name: &AccountName) -> Result<Option<Account>, Fault> {
        let read = self.database().begin_read()?;
        match read.open_table(ACCOUNTS)?.get(name.as_str())? {
            Some(row) => Ok(Some(Row::read(row.value())?.into_account(name.clone()))),
            None => Ok(None),
        }
    }

    /// Returns all accounts, in the order of their names.
    pub fn accounts(&self) -> Result<Vec<Account>, Fault> {
        let read = self.database().begin_read()?;
        let table = read.open_table(ACCOUNTS)?;
        let mut accounts = Vec::new();
        for row in table.iter()? {
            let (name, row) = row?;
            let name = AccountName(name.value().to_owned());
            accounts.push(Row::read(row.value())?.into_account(name));
        }
        Ok(accounts)
    }

    /// Changes a role, and ends the logins that had the one before; says whether there is such an account.
    pub fn change_role(&self, name: &AccountName, role: Role) -> Result<bool, Fault> {
        self.change_account(name, |row| row.role = role)
    }

    /// Changes a password (a PHC string), and ends the logins that used the one before.
    pub fn change_password(&self, name: &AccountName, password: &str) -> Result<bool, Fault> {
        self.change_account(name, |row| password.clone_into(&mut row.password))
    }

    /// Removes an account, its logins and its watches; says whether there was one.
    pub fn remove_account(&self, name: &AccountName) -> Result<bool, Fault> {
        self.write(|write| {
            let found = write.open_table(ACCOUNTS)?.remove(name.as_str())?.is_some();
            end_logins_of(write, name)?;
            forget_watches_of(write, name)?;
            Ok(found)
        })
    }

    fn change_account(
        &self,
        name: &AccountName,
        change: impl FnOnce(&mut Row),
    ) -> Result<bool, Fault> {
        self.write(|write| {
            let mut table = write.open_table(ACCOUNTS)?;
            let Some(mut row) = table
                .get(name.as_str())?
                .map(|row| Row::read(row.value()))
                .transpose()?
            else {
                return Ok(false);
            };
            change(&mut row);
            table.insert(name.as_str(), to_row(&row).as_slice())?;
            end_logins_of(write, name)?;
            Ok(true)
        })
    }
}

fn end_logins_of(write: &redb::WriteTransaction, name: &AccountName) -> Result<(), Fault> {
    let mut failed = None;
    write
        .open_table(LOGINS)?
        .retain(|_, row| match Login::read(row) {
            Ok(login) => login.account != *name,
            Err(fault) => {
                failed = Some(fault);
                true
            }
        })?;
    failed.map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::super::LoginId;
    use super::super::tests::temporary;
    use super::*;

    fn name(text: &str) -> AccountName {
        AccountName::parse(text).expect("is a name")
    }

    fn account(text: &str) -> Account {
        Account {
            name: name(text),
            role: Role::Contributor,
            password: "$argon2id$v=19$m=1,t=1,p=1$c2FsdA$aGFzaA".to_owned(),
            created: Timestamp::from_millis(5),
        }
    }

    #[test]
    fn names_are_read_up_to_their_limit_and_in_one_case() {
        assert_eq!(
            name(" Jeanne.D@exemple.fr ").as_str(),
            "jeanne.d@exemple.fr"
        );
        assert!(AccountName::parse(&"a".repeat(ACCOUNT_NAME_BYTES_MAX - 1)).is_ok());
        assert!(AccountName::parse(&"a".repeat(ACCOUNT_NAME_BYTES_MAX)).is_ok());
        let long = AccountName::parse(&"a".repeat(ACCOUNT_NAME_BYTES_MAX + 1));
        assert_eq!(long, Err(AccountNameError::Long));
        assert_eq!(AccountName::parse("  "), Err(AccountNameError::Empty));
        for hostile in ["a b", "é", "a\0", "a/b", "<b>", "a\u{202e}b"] {
            assert_eq!(
                AccountName::parse(hostile),
                Err(AccountNameError::Character)
            );
        }
    }

    #[test]
    fn every_role_is_read_back_from_its_code() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.code()), Some(role));
            let stored = serde_json::to_string(&role).expect("is written");
            assert_eq!(stored, format!("\"{}\"", role.code()));
        }
        assert_eq!(Role::parse("root"), None);
    }

    #[test]
    fn an_account_is_made_once() {
        let (_folder, local) = temporary();
        local.create_account(&account("zoe")).expect("is made");
        local.create_account(&account("ana")).expect("is made");
        let mut other = account("zoe");
        other.role = Role::NodeAdmin;
        let refused = local.create_account(&other).expect_err("is taken");
        assert!(matches!(refused, CreateAccountError::Taken(taken) if taken == name("zoe")));
        assert_eq!(
            local.account(&name("zoe")).expect("reads"),
            Some(account("zoe"))
        );
        assert_eq!(local.account(&name("eve")).expect("reads"), None);
        assert_eq!(
            local.accounts().expect("reads"),
            [account("ana"), account("zoe")]
        );
    }

    #[test]
    fn a_change_of_role_or_password_ends_the_logins_of_that_account_only() {
        let (_folder, local) = temporary();
        let now = Timestamp::from_millis(0);
        let (zoe, ana) = (LoginId::from_bytes([1; 32]), LoginId::from_bytes([2; 32]));
        for change in [
            |local: &Local| local.change_role(&name("zoe"), Role::Moderator),
            |local: &Local| local.change_password(&name("zoe"), "other"),
            |local: &Local| local.remove_account(&name("zoe")),
        ] {
            local
                .create_account(&account("zoe"))
                .or_else(taken)
                .expect("is made");
            local
                .start_login(&zoe.key(), &name("zoe"), now)
                .expect("starts");
            local
                .start_login(&ana.key(), &name("ana"), now)
                .expect("starts");
            assert!(change(&local).expect("writes"));
            assert_eq!(local.login(&zoe.key(), now).expect("reads"), None);
            assert!(local.login(&ana.key(), now).expect("reads").is_some());
        }
        assert!(
            !local
                .change_role(&name("zoe"), Role::Reader)
                .expect("writes")
        );
    }

    fn taken(error: CreateAccountError) -> Result<(), CreateAccountError> {
        match error {
            CreateAccountError::Taken(_) => Ok(()),
            fault @ CreateAccountError::Fault(_) => Err(fault),
        }
    }
}
