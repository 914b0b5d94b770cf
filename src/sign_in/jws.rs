//! A signed token (JSON Web Signature, RFC 7515), parsed. The library verifies signatures; this file keeps the claims
//! out of reach until it has.

use data_encoding::BASE64URL_NOPAD;
use openidconnect::{JsonWebKey, core::CoreJsonWebKey, core::CoreJwsSigningAlgorithm};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::key_set::{KeySet, MINIMUM_RSA_BITS};

/// A token's claims, in the token's order.
pub type Claims = Map<String, Value>;

/// The header's members that matter (RFC 7515, 4.1).
#[derive(Clone, Debug, Deserialize)]
pub struct Header {
    /// The algorithm that the sender claims to have used.
    pub alg: String,
    /// Names the key that signed.
    pub kid: Option<String>,
    /// Extensions that a reader must understand; the app supports none (RFC 7515, 4.1.11).
    crit: Option<Value>,
}

impl Header {
    /// The header of a token that nobody has verified yet; `None` if the text is not a signed token.
    pub fn of(token: &str) -> Option<Self> {
        UnverifiedToken::parse(token).ok().map(|token| token.header)
    }
}

/// Why a text is not a signed token.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum MalformedToken {
    #[error("a signed token has three parts")]
    Parts,
    #[error("a part of the token is not base64url")]
    Encoding,
    #[error("the token's header is not a JSON object with an alg")]
    Header,
    /// An extension that a reader must understand (`crit`).
    #[error("the token's header has critical extensions")]
    Critical,
    #[error("the token's payload is not a JSON object")]
    Payload,
}

/// A token whose signature nobody has verified yet.
pub struct UnverifiedToken<'a> {
    header: Header,
    claims: Claims,
    signed: &'a [u8],
    signature: Vec<u8>,
}

impl<'a> UnverifiedToken<'a> {
    /// Parses the compact form (RFC 7515, 7.1).
    pub fn parse(token: &'a str) -> Result<Self, MalformedToken> {
        let (signed, signature) = token.rsplit_once('.').ok_or(MalformedToken::Parts)?;
        let (header, payload) = signed.split_once('.').ok_or(MalformedToken::Parts)?;
        if payload.contains('.') {
            return Err(MalformedToken::Parts);
        }
        let decode = |part: &str| BASE64URL_NOPAD.decode(part.as_bytes()).map_err(|_| MalformedToken::Encoding);
        let header: Header = serde_json::from_slice(&decode(header)?).map_err(|_| MalformedToken::Header)?;
        if header.crit.is_some() {
            return Err(MalformedToken::Critical);
        }
        let claims = serde_json::from_slice(&decode(payload)?).map_err(|_| MalformedToken::Payload)?;
        Ok(Self { header, claims, signed: signed.as_bytes(), signature: decode(signature)? })
    }

    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The algorithm, if it is one of `accepted`.
    pub fn algorithm(&self, accepted: &[CoreJwsSigningAlgorithm]) -> Option<CoreJwsSigningAlgorithm> {
        let algorithm = serde_json::from_value(Value::String(self.header.alg.clone())).ok()?;
        accepted.contains(&algorithm).then_some(algorithm)
    }

    /// The claims, if one of `keys` made the signature with `algorithm`: the key that the header names, or any if it
    /// names none. A key for another algorithm, or for encryption, does not count (RFC 8725, 3.1).
    pub fn verify(self, keys: &KeySet, algorithm: &CoreJwsSigningAlgorithm) -> Result<Claims, BadSignature> {
        let key_id = self.header.kid.as_deref();
        let is_named = |key: &&CoreJsonWebKey| key_id.is_none() || key.key_id().map(|id| id.as_str()) == key_id;
        let mut candidates = keys.usable().iter().filter(is_named).peekable();
        if candidates.peek().is_none() {
            let short = keys.short_key(key_id);
            return Err(short.map_or(BadSignature::UnknownKey, |key| BadSignature::KeyTooShort(key.bits)));
        }
        let is_signed = candidates.any(|key| key.verify_signature(algorithm, self.signed, &self.signature).is_ok());
        if is_signed { Ok(self.claims) } else { Err(BadSignature::NotSignedByKey) }
    }
}

/// Why the signature proves nothing.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadSignature {
    #[error("the provider has no key with that id")]
    UnknownKey,
    /// The provider's RSA key has only this many bits; it must have at least `MINIMUM_RSA_BITS` (RFC 7518, 3.3).
    #[error("the provider's RSA key has {0} bits; at least {MINIMUM_RSA_BITS} bits are required")]
    KeyTooShort(usize),
    /// Another key made it, or the token was changed since.
    #[error("the signature is not the key's")]
    NotSignedByKey,
}
