//! A sign-in as the trace and the error pages show it: the data for their templates.

use std::{borrow::Cow, io};

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{
    sequence::{ActorView, ArrowView, Sequence, way},
    texts::{self, StepWords},
};
use crate::{
    cookies,
    pages::times::to_the_second,
    session::SignedInSession,
    sign_in::{
        check::Check,
        record::{Parameter, Record, Step},
    },
    text::visible,
};

#[derive(Serialize)]
pub struct TraceView {
    steps: Vec<StepView>,
    actors: [ActorView; 3],
    height: usize,
}

#[derive(Serialize)]
struct StepView {
    number: usize,
    title: &'static str,
    what: Cow<'static, str>,
    paragraph: &'static str,
    way: String,
    at: Option<String>,
    endpoint: Option<String>,
    /// Other facts, each with its label.
    facts: Vec<(&'static str, String)>,
    parameters: Vec<ParameterView>,
    checks: Vec<CheckView>,
    /// The claims of the ID token, as JSON.
    claims: Option<String>,
    /// Why the step failed, if it did.
    failed: Option<String>,
    arrows: Vec<ArrowView>,
}

#[derive(Serialize)]
struct ParameterView {
    name: String,
    value: String,
    meaning: &'static str,
}

#[derive(Serialize)]
pub struct CheckView {
    label: &'static str,
    expected: String,
    found: String,
    passed: bool,
    paragraph: &'static str,
}

impl TraceView {
    /// A sign-in that failed, up to the step that did. `None` if it failed before the first step.
    pub fn of_failure(record: &Record) -> Option<Self> {
        let mut sequence = Sequence::default();
        let steps = StepView::all(record, &mut sequence);
        (!steps.is_empty()).then(|| Self::new(steps, &sequence))
    }

    /// The sign-in that `session` began with. Fails only if the session holds something that was not stored by this
    /// app.
    pub fn of_session(session: &SignedInSession) -> io::Result<Self> {
        let record = session.record.unpack()?;
        let mut sequence = Sequence::default();
        let mut steps = StepView::all(&record, &mut sequence);
        for (view, step) in steps.iter_mut().zip(record.steps()) {
            if matches!(step, Step::IdToken { .. }) {
                view.claims = Some(serde_json::to_string_pretty(&session.identity.claims())?);
            }
        }
        steps.push(StepView::session(steps.len(), session, &mut sequence));
        Ok(Self::new(steps, &sequence))
    }

    fn new(steps: Vec<StepView>, sequence: &Sequence) -> Self {
        Self { steps, actors: Sequence::actors(), height: sequence.height() }
    }
}

impl StepView {
    fn new(index: usize, words: StepWords, sequence: &mut Sequence) -> Self {
        Self {
            number: index + 1,
            title: words.title,
            what: words.what,
            paragraph: words.paragraph,
            way: way(words.arrows),
            at: None,
            endpoint: None,
            facts: Vec::new(),
            parameters: Vec::new(),
            checks: Vec::new(),
            claims: None,
            failed: None,
            arrows: words.arrows.iter().map(|arrow| sequence.draw(arrow)).collect(),
        }
    }

    fn all(record: &Record, sequence: &mut Sequence) -> Vec<Self> {
        let steps = record.steps().iter().enumerate();
        let mut steps: Vec<_> = steps.map(|(index, step)| Self::of(index, step, sequence)).collect();
        if let (Some(last), Some(why)) = (steps.last_mut(), record.failed()) {
            last.failed = Some(why.to_owned());
        }
        steps
    }

    fn of(index: usize, step: &Step, sequence: &mut Sequence) -> Self {
        let view = Self::new(index, texts::step(step), sequence);
        match step {
            Step::AuthorizationRequest { at, endpoint, parameters } => Self {
                at: Some(to_the_millisecond(*at)),
                endpoint: Some(endpoint.clone()),
                parameters: parameters.iter().map(ParameterView::of).collect(),
                ..view
            },
            Step::AuthorizationResponse { at, parameters, checks } => Self {
                at: Some(to_the_millisecond(*at)),
                parameters: parameters.iter().map(ParameterView::of).collect(),
                checks: checks.iter().map(CheckView::of).collect(),
                ..view
            },
            Step::TokenRequest(sent) => Self {
                endpoint: Some(sent.endpoint.clone()),
                facts: vec![
                    ("Took", format!("{} ms", sent.milliseconds)),
                    ("The app proves itself by", texts::authentication(&sent.authentication).to_owned()),
                ],
                parameters: sent.parameters.iter().map(ParameterView::of).collect(),
                ..view
            },
            Step::Keys { endpoint, key_id, lookup } => Self {
                endpoint: Some(endpoint.clone()),
                facts: vec![
                    (
                        "The key that the token names (kid)",
                        key_id.as_deref().map_or("none".to_owned(), |id| visible(id).into_owned()),
                    ),
                    ("The key set", texts::lookup(*lookup).to_owned()),
                ],
                ..view
            },
            Step::IdToken { algorithm, checks } => Self {
                facts: vec![("The token's algorithm (alg)", visible(algorithm).into_owned())],
                checks: checks.iter().map(CheckView::of).collect(),
                ..view
            },
            Step::Userinfo(sent) => Self {
                endpoint: Some(sent.endpoint.clone()),
                facts: vec![
                    ("Took", format!("{} ms", sent.milliseconds)),
                    ("The claims that were taken", if_any(sent.claims.join(", "))),
                ],
                checks: sent.checks.iter().map(CheckView::of).collect(),
                ..view
            },
            Step::Unknown => view,
        }
    }

    /// The last step of a sign-in that succeeded.
    fn session(index: usize, session: &SignedInSession, sequence: &mut Sequence) -> Self {
        let cookie = format!(
            "encrypted, HttpOnly, SameSite={}; it holds a key to the session, and nothing of the user",
            cookies::SAME_SITE
        );
        Self {
            at: Some(to_the_millisecond(session.began_at)),
            facts: vec![("Ends at the latest", to_the_second(session.ends_at())), ("The cookie", cookie)],
            ..Self::new(index, texts::session(), sequence)
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
    pub fn of(check: &Check) -> Self {
        Self {
            label: check.id.label(),
            expected: check.expected.to_string(),
            found: check.found.to_string(),
            passed: check.passed,
            paragraph: check.id.paragraph(),
        }
    }
}

fn if_any(text: String) -> String {
    if text.is_empty() { "none".to_owned() } else { text }
}

fn to_the_millisecond(time: DateTime<Utc>) -> String {
    time.format("%H:%M:%S%.3f UTC").to_string()
}
