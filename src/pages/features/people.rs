//! The people who have signed in to the organization, by connection.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use serde::Serialize;

use super::{
    pager::{Paged, Pager, RequestedPage, with_separators},
    user_view::{UserView, shorten_together},
};
use crate::{
    license::{Feature, PEOPLE},
    pages::{
        Layout,
        current_user::{FeaturePage, Licensed},
        errors::failure::Failure,
        render,
        times::TimeView,
    },
    text::hue,
    workspace::{
        WorkspaceStore,
        people::{self, Person},
    },
};

/// How many people are on a page, and how much their names and addresses may take, in bytes: the page has less than 40 kB.
const PER_PAGE: usize = 20;
const TEXTS: usize = 8_000;

pub(super) struct People;

impl FeaturePage for People {
    const FEATURE: &'static Feature = &PEOPLE;
}

#[derive(Serialize)]
struct PeoplePage {
    layout: Layout,
    groups: Vec<Group>,
    pager: Pager,
}

/// The people of one connection, as far as they are on the page.
#[derive(Serialize)]
struct Group {
    /// `None`: of those whose subject names no connection.
    connection: Option<String>,
    hue: Option<u32>,
    /// How many there are on all pages.
    total: String,
    is_one: bool,
    /// Whether the group begins on an earlier page.
    is_continued: bool,
    people: Vec<PersonView>,
}

#[derive(Serialize)]
pub struct PersonView {
    user: UserView,
    first_at: TimeView,
    last_at: TimeView,
}

pub(super) async fn people(
    request: HttpRequest,
    people: Licensed<People>,
    workspaces: Data<dyn WorkspaceStore>,
    requested: RequestedPage,
) -> Result<HttpResponse, Failure> {
    let list = Paged { path: &PEOPLE.path(), per_page: PER_PAGE, requested };
    let id = &people.organization.id;
    let read = async |part| workspaces.people(id, part).await.map(|part| (part.groups, part.total));
    let (groups, pager) = list.read(read).await?;
    let mut groups: Vec<_> = groups.into_iter().map(Group::from).collect();
    shorten_together(groups.iter_mut().flat_map(Group::texts), TEXTS);
    render(StatusCode::OK, "people.html", &PeoplePage { layout: Layout::of(&request)?, groups, pager })
}

impl Group {
    fn texts(&mut self) -> impl Iterator<Item = &mut String> {
        self.connection.iter_mut().chain(self.people.iter_mut().flat_map(|person| person.user.texts()))
    }
}

impl From<people::Group> for Group {
    fn from(group: people::Group) -> Self {
        Self {
            hue: group.connection.as_deref().map(hue),
            connection: group.connection,
            total: with_separators(group.total),
            is_one: group.total == 1,
            is_continued: group.before > 0,
            people: group.people.into_iter().map(PersonView::from).collect(),
        }
    }
}

impl From<Person> for PersonView {
    fn from(person: Person) -> Self {
        Self {
            first_at: TimeView::to_the_minute(person.first_at),
            last_at: TimeView::to_the_minute(person.last_at),
            user: UserView::new(person.name, person.email, person.connection),
        }
    }
}
