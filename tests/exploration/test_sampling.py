"""Schedules that are drawn: what they find, how little is left of it, and what they promise."""

from __future__ import annotations

from itertools import count
from random import Random

import pytest

from sim.exploration import Bounds, Exploration, explore, replay, sample
from sim.exploration.execution import Execution, Executor
from sim.exploration.retiming import confirm
from sim.exploration.sampling import DEPTH, MODES, PCT, RANDOM, Priorities
from sim.exploration.schedule import Schedule
from sim.exploration.shrinking import shrunk
from sim.exploration.tape import Tape
from tests.exploration.one_payment import ONCE, TWICE, story

#: For a fixed seed, a double acceptance of `per_replica` is found within so many schedules.
WITHIN = Bounds(schedules=60)
#: A seed of whose find is left what is smallest of all, and not another run that needs all of it.
SMALLEST = 7


def drawn(mode: str, seed: int = 2, strategy: str = "per_replica") -> Exploration:
    return sample(story(strategy, seed=seed), [ONCE], WITHIN, mode)


def executor() -> Executor:
    return Executor(story("per_replica", workload__intentions=1), [ONCE], Bounds())


def violating(number: int = 0) -> Execution:
    """A drawn run that pays twice, with all that was drawn in vain."""
    runs = executor()
    while not (run := runs.run(Schedule(), tape=Tape({}, 1, Random(number)))).violated:
        number += 1
    return run


# --- what is found --------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("seed", range(4))
def test_a_double_acceptance_is_found_within_60_schedules(mode: str, seed: int):
    found = drawn(mode, seed)
    assert found.holds is False
    assert found.drawn is not None
    assert 1 <= found.drawn.schedules == found.schedules <= WITHIN.schedules
    assert found.counterexample is not None
    assert 2 <= len(found.counterexample.schedule) <= 3
    assert not found.counterexample.smallest


@pytest.mark.parametrize("mode", MODES)
def test_it_shrinks_to_the_two_deviations_that_explore_finds(mode: str):
    found = drawn(mode, SMALLEST).counterexample
    proved = explore(story("per_replica", seed=SMALLEST), [ONCE]).counterexample
    assert found is not None
    assert proved is not None
    assert str(found.schedule) == str(proved.schedule) == TWICE
    assert list(found.trace.lines()) == list(proved.trace.lines())


@pytest.mark.parametrize("seed", [1, 3, 5])
def test_what_is_left_needs_each_of_its_deviations(seed: int):
    found = drawn(RANDOM, seed).counterexample
    assert found is not None
    for deviation in found.schedule:
        fewer = executor().run(found.schedule.without(deviation))
        assert not fewer.violated


def test_shrinking_takes_away_what_is_not_needed():
    run = next(run for run in map(violating, count()) if len(run.taken) > 5)
    timed = confirm(executor().scenario, run, ONCE)
    assert timed is not None
    smaller, confirmed = shrunk(executor(), run, timed, ONCE)
    assert len(smaller.taken) < len(run.taken)
    assert len(confirmed.instants_us) <= len(timed.instants_us)
    assert smaller.env.tape.left == {}


def test_a_message_that_was_lost_by_a_draw_is_lost_in_the_timed_world_too():
    runs = map(violating, count())
    run = next(run for run in runs if any(each.option == "lost" for each in run.taken))
    timed = confirm(executor().scenario, run, ONCE)
    assert timed is not None
    assert timed.trace.of("drop")


def test_a_drawn_counterexample_can_be_replayed():
    found = drawn(RANDOM, seed=0).counterexample
    assert found is not None
    again = replay(story("per_replica", seed=0), str(found.schedule), [ONCE])
    assert again.violated == (ONCE,)
    assert list(again.trace.lines()) == list(found.trace.lines())


# --- what is said ---------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_no_number_of_draws_is_a_proof(mode: str):
    found = drawn(mode, strategy="shared_atomic")
    assert (found.holds, found.exhausted, found.verdict) == (None, False, "not exhausted")
    assert str(found).startswith(f"no violation in 60 {mode} schedules")


def test_draws_in_which_nothing_comes_twice_say_nothing():
    found = sample(story("shared_atomic", client__retry="none"), [ONCE], WITHIN)
    assert found.verdict == "says nothing"
    assert found.holds is None


def test_pct_prints_the_bound_of_its_paper():
    """Burckhardt et al. 2010, theorem 9: 1/(n k^(d-1))."""
    found = drawn(PCT, strategy="shared_atomic").drawn
    assert found is not None
    assert found.depth == DEPTH
    assert found.bound == 1 / (found.chains * found.steps ** (DEPTH - 1))
    assert f"1/(n k^{DEPTH - 1}) = {found.bound:.2g} or more" in found.promise()


def test_random_promises_nothing():
    found = drawn(RANDOM, strategy="shared_atomic").drawn
    assert found is not None
    assert (found.bound, found.promise()) == (None, "")


def test_the_document_says_how_schedules_were_drawn():
    document = drawn(PCT).to_json()
    assert document["drawn"]["mode"] == PCT
    assert document["drawn"]["seed"] == 2
    assert document["schedules_explored"] == document["drawn"]["schedules"]


def test_a_mode_that_there_is_not_is_named_with_those_there_are():
    with pytest.raises(ValueError, match=r"mode 'dice'; allowed: random, pct"):
        sample(story("no_check"), mode="dice")


# --- how it is drawn ------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_the_same_seed_draws_the_same_and_another_seed_something_else(mode: str):
    first, again, other = drawn(mode, 0), drawn(mode, 0), drawn(mode, 1)
    assert first.to_json() == again.to_json()
    assert first.to_json() != other.to_json()


def test_progress_is_told_after_each_schedule():
    told: list[int] = []
    sample(story("shared_atomic"), [ONCE], Bounds(schedules=7), progress=told.append)
    assert told == [1, 2, 3, 4, 5, 6, 7]


def by_priorities(number: int) -> tuple[Priorities, Execution]:
    tape = Priorities(0, Random(number), 14)
    return tape, executor().run(Schedule(), tape=tape)


def test_a_chain_holds_what_each_of_its_steps_brought_about_first():
    tape, run = by_priorities(1)
    of = [tape.chain[step.event] for step in run.env.history.steps if step.event in tape.chain]
    assert len(set(of)) < len(of)
    for number, step in enumerate(run.env.history.steps, 1):
        begun = [e for e in tape.chain if e.created == number and step.event in tape.chain]
        assert sum(tape.chain[each] == tape.chain[step.event] for each in begun) <= 1


@pytest.mark.parametrize("number", range(5))
def test_chains_fall_below_all_others_at_most_as_often_as_the_depth_allows(number: int):
    tape, _ = by_priorities(number)
    fallen = [each for each in tape.priority if each < 1]
    assert len(fallen) <= DEPTH - 1
    assert len(set(tape.priority)) == len(tape.priority)


def test_orders_by_priorities_differ():
    orders = {tuple(s.event.key for s in by_priorities(n)[1].env.history.steps) for n in range(8)}
    assert len(orders) > 4
