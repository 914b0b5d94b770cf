//! The data of an organization, and what it asks of a store. An organization is an isolated environment: nothing is
//! found but by its id, and the id comes from a verified identity alone.

pub mod board;
pub mod people;

use async_trait::async_trait;

use self::{board::Note, people::Person};

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

    /// Remembers that somebody signed in: a new person, or the new last time of a known one.
    async fn record_sign_in(&self, organization_id: &str, person: Person) -> Result<(), StoreError>;

    /// Who has signed in, in the order of their first time.
    async fn people(&self, organization_id: &str) -> Result<Vec<Person>, StoreError>;

    /// Whether the store answers.
    async fn ping(&self) -> Result<(), StoreError>;
}
