//! Revocations, in memory.

use std::future::ready;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use moka::future::Cache;

use crate::{
    clock::Clock,
    session::{RevocationStore, SessionSettings},
    sign_in::sign_out::{Logout, SessionSelector},
    store::revocation::{TOKEN_ID_LIFETIME, revocation_key},
    workspace::StoreError,
};

/// When sessions were ended, by revocation key, and the ids of used logout tokens.
pub struct MemoryRevocations {
    revoked_at: Cache<String, DateTime<Utc>>,
    token_ids: Cache<String, ()>,
    clock: Clock,
}

impl MemoryRevocations {
    pub fn new(settings: &SessionSettings, clock: Clock) -> Self {
        Self {
            revoked_at: Cache::builder().time_to_live(settings.revocation_lifetime()).build(),
            token_ids: Cache::builder().time_to_live(TOKEN_ID_LIFETIME).build(),
            clock,
        }
    }
}

#[async_trait]
impl RevocationStore for MemoryRevocations {
    async fn now(&self) -> Result<DateTime<Utc>, StoreError> {
        Ok(self.clock.now())
    }

    async fn revoke(&self, logout: &Logout) -> Result<bool, StoreError> {
        let is_fresh = self.token_ids.entry(logout.token_id.clone()).or_insert(()).await.is_fresh();
        if is_fresh {
            self.end(&logout.ended).await?;
        }
        Ok(is_fresh)
    }

    async fn end(&self, ended: &[SessionSelector]) -> Result<(), StoreError> {
        let now = self.clock.now();
        for ended in ended {
            let entry = self.revoked_at.entry(revocation_key(ended));
            entry.and_upsert_with(|earlier| ready(earlier.map_or(now, |at| at.into_value().max(now)))).await;
        }
        Ok(())
    }

    async fn revoked_at(&self, any_of: &[SessionSelector]) -> Result<Option<DateTime<Utc>>, StoreError> {
        let mut latest = None;
        for ended in any_of {
            latest = latest.max(self.revoked_at.get(&revocation_key(ended)).await);
        }
        Ok(latest)
    }
}
