//! The authorization response: code or error (RFC 6749, 4.1.2; OpenID Connect Core 1.0, 3.1.2.5 and 3.1.2.6). Pure.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};
use url::form_urlencoded;

use super::{
    auth0::Auth0Refusal,
    check::{Check, CheckId, Expected, Found},
    denial::DeniedBy,
    record::Parameter,
};
use crate::text::{MAXIMUM_SHOWN, shorten};

/// The longest value of a parameter that is accepted, in bytes; descriptions are longer than codes.
const MAXIMUM_VALUE: usize = 8 * 1024;

/// The authorization response as the browser brings it. Nothing in it is verified yet.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthorizationResponse {
    pub state: String,
    /// `iss`: who claims to have sent it (RFC 9207).
    pub issuer: Option<String>,
    pub outcome: Outcome,
}

#[derive(Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The provider signed the user in.
    Code(String),
    /// The provider did not.
    Refusal(Refusal),
}

/// Why a query is not an authorization response.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum MalformedResponse {
    /// RFC 6749, 3.1: parameters must not be included more than once.
    #[error("a parameter occurs more than once")]
    Duplicate,
    /// Longer than anything a provider sends.
    #[error("a parameter is too long")]
    TooLong,
    /// A code or an error without `state`: the response belongs to no attempt.
    #[error("state is missing")]
    NoState,
    /// There are none of a response's parameters.
    #[error("the response has no parameters")]
    Absent,
    #[error("the response must have either a code or an error")]
    NoOutcome,
}

impl AuthorizationResponse {
    /// Whether the front page's query has an authorization response, valid or not. A code alone is not enough: other
    /// links have a `code` too.
    pub fn is_in(query: &str) -> bool {
        form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "error" || name == "state")
    }

    /// Whether the front page's query may be an authorization response whose `state` the provider left out. A query
    /// with `success` is not: Auth0 sends users here with `success=true&code=success` after they verified their email
    /// address.
    pub fn may_be_in(query: &str) -> bool {
        let has = |wanted: &str| {
            form_urlencoded::parse(query.as_bytes()).any(|(name, value)| name == wanted && !value.is_empty())
        };
        has("code") && !form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "success")
    }

    /// Reads the query that came to the redirect URI.
    pub fn parse(query: &str) -> Result<Self, MalformedResponse> {
        let mut parameters = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if value.len() > MAXIMUM_VALUE {
                return Err(MalformedResponse::TooLong);
            }
            if parameters.insert(name.into_owned(), value.into_owned()).is_some() {
                return Err(MalformedResponse::Duplicate);
            }
        }
        let mut take = |name: &str| parameters.remove(name).filter(|value| !value.is_empty());
        let state = take("state");
        let outcome = match (take("code"), take("error")) {
            (Some(code), None) => Outcome::Code(code),
            (None, Some(error)) => Outcome::Refusal(Refusal { error, description: take("error_description") }),
            (None, None) if state.is_none() => return Err(MalformedResponse::Absent),
            _ => return Err(MalformedResponse::NoOutcome),
        };
        let state = state.ok_or(MalformedResponse::NoState)?;
        Ok(Self { state, issuer: take("iss"), outcome })
    }

    /// Whether the response comes from the provider. If discovery promises `iss`, a response without it comes from
    /// somebody else (RFC 9207, 2.4: mix-up attacks).
    pub(super) fn check_issuer(&self, expected: &str, is_promised: bool) -> Check {
        let is_good = self.issuer.as_deref().map_or(!is_promised, |found| found == expected);
        let expectation = if is_promised { Expected::Exactly } else { Expected::AbsentOr };
        let found = self.issuer.clone().map_or(Found::Absent, Found::Text);
        Check::new(CheckId::ResponseIssuer, expectation(expected.to_owned()), found, is_good)
    }

    /// The parameters, without the code, in the order of the standard.
    pub(super) fn shown(&self) -> Vec<Parameter> {
        let outcome = match &self.outcome {
            Outcome::Code(_) => vec![Parameter::secret("code")],
            Outcome::Refusal(refusal) => {
                let description = refusal.description.as_deref();
                let description = description.map(|text| Parameter::shown("error_description", text));
                std::iter::once(Parameter::shown("error", &refusal.error)).chain(description).collect()
            }
        };
        let issuer = self.issuer.as_deref().map(|issuer| Parameter::shown("iss", issuer));
        outcome.into_iter().chain([Parameter::shown("state", &self.state)]).chain(issuer).collect()
    }
}

/// An error response, in the provider's own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The code, such as `access_denied`.
    pub error: String,
    /// `error_description`, for people.
    pub description: Option<String>,
}

impl fmt::Display for Refusal {
    /// Escaped and shortened, since it goes into the log.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", shorten(&self.error, MAXIMUM_SHOWN))?;
        match &self.description {
            Some(description) => write!(formatter, ": {:?}", shorten(description, MAXIMUM_SHOWN)),
            None => Ok(()),
        }
    }
}

/// Why a provider refused, judged by the error code, or by the wording if that says more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalCase {
    /// The user pressed Cancel, or declined the consent.
    #[serde(rename = "by_the_user")] // as earlier versions have stored it
    UserDenied,
    /// The provider denied access for another reason, such as a rule that its administrator set.
    #[serde(rename = "by_a_rule")] // as earlier versions have stored it
    PolicyDenied,
    /// `access_denied`, and the description does not say who refused: the user or the provider.
    NotCompleted,
    /// The provider does not know the parameter `organization`, which is not in a standard.
    OrganizationsNotSupported,
    /// `unauthorized_client` and the like: the client may not do this.
    ClientNotAllowed,
    /// `invalid_scope`: a scope is unknown, or not for this client.
    ScopeNotAllowed,
    /// `login_required`, `mfa_required` and the like: the provider needs something more from the user.
    InteractionRequired,
    /// The provider does not support what the request asks for.
    NotSupported,
    /// `server_error`.
    ServerError,
    /// `temporarily_unavailable`.
    TemporarilyUnavailable,
    /// `invalid_request` without a description that says why.
    InvalidRequest,
    /// An error code of none of these standards, or a case that another version of the app stored.
    #[default]
    Unknown,
    /// Recognized by Auth0's wording. Stored as its name alone, like the other cases.
    #[serde(untagged)]
    Auth0(Auth0Refusal),
}

impl Refusal {
    /// Which case it is. The codes are those of RFC 6749, 4.1.2.1, and OpenID Connect Core 1.0, 3.1.2.6, and others
    /// that providers use.
    pub fn case(&self) -> RefusalCase {
        let description = self.description.as_deref().unwrap_or_default();
        if self.refuses_organization_parameter(description) {
            return RefusalCase::OrganizationsNotSupported;
        }
        if let Some(refusal) = Auth0Refusal::of(&self.error, description) {
            return RefusalCase::Auth0(refusal);
        }
        match self.error.as_str() {
            "access_denied" => match DeniedBy::of(description) {
                DeniedBy::User => RefusalCase::UserDenied,
                DeniedBy::Provider => RefusalCase::PolicyDenied,
                DeniedBy::Unsaid => RefusalCase::NotCompleted,
            },
            "invalid_request" => RefusalCase::InvalidRequest,
            "unauthorized_client" | "invalid_client" => RefusalCase::ClientNotAllowed,
            "invalid_scope" => RefusalCase::ScopeNotAllowed,
            "unsupported_response_type"
            | "unsupported_response_mode"
            | "request_not_supported"
            | "request_uri_not_supported"
            | "registration_not_supported"
            | "invalid_request_uri"
            | "invalid_request_object" => RefusalCase::NotSupported,
            "server_error" => RefusalCase::ServerError,
            "temporarily_unavailable" => RefusalCase::TemporarilyUnavailable,
            // Some providers say in the code that the user refused, as in `user_cancelled_login`.
            code if [code, description].map(DeniedBy::of).contains(&DeniedBy::User) => RefusalCase::UserDenied,
            // Auth0: the user is blocked.
            "unauthorized" => RefusalCase::PolicyDenied,
            "login_required"
            | "interaction_required"
            | "consent_required"
            | "account_selection_required"
            | "unmet_authentication_requirements"
            | "insufficient_user_authentication" // RFC 9470, 3
            | "mfa_required"
            | "mfa_registration_required" => RefusalCase::InteractionRequired,
            _ => RefusalCase::Unknown,
        }
    }

    /// Whether the provider refuses the parameter `organization` itself, rather than its value.
    fn refuses_organization_parameter(&self, description: &str) -> bool {
        let codes = ["invalid_request", "invalid_parameter", "unknown_parameter", "unsupported_parameter"];
        let description = description.to_lowercase();
        let says = |words: &[&str]| words.iter().any(|words| description.contains(words));
        codes.contains(&self.error.as_str())
            && ["organization", "parameter"].iter().all(|word| description.contains(word))
            && says(&["unknown", "unrecogni", "unsupported", "unexpected", "not supported", "not recogni", "not known"])
            && !says(&["unknown organization", "does not exist"])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::twice("code=a&state=b&state=c", MalformedResponse::Duplicate)]
    #[case::code_twice("code=a&code=a&state=b", MalformedResponse::Duplicate)]
    #[case::both("code=a&error=b&state=c", MalformedResponse::NoOutcome)]
    #[case::neither("state=c", MalformedResponse::NoOutcome)]
    #[case::empty_code("code=&state=c", MalformedResponse::NoOutcome)]
    #[case::no_state("code=a", MalformedResponse::NoState)]
    #[case::no_state_of_an_error("error=b&error_description=c", MalformedResponse::NoState)]
    #[case::empty_state("code=a&state=", MalformedResponse::NoState)]
    #[case::nothing("", MalformedResponse::Absent)]
    #[case::nothing_but_empty("code=&error=&state=", MalformedResponse::Absent)]
    #[case::something_else("iss=a&foo=b", MalformedResponse::Absent)]
    fn a_malformed_response_is_refused(#[case] query: &str, #[case] why: MalformedResponse) {
        assert_eq!(AuthorizationResponse::parse(query).err(), Some(why));
    }

    #[rstest::rstest]
    #[case("access_denied", "User did not authorize the request", RefusalCase::UserDenied)]
    #[case("access_denied", "Unexpected token u in JSON at position 0", RefusalCase::PolicyDenied)]
    #[case("access_denied", "", RefusalCase::NotCompleted)]
    #[case(
        "access_denied",
        "user a is not part of the org_a organization",
        RefusalCase::Auth0(Auth0Refusal::NotAMember)
    )]
    #[case("unauthorized", "user is blocked", RefusalCase::PolicyDenied)]
    #[case("unauthorized", "", RefusalCase::PolicyDenied)]
    #[case("user_cancelled_login", "", RefusalCase::UserDenied)]
    #[case("consent_required", "AADSTS65004: User declined to consent to access the app.", RefusalCase::UserDenied)]
    #[case("mfa_required", "Multifactor authentication required", RefusalCase::InteractionRequired)]
    #[case("server_error", "User cancelled", RefusalCase::ServerError)]
    #[case("invalid_request", "Unknown parameter: organization", RefusalCase::OrganizationsNotSupported)]
    #[case("unsupported_parameter", "parameter 'organization' is unsupported", RefusalCase::OrganizationsNotSupported)]
    #[case(
        "invalid_request",
        "the organization unknown-parameter does not exist",
        RefusalCase::Auth0(Auth0Refusal::UnknownOrganization)
    )]
    #[case("invalid_request", "missing response_type", RefusalCase::InvalidRequest)]
    #[case("consent_required", "", RefusalCase::InteractionRequired)]
    #[case("unauthorized_client", "", RefusalCase::ClientNotAllowed)]
    #[case("invalid_client", "", RefusalCase::ClientNotAllowed)]
    #[case("invalid_scope", "", RefusalCase::ScopeNotAllowed)]
    #[case("request_not_supported", "", RefusalCase::NotSupported)]
    #[case("temporarily_unavailable", "", RefusalCase::TemporarilyUnavailable)]
    #[case("teapot", "short and stout", RefusalCase::Unknown)]
    fn a_refusal_is_told_by_its_code_and_its_words(
        #[case] error: &str,
        #[case] description: &str,
        #[case] case: RefusalCase,
    ) {
        let refusal = Refusal { error: error.to_owned(), description: Some(description.to_owned()) };
        assert_eq!(refusal.case(), case);
    }

    /// The store has cases that other versions wrote.
    #[rstest::rstest]
    #[case("server_error", RefusalCase::ServerError)]
    #[case("by_a_rule", RefusalCase::PolicyDenied)]
    #[case("by_the_user", RefusalCase::UserDenied)]
    #[case("not_a_member", RefusalCase::Auth0(Auth0Refusal::NotAMember))]
    #[case("unknown_organization", RefusalCase::Auth0(Auth0Refusal::UnknownOrganization))]
    fn a_case_is_stored_as_its_name(#[case] name: &str, #[case] case: RefusalCase) {
        assert_eq!(serde_json::to_value(case).unwrap(), name);
        assert_eq!(serde_json::from_value::<RefusalCase>(name.into()).unwrap(), case);
    }

    #[test]
    fn a_case_of_another_version_is_unknown() {
        let case = crate::compatibility::known_or_default::<RefusalCase, _>(serde_json::json!("by_the_moon"));
        assert_eq!(case.unwrap(), RefusalCase::Unknown);
    }
}
