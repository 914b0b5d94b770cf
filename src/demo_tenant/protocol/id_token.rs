//! The ID token's claims, in Auth0's shape and order (OpenID Connect Core 2).

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Map, Value};

use crate::demo_tenant::{issued::grants::Grant, model::tenant::Profile};

/// The `typ` in the header of an ID token, as at Auth0.
pub(crate) const ID_TOKEN: &str = "JWT";
/// As at Auth0: ten hours.
const LIFETIME: TimeDelta = TimeDelta::hours(10);

/// The claims of an ID token.
pub(crate) fn id_token_claims(grant: &Grant, issuer: &str, client_id: &str, now: DateTime<Utc>) -> Map<String, Value> {
    let mut claims = user_claims(grant);
    let mut set = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    set("iss", issuer.into());
    set("aud", client_id.into());
    set("sub", grant.user.id.as_str().into());
    set("iat", now.timestamp().into());
    set("exp", (now + LIFETIME).timestamp().into());
    set("sid", grant.sid.as_str().into());
    if let Some(auth_time) = grant.auth_time {
        set("auth_time", auth_time.timestamp().into());
    }
    if let Some(nonce) = &grant.nonce {
        set("nonce", nonce.as_str().into());
    }
    if let Some((id, name)) = &grant.organization {
        set("org_id", id.as_str().into());
        if let Some(name) = name {
            set("org_name", name.as_str().into());
        }
    }
    claims
}

/// The claims of the user information endpoint (OpenID Connect Core 5.3.2).
pub(crate) fn userinfo_claims(grant: &Grant) -> Value {
    let mut claims = Map::from_iter([("sub".to_owned(), grant.user.id.as_str().into())]);
    claims.append(&mut user_claims(grant));
    claims.into()
}

/// The Action's claims, and those that `profile` and `email` open (OpenID Connect Core 5.4).
fn user_claims(grant: &Grant) -> Map<String, Value> {
    let mut claims = grant.action_claims.clone();
    let may_see = |scope: &str| grant.scopes.iter().any(|it| it == scope);
    let user = &grant.user;
    let mut set = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    if may_see("profile") {
        let Profile { given_name, family_name, picture, .. } = &user.profile;
        set("nickname", user.nickname().into());
        set("name", user.name.as_str().into());
        for (name, value) in [("given_name", given_name), ("family_name", family_name), ("picture", picture)] {
            if let Some(value) = value {
                set(name, value.as_str().into());
            }
        }
        // A number, by the standard (5.1); Auth0 writes a date.
        set("updated_at", user.updated_at.to_rfc3339_opts(SecondsFormat::Millis, true).into());
    }
    if may_see("email") {
        set("email", user.email.as_str().into());
        set("email_verified", user.profile.email_verified.into());
    }
    claims
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        demo_tenant::{lab::checkpoints::Checkpoint, model::ids::OrganizationId},
        random::Random,
    };

    fn grant(scopes: &[&str]) -> Grant {
        Grant {
            user: Checkpoint::SecondOrganization.tenant().users.remove(1),
            organization: Some((OrganizationId::new(&Random::system()), Some("org1".into()))),
            action_claims: Map::from_iter([("https://myapp.com/license".to_owned(), "corporate".into())]),
            sid: "S".into(),
            auth_time: Some(DateTime::UNIX_EPOCH),
            nonce: Some("N".into()),
            scopes: scopes.iter().map(ToString::to_string).collect(),
            fault: None,
        }
    }

    #[test]
    fn the_token_has_the_shape_of_auth0() {
        let grant = grant(&["openid", "profile", "email"]);
        let claims = id_token_claims(&grant, "http://localhost:3001/", "orglab", DateTime::UNIX_EPOCH);
        let expected = json!({
            "https://myapp.com/license": "corporate",
            "nickname": "alice",
            "name": "Alice Adams",
            "updated_at": "1970-01-01T00:00:00.000Z",
            "email": "alice@org1.example",
            "email_verified": true,
            "iss": "http://localhost:3001/",
            "aud": "orglab",
            "sub": grant.user.id,
            "iat": 0,
            "exp": 36000,
            "sid": "S",
            "auth_time": 0,
            "nonce": "N",
            "org_id": grant.organization.as_ref().unwrap().0,
            "org_name": "org1",
        });
        assert_eq!(Value::from(claims).to_string(), expected.to_string());
    }

    #[test]
    fn scopes_open_claims() {
        let claims = userinfo_claims(&grant(&["openid", "email"]));
        assert_eq!(claims["email"], "alice@org1.example");
        assert_eq!(claims.get("name"), None);
        assert_eq!(userinfo_claims(&grant(&["openid"])).get("email"), None);
    }
}
