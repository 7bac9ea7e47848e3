"""The network: from one node to another, with the fate that was drawn for the message.

A link is one direction between two nodes. Its law is made of a class (`access`: whoever presents,
to servers and back; `internal`: servers to stores) and of what crossing regions adds. A partition
acts when a message would arrive, so what was in flight when the link was cut is lost too.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from sim.choices import Cause, Choices, Copy, Fate, Law
from sim.clocks import US_PER_MS
from sim.distributions import sum_of
from sim.passages import Passage
from sim.scenario import Stores
from sim.scenario_world import Between, LinkPart, Network
from sim.world.conditions import Conditions
from sim.world.node import Node
from sim.world.recorder import Recorder
from sim.world.timed import Environment, Happening

#: What belongs to a duplicate numbers its messages from here on, apart from the original's.
COPY = 1_000_000
#: Roles whose messages travel over `access` links.
OUTSIDERS = ("client", "thief", "mailbox")


#: The party of the members of the replicated store.
MEMBER = "member"
#: The way to a store → the way back.
BACK = {"read": "response", "write": "ack"}


class Link:
    """One direction between two nodes: its class, its laws, and how many messages it was given.

    `law` is for loss and delay, `mishap` for duplication and reordering (None: neither happens).
    """

    __slots__ = ("back", "kind", "law", "leg", "mishap", "sent", "source", "target")

    def __init__(
        self, source: Node, target: Node, kind: str, leg: str, law: Law, mishap: Law | None
    ) -> None:
        self.source, self.target, self.kind, self.leg = source, target, kind, leg
        self.law, self.mishap, self.sent = law, mishap, 0
        self.back: Link | None = None  #: the way of the answers, once there was one


class Envelope(Happening):
    """A message in flight with its addressing; to SimPy, an event whose callback is its arrival.

    `call`: the call it belongs to. `cause`: why it was sent. `copy`: 0, or 1 for a duplicate.
    `arrived_us`: when it came to a node where it has to wait for a worker.
    """

    __slots__ = ("arrived_us", "call", "cause", "copy", "link", "number", "payload", "receive")

    def __init__(
        self,
        link: Link,
        call: Any,
        cause: Cause,
        payload: Any,
        receive: Callable[[Envelope], None],
    ) -> None:
        self.link = link
        self.call = call
        self.cause = cause
        self.payload = payload
        self.receive = receive
        self.copy = self.number = self.arrived_us = 0


class Wires:
    """All links of a run, each made when first used, and what stands in the way at this moment."""

    def __init__(
        self,
        env: Environment,
        network: Network,
        between: dict[tuple[str, str], Between],
        stores: Stores,
        choices: Choices,
        recorder: Recorder,
    ) -> None:
        self.env, self.choices, self.recorder = env, choices, recorder
        self.network, self.legs = network, stores.legs
        self.links: dict[tuple[Node, Node, str, str], Link] = {}
        self.conditions = Conditions()
        self._between = between
        self._arrivals: list[Callable[[Any], None]] = [self._arrive]  #: callbacks of each message

    def back(self, link: Link) -> Link:
        """The link of the answers to what came over a link, from now on its `back`."""
        link.back = back = self.link(link.target, link.source, "<", link.leg)
        return back

    def link(self, source: Node, target: Node, way: str = ">", leg: str = "") -> Link:
        """The link from one node to another, for requests (">") or for responses ("<").

        `leg`: "read" or "write" where the way to a store and back has delays of its own.
        """
        ends = source, target, way, leg
        return self.links.get(ends) or self.links.setdefault(ends, self._made(*ends))

    def _made(self, source: Node, target: Node, way: str, leg: str) -> Link:
        outside = source.role in OUTSIDERS or target.role in OUTSIDERS
        outside = outside or source.role == target.role == "rs"
        kind = "access" if outside else "internal"
        part = self.network.access if outside else self.network.internal
        if self.legs is not None and leg:
            name = BACK[leg] if way == "<" else leg
            part = part.model_copy(update={"latency": getattr(self.legs, name)})
        crossing = self._between.get((source.region, target.region), STAYING)
        name = f"{source.party} {source.region} {way} {target.party} {target.region}"
        name = f"{name} {leg}" if leg else name
        passage, rare = _passage(part, crossing, response=way == "<"), _mishap(part, crossing)
        law = Law(name, passage, (1, 0) if passage.loss else (1,))
        doubled = (1, 2) if part.duplicate_probability else (1,)
        mishap = Law(f"mishap {name}", rare, doubled) if rare is not None else None
        return Link(source, target, kind, leg, law, mishap)

    def send(self, envelope: Envelope) -> None:
        """Put a message on its link; it is received as often as its fate says."""
        link, cause = envelope.link, envelope.cause
        link.sent += 1
        fate = self.choices.fate(link.law, cause)
        if link.mishap is not None and fate:
            fate = _befallen(fate[0], self.choices.fate(link.mishap, cause))
        if self.conditions.slow and fate:
            fate = self.conditions.slower(link.source, link.target, link.law, cause, fate)
        if self.recorder.full:
            self.recorder.sent(envelope, lost=not fate)
        for delay_us, tie in fate:
            envelope.callbacks = self._arrivals
            self.env.post(envelope, delay_us, tie)
            if len(fate) > 1:
                envelope = _duplicate(envelope)

    def _arrive(self, envelope: Envelope) -> None:
        if self.conditions.standing and (reason := self.conditions.stops(envelope)):
            if self.recorder.full and reason != "clog":
                self.recorder.message("drop", envelope, {"reason": reason})
            return
        if self.recorder.full:
            self.recorder.message("deliver", envelope, {"copy": envelope.copy})
        envelope.receive(envelope)

    def unclog(self) -> None:
        """Let arrive, in their order, all messages that no clog holds any longer."""
        for envelope in self.conditions.release():
            self._arrive(envelope)


STAYING = Between(regions=("here", "here"))


def _duplicate(envelope: Envelope) -> Envelope:
    """Another event object for the next copy: SimPy empties an event's callbacks when it runs."""
    twin = Envelope(
        envelope.link, envelope.call, envelope.cause, envelope.payload, envelope.receive
    )
    twin.copy, twin.number = envelope.copy + 1, envelope.number
    return twin


def _passage(part: LinkPart, crossing: Between, *, response: bool) -> Passage:
    """How loss and delay are drawn."""
    class_loss = part.response_loss_probability if response else part.request_loss_probability
    loss = 1.0 - (1.0 - class_loss) * (1.0 - crossing.loss_probability)
    return Passage(loss, part.latency, crossing.latency)


def _mishap(part: LinkPart, crossing: Between) -> Callable[[Random], Fate] | None:
    """How the rarer things are drawn: how long a message is held back, and its duplicate, if any.

    A law of its own, so that switching one on leaves every other draw as it was; None if all are
    off.
    """
    twice, late = part.duplicate_probability, part.reorder_probability
    if not twice and not late:
        return None
    second_ms, held_back = sum_of(part.latency, crossing.latency), part.reorder_extra.sampler()

    def held_us(random: Random) -> int:
        reordered, held_ms = random.random() < late, held_back(random)
        return int(held_ms * US_PER_MS + 0.5) if reordered else 0

    def draw(random: Random) -> Fate:
        held, duplicated = Copy(held_us(random), 0), random.random() < twice
        delay_us = int(second_ms(random) * US_PER_MS + 0.5) + held_us(random)
        second = Copy(delay_us, random.getrandbits(16))
        return (held, second) if duplicated else (held,)

    return draw


def _befallen(copy: Copy, mishap: Fate) -> Fate:
    """The fate of a message that arrives: held back, and perhaps doubled."""
    held_back = copy._replace(delay_us=copy.delay_us + mishap[0].delay_us)
    return (held_back, *mishap[1:])
