"""replay: the same run from a few words, or an error that names the word that is wrong."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from sim.exploration import USUAL_BOUNDS, Bounds, Replay, Schedule, explore, replay
from tests.exploration.one_payment import ONCE, STORY, TWICE, story

INTENDED_ONCE = "at_most_one_effect_per_intention"


def twice(**fields: object) -> Replay:
    return replay(story("per_replica", **fields), TWICE)


# --- the same run ---------------------------------------------------------------------------------


@pytest.mark.parametrize("strategy", ["no_check", "per_replica", "shared_check_then_act"])
def test_a_replay_is_the_counterexample_byte_for_byte(strategy: str):
    found = explore(story(strategy)).counterexample
    assert found is not None
    again = replay(story(strategy), str(found.schedule))
    assert "\n".join(again.trace.lines()) == "\n".join(found.trace.lines())
    assert "\n".join(again.needed.lines()) == "\n".join(found.needed.lines())
    assert (again.steps, again.verdicts[found.property]) == (found.steps, found.verdict)


def test_the_timed_world_says_the_same_as_chosen_order():
    found = twice()
    assert found.violated == (ONCE, INTENDED_ONCE)
    assert found.confirmed
    assert "and so it does in the timed world" in str(found)
    assert {name: verdict.holds for name, verdict in found.verdicts.items()} == {
        ONCE: False,
        INTENDED_ONCE: False,
    }


def test_a_violation_that_the_timed_world_does_not_repeat_is_one_all_the_same():
    """A replay is judged by both worlds."""
    found = twice()
    held = {name: replace(verdict, holds=True) for name, verdict in found.verdicts.items()}
    unlike = replace(found, verdicts=held)
    assert not unlike.confirmed
    assert unlike.holds == (False, False)
    assert "under chosen order, but does not in the timed world" in str(unlike)


def test_a_schedule_as_a_text_or_read_and_a_scenario_by_name_or_built_are_the_same():
    named = replay(STORY, TWICE)
    assert named == replay(story("shared_atomic"), Schedule.parse(TWICE))
    assert named.strategy == "shared_atomic"


def test_another_strategy_under_the_same_schedule_violates_nothing():
    found = replay(STORY, TWICE)
    assert (found.violated, found.confirmed) == ((), True)
    assert all(verdict.holds for verdict in found.verdicts.values())
    assert "violates nothing under chosen order" in str(found)
    assert len(found.trace.of("outcome")) == 1


def test_the_empty_schedule_is_the_undisturbed_run():
    found = replay(STORY, "")
    assert found.violated == ()
    assert [row.detail["kind"] for row in found.trace.of("outcome")] == ["served"]
    assert not found.trace.of("drop")


def test_more_faults_than_are_usually_explored_can_be_replayed():
    both = f"as eu < client eu 0.client.0 = lost; {TWICE}"
    found = replay(story("no_check", client__retries=2), both)
    assert len(found.trace.of("drop")) == 2 > USUAL_BOUNDS.faults


def test_as_many_intentions_begin_as_the_bounds_say():
    found = replay(story("shared_atomic"), "", bounds=Bounds(intentions=2))
    assert {row.intention for row in found.trace.of("outcome")} == {0, 1}


def test_a_property_that_is_violated_on_the_way_does_not_end_the_run():
    asked = ["every_intention_served", ONCE]
    found = replay(story("per_replica", client__retries=2), TWICE, asked)
    assert found.violated == (ONCE,)


def test_properties_that_only_instants_decide_are_judged_on_the_timed_run():
    found = replay(story("per_replica", properties=[ONCE, "single_use_linearizable"]), TWICE)
    assert found.violated == (ONCE,)
    assert list(found.verdicts) == [ONCE, "single_use_linearizable"]


# --- what is wrong with a schedule ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        ("lost", "schedule: 'lost' is no deviation; a deviation is POINT = OPTION"),
        ("moon = full", "schedule: the run never comes to 'moon'"),
        ("route paymets 0.client.0 = x", "; did you mean 'route payments 0.client.0'?"),
        (
            "route payments 0.client.0 = payments-ap-1",
            "'route payments 0.client.0' has no option 'payments-ap-1'; "
            "allowed: payments-eu-1, payments-us-1",
        ),
        (f"{TWICE}; route payments 0.client.2 = payments-us-1", "comes to 'route payments 0.cl"),
    ],
)
def test_a_schedule_that_cannot_be_followed_names_what_is_wrong(schedule: str, said: str):
    with pytest.raises(ValueError, match="schedule: ") as caught:
        replay(story("per_replica"), schedule)
    assert said in str(caught.value)


def test_a_property_that_instants_decide_cannot_be_asked_of_chosen_order():
    with pytest.raises(ValueError, match="property 'single_use_linearizable' cannot be explored"):
        replay(STORY, TWICE, ["single_use_linearizable"])


# --- everywhere the same --------------------------------------------------------------------------

PROGRAM = """
from sim.exploration import explore, replay
from sim.scenario_files import load
for strategy in ("per_replica", "shared_check_then_act"):
    story = load("one-payment", {"strategy": strategy})
    found = explore(story)
    print(found.schedules, str(found.counterexample.schedule))
    print("\\n".join(replay(story, str(found.counterexample.schedule)).trace.lines()))
"""


def printed(hash_seed: int) -> bytes:
    environment = {"PYTHONHASHSEED": str(hash_seed), "PYTHONPATH": ".", "PATH": ""}
    command = [sys.executable, "-c", PROGRAM]
    return subprocess.run(command, env=environment, capture_output=True, check=True).stdout


def test_schedule_and_trace_are_the_same_in_every_process():
    first = printed(1)
    assert TWICE.encode() in first
    assert first == printed(2)


# --- in a notebook --------------------------------------------------------------------------------


def test_a_notebook_shows_a_replay_with_words_and_picture():
    shown = twice()._repr_html_()
    assert repr(twice()).startswith(f"per_replica: violates {ONCE}")
    assert "payments eu &lt; client eu 0.client.0 = lost; route" in shown
    assert '<img alt="' in shown
    assert "had its effect at payments-eu-1 at 4.0 ms" in shown


def test_a_notebook_shows_an_exploration_as_its_answer_schedule_and_picture():
    found = explore(story("per_replica"))
    assert found.counterexample is not None
    assert repr(found) == f"per_replica: {found}"
    shown = found._repr_html_()
    assert "2 deviations and 6 steps" in shown
    assert shown.endswith(found.counterexample._repr_html_())
    assert shown.count("<img") == shown.count("</pre>") == 1


def test_an_answer_without_counterexample_is_a_sentence_alone():
    found = explore(story("shared_atomic"), bounds=Bounds(schedules=50))
    assert "<img" not in found._repr_html_()
    assert "no violation in 50 schedules" in found._repr_html_()
    assert found.verdict == "not exhausted"
