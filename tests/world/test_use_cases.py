"""Minutes of 2025-01-20, use cases: card details, statement, payment, each with RFC 9396."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from sim.checker import check
from sim.scenario_files import load, vary
from sim.trace import Trace
from sim.world.simulation import simulate

USE_CASES = ("card-details", "statement", "payment")


def run(name: str, **fields: Any) -> Trace:
    return simulate(vary(load(name), **fields), full=False)


def answers(trace: Trace, actor: str) -> Counter[tuple[int, str]]:
    rows = (row.detail for row in trace.of("respond") if row.actor == actor)
    return Counter((detail["status"], detail["error"]) for detail in rows)


def kinds(trace: Trace) -> Counter[str]:
    return Counter(row.detail["kind"] for row in trace.of("outcome"))


@pytest.mark.clause("interim-2025-01-20 card details")
@pytest.mark.clause("interim-2025-01-20 statement")
@pytest.mark.clause("interim-2025-01-20 payment")
@pytest.mark.parametrize("name", USE_CASES)
def test_a_use_case_holds_what_it_promises(name):
    scenario = load(name)
    verdicts = check(simulate(scenario, full=False), scenario.properties)
    assert {name for name, verdict in verdicts.items() if verdict.holds} == set(verdicts)


@pytest.mark.clause("interim-2025-01-20 down-scoped")
@pytest.mark.parametrize("name", USE_CASES)
def test_a_single_use_token_is_for_the_one_call_that_is_made(name):
    issued = [row.detail["claims"] for row in run(name).of("issue")]
    single = [claims for claims in issued if claims.get("use") == "single"]
    [[detail]] = {
        str(c["authorization_details"]): c["authorization_details"] for c in single
    }.values()
    assert {claims["scope"] for claims in single} == {""}
    assert {claims["aud"] for claims in single} == set(detail["locations"])
    assert len(detail) >= 3  # not only its type and where


def test_card_details_are_disclosed_to_the_thief_as_well_where_nobody_checks():
    assert set(answers(run("card-details"), "thief")) == {(401, "invalid_token")}
    assert set(answers(run("card-details", strategy="no_check"), "thief")) == {(200, "")}


@pytest.mark.clause("draft-ietf-oauth-rar-metadata-remediation retries")
def test_a_client_that_is_told_what_is_lacking_calls_again_once():
    trace = run("statement")
    told = {(401, "insufficient_authorization"): 50, (200, ""): 50}
    assert answers(trace, "client") == told
    attempts = {row.detail["attempts"] for row in trace.of("outcome")}
    assert attempts == {2}


def test_the_user_is_asked_again_for_what_was_not_granted_and_starts_no_session():
    codes = [row.detail for row in run("statement").of("issue") if row.detail["kind"] == "code"]
    assert len(codes) == 1 + 50
    assert [code["with_session"] for code in codes[1:]] == [False] * 50


@pytest.mark.clause("draft-ietf-oauth-rar-metadata-remediation off")
def test_a_client_that_is_told_nothing_gives_up():
    trace = run("statement", servers__accounts__rar_challenge="off")
    assert answers(trace, "client") == {(403, "insufficient_scope"): 50}
    assert kinds(trace) == {"refused": 50}


def test_a_client_that_announces_no_support_gets_no_signed_challenge():
    policy = "transaction_authorization_required"
    trace = run("statement", servers__accounts__rar_challenge=policy)
    assert answers(trace, "client") == {(403, "insufficient_scope"): 50}


@pytest.mark.clause("interim-2025-01-20 overlap RAR")
def test_another_amount_is_refused_first_or_second_and_burns_nothing():
    trace = run("payment")
    assert answers(trace, "thief") == {(401, "insufficient_authorization"): 50}
    assert kinds(trace) == {"served": 50}


def test_a_check_that_stands_too_early_lets_another_amount_burn_the_token():
    trace = run("payment", servers__payments__consume="before_scope")
    assert 10 < kinds(trace)["refused"] < 40
    assert check(trace, ["at_most_one_effect_per_token"])["at_most_one_effect_per_token"].holds


def test_the_same_payment_sent_at_once_may_win_the_race():
    won = answers(run("payment", thief__changes_body=False), "thief")[200, ""]
    assert 10 < won < 40
