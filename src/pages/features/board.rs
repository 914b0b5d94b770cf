//! The board: the organization's notes.

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Form},
};
use serde::{Deserialize, Serialize};

use super::{
    pager::{Paged, Pager, RequestedPage},
    user_view::{UserView, shorten_together},
};
use crate::{
    clock::Clock,
    license::{BOARD, Feature},
    pages::{
        Layout,
        current_user::{FeaturePage, Licensed, SignedIn},
        errors::failure::Failure,
        flash::Flash,
        render, see_other_saying,
        times::TimeView,
    },
    sign_in::identity::Organization,
    workspace::{
        WorkspaceStore,
        board::{MAXIMUM_LENGTH, Note},
    },
};

/// How many notes are on a page, and how much their authors' names may take, in bytes: the page has less than 40 kB.
const PER_PAGE: usize = 8;
const NAMES: usize = 1_500;

pub(super) struct Board;

impl FeaturePage for Board {
    const FEATURE: &'static Feature = &BOARD;
}

#[derive(Serialize)]
struct BoardPage {
    layout: Layout,
    path: String,
    org_id: String,
    notes: Vec<NoteView>,
    pager: Pager,
    maximum_length: usize,
    #[serde(flatten)]
    unposted: Unposted,
}

/// What was typed, if it was not posted, and why.
#[derive(Default, Serialize)]
struct Unposted {
    typed: String,
    mistake: Option<String>,
    /// Whether the form was shown for another organization.
    is_misplaced: bool,
}

#[derive(Serialize)]
pub struct NoteView {
    text: String,
    author: UserView,
    written_at: TimeView,
}

#[derive(Deserialize)]
pub(super) struct NewNote {
    #[serde(default)]
    note: String,
    /// The organization that the form was shown for. A script may omit it.
    org_id: Option<String>,
}

impl NewNote {
    /// Another tab may have signed in to another organization in the meantime.
    fn is_for(&self, organization: Option<&Organization>) -> bool {
        self.org_id.as_deref().is_none_or(|org_id| organization.is_some_and(|organization| org_id == organization.id))
    }
}

pub(super) async fn board(
    request: HttpRequest,
    board: Licensed<Board>,
    workspaces: Data<dyn WorkspaceStore>,
    requested: RequestedPage,
) -> Result<HttpResponse, Failure> {
    page(&request, &board, &workspaces, requested, StatusCode::OK, Unposted::default()).await
}

/// Compares the organization before it checks the license: otherwise a user who now works for an organization without a
/// board would lose what they typed.
pub(super) async fn post(
    request: HttpRequest,
    signed_in: SignedIn,
    form: Form<NewNote>,
    workspaces: Data<dyn WorkspaceStore>,
    clock: Data<Clock>,
) -> Result<HttpResponse, Failure> {
    let organization = signed_in.0.identity.organization().cloned();
    let is_misplaced = !form.is_for(organization.as_ref());
    let board = match Licensed::<Board>::of(signed_in) {
        Err(_) if is_misplaced => {
            let organization = organization.map(|organization| organization.name);
            return Err(Failure::MisplacedNote { typed: form.into_inner().note, organization });
        }
        board => board?,
    };
    if is_misplaced {
        let unposted = Unposted { typed: form.into_inner().note, is_misplaced, mistake: None };
        return page(&request, &board, &workspaces, RequestedPage::FIRST, StatusCode::CONFLICT, unposted).await;
    }
    match Note::new(&form.note, &board.session.identity, clock.now()) {
        Ok(note) => {
            workspaces.add_note(&board.organization.id, note).await?;
            see_other_saying(Flash::NotePosted, &request, Some(board.session.began_at), &BOARD.path())
        }
        Err(invalid) => {
            let mistake = Some(invalid.to_string());
            let unposted = Unposted { typed: form.into_inner().note, mistake, is_misplaced: false };
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            page(&request, &board, &workspaces, RequestedPage::FIRST, status, unposted).await
        }
    }
}

async fn page(
    request: &HttpRequest,
    board: &Licensed<Board>,
    workspaces: &Data<dyn WorkspaceStore>,
    requested: RequestedPage,
    status: StatusCode,
    unposted: Unposted,
) -> Result<HttpResponse, Failure> {
    let list = Paged { path: &BOARD.path(), per_page: PER_PAGE, requested };
    let id = &board.organization.id;
    let read = async |part| workspaces.notes(id, part).await.map(|part| (part.entries, part.total));
    let (notes, pager) = list.read(read).await?;
    let mut notes: Vec<_> = notes.into_iter().map(NoteView::from).collect();
    shorten_together(notes.iter_mut().flat_map(|note| note.author.texts()), NAMES);
    let page = BoardPage {
        layout: Layout::of(request)?,
        path: BOARD.path(),
        org_id: board.organization.id.clone(),
        notes,
        pager,
        maximum_length: MAXIMUM_LENGTH,
        unposted,
    };
    render(status, "board.html", &page)
}

impl From<Note> for NoteView {
    fn from(note: Note) -> Self {
        Self {
            text: note.text,
            author: UserView::new(note.author, None, note.connection),
            written_at: TimeView::to_the_minute(note.written_at),
        }
    }
}
