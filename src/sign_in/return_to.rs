//! The one place that decides where a redirect after sign-in may go.

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use url::Url;

/// The longest `return_to` that is accepted, in characters.
pub const MAXIMUM_LENGTH: usize = 512;

/// A page of this app, as path and query: never another origin, never a page that signs in or out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnTo(String);

impl ReturnTo {
    /// `None` unless the text is a page of this app that a sign-in may return to.
    ///
    /// Browsers read a `Location` as the URL Standard says: `//host`, `/\host` and `/<tab>/host` lead to another host.
    /// So the text is resolved as a browser would resolve it, against an origin that cannot exist, and the resolved
    /// path is kept.
    pub fn parse(text: &str) -> Option<Self> {
        let base = Url::parse("http://this-app.invalid/").ok()?;
        if !text.starts_with('/') || text.contains('\\') || text.chars().any(char::is_control) {
            return None;
        }
        let url = base.join(text).ok()?;
        let is_other_origin = url.origin() != base.origin() || !url.username().is_empty() || url.password().is_some();
        // A path of `//host` would lead to another host once it stands alone in `Location`.
        if is_other_origin || url.path().starts_with("//") || begins_or_ends_a_session(&url) {
            return None;
        }
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        Some(Self(format!("{}{query}", url.path())))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether this is `/login`, `/logout` or `/callback`, however encoded, or has an authorization response.
fn begins_or_ends_a_session(url: &Url) -> bool {
    // Decoded, since servers match routes on the decoded path.
    let path = percent_decode_str(url.path()).decode_utf8_lossy();
    let path = path.trim_end_matches('/').to_ascii_lowercase();
    let is_reserved = ["/login", "/logout", "/callback", "/backchannel-logout"].contains(&path.as_str());
    is_reserved || url.query_pairs().any(|(name, _)| ["code", "error", "state"].contains(&name.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::page("/profile", "/profile")]
    #[case::page_with_a_query("/features/activity.csv?day=1&x=%2F", "/features/activity.csv?day=1&x=%2F")]
    #[case::start("/", "/")]
    #[case::dots("/a/../features", "/features")]
    #[case::fragment_is_dropped("/profile#claims", "/profile")]
    #[case::not_ascii("/ö", "/%C3%B6")]
    fn a_page_of_this_app_is_kept(#[case] text: &str, #[case] kept: &str) {
        assert_eq!(ReturnTo::parse(text).unwrap().as_str(), kept);
    }

    /// Attacks: an open redirect after sign-in; a sign-in that leads to another sign-in, a sign-out or a forged
    /// response.
    #[test]
    fn every_spelling_of_another_place_is_ignored() {
        let spellings = include_str!("../../tests/integration/open_redirects.txt").lines();
        let mut count = 0;
        for line in spellings.filter(|line| !line.starts_with('#')) {
            let spelling = line.replace("\\t", "\t").replace("\\r", "\r").replace("\\n", "\n");
            assert_eq!(ReturnTo::parse(&spelling), None, "{spelling:?}");
            count += 1;
        }
        assert!(count >= 40, "only {count} spellings were read");
    }
}
