//! What the instructor's part of the dashboard shows: the guide, the log.

use serde::Serialize;

use crate::demo_tenant::{
    lab::{
        guide::{GuideStep, Place},
        log::Entry,
    },
    model::tenant::Tenant,
    state::{Shared, State},
};

/// How many of the latest events the page shows.
pub(super) const LOG_LINES: usize = 100;

/// Where to begin at the checkpoint.
#[derive(Debug, Serialize)]
pub(super) struct BeginningView {
    instruction: &'static str,
    link: String,
    link_text: String,
}

impl BeginningView {
    pub(super) fn of(state: &State, places: &Places) -> Option<Self> {
        let checkpoint = state.checkpoint?;
        Some(Self {
            instruction: state.guide.beginning(checkpoint, &state.tenant)?,
            link: places.application.clone(),
            link_text: format!("Open {}", places.application_name),
        })
    }
}

/// A step of the guide.
#[derive(Debug, Serialize)]
pub(super) struct GuideStepView {
    number: &'static str,
    preparation: Option<&'static str>,
    instruction: &'static str,
    pub(super) done: bool,
    link: String,
    link_text: String,
}

/// Where the guide's links lead.
pub(super) struct Places {
    application: String,
    application_name: String,
    org1: String,
}

impl Places {
    pub(super) fn of(shared: &Shared, tenant: &Tenant) -> Self {
        let org1 = tenant.organization_by_name("org1").map_or("organizations", |org1| org1.id.as_str());
        Self {
            application: shared.client.callbacks.first().cloned().unwrap_or_default(),
            application_name: shared.client.name.clone(),
            org1: format!("#{org1}"),
        }
    }
}

impl GuideStepView {
    pub(super) fn of(step: GuideStep, state: &State, places: &Places) -> Self {
        let (link, link_text) = match step.place() {
            Place::Application => (places.application.clone(), format!("Open {}", places.application_name)),
            Place::Org1 => (places.org1.clone(), "Go to org1".to_owned()),
        };
        Self {
            number: step.number(),
            preparation: step.preparation(&state.tenant),
            instruction: step.instruction(),
            done: state.guide.is_done(step),
            link,
            link_text,
        }
    }
}

/// An event of the log.
#[derive(Debug, Serialize)]
pub(super) struct LogLine {
    time: String,
    code: &'static str,
    kind: &'static str,
    text: String,
}

impl LogLine {
    pub(super) fn of(entry: &Entry) -> Self {
        Self {
            time: entry.at.format("%H:%M:%S").to_string(),
            code: entry.event.type_code(),
            kind: entry.event.kind().name(),
            text: entry.event.to_string(),
        }
    }
}
