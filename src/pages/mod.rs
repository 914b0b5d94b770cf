//! The pages, a file each: takes a request, asks the modules below, fills a template.

pub mod activity;
pub mod attempt_cookie;
pub mod backchannel_logout;
pub mod board;
pub mod callback;
pub mod current_user;
pub mod errors;
pub mod features;
pub mod front_page;
pub mod health;
pub mod login;
pub mod logout;
pub mod navigation;
pub mod people;
pub mod profile;
pub mod trace;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    rt,
};
use serde::Serialize;
use url::Url;

use self::errors::page::Failure;
use crate::{
    assets, diagnosis::Misconfiguration, license::License, middleware::prefers_json, session::SignedInSession,
    sign_in::identity::Identity,
};

/// The app's own origin, and who its provider is.
pub struct Site {
    /// The app's own origin.
    pub base_url: Url,
    /// The provider's origin.
    pub provider: Url,
    /// Whether the provider is the demo tenant, whose dashboard is worth a link.
    pub is_demo: bool,
}

impl Site {
    /// Whether the app is served by https, so that its cookies are for https alone.
    pub fn is_secure(&self) -> bool {
        self.base_url.scheme() == "https"
    }
}

/// What every page shows around its own content.
#[derive(Serialize)]
pub struct Layout {
    user: Option<User>,
    provider: String,
    is_demo: bool,
}

/// Who is signed in, as the header shows it.
#[derive(Serialize)]
pub struct User {
    name: String,
    initials: String,
    email: Option<String>,
    picture: Option<String>,
    organization: Option<String>,
    license: Option<License>,
    /// What came in place of a license, and what brings one, where there is none.
    unknown_license: Option<String>,
    license_advice: Option<&'static str>,
}

impl Layout {
    /// For `signed_in`, or nobody.
    pub fn new(site: &Site, signed_in: Option<&SignedInSession>) -> Self {
        Self {
            user: signed_in.map(|signed_in| User::new(&signed_in.identity)),
            provider: site.provider.origin().ascii_serialization(),
            is_demo: site.is_demo,
        }
    }
}

impl User {
    fn new(identity: &Identity) -> Self {
        Self {
            name: identity.name().to_owned(),
            initials: initials(identity.name()),
            email: identity.email().map(str::to_owned),
            picture: identity.picture().map(str::to_owned),
            organization: identity.organization().map(|organization| organization.name.clone()),
            license: identity.license(),
            unknown_license: identity.unknown_license(),
            license_advice: Misconfiguration::behind_no_license(identity).map(Misconfiguration::change),
        }
    }
}

/// The first letters of the first two words: "AL" for Alice Liddell, "A" for alice@org1.example.
pub fn initials(name: &str) -> String {
    let name = name.split('@').next().unwrap_or(name);
    let words = name.split(|letter: char| !letter.is_alphanumeric()).filter_map(|word| word.chars().next());
    words.take(2).flat_map(char::to_uppercase).collect()
}

/// Answers with `template`, filled with `page`.
pub fn render(status: StatusCode, template: &'static str, page: &impl Serialize) -> Result<HttpResponse, Failure> {
    let html = assets::render(template, page)?;
    Ok(HttpResponse::build(status).content_type("text/html; charset=utf-8").body(html))
}

/// Sends the browser on with a GET (RFC 9110, 15.4.4).
pub fn see_other(location: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, location)).finish()
}

/// Runs work that must not stop halfway as a separate task: the server drops a handler if its client disconnects.
pub async fn to_the_end<T: 'static>(work: impl Future<Output = T> + 'static) -> Result<T, Failure> {
    rt::spawn(work).await.map_err(|error| Failure::Internal(error.to_string()))
}

/// Whether the client asks for JSON rather than for a page.
pub fn wants_json(request: &HttpRequest) -> bool {
    prefers_json(request.headers())
}
