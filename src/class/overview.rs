//! The overview: how far everybody is, and what the instructor can do about it.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    time::Duration,
};

use actix_web::{HttpRequest, HttpResponse, error::ErrorInternalServerError, http::StatusCode, web};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use super::{
    room::{Room, RoomStatus, Trouble},
    state::ClassState,
    views::{Link, Message, page, qr_svg, redirect},
};
use crate::demo_tenant::{Checkpoint, DemoTenant};

/// How often a stream of events looks for changes.
const LOOK: Duration = Duration::from_secs(1);
/// After so many looks without a change, a stream sends a comment, to notice broken connections.
const LOOKS_BETWEEN_COMMENTS: usize = 15;

/// `class/overview.html` and `class/screen.html`.
#[derive(Serialize)]
struct OverviewPage<'a> {
    class: &'a str,
    address: &'a str,
    qr: String,
    revision: String,
    is_open: bool,
    all_taken: bool,
    last_action: Option<String>,
    steps: Vec<&'static str>,
    rooms: Vec<RoomRow>,
    taken: usize,
    finished: usize,
    stuck: usize,
    checkpoints: Vec<CheckpointView>,
    faults: Vec<FaultView>,
}

/// A room as the overview shows it.
#[derive(Hash, Serialize)]
struct RoomRow {
    number: usize,
    is_taken: bool,
    name: Option<String>,
    dashboard: String,
    /// The number of the first step that is not done, `done` if all are, or empty if the lab has no steps.
    step: &'static str,
    cells: Vec<StepCell>,
    stuck: bool,
    /// Why it is stuck.
    why: Option<String>,
}

#[derive(Hash, Serialize)]
struct StepCell {
    number: &'static str,
    /// `done`, `next` or `open`.
    state: &'static str,
}

#[derive(Clone, Serialize)]
struct CheckpointView {
    name: &'static str,
    chapter: &'static str,
}

#[derive(Serialize)]
struct FaultView {
    name: &'static str,
    title: &'static str,
}

impl RoomRow {
    fn of(room: &Room, class: &ClassState) -> Self {
        let RoomStatus { is_taken, name, progress, trouble } = room.status(class.now());
        let next = progress.as_ref().map(|progress| progress.next);
        let state = |number: &'static str| match &progress {
            Some(progress) if progress.done.contains(&number) => "done",
            Some(progress) if progress.next == Some(number) => "next",
            Some(_) | None => "open",
        };
        Self {
            number: room.number,
            is_taken,
            name,
            dashboard: room.tenant.issuer().to_owned(),
            step: next.map_or("", |next| next.unwrap_or("done")),
            cells: DemoTenant::steps().map(|number| StepCell { number, state: state(number) }).collect(),
            stuck: trouble.is_some(),
            why: trouble.map(|trouble| match trouble {
                Trouble::Refused(count) => format!("{count} refusals in a row"),
                Trouble::Idle(idle) => format!("Idle for {} min", idle.num_minutes()),
            }),
        }
    }
}

fn rows(class: &ClassState) -> Vec<RoomRow> {
    class.rooms.iter().map(|room| RoomRow::of(room, class)).collect()
}

/// A text that changes whenever what the overview shows changes.
fn revision(class: &ClassState, rooms: &[RoomRow]) -> String {
    let mut hasher = DefaultHasher::new();
    (rooms, class.is_open(), class.last_action()).hash(&mut hasher);
    format!("{:x}", hasher.finish())
}

impl<'a> OverviewPage<'a> {
    fn of(class: &'a ClassState) -> Self {
        let rooms = rows(class);
        let count = |matches: fn(&RoomRow) -> bool| rooms.iter().filter(|room| matches(room)).count();
        Self {
            class: &class.name,
            address: class.origin.as_str(),
            qr: qr_svg(class.origin.as_str()),
            revision: revision(class, &rooms),
            is_open: class.is_open(),
            all_taken: rooms.iter().all(|room| room.is_taken),
            last_action: class.last_action(),
            steps: DemoTenant::steps().collect(),
            taken: count(|room| room.is_taken),
            finished: count(|room| room.is_taken && room.step == "done"),
            stuck: count(|room| room.stuck),
            rooms,
            checkpoints: Checkpoint::ALL.map(|it| CheckpointView { name: it.name(), chapter: it.chapter() }).to_vec(),
            faults: DemoTenant::faults().map(|(name, title)| FaultView { name, title }).collect(),
        }
    }
}

#[derive(Deserialize)]
pub(super) struct OverviewQuery {
    key: Option<String>,
}

/// `GET /overview`: with the key, the cookie and the same address without the key, so that neither a projector nor a log
/// shows it; with the cookie, the page.
pub(super) async fn show(
    class: web::Data<ClassState>,
    request: HttpRequest,
    web::Query(OverviewQuery { key }): web::Query<OverviewQuery>,
) -> actix_web::Result<HttpResponse> {
    match key {
        Some(key) if class.is_overview_key(&key) => {
            let mut response = redirect("/overview");
            let cookie = class.cookies.with_instructor(class.now()).map_err(ErrorInternalServerError)?;
            response.add_cookie(&cookie).map_err(ErrorInternalServerError)?;
            Ok(response)
        }
        Some(_) => Ok(not_the_instructor()),
        None if !class.is_instructor(request.headers()) => Ok(not_the_instructor()),
        None => Ok(page(StatusCode::OK, "class/overview.html", &OverviewPage::of(&class))),
    }
}

/// `GET /overview/screen`: the same for the projector, without controls and links.
pub(super) async fn screen(class: web::Data<ClassState>) -> HttpResponse {
    page(StatusCode::OK, "class/screen.html", &OverviewPage::of(&class))
}

/// `GET /overview/events`: server-sent events with the revision of the overview, now and after each change.
pub(super) async fn events(class: web::Data<ClassState>) -> HttpResponse {
    let ending = class.ending();
    let stream = stream::unfold((class, ending, String::new()), async |(class, mut ending, shown)| {
        for _ in 0..LOOKS_BETWEEN_COMMENTS {
            let now = revision(&class, &rows(&class));
            if now != shown {
                let message = web::Bytes::from(format!("data: {now}\n\n"));
                return Some((Ok::<_, actix_web::Error>(message), (class, ending, now)));
            }
            if timeout(LOOK, ending.changed()).await.is_ok() {
                return None;
            }
        }
        Some((Ok(web::Bytes::from_static(b":\n\n")), (class, ending, shown)))
    });
    HttpResponse::Ok().content_type("text/event-stream").streaming(Box::pin(stream))
}

/// For whoever opens the overview without the link.
pub(super) fn not_the_instructor() -> HttpResponse {
    Message {
        title: "The overview is for the instructor",
        text: "Open it with the link that the class's terminal shows. After a restart, the link is a new one."
            .to_owned(),
        link: Some(Link { url: "/".to_owned(), text: "Go to the front door" }),
    }
    .response(StatusCode::FORBIDDEN)
}
