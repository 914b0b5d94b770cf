//! Everything that can go wrong on the way to an identity, named once.

use super::{
    check::Check, exchange::ExchangeError, id_token::Rejected, organization::OrganizationMismatch,
    provider::ProviderError, response::Refusal,
};

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The provider's description or its keys are not to be had.
    #[error("the provider: {0}")]
    Provider(#[from] ProviderError),
    /// The answer is not the provider's answer to this attempt.
    #[error("the answer does not pass the check of {0}")]
    Response(Check),
    /// The provider refused.
    #[error("the provider refused: {0}")]
    Refused(Refusal),
    /// The code was not exchanged.
    #[error("{0}")]
    Exchange(#[from] ExchangeError),
    /// The token is not genuine.
    #[error("the token does not pass the check of {0}")]
    IdToken(Check),
    /// The ID token is genuine, but not for the organization that was asked for.
    #[error("{0}")]
    Organization(OrganizationMismatch),
}

impl From<Rejected> for SignInError {
    fn from(rejected: Rejected) -> Self {
        match rejected {
            Rejected::Check(check) => Self::IdToken(check),
            Rejected::Organization(mismatch) => Self::Organization(mismatch),
        }
    }
}
