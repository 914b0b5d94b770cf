//! The table of messages: for every [`Failure`], the status and what its page says and offers.

use actix_web::{ResponseError, http::StatusCode};

use super::{
    failed_sign_in::failed_sign_in,
    failure::Failure,
    message::{ErrorMessage, row},
    ways_out::WaysOut,
};
use crate::{
    diagnosis::{Advice, Misconfiguration, Section},
    license::{Feature, License},
    middleware::MAXIMUM_BODY,
    text::without_direction,
};

/// Why a provider ends a session, as the end of a sentence.
pub const WHY_SESSIONS_END: &str = "you logged out elsewhere, you are no longer a member of the organization, the \
                                    organization is gone, or all sessions were ended there, as by a checkpoint of the lab.";

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
            failed_sign_in(&failed.error, &without_direction(&asked))
        }
        Failure::SignInEnded(_) => sign_in_ended(),
        Failure::ForeignResponse => foreign_response(),
        Failure::MissingState => missing_state(),
        Failure::MalformedResponse => malformed_response(),
        Failure::NoNavigation => row(
            StatusCode::FORBIDDEN,
            "Signing in needs a page of its own",
            "The browser requested this address as part of another page, or prefetched it. Nothing was changed.",
            Advice::new("To sign in, open the address directly, or go to the start page."),
        ),
        Failure::BadRequest(why) => row(StatusCode::BAD_REQUEST, "This request makes no sense", why, None)
            .with(WaysOut::TRY_AGAIN.or_other_organization()),
        Failure::NotFound => not_found(),
        Failure::Store(_) => row(
            StatusCode::SERVICE_UNAVAILABLE,
            "The app can't reach its data",
            "The store that keeps sign-ins and the organizations' data does not respond.",
            Advice::new("Try again in a moment: nothing is lost."),
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
        misconfiguration.map(Misconfiguration::advice),
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
        (None, Some(claim)) => format!("{name} has the license “{claim}”, which this app does not know"),
        (None, None) => format!("{name} has no license"),
    };
    row(
        StatusCode::FORBIDDEN,
        "Your license does not include this",
        format!("{} needs the {} license; {has}.", feature.name, feature.license),
        misconfiguration.map_or(
            Advice::new(
                "An administrator can change the license in the organization's metadata; it counts from the next sign-in on.",
            )
            .at(Section::Organizations, "your organization → Display name and license"),
            Misconfiguration::advice,
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
        Advice::new("Copy it, switch to the organization that it is meant for, and post it there."),
    )
    .with(WaysOut::TRY_AGAIN.or_other_organization())
}

fn sign_in_ended() -> ErrorMessage {
    row(
        StatusCode::FORBIDDEN,
        "This sign-in has been ended",
        format!("It was ended before it was complete: {WHY_SESSIONS_END} Nobody was signed in."),
        Advice::new("Try again: this starts a new sign-in.").or_see_log(),
    )
    .with(WaysOut::TRY_AGAIN.or_other_account().or_other_organization())
}

fn foreign_response() -> ErrorMessage {
    row(
        StatusCode::BAD_REQUEST,
        "This response belongs to no sign-in of this browser",
        "Cookies may be blocked; or the sign-in began under another host name (127.0.0.1 is not localhost), or more \
         than ten minutes ago; or you have logged out since; or somebody else sent you this link. Nobody was signed in.",
        None,
    )
    .with(WaysOut::BEGIN_AGAIN)
}

fn missing_state() -> ErrorMessage {
    row(
        StatusCode::BAD_REQUEST,
        "The provider left out state",
        "The provider's response has no state parameter, so the app can't tell which sign-in it belongs to. A provider \
         must return the state that the app sent, with a code and with an error (RFC 6749, 4.1.2 and 4.1.2.1). Nobody was \
         signed in.",
        Advice::new("Tell the provider's administrator. If you followed a link from somewhere else, ignore it, and begin again here."),
    )
    .with(WaysOut::BEGIN_AGAIN)
}

fn malformed_response() -> ErrorMessage {
    row(
        StatusCode::BAD_REQUEST,
        "This is not a provider's response",
        "The address has the parameters of a provider's response, but they make no sense together. Nobody was signed in.",
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
        Advice::new("The reference below leads to the line in the log."),
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
            Advice::new("If it was you: go to the start page, and do it there."),
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
