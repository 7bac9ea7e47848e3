"""What the demonstration and a run say of what was never seen: each claim follows from numbers."""

from typing import Any

import pytest

from sim.clusters import Clusters
from sim.commands.running import never_seen
from sim.demo import BASELINE, Race, lessons
from sim.metrics import Tally
from sim.scenario_files import load
from sim.statistics import rule_of_three

NOTHING = Tally().measures({"reuse_accepted_after_s": {}})


def over(*runs: tuple[int, int]) -> dict[str, Any]:
    """A rate as it stands in JSON, of runs with so many hits in so many trials."""
    found = Clusters()
    for hits, trials in runs:
        found = found.and_run(hits, trials)
    return found.to_json()


def report(name: str, twice: int, served: int, runs: int = 5, **more: Any) -> dict[str, Any]:
    """Of 100 tokens and 100 intentions in each run."""
    rates = {
        "double_accept_rate": over(*[(twice, 100)] * runs),
        "availability": over(*[(served, 100)] * runs),
    }
    return {"name": name, "metrics": NOTHING | rates | more}


def said(*reports: dict[str, Any], runs: int = 5) -> list[str]:
    # No lesson is about the run that went wrong.
    return lessons(Race(load("two-regions-payment"), list(reports), runs, wrong=None))  # type: ignore[arg-type]


LEAKY = report(BASELINE, 20, 95)
SAFE, SLOW = report("safe", 0, 80), report("slow", 0, 60)


def test_who_accepted_twice_and_who_never_did_are_told_apart_by_the_rate():
    twice, never = said(LEAKY, SAFE, SLOW)[:2]
    assert twice == f"A token was accepted twice under {BASELINE}."
    assert never.startswith("Never under safe and slow, in at least 500 tokens each: no proof, ")


def test_a_single_token_accepted_twice_is_enough_not_to_be_among_those_that_never_did():
    rate = over((0, 100), (1, 100), (0, 100))
    once = report("once", 0, 80, double_accept_rate=rate)
    twice, never = said(LEAKY, once, SAFE)[:2]
    assert "once" in twice
    assert "once" not in never


def test_who_was_shown_no_token_twice_nor_once_is_not_said_to_have_been_safe():
    idle = report("idle", 0, 0, double_accept_rate=over())
    assert not any("idle" in sentence for sentence in said(LEAKY, SAFE, idle))


@pytest.mark.parametrize(("tokens", "bound"), [(500, "0.6"), (960, "0.32"), (4000, "0.075")])
def test_the_bound_is_that_of_who_had_fewest_tokens_and_is_never_rounded_down(tokens, bound):
    few = report("few", 0, 70, double_accept_rate=over((0, tokens - 100), (0, 100)))
    many = report("many", 0, 70, double_accept_rate=over((0, 9000), (0, 100)))
    never = said(LEAKY, many, few)[1]
    assert f"in at least {tokens} tokens each" in never
    assert f"the rate is below {bound} % (rule of three), given the faults" in never
    assert float(bound) / 100 >= rule_of_three(tokens)


@pytest.mark.parametrize(("runs", "share"), [(2, "100"), (5, "60"), (20, "15"), (40, "7.5")])
def test_runs_say_how_often_a_fault_may_strike_that_none_of_them_met(runs, share):
    safe = report("safe", 0, 80, runs)
    assert f"strikes fewer than {share} % of runs may have" in said(LEAKY, safe, runs=runs)[1]


def test_of_a_single_run_nothing_is_said_about_the_faults_of_runs():
    assert "faults" not in said(LEAKY, report("safe", 0, 80, 1), runs=1)[1]


def test_the_price_is_that_of_the_safe_one_that_served_most():
    price = said(LEAKY, SLOW, SAFE)[2]
    assert "of these, safe served most intentions, 80.0 %; with no_check it was 95.0 %" in price
    assert "Whoever must ask a store is stopped" in price


def test_where_the_safe_serve_as_many_no_price_is_explained():
    assert "stopped" not in said(LEAKY, report("safe", 0, 95))[2]


def test_all_served_is_said_in_numbers_and_nearly_all_is_not_all():
    assert "served most intentions, all 500; with" in said(LEAKY, report("safe", 0, 100))[2]
    nearly = report("safe", 0, 80, availability=over((9999, 10_000), (10_000, 10_000)))
    assert "served most intentions, 99.9 %; with" in said(LEAKY, nearly)[2]


def test_who_never_refused_an_honest_retry_is_named_with_how_many_there_were():
    kind = report("kind", 0, 70, retry_reject_rate=over((0, 7), (0, 8)))
    harsh = report("harsh", 0, 70, retry_reject_rate=over((0, 7), (1, 8)))
    untried = report("untried", 0, 70)
    (told,) = [each for each in said(LEAKY, kind, harsh, untried) if "invalid_token" in each]
    assert "only kind never told" in told
    assert told.endswith("in at least 15 retries each.")
    assert not any("invalid_token" in each for each in said(LEAKY, harsh, untried))


def test_a_stored_answer_handed_to_a_thief_is_told_of_who_did_so():
    handed = report("generous", 0, 70, stored_answer_to_thief_rate=over((3, 4), (3, 4)))
    kept = report("careful", 0, 70, stored_answer_to_thief_rate=over((0, 4), (0, 4)))
    (told,) = [each for each in said(LEAKY, handed, kept) if "thief" in each]
    assert told.startswith("generous handed the stored answer to the thief for 75.0 % of the")


def test_where_nobody_is_safe_nobody_is_said_to_be():
    assert said(LEAKY) == [f"A token was accepted twice under {BASELINE}."]


@pytest.mark.parametrize(("runs", "each", "bound"), [(1, 960, "0.32"), (5, 192, "0.32")])
def test_a_run_says_what_none_in_so_many_leaves(runs, each, bound):
    text = never_seen({"double_accept_rate": over(*[(0, each)] * runs)})
    assert text.startswith("No token of 960 was accepted twice. That is no proof: ")
    assert f"the true rate is below {bound} % (rule of three)" in text
    assert ("given the faults that these runs met" in text) == (runs > 1)


@pytest.mark.parametrize("rate", [over((1, 960)), over((0, 9), (1, 960)), over((9, 9)), over()])
def test_where_any_was_accepted_twice_or_none_was_shown_nothing_is_said(rate):
    assert not never_seen({"double_accept_rate": rate})
