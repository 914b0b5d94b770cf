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
    /// The hue of the connection.
    hue: Option<u32>,
}

impl UserView {
    pub(super) fn new(name: String, email: Option<String>, connection: Option<String>) -> Self {
        Self {
            initials: initials(&name),
            email: email.filter(|email| *email != name),
            name,
            hue: connection.as_deref().map(hue),
            connection,
        }
    }
}
