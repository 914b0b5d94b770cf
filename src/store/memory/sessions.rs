//! Sessions, in memory.

use std::{collections::HashMap, sync::Arc};

use actix_session::storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError, generate_session_key};
use actix_web::cookie::time;
use moka::future::Cache;

use crate::session::SessionSettings;

type SessionState = HashMap<String, String>;

/// Sessions, by key. One that nobody uses goes after the idle time, any one after its lifetime.
#[derive(Clone)]
pub struct MemorySessions(Cache<String, Arc<SessionState>>);

impl MemorySessions {
    /// An empty store.
    #[must_use]
    pub fn new(settings: &SessionSettings) -> Self {
        Self(Cache::builder().time_to_idle(settings.idle).time_to_live(settings.lifetime).build())
    }
}

impl SessionStore for MemorySessions {
    async fn load(&self, key: &SessionKey) -> Result<Option<SessionState>, LoadError> {
        Ok(self.0.get(key.as_ref()).await.map(|state| SessionState::clone(&state)))
    }

    async fn save(&self, state: SessionState, _: &time::Duration) -> Result<SessionKey, SaveError> {
        let key = generate_session_key();
        self.0.insert(key.as_ref().to_owned(), Arc::new(state)).await;
        Ok(key)
    }

    async fn update(
        &self,
        key: SessionKey,
        state: SessionState,
        _: &time::Duration,
    ) -> Result<SessionKey, UpdateError> {
        // Only what is still there: a request in flight does not bring back a session that has ended.
        if self.0.contains_key(key.as_ref()) {
            self.0.insert(key.as_ref().to_owned(), Arc::new(state)).await;
        }
        Ok(key)
    }

    async fn update_ttl(&self, _: &SessionKey, _: &time::Duration) -> Result<(), anyhow::Error> {
        Ok(()) // reading has done it
    }

    async fn delete(&self, key: &SessionKey) -> Result<(), anyhow::Error> {
        self.0.invalidate(key.as_ref()).await;
        Ok(())
    }
}
