//! `GET /profile`: who is signed in, and the ID token's claims.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use serde::Serialize;

use super::{Layout, Site, current_user::SignedIn, errors::failure::Failure, render, wants_json};

#[derive(Serialize)]
struct ProfilePage {
    layout: Layout,
    subject: String,
    connection: Option<String>,
    organization_id: Option<String>,
    signed_in_at: String,
    claims: String,
}

/// Answers `GET /profile`.
pub async fn profile(
    request: HttpRequest,
    site: Data<Site>,
    SignedIn(signed_in): SignedIn,
) -> Result<HttpResponse, Failure> {
    let identity = &signed_in.identity;
    if wants_json(&request) {
        return Ok(HttpResponse::Ok().json(identity.claims()));
    }
    let claims = serde_json::to_string_pretty(&identity.claims());
    let page = ProfilePage {
        layout: Layout::new(&site, Some(&signed_in)),
        subject: identity.subject().to_owned(),
        connection: identity.connection().map(str::to_owned),
        organization_id: identity.organization().map(|organization| organization.id.clone()),
        signed_in_at: signed_in.began_at.format("%Y-%m-%d %H:%M:%S UTC").to_string(),
        claims: claims.map_err(Failure::internal)?,
    };
    render(StatusCode::OK, "profile.html", &page)
}
