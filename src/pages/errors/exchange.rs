//! The rows of the table behind the error pages ([`super::error_words`]) for a code that was not exchanged.

use actix_web::http::StatusCode;

use super::message::{ErrorMessage, row};
use crate::sign_in::{exchange::ExchangeError, http::HttpError};

/// The error's row.
pub(crate) fn message(error: &ExchangeError) -> ErrorMessage {
    match error {
        ExchangeError::NotSent(_) => row(
            StatusCode::SERVICE_UNAVAILABLE,
            "The provider can't be reached",
            "You signed in at the provider, but then the app could not connect to it.",
            "Your sign-in is not lost: reload this page in a moment to complete it.",
        ),
        ExchangeError::Unreachable(cause) => row(
            StatusCode::SERVICE_UNAVAILABLE,
            "The provider can't be reached",
            match cause {
                HttpError::ServerError(status) => {
                    format!(
                        "You signed in at the provider, but then it answered the app with an error (status {status})."
                    )
                }
                _ => "You signed in at the provider, but then it did not answer the app.".to_owned(),
            },
            "Try again in a moment.",
        ),
        ExchangeError::Refused(_) => row(
            StatusCode::BAD_GATEWAY,
            "The provider did not exchange the code",
            "You signed in at the provider, but it did not give the app an ID token for it.",
            "Try again: a code works once, and not for long.",
        ),
        ExchangeError::Malformed | ExchangeError::NoIdToken => row(
            StatusCode::BAD_GATEWAY,
            "The provider's answer can't be used",
            "You signed in at the provider, but its token response has no ID token that can be read.",
            None,
        ),
    }
}
