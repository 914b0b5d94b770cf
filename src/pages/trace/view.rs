//! A sign-in as the trace and the error pages show it: the data for their templates.

use std::{borrow::Cow, io};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::{
    messages,
    sequence::{Message, MessageView, PartyView, Sequence},
    texts::{self, StepWords},
    token::{ClaimsView, TokenView},
};
use crate::{
    cookies,
    pages::times::TimeView,
    session::SignedInSession,
    sign_in::{
        check::Check,
        check_id::Paragraph,
        record::{Parameter, Record, Step, UserinfoRequest},
    },
    text::visible,
};

#[derive(Serialize)]
pub struct TraceView {
    steps: Vec<StepView>,
    parties: [PartyView; 3],
    messages: Vec<MessageView>,
    width: usize,
    height: usize,
    /// Whether only the last step is open, as on an error page.
    collapsed: bool,
    /// How many checks passed, and how many were done.
    passed: usize,
    checks: usize,
    /// From the first step to the last.
    duration: Option<String>,
    reference: Option<String>,
}

#[derive(Serialize)]
struct StepView {
    number: usize,
    title: &'static str,
    what: Cow<'static, str>,
    paragraph: Option<Paragraph>,
    at: Option<TimeView>,
    endpoint: Option<String>,
    /// Other facts, each with its label.
    facts: Vec<(&'static str, String)>,
    parameters: Vec<ParameterView>,
    checks: Vec<CheckView>,
    token: Option<TokenView>,
    /// Of a genuine token alone.
    claims: Option<ClaimsView>,
    /// Why the step failed, if it did.
    failed: Option<String>,
}

#[derive(Serialize)]
struct ParameterView {
    name: String,
    value: String,
    meaning: &'static str,
}

/// A check that was done, for the trace and the error pages.
#[derive(Serialize)]
pub struct CheckView {
    /// The number of its step, which stands at `#step-{step}`.
    step: usize,
    /// What is checked: "Audience (aud)".
    name: &'static str,
    /// What an attacker could do without it, in a sentence.
    purpose: &'static str,
    expected: String,
    found: String,
    passed: bool,
    /// Who asks for it: `text` and `url`.
    paragraph: Option<Paragraph>,
}

impl TraceView {
    /// A sign-in that failed, up to the step that did. `None` if it failed before the first step.
    pub fn of_failure(record: &Record) -> Option<Self> {
        let mut trace = Self::of(record, None);
        trace.collapsed = true;
        (!trace.steps.is_empty()).then_some(trace)
    }

    /// The sign-in that `session` began with. Fails only if the session holds something that was not stored by this
    /// app.
    pub fn of_session(session: &SignedInSession) -> io::Result<Self> {
        let record = session.record.unpack()?;
        let mut trace = Self::of(&record, Some(session));
        for (view, step) in trace.steps.iter_mut().zip(record.steps()) {
            if matches!(step, Step::IdToken { .. }) {
                view.claims = Some(ClaimsView::of(&session.identity)?);
            }
        }
        Ok(trace)
    }

    fn of(record: &Record, session: Option<&SignedInSession>) -> Self {
        let mut sequence = Sequence::default();
        let connection = session.and_then(|session| session.identity.connection());
        let mut steps = Vec::new();
        for (index, step) in record.steps().iter().enumerate() {
            let failed = record.failed().filter(|_| index + 1 == record.steps().len());
            let messages = messages::of(step, failed.is_some(), connection);
            let view = StepView::new(index + 1, texts::step(step), &messages, &mut sequence);
            steps.push(StepView { failed: failed.map(str::to_owned), ..view.of(step) });
        }
        if let Some(session) = session {
            let view = StepView::new(steps.len() + 1, texts::session(), &messages::session(), &mut sequence);
            steps.push(view.of_session(session));
        }
        let checks = || steps.iter().flat_map(|step| &step.checks);
        let (passed, done) = (checks().filter(|check| check.passed).count(), checks().count());
        Self {
            parties: Sequence::parties(),
            width: Sequence::width(),
            height: sequence.height(),
            messages: sequence.messages(),
            collapsed: false,
            passed,
            checks: done,
            duration: session.and_then(|session| Some(seconds(session.began_at - began_at(record)?))),
            reference: record.reference().map(ToString::to_string),
            steps,
        }
    }
}

/// When the authorization request was sent.
fn began_at(record: &Record) -> Option<DateTime<Utc>> {
    if let Step::AuthorizationRequest { at, .. } = record.steps().first()? { Some(*at) } else { None }
}

impl StepView {
    fn new(number: usize, words: StepWords, messages: &[Message], sequence: &mut Sequence) -> Self {
        for message in messages {
            sequence.draw(number, message);
        }
        Self {
            number,
            title: words.title,
            what: words.what,
            paragraph: words.paragraph,
            at: None,
            endpoint: None,
            facts: Vec::new(),
            parameters: Vec::new(),
            checks: Vec::new(),
            token: None,
            claims: None,
            failed: None,
        }
    }

    fn of(self, step: &Step) -> Self {
        let number = self.number;
        let views = |checks: &[Check]| checks.iter().map(|check| CheckView::of(check, number)).collect();
        match step {
            Step::AuthorizationRequest { at, endpoint, parameters } => Self {
                at: Some(TimeView::of_day_to_the_millisecond(*at)),
                endpoint: Some(endpoint.clone()),
                parameters: parameters.iter().map(ParameterView::of).collect(),
                ..self
            },
            Step::AuthorizationResponse { at, parameters, checks } => Self {
                at: Some(TimeView::of_day_to_the_millisecond(*at)),
                parameters: parameters.iter().map(ParameterView::of).collect(),
                checks: views(checks),
                ..self
            },
            Step::TokenRequest(sent) => Self {
                endpoint: Some(sent.endpoint.clone()),
                facts: vec![
                    ("Response", texts::reply(sent.reply)),
                    ("Took", format!("{} ms", sent.milliseconds)),
                    ("Client authentication", texts::authentication(&sent.authentication).to_owned()),
                ],
                parameters: sent.parameters.iter().map(ParameterView::of).collect(),
                ..self
            },
            Step::Keys { endpoint, key_id, lookup, reply } => {
                let key_id = key_id.as_deref().map_or("none".to_owned(), |id| visible(id).into_owned());
                let looked_up = [("Key ID in the token (kid)", key_id), ("Key set", texts::lookup(*lookup).to_owned())];
                let reply = reply.map(|reply| ("Response", texts::reply(reply)));
                Self { endpoint: Some(endpoint.clone()), facts: reply.into_iter().chain(looked_up).collect(), ..self }
            }
            Step::IdToken { algorithm, checks, token } => {
                // With the token's shape, its header has the algorithm.
                let algorithm = (token.is_none()).then(|| ("Algorithm (alg)", visible(algorithm).into_owned()));
                Self {
                    facts: algorithm.into_iter().collect(),
                    token: token.as_ref().map(TokenView::of),
                    checks: views(checks),
                    ..self
                }
            }
            Step::Userinfo(sent) => self.of_userinfo(sent),
            Step::Unknown => self,
        }
    }

    fn of_userinfo(self, sent: &UserinfoRequest) -> Self {
        let claims = if sent.claims.is_empty() { "none".to_owned() } else { sent.claims.join(", ") };
        Self {
            endpoint: Some(sent.endpoint.clone()),
            facts: vec![
                ("Response", texts::reply(sent.reply)),
                ("Took", format!("{} ms", sent.milliseconds)),
                ("Claims used", claims),
            ],
            checks: sent.checks.iter().map(|check| CheckView::of(check, self.number)).collect(),
            ..self
        }
    }

    /// The last step of a sign-in that succeeded.
    fn of_session(self, session: &SignedInSession) -> Self {
        let cookie = format!(
            "encrypted, HttpOnly, SameSite={}; it holds a key to the session and nothing about you",
            cookies::SAME_SITE
        );
        Self {
            at: Some(TimeView::of_day_to_the_millisecond(session.began_at)),
            facts: vec![("Ends at the latest", TimeView::to_the_second(session.ends_at()).text), ("Cookie", cookie)],
            ..self
        }
    }
}

impl ParameterView {
    fn of(parameter: &Parameter) -> Self {
        let (name, value) = (parameter.name(), parameter.value());
        Self { name: name.to_owned(), value: visible(value).into_owned(), meaning: texts::meaning(name) }
    }
}

impl CheckView {
    /// The check that ended a sign-in, if one did.
    pub fn failed_in(record: &Record) -> Option<Self> {
        record.failed_check().map(|check| Self::of(check, record.steps().len()))
    }

    fn of(check: &Check, step: usize) -> Self {
        let words = check.id.words();
        Self {
            step,
            name: words.label,
            purpose: words.purpose,
            expected: check.expected.to_string(),
            found: check.found.to_string(),
            passed: check.passed,
            paragraph: words.paragraph,
        }
    }
}

/// "2.345 s".
fn seconds(time: TimeDelta) -> String {
    let milliseconds = time.num_milliseconds().max(0);
    format!("{}.{:03} s", milliseconds / 1000, milliseconds % 1000)
}
