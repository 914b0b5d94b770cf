//! The tenant's data: connections, their users, organizations and who belongs to them.

use std::{collections::BTreeMap, fmt};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::ids::{ConnectionId, OrganizationId, UserId};
use crate::random::Random;

/// Connections, users and organizations, each in the order of their creation, and the settings.
#[derive(Debug, Clone)]
pub(crate) struct Tenant {
    pub(crate) connections: Vec<Connection>,
    pub(crate) users: Vec<User>,
    pub(crate) organizations: Vec<Organization>,
    /// Whether the application's users sign in to organizations.
    pub(crate) usage: OrganizationUsage,
    /// "Allow Organization Names in Authentication API": the parameter `organization` may be a name, and ID tokens
    /// carry `org_name`.
    pub(crate) organization_names_allowed: bool,
    /// What its administrators call it. The pages show the name of the lab.
    pub(crate) friendly_name: String,
}

/// The name of a tenant that nobody has named.
pub(crate) const FRIENDLY_NAME: &str = "Demo Tenant";

/// A source of users: a company's identity provider, or the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Connection {
    pub(crate) id: ConnectionId,
    /// `Okta1`: unique, and it never changes, since the subjects of its users contain it.
    pub(crate) name: String,
    pub(crate) strategy: Strategy,
    /// What the sign-in pages call it.
    pub(crate) display_name: String,
    /// At Auth0, how to reach the company's identity provider. Here it is only kept: the tenant asks no other provider.
    pub(crate) options: Map<String, Value>,
    /// Notes of scripts. They are only kept.
    pub(crate) metadata: BTreeMap<String, String>,
}

impl Connection {
    /// Without settings of its own.
    pub(crate) fn new(name: &str, strategy: Strategy, random: &Random) -> Self {
        Self {
            id: ConnectionId::new(random),
            name: name.to_owned(),
            strategy,
            display_name: name.to_owned(),
            options: Map::new(),
            metadata: BTreeMap::new(),
        }
    }

    pub(crate) fn new_user_id(&self, random: &Random) -> UserId {
        match self.strategy {
            Strategy::Enterprise => UserId::okta(&self.name, random),
            Strategy::Database => UserId::auth0(random),
        }
    }
}

/// The kind of a connection, under Auth0's name for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) enum Strategy {
    /// A company's own identity provider.
    #[serde(rename = "okta")]
    Enterprise,
    /// The tenant's own database.
    #[serde(rename = "auth0")]
    Database,
}

impl Strategy {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Enterprise => "okta",
            Self::Database => "auth0",
        }
    }
}

/// A user of one connection: the same person through two connections is two users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) id: UserId,
    pub(crate) connection: ConnectionId,
    /// Lower case, and unique in the connection.
    pub(crate) email: String,
    /// The full name.
    pub(crate) name: String,
    pub(crate) profile: Profile,
    pub(crate) created_at: DateTime<Utc>,
    /// When the user was created, or last signed in.
    pub(crate) updated_at: DateTime<Utc>,
}

impl User {
    /// As at Auth0: the email address up to the `@`, unless the profile has another nickname.
    pub(crate) fn nickname(&self) -> &str {
        self.profile.nickname.as_deref().unwrap_or_else(|| self.email.split('@').next().unwrap_or_default())
    }
}

/// What a user has besides email address and name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Profile {
    pub(crate) email_verified: bool,
    pub(crate) given_name: Option<String>,
    pub(crate) family_name: Option<String>,
    pub(crate) nickname: Option<String>,
    /// The address of an image.
    pub(crate) picture: Option<String>,
    /// At Auth0, what the user may change. Here it is only kept.
    pub(crate) user_metadata: Map<String, Value>,
    /// At Auth0, what only administrators may change. Here it is only kept.
    pub(crate) app_metadata: Map<String, Value>,
}

/// Nobody can sign up at this tenant, so an email address counts as verified until a request changes that.
impl Default for Profile {
    fn default() -> Self {
        Self {
            email_verified: true,
            given_name: None,
            family_name: None,
            nickname: None,
            picture: None,
            user_metadata: Map::new(),
            app_metadata: Map::new(),
        }
    }
}

/// A business customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Organization {
    pub(crate) id: OrganizationId,
    /// Lower case and unique: what people type.
    pub(crate) name: String,
    /// What pages and the claim `organization` show.
    pub(crate) display_name: String,
    /// The lab keeps the license here.
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) branding: Option<Branding>,
    /// In the order in which they were enabled.
    pub(crate) enabled_connections: Vec<EnabledConnection>,
    /// In the order in which they joined.
    pub(crate) members: Vec<UserId>,
    /// Neither used nor revoked; some may have expired.
    pub(crate) invitations: Vec<Invitation>,
}

/// An organization's branding. It is only kept: the tenant's pages load nothing from elsewhere, and have only their own
/// styles.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Branding {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) logo_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) colors: Option<BrandingColors>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BrandingColors {
    pub(crate) primary: String,
    pub(crate) page_background: String,
}

/// A connection that is enabled for an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EnabledConnection {
    pub(crate) connection: ConnectionId,
    /// Auto-membership: users of the connection become members when they sign in.
    pub(crate) assign_membership_on_login: bool,
    /// Whether the sign-in page offers it. Without a button, it is still used if the application names it.
    pub(crate) show_as_button: bool,
}

impl EnabledConnection {
    /// With a button.
    pub(crate) fn new(connection: ConnectionId, assign_membership_on_login: bool) -> Self {
        Self { connection, assign_membership_on_login, show_as_button: true }
    }
}

/// An invitation to an organization: a link for one person, good once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Invitation {
    /// `uinv_…`, for administrators.
    pub(crate) id: String,
    /// Part of the link: anybody who has it can use the invitation.
    pub(crate) ticket: String,
    /// The email address of the person who is invited.
    pub(crate) invitee: String,
    /// The name that the page shows.
    pub(crate) inviter: String,
    /// The only connection that the invitee can accept it with, if there is one.
    pub(crate) connection: Option<ConnectionId>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
}

impl Organization {
    pub(crate) fn license(&self) -> Option<&str> {
        self.metadata.get("license").map(String::as_str)
    }

    pub(crate) fn has_member(&self, user: &UserId) -> bool {
        self.members.contains(user)
    }

    pub(crate) fn enabled(&self, connection: &ConnectionId) -> Option<&EnabledConnection> {
        self.enabled_connections.iter().find(|enabled| enabled.connection == *connection)
    }
}

/// Auth0's `organization_usage` with, where it is `require`, `organization_require_behavior`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OrganizationUsage {
    /// `deny`: "Individuals".
    Individuals,
    /// `allow`: "Both".
    Both,
    /// `require`: "Business Users".
    Business {
        /// `pre_login_prompt`: if the application names no organization, the tenant asks for it. Otherwise
        /// (`no_prompt`), the application must name it.
        prompt_for_organization: bool,
    },
}

/// Auth0's field `organization_usage`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum UsageField {
    Deny,
    Allow,
    Require,
}

/// Auth0's field `organization_require_behavior`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RequireBehaviorField {
    NoPrompt,
    PreLoginPrompt,
}

impl OrganizationUsage {
    /// The usage with Auth0's two fields set, where they are given.
    pub(crate) fn with_fields(self, usage: Option<UsageField>, behavior: Option<RequireBehaviorField>) -> Self {
        let prompt_for_organization = match behavior {
            Some(behavior) => behavior == RequireBehaviorField::PreLoginPrompt,
            None => self == Self::Business { prompt_for_organization: true },
        };
        match (usage, self) {
            (Some(UsageField::Deny), _) | (None, Self::Individuals) => Self::Individuals,
            (Some(UsageField::Allow), _) | (None, Self::Both) => Self::Both,
            (Some(UsageField::Require), _) | (None, Self::Business { .. }) => {
                Self::Business { prompt_for_organization }
            }
        }
    }
}

impl fmt::Display for OrganizationUsage {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(match self {
            Self::Individuals => "individuals",
            Self::Both => "both",
            Self::Business { prompt_for_organization: true } => "business, with a prompt for the organization",
            Self::Business { prompt_for_organization: false } => "business, without a prompt for the organization",
        })
    }
}

impl Tenant {
    pub(crate) fn organization(&self, id: &str) -> Option<&Organization> {
        self.organizations.iter().find(|organization| organization.id.as_str() == id)
    }

    /// The organization with this name, ignoring case.
    pub(crate) fn organization_by_name(&self, name: &str) -> Option<&Organization> {
        let name = name.to_lowercase();
        self.organizations.iter().find(|organization| organization.name == name)
    }

    pub(crate) fn connection(&self, id: &str) -> Option<&Connection> {
        self.connections.iter().find(|connection| connection.id.as_str() == id)
    }

    pub(crate) fn connection_by_name(&self, name: &str) -> Option<&Connection> {
        self.connections.iter().find(|connection| connection.name == name)
    }

    pub(crate) fn user(&self, id: &str) -> Option<&User> {
        self.users.iter().find(|user| user.id.as_str() == id)
    }

    /// Updates the user's data after a sign-in.
    pub(crate) fn record_sign_in(&mut self, id: &UserId, now: DateTime<Utc>) {
        if let Some(user) = self.users.iter_mut().find(|user| user.id == *id) {
            user.updated_at = now;
        }
    }

    pub(crate) fn users_of<'t>(&'t self, connection: &ConnectionId) -> impl Iterator<Item = &'t User> {
        self.users.iter().filter(move |user| user.connection == *connection)
    }

    /// The connections to sign in with: those enabled for the organization, in the order in which they were enabled.
    /// Without an organization, all.
    pub(crate) fn connections_for(&self, organization: Option<&Organization>) -> Vec<&Connection> {
        match organization {
            None => self.connections.iter().collect(),
            Some(organization) => organization
                .enabled_connections
                .iter()
                .filter_map(|enabled| self.connection(enabled.connection.as_str()))
                .collect(),
        }
    }
}
