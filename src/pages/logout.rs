//! `/logout`: ends the session here, and sends the browser to the provider to end its session there.

use actix_session::Session;
use actix_web::{
    HttpRequest, HttpResponse,
    cookie::{Cookie, SameSite},
    http::StatusCode,
    web::{Data, Form},
};
use serde::{Deserialize, Serialize};
use tracing::info;

use super::{
    Layout, Site, attempt_cookie::AttemptCookies, current_user::CurrentUser, errors::page::Failure, render, see_other,
    to_the_end,
};
use crate::{
    middleware::CookieRemovals,
    reference::Reference,
    session::{self, RevocationStore, cookie_name},
    sign_in::RelyingParty,
};

/// The form.
#[derive(Deserialize)]
pub struct LogoutForm {
    /// Whether the user's own identity provider should end its session too, where the provider can ask it to.
    federated: Option<String>,
}

#[derive(Serialize)]
struct LogoutPage {
    layout: Layout,
}

/// Answers `GET /logout`: with a button, since a GET ends nothing.
pub async fn confirm(site: Data<Site>, CurrentUser(current_user): CurrentUser) -> Result<HttpResponse, Failure> {
    render(StatusCode::OK, "logout.html", &LogoutPage { layout: Layout::new(&site, current_user.as_ref()) })
}

/// Answers `POST /logout`. Signed out it ends the provider's session all the same: a refused account would otherwise be
/// signed in there again silently.
///
/// A revocation ends the session first. actix-session's middleware deletes the session's entry in the store only after
/// the handler has answered, and not at all if the client disconnects before that. The attempts of this browser end too:
/// otherwise a tab that still waits for the provider could sign in the next person at this machine.
pub async fn logout(
    request: HttpRequest,
    session: Session,
    attempts: AttemptCookies,
    form: Option<Form<LogoutForm>>,
    site: Data<Site>,
    party: Data<RelyingParty>,
    revocations: Data<dyn RevocationStore>,
) -> Result<HttpResponse, Failure> {
    let CurrentUser(current_user) = CurrentUser::of(&request);
    if let Some(signed_in) = &current_user {
        let ended = signed_in.ended_by_logout();
        to_the_end(async move { revocations.end(&ended).await }).await??;
        info!("signed out: {:?} [{}]", signed_in.identity.subject(), Reference::of(&request));
    }
    session::end(&session);
    CookieRemovals::of(&request).extend(attempts.removals().chain([removal(&site)]));
    let identity = current_user.map(|signed_in| signed_in.identity);
    let federated = form.is_some_and(|form| form.federated.is_some());
    let there = party.logout_url(identity.as_ref(), federated).await;
    Ok(see_other(there.as_ref().map_or("/", url::Url::as_str)))
}

/// Also for a cookie whose session the server no longer knows.
fn removal(site: &Site) -> Cookie<'static> {
    let name = cookie_name(session::COOKIE, site.is_secure());
    let builder = Cookie::build(name, "").path("/").http_only(true).same_site(SameSite::Lax).secure(site.is_secure());
    let mut cookie = builder.finish();
    cookie.make_removal();
    cookie
}
