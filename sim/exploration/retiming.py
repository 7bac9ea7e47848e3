"""Retiming: concrete instants for a run under chosen order, and the same run in the timed world.

Rule: a counterexample counts only if the timed world, with these delays and these instants of
faults, violates the same property; an order that no clock allows is no counterexample.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from sim.checker import check
from sim.choices import Cause, Copy, Fate, Law
from sim.clocks import US_PER_S
from sim.exploration.execution import Execution
from sim.exploration.tape import Tape
from sim.scenario import Scenario
from sim.scenario_files import vary
from sim.trace import Trace
from sim.world.simulation import simulate
from sim.world.timed import End, Span, Timed

#: What is not part of a counterexample happens so long after it.
APART_US = 3600 * US_PER_S
#: How far steps are apart in time, and whether all stay in order: as it reads best, if possible.
TRIES = ((1000, True), (1, True), (1, False))
#: A jittered wait is drawn as one of so many equal parts.
PARTS = 53


class Retimed(NamedTuple):
    """A run that the timed world confirms: its trace, and when each of its steps happens (µs)."""

    trace: Trace
    instants_us: tuple[int, ...]


def confirm(scenario: Scenario, run: Execution, violated: str) -> Retimed | None:
    """The run at concrete instants, if the timed world violates the property too; else None.

    What ends when clocks move need not have begun with the run, nor need all of it matter; so
    clocks are given, in a second try, as much longer as went by before they moved, whatever began
    meanwhile. Where no clock allows the order of all steps, those that do not touch the same may
    come in another.
    """
    for gap_us, in_order in TRIES:
        late_us = 0
        for lasting in (True, False):
            instants_us = retime(run, gap_us, late_us, in_order=in_order, lasting=lasting)
            if instants_us is None:
                continue
            trace = _simulated(scenario, run, instants_us)
            if check(trace, [violated])[violated].holds is False:
                return Retimed(trace, instants_us)
            late_us = _before_clocks_moved(run, instants_us)
    return None


def repeated(scenario: Scenario, run: Execution) -> Retimed | None:
    """The run at concrete instants, whatever comes of it; None when no clock allows its order."""
    for gap_us, in_order in TRIES:
        instants_us = retime(run, gap_us, in_order=in_order)
        if instants_us is not None:
            return Retimed(_simulated(scenario, run, instants_us), instants_us)
    return None


def _simulated(scenario: Scenario, run: Execution, instants_us: tuple[int, ...]) -> Trace:
    length_s = (max(instants_us) + APART_US) / US_PER_S
    timed = vary(scenario, duration_s=max(scenario.duration_s, 2 * length_s))
    return simulate(timed, choices=Told(run, instants_us), env=Struck(run, instants_us))


def _before_clocks_moved(run: Execution, instants_us: tuple[int, ...]) -> int:
    steps = run.env.history.steps
    moved = next((n for n, step in enumerate(steps) if step.event.at_us is not None), 0)
    return instants_us[moved - 1] if moved else 0


def possible(run: Execution) -> bool:
    """Whether some clock allows the run, as the clocks in it read."""
    differences = [*_differences(run, 1, 0, in_order=False), *_lasted(run), *_not_yet(run)]
    return _earliest(len(run.env.history.steps), differences) is not None


def retime(
    run: Execution,
    gap_us: int = 1,
    late_us: int = 0,
    *,
    in_order: bool = True,
    lasting: bool = True,
) -> tuple[int, ...] | None:
    """The earliest instant of each step that every timer allows, or None if there is none.

    Steps are `gap_us` apart; `late_us` is added to the instants to which clocks move; `in_order`:
    steps that do not touch the same stay in order, too; `lasting`: all leases and the like that end
    when clocks move have lasted for as long as they do.
    """
    differences = [*_differences(run, gap_us, late_us, in_order=in_order)]
    if lasting:
        differences += _lasted(run)
    return _earliest(len(run.env.history.steps), differences)


def _earliest(count: int, differences: Sequence[tuple[int, int, int]]) -> tuple[int, ...] | None:
    """The longest paths of a graph of differences (Bellman and Ford)."""
    at_us = [0] * (count + 1)
    for _ in range(count + 2):
        changed = False
        for first, then, least_us in differences:
            if at_us[then] < at_us[first] + least_us:
                at_us[then], changed = at_us[first] + least_us, True
        if not changed:
            return tuple(at_us[1:]) if at_us[0] == 0 else None
        if at_us[0]:
            return None
    return None


def _differences(
    run: Execution, gap_us: int, late_us: int, *, in_order: bool
) -> Iterator[tuple[int, int, int]]:
    """(i, j, w): step j is at least w µs after step i; step 0 is the start of the run."""
    steps = run.env.history.steps
    for number, step in enumerate(steps, 1):
        for before in {number - 1} if in_order else step.follows | {0}:
            yield before, number, 0 if step.event.at_once else gap_us
        if step.event.at_us is not None:
            yield 0, number, step.event.at_us + late_us
    for timer in run.env.armed:
        rang = timer.ended is not None and steps[timer.ended - 1].event is timer
        if rang:
            yield timer.created, timer.ended or 0, timer.shortest_us()
        last = timer.ended if timer.ended is not None else len(steps)
        if last > timer.created:
            yield last, timer.created, -timer.longest_us()


def _lasted(run: Execution) -> Iterator[tuple[int, int, int]]:
    """What ends when clocks move is over only so long after it began."""
    for number, step in enumerate(run.env.history.steps, 1):
        if step.event.at_us is not None:
            for since, least_us in step.event.heard.items():
                if 0 < since < number:
                    yield since, number, least_us


def _not_yet(run: Execution) -> Iterator[tuple[int, int, int]]:
    """Until clocks move there, no instant that would change an answer is over."""
    steps, reads_us = run.env.history.steps, [0]
    for step in steps:
        reads_us.append(reads_us[-1] if step.event.at_us is None else step.event.at_us)
    for at_us, landmark in run.env.landmarks.items():
        for since in landmark.heard:
            for number in range(since + 1, len(steps) + 1):
                if reads_us[number] < at_us:
                    yield number, since, reads_us[since] - at_us + 1


class Told(Tape):
    """Choices of the timed world that bring about a run under chosen order."""

    def __init__(self, run: Execution, instants_us: Sequence[int]) -> None:
        super().__init__(run.taken.by_point(), len(run.taken))
        self.made = dict(run.env.tape.made)
        self._delays_us = dict(_delays(run, (0, *instants_us)))
        self._no_time = run.env.tape.drawn - run.env.drawn  #: durations that no event waits for
        self._waits_us = {
            event.drawn: event.longest_us() for event in run.env.armed if event.drawn is not None
        }

    def fate(self, law: Law, cause: Cause) -> Fate:
        """As many copies as there were, after these delays."""
        copies = super().fate(law, cause)
        name = law.name.removeprefix("mishap ")
        delays = [self._delay_us(name, cause, number) for number in range(len(copies))]
        if law.name != name:
            delays[:1] = [0]  # a mishap holds the first copy back, and says when the second comes
        return tuple(Copy(delay_us, 0) for delay_us in delays)

    def _delay_us(self, name: str, cause: Cause, copy: int) -> int:
        never_us = 0 if (name, cause) in self._no_time else APART_US
        delay_us = self._delays_us.get((name, cause, copy), never_us)
        longest_us = self._waits_us.get((name, cause))
        if longest_us is None:
            return delay_us
        return -(-(min(delay_us, longest_us) << PARTS) // max(1, longest_us))


def _delays(run: Execution, at_us: Sequence[int]) -> Iterator[tuple[tuple[str, Cause, int], int]]:
    for number, step in enumerate(run.env.history.steps, 1):
        if step.event.drawn is not None:
            delay_us = at_us[number] - at_us[step.event.created]
            yield (*step.event.drawn, step.event.copy), delay_us


class Struck(Timed):
    """The timed environment, with faults at the instants of a run under chosen order."""

    def __init__(self, run: Execution, instants_us: Sequence[int]) -> None:
        super().__init__()
        steps = zip(run.env.history.steps, instants_us, strict=True)
        self._struck_us = {step.event.key: at_us for step, at_us in steps if step.event.strikes}

    def recur(self, name: str, spans: Iterator[Span], begin: Callable[[int], End]) -> None:
        """Once, if the run has it; what it does not end stands for good."""
        if name in self._struck_us:
            until_us = self._struck_us.get(f"{name} ends", 2 * APART_US)
            super().recur(name, iter([(self._struck_us[name], until_us)]), begin)
