"""The property, from rows: what presenters saw, and why no order explains it."""

from collections.abc import Iterable
from typing import Any

import pytest

from sim.checker import Verdict, check
from sim.properties.histories import Presentation
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

THIEF: dict[str, Any] = {"actor": "thief"}
US: dict[str, Any] = {"node": "payments-us-1"}


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


@pytest.mark.parametrize(("per", "holds"), [("server", True), ("token", False)])
def test_a_token_for_one_use_at_each_server_is_one_object_at_each(per, holds):
    rows = issue(t_ms=1, one_use_per=per), accepted(20), accepted(50, server="email")
    assert verdict(*rows).holds is holds


def test_a_use_at_one_server_is_no_cause_of_a_refusal_at_another():
    rows = issue(t_ms=1, one_use_per="server"), accepted(20), refused(50, server="email")
    assert verdict(*rows).witness["presentations"][0]["server"] == "email"


def test_an_answer_that_nobody_learnt_counts_at_its_own_server():
    unlearnt = respond(20, 200, "first", server="email")
    rows = issue(t_ms=1, one_use_per="server"), unlearnt, refused(50, server="email")
    assert verdict(*rows).holds is True
    elsewhere = respond(20, 200, "first"), accepted(30, server="email")
    assert verdict(issue(t_ms=1, one_use_per="server"), *elsewhere, refused(50)).holds is True


ILLEGAL: dict[str, tuple[list[Rows], str]] = {
    "two uses": ([accepted(20), accepted(50, **THIEF, **US)], "before it was accepted at payments"),
    "two uses at once": ([accepted(20), accepted(35, **THIEF, **US)], "in either order, because"),
    "a first use refused": ([refused(20)], "because no other presentation was accepted or is"),
    "refused before the use was sent": (
        [refused(20, **THIEF), accepted(50)],
        "before its one accepted use at payments-eu-1",
    ),
    "a challenge that consumed": (
        [refused(20, outcome="challenge"), refused(50, attempt=1)],
        "before anything was sent that can have used it",
    ),
    "a stored answer out of nowhere": ([stored(20)], "was answered from store"),
    "a stored answer to another request": (
        [accepted(20), stored(50, server="email")],
        "was for intention 0 at payments and the answer for intention 0 at email; but a stored",
    ),
    "unknown too late to be the cause": (
        [refused(20), lost(50, attempt=1)],
        "the soonest, at payments-eu-1 for the client's attempt 1 (sent 40.0 ms, never answered)",
    ),
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
        "single-use token at-0 was accepted at payments-eu-1 for the client's attempt 0 "
        "(sent 102.4 ms, answered 122.4 ms), before it was accepted at payments-us-1 for the "
        "thief's attempt 0 (sent 630.0 ms, answered 650.0 ms), because the one was answered before "
        "the other was sent; but one server with one memory accepts a token once"
    )
    shown = wrong.witness["presentations"]
    assert [(p["node"], p["call_us"]) for p in shown] == [
        ("payments-eu-1", 102_400),
        ("payments-us-1", 630_000),
    ]
    assert [p["return_us"] for p in shown] == [122_400, 650_000]


@pytest.mark.parametrize("name", ILLEGAL)
def test_what_happened_is_followed_by_why_that_is_certain_and_by_what_it_contradicts(name):
    because = verdict(*ILLEGAL[name][0]).because
    assert 0 < because.index(", because ") < because.index("; but ")


@pytest.mark.parametrize("name", ILLEGAL)
def test_the_search_is_asked_for_a_second_opinion_on_what_is_shown(name):
    opinion = verdict(*ILLEGAL[name][0]).witness["search"]
    assert opinion["explained"] is False
    assert opinion["steps"] > 0


def test_the_first_of_two_acceptances_is_the_one_that_was_sent_first():
    late_answer = returned(300, 200, invoked_ms=5, attempt=1), respond(15, 200, "first", attempt=1)
    wrong = verdict(accepted(100, **US), late_answer)
    assert [p["call_us"] for p in wrong.witness["presentations"]] == [5_000, 90_000]
    assert "each was sent before the other was answered" in wrong.because


def test_a_stored_answer_to_a_thief_is_a_theft_and_no_second_use():
    """Same intention, same server: to one server with one memory it is the same request."""
    assert verdict(accepted(20), stored(50, **THIEF)).holds is True


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
