//! The organizations' data, in memory.

use std::{
    collections::{HashMap, VecDeque},
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use chrono::NaiveDate;

use super::{part::within, people::People, refusals::Refusals, sign_ins::SignIns};
use crate::{
    sign_in::{identity::Organization, organization::OrganizationRef},
    workspace::{
        Part, StoreError, WorkspaceStore,
        activity::{ActivitySummary, Day, RefusedAttempt, SignIn},
        board::{MAXIMUM_NOTES, Note},
        people::{self, Person},
    },
};

#[derive(Default)]
struct Workspace {
    /// Newest first.
    notes: VecDeque<Note>,
    people: People,
    sign_ins: SignIns,
    refusals: Refusals,
}

#[derive(Default)]
struct Workspaces {
    by_id: HashMap<String, Workspace>,
    /// The ids of known organizations, by the name that users type to sign in, in lower case.
    ids: HashMap<String, String>,
}

/// One lock for all: it is held for a write, or for as long as it takes to find the entries of one part of a list.
#[derive(Default)]
pub struct MemoryWorkspaces(Mutex<Workspaces>);

impl MemoryWorkspaces {
    /// Removes all data.
    pub fn clear(&self) {
        *self.lock() = Workspaces::default();
    }

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

/// The part of a list.
fn part<Entry: Clone>(list: &VecDeque<Entry>, part: Range<usize>) -> Part<Entry> {
    Part { entries: list.range(within(part, list.len())).cloned().collect(), total: list.len() }
}

#[async_trait]
impl WorkspaceStore for MemoryWorkspaces {
    async fn add_note(&self, organization_id: &str, note: Note) -> Result<(), StoreError> {
        let mut all = self.lock();
        let notes = &mut all.entry(organization_id).notes;
        notes.push_front(note);
        notes.truncate(MAXIMUM_NOTES);
        Ok(())
    }

    async fn notes(&self, organization_id: &str, range: Range<usize>) -> Result<Part<Note>, StoreError> {
        Ok(self.read(organization_id, |workspace| part(&workspace.notes, range)))
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
            workspace.refusals.add(refusal);
        }
        Ok(())
    }

    async fn sign_ins(&self, organization_id: &str, range: Range<usize>) -> Result<Part<SignIn>, StoreError> {
        let shared = self.read(organization_id, |workspace| part(&workspace.sign_ins.newest_first, range));
        let entries = shared.entries.into_iter().map(Arc::unwrap_or_clone).collect();
        Ok(Part { entries, total: shared.total })
    }

    async fn refusals(&self, organization_id: &str, range: Range<usize>) -> Result<Part<RefusedAttempt>, StoreError> {
        Ok(self.read(organization_id, |workspace| part(&workspace.refusals.newest_first, range)))
    }

    async fn activity_summary(
        &self,
        organization_id: &str,
        dates: &[NaiveDate],
    ) -> Result<ActivitySummary, StoreError> {
        let none = Workspace::default();
        let all = self.lock();
        let workspace = all.by_id.get(organization_id).unwrap_or(&none);
        let (sign_ins, refusals) = (&workspace.sign_ins.by_day, &workspace.refusals.by_day);
        let day = |&date: &NaiveDate| Day { date, sign_ins: sign_ins.of(date), refusals: refusals.of(date) };
        Ok(ActivitySummary { days: dates.iter().map(day).collect(), refusal_limit: workspace.refusals.limit() })
    }

    async fn people(&self, organization_id: &str, range: Range<usize>) -> Result<people::People, StoreError> {
        let part = self.read(organization_id, |workspace| Some(workspace.people.part(range)));
        Ok(part.map(people::People::from).unwrap_or_default())
    }

    async fn latest_people(&self, organization_id: &str, count: usize) -> Result<Vec<Person>, StoreError> {
        let latest = self.read(organization_id, |workspace| workspace.people.latest(count));
        Ok(latest.into_iter().map(Arc::unwrap_or_clone).collect())
    }

    async fn check_writable(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
