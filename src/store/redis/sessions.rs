//! Sessions in Redis: `orglab:session:{key}`, a hash of the session's state and the time when it is over, by Redis's clock.
//! Redis itself lets it expire: after the idle time, which each reading begins anew, and never later than that time.

use std::{collections::HashMap, sync::LazyLock};

use actix_session::storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError, generate_session_key};
use actix_web::cookie::time;
use redis::{Cmd, Script};

use super::{RedisStore, from_json, milliseconds, to_json};
use crate::workspace::StoreError;

type SessionState = HashMap<String, String>;

/// Keeps the state `ARGV[1]` for the lifetime `ARGV[2]`, or the idle time `ARGV[3]` if that is over sooner.
static SAVE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local time = redis.call('TIME')
        local ends_at = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[2]
        redis.call('HSET', KEYS[1], 'state', ARGV[1], 'ends_at', ends_at)
        redis.call('PEXPIRE', KEYS[1], math.min(ARGV[2], ARGV[3]))",
    )
});

/// Answers with the state, and begins the idle time `ARGV[1]` anew, up to the end; past that, expiry removes the session.
static LOAD: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local ends_at = redis.call('HGET', KEYS[1], 'ends_at')
        if not ends_at then return false end
        local time = redis.call('TIME')
        local left = ends_at - time[1] * 1000 - math.floor(time[2] / 1000)
        redis.call('PEXPIRE', KEYS[1], math.min(left, ARGV[1]))
        return redis.call('HGET', KEYS[1], 'state')",
    )
});

/// Changes what is still there: a request in flight does not bring back a session that has ended.
static UPDATE: LazyLock<Script> = LazyLock::new(|| {
    Script::new("if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HSET', KEYS[1], 'state', ARGV[1]) end")
});

fn name(key: &SessionKey) -> String {
    format!("orglab:session:{}", key.as_ref())
}

/// The cause alone: who shows it says whose it is.
fn because(error: StoreError) -> anyhow::Error {
    anyhow::Error::msg(error.0)
}

impl SessionStore for RedisStore {
    async fn load(&self, key: &SessionKey) -> Result<Option<SessionState>, LoadError> {
        let state = self.script(LOAD.key(name(key)).arg(milliseconds(self.idle))).await;
        let state: Option<String> = state.map_err(|error| LoadError::Other(because(error)))?;
        state.map(|state| from_json(&state)).transpose().map_err(|error| LoadError::Deserialization(error.into()))
    }

    async fn save(&self, state: SessionState, _: &time::Duration) -> Result<SessionKey, SaveError> {
        let key = generate_session_key();
        let state = to_json(&state).map_err(|error| SaveError::Serialization(error.into()))?;
        let (lifetime, idle) = (milliseconds(self.lifetime), milliseconds(self.idle));
        let saved = self.script(SAVE.key(name(&key)).arg(state).arg(lifetime).arg(idle)).await;
        saved.map(|()| key).map_err(|error| SaveError::Other(because(error)))
    }

    async fn update(
        &self,
        key: SessionKey,
        state: SessionState,
        _: &time::Duration,
    ) -> Result<SessionKey, UpdateError> {
        let state = to_json(&state).map_err(|error| UpdateError::Serialization(error.into()))?;
        let updated = self.script(UPDATE.key(name(&key)).arg(state)).await;
        updated.map(|()| key).map_err(|error| UpdateError::Other(because(error)))
    }

    async fn update_ttl(&self, _: &SessionKey, _: &time::Duration) -> Result<(), anyhow::Error> {
        Ok(()) // reading has done it
    }

    async fn delete(&self, key: &SessionKey) -> Result<(), anyhow::Error> {
        self.command(&Cmd::del(name(key))).await.map_err(because)
    }
}
