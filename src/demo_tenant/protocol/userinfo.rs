//! The user information endpoint (OpenID Connect Core 5.3).

use actix_web::{HttpRequest, HttpResponse, http::header, web};

use super::id_token::userinfo_claims;
use crate::demo_tenant::state::Shared;

/// `GET` or `POST /userinfo`, with an access token.
pub(crate) async fn userinfo(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    let now = shared.now();
    let sign_in = bearer(&request).and_then(|token| shared.state().sign_in_of(token, now));
    match sign_in {
        Some(sign_in) => HttpResponse::Ok().json(userinfo_claims(&sign_in)),
        // RFC 6750 3.
        None => HttpResponse::Unauthorized()
            .insert_header((header::WWW_AUTHENTICATE, r#"Bearer error="invalid_token""#))
            .finish(),
    }
}

/// The token of an `Authorization: Bearer` header (RFC 6750 2.1).
pub(crate) fn bearer(request: &HttpRequest) -> Option<&str> {
    let (scheme, token) = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}
