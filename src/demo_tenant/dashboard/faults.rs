//! What *Break it* shows: the faults of the next sign-ins, and the report of the last one.

use chrono::SecondsFormat;
use serde::Serialize;

use crate::demo_tenant::lab::{
    armed_faults::{ArmedFault, Observation, Report},
    faults::Fault,
    sentence::Sentence,
};

/// A fault of the next sign-ins.
#[derive(Debug, Serialize)]
pub(super) struct ArmedFaultView {
    name: &'static str,
    title: &'static str,
    /// "the next 3 sign-ins of bob@org2.example (Okta2)".
    queued_for: Sentence,
}

impl ArmedFaultView {
    pub(super) fn of(armed: &ArmedFault) -> Self {
        let sign_ins = match armed.count.get() {
            1 => "the next sign-in".to_owned(),
            count => format!("the next {count} sign-ins"),
        };
        let queued_for = match &armed.user {
            Some(user) => Sentence::new(&format!("{sign_ins} of {{}} ({{}})"), &[&user.email, &user.connection]),
            None => Sentence::new(&sign_ins, &[]),
        };
        Self { name: armed.fault.name, title: armed.fault.title, queued_for }
    }
}

/// The last fault, and what was observed after it.
#[derive(Debug, Serialize)]
pub(super) struct FaultReport {
    #[serde(flatten)]
    fault: &'static Fault,
    user: String,
    at: TimeView,
    observations: Vec<ObservationView>,
}

/// A time of day for people, and the time for programs.
#[derive(Debug, Serialize)]
struct TimeView {
    text: String,
    datetime: String,
}

/// What the application did, and how long after the fault.
#[derive(Debug, Serialize)]
struct ObservationView {
    after: String,
    what: String,
}

impl FaultReport {
    pub(super) fn of(report: &Report) -> Self {
        Self {
            fault: report.fault,
            user: report.user.email.clone(),
            at: TimeView {
                text: report.at.format("%H:%M:%S UTC").to_string(),
                datetime: report.at.to_rfc3339_opts(SecondsFormat::Secs, true),
            },
            observations: report.observations.iter().map(ObservationView::of).collect(),
        }
    }
}

impl ObservationView {
    fn of(observation: &Observation) -> Self {
        let milliseconds = observation.after.num_milliseconds();
        let after = format!("{}.{:03} s", milliseconds / 1000, milliseconds % 1000);
        Self { after, what: observation.what.to_string() }
    }
}
