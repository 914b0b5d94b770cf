//! `GET /trace`: how this session's sign-in went, as a sequence between browser, app and provider. An error page shows the
//! same up to the step that failed.

use actix_web::{HttpResponse, http::StatusCode, web::Data};
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::texts::{self, Actor, Arrow, StepWords};
use crate::{
    pages::{Layout, Site, current_user::SignedIn, errors::page::Failure, render},
    session::SignedInSession,
    sign_in::{
        check::Check,
        record::{Parameter, Record, Step},
    },
    text::visible,
};

/// A sign-in as a page shows it.
#[derive(Serialize)]
pub struct TraceView {
    steps: Vec<StepView>,
    parties: Vec<PartyView>,
    height: usize,
}

#[derive(Serialize)]
struct StepView {
    number: usize,
    title: &'static str,
    what: &'static str,
    paragraph: &'static str,
    way: String,
    at: Option<String>,
    endpoint: Option<String>,
    facts: Vec<(&'static str, String)>,
    parameters: Vec<ParameterView>,
    checks: Vec<CheckView>,
    claims: Option<String>,
    failed: Option<String>,
    arrows: Vec<ArrowView>,
}

#[derive(Serialize)]
struct ParameterView {
    name: String,
    value: String,
    meaning: &'static str,
}

/// A check as a page shows it.
#[derive(Serialize)]
pub(crate) struct CheckView {
    label: &'static str,
    expected: String,
    found: String,
    passed: bool,
    paragraph: &'static str,
}

/// Where a step, or a part of it, is drawn in the sequence.
#[derive(Serialize)]
struct ArrowView {
    text: &'static str,
    source: &'static str,
    target: &'static str,
    y: usize,
    from: usize,
    to: usize,
    middle: usize,
}

#[derive(Serialize)]
struct PartyView {
    name: &'static str,
    x: usize,
}

/// The sequence's measures, in its own units.
const COLUMN: usize = 140;
const MARGIN: usize = 50;
const ROW: usize = 44;

impl ArrowView {
    /// The row is given by [`TraceView::new`].
    fn of(arrow: &Arrow) -> Self {
        let (from, to) = (x(arrow.from), x(arrow.to));
        let (source, target) = (arrow.from.name(), arrow.to.name());
        Self { text: arrow.text, source, target, y: 0, from, to, middle: usize::midpoint(from, to) }
    }
}

fn x(party: Actor) -> usize {
    MARGIN + party as usize * COLUMN
}

impl TraceView {
    /// A sign-in that failed: up to the step that did.
    pub fn of_failure(record: &Record) -> Option<Self> {
        (!record.steps().is_empty()).then(|| Self::new(StepView::all(record)))
    }

    fn of_session(session: &SignedInSession) -> Result<Self, Failure> {
        let record = session.record.unpack().map_err(|error| Failure::Internal(error.to_string()))?;
        let mut steps = StepView::all(&record);
        for (view, step) in steps.iter_mut().zip(record.steps()) {
            if matches!(step, Step::IdToken { .. }) {
                let claims = serde_json::to_string_pretty(&session.identity.claims());
                view.claims = Some(claims.map_err(|error| Failure::Internal(error.to_string()))?);
            }
        }
        let mut last = StepView::new(steps.len(), &texts::session());
        last.at = Some(to_the_millisecond(session.began_at));
        last.facts = vec![
            ("Ends at the latest", session.ends_at().format("%Y-%m-%d %H:%M:%S UTC").to_string()),
            (
                "The cookie",
                "encrypted, HttpOnly, SameSite=Lax; it holds a key to the session, and nothing of the user".into(),
            ),
        ];
        steps.push(last);
        Ok(Self::new(steps))
    }

    fn new(mut steps: Vec<StepView>) -> Self {
        let mut bottom = ROW;
        for arrow in steps.iter_mut().flat_map(|step| &mut step.arrows) {
            arrow.y = bottom + 22;
            bottom += ROW;
        }
        let parties = [Actor::Browser, Actor::App, Actor::Provider];
        let party = |party: Actor| PartyView { name: party.name(), x: x(party) };
        Self { height: bottom + 10, steps, parties: parties.map(party).into() }
    }
}

impl StepView {
    fn new(row: usize, words: &StepWords) -> Self {
        Self {
            number: row + 1,
            title: words.title,
            what: words.what,
            paragraph: words.paragraph,
            way: texts::way(words.arrows),
            at: None,
            endpoint: None,
            facts: Vec::new(),
            parameters: Vec::new(),
            checks: Vec::new(),
            claims: None,
            failed: None,
            arrows: words.arrows.iter().map(ArrowView::of).collect(),
        }
    }

    fn all(record: &Record) -> Vec<Self> {
        let mut steps: Vec<_> = record.steps().iter().enumerate().map(|(row, step)| Self::of(row, step)).collect();
        if let (Some(last), Some(why)) = (steps.last_mut(), record.failed()) {
            last.failed = Some(why.to_owned());
        }
        steps
    }

    fn of(row: usize, step: &Step) -> Self {
        let mut view = Self::new(row, &texts::step(step));
        match step {
            Step::AuthorizationRequest { at, endpoint, parameters } => {
                view.at = Some(to_the_millisecond(*at));
                view.endpoint = Some(endpoint.clone());
                view.parameters = parameters.iter().map(ParameterView::of).collect();
            }
            Step::AuthorizationResponse { at, parameters, checks } => {
                view.at = Some(to_the_millisecond(*at));
                view.parameters = parameters.iter().map(ParameterView::of).collect();
                view.checks = checks.iter().map(CheckView::of).collect();
            }
            Step::TokenRequest(sent) => {
                view.endpoint = Some(sent.endpoint.clone());
                view.facts = vec![
                    ("Took", format!("{} ms", sent.milliseconds)),
                    ("The app proves itself by", authentication(&sent.authentication)),
                ];
                view.parameters = sent.parameters.iter().map(ParameterView::of).collect();
            }
            Step::Keys { endpoint, key_id, lookup } => {
                view.endpoint = Some(endpoint.clone());
                let key = key_id.as_deref().map_or("none".to_owned(), |id| visible(id).into_owned());
                view.facts = vec![
                    ("The key that the token names (kid)", key),
                    ("The key set", texts::lookup(*lookup).to_owned()),
                ];
            }
            Step::IdToken { algorithm, checks } => {
                view.facts = vec![("The token's algorithm (alg)", visible(algorithm).into_owned())];
                view.checks = checks.iter().map(CheckView::of).collect();
            }
            Step::Unknown => {}
        }
        view
    }
}

impl ParameterView {
    fn of(parameter: &Parameter) -> Self {
        let (name, value) = (parameter.name(), parameter.value());
        Self { name: name.to_owned(), value: visible(value).into_owned(), meaning: texts::meaning(name) }
    }
}

impl CheckView {
    pub(crate) fn of(check: &Check) -> Self {
        Self {
            label: check.id.label(),
            expected: check.expected.to_string(),
            found: check.found.to_string(),
            passed: check.passed,
            paragraph: check.id.paragraph(),
        }
    }
}

fn authentication(method: &str) -> String {
    if method == "none" { "nothing but PKCE: it is a public client".to_owned() } else { method.to_owned() }
}

fn to_the_millisecond(time: DateTime<Utc>) -> String {
    time.format("%H:%M:%S%.3f UTC").to_string()
}

#[derive(Serialize)]
struct TracePage {
    layout: Layout,
    trace: TraceView,
}

/// Answers `GET /trace`.
pub async fn show(site: Data<Site>, SignedIn(signed_in): SignedIn) -> Result<HttpResponse, Failure> {
    let page = TracePage { layout: Layout::new(&site, Some(&signed_in)), trace: TraceView::of_session(&signed_in)? };
    render(StatusCode::OK, "trace.html", &page)
}
