"""What no clock allows is neither where a run begins nor where a search ends."""

from __future__ import annotations

from typing import Any

from sim.exploration.bounds import Bounds
from sim.exploration.execution import Execution
from sim.exploration.explore import explore
from sim.exploration.retiming import retime
from sim.exploration.schedule import Schedule
from sim.exploration.search import Search
from sim.scenario_files import load
from tests.exploration.worlds import ALONE, EFFECT, LOSSY, ONCE, executor, small

#: Two clicks, the second after no time at all.
BURST: dict[str, Any] = {
    "story": "ordinary_burst",
    "strategy": "cuckoo_filter",
    "client.retry": "none",
    "client.clicks": 2,
    "client.spread_ms": 0.0,
    "network.access.response_loss_probability": 0.0,
}
TWO_EFFECTS = "at_most_one_effect_per_intention"
STILL = Bounds(faults=0, landmarks=0)


def test_who_waits_for_no_time_goes_on_before_any_message_arrives():
    run = executor(load("one-payment", BURST), STILL).run(Schedule())
    steps = [step.event.key for step in run.env.history.steps]
    assert steps[1:3] == [f"client-eu 0.client.{n}.{n}0 goes on" for n in (100, 200)]
    assert retime(run) is not None


def test_two_clicks_at_once_are_a_counterexample_as_they_are():
    answer = explore(load("one-payment", BURST), [TWO_EFFECTS], STILL)
    assert answer.counterexample is not None
    assert (len(answer.counterexample.schedule), answer.unrealisable) == (0, 0)


def test_a_search_that_is_asked_for_more_departs_from_violations_too():
    search = Search(executor(small("no_check", ONCE, LOSSY, ALONE), STILL, EFFECT))
    runs, violated = list[Execution](), set[Schedule]()
    for found in search.levels(runs.append):
        violated.update(run.schedule for run in found)
    later = [run.schedule for run in runs if Schedule(run.schedule[:-1]) in violated]
    assert later
    assert search.done
