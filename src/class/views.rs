//! What the class's pages share: templates as responses, messages and QR codes.

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use fast_qr::{
    QRBuilder, QRCode,
    convert::{Builder, Shape, svg::SvgBuilder},
};
use serde::Serialize;
use tracing::error;

use crate::assets;

/// A response with `template`, filled with the fields of `page`.
pub(super) fn page(status: StatusCode, template: &'static str, page: &impl Serialize) -> HttpResponse {
    match assets::render(template, page) {
        Ok(html) => HttpResponse::build(status).content_type("text/html; charset=utf-8").body(html),
        Err(cause) => {
            error!("class: {cause}");
            HttpResponse::InternalServerError().body("The page could not be rendered. The log has the details.")
        }
    }
}

/// 303: the browser goes there by GET.
pub(super) fn redirect(location: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, location)).finish()
}

/// `class/message.html`.
#[derive(Debug, Serialize)]
pub(super) struct Message {
    pub(super) title: &'static str,
    pub(super) text: String,
    /// Where to go on.
    pub(super) link: Option<Link>,
}

#[derive(Debug, Serialize)]
pub(super) struct Link {
    pub(super) url: String,
    pub(super) text: &'static str,
}

impl Message {
    pub(super) fn response(&self, status: StatusCode) -> HttpResponse {
        page(status, "class/message.html", self)
    }

    pub(super) fn malformed_form() -> Self {
        let link = Some(Link { url: "/".to_owned(), text: "Go to the front door" });
        Self { title: "This form can't be read", text: "Nothing was changed. Go back and try again.".to_owned(), link }
    }

    pub(super) fn not_found() -> Self {
        let link = Some(Link { url: "/".to_owned(), text: "Go to the front door" });
        Self { title: "Page not found", text: "There is nothing at this address.".to_owned(), link }
    }
}

/// The address as a QR code, as an inline SVG image without style, with a white margin of four modules (ISO/IEC 18004).
/// `name` is for screen readers. Empty if the address is too long for a code.
pub(super) fn qr_svg(address: &str, name: &'static str) -> String {
    let svg = |code: QRCode| {
        let svg = SvgBuilder::default().shape(Shape::Square).to_str(&code);
        svg.replacen("<svg ", &format!("<svg role=\"img\" aria-label=\"{name}\" "), 1)
    };
    QRBuilder::new(address).build().map(svg).unwrap_or_default()
}

/// The address as a QR code of characters, for a terminal.
pub fn qr_text(address: &str) -> String {
    QRBuilder::new(address).build().map(|code| code.to_str()).unwrap_or_default()
}
