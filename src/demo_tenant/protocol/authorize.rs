//! The authorization endpoint: who is the user, may they sign in there, and back to the application with the answer
//! (OpenID Connect Core 3.1.2).

use actix_web::{
    HttpRequest, HttpResponse,
    cookie::{Cookie, SameSite},
    http::StatusCode,
    web,
};
use serde::Deserialize;
use tracing::info;

use super::{
    grants::SignIn,
    pages::{ConnectionsPage, Message, OrganizationPage, UsersPage, message_page, page, redirect},
    request::{AuthorizationRequest, Prompt, RequestError},
};
use crate::demo_tenant::{
    action::login_action,
    admission::{Admission, Destination, Refusal},
    changes::Change,
    ids::{OrganizationId, UserId},
    sessions,
    state::{Shared, State},
    tenant::{Connection, Organization, Tenant},
};

/// `GET /authorize`: asks what is not known yet, a page at a time; where there is nothing to ask, answers.
pub(crate) async fn authorize(shared: web::Data<Shared>, http: HttpRequest) -> HttpResponse {
    let request = match AuthorizationRequest::parse(http.query_string(), &shared.client) {
        Ok(request) => request,
        Err(error) => return answer_bad_request(&error),
    };
    let mut state = shared.state();
    match single_sign_on(&shared, &mut state, &request, session_id(&http).as_deref()) {
        Ok(Some(code)) => redirect(&request.callback.with_code(&code)),
        Ok(None) => ask(&shared, &state.tenant, &request),
        Err(refusal) => refuse(&request, &refusal),
    }
}

/// What the forms on the connections' sign-in pages send.
#[derive(Debug, Deserialize)]
pub(crate) struct Choice {
    user_id: Option<String>,
    cancel: Option<String>,
}

/// `POST /authorize`, from the tenant's own pages alone: the user has chosen who to be, or not to sign in.
pub(crate) async fn choose(shared: web::Data<Shared>, http: HttpRequest, choice: web::Form<Choice>) -> HttpResponse {
    let request = match AuthorizationRequest::parse(http.query_string(), &shared.client) {
        Ok(request) => request,
        Err(error) => return answer_bad_request(&error),
    };
    if choice.cancel.is_some() {
        return refuse(&request, &Refusal::Cancelled);
    }
    let mut state = shared.state();
    let Some((user, organization)) = chosen_user(&state.tenant, &request, choice.user_id.as_deref()) else {
        return ask(&shared, &state.tenant, &request);
    };
    let now = shared.now();
    state.sessions.end(session_id(&http).as_deref());
    let session = state.sessions.begin(user.clone(), now);
    state.tenant.note_sign_in(&user, now);
    // The session lives on after a refusal, as at Auth0: the user has signed in, and may be good for elsewhere.
    let mut response = match complete(&shared, &mut state, &request, &user, organization.as_ref(), &session) {
        Ok(code) => redirect(&request.callback.with_code(&code)),
        Err(refusal) => refuse(&request, &refusal),
    };
    let cookie = Cookie::build(sessions::COOKIE, session).path("/").http_only(true).same_site(SameSite::Lax).finish();
    _ = response.add_cookie(&cookie); // fails only for characters that no session id has
    response
}

/// How far a request leads before the user has to be known.
enum Way<'t> {
    /// The user has to say which organization.
    AskOrganization { unknown: Option<&'t str> },
    /// To an organization or to none, through one of these connections.
    To { organization: Option<&'t Organization>, connections: Vec<&'t Connection> },
}

fn way<'t>(tenant: &'t Tenant, request: &'t AuthorizationRequest) -> Result<Way<'t>, Refusal> {
    let organization = match (tenant.destination(request.organization.as_deref())?, &request.typed_organization) {
        (Destination::Organization(organization), _) => Some(organization),
        (Destination::Individual, _) => None,
        (Destination::AskUser, None) => return Ok(Way::AskOrganization { unknown: None }),
        (Destination::AskUser, Some(typed)) => match tenant.organization_typed(typed) {
            Ok(organization) => Some(organization),
            Err(_) => return Ok(Way::AskOrganization { unknown: Some(typed) }),
        },
    };
    let mut connections = tenant.offer(organization, request.connection.as_deref())?;
    if let Some(chosen) = &request.chosen_connection
        && let Some(position) = connections.iter().position(|connection| connection.name == *chosen)
    {
        connections = vec![connections.swap_remove(position)];
    }
    Ok(Way::To { organization, connections })
}

/// Signs in without asking, where the browser's session is good for what the request wants.
fn single_sign_on(
    shared: &Shared,
    state: &mut State,
    request: &AuthorizationRequest,
    session_id: Option<&str>,
) -> Result<Option<String>, Refusal> {
    let unknown = |refusal| if request.prompt == Prompt::Silent { Err(refusal) } else { Ok(None) };
    let Way::To { organization, connections } = way(&state.tenant, request)? else {
        return unknown(Refusal::InteractionRequired);
    };
    let now = shared.now();
    let session = state.sessions.find(session_id, now).filter(|session| {
        request.prompt != Prompt::Anew && request.max_age.is_none_or(|most| now - session.authenticated_at <= most)
    });
    let user = session.and_then(|session| state.tenant.user(session.user.as_str()));
    // A session whose connection is not good for the organization is passed over.
    match user.filter(|user| connections.iter().any(|connection| connection.id == user.connection)) {
        None => unknown(Refusal::LoginRequired),
        Some(user) => {
            let (user, organization) = (user.id.clone(), organization.map(|it| it.id.clone()));
            let session_id = session_id.unwrap_or_default();
            complete(shared, state, request, &user, organization.as_ref(), session_id).map(Some)
        }
    }
}

/// The user that was chosen on a connection's sign-in page, where that connection is good for the request.
fn chosen_user(
    tenant: &Tenant,
    request: &AuthorizationRequest,
    user_id: Option<&str>,
) -> Option<(UserId, Option<OrganizationId>)> {
    let Ok(Way::To { organization, connections }) = way(tenant, request) else { return None };
    let user = tenant.user(user_id?)?;
    connections
        .iter()
        .any(|connection| connection.id == user.connection)
        .then(|| (user.id.clone(), organization.map(|it| it.id.clone())))
}

/// The user is known: admits or refuses, and issues the code.
fn complete(
    shared: &Shared,
    state: &mut State,
    request: &AuthorizationRequest,
    user: &UserId,
    organization: Option<&OrganizationId>,
    session_id: &str,
) -> Result<String, Refusal> {
    let now = shared.now();
    let State { tenant, sessions, grants, .. } = state;
    if let Some(joined) = admit(tenant, user, organization)? {
        info!("tenant changed by auto-membership: {joined}");
    }
    let organization = organization.and_then(|id| tenant.organization(id.as_str()));
    let user = tenant.user(user.as_str()).ok_or(Refusal::LoginRequired)?;
    let session = sessions.find(Some(session_id), now).ok_or(Refusal::LoginRequired)?;
    let name = |it: &Organization| tenant.organization_names_allowed.then(|| it.name.clone());
    let sign_in = SignIn {
        user: user.clone(),
        organization: organization.map(|it| (it.id.clone(), name(it))),
        action_claims: login_action(&shared.claims_namespace, organization),
        sid: session.sid(organization.map(|it| &it.id)),
        auth_time: request.max_age.map(|_| session.authenticated_at),
        nonce: request.nonce.clone(),
        scopes: request.scopes.clone(),
    };
    let to = organization.map_or("no organization", |it| &it.name);
    info!("tenant signs in {:?} ({}) to {to:?}", user.email, user.id);
    Ok(grants.issue_code(sign_in, request, now))
}

fn admit(tenant: &mut Tenant, user: &UserId, organization: Option<&OrganizationId>) -> Result<Option<Change>, Refusal> {
    let Some(id) = organization else { return Ok(None) };
    let user = tenant.user(user.as_str()).ok_or(Refusal::LoginRequired)?;
    let organization = tenant.organization(id.as_str());
    let organization = organization.ok_or_else(|| Refusal::UnknownOrganization(id.to_string()))?;
    match organization.admission(user)? {
        Admission::Member => Ok(None),
        Admission::BecomesMember => {
            let user = user.id.clone();
            Ok(tenant.add_member(id.as_str(), user.as_str()).ok())
        }
    }
}

/// The next page to show.
fn ask(shared: &Shared, tenant: &Tenant, request: &AuthorizationRequest) -> HttpResponse {
    let application = shared.client.name.as_str();
    match way(tenant, request) {
        Err(refusal) => refuse(request, &refusal),
        Ok(Way::AskOrganization { unknown }) => {
            let status = if unknown.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
            page(status, "demo_tenant/organization.html", &OrganizationPage::new(application, request, unknown))
        }
        Ok(Way::To { organization, connections }) => match connections.as_slice() {
            [only] => {
                let context = UsersPage::new(application, request, organization, tenant, only);
                page(StatusCode::OK, "demo_tenant/users.html", &context)
            }
            several => {
                let context = ConnectionsPage::new(application, request, organization, tenant, several);
                page(StatusCode::OK, "demo_tenant/connections.html", &context)
            }
        },
    }
}

/// Back to the application with an error.
fn refuse(request: &AuthorizationRequest, refusal: &Refusal) -> HttpResponse {
    info!("tenant refuses: {} {:?}", refusal.code(), refusal.to_string());
    redirect(&request.callback.with_refusal(refusal))
}

/// A request that can't be served: told at the callback, if that is the client's.
fn answer_bad_request(error: &RequestError) -> HttpResponse {
    info!("tenant refuses: {:?}", error.to_string());
    match error {
        RequestError::UnknownClient(id) => message_page(StatusCode::BAD_REQUEST, &Message::unknown_client(id)),
        RequestError::CallbackMismatch(url) => message_page(StatusCode::FORBIDDEN, &Message::callback_mismatch(url)),
        RequestError::Refused(callback, refusal) => redirect(&callback.with_refusal(refusal)),
    }
}

fn session_id(http: &HttpRequest) -> Option<String> {
    http.cookie(sessions::COOKIE).map(|cookie| cookie.value().to_owned())
}
