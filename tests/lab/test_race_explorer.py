"""The race explorer: what is on the screen can be repeated, and rates come in by themselves."""

from __future__ import annotations

import asyncio
import html
import re
import shlex
from threading import Thread

import pytest
from ipywidgets import Button, Tab

from oauth_model.strategies import STRATEGIES
from sim.experiments import Result, replicate
from sim.lab import RacePanel
from sim.lab.controls import LAST_SEED
from sim.lab.dials import GROUPS
from sim.lab.filling import Filling
from sim.scenario_files import build, load, parse_set, vary

NAME = "two-regions-payment"
SMALL = vary(load(NAME), workload__intentions=10)
#: What is no dial, or sets none or one of several parts: where to, and the field in the line.
MOVED = [
    ("strategy", "no_check", "strategy="),
    ("cut_s", 0, "partitions="),
    ("replicas", 3, "servers.payments.replicas="),
    ("consume", "after_effect", "servers.payments.consume="),
    ("skew_s", -5, "clocks="),
    ("loss", 50, "network.access.response_loss_probability="),
    ("also", "client.retries=0", "client.retries="),
]


def everything_in(widget):
    children = getattr(widget, "children", ())
    return [widget, *(inner for child in children for inner in everything_in(child))]


def words(panel):
    """The line below the picture, as a shell reads it."""
    [line] = re.findall(r"<pre>(.*)</pre>", panel.line.value)
    return shlex.split(html.unescape(line))


def test_a_panel_that_nobody_moved_is_the_preset_and_its_seed():
    panel = RacePanel(load(NAME), NAME)
    assert words(panel) == ["tokenrace", "run", NAME, "--seed", str(load(NAME).seed)]


@pytest.mark.parametrize(("control", "value", "field"), MOVED)
def test_the_line_sets_what_the_control_set_and_nothing_else(control, value, field):
    panel = RacePanel(SMALL, NAME)
    panel.set(**{control: value})
    [said] = [b for a, b in zip(words(panel), words(panel)[1:], strict=False) if a == "--set"]
    assert said.startswith(field)
    again = build(SMALL.model_dump(), "again", dict([parse_set(said)]))
    also = dict([parse_set(value)]) if control == "also" else {}
    fields = panel.fields(**panel.values()) | also
    assert again == build(SMALL.model_dump(), "again", fields)


def test_what_was_set_of_the_preset_stands_in_the_line():
    given = {"workload.intentions": 10, "client.retries": 0}
    panel = RacePanel(load(NAME, given), NAME, given)
    assert words(panel)[-4:] == ["--set", "workload.intentions=10", "--set", "client.retries=0"]


@pytest.mark.parametrize(
    ("moved", "line"),
    [
        ({"also": "client.retries=5"}, ["--set", "client.retries=5"]),
        ({"retries": 4}, ["--set", "client.retries=4"]),
        ({"retries": 4, "also": "client.retries=5"}, ["--set", "client.retries=5"]),
        ({"also": "client.retries=5; client.retries=1"}, ["--set", "client.retries=1"]),
        ({"also": "seed=7"}, ["--seed", "7", "--set", "client.retries=0"]),
    ],
    ids=["given", "a dial", "both", "twice", "the seed"],
)
def test_a_field_that_is_set_again_stands_once_in_the_line_as_the_run_has_it(moved, line):
    given = {"client.retries": 0}
    panel = RacePanel(vary(SMALL, client__retries=0), NAME, given)
    panel.set(**moved)
    said = words(panel)
    assert said[-len(line) :] == line
    assert len(said) == 7


def test_a_strategy_that_is_set_as_a_field_is_the_one_whose_promise_stands_there():
    panel = RacePanel(SMALL, NAME)
    panel.set(also="strategy=no_check")
    assert STRATEGIES["no_check"].promise in panel.promise.value


def test_after_the_last_seed_comes_the_first():
    panel = RacePanel(SMALL)
    panel.set(seed=LAST_SEED)
    [again] = [each for each in everything_in(panel) if isinstance(each, Button)]
    again.click()
    assert panel.controls["seed"].value == 0


def test_without_a_preset_the_line_is_of_python():
    panel = RacePanel(SMALL)
    panel.set(seed=3, strategy="no_check")
    assert "panel.set(strategy=&#x27;no_check&#x27;, seed=3)" in panel.line.value


def test_a_new_seed_is_another_run():
    panel = RacePanel(SMALL)
    before = panel.controls["seed"].value
    [again] = [each for each in everything_in(panel) if isinstance(each, Button)]
    again.click()
    assert panel.controls["seed"].value == before + 1


def test_without_an_event_loop_nothing_is_filled():
    assert "1 seed (" in RacePanel(SMALL).rates.value


def test_every_dial_stands_in_the_tab_of_its_group():
    panel = RacePanel(SMALL)
    [tabs] = [each for each in everything_in(panel) if isinstance(each, Tab)]
    assert tabs.titles == (*GROUPS, "Any field")
    for tab, group in zip(tabs.children, GROUPS.values(), strict=False):
        assert list(tab.children) == [panel.controls[name] for name in group]


def test_the_promise_of_the_strategy_stands_beside_the_verdict():
    panel = RacePanel(SMALL)
    panel.set(strategy="no_check")
    assert STRATEGIES["no_check"].promise in panel.promise.value


def test_what_cannot_be_leaves_no_line_and_no_rates_of_what_was_before():
    panel = RacePanel(SMALL, NAME)
    panel.set(also="client.retrys=1")
    assert panel.line.value == panel.rates.value == panel.promise.value == ""


def test_a_line_about_the_race_says_only_what_was_moved():
    panel = RacePanel(SMALL)
    assert repr(panel).startswith("RacePanel(strategy='shared_atomic', seed=20250120): ")
    panel.set(consume="after_effect")
    assert "seed=20250120, consume='after_effect'): " in repr(panel)


def test_this_run_stands_beside_the_first_of_many():
    panel = RacePanel(SMALL)
    [line] = re.findall(r"<tr><td[^>]*>intentions served</td>(.*)</tr>", panel.rates.value)
    this, of, first, of_first = re.findall(r"<td[^>]*>([^<]*)</td>", line)
    assert (this, of) == (first, of_first) != ("", "")


def filled(panel_moves):
    """What stands in the place of the rates after some turns of a loop."""

    async def story():
        panel = RacePanel(SMALL)
        seen = []
        panel.rates.observe(lambda change: seen.append(change["new"]), "value")
        await panel_moves(panel, seen)
        return seen

    return asyncio.run(story())


async def until(seen, count):
    while len(seen) < count:
        await asyncio.sleep(0)


def test_rates_over_more_and_more_seeds_come_in():
    async def wait(panel, seen):
        await until(seen, 3)

    assert [f"{n} seeds (" in text for n, text in enumerate(filled(wait)[:3], 2)] == [True] * 3


def test_a_control_that_is_moved_begins_the_count_anew():
    async def move(panel, seen):
        await until(seen, 2)
        seen.clear()
        panel.set(strategy="no_check")
        await until(seen, 2)

    assert [f"{n} seed" in text for n, text in enumerate(filled(move), 1)] == [True, True]


def test_what_is_filled_is_what_replications_give():
    results: list[Result] = [Result(SMALL)]
    done: list[object] = []

    async def story():
        Filling(done.append).begin(results, 3)
        await until(done, 3)

    asyncio.run(story())
    assert results[0].tally.measures() == replicate(SMALL, 3).tally.measures()


def test_what_is_stopped_in_another_thread_shows_not_even_the_run_that_it_was_in():
    class Stopped(Result):
        def add(self, run):
            super().add(run)
            other = Thread(target=filling.stop)
            other.start()
            other.join()

    done: list[object] = []
    filling = Filling(done.append)

    async def story():
        filling.begin([Stopped(SMALL)], 3)
        await asyncio.wait(asyncio.all_tasks() - {asyncio.current_task()})

    asyncio.run(story())
    assert done == []
