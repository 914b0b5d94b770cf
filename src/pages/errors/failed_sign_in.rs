//! The messages for [`SignInError`]: a row for each way in which a sign-in fails.

use actix_web::http::StatusCode;

use super::{
    message::{ErrorMessage, row},
    refusals::{NO_ORGANIZATIONS_HERE, RefusalMessage},
    ways_out::WaysOut,
};
use crate::{
    diagnosis::{Advice, Misconfiguration},
    sign_in::{
        check::{Check, Found},
        error::SignInError,
        exchange::ExchangeError,
        fetch::FetchError,
        http::HttpError,
        organization::OrganizationMismatch,
        provider::ProviderError,
        response::Refusal,
    },
    text::without_direction,
};

/// What the page of a failed sign-in says. `asked` is the organization that was asked for, as it is shown.
pub(super) fn failed_sign_in(error: &SignInError, asked: &str) -> ErrorMessage {
    let message = match error {
        SignInError::Refused(refusal) => refused(refusal, asked),
        SignInError::Provider(error) => provider(error),
        SignInError::Response(_) => row(
            StatusCode::BAD_REQUEST,
            "The response came from another provider",
            "The response does not name the provider that the app sent you to, so the app stopped the sign-in.",
            None,
        ),
        SignInError::Exchange(error) => exchange(error),
        SignInError::IdToken(check) => id_token(check),
        SignInError::UnusableKey(key) => row(
            StatusCode::BAD_GATEWAY,
            "The ID token can't be trusted",
            format!("The app can't check its signature: in the provider's key set, {key}."),
            None,
        ),
        SignInError::Organization(mismatch) => organization(mismatch, asked),
        SignInError::OrganizationsNotSupported { .. } => organizations_not_supported(asked),
    };
    // If a setting is to blame, changing it is what helps.
    let advice = Misconfiguration::behind(error).map(Misconfiguration::advice).or(message.advice);
    ErrorMessage { advice: advice.map(Advice::or_see_log), ..message }
}

fn refused(refusal: &Refusal, asked: &str) -> ErrorMessage {
    let row = RefusalMessage::of(refusal.case());
    ErrorMessage {
        // By the error code, since some cases have several.
        status: match refusal.error.as_str() {
            "access_denied" | "unauthorized" => StatusCode::FORBIDDEN,
            "server_error" => StatusCode::BAD_GATEWAY,
            "temporarily_unavailable" => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        },
        title: row.title,
        text: (row.text)(asked),
        advice: row.advice,
        ways_out: row.ways_out,
    }
}

fn id_token(check: &Check) -> ErrorMessage {
    let why = if !check.lacks_time() {
        ""
    } else if check.found == Found::Absent {
        " The provider's token lacks it."
    } else {
        " In the provider's token it is not a number."
    };
    row(
        StatusCode::BAD_GATEWAY,
        "The ID token can't be trusted",
        format!("{}: failed.{why} The app stopped the sign-in.", check.id.label()),
        Advice::new(
            "The token may be forged or belong to another sign-in. Try again. If it happens again, send the details on this \
             page to the provider's administrator.",
        ),
    )
}

fn provider(error: &ProviderError) -> ErrorMessage {
    let (title, text) = if !error.is_response() {
        ("The provider can't be reached", format!("The provider does not respond to the app: {error}."))
    } else if let ProviderError::Fetch(FetchError::Redirected { url, status, .. }) = error {
        // Where it leads is for administrators: users could mistake it for a link.
        (
            "The provider can't be used",
            format!("{url} returned status {status}: a redirect, which the app does not follow."),
        )
    } else {
        ("The provider can't be used", format!("The app can't use what the provider returned: {error}."))
    };
    row(StatusCode::SERVICE_UNAVAILABLE, title, without_direction(&text), None)
}

fn exchange(error: &ExchangeError) -> ErrorMessage {
    match error {
        ExchangeError::NotSent(_) => row(
            StatusCode::SERVICE_UNAVAILABLE,
            "The provider can't be reached",
            "You logged in at the provider, but then the app could not connect to it.",
            Advice::new("Your sign-in is not lost. Reload this page in a moment to complete it."),
        ),
        ExchangeError::Unreachable(cause) => {
            let what = if let HttpError::ServerError(status) = cause {
                format!("it returned an error to the app (status {status})")
            } else {
                "it did not respond to the app".to_owned()
            };
            row(
                StatusCode::SERVICE_UNAVAILABLE,
                "The provider can't be reached",
                format!("You logged in at the provider, but then {what}."),
                Advice::new("Try again in a moment."),
            )
        }
        ExchangeError::Refused(_, authentication) => row(
            StatusCode::BAD_GATEWAY,
            "The provider did not exchange the code",
            format!(
                "You logged in at the provider, but it did not give the app an ID token. The client authentication method \
                 was {}.",
                authentication.name()
            ),
            Advice::new("Try again: a code works only once, and only for a short time."),
        ),
        ExchangeError::Malformed { status } => row(
            StatusCode::BAD_GATEWAY,
            "The provider's response can't be used",
            format!(
                "You logged in at the provider, but what its token endpoint returned (status {status}) is neither a token \
                 response with an id_token nor an error response."
            ),
            None,
        ),
        ExchangeError::NoIdToken => row(
            StatusCode::BAD_GATEWAY,
            "The provider's response can't be used",
            "You logged in at the provider, but its token response has no id_token.",
            None,
        ),
    }
}

fn organization(mismatch: &OrganizationMismatch, asked: &str) -> ErrorMessage {
    let (title, text) = match mismatch {
        OrganizationMismatch::NoneNamed { .. } | OrganizationMismatch::IdMissing { .. } => (
            "The ID token names no organization",
            format!(
                "You asked for {asked}, but the provider logged you in without an organization (org_id is absent)."
            ),
        ),
        OrganizationMismatch::NameMissing { .. } => (
            "The ID token does not name the organization",
            format!("You asked for {asked} by name, but the ID token has only an ID (org_name is absent)."),
        ),
        OrganizationMismatch::Another { found, .. } => (
            "The ID token is for another organization",
            format!("You asked for {asked}, but the provider logged you in to {}.", without_direction(found)),
        ),
    };
    let advice = Advice::new("The app stopped the sign-in, because it may be somebody else's. Try again.");
    row(StatusCode::BAD_GATEWAY, title, text, advice).with(WaysOut::TRY_AGAIN.or_other_organization())
}

fn organizations_not_supported(asked: &str) -> ErrorMessage {
    row(
        StatusCode::BAD_GATEWAY,
        "The ID token names no organization",
        format!(
            "You asked for {asked}, but the provider does not seem to support organizations: it logged you in without one \
             (org_id and org_name are absent). The app stopped the sign-in."
        ),
        NO_ORGANIZATIONS_HERE,
    )
    .with(WaysOut::TRY_AGAIN.or_other_organization().or_without_organization())
}
