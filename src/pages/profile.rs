//! `GET /profile`: who is signed in, with the claims of the ID token and those of userinfo.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode};
use serde::Serialize;

use super::{
    Layout,
    claims::{ClaimView, Origin, views},
    current_user::SignedIn,
    errors::failure::Failure,
    render,
    times::TimeView,
    wants_json,
};
use crate::sign_in::{identity::Identity, jws::Claims};

/// How many names the sentence about the claims lists, and how long they may be together, in characters.
const LISTED: usize = 3;
const LISTED_CHARACTERS: usize = 60;

#[derive(Serialize)]
struct ProfilePage<'a> {
    layout: Layout,
    subject: &'a str,
    organization_id: Option<&'a str>,
    logged_in_at: TimeView,
    claims: ClaimsSection,
    /// The claims that came from userinfo, if there are any.
    userinfo: Option<ClaimsSection>,
}

/// Claims as a table and as JSON.
#[derive(Serialize)]
struct ClaimsSection {
    views: Vec<ClaimView>,
    json: String,
    /// Which of `license` and `organization` there are.
    own: Vec<&'static str>,
    /// The names of the claims that are neither the tenant's own two nor a standard's. `None` if they are too many to list.
    not_standard: Option<Vec<String>>,
}

impl ClaimsSection {
    fn new(claims: &Claims, identity: &Identity) -> Result<Self, Failure> {
        let namespace = identity.claims_namespace();
        let views = views(claims, namespace);
        let own = ["license", "organization"].into_iter();
        Ok(Self {
            json: serde_json::to_string_pretty(claims).map_err(Failure::internal)?,
            own: own.filter(|name| claims.contains_key(&format!("{namespace}{name}"))).collect(),
            not_standard: not_standard(&views),
            views,
        })
    }
}

fn not_standard(views: &[ClaimView]) -> Option<Vec<String>> {
    let names: Vec<_> = views.iter().filter(|view| view.origin == Origin::Provider).map(|view| &view.name).collect();
    let characters: usize = names.iter().map(|name| name.chars().count()).sum();
    (names.len() <= LISTED && characters <= LISTED_CHARACTERS).then(|| names.into_iter().cloned().collect())
}

pub async fn profile(request: HttpRequest, SignedIn(session): SignedIn) -> Result<HttpResponse, Failure> {
    let identity = &session.identity;
    if wants_json(&request) {
        return Ok(HttpResponse::Ok().json(identity.claims()));
    }
    let from_userinfo = Some(identity.userinfo()).filter(|claims| !claims.is_empty());
    let page = ProfilePage {
        layout: Layout::of(&request)?,
        subject: identity.subject(),
        organization_id: identity.organization().map(|organization| organization.id.as_str()),
        logged_in_at: TimeView::to_the_second(session.began_at),
        claims: ClaimsSection::new(identity.claims(), identity)?,
        userinfo: from_userinfo.map(|claims| ClaimsSection::new(claims, identity)).transpose()?,
    };
    render(StatusCode::OK, "profile.html", &page)
}
