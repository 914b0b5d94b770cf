//! The user information endpoint (OpenID Connect Core 5.3).

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    http::{Method, StatusCode, header},
    web,
};

use super::{id_token::userinfo_claims, request::Parameters};
use crate::demo_tenant::state::Shared;

/// The media type of forms.
const FORM: &str = "application/x-www-form-urlencoded";

/// "If the request lacks any authentication information […], the resource server SHOULD NOT include an error code or
/// other error information" (RFC 6750 3.1).
pub(crate) const NO_TOKEN: &str = "Bearer";
/// The token is unknown, has expired, or its session has ended.
pub(crate) const INVALID_TOKEN: &str = r#"Bearer error="invalid_token""#;
/// The request has more than one token.
const INVALID_REQUEST: &str = r#"Bearer error="invalid_request""#;

/// `GET` or `POST /userinfo`, with an access token in the header or, by `POST`, in a form (RFC 6750 2.1 and 2.2).
pub(crate) async fn userinfo(shared: web::Data<Shared>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let is_form = request.method() == Method::POST && request.content_type() == FORM;
    let form = Parameters::parse(if is_form { &body } else { &[] });
    let token = match (bearer(&request), form.get("access_token")) {
        (None, None) => return challenge(StatusCode::UNAUTHORIZED, NO_TOKEN),
        (Some(_), Some(_)) => return challenge(StatusCode::BAD_REQUEST, INVALID_REQUEST),
        (_, Some(_)) if form.repeated() == Some("access_token") => {
            return challenge(StatusCode::BAD_REQUEST, INVALID_REQUEST);
        }
        (Some(token), None) | (None, Some(token)) => token,
    };
    let sign_in = shared.state().sign_in_of(token, shared.now());
    match sign_in {
        Some(sign_in) => HttpResponse::Ok().json(userinfo_claims(&sign_in)),
        None => challenge(StatusCode::UNAUTHORIZED, INVALID_TOKEN),
    }
}

fn challenge(status: StatusCode, challenge: &str) -> HttpResponse {
    HttpResponse::build(status).insert_header((header::WWW_AUTHENTICATE, challenge)).finish()
}

/// The token of an `Authorization: Bearer` header (RFC 6750 2.1).
pub(crate) fn bearer(request: &HttpRequest) -> Option<&str> {
    let (scheme, token) = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}
