//! The tenant's API for scripts and tests: Auth0's Management API v2, on the same functions as the dashboard, and what
//! only this tenant has.

pub(super) mod error;
mod input;
mod paging;

mod enabled_connections;
mod invitations;
mod lab;
mod members;
mod organizations;

mod clients;
mod connections;
mod logs;
mod users;

use actix_web::{
    Error, HttpResponse, Resource,
    body::{BoxBody, MessageBody},
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    http::header,
    middleware::{Next, from_fn},
    web,
};

use super::{issued::bearer::bearer_token, state::Shared};
use crate::middleware::{OwnOrigin, refuse_cross_site};
use error::ApiError;

/// What the routes below take and return, for programs and for people.
const DESCRIPTION: &str = include_str!("../../../docs/openapi.yaml");

/// The routes below `/api`.
pub(super) fn routes() -> actix_web::Scope {
    web::scope("/api")
        .app_data(error::path_config())
        .service(management().wrap(from_fn(require_token)))
        .service(web::resource("/openapi.yaml").get(description))
        .service(lab("/checkpoints").get(lab::checkpoints))
        .service(lab("/checkpoints/{name}").post(lab::set_checkpoint))
        .service(lab("/faults").get(lab::faults).post(lab::arm_fault).delete(lab::call_off_faults))
        .service(lab("/sessions").post(lab::begin_session))
        .default_service(web::to(error::not_found))
}

/// `GET /api/openapi.yaml`.
async fn description() -> HttpResponse {
    HttpResponse::Ok().content_type("application/yaml").body(DESCRIPTION)
}

/// An address of the tenant's own API. Only addresses that exist are guarded; others are a 404.
fn lab(
    path: &str,
) -> Resource<
    impl ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse, Error = Error, InitError = ()> + use<>,
> {
    web::resource(path).wrap(from_fn(token_or_same_origin))
}

fn management() -> actix_web::Scope {
    let one = web::resource("/organizations/{id}")
        .get(organizations::read)
        .patch(organizations::update)
        .delete(organizations::delete);
    let members =
        web::resource("/organizations/{id}/members").get(members::list).post(members::add).delete(members::remove);
    let enabled = web::resource("/organizations/{id}/enabled_connections/{connection}")
        .get(enabled_connections::read)
        .patch(enabled_connections::update)
        .delete(enabled_connections::disable);
    let invitation = web::resource("/organizations/{id}/invitations/{invitation}")
        .get(invitations::read)
        .delete(invitations::revoke);
    web::scope("/v2")
        .service(web::resource("/organizations").get(organizations::list).post(organizations::create))
        .service(web::resource("/organizations/name/{name}").get(organizations::read_by_name))
        .service(one)
        .service(members)
        .service(
            web::resource("/organizations/{id}/enabled_connections")
                .get(enabled_connections::list)
                .post(enabled_connections::enable),
        )
        .service(enabled)
        .service(web::resource("/organizations/{id}/invitations").get(invitations::list).post(invitations::create))
        .service(invitation)
        .service(web::resource("/connections").get(connections::list).post(connections::create))
        .service(
            web::resource("/connections/{id}")
                .get(connections::read)
                .patch(connections::update)
                .delete(connections::delete),
        )
        .service(web::resource("/users").get(users::list).post(users::create))
        .service(web::resource("/users-by-email").get(users::by_email))
        .service(web::resource("/users/{id}").get(users::read).patch(users::update).delete(users::delete))
        .service(web::resource("/users/{id}/organizations").get(users::organizations))
        .service(web::resource("/clients").get(clients::list))
        .service(web::resource("/clients/{id}").get(clients::read).patch(clients::update))
        .service(web::resource("/tenants/settings").get(clients::settings).patch(clients::update_settings))
        .service(web::resource("/logs").get(logs::list))
        .service(web::resource("/logs/{id}").get(logs::read))
        .default_service(web::to(error::not_found))
}

/// Requires an access token for the management API.
async fn require_token(
    shared: web::Data<Shared>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let refusal = match bearer_token(request.request()) {
        None => ApiError::no_token(),
        Some(token) if shared.state().grants.accepts_management_token(token, shared.now()) => {
            return Ok(next.call(request).await?.map_into_boxed_body());
        }
        Some(_) => ApiError::invalid_token(),
    };
    Ok(request.error_response(refusal))
}

/// Accepts requests with a token from anywhere; without one, only from the tenant's own pages and from clients that are
/// not browsers.
async fn token_or_same_origin(
    shared: web::Data<Shared>,
    own: web::Data<OwnOrigin>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if request.headers().contains_key(header::AUTHORIZATION) {
        require_token(shared, request, next).await
    } else {
        Ok(refuse_cross_site(own, request, next).await?.map_into_boxed_body())
    }
}
