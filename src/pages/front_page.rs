//! `GET /`: asks for the organization; signed in, the organization's start page; and where the lab registers the base URL
//! itself as redirect URI, the provider's answer comes here too.

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
    callback::{self, Callback},
    current_user::CurrentUser,
    errors::{
        messages::WHY_SESSIONS_END,
        page::{self as error_page, Failure},
    },
    features::{FeatureCard, cards},
    navigation::Navigation,
    render,
};
use crate::{
    session::{self, SignedInSession},
    sign_in::{RelyingParty, attempt::Destination, response::AuthorizationResponse, return_to::ReturnTo},
};

/// The page's own query.
#[derive(Deserialize)]
pub struct PromptQuery {
    return_to: Option<String>,
}

#[derive(Serialize)]
struct PromptPage {
    layout: Layout,
    return_to: Option<ReturnTo>,
    /// To go on without an organization.
    login_url: String,
    provider_is_down: bool,
    /// Why the provider may have ended the session, where it has.
    signed_out_since: Option<&'static str>,
}

#[derive(Serialize)]
struct StartPage {
    layout: Layout,
    features: Vec<FeatureCard>,
    provider_is_down: bool,
}

/// Answers `GET /`.
pub async fn show(
    request: HttpRequest,
    site: Data<Site>,
    party: Data<RelyingParty>,
    CurrentUser(current_user): CurrentUser,
    callback: Callback,
) -> Result<HttpResponse, Failure> {
    let query = request.query_string();
    if AuthorizationResponse::is_in(query) || is_invitation(query) {
        Navigation::of(&request)?;
    }
    if AuthorizationResponse::is_in(query) {
        return callback::complete(callback).await;
    }
    let provider_is_down = party.check_reachable().await.is_err();
    match current_user {
        Some(signed_in) => start_page(&site, &signed_in, provider_is_down),
        None => prompt_page(&request, &site, provider_is_down),
    }
}

/// Whether the query comes from an invitation link.
fn is_invitation(query: &str) -> bool {
    form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "invitation")
}

fn prompt_page(request: &HttpRequest, site: &Site, provider_is_down: bool) -> Result<HttpResponse, Failure> {
    let query = Query::<PromptQuery>::from_query(request.query_string()).ok();
    let return_to = query.and_then(|query| ReturnTo::parse(query.return_to.as_deref()?));
    let login_url = error_page::login_url(&Destination { return_to: return_to.clone(), ..Destination::default() });
    let signed_out_since = CurrentUser::has_been_signed_out(request).then_some(WHY_SESSIONS_END);
    if signed_out_since.is_some() {
        session::end(&request.get_session());
    }
    let layout = Layout::new(site, None);
    let page = PromptPage { layout, return_to, login_url, provider_is_down, signed_out_since };
    render(StatusCode::OK, "prompt.html", &page)
}

fn start_page(site: &Site, signed_in: &SignedInSession, provider_is_down: bool) -> Result<HttpResponse, Failure> {
    let page = StartPage {
        layout: Layout::new(site, Some(signed_in)),
        features: cards(signed_in.identity.license()),
        provider_is_down,
    };
    render(StatusCode::OK, "start.html", &page)
}
