//! The labels of metrics, and their values.

use prometheus_client::encoding::EncodeLabelSet;

use crate::sign_in::{
    auth0::Auth0Refusal,
    calls::{CallOutcome, Endpoint},
    error::SignInError,
    response::RefusalCase,
};

/// The classes of HTTP status codes: 100 to 199 and so on.
pub(super) const STATUS_CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// What the app did with an authorization response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInOutcome {
    /// The user is logged in.
    Success,
    /// The provider refused.
    Refused,
    /// The provider's discovery document or keys are unavailable, or can't be used.
    ProviderUnavailable,
    /// The response does not come from the provider, or does not belong to the attempt.
    ResponseInvalid,
    /// The code was not exchanged for tokens.
    ExchangeFailed,
    /// The ID token failed a check.
    IdTokenInvalid,
    /// The ID token is not for the organization that was asked for.
    WrongOrganization,
    /// The sign-in was revoked before its session began.
    Ended,
    /// The response belongs to no attempt of the browser, or is malformed. Anybody can send one.
    NoAttempt,
    /// The app failed: a store that can't be reached, or a bug.
    AppFailed,
}

impl SignInOutcome {
    pub(super) const ALL: [Self; 10] = [
        Self::Success,
        Self::Refused,
        Self::ProviderUnavailable,
        Self::ResponseInvalid,
        Self::ExchangeFailed,
        Self::IdTokenInvalid,
        Self::WrongOrganization,
        Self::Ended,
        Self::NoAttempt,
        Self::AppFailed,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Refused => "refused",
            Self::ProviderUnavailable => "provider_unavailable",
            Self::ResponseInvalid => "response_invalid",
            Self::ExchangeFailed => "exchange_failed",
            Self::IdTokenInvalid => "id_token_invalid",
            Self::WrongOrganization => "wrong_organization",
            Self::Ended => "ended",
            Self::NoAttempt => "no_attempt",
            Self::AppFailed => "app_failed",
        }
    }
}

impl From<&SignInError> for SignInOutcome {
    fn from(error: &SignInError) -> Self {
        match error {
            SignInError::Refused(_) => Self::Refused,
            SignInError::Provider(_) => Self::ProviderUnavailable,
            SignInError::Response(_) => Self::ResponseInvalid,
            SignInError::Exchange(_) => Self::ExchangeFailed,
            SignInError::IdToken(_) | SignInError::UnusableKey(_) => Self::IdTokenInvalid,
            SignInError::Organization(_) | SignInError::OrganizationsNotSupported { .. } => Self::WrongOrganization,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct StatusLabels {
    status: &'static str,
}

impl From<&'static str> for StatusLabels {
    fn from(status: &'static str) -> Self {
        Self { status }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct SignInLabels {
    outcome: &'static str,
}

impl From<SignInOutcome> for SignInLabels {
    fn from(outcome: SignInOutcome) -> Self {
        Self { outcome: outcome.name() }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct CallLabels {
    endpoint: &'static str,
    outcome: &'static str,
}

impl CallLabels {
    pub(super) fn of(endpoint: Endpoint, outcome: CallOutcome) -> Self {
        Self { endpoint: endpoint.name(), outcome: outcome.name() }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct RefusalLabels {
    case: &'static str,
}

impl From<RefusalCase> for RefusalLabels {
    fn from(case: RefusalCase) -> Self {
        let case = match case {
            RefusalCase::UserDenied => "user_denied",
            RefusalCase::PolicyDenied => "policy_denied",
            RefusalCase::NotCompleted => "not_completed",
            RefusalCase::OrganizationsNotSupported => "organizations_not_supported",
            RefusalCase::ClientNotAllowed => "client_not_allowed",
            RefusalCase::ScopeNotAllowed => "scope_not_allowed",
            RefusalCase::InteractionRequired => "interaction_required",
            RefusalCase::NotSupported => "not_supported",
            RefusalCase::ServerError => "server_error",
            RefusalCase::TemporarilyUnavailable => "temporarily_unavailable",
            RefusalCase::InvalidRequest => "invalid_request",
            RefusalCase::Unknown => "unknown",
            RefusalCase::Auth0(refusal) => match refusal {
                Auth0Refusal::NotAMember => "not_a_member",
                Auth0Refusal::NoOrganization => "no_organization",
                Auth0Refusal::InvitationForAnother => "invitation_for_another",
                Auth0Refusal::InvalidInvitation => "invalid_invitation",
                Auth0Refusal::UnknownOrganization => "unknown_organization",
                Auth0Refusal::NamesNotAccepted => "names_not_accepted",
                Auth0Refusal::OrganizationRequired => "organization_required",
                Auth0Refusal::NotForOrganizations => "not_for_organizations",
                Auth0Refusal::ConnectionNotEnabled => "connection_not_enabled",
            },
        };
        Self { case }
    }
}
