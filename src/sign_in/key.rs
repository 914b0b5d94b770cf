//! A public key that verifies signatures, read from a JSON Web Key (RFC 7517, 4). Pure.
//!
//! Providers write keys in different ways. An unusual spelling is accepted if its meaning is clear; a key that the app
//! can't use safely has a `KeyProblem`. There are no symmetric keys, so nobody can make the app verify with a shared
//! secret.

use std::sync::LazyLock;

use data_encoding::{BASE64URL_NOPAD, Encoding};
use openidconnect::core::CoreJwsSigningAlgorithm as Algorithm;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use serde_json::{Map, Value};

/// The shortest RSA key that is used, in bits (RFC 7518, 3.3).
const MINIMUM_RSA_BITS: usize = 2048;
/// The longest one that `ring` verifies with.
const MAXIMUM_RSA_BITS: usize = 8192;
/// The largest exponent that `ring` verifies with.
const MAXIMUM_EXPONENT: u64 = (1 << 33) - 1;
/// The length of a P-256 coordinate and of an Ed25519 key, in bytes.
const CURVE_BYTES: usize = 32;
/// The members of a private key (RFC 7518, 6.2.2 and 6.3.2).
const PRIVATE: [&str; 6] = ["d", "p", "q", "dp", "dq", "qi"];

/// Base64url as providers write it: some pad it, break its lines, or use the alphabet of base64 (RFC 4648, 4 and 5).
/// The bytes are the same.
#[expect(clippy::unwrap_used, reason = "the tests below build it")]
static LENIENT_BASE64URL: LazyLock<Encoding> = LazyLock::new(|| {
    let mut specification = BASE64URL_NOPAD.specification();
    specification.check_trailing_bits = false;
    specification.ignore.push_str("= \t\r\n");
    specification.translate.from.push_str("+/");
    specification.translate.to.push_str("-_");
    specification.encoding().unwrap()
});

/// A public key of the provider.
#[derive(Debug)]
pub struct Key {
    id: Option<String>,
    /// Those that the key can verify and that its `alg`, if any, allows. Never empty.
    algorithms: Vec<Algorithm>,
    material: Material,
}

#[derive(Debug)]
enum Material {
    Rsa(RsaPublicKeyComponents<Vec<u8>>),
    /// A point, uncompressed: 4, x, y (SEC 1, 2.3.3).
    P256(Vec<u8>),
    Ed25519(Vec<u8>),
}

/// Why a key of the key set can't be used.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum KeyProblem {
    #[error("it is not a JSON object")]
    NotAnObject,
    /// `use` or `key_ops` says so (RFC 7517, 4.2 and 4.3).
    #[error("it is not for signatures")]
    NotForSignatures,
    /// A shared secret: anybody who reads the key set can sign with it.
    #[error("it is a shared secret")]
    Symmetric,
    #[error("its private key is published with it, so anybody can sign with it")]
    Private,
    #[error("keys of this type are not supported")]
    UnknownKind,
    /// The app uses no such key with this `alg`.
    #[error("its alg is not supported for keys of this type")]
    UnsupportedAlgorithm,
    #[error("its {0} is missing or malformed")]
    Malformed(&'static str),
    /// The app reads no certificates.
    #[error("it has only a certificate (x5c) and no {0}")]
    OnlyCertificate(&'static str),
    #[error("it has {0} bits, but an RSA key must have at least {MINIMUM_RSA_BITS} bits")]
    TooShort(usize),
    #[error("it has {0} bits, but at most {MAXIMUM_RSA_BITS} bits are supported")]
    TooLong(usize),
}

impl Key {
    pub(super) fn read(jwk: &Value) -> Result<Self, KeyProblem> {
        let jwk = jwk.as_object().ok_or(KeyProblem::NotAnObject)?;
        if !is_for_signatures(jwk) {
            return Err(KeyProblem::NotForSignatures);
        }
        if PRIVATE.iter().any(|member| !texts(jwk.get(*member)).is_empty()) {
            return Err(KeyProblem::Private);
        }
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        let (material, supported) = match (text("kty"), text("crv")) {
            (Some("RSA"), _) => {
                (Material::Rsa(rsa(jwk)?), vec![Algorithm::RsaSsaPkcs1V15Sha256, Algorithm::RsaSsaPssSha256])
            }
            (Some("EC"), Some("P-256")) => (Material::P256(p256(jwk)?), vec![Algorithm::EcdsaP256Sha256]),
            (Some("OKP"), Some("Ed25519")) => (Material::Ed25519(ed25519(jwk)?), vec![Algorithm::EdDsa]),
            (Some("oct"), _) => return Err(KeyProblem::Symmetric),
            _ => return Err(KeyProblem::UnknownKind),
        };
        let named: Vec<_> = texts(jwk.get("alg")).into_iter().map(algorithm).collect();
        let is_allowed = |it: &Algorithm| named.is_empty() || named.contains(&Some(it.clone()));
        let algorithms: Vec<_> = supported.into_iter().filter(is_allowed).collect();
        if algorithms.is_empty() {
            return Err(KeyProblem::UnsupportedAlgorithm);
        }
        Ok(Self { id: key_id(jwk.get("kid")), algorithms, material })
    }

    /// `kid`.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The algorithms that the key may be used with.
    pub fn algorithms(&self) -> &[Algorithm] {
        &self.algorithms
    }

    /// Whether this key made the signature with this algorithm. It must be a key for this algorithm (RFC 8725, 3.1).
    pub(super) fn has_signed(&self, message: &[u8], signature: &[u8], algorithm: &Algorithm) -> bool {
        let verified = match &self.material {
            _ if !self.algorithms.contains(algorithm) => return false,
            Material::Rsa(key) if *algorithm == Algorithm::RsaSsaPssSha256 => {
                key.verify(&RSA_PSS_2048_8192_SHA256, message, signature)
            }
            Material::Rsa(key) => key.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature),
            Material::P256(point) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature),
            Material::Ed25519(key) => UnparsedPublicKey::new(&ED25519, key).verify(message, signature),
        };
        verified.is_ok()
    }
}

/// The algorithm with this name. `Ed25519` is the newer name for `EdDSA` with an Ed25519 key (RFC 9864, 2.2), the only
/// such key that is supported.
pub(super) fn algorithm(name: &str) -> Option<Algorithm> {
    let name = if name == "Ed25519" { "EdDSA" } else { name };
    serde_json::from_value(name.into()).ok()
}

/// `kid`, in a key or in a token's header. Some providers write it as a number. It only selects the keys to try.
pub(super) fn key_id(kid: Option<&Value>) -> Option<String> {
    match kid? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The strings of a member that has one or several. Blank ones and other types are ignored.
fn texts(member: Option<&Value>) -> Vec<&str> {
    let values = match member {
        Some(Value::Array(values)) => values.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    values.iter().filter_map(Value::as_str).filter(|text| !text.trim().is_empty()).collect()
}

fn is_for_signatures(jwk: &Map<String, Value>) -> bool {
    let says = |member: &str, one_of: &[&str]| {
        let said = texts(jwk.get(member));
        said.is_empty() || said.iter().any(|text| one_of.contains(text))
    };
    says("use", &["sig"]) && says("key_ops", &["verify", "sign"])
}

/// The bytes of a member; at least one.
fn bytes(jwk: &Map<String, Value>, name: &'static str) -> Result<Vec<u8>, KeyProblem> {
    let encoded = jwk.get(name).and_then(Value::as_str);
    let bytes = encoded.and_then(|text| LENIENT_BASE64URL.decode(text.as_bytes()).ok());
    bytes.filter(|bytes| !bytes.is_empty()).ok_or(match (jwk.get(name), jwk.get("x5c")) {
        (None, Some(_)) => KeyProblem::OnlyCertificate(name),
        _ => KeyProblem::Malformed(name),
    })
}

/// A number, without leading zeros: some providers write too many, some too few.
fn number(jwk: &Map<String, Value>, name: &'static str) -> Result<Vec<u8>, KeyProblem> {
    Ok(bytes(jwk, name)?.into_iter().skip_while(|byte| *byte == 0).collect())
}

fn rsa(jwk: &Map<String, Value>) -> Result<RsaPublicKeyComponents<Vec<u8>>, KeyProblem> {
    let (n, e) = (number(jwk, "n")?, number(jwk, "e")?);
    let bits = n.len() * 8 - n.first().map_or(0, |byte| byte.leading_zeros() as usize);
    let is_odd = |number: &[u8]| number.last().is_some_and(|byte| byte % 2 == 1);
    let exponent = e.iter().take(9).fold(0, |number: u64, byte| number.saturating_mul(256) | u64::from(*byte));
    if bits < MINIMUM_RSA_BITS {
        Err(KeyProblem::TooShort(bits))
    } else if bits > MAXIMUM_RSA_BITS {
        Err(KeyProblem::TooLong(bits))
    } else if !is_odd(&n) {
        Err(KeyProblem::Malformed("n"))
    } else if !is_odd(&e) || !(3..=MAXIMUM_EXPONENT).contains(&exponent) {
        Err(KeyProblem::Malformed("e"))
    } else {
        Ok(RsaPublicKeyComponents { n, e })
    }
}

fn p256(jwk: &Map<String, Value>) -> Result<Vec<u8>, KeyProblem> {
    let coordinate = |name| {
        let number = number(jwk, name)?;
        let zeros = CURVE_BYTES.checked_sub(number.len()).ok_or(KeyProblem::Malformed(name))?;
        Ok([vec![0; zeros], number].concat())
    };
    Ok([vec![4], coordinate("x")?, coordinate("y")?].concat())
}

fn ed25519(jwk: &Map<String, Value>) -> Result<Vec<u8>, KeyProblem> {
    Some(bytes(jwk, "x")?).filter(|key| key.len() == CURVE_BYTES).ok_or(KeyProblem::Malformed("x"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::long(256, 0, 0xff, None)]
    #[case::long_with_zeros(256, 3, 0x80, None)]
    #[case::a_bit_short(256, 0, 0x7f, Some(KeyProblem::TooShort(2047)))]
    #[case::short_and_long_by_zeros(128, 128, 0xff, Some(KeyProblem::TooShort(1024)))]
    #[case::nothing(0, 5, 0, Some(KeyProblem::TooShort(0)))]
    #[case::as_long_as_may_be(1024, 0, 0xff, None)]
    #[case::a_bit_long(1025, 0, 0x01, Some(KeyProblem::TooLong(8193)))]
    fn the_length_of_a_key_is_its_numbers(
        #[case] length: usize,
        #[case] zeros: usize,
        #[case] first: u8,
        #[case] problem: Option<KeyProblem>,
    ) {
        let mut number = vec![0xff; length];
        if let Some(byte) = number.first_mut() {
            *byte = first;
        }
        let modulus = BASE64URL_NOPAD.encode(&[vec![0; zeros], number].concat());
        let key = serde_json::json!({"kty": "RSA", "n": modulus, "e": "AQAB"});
        assert_eq!(Key::read(&key).err(), problem);
    }

    #[rstest::rstest]
    #[case::plain("-_8", Some(vec![0xfb, 0xff]))]
    #[case::padded("-_8=", Some(vec![0xfb, 0xff]))]
    #[case::of_the_other_alphabet("+/8=", Some(vec![0xfb, 0xff]))]
    #[case::with_line_breaks("-_\r\n8\n", Some(vec![0xfb, 0xff]))]
    #[case::with_bits_left("-_9", Some(vec![0xfb, 0xff]))]
    #[case::empty("", None)]
    #[case::of_no_alphabet("-_!8", None)]
    #[case::cut_off("-_8-_", None)]
    fn base64url_is_read_as_providers_write_it(#[case] text: &str, #[case] expected: Option<Vec<u8>>) {
        let jwk = serde_json::json!({ "n": text });
        assert_eq!(bytes(jwk.as_object().unwrap(), "n").ok(), expected);
    }
}
