"""What explorations of small worlds find, and when they say that they found nothing."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest

from oauth_model.strategies import STRATEGIES
from oauth_model.strategies.shared import SharedAtomic
from sim.checker import check
from sim.exploration import judging
from sim.exploration.bounds import Bounds
from sim.exploration.execution import Executor
from sim.exploration.explore import explore, prepared
from sim.exploration.retiming import confirm
from sim.exploration.schedule import Schedule
from sim.exploration.search import Search
from tests.exploration.worlds import (
    ALONE,
    DEAF,
    DOUBLED,
    EFFECT,
    LOSSY,
    ONCE,
    crash,
    executor,
    small,
)  # fmt: skip

STILL = Bounds(landmarks=0)
AGAIN: list[dict[str, Any]] = [ONCE, DEAF]
VIOLATED = {
    "no_check": small("no_check", *AGAIN),
    "per_replica": small("per_replica", *AGAIN),
    "per_replica, a crash": small("per_replica", ALONE, *AGAIN, crash("payments-eu-1")),
    "shared_check_then_act": small("shared_check_then_act", *AGAIN),
}


@pytest.mark.parametrize("scenario", VIOLATED.values(), ids=VIOLATED)
def test_no_part_of_a_counterexamples_deviations_violates(scenario):
    found = explore(scenario, [EFFECT], STILL).counterexample
    assert found is not None
    assert found.smallest
    world = executor(scenario, STILL, EFFECT)
    parts = (p for n in range(len(found.schedule)) for p in combinations(found.schedule, n))
    assert not any(world.run(Schedule(part)).violated for part in parts)


@pytest.mark.parametrize("scenario", VIOLATED.values(), ids=VIOLATED)
def test_the_timed_run_of_a_counterexample_violates_too(scenario):
    found = explore(scenario, [EFFECT], STILL).counterexample
    assert found is not None
    assert check(found.trace, [EFFECT])[EFFECT].holds is False
    assert executor(scenario, STILL, EFFECT).run(found.schedule).violated == (EFFECT,)


#: A copy leaves after whoever takes over was chosen; what is not acknowledged is not sent again.
TOO_LATE: dict[str, Any] = {
    "faults": [{"fault": "failover", "detection_s": 0.1}],
    "stores.members": ["eu", "us"],
    "strategy_settings.copy_after_s": 0.2,
    "strategy_settings.resend_s": 1000.0,
}
FORGETFUL = {
    "shared_atomic": small("shared_atomic", ALONE, *AGAIN, crash("store")),
    "failover_deny_list": small("failover_deny_list", ALONE, *AGAIN, TOO_LATE),
}


@pytest.mark.slow
@pytest.mark.parametrize("scenario", FORGETFUL.values(), ids=FORGETFUL)
def test_a_fault_that_loses_what_was_written_lets_a_second_use_in(scenario):
    levels = Search(executor(scenario, STILL, EFFECT)).levels()
    found = next(run for level in levels for run in level)
    assert "lost" in str(found.schedule)
    assert any(step.event.strikes for step in found.env.history.steps)
    assert confirm(prepared(scenario, STILL), found, EFFECT) is not None


def test_without_its_crash_a_volatile_memory_refuses_the_second_use():
    calm = small("per_replica", ALONE, ONCE, DEAF)
    assert explore(calm, [EFFECT], replace(STILL, faults=0)).holds


def test_a_store_that_keeps_what_was_written_survives_its_crash():
    kept = small("shared_atomic", ALONE, ONCE, crash("store", "kept"))
    assert explore(kept, [EFFECT], replace(STILL, schedules=600)).counterexample is None


def test_a_doubled_request_is_refused_once_and_served_once():
    assert explore(small("shared_atomic", ALONE, DOUBLED), [EFFECT], STILL).holds is True


def test_where_nobody_is_served_nothing_is_said():
    unkind = {"client.timeout_ms": 1000, "authorization_server.replicas": ["eu"]}
    silent = explore(small("no_check", ALONE, unkind), [EFFECT], replace(STILL, steps=3))
    assert silent.holds is None
    assert "an honest intention was served" in str(silent)


def test_where_nothing_is_presented_twice_nothing_is_said():
    lonely = explore(small("no_check", ALONE), [EFFECT], STILL)
    assert (lonely.holds, lonely.exhausted) == (None, True)
    assert "a token was presented twice" in str(lonely)


def test_runs_that_are_cut_off_exhaust_nothing():
    answer = explore(small("shared_atomic", ALONE, DOUBLED), [EFFECT], replace(STILL, steps=6))
    assert answer.cut > 0
    assert (answer.exhausted, answer.holds) == (False, None)


def test_a_limit_on_schedules_leaves_the_space_open():
    answer = explore(small("shared_atomic", ALONE, DOUBLED), [EFFECT], replace(STILL, schedules=9))
    assert answer.schedules <= 10
    assert (answer.exhausted, answer.holds) == (False, None)


def test_without_faults_no_message_is_lost_or_doubled():
    world = executor(small("no_check", ALONE, LOSSY, DOUBLED), replace(STILL, faults=0))
    run = world.run(Schedule.parse("client eu > as eu 0.client.0 = lost"))
    assert [point.point for point in run.env.tape.log if "mishap" in point.point] == []
    assert run.env.tape.left


class Forgets(SharedAtomic):
    """Remembers a use for so much less than it accepts the token."""

    name = "forgets"
    sooner_s = 85.0  # of 30 s of life and 60 s of margin

    def keep_until_s(self, use):
        return super().keep_until_s(use) - self.sooner_s


@pytest.fixture
def forgets(monkeypatch):
    """The strategy while a test runs."""
    monkeypatch.setitem(STRATEGIES, "forgets", Forgets)
    return small("forgets", ALONE, ONCE, DEAF, {"client.timeout_ms": 8000})


def test_a_store_that_forgets_too_early_is_caught_by_a_landmark(forgets):
    found = explore(forgets, [EFFECT], Bounds(landmarks=1)).counterexample
    assert found is not None
    assert any("time 5" in deviation.option for deviation in found.schedule)


def test_its_second_use_is_when_the_store_has_forgotten_and_the_token_is_accepted(forgets):
    found = explore(forgets, [EFFECT], Bounds(landmarks=1)).counterexample
    assert found is not None
    issued, first, second = (
        found.trace.of(kind)[number].t_us / 1e6 for kind, number in
        (("issue", -1), ("effect", 0), ("effect", 1))
    )  # fmt: skip
    assert issued + 5 <= second < issued + 30
    assert first < second


def test_without_landmarks_it_passes_as_clean(forgets):
    assert explore(forgets, [EFFECT], STILL).counterexample is None


def test_a_store_that_remembers_long_enough_is_not_accused(forgets, monkeypatch):
    monkeypatch.setattr(Forgets, "sooner_s", 0.0)
    bounds = Bounds(landmarks=1, schedules=400)
    assert explore(forgets, [EFFECT], bounds).counterexample is None


def test_a_violation_that_no_clock_allows_is_no_reason_to_stop(monkeypatch):
    monkeypatch.setattr(judging, "confirm", lambda *what: None)
    monkeypatch.setattr(judging, "possible", lambda run: False)
    answer = explore(small("no_check", *AGAIN), [EFFECT], STILL)
    assert answer.unrealisable > 0 == answer.unconfirmed
    assert answer.counterexample is None
    assert answer.proof > 0  # the search alone never goes on from a violation


def test_a_violation_that_the_timed_world_does_not_repeat_leaves_the_answer_open(monkeypatch):
    monkeypatch.setattr(judging, "confirm", lambda *what: None)
    answer = explore(small("no_check", *AGAIN), [EFFECT], STILL)
    assert (answer.holds, answer.verdict) == (None, "unconfirmed")
    assert "did not repeat" in str(answer)


def test_intentions_of_a_scenario_are_as_many_as_the_bounds_say():
    assert prepared(small("no_check"), Bounds(intentions=3)).workload.intentions == 3
    assert isinstance(executor(small("no_check"), STILL), Executor)
