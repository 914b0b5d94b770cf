//! The guide through the lab: a step is ticked when it has really happened.

use super::{checkpoints::Checkpoint, log::Event};
use crate::demo_tenant::model::{
    access::Refusal,
    changes::Change,
    tenant::{OrganizationUsage, Tenant},
};

/// A step of the lab.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GuideStep {
    /// Chapter 4.2: somebody signs in to org1.
    BusinessLogin,
    /// Chapter 5: somebody gets the corporate license there.
    License,
    /// Chapter 6, step 1: somebody signs in to org2.
    SecondOrganization,
    /// Step 2: Okta2 is enabled for org1.
    Enable,
    /// Step 3: a user of Okta2 is refused at org1.
    Refused,
    /// Step 4: that user becomes a member.
    Invited,
    /// Step 5: that user gets in, with the corporate license.
    Admitted,
}

/// Where to do a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the application.
    Application,
    /// On the dashboard, at org1.
    Org1,
}

impl GuideStep {
    /// In the lab's order.
    pub(crate) const ALL: [Self; 7] = [
        Self::BusinessLogin,
        Self::License,
        Self::SecondOrganization,
        Self::Enable,
        Self::Refused,
        Self::Invited,
        Self::Admitted,
    ];

    /// The chapter, and the step of the chapter.
    pub(crate) fn number(self) -> &'static str {
        match self {
            Self::BusinessLogin => "4.2",
            Self::License => "5",
            Self::SecondOrganization => "6.1",
            Self::Enable => "6.2",
            Self::Refused => "6.3",
            Self::Invited => "6.4",
            Self::Admitted => "6.5",
        }
    }

    /// What to create before the step, if the lab has not reached that point yet.
    pub(crate) fn preparation(self, tenant: &Tenant) -> Option<&'static str> {
        let lacks = |name: &str| tenant.organization_by_name(name).is_none_or(|it| it.enabled_connections.is_empty());
        match self {
            Self::BusinessLogin => {
                if tenant.connection_by_name("Okta1").is_none() {
                    Some("Create the connection Okta1, and its user alice@org1.example.")
                } else if lacks("org1") {
                    Some("Create the organization org1, and enable Okta1 for it with auto-membership.")
                } else if tenant.usage == OrganizationUsage::Individuals {
                    Some("Let business users sign in: under Settings, the type of users.")
                } else {
                    None
                }
            }
            Self::SecondOrganization => {
                if tenant.connection_by_name("Okta2").is_none() {
                    Some("Create the connection Okta2, and its user bob@org2.example.")
                } else if lacks("org2") {
                    Some(
                        "Create the organization org2 with the license premium, and enable Okta2 for it with \
                         auto-membership.",
                    )
                } else {
                    None
                }
            }
            Self::License | Self::Enable | Self::Refused | Self::Invited | Self::Admitted => None,
        }
    }

    pub(crate) fn instruction(self) -> &'static str {
        match self {
            Self::BusinessLogin => "Sign in to org1 as alice@org1.example.",
            Self::License => {
                "Give org1 the license corporate, if it has none, and sign in again: the profile shows the license."
            }
            Self::SecondOrganization => "Log out, and sign in to org2 as bob@org2.example: a premium license.",
            Self::Enable => "Enable the connection Okta2 for org1, without auto-membership.",
            Self::Refused => {
                "Log out, and try to sign in to org1 with the second connection, as bob@org2.example: access denied."
            }
            Self::Invited => "Add bob@org2.example of Okta2 to the members of org1.",
            Self::Admitted => "Sign in to org1 as bob@org2.example once more: he is in, with org1's corporate license.",
        }
    }

    pub(crate) fn place(self) -> Place {
        match self {
            Self::BusinessLogin | Self::License | Self::SecondOrganization | Self::Refused | Self::Admitted => {
                Place::Application
            }
            Self::Enable | Self::Invited => Place::Org1,
        }
    }

    /// Whether the event completes this step. A refusal by a fault completes none.
    fn is_completed_by(self, event: &Event) -> bool {
        match self {
            Self::BusinessLogin => {
                matches!(event, Event::SignedIn { organization: Some(organization), .. } if organization.name == "org1")
            }
            Self::License => {
                matches!(event, Event::SignedIn { organization: Some(organization), license, .. }
                    if organization.name == "org1" && license.as_deref() == Some("corporate"))
            }
            Self::SecondOrganization => {
                matches!(event, Event::SignedIn { organization: Some(organization), .. } if organization.name == "org2")
            }
            Self::Enable => {
                matches!(event, Event::Changed(Change::ConnectionEnabled { organization, connection, .. })
                    if organization.name == "org1" && connection == "Okta2")
            }
            Self::Refused => {
                matches!(event, Event::Refused {
                    refusal: Refusal::NotAMember { .. }, user: Some(user), organization: Some(organization)
                } if organization.name == "org1" && user.connection == "Okta2")
            }
            Self::Invited => {
                matches!(event, Event::Changed(Change::MemberAdded { organization, user, .. })
                    if organization.name == "org1" && user.connection == "Okta2")
            }
            Self::Admitted => {
                matches!(event, Event::SignedIn { user, organization: Some(organization), license, .. }
                    if organization.name == "org1"
                        && user.connection == "Okta2"
                        && license.as_deref() == Some("corporate"))
            }
        }
    }
}

/// Which steps have happened since the last checkpoint was set.
#[derive(Debug, Default)]
pub(crate) struct Guide {
    done: Vec<GuideStep>,
}

impl Guide {
    /// Ticks the steps that the event completes.
    pub(crate) fn observe(&mut self, event: &Event) {
        let new = GuideStep::ALL.into_iter().filter(|step| step.is_completed_by(event) && !self.done.contains(step));
        let new: Vec<GuideStep> = new.collect();
        self.done.extend(new);
    }

    /// Where to begin at a checkpoint, if that is not at the first open step. A checkpoint ticks no steps: nothing has
    /// happened yet.
    pub(crate) fn beginning(&self, checkpoint: Checkpoint, tenant: &Tenant) -> Option<&'static str> {
        let is_for_individuals = tenant.usage == OrganizationUsage::Individuals;
        match checkpoint {
            Checkpoint::Login => is_for_individuals.then_some(
                "Continue without an organization, and choose Carol: she has no organization, no license and no feature, \
                 and the pages say so.",
            ),
            Checkpoint::EnterpriseConnection => is_for_individuals.then_some(
                "Continue without an organization, and choose Okta1, then Alice: still no organization. Her profile shows \
                 where she came from: the subject reads okta|Okta1|…",
            ),
            Checkpoint::Collaboration => (!self.is_done(GuideStep::Refused))
                .then_some("Go on with step 6.3: Okta2 is enabled for org1 here, as step 6.2 has it."),
            Checkpoint::Invited => (!self.is_done(GuideStep::Admitted)).then_some(
                "Go on with step 6.5: Okta2 is enabled for org1 here, and bob@org2.example is a member, as steps 6.2 and \
                 6.4 have it.",
            ),
            Checkpoint::BusinessLogin | Checkpoint::License | Checkpoint::SecondOrganization => None,
        }
    }

    pub(crate) fn is_done(&self, step: GuideStep) -> bool {
        self.done.contains(&step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo_tenant::{
        lab::checkpoints::Checkpoint,
        model::changes::{Joining, OrganizationSnapshot, UserSnapshot},
    };

    fn tenant() -> Tenant {
        Checkpoint::SecondOrganization.tenant()
    }

    fn user(tenant: &Tenant, email: &str) -> UserSnapshot {
        tenant.snapshot_of(tenant.users.iter().find(|user| user.email == email).unwrap())
    }

    fn sign_in(tenant: &Tenant, email: &str, organization: usize) -> Event {
        let organization = &tenant.organizations[organization];
        Event::SignedIn {
            user: user(tenant, email),
            organization: Some(organization.into()),
            license: organization.license().map(str::to_owned),
            interactive: true,
        }
    }

    #[test]
    fn the_chapter_ticks_its_steps_one_after_the_other() {
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
            (sign_in(&tenant, "alice@org1.example", 0), 2),
            (sign_in(&tenant, "bob@org2.example", 1), 3),
            (Event::Changed(enabled), 4),
            (Event::Refused { refusal, user: Some(bob.clone()), organization: Some(org1.clone()) }, 5),
            (Event::Changed(added), 6),
            (sign_in(&tenant, "bob@org2.example", 0), 7),
        ];
        let mut guide = Guide::default();
        for (event, steps_done) in chapter {
            guide.observe(&event);
            let done: Vec<bool> = GuideStep::ALL.into_iter().map(|step| guide.is_done(step)).collect();
            assert_eq!(done, (0..7).map(|step| step < steps_done).collect::<Vec<_>>(), "after {event}");
        }
    }

    #[test]
    fn the_guide_begins_wherever_the_lab_is() {
        let to_prepare = |checkpoint: Checkpoint| {
            let tenant = checkpoint.tenant();
            GuideStep::ALL.into_iter().filter(|step| step.preparation(&tenant).is_some()).collect::<Vec<_>>()
        };
        assert_eq!(to_prepare(Checkpoint::Login), [GuideStep::BusinessLogin, GuideStep::SecondOrganization]);
        assert_eq!(to_prepare(Checkpoint::License), [GuideStep::SecondOrganization]);
        assert_eq!(to_prepare(Checkpoint::SecondOrganization), []);
    }

    #[test]
    fn a_refusal_by_a_fault_ticks_nothing() {
        let tenant = tenant();
        let bob = user(&tenant, "bob@org2.example");
        let refusal = Refusal::NotAMember { user: bob.id.clone(), organization: tenant.organizations[0].id.clone() };
        let mut guide = Guide::default();
        guide.observe(&Event::RefusedByFault { refusal, user: bob });
        assert!(!GuideStep::ALL.into_iter().any(|step| guide.is_done(step)));
    }
}
