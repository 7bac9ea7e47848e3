"""A JWT that was revoked works until its server is told, or until it expires (RFC 7009 2.1)."""

from __future__ import annotations

from typing import Any

import pytest

from oauth_model.client import Client
from oauth_model.flows import Flow, Start, Wait
from oauth_model.grants.revocation import EVENT_RESEND_S, EVENT_TIMEOUT_S
from oauth_model.messages import Response
from oauth_model.retry import CallResult
from sim.trace import Trace
from tests.world.own_stories import DONE, first_at_ms, presenting, revoke, statuses, tell
from tests.world.worlds import constant, cut, executed

#: The AS is 100 ms away from everybody else.
FAR: dict[str, Any] = {
    "authorization_server.replicas": ["us"],
    "authorization_server.revocation_events": True,
    "authorization_server.strategy": "per_replica",
    "servers.0.hears_revocations": True,
    "network.between": [{"regions": ["eu", "us"], "latency": constant(100)}],
}
ASKING_EVERY_20_MS = presenting(0.02, 25, revoke, after_s=0.1)


def events(trace: Trace, kind: str) -> list[Any]:
    """The rows of this kind about messages to the path that events are posted to."""
    sent = {row.message for row in trace.of("send") if row.detail["label"] == "POST /revoked"}
    return [row for row in trace.of(kind) if row.message in sent]


def told_ms(trace: Trace) -> float:
    return first_at_ms(events(trace, "deliver"))


@pytest.mark.clause("RFC 7009 2.1 immediate")
def test_the_token_works_until_the_event_arrives_and_not_after():
    trace = tell(ASKING_EVERY_20_MS, FAR)
    arrived = told_ms(trace)
    assert {status for at, status in statuses(trace) if at < arrived} == {200}
    assert {status for at, status in statuses(trace) if at > arrived} == {401}


@pytest.mark.clause("RFC 7009 2.1 immediate")
def test_the_window_is_the_delay_of_propagation():
    trace = tell(ASKING_EVERY_20_MS, FAR)
    revoked = first_at_ms([row for row in trace.of("issue") if row.detail["kind"] == "event"])
    inside = [status for at, status in statuses(trace) if revoked < at < told_ms(trace)]
    assert told_ms(trace) - revoked == pytest.approx(101.0)
    assert inside == [200] * 5


@pytest.mark.parametrize(
    "deaf", ["servers.0.hears_revocations", "authorization_server.revocation_events"]
)
def test_where_nobody_tells_or_nobody_listens_it_goes_on_working(deaf: str):
    trace = tell(ASKING_EVERY_20_MS, FAR | {deaf: False})
    assert [status for _, status in statuses(trace)] == [200] * 25


def test_what_one_replica_was_told_all_of_them_know():
    trace = tell(ASKING_EVERY_20_MS, FAR | {"servers.0.replicas": ["eu", "eu", "eu"]})
    arrived = told_ms(trace)
    refused = {row.node for row in trace.of("respond") if row.detail["status"] == 401}
    assert len(refused) > 1
    assert {status for at, status in statuses(trace) if at > arrived} == {401}


def test_a_server_that_is_cut_off_is_told_again_until_the_cut_heals():
    story = presenting(0.25, 40, revoke)
    healed_s = 5.0
    fields = FAR | {"partitions": [cut("as-us-1", "payments-eu-1", until_s=healed_s)]}
    trace = tell(story, fields)
    assert healed_s * 1000 < told_ms(trace) < (healed_s + EVENT_TIMEOUT_S + EVENT_RESEND_S) * 1000
    assert {status for at, status in statuses(trace) if at < told_ms(trace)} == {200}
    assert {status for at, status in statuses(trace) if at > told_ms(trace)} == {401}
    assert len(events(trace, "send")) == 4


def test_a_lost_acknowledgement_makes_no_difference_but_messages():
    cuts = [cut("payments-eu-1", "as-us-1", until_s=3.0, one_way=True)]
    trace = tell(presenting(0.25, 20, revoke), FAR | {"partitions": cuts})
    assert len(events(trace, "deliver")) == 3  # at 0.2, 2.2 and 4.2 s
    assert {status for at, status in statuses(trace) if at > told_ms(trace)} == {401}


def race(client: Client, servers: Any) -> Flow[CallResult]:
    """Redeem one code twice at once, and present what the winner got for half a second."""
    target = client.targets[servers[0]]
    yield from client.authorize(servers)
    pairs = client.redemption([])

    def redeem() -> Flow[None]:
        answer = yield from client.ask_token(pairs)
        token = answer.json().get("access_token", "") if isinstance(answer, Response) else ""
        for _ in range(20 if token else 0):
            yield Start(client.present(servers[0], target.operation, "", token))
            yield Wait(0.025)

    yield Start(redeem())
    yield Wait(0.05)
    yield from redeem()
    return DONE


@pytest.mark.clause("RFC 6749 10.5 access tokens")
@pytest.mark.clause("RFC 6749 4.1.2 revoke")
@pytest.mark.parametrize(("hears", "last"), [(True, 401), (False, 200)])
def test_a_replayed_code_kills_the_winner_s_token_where_somebody_listens(hears: bool, last: int):
    trace = tell(race, FAR | {"servers.0.hears_revocations": hears})
    found = statuses(trace)
    assert (found[-1][1], len(found)) == (last, 20)
    assert executed(trace) == sum(status == 200 for _, status in found)


def test_an_event_is_no_presentation():
    trace = tell(presenting(0.1, 1, revoke), FAR)
    assert len(events(trace, "deliver")) == 1
    assert [len(trace.of(kind)) for kind in ("respond", "return")] == [1, 1]
