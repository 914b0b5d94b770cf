//! The pages between the authorization request and its answer.

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use serde::Serialize;
use tracing::error;

use super::request::{AuthorizationRequest, CHOSEN_CONNECTION, TYPED_ORGANIZATION};
use crate::{
    assets,
    demo_tenant::model::{
        invitations::Invitation,
        tenant::{Connection, Organization, Strategy, Tenant, User},
    },
};

/// `demo_tenant/organization.html`: which organization?
#[derive(Debug, Serialize)]
pub(crate) struct OrganizationPage {
    application: String,
    /// What was typed and is no organization.
    unknown: Option<String>,
    request: Vec<Field>,
    cancel_to: String,
}

/// `demo_tenant/connections.html`: through which connection?
#[derive(Debug, Serialize)]
pub(crate) struct ConnectionsPage {
    application: String,
    organization: Option<String>,
    /// Whose invitation it is to accept, if it is.
    invitee: Option<String>,
    connections: Vec<ConnectionView>,
    request: Vec<Field>,
    cancel_to: String,
}

/// `demo_tenant/users.html`: the connection's sign-in page.
#[derive(Debug, Serialize)]
pub(crate) struct UsersPage {
    application: String,
    organization: Option<String>,
    connection: ConnectionView,
    users: Vec<UserView>,
    /// Whose invitation it is to accept, if it is.
    invitee: Option<String>,
    /// Where to choose another connection, if there is another.
    other_connections: Option<String>,
    /// Where the form goes: the request itself.
    action: String,
}

/// `demo_tenant/invitation.html`: accept it?
#[derive(Debug, Serialize)]
pub(crate) struct InvitationPage {
    application: String,
    organization: String,
    invitee: String,
    inviter: String,
    /// Whether there is a user who can accept it.
    can_be_accepted: bool,
    /// Who the browser's session is of.
    user: Option<UserView>,
    /// Whether that is who is invited.
    user_is_invited: bool,
    /// Where the form goes: the request itself.
    action: String,
}

/// `demo_tenant/message.html`: something to know, and no way on.
#[derive(Debug, Serialize)]
pub(crate) struct Message {
    title: String,
    text: String,
    /// A value that the text is about, to be compared character for character.
    value: Option<String>,
    hint: Option<String>,
}

/// A hidden field of a form, or an element of a query.
#[derive(Debug, Serialize)]
pub(crate) struct Field {
    name: String,
    value: String,
}

/// A connection, for a button or a heading.
#[derive(Debug, Serialize)]
pub(crate) struct ConnectionView {
    name: String,
    enterprise: bool,
    /// Which colour its pages have.
    tint: usize,
}

/// A user, for a button.
#[derive(Debug, Serialize)]
pub(crate) struct UserView {
    id: String,
    name: String,
    email: String,
    initials: String,
    /// Who is invited; else whom the application expects (`login_hint`).
    expected: bool,
}

/// How many colours there are for connections.
const TINTS: usize = 6;

impl ConnectionView {
    /// Of one of the tenant's connections.
    pub(crate) fn of(tenant: &Tenant, connection: &Connection) -> Self {
        let position = tenant.connections.iter().position(|it| it.id == connection.id).unwrap_or_default();
        let enterprise = connection.strategy == Strategy::Enterprise;
        Self { name: connection.name.clone(), enterprise, tint: position % TINTS }
    }
}

impl UserView {
    fn of(user: &User, expected: Option<&str>) -> Self {
        Self {
            id: user.id.to_string(),
            name: user.name.clone(),
            email: user.email.clone(),
            initials: initials(&user.name),
            expected: expected.is_some_and(|hint| hint.eq_ignore_ascii_case(&user.email)),
        }
    }
}

/// The first letters of a name's first and last word.
pub(crate) fn initials(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    let ends = match words.as_slice() {
        [] => vec![],
        [only] => vec![*only],
        [first, .., last] => vec![*first, *last],
    };
    ends.iter().filter_map(|word| word.chars().next()).flat_map(char::to_uppercase).collect()
}

impl OrganizationPage {
    /// The prompt for this request.
    pub(crate) fn new(application: &str, request: &AuthorizationRequest, unknown: Option<&str>) -> Self {
        Self {
            application: application.into(),
            unknown: unknown.map(str::to_owned),
            request: fields(request, TYPED_ORGANIZATION),
            cancel_to: request.address(),
        }
    }
}

impl ConnectionsPage {
    /// The choice for this request.
    pub(crate) fn new(
        application: &str,
        request: &AuthorizationRequest,
        organization: Option<&Organization>,
        invitation: Option<&Invitation>,
        tenant: &Tenant,
        connections: &[&Connection],
    ) -> Self {
        Self {
            application: application.into(),
            organization: organization.map(|it| it.display_name.clone()),
            invitee: invitation.map(|it| it.invitee.clone()),
            connections: connections.iter().map(|connection| ConnectionView::of(tenant, connection)).collect(),
            request: fields(request, CHOSEN_CONNECTION),
            cancel_to: request.address(),
        }
    }
}

impl UsersPage {
    /// The sign-in page of `connection` for this request.
    pub(crate) fn new(
        application: &str,
        request: &AuthorizationRequest,
        organization: Option<&Organization>,
        invitation: Option<&Invitation>,
        tenant: &Tenant,
        connection: &Connection,
    ) -> Self {
        let expected = invitation.map(|it| it.invitee.as_str()).or(request.login_hint.as_deref());
        let chosen = request.parameters.get(CHOSEN_CONNECTION).is_some();
        let without_choice = fields(request, CHOSEN_CONNECTION);
        Self {
            application: application.into(),
            organization: organization.map(|it| it.display_name.clone()),
            connection: ConnectionView::of(tenant, connection),
            users: tenant.users_of(&connection.id).map(|user| UserView::of(user, expected)).collect(),
            invitee: invitation.map(|it| it.invitee.clone()),
            other_connections: chosen.then(|| format!("/authorize?{}", query(&without_choice))),
            action: request.address(),
        }
    }
}

impl InvitationPage {
    /// The page of an invitation for this request.
    pub(crate) fn new(
        application: &str,
        request: &AuthorizationRequest,
        organization: &Organization,
        invitation: &Invitation,
        tenant: &Tenant,
        user: Option<&User>,
    ) -> Self {
        Self {
            application: application.into(),
            organization: organization.display_name.clone(),
            invitee: invitation.invitee.clone(),
            inviter: invitation.inviter.clone(),
            can_be_accepted: tenant.can_be_accepted(organization, invitation),
            user: user.map(|user| UserView::of(user, None)),
            user_is_invited: user.is_some_and(|user| invitation.is_for(user)),
            action: request.address(),
        }
    }
}

fn fields(request: &AuthorizationRequest, but: &str) -> Vec<Field> {
    request.parameters.without(but).into_iter().map(|(name, value)| Field { name, value }).collect()
}

fn query(fields: &[Field]) -> String {
    let pairs = fields.iter().map(|field| (&field.name, &field.value));
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

impl Message {
    fn new(title: &str, text: &str) -> Self {
        Self { title: title.into(), text: text.into(), value: None, hint: None }
    }

    /// The application sent an address that is not registered for it.
    pub(crate) fn callback_mismatch(url: &str, registered: &[String]) -> Self {
        Self {
            value: Some(url.into()),
            hint: Some(format!("Registered, character for character: {}", registered.join(" and "))),
            ..Self::new(
                "Callback URL mismatch",
                "The provided redirect_uri is not in the list of allowed callback URLs of the application:",
            )
        }
    }

    /// Somebody sent a client id that is no client's.
    pub(crate) fn unknown_client(client_id: &str) -> Self {
        Self {
            value: Some(client_id.into()),
            ..Self::new("Unknown client", "The tenant has no application with this client_id:")
        }
    }

    /// The request has an ID token that was issued to a client other than the one it names.
    pub(crate) fn hint_of_another_client(client_id: &str) -> Self {
        Self {
            value: Some(client_id.into()),
            ..Self::new("Client mismatch", "The id_token_hint was not issued to the application with this client_id:")
        }
    }

    /// The address to return to after logout is not registered.
    pub(crate) fn unregistered_logout_url(url: &str, registered: &[String]) -> Self {
        let registered = registered.join(" and ");
        Self {
            value: Some(url.into()),
            hint: Some(format!(
                "You are signed out here all the same. Registered, character for character: {registered}"
            )),
            ..Self::new(
                "Logout URL mismatch",
                "The address to return to is not in the list of allowed logout URLs of the application:",
            )
        }
    }

    /// After logout, where nobody said where to return to.
    pub(crate) fn signed_out() -> Self {
        Self::new("You are signed out", "Your session at this tenant has ended.")
    }

    /// Nothing is served at this address.
    pub(crate) fn not_found() -> Self {
        Self::new("Page not found", "There is nothing at this address.")
    }

    /// The address is served, but not by this method.
    pub(crate) fn wrong_method() -> Self {
        Self::new("This page does not work that way", "The request's method is not allowed here.")
    }

    /// The form's content was not one that a page of the tenant sends.
    pub(crate) fn malformed_form() -> Self {
        Self::new("Malformed request", "The tenant could not read what was sent.")
    }

    /// The request's `Host` is not the tenant's.
    pub(crate) fn misdirected() -> Self {
        Self::new("Misdirected request", "The tenant answers at its own host name only.")
    }

    /// The request is not a navigation.
    pub(crate) fn no_navigation() -> Self {
        Self::new(
            "This address needs a page of its own",
            "The browser asked for it as a part of another page, or ahead of time. Nothing was changed.",
        )
    }

    /// Something failed that no page is made for.
    pub(crate) fn fallback(status: StatusCode, reference: &str) -> Self {
        let (title, text) = match status {
            StatusCode::FORBIDDEN => ("Refused", "The request came from another site, so it was not carried out."),
            _ => ("Something went wrong", "The tenant could not answer. Its log says more."),
        };
        Self { hint: Some(format!("Reference: {reference}")), ..Self::new(title, text) }
    }
}

/// A message as an answer.
pub(crate) fn message_page(status: StatusCode, message: &Message) -> HttpResponse {
    page(status, "demo_tenant/message.html", message)
}

/// A filled template as an answer.
pub(crate) fn page(status: StatusCode, template: &'static str, context: &impl Serialize) -> HttpResponse {
    match assets::render(template, context) {
        Ok(html) => HttpResponse::build(status).content_type("text/html; charset=utf-8").body(html),
        Err(cause) => {
            error!("tenant: {cause}");
            HttpResponse::InternalServerError().body("The page could not be made; the log says more.")
        }
    }
}

/// On to another address, with GET.
pub(crate) fn redirect(location: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, location)).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_those_of_first_and_last_word() {
        assert_eq!(initials("Alice Adams"), "AA");
        assert_eq!(initials("Åsa Maria von Öst"), "ÅÖ");
        assert_eq!(initials("bob"), "B");
        assert_eq!(initials(""), "");
    }
}
