//! JSON in less space, for what a session stores of its sign-in. Records have many texts in common, and name one text
//! (the client ID, the `state`) many times. So a text that many records have is written as its number in `WORDS`, and
//! any other text once. A usual record takes three fifths of the space of plain JSON, without a compressor.
//!
//! - A text of `WORDS` is its number there. Any other text is itself where it comes first; after that, it is a
//!   negative number: -1 for the first such text of the document, -2 for the second, and so on.
//! - An object is a list: `null`, then each name and its value. A number `n` is `[null, n]`.
//! - A list stays a list; `false` is put before it where it would begin with `null` or `false`.
//! - `true`, `false` and `null` stay what they are.
//!
//! Numbers and lists need no quotes, which a session would have to escape.

use std::{
    collections::HashMap,
    fmt::{self, Write},
    io,
    sync::LazyLock,
};

use serde_json::{Map, Value};

/// Texts that most records have. Sessions store their places in this list: add new ones at the end, and remove none.
const WORDS: [&str; 96] = [
    "steps",
    "step",
    "failed",
    "reference",
    "at",
    "endpoint",
    "parameters",
    "checks",
    "authentication",
    "milliseconds",
    "reply",
    "status",
    "key_id",
    "lookup",
    "algorithm",
    "token",
    "lengths",
    "header",
    "claims",
    "id",
    "expected",
    "found",
    "passed",
    "authorization_request",
    "answer",
    "token_request",
    "keys",
    "id_token",
    "userinfo",
    "response_type",
    "code",
    "client_id",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "S256",
    "redirect_uri",
    "scope",
    "openid profile email",
    "organization",
    "connection",
    "prompt",
    "login_hint",
    "max_age",
    "invitation",
    "iss",
    "grant_type",
    "authorization_code",
    "code_verifier",
    "client_secret",
    "none",
    "client_secret_basic",
    "client_secret_post",
    "not_sent",
    "at_hand",
    "fetched",
    "fetched_again",
    "throttled",
    "unrefreshed",
    "exactly",
    "one_of",
    "absent_or",
    "absent",
    "anything",
    "after",
    "absent_or_after",
    "absent_or_up_to",
    "between",
    "characters",
    "signed_token",
    "providers_key",
    "time",
    "text",
    "header.payload.signature",
    "response_issuer",
    "format",
    "signature",
    "issuer",
    "audience",
    "authorized_party",
    "expiry",
    "issued_at",
    "not_before",
    "subject",
    "authentication_time",
    "userinfo_response",
    "userinfo_subject",
    "RS256",
    "PS256",
    "ES256",
    "EdDSA",
    "alg",
    "typ",
    "kid",
    "\"JWT\"",
];

static NUMBERS: LazyLock<HashMap<&str, usize>> =
    LazyLock::new(|| WORDS.into_iter().enumerate().map(|(number, word)| (word, number)).collect());

/// Packs a document.
pub fn pack(document: &Value) -> String {
    let mut packer = Packer::default();
    packer.pack(document);
    packer.packed
}

/// The document that [`pack`] has packed.
pub fn unpack(packed: &str) -> io::Result<Value> {
    Unpacker::default()
        .unpack(serde_json::from_str(packed)?)
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "this is not a packed document"))
}

/// Writes JSON piece by piece: a tree of values would take as long again.
#[derive(Default)]
struct Packer<'a> {
    packed: String,
    /// The texts so far that are no words, with their numbers.
    texts: HashMap<&'a str, i64>,
}

impl<'a> Packer<'a> {
    fn pack(&mut self, value: &'a Value) {
        match value {
            Value::String(text) => self.pack_text(text),
            Value::Number(_) => self.write(format_args!("[null,{value}]")),
            Value::Array(values) => {
                let is_marked = matches!(values.first(), Some(Value::Null | Value::Bool(false)));
                self.packed.push_str(if is_marked { "[false" } else { "[" });
                for (place, value) in values.iter().enumerate() {
                    self.packed.push_str(if is_marked || place > 0 { "," } else { "" });
                    self.pack(value);
                }
                self.packed.push(']');
            }
            Value::Object(members) => {
                self.packed.push_str("[null");
                for (name, value) in members {
                    self.packed.push(',');
                    self.pack_text(name);
                    self.packed.push(',');
                    self.pack(value);
                }
                self.packed.push(']');
            }
            Value::Null | Value::Bool(_) => self.write(format_args!("{value}")),
        }
    }

    fn pack_text(&mut self, text: &'a str) {
        if let Some(number) = NUMBERS.get(text) {
            return self.write(format_args!("{number}"));
        }
        let next = -1 - i64::try_from(self.texts.len()).unwrap_or(i64::MAX);
        match *self.texts.entry(text).or_insert(next) {
            number if number == next => self.write(format_args!("{}", Value::from(text))),
            number => self.write(format_args!("{number}")),
        }
    }

    fn write(&mut self, json: fmt::Arguments<'_>) {
        _ = self.packed.write_fmt(json); // a `String` takes anything
    }
}

#[derive(Default)]
struct Unpacker {
    /// The texts so far that are no words.
    texts: Vec<String>,
}

impl Unpacker {
    /// `None` for what [`pack`] does not write.
    fn unpack(&mut self, packed: Value) -> Option<Value> {
        Some(match packed {
            Value::String(_) | Value::Number(_) => self.unpack_text(packed)?.into(),
            Value::Array(mut values) => match (values.first(), values.len()) {
                (Some(Value::Null), 2) => values.pop().filter(Value::is_number)?,
                (Some(Value::Null), _) => self.unpack_members(values.split_off(1))?.into(),
                (Some(Value::Bool(false)), _) => self.unpack_list(values.split_off(1))?,
                _ => self.unpack_list(values)?,
            },
            Value::Null | Value::Bool(_) => packed,
            Value::Object(_) => return None,
        })
    }

    fn unpack_list(&mut self, values: Vec<Value>) -> Option<Value> {
        values.into_iter().map(|value| self.unpack(value)).collect()
    }

    fn unpack_members(&mut self, packed: Vec<Value>) -> Option<Map<String, Value>> {
        let mut members = Map::new();
        let mut packed = packed.into_iter();
        while let Some(name) = packed.next() {
            members.insert(self.unpack_text(name)?, self.unpack(packed.next()?)?);
        }
        Some(members)
    }

    fn unpack_text(&mut self, packed: Value) -> Option<String> {
        if let Value::String(text) = packed {
            self.texts.push(text.clone());
            return Some(text);
        }
        let number = packed.as_i64()?;
        match usize::try_from(number) {
            Ok(word) => WORDS.get(word).map(|word| (*word).to_owned()),
            Err(_) => self.texts.get(usize::try_from(-1 - number).ok()?).cloned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn documents() -> impl Strategy<Value = Value> {
        let text =
            || prop_oneof![".{0,8}", prop::sample::select(&WORDS[..]).prop_map(str::to_owned), "[a-c\'0-9-]{0,2}"];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            text().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((text(), inner), 0..6).prop_map(|it| Map::from_iter(it).into()),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_document_comes_back(document in documents()) {
            prop_assert_eq!(unpack(&pack(&document)).unwrap(), document);
        }
    }

    #[test]
    fn words_are_different() {
        assert_eq!(NUMBERS.len(), WORDS.len());
    }

    /// Sessions hold documents that earlier versions have packed.
    #[test]
    fn the_format_stays() {
        let document = json!({"steps": [{"step": "keys", "at": 7, "new": ["a", "b", "a", "b"]}], "failed": null});
        let packed = r#"[null,0,[[null,1,26,4,[null,7],"new",["a","b",-2,-3]]],2,null]"#;
        assert_eq!(pack(&document), packed);
        assert_eq!(unpack(packed).unwrap(), document);
    }

    #[rstest::rstest]
    #[case::no_json("[")]
    #[case::no_such_word("96")]
    #[case::no_such_text(r#"["a", -2]"#)]
    #[case::a_text_to_come(r#"[-1, "a"]"#)]
    #[case::no_integer("1.5")]
    #[case::a_member_without_a_value("[null, 1, 2, 3]")]
    #[case::a_name_that_is_no_text("[null, true, 2]")]
    #[case::a_number_that_is_none(r#"[null, "a"]"#)]
    #[case::an_object("{}")]
    fn what_was_not_packed_is_an_error(#[case] packed: &str) {
        assert!(unpack(packed).is_err());
    }
}
