"""Replicas of one party share what they have to share, and nothing else."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from oauth_model.client_requests import basic
from oauth_model.flows import Effect, Note, Perform, Performed, StoreCall, run
from oauth_model.grants.records import Database
from oauth_model.jose import Keys
from oauth_model.messages import Request, Response, form_post
from oauth_model.replay import ReplayStore
from oauth_model.use_cases import PAYMENT
from sim import parties, replicas
from sim.scenario import Scenario
from sim.scenario_files import load

OWN = basic(parties.CLIENT_ID, parties.CLIENT_SECRET)("token")[1]


class Bench:
    """A scenario's parties, each with as many replicas as a test asks for, and one store."""

    def __init__(self, scenario: Scenario, issuer: str = parties.ISSUER) -> None:
        self.scenario, self.store = scenario, ReplayStore()
        numbers = count()
        self.known = parties.resources(scenario, lambda name: f"{issuer}/rs/{name}")
        self.parts = replicas.Parts(
            scenario,
            self.known,
            Keys(scenario.crypto, 1),
            lambda kind: f"{kind}-{next(numbers)}",
            issuer,
        )
        self.now_s = 1000.0

    def clock(self) -> float:
        return self.now_s

    def authorization_servers(self, *regions: str) -> list[Any]:
        registered = (parties.registration(self.scenario, self.known),)
        replicate = replicas.authorization_server(self.parts, registered, Database())
        return [replicate(region, self.clock) for region in regions]

    def resource_servers(self, *regions: str) -> list[Any]:
        server, resource = self.scenario.servers[0], self.known[0]
        replicate = replicas.resource_server(self.parts, server, resource)
        return [replicate(region, self.clock) for region in regions]

    def ask(self, replica: Any, request: Request) -> Response:
        response: Response = run(replica(request), self.answer)
        return response

    def answer(self, effect: Effect) -> Any:
        if isinstance(effect, StoreCall):
            return self.store.apply(effect, self.now_s)
        if isinstance(effect, Perform):
            return Performed(executed=True)
        assert isinstance(effect, Note), effect
        return None


def authorized(bench: Bench, replica: Any) -> str:
    """A code."""
    pairs = f"response_type=code&client_id={parties.CLIENT_ID}&scope=payment"
    answer = bench.ask(replica, Request("GET", f"{bench.parts.issuer}/authorize?{pairs}"))
    [code] = [v for n, v in Request("GET", answer.header("Location") or "").query() if n == "code"]
    return code


def redeemed(bench: Bench, replica: Any, code: str) -> Response:
    form = [("grant_type", "authorization_code"), ("code", code)]
    return bench.ask(replica, form_post(f"{bench.parts.issuer}/token", form, OWN))


def called(bench: Bench, replica: Any, token: str) -> int:
    url = f"{bench.known[0].identifier}/payments"
    bearer = (("Authorization", f"Bearer {token}"),)
    return bench.ask(replica, Request("POST", url, bearer, PAYMENT)).status


def test_a_code_of_one_replica_is_redeemed_at_another_and_once():
    bench = Bench(load("two-regions-payment"))
    eu, us = bench.authorization_servers("eu", "us")
    code = authorized(bench, eu)
    assert [redeemed(bench, replica, code).status for replica in (us, eu)] == [200, 400]


def test_a_token_is_good_at_every_replica_of_its_server_until_its_issuer_and_server_say():
    bench = Bench(load("two-regions-payment"))
    [authorization_server] = bench.authorization_servers("eu")
    code = authorized(bench, authorization_server)
    token = redeemed(bench, authorization_server, code).json()["access_token"]
    servers = bench.resource_servers("eu", "us")
    assert [called(bench, replica, token) for replica in servers] == [200, 200]
    bench.now_s += 3600
    assert [called(bench, replica, token) for replica in servers] == [401, 401]


@pytest.mark.parametrize("issuer", ["https://as.example.com", "http://127.0.0.1:8080"])
def test_where_the_parties_stand_is_said_by_who_wires_them(issuer):
    bench = Bench(load("two-regions-payment"), issuer)
    [replica] = bench.authorization_servers("eu")
    where = f"{issuer}/.well-known/oauth-authorization-server"
    said = bench.ask(replica, Request("GET", where)).json()
    assert said["issuer"] == issuer
    assert said["protected_resources"] == [f"{issuer}/rs/payments"]


@pytest.mark.parametrize(("gateway", "statuses"), [("none", [200, 200]), ("quota", [200, 429])])
def test_what_stands_in_front_of_a_server_is_a_part_of_it(gateway, statuses):
    bench = Bench(load("two-regions-payment", {"servers.payments.gateway": gateway}))
    [authorization_server] = bench.authorization_servers("eu")
    code = authorized(bench, authorization_server)
    token = redeemed(bench, authorization_server, code).json()["access_token"]
    [server] = bench.resource_servers("eu")
    assert [called(bench, server, token) for _ in range(2)] == statuses
