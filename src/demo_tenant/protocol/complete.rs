//! Decides whether an authenticated user may sign in, and builds the authorization response.

use super::{action::login_action, interaction::SignInTarget, request::AuthorizationRequest, tamper};
use crate::demo_tenant::{
    issued::grants::Grant,
    lab::log::Event,
    model::{
        access::{Access, Refusal},
        changes::{Change, Joining, OrganizationSnapshot, UserSnapshot},
        ids::{OrganizationId, UserId},
        tenant::{Organization, User},
    },
    state::{Shared, State},
};

/// A user who is authenticated, on the way to the application.
pub(super) struct AuthenticatedUser {
    pub(super) id: UserId,
    organization: Option<OrganizationId>,
    /// The single-sign-on session.
    session: String,
    /// Whether the user has just signed in or accepted on a page. Otherwise the session was enough.
    interactive: bool,
}

impl AuthenticatedUser {
    pub(super) fn new(user: &User, target: &SignInTarget, session: String, interactive: bool) -> Self {
        let organization = target.organization.map(|organization| organization.id.clone());
        Self { id: user.id.clone(), organization, session, interactive }
    }
}

/// The authorization response, with a code or a refusal, as the address to redirect the browser to.
pub(super) fn complete(
    shared: &Shared,
    state: &mut State,
    request: &AuthorizationRequest,
    user: &AuthenticatedUser,
) -> String {
    let response = match grant_or_refuse(shared, state, request, user) {
        Ok(grant) => {
            let (redirect_uri, challenge) = (&request.callback.redirect_uri, &request.code_challenge);
            let code = state.grants.issue_code(grant, redirect_uri, challenge, shared.now());
            request.callback.with_code(&code)
        }
        Err(refusal) => request.callback.with_refusal(&refusal),
    };
    state.faults.note_response(&response);
    response
}

/// Decides, and records the decision in the log.
fn grant_or_refuse(
    shared: &Shared,
    state: &mut State,
    request: &AuthorizationRequest,
    user: &AuthenticatedUser,
) -> Result<Grant, Refusal> {
    let now = shared.now();
    let snapshot = state.tenant.user_snapshot(user.id.as_str()).map_err(|_| Refusal::LoginRequired)?;
    let organization = user.organization.as_ref().and_then(|id| state.tenant.organization(id.as_str()));
    let organization = organization.map(OrganizationSnapshot::from);
    if let Err(refusal) = admit(shared, state, request, user) {
        let event = Event::Refused { refusal: refusal.clone(), user: Some(snapshot), organization };
        state.record(event, now);
        return Err(refusal);
    }
    let fault = state.faults.take(&snapshot, now);
    if let Some(fault) = fault {
        state.record(Event::FaultDone { fault, user: snapshot.clone() }, now);
        if let Some(refusal) = tamper::refusal(&fault.effect, &snapshot, organization.as_ref(), &shared.random) {
            state.record(Event::RefusedByFault { refusal: refusal.clone(), user: snapshot }, now);
            return Err(refusal);
        }
    }
    let mut grant = new_grant(shared, state, request, user).ok_or(Refusal::LoginRequired)?;
    if let Some(fault) = fault {
        grant.fault = Some(fault);
        tamper::grant(&fault.effect, &mut grant, &state.tenant, &shared.claims_namespace, &shared.random);
    }
    state.record(signed_in(shared, &grant, snapshot, organization, user.interactive), now);
    Ok(grant)
}

/// Admits the user to the organization: as a member, by auto-membership or by an invitation.
fn admit(
    shared: &Shared,
    state: &mut State,
    request: &AuthorizationRequest,
    user: &AuthenticatedUser,
) -> Result<(), Refusal> {
    let Some(id) = &user.organization else { return Ok(()) };
    let (id, now) = (id.as_str(), shared.now());
    let user = state.tenant.user(user.id.as_str()).ok_or(Refusal::LoginRequired)?.clone();
    let joining = if let Some(ticket) = &request.invitation {
        state.tenant.use_invitation(id, ticket, &user, now)?;
        Joining::Invitation
    } else {
        let organization = state.tenant.organization(id).ok_or_else(|| Refusal::UnknownOrganization(id.to_owned()))?;
        match organization.check_access(&user)? {
            Access::Member => return Ok(()),
            Access::BecomesMember => Joining::AutoMembership,
        }
    };
    if let Ok(joined @ Change::MemberAdded { .. }) = state.tenant.add_member(id, user.id.as_str(), joining) {
        state.record(Event::Changed(joined), now);
    }
    Ok(())
}

/// The content of the tokens. `None` if the user or the session has just been removed.
fn new_grant(
    shared: &Shared,
    state: &mut State,
    request: &AuthorizationRequest,
    user: &AuthenticatedUser,
) -> Option<Grant> {
    let State { tenant, sessions, .. } = state;
    let organization = user.organization.as_ref().and_then(|id| tenant.organization(id.as_str()));
    let session = sessions.find(Some(&user.session), shared.now())?;
    let auth_time = request.max_age.map(|_| session.authenticated_at);
    let name = |it: &Organization| tenant.organization_names_allowed.then(|| it.name.clone());
    Some(Grant {
        user: tenant.user(user.id.as_str())?.clone(),
        organization: organization.map(|it| (it.id.clone(), name(it))),
        action_claims: login_action(&shared.claims_namespace, organization),
        sid: sessions.sid(&user.session, &user.id, user.organization.as_ref()),
        auth_time,
        nonce: request.nonce.clone(),
        scopes: request.scopes.clone(),
        fault: None,
    })
}

fn signed_in(
    shared: &Shared,
    grant: &Grant,
    user: UserSnapshot,
    organization: Option<OrganizationSnapshot>,
    interactive: bool,
) -> Event {
    let license = grant.action_claims.get(&format!("{}license", shared.claims_namespace));
    let license = license.and_then(|license| license.as_str()).map(str::to_owned);
    Event::SignedIn { user, organization, license, interactive }
}
