//! Users and organizations as the features' pages show them.

use serde::Serialize;

use crate::{
    sign_in::identity::Identity,
    text::{hue, initials},
};

#[derive(Serialize)]
pub struct UserView {
    name: String,
    initials: String,
    /// `None` where it would only repeat the name.
    email: Option<String>,
    connection: Option<String>,
    /// The hue of the connection; empty without one.
    hue: String,
}

impl UserView {
    pub(super) fn new(name: String, email: Option<String>, connection: Option<String>) -> Self {
        Self {
            initials: initials(&name),
            email: email.filter(|email| *email != name),
            name,
            hue: hue_of(connection.as_deref()),
            connection,
        }
    }
}

/// The hue of a connection; empty without one.
pub(super) fn hue_of(connection: Option<&str>) -> String {
    connection.map(|connection| hue(connection).to_string()).unwrap_or_default()
}

#[derive(Serialize)]
pub struct OrganizationView {
    initials: String,
    hue: String,
}

impl OrganizationView {
    /// The organization that the user is logged in to, if any.
    pub fn of(identity: &Identity) -> Option<Self> {
        let organization = identity.organization()?;
        Some(Self { initials: initials(&organization.name), hue: hue(&organization.name).to_string() })
    }
}
