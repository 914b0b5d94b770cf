//! The data of an organization, and what it asks of a store. An organization is an isolated environment: nothing is
//! found but by its id, and the id comes from a verified identity alone.

pub mod activity;
pub mod board;
pub mod people;

use async_trait::async_trait;

use self::{
    activity::{Activity, RefusedAttempt, SignIn},
    board::Note,
    people::Person,
};
use crate::sign_in::{identity::Organization, organization::OrganizationRef};

/// A store that can't be reached, or does not answer.
#[derive(Debug, thiserror::Error)]
#[error("the store: {0}")]
pub struct StoreError(pub String);

/// Keeps the organizations' data, each by the organization's id.
#[async_trait]
pub trait WorkspaceStore: Send + Sync {
    /// Adds a note; beyond [`board::MAXIMUM_NOTES`] the oldest goes.
    async fn add_note(&self, organization_id: &str, note: Note) -> Result<(), StoreError>;

    /// All notes, newest first.
    async fn notes(&self, organization_id: &str) -> Result<Vec<Note>, StoreError>;

    /// Records that somebody signed in. From now on the organization is known, also by its name.
    ///
    /// The person is added, or gets a new last time. Beyond [`people::MAXIMUM_PEOPLE`], the person not seen for the
    /// longest time is removed. The sign-in is recorded, up to [`activity::MAXIMUM_SIGN_INS_A_WINDOW`] per subject and
    /// window. Beyond [`activity::MAXIMUM_SIGN_INS`], the oldest sign-in of the subject with the most is removed:
    /// nobody can push out the sign-ins of others.
    async fn record_sign_in(
        &self,
        organization: &Organization,
        person: Person,
        sign_in: SignIn,
    ) -> Result<(), StoreError>;

    /// Remembers that the provider refused somebody at the organization that was asked for. Only where that is known, from
    /// a verified sign-in or since it `is_listed` in the settings; and no more than
    /// [`activity::MAXIMUM_REFUSALS_A_WINDOW`] in their window, of which the oldest goes beyond
    /// [`activity::MAXIMUM_REFUSALS`].
    async fn record_refusal(
        &self,
        asked: &OrganizationRef,
        is_listed: bool,
        refusal: RefusedAttempt,
    ) -> Result<(), StoreError>;

    /// What happened.
    async fn activity(&self, organization_id: &str) -> Result<Activity, StoreError>;

    /// Who has signed in, in the order of their first time.
    async fn people(&self, organization_id: &str) -> Result<Vec<Person>, StoreError>;

    /// Whether the store answers.
    async fn ping(&self) -> Result<(), StoreError>;
}
