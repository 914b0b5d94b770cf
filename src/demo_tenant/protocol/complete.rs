//! The user is known: may they in, and what the application gets.

use super::{action::login_action, authorize::Interaction, request::AuthorizationRequest};
use crate::demo_tenant::{
    issued::grants::Grant,
    lab::log::Event,
    model::{
        access::{Admission, Refusal},
        changes::{Change, Joining, OrganizationSnapshot, UserSnapshot},
        ids::{OrganizationId, UserId},
        tenant::{Organization, Tenant},
    },
    state::{Shared, State},
};

/// Who signs in, where to, and with which session.
pub(super) struct AuthenticatedUser {
    pub(super) user: UserId,
    pub(super) organization: Option<OrganizationId>,
    pub(super) session: String,
    /// Whether the user was asked, or the session was enough.
    pub(super) asked: bool,
}

impl AuthenticatedUser {
    /// The user, where their connection is good for the request.
    pub(super) fn new(
        tenant: &Tenant,
        interaction: &Interaction,
        user: &str,
        session: &str,
        asked: bool,
    ) -> Option<Self> {
        let Interaction::To { organization, connections, .. } = interaction else { return None };
        let user = tenant.user(user)?;
        connections.iter().any(|connection| connection.id == user.connection).then(|| Self {
            user: user.id.clone(),
            organization: organization.map(|it| it.id.clone()),
            session: session.to_owned(),
            asked,
        })
    }
}

/// The address to send the browser to: with a code, or with a refusal.
pub(super) fn complete(
    shared: &Shared,
    state: &mut State,
    request: &AuthorizationRequest,
    authenticated: &AuthenticatedUser,
) -> String {
    let now = shared.now();
    let Ok(user) = state.tenant.user_to_change(authenticated.user.as_str()) else {
        return request.callback.with_refusal(&Refusal::LoginRequired);
    };
    let organization = authenticated.organization.as_ref().and_then(|id| state.tenant.organization(id.as_str()));
    let organization = organization.map(OrganizationSnapshot::from);
    if let Err(refusal) = admit(shared, state, request, authenticated) {
        let answer = request.callback.with_refusal(&refusal);
        state.record(Event::Refused { refusal, user: Some(user), organization }, now);
        return answer;
    }
    let fault = state.faults.take(&user, now);
    if let Some(fault) = fault {
        state.record(Event::FaultDone { fault, user: user.clone() }, now);
    }
    if let Some(refusal) = fault.and_then(|fault| fault.refusal(&user, organization.as_ref())) {
        let answer = request.callback.with_refusal(&refusal);
        state.record(Event::RefusedByFault { refusal, user }, now);
        return answer;
    }
    let Some(mut sign_in) = sign_in(shared, state, request, authenticated) else {
        return request.callback.with_refusal(&Refusal::LoginRequired);
    };
    sign_in.fault = fault;
    if let Some(fault) = fault {
        fault.tamper_sign_in(&mut sign_in, &state.tenant, &shared.claims_namespace);
    }
    state.record(signed_in(shared, &sign_in, user, organization, authenticated.asked), now);
    request.callback.with_code(&state.grants.issue_code(sign_in, request, now))
}

/// Lets the user in, as a member, by auto-membership or by an invitation.
fn admit(
    shared: &Shared,
    state: &mut State,
    request: &AuthorizationRequest,
    authenticated: &AuthenticatedUser,
) -> Result<(), Refusal> {
    let Some(id) = &authenticated.organization else { return Ok(()) };
    let (id, now) = (id.as_str(), shared.now());
    let user = state.tenant.user(authenticated.user.as_str()).ok_or(Refusal::LoginRequired)?.clone();
    let joining = if let Some(ticket) = &request.invitation {
        state.tenant.use_invitation(id, ticket, &user, now)?;
        Joining::Invitation
    } else {
        let organization = state.tenant.organization(id).ok_or_else(|| Refusal::UnknownOrganization(id.to_owned()))?;
        match organization.admission(&user)? {
            Admission::Member => return Ok(()),
            Admission::BecomesMember => Joining::AutoMembership,
        }
    };
    if let Ok(joined @ Change::MemberAdded { .. }) = state.tenant.add_member(id, user.id.as_str(), joining) {
        state.record(Event::Changed(joined), now);
    }
    Ok(())
}

/// What the tokens will say.
fn sign_in(
    shared: &Shared,
    state: &mut State,
    request: &AuthorizationRequest,
    authenticated: &AuthenticatedUser,
) -> Option<Grant> {
    let State { tenant, sessions, .. } = state;
    let organization = authenticated.organization.as_ref().and_then(|id| tenant.organization(id.as_str()));
    let session = sessions.find(Some(&authenticated.session), shared.now())?;
    let auth_time = request.max_age.map(|_| session.authenticated_at);
    let name = |it: &Organization| tenant.organization_names_allowed.then(|| it.name.clone());
    Some(Grant {
        user: tenant.user(authenticated.user.as_str())?.clone(),
        organization: organization.map(|it| (it.id.clone(), name(it))),
        action_claims: login_action(&shared.claims_namespace, organization),
        sid: sessions.sid(&authenticated.session, &authenticated.user, authenticated.organization.as_ref()),
        auth_time,
        nonce: request.nonce.clone(),
        scopes: request.scopes.clone(),
        fault: None,
    })
}

fn signed_in(
    shared: &Shared,
    sign_in: &Grant,
    user: UserSnapshot,
    organization: Option<OrganizationSnapshot>,
    asked: bool,
) -> Event {
    let license = sign_in.action_claims.get(&format!("{}license", shared.claims_namespace));
    let license = license.and_then(|license| license.as_str()).map(str::to_owned);
    Event::SignedIn { user, organization, license, asked }
}
