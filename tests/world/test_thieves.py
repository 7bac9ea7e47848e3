"""Thieves by the place where they sit: at the AS, and in the client with its key for a moment."""

from __future__ import annotations

from typing import Any

import pytest

from sim.trace import Trace
from tests.world.worlds import MS, answered, constant, executed, kinds, run

BOUND: dict[str, Any] = {
    "story": "ordinary_payment",
    "client.proof": "dpop",
    "servers.0.proof_strategy": "shared_atomic",
    "thief.probability": 1,
    "duration_s": 3000.0,
}
AHEAD = BOUND | {"thief.place": "pre_generating"}
NONCES = {"servers.0.dpop_nonces": True}
AT_THE_AS = {"thief.probability": 1, "thief.place": "token_path", "thief.delay": constant(1000)}


def errors(trace: Trace) -> list[str]:
    """The error of each answer that the thief got."""
    return [row.detail["error"] for row in trace.of("respond") if row.actor == "thief"]


@pytest.mark.parametrize("place", ["log", "path"])
def test_a_proof_that_was_seen_is_used_up(place: str):
    trace = run(BOUND | {"thief.place": place, "thief.delay": constant(1000)})
    assert (answered(trace, "thief"), kinds(trace)) == ([401], ["served"])


@pytest.mark.clause("RFC 9449 11.2 ahead")
@pytest.mark.parametrize(
    ("ahead_s", "after_s", "status"),
    [
        (0, 1, 200),  # a fresh proof, which nobody has seen
        (0, 64, 200),
        (0, 66, 401),  # older than 60 s and the leeway of 5
        (300, 300, 200),  # made in advance, and in time
        (300, 294, 401),  # from the future
        (300, 296, 200),
        (300, 364, 200),
        (300, 366, 401),
    ],
)
def test_a_proof_made_in_advance_is_good_in_the_window_around_its_time(ahead_s, after_s, status):
    when = {"thief.proof_ahead_s": float(ahead_s), "thief.delay": constant(after_s * 1000)}
    trace = run(AHEAD | when)
    assert answered(trace, "thief") == [status]
    assert executed(trace) == 1 + (status == 200)


@pytest.mark.clause("RFC 9449 11.2 nonce")
def test_a_nonce_of_the_servers_cannot_be_had_in_advance():
    """RFC 9449 11.2: what the client last knew is good for two steps of 30 s, and then no more."""
    soon = {"thief.delay": constant(1000)}
    later = {"thief.proof_ahead_s": 300.0, "thief.delay": constant(300_000)}
    assert errors(run(AHEAD | NONCES | soon)) == ["use_dpop_nonce", ""]
    assert errors(run(AHEAD | NONCES | later)) == ["use_dpop_nonce"] * 2
    assert errors(run(AHEAD | later)) == [""]


def test_each_presentation_has_a_proof_of_its_own():
    trace = run(AHEAD | {"thief.presentations": 5, "thief.delay": constant(1000)})
    assert answered(trace, "thief") == [200] * 5


def test_a_single_use_token_is_of_no_more_use_to_who_has_proofs_for_it():
    single = {"story": "single_use_payment", "thief.delay": constant(1000)}
    trace = run(AHEAD | single)
    assert (errors(trace), executed(trace)) == (["invalid_token"], 1)


def test_without_proofs_there_is_nothing_to_make_in_advance():
    bearer = {"client.proof": "none", "thief.delay": constant(1000)}
    as_before = run(BOUND | bearer | {"thief.place": "path"})
    assert list(run(AHEAD | bearer).lines()) == list(as_before.lines())


def test_a_proof_covers_no_body():
    dear = {"thief.changes_body": True, "thief.delay": constant(1000)}
    trace = run(AHEAD | dear)
    (copy,) = (r for r in trace.of("send") if r.actor == "thief" and r.node == "thief-eu")
    assert "9999.00" in copy.detail["wire"]
    assert (answered(trace, "thief"), executed(trace)) == ([200], 2)


@pytest.mark.parametrize("story", ["single_use_payment", "transaction_payment"])
def test_who_repeats_a_token_request_has_a_token_of_its_own(story: str):
    """Single use does not help: nobody has used the thief's token before."""
    trace = run(AT_THE_AS | {"story": story})
    tokens = {row.token for row in trace.of("respond")}
    assert (answered(trace, "thief"), len(tokens), executed(trace)) == ([200], 2, 2)


def test_a_rotated_refresh_token_gives_the_thief_away_and_costs_the_client_its_session():
    race = {"story": "concurrent_refresh", "client.public": True, "client.clicks": 1}
    trace = run(AT_THE_AS | race | {"client.sleep_s": 10.0})
    assert (answered(trace, "thief"), kinds(trace)) == ([], ["refused"])
    assert kinds(run(race | {"client.sleep_s": 10.0})) == ["served"]


def test_a_thief_at_the_as_without_the_key_gets_nothing():
    trace = run(AT_THE_AS | {"client.proof": "dpop"})
    assert (answered(trace, "thief"), executed(trace)) == ([], 1)


def test_what_is_no_token_request_is_of_no_use():
    trace = run(AT_THE_AS | {"client.signed_in": False, "issuance": "fat"})
    asked = [row.detail["label"] for row in trace.of("send") if row.actor == "thief"]
    assert "GET /authorize" not in asked
    assert "POST /token" in asked


def test_the_thiefs_delay_is_counted_from_when_the_request_was_sent():
    sent = run(AHEAD | {"thief.delay": constant(1000)}).of("send")
    honest, copy = (r for r in sent if r.detail["label"] == "POST /payments")
    assert (copy.t_us - honest.t_us, copy.node) == (1000 * MS, "thief-eu")


@pytest.mark.parametrize("place", ["token_path", "pre_generating"])
def test_thefts_are_the_same_under_real_signatures(place: str):
    fields = BOUND | NONCES | {"thief.place": place, "thief.delay": constant(1000)}
    symbolic, real = run(fields), run(fields | {"crypto": "ES256"})
    assert list(real.lines()) == list(symbolic.lines())
