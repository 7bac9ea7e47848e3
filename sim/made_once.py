"""Made once: what functions make of a scenario is the same object as long as the scenario is.

Rule: only for functions of what they are given and of the scenario's strategy, and of nothing else;
nobody changes their answers.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from oauth_model.strategies import STRATEGIES
from sim.scenario import Scenario

Asked = ParamSpec("Asked")
Made = TypeVar("Made")

#: How many answers each function remembers.
REMEMBERED = 8


def made_once(
    make: Callable[Concatenate[Scenario, Asked], Made],
) -> Callable[Concatenate[Scenario, Asked], Made]:
    """The same function, which remembers what it made last.

    A scenario has no hash and takes long to compare, so it is known by being the very same object;
    and its strategy by the class, for a notebook's cell that ran again has made another one.
    """
    kept: tuple[tuple[Scenario, Any, Made], ...] = ()

    @wraps(make)
    def once(scenario: Scenario, /, *asked: Asked.args, **named: Asked.kwargs) -> Made:
        nonlocal kept
        about = STRATEGIES[scenario.strategy], asked, named
        for known, so, made in kept:
            if known is scenario and so == about:
                return made
        new = make(scenario, *asked, **named)
        kept = ((scenario, about, new), *kept[: REMEMBERED - 1])
        return new

    return once
