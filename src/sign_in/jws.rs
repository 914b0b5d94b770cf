//! A signed token (JSON Web Signature, RFC 7515), parsed. The library verifies signatures; this file keeps the claims
//! out of reach until it has.

use data_encoding::BASE64URL_NOPAD;
use openidconnect::core::CoreJwsSigningAlgorithm;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::{
    key,
    key_set::{KeySet, UnusableKey},
};
use crate::text::is_blank;

/// A token's claims, in the token's order.
pub type Claims = Map<String, Value>;

/// A claim to show: a text with at least one visible character.
pub(super) fn shown_text<'a>(claims: &'a Claims, name: &str) -> Option<&'a str> {
    claims.get(name).and_then(Value::as_str).filter(|text| !is_blank(text))
}

/// The header's members that matter (RFC 7515, 4.1).
#[derive(Clone, Debug, Deserialize)]
pub struct Header {
    /// The algorithm that the sender claims to have used.
    pub alg: String,
    /// Names the key that signed.
    #[serde(default, deserialize_with = "key_id")]
    pub kid: Option<String>,
    /// Extensions that a reader must understand; the app supports none (RFC 7515, 4.1.11).
    crit: Option<Value>,
}

fn key_id<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(key::key_id(Some(&Value::deserialize(from)?)))
}

impl Header {
    /// The header of a token that nobody has verified yet; `None` if the text is not a signed token.
    pub fn of(token: &str) -> Option<Self> {
        UnverifiedToken::parse(token).ok().map(|token| token.header)
    }
}

/// Header, payload and signature as they are written (RFC 7515, 7.1); `None` if the text has not three parts.
pub(super) fn parts(token: &str) -> Option<[&str; 3]> {
    let parts: Vec<_> = token.splitn(4, '.').collect();
    parts.try_into().ok()
}

/// All members of the header, in its order.
pub(super) fn header_members(header: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&BASE64URL_NOPAD.decode(header.as_bytes()).ok()?).ok()
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
        key::algorithm(&self.header.alg).filter(|algorithm| accepted.contains(algorithm))
    }

    /// The claims, if one of `keys` made the signature with `algorithm`: the key that the header names, or any if it
    /// names none. A key for another algorithm, or for encryption, does not count (RFC 8725, 3.1).
    pub fn verify(self, keys: &KeySet, algorithm: &CoreJwsSigningAlgorithm) -> Result<Claims, BadSignature> {
        let key_id = self.header.kid.as_deref();
        let mut candidates = keys.named(key_id).filter(|key| key.algorithms().contains(algorithm)).peekable();
        if candidates.peek().is_none() {
            return Err(match keys.unusable_key(key_id, algorithm) {
                Some(key) => BadSignature::UnusableKey(Box::new(key.clone())),
                None if keys.named(key_id).next().is_some() => BadSignature::OtherAlgorithm,
                None => BadSignature::UnknownKey,
            });
        }
        let is_signed = candidates.any(|key| key.has_signed(self.signed, &self.signature, algorithm));
        if is_signed { Ok(self.claims) } else { Err(BadSignature::NotSignedByKey) }
    }
}

/// Why the signature proves nothing.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadSignature {
    #[error("the provider has no key with that ID")]
    UnknownKey,
    /// The provider has the key, but the app can't use it, so the signature can't be checked.
    #[error("{0}")]
    UnusableKey(Box<UnusableKey>),
    #[error("the provider's key is for a different algorithm")]
    OtherAlgorithm,
    /// Another key made it, or the token was changed since.
    #[error("the signature was not made with the provider's key")]
    NotSignedByKey,
}
