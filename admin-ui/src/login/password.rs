//! Passwords: Argon2id with 19 MiB, two passes, one lane.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

/// Characters of a new password. Length is what counts; no rule asks for signs or digits.
pub const PASSWORD_CHARS_MIN: usize = 12;
/// Bytes of a password: a sentence fits, and hashing stays cheap.
pub const PASSWORD_BYTES_MAX: usize = 256;
/// Hashes computed at a time, in the whole node.
pub(crate) const HASHES_AT_ONCE: usize = 2;

const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Why a new password is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// More than [`PASSWORD_BYTES_MAX`].
    #[error("a password has at most {PASSWORD_BYTES_MAX} bytes")]
    Long,
    /// Fewer than [`PASSWORD_CHARS_MIN`].
    #[error("a password has at least {PASSWORD_CHARS_MIN} characters")]
    Short,
}

/// Returns the PHC string of a new password. The salt comes from the caller: 16 random bytes.
pub fn hash_password(password: &str, salt: [u8; 16]) -> Result<String, PasswordError> {
    if password.chars().count() < PASSWORD_CHARS_MIN {
        return Err(PasswordError::Short);
    }
    if password.len() > PASSWORD_BYTES_MAX {
        return Err(PasswordError::Long);
    }
    Ok(hash(password.as_bytes(), &salt))
}

/// Returns the hash of a password that nobody knows: comparing with it takes as long as with an account's.
pub(crate) fn hash_of_nobody(random: fn(&mut [u8])) -> String {
    let (mut password, mut salt) = ([0; 32], [0; 16]);
    random(&mut password);
    random(&mut salt);
    hash(&password, &salt)
}

/// Says whether a password is the one of a PHC string.
pub(crate) fn is_password(password: &str, phc: &str) -> bool {
    let Ok(expected) = PasswordHash::new(phc) else {
        tracing::error!("a stored password does not read: give this account a new one");
        return false;
    };
    // A typed text beyond the limit is nobody's password; it is cut so that hashing it stays as cheap as the others.
    let typed = password.as_bytes();
    let typed = typed.get(..PASSWORD_BYTES_MAX + 1).unwrap_or(typed);
    argon2id().verify_password(typed, &expected).is_ok()
}

fn hash(password: &[u8], salt: &[u8]) -> String {
    let hashed: PasswordHash = argon2id()
        .hash_password_with_salt(password, salt)
        .expect("lengths of password and salt are within Argon2's limits");
    hashed.to_string()
}

fn argon2id() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("constants are in range");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_known_again_and_no_other() {
        let phc = hash_password("douze lettres", [1; 16]).expect("is long enough");
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert!(is_password("douze lettres", &phc));
        for wrong in ["", "douze lettre", "douze lettres ", "Douze lettres"] {
            assert!(!is_password(wrong, &phc), "{wrong}");
        }
        assert!(!is_password("douze lettres", "not a PHC string"));
        assert_ne!(
            phc,
            hash_password("douze lettres", [2; 16]).expect("is long enough")
        );
    }

    #[test]
    fn new_passwords_keep_within_their_limits() {
        let short = "é".repeat(PASSWORD_CHARS_MIN - 1);
        assert_eq!(hash_password(&short, [0; 16]), Err(PasswordError::Short));
        assert!(hash_password(&"é".repeat(PASSWORD_CHARS_MIN), [0; 16]).is_ok());
        let longest = "a".repeat(PASSWORD_BYTES_MAX);
        let phc = hash_password(&longest, [0; 16]).expect("fits");
        assert!(is_password(&longest, &phc));
        assert!(!is_password(&format!("{longest}a"), &phc));
        let long = "a".repeat(PASSWORD_BYTES_MAX + 1);
        assert_eq!(hash_password(&long, [0; 16]), Err(PasswordError::Long));
    }
}
