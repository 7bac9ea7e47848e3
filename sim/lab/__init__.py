"""The lab: ipywidgets panels and what a notebook needs beside them: scenario in, views out.

Rule: nothing here decides anything about tokens; the panels ask the simulation, the checker and the
views. The only room that knows ipywidgets.
"""

from sim.lab.asked import asked
from sim.lab.audience import AudiencePanel
from sim.lab.figure import Figure, still
from sim.lab.journey import JourneyPanel, claims_table, first_intention, part
from sim.lab.panel import Panel, Shown
from sim.lab.race import HOLDS, RacePanel
from sim.lab.strategy_laboratory import StrategyLaboratory
from sim.lab.timeline import TimelinePanel
from sim.lab.varied import VariedPanel
from sim.lab.words import judge, percent

__all__ = [
    "HOLDS",
    "AudiencePanel",
    "Figure",
    "JourneyPanel",
    "Panel",
    "RacePanel",
    "Shown",
    "StrategyLaboratory",
    "TimelinePanel",
    "VariedPanel",
    "asked",
    "claims_table",
    "first_intention",
    "judge",
    "part",
    "percent",
    "still",
]
