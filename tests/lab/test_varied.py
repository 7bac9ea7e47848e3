"""One control: every value is another scenario, and nothing else of it changes."""

from __future__ import annotations

import pytest

from sim.experiments import replicate
from sim.lab import VariedPanel, percent
from sim.scenario_files import load, vary

SMALL = vary(load("two-regions-payment"), workload__intentions=20)
WATCH = {"availability": "served", "latency_ms": "median", "messages_per_use": "messages"}


@pytest.fixture
def panel():
    return VariedPanel(SMALL, "client.retries", "retries", [0, 2], WATCH)


def test_it_starts_at_the_first_value_and_says_what_was_watched(panel):
    found = replicate(vary(SMALL, client__retries=0)).tally.measures()
    assert repr(panel).startswith("VariedPanel(value=0, seed=")
    assert f"served {percent(found['availability'])}" in repr(panel)


def test_a_moved_control_shows_the_scenario_with_that_value(panel):
    panel.set(value=2)
    found = replicate(vary(SMALL, client__retries=2)).tally.measures()
    assert f"served {percent(found['availability'])}" in panel.shown.numbers
    assert f"messages {found['messages_per_use']:.1f}" in panel.shown.numbers


def test_a_count_has_no_decimals():
    panel = VariedPanel(SMALL, "client.retries", "retries", [0], {"store_peak_entries": "records"})
    peak = replicate(vary(SMALL, client__retries=0)).tally.measures()["store_peak_entries"]
    assert panel.shown.numbers == f"records {peak}"
    assert isinstance(peak, int)


def test_another_seed_is_another_run_of_the_same(panel):
    before = panel.shown.numbers
    panel.set(seed=5)
    assert panel.shown.numbers != before
