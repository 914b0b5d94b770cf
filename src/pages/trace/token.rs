//! The ID token as the trace shows it: its three parts, and what they say. Never the token itself.

use std::io;

use serde::Serialize;

use crate::{
    pages::claims::{self, ClaimView},
    sign_in::{
        identity::Identity,
        record::{Parameter, TokenShape},
    },
};

#[derive(Serialize)]
pub struct TokenView {
    parts: [PartView; 3],
    /// The header, as JSON.
    header: String,
}

#[derive(Serialize)]
struct PartView {
    name: &'static str,
    /// The class of its colour.
    class: &'static str,
    /// In characters, as it is written in the token.
    length: usize,
}

/// The claims of a token, one by one and as JSON.
#[derive(Serialize)]
pub struct ClaimsView {
    claims: Vec<ClaimView>,
    json: String,
}

impl TokenView {
    pub fn of(token: &TokenShape) -> Self {
        let [header, payload, signature] = token.lengths;
        let part = |name, class, length| PartView { name, class, length };
        let member = |member: &Parameter| format!("\"{}\": {}", member.name(), member.value());
        let members: Vec<_> = token.header.iter().map(member).collect();
        Self {
            parts: [
                part("Header", "provider", header),
                part("Payload", "app", payload),
                part("Signature", "browser", signature),
            ],
            header: format!("{{ {} }}", members.join(", ")),
        }
    }
}

impl ClaimsView {
    pub fn of(identity: &Identity) -> io::Result<Self> {
        let claims = identity.claims();
        let json = serde_json::to_string_pretty(claims)?;
        Ok(Self { claims: claims::views(claims, identity.claims_namespace()), json })
    }
}
