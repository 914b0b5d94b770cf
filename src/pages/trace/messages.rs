//! What went between browser, app and provider in each step, as the drawing shows it: only what the app did or saw.

use super::sequence::{
    Message,
    Party::{App, Browser, Provider},
    Shape,
};
use crate::{
    sign_in::{
        check::Check,
        http::Reply,
        keys::Lookup,
        record::{Parameter, Step},
    },
    text::{shorten, visible},
};

/// How much of a key's id is drawn, in characters.
const SHOWN_OF_A_KEY: usize = 4;

/// The messages of a step. `has_failed`: the sign-in ended there. `connection`: how the user logged in at the provider,
/// if a verified identity says so.
pub fn of(step: &Step, has_failed: bool, connection: Option<&str>) -> Vec<Message> {
    let mut messages = match step {
        Step::AuthorizationRequest { .. } => vec![
            Message::request(App, Browser, "redirect"),
            Message::request(Browser, Provider, "authorization request"),
        ],
        Step::AuthorizationResponse { parameters, checks, .. } => response(parameters, checks, connection),
        Step::TokenRequest(sent) => asked("token request", "tokens", sent.reply, !has_failed),
        Step::Keys { lookup, reply, key_id, .. } => keys(*lookup, *reply, key_id.as_deref(), has_failed),
        Step::IdToken { checks, .. } => vec![checked(checks)],
        Step::Userinfo(sent) => {
            let is_usable = sent.checks.first().is_some_and(|check| check.passed);
            let mut messages = asked("userinfo request", "claims", sent.reply, is_usable);
            if is_usable {
                messages.extend(failures(&sent.checks));
            }
            messages
        }
        Step::Unknown => vec![Message::by(App, "step of another version")],
    };
    if has_failed && !messages.iter().any(|message| message.has_failed) {
        messages.push(Message::by(App, "failed").failed());
    }
    messages
}

/// The last step of a sign-in that succeeded.
pub fn session() -> Vec<Message> {
    vec![Message::request(App, Browser, "session cookie")]
}

fn response(parameters: &[Parameter], checks: &[Check], connection: Option<&str>) -> Vec<Message> {
    let error = parameters.iter().find(|parameter| parameter.name() == "error");
    let login = match (connection, error) {
        // Whether the user did anything, or had logged in before: both are a login there.
        (Some(connection), _) => Message::by(Provider, format!("logged in at {}", visible(connection))),
        (None, None) => Message::by(Provider, "login, unseen by the app").drawn_as(Shape::Apart),
        (None, Some(_)) => Message::by(Provider, "unseen by the app").drawn_as(Shape::Apart),
    };
    let response = match error {
        Some(error) => Message::request(Browser, App, format!("error response {}", visible(error.value()))).failed(),
        None => Message::request(Browser, App, "response"),
    };
    // A response that fails a check may come from anybody.
    let is_the_providers = checks.iter().all(|check| check.passed);
    let before = [login, Message::request(Provider, Browser, "redirect")];
    let mut messages: Vec<_> = before.into_iter().filter(|_| is_the_providers).chain([response]).collect();
    messages.extend(failures(checks));
    messages
}

/// A request of the app, and what came back. `what`: what a usable response holds.
fn asked(request: &'static str, what: &str, reply: Reply, is_usable: bool) -> Vec<Message> {
    let request = Message::request(App, Provider, request);
    let replied = |text: String| Message::request(Provider, App, text).drawn_as(Shape::Reply);
    match reply {
        Reply::Status(status) if is_usable => vec![request, replied(format!("{what}, status {status}"))],
        Reply::Status(status) => {
            let kind = if status >= 400 { "error response" } else { "unusable response" };
            vec![request, replied(format!("{kind}, status {status}")).failed()]
        }
        Reply::None => vec![request, replied("no response".to_owned()).drawn_as(Shape::Missing).failed()],
        Reply::NotSent => {
            let text = format!("{}: not sent", request.text);
            vec![Message { text, ..request }.failed()]
        }
        // It came, but nothing is known of it.
        Reply::Unknown => vec![request],
    }
}

fn keys(lookup: Lookup, reply: Option<Reply>, key_id: Option<&str>, has_failed: bool) -> Vec<Message> {
    let key = key_id.map_or("key set".to_owned(), |id| format!("key {}", shorten(&visible(id), SHOWN_OF_A_KEY)));
    let from_cache = || Message::by(App, format!("{key} from cache"));
    let asked = |is_usable| asked("key set request", "key set", reply.unwrap_or_default(), is_usable);
    match lookup {
        Lookup::Cached => vec![from_cache()],
        Lookup::Fetched | Lookup::FetchedAgain => asked(!has_failed),
        Lookup::Unrefreshed => asked(false).into_iter().chain([from_cache()]).collect(),
        Lookup::Throttled => vec![Message::by(App, format!("{key} not in cache"))],
        Lookup::Unknown => vec![Message::by(App, "key set looked up")],
    }
}

fn checked(checks: &[Check]) -> Message {
    match checks.iter().find(|check| !check.passed) {
        Some(failed) => failure(failed),
        None => Message::by(App, format!("{} checks, all passed", checks.len())),
    }
}

fn failures(checks: &[Check]) -> impl Iterator<Item = Message> {
    checks.iter().filter(|check| !check.passed).map(failure)
}

fn failure(check: &Check) -> Message {
    Message::by(App, format!("{}: failed", check.id.label())).failed()
}
