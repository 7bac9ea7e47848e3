"""Sweeps: a scenario over a grid of values, by every core or a cluster, and never made twice.

`sweep` gives a `Sweep`: a table of estimates, a chart, files.
"""

from sim.sweeps.errors import SweepError
from sim.sweeps.results import Sweep
from sim.sweeps.running import sweep

__all__ = ["Sweep", "SweepError", "sweep"]
