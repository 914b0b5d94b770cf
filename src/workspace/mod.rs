//! The data of an organization, and the store that it needs. An organization is an isolated environment: all data is
//! found only by the organization's id, and the id comes only from a verified identity.

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

/// The store can't be reached, or does not respond.
#[derive(Debug, thiserror::Error)]
#[error("the store: {0}")]
pub struct StoreError(pub String);

/// Stores the organizations' data, each under the organization's id.
#[async_trait]
pub trait WorkspaceStore: Send + Sync {
    /// Adds a note. Beyond [`board::MAXIMUM_NOTES`], the oldest is removed.
    async fn add_note(&self, organization_id: &str, note: Note) -> Result<(), StoreError>;

    /// All notes, newest first.
    async fn notes(&self, organization_id: &str) -> Result<Vec<Note>, StoreError>;

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

    async fn activity(&self, organization_id: &str) -> Result<Activity, StoreError>;

    /// Who has signed in, in the order of their first sign-ins.
    async fn people(&self, organization_id: &str) -> Result<Vec<Person>, StoreError>;

    /// Fails if the store does not respond, or takes no writes.
    async fn check_writable(&self) -> Result<(), StoreError>;
}
