//! The table of messages: for every [`Failure`], the status and what its page says and offers.

use actix_web::{ResponseError, http::StatusCode};
use serde::Serialize;

use super::{failure::Failure, refusals::RefusalMessage, ways_out::WaysOut};
use crate::{
    diagnosis::Misconfiguration,
    license::{Feature, License},
    middleware::MAXIMUM_BODY,
    sign_in::{
        error::SignInError, exchange::ExchangeError, fetch::FetchError, http::HttpError,
        organization::OrganizationMismatch, provider::ProviderError, response::Refusal,
    },
    text::without_direction,
};

/// Why a provider ends a session, as the end of a sentence.
pub const WHY_SESSIONS_END: &str = "you logged out elsewhere, you are no longer a member of the organization, the \
                                    organization is gone, or all sessions were ended there, as by a checkpoint of the lab.";

/// What an error page says and offers.
#[derive(Serialize)]
pub struct ErrorMessage {
    #[serde(skip)]
    pub status: StatusCode,
    pub title: &'static str,
    /// What happened.
    pub text: String,
    /// What helps.
    pub advice: Option<&'static str>,
    #[serde(flatten)]
    pub ways_out: WaysOut,
}

/// A message without particular ways out.
fn row(
    status: StatusCode,
    title: &'static str,
    text: impl Into<String>,
    advice: impl Into<Option<&'static str>>,
) -> ErrorMessage {
    ErrorMessage { status, title, text: text.into(), advice: advice.into(), ways_out: WaysOut::TRY_AGAIN }
}

impl ErrorMessage {
    fn with(self, ways_out: WaysOut) -> Self {
        Self { ways_out, ..self }
    }
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        message(self).status
    }
}

pub fn message(failure: &Failure) -> ErrorMessage {
    match failure {
        Failure::NotSignedIn { .. } => {
            row(StatusCode::UNAUTHORIZED, "Sign in first", "This page needs a sign-in.", None)
        }
        Failure::SessionEnded { .. } => row(
            StatusCode::UNAUTHORIZED,
            "Your session was ended",
            format!("The identity provider has ended it: {WHY_SESSIONS_END}"),
            None,
        ),
        Failure::NotLicensed { feature, organization: None, misconfiguration, .. } => {
            no_organization(feature, *misconfiguration)
        }
        Failure::NotLicensed { feature, organization: Some((name, license)), unknown_license, misconfiguration } => {
            not_licensed(feature, name, *license, unknown_license.as_deref(), *misconfiguration)
        }
        Failure::MisplacedNote { organization, .. } => misplaced_note(organization.as_deref()),
        Failure::SignIn(failed) => {
            let asked = failed.destination.shown().unwrap_or("the organization".to_owned());
            sign_in(&failed.error, &without_direction(&asked))
        }
        Failure::SignInEnded(_) => sign_in_ended(),
        Failure::ForeignResponse => foreign_response(),
        Failure::MalformedResponse => malformed_response(),
        Failure::NoNavigation => row(
            StatusCode::FORBIDDEN,
            "Signing in needs a page of its own",
            "The browser requested this address as part of another page, or prefetched it. Nothing was changed.",
            "To sign in, open the address directly, or go to the start page.",
        ),
        Failure::BadRequest(why) => row(StatusCode::BAD_REQUEST, "This request makes no sense", why, None)
            .with(WaysOut::TRY_AGAIN.or_other_organization()),
        Failure::NotFound => not_found(),
        Failure::Store(_) => row(
            StatusCode::SERVICE_UNAVAILABLE,
            "The app can't reach its data",
            "The store that keeps sign-ins and the organizations' data does not answer.",
            "Try again in a moment: nothing is lost.",
        ),
        Failure::Internal(_) => internal(),
        Failure::Status(status) => by_status(*status),
    }
}

fn no_organization(feature: &Feature, misconfiguration: Option<Misconfiguration>) -> ErrorMessage {
    row(
        StatusCode::FORBIDDEN,
        "You work in no organization",
        format!("{} needs the {} license of an organization, and you have none.", feature.name, feature.license),
        misconfiguration.map(Misconfiguration::change),
    )
    .with(WaysOut::TRY_AGAIN.or_name_an_organization())
}

fn not_licensed(
    feature: &Feature,
    organization: &str,
    license: Option<License>,
    unknown_license: Option<&str>,
    misconfiguration: Option<Misconfiguration>,
) -> ErrorMessage {
    let name = without_direction(organization);
    let has = match (license, unknown_license.map(without_direction)) {
        (Some(license), _) => format!("{name} has the {license} license"),
        (None, Some(claim)) => format!("{name} has the license “{claim}”, which is none that this app knows"),
        (None, None) => format!("{name} has no license"),
    };
    row(
        StatusCode::FORBIDDEN,
        "Your license does not include this",
        format!("{} needs the {} license; {has}.", feature.name, feature.license),
        misconfiguration.map_or(
            "An administrator can change the license in the organization's metadata; it counts from the next sign-in on.",
            Misconfiguration::change,
        ),
    )
    .with(WaysOut::TRY_AGAIN.or_other_organization())
}

fn misplaced_note(organization: Option<&str>) -> ErrorMessage {
    let now = organization.map_or("no organization".to_owned(), without_direction);
    row(
        StatusCode::CONFLICT,
        "Your note was not posted",
        format!(
            "You work in {now} now, without a board. The page was shown for another organization, so nothing was \
             posted. What you wrote is below."
        ),
        "Copy it, switch to the organization that it is meant for, and post it there.",
    )
    .with(WaysOut::TRY_AGAIN.or_other_organization())
}

fn sign_in_ended() -> ErrorMessage {
    row(
        StatusCode::FORBIDDEN,
        "This sign-in has been ended",
        format!("It was ended before it was complete: {WHY_SESSIONS_END} Nobody was signed in."),
        "Try again: this starts a new sign-in.",
    )
    .with(WaysOut::TRY_AGAIN.or_other_account().or_other_organization())
}

fn foreign_response() -> ErrorMessage {
    row(
        StatusCode::BAD_REQUEST,
        "This answer belongs to no sign-in of this browser",
        "Cookies may be blocked; or the sign-in began under another host name (127.0.0.1 is not localhost), or more \
         than ten minutes ago; or you have logged out since; or somebody else sent you this link. Nobody was signed in.",
        None,
    )
    .with(WaysOut::BEGIN_AGAIN)
}

fn malformed_response() -> ErrorMessage {
    row(
        StatusCode::BAD_REQUEST,
        "This is no provider's answer",
        "The address has the parameters of a sign-in's answer, but they make no sense together. Nobody was signed in.",
        None,
    )
    .with(WaysOut::BEGIN_AGAIN)
}

fn not_found() -> ErrorMessage {
    row(StatusCode::NOT_FOUND, "There is no such page", "The address may be mistyped.", None)
}

fn internal() -> ErrorMessage {
    row(
        StatusCode::INTERNAL_SERVER_ERROR,
        "Something went wrong here",
        "This is a mistake in the app, not in what you did.",
        "The reference below leads to the line in the log.",
    )
}

fn by_status(status: StatusCode) -> ErrorMessage {
    match status {
        StatusCode::NOT_FOUND => not_found(),
        StatusCode::METHOD_NOT_ALLOWED => {
            row(status, "This page does not work that way", "The request's method is not allowed here.", None)
        }
        StatusCode::FORBIDDEN => row(
            status,
            "The request came from another site",
            "A page of another site made your browser send this. Nothing was changed.",
            "If it was you: go to the start page, and do it there.",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => {
            let maximum = MAXIMUM_BODY / 1024;
            row(
                status,
                "This is too much",
                format!("What was sent has more than {maximum} KiB. Nothing was changed."),
                None,
            )
        }
        status if status.is_server_error() => internal(),
        _ => row(status, "This request makes no sense", "The app can't read it.", None),
    }
}

fn sign_in(error: &SignInError, asked: &str) -> ErrorMessage {
    let message = match error {
        SignInError::Refused(refusal) => refused(refusal, asked),
        SignInError::Provider(error) => provider(error),
        SignInError::Response(_) => row(
            StatusCode::BAD_REQUEST,
            "The answer came from another provider",
            "The answer does not name the provider that was asked. Nobody was signed in.",
            None,
        ),
        SignInError::Exchange(error) => exchange(error),
        SignInError::IdToken(check) => row(
            StatusCode::BAD_GATEWAY,
            "The ID token can't be trusted",
            format!("It failed the check of {}. Nobody was signed in.", check.id.label()),
            "It could be somebody else's, or made up. Try again; if it stays so, show the check below to whoever runs the \
             provider.",
        ),
        SignInError::UnusableKey(key) => row(
            StatusCode::BAD_GATEWAY,
            "The ID token can't be trusted",
            format!("The app can't check its signature. In the provider's key set, {key}. Nobody was signed in."),
            None,
        ),
        SignInError::Organization(mismatch) => organization(mismatch, asked),
    };
    // If a setting is to blame, changing it is what helps.
    ErrorMessage { advice: Misconfiguration::behind(error).map(Misconfiguration::change).or(message.advice), ..message }
}

fn refused(refusal: &Refusal, asked: &str) -> ErrorMessage {
    let row = RefusalMessage::of(refusal.case());
    ErrorMessage {
        // Some cases come with either code.
        status: if refusal.error == "access_denied" { StatusCode::FORBIDDEN } else { row.status },
        title: row.title,
        text: (row.text)(asked),
        advice: row.advice(),
        ways_out: row.ways_out,
    }
}

fn provider(error: &ProviderError) -> ErrorMessage {
    let (title, text) = if !error.is_response() {
        ("The provider can't be reached", format!("The app asked the identity provider, and got no response: {error}."))
    } else if let ProviderError::Fetch(FetchError::Redirected { url, status, .. }) = error {
        // Where it leads is for administrators: users could take it for a link.
        (
            "The provider can't be used",
            format!("{url} returned status {status}: a redirect, which the app does not follow."),
        )
    } else {
        ("The provider can't be used", format!("The app can't use what the identity provider returned: {error}."))
    };
    row(StatusCode::SERVICE_UNAVAILABLE, title, without_direction(&text), None)
}

fn exchange(error: &ExchangeError) -> ErrorMessage {
    match error {
        ExchangeError::NotSent(_) => row(
            StatusCode::SERVICE_UNAVAILABLE,
            "The provider can't be reached",
            "You signed in at the provider, but then the app could not connect to it.",
            "Your sign-in is not lost: reload this page in a moment to complete it.",
        ),
        ExchangeError::Unreachable(cause) => {
            let what = if let HttpError::ServerError(status) = cause {
                format!("it answered the app with an error (status {status})")
            } else {
                "it did not answer the app".to_owned()
            };
            row(
                StatusCode::SERVICE_UNAVAILABLE,
                "The provider can't be reached",
                format!("You signed in at the provider, but then {what}."),
                "Try again in a moment.",
            )
        }
        ExchangeError::Refused(_, authentication) => row(
            StatusCode::BAD_GATEWAY,
            "The provider did not exchange the code",
            format!(
                "You signed in at the provider, but it did not give the app an ID token for it. The app authenticated \
                 with {}.",
                authentication.name()
            ),
            "Try again: a code works once, and not for long.",
        ),
        ExchangeError::Malformed { status } => row(
            StatusCode::BAD_GATEWAY,
            "The provider's answer can't be used",
            format!(
                "You signed in at the provider, but what its token endpoint returned (status {status}) is neither a \
                 token response, with an id_token, nor an error response."
            ),
            None,
        ),
        ExchangeError::NoIdToken => row(
            StatusCode::BAD_GATEWAY,
            "The provider's answer can't be used",
            "You signed in at the provider, but its token response has no id_token.",
            None,
        ),
    }
}

fn organization(mismatch: &OrganizationMismatch, asked: &str) -> ErrorMessage {
    let (title, text) = match mismatch {
        OrganizationMismatch::IdMissing { .. } => (
            "The ID token names no organization",
            format!("You asked for {asked}, but the provider signed you in to no organization (org_id is absent)."),
        ),
        OrganizationMismatch::NameMissing { .. } => (
            "The ID token does not name the organization",
            format!("You asked for {asked} by name, but the ID token has only an id (org_name is absent)."),
        ),
        OrganizationMismatch::Another { found, .. } => (
            "The ID token is for another organization",
            format!("You asked for {asked}, but the provider signed you in to {}.", without_direction(found)),
        ),
    };
    let advice = "Nobody was signed in, since this could be somebody else's sign-in. Try again.";
    row(StatusCode::BAD_GATEWAY, title, text, advice).with(WaysOut::TRY_AGAIN.or_other_organization())
}
