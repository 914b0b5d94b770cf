//! The overview: how far everybody is, and what the instructor can do about it.

use std::{
    cmp::Ordering,
    hash::{DefaultHasher, Hash, Hasher},
    time::Duration,
};

use actix_web::{HttpRequest, HttpResponse, error::ErrorInternalServerError, http::StatusCode, web};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use super::{
    front_door::room_page,
    room::{Room, RoomStatus, Trouble},
    state::ClassState,
    views::{Link, Message, page, qr_svg, redirect},
};
use crate::demo_tenant::{Checkpoint, DemoTenant, LabProgress};

/// How often a stream of events looks for changes.
const LOOK: Duration = Duration::from_secs(1);
/// After so many looks without a change, a stream sends a comment, to notice broken connections.
const LOOKS_BETWEEN_COMMENTS: usize = 15;

/// The header with which `static/tenant.js` asks for the page to bring an open one up to date.
const LIVE: &str = "x-live";

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
    steps: Vec<StepView>,
    rooms: Vec<RoomRow>,
    taken: usize,
    finished: usize,
    stuck: usize,
    /// Absent where the page that asks has the controls already: they never change.
    controls: Option<Controls>,
}

/// A step of the guide.
#[derive(Serialize)]
struct StepView {
    number: &'static str,
    title: &'static str,
    /// How many participants are at it.
    participants: usize,
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
    /// `done`, `next`, `skipped` (it is not done, but the room began or continued after it) or `open`.
    state: &'static str,
}

/// What the instructor can do in each room.
#[derive(Serialize)]
struct Controls {
    checkpoints: Vec<CheckpointView>,
    faults: Vec<FaultView>,
}

#[derive(Serialize)]
struct CheckpointView {
    name: &'static str,
    chapter: &'static str,
    description: &'static str,
}

#[derive(Serialize)]
struct FaultView {
    name: &'static str,
    title: &'static str,
}

impl RoomRow {
    fn of(room: &Room, class: &ClassState) -> Self {
        let RoomStatus { is_taken, name, progress, trouble } = room.status(class.now());
        let trouble = trouble.filter(|_| is_taken);
        let next = progress.as_ref().map(|progress| progress.next);
        Self {
            number: room.number,
            is_taken,
            name,
            dashboard: room.tenant.issuer().to_owned(),
            step: next.map_or("", |next| next.unwrap_or("done")),
            cells: cells(progress.as_ref(), is_taken),
            stuck: trouble.is_some(),
            why: trouble.map(|trouble| match trouble {
                Trouble::Refused(count) => format!("{count} refusals in a row"),
                Trouble::Idle(idle) => format!("Idle for {} min", idle.num_minutes()),
            }),
        }
    }
}

/// How far each step is. In a free room, nobody is at a step.
fn cells(progress: Option<&LabProgress>, is_taken: bool) -> Vec<StepCell> {
    let next = progress.and_then(|progress| DemoTenant::steps().position(|(number, _)| progress.next == Some(number)));
    let cell = |(position, (number, _)): (usize, _)| {
        let state = if progress.is_some_and(|progress| progress.done.contains(&number)) {
            "done"
        } else if progress.is_none() || !is_taken {
            "open"
        } else {
            match next.map(|next| position.cmp(&next)) {
                Some(Ordering::Less) | None => "skipped",
                Some(Ordering::Equal) => "next",
                Some(Ordering::Greater) => "open",
            }
        };
        StepCell { number, state }
    };
    DemoTenant::steps().enumerate().map(cell).collect()
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
    fn of(class: &'a ClassState, controls: Option<Controls>) -> Self {
        let rooms = rows(class);
        let count = |matches: fn(&RoomRow) -> bool| rooms.iter().filter(|room| matches(room)).count();
        Self {
            class: &class.name,
            address: class.origin.as_str(),
            qr: qr_svg(class.origin.as_str(), "QR code of the address"),
            revision: revision(class, &rooms),
            is_open: class.is_open(),
            all_taken: rooms.iter().all(|room| room.is_taken),
            last_action: class.last_action(),
            steps: steps(&rooms),
            taken: count(|room| room.is_taken),
            finished: count(|room| room.is_taken && room.step == "done"),
            stuck: count(|room| room.stuck),
            rooms,
            controls,
        }
    }
}

impl Controls {
    fn all() -> Self {
        let checkpoint =
            |it: Checkpoint| CheckpointView { name: it.name(), chapter: it.chapter(), description: it.description() };
        Self {
            checkpoints: Checkpoint::ALL.map(checkpoint).into(),
            faults: DemoTenant::faults().map(|(name, title)| FaultView { name, title }).collect(),
        }
    }
}

/// The steps, if the seed of any room fits them.
fn steps(rooms: &[RoomRow]) -> Vec<StepView> {
    if rooms.iter().all(|room| room.step.is_empty()) {
        return vec![];
    }
    let participants = |number| rooms.iter().filter(|room| room.is_taken && room.step == number).count();
    let step = |(number, title)| StepView { number, title, participants: participants(number) };
    DemoTenant::steps().map(step).collect()
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
        None => {
            let controls = (!request.headers().contains_key(LIVE)).then(Controls::all);
            Ok(page(StatusCode::OK, "class/overview.html", &OverviewPage::of(&class, controls)))
        }
    }
}

/// `GET /overview/screen`: the same for the projector, without controls and links.
pub(super) async fn screen(class: web::Data<ClassState>) -> HttpResponse {
    page(StatusCode::OK, "class/screen.html", &OverviewPage::of(&class, None))
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

/// `GET /overview/rooms/{room}`: a participant's page, with the link that lets them in again if they have lost the cookie.
pub(super) async fn room(class: web::Data<ClassState>, number: web::Path<String>) -> HttpResponse {
    let room = number.parse().ok().and_then(|number| class.room(number));
    let page = room.map(|room| room_page(&class, room, false).unwrap_or_else(|| redirect("/overview")));
    page.unwrap_or_else(|| Message::not_found().response(StatusCode::NOT_FOUND))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first letter of each cell's state.
    fn states(done: &[&'static str], next: Option<&'static str>, is_taken: bool) -> String {
        let progress = LabProgress { done: done.to_vec(), next, refusals: 0 };
        cells(Some(&progress), is_taken).iter().filter_map(|cell| cell.state.chars().next()).collect()
    }

    #[test]
    fn a_step_before_the_next_that_nobody_did_is_skipped() {
        assert_eq!(states(&["4.2", "5"], Some("6.1"), true), "ssddnoooo");
        assert_eq!(states(&["4.2", "6.3"], Some("5"), true), "ssdnoodoo", "a step may be done early");
        assert_eq!(states(&["6.5"], None, true), "ssssssssd", "nothing is left");
    }

    #[test]
    fn in_a_free_room_nobody_is_at_a_step() {
        assert_eq!(states(&[], Some("4.2"), false), "ooooooooo");
        assert!(cells(None, true).iter().all(|cell| cell.state == "open"), "the seed does not fit the lab");
    }
}
