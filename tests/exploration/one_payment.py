"""The story that exploration is shown on, and what it comes to there."""

from __future__ import annotations

from typing import Any

from sim.scenario import Scenario
from sim.scenario_files import load

STORY = "one-payment"
ONCE = "at_most_one_effect_per_token"
#: An answer is lost, and the retry comes to the replica that has not seen the token.
TWICE = "payments eu < client eu 0.client.0 = lost; route payments 0.client.1 = payments-us-1"


def story(strategy: str, **fields: Any) -> Scenario:
    """One payment under a strategy; dots in a field's name are written as two underscores."""
    given = {name.replace("__", "."): value for name, value in fields.items()}
    return load(STORY, {"strategy": strategy, **given})
