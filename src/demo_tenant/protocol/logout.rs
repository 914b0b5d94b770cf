//! The end of a single-sign-on session (OpenID Connect RP-Initiated Logout 1.0; Auth0's `/v2/logout`).

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde::Serialize;
use url::form_urlencoded;

use super::{
    pages::{Message, message_page, page, redirect},
    request::Parameters,
};
use crate::demo_tenant::{log::Event, sessions, state::Shared};

/// `GET /oidc/logout`: back to `post_logout_redirect_uri`.
pub(crate) async fn rp_initiated(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    log_out(&shared, &request, "post_logout_redirect_uri").await
}

/// `GET /v2/logout`: back to `returnTo`. `federated`, which at Auth0 ends the session at the identity provider too,
/// has nothing to do here: the identity providers keep none.
pub(crate) async fn auth0(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    log_out(&shared, &request, "returnTo").await
}

async fn log_out(shared: &Arc<Shared>, request: &HttpRequest, return_parameter: &str) -> HttpResponse {
    let parameters = Parameters::parse(request.query_string().as_bytes());
    let cookie = request.cookie(sessions::COOKIE);
    if let Some(cookie) = &cookie {
        let ended_itself = application_session(shared, parameters.get("id_token_hint"));
        if must_ask(shared, request, cookie.value(), ended_itself.as_deref()) {
            return page(StatusCode::OK, "demo_tenant/log_out.html", &LogOutPage::of(request));
        }
        end_session(shared, cookie.value(), ended_itself.as_deref()).await;
    }
    let mut response = match (parameters.get(return_parameter), parameters.get("state")) {
        // Only to a registered address, character for character (RP-Initiated Logout 3).
        (Some(url), state) if shared.client.logout_urls.iter().any(|registered| registered == url) => {
            redirect(&with_state(url, state))
        }
        (Some(url), _) => {
            message_page(StatusCode::BAD_REQUEST, &Message::unregistered_logout_url(url, &shared.client.logout_urls))
        }
        (None, _) => message_page(StatusCode::OK, &Message::signed_out()),
    };
    if let Some(mut cookie) = cookie {
        cookie.set_path("/");
        // An answer can always carry this cookie: name and value came in one.
        _ = response.add_removal_cookie(&cookie);
    }
    response
}

/// The application's session that the hint was issued for.
fn application_session(shared: &Shared, id_token_hint: Option<&str>) -> Option<String> {
    shared.signing_key.verify(id_token_hint?)?["sid"].as_str().map(str::to_owned)
}

/// Whether somebody else than the application may want the logout: another site's link, without a hint that belongs to the
/// session (RP-Initiated Logout 2). The application is the same site, on another port of this machine, and is spared the
/// question; where it is served by https it is another site itself, and can't be told from one, so nobody is asked.
fn must_ask(shared: &Shared, request: &HttpRequest, id: &str, ended_itself: Option<&str>) -> bool {
    let is_cross_site = request.headers().get("sec-fetch-site").is_some_and(|site| site == "cross-site");
    let application_is_same_site = shared.client.logout_urls.iter().all(|url| url.starts_with("http://"));
    is_cross_site && application_is_same_site && !ended_itself.is_some_and(|sid| shared.state().sessions.is_of(sid, id))
}

/// `demo_tenant/log_out.html`: really?
#[derive(Debug, Serialize)]
struct LogOutPage {
    /// The request, to be made again.
    path: String,
    parameters: Vec<(String, String)>,
}

impl LogOutPage {
    fn of(request: &HttpRequest) -> Self {
        let parameters = form_urlencoded::parse(request.query_string().as_bytes()).into_owned().collect();
        Self { path: request.path().to_owned(), parameters }
    }
}

/// Ends the session, and what the application has from it in other places than the one that it is logging out of.
async fn end_session(shared: &Arc<Shared>, id: &str, ended_itself: Option<&str>) {
    let ended = {
        let mut state = shared.state();
        let Some((session, ended)) = state.sessions.log_out(id, ended_itself) else { return };
        if let Ok(user) = state.tenant.user_to_change(session.user.as_str()) {
            state.record(Event::SignedOut(user), shared.now());
        }
        ended
    };
    shared.tell(ended).await;
}

fn with_state(url: &str, state: Option<&str>) -> String {
    match (url::Url::parse(url), state) {
        (Ok(mut with_state), Some(state)) => {
            with_state.query_pairs_mut().append_pair("state", state);
            with_state.into()
        }
        _ => url.to_owned(),
    }
}
