//! `GET /profile`: who is signed in, with the claims of the ID token.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use serde::Serialize;

use super::{Layout, Site, current_user::SignedIn, errors::failure::Failure, render, times::to_the_second, wants_json};

#[derive(Serialize)]
struct ProfilePage {
    layout: Layout,
    subject: String,
    connection: Option<String>,
    organization_id: Option<String>,
    signed_in_at: String,
    claims: String,
}

pub async fn profile(
    request: HttpRequest,
    site: Data<Site>,
    SignedIn(session): SignedIn,
) -> Result<HttpResponse, Failure> {
    let identity = &session.identity;
    if wants_json(&request) {
        return Ok(HttpResponse::Ok().json(identity.claims()));
    }
    let claims = serde_json::to_string_pretty(&identity.claims());
    let page = ProfilePage {
        layout: Layout::new(&site, Some(&session)),
        subject: identity.subject().to_owned(),
        connection: identity.connection().map(str::to_owned),
        organization_id: identity.organization().map(|organization| organization.id.clone()),
        signed_in_at: to_the_second(session.began_at),
        claims: claims.map_err(Failure::internal)?,
    };
    render(StatusCode::OK, "profile.html", &page)
}
