"""RFC 9635 as its client sees it: one answer fills the wallet, and what an answer may not be."""

from __future__ import annotations

import json
from copy import copy
from typing import Any

import pytest

from oauth_model.client import ClientConfig
from oauth_model.clients import client_for
from oauth_model.flows import Flow
from oauth_model.gnap_client import GnapClient
from oauth_model.messages import Request, Response, json_response
from oauth_model.retry import RetryPolicy
from oauth_model.stories import STORIES
from tests.oauth_model.negotiation import AT, Negotiating
from tests.oauth_model.parties import CALLBACK, CONFIDENTIAL, OPERATIONS, SCOPES, TARGETS


class Altering(Negotiating):
    """A world whose AS may answer a path otherwise: `altered[path](response)`."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.altered: dict[str, Any] = {}
        honest = self.handlers["as"]

        def handle(request: Request) -> Flow[Response]:
            response = yield from honest(request)
            path = request.url.removeprefix("https://as.example.com").partition("?")[0]
            altered: Response = self.altered.get(path, lambda response: response)(response)
            return altered

        self.handlers["as"] = handle

    @property
    def negotiator(self) -> GnapClient:
        assert isinstance(self.client, GnapClient)
        return self.client


def with_token(**changes: Any) -> Any:
    """An answer whose every access token is changed so; None leaves a member out."""

    def alter(response: Response) -> Response:
        members = response.json()
        for token in members["access_token"]:
            token.update(changes)
            for name in [name for name, value in token.items() if value is None]:
                del token[name]
        return json_response(200, members)

    return alter


@pytest.fixture
def world() -> Altering:
    return Altering()


@pytest.fixture
def signed_in(world: Altering) -> Altering:
    """The client has tokens for e-mail and telephony."""
    for step in (world.client.authorize(("email", "voip")), world.client.obtain("email")):
        assert world.run(step).kind == "served"
    return world


@pytest.mark.clause("RFC 9635 3.2.2 multiple")
def test_three_requests_serve_any_number_of_servers(world):
    assert world.run(STORIES["consent_then_call_all"](world.client, SCOPES)).kind == "served"
    asked = [(send.request.method, send.request.url) for send in world.sent if send.to == "as"]
    assert [method for method, _ in asked] == ["POST", "GET", "POST"]
    assert [effect.operation for effect in world.effects] == list(OPERATIONS.values())


def test_the_first_token_brings_all_others(signed_in):
    sent = len(signed_in.sent)
    assert signed_in.run(signed_in.client.obtain("voip")).attempts == 0
    assert len(signed_in.sent) == sent
    assert signed_in.wallet_actions() == ["store email", "store voip"]
    assert signed_in.client.wallet.refresh_token == ""


@pytest.mark.clause("RFC 9635 5.3 within the grant")
def test_a_token_that_is_held_no_more_is_asked_for_under_the_same_grant(signed_in):
    lost = signed_in.client.wallet.tokens.pop("voip")
    assert signed_in.run(signed_in.client.obtain("voip")).kind == "served"
    assert signed_in.client.wallet.token("voip") != lost
    assert [send.request.method for send in signed_in.sent].count("GET") == 1  # no user again


def test_without_a_grant_there_is_nothing_to_obtain(world):
    client = world.negotiator
    for flow in (
        client.obtain("email"),
        client.single_use("email", "email"),
        client.rotate("email"),
    ):
        assert world.run(flow).kind == "refused"
    assert world.sent == []


def test_beyond_the_grant_the_client_is_refused_and_keeps_its_grant(signed_in):
    assert signed_in.run(signed_in.client.obtain("payments")).kind == "refused"
    assert signed_in.client.signed_in
    assert signed_in.run(signed_in.client.single_use("voip", "voip")).kind == "served"


@pytest.mark.clause("RFC 9635 6.1 rotation")
def test_a_token_is_rotated_in_place_of_a_refresh_again_and_again(signed_in):
    values = [signed_in.client.wallet.token("email")]
    for _ in range(2):
        assert signed_in.run(signed_in.negotiator.rotate("email")).kind == "served"
        values.append(signed_in.client.wallet.token("email"))
    assert len(set(values)) == 3
    assert signed_in.call("email", values[-1]).status == 200


@pytest.mark.clause("interim-2025-01-20 restored")
def test_a_single_use_token_takes_the_place_of_the_original_for_one_call(signed_in):
    original, managed = signed_in.client.wallet.token("voip"), signed_in.negotiator.hold.managed
    assert signed_in.run(signed_in.client.call_once("voip", OPERATIONS["voip"])).kind == "served"
    assert signed_in.client.wallet.token("voip") == original
    assert signed_in.negotiator.hold.managed == managed
    assert signed_in.wallet_actions()[-2:] == ["swap_in voip", "restore voip"]


def test_a_client_that_knows_no_single_use_overwrites_its_token():
    world = Altering(knows={"use_aware": False})
    for step in (world.client.authorize(("voip",)), world.client.obtain("voip")):
        world.run(step)
    world.run(world.client.single_use("voip", "voip"))
    assert world.wallet_actions() == ["store voip", "overwrite voip"]
    assert "voip" not in world.negotiator.hold.managed


def test_an_as_that_ignores_what_it_does_not_know_gives_no_single_use_token(signed_in):
    signed_in.altered["/continue"] = with_token(use=None)
    original = signed_in.client.wallet.token("voip")
    assert signed_in.run(signed_in.client.single_use("voip", "voip")).kind == "refused"
    assert signed_in.client.wallet.token("voip") == original


def test_one_consent_is_enough_for_any_number_of_single_use_payments(world):
    for _ in range(3):
        result = world.run(STORIES["single_use_payment"](world.client, ("payments",)))
        assert result.kind == "served"
    assert sum(send.request.url.endswith("/tx") for send in world.sent) == 1


@pytest.mark.clause("interim-2025-01-20 request")
def test_consent_to_a_single_use_is_asked_for_token_by_token_and_continues_nothing(world):
    assert world.run(world.client.authorize(("voip",), [("token_use", "single")])).kind == "served"
    body = json.loads(world.sent[0].request.body)
    assert [token["token_use"] for token in body["access_token"]] == ["single"]
    assert "hints" not in body["interact"]
    assert world.run(world.client.obtain("voip", asked="single")).kind == "served"
    assert (world.wallet_actions(), world.client.signed_in) == (["swap_in voip"], False)


def test_how_to_go_on_is_kept_though_the_token_beside_it_is_not_as_asked(signed_in):
    """Also by a copy of the client, as a remedied call makes one."""
    del signed_in.client.wallet.tokens["voip"]
    signed_in.altered["/continue"] = with_token(label="stranger")
    assert signed_in.run(copy(signed_in.client).obtain("voip")).kind == "refused"
    del signed_in.altered["/continue"]
    assert signed_in.run(signed_in.client.obtain("voip")).kind == "served"


def test_a_lost_single_use_token_is_asked_for_again():
    world = Altering(knows={"retry": RetryPolicy("immediate", retries=1)})
    for step in (world.client.authorize(("voip",)), world.client.obtain("voip")):
        world.run(step)
    answers = [Response(503)]
    world.altered["/continue"] = lambda honest: answers.pop() if answers else honest
    assert world.run(world.client.single_use("voip", "voip")).kind == "served"


@pytest.mark.clause("RFC 9635 3.3.5 not before")
@pytest.mark.clause("RFC 9635 4.2.1 validate")
@pytest.mark.parametrize(
    "location",
    [
        "",
        CALLBACK,
        f"{CALLBACK}?interact_ref=interact_ref-1",
        f"{CALLBACK}?interact_ref=interact_ref-1&hash=x-gguKWTj8rQf7d7i3w3UhzvuJ5bpOlKyAlVpLxBffY",
        "https://attacker.example.com/cb?{}",
        f"{CALLBACK}?hash=twice&{{}}",
        f"{CALLBACK}?{{}}x",
    ],
)
def test_a_redirect_whose_hash_is_not_right_is_not_continued(world, location):
    def altered(response: Response) -> Response:
        query = (response.header("Location") or "").partition("?")[2]
        return Response(302, (("Location", location.format(query)),))

    world.altered["/interact"] = altered
    assert world.run(world.client.authorize(("email",))).kind == "refused"
    assert not world.client.signed_in
    assert world.run(world.client.obtain("email")).kind == "refused"
    assert not [send for send in world.sent if send.request.url.endswith("/continue")]


@pytest.mark.clause("RFC 9635 3.2.1 bearer with key")
@pytest.mark.parametrize(
    "changes",
    [
        {"key": "a-key"},
        {"flags": None},
        {"flags": ["durable"]},
        {"flags": 7},
        {"flags": None, "key": {"proof": "mtls"}},
        {"value": None},
        {"value": 7},
        {"label": None},
        {"label": "stranger"},
        {"label": ["email"]},
    ],
)
def test_a_token_that_cannot_be_what_was_asked_for_is_rejected(world, changes):
    world.run(world.client.authorize(("email",)))
    world.altered["/continue"] = with_token(**changes)
    assert world.run(world.client.obtain("email")).kind == "refused"
    assert world.client.wallet.tokens == {}


def test_a_refused_token_is_missed_and_the_others_are_kept(world):
    world.run(world.client.authorize(("email", "voip")))

    def only_voip(response: Response) -> Response:
        members = response.json()
        return json_response(200, members | {"access_token": members["access_token"][1:]})

    world.altered["/continue"] = only_voip
    assert world.run(world.client.obtain("email")).kind == "refused"
    assert list(world.client.wallet.tokens) == ["voip"]


@pytest.mark.parametrize("path", ["/tx", "/interact", "/continue"])
@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"continue": 7, "interact": 7, "access_token": 7}', "null"]
)
def test_an_answer_that_says_nothing_usable_is_a_refusal(world, path, body):
    world.altered[path] = lambda response: Response(200, (), body)
    kinds = [world.run(world.client.authorize(("email",))).kind]
    kinds.append(world.run(world.client.obtain("email")).kind)
    assert kinds == (["served", "refused"] if path == "/continue" else ["refused", "refused"])


@pytest.mark.clause("RFC 9635 3.2.2 array")
def test_the_requests_are_those_of_the_rfc(world):
    world.run(world.client.authorize(("email",), [("acr_values", "high")]))
    body = world.sent[0].request.body
    assert body == (
        '{"access_token": [{"label": "email", "access": [{"type": "access", "actions": ["email"], '
        f'"locations": ["{AT["email"]}"]}}], "flags": ["bearer"]}}], "client": "s6BhdRkqt3", '
        '"interact": {"start": ["redirect"], "finish": {"method": "redirect", '
        f'"uri": "{CALLBACK}", "nonce": "nonce-1"}}, "hints": {{"acr_values": "high"}}}}}}'
    )


@pytest.mark.parametrize(("design", "kind"), [("gnap", GnapClient), ("fat", None)])
def test_the_client_of_the_design_is_found_by_its_name(world, design, kind):
    about = ClientConfig(CONFIDENTIAL.client_id, CALLBACK, TARGETS, design=design)
    assert isinstance(client_for(about, world.new_id), kind or object)
    assert kind or not isinstance(client_for(about, world.new_id), GnapClient)
