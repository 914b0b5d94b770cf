//! Revocations in Redis: `orglab:revocation:sid:{sid}` and `orglab:revocation:sub:{sub}` hold the time of the latest one;
//! `orglab:logout-token:{jti}` remembers a token. All expire by themselves.

use std::sync::LazyLock;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use redis::{Cmd, Script};

use super::{
    super::{TOKEN_ID_LIFETIME, revocation_key},
    RedisStore, milliseconds,
};
use crate::{
    session::RevocationStore,
    sign_in::sign_out::{Ended, Logout},
    workspace::StoreError,
};

/// Takes the token `KEYS[1]` once, for `ARGV[1]`, and keeps the revocation `KEYS[2]` with its time `ARGV[2]` for `ARGV[3]`:
/// both or neither, or a token could be used up without an effect.
static REVOKE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "if not redis.call('SET', KEYS[1], '', 'NX', 'PX', ARGV[1]) then return 0 end
        redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
        return 1",
    )
});

fn name(ended: &Ended) -> String {
    format!("orglab:revocation:{}", revocation_key(ended))
}

#[async_trait]
impl RevocationStore for RedisStore {
    async fn revoke(&self, logout: &Logout, at: DateTime<Utc>) -> Result<bool, StoreError> {
        let token = format!("orglab:logout-token:{}", logout.token_id);
        let (remembered, kept) = (milliseconds(TOKEN_ID_LIFETIME), milliseconds(self.lifetime));
        let mut revoke = REVOKE.key(token);
        self.script(revoke.key(name(&logout.ended)).arg(remembered).arg(at.timestamp_micros()).arg(kept)).await
    }

    async fn revoked_at(&self, session_id: Option<&str>, subject: &str) -> Result<Option<DateTime<Utc>>, StoreError> {
        let subject = Ended::Subject(subject.to_owned());
        let session = session_id.map(|id| Ended::Session(id.to_owned()));
        let names: Vec<_> = [Some(subject), session].iter().flatten().map(name).collect();
        let times: Vec<Option<i64>> = self.command(Cmd::new().arg("MGET").arg(names)).await?;
        Ok(times.into_iter().flatten().max().and_then(DateTime::from_timestamp_micros))
    }
}
