//! The authorization request: what the application asks for (RFC 6749 4.1.1, OpenID Connect Core 3.1.2.1).

use std::borrow::Cow;

use chrono::TimeDelta;
use url::Url;

use crate::demo_tenant::model::{access::Refusal, client::ClientRegistration};

/// The parameters of a query or a form, in their order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub(crate) fn parse(encoded: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(encoded).into_owned().collect())
    }

    /// A parameter's value. "Parameters sent without a value MUST be treated as if they were omitted" (RFC 6749 3.1).
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(it, _)| it == name)?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }

    /// A parameter that occurs more than once. None may (RFC 6749 3.1).
    pub(crate) fn repeated(&self) -> Option<&str> {
        let names = self.0.iter().map(|(name, _)| name.as_str());
        names.enumerate().find(|(index, name)| self.0[..*index].iter().any(|(it, _)| it == name)).map(|(_, name)| name)
    }

    /// All of them but one, as names and values.
    pub(crate) fn without(&self, name: &str) -> Vec<(String, String)> {
        self.0.iter().filter(|(it, _)| it != name).cloned().collect()
    }

    /// The parameters of the query, then those of the posted form.
    pub(crate) fn of_query_and_form(query: &str, form: &[u8]) -> Self {
        let Self(mut all) = Self::parse(query.as_bytes());
        all.extend(Self::parse(form).0);
        Self(all)
    }

    /// Without the parameters that only the tenant's own pages may send.
    pub(crate) fn without_page_parameters(mut self) -> Self {
        self.0.retain(|(name, _)| !PAGE_PARAMETERS.contains(&name.as_str()));
        self
    }

    pub(crate) fn to_query(&self) -> String {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }
}

impl From<Parameters> for Vec<(String, String)> {
    fn from(parameters: Parameters) -> Self {
        parameters.0
    }
}

impl From<Vec<(String, String)>> for Parameters {
    fn from(parameters: Vec<(String, String)>) -> Self {
        Self(parameters)
    }
}

/// Where the authorization response goes: a registered callback, with the application's `state`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Callback {
    /// Character for character as registered.
    pub(crate) redirect_uri: String,
    state: Option<String>,
}

impl Callback {
    /// The address that brings a code to the application (RFC 6749 4.1.2).
    pub(crate) fn with_code(&self, code: &str) -> String {
        self.with(&[("code", code)])
    }

    /// The address that brings a refusal to the application (RFC 6749 4.1.2.1).
    pub(crate) fn with_refusal(&self, refusal: &Refusal) -> String {
        self.with(&[("error", refusal.code()), ("error_description", &refusal.to_string())])
    }

    fn with(&self, parameters: &[(&str, &str)]) -> String {
        let Ok(mut url) = Url::parse(&self.redirect_uri) else { return self.redirect_uri.clone() };
        url.query_pairs_mut().extend_pairs(parameters).extend_pairs(self.state.iter().map(|state| ("state", state)));
        // `+` and `%20` mean the same in a query; Auth0 writes a space as `%20`.
        let query = url.query().unwrap_or_default().replace('+', "%20");
        url.set_query(Some(&query));
        url.into()
    }
}

/// Whether to ask the user who they are: the parameter `prompt`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LoginPrompt {
    /// `none`: never ask.
    Never,
    /// No `prompt`: ask if there is no session.
    AsNeeded,
    /// `login` or `select_account`: always ask.
    Always,
}

/// A valid authorization request.
#[derive(Debug, Clone)]
pub(crate) struct AuthorizationRequest {
    pub(crate) callback: Callback,
    /// Those of the requested scopes that the tenant supports.
    pub(crate) scopes: Vec<String>,
    pub(crate) nonce: Option<String>,
    /// For PKCE, by the method S256.
    pub(crate) code_challenge: String,
    /// Auth0's parameter: an organization's id or name.
    pub(crate) organization: Option<String>,
    /// Auth0's parameter: the name of the only connection to use.
    pub(crate) connection: Option<String>,
    /// Auth0's parameter: the ticket of an invitation.
    pub(crate) invitation: Option<String>,
    /// The user whom the application expects. It preselects the user, and signs nobody in.
    pub(crate) login_hint: Option<String>,
    /// How long ago the user may have authenticated. The ID token then says when that was: "When `max_age` is used,
    /// the ID Token returned MUST include an `auth_time` Claim Value" (OpenID Connect Core 3.1.2.1).
    pub(crate) max_age: Option<TimeDelta>,
    pub(crate) prompt: LoginPrompt,
    /// What the user has typed on the tenant's page. It comes back with the next request, and is checked like the other
    /// parameters, so that the tenant keeps nothing in between and several tabs don't interfere.
    pub(crate) typed_organization: Option<String>,
    /// Likewise: the connection's name.
    pub(crate) chosen_connection: Option<String>,
    /// The whole query, for the forms on those pages.
    pub(crate) parameters: Parameters,
}

/// The parameter for the organization that the user typed at the tenant.
pub(crate) const TYPED_ORGANIZATION: &str = "typed_organization";
/// The parameter for the connection that the user chose at the tenant.
pub(crate) const CHOSEN_CONNECTION: &str = "chosen_connection";
/// The parameters that only the tenant's own pages may send: the two above, and those that their buttons send by POST.
const PAGE_PARAMETERS: [&str; 5] = [TYPED_ORGANIZATION, CHOSEN_CONNECTION, USER, ACCEPT, CANCEL];
/// The user that was chosen.
pub(crate) const USER: &str = "user_id";
/// The user accepts the invitation, possibly [`AS_ANOTHER`] user.
pub(crate) const ACCEPT: &str = "accept";
/// Somebody other than the signed-in user accepts.
pub(crate) const AS_ANOTHER: &str = "as-another";
/// The user does not want to sign in.
pub(crate) const CANCEL: &str = "cancel";

/// Why a request is rejected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RequestError {
    /// No client has this id, so there is nowhere to send a response to.
    #[error("Unknown client: {0}")]
    UnknownClient(String),
    /// The redirect URI is not the client's, so nothing may be sent there: "the authorization server […] MUST NOT
    /// automatically redirect the user agent to the invalid redirection URI" (RFC 6749 4.1.2.1).
    #[error("Callback URL mismatch. {0} is not in the list of allowed callback URLs.")]
    CallbackMismatch(String),
    /// The error goes to the application's callback.
    #[error("{1}")]
    Refused(Callback, Refusal),
}

impl AuthorizationRequest {
    /// Client and redirect URI are checked first: without them there is nowhere to send a refusal.
    pub(crate) fn parse(parameters: Parameters, client: &ClientRegistration) -> Result<Self, RequestError> {
        let callback = trusted_callback(&parameters, client)?;
        let checked = check(&parameters).map_err(|refusal| RequestError::Refused(callback.clone(), refusal))?;
        let get = |name| parameters.get(name).map(str::to_owned);
        Ok(Self {
            callback,
            scopes: known_scopes(parameters.get("scope").unwrap_or_default()),
            nonce: get("nonce"),
            code_challenge: checked.code_challenge,
            organization: get("organization"),
            connection: get("connection"),
            invitation: get("invitation"),
            login_hint: get("login_hint"),
            max_age: checked.max_age,
            prompt: checked.prompt,
            typed_organization: get(TYPED_ORGANIZATION),
            chosen_connection: get(CHOSEN_CONNECTION),
            parameters,
        })
    }

    /// The address of the tenant's next page for this request.
    pub(crate) fn address(&self) -> String {
        format!("/authorize?{}", self.parameters.to_query())
    }
}

fn trusted_callback(parameters: &Parameters, client: &ClientRegistration) -> Result<Callback, RequestError> {
    let client_id = parameters.get("client_id").unwrap_or_default();
    if client_id != client.client_id || parameters.repeated() == Some("client_id") {
        return Err(RequestError::UnknownClient(client_id.to_owned()));
    }
    let redirect_uri = parameters.get("redirect_uri").unwrap_or_default();
    // "The authorization server MUST compare the two URIs using simple string comparison" (RFC 6749 3.1.2.3, RFC 3986
    // 6.2.1).
    if !client.callbacks.iter().any(|callback| callback == redirect_uri) {
        return Err(RequestError::CallbackMismatch(redirect_uri.to_owned()));
    }
    Ok(Callback { redirect_uri: redirect_uri.to_owned(), state: parameters.get("state").map(str::to_owned) })
}

struct Checked {
    code_challenge: String,
    max_age: Option<TimeDelta>,
    prompt: LoginPrompt,
}

fn check(parameters: &Parameters) -> Result<Checked, Refusal> {
    let wrong = |code, description| Refusal::Request(code, Cow::Borrowed(description));
    if let Some(name) = parameters.repeated() {
        let description = format!("parameter {name} is there more than once");
        return Err(Refusal::Request("invalid_request", description.into()));
    }
    if parameters.get("response_type") != Some("code") {
        return Err(wrong("unsupported_response_type", "response_type must be code"));
    }
    if parameters.get("response_mode").is_some_and(|mode| mode != "query") {
        return Err(wrong("invalid_request", "response_mode must be query"));
    }
    for (name, code) in [("request", "request_not_supported"), ("request_uri", "request_uri_not_supported")] {
        if parameters.get(name).is_some() {
            return Err(Refusal::Request(code, format!("parameter {name} is not supported").into()));
        }
    }
    // A public client proves by PKCE alone that the request was its own (RFC 7636 4.4.1; RFC 9700 2.1.1 requires it of
    // all clients).
    let challenge = parameters.get("code_challenge").filter(|challenge| challenge.len() == 43);
    if challenge.is_none() || parameters.get("code_challenge_method") != Some("S256") {
        return Err(wrong("invalid_request", "PKCE is required: code_challenge with code_challenge_method S256"));
    }
    let max_age = parameters.get("max_age").map(str::parse::<u32>).transpose();
    let max_age = max_age.map_err(|_| wrong("invalid_request", "max_age must be a number of seconds"))?;
    Ok(Checked {
        code_challenge: challenge.unwrap_or_default().to_owned(),
        max_age: max_age.map(|seconds| TimeDelta::seconds(seconds.into())),
        prompt: prompt(parameters)?,
    })
}

/// OpenID Connect Core 3.1.2.1, `prompt`.
fn prompt(parameters: &Parameters) -> Result<LoginPrompt, Refusal> {
    let values: Vec<&str> = parameters.get("prompt").unwrap_or_default().split_whitespace().collect();
    match values.as_slice() {
        ["none"] => Ok(LoginPrompt::Never),
        // "If this parameter contains none with any other value, an error is returned."
        values if values.contains(&"none") => {
            Err(Refusal::Request("invalid_request", "prompt none stands alone".into()))
        }
        values if values.contains(&"login") || values.contains(&"select_account") => Ok(LoginPrompt::Always),
        _ => Ok(LoginPrompt::AsNeeded),
    }
}

/// "Scope values used that are not understood by an implementation SHOULD be ignored" (OpenID Connect Core 3.1.2.1).
fn known_scopes(scope: &str) -> Vec<String> {
    let known = ["openid", "profile", "email"];
    known.iter().filter(|known| scope.split(' ').any(|asked| asked == **known)).map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn client() -> ClientRegistration {
        ClientRegistration::of("http://localhost:3000")
    }

    fn parse(more: &str) -> Result<AuthorizationRequest, RequestError> {
        let query = format!(
            "client_id=orglab&redirect_uri=http://localhost:3000&response_type=code&state=S&scope=openid+email+phone\
             &code_challenge={CHALLENGE}&code_challenge_method=S256{more}"
        );
        parse_query(&query)
    }

    fn parse_query(query: &str) -> Result<AuthorizationRequest, RequestError> {
        AuthorizationRequest::parse(Parameters::parse(query.as_bytes()), &client())
    }

    fn refused(more: &str) -> Refusal {
        match parse(more) {
            Err(RequestError::Refused(_, refusal)) => refusal,
            other => panic!("not refused: {other:?}"),
        }
    }

    #[test]
    fn a_good_request_is_read() {
        let request = parse("&organization=org1&prompt=login&nonce=N&max_age=60").unwrap();
        assert_eq!(request.max_age, Some(TimeDelta::seconds(60)));
        assert_eq!(request.organization.as_deref(), Some("org1"));
        assert_eq!(request.prompt, LoginPrompt::Always);
        assert_eq!(request.scopes, ["openid", "email"]);
        assert_eq!(request.callback.with_code("C"), "http://localhost:3000/?code=C&state=S");
    }

    #[test]
    fn the_redirect_uri_is_compared_character_for_character() {
        for redirect_uri in ["http://localhost:3000/", "http://LOCALHOST:3000", "http://localhost:3000/elsewhere", ""] {
            let query = format!("client_id=orglab&redirect_uri={redirect_uri}&response_type=code");
            let error = parse_query(&query).unwrap_err();
            assert_eq!(error, RequestError::CallbackMismatch(redirect_uri.to_owned()));
        }
    }

    #[test]
    fn an_unknown_client_is_not_redirected() {
        let error = parse_query("client_id=x&redirect_uri=http://localhost:3000");
        assert_eq!(error.unwrap_err(), RequestError::UnknownClient("x".into()));
    }

    #[test]
    fn what_is_wrong_with_a_request_is_told_at_the_callback() {
        assert_eq!(refused("&organization=a&organization=b").code(), "invalid_request");
        assert_eq!(refused("&prompt=none+login").code(), "invalid_request");
        assert_eq!(refused("&max_age=yesterday").code(), "invalid_request");
        assert_eq!(refused("&response_mode=fragment").code(), "invalid_request");
        assert_eq!(refused("&request=eyJ").code(), "request_not_supported");
        let query = "client_id=orglab&redirect_uri=http://localhost:3000&response_type=code&code_challenge=plain";
        assert!(matches!(parse_query(query), Err(RequestError::Refused(_, Refusal::Request("invalid_request", _)))));
    }

    #[test]
    fn a_refusal_reads_as_at_auth0() {
        let callback = Callback { redirect_uri: "http://localhost:3000".into(), state: Some("a+b".into()) };
        assert_eq!(
            callback.with_refusal(&Refusal::Cancelled),
            "http://localhost:3000/?error=access_denied\
             &error_description=User%20did%20not%20authorize%20the%20request&state=a%2Bb"
        );
    }
}
