//! Users as the features' pages show them.

use serde::Serialize;

use crate::text::{hue, initials, shorten};

/// How much of a name a list shows, in characters: many long names would make a long page.
const MAXIMUM_NAME: usize = 60;

/// The name of a user or a connection, as lists show it.
pub(super) fn in_a_list(name: &str) -> String {
    shorten(name, MAXIMUM_NAME)
}

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
            email: email.filter(|email| *email != name).as_deref().map(in_a_list),
            name: in_a_list(&name),
            hue: connection.as_deref().map(hue),
            connection: connection.as_deref().map(in_a_list),
        }
    }
}
