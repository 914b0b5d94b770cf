//! The organizations' data, in memory.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use super::{people::People, sign_ins::SignIns};
use crate::{
    sign_in::{identity::Organization, organization::OrganizationRef},
    workspace::{
        StoreError, WorkspaceStore,
        activity::{Activity, MAXIMUM_REFUSALS, MAXIMUM_REFUSALS_PER_WINDOW, REFUSAL_WINDOW, RefusedAttempt, SignIn},
        board::{MAXIMUM_NOTES, Note},
        people::Person,
    },
};

#[derive(Default)]
struct Workspace {
    notes: VecDeque<Note>,
    people: People,
    sign_ins: SignIns,
    refusals: VecDeque<RefusedAttempt>,
}

#[derive(Default)]
struct Workspaces {
    by_id: HashMap<String, Workspace>,
    /// The ids of known organizations, by the name that users type to sign in, in lower case.
    ids: HashMap<String, String>,
}

#[derive(Default)]
pub struct MemoryWorkspaces(Mutex<Workspaces>);

impl MemoryWorkspaces {
    fn lock(&self) -> MutexGuard<'_, Workspaces> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read<T: Default>(&self, organization_id: &str, read: impl FnOnce(&Workspace) -> T) -> T {
        self.lock().by_id.get(organization_id).map(read).unwrap_or_default()
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

/// Adds the newest at the front. Beyond `maximum`, the oldest is removed.
fn keep<T>(list: &mut VecDeque<T>, newest: T, maximum: usize) {
    list.push_front(newest);
    list.truncate(maximum);
}

#[async_trait]
impl WorkspaceStore for MemoryWorkspaces {
    async fn add_note(&self, organization_id: &str, note: Note) -> Result<(), StoreError> {
        keep(&mut self.lock().entry(organization_id).notes, note, MAXIMUM_NOTES);
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
        let mut all = self.lock();
        if let Some(name) = &organization.login_name {
            all.ids.insert(name.to_lowercase(), organization.id.clone());
        }
        let workspace = all.entry(&organization.id);
        workspace.people.record(person);
        workspace.sign_ins.add(sign_in);
        Ok(())
    }

    async fn record_refusal(
        &self,
        asked: &OrganizationRef,
        is_listed: bool,
        refusal: RefusedAttempt,
    ) -> Result<(), StoreError> {
        if let Some(workspace) = self.lock().known(asked, is_listed) {
            let start = refusal.at - REFUSAL_WINDOW;
            let bound = workspace.refusals.get(MAXIMUM_REFUSALS_PER_WINDOW - 1);
            if bound.is_none_or(|earlier| earlier.at <= start) {
                keep(&mut workspace.refusals, refusal, MAXIMUM_REFUSALS);
            }
        }
        Ok(())
    }

    async fn activity(&self, organization_id: &str) -> Result<Activity, StoreError> {
        Ok(self.read(organization_id, |workspace| Activity {
            sign_ins: workspace.sign_ins.newest_first(),
            refusals: workspace.refusals.iter().cloned().collect(),
        }))
    }

    async fn people(&self, organization_id: &str) -> Result<Vec<Person>, StoreError> {
        Ok(self.read(organization_id, |workspace| workspace.people.by_first_sign_in()))
    }

    async fn check_writable(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
