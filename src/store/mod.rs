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
    session::{CountSessions, RevocationStore, SessionSettings},
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
        MemoryStores::new(settings, clock).stores()
    }
}

/// The stores of an app in this process's memory, which can be emptied.
pub struct MemoryStores {
    sessions: MemorySessions,
    revocations: Arc<MemoryRevocations>,
    workspaces: Arc<MemoryWorkspaces>,
}

impl MemoryStores {
    pub fn new(settings: &SessionSettings, clock: Clock) -> Self {
        let revocations = Arc::new(MemoryRevocations::new(settings, clock));
        Self {
            sessions: MemorySessions::new(settings, revocations.clone()),
            revocations,
            workspaces: Arc::new(MemoryWorkspaces::default()),
        }
    }

    /// The same stores, as the app uses them.
    pub fn stores(&self) -> Stores<MemorySessions> {
        let Self { sessions, revocations, workspaces } = self;
        Stores { sessions: sessions.clone(), revocations: revocations.clone(), workspaces: workspaces.clone() }
    }

    /// Counts the sessions.
    pub fn session_counter(&self) -> Box<CountSessions> {
        self.sessions.counter()
    }

    /// Ends all sessions, and removes all data.
    pub fn clear(&self) {
        self.sessions.clear();
        self.workspaces.clear();
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
