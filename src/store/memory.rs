//! In this process's memory: gone with it.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use actix_session::storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError, generate_session_key};
use actix_web::cookie::time;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use moka::future::Cache;

use super::{TOKEN_ID_LIFETIME, revocation_key};
use crate::{
    session::{RevocationStore, SessionSettings},
    sign_in::{
        identity::Organization,
        organization::OrganizationRef,
        sign_out::{Ended, Logout},
    },
    workspace::{
        StoreError, WorkspaceStore,
        activity::{
            Activity, MAXIMUM_REFUSALS, MAXIMUM_REFUSALS_A_WINDOW, MAXIMUM_SIGN_INS, REFUSAL_WINDOW, RefusedAttempt,
            SignIn,
        },
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
    sign_ins: VecDeque<SignIn>,
    refusals: VecDeque<RefusedAttempt>,
}

#[derive(Default)]
struct Workspaces {
    by_id: HashMap<String, Workspace>,
    /// The ids of known organizations, by what is typed to sign in to them, in lower case.
    ids: HashMap<String, String>,
}

/// The organizations' data.
#[derive(Default)]
pub struct MemoryWorkspaces(Mutex<Workspaces>);

impl MemoryWorkspaces {
    fn all(&self) -> MutexGuard<'_, Workspaces> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read<T: Default>(&self, organization_id: &str, read: impl FnOnce(&Workspace) -> T) -> T {
        self.all().by_id.get(organization_id).map(read).unwrap_or_default()
    }
}

impl Workspaces {
    fn entry(&mut self, organization_id: &str) -> &mut Workspace {
        self.by_id.entry(organization_id.to_owned()).or_default()
    }

    /// The organization that was asked for, if it is known.
    fn known(&mut self, asked: &OrganizationRef, is_listed: bool) -> Option<&mut Workspace> {
        let by_name = self.ids.get(&asked.to_string().to_lowercase()).cloned();
        let id = asked.id().map(str::to_owned).or(by_name)?;
        if is_listed { Some(self.entry(&id)) } else { self.by_id.get_mut(&id) }
    }
}

/// Puts the newest in front; the oldest goes beyond `maximum`.
fn keep<T>(list: &mut VecDeque<T>, newest: T, maximum: usize) {
    list.push_front(newest);
    list.truncate(maximum);
}

#[async_trait]
impl WorkspaceStore for MemoryWorkspaces {
    async fn add_note(&self, organization_id: &str, note: Note) -> Result<(), StoreError> {
        keep(&mut self.all().entry(organization_id).notes, note, MAXIMUM_NOTES);
        Ok(())
    }

    async fn notes(&self, organization_id: &str) -> Result<Vec<Note>, StoreError> {
        Ok(self.read(organization_id, |workspace| workspace.notes.iter().cloned().collect()))
    }

    async fn record_sign_in(
        &self,
        organization: &Organization,
        person: Person,
        sign_in: SignIn,
    ) -> Result<(), StoreError> {
        let mut all = self.all();
        if let Some(name) = &organization.login_name {
            all.ids.insert(name.to_lowercase(), organization.id.clone());
        }
        let workspace = all.entry(&organization.id);
        match workspace.people.iter_mut().find(|known| known.subject == person.subject) {
            Some(known) => *known = Person { first_at: known.first_at, ..person },
            None => workspace.people.push(person),
        }
        keep(&mut workspace.sign_ins, sign_in, MAXIMUM_SIGN_INS);
        Ok(())
    }

    async fn record_refusal(
        &self,
        asked: &OrganizationRef,
        is_listed: bool,
        refusal: RefusedAttempt,
    ) -> Result<(), StoreError> {
        if let Some(workspace) = self.all().known(asked, is_listed) {
            let start = refusal.at - REFUSAL_WINDOW;
            let recent = workspace.refusals.iter().filter(|earlier| earlier.at > start).count();
            if recent < MAXIMUM_REFUSALS_A_WINDOW {
                keep(&mut workspace.refusals, refusal, MAXIMUM_REFUSALS);
            }
        }
        Ok(())
    }

    async fn activity(&self, organization_id: &str) -> Result<Activity, StoreError> {
        Ok(self.read(organization_id, |workspace| Activity {
            sign_ins: workspace.sign_ins.iter().cloned().collect(),
            refusals: workspace.refusals.iter().cloned().collect(),
        }))
    }

    async fn people(&self, organization_id: &str) -> Result<Vec<Person>, StoreError> {
        Ok(self.read(organization_id, |workspace| workspace.people.clone()))
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

/// What the provider has ended, for as long as a session may live; and the ids of logout tokens, for longer than one is
/// taken.
pub struct MemoryRevocations {
    ended: Cache<String, DateTime<Utc>>,
    token_ids: Cache<String, ()>,
}

impl MemoryRevocations {
    /// An empty store.
    #[must_use]
    pub fn new(settings: &SessionSettings) -> Self {
        Self {
            ended: Cache::builder().time_to_live(settings.lifetime).build(),
            token_ids: Cache::builder().time_to_live(TOKEN_ID_LIFETIME).build(),
        }
    }
}

#[async_trait]
impl RevocationStore for MemoryRevocations {
    async fn revoke(&self, logout: &Logout, at: DateTime<Utc>) -> Result<bool, StoreError> {
        if !self.token_ids.entry(logout.token_id.clone()).or_insert(()).await.is_fresh() {
            return Ok(false);
        }
        self.ended.insert(revocation_key(&logout.ended), at).await;
        Ok(true)
    }

    async fn revoked_at(&self, session_id: Option<&str>, subject: &str) -> Result<Option<DateTime<Utc>>, StoreError> {
        let by_subject = self.ended.get(&revocation_key(&Ended::Subject(subject.to_owned()))).await;
        let by_session = match session_id {
            Some(id) => self.ended.get(&revocation_key(&Ended::Session(id.to_owned()))).await,
            None => None,
        };
        Ok(by_subject.max(by_session))
    }
}
