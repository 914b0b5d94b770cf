//! What the dashboard shows of the faults.

use serde::Serialize;

use crate::demo_tenant::lab::faults::{ArmedFault, Fault, Report};

/// A fault of the next sign-ins.
#[derive(Debug, Serialize)]
pub(super) struct ArmedFaultView {
    fault: &'static Fault,
    count: u32,
    /// The user's address and connection; `None` if it is for everybody.
    user: Option<(String, String)>,
}

impl ArmedFaultView {
    pub(super) fn of(armed: &ArmedFault) -> Self {
        let user = armed.user.as_ref().map(|user| (user.email.clone(), user.connection.clone()));
        Self { fault: armed.fault, count: armed.count.get(), user }
    }
}

/// The last fault that has happened, and what was seen after it.
#[derive(Debug, Serialize)]
pub(super) struct FaultReport {
    fault: &'static Fault,
    user: String,
    at: String,
    observations: Vec<ObservationView>,
}

/// What the application did, and how long after the fault.
#[derive(Debug, Serialize)]
struct ObservationView {
    after: String,
    what: &'static str,
}

impl FaultReport {
    pub(super) fn of(report: &Report) -> Self {
        let observations = report.observations.iter().map(|observation| {
            let seconds = observation.after.num_milliseconds() / 1000;
            let thousandths = observation.after.num_milliseconds() % 1000;
            ObservationView { after: format!("{seconds}.{thousandths:03} s"), what: observation.what }
        });
        Self {
            fault: report.fault,
            user: report.user.email.clone(),
            at: report.at.format("%H:%M:%S UTC").to_string(),
            observations: observations.collect(),
        }
    }
}
