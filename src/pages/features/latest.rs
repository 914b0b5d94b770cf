//! What has happened last in the organization, for its start page.

use serde::Serialize;
use tracing::warn;

use super::{board::NoteView, people::PersonView};
use crate::{
    license::{BOARD, PEOPLE},
    sign_in::identity::Identity,
    workspace::{StoreError, WorkspaceStore},
};

/// How many are shown.
const SHOWN: usize = 3;

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Latest {
    Notes(Vec<NoteView>),
    People(Vec<PersonView>),
}

impl Latest {
    /// The latest notes or, if there are none, who has signed in last; `None` if the license includes neither. The page
    /// can do without them, so a store that fails counts as an empty one.
    pub async fn of(identity: &Identity, workspaces: &dyn WorkspaceStore) -> Option<Self> {
        let latest = Self::read(identity, workspaces).await;
        latest.inspect_err(|error| warn!("The start page is without the latest notes and people: {error}")).ok()?
    }

    async fn read(identity: &Identity, workspaces: &dyn WorkspaceStore) -> Result<Option<Self>, StoreError> {
        let (Some(organization), license) = (identity.organization(), identity.license()) else { return Ok(None) };
        if BOARD.is_included_in(license) {
            let notes = workspaces.notes(&organization.id, 0..SHOWN).await?.entries;
            if !notes.is_empty() {
                return Ok(Some(Self::Notes(notes.into_iter().map(NoteView::from).collect())));
            }
        }
        if PEOPLE.is_included_in(license) {
            let people = workspaces.latest_people(&organization.id, SHOWN).await?;
            return Ok(Some(Self::People(people.into_iter().map(PersonView::from).collect())));
        }
        Ok(None)
    }
}
