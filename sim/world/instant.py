"""Instant: flows driven to their end at time 0, with no network between the parties.

What must exist before a story begins, such as tokens from an earlier consent, is made by the same
parties and the same flows as everything else; only nothing is lost and nothing takes time.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from oauth_model.flows import Effect, Flow, Gather, Note, Perform, Send, Start, StoreCall, Wait, run
from oauth_model.strategies import LOCAL
from sim.world.jobs import Job
from sim.world.node import Node
from sim.world.processes import Handle
from sim.world.world import World

__all__ = ["Handle", "drive"]


def drive(world: World, node: Node, flow: Flow[Any], handlers: dict[str, Handle]) -> Any:
    """Run a flow at a node; `handlers` says who answers a request to which party."""
    job = Job(world, node, flow, lambda job, result: None, -1, "client")
    return run(flow, partial(_answer, job, handlers))


def _answer(job: Job, handlers: dict[str, Handle], effect: Effect) -> Any:
    world, node = job.world, job.node
    if isinstance(effect, Send):
        target = world.parties[effect.to][0]
        return drive(world, target, handlers[effect.to](effect.request), handlers)
    if isinstance(effect, Gather):
        return tuple(_answer(job, handlers, call) for call in effect.calls)
    if isinstance(effect, StoreCall):
        store = node if effect.store == LOCAL else world.stores[effect.store]
        if effect.strategy:
            flow = world.guards[store][effect.strategy].at_store(effect)
            return drive(world, store, flow, handlers)
        return world.apply(store, effect, job)
    if isinstance(effect, Start):
        return drive(world, node, effect.flow, handlers)
    if isinstance(effect, Note | Perform):
        return world.handlers[type(effect)](job, effect)
    assert isinstance(effect, Wait), effect
    return None
