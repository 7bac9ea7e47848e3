"""A gateway that makes tokens good for one use (Apigee's quota, WSO2's one-time tokens)."""

from __future__ import annotations

from typing import Any

import pytest

from oauth_model.flows import UNKNOWN, Effect, Flow, Note, Send, Start, StoreCall, Wait, run
from oauth_model.gateway import EXCEEDED, Quota, RevokeAfterUse
from oauth_model.messages import Request, Response
from oauth_model.replay import ReplayStore
from oauth_model.strategies import STRATEGIES

PAY = Request("POST", "https://rs.example.com/payments", (("Authorization", "Bearer at-1"),))
OTHER = PAY._replace(headers=(("Authorization", "Bearer at-2"),))
OPEN = PAY._replace(headers=())


class World:
    """A store, and what was sent."""

    def __init__(self) -> None:
        self.store, self.waited_s = ReplayStore(), 0.0
        self.sent: list[Send] = []

    def answer(self, effect: Effect) -> Any:
        if isinstance(effect, StoreCall):
            return self.store.apply(effect, 0.0)
        if isinstance(effect, Start):
            return run(effect.flow, self.answer)
        if isinstance(effect, Wait):
            self.waited_s += effect.duration_s
        elif isinstance(effect, Send):
            self.sent.append(effect)
            return Response(200)
        else:
            assert isinstance(effect, Note)
        return None


def says(status: int):
    def serve(request: Request) -> Flow[Response]:
        yield from ()
        return Response(status)

    return serve


def quota(status: int = 200, strategy: str = "shared_atomic") -> Quota:
    return Quota(says(status), STRATEGIES[strategy](), lambda: 0.0, 60.0)


def statuses(gateway: Quota | RevokeAfterUse, world: World, *requests: Request) -> list[int]:
    return [run(gateway.handle(request), world.answer).status for request in requests]


#: A deny-list, an allow-list on which nobody writes a token of others, and two that give leases.
COUNTING = ["shared_atomic", "shared_allow_list", "reserve_commit", "idempotent_response"]


@pytest.mark.parametrize("strategy", COUNTING)
def test_a_quota_lets_each_token_through_once(strategy):
    gateway = quota(strategy=strategy)
    assert statuses(gateway, World(), PAY, PAY, OTHER) == [200, EXCEEDED.status, 200]


def test_a_quota_counts_what_the_server_refuses():
    assert statuses(quota(403), World(), PAY, PAY) == [403, 429]


def test_a_request_without_a_token_is_the_servers_affair():
    assert statuses(quota(401), World(), OPEN, OPEN) == [401, 401]


def test_a_quota_that_cannot_count_refuses_for_now():
    flow = quota().handle(PAY)
    answer = run(flow, lambda effect: UNKNOWN if isinstance(effect, StoreCall) else None)
    assert (answer.status, answer.header("Retry-After") is not None) == (503, True)


def test_a_token_is_revoked_after_its_use_and_after_a_while():
    world, headers = World(), (("Authorization", "Basic Zw=="),)
    gateway = RevokeAfterUse(says(200), "https://as.example.com/revoke", headers, 7.0)
    assert statuses(gateway, world, PAY) == [200]
    [sent] = world.sent
    assert (sent.to, dict(sent.request.form()), world.waited_s) == ("as", {"token": "at-1"}, 7.0)


@pytest.mark.parametrize(("status", "request_"), [(403, PAY), (200, OPEN)])
def test_what_was_refused_or_carried_no_token_revokes_nothing(status, request_):
    world = World()
    statuses(
        RevokeAfterUse(says(status), "https://as.example.com/revoke", (), 0.0), world, request_
    )
    assert world.sent == []
