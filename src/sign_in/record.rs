//! How a sign-in went. The code that performs a step records it, so the record has only steps that happened, and new
//! checks are recorded automatically. A record has values and the names of checks; pages put them into words.

use std::{borrow::Cow, io};

use chrono::{DateTime, Utc, serde::ts_milliseconds};
use data_encoding::BASE64_NOPAD;
use flate2::read::DeflateDecoder;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::{
    check::{Check, shorten_binding},
    http::Reply,
    jws,
    keys::Lookup,
    packed,
};
use crate::{
    compatibility::{each_known_or_default, known_or_default},
    reference::Reference,
    text::{MAXIMUM_SHOWN, shorten},
};

/// Shown in place of a secret.
pub const REDACTED: &str = "■■■■■■";

/// The longest record that a session stores, in bytes: there may be many sessions. With its quotes escaped, it takes less
/// than 2 kB.
const MAXIMUM_PACKED: usize = 1_900;
/// What is left at least of each value when a record is packed, in characters; longer than the names of steps and
/// checks.
const MINIMUM_SHOWN: usize = 25;

/// How many members of a token's header are recorded, and how much of each, in characters.
const MAXIMUM_MEMBERS: usize = 6;
const MAXIMUM_MEMBER: usize = 80;

/// The steps of a sign-in, up to the last one or the one that failed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Record {
    #[serde(deserialize_with = "each_known_or_default")]
    steps: Vec<Step>,
    /// Why the last step failed, if it did.
    failed: Option<String>,
    /// Leads to the line in the log. Absent in records of older versions.
    reference: Option<Reference>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// The browser was sent to the provider (OpenID Connect Core 1.0, 3.1.2.1).
    AuthorizationRequest {
        #[serde(with = "ts_milliseconds")]
        at: DateTime<Utc>,
        endpoint: String,
        parameters: Vec<Parameter>,
    },
    /// The browser brought the authorization response (3.1.2.5, 3.1.2.6).
    #[serde(rename = "answer")] // as earlier versions have stored it
    AuthorizationResponse {
        #[serde(with = "ts_milliseconds")]
        at: DateTime<Utc>,
        parameters: Vec<Parameter>,
        checks: Vec<Check>,
    },
    /// The app exchanged the code for tokens (3.1.3).
    TokenRequest(TokenRequest),
    /// The app looked up the key that signed the ID token (10.1.1).
    Keys {
        /// The key set's URL.
        endpoint: String,
        /// The key that the token names.
        key_id: Option<String>,
        #[serde(deserialize_with = "known_or_default")]
        lookup: Lookup,
        /// What came back, if the provider was asked. Absent in records of older versions, which asked it nevertheless
        /// if `lookup` says so.
        #[serde(default, deserialize_with = "known_or_default")]
        reply: Option<Reply>,
    },
    /// The app checked the ID token (3.1.3.7).
    IdToken {
        /// The algorithm that the token names.
        algorithm: String,
        /// In the order in which they were done.
        checks: Vec<Check>,
        /// Absent in records of older versions, and if the token has not three parts.
        #[serde(default, deserialize_with = "known_or_default")]
        token: Option<TokenShape>,
    },
    /// The app asked for claims that the ID token does not have (5.3). The sign-in goes on even if this fails.
    Userinfo(UserinfoRequest),
    /// A step of another version of the app.
    #[default]
    Unknown,
}

/// A token request that was sent.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct TokenRequest {
    pub endpoint: String,
    /// How the client authenticated: `none`, `client_secret_basic`, `client_secret_post`.
    pub authentication: String,
    /// The body, with secrets redacted.
    pub parameters: Vec<Parameter>,
    /// From the request to the end of the response.
    pub milliseconds: u64,
    #[serde(default, deserialize_with = "known_or_default")]
    pub reply: Reply,
}

/// A userinfo request that was sent.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct UserinfoRequest {
    pub endpoint: String,
    /// From the request to the end of the response.
    pub milliseconds: u64,
    #[serde(default, deserialize_with = "known_or_default")]
    pub reply: Reply,
    pub checks: Vec<Check>,
    /// The names of the claims that were taken.
    pub claims: Vec<String>,
}

/// What an ID token looks like from outside: nothing that is worth keeping secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenShape {
    /// Of header, payload and signature, as they are written, in characters.
    pub lengths: [usize; 3],
    /// The members of the header, each value as JSON; "…" stands for those beyond the first few.
    pub header: Vec<Parameter>,
}

impl TokenShape {
    /// `None` if the text has not three parts, or its header can't be read.
    pub(super) fn of(token: &str) -> Option<Self> {
        let parts = jws::parts(token)?;
        let header = jws::header_members(parts[0])?;
        let member = |(name, value): (&String, &Value)| {
            Parameter::shown(&shorten(name, MAXIMUM_MEMBER), &shorten(&value.to_string(), MAXIMUM_MEMBER))
        };
        let rest = (header.len() > MAXIMUM_MEMBERS).then(|| Parameter::shown("…", "…"));
        let header = header.iter().take(MAXIMUM_MEMBERS).map(member).chain(rest).collect();
        Some(Self { lengths: parts.map(|part| part.chars().count()), header })
    }
}

/// A parameter of a request or a response: its name and, unless it is a secret, its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameter(String, Option<String>);

impl Parameter {
    pub(super) fn shown(name: &str, value: &str) -> Self {
        Self(name.to_owned(), Some(shorten(value, MAXIMUM_SHOWN)))
    }

    pub(super) fn secret(name: &str) -> Self {
        Self(name.to_owned(), None)
    }

    fn redact(&mut self) {
        if let Self(name, Some(value)) = self
            && ["state", "nonce", "code_challenge"].contains(&name.as_str())
        {
            *value = shorten_binding(value);
        }
    }

    pub fn name(&self) -> &str {
        &self.0
    }

    /// The value, or [`REDACTED`].
    pub fn value(&self) -> &str {
        self.1.as_deref().unwrap_or(REDACTED)
    }
}

impl Step {
    pub(super) fn authorization_request(url: &Url, at: DateTime<Utc>) -> Self {
        let mut endpoint = url.clone();
        endpoint.set_query(None);
        // An invitation is a ticket: anybody who has it, and the right account, becomes a member.
        let parameter = |(name, value): (Cow<str>, Cow<str>)| match &*name {
            "invitation" => Parameter::secret(&name),
            _ => Parameter::shown(&name, &value),
        };
        Self::AuthorizationRequest {
            at,
            endpoint: endpoint.into(),
            parameters: url.query_pairs().map(parameter).collect(),
        }
    }

    /// Keeps only the first characters of the values that bind an authorization response or a token to the attempt.
    fn redact(&mut self) {
        if let Self::AuthorizationRequest { parameters, .. } | Self::AuthorizationResponse { parameters, .. } = self {
            parameters.iter_mut().for_each(Parameter::redact);
        }
        if let Self::AuthorizationResponse { checks, .. } | Self::IdToken { checks, .. } = self {
            checks.iter_mut().for_each(Check::redact);
        }
        if let Self::IdToken { token: Some(token), .. } = self {
            token.header.iter_mut().for_each(Parameter::redact);
        }
    }

    /// The checks that the sign-in depends on.
    fn checks(&self) -> &[Check] {
        match self {
            Self::AuthorizationResponse { checks, .. } | Self::IdToken { checks, .. } => checks,
            // The sign-in does not depend on the userinfo response.
            Self::AuthorizationRequest { .. }
            | Self::TokenRequest(_)
            | Self::Keys { .. }
            | Self::Userinfo(_)
            | Self::Unknown => &[],
        }
    }
}

impl Record {
    pub(super) fn push(&mut self, step: Step) {
        self.steps.push(step);
    }

    /// Marks the last step as failed, and redacts the values that could still be used to forge a response to the
    /// attempt.
    pub fn fail(&mut self, why: &str) {
        self.failed = Some(shorten(why, MAXIMUM_SHOWN));
        self.steps.iter_mut().for_each(Step::redact);
    }

    /// Notes the reference of the request that ends the sign-in.
    pub fn refer_to(&mut self, reference: Reference) {
        self.reference = Some(reference);
    }

    pub fn reference(&self) -> Option<&Reference> {
        self.reference.as_ref()
    }

    /// In the order in which they were done.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Why the last step failed, if it did.
    pub fn failed(&self) -> Option<&str> {
        self.failed.as_deref()
    }

    /// The check that failed, if that is why the last step did.
    pub fn failed_check(&self) -> Option<&Check> {
        self.steps.last()?.checks().iter().find(|check| !check.passed)
    }

    /// The record as a session stores it. If it is too long, all values are shortened until it fits.
    pub fn pack(&self) -> io::Result<PackedRecord> {
        let mut kept = serde_json::to_value(self)?;
        let mut shown = MAXIMUM_SHOWN;
        loop {
            let packed = packed::pack(&kept);
            if packed.len() <= MAXIMUM_PACKED || shown <= MINIMUM_SHOWN {
                return Ok(PackedRecord(packed));
            }
            shown /= 2;
            shorten_all(shown, &mut kept);
        }
    }
}

/// A [`Record`] as a session stores it: [`packed`], since every sign-in writes one and only one page reads it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PackedRecord(String);

impl PackedRecord {
    pub fn unpack(&self) -> io::Result<Record> {
        if self.0.starts_with('[') {
            return Ok(serde_json::from_value(packed::unpack(&self.0)?)?);
        }
        // Earlier versions compressed it.
        let compressed = BASE64_NOPAD.decode(self.0.as_bytes()).map_err(io::Error::other)?;
        Ok(serde_json::from_reader(DeflateDecoder::new(&*compressed))?)
    }
}

fn shorten_all(maximum: usize, value: &mut Value) {
    match value {
        Value::String(shown) => *shown = shorten(shown, maximum),
        Value::Array(values) => values.iter_mut().for_each(|value| shorten_all(maximum, value)),
        Value::Object(members) => members.values_mut().for_each(|value| shorten_all(maximum, value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_whose_values_are_cut_to_the_last_is_still_one() {
        let mut number = 1_u32;
        let mut text = || {
            let mut letter = || {
                number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                char::from_u32(0x4e00 + (number >> 16) % 0x5000).unwrap()
            };
            (0..MAXIMUM_SHOWN).map(|_| letter()).collect::<String>()
        };
        let parameters: Vec<_> = (0..16).map(|_| Parameter::shown("name", &text())).collect();
        let mut record = Record::default();
        let noon = DateTime::from_timestamp(1_800_000_000, 123_000_000).unwrap();
        record.push(Step::AuthorizationRequest { at: noon, endpoint: text(), parameters });
        let kept = record.pack().unwrap().unpack().unwrap();
        let [Step::AuthorizationRequest { at, parameters, .. }] = kept.steps() else { panic!("{kept:?}") };
        assert_eq!(*at, noon);
        assert_eq!(parameters.len(), 16);
        assert!(parameters.iter().all(|it| it.name() == "name" && it.value().chars().count() == MINIMUM_SHOWN + 1));
    }
}
