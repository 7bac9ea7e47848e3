"""The strategy laboratory: curves of chosen strategies over a field, which can be taken away."""

from __future__ import annotations

import asyncio
import re
from base64 import b64decode

import pytest

from oauth_model.strategies import STRATEGIES
from sim.lab import StrategyLaboratory
from sim.scenario_files import load, vary

SMALL = vary(load("two-regions-payment"), workload__intentions=10)


@pytest.fixture(scope="module")
def panel():
    return StrategyLaboratory(SMALL, ["no_check"], "client.retries=0,2", "double_accept_rate")


@pytest.fixture(autouse=True)
def _as_it_was(panel):
    yield
    panel.set(strategies=("no_check",), vary="client.retries=0,2", measure="double_accept_rate")


def taken(panel, name):
    [data] = re.findall(rf'download="{name}" href="data:[^;]+;base64,([^"]+)"', panel.details.value)
    return b64decode(data).decode()


def test_the_first_replication_stands_at_once_with_its_words(panel):
    assert (
        panel.shown.sentence == "double_accept_rate: under no_check, 1 replication of each so far."
    )
    assert '<img alt="' in panel.picture.value
    assert panel.shown.numbers.count("%") == 2


def test_figure_and_table_can_be_taken_away(panel):
    assert taken(panel, "figure.svg").startswith("<?xml")
    head, first, *_ = taken(panel, "table.csv").splitlines()
    assert head.startswith("client.retries,strategy,measure,estimate,low,high")
    assert first.startswith("0,no_check,")


@pytest.mark.parametrize(
    ("moved", "reason"),
    [
        ({"vary": "client.retries"}, "FIELD=VALUE"),
        ({"vary": "client.retrys=1,2"}, "client.retrys"),
        (
            {"vary": f"client.sleep_s={','.join(map(str, range(61)))}"},
            "61 cells; allowed: 60 at most",
        ),
        ({"strategies": ()}, "strategies: none is chosen"),
    ],
    ids=["no values", "no such field", "too many", "no strategy"],
)
def test_what_cannot_be_is_a_line(panel, moved, reason):
    panel.set(**moved)
    assert reason in panel.shown.sentence
    assert panel.picture.value == ""
    assert panel.bar.value == 0


def test_another_measure_is_another_chart(panel):
    before = panel.picture.value
    panel.set(measure="availability")
    assert panel.picture.value != before
    assert panel.shown.sentence.startswith("availability: under no_check")


def test_more_replications_come_in_and_the_bar_counts_them():
    async def story():
        panel = StrategyLaboratory(SMALL, ["no_check"], "client.retries=0", "availability")
        panel.set(replications=3)
        first = panel.picture.value
        while panel.bar.value < 3:
            await asyncio.sleep(0)
        return first, panel

    first, panel = asyncio.run(story())
    assert panel.picture.value != first
    assert panel.bar.max == 3
    assert panel.bar.description == "3 of 3 replications"
    assert "3 replications of each so far" in panel.verdict.value
    assert taken(panel, "table.csv").splitlines()[1].endswith(",3")


def test_curves_are_drawn_anew_when_there_are_twice_as_many_replications():
    async def story():
        panel = StrategyLaboratory(SMALL, ["no_check"], "client.retries=0", "availability")
        panel.set(replications=7)
        pictures = []
        panel.picture.observe(lambda change: pictures.append(panel.verdict.value), "value")
        while panel.bar.value < 7:
            await asyncio.sleep(0)
        return pictures

    drawn = re.findall(r"(\d) replications", " ".join(asyncio.run(story())))
    assert drawn == ["2", "4", "7"]


def test_the_chosen_strategies_are_the_first_to_choose_from():
    chosen = ["shared_atomic", "per_replica"]
    panel = StrategyLaboratory(SMALL, chosen, "client.retries=0", "availability")
    assert set(panel.controls["strategies"].options[:2]) == set(chosen)
    assert len(panel.controls["strategies"].options) == len(STRATEGIES)


def test_a_reader_without_a_kernel_sees_the_curves(panel):
    html = panel._repr_mimebundle_()["text/html"]
    assert html.startswith("<p>double_accept_rate: under no_check")
    assert "<img alt=" in html
