"""The simulator: a scenario goes in, a trace comes out, and whatever judges reads only the trace.

`scenario` → `world.simulation.simulate` → `trace` → `checker`, `metrics`, `views`; `experiments`,
`lab` and `cli` join the two halves.
"""
