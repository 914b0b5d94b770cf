//! The demo tenant's management API, for a test that needs the tenant in another state.

use reqwest::Method;
use serde_json::{Value, json};

use super::browser::Browser;

/// A script with an access token for the API.
pub(crate) struct Script {
    browser: Browser,
    pub(crate) token: String,
}

impl Script {
    /// For the tenant at this address, with or without the slash at the end.
    pub(crate) async fn at(tenant: &str) -> Self {
        Self::with_secret(tenant, "demo").await.unwrap_or_else(|status| panic!("no token: {status}"))
    }

    /// The same where the secret of scripts is another. Without a token, the response's status.
    pub(crate) async fn with_secret(tenant: &str, secret: &str) -> Result<Self, u16> {
        let browser = Browser::new(tenant);
        let order = json!({
            "grant_type": "client_credentials",
            "client_id": "orglab-management",
            "client_secret": secret,
            "audience": format!("{}/api/v2/", tenant.trim_end_matches('/')),
        });
        let json = [("content-type", "application/json")];
        let response = browser.send(Method::POST, "/oauth/token", &json, Some(order.to_string())).await;
        let body: Value = serde_json::from_str(&response.body).unwrap();
        let token = body["access_token"].as_str().ok_or(response.status)?.to_owned();
        Ok(Self { browser, token })
    }

    /// A request below `/api`: status and JSON, null where there is no body.
    pub(crate) async fn call(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let bearer = format!("Bearer {}", self.token);
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        let (headers, body) =
            if body.is_null() { (&headers[..1], None) } else { (&headers[..], Some(body.to_string())) };
        let page = self.browser.send(method.parse().unwrap(), &format!("/api{path}"), headers, body).await;
        (page.status, serde_json::from_str(&page.body).unwrap_or_default())
    }

    /// A successful request's JSON.
    pub(crate) async fn ok(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, response) = self.call(method, path, body).await;
        assert!((200..300).contains(&status), "{method} {path}: {status} {response}");
        response
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.ok("GET", path, Value::Null).await
    }

    pub(crate) async fn checkpoint(&self, name: &str) -> Value {
        self.ok("POST", &format!("/checkpoints/{name}"), Value::Null).await
    }

    /// Arms a fault for the next sign-in.
    pub(crate) async fn fault(&self, name: &str) {
        self.ok("POST", "/faults", json!({"name": name})).await;
    }

    /// Invites to org1, as a script may: whoever has the address. Returns the invitation.
    pub(crate) async fn invite_to_org1(&self, email: &str) -> Value {
        let path = format!("/v2/organizations/{}/invitations", self.organization("org1").await);
        let body = json!({"invitee": {"email": email}, "inviter": {"name": "Alice"}, "client_id": "orglab"});
        self.ok("POST", &path, body).await
    }

    /// The id of an organization.
    pub(crate) async fn organization(&self, name: &str) -> String {
        self.get(&format!("/v2/organizations/name/{name}")).await["id"].as_str().unwrap().to_owned()
    }

    /// The id of a connection.
    pub(crate) async fn connection(&self, name: &str) -> String {
        self.find("/v2/connections", "name", name, "id").await
    }

    /// The id of a user.
    pub(crate) async fn user(&self, email: &str) -> String {
        self.find("/v2/users", "email", email, "user_id").await
    }

    /// The text with ids in place of what stands in braces.
    pub(crate) async fn with_ids(&self, text: &str) -> String {
        let alice = self.user("alice@org1.example").await.replace('|', "%7C");
        let mut text = text.replace("{alice}", &alice).replace("{org1}", &self.organization("org1").await);
        for (name, connection) in
            [("{Okta1}", "Okta1"), ("{Okta2}", "Okta2"), ("{Database}", "Username-Password-Authentication")]
        {
            text = text.replace(name, &self.connection(connection).await);
        }
        text
    }

    async fn find(&self, list: &str, field: &str, value: &str, id: &str) -> String {
        let all = self.get(list).await;
        let found = all.as_array().unwrap().iter().find(|it| it[field] == value);
        found.unwrap_or_else(|| panic!("no {value} in {all}"))[id].as_str().unwrap().to_owned()
    }
}

/// An administrator's action that ends what alice has begun at org1.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    MemberRemoved,
    MemberRemovedAndAddedAgain,
    UserDeleted,
    OrganizationDeleted,
    ConnectionDeleted,
    Checkpoint,
}

impl End {
    pub(crate) async fn order(self, script: &Script) {
        let ok = async |method: &str, path: String, body: Value| drop(script.ok(method, &path, body).await);
        let (organization, alice) = (script.organization("org1").await, script.user("alice@org1.example").await);
        let (organization, members) =
            (format!("/v2/organizations/{organization}"), format!("/v2/organizations/{organization}/members"));
        match self {
            Self::MemberRemoved => ok("DELETE", members, json!({"members": [alice]})).await,
            Self::MemberRemovedAndAddedAgain => {
                ok("DELETE", members.clone(), json!({"members": [alice]})).await;
                ok("POST", members, json!({"members": [alice]})).await;
            }
            Self::UserDeleted => {
                ok("DELETE", format!("/v2/users/{}", alice.replace('|', "%7C")), Value::Null).await;
            }
            Self::OrganizationDeleted => ok("DELETE", organization, Value::Null).await,
            Self::ConnectionDeleted => {
                let connection = script.connection("Okta1").await;
                ok("DELETE", format!("/v2/connections/{connection}"), Value::Null).await;
            }
            Self::Checkpoint => drop(script.checkpoint("second-organization").await),
        }
    }
}

/// Whether all of `part` is in `whole`: objects at any depth may have more members.
pub(crate) fn includes(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(name, value)| whole.get(name).is_some_and(|it| includes(it, value)))
        }
        (Value::Array(whole), Value::Array(part)) => {
            whole.len() == part.len() && whole.iter().zip(part).all(|(whole, part)| includes(whole, part))
        }
        (whole, part) => whole == part,
    }
}
