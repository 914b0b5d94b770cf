//! The addresses of the app's own pages that take parameters.

use url::form_urlencoded;

use crate::sign_in::{attempt::Destination, return_to::ReturnTo};

/// The front page, which asks for the organization and leads back to `return_to`.
pub fn front_page_url(return_to: Option<&ReturnTo>) -> String {
    with_query("/", [("return_to", return_to.map(ReturnTo::as_str))])
}

/// The front page with the organization filled in.
pub fn filled_front_page_url(organization: &str, return_to: Option<&ReturnTo>) -> String {
    with_query("/", [("organization", Some(organization)), ("return_to", return_to.map(ReturnTo::as_str))])
}

/// A sign-in that leads to `destination`.
pub fn login_url(destination: &Destination) -> String {
    let organization = destination.organization.as_ref().map(ToString::to_string);
    let parameters = [
        ("organization", organization.as_deref()),
        ("organization_name", destination.organization_name.as_deref()),
        ("return_to", destination.return_to.as_ref().map(ReturnTo::as_str)),
    ];
    with_query("/login", parameters)
}

fn with_query<const N: usize>(path: &str, parameters: [(&str, Option<&str>); N]) -> String {
    let present = parameters.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(present).finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}
