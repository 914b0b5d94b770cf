//! The front door: a participant takes a room, comes back to it, and lets a second browser into it.

use actix_web::{HttpRequest, HttpResponse, error::ErrorInternalServerError, http::StatusCode, web};
use serde::{Deserialize, Serialize};
use tracing::{error_span, info};

use super::{
    cookies::RoomKey,
    room::Room,
    state::{ClassState, NoRoom},
    views::{Link, Message, page, qr_svg, redirect},
};
use crate::{middleware::is_navigation, text::is_blank};

/// The longest name for the overview, in characters.
const MAXIMUM_NAME: usize = 40;

/// `class/front_door.html`.
#[derive(Serialize)]
struct FrontDoorPage<'a> {
    class: &'a str,
    rooms: usize,
    /// `all-taken` or `closed`, if nobody gets a room.
    no_room: Option<&'static str>,
    /// Identifies the form: sent twice, it takes one room.
    form: String,
    name: String,
    maximum_name: usize,
    mistake: Option<&'static str>,
    address: &'a str,
    qr: String,
    is_instructor: bool,
}

/// `GET /`: the way to one's room, or the form that takes one.
pub(super) async fn show(class: web::Data<ClassState>, request: HttpRequest) -> HttpResponse {
    match class.room_of(request.headers()) {
        Some(room) => redirect(room.app.as_str()),
        None => front_door(&class, &request, StatusCode::OK, String::new(), None),
    }
}

fn front_door(
    class: &ClassState,
    request: &HttpRequest,
    status: StatusCode,
    name: String,
    mistake: Option<&'static str>,
) -> HttpResponse {
    let context = FrontDoorPage {
        class: &class.name,
        rooms: class.rooms.len(),
        no_room: class.why_no_room().map(|why| match why {
            NoRoom::AllTaken => "all-taken",
            NoRoom::Closed => "closed",
        }),
        form: class.random.secret(),
        name,
        maximum_name: MAXIMUM_NAME,
        mistake,
        address: class.origin.as_str(),
        qr: qr_svg(class.origin.as_str(), "QR code of the address"),
        is_instructor: class.is_instructor(request.headers()),
    };
    page(status, "class/front_door.html", &context)
}

#[derive(Deserialize)]
pub(super) struct TakeRoom {
    #[serde(default)]
    name: String,
    #[serde(default)]
    form: String,
}

/// `POST /rooms`: takes a room, unless the browser has one.
pub(super) async fn take_room(
    class: web::Data<ClassState>,
    request: HttpRequest,
    web::Form(TakeRoom { name, form }): web::Form<TakeRoom>,
) -> actix_web::Result<HttpResponse> {
    if let Some(room) = class.room_of(request.headers()) {
        return Ok(redirect(room.app.as_str()));
    }
    let again = |name, mistake| front_door(&class, &request, StatusCode::BAD_REQUEST, name, Some(mistake));
    if name.chars().count() > MAXIMUM_NAME {
        return Ok(again(name, "The name can have up to 40 characters."));
    }
    if name.chars().any(char::is_control) {
        return Ok(again(String::new(), "The name can't contain control characters."));
    }
    let form = if form.is_empty() { class.random.secret() } else { form };
    let shown_name = Some(name.trim().to_owned()).filter(|name| !is_blank(name));
    match class.take_room(&form, shown_name) {
        Ok(key) => enter(&class, key),
        Err(_) => Ok(front_door(&class, &request, StatusCode::SERVICE_UNAVAILABLE, name, None)),
    }
}

/// Gives the browser the room's cookie, and sends it there.
fn enter(class: &ClassState, key: RoomKey) -> actix_web::Result<HttpResponse> {
    let Some(room) = class.room(key.room) else { return Ok(redirect("/")) };
    let mut response = redirect(room.app.as_str());
    let cookie = class.cookies.with_room(key, class.now()).map_err(ErrorInternalServerError)?;
    response.add_cookie(&cookie).map_err(ErrorInternalServerError)?;
    Ok(response)
}

/// `class/room.html`.
#[derive(Serialize)]
struct RoomPage<'a> {
    class: &'a str,
    number: usize,
    /// Whether the reader is the participant, not the instructor.
    is_own: bool,
    app: &'a str,
    dashboard: &'a str,
    join: String,
    qr: String,
}

/// `GET /room`: one's own room, and the link for a second browser.
pub(super) async fn own_room(class: web::Data<ClassState>, request: HttpRequest) -> HttpResponse {
    let page = class.room_of(request.headers()).and_then(|room| room_page(&class, room, true));
    let elsewhere = if class.is_instructor(request.headers()) { "/overview" } else { "/" };
    page.unwrap_or_else(|| redirect(elsewhere))
}

/// The page of a room, if somebody has it.
pub(super) fn room_page(class: &ClassState, room: &Room, is_own: bool) -> Option<HttpResponse> {
    let join = format!("{}join/{}", class.origin, room.link()?);
    let context = RoomPage {
        class: &class.name,
        number: room.number,
        is_own,
        app: room.app.as_str(),
        dashboard: room.tenant.issuer(),
        qr: qr_svg(&join, "QR code of the link"),
        join,
    };
    Some(page(StatusCode::OK, "class/room.html", &context))
}

/// `class/join.html`.
#[derive(Serialize)]
struct JoinPage<'a> {
    class: &'a str,
    own: usize,
    other: usize,
    link: &'a str,
}

/// `GET /join/{link}`: lets the browser into the room of the link. Asks first if it has another room.
pub(super) async fn join(
    class: web::Data<ClassState>,
    request: HttpRequest,
    link: web::Path<String>,
) -> actix_web::Result<HttpResponse> {
    let Some((room, key)) = class.joined_by(&link) else { return Ok(no_such_link()) };
    if !is_navigation(request.headers()) {
        return Ok(HttpResponse::NoContent().finish()); // a prefetch, or an image of another page
    }
    match class.room_of(request.headers()) {
        Some(own) if !is_same(own, room) => {
            let context = JoinPage { class: &class.name, own: own.number, other: room.number, link: &link };
            Ok(page(StatusCode::OK, "class/join.html", &context))
        }
        Some(_) => Ok(redirect(room.app.as_str())),
        None => {
            error_span!("class", room = room.number)
                .in_scope(|| info!(event = "room_joined", "another browser joins the room"));
            enter(&class, key)
        }
    }
}

/// `POST /join/{link}`: the same, once it was asked.
pub(super) async fn join_confirmed(
    class: web::Data<ClassState>,
    link: web::Path<String>,
) -> actix_web::Result<HttpResponse> {
    match class.joined_by(&link) {
        Some((_, key)) => enter(&class, key),
        None => Ok(no_such_link()),
    }
}

fn is_same(one: &Room, other: &Room) -> bool {
    one.number == other.number
}

fn no_such_link() -> HttpResponse {
    let text = "It ended when the room was freed or the class was restarted. Ask for a new one.".to_owned();
    let link = Some(Link { url: "/".to_owned(), text: "Go to the front door" });
    Message { title: "This link is no longer valid", text, link }.response(StatusCode::NOT_FOUND)
}
