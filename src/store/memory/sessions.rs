//! Sessions, in memory.

use std::{collections::HashMap, sync::Arc};

use actix_session::storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError, generate_session_key};
use actix_web::cookie::time;
use chrono::{DateTime, Utc};
use moka::future::Cache;

use super::revocations::MemoryRevocations;
use crate::{
    session::{MAXIMUM_SESSIONS, SessionSettings, SignedInSession, is_revoked},
    sign_in::sign_out::SessionSelector,
};

type SessionState = HashMap<String, String>;

/// Sessions, by key. A session expires when it has not been used for the idle time, and at the end of its lifetime.
#[derive(Clone)]
pub struct MemorySessions {
    states: Cache<String, Arc<SessionState>>,
    /// Each holder's sessions, oldest first. Some may have ended.
    by_holder: Cache<String, Arc<Vec<SessionEntry>>>,
    revocations: Arc<MemoryRevocations>,
}

/// What is needed to check whether a session is live.
#[derive(Clone)]
struct SessionEntry {
    key: String,
    ended_by: Vec<SessionSelector>,
    requested_at: DateTime<Utc>,
}

impl MemorySessions {
    pub fn new(settings: &SessionSettings, revocations: Arc<MemoryRevocations>) -> Self {
        Self {
            states: Cache::builder().time_to_idle(settings.idle).time_to_live(settings.lifetime).build(),
            by_holder: Cache::builder().time_to_live(settings.lifetime).build(),
            revocations,
        }
    }

    /// Adds the session to its holder's. If there are too many, the oldest end. The sessions of one holder are added
    /// one at a time.
    async fn add_to_holder(&self, key: &SessionKey, session: &SignedInSession) {
        let (ended_by, requested_at) = (session.ended_by(), session.requested_at());
        let begun = SessionEntry { key: key.as_ref().to_owned(), ended_by, requested_at };
        let of_holder = self.by_holder.entry(session.holder());
        of_holder
            .and_upsert_with(async |earlier| {
                let mut sessions = earlier.map(|entry| Vec::clone(entry.value())).unwrap_or_default();
                if sessions.len() >= MAXIMUM_SESSIONS {
                    sessions = self.live(sessions).await;
                }
                let too_many = (sessions.len() + 1).saturating_sub(MAXIMUM_SESSIONS);
                for ended in sessions.drain(..too_many) {
                    self.states.invalidate(&ended.key).await;
                }
                sessions.push(begun);
                Arc::new(sessions)
            })
            .await;
    }

    async fn live(&self, sessions: Vec<SessionEntry>) -> Vec<SessionEntry> {
        let mut live = Vec::new();
        for session in sessions {
            // Not `get`, which would restart its idle time.
            let is_there = self.states.contains_key(&session.key);
            let is_over = is_revoked(&*self.revocations, &session.ended_by, session.requested_at);
            if is_there && !is_over.await.unwrap_or_default() {
                live.push(session);
            }
        }
        live
    }
}

impl SessionStore for MemorySessions {
    async fn load(&self, key: &SessionKey) -> Result<Option<SessionState>, LoadError> {
        Ok(self.states.get(key.as_ref()).await.map(|state| SessionState::clone(&state)))
    }

    async fn save(&self, state: SessionState, _: &time::Duration) -> Result<SessionKey, SaveError> {
        let key = generate_session_key();
        let session = SignedInSession::from_state(&state);
        self.states.insert(key.as_ref().to_owned(), Arc::new(state)).await;
        if let Some(session) = session {
            self.add_to_holder(&key, &session).await;
        }
        Ok(key)
    }

    async fn update(
        &self,
        key: SessionKey,
        state: SessionState,
        _: &time::Duration,
    ) -> Result<SessionKey, UpdateError> {
        // Only if it is still there: a request in flight does not bring back a session that has ended.
        if self.states.contains_key(key.as_ref()) {
            self.states.insert(key.as_ref().to_owned(), Arc::new(state)).await;
        }
        Ok(key)
    }

    async fn update_ttl(&self, _: &SessionKey, _: &time::Duration) -> Result<(), anyhow::Error> {
        Ok(()) // `load` has done it
    }

    async fn delete(&self, key: &SessionKey) -> Result<(), anyhow::Error> {
        self.states.invalidate(key.as_ref()).await;
        Ok(())
    }
}
