"""Made once: a configuration is the same object for the same scenario, and for no other."""

from __future__ import annotations

import pytest

from oauth_model.strategies import STRATEGIES
from sim import parties
from sim.made_once import REMEMBERED, made_once
from sim.scenario import Scenario
from sim.scenario_files import load, vary
from sim.world.simulation import simulate

RACE = "two-regions-payment"


class Naming:
    """Says what a scenario is called, and counts how often it had to."""

    def __init__(self) -> None:
        self.made = 0
        self.name = made_once(self._name)

    def _name(self, scenario: Scenario, mark: str = "") -> str:
        self.made += 1
        return f"{scenario.about.title}{mark}"


@pytest.fixture
def naming() -> Naming:
    return Naming()


@pytest.fixture
def race() -> Scenario:
    return load(RACE)


def test_the_same_scenario_is_asked_once(naming: Naming, race: Scenario):
    assert naming.name(race) == naming.name(race) == race.about.title
    assert naming.made == 1


def test_what_is_asked_beside_it_counts(naming: Naming, race: Scenario):
    assert naming.name(race, "?") == naming.name(race, "?") == f"{race.about.title}?"
    assert naming.name(race, mark="!") == f"{race.about.title}!"
    assert naming.made == 2


def test_another_scenario_is_another_however_much_alike(naming: Naming, race: Scenario):
    assert naming.name(race) == naming.name(load(RACE))
    assert naming.made == 2


def test_only_the_last_are_kept(naming: Naming, race: Scenario):
    for number in range(REMEMBERED):
        naming.name(race, f"{number}")
    naming.name(race, "0")
    assert naming.made == REMEMBERED
    naming.name(race, "one more")
    naming.name(race, "0")
    assert naming.made == REMEMBERED + 2


def test_a_scenario_keeps_its_configurations(race: Scenario):
    known = parties.resources(race)
    assert parties.resources(race) is known
    registered = (parties.registration(race, known),)
    first = parties.authorization_server_config(race, known, registered)
    assert parties.authorization_server_config(race, known, registered) is first
    assert parties.client_config(race, known) is parties.client_config(race, known)
    assert parties.authorization_server_config(race, known, ()) is not first


@pytest.mark.parametrize("where", ["resource_server", "authorization_server", "effect"])
def test_a_strategy_that_is_defined_again_is_asked_again(race, monkeypatch, where):
    server, known = race.servers[0], parties.resources(race)
    before = parties.resource_server_config(race, server, known[0])
    again = type("Again", (STRATEGIES[race.strategy],), {"consumes_at": where, "believes_s": 9.0})
    monkeypatch.setitem(STRATEGIES, race.strategy, again)
    after = parties.resource_server_config(race, server, known[0])
    assert (after.introspection is not None) == (where == "authorization_server")
    assert (after.consume == "with_effect") == (where == "effect")
    monkeypatch.undo()
    assert parties.resource_server_config(race, server, known[0]) is before


def test_a_run_leaves_no_mark_on_what_the_next_one_is_told(race: Scenario):
    small = vary(race, workload__intentions=5, duration_s=20)
    first, second, anew = simulate(small), simulate(small), simulate(vary(small))
    assert list(first) == list(second) == list(anew)
