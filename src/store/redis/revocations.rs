//! Revocations in Redis. A key is `orglab:revocation:{namespace}:` followed by `sid:{sid}`, `sub:{sub}`,
//! `sub-without-sid:{sub}` or `session:{id}`; it holds the time of the latest revocation, in microseconds by Redis's
//! clock. `orglab:logout-token:{namespace}:{jti}` marks a used logout token. All keys expire.

use std::sync::LazyLock;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use redis::{Cmd, Script};

use super::{RedisStore, milliseconds};
use crate::{
    session::RevocationStore,
    sign_in::sign_out::{Logout, SessionSelector},
    store::revocation::{TOKEN_ID_LIFETIME, revocation_key},
    workspace::StoreError,
};

/// Writes the revocations with these keys, and keeps them for `lifetime`. It deletes first: a revocation must succeed,
/// and once a script has written anything, Redis accepts its other writes even at the memory limit.
const END: &str = "
    local function end_all(ended, lifetime)
        redis.call('DEL', unpack(ended))
        local time = redis.call('TIME')
        for _, key in ipairs(ended) do
            redis.call('SET', key, time[1] .. string.format('%06d', time[2]), 'PX', lifetime)
        end
    end
";

/// Writes the revocations `KEYS`, and keeps them for `ARGV[1]`.
static END_ALL: LazyLock<Script> = LazyLock::new(|| Script::new(&format!("{END} end_all(KEYS, ARGV[1])")));

/// Accepts the logout token `KEYS[1]` only once, and remembers it for `ARGV[2]`. Writes the revocations with the other
/// keys, and keeps them for `ARGV[1]`. All or nothing: otherwise, a token could be used up without effect.
static REVOKE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(&format!(
        "{END}
        if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
        end_all({{unpack(KEYS, 2)}}, ARGV[1])
        redis.call('SET', KEYS[1], '', 'PX', ARGV[2])
        return 1"
    ))
});

impl RedisStore {
    /// The key of a revocation, here and in the scripts that look it up.
    pub(super) fn revocation(&self, ended: &SessionSelector) -> String {
        self.key("revocation", &revocation_key(ended))
    }
}

#[async_trait]
impl RevocationStore for RedisStore {
    async fn now(&self) -> Result<DateTime<Utc>, StoreError> {
        let (seconds, microseconds): (i64, u32) = self.command(Cmd::new().arg("TIME")).await?;
        DateTime::from_timestamp(seconds, microseconds * 1_000).ok_or_else(|| StoreError("no such time".to_owned()))
    }

    async fn revoke(&self, logout: &Logout) -> Result<bool, StoreError> {
        let mut revoke = REVOKE.key(self.key("logout-token", &logout.token_id));
        for ended in &logout.ended {
            revoke.key(self.revocation(ended));
        }
        self.script(revoke.arg(milliseconds(self.revocation_lifetime)).arg(milliseconds(TOKEN_ID_LIFETIME))).await
    }

    async fn end(&self, ended: &[SessionSelector]) -> Result<(), StoreError> {
        if ended.is_empty() {
            return Ok(()); // the script needs at least one key
        }
        let mut end = END_ALL.prepare_invoke();
        for ended in ended {
            end.key(self.revocation(ended));
        }
        self.script(end.arg(milliseconds(self.revocation_lifetime))).await
    }

    async fn revoked_at(&self, any_of: &[SessionSelector]) -> Result<Option<DateTime<Utc>>, StoreError> {
        let names: Vec<_> = any_of.iter().map(|ended| self.revocation(ended)).collect();
        let times: Vec<Option<i64>> = self.command(Cmd::new().arg("MGET").arg(names)).await?;
        Ok(times.into_iter().flatten().max().and_then(DateTime::from_timestamp_micros))
    }
}
