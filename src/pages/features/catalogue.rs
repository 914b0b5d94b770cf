//! `GET /features`: the catalogue, with what the organization's license includes.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode};
use serde::Serialize;

use crate::{
    license::{CATALOGUE, Feature, License},
    pages::{Layout, current_user::SignedIn, errors::failure::Failure, render},
};

/// A feature in the catalogue.
#[derive(Serialize)]
pub struct FeatureCard {
    #[serde(flatten)]
    feature: &'static Feature,
    path: String,
    is_included: bool,
}

/// The catalogue for an organization with `license`.
pub fn cards(license: Option<License>) -> Vec<FeatureCard> {
    let card = |feature: &'static Feature| FeatureCard {
        feature,
        path: feature.path(),
        is_included: feature.is_included_in(license),
    };
    CATALOGUE.map(card).into()
}

#[derive(Serialize)]
struct FeaturesPage {
    layout: Layout,
    features: Vec<FeatureCard>,
}

pub async fn features(request: HttpRequest, SignedIn(session): SignedIn) -> Result<HttpResponse, Failure> {
    let features = cards(session.identity.license());
    render(StatusCode::OK, "features.html", &FeaturesPage { layout: Layout::of(&request)?, features })
}
