"""The race explorer: what is on the screen can be repeated, and rates come in by themselves."""

from __future__ import annotations

import asyncio
import html
import re
import shlex

import pytest

from sim.lab import RacePanel
from sim.lab.filling import Filling
from sim.scenario_files import build, load, parse_set, vary

NAME = "two-regions-payment"
SMALL = vary(load(NAME), workload__intentions=10)
#: The control, where to, and the field of the scenario that the line must name.
MOVED = [
    ("strategy", "no_check", "strategy="),
    ("on_outage", "fail_open", "strategy_settings.on_outage="),
    ("replicas", 3, "servers.payments.replicas="),
    ("latency_ms", 40, "network.access.latency="),
    ("loss", 50, "network.access.response_loss_probability="),
    ("retry", "hedged", "client.retry="),
    ("retry_with", "fresh_token", "client.retry_with="),
    ("thief", 100, "thief.probability="),
    ("cut_s", 0, "partitions="),
    ("cut_s", 5, "partitions="),
    ("also", "client.retries=0", "client.retries="),
]


def words(panel):
    """The line below the picture, as a shell reads it."""
    return shlex.split(html.unescape(re.sub(r"</?pre>", "", panel.line.value)))


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


def test_without_a_preset_the_line_is_of_python():
    panel = RacePanel(SMALL)
    panel.set(seed=3, strategy="no_check")
    assert "panel.set(strategy=&#x27;no_check&#x27;, seed=3)" in panel.line.value


def test_a_new_seed_is_another_run():
    panel = RacePanel(SMALL)
    before = panel.controls["seed"].value
    panel.actions.click()
    assert panel.controls["seed"].value == before + 1


def test_without_an_event_loop_nothing_is_filled():
    assert RacePanel(SMALL).rates.value == ""


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

    assert [f"Over {n} seed" in text for n, text in enumerate(filled(wait)[:3], 1)] == [True] * 3


def test_a_control_that_is_moved_begins_the_count_anew():
    async def move(panel, seen):
        await until(seen, 2)
        panel.set(strategy="no_check")
        seen.clear()
        await until(seen, 1)

    assert "Over 1 seed<" in filled(move)[0]


def test_what_is_filled_is_what_replications_give():
    from sim.experiments import Result, replicate

    results: list[Result] = [Result(SMALL)]
    done: list[object] = []

    async def story():
        Filling(done.append).begin(results, 3)
        await until(done, 3)

    asyncio.run(story())
    assert results[0].tally.measures() == replicate(SMALL, 3).tally.measures()
