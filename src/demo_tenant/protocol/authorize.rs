//! The authorization endpoint: asks for the organization, the connection and the user, a page at a time, and sends the
//! browser back to the application with the authorization response (OpenID Connect Core 3.1.2).

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};

use super::{
    complete::{AuthenticatedUser, complete},
    interaction::{Interaction, SignInTarget},
    origin::{may_be_own_link, repeat_as_get},
    pages::{PageInputs, interaction_page},
    probe::is_probe,
    request::{ACCEPT, AS_ANOTHER, AuthorizationRequest, CANCEL, LoginPrompt, Parameters, RequestError, USER},
};
use crate::{
    demo_tenant::{
        lab::log::Event,
        model::{access::Refusal, ids::UserId},
        state::{Shared, State},
        views::{Message, message_page, redirect},
    },
    middleware::{OwnOrigin, is_same_origin},
};

/// `GET /authorize`: asks for what is not known yet. Once nothing is left to ask, responds to the application.
pub(crate) async fn authorize(shared: web::Data<Shared>, http: HttpRequest) -> HttpResponse {
    let parameters = Parameters::parse(http.query_string().as_bytes());
    let parameters = if may_be_own_link(http.headers()) { parameters } else { parameters.without_page_parameters() };
    let request = match AuthorizationRequest::parse(parameters, &shared.client) {
        Ok(request) => request,
        Err(error) => return reject(&shared, &http, error),
    };
    let (mut state, session) = (shared.state(), shared.session_cookie.session_id(&http));
    if is_probe(&http) {
        return respond_to_probe(&shared, &mut state, &request);
    }
    state.faults.observe_sign_in(shared.now());
    match single_sign_on(&shared, &mut state, &request, session.as_deref()) {
        Ok(Some(user)) => redirect(&complete(&shared, &mut state, &request, &user)),
        Ok(None) => ask(&shared, &mut state, &request, session.as_deref()),
        Err(refusal) => refuse(&shared, &mut state, &request, refusal),
    }
}

/// `POST /authorize`: an authorization request from anywhere, or the user's choice on one of the tenant's own pages.
/// Their forms carry the authorization request in the query of their address.
pub(crate) async fn authorize_by_post(
    shared: web::Data<Shared>,
    own: web::Data<OwnOrigin>,
    http: HttpRequest,
    form: web::Bytes,
) -> HttpResponse {
    let query = http.query_string();
    if query.is_empty() || !is_same_origin(http.headers(), &own.0) {
        return repeat_as_get(&http, &Parameters::of_query_and_form(query, &form).without_page_parameters());
    }
    match AuthorizationRequest::parse(Parameters::parse(query.as_bytes()), &shared.client) {
        Ok(request) => choose(&shared, &http, &request, &Parameters::parse(&form)),
        Err(error) => reject(&shared, &http, error),
    }
}

/// The user has chosen an account, accepted an invitation, or cancelled.
fn choose(shared: &Shared, http: &HttpRequest, request: &AuthorizationRequest, choice: &Parameters) -> HttpResponse {
    let (mut state, session) = (shared.state(), shared.session_cookie.session_id(http));
    if choice.get(CANCEL).is_some() {
        return refuse(shared, &mut state, request, Refusal::Cancelled);
    }
    if let (Some(accept), Some(_)) = (choice.get(ACCEPT), &request.invitation) {
        let user = session_user(shared, &mut state, request, session.as_deref()).filter(|_| accept != AS_ANOTHER);
        return accept_invitation(shared, &mut state, request, session, user);
    }
    sign_in(shared, &mut state, request, session.as_deref(), choice.get(USER).unwrap_or_default())
}

/// Signs in the user who was chosen on the connection's page.
fn sign_in(
    shared: &Shared,
    state: &mut State,
    request: &AuthorizationRequest,
    session: Option<&str>,
    chosen: &str,
) -> HttpResponse {
    let now = shared.now();
    let target = SignInTarget::of(&state.tenant, request, now).ok().flatten();
    let target = target.filter(|_| is_accepted(shared, state, request, session));
    let signs_in = target.and_then(|target| Some((target.user(&state.tenant, chosen)?, target)));
    let Some((user, target)) = signs_in else { return ask(shared, state, request, session) };
    // The session begins even if a refusal follows, as at Auth0: the user has signed in, and may be welcome elsewhere.
    let session = state.sessions.begin(session, user.id.clone(), now);
    let user = AuthenticatedUser::new(user, &target, session.clone(), true);
    state.tenant.record_sign_in(&user.id, now);
    redirect_with_session(shared, &complete(shared, state, request, &user), session)
}

/// Completes the sign-in as the session's user, if there is one who may accept. Otherwise, the user signs in first. The
/// acceptance is recorded only for an open invitation: anybody can make up tickets.
fn accept_invitation(
    shared: &Shared,
    state: &mut State,
    request: &AuthorizationRequest,
    session: Option<String>,
    user: Option<UserId>,
) -> HttpResponse {
    let now = shared.now();
    let target = match SignInTarget::of(&state.tenant, request, now) {
        Ok(target) => target,
        Err(refusal) => return refuse(shared, state, request, refusal),
    };
    let invited = target.and_then(|target| Some((target.invitation?, target)));
    let Some((invitation, target)) = invited else { return ask(shared, state, request, session.as_deref()) };
    if let Some(user) = user.and_then(|user| target.user(&state.tenant, user.as_str())) {
        let user = AuthenticatedUser::new(user, &target, session.unwrap_or_default(), true);
        return redirect(&complete(shared, state, request, &user));
    }
    let session = session.filter(|id| state.sessions.find(Some(id), now).is_some());
    let browser = session.unwrap_or_else(|| shared.random.secret());
    state.acceptances.record(&browser, &invitation.ticket, now);
    redirect_with_session(shared, &request.address(), browser)
}

/// Whether there is no invitation to accept, or this browser has accepted it.
fn is_accepted(shared: &Shared, state: &State, request: &AuthorizationRequest, session: Option<&str>) -> bool {
    request.invitation.as_deref().is_none_or(|ticket| state.acceptances.has(session, ticket, shared.now()))
}

/// The user of the browser's session, if there is nothing to ask. If there is, `prompt=none` leads to a refusal.
fn single_sign_on(
    shared: &Shared,
    state: &mut State,
    request: &AuthorizationRequest,
    session: Option<&str>,
) -> Result<Option<AuthenticatedUser>, Refusal> {
    let user = session_user(shared, state, request, session);
    let ask_or = |refusal| if request.prompt == LoginPrompt::Never { Err(refusal) } else { Ok(None) };
    let target = match SignInTarget::of(&state.tenant, request, shared.now())? {
        Some(target) if target.invitation.is_none() => target,
        // An invitation is always accepted by a button.
        Some(_) | None => return ask_or(Refusal::InteractionRequired),
    };
    // A session is passed over if its connection is not enabled for the organization.
    let Some(user) = user.and_then(|user| target.user(&state.tenant, user.as_str())) else {
        return ask_or(Refusal::LoginRequired);
    };
    Ok(Some(AuthenticatedUser::new(user, &target, session.unwrap_or_default().to_owned(), false)))
}

/// The user of the browser's session, if `prompt` and `max_age` allow its use.
fn session_user(
    shared: &Shared,
    state: &mut State,
    request: &AuthorizationRequest,
    session: Option<&str>,
) -> Option<UserId> {
    let now = shared.now();
    let session = state.sessions.find(session, now)?;
    let is_recent = request.max_age.is_none_or(|max_age| now - session.authenticated_at <= max_age);
    (is_recent && request.prompt != LoginPrompt::Always).then(|| session.user.clone())
}

/// The page of the next interaction.
fn ask(shared: &Shared, state: &mut State, request: &AuthorizationRequest, session: Option<&str>) -> HttpResponse {
    let user = session_user(shared, state, request, session);
    let target = match SignInTarget::of(&state.tenant, request, shared.now()) {
        Ok(target) => target,
        Err(refusal) => return refuse(shared, state, request, refusal),
    };
    let interaction = Interaction::next(request, target, is_accepted(shared, state, request, session));
    let tenant = &state.tenant;
    let user = user.and_then(|user| tenant.user(user.as_str()));
    interaction_page(PageInputs { application: &shared.client.name, request, tenant, user }, &interaction)
}

/// Redirects to the application with an error, before the user is known.
fn refuse(shared: &Shared, state: &mut State, request: &AuthorizationRequest, refusal: Refusal) -> HttpResponse {
    let response = redirect(&request.callback.with_refusal(&refusal));
    state.record(Event::Refused { refusal, user: None, organization: None }, shared.now());
    response
}

/// The response to `orglab check`: always a refusal, since it has no session. It is not logged.
fn respond_to_probe(shared: &Shared, state: &mut State, request: &AuthorizationRequest) -> HttpResponse {
    let refusal = single_sign_on(shared, state, request, None).err().unwrap_or(Refusal::LoginRequired);
    redirect(&request.callback.with_refusal(&refusal))
}

/// The response to an invalid request: a redirect to the callback if that is the client's, otherwise a page.
fn reject(shared: &Shared, http: &HttpRequest, error: RequestError) -> HttpResponse {
    let reason = error.to_string();
    let (response, event) = match error {
        RequestError::UnknownClient(id) => {
            (message_page(StatusCode::BAD_REQUEST, &Message::unknown_client(&id)), Event::RequestRejected(reason))
        }
        RequestError::CallbackMismatch(url) => (
            message_page(StatusCode::FORBIDDEN, &Message::callback_mismatch(&url, &shared.client.callbacks)),
            Event::RequestRejected(reason),
        ),
        RequestError::Refused(callback, refusal) => {
            (redirect(&callback.with_refusal(&refusal)), Event::Refused { refusal, user: None, organization: None })
        }
    };
    if !is_probe(http) {
        shared.record(event);
    }
    response
}

fn redirect_with_session(shared: &Shared, location: &str, session: String) -> HttpResponse {
    let mut response = redirect(location);
    _ = response.add_cookie(&shared.session_cookie.with(session)); // fails only for characters that no session id has
    response
}
