//! The app's own origin, and its provider.

use actix_web::{HttpRequest, web::Data};
use url::Url;

use super::errors::failure::Failure;
use crate::cookies::CookieNames;

/// The app's own origin, and its provider.
pub struct Site {
    pub base_url: Url,
    /// The provider's issuer.
    pub provider: Url,
    /// Whether the provider is the demo tenant: pages link to its dashboard.
    pub is_demo: bool,
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
