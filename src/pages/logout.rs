//! `/logout`: ends the session here, and sends the browser to the provider to end its session there.

use actix_session::Session;
use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Form},
};
use serde::{Deserialize, Serialize};
use tracing::info;
use url::Url;

use super::{
    Layout, Site, attempt_cookie::AttemptCookies, current_user::CurrentUser, errors::failure::Failure, flash::Flash,
    render, run_to_completion, see_other_saying,
};
use crate::{
    middleware::CookieRemovals,
    reference::Reference,
    session::{self, RevocationStore},
    sign_in::{RelyingParty, identity::Identity},
};

#[derive(Deserialize)]
pub struct LogoutForm {
    /// Present if the user's own identity provider should end its session too (Auth0's `federated`).
    federated: Option<String>,
}

#[derive(Serialize)]
struct LogoutPage {
    layout: Layout,
}

/// `GET`: a page with a button, since a GET ends nothing.
pub async fn confirm(request: HttpRequest) -> Result<HttpResponse, Failure> {
    render(StatusCode::OK, "logout.html", &LogoutPage { layout: Layout::of(&request)? })
}

/// `POST`. Even if nobody is signed in here, it ends the provider's session: otherwise, an account that was refused
/// would be signed in there again without a question.
///
/// A revocation ends the session first. actix-session deletes the session's entry in the store only after the handler
/// has returned, and not at all if the client disconnects before that. The attempts of this browser end too: otherwise
/// a tab that still waits for the provider could sign in the next person at this machine. The session's cookie is
/// removed even if the server no longer has its session.
pub async fn logout(
    request: HttpRequest,
    session: Session,
    attempts: AttemptCookies,
    form: Option<Form<LogoutForm>>,
    site: Data<Site>,
    relying_party: Data<RelyingParty>,
    revocations: Data<dyn RevocationStore>,
) -> Result<HttpResponse, Failure> {
    let CurrentUser(user) = CurrentUser::of(&request);
    if let Some(signed_in) = &user {
        let ended = signed_in.ended_by_logout();
        run_to_completion(async move { revocations.end(&ended).await }).await??;
        log_logout(&signed_in.identity, &Reference::of(&request));
    }
    session::end(&session);
    let removals = attempts.removals().chain([session::cookie_removal(site.cookies())]);
    CookieRemovals::of(&request).extend(removals);
    let identity = user.as_ref().map(|signed_in| &signed_in.identity);
    let is_federated = form.is_some_and(|form| form.federated.is_some());
    let logout_url = relying_party.logout_url(identity, is_federated).await;
    see_other_saying(Flash::LoggedOut, &request, None, logout_url.as_ref().map_or("/", Url::as_str))
}

fn log_logout(identity: &Identity, reference: &Reference) {
    let organization = identity.organization().map(|organization| &*organization.id);
    info!(event = "logout", %reference, organization, "logged out: {:?} [{reference}]", identity.subject());
}
