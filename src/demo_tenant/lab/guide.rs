//! The guide through the lab: a step is done when it has really happened.

use super::{
    checkpoints::Checkpoint,
    log::Event,
    names::Names,
    preparations,
    sentence::Sentence,
    steps::{Place, Step},
};
use crate::demo_tenant::model::tenant::Tenant;

/// What has happened since the start, or since the last jump.
#[derive(Debug)]
pub(crate) struct Guide {
    names: Names,
    /// The step to begin with. The checkpoint has prepared those before it.
    begins_with: Step,
    done: Vec<Step>,
    /// How many sign-ins were refused since a step was last done.
    refusals: usize,
}

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// It has really happened.
    Done,
    /// The checkpoint is past it, so it need not happen.
    Prepared,
    /// The first step that is neither.
    Next,
    Open,
}

/// A step as it is now.
#[derive(Debug)]
pub(crate) struct GuideStep<'g> {
    pub(crate) step: Step,
    pub(crate) progress: Progress,
    /// What is missing for it, unless an earlier step says it.
    pub(crate) preparation: Option<Sentence>,
    pub(crate) instruction: Sentence,
    pub(crate) place: Place<'g>,
}

impl Guide {
    /// The guide at the start. Most people start the lab at the default checkpoint. They begin with the first
    /// sign-in to an organization, although the checkpoint is past it.
    pub(crate) fn at_start(checkpoint: Checkpoint, tenant: &Tenant) -> Self {
        if checkpoint == Checkpoint::default() {
            Self::new(Names::of_the_lab(), Step::BusinessLogin, tenant)
        } else {
            Self::after(checkpoint, tenant)
        }
    }

    /// The guide after a jump to the checkpoint.
    pub(crate) fn after(checkpoint: Checkpoint, tenant: &Tenant) -> Self {
        Self::new(Names::of_the_lab(), Step::after(checkpoint), tenant)
    }

    /// The guide for the organizations of a seed, if two of them can follow the lab.
    pub(crate) fn of_seed(seed: &Tenant) -> Option<Self> {
        Names::in_tenant(seed).map(|names| Self::new(names, Step::BusinessLogin, seed))
    }

    fn new(mut names: Names, begins_with: Step, tenant: &Tenant) -> Self {
        names.follow(tenant);
        Self { names, begins_with, done: vec![], refusals: 0 }
    }

    /// Notes the steps that the event completes. The tenant is as it is after the event.
    pub(crate) fn observe(&mut self, event: &Event, tenant: &Tenant) {
        self.names.follow(tenant);
        let is_new = |step: &Step| !self.done.contains(step) && step.is_completed_by(event, &self.names, tenant);
        let new: Vec<Step> = Step::ALL.into_iter().filter(is_new).collect();
        if !new.is_empty() {
            self.refusals = 0;
        } else if matches!(event, Event::Refused { .. } | Event::RefusedByFault { .. }) {
            self.refusals += 1;
        }
        self.done.extend(new);
    }

    pub(crate) fn refusals_since_last_step(&self) -> usize {
        self.refusals
    }

    /// The steps that have happened.
    pub(crate) fn done(&self) -> impl Iterator<Item = Step> {
        Step::ALL.into_iter().filter(|step| self.done.contains(step))
    }

    /// The first step that neither has happened nor was prepared; `None` once there is none.
    pub(crate) fn next(&self) -> Option<Step> {
        Step::ALL.into_iter().find(|step| *step >= self.begins_with && !self.done.contains(step))
    }

    /// All steps, in the lab's order.
    pub(crate) fn steps(&self, tenant: &Tenant) -> Vec<GuideStep<'_>> {
        let next = self.next();
        let mut said: Vec<Sentence> = vec![];
        let with_progress = |step: Step| {
            let progress = if self.done.contains(&step) {
                Progress::Done
            } else if step < self.begins_with {
                Progress::Prepared
            } else if Some(step) == next {
                Progress::Next
            } else {
                Progress::Open
            };
            let instruction = step.instruction(&self.names, tenant);
            let mut preparation = None;
            if matches!(progress, Progress::Next | Progress::Open) {
                preparation = preparations::before(step, &self.names, tenant).filter(|it| !said.contains(it));
                said.extend(preparation.clone());
                said.push(instruction.clone());
            }
            GuideStep { step, progress, preparation, instruction, place: step.place(&self.names) }
        };
        Step::ALL.into_iter().map(with_progress).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo_tenant::model::{
        access::Refusal,
        changes::{Change, Joining, OrganizationSnapshot, UserSnapshot},
    };

    fn tenant() -> Tenant {
        Checkpoint::SecondOrganization.tenant()
    }

    fn user(tenant: &Tenant, email: &str) -> UserSnapshot {
        tenant.snapshot_of(tenant.users.iter().find(|user| user.email == email).unwrap())
    }

    fn log_in(tenant: &Tenant, email: &str, organization: usize) -> Event {
        let organization = &tenant.organizations[organization];
        Event::SignedIn {
            user: user(tenant, email),
            organization: Some(organization.into()),
            license: organization.license().map(str::to_owned),
            interactive: true,
        }
    }

    #[test]
    fn the_chapter_completes_its_steps_one_after_the_other() {
        let tenant = tenant();
        let org1: OrganizationSnapshot = (&tenant.organizations[0]).into();
        let bob = user(&tenant, "bob@org2.example");
        let refusal = Refusal::NotAMember { user: bob.id.clone(), organization: org1.id.clone() };
        let enabled = Change::ConnectionEnabled {
            organization: org1.clone(),
            connection: "Okta2".into(),
            auto_membership: false,
        };
        let added = Change::MemberAdded { organization: org1.clone(), user: bob.clone(), by: Joining::Administrator };
        let chapter = [
            (log_in(&tenant, "alice@org1.example", 0), "PPDDNOOOO"),
            (log_in(&tenant, "bob@org2.example", 1), "PPDDDNOOO"),
            (Event::Changed(enabled), "PPDDDDNOO"),
            (Event::Refused { refusal, user: Some(bob.clone()), organization: Some(org1.clone()) }, "PPDDDDDNO"),
            (Event::Changed(added), "PPDDDDDDN"),
            (log_in(&tenant, "bob@org2.example", 0), "PPDDDDDDD"),
        ];
        let mut guide = Guide::at_start(Checkpoint::default(), &tenant);
        for (event, expected) in chapter {
            guide.observe(&event, &tenant);
            assert_eq!(progress(&guide, &tenant), expected, "after {event}");
        }
    }

    /// The first letter of each step's progress.
    fn progress(guide: &Guide, tenant: &Tenant) -> String {
        guide.steps(tenant).iter().filter_map(|it| format!("{:?}", it.progress).chars().next()).collect()
    }

    #[test]
    fn what_is_missing_is_said_once() {
        let prepared = |checkpoint: Checkpoint| {
            let tenant = checkpoint.tenant();
            let guide = Guide::after(checkpoint, &tenant);
            let steps = guide.steps(&tenant).into_iter();
            steps.filter(|it| it.preparation.is_some()).map(|it| it.step).collect::<Vec<_>>()
        };
        assert_eq!(prepared(Checkpoint::Login), [Step::EnterpriseConnection, Step::SecondOrganization]);
        assert_eq!(prepared(Checkpoint::EnterpriseConnection), [Step::BusinessLogin, Step::SecondOrganization]);
        assert_eq!(prepared(Checkpoint::BusinessLogin), [Step::License, Step::SecondOrganization]);
        assert_eq!(prepared(Checkpoint::License), [Step::SecondOrganization]);
        for checkpoint in [Checkpoint::SecondOrganization, Checkpoint::Collaboration, Checkpoint::Invited] {
            assert_eq!(prepared(checkpoint), [], "{checkpoint}");
        }
    }

    #[test]
    fn a_refusal_by_a_fault_completes_nothing() {
        let tenant = tenant();
        let bob = user(&tenant, "bob@org2.example");
        let refusal = Refusal::NotAMember { user: bob.id.clone(), organization: tenant.organizations[0].id.clone() };
        let mut guide = Guide::at_start(Checkpoint::default(), &tenant);
        guide.observe(&Event::RefusedByFault { refusal, user: bob }, &tenant);
        assert_eq!(progress(&guide, &tenant), "PPNOOOOOO");
    }

    #[test]
    fn a_prepared_step_is_done_if_it_happens_after_all() {
        let tenant = Checkpoint::Invited.tenant();
        let mut guide = Guide::after(Checkpoint::Invited, &tenant);
        guide.observe(&log_in(&tenant, "alice@org1.example", 0), &tenant);
        assert_eq!(progress(&guide, &tenant), "PPDDPPPPN");
    }
}
