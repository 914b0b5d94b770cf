//! The gate of each site in a room: the guard before the site, and the page for whoever is not let in.

use std::sync::Arc;

use actix_web::{
    Error, HttpRequest, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{HttpServiceFactory, ServiceRequest, ServiceResponse},
    guard::{GuardContext, fn_guard},
    http::StatusCode,
    middleware::{Next, from_fn},
    web::{self, Data},
};
use serde_json::json;
use tracing::{Instrument, error_span};
use url::Url;

use super::{
    admission::{Refusal, Visitor, admit},
    room::Room,
    state::ClassState,
    views::{Link, Message},
};
use crate::middleware::{RequestEnvelope, prefers_json, read_body, request_envelope};

/// What app and tenant ask of each other while they handle a request.
const NESTED: [&str; 5] =
    ["/.well-known/openid-configuration", "/.well-known/jwks.json", "/oauth/token", "/userinfo", "/backchannel-logout"];

/// One of the two sites of a room.
#[derive(Clone)]
pub(super) struct Gate {
    pub(super) class: Arc<ClassState>,
    /// The room's position in the class.
    pub(super) index: usize,
    /// The site's origin.
    pub(super) own: Url,
}

impl Gate {
    fn room(&self) -> &Room {
        &self.class.rooms[self.index]
    }

    /// The site, for whoever is let in.
    pub(super) fn open_to<Site: HttpServiceFactory + 'static>(
        &self,
        site: Site,
    ) -> impl HttpServiceFactory + use<Site> {
        let gate = self.clone();
        let is_admitted =
            move |request: &GuardContext<'_>| admit(&gate.class, gate.room(), &gate.own, request.head()).is_ok();
        web::scope("")
            .guard(fn_guard(is_admitted))
            .app_data(Data::new(self.clone()))
            .service(site)
            .wrap(from_fn(stay_in_room))
            .wrap(from_fn(read_body))
            .wrap(from_fn(name_room_in_log))
    }

    /// The page for everybody else.
    pub(super) fn closed_to_others(&self, envelope: Data<RequestEnvelope>) -> impl HttpServiceFactory + use<> {
        web::scope("")
            .app_data(Data::new(self.clone()))
            .app_data(envelope)
            .default_service(web::to(refuse))
            .wrap(from_fn(read_body))
            .wrap(from_fn(request_envelope))
            .wrap(from_fn(name_room_in_log))
    }
}

/// Lines in the log carry the room, at every level.
async fn name_room_in_log(
    gate: Data<Gate>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    next.call(request).instrument(error_span!("class", room = gate.room().number)).await
}

/// Looks once more whether the visitor is let in, after the body has come, which can take seconds: a room may have been
/// freed meanwhile. From then until there is a response, the room does not change hands. A stream of events goes on after
/// that, and ends when the room is freed.
async fn stay_in_room(
    gate: Data<Gate>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let room = gate.room();
    // App and tenant send each other requests while they handle one: these can't wait for it to end.
    let is_nested = NESTED.contains(&request.path());
    let _stay = if is_nested { None } else { Some(room.stay().await) };
    match admit(&gate.class, room, &gate.own, request.head()) {
        Ok(Visitor::Participant) if request.path() != "/events" => room.touch(gate.class.now()),
        Ok(Visitor::Participant | Visitor::Instructor | Visitor::Program) => {}
        Err(refusal) => {
            let response = refusal_page(&gate, refusal, request.request());
            return Ok(request.into_response(response));
        }
    }
    next.call(request).await.map(ServiceResponse::map_into_boxed_body)
}

async fn refuse(gate: Data<Gate>, request: HttpRequest) -> HttpResponse {
    // Since the guard looked, the browser may have been let in; it is not, this time.
    let refusal = admit(&gate.class, gate.room(), &gate.own, request.head()).err().unwrap_or(Refusal::NotYours);
    refusal_page(&gate, refusal, &request)
}

fn refusal_page(gate: &Gate, refusal: Refusal, request: &HttpRequest) -> HttpResponse {
    let (status, title, text) = match refusal {
        Refusal::OtherHost => (
            StatusCode::MISDIRECTED_REQUEST,
            "Wrong address",
            format!(
                "This server is not the host in the request. The room is at {}",
                gate.own.origin().ascii_serialization()
            ),
        ),
        Refusal::OtherOrigin => (
            StatusCode::FORBIDDEN,
            "This request came from another site",
            "Nothing was changed. If you sent this form, go back, reload the page, and send it again.".to_owned(),
        ),
        Refusal::NotYours => (
            StatusCode::FORBIDDEN,
            "This is not your room",
            "Each participant has a room of their own. If this was yours, the instructor has freed it, the class was \
             restarted, or 12 hours have passed."
                .to_owned(),
        ),
    };
    let front_door = gate.class.origin.as_str().to_owned();
    if prefers_json(request.headers()) || request.path().starts_with("/api/") {
        return HttpResponse::build(status).json(json!({
            "statusCode": status.as_u16(), "error": status.canonical_reason(),
            "message": format!("{title}. {text}"), "front_door": front_door,
        }));
    }
    Message { title, text, link: Some(Link { url: front_door, text: "Go to the class's front door" }) }.response(status)
}
