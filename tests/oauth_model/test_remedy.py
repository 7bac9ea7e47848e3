"""Remedied and stepped-up calls with all parties: what replaces the held token, what does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from oauth_model.authorization_server import AuthorizationServerConfig
from oauth_model.flows import Flow
from oauth_model.issuance import DESIGNS
from oauth_model.issuance.base import ProtectedResource
from oauth_model.issuance.writing import token_reader
from oauth_model.messages import Request, Response
from oauth_model.permission import SignIn
from oauth_model.rar import Need
from oauth_model.rar_challenges import Challenger
from oauth_model.remedy import remedied_call
from oauth_model.resource_server import ResourceServer
from oauth_model.step_up_story import stepped_up_call
from oauth_model.stories import STORIES
from tests.oauth_model.parties import CONFIDENTIAL, ISSUER, OPERATIONS, PUBLIC, World

BODY = '{"instructedAmount":{"currency":"EUR","amount":"5.00"},"creditorName":"Merchant A"}'
RICH = ("rar_locations", "gnap")
#: Whether the client knows `use` → what its wallet does in a remedied call.
SWAPS = {True: ["swap_in payments", "restore payments"], False: ["overwrite payments"]}


class Demanding(World):
    """Servers that want more than a scope: `wants(server)` are further settings of theirs."""

    def __init__(self, wants: Callable[[ProtectedResource], Any], design: str, **more: Any) -> None:
        self.wants = wants
        super().__init__(design, **more)

    def resource_server(
        self, config: AuthorizationServerConfig, server: ProtectedResource
    ) -> ResourceServer:
        usual = super().resource_server(config, server)
        read = token_reader(self.keys, DESIGNS[config.design], server)

        def sign(claims: Any, typ: str) -> str:
            return self.keys.sign(claims, key=server.signing_key, typ=typ)

        challenger = Challenger(server.identifier, ISSUER, sign, self.clock, self.new_id)
        about = replace(usual.config, **self.wants(server))
        return ResourceServer(about, read, self.strategy, self.clock, None, challenger)


def a_payment(server: ProtectedResource) -> dict[str, Any]:
    """Each payment wants a detail of its own."""
    need = Need("payment", locations=(server.identifier,))
    needs = {OPERATIONS["payments"]: need} if server.name == "payments" else {}
    return {"needs": needs, "rar_challenge": "insufficient_authorization"}


def a_password_of_one_time(server: ProtectedResource) -> dict[str, Any]:
    """Each call wants a stronger sign-in."""
    return {"sign_ins": {OPERATIONS[server.name]: SignIn("otp")}}


def signed_in(
    wants: Callable[[ProtectedResource], Any], design: str, *servers: str, **more: Any
) -> World:
    """A world whose client holds a token for each server, and which counts from here."""
    world = Demanding(wants, design, **more)
    targets = world.client.targets
    world.client.targets = targets | {"payments": targets["payments"]._replace(body=BODY)}
    for step in (world.client.authorize(servers), *map(world.client.obtain, servers)):
        assert world.run(step).kind == "served"
    world.notes.clear()
    return world


def ignore_token_use(world: World) -> None:
    """From now on the AS knows no `token_use`, in whichever form it comes."""
    knowing = world.handlers["as"]

    def ignoring(request: Request) -> Flow[Response]:
        unknown = request.body.replace("token_use", "token_abuse")
        url = request.url.replace("token_use", "token_abuse")
        return knowing(request._replace(body=unknown, url=url))

    world.handlers["as"] = ignoring


@pytest.mark.clause("interim-2025-01-20 insufficient RAR")
@pytest.mark.clause("interim-2025-01-20 restored")
@pytest.mark.clause("interim-2025-01-20 unaware client")
@pytest.mark.parametrize("aware", SWAPS)
@pytest.mark.parametrize("design", RICH)
def test_a_remedied_call_is_made_with_one_use_and_the_held_token_is_restored(design, aware):
    world = signed_in(a_payment, design, "payments", knows={"use_aware": aware})
    result = world.run(remedied_call(world.client, ("payments",)))
    assert (result.kind, result.attempts) == ("served", 2)
    assert world.wallet_actions() == SWAPS[aware]
    assert [each["claims"]["use"] for each in world.issued("access_token")] == ["single"]


@pytest.mark.clause("interim-2025-01-20 not replaced")
@pytest.mark.parametrize("client", [CONFIDENTIAL, PUBLIC], ids=["confidential", "public"])
@pytest.mark.parametrize("design", RICH)
def test_an_as_that_ignores_token_use_remedies_nothing_and_nothing_held_is_lost(design, client):
    world = signed_in(a_payment, design, "payments", "email", client=client)
    ignore_token_use(world)
    held = dict(world.client.wallet.tokens)
    result = world.run(remedied_call(world.client, ("payments",)))
    assert (result.kind, result.attempts, world.effects) == ("refused", 1, [])
    assert (world.wallet_actions(), world.client.wallet.tokens) == ([], held)
    del world.client.wallet.tokens["email"]  # what was consented to first goes on
    assert world.run(world.client.obtain("email")).kind == "served"


@pytest.mark.parametrize("design", RICH)
def test_an_unaware_client_takes_what_an_as_gives_that_ignores_token_use(design):
    world = signed_in(a_payment, design, "payments", knows={"use_aware": False})
    ignore_token_use(world)
    assert world.run(remedied_call(world.client, ("payments",))).kind == "served"
    assert world.wallet_actions() == ["replace payments"]


@pytest.mark.parametrize("design", DESIGNS)
def test_consent_to_a_single_use_brings_that_or_nothing(design):
    world = World(design)
    ignore_token_use(world)
    assert world.run(world.client.authorize(("email",), [("token_use", "single")])).kind == "served"
    assert world.run(world.client.obtain("email", asked="single")).kind == "refused"
    assert world.client.wallet.tokens == {}


@pytest.mark.clause("interim-2025-01-20 several audiences")
@pytest.mark.clause("interim-2025-01-20 unaware client")
@pytest.mark.parametrize("aware", SWAPS)
def test_one_token_is_used_at_each_server_by_a_client_that_knows_no_single_use_too(aware):
    world = World(knows={"use_aware": aware}, single_use_audiences="several")
    world.run(world.client.authorize(("email", "voip")))
    world.run(world.client.obtain("email"))
    at_each = STORIES["single_use_at_each"]
    assert world.run(at_each(world.client, ("email", "voip"))).kind == "served"
    assert ("restore email" in world.wallet_actions()) is aware


@pytest.mark.clause("RFC 9470 4 request")
@pytest.mark.clause("RFC 9470 replaces")
@pytest.mark.parametrize("design", DESIGNS)
def test_a_stepped_up_call_is_served_and_its_token_stays_under_every_design(design):
    world = signed_in(a_password_of_one_time, design, "email")
    result = world.run(stepped_up_call(world.client, ("email",)))
    assert (result.kind, result.attempts) == ("served", 3)  # challenged, served, served again
    assert world.wallet_actions()[-1] == "replace email"
    assert world.run(world.client.call("email", OPERATIONS["email"])).kind == "served"


@pytest.mark.clause("RFC 9470 replaces")
def test_a_step_up_replaces_the_tokens_of_the_as_and_of_one_server_and_of_no_other():
    world = signed_in(a_password_of_one_time, "token_exchange", "email", "voip")
    held = world.client.wallet.token("voip")
    world.run(stepped_up_call(world.client, ("email",)))
    assert world.wallet_actions() == ["replace as", "replace email"]
    assert world.client.wallet.token("voip") == held
