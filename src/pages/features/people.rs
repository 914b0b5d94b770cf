//! The people who have signed in to the organization, by connection.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use serde::Serialize;

use super::{
    pager::{Pager, RequestedPage, with_separators},
    user_view::UserView,
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
    workspace::{WorkspaceStore, people::Person},
};

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
    let known = workspaces.people(&people.organization.id).await?;
    let pager = Pager::new(&PEOPLE.path(), known.len(), requested);
    let page = PeoplePage { layout: Layout::of(&request)?, groups: groups(known, &pager), pager };
    render(StatusCode::OK, "people.html", &page)
}

/// The groups on the page: in the order of their first sign-ins, at the end those without a connection. Within a group
/// the order stays.
fn groups(known: Vec<Person>, pager: &Pager) -> Vec<Group> {
    let ranks = ranks(&known);
    let mut totals = HashMap::new();
    let mut placed = Vec::with_capacity(known.len());
    for (rank, person) in ranks.into_iter().zip(known) {
        let total: &mut usize = totals.entry(rank).or_default();
        placed.push((rank, *total, person));
        *total += 1;
    }
    placed.sort_by_key(|(rank, before, _)| (*rank, *before));

    let mut groups: Vec<(usize, Group)> = Vec::new();
    for (rank, before, person) in pager.entries(placed) {
        match groups.last_mut() {
            Some((of, group)) if *of == rank => group.people.push(person.into()),
            _ => groups.push((rank, Group::beginning_with(person, before, totals[&rank]))),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// The place of each person's group among the groups.
fn ranks(known: &[Person]) -> Vec<usize> {
    let mut ranks = HashMap::from([(None, usize::MAX)]);
    let mut all = Vec::with_capacity(known.len());
    for person in known {
        let next = ranks.len();
        all.push(*ranks.entry(person.connection.as_deref()).or_insert(next));
    }
    all
}

impl Group {
    /// As far as it is on the page: from this person on, who has so many `before` them.
    fn beginning_with(person: Person, before: usize, total: usize) -> Self {
        Self {
            hue: person.connection.as_deref().map(hue),
            connection: person.connection.clone(),
            total: with_separators(total),
            is_one: total == 1,
            is_continued: before > 0,
            people: vec![person.into()],
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
