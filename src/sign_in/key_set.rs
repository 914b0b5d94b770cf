//! The provider's key set: the keys that signatures are verified with, and those that can't be used. Pure.

use std::fmt;

use openidconnect::{JwsSigningAlgorithm, core::CoreJwsSigningAlgorithm};
use serde_json::Value;

use super::key::{Key, KeyProblem, key_id};
use crate::text::{MAXIMUM_SHOWN, shorten};

/// A key set (RFC 7517, 5) as it was fetched. Each key is read on its own: one that can't be used costs no other.
#[derive(Debug)]
pub struct KeySet {
    usable: Vec<Key>,
    unusable: Vec<UnusableKey>,
}

/// A key that the app can't use. It is kept so that it can be named: a token signed with it is not a forgery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnusableKey {
    /// `kid`.
    id: Option<String>,
    /// `kty`, as the provider writes it.
    kind: Option<String>,
    /// `crv` and `alg`, as the provider writes them.
    details: Vec<String>,
    pub problem: KeyProblem,
}

impl From<Vec<Value>> for KeySet {
    /// `keys` are the elements of the document's member of that name.
    fn from(keys: Vec<Value>) -> Self {
        let mut set = Self { usable: Vec::new(), unusable: Vec::new() };
        for key in keys {
            match Key::read(&key) {
                Ok(key) => set.usable.push(key),
                Err(problem) => set.unusable.push(UnusableKey::new(&key, problem)),
            }
        }
        set
    }
}

impl KeySet {
    /// The keys that signatures are verified with.
    pub fn usable(&self) -> &[Key] {
        &self.usable
    }

    /// The keys that are not used, and why.
    pub fn unusable(&self) -> &[UnusableKey] {
        &self.unusable
    }

    /// The keys that may have signed a token with this `kid`: those with the same, or all if the token has none.
    pub(super) fn named(&self, key_id: Option<&str>) -> impl Iterator<Item = &Key> {
        self.usable.iter().filter(move |key| key_id.is_none() || key.id() == key_id)
    }

    /// The unusable key that probably signed a token with this `kid` and algorithm, if no usable key did: the key with
    /// this `kid`. If the token has no `kid`, or no key of the set is usable: one of the right kind. If no key is
    /// usable and none is of the right kind: the first.
    pub(super) fn unusable_key(
        &self,
        key_id: Option<&str>,
        algorithm: &CoreJwsSigningAlgorithm,
    ) -> Option<&UnusableKey> {
        let kind = algorithm.key_type().and_then(|kind| serde_json::to_value(kind).ok());
        let is_of_kind = |key: &&UnusableKey| key.kind.as_deref() == kind.as_ref().and_then(Value::as_str);
        let named = self.unusable.iter().find(|key| key_id.is_some() && key.id.as_deref() == key_id);
        let of_kind = self.unusable.iter().find(is_of_kind).filter(|_| key_id.is_none() || self.usable.is_empty());
        let first = self.unusable.first().filter(|_| self.usable.is_empty());
        named.or(of_kind).or(first)
    }

    /// Whether the set has a key with this `kid`, usable or not. A token that names no key is tried with each.
    pub(super) fn has(&self, key_id: Option<&str>) -> bool {
        key_id.is_none()
            || self.named(key_id).next().is_some()
            || self.unusable.iter().any(|key| key.id.as_deref() == key_id)
    }
}

impl UnusableKey {
    fn new(jwk: &Value, problem: KeyProblem) -> Self {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str).map(|text| shorten(text, MAXIMUM_SHOWN));
        Self {
            id: key_id(jwk.get("kid")),
            kind: text("kty"),
            details: ["crv", "alg"].into_iter().filter_map(text).collect(),
            problem,
        }
    }
}

/// Names the key so that an administrator can identify it. Escaped, since it goes to a terminal and into the log.
impl fmt::Display for UnusableKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.id {
            Some(id) => write!(formatter, "the key {:?}", shorten(id, MAXIMUM_SHOWN))?,
            None => formatter.write_str("a key without a kid")?,
        }
        let known: Vec<_> = self.kind.iter().chain(&self.details).map(String::as_str).collect();
        if !known.is_empty() {
            write!(formatter, " ({})", known.join(", ").escape_debug())?;
        }
        write!(formatter, " can't be used: {}", self.problem)
    }
}
