//! `GET /`: signed out, asks for the organization; signed in, the organization's start page.

use actix_session::SessionExt;
use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Query},
};
use serde::{Deserialize, Serialize};
use tracing::warn;

use super::{
    Layout,
    attempt_cookie::AttemptCookies,
    current_user::CurrentUser,
    errors::{failure::Failure, messages::WHY_SESSIONS_END},
    features::{
        catalogue::{FeatureCard, cards},
        latest::Latest,
    },
    html_response,
    links::{filled_front_page_url, login_url},
    navigation::Navigation,
    organization_names::OrganizationNames,
    render,
};
use crate::{
    assets::RenderedPage,
    metrics::{Metrics, SignInOutcome},
    reference::Reference,
    session::{self, SignedInSession},
    sign_in::{
        RelyingParty,
        attempt::Destination,
        organization::{MAXIMUM_LENGTH, OrganizationIds, OrganizationRef},
        provider::ProviderError,
        response::AuthorizationResponse,
        return_to::ReturnTo,
    },
    workspace::WorkspaceStore,
};

/// Most who are not logged in get the same page.
static RENDERED: RenderedPage = RenderedPage::none_yet();

/// How many organizations the hint names.
const NAMED_ORGANIZATIONS: usize = 3;

#[derive(Default, Deserialize)]
struct FrontPageQuery {
    return_to: Option<String>,
    organization: Option<String>,
}

impl FrontPageQuery {
    /// Nothing, if it can't be read.
    fn of(request: &HttpRequest) -> Self {
        Query::from_query(request.query_string()).map_or_else(|_| Self::default(), Query::into_inner)
    }

    /// The organization to fill in, read as `/login` reads it. What `/login` would refuse is left out.
    fn organization(&self) -> Option<String> {
        let organization = OrganizationRef::parse(self.organization.as_deref()?, &OrganizationIds::default());
        Some(organization.ok()??.to_string())
    }

    fn return_to(&self) -> Option<ReturnTo> {
        ReturnTo::parse(self.return_to.as_deref()?)
    }
}

#[derive(Serialize)]
struct SignedOutPage {
    layout: Layout,
    return_to: Option<ReturnTo>,
    /// What the field holds at first.
    typed: Option<String>,
    /// The organizations there are, if anybody can tell.
    known: Option<KnownOrganizations>,
    /// Signs in without naming an organization.
    login_url: String,
    provider_trouble: Option<ProviderTrouble>,
    /// The longest organization that can be typed, in characters.
    maximum_length: usize,
    /// Why the provider may have ended the session, if it has.
    why_session_ended: Option<&'static str>,
}

#[derive(Serialize)]
struct SignedInPage {
    layout: Layout,
    features: Vec<FeatureCard>,
    /// What has happened in the organization, as far as its license shows it.
    latest: Option<Latest>,
    /// What the field of the form that switches the organization holds at first.
    typed: Option<String>,
    provider_trouble: Option<ProviderTrouble>,
    /// The longest organization that can be typed, in characters.
    maximum_length: usize,
}

/// The organizations that users can log in to.
#[derive(Serialize)]
struct KnownOrganizations {
    /// The first of them: name, and the front page with the name filled in.
    first: Vec<(String, String)>,
    has_more: bool,
}

impl KnownOrganizations {
    /// `None` if nobody can tell them.
    fn of(organizations: &OrganizationNames, return_to: Option<&ReturnTo>) -> Option<Self> {
        let names = organizations.first(NAMED_ORGANIZATIONS + 1)?;
        let has_more = names.len() > NAMED_ORGANIZATIONS;
        let link = |name: String| {
            let url = filled_front_page_url(&name, return_to);
            (name, url)
        };
        Some(Self { first: names.into_iter().take(NAMED_ORGANIZATIONS).map(link).collect(), has_more })
    }
}

/// Why nobody can sign in now.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum ProviderTrouble {
    /// The provider does not respond.
    Unreachable,
    /// It responds, and the app can't use what it returns.
    Unusable,
}

impl ProviderTrouble {
    fn of(error: &ProviderError) -> Self {
        if error.is_response() { Self::Unusable } else { Self::Unreachable }
    }
}

pub async fn show(
    request: HttpRequest,
    organizations: Data<OrganizationNames>,
    relying_party: Data<RelyingParty>,
    attempts: AttemptCookies,
    workspaces: Data<dyn WorkspaceStore>,
    metrics: Data<Metrics>,
    CurrentUser(session): CurrentUser,
) -> Result<HttpResponse, Failure> {
    if AuthorizationResponse::may_be_in(request.query_string()) && attempts.any_is_waiting() {
        Navigation::of(&request)?;
        let (failure, reference) = (Failure::MissingState, Reference::of(&request));
        metrics.count_sign_in(SignInOutcome::NoAttempt);
        warn!(event = "response_rejected", %reference, "{failure} [{reference}]");
        return Err(failure);
    }
    let provider_trouble = relying_party.check_reachable().await.err().map(|error| ProviderTrouble::of(&error));
    match session {
        Some(session) => signed_in(&request, &session, &**workspaces, provider_trouble).await,
        None => signed_out(&request, &organizations, provider_trouble),
    }
}

fn signed_out(
    request: &HttpRequest,
    organizations: &OrganizationNames,
    provider_trouble: Option<ProviderTrouble>,
) -> Result<HttpResponse, Failure> {
    let query = FrontPageQuery::of(request);
    let return_to = query.return_to();
    let has_ended = CurrentUser::session_has_ended(request);
    if has_ended {
        session::end(&request.get_session());
    }
    let page = SignedOutPage {
        layout: Layout::of(request)?,
        login_url: login_url(&Destination { return_to: return_to.clone(), ..Destination::default() }),
        typed: query.organization(),
        known: KnownOrganizations::of(organizations, return_to.as_ref()),
        return_to,
        provider_trouble,
        maximum_length: MAXIMUM_LENGTH,
        why_session_ended: has_ended.then_some(WHY_SESSIONS_END),
    };
    Ok(html_response(StatusCode::OK, RENDERED.render("front_page_signed_out.html", &page)?))
}

async fn signed_in(
    request: &HttpRequest,
    session: &SignedInSession,
    workspaces: &dyn WorkspaceStore,
    provider_trouble: Option<ProviderTrouble>,
) -> Result<HttpResponse, Failure> {
    let page = SignedInPage {
        layout: Layout::of(request)?,
        features: cards(session.identity.license()),
        latest: Latest::of(&session.identity, workspaces).await,
        typed: FrontPageQuery::of(request).organization(),
        provider_trouble,
        maximum_length: MAXIMUM_LENGTH,
    };
    render(StatusCode::OK, "front_page_signed_in.html", &page)
}
