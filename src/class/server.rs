//! The server of a class: the front door and the sites of all rooms share its worker threads.

use std::{io, net::TcpListener, num::NonZeroUsize, sync::Arc, thread};

use actix_server::{Server, ServerBuilder};
use actix_web::{
    App, Error, HttpResponse,
    body::MessageBody,
    dev::{HttpServiceFactory, ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{StatusCode, header::HeaderValue},
    middleware::{Next, from_fn},
    web::{self, Data, FormConfig},
};
use url::Url;

use super::{
    actions,
    admission::is_from_own_page,
    front_door,
    gate::Gate,
    overview::{self, not_the_instructor},
    ports::{MAXIMUM_AT_FRONT_DOOR, Sockets},
    state::ClassState,
    views::{Link, Message},
};
use crate::{
    assets,
    compression::compress_large_responses,
    connections::{self, ConnectionLimit},
    middleware::{HostHeader, RequestEnvelope, read_body, request_envelope},
    pages::{
        health,
        resource::{get_and_post, get_only, refuse_other_methods},
    },
    reference::Reference,
};

/// How long a shutdown waits for requests in flight, in seconds.
const SHUTDOWN_SECONDS: u64 = 8;
/// How many worker threads there are at most: each has routes of its own for each site, which take memory.
const MAXIMUM_WORKERS: usize = 4;
/// The longest form, in bytes.
const MAXIMUM_FORM: usize = 4096;

/// Builds the server. It runs when it is awaited, until its handle stops it.
pub(super) fn serve(class: &Arc<ClassState>, sockets: Sockets) -> io::Result<Server> {
    let envelope = Data::new(envelope(class));
    let workers = thread::available_parallelism().map_or(1, NonZeroUsize::get).min(MAXIMUM_WORKERS);
    let server = Server::build().workers(workers).shutdown_timeout(SHUTDOWN_SECONDS).disable_signals();
    let (state, own) = (Data::from(Arc::clone(class)), envelope.clone());
    let front_door = move || App::new().service(front_door_site(state.clone(), own.clone()));
    let limit = ConnectionLimit::at_most(MAXIMUM_AT_FRONT_DOOR);
    let mut server = connections::listen(server, sockets.front_door, &limit, front_door)?;
    for (index, sockets) in sockets.rooms.into_iter().enumerate() {
        server = add_room(server, (class, index), sockets, &envelope)?;
    }
    Ok(server.run())
}

/// Adds a room's app and tenant, each behind its gate.
fn add_room(
    server: ServerBuilder,
    (class, index): (&Arc<ClassState>, usize),
    (app, tenant): (TcpListener, TcpListener),
    envelope: &Data<RequestEnvelope>,
) -> io::Result<ServerBuilder> {
    let room = &class.rooms[index];
    let gate = |own: &Url| Gate { class: Arc::clone(class), index, own: own.clone() };

    let (gate_of_app, refusals) = (gate(&room.app), envelope.clone());
    let (site, stores) = (room.site.clone(), room.store.stores());
    let server = connections::listen(server, app, &room.connections, move || {
        let site = site.service(stores.clone());
        App::new().service(gate_of_app.open_to(site)).service(gate_of_app.closed_to_others(refusals.clone()))
    })?;

    let (gate_of_tenant, refusals) = (gate(&room.tenant_origin), envelope.clone());
    let demo_tenant = room.tenant.clone();
    connections::listen(server, tenant, &room.connections, move || {
        let site = demo_tenant.site();
        App::new().service(gate_of_tenant.open_to(site)).service(gate_of_tenant.closed_to_others(refusals.clone()))
    })
}

fn front_door_site(class: Data<ClassState>, envelope: Data<RequestEnvelope>) -> impl HttpServiceFactory {
    let overview = web::scope("/overview")
        .service(get_only("/screen").route(web::get().to(overview::screen)))
        .service(get_only("/events").route(web::get().to(overview::events)))
        .service(get_only("/rooms/{room}").route(web::get().to(overview::room)))
        .service(post_only("/checkpoints/{name}/{rooms}").route(web::post().to(actions::set_checkpoint)))
        .service(post_only("/faults/{name}/{rooms}").route(web::post().to(actions::arm_fault)))
        .service(post_only("/free/{room}").route(web::post().to(actions::free)))
        .service(post_only("/door/{state}").route(web::post().to(actions::set_door)))
        .default_service(web::to(not_found))
        .wrap(from_fn(instructor_only));
    web::scope("")
        .app_data(class)
        .app_data(envelope)
        .app_data(FormConfig::default().limit(MAXIMUM_FORM).error_handler(|cause, _| {
            InternalError::from_response(cause, Message::malformed_form().response(StatusCode::BAD_REQUEST)).into()
        }))
        .service(get_only("/").route(web::get().to(front_door::show)))
        .service(post_only("/rooms").route(web::post().to(front_door::take_room)))
        .service(get_only("/room").route(web::get().to(front_door::own_room)))
        .service(
            get_and_post("/join/{link}")
                .route(web::get().to(front_door::join))
                .route(web::post().to(front_door::join_confirmed)),
        )
        .service(get_only("/overview").route(web::get().to(overview::show)))
        .service(overview)
        .service(get_only("/healthz").route(web::get().to(health::alive)))
        .service(get_only("/static/{file}").route(web::get().to(assets::serve)))
        .service(get_only("/favicon.ico").route(web::get().to(|request| assets::serve_unhashed(request, "app.ico"))))
        .service(get_only("/robots.txt").route(web::get().to(|request| assets::serve_unhashed(request, "robots.txt"))))
        .default_service(web::to(not_found))
        .wrap(from_fn(compress_large_responses))
        .wrap(from_fn(own_host_and_forms))
        .wrap(from_fn(read_body))
        .wrap(from_fn(request_envelope))
}

fn post_only(path: &str) -> actix_web::Resource {
    web::resource(path).default_service(refuse_other_methods("POST"))
}

/// Requests to another host are refused, and forms of other sites: a browser may have been told that another site's name
/// is this machine's (DNS rebinding).
async fn own_host_and_forms(
    class: Data<ClassState>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let headers = request.headers();
    let link = || Some(Link { url: class.origin.to_string(), text: "Go to the front door" });
    let response = if HostHeader::of(headers, &class.origin) != HostHeader::Own {
        let text = format!("This server is not the host in the request. The class is at {}", class.origin);
        Message { title: "Wrong address", text, link: link() }.response(StatusCode::MISDIRECTED_REQUEST)
    } else if !request.method().is_safe() && !is_from_own_page(headers, &class.origin) {
        let text = "Nothing was changed. Go to the front door, and try again from there.".to_owned();
        let title = "This request came from another site";
        Message { title, text, link: link() }.response(StatusCode::FORBIDDEN)
    } else {
        return next.call(request).await.map(ServiceResponse::map_into_boxed_body);
    };
    Ok(request.into_response(response))
}

async fn instructor_only(
    class: Data<ClassState>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if class.is_instructor(request.headers()) {
        next.call(request).await.map(ServiceResponse::map_into_boxed_body)
    } else {
        Ok(request.into_response(not_the_instructor()))
    }
}

async fn not_found() -> HttpResponse {
    Message::not_found().response(StatusCode::NOT_FOUND)
}

/// What wraps every response of the front door and of the gates.
fn envelope(class: &ClassState) -> RequestEnvelope {
    RequestEnvelope {
        server: "class",
        content_security_policy: content_security_policy(class),
        is_secure: false,
        fallback_page,
        secret_path: Some("/join/"),
        random: class.random.clone(),
        observer: None,
    }
}

/// The form that takes a room redirects to the room's app: browsers apply `form-action` to redirects, too.
#[expect(clippy::expect_used, reason = "at the start, and an origin in ASCII is always a header's value")]
fn content_security_policy(class: &ClassState) -> HeaderValue {
    let host = class.origin.host_str().unwrap_or_default();
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; \
         base-uri 'none'; frame-ancestors 'none'; form-action 'self' http://{host}:*"
    );
    policy.try_into().expect("the policy is a header's value")
}

fn fallback_page(status: StatusCode, reference: &Reference) -> String {
    let text = format!("Something went wrong ({status}). The log has the details under the reference {reference}.");
    let message = Message { title: "Something went wrong", text, link: None };
    assets::render("class/message.html", &message).unwrap_or_default()
}
