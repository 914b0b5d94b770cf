//! What every page shows around its own content.

use actix_web::HttpRequest;
use serde::Serialize;

use super::{
    current_user::CurrentUser,
    errors::failure::Failure,
    flash::{self, Message},
    site::Site,
};
use crate::{
    diagnosis::{Advice, Misconfiguration},
    home_link::HomeLink,
    license::License,
    sign_in::identity::Identity,
    text::{hue, initials},
};

/// The header, the message and the footer of a page.
#[derive(Serialize)]
pub struct Layout {
    user: Option<User>,
    /// What the form did that led here, if one did.
    flash: Option<Message>,
    /// The entry of the navigation that the page belongs to.
    section: Section,
    /// The path of the page's address, as it was requested.
    path: String,
    /// The app's own origin, without a slash at the end.
    base_url: String,
    /// The provider's origin, without a slash at the end.
    provider: String,
    /// Whether the provider is the demo tenant.
    is_demo: bool,
    home: Option<HomeLink>,
}

/// The entries of the navigation.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Section {
    Features,
    Profile,
    Trace,
    /// Any other page.
    #[serde(rename = "")]
    Other,
}

/// Who is signed in, as the header shows it.
#[derive(Serialize)]
struct User {
    name: String,
    initials: String,
    email: Option<String>,
    picture: Option<String>,
    connection: Option<String>,
    connection_hue: Option<u32>,
    organization: Option<String>,
    organization_initials: Option<String>,
    organization_hue: Option<u32>,
    license: Option<License>,
    /// The value of the license claim, if it names no license that the app knows.
    unknown_license: Option<String>,
    /// What to change if there is no license.
    license_advice: Option<Advice>,
}

impl Layout {
    /// The layout of the page that responds to the request. Only a handler that is about to fill a page may call it: the
    /// message is shown once.
    pub fn of(request: &HttpRequest) -> Result<Self, Failure> {
        let site = Site::of(request)?;
        let CurrentUser(session) = CurrentUser::of(request);
        Ok(Self {
            user: session.as_ref().map(|session| User::from(&session.identity)),
            flash: flash::take(request, session.as_deref())?,
            section: Section::of(request.path()),
            path: request.path().to_owned(),
            base_url: site.base_url.origin().ascii_serialization(),
            provider: site.provider.origin().ascii_serialization(),
            is_demo: site.is_demo,
            home: site.home.clone(),
        })
    }
}

impl Section {
    fn of(path: &str) -> Self {
        match path.split('/').nth(1) {
            Some("features") => Self::Features,
            Some("profile") => Self::Profile,
            Some("trace") => Self::Trace,
            _ => Self::Other,
        }
    }
}

impl From<&Identity> for User {
    fn from(identity: &Identity) -> Self {
        let organization = identity.organization().map(|organization| organization.name.clone());
        Self {
            name: identity.name().into_owned(),
            initials: initials(&identity.name()),
            email: identity.email().map(str::to_owned),
            picture: identity.picture().map(str::to_owned),
            connection: identity.connection().map(str::to_owned),
            connection_hue: identity.connection().map(hue),
            organization_initials: organization.as_deref().map(initials),
            organization_hue: organization.as_deref().map(hue),
            organization,
            license: identity.license(),
            unknown_license: identity.unknown_license(),
            license_advice: Misconfiguration::behind_no_license(identity).map(Misconfiguration::advice),
        }
    }
}
