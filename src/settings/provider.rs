//! The provider, and the app as the provider knows it.

use secrecy::SecretString;
use url::Url;

use super::{
    app, characters,
    demo_tenant::{self, DemoTenantSettings},
    reader::Reader,
    setting::{Fallback, Setting, SettingSummary},
};
use crate::{
    loopback::{PlainHttp, is_loopback},
    sign_in::{
        client_authentication::ClientAuthentication, issuer::Issuer, organization::OrganizationIds,
        provider::ClientSettings,
    },
};

pub(super) const SUMMARIES: &[SettingSummary] = &[
    ISSUER.summary(),
    CLIENT_ID.summary(),
    CLIENT_SECRET.summary(),
    CLIENT_AUTHENTICATION.summary(),
    SCOPES.summary(),
    ORGANIZATION_IDS.summary(),
    CLAIMS_NAMESPACE.summary(),
];

pub(super) const ISSUER: Setting<Issuer> = Setting {
    name: "OIDC_ISSUER_URL",
    default: Fallback::Words(demo_tenant::WITHOUT_ISSUER),
    description: "The provider's domain or URL",
    must_be: "your provider's domain or URL, such as https://my-tenant.us.auth0.com, without placeholders (at \
              Microsoft Entra, replace {tenantid} with the tenant's ID); http is allowed only for a loopback host",
    find_misplaced: characters::not_in_url,
    parse: Issuer::parse,
    is_secret: false,
};
const CLIENT_ID: Setting<String> = Setting {
    name: "OIDC_CLIENT_ID",
    default: Fallback::Words("none"),
    description: "The app's client ID at the provider; required with OIDC_ISSUER_URL",
    must_be: "set to the app's client ID at your provider",
    find_misplaced: characters::not_ascii,
    parse: |text| Some(text.to_owned()),
    is_secret: false,
};
const CLIENT_SECRET: Setting<SecretString> = Setting {
    name: "OIDC_CLIENT_SECRET",
    default: Fallback::Words("none"),
    description: "The client's secret; a public client has none",
    must_be: "set to the app's client secret at your provider",
    find_misplaced: characters::not_ascii,
    parse: |text| Some(SecretString::from(text)),
    is_secret: true,
};
const CLIENT_AUTHENTICATION: Setting<ClientAuthentication> = Setting {
    name: "OIDC_CLIENT_AUTH_METHOD",
    default: Fallback::Words("from discovery"),
    description: "Client authentication: client_secret_basic, client_secret_post or none",
    must_be: "client_secret_basic, client_secret_post or none, as registered at the provider",
    find_misplaced: characters::invisible,
    parse: ClientAuthentication::named,
    is_secret: false,
};
const SCOPES: Setting<Vec<String>> = Setting {
    name: "OIDC_SCOPES",
    default: Fallback::Value("openid profile email"),
    description: "The scopes to request, separated by spaces",
    must_be: "scopes separated by spaces, including openid",
    find_misplaced: characters::not_in_scopes,
    parse: scopes,
    is_secret: false,
};
const ORGANIZATION_IDS: Setting<OrganizationIds> = Setting {
    name: "ORGANIZATION_IDS",
    default: Fallback::Words("none"),
    description: "Organizations to request by ID: org1=org_…,org2=org_…",
    must_be: "pairs of name and ID separated by commas, each name once, such as org1=org_9EbbZ2vF,org2=org_aB3dE5fG",
    find_misplaced: characters::not_in_organization_ids,
    parse: organization_ids,
    is_secret: false,
};
/// Any text: a tenant may name its claims freely (`urn:example:`, `myapp_`). Auth0 accepts names that are not URLs
/// since July 2022.
const CLAIMS_NAMESPACE: Setting<String> = Setting {
    name: "CLAIMS_NAMESPACE",
    default: Fallback::Value("https://myapp.com/"),
    description: "The prefix of the claims license and organization",
    must_be: "any text, or empty for no prefix",
    find_misplaced: characters::invisible,
    parse: |text| Some(text.to_owned()),
    is_secret: false,
};

/// The client at the configured provider, or at the demo tenant if none is configured.
pub(super) fn read(reader: &mut Reader, base_url: &Url) -> (ClientSettings, Option<DemoTenantSettings>) {
    let is_configured = reader.is_set(&ISSUER);
    let demo_tenant = demo_tenant::read(reader, is_configured);
    if !is_configured && let Some(must_be) = why_issuer_is_required(reader, base_url, demo_tenant.is_some()) {
        reader.reject(&ISSUER, must_be);
    }
    let redirect_uri = app::redirect_uri(reader, base_url);
    let scopes = reader.value_or_default(&SCOPES);
    let organization_ids = reader.value(&ORGANIZATION_IDS).unwrap_or_default();
    let (issuer, client_id) = match &demo_tenant {
        Some(demo_tenant) => {
            let (issuer, client_id) = demo_tenant.issuer_and_client_id();
            (issuer.into(), client_id)
        }
        None => configured(reader).unwrap_or_else(|| (base_url.clone().into(), String::new())),
    };
    let client_secret = reader.value(&CLIENT_SECRET);
    let client_authentication = client_authentication(reader, demo_tenant.is_some());
    let client = ClientSettings {
        issuer,
        client_id,
        client_secret,
        client_authentication,
        scopes,
        redirect_uri,
        post_logout_redirect_uri: base_url.origin().ascii_serialization(),
        organization_ids,
        // Empty means the bare names, so it can't count as unset.
        claims_namespace: reader.maybe_empty(&CLAIMS_NAMESPACE),
        plain_http: PlainHttp::default(),
    };
    (client, demo_tenant)
}

/// Issuer and client id, if both are set and valid.
fn configured(reader: &mut Reader) -> Option<(Issuer, String)> {
    let (issuer, client_id) = (reader.value(&ISSUER), reader.value(&CLIENT_ID));
    if client_id.is_none() && !reader.is_rejected(&CLIENT_ID) {
        reader.reject(&CLIENT_ID, CLIENT_ID.must_be);
    }
    issuer.zip(client_id)
}

/// Why an issuer is required, if it is. The demo tenant has no passwords, so it serves this machine only, and only if
/// no other setting suggests that there is a provider.
fn why_issuer_is_required(reader: &Reader, base_url: &Url, has_demo_tenant: bool) -> Option<String> {
    const SET: &str = "set to your provider's domain";
    if !has_demo_tenant {
        return Some(format!("{SET}: this build has no demo tenant (it was built without the feature demo-tenant)"));
    }
    let client = [(CLIENT_ID.name, reader.is_set(&CLIENT_ID)), (CLIENT_SECRET.name, reader.is_set(&CLIENT_SECRET))];
    if let Some((name, _)) = client.into_iter().find(|(_, is_set)| *is_set) {
        return Some(format!("{SET}, since {name} is set; or unset {name} to use the demo tenant"));
    }
    let reason = "the demo tenant has no passwords, so it runs only if APP_BASE_URL is on a loopback host";
    (!is_loopback(base_url)).then(|| format!("{SET}: {reason}"))
}

/// How the client authenticates, if the settings say it. At the demo tenant, it is a public client in any case.
fn client_authentication(reader: &mut Reader, has_demo_tenant: bool) -> Option<ClientAuthentication> {
    let method = reader.value(&CLIENT_AUTHENTICATION).filter(|_| !has_demo_tenant)?;
    match (method, reader.is_set(&CLIENT_SECRET)) {
        (ClientAuthentication::None, true) => {
            let must_be = "client_secret_basic or client_secret_post, since OIDC_CLIENT_SECRET is set; for a public client, \
                           unset OIDC_CLIENT_SECRET";
            reader.reject(&CLIENT_AUTHENTICATION, must_be);
        }
        (ClientAuthentication::ClientSecretBasic | ClientAuthentication::ClientSecretPost, false) => {
            let must_be = "none, since OIDC_CLIENT_SECRET is not set; or set OIDC_CLIENT_SECRET to the client's secret";
            reader.reject(&CLIENT_AUTHENTICATION, must_be);
        }
        (ClientAuthentication::None, false)
        | (ClientAuthentication::ClientSecretBasic | ClientAuthentication::ClientSecretPost, true) => {}
    }
    Some(method)
}

fn scopes(text: &str) -> Option<Vec<String>> {
    let scopes: Vec<_> = text.split_whitespace().map(str::to_owned).collect();
    scopes.iter().any(|scope| scope == "openid").then_some(scopes)
}

fn organization_ids(text: &str) -> Option<OrganizationIds> {
    let pair = |pair: &str| {
        let (name, id) = pair.split_once('=')?;
        let (name, id) = (name.trim(), id.trim());
        let is_id = id
            .strip_prefix("org_")
            .is_some_and(|it| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        (!name.is_empty() && is_id).then(|| (name.to_owned(), id.to_owned()))
    };
    let pairs = text.split(',').map(pair).collect::<Option<Vec<_>>>()?;
    let count = pairs.len();
    Some(OrganizationIds::new(pairs)).filter(|ids| ids.iter().count() == count)
}
