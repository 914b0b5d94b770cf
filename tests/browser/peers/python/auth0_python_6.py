"""What a script does with auth0-python 6, against the demo tenant at the address in the first argument."""

import sys
from urllib.parse import urlsplit

from auth0.authentication import GetToken
from auth0.management.client import Auth0
from auth0.management.core.api_error import ApiError

tenant = sys.argv[1]


def failure(call, *arguments, **named):
    """The status and the code of the error that a call ends with."""
    try:
        call(*arguments, **named)
    except ApiError as error:
        body = error.body if isinstance(error.body, dict) else error.body.model_dump(by_alias=True)
        return error.status_code, body["errorCode"]
    raise AssertionError("the call succeeds")


# The client sends "organization": null here.
credentials = GetToken(urlsplit(tenant).netloc, "orglab-management", client_secret="demo", protocol="http")
token = credentials.client_credentials(f"{tenant}/api/v2/")["access_token"]
auth0 = Auth0(base_url=f"{tenant}/api/v2", token=token)

# Connections and users.
okta3 = auth0.connections.create(name="Okta3", strategy="okta").id
assert auth0.connections.get(okta3).name == "Okta3"
assert {one.name for one in auth0.connections.list(strategy=["okta", "samlp"])} == {"Okta1", "Okta2", "Okta3"}
dora = auth0.users.create(
    connection="Okta3",
    email="dora@org3.example",
    name="Dora Dorn",
    nickname="dodo",
    email_verified=False,
    app_metadata={"plan": 3},
).user_id
read = auth0.users.get(dora)
assert (read.name, read.nickname, read.email_verified, read.app_metadata) == ("Dora Dorn", "dodo", False, {"plan": 3})
assert auth0.users.get(dora, fields="nickname").email is None
auth0.users.update(dora, user_metadata={"color": "red"}, nickname="dora")
assert auth0.users.get(dora).user_metadata == {"color": "red"}
assert [one.user_id for one in auth0.users.list(q='email:"dora@org3.example"')] == [dora]
assert [one.user_id for one in auth0.users.list(connection="Okta3", sort="email:1")] == [dora]
assert [one.user_id for one in auth0.users.list_users_by_email(email="dora@org3.example")] == [dora]

# Organizations, their connections, members and invitations.
branding = {"logo_url": "https://org3.example/logo.png", "colors": {"primary": "#635dff", "page_background": "#ffffff"}}
org3 = auth0.organizations.create(
    name="org3",
    metadata={"license": "premium"},
    branding=branding,
    enabled_connections=[{"connection_id": okta3, "show_as_button": False}],
).id
assert auth0.organizations.get_by_name("org3").branding.logo_url == branding["logo_url"]
auth0.organizations.update(org3, display_name="Third")
assert auth0.organizations.get(org3).display_name == "Third"
assert {one.name for one in auth0.organizations.list(take=1)} == {"org1", "org2", "org3"}
assert auth0.organizations.enabled_connections.get(org3, okta3).show_as_button is False
auth0.organizations.enabled_connections.update(org3, okta3, assign_membership_on_login=True, show_as_button=True)
enabled = list(auth0.organizations.enabled_connections.list(org3))
assert [(one.assign_membership_on_login, one.show_as_button) for one in enabled] == [(True, True)]
auth0.organizations.members.create(org3, members=[dora])
assert [one.email for one in auth0.organizations.members.list(org3)] == ["dora@org3.example"]
invitation = auth0.organizations.invitations.create(
    org3,
    inviter={"name": "Alice"},
    invitee={"email": "dora@org3.example"},
    client_id="orglab",
    connection_id=okta3,
)
assert auth0.organizations.invitations.get(org3, invitation.id).connection_id == okta3
assert [one.id for one in auth0.organizations.invitations.list(org3)] == [invitation.id]
auth0.organizations.invitations.delete(org3, invitation.id)
assert [one.name for one in auth0.users.organizations.list(dora)] == ["org3"]
auth0.organizations.members.delete(org3, members=[dora])
assert list(auth0.organizations.members.list(org3)) == []
auth0.organizations.enabled_connections.delete(org3, okta3)
auth0.organizations.enabled_connections.add(org3, connection_id=okta3)

# The application, the tenant, the log.
assert [one.client_id for one in auth0.clients.list(fields="client_id")] == ["orglab", "orglab-management"]
assert auth0.clients.update("orglab", organization_usage="allow").organization_usage == "allow"
auth0.tenants.settings.update(friendly_name="Stage")
assert auth0.tenants.settings.get().friendly_name == "Stage"
last = next(iter(auth0.logs.list(per_page=1)))
assert auth0.logs.get(last.log_id).log_id == last.log_id

# What the tenant does not do.
assert failure(auth0.clients.update, "orglab", callbacks=["https://app.example"]) == (400, "invalid_body")
assert failure(auth0.users.create, connection="Okta3", email="eve@org3.example", blocked=True) == (400, "invalid_body")
assert failure(auth0.organizations.create, name="org3") == (409, "conflict")

auth0.organizations.delete(org3)
auth0.users.delete(dora)
auth0.connections.delete(okta3)
assert failure(auth0.organizations.get, org3)[0] == 404
assert failure(auth0.users.get, dora)[0] == 404
assert failure(auth0.connections.get, okta3)[0] == 404
