"""A schedule handed in is replayed, shrunk and held against a sound strategy before it counts."""

from __future__ import annotations

import pytest

from oauth_model.strategies import STRATEGIES, Strategy
from sim.exploration import Bounds, Schedule, explore, replay
from sim.lessons.exercise import Checked
from sim.lessons.find_and_shrink import (
    ONCE,
    SMALL,
    WriteBehind,
    check_schedule,
    drawn_find,
    enrolled,
    story,
)

LATE = "after as-eu-1>client-eu 0.client.0 = timer client-eu>payments-{0}-1 0.client.0"
OTHER = "route payments 0.client.1 = payments-us-1"
RIGHT = f"{LATE.format('eu')}; {OTHER}"
#: Changes nothing: the second payment is made by then.
SPARE = "payments us < client eu 0.client.1 = lost"
#: What the shrinking of the find leaves: each part is needed, and there is a smaller one.
NEEDED = (
    "as eu < client eu 0.client.0 = lost; route payments 0.client.0 = payments-us-1; "
    "after as-eu-1>client-eu 0.client.1 = timer client-eu>payments-us-1 0.client.0"
)
WRONG = {
    "undisturbed": ("", "it pays twice"),
    "the one of per_replica": (
        f"payments eu < client eu 0.client.0 = lost; {OTHER}",
        "it pays twice",
    ),
    "late, but at one replica": (LATE.format("eu"), "it pays twice"),
    "needed, not smallest": (NEEDED, "it is short"),
    "one too many": (f"{RIGHT}; {SPARE}", "it needs each part"),
    "as found": (drawn_find(), "it needs each part"),
    "no schedule": ("pay twice", "it runs"),
    "what never comes": (f"{RIGHT}; route payments 0.client.7 = payments-us-1", "it runs"),
}


def missed(checked: Checked) -> list[str]:
    return [aim.name for aim in checked.aims if not aim.met]


@pytest.mark.parametrize(
    "answer", [RIGHT, f"route payments 0.client.0 = payments-us-1; {LATE.format('us')}"]
)
def test_two_deviations_are_enough_at_either_replica(answer: str):
    assert check_schedule(answer).done


@pytest.mark.parametrize(("answer", "aim"), WRONG.values(), ids=WRONG)
def test_what_falls_short_is_told_of_what(answer: str, aim: str):
    assert aim in missed(check_schedule(answer))


def test_the_dots_are_no_attempt():
    assert "not attempted yet" in repr(check_schedule(...))


def test_what_each_part_is_needed_for_can_still_be_longer_than_it_must():
    assert missed(check_schedule(NEEDED)) == ["it is short"]


def test_the_smallest_there_is_has_as_many_deviations_as_the_answer():
    with enrolled(WriteBehind):
        found = explore(story(), bounds=SMALL).counterexample
    assert found is not None
    assert found.smallest
    assert (len(found.schedule), found.steps) == (2, 10)


def test_the_find_has_noise_to_take_away_and_pays_twice_in_the_timed_world():
    with enrolled(WriteBehind):
        found = replay(story(), drawn_find(), [ONCE], SMALL)
    assert len(found.schedule) >= 6
    assert found.violated == (ONCE,)
    assert found.confirmed


def test_a_strategy_that_writes_before_it_says_first_is_blamed_for_nothing():
    class WriteThrough(WriteBehind):
        name = "write_behind"

        def begin(self, use):
            return (yield from self.use_up(("shared",), use))

    with enrolled(WriteThrough):
        assert "it pays twice" in missed(check_schedule(RIGHT))


def test_a_strategy_of_the_lesson_is_known_only_as_long_as_it_is_asked_for():
    class Mine(Strategy):
        name = "mine_for_a_while"

    with enrolled(Mine):
        assert STRATEGIES["mine_for_a_while"] is Mine
    assert "mine_for_a_while" not in STRATEGIES


def test_one_that_a_notebook_has_made_known_stays_so():
    known = dict(STRATEGIES)
    with enrolled(STRATEGIES["shared_atomic"]):
        assert known == STRATEGIES
    assert known == STRATEGIES


def test_nothing_is_lost_in_the_right_answer():
    with enrolled(WriteBehind):
        found = replay(story(), RIGHT, [ONCE], Bounds(faults=0, landmarks=0))
    assert not found.trace.of("drop")
    assert len(Schedule.parse(RIGHT)) == 2


@pytest.mark.parametrize("step", [1, 2, 3])
def test_each_hint_says_something_else(step: int, capsys: pytest.CaptureFixture[str]):
    check_schedule.hint(step)
    assert capsys.readouterr().out.startswith(f"Hint {step} of 3: ")
