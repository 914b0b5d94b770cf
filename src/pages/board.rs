//! `/features/board`: the organization's notes.

use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{Data, Form},
};
use serde::{Deserialize, Serialize};

use super::{
    Layout, Site,
    error_page::Failure,
    initials, respond, see_other,
    signed_in::{FeaturePage, Licensed},
};
use crate::{
    clock::Clock,
    workspace::{
        WorkspaceStore,
        board::{MAXIMUM_LENGTH, Note},
    },
};

/// The feature.
pub struct Board;

impl FeaturePage for Board {
    const SLUG: &'static str = "board";
}

#[derive(Serialize)]
struct BoardPage {
    layout: Layout,
    notes: Vec<NoteView>,
    maximum_length: usize,
    typed: String,
    mistake: Option<String>,
}

#[derive(Serialize)]
struct NoteView {
    text: String,
    author: String,
    initials: String,
    connection: Option<String>,
    written_at: String,
}

/// The form.
#[derive(Deserialize)]
pub struct NewNote {
    #[serde(default)]
    note: String,
}

/// Answers `GET /features/board`.
pub async fn board(
    board: Licensed<Board>,
    site: Data<Site>,
    workspaces: Data<dyn WorkspaceStore>,
) -> Result<HttpResponse, Failure> {
    page(&board, &site, &workspaces, StatusCode::OK, String::new(), None).await
}

/// Answers `POST /features/board`.
pub async fn post(
    board: Licensed<Board>,
    form: Form<NewNote>,
    site: Data<Site>,
    workspaces: Data<dyn WorkspaceStore>,
    clock: Data<Clock>,
) -> Result<HttpResponse, Failure> {
    match Note::new(&form.note, &board.session.identity, clock.now()) {
        Ok(note) => {
            workspaces.add_note(&board.organization.id, note).await?;
            Ok(see_other("/features/board"))
        }
        Err(invalid) => {
            let typed = form.into_inner().note;
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            page(&board, &site, &workspaces, status, typed, Some(invalid.to_string())).await
        }
    }
}

async fn page(
    board: &Licensed<Board>,
    site: &Site,
    workspaces: &Data<dyn WorkspaceStore>,
    status: StatusCode,
    typed: String,
    mistake: Option<String>,
) -> Result<HttpResponse, Failure> {
    let notes = workspaces.notes(&board.organization.id).await?;
    let page = BoardPage {
        layout: Layout::new(site, Some(&board.session)),
        notes: notes.into_iter().map(NoteView::from).collect(),
        maximum_length: MAXIMUM_LENGTH,
        typed,
        mistake,
    };
    respond(status, "board.html", &page)
}

impl From<Note> for NoteView {
    fn from(note: Note) -> Self {
        Self {
            initials: initials(&note.author),
            text: note.text,
            author: note.author,
            connection: note.connection,
            written_at: note.written_at.format("%Y-%m-%d %H:%M UTC").to_string(),
        }
    }
}
