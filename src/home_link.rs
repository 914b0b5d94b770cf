//! A link that every page of a site shows, to a page elsewhere that the site belongs to.

use serde::Serialize;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HomeLink {
    pub label: String,
    pub url: String,
}
