//! What the tenant's pages share: templates as responses, messages, redirects and connections.

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use serde::Serialize;
use tracing::error;

use super::model::tenant::{Connection, Organization, Strategy};
use crate::{
    assets,
    text::{hue, initials},
};

pub(crate) fn message_page(status: StatusCode, message: &Message) -> HttpResponse {
    page(status, "demo_tenant/message.html", message)
}

pub(crate) fn page(status: StatusCode, template: &'static str, context: &impl Serialize) -> HttpResponse {
    match assets::render(template, context) {
        Ok(html) => HttpResponse::build(status).content_type("text/html; charset=utf-8").body(html),
        Err(cause) => {
            error!("tenant: {cause}");
            HttpResponse::InternalServerError().body("The page could not be rendered. The log has the details.")
        }
    }
}

/// 303: the browser goes there by GET.
pub(crate) fn redirect(location: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, location)).finish()
}

/// `demo_tenant/message.html`.
#[derive(Debug, Serialize)]
pub(crate) struct Message {
    title: String,
    text: String,
    /// The value that the text is about.
    value: Option<String>,
    hint: Option<String>,
}

impl Message {
    fn new(title: &str, text: &str) -> Self {
        Self { title: title.into(), text: text.into(), value: None, hint: None }
    }

    pub(crate) fn callback_mismatch(url: &str, registered: &[String]) -> Self {
        Self {
            value: Some(url.into()),
            hint: Some(format!("Allowed, compared character for character: {}", registered.join(" and "))),
            ..Self::new(
                "Callback URL mismatch",
                "The provided redirect_uri is not in the list of allowed callback URLs of the application:",
            )
        }
    }

    pub(crate) fn unknown_client(client_id: &str) -> Self {
        Self {
            value: Some(client_id.into()),
            ..Self::new("Unknown client", "The demo tenant has no application with this client_id:")
        }
    }

    /// The request has an ID token that was issued to a client other than the one it names.
    pub(crate) fn hint_of_another_client(client_id: &str) -> Self {
        Self {
            value: Some(client_id.into()),
            ..Self::new("Client mismatch", "The id_token_hint was not issued to the application with this client_id:")
        }
    }

    pub(crate) fn unregistered_logout_url(url: &str, registered: &[String]) -> Self {
        let registered = registered.join(" and ");
        Self {
            value: Some(url.into()),
            hint: Some(format!(
                "You are logged out of the demo tenant. Allowed, compared character for character: {registered}"
            )),
            ..Self::new(
                "Logout URL mismatch",
                "The URL to return to is not among the application's allowed logout URLs:",
            )
        }
    }

    /// After a logout without an address to return to.
    pub(crate) fn signed_out() -> Self {
        Self::new("You are logged out", "Your session at the demo tenant has ended.")
    }

    pub(crate) fn not_found() -> Self {
        Self::new("Page not found", "There is no page at this address.")
    }

    pub(crate) fn method_not_allowed() -> Self {
        Self::new("Method not allowed", "This address does not support the request's method.")
    }

    pub(crate) fn malformed_form() -> Self {
        Self::new("Bad request", "The demo tenant could not read the form.")
    }

    pub(crate) fn misdirected() -> Self {
        Self::new("Misdirected request", "The demo tenant responds only at its own host name.")
    }

    pub(crate) fn no_navigation() -> Self {
        Self::new(
            "Open this address in a window of its own",
            "The browser requested it as part of another page, or prefetched it. Nothing was changed.",
        )
    }

    /// For errors without a page of their own.
    pub(crate) fn fallback(status: StatusCode, reference: &str) -> Self {
        let (title, text) = match status {
            StatusCode::FORBIDDEN => ("Request refused", "It came from another site. Nothing was changed."),
            _ => ("Something went wrong", "The demo tenant could not respond. The log has the details."),
        };
        Self { hint: Some(format!("Reference: {reference}")), ..Self::new(title, text) }
    }
}

/// A connection, for a button or a heading.
#[derive(Debug, Serialize)]
pub(crate) struct ConnectionView {
    name: String,
    display_name: String,
    enterprise: bool,
    hue: u32,
}

impl ConnectionView {
    pub(crate) fn of(connection: &Connection) -> Self {
        let enterprise = connection.strategy == Strategy::Enterprise;
        Self {
            name: connection.name.clone(),
            display_name: connection.display_name.clone(),
            enterprise,
            hue: hue(&connection.name),
        }
    }
}

/// An organization, as the app shows it too.
#[derive(Debug, Serialize)]
pub(crate) struct OrganizationView {
    /// The display name.
    name: String,
    initials: String,
    hue: u32,
}

impl OrganizationView {
    pub(crate) fn of(organization: &Organization) -> Self {
        let name = organization.display_name.clone();
        Self { initials: initials(&name), hue: hue(&name), name }
    }
}
