//! Logging in: how passwords are compared, and how long one waits after a wrong one. The page is `pages::login`.

mod password;
mod throttle;

pub(crate) use password::{HASHES_AT_ONCE, hash_of_nobody, is_password};
pub use password::{PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN, PasswordError, hash_password};
pub(crate) use throttle::{Attempt, Throttle};
