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

/// Why a provider ends a session, as a sentence.
pub const WHY_SESSIONS_END: &str = "Possible reasons: you logged out elsewhere, you are no longer a member of the \
                                    organization, the organization was deleted, or all sessions were ended there, for \
                                    example by a checkpoint of the lab.";

const BAD_REQUEST: &str = "Bad request";

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        message(self).status
    }
}

pub fn message(failure: &Failure) -> ErrorMessage {
    match failure {
        Failure::NotSignedIn { .. } => {
            row(StatusCode::UNAUTHORIZED, "Log in first", "You need to log in to see this page.", None)
        }
        Failure::SessionEnded { .. } => row(
            StatusCode::UNAUTHORIZED,
            "Your session was ended",
            format!("The provider ended it. {WHY_SESSIONS_END}"),
            None,
        ),
        Failure::NotLicensed { feature, organization: None, misconfiguration, .. } => {
            no_organization(feature, *misconfiguration)
        }
        Failure::NotLicensed {
            feature,
            organization: Some((organization, license)),
            unknown_license,
            misconfiguration,
        } => not_licensed(feature, &organization.name, *license, unknown_license.as_deref(), *misconfiguration),
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
            "Logging in needs a page of its own",
            "The browser requested this address as part of another page, or prefetched it. Nothing was changed.",
            Advice::new("To log in, open the address directly, or go to the start page."),
        ),
        Failure::BadRequest(why) => {
            row(StatusCode::BAD_REQUEST, BAD_REQUEST, why, None).with(WaysOut::TRY_AGAIN.rather_another_organization())
        }
        Failure::NotFound => not_found(),
        Failure::Store(_) => row(
            StatusCode::SERVICE_UNAVAILABLE,
            "The app can't reach its data",
            "The store for sessions and the organizations' data does not respond.",
            Advice::new("Nothing is lost. Try again in a moment."),
        ),
        Failure::Internal(_) => internal(),
        Failure::Status(status) => by_status(*status),
    }
}

fn no_organization(feature: &Feature, misconfiguration: Option<Misconfiguration>) -> ErrorMessage {
    row(
        StatusCode::FORBIDDEN,
        "You are not logged in to an organization",
        format!("{} needs the {} license, and only organizations have licenses.", feature.name, feature.license),
        misconfiguration.map(Misconfiguration::advice),
    )
    .with(WaysOut::TRY_AGAIN.rather_name_an_organization())
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
        (Some(license), _) => format!("{name} has the {license} license."),
        (None, Some(claim)) => format!("{name} has the license “{claim}”, which this app does not recognize."),
        (None, None) => format!("{name} has no license."),
    };
    row(
        StatusCode::FORBIDDEN,
        "Your license does not include this",
        format!("{} needs the {} license. {has}", feature.name, feature.license),
        misconfiguration.map_or(
            Advice::new(
                "An administrator can change the license in the organization's metadata. The change takes effect the next \
                 time you log in.",
            )
            .at(Section::Organizations, "your organization → License"),
            Misconfiguration::advice,
        ),
    )
    .with(WaysOut::TRY_AGAIN.or_other_organization().or_mend_the_organization())
}

fn misplaced_note(organization: Option<&str>) -> ErrorMessage {
    let now = organization.map_or("You are not logged in to an organization".to_owned(), |name| {
        format!("You are now logged in to {}, whose license does not include the board", without_direction(name))
    });
    row(
        StatusCode::CONFLICT,
        "Your note was not posted",
        format!("{now}. The form was for another organization, so nothing was posted. Your note is below."),
        Advice::new("Copy it, switch to the organization that it is for, and post it there."),
    )
    .with(WaysOut::TRY_AGAIN.or_other_organization())
}

fn sign_in_ended() -> ErrorMessage {
    row(
        StatusCode::FORBIDDEN,
        "This sign-in was ended",
        format!("The provider ended it before it was complete. {WHY_SESSIONS_END}"),
        Advice::new("Try again to start a new sign-in.").or_see_log(),
    )
    .with(WaysOut::TRY_AGAIN.or_other_account().or_other_organization())
}

fn foreign_response() -> ErrorMessage {
    row(
        StatusCode::BAD_REQUEST,
        "This sign-in was not started in this browser",
        "Your browser may block cookies. The sign-in may have started under another host name (127.0.0.1 is not localhost) \
         or more than ten minutes ago. You may have logged out since, or somebody else may have sent you this link.",
        None,
    )
    .with(WaysOut::START_AGAIN)
}

fn missing_state() -> ErrorMessage {
    row(
        StatusCode::BAD_REQUEST,
        "The provider's response has no state",
        "Without the state parameter, the app can't tell which sign-in the response belongs to. A provider must return the \
         state that the app sent, both with a code and with an error (RFC 6749, 4.1.2 and 4.1.2.1).",
        Advice::new("Tell the provider's administrator. If you followed a link from another site, ignore it and start again here."),
    )
    .with(WaysOut::START_AGAIN)
}

fn malformed_response() -> ErrorMessage {
    row(
        StatusCode::BAD_REQUEST,
        "Not a valid response from the provider",
        "The address has the parameters of an authorization response, but they contradict each other, appear twice or are \
         too long.",
        None,
    )
    .with(WaysOut::START_AGAIN)
}

fn not_found() -> ErrorMessage {
    row(StatusCode::NOT_FOUND, "Page not found", "Check the address for typos.", None)
}

fn internal() -> ErrorMessage {
    row(
        StatusCode::INTERNAL_SERVER_ERROR,
        "Something went wrong",
        "This is a bug in the app; you did nothing wrong.",
        Advice::new("The app's log has the details, under the reference on this page."),
    )
}

fn by_status(status: StatusCode) -> ErrorMessage {
    match status {
        StatusCode::NOT_FOUND => not_found(),
        StatusCode::METHOD_NOT_ALLOWED => {
            row(status, "Method not allowed", "This address does not support the request's method.", None)
        }
        StatusCode::FORBIDDEN => row(
            status,
            "The request came from another site",
            "A page on another site made your browser send this request. The app ignored it.",
            Advice::new("If this is what you wanted, go to the start page and do it there."),
        ),
        StatusCode::PAYLOAD_TOO_LARGE => {
            let maximum = MAXIMUM_BODY / 1024;
            row(
                status,
                "Request too large",
                format!("A request can be at most {maximum} KiB. Nothing was changed."),
                None,
            )
        }
        status if status.is_server_error() => internal(),
        _ => row(status, BAD_REQUEST, "The app can't read this request.", None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The statuses of refusals that have no page of their own.
    #[rstest::rstest]
    #[case::no_such_page(404, "Page not found", "typos")]
    #[case::another_method(405, "Method not allowed", "does not support the request's method")]
    #[case::another_site(403, "The request came from another site", "ignored it")]
    #[case::too_large(413, "Request too large", "at most 64 KiB")]
    #[case::not_understood(400, "Bad request", "can't read this request")]
    #[case::never_heard_of(418, "Bad request", "can't read this request")]
    #[case::bug(500, "Something went wrong", "a bug in the app")]
    #[case::bug_by_another_status(503, "Something went wrong", "a bug in the app")]
    fn a_status_alone_has_a_message(#[case] status: u16, #[case] title: &str, #[case] text: &str) {
        let status = StatusCode::from_u16(status).unwrap();
        let message = message(&Failure::Status(status));
        assert_eq!(message.title, title);
        assert!(message.text.contains(text), "{}", message.text);
    }
}
