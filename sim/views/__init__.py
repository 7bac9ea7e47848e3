"""Pictures from traces. Rule: a view reads `sim.trace` and nothing before it, and decides nothing.

`layout` says what stands where, in lanes and steps; every format of the space-time diagram is drawn
from it, so that a terminal, a browser and a printed page show the same story.
"""
