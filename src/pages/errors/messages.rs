//! The table behind the error pages: for every failure its status, and what to say.

use actix_web::http::StatusCode;

use super::{
    exchange,
    message::{ErrorMessage, row},
    page::Failure,
};
use crate::{
    diagnosis::Misconfiguration,
    sign_in::{
        auth0::Auth0Refusal, error::SignInError, organization::OrganizationMismatch, provider::ProviderError,
        response::RefusalCase,
    },
    text::without_direction,
};

/// Why a provider ends a session, as the end of a sentence.
pub const WHY_SESSIONS_END: &str = "you logged out elsewhere, you are no longer a member of the organization, the \
                                    organization is gone, or all sessions were ended there, as by a checkpoint of the lab.";

/// The failure's row.
pub fn message(failure: &Failure) -> ErrorMessage {
    match failure {
        Failure::NotSignedIn { .. } => row(StatusCode::UNAUTHORIZED, "Sign in first", "This page needs a sign-in.", None),
        Failure::SessionEnded { .. } => row(
            StatusCode::UNAUTHORIZED,
            "Your session was ended",
            format!("The identity provider has ended it: {WHY_SESSIONS_END}"),
            None,
        ),
        Failure::NotLicensed { feature, organization: None, misconfiguration, .. } => row(
            StatusCode::FORBIDDEN,
            "You work in no organization",
            format!("{} needs the {} license of an organization, and you have none.", feature.name, feature.license),
            misconfiguration.map(Misconfiguration::change),
        )
        .or_name_an_organization(),
        Failure::NotLicensed { feature, organization: Some((name, license)), unknown_license, misconfiguration } => {
            let name = without_direction(name);
            let has = match (license, unknown_license) {
                (Some(license), _) => format!("{name} has the {license} license"),
                (None, Some(claim)) => {
                    format!("{name} has the license “{}”, which is none that this app knows", without_direction(claim))
                }
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
            .or_other_organization()
        }
        Failure::MisplacedNote { organization, .. } => {
            let now = organization.as_deref().map_or("no organization".to_owned(), without_direction);
            row(
                StatusCode::CONFLICT,
                "Your note was not posted",
                format!(
                    "You work in {now} now, without a board. The page was shown for another organization, so nothing was \
                     posted. What you wrote is below."
                ),
                "Copy it, switch to the organization that it is meant for, and post it there.",
            )
            .or_other_organization()
        }
        Failure::SignIn(failed) => {
            let asked = failed.destination.shown().unwrap_or("the organization".to_owned());
            sign_in(&failed.error, &without_direction(&asked))
        }
        Failure::SignInEnded(_) => row(
            StatusCode::FORBIDDEN,
            "This sign-in has been ended",
            format!("It was ended before it was complete: {WHY_SESSIONS_END} Nobody was signed in."),
            "Try again: this starts a new sign-in.",
        )
        .or_other_account()
        .or_other_organization(),
        Failure::ForeignResponse => row(
            StatusCode::BAD_REQUEST,
            "This answer belongs to no sign-in of this browser",
            "Cookies may be blocked; or the sign-in began under another host name (127.0.0.1 is not localhost), or more \
             than ten minutes ago; or you have logged out since; or somebody else sent you this link. Nobody was signed in.",
            None,
        )
        .or_try_again_as("Begin again"),
        Failure::MalformedResponse => row(
            StatusCode::BAD_REQUEST,
            "This is no provider's answer",
            "The address has the parameters of a sign-in's answer, but they make no sense together. Nobody was signed in.",
            None,
        )
        .or_try_again_as("Begin again"),
        Failure::NoNavigation => row(
            StatusCode::FORBIDDEN,
            "Signing in needs a page of its own",
            "The browser requested this address as part of another page, or prefetched it. Nothing was changed.",
            "To sign in, open the address directly, or go to the start page.",
        ),
        Failure::BadRequest(why) => {
            row(StatusCode::BAD_REQUEST, "This request makes no sense", why, None).or_other_organization()
        }
        Failure::NotFound => row(StatusCode::NOT_FOUND, "There is no such page", "The address may be mistyped.", None),
        Failure::Store(_) => row(
            StatusCode::SERVICE_UNAVAILABLE,
            "The app can't reach its data",
            "The store that keeps sign-ins and the organizations' data does not answer.",
            "Try again in a moment: nothing is lost.",
        ),
        Failure::Internal(_) => row(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Something went wrong here",
            "This is a mistake in the app, not in what you did.",
            "The reference below leads to the line in the log.",
        ),
        Failure::Status(status) => by_status(*status),
    }
}

fn by_status(status: StatusCode) -> ErrorMessage {
    match status {
        StatusCode::NOT_FOUND => message(&Failure::NotFound),
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
            row(status, "This is too much", "What was sent has more than 64 KiB. Nothing was changed.", None)
        }
        status if status.is_server_error() => message(&Failure::Internal(String::new())),
        _ => row(status, "This request makes no sense", "The app can't read it.", None),
    }
}

fn sign_in(error: &SignInError, asked: &str) -> ErrorMessage {
    let message = match error {
        // Some cases come with either code.
        SignInError::Refused(refusal) if refusal.error == "access_denied" => {
            ErrorMessage { status: StatusCode::FORBIDDEN, ..refused(refusal.case(), asked) }
        }
        SignInError::Refused(refusal) => refused(refusal.case(), asked),
        SignInError::Provider(ProviderError::Endpoint { field, .. }) => row(
            StatusCode::SERVICE_UNAVAILABLE,
            "The provider can't be reached",
            format!("The provider's discovery document has no secure {field}: others could read what is sent there."),
            None,
        ),
        SignInError::Provider(_) => row(
            StatusCode::SERVICE_UNAVAILABLE,
            "The provider can't be reached",
            "The app asked the identity provider for its description or its keys, and got no answer that it can use.",
            None,
        ),
        SignInError::Response(_) => row(
            StatusCode::BAD_REQUEST,
            "The answer came from another provider",
            "The answer does not name the provider that was asked. Nobody was signed in.",
            None,
        ),
        SignInError::Exchange(error) => exchange::message(error),
        SignInError::IdToken(check) => row(
            StatusCode::BAD_GATEWAY,
            "The ID token can't be trusted",
            format!("It failed the check of {}. Nobody was signed in.", check.id.label()),
            "It could be somebody else's, or made up. Try again; if it stays so, show the check below to whoever runs the \
             provider.",
        ),
        SignInError::Organization(mismatch) => organization(mismatch, asked),
    };
    // Where a setting of the tenant's is to blame, its switch is what helps.
    ErrorMessage { advice: Misconfiguration::behind(error).map(Misconfiguration::change).or(message.advice), ..message }
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn refused(case: RefusalCase, asked: &str) -> ErrorMessage {
    let (denied, bad) = (StatusCode::FORBIDDEN, StatusCode::BAD_REQUEST);
    match case {
        RefusalCase::Auth0(Auth0Refusal::NotAMember) => row(
            denied,
            "You are not a member of this organization",
            format!("You signed in at the provider, but the account that you chose is not a member of {asked}."),
            "An administrator of the organization can add you as a member, or invite you. Then try again.",
        )
        .or_other_account()
        .or_other_organization(),
        RefusalCase::Auth0(Auth0Refusal::NoOrganization) => row(
            denied,
            "You belong to no organization",
            "This app is for members of organizations, and the account that you chose is a member of none.",
            "An administrator of an organization can add you as a member, or invite you. Then try again.",
        )
        .or_other_account(),
        RefusalCase::Auth0(Auth0Refusal::InvitationForAnother) => row(
            denied,
            "This invitation is for another account",
            "The account that you chose may not accept it, and the invitation is used up.",
            "Ask for a new invitation, and accept it with the account whose e-mail address it was sent to.",
        )
        .or_try_again_as("Sign in without the invitation")
        .or_other_account(),
        RefusalCase::Auth0(Auth0Refusal::UserDenied) => row(
            denied,
            "The sign-in was cancelled",
            "You did not sign in at the provider, or did not allow the app to know who you are.",
            None,
        )
        .or_other_account()
        .or_other_organization(),
        RefusalCase::PolicyDenied => row(
            denied,
            "The provider denied access",
            "A rule of the provider's does not let this account in; its own words are below.",
            "An administrator finds the rule in the tenant's login Action, and why it decided so in the tenant's log.",
        )
        .or_other_account()
        .or_other_organization(),
        RefusalCase::Auth0(Auth0Refusal::InvalidInvitation) => row(
            bad,
            "This invitation is not valid",
            "It was used already, has expired, or never existed.",
            "Ask an administrator of the organization for a new one. Who is a member already needs none.",
        )
        .or_try_again_as("Sign in without the invitation")
        .or_other_organization(),
        RefusalCase::Auth0(Auth0Refusal::NamesNotAccepted) => row(
            bad,
            "The provider does not take organizations by name",
            format!("The tenant wants an organization's id, and got {asked}."),
            None,
        )
        .or_other_organization(),
        RefusalCase::Auth0(Auth0Refusal::OrganizationRequired) => row(
            bad,
            "The provider wants an organization",
            "The application is set up for members of organizations, and none was named.",
            None,
        )
        .or_other_organization(),
        RefusalCase::Auth0(Auth0Refusal::NotForOrganizations) => row(
            bad,
            "The application is not set up for organizations",
            format!("The provider does not take an organization from this app, and got {asked}."),
            None,
        )
        .or_other_organization(),
        RefusalCase::Auth0(Auth0Refusal::ConnectionNotEnabled) => row(
            bad,
            "The connection is not enabled",
            format!("The provider can't sign anybody in to {asked} through the connection that was asked for."),
            None,
        )
        .or_other_organization(),
        RefusalCase::Auth0(Auth0Refusal::UnknownOrganization) => row(
            bad,
            "There is no such organization",
            format!("The provider can't sign anybody in to {asked}."),
            "Check how it is spelled: it is the organization's name, not its display name; or its id (org_…), which is \
             another one after each checkpoint of the lab.",
        )
        .or_other_organization(),
        RefusalCase::ClientNotAllowed => row(
            bad,
            "The provider does not allow this to the app",
            "The client is unknown there, or may not sign users in this way.",
            None,
        ),
        RefusalCase::ScopeNotAllowed => row(
            bad,
            "The provider does not allow a scope",
            "The app asked for a scope that does not exist, or that is not for this app.",
            "Check OIDC_SCOPES: openid, profile and email are what the app needs.",
        ),
        RefusalCase::InteractionRequired => row(
            bad,
            "The provider needs to ask you something",
            "It could not sign you in without a question, and was not allowed to ask one.",
            "Try again: the app lets it ask.",
        )
        .or_other_account(),
        RefusalCase::NotSupported => row(
            bad,
            "The provider does not support this request",
            "The app asked in a way that this provider does not know.",
            "The app needs the authorization code flow, with PKCE, answered in the query.",
        ),
        RefusalCase::InvalidRequest => row(
            bad,
            "The provider did not accept the request",
            "Its own words are below.",
            "Most often the application's settings at the provider do not fit the request.",
        )
        .or_other_organization(),
        RefusalCase::ServerError => row(
            StatusCode::BAD_GATEWAY,
            "The provider failed",
            "It says so itself; its words are below.",
            "Try again in a moment.",
        ),
        RefusalCase::TemporarilyUnavailable => row(
            StatusCode::SERVICE_UNAVAILABLE,
            "The provider is busy",
            "It is overloaded, or in maintenance.",
            "Try again in a moment.",
        ),
        RefusalCase::Unknown => row(
            bad,
            "The provider did not sign you in",
            "Its own words are below; the app does not know this error.",
            "The provider's documentation and log tell what it means.",
        )
        .or_other_organization(),
    }
}

fn organization(mismatch: &OrganizationMismatch, asked: &str) -> ErrorMessage {
    let (title, what) = match mismatch {
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
    row(StatusCode::BAD_GATEWAY, title, what, advice).or_other_organization()
}
