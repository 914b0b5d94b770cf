//! The lab as one timeline: the steps of the guide, and the checkpoints to jump to.

use serde::Serialize;

use crate::demo_tenant::{
    lab::{
        checkpoints::Checkpoint,
        guide::{GuideStep, Progress},
        sentence::Sentence,
        steps::{Place, Step},
    },
    state::{Shared, State},
};

/// `demo_tenant/dashboard_lab.html`.
#[derive(Debug, Serialize)]
pub(super) struct Timeline {
    /// Whether there is a guide for these organizations. Without it, rows have no step.
    has_guide: bool,
    rows: Vec<Row>,
    /// How many steps are done, of those that are not prepared.
    done: usize,
    total: usize,
    /// Whether there is a seed to jump back to, and whether the tenant started from it.
    has_seed: bool,
    at_seed: bool,
    /// When the last jump was; `None` if there was none since the start.
    set_at: Option<String>,
}

/// A part of the lab.
#[derive(Debug, Serialize)]
struct Row {
    number: &'static str,
    step: Option<StepView>,
    checkpoint: Option<CheckpointView>,
}

#[derive(Debug, Serialize)]
struct StepView {
    /// `done`, `prepared`, `next` or `open`.
    state: &'static str,
    preparation: Option<Sentence>,
    instruction: Sentence,
    /// Where to do it.
    link: String,
    link_text: Sentence,
}

/// The checkpoint after a part of the lab.
#[derive(Debug, Serialize)]
struct CheckpointView {
    name: &'static str,
    description: &'static str,
    /// Whether the tenant started from it, by a jump or at the start.
    is_current: bool,
}

impl Timeline {
    pub(super) fn of(shared: &Shared, state: &State) -> Self {
        let steps = state.guide.as_ref().map(|guide| guide.steps(&state.tenant)).unwrap_or_default();
        Self {
            has_guide: state.guide.is_some(),
            done: steps.iter().filter(|it| it.progress == Progress::Done).count(),
            total: steps.iter().filter(|it| it.progress != Progress::Prepared).count(),
            has_seed: shared.has_seed(),
            at_seed: state.checkpoint.is_none(),
            set_at: state.checkpoint_set_at.map(|at| at.format("%H:%M:%S UTC").to_string()),
            rows: if state.guide.is_some() {
                steps.into_iter().map(|it| Row::of(it.step, state, Some(StepView::of(it, shared, state)))).collect()
            } else {
                let jumps = Step::ALL.into_iter().filter(|step| step.checkpoint().is_some());
                jumps.map(|step| Row::of(step, state, None)).collect()
            },
        }
    }
}

impl Row {
    fn of(step: Step, state: &State, view: Option<StepView>) -> Self {
        let checkpoint = step.checkpoint().map(|it| CheckpointView::of(it, state.checkpoint));
        Self { number: step.number(), step: view, checkpoint }
    }
}

impl StepView {
    fn of(it: GuideStep<'_>, shared: &Shared, state: &State) -> Self {
        let (link, link_text) = match it.place {
            Place::Application => {
                let callback = shared.client.callbacks.first().cloned();
                (callback.unwrap_or_default(), Sentence::new("Open {}", &[&shared.client.name]))
            }
            Place::Organization(name) => {
                let id = state.tenant.organization_by_name(name).map_or("organizations", |it| it.id.as_str());
                (format!("#{id}"), Sentence::new("Go to {}", &[name]))
            }
        };
        let state = match it.progress {
            Progress::Done => "done",
            Progress::Prepared => "prepared",
            Progress::Next => "next",
            Progress::Open => "open",
        };
        Self { state, preparation: it.preparation, instruction: it.instruction, link, link_text }
    }
}

impl CheckpointView {
    fn of(checkpoint: Checkpoint, current: Option<Checkpoint>) -> Self {
        Self { name: checkpoint.name(), description: checkpoint.description(), is_current: Some(checkpoint) == current }
    }
}
