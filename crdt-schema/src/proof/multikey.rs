//! Public keys as W3C documents write them: Multikey (`z6Mk…`) and `did:key`.

use crate::key::PublicKey;

/// Returns the Multikey of an ed25519 public key: `z`, then base58btc of `ed01` and the 32 bytes.
pub fn multikey(key: &PublicKey) -> String {
    format!(
        "z{}",
        bs58::encode([&ED25519[..], key.as_bytes()].concat()).into_string()
    )
}

/// Reads a Multikey. `None` for another kind of key, another base, a weak or not canonical key.
pub fn from_multikey(text: &str) -> Option<PublicKey> {
    let bytes = from_base58(text, ED25519.len() + 32)?;
    let key: &[u8; 32] = bytes.strip_prefix(&ED25519)?.try_into().ok()?;
    PublicKey::from_bytes(key).ok()
}

/// Returns the `did:key` of a public key.
pub fn did_key(key: &PublicKey) -> String {
    format!("{DID_KEY}{}", multikey(key))
}

/// Reads a `did:key`.
pub fn from_did_key(text: &str) -> Option<PublicKey> {
    from_multikey(text.strip_prefix(DID_KEY)?)
}

/// Reads `z` and base58btc of exactly `len` bytes. A text that is far too long is refused before any work: decoding is quadratic.
pub(super) fn from_base58(text: &str, len: usize) -> Option<Vec<u8>> {
    let digits = text.strip_prefix('z')?;
    if digits.len() > 2 * len {
        return None;
    }
    let bytes = bs58::decode(digits).into_vec().ok()?;
    (bytes.len() == len).then_some(bytes)
}

const ED25519: [u8; 2] = [0xed, 0x01];
const DID_KEY: &str = "did:key:";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::SecretKey;

    #[test]
    fn a_key_is_read_back_from_both_writings() {
        let key = SecretKey::from_bytes(&[7; 32]).public();
        assert!(multikey(&key).starts_with("z6Mk"));
        assert_eq!(from_multikey(&multikey(&key)), Some(key));
        assert_eq!(from_did_key(&did_key(&key)), Some(key));
    }

    #[test]
    fn other_keys_bases_and_lengths_are_refused() {
        let key = SecretKey::from_bytes(&[7; 32]).public();
        let text = multikey(&key);
        let secp256k1 = format!(
            "z{}",
            bs58::encode([&[0xe7, 0x01][..], key.as_bytes()].concat()).into_string()
        );
        let mut weak = vec![0xed, 0x01, 1];
        weak.resize(34, 0);
        let weak = format!("z{}", bs58::encode(weak).into_string());
        for wrong in [
            "",
            "z",
            &text[1..],
            &text[..text.len() - 1],
            &format!("{text}1"),
            &format!("m{}", &text[1..]),
            &text.replace('z', "z0"),
            &secp256k1,
            &weak,
            &format!("z{}", "2".repeat(1_000_000)),
        ] {
            assert_eq!(
                from_multikey(wrong),
                None,
                "{}",
                wrong.get(..60).unwrap_or(wrong)
            );
        }
        assert_eq!(from_did_key(&text), None);
        assert_eq!(from_did_key("did:web:example.org"), None);
    }
}
