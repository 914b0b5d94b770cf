//! Revocations, in memory.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::expiring::Expiring;
use crate::{
    clock::Clock,
    session::{RevocationStore, SessionSettings},
    sign_in::sign_out::{Logout, SessionSelector},
    store::revocation::{TOKEN_ID_LIFETIME, revocation_key},
    workspace::StoreError,
};

/// When sessions were ended, by revocation key, and the ids of used logout tokens.
pub struct MemoryRevocations {
    revoked_at: Mutex<Expiring<DateTime<Utc>>>,
    token_ids: Mutex<Expiring<()>>,
    clock: Clock,
}

impl MemoryRevocations {
    pub fn new(settings: &SessionSettings, clock: Clock) -> Self {
        Self {
            revoked_at: Mutex::new(Expiring::new(settings.revocation_lifetime())),
            token_ids: Mutex::new(Expiring::new(TOKEN_ID_LIFETIME)),
            clock,
        }
    }
}

fn lock<T>(values: &Mutex<T>) -> MutexGuard<'_, T> {
    values.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl RevocationStore for MemoryRevocations {
    async fn now(&self) -> Result<DateTime<Utc>, StoreError> {
        Ok(self.clock.now())
    }

    async fn revoke(&self, logout: &Logout) -> Result<bool, StoreError> {
        let is_fresh = {
            let mut token_ids = lock(&self.token_ids);
            let is_fresh = token_ids.get(&logout.token_id).is_none();
            if is_fresh {
                token_ids.set(&logout.token_id, ());
            }
            is_fresh
        };
        if is_fresh {
            self.end(&logout.ended).await?;
        }
        Ok(is_fresh)
    }

    async fn end(&self, ended: &[SessionSelector]) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut revoked_at = lock(&self.revoked_at);
        for ended in ended {
            let key = revocation_key(ended);
            let latest = revoked_at.get(&key).map_or(now, |earlier| earlier.max(now));
            revoked_at.set(&key, latest);
        }
        Ok(())
    }

    async fn revoked_at(&self, any_of: &[SessionSelector]) -> Result<Option<DateTime<Utc>>, StoreError> {
        let revoked_at = lock(&self.revoked_at);
        Ok(any_of.iter().filter_map(|ended| revoked_at.get(&revocation_key(ended))).max())
    }
}
