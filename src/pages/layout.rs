//! What every page shows around its own content.

use serde::Serialize;
use url::Url;

use crate::{
    diagnosis::Misconfiguration, license::License, session::SignedInSession, sign_in::identity::Identity,
    text::initials,
};

/// The app's own origin, and its provider.
pub struct Site {
    pub base_url: Url,
    /// The provider's issuer.
    pub provider: Url,
    /// Whether the provider is the demo tenant: pages link to its dashboard.
    pub is_demo: bool,
}

impl Site {
    /// Whether the app is served over https, so that its cookies are for https alone.
    pub fn is_secure(&self) -> bool {
        self.base_url.scheme() == "https"
    }
}

/// The header and footer of a page.
#[derive(Serialize)]
pub struct Layout {
    user: Option<User>,
    provider: String,
    is_demo: bool,
}

/// Who is signed in, as the header shows it.
#[derive(Serialize)]
struct User {
    name: String,
    initials: String,
    email: Option<String>,
    picture: Option<String>,
    organization: Option<String>,
    license: Option<License>,
    /// The value of the license claim, if it names no license that the app knows.
    unknown_license: Option<String>,
    /// What to change if there is no license.
    license_advice: Option<&'static str>,
}

impl Layout {
    pub fn new(site: &Site, signed_in: Option<&SignedInSession>) -> Self {
        Self {
            user: signed_in.map(|signed_in| User::from(&signed_in.identity)),
            provider: site.provider.origin().ascii_serialization(),
            is_demo: site.is_demo,
        }
    }
}

impl From<&Identity> for User {
    fn from(identity: &Identity) -> Self {
        Self {
            name: identity.name().into_owned(),
            initials: initials(&identity.name()),
            email: identity.email().map(str::to_owned),
            picture: identity.picture().map(str::to_owned),
            organization: identity.organization().map(|organization| organization.name.clone()),
            license: identity.license(),
            unknown_license: identity.unknown_license(),
            license_advice: Misconfiguration::behind_no_license(identity).map(Misconfiguration::change),
        }
    }
}
