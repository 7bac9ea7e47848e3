"""Whatever the outer parameters: explorations end, and what they find can be repeated."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from sim.exploration.bounds import Bounds
from sim.exploration.execution import Execution
from sim.exploration.explore import explore
from sim.exploration.schedule import Schedule
from sim.exploration.tape import Choice, Tape
from tests.exploration.worlds import (
    ALONE,
    DEAF,
    DOUBLED,
    EFFECT,
    LOSSY,
    ONCE,
    THIEF,
    executor,
    small,
)

STRATEGIES = ["no_check", "per_replica", "shared_atomic", "in_transaction", "shared_allow_list"]
PARTS = [ALONE, DEAF, DOUBLED, LOSSY, ONCE, THIEF, {"balancer.policy": "sticky"}]
BOUNDS = st.builds(
    Bounds, faults=st.integers(0, 2), landmarks=st.integers(0, 1), schedules=st.just(60)
)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(st.sampled_from(STRATEGIES), st.lists(st.sampled_from(PARTS), max_size=4), BOUNDS)
def test_what_is_found_in_any_world_is_repeated_by_its_schedule(strategy, parts, bounds):
    scenario = small(strategy, *parts)
    answer = explore(scenario, [EFFECT], bounds)
    assert answer.holds is None or answer.exhausted or answer.counterexample
    if answer.counterexample is not None:
        schedule = Schedule.parse(str(answer.counterexample.schedule))
        run = executor(scenario, bounds, EFFECT).run(schedule)
        assert run.violated == (EFFECT,)
        assert not run.env.tape.left


class Listed(Tape):
    """A tape that is told each choice by number, and takes the default when the list is used up."""

    def __init__(self, numbers: Sequence[int], faults: int) -> None:
        super().__init__({}, faults)
        self.numbers = list(numbers)

    def decide(self, point: str, options: Sequence[str]) -> str:
        """The option of the next number."""
        number = self.numbers.pop(0) if self.numbers else 0
        chosen = options[number % len(options)]
        self.log.append(Choice(point, (), chosen))
        return chosen


REGIONAL = executor(small("per_replica", ONCE, DEAF), Bounds(landmarks=0), EFFECT)


def by_numbers(numbers: Sequence[int]) -> Execution:
    """The run that a list of choices gives."""
    return REGIONAL.run(Schedule(), tape=Listed(numbers, 1))


def test_a_list_of_choices_is_found_and_shrunk_to_two_deviations():
    lists = st.lists(st.integers(0, 3), max_size=14)
    quick = settings(max_examples=600, derandomize=True, phases=[Phase.generate, Phase.shrink])
    numbers = find(lists, lambda drawn: bool(by_numbers(drawn).violated), settings=quick)
    run = by_numbers(numbers)
    assert sum(map(bool, numbers)) == len(run.taken) == 2
    assert REGIONAL.run(run.taken).violated == (EFFECT,)


def test_a_list_of_noughts_is_the_undisturbed_run():
    assert not by_numbers([0] * 9).violated
    assert by_numbers([]).taken == Schedule()
