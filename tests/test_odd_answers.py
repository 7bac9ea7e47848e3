"""Odd answers to exercises: one that takes its input apart, a number of another kind, an error."""

from __future__ import annotations

from fractions import Fraction
from math import exp

import pytest

from oauth_model.flows import UNKNOWN
from oauth_model.strategies import SHARED, First, Replay, Strategy, Undecided
from sim.exploration import Schedule
from sim.lessons.check_then_act import check_repair
from sim.lessons.claims import check_evidence
from sim.lessons.exercise import Aim, exercise
from sim.lessons.find_and_shrink import check_schedule, drawn_find
from sim.lessons.issuance_designs import check_choice
from sim.lessons.one_token import check_accept
from sim.lessons.replicas import check_window


def takes_apart(claims, rs, now_s):
    """The right answer, of which nothing is left that it was given."""
    audience = claims.pop("aud", [])
    audiences, mine = ([audience] if isinstance(audience, str) else audience), False
    while audiences:
        mine = audiences.pop() == rs.identifier or mine
    until, since = claims.pop("exp", 0) + rs.leeway_s, claims.pop("nbf", 0) - rs.leeway_s
    return mine and claims.pop("iss", "") == rs.issuer and since <= now_s < until


def test_an_answer_may_take_apart_what_it_is_given_and_is_judged_the_same_again():
    assert check_accept(takes_apart).done
    assert check_accept(takes_apart).done


def first_world(answer):
    """The first aim of the replay window, which takes one world."""
    return next(check_window.aims(answer))


@pytest.mark.parametrize("kind", [Fraction, str], ids=["fraction", "text"])
def test_a_probability_may_be_any_kind_of_number(kind):
    assert first_world(lambda lag, gap, n: kind((1 - 1 / n) * exp(-gap / lag))).met


@pytest.mark.parametrize("said", [2.0, -0.1, float("nan")])
def test_what_is_no_probability_is_told_beside_what_was_seen(said):
    aim = first_world(lambda lag, gap, n: said)
    assert not aim.met
    assert aim.because.startswith(f"you say {said:.3f}, the simulation ")


@exercise("errors", "Raise one.", "Do.")
def check_error(answer):
    yield Aim("said", True, f"{answer()}")


def test_an_error_is_one_line_and_the_same_each_time():
    def raises():
        raise ValueError(f"no use for {object()}\nnor for {object()}")

    (aim,) = check_error(raises).aims
    assert aim.because == "ValueError: no use for <object object> nor for <object object>"


@pytest.mark.parametrize(
    ("check", "answer"),
    [
        (check_choice, {"partners": {"issuance": "hope"}}),
        (check_evidence, {"strict": {"client.luck": 1}}),
    ],
    ids=["issuance", "claims"],
)
def test_a_mistake_in_a_field_names_no_file_of_the_machine(check, answer):
    said = check(answer).aims[-1].because
    assert said.startswith("ScenarioError: ")
    assert ".toml" not in said


@pytest.mark.parametrize(
    "given",
    [
        {"strategy_settings.on_outage": "fail_open"},
        {"strategy_settings": {"retention_margin_s": -1000.0}},
        {"strategy": "no_check"},
    ],
    ids=["open", "forgetful", "another"],
)
def test_a_claim_is_not_refuted_by_taking_away_what_it_is_about(given):
    met = {aim.name: aim for aim in check_evidence({"strict": given}).aims}
    assert not met["strict"].met
    assert met["strict"].because.startswith("the claim is about strategy")


class Counts(Strategy):
    def begin(self, use):
        answer = yield self.ask(SHARED, "count", use)
        if answer is UNKNOWN:
            return Undecided()
        return First() if answer.uses == 1 else Replay()


def test_who_counts_uses_has_repaired_the_check_too():
    assert check_repair(Counts).done


def test_a_schedule_may_be_handed_in_as_one_or_as_text():
    text = drawn_find()
    assert check_schedule(Schedule.parse(text)) == check_schedule(text)
