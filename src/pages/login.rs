//! `GET /login`: begins an attempt to sign in, and sends the browser to the provider.

use std::{collections::BTreeMap, time::Duration};

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use chrono::{DateTime, Utc};
use serde::Serialize;
use tokio::time::timeout;
use url::form_urlencoded;

use super::{
    Layout, Site,
    attempt_cookie::AttemptCookies,
    current_user::CurrentUser,
    errors::failure::{FailedSignIn, Failure},
    navigation::{Navigation, is_from_another_origin},
    render, see_other,
};
use crate::{
    clock::Clock,
    session::RevocationStore,
    sign_in::{
        RelyingParty,
        attempt::{Destination, LoginRequest, Prompt},
        organization::{OrganizationIds, OrganizationRef},
        record::Record,
        return_to::{self, ReturnTo},
    },
    text::is_blank,
};

/// The parameters of `/login`.
const PARAMETERS: [&str; 8] =
    ["organization", "organization_name", "return_to", "connection", "prompt", "login_hint", "max_age", "invitation"];
/// The longest `connection`, `login_hint` and `invitation`, in characters.
const MAXIMUM_LENGTH: usize = 255;
/// The longest organization name that is accepted from a link, in characters: Auth0's own limit.
const MAXIMUM_NAME: usize = 50;
/// How long to wait for the store's time. After that, the machine's time is used: a sign-in must not hang.
const TIME_TIMEOUT: Duration = Duration::from_millis(300);

#[derive(Serialize)]
struct ConfirmPage {
    layout: Layout,
    organization: Option<String>,
    organization_name: Option<String>,
    parameters: Vec<(String, String)>,
}

pub async fn login(
    request: HttpRequest,
    relying_party: Data<RelyingParty>,
    cookies: AttemptCookies,
    revocations: Data<dyn RevocationStore>,
    clock: Data<Clock>,
    CurrentUser(user): CurrentUser,
) -> Result<HttpResponse, Failure> {
    Navigation::of(&request)?;
    let login = parse(request.query_string(), &relying_party.settings().organization_ids)?;
    // No link from elsewhere may move a signed-in user to another organization without asking.
    if user.is_some() && is_from_another_origin(request.headers(), Site::of(&request)?) {
        let page = ConfirmPage {
            layout: Layout::of(&request)?,
            organization: login.destination.organization.as_ref().map(ToString::to_string),
            organization_name: login.destination.organization_name.clone(),
            parameters: parameters(request.query_string()).collect(),
        };
        return render(StatusCode::OK, "login.html", &page);
    }
    let destination = login.destination.clone();
    let (attempt, url) =
        relying_party.begin(login, current_time(&**revocations, &clock).await).await.map_err(|error| {
            let record = Record::default();
            Failure::SignIn(Box::new(FailedSignIn { error, destination, record, refused_before: None }))
        })?;
    let mut response = see_other(url.as_str());
    for cookie in cookies.add(attempt)? {
        response.add_cookie(&cookie).map_err(Failure::internal)?;
    }
    Ok(response)
}

/// The store's time, which dates revocations; the machine's time if the store does not respond.
async fn current_time(revocations: &dyn RevocationStore, clock: &Clock) -> DateTime<Utc> {
    match timeout(TIME_TIMEOUT, revocations.now()).await {
        Ok(Ok(now)) => now,
        Ok(Err(_)) | Err(_) => clock.now(),
    }
}

/// Whether the query is an invitation link's. Auth0 sends invited users to the application's login URI, which may be
/// the base URL, with `invitation`, `organization` and `organization_name`.
pub fn is_invitation(query: &str) -> bool {
    let has = |wanted: &str| {
        form_urlencoded::parse(query.as_bytes()).any(|(name, value)| name == wanted && !value.trim().is_empty())
    };
    has("invitation") && has("organization")
}

/// The parameters in the query that this page accepts. Others are neither passed on nor named: text from a link would
/// look like the app's own.
fn parameters(query: &str) -> impl Iterator<Item = (String, String)> {
    form_urlencoded::parse(query.as_bytes()).into_owned().filter(|(name, _)| PARAMETERS.contains(&name.as_str()))
}

/// The query's parameters. A blank parameter counts as absent, and none may appear twice.
struct LoginQuery(BTreeMap<String, String>);

impl LoginQuery {
    fn read(query: &str) -> Result<Self, Failure> {
        let mut parameters = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()).into_owned() {
            if parameters.contains_key(&name) {
                let is_known = PARAMETERS.contains(&name.as_str());
                let which = if is_known { format!("The parameter {name}") } else { "A parameter".to_owned() };
                return Err(refuse(format!("{which} appears twice.")));
            }
            parameters.insert(name, value);
        }
        Ok(Self(parameters))
    }

    fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name).filter(|value| !value.trim().is_empty())
    }

    fn take_up_to(&mut self, maximum: usize, name: &str) -> Result<Option<String>, Failure> {
        let value = self.take(name);
        if value.as_ref().is_some_and(|value| value.chars().count() > maximum) {
            return Err(refuse(format!("The parameter {name} has more than {maximum} characters.")));
        }
        Ok(value)
    }
}

fn refuse(why: impl Into<String>) -> Failure {
    Failure::BadRequest(why.into())
}

/// What the query asks for. Unknown parameters are ignored.
fn parse(query: &str, ids: &OrganizationIds) -> Result<LoginRequest, Failure> {
    let mut query = LoginQuery::read(query)?;
    let organization = OrganizationRef::parse(&query.take("organization").unwrap_or_default(), ids)
        .map_err(|error| refuse(format!("The parameter organization can't be used: {error}.")))?;
    let return_to = query.take_up_to(return_to::MAXIMUM_LENGTH, "return_to")?;
    let prompt = match query.take("prompt").as_deref() {
        None => None,
        Some("login") => Some(Prompt::Login),
        Some("select_account") => Some(Prompt::SelectAccount),
        Some(_) => return Err(refuse("The parameter prompt must be login or select_account.")),
    };
    let seconds = |text: String| text.parse::<u32>().ok().filter(|_| !text.starts_with('+'));
    let not_a_number = || refuse("The parameter max_age must be a number of seconds.");
    let max_age = query.take("max_age").map(|text| seconds(text).ok_or_else(not_a_number)).transpose()?;
    let connection = query.take_up_to(MAXIMUM_LENGTH, "connection")?;
    let login_hint = query.take_up_to(MAXIMUM_LENGTH, "login_hint")?;
    let invitation = query.take_up_to(MAXIMUM_LENGTH, "invitation")?;
    let return_to = return_to.as_deref().and_then(ReturnTo::parse);
    let is_name =
        |name: &String| name.chars().count() <= MAXIMUM_NAME && !name.chars().any(char::is_control) && !is_blank(name);
    let organization_name = query.take("organization_name").filter(is_name).filter(|_| organization.is_some());
    let destination = Destination { organization, organization_name, return_to };
    Ok(LoginRequest { destination, connection, prompt, login_hint, max_age, invitation })
}
