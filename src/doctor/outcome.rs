//! What a provider's response to an authorization request shows. Pure.

use openidconnect::HttpResponse;
use url::Url;

use super::{
    page::Page,
    wordings::{Mistake, mistake},
};
use crate::sign_in::response::Refusal;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum ProbeOutcome {
    /// An error response at the redirect URI.
    Refusal(Refusal),
    /// A page of the provider's that says what is wrong with the request.
    Mistake(Mistake, Page),
    /// Another page, or a redirect to one, such as the sign-in page.
    Other(Page),
    /// No response.
    Failed(String),
}

impl ProbeOutcome {
    /// Reads the response to a request with this redirect URI.
    pub(super) fn read(response: &HttpResponse, endpoint: &Url, redirect_uri: &str) -> Self {
        let page = Page::of(response, endpoint);
        match &page.target {
            Some(target) if leads_to(target, redirect_uri) => {
                refusal_in(target).map_or_else(|| Self::Other(page.clone()), Self::Refusal)
            }
            Some(_) | None => Self::of_page(page),
        }
    }

    /// What the provider's own page says.
    pub(super) fn of_page(page: Page) -> Self {
        match mistake(&page) {
            Some(mistake) => Self::Mistake(mistake, page),
            None => Self::Other(page),
        }
    }

    /// The error page at the provider's own origin that it redirects to.
    pub(super) fn error_page(&self, endpoint: &Url) -> Option<&Url> {
        let Self::Other(Page { target: Some(target), is_error: true, .. }) = self else { return None };
        (target.origin() == endpoint.origin()).then_some(target)
    }
}

/// The error response in an address. Some providers leave out its `state`, which says nothing about the settings.
fn refusal_in(address: &Url) -> Option<Refusal> {
    let value = |wanted: &str| {
        let mut values = address.query_pairs().filter(|(name, value)| name == wanted && !value.is_empty());
        values.next().map(|(_, value)| value.into_owned())
    };
    Some(Refusal { error: value("error")?, description: value("error_description") })
}

/// Whether `location` is `address`, apart from query and fragment.
pub(super) fn leads_to(location: &Url, address: &str) -> bool {
    Url::parse(address).is_ok_and(|address| without_query(location) == without_query(&address))
}

fn without_query(url: &Url) -> Url {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    url
}
