"""RFC 6749 6: a refresh token that comes replaces the one that was sent, whatever comes with it."""

from __future__ import annotations

import pytest

from oauth_model.flows import Flow, Send
from oauth_model.messages import Request, Response, form_post, json_response
from oauth_model.stories import STORIES
from tests.oauth_model.parties import PUBLIC, World


def public(design: str = "fat", *servers: str) -> World:
    """A world whose client is public, so that each refresh rotates; it holds its first tokens."""
    world = World(design, client=PUBLIC)
    for step in (world.client.authorize(servers), world.client.obtain(servers[0])):
        assert world.run(step).kind == "served"
    return world


def misread(world: World, name: str, value: str) -> None:
    """From now on the AS reads this for that parameter, or none when it is empty."""
    honest = world.handlers["as"]

    def handle(request: Request) -> Flow[Response]:
        pairs = [(n, value if n == name else v) for n, v in request.form()]
        kept = [pair for pair in pairs if pair != (name, "")]
        return honest(form_post(request.url, kept, request.headers))

    world.handlers["as"] = handle


def goes_on(world: World, server: str) -> bool:
    """Whether the next honest refresh is served, and the grant lives."""
    world.client.wallet.tokens.clear()
    served = world.run(world.client.obtain(server)).kind == "served"
    return served and not any(t.grant.revoked for t in world.database.refresh_tokens.values())


@pytest.mark.clause("RFC 6749 6 discard, client")
@pytest.mark.clause("interim-2025-01-20 practice custom scope")
@pytest.mark.clause("interim-2025-01-20 practice revocation")
@pytest.mark.parametrize("name", ["custom_scope", "revoked_after_use"])
def test_a_workaround_that_refreshes_gives_the_client_the_successor(name):
    world = public("fat", "payments", "email")
    held = dict(world.client.wallet.tokens)
    results = [world.run(STORIES[name](world.client, ("payments",))) for _ in range(2)]
    assert [result.kind for result in results] == ["served", "served"]
    assert world.client.wallet.tokens == held
    assert goes_on(world, "email")


@pytest.mark.clause("RFC 6749 6 discard, client")
def test_a_workaround_that_is_told_invalid_grant_gives_up_the_clients_refresh_token():
    world = public("fat", "payments")
    world.client.wallet.refresh_token = "rt-unknown"
    assert world.run(STORIES["custom_scope"](world.client, ("payments",))).kind == "refused"
    assert world.client.wallet.refresh_token == ""


@pytest.mark.clause("RFC 6749 6 discard, client")
def test_the_successor_is_kept_though_the_token_beside_it_is_not_for_a_single_use():
    world = public("fat", "email")
    misread(world, "token_use", "")
    assert world.run(world.client.single_use("email", "email")).kind == "refused"
    assert goes_on(world, "email")


@pytest.mark.clause("RFC 6749 6 discard, client")
@pytest.mark.clause("draft-mcguinness-oauth-resource-token-resp-03 client")
def test_the_successor_is_kept_though_the_token_beside_it_is_for_another_resource():
    world = public("rfc8707_response", "email", "voip")
    honest = world.handlers["as"]
    misread(world, "resource", "https://email.example.com")
    assert world.run(world.client.obtain("voip")).kind == "refused"
    world.handlers["as"] = honest
    assert goes_on(world, "voip")


@pytest.mark.clause("RFC 6749 6 discard, client")
def test_the_successor_is_kept_though_the_token_of_the_as_is_of_an_unknown_type():
    world = public("token_exchange", "email")
    members = {"access_token": "x", "token_type": "mac", "refresh_token": "rt-next"}
    world.handlers["as"] = lambda request: answer_with(json_response(200, members))
    assert not goes_on(world, "email")
    assert world.client.wallet.refresh_token == "rt-next"


@pytest.mark.parametrize(
    ("status", "successor"), [(200, ""), (200, 7), (200, None), (400, "rt-next"), (503, "rt-next")]
)
def test_what_is_no_refresh_token_takes_no_ones_place(status, successor):
    world = public("fat", "email")
    before = world.client.wallet.refresh_token
    members = {"access_token": "x", "token_type": "Bearer", "refresh_token": successor}
    world.handlers["as"] = lambda request: answer_with(json_response(status, members))
    world.run(world.client.single_use("email", "email"))
    assert world.client.wallet.refresh_token == before


def test_a_successor_that_comes_after_a_new_consent_is_not_its():
    world = public("fat", "email")
    late = world.client.ask_token(world.client.refresh())
    sent = next(late)
    assert isinstance(sent, Send)
    assert world.run(world.client.authorize(("email",))).kind == "served"
    with pytest.raises(StopIteration):
        late.send(world.run(world.handlers["as"](sent.request)))
    assert world.client.wallet.refresh_token == ""


def answer_with(response: Response) -> Flow[Response]:
    """A party that gives one answer to everything."""
    yield from ()
    return response
