"""What every issuance design owes its client, and what each costs and refuses (`DESIGNS`)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from oauth_model.authorization_server import RegisteredClient
from oauth_model.issuance import DESIGNS
from oauth_model.stories import STORIES
from tests.oauth_model.parties import (
    CONFIDENTIAL,
    OPERATIONS,
    PUBLIC,
    SCOPES,
    SERVERS,
    TARGETS,
    World,
    error,
)

NAMES = sorted(DESIGNS)
THREE = ("email", "webdav", "voip")
#: The registration that lets refresh tokens be used at these three and nowhere else.
POLICY = tuple((server.identifier, server.scopes) for server in SERVERS[:3])
UNKNOWN = "https://stranger.example.com"
DETAILS = "invalid_authorization_details"
#: Requests to the AS until four servers are served: one consent, and token requests.
REQUESTS = {
    "fat": 2,
    "lodderstedt": 5,
    "rfc8707": 5,
    "rfc8707_response": 5,
    "scope_inferred": 5,
    "mrrt": 5,
    "rar_locations": 5,
    "gnap": 3,
}
#: How a refresh is refused that asks, after consent to three, for: a scope beyond the consent; the
#: scopes of two servers; a server without consent; a server that does not exist. "" when it is not.
REFUSALS = {
    "fat": ("invalid_scope", "", "", ""),
    "lodderstedt": ("invalid_scope", "invalid_scope", "invalid_scope", "invalid_scope"),
    "rfc8707": ("invalid_scope", "invalid_target", "invalid_target", "invalid_target"),
    "rfc8707_response": ("invalid_scope", "invalid_target", "invalid_target", "invalid_target"),
    "scope_inferred": ("invalid_scope", "invalid_scope", "invalid_scope", "invalid_scope"),
    "mrrt": ("invalid_scope", "", "", ""),
    "rar_locations": ("invalid_scope", "invalid_scope", DETAILS, DETAILS),
}
WRONG = (
    [("scope", "payments")],
    [("scope", "email voip")],
    [(name, SERVERS[3].identifier) for name in ("resource", "audience")],
    [(name, UNKNOWN) for name in ("resource", "audience")],
)


def told(name: str, client: RegisteredClient = CONFIDENTIAL, servers=SCOPES) -> World:
    """A world in which one client told the story under this design, and was served."""
    world = World(name, client=client)
    registered = replace(client, audiences=POLICY if servers == THREE else ())
    world.authorization_server.replica.clients[client.client_id] = registered
    result = world.run(STORIES["consent_then_call_all"](world.client, servers))
    assert (result.kind, result.attempts) == ("served", len(servers))
    return world


@pytest.mark.clause("draft-lodderstedt-oauth-multiple-access-tokens-00 one consent")
@pytest.mark.parametrize("name", NAMES)
def test_one_consent_serves_all_four(name):
    world = told(name)
    assert [effect.operation for effect in world.effects] == list(OPERATIONS.values())


@pytest.mark.clause("draft-lodderstedt-oauth-multiple-access-tokens-00 impersonation")
@pytest.mark.clause("RFC 9700 4.9.2 compromised")
@pytest.mark.parametrize("name", NAMES)
def test_a_server_can_use_what_it_saw_nowhere_else_unless_the_token_is_fat(name):
    world = told(name)
    for server in SCOPES:
        token = world.client.wallet.token(server)
        works = [other for other in SCOPES if world.call(other, token).status == 200]
        assert works == (list(SCOPES) if name == "fat" else [server])


@pytest.mark.parametrize(("name", "requests"), REQUESTS.items())
def test_what_serving_all_four_costs(name, requests):
    world = told(name)
    assert sum(send.to == "as" for send in world.sent) == requests


@pytest.mark.clause("RFC 9700 4.14.2 bound")
@pytest.mark.parametrize("name", NAMES)
def test_refreshing_reaches_no_server_beyond_consent_and_policy(name):
    world = told(name, servers=THREE)
    world.run(world.client.obtain("payments"))
    result = world.run(world.client.call("payments", OPERATIONS["payments"]))
    assert result.kind == "refused"
    assert [effect.operation for effect in world.effects] == [OPERATIONS[each] for each in THREE]


@pytest.mark.parametrize("name", REFUSALS)
def test_how_a_wrong_refresh_is_refused(name):
    world = told(name, servers=THREE)
    by_refresh = ("refresh_token", world.client.wallet.refresh_token)
    answers = [world.token(by_refresh, *wrong, grant_type="refresh_token") for wrong in WRONG]
    assert tuple(error(answer)[1] for answer in answers) == REFUSALS[name]


@pytest.mark.parametrize("name", NAMES)
def test_a_client_that_acts_for_itself_is_served(name):
    world = World(name)
    asked = DESIGNS[name].ask_token(TARGETS[2])
    response = world.token(*asked, grant_type="client_credentials")
    assert world.call("voip", response.json()["access_token"]).status == 200
    assert "refresh_token" not in response.json()


@pytest.mark.clause("interim-2025-01-20 down-scoped")
@pytest.mark.parametrize("name", NAMES)
def test_a_single_use_token_by_refresh_is_for_one_use_at_one_server(name):
    world = told(name)
    assert world.run(world.client.single_use("voip", "voip")).kind == "served"
    token = world.client.wallet.token("voip")
    claims = world.issued("access_token")[-1]["claims"]
    assert (claims["use"], claims["scope"]) == ("single", "voip")
    assert claims["aud"] == "https://voip.example.com"
    assert [world.call("voip", token).status for _ in range(2)] == [200, 401]


@pytest.mark.clause("RFC 9700 2.2.2 rotation")
@pytest.mark.clause("RFC 9700 4.14.2 replay")
@pytest.mark.parametrize("name", NAMES)
def test_a_public_client_is_served_while_its_refresh_token_rotates(name):
    world = told(name, PUBLIC)
    values = [detail["value"] for detail in world.issued("refresh_token")] or [""]
    assert world.client.wallet.refresh_token == values[-1]
    for spent in values[:-1]:
        asked = [*DESIGNS[name].ask_token(TARGETS[0]), ("refresh_token", spent)]
        response = world.token(*asked, client=PUBLIC, grant_type="refresh_token")
        assert error(response) == (400, "invalid_grant")
