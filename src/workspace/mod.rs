//! The data of an organization, and the store that it needs. An organization is an isolated environment: all data is
//! found only by the organization's id, and the id comes only from a verified identity.

pub mod activity;
pub mod board;
pub mod people;

use std::ops::Range;

use async_trait::async_trait;
use chrono::NaiveDate;

use self::{
    activity::{ActivitySummary, RefusedAttempt, SignIn},
    board::Note,
    people::{People, Person},
};
use crate::sign_in::{identity::Organization, organization::OrganizationRef};

/// The store can't be reached, or does not respond.
#[derive(Debug, thiserror::Error)]
#[error("the store: {0}")]
pub struct StoreError(pub String);

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<Entry> {
    pub entries: Vec<Entry>,
    /// How many entries the whole list has.
    pub total: usize,
}

/// Not derived: it would ask that entries have a default.
impl<Entry> Default for Part<Entry> {
    fn default() -> Self {
        Self { entries: Vec::new(), total: 0 }
    }
}

/// Stores the organizations' data, each under the organization's id.
///
/// Lists are read in parts, by the positions from 0 on. However long the list, a part costs no more than its own
/// entries: a store keeps each list in the order in which it is read, and counts entries when they are added and
/// removed.
#[async_trait]
pub trait WorkspaceStore: Send + Sync {
    /// Adds a note. Beyond [`board::MAXIMUM_NOTES`], the oldest is removed.
    async fn add_note(&self, organization_id: &str, note: Note) -> Result<(), StoreError>;

    /// The notes, newest first.
    async fn notes(&self, organization_id: &str, part: Range<usize>) -> Result<Part<Note>, StoreError>;

    /// Records a sign-in. From now on the organization is known, also by its name.
    ///
    /// The person is added or updated. Beyond [`people::MAXIMUM_PEOPLE`], the person whose latest sign-in is the oldest
    /// is removed. The sign-in is recorded, up to [`activity::MAXIMUM_SIGN_INS_PER_WINDOW`] per subject and window.
    /// Beyond [`activity::MAXIMUM_SIGN_INS`], the oldest sign-in of the subject with the most is removed: nobody can
    /// push out the sign-ins of others.
    async fn record_sign_in(
        &self,
        organization: &Organization,
        person: Person,
        sign_in: SignIn,
    ) -> Result<(), StoreError>;

    /// Records that the provider refused a sign-in to the organization that was asked for. The organization must be
    /// known: from a verified sign-in, or because it `is_listed` in the settings. At most
    /// [`activity::MAXIMUM_REFUSALS_PER_WINDOW`] are recorded per window. Beyond [`activity::MAXIMUM_REFUSALS`], the
    /// oldest is removed.
    async fn record_refusal(
        &self,
        asked: &OrganizationRef,
        is_listed: bool,
        refusal: RefusedAttempt,
    ) -> Result<(), StoreError>;

    /// The sign-ins, newest first.
    async fn sign_ins(&self, organization_id: &str, part: Range<usize>) -> Result<Part<SignIn>, StoreError>;

    /// The refusals, newest first.
    async fn refusals(&self, organization_id: &str, part: Range<usize>) -> Result<Part<RefusedAttempt>, StoreError>;

    /// The numbers of these days.
    async fn activity_summary(&self, organization_id: &str, dates: &[NaiveDate])
    -> Result<ActivitySummary, StoreError>;

    /// Who has signed in, by connection.
    async fn people(&self, organization_id: &str, part: Range<usize>) -> Result<People, StoreError>;

    /// Who has signed in last, the latest first.
    async fn latest_people(&self, organization_id: &str, count: usize) -> Result<Vec<Person>, StoreError>;

    /// Fails if the store does not respond, or takes no writes.
    async fn check_writable(&self) -> Result<(), StoreError>;
}
