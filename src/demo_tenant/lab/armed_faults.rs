//! The faults of the next sign-ins, and the report of the last one.

use std::{borrow::Cow, num::NonZeroU32};

use chrono::{DateTime, TimeDelta, Utc};
use url::form_urlencoded;

use super::faults::Fault;
use crate::demo_tenant::model::{changes::UserSnapshot, ids::UserId};

/// The armed faults, and the report of the last one that happened.
#[derive(Default)]
pub(crate) struct Faults {
    /// At most one for everybody, and one for each user.
    armed: Vec<ArmedFault>,
    report: Option<Report>,
}

/// A fault that is armed for the next sign-ins.
#[derive(Debug, Clone)]
pub(crate) struct ArmedFault {
    pub(crate) fault: &'static Fault,
    /// For how many sign-ins.
    pub(crate) count: NonZeroU32,
    /// Whose sign-ins; `None` for everybody's.
    pub(crate) user: Option<UserSnapshot>,
}

impl ArmedFault {
    fn user_id(&self) -> Option<&UserId> {
        self.user.as_ref().map(|user| &user.id)
    }
}

/// A fault that has happened, and what the application did: what the tenant saw, and what the application says that it
/// did with the response. Not `Debug`, since the response has a code.
pub(crate) struct Report {
    pub(crate) fault: &'static Fault,
    pub(crate) user: UserSnapshot,
    pub(crate) at: DateTime<Utc>,
    pub(crate) observations: Vec<Observation>,
    /// The query of the authorization response that the browser took to the application.
    response: Option<String>,
    /// Whether another sign-in has begun: what follows has nothing to do with the fault.
    is_over: bool,
}

/// What the application or its user did, and how long after the fault.
#[derive(Debug)]
pub(crate) struct Observation {
    pub(crate) after: TimeDelta,
    pub(crate) what: Cow<'static, str>,
}

/// How long the report observes. What happens later has nothing to do with the fault.
const REPORTED_FOR: TimeDelta = TimeDelta::minutes(2);

/// What the report says of a token request that succeeded.
pub(crate) const RECEIVED_TOKENS: &str = "exchanged the code and received the tokens";

impl Report {
    fn has_code(&self, code: &str) -> bool {
        let query = self.response.as_deref().unwrap_or_default();
        form_urlencoded::parse(query.as_bytes()).any(|(name, value)| name == "code" && value == code)
    }
}

impl Faults {
    /// Arms a fault, in place of the one that was armed for the same user, or for everybody.
    pub(crate) fn arm(&mut self, new: ArmedFault) {
        self.armed.retain(|armed| armed.user_id() != new.user_id());
        self.armed.push(new);
    }

    /// The faults of the next sign-ins, in the order in which they were armed.
    pub(crate) fn armed(&self) -> &[ArmedFault] {
        &self.armed
    }

    /// Cancels every fault. Returns whether any was armed.
    pub(crate) fn call_off(&mut self) -> bool {
        let any = !self.armed.is_empty();
        self.armed.clear();
        any
    }

    /// Cancels the faults for users who no longer exist.
    pub(crate) fn forget_users(&mut self, exists: impl Fn(&UserId) -> bool) {
        self.armed.retain(|armed| armed.user_id().is_none_or(&exists));
    }

    /// Takes the fault for a sign-in that is about to succeed: the user's, or else everybody's.
    pub(crate) fn take(&mut self, user: &UserSnapshot, now: DateTime<Utc>) -> Option<&'static Fault> {
        let is_for = |id| self.armed.iter().position(|armed| armed.user_id() == id);
        let position = is_for(Some(&user.id)).or_else(|| is_for(None))?;
        let fault = self.armed[position].fault;
        match NonZeroU32::new(self.armed[position].count.get() - 1) {
            Some(left) => self.armed[position].count = left,
            None => drop(self.armed.remove(position)),
        }
        let user = user.clone();
        self.report = Some(Report { fault, user, at: now, observations: vec![], response: None, is_over: false });
        Some(fault)
    }

    /// Notes the authorization response of the sign-in that has just taken a fault. Later responses change nothing.
    pub(crate) fn note_response(&mut self, address: &str) {
        let report = self.report.as_mut().filter(|report| report.response.is_none());
        if let (Some(report), Some((_, query))) = (report, address.split_once('?')) {
            report.response = Some(query.to_owned());
        }
    }

    /// The report of the last fault.
    pub(crate) fn report(&self) -> Option<&Report> {
        self.report.as_ref()
    }

    /// Notes what came of the application's token request, if its code is the one of the last fault.
    pub(crate) fn observe_exchange(&mut self, code: &str, what: &'static str, now: DateTime<Utc>) {
        if self.report.as_ref().is_some_and(|report| report.has_code(code)) {
            self.observe(what, now);
        }
    }

    /// Whether the application would now fetch the keys because of the last fault: it has the tokens, and has not said
    /// what it did with them. Anybody may fetch the keys at any time.
    pub(crate) fn awaits_keys(&self) -> bool {
        let last = self.report.as_ref().and_then(|report| report.observations.last());
        last.is_some_and(|last| last.what == RECEIVED_TOKENS)
    }

    pub(crate) fn observe_keys(&mut self, now: DateTime<Utc>) {
        self.observe("fetched the keys", now);
    }

    fn observe(&mut self, what: &'static str, now: DateTime<Utc>) {
        if let Some(report) = &mut self.report
            && now - report.at < REPORTED_FOR
            && !report.is_over
        {
            report.observations.push(Observation { after: now - report.at, what: what.into() });
        }
    }

    /// Notes what the application says that it did with an authorization response, if it is exactly the response of the
    /// last fault. So the report never shows what the application did with a forged response. If the browser reloads
    /// the page, the same outcome is not noted again.
    pub(crate) fn observe_outcome(&mut self, response: &str, outcome: &str, now: DateTime<Utc>) {
        if let Some(report) = &mut self.report
            && report.response.as_deref() == Some(response)
            && report.observations.iter().all(|observation| observation.what != outcome)
        {
            report.observations.push(Observation { after: now - report.at, what: outcome.to_owned().into() });
        }
    }

    /// Notes that the first sign-in after the fault begins.
    pub(crate) fn observe_sign_in(&mut self, now: DateTime<Utc>) {
        self.observe("started another sign-in", now);
        if let Some(report) = &mut self.report {
            report.is_over = true;
        }
    }
}
