//! What authorization requests that name an organization show.

use futures_util::{StreamExt, future, stream};

use super::{finding::Finding, outcome::ProbeOutcome, probes::Probes};
use crate::{
    diagnosis::Misconfiguration,
    sign_in::{
        auth0::Auth0Refusal,
        http::BUDGET,
        provider::ClientSettings,
        response::{Refusal, RefusalCase},
    },
};

/// A name that no organization has, to find out whether names are accepted at all.
const NO_ORGANIZATION: &str = "orglab-check";
/// An id that no organization has, to find out whether ids are looked up before the user is asked anything.
const NO_ORGANIZATION_ID: &str = "org_orglabcheck00000";
/// What a probe shows if the provider responds with a page of its own.
const NO_REDIRECT: &str = "the provider did not redirect to the callback URL";
/// How many ids are requested at the same time.
const IDS_AT_ONCE: usize = 4;

impl Probes<'_> {
    /// The response to the authorization request for an organization that does not exist.
    pub(super) async fn organization_response(&self) -> ProbeOutcome {
        self.ask(&self.http.within(BUDGET), self.provider.settings(), Some(NO_ORGANIZATION)).await
    }

    /// Whether the provider knows the ids that the settings list: an authorization request for each, which signs nobody
    /// in, and one for an id that no organization has. `None` if no ids are listed.
    pub(super) async fn organization_ids(&self) -> Option<Finding> {
        let name = "organization-ids";
        let settings = self.provider.settings();
        let ids = &settings.organization_ids;
        if ids.is_empty() {
            return None;
        }
        let http = &self.http.within(BUDGET);
        let ask_for = async |(organization, id)| (organization, id, self.ask(http, settings, Some(id)).await);
        let outcomes = stream::iter(ids.iter()).map(ask_for).buffered(IDS_AT_ONCE).collect::<Vec<_>>();
        let (control, outcomes) = future::join(self.ask(http, settings, Some(NO_ORGANIZATION_ID)), outcomes).await;
        let unknown: Vec<_> = outcomes.iter().filter(|(_, _, outcome)| is_unknown_organization(outcome)).collect();
        let undecided = outcomes.iter().find(|(_, _, outcome)| !matches!(outcome, ProbeOutcome::Refusal(_)));
        Some(if !unknown.is_empty() {
            let pairs: Vec<_> = unknown.iter().map(|(organization, id, _)| format!("{organization}={id}")).collect();
            let found = format!("the provider does not recognize {}", pairs.join(", "));
            Finding::wrong(name, found, Misconfiguration::UnknownOrganizationId)
        } else if let Some((organization, _, _)) = undecided {
            Finding::unknown(name, format!("{NO_REDIRECT} for {organization}"))
        } else if is_unknown_organization(&control) {
            Finding::ok(name, "the provider recognizes all IDs in ORGANIZATION_IDS")
        } else {
            Finding::unknown(name, "the provider responds in the same way to an ID that does not exist")
        })
    }
}

fn is_unknown_organization(outcome: &ProbeOutcome) -> bool {
    matches!(outcome, ProbeOutcome::Refusal(refusal) if was_looked_up(refusal))
}

/// Whether the application accepts organizations, by the responses without one and with one that does not exist.
pub(super) fn organizations_enabled(without: &ProbeOutcome, with: &ProbeOutcome) -> Finding {
    let name = "organizations";
    match (without, with) {
        (_, ProbeOutcome::Refusal(refusal)) if is_case(refusal, Auth0Refusal::NotForOrganizations) => {
            Finding::wrong(name, refusal.to_string(), Misconfiguration::NotForOrganizations)
        }
        (ProbeOutcome::Refusal(refusal), _) if is_case(refusal, Auth0Refusal::OrganizationRequired) => {
            Finding::ok(name, "the application requires an organization")
        }
        (_, ProbeOutcome::Refusal(refusal)) if was_looked_up(refusal) => {
            Finding::ok(name, "the application accepts organizations")
        }
        // A provider may reject the name because it is not an id before it checks the application.
        (_, ProbeOutcome::Refusal(refusal)) => Finding::unknown(name, format!("the provider returned {refusal}")),
        _ => Finding::unknown(name, NO_REDIRECT),
    }
}

/// Whether the provider accepts names of organizations, by the response for one that does not exist.
pub(super) fn organization_names(settings: &ClientSettings, with: &ProbeOutcome) -> Finding {
    let name = "organization-names";
    match with {
        ProbeOutcome::Refusal(refusal) if is_case(refusal, Auth0Refusal::NamesNotAccepted) => {
            if settings.organization_ids.is_empty() {
                Finding::wrong(name, "the provider accepts only IDs", Misconfiguration::NamesNotAccepted)
            } else {
                Finding::ok(name, "the provider accepts only IDs; ORGANIZATION_IDS is set")
            }
        }
        ProbeOutcome::Refusal(refusal) if was_looked_up(refusal) => Finding::ok(name, "the provider accepts names"),
        ProbeOutcome::Refusal(refusal) => Finding::unknown(name, format!("the provider returned {refusal}")),
        ProbeOutcome::Mistake(..) | ProbeOutcome::Other(_) | ProbeOutcome::Failed(_) => {
            Finding::unknown(name, NO_REDIRECT)
        }
    }
}

fn is_case(refusal: &Refusal, case: Auth0Refusal) -> bool {
    refusal.case() == RefusalCase::Auth0(case)
}

/// Whether the provider looked up the organization and found none. Nothing else shows that it accepts names.
fn was_looked_up(refusal: &Refusal) -> bool {
    let description = refusal.description.as_deref().unwrap_or_default().to_lowercase();
    let says = ["does not exist", "not found", "unknown", "no organization", NO_ORGANIZATION];
    is_case(refusal, Auth0Refusal::UnknownOrganization) && says.iter().any(|words| description.contains(words))
}
