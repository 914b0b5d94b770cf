//! In this process's memory: gone with it.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use actix_session::storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError, generate_session_key};
use actix_web::cookie::time;
use async_trait::async_trait;
use moka::future::Cache;

use crate::{
    session::SessionSettings,
    workspace::{
        StoreError, WorkspaceStore,
        board::{MAXIMUM_NOTES, Note},
        people::Person,
    },
};

type SessionState = HashMap<String, String>;

/// Sessions, by key. One that nobody uses goes after the idle time, any one after its lifetime.
#[derive(Clone)]
pub struct MemorySessions(Cache<String, Arc<SessionState>>);

impl MemorySessions {
    /// An empty store.
    #[must_use]
    pub fn new(settings: &SessionSettings) -> Self {
        Self(Cache::builder().time_to_idle(settings.idle).time_to_live(settings.lifetime).build())
    }
}

impl SessionStore for MemorySessions {
    async fn load(&self, key: &SessionKey) -> Result<Option<SessionState>, LoadError> {
        Ok(self.0.get(key.as_ref()).await.map(|state| SessionState::clone(&state)))
    }

    async fn save(&self, state: SessionState, _: &time::Duration) -> Result<SessionKey, SaveError> {
        let key = generate_session_key();
        self.0.insert(key.as_ref().to_owned(), Arc::new(state)).await;
        Ok(key)
    }

    async fn update(
        &self,
        key: SessionKey,
        state: SessionState,
        _: &time::Duration,
    ) -> Result<SessionKey, UpdateError> {
        // Only what is still there: a request in flight does not bring back a session that has ended.
        if self.0.contains_key(key.as_ref()) {
            self.0.insert(key.as_ref().to_owned(), Arc::new(state)).await;
        }
        Ok(key)
    }

    async fn update_ttl(&self, _: &SessionKey, _: &time::Duration) -> Result<(), anyhow::Error> {
        Ok(()) // reading has done it
    }

    async fn delete(&self, key: &SessionKey) -> Result<(), anyhow::Error> {
        self.0.invalidate(key.as_ref()).await;
        Ok(())
    }
}

#[derive(Default)]
struct Workspace {
    notes: VecDeque<Note>,
    people: Vec<Person>,
}

/// The organizations' data.
#[derive(Default)]
pub struct MemoryWorkspaces(Mutex<HashMap<String, Workspace>>);

impl MemoryWorkspaces {
    fn all(&self) -> MutexGuard<'_, HashMap<String, Workspace>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, organization_id: &str, change: impl FnOnce(&mut Workspace) -> T) -> T {
        change(self.all().entry(organization_id.to_owned()).or_default())
    }

    fn read<T: Default>(&self, organization_id: &str, read: impl FnOnce(&Workspace) -> T) -> T {
        self.all().get(organization_id).map(read).unwrap_or_default()
    }
}

#[async_trait]
impl WorkspaceStore for MemoryWorkspaces {
    async fn add_note(&self, organization_id: &str, note: Note) -> Result<(), StoreError> {
        self.change(organization_id, |workspace| {
            workspace.notes.push_front(note);
            workspace.notes.truncate(MAXIMUM_NOTES);
        });
        Ok(())
    }

    async fn notes(&self, organization_id: &str) -> Result<Vec<Note>, StoreError> {
        Ok(self.read(organization_id, |workspace| workspace.notes.iter().cloned().collect()))
    }

    async fn record_sign_in(&self, organization_id: &str, person: Person) -> Result<(), StoreError> {
        self.change(organization_id, |workspace| {
            match workspace.people.iter_mut().find(|known| known.subject == person.subject) {
                Some(known) => *known = Person { first_at: known.first_at, ..person },
                None => workspace.people.push(person),
            }
        });
        Ok(())
    }

    async fn people(&self, organization_id: &str) -> Result<Vec<Person>, StoreError> {
        Ok(self.read(organization_id, |workspace| workspace.people.clone()))
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
