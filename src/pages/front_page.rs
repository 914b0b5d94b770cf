//! `GET /`: signed out, asks for the organization; signed in, the organization's start page.

use actix_session::SessionExt;
use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Query},
};
use serde::{Deserialize, Serialize};
use url::form_urlencoded;

use super::{
    Layout, Site,
    current_user::CurrentUser,
    errors::{failure::Failure, messages::WHY_SESSIONS_END},
    features::catalogue::{FeatureCard, cards},
    links::login_url,
    navigation::Navigation,
    render,
};
use crate::{
    session::{self, SignedInSession},
    sign_in::{
        RelyingParty, attempt::Destination, organization::MAXIMUM_LENGTH, provider::ProviderError, return_to::ReturnTo,
    },
};

#[derive(Deserialize)]
struct FrontPageQuery {
    return_to: Option<String>,
}

#[derive(Serialize)]
struct SignedOutPage {
    layout: Layout,
    return_to: Option<ReturnTo>,
    /// Signs in without naming an organization.
    login_url: String,
    provider_trouble: Option<ProviderTrouble>,
    /// The longest organization that can be typed, in characters.
    maximum_length: usize,
    /// Why the provider may have ended the session, if it has.
    why_session_ended: Option<&'static str>,
}

#[derive(Serialize)]
struct SignedInPage {
    layout: Layout,
    features: Vec<FeatureCard>,
    provider_trouble: Option<ProviderTrouble>,
    /// The longest organization that can be typed, in characters.
    maximum_length: usize,
}

/// Why nobody can sign in now.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum ProviderTrouble {
    /// The provider does not respond.
    Unreachable,
    /// It responds, and the app can't use what it returns.
    Unusable,
}

impl ProviderTrouble {
    fn of(error: &ProviderError) -> Self {
        if error.is_response() { Self::Unusable } else { Self::Unreachable }
    }
}

pub async fn show(
    request: HttpRequest,
    site: Data<Site>,
    relying_party: Data<RelyingParty>,
    CurrentUser(session): CurrentUser,
) -> Result<HttpResponse, Failure> {
    if is_invitation(request.query_string()) {
        Navigation::of(&request)?;
    }
    let provider_trouble = relying_party.check_reachable().await.err().map(|error| ProviderTrouble::of(&error));
    match session {
        Some(session) => signed_in(&site, &session, provider_trouble),
        None => signed_out(&request, &site, provider_trouble),
    }
}

/// Whether the query comes from an invitation link.
fn is_invitation(query: &str) -> bool {
    form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "invitation")
}

fn signed_out(
    request: &HttpRequest,
    site: &Site,
    provider_trouble: Option<ProviderTrouble>,
) -> Result<HttpResponse, Failure> {
    let query = Query::<FrontPageQuery>::from_query(request.query_string()).ok();
    let return_to = query.and_then(|query| ReturnTo::parse(query.return_to.as_deref()?));
    let has_ended = CurrentUser::session_has_ended(request);
    if has_ended {
        session::end(&request.get_session());
    }
    let page = SignedOutPage {
        layout: Layout::new(site, None),
        login_url: login_url(&Destination { return_to: return_to.clone(), ..Destination::default() }),
        return_to,
        provider_trouble,
        maximum_length: MAXIMUM_LENGTH,
        why_session_ended: has_ended.then_some(WHY_SESSIONS_END),
    };
    render(StatusCode::OK, "front_page_signed_out.html", &page)
}

fn signed_in(
    site: &Site,
    session: &SignedInSession,
    provider_trouble: Option<ProviderTrouble>,
) -> Result<HttpResponse, Failure> {
    let page = SignedInPage {
        layout: Layout::new(site, Some(session)),
        features: cards(session.identity.license()),
        provider_trouble,
        maximum_length: MAXIMUM_LENGTH,
    };
    render(StatusCode::OK, "front_page_signed_in.html", &page)
}
