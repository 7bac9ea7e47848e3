"""One code, redeemed several times at once: how many get tokens, and who is told what."""

from __future__ import annotations

from typing import Any

import pytest

from sim.checker import check
from sim.trace import Trace
from tests.world.worlds import cut, executed, kinds, run

RACE: dict[str, Any] = {
    "story": "code_race",
    "client.public": True,
    "client.signed_in": False,
    "client.clicks": 3,
    "client.spread_ms": 1.0,
}
LATE = {"authorization_server.faults": ["issue_before_invalidate"]}


def by(strategy: str) -> dict[str, Any]:
    return {"authorization_server.strategy": strategy}


def access_tokens(trace: Trace) -> int:
    return sum(r.intention >= 0 and r.detail["kind"] == "access_token" for r in trace.of("issue"))


@pytest.mark.parametrize(
    ("fields", "ends", "tokens", "calls"),
    [
        (by("shared_check_then_act"), "served", 3, 3),
        (by("no_check"), "served", 3, 3),
        (by("shared_atomic") | LATE, "served", 3, 3),
        (by("idempotent_response"), "served", 1, 1),  # two are told that it is in flight
        (by("reserve_commit"), "served", 1, 1),
    ],
)
def test_three_who_redeem_within_a_millisecond(fields, ends, tokens, calls):
    trace = run(RACE | fields, "three at once")
    assert (kinds(trace), access_tokens(trace), executed(trace)) == ([ends], tokens, calls)


def test_a_losers_replay_may_revoke_the_grant_while_its_winner_is_served():
    """The winner's answer comes from the store after the loser's: then nobody has a token."""
    trace = run(RACE | by("shared_atomic"), "three at once")
    assert access_tokens(trace) <= 1
    assert trace.of("revoke")
    assert check(trace, ["one_token_per_code"])["one_token_per_code"].holds


@pytest.mark.parametrize("strategy", ["shared_check_then_act", "no_check"])
def test_the_checker_finds_the_second_family(strategy: str):
    verdict = check(run(RACE | by(strategy)), ["one_token_per_code"])["one_token_per_code"]
    assert verdict.holds is False


def test_one_callback_is_no_race():
    trace = run(RACE | {"client.clicks": 1})
    assert (kinds(trace), access_tokens(trace), executed(trace)) == (["served"], 1, 1)
    assert not trace.of("refuse", "revoke")


def test_callbacks_that_are_far_apart_do_not_race():
    """Half a minute between them: the first is served, the others are replays."""
    trace = run(RACE | by("shared_check_then_act") | {"client.spread_ms": 3e4, "duration_s": 100})
    assert (kinds(trace), access_tokens(trace)) == (["served"], 1)
    assert [row.detail["error"] for row in trace.of("refuse")] == ["invalid_grant"] * 2


def test_without_consent_nothing_is_presented():
    trace = run(RACE | {"partitions": [cut("client-eu", "as-eu-1")]})
    assert (kinds(trace), access_tokens(trace), executed(trace)) == (["refused"], 0, 0)


def test_the_race_is_the_same_under_real_signatures():
    fields = RACE | by("shared_check_then_act") | {"client.proof": "dpop"}
    assert list(run(fields).lines()) == list(run(fields | {"crypto": "ES256"}).lines())
