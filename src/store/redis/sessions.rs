//! Sessions in Redis: `orglab:session:{namespace}:{key}` is a hash with the session's state and the time when it ends,
//! by Redis's clock. For a signed-in session it also has the time when the authorization request was sent, and the keys
//! of the revocations that end it. Redis itself expires the session: after the idle time, which restarts at each read,
//! and no later than its end.
//!
//! `orglab:sessions:{namespace}:{holder}` lists the keys of a subject's sessions at an organization, oldest first.
//! Some may have ended.

use std::{collections::HashMap, sync::LazyLock};

use actix_session::storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError, generate_session_key};
use actix_web::cookie::time;
use redis::{Cmd, Script};

use super::{RedisStore, from_json, milliseconds, to_json};
use crate::{
    session::{MAXIMUM_SESSIONS, SignedInSession},
    workspace::StoreError,
};

type SessionState = HashMap<String, String>;

/// Stores the state `ARGV[1]` for the lifetime `ARGV[2]`, or for the idle time `ARGV[3]` if that is shorter.
///
/// A signed-in session is added to `KEYS[2]`, the list of its holder's sessions. If the list already has `ARGV[6]` live
/// sessions, the oldest end. `ARGV[4]` is the time when the authorization request was sent, `ARGV[5]` the
/// keys of the revocations that end the session.
static SAVE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local function is_live(session)
            local requested_at, revoked_by = unpack(redis.call('HMGET', session, 'requested_at', 'revoked_by'))
            if not requested_at then return false end
            for _, revoked_at in ipairs(redis.call('MGET', unpack(cjson.decode(revoked_by)))) do
                if revoked_at and tonumber(requested_at) <= tonumber(revoked_at) then return false end
            end
            return true
        end

        local time = redis.call('TIME')
        local ends_at = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[2]
        redis.call('HSET', KEYS[1], 'state', ARGV[1], 'ends_at', ends_at)
        redis.call('PEXPIRE', KEYS[1], math.min(ARGV[2], ARGV[3]))
        if not KEYS[2] then return end

        redis.call('HSET', KEYS[1], 'requested_at', ARGV[4], 'revoked_by', ARGV[5])
        local maximum = tonumber(ARGV[6])
        if redis.call('LLEN', KEYS[2]) >= maximum then
            for _, session in ipairs(redis.call('LRANGE', KEYS[2], 0, -1)) do
                if not is_live(session) then redis.call('LREM', KEYS[2], 1, session) end
            end
        end
        while redis.call('LLEN', KEYS[2]) >= maximum do redis.call('DEL', redis.call('LPOP', KEYS[2])) end
        redis.call('RPUSH', KEYS[2], KEYS[1])
        redis.call('PEXPIRE', KEYS[2], ARGV[2])",
    )
});

/// Returns the state, and restarts the idle time `ARGV[1]`. The session still expires no later than its end.
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

/// Changes only a session that is still there: a request in flight does not bring back a session that has ended.
static UPDATE: LazyLock<Script> = LazyLock::new(|| {
    Script::new("if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HSET', KEYS[1], 'state', ARGV[1]) end")
});

impl RedisStore {
    fn session(&self, key: &SessionKey) -> String {
        self.key("session", key.as_ref())
    }
}

/// The cause alone: the caller adds that it comes from the store.
fn cause(error: StoreError) -> anyhow::Error {
    anyhow::Error::msg(error.0)
}

impl SessionStore for RedisStore {
    async fn load(&self, key: &SessionKey) -> Result<Option<SessionState>, LoadError> {
        let state = self.script(LOAD.key(self.session(key)).arg(milliseconds(self.idle))).await;
        let state: Option<String> = state.map_err(|error| LoadError::Other(cause(error)))?;
        state.map(|state| from_json(&state)).transpose().map_err(|error| LoadError::Deserialization(error.into()))
    }

    async fn save(&self, state: SessionState, _: &time::Duration) -> Result<SessionKey, SaveError> {
        let key = generate_session_key();
        let text = to_json(&state).map_err(|error| SaveError::Serialization(error.into()))?;
        let mut save = SAVE.key(self.session(&key));
        save.arg(text).arg(milliseconds(self.lifetime)).arg(milliseconds(self.idle));
        if let Some(session) = SignedInSession::from_state(&state) {
            let revoked_by: Vec<_> = session.ended_by().iter().map(|ended| self.revocation(ended)).collect();
            let revoked_by = to_json(&revoked_by).map_err(|error| SaveError::Serialization(error.into()))?;
            save.key(self.key("sessions", &session.holder()));
            save.arg(session.requested_at().timestamp_micros()).arg(revoked_by).arg(MAXIMUM_SESSIONS);
        }
        let saved = self.script(&save).await;
        saved.map(|()| key).map_err(|error| SaveError::Other(cause(error)))
    }

    async fn update(
        &self,
        key: SessionKey,
        state: SessionState,
        _: &time::Duration,
    ) -> Result<SessionKey, UpdateError> {
        let state = to_json(&state).map_err(|error| UpdateError::Serialization(error.into()))?;
        let updated = self.script(UPDATE.key(self.session(&key)).arg(state)).await;
        updated.map(|()| key).map_err(|error| UpdateError::Other(cause(error)))
    }

    async fn update_ttl(&self, _: &SessionKey, _: &time::Duration) -> Result<(), anyhow::Error> {
        Ok(()) // `load` has done it
    }

    async fn delete(&self, key: &SessionKey) -> Result<(), anyhow::Error> {
        self.command(&Cmd::del(self.session(key))).await.map_err(cause)
    }
}
