//! The tenant's site: the table of routes, and what wraps every request.

use std::net::{Ipv4Addr, Ipv6Addr};

use actix_web::{
    Error, HttpResponse, Resource,
    body::{EitherBody, MessageBody},
    dev::{HttpServiceFactory, ServiceFactory, ServiceRequest, ServiceResponse},
    error::{ErrorInternalServerError, InternalError},
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
    middleware::{ErrorHandlerResponse, ErrorHandlers, Next, from_fn},
    web,
};
use url::{Host, Url};

use super::{
    api, dashboard,
    model::client::ClientRegistration,
    protocol::{authorize, discovery, logout, token, userinfo},
    state::Shared,
    views::{Message, message_page},
};
use crate::{
    assets,
    compression::compress_large_responses,
    middleware::{
        HostHeader, MAXIMUM_BODY, OwnOrigin, RequestEnvelope, is_navigation, read_body, redirect_to_own_host,
        refuse_cross_site, request_envelope,
    },
    reference::Reference,
};

/// The tenant's site: its routes and the layers around them, apart from the server that listens.
pub(super) fn site(shared: web::Data<Shared>, own_origin: web::Data<OwnOrigin>) -> impl HttpServiceFactory {
    let envelope = web::Data::new(RequestEnvelope {
        server: "tenant",
        content_security_policy: content_security_policy(&shared.client),
        is_secure: false,
        fallback_page,
        secret_path: None,
        random: shared.random.clone(),
        observer: None,
    });
    web::scope("")
        .app_data(shared)
        .app_data(envelope)
        .app_data(own_origin)
        .app_data(web::FormConfig::default().limit(MAXIMUM_BODY).error_handler(|cause, _| {
            let page = message_page(StatusCode::BAD_REQUEST, &Message::malformed_form());
            InternalError::from_response(cause, page).into()
        }))
        .configure(routes)
        .default_service(web::to(not_found))
        .wrap(from_fn(compress_large_responses))
        .wrap(ErrorHandlers::new().handler(StatusCode::METHOD_NOT_ALLOWED, method_not_allowed))
        .wrap(from_fn(own_host_only))
        .wrap(from_fn(read_body))
        .wrap(from_fn(request_envelope))
}

fn routes(config: &mut web::ServiceConfig) {
    config
        // Authenticated by codes and secrets, never by cookies.
        .service(web::resource("/oauth/token").post(token::token))
        .service(api::routes())
        // Other origins may send users here by GET and by POST.
        .service(
            web::resource("/authorize")
                .get(authorize::authorize)
                .post(authorize::authorize_by_post)
                .wrap(from_fn(navigations_only)),
        )
        .service(
            web::resource("/oidc/logout")
                .get(logout::rp_initiated)
                .post(logout::rp_initiated_by_post)
                .wrap(from_fn(navigations_only)),
        )
        .service(own("/.well-known/openid-configuration").get(discovery::configuration))
        .service(own("/.well-known/jwks.json").get(discovery::jwks))
        .service(own("/userinfo").get(userinfo::userinfo).post(userinfo::userinfo))
        .service(own("/v2/logout").get(logout::auth0).wrap(from_fn(navigations_only)))
        .service(own("/").get(dashboard::show).post(dashboard::change))
        .service(own("/events").get(dashboard::events))
        .service(own("/confirm").post(dashboard::confirm))
        .service(own("/log/clear").post(dashboard::clear_log))
        .service(own("/checkpoints/{name}").post(dashboard::set_checkpoint))
        .service(own("/faults/{name}").post(dashboard::arm_fault))
        .service(own("/static/{file}").get(assets::serve))
        .service(own("/favicon.ico").get(|request| assets::serve_unhashed(request, "tenant.ico")))
        .service(own("/robots.txt").get(|request| assets::serve_unhashed(request, "robots.txt")));
}

/// An address that other sites may not post to. Only addresses that exist are guarded; others are a 404.
fn own(
    path: &str,
) -> Resource<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody + use<>>,
        Error = Error,
        InitError = (),
    > + use<>,
> {
    web::resource(path).wrap(from_fn(refuse_cross_site))
}

/// Forms post to the tenant, which may redirect them to the application: browsers apply `form-action` to each redirect
/// that follows.
#[expect(clippy::expect_used, reason = "at the start, and an origin in ASCII is always a header's value")]
fn content_security_policy(client: &ClientRegistration) -> HeaderValue {
    let addresses = client.callbacks.iter().chain(&client.logout_urls).chain([&client.initiate_login_uri]);
    let mut origins: Vec<String> =
        addresses.filter_map(|url| Url::parse(url).ok()).map(|url| url.origin().ascii_serialization()).collect();
    origins.sort();
    origins.dedup();
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; \
         base-uri 'none'; frame-ancestors 'none'; form-action 'self' {}",
        origins.join(" ")
    );
    policy.try_into().expect("the policy is a header's value")
}

/// Serves only the tenant's own host name: the dashboard changes the tenant without a password, and must not be
/// reachable under a foreign name that was made to resolve to this machine (DNS rebinding).
async fn own_host_only(
    own: web::Data<OwnOrigin>,
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, Error> {
    let response = match HostHeader::of(request.headers(), &own.0) {
        HostHeader::Own => return Ok(next.call(request).await?.map_into_left_body()),
        HostHeader::OtherLoopbackName(host) if is_default_address(&host) => redirect_to_own_host(&request, &own.0),
        HostHeader::OtherLoopbackName(_) | HostHeader::Foreign => {
            message_page(StatusCode::MISDIRECTED_REQUEST, &Message::misdirected())
        }
    };
    Ok(request.into_response(response).map_into_right_body())
}

/// Whether the host is one of the two addresses that the tenant listens on by default.
fn is_default_address(host: &Host<String>) -> bool {
    match host {
        Host::Ipv4(address) => *address == Ipv4Addr::LOCALHOST,
        Host::Ipv6(address) => *address == Ipv6Addr::LOCALHOST,
        Host::Domain(_) => false,
    }
}

/// Only a navigation signs anybody in or out: a page on another port of this host is the same site, so even its images
/// are requested with the session's cookie.
async fn navigations_only(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, Error> {
    if is_navigation(request.headers()) {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let response = message_page(StatusCode::FORBIDDEN, &Message::no_navigation());
    Ok(request.into_response(response).map_into_right_body())
}

/// Replaces actix-web's empty response by a page, or by JSON, and keeps its `Allow`.
fn method_not_allowed<B>(response: ServiceResponse<B>) -> actix_web::Result<ErrorHandlerResponse<B>> {
    let (request, empty) = response.into_parts();
    let mut page = if request.path().starts_with("/api/") {
        api::error::method_not_allowed()
    } else {
        message_page(StatusCode::METHOD_NOT_ALLOWED, &Message::method_not_allowed())
    };
    if let Some(allowed) = empty.headers().get(header::ALLOW).and_then(|allowed| allowed.to_str().ok()) {
        let allowed = allowed.replace("GET", "GET, HEAD"); // `request_envelope` turns each HEAD into a GET
        page.headers_mut().insert(header::ALLOW, HeaderValue::from_str(&allowed).map_err(ErrorInternalServerError)?);
    }
    Ok(ErrorHandlerResponse::Response(ServiceResponse::new(request, page).map_into_right_body()))
}

async fn not_found() -> HttpResponse {
    message_page(StatusCode::NOT_FOUND, &Message::not_found())
}

fn fallback_page(status: StatusCode, reference: &Reference) -> String {
    assets::render("demo_tenant/message.html", &Message::fallback(status, &reference.to_string())).unwrap_or_default()
}
