"""The world: SimPy, time, the network, nodes, faults and attackers. The only room that knows SimPy.

`simulation.py` is the only place that wires a scenario into a world; everything else here is one
concept a file.
"""
