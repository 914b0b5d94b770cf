//! The words of a provider's page: what a person would read there. Pure.

use std::{borrow::Cow, fmt, sync::LazyLock};

use openidconnect::HttpResponse;
use percent_encoding::percent_decode_str;
use regex::Regex;
use serde_json::Value;
use url::{Url, form_urlencoded};

use crate::{
    sign_in::http::redirect_target,
    text::{shorten, without_direction},
};

/// How much of a page is read, in bytes.
const MAXIMUM_READ: usize = 256 * 1024;
/// How much of a page's words a finding quotes, in characters.
const MAXIMUM_QUOTED: usize = 300;

/// A provider's response that is no authorization response: its own page, or a redirect to one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) status: u16,
    /// Where it redirects to.
    pub(super) target: Option<Url>,
    /// The body.
    pub(super) source: String,
    /// What a person would read, on one line. For a redirect, its parameters.
    pub(super) words: String,
    /// Whether it shows an error: by its status, or by its address.
    pub(super) is_error: bool,
}

impl Page {
    /// The response to a request for `url`.
    pub(super) fn of(response: &HttpResponse, url: &Url) -> Self {
        let status = response.status().as_u16();
        if let Some(target) = redirect_target(response, url) {
            let (words, is_error) = (parameters(&target), is_error_page(&target));
            return Self { status, source: words.clone(), target: Some(target), words, is_error };
        }
        let body = response.body();
        let source = String::from_utf8_lossy(&body[..body.len().min(MAXIMUM_READ)]).into_owned();
        let words = words(&source);
        Self { status, target: None, source, words, is_error: status >= 400 || is_error_page(url) }
    }

    /// The source with entities, percent and plus encoding and JSON's escaped apostrophes decoded, so that words can be
    /// found in it.
    pub(super) fn decoded_source(&self) -> String {
        let text = self.source.replace('+', " ").replace("\\u0027", "'");
        without_entities(&percent_decode_str(&text).decode_utf8_lossy()).into_owned()
    }

    /// Whether `other` says the same, apart from numbers, URLs and what it repeats of the request.
    pub(super) fn says_the_same_as(&self, other: &Self) -> bool {
        let comparable = |page: &Self| {
            let words = page.words.split_whitespace().filter(|word| !word.contains(|it: char| it.is_ascii_digit()));
            let words: Vec<_> = words.filter(|word| !word.contains("orglab-check") && !word.contains("://")).collect();
            words.join(" ")
        };
        self.status == other.status && comparable(self) == comparable(other)
    }
}

impl fmt::Display for Page {
    /// Escaped, since it goes to a terminal.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.target {
            Some(target) => {
                let mut address = target.clone();
                address.set_query(None);
                address.set_fragment(None);
                write!(formatter, "a redirect to {address}")?;
                // Other pages' parameters are for programs.
                if !self.is_error || self.words.is_empty() {
                    return Ok(());
                }
            }
            None if self.words.is_empty() => return write!(formatter, "an empty page with status {}", self.status),
            None => write!(formatter, "a page with status {}", self.status)?,
        }
        write!(formatter, ": {:?}", shorten(&without_direction(&self.words), MAXIMUM_QUOTED))
    }
}

/// Whether an address is that of a page that shows errors.
fn is_error_page(address: &Url) -> bool {
    let (route, _) = route_and_parameters(address.fragment().unwrap_or_default());
    [address.path(), route].iter().any(|path| path.to_ascii_lowercase().contains("error"))
}

/// The parameters of an address, decoded. A single-page application has them in the fragment.
fn parameters(address: &Url) -> String {
    let (_, in_fragment) = route_and_parameters(address.fragment().unwrap_or_default());
    let pairs = address.query_pairs().chain(form_urlencoded::parse(in_fragment.as_bytes()));
    let decoded = |(name, value): (Cow<'_, str>, Cow<'_, str>)| {
        // Google has a message in Base64.
        if name == "authError" { from_base64(&value) } else { format!("{name}={value}") }
    };
    one_line(&pairs.map(decoded).collect::<Vec<_>>().join(", "))
}

/// `/error?error=…` in a fragment, or `error=…`.
fn route_and_parameters(fragment: &str) -> (&str, &str) {
    fragment.split_once('?').unwrap_or(("", fragment))
}

/// The readable part of a value in Base64, in either alphabet.
fn from_base64(value: &str) -> String {
    let digits: String = value.trim_end_matches('=').replace('+', "-").replace('/', "_");
    let whole = digits.len() - usize::from(digits.len() % 4 == 1);
    let bytes = data_encoding::BASE64URL_NOPAD.decode(&digits.as_bytes()[..whole]).unwrap_or_default();
    one_line(&String::from_utf8_lossy(&bytes).replace(|it: char| it.is_control() || it == '\u{fffd}', " "))
}

/// What a person would read of a JSON document, or of an HTML page.
fn words(source: &str) -> String {
    if let Ok(document) = serde_json::from_str::<Value>(source) {
        return one_line(&texts(&document).join(": "));
    }
    // The error pages of Entra ID are scripts, with the message in their data.
    if let Some(message) = ENTRA.find(source) {
        let message = serde_json::from_str(&format!("\"{}\"", message.as_str()));
        return one_line(&message.unwrap_or_else(|_| String::new()));
    }
    let title = TITLE.captures(source).map(|found| plain(&found[1])).unwrap_or_default();
    let body = HIDDEN.replace_all(source, " ");
    let from_heading = HEADING.find(&body).map_or(0, |heading| heading.start());
    let text = plain(&body[from_heading..]);
    if title.is_empty() || text.contains(&title) {
        text
    } else if text.is_empty() {
        title
    } else {
        format!("{title}: {text}")
    }
}

/// The texts and numbers in a document, in its order. A number comes with the name of its member, which says what it
/// is.
fn texts(document: &Value) -> Vec<String> {
    match document {
        Value::Null | Value::Bool(_) => vec![],
        Value::Number(number) => vec![number.to_string()],
        Value::String(text) => vec![text.clone()],
        Value::Array(elements) => elements.iter().flat_map(texts).collect(),
        Value::Object(members) => members.iter().flat_map(member_texts).collect(),
    }
}

fn member_texts((name, value): (&String, &Value)) -> Vec<String> {
    if value.is_number() { vec![format!("{name} {value}")] } else { texts(value) }
}

/// The text of a piece of HTML, without tags and with its entities decoded.
fn plain(html: &str) -> String {
    one_line(&without_entities(&TAG.replace_all(html, " ")))
}

fn without_entities(text: &str) -> Cow<'_, str> {
    ENTITY.replace_all(text, |found: &regex::Captures<'_>| character(&found[1]).to_string())
}

/// The character that an entity stands for; a space for an uncommon entity.
fn character(entity: &str) -> char {
    let number = entity.strip_prefix('#').and_then(|digits| match digits.strip_prefix(['x', 'X']) {
        Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok(),
        None => digits.parse().ok(),
    });
    match entity {
        "quot" => '"',
        "apos" | "lsquo" | "rsquo" => '\'',
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        _ => number.and_then(char::from_u32).unwrap_or(' '),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[expect(clippy::unwrap_used, reason = "the tests below compile it")]
fn pattern(pattern: &str) -> Regex {
    Regex::new(pattern).unwrap()
}

static TITLE: LazyLock<Regex> = LazyLock::new(|| pattern("(?is)<title[^>]*>(.*?)</title>"));
/// What a browser does not show.
static HIDDEN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        "(?is)<!--.*?-->|<head[ >].*?</head>|<title.*?</title>|<script.*?(</script>|$)|<style.*?(</style>|$)\
         |<noscript.*?</noscript>|<template.*?</template>|<svg.*?</svg>",
    )
});
static HEADING: LazyLock<Regex> = LazyLock::new(|| pattern("(?i)<h[1-3][ >]"));
static TAG: LazyLock<Regex> = LazyLock::new(|| pattern("<[^>]*>"));
static ENTITY: LazyLock<Regex> = LazyLock::new(|| pattern("&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,8});"));
/// A message of Entra ID as JSON has it, without the quotation marks.
static ENTRA: LazyLock<Regex> = LazyLock::new(|| pattern(r#"AADSTS[0-9]+:(?:[^"<\\]|\\.)*"#));

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::nothing("", "")]
    #[case::text("Bad Request", "Bad Request")]
    #[case::title_alone("<html><head><title>401 Unauthorized</title></head><body></body></html>", "401 Unauthorized")]
    #[case::title_and_text("<title>Oops!</title><p>Callback URL\n mismatch.", "Oops!: Callback URL mismatch.")]
    #[case::title_repeated("<title>Error</title><h1>Error</h1><p>no", "Error no")]
    #[case::scripts("<style>p{}</style><script>say('no')</script><p>yes<!-- no --><script>no", "yes")]
    #[case::from_the_heading("<a>Home</a><h2 class='x'>Bad Request</h2><p>no", "Bad Request no")]
    #[case::entities("The &#39;a&#x27; &quot;b&quot; &amp;lt; &nbsp;&lsquo;c&rsquo;", "The 'a' \"b\" &lt; 'c'")]
    #[case::json(
        r#"{"error":"invalid_request","error_description":"The client\u0027s"}"#,
        "invalid_request: The client's"
    )]
    #[case::numbers_in_json(r#"{"result":0,"error":9,"codes":[1,"a"]}"#, "result 0: error 9: 1: a")]
    #[case::entra(
        r#"<title>Sign in</title><script>$Config={"strMainMessage":"x","strServiceExceptionMessage":"AADSTS50011: The \u0027a\u0027 \"b\"."};</script>"#,
        "AADSTS50011: The 'a' \"b\"."
    )]
    fn the_words_are_what_a_person_reads(#[case] source: &str, #[case] expected: &str) {
        assert_eq!(words(source), expected);
    }

    #[rstest::rstest]
    #[case(
        "https://a.example/error?error=redirect_mismatch&b=Invalid+client%21",
        "error=redirect_mismatch, b=Invalid client!"
    )]
    #[case("https://a.example/error?authError=ChVyZWRpcmVjdF91cmlfbWlzbWF0Y2gSAk5v", "redirect_uri_mismatch No")]
    #[case("https://a.example/#/error?error=redirect_mismatch&b=c%21", "error=redirect_mismatch, b=c!")]
    #[case("https://a.example/?a=b#error=c", "a=b, error=c")]
    #[case("https://a.example/error?authError=%C3%A9%C3%A9aaa", "")]
    fn an_address_is_decoded(#[case] address: &str, #[case] expected: &str) {
        assert_eq!(parameters(&Url::parse(address).unwrap()), expected);
    }
}
