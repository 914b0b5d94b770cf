//! The provider's keys, and when they are fetched again.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use super::{
    cached::Cached,
    calls::Endpoint,
    fetch::{FetchError, fetch_json_and_note},
    http::{BUDGET, BoundedHttp, Reply},
    key_set::KeySet,
};

/// How often keys are fetched again for an unknown key in [`REFETCH_WINDOW`]: anybody can name a key that does not
/// exist.
const MAXIMUM_REFETCHES: usize = 5;
const REFETCH_WINDOW: Duration = Duration::from_secs(60);
/// The age at which keys are always fetched again, so that a key that the provider has withdrawn is not trusted.
const MAXIMUM_AGE: Duration = Duration::from_secs(15 * 60);
/// How old keys may be if that fails: sign-ins keep working while the provider is unavailable for a moment.
const MAXIMUM_AGE_UNREFRESHED: Duration = Duration::from_secs(25 * 60);

/// Where a key set came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lookup {
    /// The cache, from an earlier sign-in.
    #[serde(rename = "at_hand")] // as earlier versions have stored it
    Cached,
    /// It was fetched: there was none, or it was too old.
    Fetched,
    /// It was fetched again: a token named a key that was not in it.
    FetchedAgain,
    /// A token named a key that was not in it, and it had been fetched again too often already.
    Throttled,
    /// The cache, since it was due to be fetched again and the fetch failed.
    Unrefreshed,
    /// Recorded by another version of the app in a way that this version does not know.
    #[default]
    Unknown,
}

/// How a key set was looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyLookup {
    pub from: Lookup,
    /// What came back, if the set was fetched for this lookup; `None` if nobody asked the provider.
    pub reply: Option<Reply>,
}

/// A key set as it was fetched.
struct FetchedKeys {
    set: Arc<KeySet>,
    reply: Reply,
}

/// Why a key set could not be fetched.
#[derive(Clone)]
struct FailedFetch {
    cause: FetchError,
    reply: Reply,
}

impl From<FetchError> for FailedFetch {
    fn from(cause: FetchError) -> Self {
        Self { cause, reply: Reply::None }
    }
}

/// The keys, fetched when they are first needed.
#[derive(Default)]
pub struct Keys {
    current: Cached<FetchedKeys, FailedFetch>,
    /// When they were fetched again for an unknown key, in the last minute.
    refetches: Mutex<VecDeque<Instant>>,
}

impl Keys {
    /// A key set with the key named `key_id`, if the provider has that key. If the cached set lacks it, the set is
    /// fetched again. The `KeyLookup` describes where the set came from, even on failure.
    pub(super) async fn look_up(
        &self,
        key_id: Option<&str>,
        jwks_uri: &Url,
        http: &BoundedHttp,
    ) -> (KeyLookup, Result<Arc<KeySet>, FetchError>) {
        let cached = self.current.within(MAXIMUM_AGE);
        let suits = |keys: &FetchedKeys| keys.set.has(key_id);
        let at_hand = |from| KeyLookup { from, reply: None };
        if let Some(keys) = cached.as_ref().filter(|keys| suits(keys)) {
            return (at_hand(Lookup::Cached), Ok(Arc::clone(&keys.set)));
        }
        let fetched_for = if cached.is_some() { Lookup::FetchedAgain } else { Lookup::Fetched };
        let fetched = |reply| KeyLookup { from: fetched_for, reply: Some(reply) };
        let begin = || {
            let may_begin = cached.is_none() || self.allow_refetch();
            may_begin.then(|| fetch_and_note(jwks_uri.clone(), http.renewed(BUDGET).to(Endpoint::Keys)))
        };
        let outcome = http.wait(self.current.get(MAXIMUM_AGE, suits, begin)).await;
        match outcome.unwrap_or_else(|cause| Some(Err(FetchError::unreachable(jwks_uri, cause).into()))) {
            Some(Ok(keys)) => (fetched(keys.reply), Ok(Arc::clone(&keys.set))),
            Some(Err(FailedFetch { cause, reply })) => {
                match self.current.within(MAXIMUM_AGE_UNREFRESHED).filter(|keys| suits(keys)) {
                    Some(keys) => {
                        (KeyLookup { from: Lookup::Unrefreshed, reply: Some(reply) }, Ok(Arc::clone(&keys.set)))
                    }
                    None => (fetched(reply), Err(cause)),
                }
            }
            None => {
                let set = cached.map(|keys| Arc::clone(&keys.set));
                (at_hand(Lookup::Throttled), set.ok_or(FetchError::Aborted))
            }
        }
    }

    /// Whether the keys may be fetched again for an unknown key. If so, this fetch is counted.
    fn allow_refetch(&self) -> bool {
        let mut refetches = self.refetches.lock().unwrap_or_else(PoisonError::into_inner);
        refetches.retain(|time| time.elapsed() < REFETCH_WINDOW);
        let may = refetches.len() < MAXIMUM_REFETCHES;
        if may {
            refetches.push_back(Instant::now());
        }
        may
    }
}

/// The key set as it is now, past the cache.
pub(crate) async fn fetch(jwks_uri: Url, http: BoundedHttp) -> Result<Arc<KeySet>, FetchError> {
    fetch_and_note(jwks_uri, http).await.map(|fetched| fetched.set).map_err(|failed| failed.cause)
}

async fn fetch_and_note(jwks_uri: Url, http: BoundedHttp) -> Result<FetchedKeys, FailedFetch> {
    let expected = "a key set";
    let (reply, document) = fetch_json_and_note::<Value>(&http, &jwks_uri, expected).await;
    let failed = |cause| FailedFetch { cause, reply };
    let mut document = document.map_err(failed)?;
    let detail = match document.get_mut("keys").map(Value::take) {
        Some(Value::Array(keys)) => return Ok(FetchedKeys { set: Arc::new(keys.into()), reply }),
        Some(_) => "its \"keys\" is not a list",
        None => "it has no \"keys\"",
    };
    Err(failed(FetchError::Malformed { url: Box::new(jwks_uri), expected, detail: detail.to_owned() }))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use data_encoding::BASE64URL_NOPAD;

    use super::*;
    use crate::sign_in::http::Http;

    const MINUTE: u64 = 60;

    /// An address at which nothing listens.
    fn nowhere() -> Url {
        let socket = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        Url::parse(&format!("http://{}/keys", socket.local_addr().unwrap())).unwrap()
    }

    #[rstest::rstest]
    #[case::known(Some("1"), 14, Lookup::Cached, None, true)]
    #[case::known_and_due(Some("1"), 16, Lookup::Unrefreshed, Some(Reply::NotSent), true)]
    #[case::any_and_due(None, 24, Lookup::Unrefreshed, Some(Reply::NotSent), true)]
    #[case::known_and_old(Some("1"), 26, Lookup::Fetched, Some(Reply::NotSent), false)]
    #[case::unknown(Some("2"), 14, Lookup::FetchedAgain, Some(Reply::NotSent), false)]
    #[case::unknown_and_due(Some("2"), 16, Lookup::Fetched, Some(Reply::NotSent), false)]
    #[tokio::test]
    async fn keys_serve_for_a_while_where_they_cannot_be_fetched_again(
        #[case] key_id: Option<&str>,
        #[case] minutes: u64,
        #[case] from: Lookup,
        #[case] reply: Option<Reply>,
        #[case] is_had: bool,
    ) {
        let key = serde_json::json!({"kty": "RSA", "kid": "1", "n": BASE64URL_NOPAD.encode(&[255; 256]), "e": "AQAB"});
        let fetched = FetchedKeys { set: Arc::new(KeySet::from(vec![key])), reply: Reply::Status(200) };
        let current = Cached::holding(fetched, Duration::from_secs(minutes * MINUTE));
        let keys = Keys { current, refetches: Mutex::default() };
        let (how, had) = keys.look_up(key_id, &nowhere(), &Http::new().unwrap().within(BUDGET)).await;
        assert_eq!((how, had.is_ok()), (KeyLookup { from, reply }, is_had));
    }
}
