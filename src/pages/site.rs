//! The app's own origin, and its provider.

use actix_web::{HttpRequest, web::Data};
use url::Url;

use super::errors::failure::Failure;
use crate::{cookies::CookieNames, home_link::HomeLink};

/// The app's own origin, and its provider.
#[derive(Clone)]
pub struct Site {
    pub base_url: Url,
    /// The provider's issuer.
    pub provider: Url,
    /// Whether the provider is the demo tenant: pages link to its dashboard.
    pub is_demo: bool,
    /// Whether browsers send it no Fetch Metadata: they send them only to https and to this machine (W3C, Fetch Metadata
    /// Request Headers, 2).
    pub is_without_fetch_metadata: bool,
    /// Every page links to it.
    pub home: Option<HomeLink>,
}

impl Site {
    /// The site that the request came to.
    pub fn of(request: &HttpRequest) -> Result<&Self, Failure> {
        request.app_data::<Data<Self>>().map(|site| &***site).ok_or_else(Failure::missing_data)
    }

    /// How the app's cookies are named.
    pub fn cookies(&self) -> CookieNames {
        CookieNames::at(&self.base_url)
    }
}
