//! The page that asks before a form takes something away: what will be lost, and who will be logged out.

use actix_web::{HttpResponse, http::StatusCode};
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{command::Command, log::Shown, outcome::row_at};
use crate::demo_tenant::{
    issued::sessions::ApplicationSession,
    lab::{
        checkpoints::Checkpoint,
        sentence::{Sentence, count_of, list_of},
    },
    model::tenant::{Connection, Organization, Tenant, User},
    state::{Shared, State},
    views::page,
};

/// `demo_tenant/confirmation.html`.
#[derive(Debug, Serialize)]
pub(super) struct Confirmation {
    question: Sentence,
    /// What will be lost, and what follows.
    consequences: Vec<Sentence>,
    can_be_undone: bool,
    /// The words of the button.
    button: Sentence,
    /// Where the button sends its form.
    action: String,
    /// The fields of its form.
    command: Option<Command>,
    /// The ID of the dashboard's element to return to; on the page, its address.
    back: String,
}

impl Confirmation {
    /// What to ask before the command, if it takes something away.
    pub(super) fn before(command: &Command, shared: &Shared, state: &State) -> Option<Self> {
        let lab = Lab { application: &shared.client.name, now: shared.now(), state };
        let tenant = &state.tenant;
        let question = match command {
            Command::DeleteOrganization { organization } => lab.before_deleting(tenant.organization(organization)?),
            Command::DeleteConnection { connection } => lab.before_deleting_connection(tenant.connection(connection)?),
            Command::DeleteUser { user } => lab.before_deleting_user(tenant.user(user)?),
            Command::RemoveMember { organization, user } => {
                let (organization, user) = (tenant.organization(organization)?, tenant.user(user)?);
                organization.has_member(&user.id).then(|| lab.before_removing(user, organization))?
            }
            Command::CreateOrganization { .. }
            | Command::UpdateOrganization { .. }
            | Command::CreateConnection { .. }
            | Command::CreateUser { .. }
            | Command::EnableConnection { .. }
            | Command::SetAutoMembership { .. }
            | Command::DisableConnection { .. }
            | Command::AddMember { .. }
            | Command::Invite { .. }
            | Command::RevokeInvitation { .. }
            | Command::SetUsage { .. }
            | Command::SetOrganizationNames { .. } => return None,
        };
        Some(Self { command: Some(command.clone()), ..question })
    }

    /// What to ask before a jump to a checkpoint, or to the seed.
    pub(super) fn before_checkpoint(checkpoint: Option<Checkpoint>, shared: &Shared, state: &State) -> Self {
        let lab = Lab { application: &shared.client.name, now: shared.now(), state };
        let (question, name) = match checkpoint {
            Some(checkpoint) => {
                (format!("Jump to the state after chapter {}?", checkpoint.chapter()), checkpoint.name())
            }
            None => ("Jump back to your seed?".to_owned(), "seed"),
        };
        let consequences = shared.tenant_at(checkpoint).map(|next| lab.lost_at_a_jump(&next)).unwrap_or_default();
        Self {
            question: Sentence::new(&question, &[]),
            consequences,
            can_be_undone: false,
            button: Sentence::new("Jump", &[]),
            action: format!("/checkpoints/{name}"),
            command: None,
            back: "lab".to_owned(),
        }
    }

    /// The page with the question. Both answers lead back to the dashboard, with the log's filter as it was.
    pub(super) fn page(self, shown: Shown) -> HttpResponse {
        let question = Self { action: shown.on(&self.action), back: shown.at(&self.back), ..self };
        page(StatusCode::OK, "demo_tenant/confirmation.html", &question)
    }

    /// A deletion by `POST /`.
    fn of_deletion(name: &str, consequences: Vec<Sentence>, back: String) -> Self {
        Self {
            question: Sentence::new("Delete {}?", &[name]),
            consequences,
            can_be_undone: false,
            button: Sentence::new("Delete {}", &[name]),
            action: "/".to_owned(),
            command: None,
            back,
        }
    }
}

/// What the consequences depend on.
struct Lab<'s> {
    /// The application's name.
    application: &'s str,
    now: DateTime<Utc>,
    state: &'s State,
}

impl Lab<'_> {
    fn before_deleting(&self, it: &Organization) -> Confirmation {
        let mut consequences = vec![];
        if let Some(license) = it.license() {
            consequences.push(Sentence::new("Its license ({}) is deleted.", &[license]));
        }
        consequences.push(match it.members.len() {
            0 => Sentence::new("It has no members. Users and connections stay.", &[]),
            count => {
                let words = format!("Its {} deleted. The users and connections stay.", are(count, "membership"));
                Sentence::new(&words, &[])
            }
        });
        consequences.extend(self.lost_invitations([it]));
        let is_at_it = |session: &ApplicationSession| session.organization.as_ref() == Some(&it.id);
        consequences.push(self.logged_out(is_at_it, "logged out of {} immediately", "Nobody is logged in to it."));
        Confirmation::of_deletion(&it.name, consequences, it.id.to_string())
    }

    fn before_deleting_connection(&self, it: &Connection) -> Confirmation {
        let tenant = &self.state.tenant;
        let users: Vec<_> = tenant.users_of(&it.id).collect();
        let mut consequences = vec![match users.len() {
            0 => Sentence::new("It has no users.", &[]),
            count => {
                let emails: Vec<_> = users.iter().map(|user| user.email.as_str()).collect();
                let words = format!("Its {} deleted: {}.", are(count, "user"), list_of(count));
                Sentence::new(&words, &emails)
            }
        }];
        let memberships = users.iter().map(|user| memberships(tenant, user).len()).sum();
        if memberships > 0 {
            let words = format!("Their {} deleted.", are(memberships, "membership"));
            consequences.push(Sentence::new(&words, &[]));
        }
        let enabled: Vec<_> = tenant.organizations.iter().filter(|at| at.enabled(&it.id).is_some()).collect();
        if !enabled.is_empty() {
            let words = format!("It is no longer enabled for {}.", list_of(enabled.len()));
            consequences.push(Sentence::new(&words, &names(&enabled)));
        }
        let is_a_user = |session: &ApplicationSession| users.iter().any(|user| user.id == session.user);
        consequences.push(self.logged_out(
            is_a_user,
            "logged out of {} immediately",
            "None of its users is logged in.",
        ));
        Confirmation::of_deletion(&it.name, consequences, it.id.to_string())
    }

    fn before_deleting_user(&self, it: &User) -> Confirmation {
        let organizations = memberships(&self.state.tenant, it);
        let mut consequences = vec![match organizations.len() {
            0 => Sentence::new("The user is not a member of any organization.", &[]),
            count => Sentence::new(
                &format!("The user's {} deleted: {}.", are(count, "membership"), list_of(count)),
                &names(&organizations),
            ),
        }];
        let is_logged_in = self.state.sessions.count_users(|session| session.user == it.id) > 0;
        consequences.push(if is_logged_in {
            Sentence::new("The user is logged out of {} immediately.", &[self.application])
        } else {
            Sentence::new("The user is not logged in.", &[])
        });
        let words = "If you create the user again, they get a new ID, so {} treats them as a different user.";
        consequences.push(Sentence::new(words, &[self.application]));
        let question = Sentence::new("Delete {} of {}?", &[&it.email, self.connection_of(it)]);
        Confirmation { question, ..Confirmation::of_deletion(&it.email, consequences, it.connection.to_string()) }
    }

    fn before_removing(&self, user: &User, from: &Organization) -> Confirmation {
        let is_of_both =
            |session: &ApplicationSession| session.user == user.id && session.organization.as_ref() == Some(&from.id);
        let names = [user.email.as_str(), &from.name, self.application];
        let is_logged_in = self.state.sessions.count_users(is_of_both) > 0;
        let logout = if is_logged_in {
            Sentence::new("{} is logged out of {} in {} immediately.", &names)
        } else {
            Sentence::new("{} is not logged in to {} now.", &names)
        };
        let connection = self.connection_of(user);
        let way_back = match from.enabled(&user.connection).map(|it| it.assign_membership_on_login) {
            Some(true) => Sentence::new(
                "Auto-membership of {} is on, so the user becomes a member again at the next sign-in. To prevent this, \
                 turn it off first.",
                &[connection],
            ),
            Some(false) => {
                Sentence::new("The user can't log in to {} again until you add or invite them.", &[&from.name])
            }
            None => Sentence::new(
                "{} is not enabled for {}, so the user can't log in there anyway.",
                &[connection, &from.name],
            ),
        };
        Confirmation {
            question: Sentence::new("Remove {} of {} from {}?", &[&user.email, connection, &from.name]),
            consequences: vec![logout, way_back],
            can_be_undone: true,
            button: Sentence::new("Remove {}", &names),
            action: "/".to_owned(),
            command: None,
            back: row_at(&from.id, &user.id),
        }
    }

    /// The name of the user's connection: an address may have users of several.
    fn connection_of(&self, user: &User) -> &str {
        self.state.tenant.connection(user.connection.as_str()).map_or("", |it| it.name.as_str())
    }

    /// What the tenant has now and `next` has not.
    fn lost_at_a_jump(&self, next: &Tenant) -> Vec<Sentence> {
        let now = &self.state.tenant;
        let (stay, go): (Vec<_>, Vec<_>) =
            now.organizations.iter().partition(|it| next.organization_by_name(&it.name).is_some());
        let connections = now.connections.iter().filter(|it| next.connection_by_name(&it.name).is_none());
        let users = now.users.iter().filter(|user| !next.users.iter().any(|it| it.id == user.id));
        let lists = [
            ("organization", names(&go)),
            ("connection", connections.map(|it| it.name.as_str()).collect()),
            ("user", users.map(|it| it.email.as_str()).collect()),
        ];
        let mut lost: Vec<_> = lists
            .iter()
            .filter(|(_, names)| !names.is_empty())
            .map(|(noun, names)| {
                let words = format!("{} deleted: {}.", are(names.len(), noun), list_of(names.len()));
                Sentence::new(&words, names)
            })
            .collect();
        if !stay.is_empty() {
            let words =
                format!("{{}} starts with no data for {}, since organizations get new IDs.", list_of(stay.len()));
            lost.push(Sentence::new(&words, &[vec![self.application], names(&stay)].concat()));
        }
        let words = "Licenses, enabled connections, members and settings that you changed are reset.";
        lost.push(Sentence::new(words, &[]));
        lost.extend(self.lost_invitations(&now.organizations));
        lost.push(self.logged_out(|_| true, "logged out, here and in {}", "Nobody is logged in."));
        let faults = if self.state.faults.armed().is_empty() { "" } else { ", and queued faults are cancelled" };
        lost.push(Sentence::new(&format!("Your progress in the lab is reset{faults}."), &[]));
        lost
    }

    fn lost_invitations<'o>(&self, of: impl IntoIterator<Item = &'o Organization>) -> Option<Sentence> {
        let invitations = of.into_iter().flat_map(|it| &it.invitations);
        let count = invitations.filter(|it| self.now < it.expires_at).count();
        let verb = if count == 1 { "stops" } else { "stop" };
        let words = format!("{} {verb} working.", count_of(count, "invitation link"));
        (count > 0).then(|| Sentence::new(&words, &[]))
    }

    /// How many users are logged out, by the application's sessions that match.
    fn logged_out(&self, matches: impl Fn(&ApplicationSession) -> bool, how: &str, nobody: &str) -> Sentence {
        match self.state.sessions.count_users(matches) {
            0 => Sentence::new(nobody, &[]),
            count => Sentence::new(&format!("{} {how}.", are(count, "user")), &[self.application]),
        }
    }
}

/// The number with its noun and verb: `1 user is`, `2 users are`.
fn are(count: usize, noun: &str) -> String {
    format!("{} {}", count_of(count, noun), if count == 1 { "is" } else { "are" })
}

/// The organizations that the user is a member of.
fn memberships<'t>(tenant: &'t Tenant, user: &User) -> Vec<&'t Organization> {
    tenant.organizations.iter().filter(|it| it.has_member(&user.id)).collect()
}

fn names<'t>(organizations: &[&'t Organization]) -> Vec<&'t str> {
    organizations.iter().map(|it| it.name.as_str()).collect()
}
