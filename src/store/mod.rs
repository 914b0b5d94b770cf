//! Where sessions and the organizations' data are stored.

pub mod memory;
pub mod redis;
mod revocation;

use std::sync::Arc;

use self::{
    memory::{MemoryRevocations, MemorySessions, MemoryWorkspaces},
    redis::{RedisAddress, RedisStore},
};
use crate::{
    clock::Clock,
    session::{RevocationStore, SessionSettings},
    workspace::WorkspaceStore,
};

/// The stores of the app.
#[derive(Clone)]
pub struct Stores<Sessions> {
    pub sessions: Sessions,
    pub revocations: Arc<dyn RevocationStore>,
    pub workspaces: Arc<dyn WorkspaceStore>,
}

impl Stores<MemorySessions> {
    /// In this process's memory.
    pub fn in_memory(settings: &SessionSettings, clock: Clock) -> Self {
        let revocations = Arc::new(MemoryRevocations::new(settings, clock));
        Self {
            sessions: MemorySessions::new(settings, revocations.clone()),
            revocations,
            workspaces: Arc::new(MemoryWorkspaces::default()),
        }
    }
}

impl Stores<RedisStore> {
    /// In Redis or Valkey. Only for the calling thread.
    pub fn in_redis(address: &RedisAddress, settings: &SessionSettings) -> Self {
        let store = RedisStore::new(address, settings);
        let shared = Arc::new(store.clone());
        Self { sessions: store, revocations: shared.clone(), workspaces: shared }
    }
}
