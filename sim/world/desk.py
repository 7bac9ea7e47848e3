"""The desk: requests wait in line at a node until one of its workers is free.

A worker is held for the service time of a request (its share of processor time); then the request
is handled, and what handling waits for (stores, other servers) holds nobody. With `blocking` the
worker is held until the answer is sent, as where a thread serves one request from start to end.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from random import Random

from sim.choices import Copy, Fate, Law
from sim.clocks import US_PER_MS
from sim.scenario_world import Workers
from sim.world.network import COPY, OUTSIDERS, Envelope
from sim.world.node import Node
from sim.world.timed import Happening
from sim.world.world import World


class Desk:
    """The line in front of one node, first come, first served."""

    def __init__(self, world: World, node: Node, part: Workers) -> None:
        self.world, self.part = world, part
        self.serve: Callable[[Envelope], None] = node.receive
        self.free, self.line = part.count, deque[Envelope]()
        self.held: set[Envelope] = set()  #: requests whose worker waits for the answer
        self.generation = 0  #: how often everything was lost
        self.pace = 1.0  #: how much longer than drawn everything takes
        sample_ms = part.service.sampler()

        def draw(random: Random) -> Fate:
            return (Copy(int(sample_ms(random) * US_PER_MS + 0.5), 0),)

        self.name, self.draw = f"service {node.name}", draw
        self.laws: dict[str, Law] = {}  #: party of the sender → how long its requests take
        node.receive, node.desk = self.receive, self

    def receive(self, envelope: Envelope) -> None:
        """A request arrives."""
        envelope.arrived_us = self.world.env.now_us
        if self.free:
            self.free -= 1
            self._begin(envelope)
        else:
            self.line.append(envelope)

    def answered(self, envelope: Envelope) -> None:
        """The answer to a request is sent: a worker that was held for it is free."""
        if envelope in self.held:
            self.held.remove(envelope)
            self._next()

    def clear(self) -> None:
        """Everything in line and in service is lost, as in a crash."""
        self.free, self.generation = self.part.count, self.generation + 1
        self.line.clear()
        self.held.clear()

    def _begin(self, envelope: Envelope) -> None:
        cause, generation = envelope.cause, self.generation
        cause = cause._replace(ordinal=cause.ordinal + COPY * envelope.copy)
        law = self._law(envelope.link.source)
        delay_us = self.world.choices.fate(law, cause)[0].delay_us
        delay_us = int(delay_us * self.pace + 0.5)
        ready = Happening(lambda _: self._served(envelope, generation))
        self.world.env.post(ready, delay_us)

    def _law(self, sender: Node) -> Law:
        """Servers' calls are apart from presenters' requests, whose causes they share."""
        party = "" if sender.role in OUTSIDERS else f" for {sender.party}"
        return self.laws.setdefault(party, Law(self.name + party, self.draw))

    def _served(self, envelope: Envelope, generation: int) -> None:
        if generation != self.generation:
            return
        if self.part.blocking:
            self.held.add(envelope)
            self.serve(envelope)
        else:
            self.serve(envelope)
            self._next()

    def _next(self) -> None:
        if self.line:
            self._begin(self.line.popleft())
        else:
            self.free += 1
