//! A token request, which shows whether the provider accepts the client's secret or, from a public client, none.

use data_encoding::BASE64;
use oauth2::PkceCodeVerifier;
use openidconnect::HttpResponse;
use secrecy::ExposeSecret;
use serde_json::{Map, Value};
use url::{Url, form_urlencoded};

use super::{finding::Finding, page::Page, probes::Probes};
use crate::{
    diagnosis::{Misconfiguration, behind_refused_client},
    sign_in::{
        client_authentication::ClientAuthentication,
        exchange,
        http::BUDGET,
        provider::{ClientSettings, Provider},
        record::REDACTED,
        response::Refusal,
    },
};

/// A code that was never issued, and a secret that no client has.
const NO_CODE: &str = "orglab-check";
const NO_SECRET: &str = "orglab-check";

impl Probes<'_> {
    /// Whether the provider accepts the client: a token request with a code that was never issued. A provider checks
    /// the client first (RFC 6749, 5.2: `invalid_client`), then the code (`invalid_grant`). Another request, with a
    /// wrong secret, shows whether it really checks the client first.
    pub(super) async fn client_secret(&self) -> Finding {
        let name = "client-secret";
        let used = match self.provider.client_authentication(self.metadata) {
            Ok(used) => used,
            Err(error) => return Finding::wrong(name, error.to_string(), Misconfiguration::behind_provider(&error)),
        };
        let refusal = match self.redeem_unissued_code(self.provider).await {
            Ok(refusal) => refusal,
            Err(what) => return Finding::unknown(name, what),
        };
        if refusal.error == "invalid_grant" {
            return self.after_refused_code(used).await;
        }
        let found = match used {
            ClientAuthentication::None => format!("the provider returned {refusal} to a request without a secret"),
            ClientAuthentication::ClientSecretBasic | ClientAuthentication::ClientSecretPost => {
                format!("the provider returned {refusal} to a request with {}", used.name())
            }
        };
        match behind_refused_client(&refusal, used) {
            Some(misconfiguration) => Finding::wrong(name, found, misconfiguration),
            None => Finding::unknown(name, found),
        }
    }

    /// The finding if the provider refused only the code: whether it would also have refused a wrong secret.
    async fn after_refused_code(&self, used: ClientAuthentication) -> Finding {
        let name = "client-secret";
        let settings = self.provider.settings();
        if used == ClientAuthentication::None {
            return Finding::ok(name, "the provider accepts the client without a secret");
        }
        let client_secret = Some(NO_SECRET.to_owned().into());
        let wrong = Provider::new(ClientSettings { client_secret, ..settings.clone() });
        match self.redeem_unissued_code(&wrong).await {
            Ok(refusal) if refusal.error != "invalid_grant" => {
                Finding::ok(name, format!("the provider accepts the secret with {}", used.name()))
            }
            _ => Finding::unknown(name, "the provider does not check the secret before the code"),
        }
    }

    /// How the provider refuses a code that was never issued; if it does not, what it returned. `provider` has the
    /// secret to try.
    async fn redeem_unissued_code(&self, provider: &Provider) -> Result<Refusal, String> {
        let client = provider.oauth_client(self.metadata).map_err(|error| error.to_string())?;
        let verifier = PkceCodeVerifier::new(self.random.secret());
        let request = exchange::write_request(&client, NO_CODE.to_owned(), verifier)
            .ok_or("the token request could not be created")?;
        let response = self.http.within(BUDGET).send(request).await.map_err(|error| error.to_string())?;
        read(&response, self.metadata.token_endpoint(), provider.settings())
    }
}

/// The refusal in a response. If Okta does not know the client, its members have other names than in RFC 6749, 5.2.
fn read(response: &HttpResponse, endpoint: &Url, settings: &ClientSettings) -> Result<Refusal, String> {
    let document: Map<String, Value> = serde_json::from_slice(response.body()).unwrap_or_default();
    let text = |names: [&str; 3]| {
        let text = names.into_iter().find_map(|name| document.get(name)?.as_str());
        text.map(|text| without_secret(text, settings))
    };
    match text(["error", "errorCode", "code"]) {
        Some(error) => Ok(Refusal { error, description: text(["error_description", "errorSummary", "message"]) }),
        None if document.contains_key("access_token") || document.contains_key("id_token") => {
            Err("the provider returned tokens for a code that it never issued".to_owned())
        }
        None => {
            let mut page = Page::of(response, endpoint);
            page.words = without_secret(&page.words, settings);
            Err(format!("the provider returned {page}"))
        }
    }
}

/// The text without the client's secret: plain, quoted, encoded, or in the credentials of `client_secret_basic`. A
/// provider may repeat what it was sent. Call this before the text is shortened, which could leave half a secret.
pub(super) fn without_secret(text: &str, settings: &ClientSettings) -> String {
    let secret = settings.client_secret.as_ref().map(ExposeSecret::expose_secret).unwrap_or_default();
    if secret.is_empty() {
        return text.to_owned();
    }
    let quoted = format!("{secret:?}");
    let encoded: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let text = text.replace(secret, REDACTED).replace(quoted.trim_matches('"'), REDACTED);
    let text = text.replace(&encoded, REDACTED).replace(&encoded.replace('+', "%20"), REDACTED);
    let id: String = form_urlencoded::byte_serialize(settings.client_id.as_bytes()).collect();
    text.replace(&BASE64.encode(format!("{id}:{encoded}").as_bytes()), REDACTED)
}
