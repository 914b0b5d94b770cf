//! The provider's key set, without the keys that are too short. Pure.

use data_encoding::BASE64URL_NOPAD;
use openidconnect::{JsonWebKey, core::CoreJsonWebKey};
use serde_json::Value;

/// The shortest RSA key that is used, in bits (RFC 7518, 3.3).
pub(crate) const MINIMUM_RSA_BITS: usize = 2048;

/// A key set (RFC 7517, 5) as it was fetched, without keys of an unknown type.
#[derive(Debug)]
pub struct KeySet {
    usable: Vec<CoreJsonWebKey>,
    too_short: Vec<ShortKey>,
}

/// An RSA key that is too short to be trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShortKey {
    /// `kid`.
    pub id: Option<String>,
    pub bits: usize,
}

impl From<Vec<CoreJsonWebKey>> for KeySet {
    fn from(keys: Vec<CoreJsonWebKey>) -> Self {
        let short = |key: &CoreJsonWebKey| {
            let bits = rsa_bits(key).filter(|bits| *bits < MINIMUM_RSA_BITS)?;
            Some(ShortKey { id: key.key_id().map(|id| id.to_string()), bits })
        };
        let too_short = keys.iter().filter_map(short).collect();
        Self { usable: keys.into_iter().filter(|key| short(key).is_none()).collect(), too_short }
    }
}

impl KeySet {
    /// The keys that signatures are verified with.
    pub fn usable(&self) -> &[CoreJsonWebKey] {
        &self.usable
    }

    /// The RSA keys that are not used because they are too short.
    pub fn too_short(&self) -> &[ShortKey] {
        &self.too_short
    }

    /// The key with this `kid` among those that are too short, or any of them if there is no `kid`.
    pub(super) fn short_key(&self, key_id: Option<&str>) -> Option<&ShortKey> {
        self.too_short.iter().find(|key| key_id.is_none() || key.id.as_deref() == key_id)
    }

    /// Whether the set has a key with this `kid`, usable or too short. A token that names no key is tried with each.
    pub(super) fn has(&self, key_id: Option<&str>) -> bool {
        let is_it = |key: &CoreJsonWebKey| key.key_id().map(|id| id.as_str()) == key_id;
        key_id.is_none() || self.usable.iter().any(is_it) || self.short_key(key_id).is_some()
    }
}

/// The length of an RSA key's modulus in bits, without leading zeros; `None` for other keys.
fn rsa_bits(key: &CoreJsonWebKey) -> Option<usize> {
    let key = serde_json::to_value(key).ok()?; // the library has no accessor for it
    let modulus = key.get("n").and_then(Value::as_str).filter(|_| key["kty"] == "RSA")?;
    let modulus = BASE64URL_NOPAD.decode(modulus.as_bytes()).ok()?;
    let zeros = modulus.iter().take_while(|byte| **byte == 0).count();
    let first = modulus.get(zeros).map_or(0, |byte| byte.leading_zeros() as usize);
    Some((modulus.len() - zeros) * 8 - first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::long(256, 0, 0xff, 2048)]
    #[case::long_with_zeros(256, 3, 0x80, 2048)]
    #[case::a_bit_short(256, 0, 0x7f, 2047)]
    #[case::short_and_long_by_zeros(128, 128, 0xff, 1024)]
    #[case::nothing(0, 5, 0, 0)]
    fn the_length_of_a_key_is_its_numbers(
        #[case] length: usize,
        #[case] zeros: usize,
        #[case] first: u8,
        #[case] bits: usize,
    ) {
        let mut number = vec![0xff; length];
        if let Some(byte) = number.first_mut() {
            *byte = first;
        }
        let modulus = BASE64URL_NOPAD.encode(&[vec![0; zeros], number].concat());
        let key = serde_json::json!({"kty": "RSA", "n": modulus, "e": "AQAB"});
        let key: CoreJsonWebKey = serde_json::from_value(key).unwrap();
        assert_eq!(rsa_bits(&key), Some(bits));
        assert_eq!(KeySet::from(vec![key]).too_short().len(), usize::from(bits < MINIMUM_RSA_BITS));
    }
}
