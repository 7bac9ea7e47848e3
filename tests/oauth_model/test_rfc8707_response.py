"""draft-mcguinness-oauth-resource-token-resp-03: what the AS confirms, what the client discards."""

from __future__ import annotations

from typing import Any

import pytest

from oauth_model.client import Client, ClientConfig
from oauth_model.flows import Flow
from oauth_model.issuance import DESIGNS, Target
from oauth_model.messages import Request, Response, form_post, with_query
from oauth_model.parameters import Pairs
from tests.oauth_model.parties import CALLBACK, CONFIDENTIAL, SERVERS, TARGETS, World, error

DRAFT = "draft-mcguinness-oauth-resource-token-resp-03"
EMAIL, WEBDAV, VOIP, _ = (server.identifier for server in SERVERS)
#: A server that says in its metadata that it belongs to the AS, and needs the scope of e-mail.
ATTACKER = Target("attacker", "https://attacker.example.net", "email", "GET /mail")


def refreshed(world: World, *resources: str, **more: Any) -> Response:
    """The answer to a refresh for these resources, out of a grant for all four."""
    pairs = [("refresh_token", token_for_all(world)), *(("resource", r) for r in resources)]
    return world.token(*pairs, grant_type="refresh_token", **more)


def token_for_all(world: World) -> str:
    for flow in (world.client.authorize([t.name for t in TARGETS]), world.client.obtain("email")):
        assert world.run(flow).kind == "served"
    return world.client.wallet.refresh_token


@pytest.mark.clause(f"{DRAFT} string")
def test_one_resource_is_a_string():
    response = refreshed(World("rfc8707_response"), VOIP)
    assert response.json()["resource"] == VOIP


@pytest.mark.clause(f"{DRAFT} array")
def test_several_resources_are_an_array():
    world = World("rfc8707_response")
    response = refreshed(world, EMAIL, VOIP)
    assert response.json()["resource"] == world.claims(response)["aud"] == [EMAIL, VOIP]


@pytest.mark.clause(f"{DRAFT} default")
def test_a_default_resource_is_said_too():
    assert refreshed(World("rfc8707_response"), scope="webdav").json()["resource"] == WEBDAV


@pytest.mark.clause(f"{DRAFT} invalid_target")
def test_no_acceptable_resource_is_invalid_target():
    response = refreshed(World("rfc8707_response"), ATTACKER.identifier)
    assert error(response) == (400, "invalid_target")


@pytest.mark.clause(f"{DRAFT} client")
@pytest.mark.parametrize(
    ("members", "trusted"),
    [
        ({"resource": EMAIL}, True),
        ({"resource": [EMAIL]}, True),
        ({}, False),
        ({"resource": VOIP}, False),
        ({"resource": EMAIL.upper()}, False),
        ({"resource": [VOIP]}, False),
        ({"resource": [EMAIL, VOIP]}, False),
        ({"resource": [EMAIL, EMAIL]}, False),
        ({"resource": []}, False),
        ({"resource": None}, False),
        ({"resource": {"uri": EMAIL}}, False),
    ],
)
def test_a_client_that_asked_for_one_resource_takes_exactly_that(members, trusted):
    assert DESIGNS["rfc8707_response"].trusts(members, TARGETS[0]) is trusted


def deaf(world: World) -> None:
    """Make the AS one that has never heard of `resource`."""
    handle = world.handlers["as"]

    def without(pairs: Pairs) -> Pairs:
        return [pair for pair in pairs if pair[0] != "resource"]

    def answer(request: Request) -> Flow[Response]:
        if request.method == "GET":
            url = request.url.partition("?")[0]
            return handle(request._replace(url=with_query(url, without(request.query()))))
        body = form_post("", without(request.form())).body
        return handle(request._replace(body=body))

    world.handlers["as"] = answer


def mixed_up(server: str, client: str) -> tuple[World, str, list[Any]]:
    """A client that found the attacker at runtime, its AS deaf: how obtaining ended, what leaked.

    The designs of the AS and of the client may differ: each knows its own drafts.
    """
    world, leaked = World(server), []
    deaf(world)

    def listen(request: Request) -> Flow[Response]:
        leaked.append((request.header("Authorization") or "").removeprefix("Bearer "))
        yield from ()
        return Response(200)

    world.handlers["attacker"] = listen
    about = ClientConfig(
        CONFIDENTIAL.client_id, CALLBACK, (ATTACKER,), CONFIDENTIAL.secret, design=client
    )
    world.client = Client(about, world.new_id)
    assert world.run(world.client.authorize(["attacker"])).kind == "served"
    obtained = world.run(world.client.obtain("attacker"))
    world.run(world.client.call("attacker", ATTACKER.operation))
    return world, obtained.kind, leaked


@pytest.mark.parametrize("server", ["fat", "rfc8707"])
def test_resource_mix_up_succeeds_where_nothing_is_confirmed(server):
    world, obtained, leaked = mixed_up(server, "rfc8707")
    assert (obtained, len(leaked)) == ("served", 1)
    assert world.call("email", leaked[0]).status == 200


@pytest.mark.clause(f"{DRAFT} client")
@pytest.mark.parametrize("server", ["fat", "rfc8707", "rfc8707_response"])
def test_resource_mix_up_ends_at_a_response_without_the_resource_asked_for(server):
    world, obtained, leaked = mixed_up(server, "rfc8707_response")
    assert (obtained, leaked) == ("refused", [])
    assert len(world.issued("access_token")) == 1  # the AS was fooled, the client was not
    assert world.client.wallet.tokens == {}


def test_an_as_that_heeds_the_resource_issues_nothing_to_mix_up():
    world = World("rfc8707")
    about = ClientConfig(
        CONFIDENTIAL.client_id, CALLBACK, (ATTACKER,), CONFIDENTIAL.secret, design="rfc8707"
    )
    world.client = Client(about, world.new_id)
    assert world.run(world.client.authorize(["attacker"])).kind == "refused"
    assert world.issued("code") == []
