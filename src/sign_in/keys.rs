//! The provider's keys, and when they are fetched again.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use data_encoding::BASE64URL_NOPAD;
use openidconnect::{
    JsonWebKey,
    core::{CoreJsonWebKey, CoreJsonWebKeySet},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use super::{
    cached::Cached,
    http::{BUDGET, BoundedHttp},
    provider::{ProviderError, fetch_json},
};

/// How often keys are fetched again for an unknown key in [`REFETCH_WINDOW`]: anybody can name a key that does not exist.
const MAXIMUM_REFETCHES: usize = 5;
const REFETCH_WINDOW: Duration = Duration::from_secs(60);
/// After which keys are fetched again in any case, so that one which the provider has withdrawn is no longer trusted.
const MAXIMUM_AGE: Duration = Duration::from_secs(15 * 60);
/// How old keys may be if that fails: sign-ins keep working while the provider is unavailable for a moment.
const MAXIMUM_AGE_UNREFRESHED: Duration = Duration::from_secs(25 * 60);
/// The shortest RSA key that is used, in bits (RFC 7518, 3.3).
pub(crate) const MINIMUM_RSA_BITS: usize = 2048;

/// A key set (RFC 7517, 5) as it was fetched; keys of a kind that we don't know are left out.
#[derive(Debug)]
pub struct KeySet {
    usable: Vec<CoreJsonWebKey>,
    too_short: Vec<ShortKey>,
}

/// An RSA key that is too short to be trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShortKey {
    /// Its `kid`.
    pub id: Option<String>,
    /// Its length in bits.
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
    fn has(&self, key_id: Option<&str>) -> bool {
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

/// How a key set came to hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lookup {
    /// It was there, from an earlier sign-in.
    #[serde(rename = "at_hand")] // as earlier versions have stored it
    Cached,
    /// It was fetched: there was none, or it was too old.
    Fetched,
    /// It was fetched again: a token named a key that was not in it.
    FetchedAgain,
    /// A token named a key that was not in it, and it had been fetched again too often already.
    Throttled,
    /// It was there and due to be fetched again, but the fetch failed.
    Unrefreshed,
    /// In a way that only another version of the app knows.
    #[default]
    Unknown,
}

/// The keys, fetched when they are first needed.
#[derive(Default)]
pub struct Keys {
    current: Cached<KeySet>,
    /// When they were fetched again for an unknown key, in the last minute.
    refetches: Mutex<VecDeque<Instant>>,
}

impl Keys {
    /// A key set that has the key named `key_id`, if the provider has it: where the set at hand does not, it is fetched
    /// again. How it was looked up is told, whatever comes of it.
    pub(super) async fn with(
        &self,
        key_id: Option<&str>,
        jwks_uri: &Url,
        http: &BoundedHttp,
    ) -> (Lookup, Result<Arc<KeySet>, ProviderError>) {
        let at_hand = self.current.within(MAXIMUM_AGE);
        let suits = |keys: &KeySet| keys.has(key_id);
        if let Some(keys) = at_hand.as_ref().filter(|keys| suits(keys)) {
            return (Lookup::Cached, Ok(Arc::clone(keys)));
        }
        let lookup = if at_hand.is_some() { Lookup::FetchedAgain } else { Lookup::Fetched };
        let begin = || {
            let may_begin = at_hand.is_none() || self.may_refetch();
            may_begin.then(|| fetch(jwks_uri.clone(), http.renewed(BUDGET)))
        };
        let fetched = http.wait(self.current.get(MAXIMUM_AGE, suits, begin)).await;
        match fetched.unwrap_or_else(|cause| Some(Err(ProviderError::unreachable(jwks_uri, cause)))) {
            Some(Ok(keys)) => (lookup, Ok(keys)),
            Some(Err(error)) => match self.current.within(MAXIMUM_AGE_UNREFRESHED).filter(|keys| suits(keys)) {
                Some(keys) => (Lookup::Unrefreshed, Ok(keys)),
                None => (lookup, Err(error)),
            },
            None => (Lookup::Throttled, at_hand.ok_or(ProviderError::BrokenOff)),
        }
    }

    /// Whether the keys may be fetched once more for an unknown key. If so, this fetch is counted.
    fn may_refetch(&self) -> bool {
        let mut refetches = self.refetches.lock().unwrap_or_else(PoisonError::into_inner);
        refetches.retain(|time| time.elapsed() < REFETCH_WINDOW);
        let may = refetches.len() < MAXIMUM_REFETCHES;
        if may {
            refetches.push_back(Instant::now());
        }
        may
    }
}

/// Fetches and reads a key set.
pub(crate) async fn fetch(jwks_uri: Url, http: BoundedHttp) -> Result<KeySet, ProviderError> {
    let set: CoreJsonWebKeySet = fetch_json(&http, &jwks_uri, "a key set").await?;
    Ok(set.keys().clone().into())
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;
    use crate::sign_in::http::Http;

    const MINUTE: u64 = 60;

    /// An address at which nobody answers.
    fn nowhere() -> Url {
        let socket = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        Url::parse(&format!("http://{}/keys", socket.local_addr().unwrap())).unwrap()
    }

    #[rstest::rstest]
    #[case::known(Some("1"), 14, Lookup::Cached, true)]
    #[case::known_and_due(Some("1"), 16, Lookup::Unrefreshed, true)]
    #[case::any_and_due(None, 24, Lookup::Unrefreshed, true)]
    #[case::known_and_old(Some("1"), 26, Lookup::Fetched, false)]
    #[case::unknown(Some("2"), 14, Lookup::FetchedAgain, false)]
    #[case::unknown_and_due(Some("2"), 16, Lookup::Fetched, false)]
    #[tokio::test]
    async fn keys_serve_for_a_while_where_they_cannot_be_fetched_again(
        #[case] key_id: Option<&str>,
        #[case] minutes: u64,
        #[case] lookup: Lookup,
        #[case] is_had: bool,
    ) {
        let key = serde_json::json!({"kty": "RSA", "kid": "1", "n": BASE64URL_NOPAD.encode(&[255; 256]), "e": "AQAB"});
        let set = KeySet::from(vec![serde_json::from_value(key).unwrap()]);
        let current = Cached::holding(set, Duration::from_secs(minutes * MINUTE));
        let keys = Keys { current, refetches: Mutex::default() };
        let (how, had) = keys.with(key_id, &nowhere(), &Http::new().unwrap().within(BUDGET)).await;
        assert_eq!((how, had.is_ok()), (lookup, is_had));
    }

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
