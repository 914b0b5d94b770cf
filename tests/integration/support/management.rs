//! The demo tenant's own API, for a test that needs the tenant in another state.

use reqwest::Method;
use serde_json::{Value, json};

/// Calls the tenant's API with a token for it: what it answers, or null.
pub(crate) async fn call(tenant: &str, method: Method, path: &str, body: Option<Value>) -> Value {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let order = json!({
        "grant_type": "client_credentials",
        "client_id": "orglab-management",
        "client_secret": "demo",
        "audience": format!("{tenant}/api/v2/"),
    });
    let token = http.post(format!("{tenant}/oauth/token")).json(&order).send().await.unwrap();
    let token: Value = token.json().await.unwrap();
    let request = http.request(method, format!("{tenant}/{path}"));
    let request = request.bearer_auth(token["access_token"].as_str().unwrap());
    let request = match body {
        Some(body) => request.json(&body),
        None => request,
    };
    let answer = request.send().await.unwrap();
    assert!(answer.status().is_success(), "{path}: {}", answer.status());
    answer.json().await.unwrap_or_default()
}
