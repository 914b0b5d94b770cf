"""What a script does with auth0-python 4, against the demo tenant at the address in the first argument."""

import sys
from urllib.parse import urlsplit

from auth0.authentication import GetToken
from auth0.exceptions import Auth0Error
from auth0.management.clients import Clients
from auth0.management.connections import Connections
from auth0.management.logs import Logs
from auth0.management.organizations import Organizations
from auth0.management.tenants import Tenants
from auth0.management.users import Users
from auth0.management.users_by_email import UsersByEmail

tenant = sys.argv[1]
domain = urlsplit(tenant).netloc


def failure(call, *arguments):
    """The status and the code of the error that a call ends with."""
    try:
        call(*arguments)
    except Auth0Error as error:
        return error.status_code, error.error_code
    raise AssertionError("the call succeeds")


# The client sends "organization": null here.
credentials = GetToken(domain, "orglab-management", client_secret="demo", protocol="http")
token = credentials.client_credentials(f"{tenant}/api/v2/")["access_token"]
organizations, connections, users, by_email, clients, tenants, logs = (
    kind(domain, token, protocol="http") for kind in (Organizations, Connections, Users, UsersByEmail, Clients, Tenants, Logs)
)

# Connections and users.
okta3 = connections.create({"name": "Okta3", "strategy": "okta"})
assert connections.get(okta3["id"])["name"] == "Okta3"
assert {one["name"] for one in connections.all(strategy="okta")} == {"Okta1", "Okta2", "Okta3"}
profile = {"name": "Dora Dorn", "nickname": "dodo", "email_verified": False, "app_metadata": {"plan": 3}}
dora = users.create({"connection": "Okta3", "email": "dora@org3.example", **profile})["user_id"]
assert users.get(dora).items() >= profile.items()
assert users.get(dora, fields=["nickname"]) == {"nickname": "dodo"}
users.update(dora, {"user_metadata": {"color": "red"}, "nickname": "dora"})
assert users.get(dora)["user_metadata"] == {"color": "red"}
assert [one["user_id"] for one in users.list(q='email:"dora@org3.example"')["users"]] == [dora]
assert [one["user_id"] for one in users.list(sort="created_at:-1", per_page=1)["users"]] == [dora]
assert [one["user_id"] for one in by_email.search_users_by_email("dora@org3.example")] == [dora]

# Organizations, their connections, members and invitations.
branding = {"logo_url": "https://org3.example/logo.png"}
org3 = organizations.create_organization({"name": "org3", "metadata": {"license": "premium"}, "branding": branding})["id"]
assert organizations.get_organization_by_name("org3")["branding"] == branding
organizations.update_organization(org3, {"display_name": "Third"})
assert organizations.get_organization(org3)["display_name"] == "Third"
assert {one["name"] for one in organizations.all_organizations()["organizations"]} == {"org1", "org2", "org3"}
enabled = {"connection_id": okta3["id"], "assign_membership_on_login": True, "show_as_button": False}
organizations.create_organization_connection(org3, enabled)
assert organizations.get_organization_connection(org3, okta3["id"]).items() >= enabled.items()
organizations.update_organization_connection(org3, okta3["id"], {"assign_membership_on_login": False})
assert not organizations.all_organization_connections(org3)[0]["assign_membership_on_login"]
organizations.create_organization_members(org3, {"members": [dora]})
members = organizations.all_organization_members(org3, fields=["email"])["members"]
assert members == [{"email": "dora@org3.example"}]
invitation = organizations.create_organization_invitation(
    org3,
    {
        "inviter": {"name": "Alice"},
        "invitee": {"email": "dora@org3.example"},
        "client_id": "orglab",
        "connection_id": okta3["id"],
    },
)
assert organizations.get_organization_invitation(org3, invitation["id"]) == invitation
assert organizations.all_organization_invitations(org3) == [invitation]
organizations.delete_organization_invitation(org3, invitation["id"])
organizations.delete_organization_members(org3, {"members": [dora]})
assert organizations.all_organization_members(org3)["members"] == []
organizations.delete_organization_connection(org3, okta3["id"])

# The application, the tenant, the log.
assert [one["client_id"] for one in clients.all(fields=["client_id"])] == ["orglab", "orglab-management"]
assert clients.update("orglab", {"organization_usage": "allow"})["organization_usage"] == "allow"
assert tenants.update({"friendly_name": "Stage"})["friendly_name"] == tenants.get()["friendly_name"] == "Stage"
last = logs.search(per_page=1)["logs"][0]
assert logs.get(last["log_id"]) == last
assert last not in logs.search(from_param=last["log_id"], take=10)

# What the tenant does not do.
assert failure(clients.update, "orglab", {"callbacks": ["https://app.example"]}) == (400, "invalid_body")
assert failure(users.create, {"connection": "Okta3", "email": "eve@org3.example", "blocked": True}) == (400, "invalid_body")
assert failure(organizations.create_organization, {"name": "org3"}) == (409, "conflict")

organizations.delete_organization(org3)
users.delete(dora)
connections.delete(okta3["id"])
assert failure(organizations.get_organization, org3)[0] == 404
assert failure(users.get, dora)[0] == 404
assert failure(connections.get, okta3["id"])[0] == 404
