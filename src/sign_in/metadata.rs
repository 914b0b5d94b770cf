//! The provider's metadata: what its discovery document says about it (OpenID Connect Discovery 1.0, 3). Pure. The
//! document is read field by field, so that no optional field can make a sign-in fail: if it can't be used, it counts
//! as absent.

use serde_json::{Map, Value};
use url::Url;

use super::fetch::without_secrets;
use crate::{
    loopback::PlainHttp,
    text::{MAXIMUM_SHOWN, shorten},
};

/// What the discovery document says, as far as the app uses it.
#[derive(Clone, Debug)]
pub struct Metadata {
    issuer: String,
    authorization_endpoint: Url,
    token_endpoint: Url,
    jwks_uri: Url,
    end_session_endpoint: Option<Url>,
    userinfo_endpoint: Option<Url>,
    client_authentication_methods: Option<Vec<String>>,
    signing_algorithms: Option<Vec<String>>,
    names_itself_in_responses: bool,
}

/// A field that a sign-in needs but that can't be used.
#[derive(Clone, Debug, thiserror::Error)]
pub enum UnusableField {
    /// It is missing, or not a URL.
    #[error("{field} in the provider's discovery document is {found}; it must be a URL")]
    NoUrl {
        field: &'static str,
        /// Its value, in words.
        found: String,
    },
    /// Others could read what is sent there: the code, the client's secret, the keys.
    #[error(
        "{field} in the provider's discovery document is {found}; it must be an https URL (http is allowed only on this machine), \
         without user info or fragment"
    )]
    NotSecure {
        field: &'static str,
        /// Its value, without the parts that may be secret.
        found: String,
    },
}

impl Metadata {
    /// Endpoints are https URLs, or http URLs where plain http is allowed.
    pub(super) fn read(document: &Map<String, Value>, plain_http: &PlainHttp) -> Result<Self, UnusableField> {
        let required_endpoint = |field| required_endpoint(document, field, plain_http);
        let optional_endpoint = |field| optional_endpoint(document, field, plain_http);
        Ok(Self {
            issuer: issuer(document)?,
            authorization_endpoint: required_endpoint("authorization_endpoint")?,
            token_endpoint: required_endpoint("token_endpoint")?,
            jwks_uri: required_endpoint("jwks_uri")?,
            end_session_endpoint: optional_endpoint("end_session_endpoint"),
            userinfo_endpoint: optional_endpoint("userinfo_endpoint"),
            client_authentication_methods: names(document.get("token_endpoint_auth_methods_supported")),
            signing_algorithms: names(document.get("id_token_signing_alg_values_supported")),
            names_itself_in_responses: document
                .get("authorization_response_iss_parameter_supported")
                .is_some_and(says_true),
        })
    }

    /// The issuer's text, as the document writes it: tokens and responses are compared with it, byte for byte.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    pub fn authorization_endpoint(&self) -> &Url {
        &self.authorization_endpoint
    }

    pub fn token_endpoint(&self) -> &Url {
        &self.token_endpoint
    }

    /// Where the keys are.
    pub fn jwks_uri(&self) -> &Url {
        &self.jwks_uri
    }

    /// OpenID Connect RP-Initiated Logout 1.0, 2.1.
    pub fn end_session_endpoint(&self) -> Option<&Url> {
        self.end_session_endpoint.as_ref()
    }

    /// OpenID Connect Core 1.0, 5.3.
    pub fn userinfo_endpoint(&self) -> Option<&Url> {
        self.userinfo_endpoint.as_ref()
    }

    /// The names of the methods by which a client may authenticate at the token endpoint. `None` if the document has
    /// none, which means `client_secret_basic` (Discovery 1.0, 3).
    pub fn client_authentication_methods(&self) -> Option<&[String]> {
        self.client_authentication_methods.as_deref()
    }

    /// The names of the algorithms that ID tokens may be signed with. `None` if the document has none, which means
    /// RS256 (Core 1.0, 3.1.3.7, item 7).
    pub fn signing_algorithms(&self) -> Option<&[String]> {
        self.signing_algorithms.as_deref()
    }

    /// Whether the provider names itself in every authorization response (RFC 9207, 3).
    pub fn names_itself_in_responses(&self) -> bool {
        self.names_itself_in_responses
    }
}

/// The document's issuer. The caller decides whether it is the expected one.
fn issuer(document: &Map<String, Value>) -> Result<String, UnusableField> {
    let found = document.get("issuer");
    match found.and_then(Value::as_str).filter(|issuer| Url::parse(issuer).is_ok()) {
        Some(issuer) => Ok(issuer.to_owned()),
        None => Err(UnusableField::NoUrl { field: "issuer", found: in_words(found) }),
    }
}

fn required_endpoint(
    document: &Map<String, Value>,
    field: &'static str,
    plain_http: &PlainHttp,
) -> Result<Url, UnusableField> {
    let found = document.get(field);
    match found.and_then(as_url) {
        Some(url) if is_endpoint(&url, plain_http) => Ok(url),
        Some(_) => Err(UnusableField::NotSecure { field, found: in_words(found) }),
        None => Err(UnusableField::NoUrl { field, found: in_words(found) }),
    }
}

fn optional_endpoint(document: &Map<String, Value>, field: &str, plain_http: &PlainHttp) -> Option<Url> {
    document.get(field).and_then(as_url).filter(|url| is_endpoint(url, plain_http))
}

fn as_url(found: &Value) -> Option<Url> {
    Url::parse(found.as_str()?).ok()
}

/// Whether this is a valid endpoint URL (RFC 6749, 3.1 and 3.2; no user info: RFC 9110, 4.2.4), and nobody else can
/// read what is sent there.
fn is_endpoint(url: &Url, plain_http: &PlainHttp) -> bool {
    plain_http.allows(url) && url.fragment().is_none() && url.username().is_empty() && url.password().is_none()
}

/// The names in a list. Some providers write a string instead, with spaces or commas between the names. Other types are
/// ignored. `None` if there are no names.
fn names(list: Option<&Value>) -> Option<Vec<String>> {
    let texts = match list? {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        Value::String(text) => vec![text.as_str()],
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => vec![],
    };
    let is_separator = |character: char| character == ',' || character.is_whitespace();
    let names = texts.into_iter().flat_map(|text| text.split(is_separator)).filter(|name| !name.is_empty());
    let names: Vec<_> = names.map(str::to_owned).collect();
    (!names.is_empty()).then_some(names)
}

/// Whether a boolean is true, however the provider writes it. The field that is read so demands an additional check:
/// ignoring an unusual spelling would skip a check that the provider has promised.
fn says_true(found: &Value) -> bool {
    match found {
        Value::Bool(is_on) => *is_on,
        Value::Number(number) => number.as_u64() == Some(1),
        Value::String(text) => ["true", "1", "yes", "on"].iter().any(|word| text.trim().eq_ignore_ascii_case(word)),
        Value::Array(items) => items.iter().any(says_true),
        Value::Null | Value::Object(_) => false,
    }
}

/// A field's value in words, without the parts of a URL that may be secret.
fn in_words(found: Option<&Value>) -> String {
    match found {
        None => "missing".to_owned(),
        Some(Value::String(text)) => match Url::parse(text) {
            Ok(url) if !url.has_host() => format!("a {}: URL", url.scheme()),
            Ok(url) => format!("{:?}", shorten(without_secrets(url).as_str(), MAXIMUM_SHOWN)),
            Err(_) => format!("{:?}", shorten(text, MAXIMUM_SHOWN)),
        },
        Some(Value::Array(_)) => "an array".to_owned(),
        Some(Value::Object(_)) => "an object".to_owned(),
        Some(value @ (Value::Null | Value::Bool(_) | Value::Number(_))) => value.to_string(),
    }
}
