"""What the tests of sweeps sweep: the flagship story made very short, over small grids."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sim.scenario_files import load
from sim.sweeps import Sweep, sweep

SHORT = {"workload.intentions": 6, "duration_s": 20}
QUICK = load("two-regions-payment", SHORT)
RETRIES: dict[str, Any] = {"client.retries": [0, 2]}
#: A strategy as somebody would write it in a file of their own.
OWN = """
from oauth_model.flows import StoreCall
from oauth_model.strategies import SHARED, Strategy, strategy


@strategy
class Mine(Strategy):
    name = "mine"

    def begin(self, use):
        answer = yield StoreCall(SHARED, "insert", use.key, self.keep_until_s(use))
        return self.decide(answer)
"""

#: A property as somebody would write it in a cell; it says this of every run.
JUDGE = """
from sim.properties import PROPERTIES, Property, prop


@prop
class Judge(Property):
    name, sentence, clause = "judge", "It is so.", "none"
    subject, held = "run", "so it was"

    def at_end(self):
        return self.judged({verdict}, "so it is")
"""


def quick(replications: int = 3, strategies: Any = None, **more: Any) -> Sweep:
    """A sweep of two points; nothing is kept unless a folder is named."""
    asked = {"cache": False, "progress": False} | more
    return sweep(QUICK, RETRIES, strategies, replications, **asked)


def told(found: Sweep) -> str:
    """Everything that a sweep says, to the last digit."""
    return found.frame().to_csv() + str(found.to_json())


def files(folder: Path) -> list[Path]:
    """What is kept in a cache, in order."""
    return sorted(path for path in folder.rglob("*") if path.is_file())
