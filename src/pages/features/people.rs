//! The people who have signed in to the organization.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use serde::Serialize;

use crate::{
    license::{Feature, PEOPLE},
    pages::{
        Layout,
        current_user::{FeaturePage, Licensed},
        errors::failure::Failure,
        render,
        times::to_the_minute,
    },
    text::initials,
    workspace::{WorkspaceStore, people::Person},
};

pub(super) struct People;

impl FeaturePage for People {
    const FEATURE: &'static Feature = &PEOPLE;
}

#[derive(Serialize)]
struct PeoplePage {
    layout: Layout,
    people: Vec<PersonView>,
}

#[derive(Serialize)]
struct PersonView {
    name: String,
    initials: String,
    email: Option<String>,
    connection: Option<String>,
    first_at: String,
    last_at: String,
}

pub(super) async fn people(
    request: HttpRequest,
    people: Licensed<People>,
    workspaces: Data<dyn WorkspaceStore>,
) -> Result<HttpResponse, Failure> {
    let known = workspaces.people(&people.organization.id).await?;
    let page = PeoplePage { layout: Layout::of(&request)?, people: known.into_iter().map(PersonView::from).collect() };
    render(StatusCode::OK, "people.html", &page)
}

impl From<Person> for PersonView {
    fn from(person: Person) -> Self {
        Self {
            initials: initials(&person.name),
            name: person.name,
            email: person.email,
            connection: person.connection,
            first_at: to_the_minute(person.first_at),
            last_at: to_the_minute(person.last_at),
        }
    }
}
