"""Concrete instants for a run under chosen order: timers decide, and the timed world agrees."""

from __future__ import annotations

import pytest

from sim.exploration.bounds import Bounds
from sim.exploration.execution import Execution
from sim.exploration.explore import explore, prepared
from sim.exploration.retiming import confirm, retime
from sim.exploration.schedule import Schedule
from sim.scenario_files import load
from tests.exploration.toys import Toy
from tests.exploration.worlds import ALONE, DEAF, DOUBLED, EFFECT, ONCE, executor, small

BOUNDS = Bounds(landmarks=0)


def check_instants(run: Execution, at_us: tuple[int, ...]) -> None:
    """That every step is after what it follows upon, and every timer rings when it must."""
    at = (0, *at_us)
    for number, step in enumerate(run.env.history.steps, 1):
        assert all(at[number] > at[before] for before in step.follows)
    for timer in run.env.armed:
        if timer.ended and run.env.history.steps[timer.ended - 1].event is timer:
            assert timer.shortest_us() <= at[timer.ended] - at[timer.created] <= timer.longest_us()
        else:
            assert at[timer.ended or -1] - at[timer.created] <= timer.longest_us()


LOST = "payments eu < client eu 0.client.0 = lost"
LATE = "after as-eu-1>client-eu 0.client.0 = timer client-eu>payments-eu-1 0.client.0"


@pytest.mark.parametrize("strategy", ["no_check", "shared_atomic", "shared_check_then_act"])
@pytest.mark.parametrize("schedule", ["", LOST, LATE])
@pytest.mark.parametrize("in_order", [True, False])
def test_instants_respect_order_and_timers(strategy, schedule, in_order):
    world = executor(small(strategy, ALONE, ONCE, DEAF), BOUNDS)
    run = world.run(Schedule.parse(schedule))
    assert not run.env.tape.left
    at_us = retime(run, in_order=in_order)
    assert at_us is not None
    check_instants(run, at_us)


def test_a_timer_rings_its_duration_after_it_was_armed():
    run = executor(small("no_check", ALONE, ONCE, DEAF), BOUNDS).run(Schedule.parse(LOST))
    at_us = retime(run)
    (rang,) = [n for n, s in enumerate(run.env.history.steps) if s.event.key.startswith("timer")]
    timer = run.env.history.steps[rang].event
    assert at_us is not None
    assert at_us[rang] - at_us[timer.created - 1] == 1_000_000


def test_a_longer_timer_never_rings_before_a_shorter_one_of_the_same_moment():
    graph = {"start": ("", ["long", "short"]), "long": ("a", []), "short": ("b", [])}
    toy = Toy(graph, {"long": 1_000_000, "short": 200_000})
    run = toy.run(Schedule())
    assert [step.event.key for step in run.env.history.steps] == ["start", "short", "long"]
    assert [choice.point for choice in run.env.tape.log] == []


def test_an_order_that_no_clock_allows_has_no_instants():
    graph = {"start": ("", ["short", "far"]), "far": ("b", ["long"])}
    graph |= {"short": ("a", []), "long": ("c", [])}
    toy = Toy(graph, {"long": 300, "short": 200})
    run = toy.run(Schedule())
    assert retime(run) is not None
    run.env.armed[0].most_us = 1  # it had to ring at once
    run.env.armed[0].least_us = 500
    assert retime(run) is None
    assert retime(run, in_order=False) is None


def test_an_order_that_only_swaps_allow_has_instants_in_another_order():
    graph = {"start": ("", ["a", "b"]), "a": ("a", ["bell"]), "b": ("b", ["gong"])}
    graph |= {"bell": ("c", []), "gong": ("d", [])}
    toy = Toy(graph, {"bell": 400, "gong": 400})
    run = toy.run(Schedule.parse("after b = gong"))
    assert [step.event.key for step in run.env.history.steps][1:] == ["a", "b", "gong", "bell"]
    assert retime(run) is None
    assert retime(run, in_order=False) is not None


def test_what_the_timed_world_does_not_violate_is_not_confirmed():
    scenario = prepared(small("shared_atomic", ALONE, ONCE, DEAF), BOUNDS)
    run = executor(scenario, BOUNDS).run(Schedule.parse(LOST))
    assert confirm(scenario, run, EFFECT) is None


def test_what_the_timed_world_violates_is_confirmed_at_these_instants():
    scenario = prepared(small("no_check", ALONE, ONCE, DEAF), BOUNDS)
    run = executor(scenario, BOUNDS, EFFECT).run(Schedule.parse(LOST))
    timed = confirm(scenario, run, EFFECT)
    assert timed is not None
    effects = [row.t_us for row in timed.trace.of("effect")]
    assert set(effects) <= set(timed.instants_us)
    assert effects[1] - effects[0] >= 1_000_000


def test_a_doubled_message_comes_at_two_instants():
    scenario = prepared(small("no_check", ALONE, DOUBLED), BOUNDS)
    twice = Schedule.parse("mishap client eu > payments eu 0.client.0 = twice")
    run = executor(scenario, BOUNDS, EFFECT).run(twice)
    timed = confirm(scenario, run, EFFECT)
    assert timed is not None
    assert len({row.t_us for row in timed.trace.of("effect")}) == 2


#: Who waits for no time goes on at once; a mail's delay is drawn, and no event waits for it.
AT_ONCE = {
    "a mail that is read at once": (load("magic-link", {"strategy": "per_replica"}), EFFECT),
    "a refresh that waits for no other": (
        load("toctou-refresh", {"authorization_server.rotation_grace": "mint_new"}),
        "every_intention_served",
    ),
}


@pytest.mark.parametrize(("scenario", "asked"), AT_ONCE.values(), ids=AT_ONCE)
def test_waits_that_take_no_time_have_instants_and_are_confirmed(scenario, asked: str):
    answer = explore(scenario, [asked], Bounds(faults=0, schedules=120))
    assert answer.counterexample is not None
    assert answer.counterexample.smallest
    assert (answer.unrealisable, answer.unconfirmed) == (0, 0)


def test_a_delay_beside_a_messages_own_is_none_in_the_timed_world_too():
    """What makes a link slow is drawn apart, and no event waits for it."""
    extra = {"distribution": "constant", "value_ms": 50.0}
    slow = {"faults": [{"fault": "slow", "among": ["payments-eu-1"], "extra": extra}]}
    scenario = prepared(small("no_check", ALONE, ONCE, DEAF, slow), BOUNDS)
    struck = f"after next = slow 1; {LOST}"
    run = executor(scenario, BOUNDS, EFFECT).run(Schedule.parse(struck))
    assert (run.violated, run.env.tape.left) == ((EFFECT,), {})
    assert confirm(scenario, run, EFFECT) is not None
