//! The user information endpoint (OpenID Connect Core 5.3).

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    http::{Method, StatusCode, header},
    web,
};

use super::{id_token::userinfo_claims, request::Parameters};
use crate::demo_tenant::{
    issued::bearer::{INVALID_REQUEST, INVALID_TOKEN, NO_TOKEN, bearer_token},
    state::Shared,
};

const FORM: &str = "application/x-www-form-urlencoded";

/// `GET` or `POST /userinfo`, with an access token in the header or, by `POST`, in a form (RFC 6750 2.1 and 2.2).
pub(crate) async fn userinfo(shared: web::Data<Shared>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let is_form = request.method() == Method::POST && request.content_type() == FORM;
    let form = Parameters::parse(if is_form { &body } else { &[] });
    let token = match (bearer_token(&request), form.get("access_token")) {
        (None, None) => return challenge(StatusCode::UNAUTHORIZED, NO_TOKEN),
        (Some(_), Some(_)) => return challenge(StatusCode::BAD_REQUEST, INVALID_REQUEST),
        (_, Some(_)) if form.repeated() == Some("access_token") => {
            return challenge(StatusCode::BAD_REQUEST, INVALID_REQUEST);
        }
        (Some(token), None) | (None, Some(token)) => token,
    };
    let grant = shared.state().grant_of(token, shared.now());
    match grant {
        Some(grant) => HttpResponse::Ok().json(userinfo_claims(&grant)),
        None => challenge(StatusCode::UNAUTHORIZED, INVALID_TOKEN),
    }
}

fn challenge(status: StatusCode, challenge: &str) -> HttpResponse {
    HttpResponse::build(status).insert_header((header::WWW_AUTHENTICATE, challenge)).finish()
}
