"""Exploration: the same world under chosen order, instead of drawn delays.

Rule: nothing of the protocol, the strategies or the nodes is written a second time here. An
exploration replaces two things of a run: who draws (`tape`) and who decides what happens next
(`chosen`); a counterexample counts only when the timed world repeats it (`retiming`).
"""
