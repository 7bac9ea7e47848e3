"""The closed form against every order there is, and against histories written by hand.

The specification (`legal_by_search`) knows nothing of the closed form: it tries every order that
keeps what was over before what was sent later, on an object that is unused or used by a request.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from random import Random
from typing import Any
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.checker import Verdict, check
from sim.properties.histories import Presentation, contradiction
from sim.properties.search import NEVER
from sim.trace import Row
from tests.analysis.rows import (
    Rows,
    accepted,
    issue,
    lost,
    refused,
    respond,
    returned,
    stored,
    story,
)

KINDS = ("accepted", "rejected", "stored", "unknown")
REQUESTS = ((0, "payments"), (1, "payments"))
THIEF: dict[str, Any] = {"actor": "thief"}
US: dict[str, Any] = {"node": "payments-us-1"}

State = tuple[int, str] | None


def steps(operation: Presentation, state: State) -> list[State]:
    """The states that one server with one memory can be in after it; none: it would not say so."""
    used, request = state is not None, operation.request
    after: dict[str, list[State]] = {
        "accepted": [] if used else [request],
        "rejected": [state] if used else [],
        "stored": [state] if state == request else [],
        "unknown": [state] if used else [None, request],
    }
    return after[operation.kind]


def legal_by_search(history: Sequence[Presentation]) -> bool:
    """Whether some order explains the history: all of them are tried."""

    @cache
    def explained(left: frozenset[int], state: State) -> bool:
        if not left:
            return True
        over_first = min(history[i].return_us for i in left)
        return any(
            explained(left - {i}, after)
            for i in left
            if history[i].call_us <= over_first
            for after in steps(history[i], state)
        )

    return explained(frozenset(range(len(history))), None)


def random_history(random: Random) -> list[Presentation]:
    """Up to six presentations within nine instants, so that ties and overlaps are common."""
    history = []
    for _ in range(random.randint(0, 6)):
        kind, call_us = random.choice(KINDS), random.randint(0, 8)
        return_us = NEVER if kind == "unknown" else call_us + random.randint(0, 4)
        history.append(Presentation(kind, call_us, return_us, random.choice(REQUESTS)))
    return history


@pytest.mark.slow
def test_the_closed_form_agrees_with_every_order_on_30_000_histories():
    random = Random(crc32(b"test_the_closed_form_agrees_with_every_order_on_30_000_histories"))
    legal = 0
    for _ in range(30_000):
        history = random_history(random)
        expected = legal_by_search(history)
        assert (contradiction(history) is None) is expected, history
        legal += expected
    assert 3_000 < legal < 27_000  # both answers were asked for often


INTERVALS = st.tuples(st.integers(0, 8), st.integers(0, 4))
OPERATIONS = st.builds(
    lambda kind, at, request: Presentation(
        kind, at[0], NEVER if kind == "unknown" else sum(at), request
    ),
    st.sampled_from(KINDS),
    INTERVALS,
    st.sampled_from(REQUESTS),
)


@settings(max_examples=200)
@given(st.lists(OPERATIONS, max_size=6))
def test_the_closed_form_agrees_with_every_order(history):
    assert (contradiction(history) is None) is legal_by_search(history)


@given(st.lists(OPERATIONS, max_size=6), st.randoms(use_true_random=False))
def test_the_order_in_which_a_history_is_written_down_does_not_matter(history, random):
    shuffled = random.sample(history, len(history))
    assert (contradiction(shuffled) is None) is (contradiction(history) is None)


# the property, from rows


def verdict(*parts: Row | Iterable[Row]) -> Verdict:
    return check(story(issue(), *parts), ["single_use_linearizable"])["single_use_linearizable"]


LEGAL: dict[str, list[Rows]] = {
    "one use": [accepted(20)],
    "a use and a replay": [accepted(20), refused(50, **THIEF)],
    "a replay that overlaps the use": [accepted(20), refused(15, **THIEF)],
    "a lost answer and a refused retry": [lost(20), refused(140, attempt=1)],
    "a lost answer and a stored one": [lost(20), stored(140, attempt=1)],
    "an undecided check and a refused retry": [
        [respond(20, 503, "undecided"), returned(30, 503, error="")],
        refused(50, attempt=1),
    ],
    "a refusal for another reason": [refused(20, outcome="")],
    "a challenge and then a use": [refused(20, outcome="challenge"), accepted(50, attempt=1)],
    "two accepted of which one presenter never learnt": [accepted(20), lost(50, **THIEF, **US)],
}


@pytest.mark.parametrize("name", LEGAL)
def test_a_history_that_one_server_could_have_given_holds(name):
    assert verdict(*LEGAL[name]).holds is True


ILLEGAL: dict[str, tuple[list[Rows], str]] = {
    "two uses": ([accepted(20), accepted(50, **THIEF, **US)], "was accepted by payments-eu-1"),
    "a first use refused": ([refused(20)], "nothing that could have used it had been sent"),
    "refused before the use was sent": (
        [refused(20, **THIEF), accepted(50)],
        "before its one accepted use was sent",
    ),
    "a challenge that consumed": (
        [refused(20, outcome="challenge"), refused(50, attempt=1)],
        "nothing that could have used it",
    ),
    "a stored answer out of nowhere": ([stored(20)], "was answered from store"),
    "a stored answer to another request": (
        [accepted(20), stored(50, server="email")],
        "its one use was another request",
    ),
    "unknown too late to be the cause": ([refused(20), lost(50, attempt=1)], "nothing that could"),
}


@pytest.mark.parametrize("name", ILLEGAL)
def test_a_history_that_no_order_explains_is_violated_and_says_why(name):
    rows, why = ILLEGAL[name]
    wrong = verdict(*rows)
    assert wrong.holds is False
    assert why in wrong.because


def test_a_contradiction_names_nodes_presenters_and_instants():
    wrong = verdict(accepted(112.4), accepted(640, **THIEF, **US))
    assert wrong.because == (
        "single-use token at-0 was accepted by payments-eu-1 to the client's attempt 0 "
        "(102.4 ms to 122.4 ms) and again by payments-us-1 to the thief's attempt 0 "
        "(630.0 ms to 650.0 ms)"
    )
    shown = wrong.witness["presentations"]
    assert [(p["node"], p["call_us"]) for p in shown] == [
        ("payments-eu-1", 102_400),
        ("payments-us-1", 630_000),
    ]
    assert [p["return_us"] for p in shown] == [122_400, 650_000]


def test_a_cause_that_never_returned_is_shown_with_a_null():
    elsewhere = Presentation("unknown", 5, NEVER, (0, "email"))
    assert elsewhere.facts()["return_us"] is None
    assert "never answered" in str(elsewhere)


def test_every_token_is_judged_apart_and_the_bad_ones_are_counted():
    bad = [issue(1), *refused(20, intention=1), issue(2), *refused(30, intention=2)]
    wrong = verdict(accepted(20), bad)
    assert wrong.because.startswith("single-use token at-1 ")
    assert wrong.because.endswith("; 2 cases in all")


def test_an_answer_that_nobody_learnt_may_be_the_cause():
    """The run ended before the first presenter heard; only the server's row is there."""
    unlearnt = respond(20, 200, "first", attempt=0)
    assert verdict(unlearnt, refused(50, attempt=1)).holds is True
    assert verdict(respond(70, 200, "first"), refused(50, attempt=1)).holds is False


def test_a_copy_made_by_the_network_may_be_the_use_that_its_twin_was_refused_for():
    twin = respond(40, 200, "first", received_ms=15)
    assert (
        verdict([respond(20, 401, "replay"), twin], returned(50, 401, invoked_ms=5)).holds is True
    )


def test_a_copy_that_consumed_nothing_is_no_cause():
    answers = respond(20, 401, "replay"), respond(25, 409, "in_flight", received_ms=15)
    assert verdict(answers, returned(50, 401, invoked_ms=5)).holds is False


def test_an_answer_from_store_to_a_copy_does_not_hide_the_use_itself():
    copies = [respond(20, 200, "first"), respond(25, 200, "stored")]
    rows = copies, returned(40, 200), accepted(90, **THIEF, **US)
    assert verdict(*rows).holds is False


def test_without_the_servers_rows_invalid_token_reads_as_used():
    assert verdict(returned(20, 401)).holds is False
    assert verdict(returned(20, 403), returned(40, 200, attempt=1)).holds is True


def test_an_ordinary_token_has_no_history_to_explain():
    rows = story(issue(use=""), accepted(20), accepted(50))
    assert check(rows)["single_use_linearizable"].holds is None
