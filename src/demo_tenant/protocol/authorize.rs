//! The authorization endpoint: asks who the user is and where they want to go, a page at a time, and sends the browser
//! back to the application with the answer (OpenID Connect Core 3.1.2).

use actix_web::{
    HttpRequest, HttpResponse,
    cookie::{Cookie, SameSite},
    http::StatusCode,
    web,
};

use super::{
    complete::{AuthenticatedUser, complete},
    origin::{again_by_get, may_be_own_link},
    pages::{ConnectionsPage, InvitationPage, Message, OrganizationPage, UsersPage, message_page, page, redirect},
    probe::is_probe,
    request::{ACCEPT, AS_ANOTHER, AuthorizationRequest, CANCEL, LoginPrompt, Parameters, RequestError, USER},
};
use crate::{
    demo_tenant::{
        issued::sessions,
        lab::log::Event,
        model::{
            access::{Refusal, RequestedOrganization},
            ids::{self, UserId},
            invitations::Invitation,
            tenant::{Connection, Organization, Tenant},
        },
        state::{Shared, State},
    },
    middleware::{OwnOrigin, is_same_origin},
};

/// `GET /authorize`: asks what is not known yet; where there is nothing to ask, answers.
pub(crate) async fn authorize(shared: web::Data<Shared>, http: HttpRequest) -> HttpResponse {
    let parameters = Parameters::parse(http.query_string().as_bytes());
    let parameters = if may_be_own_link(http.headers()) { parameters } else { parameters.without_own() };
    let request = match AuthorizationRequest::parse(parameters, &shared.client) {
        Ok(request) => request,
        Err(error) => return reject_request(&shared, &http, error),
    };
    let mut state = shared.state();
    if is_probe(&http) {
        return respond_to_probe(&shared, &mut state, &request);
    }
    state.faults.observe_sign_in(shared.now());
    match single_sign_on(&shared, &mut state, &request, session_id(&http).as_deref()) {
        Ok(Some(authenticated)) => redirect(&complete(&shared, &mut state, &request, &authenticated)),
        Ok(None) => ask(&shared, &mut state, &request, session_id(&http).as_deref()),
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
        return again_by_get(&http, &Parameters::of_query_and_form(query, &form).without_own());
    }
    match AuthorizationRequest::parse(Parameters::parse(query.as_bytes()), &shared.client) {
        Ok(request) => choose(&shared, &http, &request, &Parameters::parse(&form)),
        Err(error) => reject_request(&shared, &http, error),
    }
}

/// The user has chosen who to be, has accepted an invitation, or does not want to sign in.
fn choose(shared: &Shared, http: &HttpRequest, request: &AuthorizationRequest, choice: &Parameters) -> HttpResponse {
    let (mut state, session) = (shared.state(), session_id(http));
    if choice.get(CANCEL).is_some() {
        return refuse(shared, &mut state, request, Refusal::Cancelled);
    }
    if let (Some(accept), Some(_)) = (choice.get(ACCEPT), &request.invitation) {
        let user = session_user(shared, &mut state, request, session.as_deref()).filter(|_| accept != AS_ANOTHER);
        return accept_invitation(shared, &mut state, request, session, user);
    }
    let interaction = interaction(shared, &state.tenant, request)
        .ok()
        .filter(|_| is_accepted(shared, &state, request, session.as_deref()));
    let user = choice.get(USER).unwrap_or_default();
    let Some(mut authenticated) =
        interaction.and_then(|interaction| AuthenticatedUser::new(&state.tenant, &interaction, user, "", true))
    else {
        return ask(shared, &mut state, request, session.as_deref());
    };
    // The session is there even if a refusal comes now, as at Auth0: the user has signed in, and may be good elsewhere.
    authenticated.session = state.sessions.begin(session.as_deref(), authenticated.user.clone(), shared.now());
    state.tenant.note_sign_in(&authenticated.user, shared.now());
    redirect_with_session(&complete(shared, &mut state, request, &authenticated), authenticated.session)
}

/// Goes on as the session's user, where there is one that would do; else the user signs in first. The acceptance is noted
/// only for an open invitation: anybody can make tickets up.
fn accept_invitation(
    shared: &Shared,
    state: &mut State,
    request: &AuthorizationRequest,
    session: Option<String>,
    user: Option<UserId>,
) -> HttpResponse {
    let interaction = match interaction(shared, &state.tenant, request) {
        Ok(interaction) => interaction,
        Err(refusal) => return refuse(shared, state, request, refusal),
    };
    let Interaction::To { invitation: Some(invitation), .. } = interaction else {
        return ask(shared, state, request, session.as_deref());
    };
    let id = session.as_deref().unwrap_or_default();
    if let Some(authenticated) =
        user.and_then(|user| AuthenticatedUser::new(&state.tenant, &interaction, user.as_str(), id, true))
    {
        return redirect(&complete(shared, state, request, &authenticated));
    }
    let ticket = invitation.ticket.clone();
    let browser =
        session.filter(|id| state.sessions.find(Some(id), shared.now()).is_some()).unwrap_or_else(ids::secret);
    state.acceptances.note(&browser, &ticket, shared.now());
    redirect_with_session(&request.address(), browser)
}

/// Whether there is no invitation to accept, or this browser has accepted it.
fn is_accepted(shared: &Shared, state: &State, request: &AuthorizationRequest, session: Option<&str>) -> bool {
    request.invitation.as_deref().is_none_or(|ticket| state.acceptances.has(session, ticket, shared.now()))
}

/// How far a request leads before the user has to be known.
pub(super) enum Interaction<'t> {
    /// The user has to say which organization.
    AskOrganization { unknown: Option<&'t str> },
    /// To an organization or to none, through one of these connections.
    To { organization: Option<&'t Organization>, connections: Vec<&'t Connection>, invitation: Option<&'t Invitation> },
}

fn interaction<'t>(
    shared: &Shared,
    tenant: &'t Tenant,
    request: &'t AuthorizationRequest,
) -> Result<Interaction<'t>, Refusal> {
    let organization = match (tenant.destination(request.organization.as_deref())?, &request.typed_organization) {
        (RequestedOrganization::Organization(organization), _) => Some(organization),
        (RequestedOrganization::Individual, _) => None,
        (RequestedOrganization::AskUser, None) => return Ok(Interaction::AskOrganization { unknown: None }),
        (RequestedOrganization::AskUser, Some(typed)) => match tenant.organization_typed(typed) {
            Ok(organization) => Some(organization),
            Err(_) => return Ok(Interaction::AskOrganization { unknown: Some(typed) }),
        },
    };
    let invitation = match &request.invitation {
        None => None,
        Some(ticket) => Some(organization.ok_or(Refusal::InvitationUnknown)?.invitation(ticket, shared.now())?),
    };
    let mut connections = tenant.offer(organization, request.connection.as_deref())?;
    if let Some(chosen) = &request.chosen_connection
        && let Some(position) = connections.iter().position(|connection| connection.name == *chosen)
    {
        connections = vec![connections.swap_remove(position)];
    }
    Ok(Interaction::To { organization, connections, invitation })
}

/// Knows the user without asking, where the browser's session is good for what the request wants.
fn single_sign_on(
    shared: &Shared,
    state: &mut State,
    request: &AuthorizationRequest,
    session: Option<&str>,
) -> Result<Option<AuthenticatedUser>, Refusal> {
    let user = session_user(shared, state, request, session);
    let unknown = |refusal| if request.prompt == LoginPrompt::Silent { Err(refusal) } else { Ok(None) };
    let interaction = interaction(shared, &state.tenant, request)?;
    // An invitation is accepted by a button, always.
    if !matches!(interaction, Interaction::To { invitation: None, .. }) {
        return unknown(Refusal::InteractionRequired);
    }
    // A session whose connection is not good for the organization is passed over.
    let authenticated = user.and_then(|user| {
        AuthenticatedUser::new(&state.tenant, &interaction, user.as_str(), session.unwrap_or_default(), false)
    });
    authenticated.map_or_else(|| unknown(Refusal::LoginRequired), |authenticated| Ok(Some(authenticated)))
}

/// The user of the browser's session, where the request takes it.
fn session_user(
    shared: &Shared,
    state: &mut State,
    request: &AuthorizationRequest,
    session: Option<&str>,
) -> Option<UserId> {
    let now = shared.now();
    let session = state.sessions.find(session, now)?;
    let young = request.max_age.is_none_or(|most| now - session.authenticated_at <= most);
    (young && request.prompt != LoginPrompt::Anew).then(|| session.user.clone())
}

/// The next page to show.
fn ask(shared: &Shared, state: &mut State, request: &AuthorizationRequest, session: Option<&str>) -> HttpResponse {
    let application = shared.client.name.as_str();
    let user = session_user(shared, state, request, session);
    let tenant = &state.tenant;
    let (organization, connections, invitation) = match interaction(shared, tenant, request) {
        Err(refusal) => return refuse(shared, state, request, refusal),
        Ok(Interaction::AskOrganization { unknown }) => {
            let status = if unknown.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
            let context = OrganizationPage::new(application, request, unknown);
            return page(status, "demo_tenant/organization.html", &context);
        }
        Ok(Interaction::To { organization, connections, invitation }) => (organization, connections, invitation),
    };
    let is_accepted = is_accepted(shared, state, request, session);
    if let (Some(organization), Some(invitation), false) = (organization, invitation, is_accepted) {
        let user = user.and_then(|user| tenant.user(user.as_str()));
        let context = InvitationPage::new(application, request, organization, invitation, tenant, user);
        return page(StatusCode::OK, "demo_tenant/invitation.html", &context);
    }
    if let [only] = connections.as_slice() {
        let context = UsersPage::new(application, request, organization, invitation, tenant, only);
        return page(StatusCode::OK, "demo_tenant/users.html", &context);
    }
    let context = ConnectionsPage::new(application, request, organization, invitation, tenant, &connections);
    page(StatusCode::OK, "demo_tenant/connections.html", &context)
}

/// Back to the application with an error, before a user is known.
fn refuse(shared: &Shared, state: &mut State, request: &AuthorizationRequest, refusal: Refusal) -> HttpResponse {
    let answer = redirect(&request.callback.with_refusal(&refusal));
    state.record(Event::Refused { refusal, user: None, organization: None }, shared.now());
    answer
}

/// The refusal that a request has coming of which nobody is to know: a probe has no session.
fn respond_to_probe(shared: &Shared, state: &mut State, request: &AuthorizationRequest) -> HttpResponse {
    let refusal = single_sign_on(shared, state, request, None).err().unwrap_or(Refusal::LoginRequired);
    redirect(&request.callback.with_refusal(&refusal))
}

/// A request that can't be served: told at the callback, if that is the client's.
fn reject_request(shared: &Shared, http: &HttpRequest, error: RequestError) -> HttpResponse {
    let reason = error.to_string();
    let (answer, event) = match error {
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
    answer
}

/// The session that the browser's cookie names.
pub(crate) fn session_id(http: &HttpRequest) -> Option<String> {
    http.cookie(sessions::COOKIE).map(|cookie| cookie.value().to_owned())
}

/// Redirects to another address, and sets the session's cookie.
fn redirect_with_session(location: &str, session: String) -> HttpResponse {
    let mut response = redirect(location);
    _ = response.add_cookie(&session_cookie(session)); // fails only for characters that no session id has
    response
}

/// The cookie that names a session to the browser.
pub(crate) fn session_cookie(session: String) -> Cookie<'static> {
    Cookie::build(sessions::COOKIE, session).path("/").http_only(true).same_site(SameSite::Lax).finish()
}
