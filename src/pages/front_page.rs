//! `GET /`: signed out, asks for the organization; signed in, the organization's start page.

use actix_session::SessionExt;
use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Query},
};
use serde::{Deserialize, Serialize};
use tracing::warn;

use super::{
    Layout,
    attempt_cookie::AttemptCookies,
    current_user::CurrentUser,
    errors::{failure::Failure, messages::WHY_SESSIONS_END},
    features::catalogue::{FeatureCard, cards},
    links::login_url,
    navigation::Navigation,
    render,
};
use crate::{
    reference::Reference,
    session::{self, SignedInSession},
    sign_in::{
        RelyingParty, attempt::Destination, organization::MAXIMUM_LENGTH, provider::ProviderError,
        response::AuthorizationResponse, return_to::ReturnTo,
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
    relying_party: Data<RelyingParty>,
    attempts: AttemptCookies,
    CurrentUser(session): CurrentUser,
) -> Result<HttpResponse, Failure> {
    if AuthorizationResponse::may_be_in(request.query_string()) && attempts.any_is_waiting() {
        Navigation::of(&request)?;
        let failure = Failure::MissingState;
        warn!("{failure} [{}]", Reference::of(&request));
        return Err(failure);
    }
    let provider_trouble = relying_party.check_reachable().await.err().map(|error| ProviderTrouble::of(&error));
    match session {
        Some(session) => signed_in(&request, &session, provider_trouble),
        None => signed_out(&request, provider_trouble),
    }
}

fn signed_out(request: &HttpRequest, provider_trouble: Option<ProviderTrouble>) -> Result<HttpResponse, Failure> {
    let query = Query::<FrontPageQuery>::from_query(request.query_string()).ok();
    let return_to = query.and_then(|query| ReturnTo::parse(query.return_to.as_deref()?));
    let has_ended = CurrentUser::session_has_ended(request);
    if has_ended {
        session::end(&request.get_session());
    }
    let page = SignedOutPage {
        layout: Layout::of(request)?,
        login_url: login_url(&Destination { return_to: return_to.clone(), ..Destination::default() }),
        return_to,
        provider_trouble,
        maximum_length: MAXIMUM_LENGTH,
        why_session_ended: has_ended.then_some(WHY_SESSIONS_END),
    };
    render(StatusCode::OK, "front_page_signed_out.html", &page)
}

fn signed_in(
    request: &HttpRequest,
    session: &SignedInSession,
    provider_trouble: Option<ProviderTrouble>,
) -> Result<HttpResponse, Failure> {
    let page = SignedInPage {
        layout: Layout::of(request)?,
        features: cards(session.identity.license()),
        provider_trouble,
        maximum_length: MAXIMUM_LENGTH,
    };
    render(StatusCode::OK, "front_page_signed_in.html", &page)
}
