"""Find it and shrink it: a strategy that looks right, and the schedule that says it is not.

Law: a schedule counts when the timed world repeats what it does, when it needs each of its parts,
and when a sound strategy stands the very same run.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from oauth_model.flows import UNKNOWN, Flow, Start
from oauth_model.replay import State
from oauth_model.strategies import LOCAL, SHARED, STRATEGIES, First, Outcome, Strategy, Use
from oauth_model.strategies.base import Replay as Refused
from sim.choices import Seeded
from sim.exploration import Bounds, Schedule, replay
from sim.exploration.execution import Executor
from sim.exploration.explore import prepared
from sim.exploration.tape import Tape
from sim.lessons.exercise import Aim, exercise
from sim.scenario import Scenario
from sim.scenario_files import load, vary
from sim.views.words import counted

ONCE = "at_most_one_effect_per_token"
#: No clock moves: every order fits into two seconds.
SMALL = Bounds(landmarks=0)
MOST_DEVIATIONS, MOST_STEPS = 3, 10
#: A draw that finds it; what is left when nothing of it can go is not the smallest.
FINDING = 585


class WriteBehind(Strategy):
    """A deny-list in one store, read before the effect and written to while it happens."""

    name = "write_behind"

    def begin(self, use: Use) -> Flow[Outcome]:
        """Own memory first, then the store; the store learns of the use while the money moves."""
        mine = yield self.ask(LOCAL, "insert", use)
        seen = yield self.ask(SHARED, "look", use)
        if seen is UNKNOWN:
            return self.decide(seen)
        if not mine.granted or seen.before is State.USED:
            return Refused()
        yield Start(self.write(use))
        return First()

    def write(self, use: Use) -> Flow[None]:
        """In the background."""
        yield self.ask(SHARED, "insert", use)


@contextmanager
def enrolled(made: type[Strategy]) -> Iterator[None]:
    """Let scenarios name a strategy for a while; one that is known already stays known."""
    known = made.name in STRATEGIES
    STRATEGIES.setdefault(made.name, made)
    try:
        yield
    finally:
        if not known:
            del STRATEGIES[made.name]


def story(name: str = WriteBehind.name) -> Scenario:
    """One payment under a strategy."""
    return vary(load("one-payment"), strategy=name)


def drawn_find() -> str:
    """A schedule that pays twice as chance has found it, with whatever else was drawn."""
    with enrolled(WriteBehind):
        runs = Executor(prepared(story(), SMALL), [ONCE], SMALL)
        tape = Tape({}, SMALL.faults, Seeded(FINDING).generator("find"))
        return str(runs.run(Schedule(), tape=tape).taken)


@exercise(
    "find it and shrink it",
    "Hand in a schedule under which write_behind pays twice.",
    "Replay it without one deviation at a time: Schedule.parse(text).without(deviation). If it "
    "pays twice all the same, that was noise: begin again without it. An error: it was needed.",
    "What is left needs each part and is not the smallest. The lost answer is needed only because "
    "the next part speaks of the second answer, 0.client.1: take both away, and say 0.client.0.",
    "Two parts do: route payments 0.client.0 = payments-us-1, and after as-eu-1>client-eu "
    "0.client.0 the next thing is timer client-eu>payments-us-1 0.client.0.",
)
def check_schedule(answer: str | Schedule) -> Iterator[Aim]:
    """That it replays, violates, is short, needs each of its parts, and blames the strategy."""
    with enrolled(WriteBehind):
        schedule = answer if isinstance(answer, Schedule) else Schedule.parse(answer)
        found = replay(story(), schedule, [ONCE], SMALL)
        yield Aim("it replays", True, f"{counted(len(schedule), 'deviation')}, each comes up")
        twice = bool(found.violated) and found.confirmed
        yield Aim("it pays twice", twice, str(found))
        size = f"{counted(len(schedule), 'deviation')} and {found.steps} steps"
        short = twice and len(schedule) <= MOST_DEVIATIONS and found.steps <= MOST_STEPS
        asked = f"at most {MOST_DEVIATIONS} and {MOST_STEPS} are asked for"
        yield Aim("it is short", short, f"{size}; {asked}")
        spare = [each for each in schedule if _pays_twice(str(schedule.without(each)))]
        told = f"goes on paying twice without {spare[0]}" if spare else "none can go alone"
        yield Aim("it needs each part", twice and not spare, told if twice else "nothing to need")
        sound = _stands(schedule)
        told = "shared_atomic pays once under the same deviations"
        yield Aim("the strategy is to blame", twice and sound, told if twice else "of nothing yet")


def _pays_twice(schedule: str) -> bool:
    """Under chosen order and again in the timed world; what cannot be replayed does not."""
    try:
        found = replay(story(), schedule, [ONCE], SMALL)
    except ValueError:
        return False
    return bool(found.violated) and found.confirmed


def _stands(schedule: Schedule) -> bool:
    """Whether one store that tests and sets at once stands it, as far as its run comes to it."""
    bounds = replace(SMALL, faults=max(len(schedule), 1))
    return (
        not Executor(prepared(story("shared_atomic"), bounds), [ONCE], bounds)
        .run(schedule)
        .violated
    )
