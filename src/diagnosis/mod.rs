//! Mistakes in the settings of a tenant, and what to change: one table, for the pages and for `doctor`.

mod misconfiguration;
mod refused_client;

use chrono::TimeDelta;
use url::Url;

pub use self::{
    misconfiguration::{Advice, Misconfiguration, Place, Section},
    refused_client::behind_refused_client,
};
use crate::sign_in::{
    check::{Check, CheckId},
    error::SignInError,
    exchange::ExchangeError,
    fetch::FetchError,
    http::HttpError,
    identity::Identity,
    issuer::{DISCOVERY, has_placeholder},
    metadata::UnusableField,
    organization::OrganizationMismatch,
    provider::ProviderError,
};

/// Up to this difference, the clocks are the likeliest reason why a token is too early or too late.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(5);

impl Misconfiguration {
    /// The misconfiguration behind a failed sign-in, if the error shows it.
    pub fn behind(error: &SignInError) -> Option<Self> {
        match error {
            SignInError::Provider(error) => Some(Self::behind_provider(error)),
            SignInError::Exchange(ExchangeError::Refused(refusal, used)) => behind_refused_client(refusal, *used),
            SignInError::IdToken(check) if check.id == CheckId::Algorithm => Some(Self::WrongAlgorithm),
            SignInError::UnusableKey(_) => Some(Self::KeyNotUsable),
            SignInError::IdToken(check) => Self::behind_time(check),
            SignInError::Organization(
                OrganizationMismatch::NoneNamed { .. } | OrganizationMismatch::IdMissing { .. }
            ) => Some(Self::NotForOrganizations),
            SignInError::Organization(OrganizationMismatch::NameMissing { .. }) => Some(Self::NamesNotAccepted),
            SignInError::Refused(_) // the pages' table of refusals has the advice
            | SignInError::Exchange(_)
            | SignInError::Organization(_)
            | SignInError::OrganizationsNotSupported { .. }
            | SignInError::Response(_) => None,
        }
    }

    /// The misconfiguration behind a time in a token that fails its check.
    fn behind_time(check: &Check) -> Option<Self> {
        if check.lacks_time() {
            return Some(Self::TokenTimeMissing);
        }
        check.missed_by().map(|missed| if missed > CLOCKS_DIFFER { Self::StaleToken } else { Self::TokenNearlyInTime })
    }

    /// Why a user has no license.
    pub fn behind_no_license(identity: &Identity) -> Option<Self> {
        if identity.license().is_some() {
            None
        } else if identity.organization().is_none() {
            Some(Self::NoOrganization)
        } else if identity.has_organization_claim() || identity.unknown_license().is_some() {
            Some(Self::LicenseNotSet)
        } else {
            Some(Self::ActionNotInFlow)
        }
    }

    /// The misconfiguration behind a provider that can't be used.
    pub fn behind_provider(error: &ProviderError) -> Self {
        match error {
            ProviderError::Fetch(error) => Self::behind_fetch(error),
            ProviderError::Field(UnusableField::NoUrl { .. }) => Self::DocumentIncomplete,
            ProviderError::Field(UnusableField::NotSecure { .. }) => Self::EndpointNotSecure,
            ProviderError::AnotherIssuer { found, .. } if has_placeholder(found) => Self::TenantNotNamed,
            ProviderError::AnotherIssuer { .. } => Self::AnotherIssuer,
            ProviderError::ClientAuthenticationNotOffered { offered }
                if offered.iter().any(|name| name.eq_ignore_ascii_case("none")) =>
            {
                Self::SecretNotAccepted
            }
            ProviderError::ClientAuthenticationNotOffered { .. } => Self::AuthenticationNotOffered,
            ProviderError::RedirectUri(_) => Self::CallbackNotRegistered,
        }
    }

    /// The misconfiguration behind a document that could not be fetched.
    pub fn behind_fetch(error: &FetchError) -> Self {
        match error {
            FetchError::Unreachable { cause, .. } if matches!(**cause, HttpError::NotTls | HttpError::NotHttp) => {
                Self::AnotherScheme
            }
            FetchError::Unreachable { .. } | FetchError::Aborted => Self::Unreachable,
            FetchError::Redirected { url, .. } if is_discovery(url) => Self::Moved,
            FetchError::Status { status, .. } if *status >= 500 => Self::Unreachable,
            FetchError::Malformed { url, .. } if !is_discovery(url) => Self::NoKeySet,
            FetchError::Redirected { .. } | FetchError::Status { .. } | FetchError::Malformed { .. } => {
                Self::WrongDomain
            }
        }
    }
}

fn is_discovery(url: &Url) -> bool {
    url.path().ends_with(DISCOVERY)
}
