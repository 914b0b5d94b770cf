//! The steps of the lab: what to do in each, and which event completes it.

use super::{checkpoints::Checkpoint, log::Event, names::Names, sentence::Sentence};
use crate::demo_tenant::model::{
    access::Refusal,
    changes::{Change, UserSnapshot},
    tenant::{Strategy, Tenant},
};

/// Step 6.2, and what a later step needs if that was undone.
pub(super) const ENABLE: &str = "Enable {} for {}, without auto-membership.";

/// Step 6.4, and what a later step needs if that was undone.
pub(super) const ADD_MEMBER: &str = "Add {} of {} as a member of {}.";

/// A step of the lab. In the comments, the names are the lab's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    /// Chapter 2: a user of the database logs in, without an organization.
    Login,
    /// Chapter 4.1: a user of Okta1 does the same.
    EnterpriseConnection,
    /// Chapter 4.2: Alice logs in to org1.
    BusinessLogin,
    /// Chapter 5: Alice gets the corporate license there.
    License,
    /// Chapter 6, step 1: Bob logs in to org2.
    SecondOrganization,
    /// Step 2: Okta2 is enabled for org1.
    Enable,
    /// Step 3: Bob is refused at org1.
    Refused,
    /// Step 4: Bob becomes a member.
    Invited,
    /// Step 5: Bob logs in, with the corporate license.
    Admitted,
}

/// Where to do a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place<'n> {
    /// In the application.
    Application,
    /// On the dashboard, at the organization of this name.
    Organization(&'n str),
}

impl Step {
    /// In the lab's order.
    pub(crate) const ALL: [Self; 9] = [
        Self::Login,
        Self::EnterpriseConnection,
        Self::BusinessLogin,
        Self::License,
        Self::SecondOrganization,
        Self::Enable,
        Self::Refused,
        Self::Invited,
        Self::Admitted,
    ];

    /// The chapter, and the step of the chapter.
    pub(crate) fn number(self) -> &'static str {
        match self {
            Self::Login => "2",
            Self::EnterpriseConnection => "4.1",
            Self::BusinessLogin => "4.2",
            Self::License => "5",
            Self::SecondOrganization => "6.1",
            Self::Enable => "6.2",
            Self::Refused => "6.3",
            Self::Invited => "6.4",
            Self::Admitted => "6.5",
        }
    }

    /// What somebody does in it, whatever the names are.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Login => "Log in without an organization",
            Self::EnterpriseConnection => "Log in with an enterprise connection",
            Self::BusinessLogin => "Log in to an organization",
            Self::License => "Log in with a license",
            Self::SecondOrganization => "Log in to a second organization",
            Self::Enable => "Enable its connection at the first",
            Self::Refused => "Try to log in there: access denied",
            Self::Invited => "Add the user as a member",
            Self::Admitted => "Log in there as a member",
        }
    }

    /// The checkpoint after this part of the lab.
    pub(crate) fn checkpoint(self) -> Option<Checkpoint> {
        Checkpoint::ALL.into_iter().find(|checkpoint| checkpoint.chapter() == self.number())
    }

    /// Where the lab continues after a jump to the checkpoint. The jump makes the changes of a step, but nobody has
    /// logged in yet.
    pub(super) fn after(checkpoint: Checkpoint) -> Self {
        match checkpoint {
            Checkpoint::Login => Self::Login,
            Checkpoint::EnterpriseConnection => Self::EnterpriseConnection,
            Checkpoint::BusinessLogin => Self::BusinessLogin,
            Checkpoint::License => Self::License,
            Checkpoint::SecondOrganization => Self::SecondOrganization,
            Checkpoint::Collaboration => Self::Refused,
            Checkpoint::Invited => Self::Admitted,
        }
    }

    pub(super) fn place(self, names: &Names) -> Place<'_> {
        match self {
            Self::Login
            | Self::EnterpriseConnection
            | Self::BusinessLogin
            | Self::License
            | Self::SecondOrganization
            | Self::Refused
            | Self::Admitted => Place::Application,
            Self::Enable | Self::Invited => Place::Organization(&names.first.organization),
        }
    }

    pub(super) fn instruction(self, names: &Names, tenant: &Tenant) -> Sentence {
        let (org1, org2) = (names.first.organization.as_str(), names.second.organization.as_str());
        let (alice, bob) = (names.first.user.email.as_str(), names.second.user.email.as_str());
        let okta2 = names.second.user.connection.as_str();
        match self {
            Self::Login => match &names.database_user {
                Some(carol) => {
                    Sentence::new("Log in without an organization, as {}. Every feature is locked.", &[&carol.email])
                }
                None => Sentence::new("Log in without an organization, as a user of a database connection.", &[]),
            },
            Self::EnterpriseConnection => match &names.enterprise_user {
                Some(user) => Sentence::new(
                    "Log in without an organization, with {} as {}. The subject in the profile begins with {}.",
                    &[&user.connection, &user.email, &format!("okta|{}|", user.connection)],
                ),
                None => Sentence::new("Log in without an organization, as a user of an enterprise connection.", &[]),
            },
            Self::BusinessLogin => Sentence::new("Log in to {} as {}.", &[org1, alice]),
            Self::License => Sentence::new(
                "Log out, and log in to {} as {} again. The profile shows the license {}.",
                &[org1, alice, names.license()],
            ),
            Self::SecondOrganization => match names.second.current_license(tenant) {
                Some(license) => Sentence::new(
                    "Log out, and log in to {} as {}. The profile shows the license {}.",
                    &[org2, bob, license],
                ),
                None => Sentence::new("Log out, and log in to {} as {}.", &[org2, bob]),
            },
            Self::Enable => Sentence::new(ENABLE, &[okta2, org1]),
            Self::Refused => {
                Sentence::new("Log out, and log in to {} with {} as {}. Access is denied.", &[org1, okta2, bob])
            }
            Self::Invited => Sentence::new(ADD_MEMBER, &[bob, okta2, org1]),
            Self::Admitted => Sentence::new(
                "Log in to {} with {} as {} again. This time it succeeds, and the profile shows the license {}.",
                &[org1, okta2, bob, names.license()],
            ),
        }
    }

    /// Whether the event completes this step. Any user counts, or any user of the second connection where the step is
    /// about it. A refusal by a fault completes none.
    pub(super) fn is_completed_by(self, event: &Event, names: &Names, tenant: &Tenant) -> bool {
        let (first, second) = (&names.first, &names.second);
        let okta2 = &second.user.connection;
        match self {
            Self::Login => is_individual_login(event, Strategy::Database, tenant),
            Self::EnterpriseConnection => is_individual_login(event, Strategy::Enterprise, tenant),
            Self::BusinessLogin => is_login(event, &first.organization, None, None),
            Self::License => is_login(event, &first.organization, None, Some(names.license())),
            Self::SecondOrganization => is_login(event, &second.organization, None, None),
            Self::Enable => matches!(event,
                Event::Changed(
                    Change::ConnectionEnabled { organization, connection, auto_membership: false }
                    | Change::AutoMembershipChanged { organization, connection, auto_membership: false }
                ) if organization.name == first.organization && connection == okta2),
            Self::Refused => matches!(event,
                Event::Refused {
                    refusal: Refusal::NotAMember { .. }, user: Some(user), organization: Some(organization)
                } if organization.name == first.organization && user.connection == *okta2),
            Self::Invited => matches!(event,
                Event::Changed(Change::MemberAdded { organization, user, .. })
                    if organization.name == first.organization && user.connection == *okta2),
            Self::Admitted => is_login(event, &first.organization, Some(okta2), Some(names.license())),
        }
    }
}

/// Whether the event is a sign-in without an organization, by a user of such a connection.
fn is_individual_login(event: &Event, strategy: Strategy, tenant: &Tenant) -> bool {
    let is_of_strategy = |user: &UserSnapshot| {
        tenant.connection_by_name(&user.connection).is_some_and(|connection| connection.strategy == strategy)
    };
    matches!(event, Event::SignedIn { user, organization: None, .. } if is_of_strategy(user))
}

/// Whether the event is a sign-in to the organization: by a user of the connection, and with the license, if these are
/// given.
fn is_login(event: &Event, organization: &str, connection: Option<&str>, license: Option<&str>) -> bool {
    matches!(event,
        Event::SignedIn { user, organization: Some(to), license: given, .. }
            if to.name == organization
                && connection.is_none_or(|connection| user.connection == connection)
                && license.is_none_or(|license| given.as_deref() == Some(license)))
}
