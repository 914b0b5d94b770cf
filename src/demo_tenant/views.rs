//! What the tenant's pages share: templates as responses, messages, redirects and connections.

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use serde::Serialize;
use tracing::error;

use super::model::tenant::{Connection, Strategy};
use crate::{assets, text::hue};

pub(crate) fn message_page(status: StatusCode, message: &Message) -> HttpResponse {
    page(status, "demo_tenant/message.html", message)
}

pub(crate) fn page(status: StatusCode, template: &'static str, context: &impl Serialize) -> HttpResponse {
    match assets::render(template, context) {
        Ok(html) => HttpResponse::build(status).content_type("text/html; charset=utf-8").body(html),
        Err(cause) => {
            error!("tenant: {cause}");
            HttpResponse::InternalServerError().body("The page could not be made; the log says more.")
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
            hint: Some(format!("Registered, character for character: {}", registered.join(" and "))),
            ..Self::new(
                "Callback URL mismatch",
                "The provided redirect_uri is not in the list of allowed callback URLs of the application:",
            )
        }
    }

    pub(crate) fn unknown_client(client_id: &str) -> Self {
        Self {
            value: Some(client_id.into()),
            ..Self::new("Unknown client", "The tenant has no application with this client_id:")
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
            hint: Some(format!("You are still signed out here. Registered, character for character: {registered}")),
            ..Self::new(
                "Logout URL mismatch",
                "The address to return to is not in the list of allowed logout URLs of the application:",
            )
        }
    }

    /// After a logout without an address to return to.
    pub(crate) fn signed_out() -> Self {
        Self::new("You are signed out", "Your session at this tenant has ended.")
    }

    pub(crate) fn not_found() -> Self {
        Self::new("Page not found", "There is nothing at this address.")
    }

    pub(crate) fn method_not_allowed() -> Self {
        Self::new("This page does not work that way", "The request's method is not allowed here.")
    }

    pub(crate) fn malformed_form() -> Self {
        Self::new("Malformed request", "The tenant could not read what was sent.")
    }

    pub(crate) fn misdirected() -> Self {
        Self::new("Misdirected request", "The tenant responds at its own host name only.")
    }

    pub(crate) fn no_navigation() -> Self {
        Self::new(
            "This address needs a page of its own",
            "The browser asked for it as a part of another page, or ahead of time. Nothing was changed.",
        )
    }

    /// For errors without a page of their own.
    pub(crate) fn fallback(status: StatusCode, reference: &str) -> Self {
        let (title, text) = match status {
            StatusCode::FORBIDDEN => ("Refused", "The request came from another site, so it was not carried out."),
            _ => ("Something went wrong", "The tenant could not respond. Its log says more."),
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
