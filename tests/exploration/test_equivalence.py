"""Proof and search, which share only the environment, end in exactly the same states."""

from __future__ import annotations

import pytest

from sim.exploration.bounds import Bounds
from sim.exploration.tape import Tape
from tests.exploration.worlds import (
    ALONE,
    CUT,
    DOUBLED,
    FAILOVER,
    LOSSY,
    ONCE,
    SERVER,
    THIEF,
    crash,
    proven,
    searched,
    small,
)  # fmt: skip

NOW, ONE, TWO = Bounds(landmarks=0), Bounds(landmarks=1), Bounds(landmarks=2)
PAIR = Bounds(intentions=2, landmarks=0)
TWO_MEMBERS = {"stores.members": ["eu", "us"]}
LATE = {"clocks": [{"node": "payments-eu-1", "offset_ms": -700}]}
#: The same bytes twice, to a server whose memory of proofs is lost with it; no AS is asked.
REPEATED = {
    "story": "ordinary_payment",
    "client.proof": "dpop",
    "client.hidden_retries": 1,
    "servers": [SERVER | {"proof_strategy": "per_replica"}],
}
QUICK = {
    "no_check": ("no_check", [], ONE),
    "no_check, lossy": ("no_check", [LOSSY], ONE),
    "no_check, two landmarks": ("no_check", [ALONE, ONCE], TWO),
    "no_check, doubled requests": ("no_check", [ALONE, DOUBLED], NOW),
    "no_check, two intentions": ("no_check", [ALONE], PAIR),
    "no_check, a partition": ("no_check", [CUT], NOW),
    "per_replica": ("per_replica", [LOSSY], ONE),
    "per_replica, a thief": ("per_replica", [ALONE, THIEF], NOW),
    "per_replica, a thief and a landmark": ("per_replica", [ALONE, THIEF], ONE),
    "per_replica, a clock that is late": ("per_replica", [ALONE, ONCE, LATE], ONE),
    "per_replica, a crash": ("per_replica", [ALONE, crash("payments-eu-1")], ONE),
    "no_check, a crash and a retry": ("no_check", [REPEATED, crash("payments-eu-1")], NOW),
    "no_check, a retry and a landmark": ("no_check", [REPEATED], ONE),
    "shared_atomic": ("shared_atomic", [LOSSY], ONE),
    "per_replica, doubled requests": ("per_replica", [ALONE, DOUBLED], NOW),
    "shared_check_then_act": ("shared_check_then_act", [ALONE], ONE),
    "in_transaction": ("in_transaction", [ALONE, ONCE], ONE),
}
LONG = {
    "per_replica, retries and losses": ("per_replica", [ALONE, LOSSY, ONCE], ONE),
    "shared_atomic, a partition": ("shared_atomic", [ALONE, CUT], NOW),
    "shared_atomic, its store crashes": ("shared_atomic", [ALONE, crash("store")], NOW),
    "shared_allow_list": ("shared_allow_list", [ALONE], NOW),
    "per_replica, a failover": ("per_replica", [ALONE, FAILOVER, TWO_MEMBERS], NOW),
}


@pytest.fixture(autouse=True)
def _answers_arrive(monkeypatch):
    """What the proof takes for granted, the search does too."""
    monkeypatch.setattr(Tape, "answers_arrive", True)


def check_same_ends(case) -> None:
    """That there is one run of the proof for each end of the search."""
    strategy, parts, bounds = case
    scenario = small(strategy, *parts)
    states = proven(scenario, bounds)
    assert set(states) == searched(scenario, bounds)
    assert len(states) == len(set(states)), "two runs of the proof differ only in order"


@pytest.mark.slow
@pytest.mark.parametrize("case", QUICK.values(), ids=QUICK)
def test_the_proof_ends_where_the_search_ends(case):
    check_same_ends(case)


@pytest.mark.slow
@pytest.mark.parametrize("case", LONG.values(), ids=LONG)
def test_the_proof_ends_where_a_long_search_ends(case):
    check_same_ends(case)
