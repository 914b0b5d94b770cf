//! The logout request (OpenID Connect RP-Initiated Logout 1.0, 2).

use openidconnect::{ClientId, LogoutRequest, PostLogoutRedirectUrl};
use url::Url;

use super::{
    identity::Identity,
    provider::{ClientSettings, Metadata},
};

/// The longest ID token that is sent as a hint, in bytes: longer addresses are cut off on the way.
const MAXIMUM_HINT: usize = 4096;

/// Where to send the browser so that the provider ends its session too; `None` where the provider has no such place.
///
/// `federated` asks Auth0 to end the session at the user's own identity provider as well: without that, the next sign-in
/// through it is silent, as the same user.
#[must_use]
pub fn logout_url(
    settings: &ClientSettings,
    metadata: &Metadata,
    identity: Option<&Identity>,
    federated: bool,
) -> Option<Url> {
    let endpoint = metadata.additional_metadata().end_session_endpoint.clone();
    let is_auth0 = settings.issuer.host_str().is_some_and(|host| host.ends_with(".auth0.com"));
    match endpoint {
        Some(endpoint) if !(federated && is_auth0) => {
            let back = PostLogoutRedirectUrl::new(settings.post_logout_redirect_uri.clone()).ok()?;
            let request = LogoutRequest::from(endpoint)
                .set_client_id(ClientId::new(settings.client_id.clone()))
                .set_post_logout_redirect_uri(back);
            let mut url = request.http_get_url();
            if let Some(hint) = identity.map(Identity::id_token).filter(|hint| hint.len() <= MAXIMUM_HINT) {
                url.query_pairs_mut().append_pair("id_token_hint", hint);
            }
            Some(url)
        }
        _ if is_auth0 => {
            let mut url = settings.issuer.join("/v2/logout").ok()?;
            url.query_pairs_mut()
                .append_pair("client_id", &settings.client_id)
                .append_pair("returnTo", &settings.post_logout_redirect_uri);
            if federated {
                url.query_pairs_mut().append_key_only("federated");
            }
            Some(url)
        }
        _ => None,
    }
}
