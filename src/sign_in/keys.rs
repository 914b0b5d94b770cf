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
    fetch::{FetchError, fetch_json},
    http::{BUDGET, BoundedHttp},
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

/// The keys, fetched when they are first needed.
#[derive(Default)]
pub struct Keys {
    current: Cached<KeySet, FetchError>,
    /// When they were fetched again for an unknown key, in the last minute.
    refetches: Mutex<VecDeque<Instant>>,
}

impl Keys {
    /// A key set with the key named `key_id`, if the provider has that key. If the cached set lacks it, the set is
    /// fetched again. The `Lookup` describes where the set came from, even on failure.
    pub(super) async fn look_up(
        &self,
        key_id: Option<&str>,
        jwks_uri: &Url,
        http: &BoundedHttp,
    ) -> (Lookup, Result<Arc<KeySet>, FetchError>) {
        let cached = self.current.within(MAXIMUM_AGE);
        let suits = |keys: &KeySet| keys.has(key_id);
        if let Some(keys) = cached.as_ref().filter(|keys| suits(keys)) {
            return (Lookup::Cached, Ok(Arc::clone(keys)));
        }
        let lookup = if cached.is_some() { Lookup::FetchedAgain } else { Lookup::Fetched };
        let begin = || {
            let may_begin = cached.is_none() || self.allow_refetch();
            may_begin.then(|| fetch(jwks_uri.clone(), http.renewed(BUDGET)))
        };
        let fetched = http.wait(self.current.get(MAXIMUM_AGE, suits, begin)).await;
        match fetched.unwrap_or_else(|cause| Some(Err(FetchError::unreachable(jwks_uri, cause)))) {
            Some(Ok(keys)) => (lookup, Ok(keys)),
            Some(Err(error)) => match self.current.within(MAXIMUM_AGE_UNREFRESHED).filter(|keys| suits(keys)) {
                Some(keys) => (Lookup::Unrefreshed, Ok(keys)),
                None => (lookup, Err(error)),
            },
            None => (Lookup::Throttled, cached.ok_or(FetchError::Aborted)),
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

pub(crate) async fn fetch(jwks_uri: Url, http: BoundedHttp) -> Result<KeySet, FetchError> {
    let expected = "a key set";
    let mut document: Value = fetch_json(&http, &jwks_uri, expected).await?;
    let detail = match document.get_mut("keys").map(Value::take) {
        Some(Value::Array(keys)) => return Ok(keys.into()),
        Some(_) => "its \"keys\" is not a list",
        None => "it has no \"keys\"",
    };
    Err(FetchError::Malformed { url: Box::new(jwks_uri), expected, detail: detail.to_owned() })
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
        let set = KeySet::from(vec![key]);
        let current = Cached::holding(set, Duration::from_secs(minutes * MINUTE));
        let keys = Keys { current, refetches: Mutex::default() };
        let (how, had) = keys.look_up(key_id, &nowhere(), &Http::new().unwrap().within(BUDGET)).await;
        assert_eq!((how, had.is_ok()), (lookup, is_had));
    }
}
