"""Exploration: the same world under chosen order, instead of drawn delays.

Rule: nothing of the protocol, the strategies or the nodes is written a second time here. An
exploration replaces two things of a run: who draws (`tape`) and who decides what happens next
(`chosen`); a counterexample counts only when the timed world repeats it (`retiming`).
"""

from sim.exploration.answers import Counterexample, Exploration, Interrupted
from sim.exploration.bounds import USUAL_BOUNDS, Bounds
from sim.exploration.explore import explore, explored
from sim.exploration.replaying import Replay, replay
from sim.exploration.sampling import MODES, sample
from sim.exploration.schedule import Schedule

__all__ = [
    "MODES",
    "USUAL_BOUNDS",
    "Bounds",
    "Counterexample",
    "Exploration",
    "Interrupted",
    "Replay",
    "Schedule",
    "explore",
    "explored",
    "replay",
    "sample",
]
