//! A logout request, which shows whether the browser may come back.

use super::{finding::Finding, outcome::leads_to, page::Page, probes::Probes, wordings::says_logout_url_is_wrong};
use crate::{
    diagnosis::Misconfiguration,
    sign_in::{http::BUDGET, sign_out},
};

impl Probes<'_> {
    /// Whether the browser may come back after logout: a logout request that belongs to no session.
    pub(super) async fn logout_url(&self) -> Finding {
        let name = "logout-url";
        let settings = self.provider.settings();
        let back = &settings.post_logout_redirect_uri;
        let Some(url) = sign_out::logout_url(settings, self.metadata, None, false) else {
            let found = "the provider has no logout endpoint, so logging out ends only the app's session";
            return Finding::unknown(name, found);
        };
        let page = match self.browse(&self.http.within(BUDGET), &url).await {
            Ok(response) => Page::of(&response, &url),
            Err(error) => return Finding::unknown(name, error.to_string()),
        };
        if page.target.as_ref().is_some_and(|target| leads_to(target, back)) {
            Finding::ok(name, format!("{back} is registered"))
        } else if says_logout_url_is_wrong(&page) {
            let found = format!("{back} is not registered: the provider returned {page}");
            Finding::wrong(name, found, Misconfiguration::LogoutUrlNotRegistered)
        } else {
            Finding::unknown(name, format!("the provider returned {page}; the logout URL sent was {back}"))
        }
    }
}
