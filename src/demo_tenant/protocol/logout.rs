//! The end of a single-sign-on session (OpenID Connect RP-Initiated Logout 1.0; Auth0's `/v2/logout`).

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, cookie::Cookie, http::StatusCode, web};
use serde::Serialize;
use url::Url;

use super::{
    id_token::ID_TOKEN,
    origin::{is_from_another_site, is_same_site, repeat_as_get},
    probe::is_probe,
    request::{Parameters, RequestError},
};
use crate::{
    demo_tenant::{
        lab::log::Event,
        state::Shared,
        views::{Message, message_page, page, redirect},
    },
    middleware::{OwnOrigin, is_same_origin},
};

/// The parameter of OpenID Connect's logout request that says where to return to.
const RETURN_TO: &str = "post_logout_redirect_uri";

/// `GET /oidc/logout`: returns to `post_logout_redirect_uri`.
pub(crate) async fn rp_initiated(
    shared: web::Data<Shared>,
    own: web::Data<OwnOrigin>,
    http: HttpRequest,
) -> HttpResponse {
    let parameters = Parameters::parse(http.query_string().as_bytes());
    log_out(&shared, &own.0, &http, parameters, RETURN_TO).await
}

/// `POST /oidc/logout`: the same, with a form.
pub(crate) async fn rp_initiated_by_post(
    shared: web::Data<Shared>,
    own: web::Data<OwnOrigin>,
    http: HttpRequest,
    form: web::Bytes,
) -> HttpResponse {
    let parameters = Parameters::of_query_and_form(http.query_string(), &form);
    log_out(&shared, &own.0, &http, parameters, RETURN_TO).await
}

/// `GET /v2/logout`: returns to `returnTo`. `federated`, which at Auth0 also ends the session at the identity provider,
/// has no effect here: the lab's identity providers have no sessions.
pub(crate) async fn auth0(shared: web::Data<Shared>, own: web::Data<OwnOrigin>, http: HttpRequest) -> HttpResponse {
    let parameters = Parameters::parse(http.query_string().as_bytes());
    log_out(&shared, &own.0, &http, parameters, "returnTo").await
}

async fn log_out(
    shared: &Arc<Shared>,
    own: &Url,
    http: &HttpRequest,
    parameters: Parameters,
    return_parameter: &str,
) -> HttpResponse {
    let hint = match parameters.get("id_token_hint") {
        Some(token) => Hint::read(shared, token).await,
        None => None,
    };
    if let Err((reason, message)) = check_client(shared, &parameters, hint.as_ref()) {
        if !is_probe(http) {
            shared.record(Event::RequestRejected(reason));
        }
        return message_page(StatusCode::BAD_REQUEST, &message);
    }
    let ended_by_application =
        hint.as_ref().filter(|hint| hint.client_id == shared.client.client_id).map(|hint| hint.sid.as_str());
    let cookie = shared.session_cookie.sent(http);
    let is_cookie_withheld = cookie.is_none() && !http.method().is_safe() && !is_same_origin(http.headers(), own);
    if (cookie.is_some() || is_cookie_withheld)
        && is_from_another_site(http.headers(), own)
        && must_ask(shared, own, cookie.as_ref().map(Cookie::value), ended_by_application)
    {
        let question = LogOutPage { path: http.path().to_owned(), parameters: parameters.into() };
        return page(StatusCode::OK, "demo_tenant/log_out.html", &question);
    }
    if is_cookie_withheld {
        return repeat_as_get(http, &parameters);
    }
    let Some(mut cookie) = cookie else { return leave(shared, &parameters, return_parameter) };
    end_session(shared, cookie.value(), ended_by_application).await;
    let mut response = leave(shared, &parameters, return_parameter);
    cookie.set_path("/");
    // It can't fail: name and value came in a cookie.
    _ = response.add_removal_cookie(&cookie);
    response
}

/// An ID token that the tenant has issued. It may have expired.
struct Hint {
    /// The client that it was issued to.
    client_id: String,
    /// The application's session that it was issued for.
    sid: String,
}

impl Hint {
    /// "The OP MUST verify that it was the issuer of the ID Token" (RP-Initiated Logout 2).
    async fn read(shared: &Shared, token: &str) -> Option<Self> {
        let claims = shared.signing_key.wait().await.verify(ID_TOKEN, token)?;
        let claim = |name: &str| claims[name].as_str().map(str::to_owned);
        let is_own = claims["iss"] == shared.issuer;
        Some(Self { client_id: claim("aud")?, sid: claim("sid")? }).filter(|_| is_own)
    }
}

/// A `client_id`, if there is one, must be the application's, and the one that the hint was issued to: "the OP MUST
/// verify that the Client Identifier matches the one used when issuing the ID Token" (RP-Initiated Logout 2). Otherwise
/// returns the reason, for the log, and the error page.
fn check_client(shared: &Shared, parameters: &Parameters, hint: Option<&Hint>) -> Result<(), (String, Message)> {
    let Some(client_id) = parameters.get("client_id") else { return Ok(()) };
    if client_id != shared.client.client_id || parameters.repeated() == Some("client_id") {
        let reason = RequestError::UnknownClient(client_id.to_owned()).to_string();
        return Err((reason, Message::unknown_client(client_id)));
    }
    match hint {
        Some(hint) if hint.client_id != client_id => {
            let reason = format!("id_token_hint issued to another client: {}", hint.client_id);
            Err((reason, Message::hint_of_another_client(client_id)))
        }
        Some(_) | None => Ok(()),
    }
}

/// Whether a logout from another site needs the user's confirmation. It does unless it has a hint that belongs to the
/// session (RP-Initiated Logout 2), or to any session if the session is not known yet. The application runs on another
/// port of the same host, so it is the same site and needs no confirmation. If it is served over https, or under
/// another name of this machine (`lab.localhost`, `127.0.0.1`), it is another site and looks like any other, so nobody
/// is asked.
fn must_ask(shared: &Shared, own: &Url, session: Option<&str>, ended_by_application: Option<&str>) -> bool {
    let application_is_same_site = shared.client.logout_urls.iter().all(|url| is_same_site(url, own));
    let state = shared.state();
    let belongs = |sid: &str| match session {
        Some(id) => state.sessions.came_from(sid, id),
        None => state.sessions.with_sid(sid).is_some(),
    };
    application_is_same_site && !ended_by_application.is_some_and(belongs)
}

/// Redirects to the application, if the request names one of its addresses.
fn leave(shared: &Shared, parameters: &Parameters, return_parameter: &str) -> HttpResponse {
    match (parameters.get(return_parameter), parameters.get("state")) {
        // Only to a registered address, character for character (RP-Initiated Logout 3).
        (Some(url), state) if shared.client.logout_urls.iter().any(|registered| registered == url) => {
            redirect(&with_state(url, state))
        }
        (Some(url), _) => {
            message_page(StatusCode::BAD_REQUEST, &Message::unregistered_logout_url(url, &shared.client.logout_urls))
        }
        (None, _) => message_page(StatusCode::OK, &Message::signed_out()),
    }
}

/// `demo_tenant/log_out.html`.
#[derive(Debug, Serialize)]
struct LogOutPage {
    /// The request, which the button repeats.
    path: String,
    parameters: Vec<(String, String)>,
}

/// Ends the session and the application's sessions that came from it. The application is told of all but the one that
/// it has ended itself.
async fn end_session(shared: &Arc<Shared>, id: &str, ended_by_application: Option<&str>) {
    let ended = {
        let mut state = shared.state();
        let Some((session, ended)) = state.sessions.log_out(id, ended_by_application) else { return };
        if let Ok(user) = state.tenant.user_snapshot(session.user.as_str()) {
            state.record(Event::SignedOut(user), shared.now());
        }
        ended
    };
    shared.send_logout_tokens(ended).await;
}

fn with_state(url: &str, state: Option<&str>) -> String {
    match (Url::parse(url), state) {
        (Ok(mut with_state), Some(state)) => {
            with_state.query_pairs_mut().append_pair("state", state);
            with_state.into()
        }
        _ => url.to_owned(),
    }
}
