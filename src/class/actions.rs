//! What the instructor does on the overview. What ends sessions is asked first.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, rt, web};
use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use tracing::{Instrument, error_span, info};

use super::{
    room::Room,
    state::ClassState,
    views::{Message, page, redirect},
};
use crate::demo_tenant::{Checkpoint, DemoTenant};

/// How many rooms are changed at the same time.
const ROOMS_AT_ONCE: usize = 8;

/// `class/question.html`.
#[derive(Serialize)]
struct Question<'a> {
    class: &'a str,
    title: String,
    /// Who has the room.
    participant: Option<String>,
    consequences: Vec<&'static str>,
    button: String,
    /// Where the button sends its form.
    action: &'a str,
    /// The turn that it is about, if it is about one.
    turn: Option<u64>,
    /// Where the instructor was on the overview.
    back: String,
}

/// Whether a [`Question`] has been answered.
#[derive(Deserialize)]
pub(super) struct Answer {
    confirmed: Option<String>,
    /// The turn that the question was about.
    turn: Option<u64>,
}

impl Answer {
    fn is_yes(&self) -> bool {
        self.confirmed.as_deref() == Some("yes")
    }
}

/// One room, or all.
enum Target {
    One(usize),
    All,
}

impl Target {
    /// A room's number, or `all`.
    fn parse(text: &str, class: &ClassState) -> Option<Self> {
        if text == "all" {
            return Some(Self::All);
        }
        let number = text.parse().ok()?;
        class.room(number).map(|_| Self::One(number))
    }

    fn rooms<'c>(&self, class: &'c ClassState) -> impl Iterator<Item = &'c Room> {
        class.rooms.iter().filter(|room| match self {
            Self::One(number) => room.number == *number,
            Self::All => true,
        })
    }

    /// Who has the room, if it is one room, and somebody with a name has it.
    fn participant(&self, class: &ClassState) -> Option<String> {
        match self {
            Self::One(number) => class.room(*number)?.status(class.now()).name,
            Self::All => None,
        }
    }

    /// `room 3`, or `all rooms`.
    fn words(&self) -> String {
        match self {
            Self::One(number) => format!("room {number}"),
            Self::All => "all rooms".to_owned(),
        }
    }
}

/// `POST /overview/checkpoints/{name}/{rooms}`: asks first; once confirmed, makes the rooms jump.
pub(super) async fn set_checkpoint(
    class: web::Data<ClassState>,
    request: HttpRequest,
    path: web::Path<(String, String)>,
    answer: web::Form<Answer>,
) -> HttpResponse {
    let (name, rooms) = path.into_inner();
    let (Ok(checkpoint), Some(target)) = (name.parse::<Checkpoint>(), Target::parse(&rooms, &class)) else {
        return not_found();
    };
    let (chapter, words, place) = (checkpoint.chapter(), target.words(), format!("jump-{checkpoint}"));
    if !answer.is_yes() {
        return ask(&Question {
            class: &class.name,
            title: format!("Jump to the state after chapter {chapter} in {words}?"),
            participant: target.participant(&class),
            consequences: vec![
                "All users are logged out, in the app and at the demo tenant.",
                "What participants have changed and posted is lost, and their progress is reset.",
            ],
            button: format!("Jump in {words}"),
            action: request.path(),
            turn: None,
            back: overview_at(&place),
        });
    }
    let done = format!("{} now at the state after chapter {chapter}.", is_or_are(&target));
    _ = in_rooms(&class, target, async move |class, room| room.jump_to(checkpoint, class.now()).await).await;
    finish(&class, done, &place)
}

/// `POST /overview/free/{room}`: asks first; once confirmed, ends the participant's turn.
pub(super) async fn free(
    class: web::Data<ClassState>,
    request: HttpRequest,
    number: web::Path<String>,
    answer: web::Form<Answer>,
) -> HttpResponse {
    let Some(room) = number.parse().ok().and_then(|number| class.room(number)) else { return not_found() };
    let number = room.number;
    let place = format!("room-{number}");
    if !answer.is_yes() {
        return ask(&Question {
            class: &class.name,
            title: format!("Free room {number}?"),
            participant: Target::One(number).participant(&class),
            consequences: vec![
                "Its participant loses it at once, in every browser.",
                "What happened in it is lost, and the next participant gets it as it was at the start.",
            ],
            button: format!("Free room {number}"),
            action: request.path(),
            turn: Some(room.turn()),
            back: overview_at(&place),
        });
    }
    let turn = answer.turn.unwrap_or_else(|| room.turn());
    let freed = in_rooms(&class, Target::One(number), async move |_, room| room.free(turn).await).await;
    let done = if freed == [true] {
        format!("Room {number} is free.")
    } else {
        format!("Room {number} was not freed: the participant that you were asked about does not have it any more.")
    };
    finish(&class, done, &place)
}

/// `POST /overview/faults/{name}/{rooms}`: the next sign-in fails in this way; `none` cancels what no sign-in has met.
pub(super) async fn arm_fault(class: web::Data<ClassState>, path: web::Path<(String, String)>) -> HttpResponse {
    let (name, rooms) = path.into_inner();
    let Some(target) = Target::parse(&rooms, &class) else { return not_found() };
    let (words, place) = (target.words(), format!("fault-{name}"));
    if name == "none" {
        target.rooms(&class).for_each(|room| room.tenant.cancel_faults());
        return finish(&class, format!("Queued faults are cancelled in {words}."), &place);
    }
    let Some((_, title)) = DemoTenant::faults().find(|(fault, _)| *fault == name) else { return not_found() };
    target.rooms(&class).for_each(|room| _ = room.tenant.arm_fault(&name));
    finish(&class, format!("The next sign-in in {words} fails: {title}."), &place)
}

/// `POST /overview/door/{state}`: whether anybody may take a room, `open` or `closed`.
pub(super) async fn set_door(class: web::Data<ClassState>, state: web::Path<String>) -> HttpResponse {
    let is_open = match state.as_str() {
        "open" => true,
        "closed" => false,
        _ => return not_found(),
    };
    class.set_open(is_open);
    let done = if is_open { "The door is open." } else { "The door is closed: nobody can take a room." };
    finish(&class, done.to_owned(), "door")
}

fn ask(question: &Question<'_>) -> HttpResponse {
    page(StatusCode::OK, "class/question.html", question)
}

/// Back to the element of the overview with the id `place`, where the instructor was. The overview says what was done.
fn finish(class: &ClassState, done: String, place: &str) -> HttpResponse {
    info!(event = "instructor", "{done}");
    class.note_action(done);
    redirect(&overview_at(place))
}

fn overview_at(place: &str) -> String {
    format!("/overview#{place}")
}

/// Does `work` in the rooms, in a task of its own, which continues even if the instructor's browser disconnects.
/// Returns what came of it; nothing if it panics.
async fn in_rooms<T: 'static>(
    class: &web::Data<ClassState>,
    target: Target,
    work: impl AsyncFn(&ClassState, &Room) -> T + 'static,
) -> Vec<T> {
    let class = Arc::clone(class);
    let task = rt::spawn(async move {
        let in_room = |room| {
            let (class, work) = (&class, &work);
            async move { work(class, room).instrument(error_span!("class", room = room.number)).await }
        };
        stream::iter(target.rooms(&class)).map(in_room).buffer_unordered(ROOMS_AT_ONCE).collect().await
    });
    task.await.unwrap_or_default()
}

fn is_or_are(target: &Target) -> String {
    match target {
        Target::One(number) => format!("Room {number} is"),
        Target::All => "All rooms are".to_owned(),
    }
}

fn not_found() -> HttpResponse {
    Message::not_found().response(StatusCode::NOT_FOUND)
}
