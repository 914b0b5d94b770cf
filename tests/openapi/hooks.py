"""Fills generated requests with IDs and names that exist at the tenant.

Without this, most requests would get no further than a 404. A request that is meant to be invalid keeps what makes it
invalid. The stateful phase takes IDs from earlier responses, and is left alone.

Also checks that what a request sets reads back. At the end, the operations of which no request has succeeded are written
to a file.
"""

import atexit
import json
import os
from functools import cache
from urllib.parse import quote

import requests
import schemathesis
from schemathesis.core.parameters import ParameterLocation

TENANT = os.environ["TENANT"]
# A field that each list can be sorted by.
SORTED_BY = {
    "organizations": "name",
    "members": "email",
    "enabled_connections": "connection_id",
    "invitations": "id",
    "connections": "display_name",
    "users": "nickname",
    "clients": "is_global",
    "logs": "type",
}
# The operations of which no request has succeeded yet.
open_operations = set()
tenant = None


@cache
def token():
    credentials = {"grant_type": "client_credentials", "client_id": "orglab-management", "client_secret": "demo"}
    response = requests.post(f"{TENANT}/oauth/token", json={**credentials, "audience": f"{TENANT}/api/v2/"})
    return response.json()["access_token"]


def call(method, path, body=None):
    headers = {"Authorization": f"Bearer {token()}"}
    response = requests.request(method, f"{TENANT}/api{path}", headers=headers, json=body)
    response.raise_for_status()
    return response.json()


def named(items, name):
    return next(item for item in items if name in (item["name"], item.get("email")))


class Tenant:
    """The tenant at a checkpoint, with an invitation."""

    def __init__(self):
        call("POST", "/checkpoints/second-organization")
        connections, users = call("GET", "/v2/connections"), call("GET", "/v2/users")
        self.organization = named(call("GET", "/v2/organizations"), "org1")["id"]
        self.enabled, self.other = named(connections, "Okta1")["id"], named(connections, "Okta2")["id"]
        self.member, self.bob = named(users, "alice@org1.example")["user_id"], named(users, "bob@org2.example")["user_id"]
        invitation = {"inviter": {"name": "Alice"}, "invitee": {"email": "bob@org2.example"}, "client_id": "orglab"}
        self.invitation = call("POST", f"/v2/organizations/{self.organization}/invitations", invitation)["id"]
        self.log = call("GET", "/v2/logs?per_page=1")[0]["log_id"]

    def fill_path(self, method, path, parameters):
        ids = {"organizations": self.organization, "connections": self.other, "users": self.bob, "logs": self.log}
        if method == "PATCH":
            ids["clients"] = "orglab"  # of the other client, nothing can be changed
        collection = path.split("/")[3] if path.startswith("/api/v2/") else ""
        known = {"id": ids.get(collection), "connection": self.enabled, "invitation": self.invitation}
        if "/name/" in path:
            known["name"] = "org1"
        parameters.update({name: known[name] for name in parameters if known.get(name)})

    def fill_body(self, label, body):
        known = {
            "POST /oauth/token": {"audience": f"{TENANT}/api/v2/"},
            "POST /api/faults": {"user": self.bob},
            "POST /api/sessions": {"user_id": self.bob},
            "POST /api/v2/organizations": {"enabled_connections": [{"connection_id": self.other}]},
            "POST /api/v2/organizations/{id}/members": {"members": [self.bob]},
            "DELETE /api/v2/organizations/{id}/members": {"members": [self.member]},
            "POST /api/v2/organizations/{id}/enabled_connections": {"connection_id": self.other},
            "POST /api/v2/organizations/{id}/invitations": {"connection_id": self.enabled},
            "POST /api/v2/users": {"connection": "Okta2"},
            "PATCH /api/v2/users/{id}": {"connection": "Okta2", "email": "bob@org2.example"},
        }.get(label, {})
        body.update({name: value for name, value in known.items() if name in body})
        if body.get("organization_usage") in ("deny", "allow") and "organization_require_behavior" in body:
            body["organization_require_behavior"] = "no_prompt"
        # For JSON Schema, 1.0 is an integer.
        body.update({name: int(value) for name, value in body.items() if isinstance(value, float)})


def fill_query(path, query):
    """Resolves what can't be combined, which a schema can't say."""
    by_checkpoint = "from" in query or "take" in query
    if by_checkpoint:
        query.pop("page", None)
    if "sort" in query:
        collection = path.rsplit("/", 1)[1]
        query["sort"] = f"{SORTED_BY[collection]}:1"
        if by_checkpoint and collection == "logs":
            del query["sort"]


@schemathesis.hook
def before_load_schema(context, schema):
    methods = ("get", "post", "patch", "delete")
    for path, item in schema["paths"].items():
        open_operations.update(f"{method.upper()} {path}" for method in methods if method in item)


@schemathesis.hook
def before_call(context, case, kwargs):
    global tenant
    if case.meta is None or case.meta.phase.name == "stateful":
        return

    def is_valid(location):
        return not case.meta.is_negative_at(location)

    tenant = tenant or Tenant()
    path = case.operation.path
    if case.path_parameters and is_valid(ParameterLocation.PATH):
        tenant.fill_path(case.method, path, case.path_parameters)
    if case.query and is_valid(ParameterLocation.QUERY):
        fill_query(path, case.query)
    if isinstance(case.body, dict) and is_valid(ParameterLocation.BODY):
        tenant.fill_body(case.operation.label, case.body)


@schemathesis.hook
def after_call(context, case, response):
    global tenant
    if response.status_code < 300:
        open_operations.discard(case.operation.label)
        if case.method != "GET":
            tenant = None  # it has changed


# Of a created resource, the field with its ID.
CREATED = {
    "POST /api/v2/organizations": "id",
    "POST /api/v2/connections": "id",
    "POST /api/v2/users": "user_id",
    "POST /api/v2/organizations/{id}/invitations": "id",
}
# What a request asks for only once, or what the tenant ignores.
NOT_KEPT = ("enabled_connections", "password", "verify_email", "send_invitation_email", "ttl_sec")


@schemathesis.check
def what_a_request_sets_reads_back(context, response, case):
    if response.status_code >= 300 or not isinstance(case.body, dict):
        return
    path = response.request.path_url.removeprefix("/api")
    if case.method == "POST":
        if case.operation.label not in CREATED:
            return
        path += "/" + quote(response.json()[CREATED[case.operation.label]], safe="")
    elif case.method != "PATCH":
        return
    resource = call("GET", path)
    for name, value in case.body.items():
        if name in NOT_KEPT:
            continue
        kept = resource.get(name)
        if name in ("user_metadata", "app_metadata"):  # merged
            kept = {key: (kept or {}).get(key) for key in value}
        elif name == "connection":
            kept = resource["identities"][0]["connection"]
        elif name in ("email", "invitee"):
            value = json.loads(json.dumps(value).lower())
        assert kept == value, f"{name} reads back as {kept!r}, not as {value!r}"


@atexit.register
def report():
    with open(os.environ["NEVER_SUCCEEDED"], "w") as file:
        file.writelines(f"{label}\n" for label in sorted(open_operations))
