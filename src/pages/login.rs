//! `GET /login`: begins to sign in and sends the browser to the provider.

use std::{collections::BTreeMap, time::Duration};

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use chrono::{DateTime, Utc};
use serde::Serialize;
use tokio::time::timeout;
use url::form_urlencoded;

use super::{
    Layout, Site,
    attempt_cookie::AttemptCookies,
    error_page::{FailedSignIn, Failure},
    respond, see_other,
    signed_in::Visitor,
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

/// The longest value of the other parameters, in characters.
const MAXIMUM_LENGTH: usize = 255;
/// The longest name of an organization that is taken from a link, in characters: as at Auth0.
const MAXIMUM_NAME: usize = 50;
/// How long the store is asked for the time before the machine's own has to do: nobody who signs in waits for it.
const TIME_TIMEOUT: Duration = Duration::from_millis(300);

#[derive(Serialize)]
struct ConfirmPage {
    layout: Layout,
    organization: Option<String>,
    parameters: Vec<(String, String)>,
}

/// Answers `GET /login`.
pub async fn login(
    request: HttpRequest,
    site: Data<Site>,
    party: Data<RelyingParty>,
    cookies: AttemptCookies,
    revocations: Data<dyn RevocationStore>,
    clock: Data<Clock>,
    Visitor(visitor): Visitor,
) -> Result<HttpResponse, Failure> {
    let login = parse(request.query_string(), &party.settings().organization_ids)?;
    // No link on another site may move a signed-in user to another organization unseen.
    if visitor.is_some() && request.headers().get("sec-fetch-site").is_some_and(|site| site == "cross-site") {
        let page = ConfirmPage {
            layout: Layout::new(&site, visitor.as_ref()),
            organization: login.destination.organization.as_ref().map(ToString::to_string),
            parameters: form_urlencoded::parse(request.query_string().as_bytes()).into_owned().collect(),
        };
        return respond(StatusCode::OK, "login.html", &page);
    }
    let destination = login.destination.clone();
    let (attempt, url) = party
        .begin(login, time_of(&**revocations, &clock).await)
        .await
        .map_err(|error| Failure::SignIn(Box::new(FailedSignIn { error, destination, record: Record::default() })))?;
    let mut response = see_other(url.as_str());
    for cookie in cookies.add(attempt)? {
        response.add_cookie(&cookie).map_err(|error| Failure::Internal(error.to_string()))?;
    }
    Ok(response)
}

/// The time by the clock that revocations go by; by the machine's own where the store can't be asked.
async fn time_of(revocations: &dyn RevocationStore, clock: &Clock) -> DateTime<Utc> {
    match timeout(TIME_TIMEOUT, revocations.now()).await {
        Ok(Ok(now)) => now,
        Ok(Err(_)) | Err(_) => clock.now(),
    }
}

/// Reads the query: what is unknown is ignored, what is blank counts as absent, nothing may be there twice.
fn parse(query: &str, ids: &OrganizationIds) -> Result<LoginRequest, Failure> {
    let refuse = |why: String| Failure::BadRequest(why);
    let mut parameters = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()).into_owned() {
        if parameters.contains_key(&name) {
            return Err(refuse(format!("The parameter {name} is there twice.")));
        }
        parameters.insert(name, value);
    }
    let mut take = |name: &str| parameters.remove(name).filter(|value| !value.trim().is_empty());
    let organization = OrganizationRef::parse(&take("organization").unwrap_or_default(), ids)
        .map_err(|error| refuse(format!("The parameter organization can't be used: {error}.")))?;
    let return_to = take("return_to");
    if return_to.as_ref().is_some_and(|path| path.chars().count() > return_to::MAXIMUM_LENGTH) {
        return Err(refuse(format!("The parameter return_to has more than {} characters.", return_to::MAXIMUM_LENGTH)));
    }
    let prompt = match take("prompt").as_deref() {
        None => None,
        Some("login") => Some(Prompt::Login),
        Some("select_account") => Some(Prompt::SelectAccount),
        Some(_) => return Err(refuse("The parameter prompt must be login or select_account.".to_owned())),
    };
    let seconds = |text: String| text.parse::<u32>().ok().filter(|_| !text.starts_with('+'));
    let no_number = || refuse("The parameter max_age must be a number of seconds.".to_owned());
    let max_age = take("max_age").map(|text| seconds(text).ok_or_else(no_number)).transpose()?;
    let (connection, login_hint, invitation) = (take("connection"), take("login_hint"), take("invitation"));
    let others = [&connection, &login_hint, &invitation];
    if others.iter().any(|value| value.as_ref().is_some_and(|value| value.chars().count() > MAXIMUM_LENGTH)) {
        return Err(refuse(format!("A parameter has more than {MAXIMUM_LENGTH} characters.")));
    }
    let return_to = return_to.as_deref().and_then(ReturnTo::parse);
    let is_name =
        |name: &String| name.chars().count() <= MAXIMUM_NAME && !name.chars().any(char::is_control) && !is_blank(name);
    let organization_name = take("organization_name").filter(is_name).filter(|_| organization.is_some());
    let destination = Destination { organization, organization_name, return_to };
    Ok(LoginRequest { destination, connection, prompt, login_hint, max_age, invitation })
}
