"""A replay key without its context: what counts collides, what is drawn at random does not."""

from __future__ import annotations

import pytest

from oauth_model.flows import OneTimeKey
from oauth_model.strategies import First, Replay, Use
from oauth_model.strategies.collapsed import bare
from tests.oauth_model.stores import Stores, made

ONE = OneTimeKey("dpop_proof", "client-1", "https://payments.example.com/payments", "proof-1.1")
RANDOM = "8b2c1f0e-77aa-4c0e-9d0a-3f5e6a7b8c17"


def use(**changes: str) -> Use:
    return Use(ONE._replace(**changes), acceptable_until_s=65.0)


def test_what_counts_keeps_its_number_and_its_kind():
    assert bare(ONE) == OneTimeKey("dpop_proof", "", "", "1")
    assert bare(ONE._replace(id="proof-17.203")).id == "203"


@pytest.mark.parametrize("drawn", [RANDOM, "e-17", "abc", "x" * 43])
def test_what_does_not_count_stays_as_it_is(drawn: str):
    assert bare(ONE._replace(id=drawn)).id == drawn


@pytest.mark.clause("RFC 9449 11.1 jti store")
@pytest.mark.parametrize(
    "other",
    [
        {"issuer": "client-2"},
        {"context": "https://mail.example.com/mail"},
        {"id": "proof-2.1"},
    ],
    ids=["another client", "another URI", "another user"],
)
def test_a_first_use_is_refused_because_of_somebody_elses(other: dict[str, str]):
    for name, second in (("collapsed_namespace", Replay()), ("shared_atomic", First())):
        stores, chosen = Stores(), made(name)
        assert stores.present(chosen, use()) == First()
        assert stores.present(chosen, use(**other)) == second


def test_another_number_and_another_kind_do_not_meet():
    stores, chosen = Stores(), made("collapsed_namespace")
    for changes in ({}, {"id": "proof-1.2"}, {"kind": "access_token"}, {"id": RANDOM}):
        assert stores.present(chosen, use(**changes)) == First()


def test_a_replay_is_one_here_too_until_it_is_forgotten():
    stores, chosen = Stores(), made("collapsed_namespace", retention_margin_s=0.0)
    assert [stores.present(chosen, use()) for _ in range(2)] == [First(), Replay()]
    stores.now_s = 65.0
    assert stores.present(chosen, use(id="proof-2.1")) == First()
