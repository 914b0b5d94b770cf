//! Sessions, in memory.

use std::{collections::HashMap, sync::Arc};

use actix_session::storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError, generate_session_key};
use actix_web::cookie::time;
use chrono::{DateTime, Utc};
use moka::{future::Cache, ops::compute::Op};

use super::revocations::MemoryRevocations;
use crate::{
    session::{CountSessions, MAXIMUM_SESSIONS, SessionSettings, SignedInSession, is_revoked},
    sign_in::sign_out::SessionSelector,
};

type SessionState = HashMap<String, String>;

/// Sessions, by key. A session expires when it has not been used for the idle time, and at the end of its lifetime.
#[derive(Clone)]
pub struct MemorySessions {
    states: Cache<Arc<str>, Arc<StoredState>>,
    /// Each holder's sessions, oldest first. Some may have ended.
    by_holder: Cache<String, Arc<Vec<SessionEntry>>>,
    revocations: Arc<MemoryRevocations>,
}

/// The entries of a session's state. A map of strings takes a quarter more, most of it unused.
struct StoredState(Box<[(Box<str>, Box<str>)]>);

impl From<SessionState> for StoredState {
    fn from(state: SessionState) -> Self {
        Self(state.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
    }
}

impl From<&StoredState> for SessionState {
    fn from(StoredState(entries): &StoredState) -> Self {
        entries.iter().map(|(key, value)| (key.as_ref().into(), value.as_ref().into())).collect()
    }
}

/// What is needed to check whether a session is live.
#[derive(Clone)]
struct SessionEntry {
    key: Arc<str>,
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

    /// Ends all sessions.
    pub fn clear(&self) {
        self.states.invalidate_all();
        self.by_holder.invalidate_all();
    }

    /// Counts the sessions that were neither logged out nor have expired.
    pub fn counter(&self) -> Box<CountSessions> {
        let states = self.states.clone();
        Box::new(move || {
            let states = states.clone();
            Box::pin(async move {
                states.run_pending_tasks().await; // removes those that have expired
                states.entry_count()
            })
        })
    }

    /// Adds the session to its holder's. If there are too many, the oldest end. The sessions of one holder are added
    /// one at a time.
    async fn add_to_holder(&self, key: Arc<str>, session: &SignedInSession) {
        let begun = SessionEntry { key, ended_by: session.ended_by(), requested_at: session.requested_at() };
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

    /// Takes a session that was deleted from its holder's.
    async fn remove_from_holder(&self, key: &str, session: &SignedInSession) {
        let of_holder = self.by_holder.entry(session.holder());
        of_holder
            .and_compute_with(async |sessions| {
                let Some(sessions) = sessions else { return Op::Nop };
                let mut left = Vec::clone(sessions.value());
                left.retain(|session| *session.key != *key);
                if left.is_empty() { Op::Remove } else { Op::Put(Arc::new(left)) }
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
        Ok(self.states.get(key.as_ref()).await.map(|state| SessionState::from(&*state)))
    }

    async fn save(&self, state: SessionState, _: &time::Duration) -> Result<SessionKey, SaveError> {
        let key = generate_session_key();
        let (stored_key, session) = (Arc::<str>::from(key.as_ref()), SignedInSession::from_state(&state));
        self.states.insert(Arc::clone(&stored_key), Arc::new(state.into())).await;
        if let Some(session) = session {
            self.add_to_holder(stored_key, &session).await;
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
            self.states.insert(key.as_ref().into(), Arc::new(state.into())).await;
        }
        Ok(key)
    }

    async fn update_ttl(&self, _: &SessionKey, _: &time::Duration) -> Result<(), anyhow::Error> {
        Ok(()) // `load` has done it
    }

    async fn delete(&self, key: &SessionKey) -> Result<(), anyhow::Error> {
        let state = self.states.remove(key.as_ref()).await;
        if let Some(session) = state.and_then(|state| SignedInSession::from_state(&(&*state).into())) {
            self.remove_from_holder(key.as_ref(), &session).await;
        }
        Ok(())
    }
}
