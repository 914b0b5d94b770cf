//! `GET /profile`: who is signed in, with the claims of the ID token and those of userinfo.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode};
use serde::Serialize;

use super::{Layout, current_user::SignedIn, errors::failure::Failure, render, times::to_the_second, wants_json};
use crate::sign_in::jws::Claims;

#[derive(Serialize)]
struct ProfilePage {
    layout: Layout,
    subject: String,
    connection: Option<String>,
    organization_id: Option<String>,
    signed_in_at: String,
    claims: String,
    /// The claims that came from userinfo, as JSON, if there are any.
    userinfo: Option<String>,
}

pub async fn profile(request: HttpRequest, SignedIn(session): SignedIn) -> Result<HttpResponse, Failure> {
    let identity = &session.identity;
    if wants_json(&request) {
        return Ok(HttpResponse::Ok().json(identity.claims()));
    }
    let pretty = |claims: &Claims| serde_json::to_string_pretty(claims).map_err(Failure::internal);
    let from_userinfo = Some(identity.userinfo()).filter(|claims| !claims.is_empty());
    let page = ProfilePage {
        layout: Layout::of(&request)?,
        subject: identity.subject().to_owned(),
        connection: identity.connection().map(str::to_owned),
        organization_id: identity.organization().map(|organization| organization.id.clone()),
        signed_in_at: to_the_second(session.began_at),
        claims: pretty(&identity.claims())?,
        userinfo: from_userinfo.map(pretty).transpose()?,
    };
    render(StatusCode::OK, "profile.html", &page)
}
