//! `GET /login`: begins to sign in and sends the browser to the provider.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use serde::Serialize;
use url::form_urlencoded;

use super::{
    Layout, Site,
    attempt_cookie::AttemptCookies,
    error_page::{FailedSignIn, Failure},
    navigation::{Navigation, comes_from_elsewhere},
    respond, see_other,
    signed_in::Visitor,
};
use crate::{
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
/// The longest value of the other parameters, in characters.
const MAXIMUM_LENGTH: usize = 255;
/// The longest name of an organization that is taken from a link, in characters: as at Auth0.
const MAXIMUM_NAME: usize = 50;

#[derive(Serialize)]
struct ConfirmPage {
    layout: Layout,
    organization: Option<String>,
    organization_name: Option<String>,
    parameters: Vec<(String, String)>,
}

/// Answers `GET /login`.
pub async fn login(
    _: Navigation,
    request: HttpRequest,
    site: Data<Site>,
    party: Data<RelyingParty>,
    cookies: AttemptCookies,
    Visitor(visitor): Visitor,
) -> Result<HttpResponse, Failure> {
    let login = parse(request.query_string(), &party.settings().organization_ids)?;
    // No link from elsewhere may move a signed-in user to another organization unseen.
    if visitor.is_some() && comes_from_elsewhere(request.headers()) {
        let page = ConfirmPage {
            layout: Layout::new(&site, visitor.as_ref()),
            organization: login.destination.organization.as_ref().map(ToString::to_string),
            organization_name: login.destination.organization_name.clone(),
            parameters: parameters(request.query_string()).collect(),
        };
        return respond(StatusCode::OK, "login.html", &page);
    }
    let destination = login.destination.clone();
    let (attempt, url) = party
        .begin(login)
        .await
        .map_err(|error| Failure::SignIn(Box::new(FailedSignIn { error, destination, record: Record::default() })))?;
    let mut response = see_other(url.as_str());
    for cookie in cookies.add(attempt)? {
        response.add_cookie(&cookie).map_err(|error| Failure::Internal(error.to_string()))?;
    }
    Ok(response)
}

/// The query's parameters that this page knows. No others are passed on or named: a link's text would look like ours.
fn parameters(query: &str) -> impl Iterator<Item = (String, String)> {
    form_urlencoded::parse(query.as_bytes()).into_owned().filter(|(name, _)| PARAMETERS.contains(&name.as_str()))
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
