//! The table of refusals: for every reason why a provider refuses a sign-in, what the pages say about it and what
//! helps.

use super::ways_out::WaysOut;
use crate::{
    diagnosis::{Advice, Misconfiguration, Section},
    sign_in::{auth0::Auth0Refusal, response::RefusalCase},
};

/// A row of the table.
pub struct RefusalMessage {
    pub title: &'static str,
    /// What happened; the argument is the organization that was asked for, as it is shown.
    pub text: fn(&str) -> String,
    /// What helps: something that the user or an administrator can do, or a setting that has to change.
    pub advice: Option<Advice>,
    pub ways_out: WaysOut,
    /// The reason in a few words, for the activity page.
    pub reason: &'static str,
}

impl RefusalMessage {
    pub fn of(case: RefusalCase) -> &'static Self {
        match case {
            RefusalCase::UserDenied => &USER_DENIED,
            RefusalCase::PolicyDenied => &POLICY_DENIED,
            RefusalCase::NotCompleted => &NOT_COMPLETED,
            RefusalCase::OrganizationsNotSupported => &ORGANIZATIONS_NOT_SUPPORTED,
            RefusalCase::ClientNotAllowed => &CLIENT_NOT_ALLOWED,
            RefusalCase::ScopeNotAllowed => &SCOPE_NOT_ALLOWED,
            RefusalCase::InteractionRequired => &INTERACTION_REQUIRED,
            RefusalCase::NotSupported => &NOT_SUPPORTED,
            RefusalCase::InvalidRequest => &INVALID_REQUEST,
            RefusalCase::ServerError => &SERVER_ERROR,
            RefusalCase::TemporarilyUnavailable => &TEMPORARILY_UNAVAILABLE,
            RefusalCase::Unknown => &UNKNOWN,
            RefusalCase::Auth0(refusal) => match refusal {
                Auth0Refusal::NotAMember => &NOT_A_MEMBER,
                Auth0Refusal::NoOrganization => &NO_ORGANIZATION,
                Auth0Refusal::InvitationForAnother => &INVITATION_FOR_ANOTHER,
                Auth0Refusal::InvalidInvitation => &INVALID_INVITATION,
                Auth0Refusal::UnknownOrganization => &UNKNOWN_ORGANIZATION,
                Auth0Refusal::NamesNotAccepted => &NAMES_NOT_ACCEPTED,
                Auth0Refusal::OrganizationRequired => &ORGANIZATION_REQUIRED,
                Auth0Refusal::NotForOrganizations => &NOT_FOR_ORGANIZATIONS,
                Auth0Refusal::ConnectionNotEnabled => &CONNECTION_NOT_ENABLED,
            },
        }
    }
}

/// What helps with a provider that does not support organizations.
pub const NO_ORGANIZATIONS_HERE: Advice = Advice::new(
    "You can continue without an organization, but then you have no license and no features. For organizations, set \
     OIDC_ISSUER_URL to a provider that supports them and adds org_id to its ID tokens, as Auth0 does.",
);

// The account that was chosen.

const NOT_A_MEMBER: RefusalMessage = RefusalMessage {
    title: "You are not a member of this organization",
    text: |asked| format!("You logged in at the provider, but the account that you chose is not a member of {asked}."),
    advice: Some(
        Advice::new("An administrator of the organization can add you as a member, or invite you. Then try again.")
            .at(Section::Organizations, "your organization → Members → Add member"),
    ),
    ways_out: WaysOut::TRY_AGAIN.or_other_account().or_other_organization().or_mend_the_organization(),
    reason: "not a member of the organization",
};

const NO_ORGANIZATION: RefusalMessage = RefusalMessage {
    title: "You are not a member of any organization",
    text: |_| "This app is for members of organizations. The account that you chose is not a member of one.".into(),
    advice: Some(
        Advice::new("An administrator of an organization can add you as a member, or invite you. Then try again.")
            .at(Section::Organizations, "an organization → Members → Add member"),
    ),
    ways_out: WaysOut::TRY_AGAIN.or_other_account(),
    reason: "not a member of any organization",
};

const USER_DENIED: RefusalMessage = RefusalMessage {
    title: "The sign-in was cancelled",
    text: |_| "You cancelled at the provider, or did not give this app access to your profile.".into(),
    advice: None,
    ways_out: WaysOut::TRY_AGAIN.or_other_account().or_other_organization(),
    reason: "cancelled by the user",
};

const POLICY_DENIED: RefusalMessage = RefusalMessage {
    title: "The provider denied access",
    text: |_| "The provider does not let this account in, for the reason that its message gives.".into(),
    advice: Some(Advice::new(
        "The provider's administrator can find out more: at Auth0, in Monitoring → Logs. The message may come from an Action \
         in Actions → Triggers → post-login.",
    )),
    ways_out: WaysOut::TRY_AGAIN.or_other_account().or_other_organization(),
    reason: "denied by the provider",
};

const NOT_COMPLETED: RefusalMessage = RefusalMessage {
    title: "The sign-in was not completed",
    text: |_| "The provider does not say who refused: you, on its pages, or the provider itself.".into(),
    advice: Some(Advice::new(
        "Try again, or use a different account. If it happens again, the provider's administrator can find out more: at \
         Auth0, in Monitoring → Logs.",
    )),
    ways_out: WaysOut::TRY_AGAIN.or_other_account().or_other_organization(),
    reason: "not completed; the provider does not say who refused",
};

const INTERACTION_REQUIRED: RefusalMessage = RefusalMessage {
    title: "The provider needs more from you",
    text: |_| {
        "You may have to log in, choose an account, give your consent, or pass a second factor on its pages.".into()
    },
    advice: Some(Advice::new(
        "Try again, and the provider can ask you. If it does not, use a different account, or send the details on this page \
         to the provider's administrator.",
    )),
    ways_out: WaysOut::TRY_AGAIN.or_other_account().or_other_organization(),
    reason: "more needed from the user",
};

// Invitations.

const INVITATION_FOR_ANOTHER: RefusalMessage = RefusalMessage {
    title: "This invitation is for another account",
    text: |_| "The account that you chose can't accept it, and the invitation can't be used again.".into(),
    advice: Some(
        Advice::new("Ask for a new invitation, and accept it with the account whose email address it was sent to.")
            .at(Section::Organizations, "your organization → Invitations → Create invitation link"),
    ),
    ways_out: WaysOut::WITHOUT_INVITATION.or_other_account().or_mend_the_organization(),
    reason: "invitation for another account",
};

const INVALID_INVITATION: RefusalMessage = RefusalMessage {
    title: "This invitation is not valid",
    text: |_| "It was already used, has expired, or never existed.".into(),
    advice: Some(
        Advice::new(
            "Ask an administrator of the organization for a new one. If you are already a member, you don't need one.",
        )
        .at(Section::Organizations, "your organization → Invitations → Create invitation link"),
    ),
    ways_out: WaysOut::WITHOUT_INVITATION.or_other_account().or_other_organization().or_mend_the_organization(),
    reason: "invalid invitation",
};

// The organization and the connection that were asked for.

const ORGANIZATIONS_NOT_SUPPORTED: RefusalMessage = RefusalMessage {
    title: "The provider does not support organizations",
    text: |asked| format!("The app asked for {asked}, but the provider does not accept the parameter organization."),
    advice: Some(NO_ORGANIZATIONS_HERE),
    ways_out: WaysOut::TRY_AGAIN.or_other_organization().or_without_organization(),
    reason: "the provider does not support organizations",
};

const UNKNOWN_ORGANIZATION: RefusalMessage = RefusalMessage {
    title: "Organization not found",
    text: |asked| format!("The provider has no organization {asked}."),
    advice: Some(
        Advice::new(
            "Check the spelling. Enter the organization's name or its ID (org_…), not its display name. Each checkpoint of \
             the lab gives the organizations new IDs.",
        )
        .at(Section::Organizations, "the names and IDs"),
    ),
    ways_out: WaysOut::TRY_AGAIN.rather_another_organization(),
    reason: "unknown organization",
};

const NAMES_NOT_ACCEPTED: RefusalMessage = RefusalMessage {
    title: "The provider does not accept organization names",
    text: |asked| format!("The app asked for {asked}, but the provider accepts only organization IDs."),
    advice: Some(Misconfiguration::NamesNotAccepted.advice()),
    ways_out: WaysOut::TRY_AGAIN.or_other_organization(),
    reason: "organization names not accepted",
};

const ORGANIZATION_REQUIRED: RefusalMessage = RefusalMessage {
    title: "The provider requires an organization",
    text: |_| {
        "At the provider, this app is only for members of organizations, but it did not ask for an organization.".into()
    },
    advice: Some(Misconfiguration::OrganizationRequired.advice()),
    ways_out: WaysOut::TRY_AGAIN.rather_name_an_organization(),
    reason: "organization required",
};

const NOT_FOR_ORGANIZATIONS: RefusalMessage = RefusalMessage {
    title: "The application is not set up for organizations",
    text: |asked| format!("The app asked for {asked}, but the provider does not accept organizations from it."),
    advice: Some(Misconfiguration::NotForOrganizations.advice()),
    ways_out: WaysOut::TRY_AGAIN.or_other_organization(),
    reason: "application not set up for organizations",
};

const CONNECTION_NOT_ENABLED: RefusalMessage = RefusalMessage {
    title: "The connection is not enabled",
    text: |asked| format!("The app asked for a connection that is not enabled for {asked}."),
    advice: Some(Misconfiguration::ConnectionNotEnabled.advice()),
    ways_out: WaysOut::TRY_AGAIN.or_other_organization().or_mend_the_organization(),
    reason: "connection not enabled",
};

// The app's own request.

const CLIENT_NOT_ALLOWED: RefusalMessage = RefusalMessage {
    title: "The provider does not allow this app to log users in",
    text: |_| {
        "The provider does not recognize the app's client, or does not let it use the authorization code flow.".into()
    },
    advice: Some(Misconfiguration::GrantNotAllowed.advice()),
    ways_out: WaysOut::TRY_AGAIN,
    reason: "application not allowed",
};

const SCOPE_NOT_ALLOWED: RefusalMessage = RefusalMessage {
    title: "The provider does not allow a scope",
    text: |_| "The app asked for a scope that does not exist, or that it may not request.".into(),
    advice: Some(Advice::new("Check OIDC_SCOPES. The app needs only openid, profile and email.")),
    ways_out: WaysOut::TRY_AGAIN,
    reason: "scope not allowed",
};

const NOT_SUPPORTED: RefusalMessage = RefusalMessage {
    title: "The provider does not support this request",
    text: |_| "The provider does not support something in the app's request.".into(),
    advice: Some(Misconfiguration::RequestNotSupported.advice()),
    ways_out: WaysOut::TRY_AGAIN,
    reason: "request not accepted",
};

const INVALID_REQUEST: RefusalMessage = RefusalMessage {
    title: "The provider did not accept the request",
    text: |_| "The provider rejected the app's authorization request.".into(),
    advice: Some(Advice::new(
        "Check the application's settings at the provider: most often, they do not match the request.",
    )),
    // Cognito says so of users whom a trigger refuses.
    ways_out: WaysOut::TRY_AGAIN.or_other_account().or_other_organization(),
    reason: "request not accepted",
};

// The provider.

const SERVER_ERROR: RefusalMessage = RefusalMessage {
    title: "The provider failed",
    text: |_| "The provider reported an error of its own.".into(),
    advice: Some(Advice::new("Try again in a moment.")),
    ways_out: WaysOut::TRY_AGAIN.or_other_account(),
    reason: "the provider failed",
};

const TEMPORARILY_UNAVAILABLE: RefusalMessage = RefusalMessage {
    title: "The provider is busy",
    text: |_| "The provider is overloaded or under maintenance.".into(),
    advice: Some(Advice::new("Try again in a moment.")),
    ways_out: WaysOut::TRY_AGAIN.or_other_account(),
    reason: "the provider was busy",
};

const UNKNOWN: RefusalMessage = RefusalMessage {
    title: "The provider did not log you in",
    text: |_| "It returned an error code that this app does not recognize.".into(),
    advice: Some(Advice::new("See the provider's documentation and log for what it means.")),
    ways_out: WaysOut::TRY_AGAIN.or_other_account().or_other_organization(),
    reason: "refused by the provider",
};
