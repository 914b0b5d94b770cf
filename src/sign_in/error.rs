//! Everything that can go wrong on the way to an identity.

use super::{
    check::Check,
    exchange::ExchangeError,
    id_token::Rejected,
    key_set::UnusableKey,
    organization::{OrganizationMismatch, OrganizationRef},
    provider::ProviderError,
    response::Refusal,
};

/// Why a sign-in failed.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The discovery document or the keys are unavailable, or can't be used.
    #[error("the app can't use the provider: {0}")]
    Provider(#[from] ProviderError),
    /// The response does not come from the provider, or does not belong to this attempt.
    #[error("the response failed a check: {0}")]
    Response(Check),
    /// The response is an error.
    #[error("the provider returned an error: {0}")]
    Refused(Refusal),
    /// The code was not exchanged.
    #[error("{0}")]
    Exchange(#[from] ExchangeError),
    /// The ID token failed a check.
    #[error("the ID token failed a check: {0}")]
    IdToken(Check),
    /// The ID token's signature can't be checked.
    #[error("in the provider's key set, {0}")]
    UnusableKey(Box<UnusableKey>),
    /// The ID token is valid, but not for the organization that was asked for.
    #[error("{0}")]
    Organization(OrganizationMismatch),
    /// The ID token is valid, but the provider, which is not Auth0, ignored the organization that was asked for.
    #[error("the app asked for the organization {:?}, but the provider does not support organizations", asked.to_string())]
    OrganizationsNotSupported { asked: OrganizationRef },
}

impl SignInError {
    /// The provider's refusal, if the response is one.
    pub fn refusal(&self) -> Option<&Refusal> {
        if let Self::Refused(refusal) = self { Some(refusal) } else { None }
    }
}

impl From<Rejected> for SignInError {
    fn from(rejected: Rejected) -> Self {
        match rejected {
            Rejected::Check(check) => Self::IdToken(check),
            Rejected::UnusableKey(key) => Self::UnusableKey(key),
            Rejected::Organization(mismatch) => Self::Organization(mismatch),
        }
    }
}
