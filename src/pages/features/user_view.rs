//! Users as the features' pages show them.

use serde::Serialize;

use crate::text::{hue, initials};

#[derive(Serialize)]
pub(super) struct UserView {
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
