"""Who enforces one use as a scenario describes it: a strategy at a place, its dials, its stores.

Rule: nothing here runs anything. What many runs of a scenario ask again is remembered.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

from oauth_model.strategies import STRATEGIES, Place, Settings, Strategy, member
from sim.scenario import Scenario


def strategy(scenario: Scenario, name: str, region: str, store: str = "") -> Strategy:
    """An instance of a strategy for one replica, which stands in a region, or for a store."""
    place = Place(region, scenario.server_regions, members(scenario), store)
    return STRATEGIES[name](place, settings(scenario))


def settings(scenario: Scenario) -> Settings:
    """The dials that strategies share, as the scenario sets them."""
    return scenario.strategy_settings.dials


def members(scenario: Scenario) -> tuple[str, ...]:
    """The names of the members of the replicated store, the one in charge first."""
    return _members(scenario.members)


@lru_cache(maxsize=64)
def _members(regions: tuple[str, ...]) -> tuple[str, ...]:
    seen: Counter[str] = Counter()
    names = []
    for region in regions:
        seen[region] += 1
        names.append(member(region, seen[region]))
    return tuple(names)
