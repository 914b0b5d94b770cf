//! What a fault does to a sign-in: to the authorization response, to the grant, to the ID token. (`token.rs` delays the
//! token endpoint, or makes it unavailable.)

use serde_json::{Map, Value};

use super::id_token::ID_TOKEN;
use crate::{
    demo_tenant::{
        issued::{
            grants::Grant,
            signing::{SigningKey, SigningKeyError},
        },
        lab::faults::Effect,
        model::{
            access::Refusal,
            changes::{OrganizationSnapshot, UserSnapshot},
            ids::OrganizationId,
            tenant::Tenant,
        },
    },
    random::Random,
};

/// The refusal that takes the place of a code, if the effect is one.
pub(super) fn refusal(
    effect: &Effect,
    user: &UserSnapshot,
    organization: Option<&OrganizationSnapshot>,
    random: &Random,
) -> Option<Refusal> {
    match effect {
        Effect::Refuse(refusal) => Some(refusal.clone()),
        Effect::RefuseAsNonMember => {
            let organization = organization.map_or_else(|| OrganizationId::new(random), |it| it.id.clone());
            Some(Refusal::NotAMember { user: user.id.clone(), organization })
        }
        Effect::TokenEndpointUnavailable
        | Effect::Delay(_)
        | Effect::Forge(_)
        | Effect::Backdate(_)
        | Effect::SetClaim(..)
        | Effect::RemoveClaims(_)
        | Effect::OtherOrganization
        | Effect::SetLicense(_) => None,
    }
}

/// Changes what the tokens will say about the sign-in.
pub(super) fn grant(effect: &Effect, grant: &mut Grant, tenant: &Tenant, claims_namespace: &str, random: &Random) {
    let license = format!("{claims_namespace}license");
    match effect {
        Effect::OtherOrganization => {
            let is_other = |id: &OrganizationId| grant.organization.as_ref().is_none_or(|(own, _)| own != id);
            let other = tenant.organizations.iter().find(|it| is_other(&it.id));
            let other = other.map(|it| (it.id.clone(), Some(it.name.clone())));
            let invented = || (OrganizationId::new(random), Some("another-organization".to_owned()));
            grant.organization = Some(other.unwrap_or_else(invented));
        }
        Effect::SetLicense(None) => {
            grant.action_claims.shift_remove(&license);
        }
        Effect::SetLicense(Some(value)) => {
            grant.action_claims.insert(license, (*value).into());
        }
        Effect::Refuse(_)
        | Effect::RefuseAsNonMember
        | Effect::TokenEndpointUnavailable
        | Effect::Delay(_)
        | Effect::Forge(_)
        | Effect::Backdate(_)
        | Effect::SetClaim(..)
        | Effect::RemoveClaims(_) => {}
    }
}

/// The ID token with the effect: its claims are changed, or its signature is invalid.
pub(super) fn id_token(
    effect: &Effect,
    mut claims: Map<String, Value>,
    key: &SigningKey,
) -> Result<String, SigningKeyError> {
    match effect {
        Effect::Forge(forgery) => return key.forge(ID_TOKEN, &claims.into(), *forgery),
        Effect::Backdate(age) => {
            for name in ["iat", "exp"] {
                if let Some(time) = claims.get(name).and_then(Value::as_i64) {
                    claims.insert(name.to_owned(), (time - age.num_seconds()).into());
                }
            }
        }
        Effect::SetClaim(name, value) => {
            claims.insert((*name).to_owned(), (*value).into());
        }
        Effect::RemoveClaims(names) => claims.retain(|name, _| !names.contains(&name.as_str())),
        Effect::Refuse(_)
        | Effect::RefuseAsNonMember
        | Effect::TokenEndpointUnavailable
        | Effect::Delay(_)
        | Effect::OtherOrganization
        | Effect::SetLicense(_) => {}
    }
    key.sign(ID_TOKEN, &claims.into())
}
