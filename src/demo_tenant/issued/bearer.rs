//! Access tokens in requests (RFC 6750).

use actix_web::{HttpRequest, http::header};

/// "If the request lacks any authentication information […], the resource server SHOULD NOT include an error code or
/// other error information" (3.1).
pub(crate) const NO_TOKEN: &str = "Bearer";
/// The token is unknown, has expired, or its session has ended.
pub(crate) const INVALID_TOKEN: &str = r#"Bearer error="invalid_token""#;
/// The request has more than one token.
pub(crate) const INVALID_REQUEST: &str = r#"Bearer error="invalid_request""#;

/// The token of an `Authorization: Bearer` header (2.1).
pub(crate) fn bearer_token(request: &HttpRequest) -> Option<&str> {
    let (scheme, token) = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}
