"""A procedure is judged by what it says a hundred times over, not by what it says once."""

from __future__ import annotations

from functools import partial
from math import sqrt

import pytest

from sim.lessons.believe_the_numbers import (
    BUDGET,
    DAYS,
    DESIGNS,
    INTENTIONS,
    REPETITIONS,
    RETRIES,
    Meter,
    SpentError,
    check_procedure,
    day,
    repeated,
    served,
    tossed,
    truth,
)
from sim.statistics import agrees, mean_with_interval, paired_difference
from sim.theory import lost_response


def both(run, pairs, later=0):
    strict = [run("strict", seed) for seed in range(pairs)]
    return strict, [run("graceful", seed + later) for seed in range(pairs)]


def right(run, budget):
    found = paired_difference(*both(run, budget // 2))
    return found.low, found.high


def unpaired(run, budget):
    found = paired_difference(*both(run, budget // 2, later=1000))
    return found.low, found.high


def of_intentions(run, budget):
    """As if 25 intentions of one day were 25 days."""
    strict, graceful = (sum(each) / len(each) for each in both(run, budget // 2, later=1000))
    spread = strict * (1 - strict) + graceful * (1 - graceful)
    half = 1.96 * sqrt(spread / (budget // 2 * INTENTIONS))
    return strict - graceful - half, strict - graceful + half


def one_day(run, budget):
    found = run("strict", 1) - run("graceful", 1)
    return found, found


def stated(run, budget):
    """What was asked for, whatever was seen."""
    middle = sum(right(run, budget)) / 2
    return middle - 0.039, middle + 0.039


WRONG = {
    "other days": (unpaired, "narrow"),
    "intentions for days": (of_intentions, "it covers"),
    "one day": (one_day, "it covers"),
    "no width": (one_day, "narrow"),
    "a width that was asked for": (stated, "no difference, no decision"),
    "too many runs": (lambda run, budget: right(run, 2 * budget), "within the budget"),
    "the wrong way round": (lambda run, budget: (0.1, 0.17), "it decides"),
    "a design that there is not": (lambda run, budget: run("lax", 1), "it runs"),
}


def test_forty_days_in_pairs_are_done():
    checked = check_procedure(right)
    assert checked.done
    assert checked.aims[0].because == "80 of 80 runs"


@pytest.mark.parametrize(("answer", "aim"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told_apart(answer, aim):
    assert aim in [each.name for each in check_procedure(answer).aims if not each.met]


def test_the_dots_are_no_attempt():
    assert "not attempted yet" in repr(check_procedure(lambda run, budget: ...))


def test_the_runs_are_counted_and_end():
    run = Meter(tossed)
    for seed in range(BUDGET):
        run("strict", seed)
    with pytest.raises(SpentError, match="a run more than the 80 there are"):
        run("strict", 0)


def test_each_repetition_has_days_of_its_own_and_the_first_those_of_the_simulation():
    days = [Meter(lambda design, seed: seed, start)("strict", 1) for start in range(20)]
    assert days[0] == 1
    assert len(set(days)) == 20


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("bad", [False, True])
def test_the_twin_tosses_what_the_closed_form_says(design, bad):
    seeds = [seed for seed in range(400) if (day(seed) == max(DAYS)) == bad]
    hits = sum(round(INTENTIONS * tossed(design, seed)) for seed in seeds)
    expected = lost_response(0, DAYS[bad], RETRIES, DESIGNS[design]).served
    assert agrees(hits, INTENTIONS * len(seeds), expected)


@pytest.mark.parametrize("design", DESIGNS)
def test_the_simulation_does_what_the_twin_does(design):
    seeds = [seed for seed in range(BUDGET // 2) if day(seed) == max(DAYS)]
    found = mean_with_interval([served(design, seed) for seed in seeds])
    expected = lost_response(0, max(DAYS), RETRIES, DESIGNS[design]).served
    assert found.low is not None
    assert found.high is not None
    assert found.low <= expected <= found.high


def test_half_of_the_days_are_bad():
    assert agrees(sum(day(seed) == max(DAYS) for seed in range(1000)), 1000, 0.5)


def test_what_shares_nothing_does_not_differ_in_the_mean():
    seeds = range(2000)
    run = partial(tossed, apart=True)
    apart = paired_difference(*([run(name, s) for s in seeds] for name in DESIGNS))
    assert apart.low is not None
    assert apart.high is not None
    assert apart.low < 0 < apart.high


def test_an_interval_without_end_covers_and_decides_nothing():
    found = repeated(lambda run, budget: (-1.0, 1.0), truth())
    assert (found.cover, found.decide) == (REPETITIONS, 0)
