//! What only Auth0 does, beyond the standards.

use serde::{Deserialize, Serialize};
use url::Url;

/// Whether the text is an organization's id rather than a name.
pub(super) fn is_organization_id(text: &str) -> bool {
    text.starts_with("org_")
}

/// The connection in the subject of a user who signed in through an enterprise connection: the middle of
/// `okta|Okta1|00u9mgvq4`. Other subjects, such as `auth0|5f7c8ec7c33c6c004bbafe82`, name none.
pub(super) fn connection(subject: &str) -> Option<&str> {
    let mut parts = subject.split('|');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(_), Some(connection), Some(_), None) => Some(connection),
        _ => None,
    }
}

/// Whether the domain is Auth0's. A tenant with a custom domain is not recognized.
pub(super) fn is_tenant(issuer: &Url) -> bool {
    issuer.host_str().is_some_and(|host| host.ends_with(".auth0.com"))
}

/// Whether these are the paths of Auth0's endpoints. They are the same under a custom domain.
pub(super) fn has_endpoints(authorization: &Url, token: &Url) -> bool {
    authorization.path() == "/authorize" && token.path() == "/oauth/token"
}

/// Auth0's own logout, older than the standard's. `federated` also ends the session at the user's own identity
/// provider.
pub(super) fn logout_url(issuer: &Url, client_id: &str, return_to: &str, federated: bool) -> Option<Url> {
    let mut url = issuer.join("/v2/logout").ok()?;
    url.query_pairs_mut().append_pair("client_id", client_id).append_pair("returnTo", return_to);
    if federated {
        url.query_pairs_mut().append_key_only("federated");
    }
    Some(url)
}

/// Why Auth0 refused, by the wording of `error_description`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Auth0Refusal {
    /// The user is not a member of the organization.
    NotAMember,
    /// The user is a member of no organization, and the application is for members only.
    NoOrganization,
    /// The invitation is for another account. It is used up nevertheless.
    InvitationForAnother,
    /// The invitation does not exist, was used, or has expired.
    InvalidInvitation,
    /// The tenant accepts only ids in `organization`.
    NamesNotAccepted,
    /// The application is set up for members of organizations, and the request names no organization.
    OrganizationRequired,
    /// The application is not set up for organizations.
    NotForOrganizations,
    /// The connection is not enabled for the organization or the application.
    ConnectionNotEnabled,
    /// There is no such organization.
    UnknownOrganization,
}

/// The wordings: `error`, words that must all be in `error_description` (in lower case), and the meaning. The first row
/// that matches counts. Wordings change, so each row has as few words as distinguish the cases.
const WORDINGS: [(&str, &[&str], Auth0Refusal); 17] = [
    ("access_denied", &["does not belong to any organization"], Auth0Refusal::NoOrganization),
    ("access_denied", &["user", "not part of", "organization"], Auth0Refusal::NotAMember),
    ("access_denied", &["not a member", "organization"], Auth0Refusal::NotAMember),
    ("access_denied", &["account", "accept", "invitation"], Auth0Refusal::InvitationForAnother),
    ("access_denied", &["invitation", "not found"], Auth0Refusal::InvalidInvitation),
    ("access_denied", &["invitation", "already used"], Auth0Refusal::InvalidInvitation),
    ("access_denied", &["invitation", "expired"], Auth0Refusal::InvalidInvitation),
    // Before the others, since the text repeats the organization that was asked for, whatever it is called.
    ("invalid_request", &["organization", "does not exist"], Auth0Refusal::UnknownOrganization),
    ("invalid_request", &["unknown organization"], Auth0Refusal::UnknownOrganization),
    ("invalid_request", &["must be an organization id"], Auth0Refusal::NamesNotAccepted),
    ("invalid_request", &["organization is required"], Auth0Refusal::OrganizationRequired),
    ("invalid_request", &["requires organization"], Auth0Refusal::OrganizationRequired),
    ("invalid_request", &["invitation"], Auth0Refusal::InvalidInvitation),
    ("invalid_request", &["connection"], Auth0Refusal::ConnectionNotEnabled),
    ("invalid_request", &["organization", "client"], Auth0Refusal::NotForOrganizations),
    ("invalid_request", &["organization", "not allowed"], Auth0Refusal::NotForOrganizations),
    ("invalid_request", &["organization"], Auth0Refusal::UnknownOrganization),
];

impl Auth0Refusal {
    /// `None` if no wording matches.
    pub(super) fn of(error: &str, description: &str) -> Option<Self> {
        let description = description.to_lowercase();
        let is_it = |code: &str, words: &[&str]| code == error && words.iter().all(|word| description.contains(word));
        WORDINGS.iter().find(|(code, words, _)| is_it(code, words)).map(|(_, _, refusal)| *refusal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("access_denied", "user okta|Okta2|00u is not part of the org_a organization", Auth0Refusal::NotAMember)]
    #[case("access_denied", "You are not a member of this organization", Auth0Refusal::NotAMember)]
    #[case("access_denied", "invitation not found or already used", Auth0Refusal::InvalidInvitation)]
    #[case(
        "access_denied",
        "client requires organization membership, but user does not belong to any organization",
        Auth0Refusal::NoOrganization
    )]
    #[case(
        "access_denied",
        "the specified account is not allowed to accept the current invitation",
        Auth0Refusal::InvitationForAnother
    )]
    #[case("invalid_request", "the organization client-acme does not exist", Auth0Refusal::UnknownOrganization)]
    #[case("invalid_request", "the organization connections does not exist", Auth0Refusal::UnknownOrganization)]
    #[case("invalid_request", "the organization invitation does not exist", Auth0Refusal::UnknownOrganization)]
    #[case(
        "invalid_request",
        "the organization client requires organization does not exist",
        Auth0Refusal::UnknownOrganization
    )]
    #[case(
        "invalid_request",
        "authorization request parameter organization must be an organization id",
        Auth0Refusal::NamesNotAccepted
    )]
    #[case("invalid_request", "parameter organization is required for this client", Auth0Refusal::OrganizationRequired)]
    #[case(
        "invalid_request",
        "parameter organization is not allowed for this client",
        Auth0Refusal::NotForOrganizations
    )]
    #[case("invalid_request", "the connection is not enabled for the organization", Auth0Refusal::ConnectionNotEnabled)]
    #[case("invalid_request", "unknown organization \"org9\"", Auth0Refusal::UnknownOrganization)]
    #[case("invalid_request", "invitation not found or already used", Auth0Refusal::InvalidInvitation)]
    fn a_refusal_is_told_by_auth0s_words(
        #[case] error: &str,
        #[case] description: &str,
        #[case] refusal: Auth0Refusal,
    ) {
        assert_eq!(Auth0Refusal::of(error, description), Some(refusal));
    }

    #[rstest::rstest]
    #[case("access_denied", "Unexpected token u in JSON at position 0")]
    #[case("access_denied", "")]
    #[case("access_denied", "You need an invitation to use this app")]
    #[case("access_denied", "Your organization is not part of the pilot")]
    #[case("invalid_request", "missing response_type")]
    #[case("server_error", "the organization does not exist")]
    fn other_words_tell_nothing(#[case] error: &str, #[case] description: &str) {
        assert_eq!(Auth0Refusal::of(error, description), None);
    }
}
