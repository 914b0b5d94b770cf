//! The provider's keys, and when they are fetched again.

use std::{
    collections::VecDeque,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use openidconnect::{JsonWebKey, core::CoreJsonWebKey, core::CoreJsonWebKeySet};
use serde::{Deserialize, Serialize};
use tokio::{sync::Mutex, time::Instant};
use url::Url;

use super::{
    http::BoundedHttp,
    provider::{ProviderError, fetch_json},
};

/// How often keys are fetched again for an unknown key in [`REFETCH_WINDOW`]: anybody can name a key that does not exist.
const MAXIMUM_REFETCHES: usize = 5;
const REFETCH_WINDOW: Duration = Duration::from_secs(60);
/// After which keys are fetched again in any case, so that one which the provider has withdrawn is no longer trusted.
const MAXIMUM_AGE: Duration = Duration::from_secs(15 * 60);

/// A key set (RFC 7517, 5) as it was fetched; keys of a kind that we don't know are left out.
pub type KeySet = Vec<CoreJsonWebKey>;

/// How a key set came to hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lookup {
    /// It was there, from an earlier sign-in.
    AtHand,
    /// It was fetched: there was none, or it was too old.
    Fetched,
    /// It was fetched again: a token named a key that was not in it.
    FetchedAgain,
    /// A token named a key that was not in it, and it had been fetched again too often already.
    Throttled,
    /// In a way that another version of the app knows.
    #[default]
    Unknown,
}

/// The keys, fetched when they are first needed.
#[derive(Default)]
pub struct Keys {
    current: RwLock<Option<(Arc<KeySet>, Instant)>>,
    /// Held while fetching, so that one fetch serves all who wait; with the times of the last refetches.
    fetching: Mutex<VecDeque<Instant>>,
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
        if let Some(keys) = self.at_hand().filter(|keys| has(keys, key_id)) {
            return (Lookup::AtHand, Ok(keys));
        }
        let mut refetches = match http.wait(self.fetching.lock()).await {
            Ok(refetches) => refetches,
            Err(cause) => {
                let (url, cause) = (Box::new(jwks_uri.clone()), Arc::new(cause));
                return (Lookup::Fetched, Err(ProviderError::Unreachable { url, cause }));
            }
        };
        // Somebody may have fetched them while this request waited.
        let mut lookup = Lookup::Fetched;
        if let Some(keys) = self.at_hand() {
            if has(&keys, key_id) {
                return (Lookup::AtHand, Ok(keys));
            }
            refetches.retain(|time| time.elapsed() < REFETCH_WINDOW);
            if refetches.len() >= MAXIMUM_REFETCHES {
                return (Lookup::Throttled, Ok(keys));
            }
            refetches.push_back(Instant::now());
            lookup = Lookup::FetchedAgain;
        }
        (lookup, self.fetch(jwks_uri, http).await)
    }

    async fn fetch(&self, jwks_uri: &Url, http: &BoundedHttp) -> Result<Arc<KeySet>, ProviderError> {
        let set: CoreJsonWebKeySet = fetch_json(http, jwks_uri, "a key set").await?;
        let keys = Arc::new(set.keys().clone());
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some((Arc::clone(&keys), Instant::now()));
        Ok(keys)
    }

    fn at_hand(&self) -> Option<Arc<KeySet>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current.as_ref().filter(|(_, fetched)| fetched.elapsed() < MAXIMUM_AGE).map(|(keys, _)| Arc::clone(keys))
    }
}

/// A token that names no key is tried with each.
fn has(keys: &KeySet, key_id: Option<&str>) -> bool {
    key_id.is_none_or(|key_id| keys.iter().any(|key| key.key_id().is_some_and(|id| id.as_str() == key_id)))
}
