//! Users as the features' pages show them.

use serde::Serialize;

use crate::text::{hue, initials};

/// How much of a name or an email address a list shows, in bytes of HTML: many long ones would make a long page.
const MAXIMUM_NAME: usize = 140;
/// How much of a name the list of people shows: all 255 characters in most scripts.
const MAXIMUM_NAME_OF_A_PERSON: usize = 520;
/// The same for the name of a connection.
const MAXIMUM_CONNECTION: usize = 60;

/// The name of a connection, as lists show it.
pub(super) fn shown_connection(name: &str) -> String {
    shorten_html(name, MAXIMUM_CONNECTION)
}

/// The text, shortened if it would take more than so many bytes of HTML.
fn shorten_html(text: &str, maximum: usize) -> String {
    let mut size = 0;
    let is_too_much = |letter: char| {
        size += match letter {
            '&' | '\'' => 5, // as character references
            '<' | '>' => 4,
            '"' => 6,
            _ => letter.len_utf8(),
        };
        size > maximum
    };
    match text.find(is_too_much) {
        Some(end) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
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
    /// For the list of people, which shows nearly the whole name.
    pub(super) fn of_person(name: &str, email: Option<String>, connection: Option<String>) -> Self {
        let user = Self::new(name.to_owned(), email, connection);
        Self { name: shorten_html(name, MAXIMUM_NAME_OF_A_PERSON), ..user }
    }

    pub(super) fn new(name: String, email: Option<String>, connection: Option<String>) -> Self {
        Self {
            initials: initials(&name),
            email: email.filter(|email| *email != name).map(|email| shorten_html(&email, MAXIMUM_NAME)),
            name: shorten_html(&name, MAXIMUM_NAME),
            hue: connection.as_deref().map(hue),
            connection: connection.as_deref().map(shown_connection),
        }
    }
}
