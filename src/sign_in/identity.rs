//! Who is signed in, and to which organization.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    auth0,
    jws::{Claims, shown_text},
};
use crate::license::License;

/// The longest name that is shown and stored, in characters. Longer ones are cut.
const MAXIMUM_NAME: usize = 255;
/// The longest address of a picture, in bytes.
const MAXIMUM_ADDRESS: usize = 2048;
/// The longest ID token that is stored and sent to the provider as a hint, in bytes. Longer URLs may be cut off on the
/// way.
const MAXIMUM_HINT: usize = 4096;

/// The organization that a user is signed in to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// `org_id`. The organization's data is kept under it.
    pub id: String,
    /// For people: the display name that the tenant's Action sets, else `org_name`, else the id.
    pub name: String,
    /// `org_name`: what to type to sign in to it, if the provider says.
    pub login_name: Option<String>,
}

/// A verified user. Only [`RelyingParty::complete`](super::RelyingParty::complete) creates one, from an ID token that
/// passed every check. Sessions store it, and nobody else can write one there (see `session.rs`).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Identity {
    /// The tenant's own two first, then the others in the token's order. Sessions that older versions wrote have the
    /// token's order.
    claims: Claims,
    id_token: Option<String>,
    organization: Option<Organization>,
    license_claim: Option<Value>,
    claims_namespace: String,
    /// What the userinfo response adds. Absent in sessions that older versions wrote.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    userinfo: Claims,
}

impl Identity {
    /// `claims` are those of the verified `id_token`. `userinfo` has only others.
    pub(super) fn from_verified(claims: Claims, id_token: String, userinfo: Claims, claims_namespace: &str) -> Self {
        let text = |name: &str| shown_text(&claims, name);
        let display_name = format!("{claims_namespace}organization");
        let display_name = text(&display_name).or_else(|| shown_text(&userinfo, &display_name));
        let organization = text("org_id").map(|id| Organization {
            id: id.to_owned(),
            name: truncate(display_name.or(text("org_name")).unwrap_or(id)).to_owned(),
            login_name: text("org_name").map(str::to_owned),
        });
        let license = format!("{claims_namespace}license");
        let license_claim = claims.get(&license).or_else(|| userinfo.get(&license)).cloned();
        let id_token = Some(id_token).filter(|token| token.len() <= MAXIMUM_HINT);
        let [claims, userinfo] = [claims, userinfo].map(|claims| own_first(claims, claims_namespace));
        let claims_namespace = claims_namespace.to_owned();
        Self { claims, id_token, organization, license_claim, claims_namespace, userinfo }
    }

    /// `sub`: identifies the user at the provider and never changes.
    pub fn subject(&self) -> &str {
        self.identifier("sub").unwrap_or_default()
    }

    /// `sid`: the session at the provider (OpenID Connect Back-Channel Logout 1.0, 2.1).
    pub fn session_id(&self) -> Option<&str> {
        self.identifier("sid").filter(|id| !id.is_empty())
    }

    /// A name to show (OpenID Connect Core 1.0, 5.1): the full name, else its parts, else another name or the email
    /// address, else the subject.
    pub fn name(&self) -> Cow<'_, str> {
        let parts: Vec<_> = ["given_name", "family_name"].into_iter().filter_map(|claim| self.shown(claim)).collect();
        let whole = self.shown("name").map(Cow::from);
        let joined = || (!parts.is_empty()).then(|| Cow::from(truncate(&parts.join(" ")).to_owned()));
        let other = || ["preferred_username", "nickname", "email"].iter().find_map(|claim| self.shown(claim));
        whole.or_else(joined).or_else(|| other().map(Cow::from)).unwrap_or(self.subject().into())
    }

    /// `email`, verified or not: only to show, never to decide by.
    pub fn email(&self) -> Option<&str> {
        self.shown("email")
    }

    /// `picture`, if it is an address that a page may show.
    pub fn picture(&self) -> Option<&str> {
        self.text("picture").filter(|address| {
            let is_plain = address.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"'<>`".contains(&byte));
            address.starts_with("https://") && is_plain && address.len() <= MAXIMUM_ADDRESS
        })
    }

    /// The connection that the user signed in through, if the subject names it.
    pub fn connection(&self) -> Option<&str> {
        auth0::connection(self.subject())
    }

    /// `None` if the user signed in without an organization.
    pub fn organization(&self) -> Option<&Organization> {
        self.organization.as_ref()
    }

    /// The organization's license. Without an organization there is none, whatever the claim says.
    pub fn license(&self) -> Option<License> {
        self.license_claim().and_then(License::from_claim)
    }

    /// The license claim, shortened, if the app does not know that license.
    pub fn unknown_license(&self) -> Option<String> {
        let claim = self.license_claim().filter(|claim| License::from_claim(claim).is_none())?;
        let text = claim.as_str().map_or_else(|| claim.to_string(), str::to_owned);
        Some(truncate(&text).to_owned())
    }

    /// Whether the login Action has set the claim that names the organization. It does so with or without a license.
    pub fn has_organization_claim(&self) -> bool {
        let name = format!("{}organization", self.claims_namespace);
        self.claims.contains_key(&name) || self.userinfo.contains_key(&name)
    }

    fn license_claim(&self) -> Option<&Value> {
        self.organization.as_ref().and(self.license_claim.as_ref())
    }

    /// All claims of the ID token: the tenant's own two first, then the others in the token's order.
    pub fn claims(&self) -> &Claims {
        &self.claims
    }

    /// What the names of the tenant's own two claims begin with.
    pub fn claims_namespace(&self) -> &str {
        &self.claims_namespace
    }

    /// The claims that only the userinfo response has. Nobody has signed them.
    pub fn userinfo(&self) -> &Claims {
        &self.userinfo
    }

    /// The ID token, unless it is too long: it tells the provider which session a logout ends.
    pub(super) fn id_token_hint(&self) -> Option<&str> {
        self.id_token.as_deref().filter(|token| token.len() <= MAXIMUM_HINT) // older versions kept longer ones
    }

    /// A claim that identifies somebody or something, unchanged: identifiers are compared byte for byte.
    fn identifier(&self, claim: &str) -> Option<&str> {
        self.claims.get(claim).and_then(Value::as_str)
    }

    /// A claim to show. The ID token takes precedence over userinfo.
    fn text(&self, claim: &str) -> Option<&str> {
        shown_text(&self.claims, claim).or_else(|| shown_text(&self.userinfo, claim))
    }

    /// A text to show, cut to [`MAXIMUM_NAME`], since the record of every sign-in must stay small.
    fn shown(&self, claim: &str) -> Option<&str> {
        self.text(claim).map(truncate)
    }
}

/// The same claims: the tenant's own two first, the license before the organization's name.
fn own_first(mut claims: Claims, namespace: &str) -> Claims {
    for name in ["organization", "license"] {
        if let Some((name, value)) = claims.shift_remove_entry(&format!("{namespace}{name}")) {
            claims.shift_insert(0, name, value);
        }
    }
    claims
}

fn truncate(text: &str) -> &str {
    text.char_indices().nth(MAXIMUM_NAME).map_or(text, |(end, _)| &text[..end])
}
