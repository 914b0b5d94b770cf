//! `GET /features`: the catalogue, with what the organization's license includes.

use actix_web::{HttpResponse, http::StatusCode, web::Data};
use serde::Serialize;

use super::{Layout, Site, current_user::SignedIn, errors::page::Failure, render};
use crate::license::{CATALOGUE, Feature, License};

/// A feature as the catalogue shows it.
#[derive(Serialize)]
pub struct FeatureCard {
    #[serde(flatten)]
    feature: &'static Feature,
    is_included: bool,
}

/// The catalogue for an organization with `license`.
pub fn cards(license: Option<License>) -> Vec<FeatureCard> {
    let card = |feature: &'static Feature| FeatureCard { feature, is_included: feature.is_included_in(license) };
    CATALOGUE.iter().map(card).collect()
}

#[derive(Serialize)]
struct FeaturesPage {
    layout: Layout,
    features: Vec<FeatureCard>,
}

/// Answers `GET /features`.
pub async fn features(site: Data<Site>, SignedIn(signed_in): SignedIn) -> Result<HttpResponse, Failure> {
    let page =
        FeaturesPage { layout: Layout::new(&site, Some(&signed_in)), features: cards(signed_in.identity.license()) };
    render(StatusCode::OK, "features.html", &page)
}
