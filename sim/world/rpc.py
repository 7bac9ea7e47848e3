"""Calls: a request that waits for its answer, answered once, by the first reply or by a timer.

A call that nobody answers in time is answered `UNKNOWN`; a reply that comes later changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from oauth_model.flows import UNKNOWN, StoreCall
from oauth_model.messages import Request, Response
from sim.choices import Cause
from sim.world.network import COPY, MEMBER, Envelope, Wires
from sim.world.node import Node

if TYPE_CHECKING:
    from sim.world.jobs import Job


class Call:
    """A request from a job to a node."""

    __slots__ = ("deadline_us", "done", "job", "payload", "target", "token", "wires")

    def __init__(
        self, wires: Wires, job: Job, target: Node, payload: Request | StoreCall, token: str
    ) -> None:
        self.wires = wires
        self.job = job
        self.target = target
        self.payload = payload
        self.token = token
        self.done = False
        self.deadline_us = 0

    def start(self, cause: Cause, timeout_us: int) -> None:
        """Send the request and arm the timer."""
        self.transmit(self.target, cause)
        self.wires.env.arm(self, timeout_us)

    def transmit(self, target: Node, cause: Cause) -> None:
        """Put the request on the wire."""
        wires = self.wires
        link = wires.link(self.job.node, target, ">", self.leg(target) if wires.legs else "")
        wires.send(Envelope(link, self, cause, self.payload, target.receive))

    def respond(self, envelope: Envelope, payload: object) -> None:
        """Send the answer back to where the request came from; a copy's answer has its own fate."""
        link, cause = envelope.link, envelope.cause
        if link.target.desk is not None:
            link.target.desk.answered(envelope)
        if envelope.copy:
            cause = cause._replace(ordinal=cause.ordinal + COPY * envelope.copy)
        back = link.back or self.wires.back(link)
        self.wires.send(Envelope(back, self, cause, payload, self.receive))

    def leg(self, target: Node) -> str:
        """Which way to a member of the replicated store this takes: to read, or to write."""
        if target.party != MEMBER:
            return ""
        assert isinstance(self.payload, StoreCall), "members are asked nothing else"
        return "read" if self.payload.operation == "look" else "write"

    def receive(self, envelope: Envelope) -> None:
        """An answer arrived."""
        if not self.done:
            self.done = True
            self.answered(envelope)
            self.tell(envelope.payload)

    def expire(self) -> None:
        """No answer arrived in time."""
        self.done = True
        self.gave_up()
        self.tell(UNKNOWN)

    def tell(self, answer: object) -> None:
        """Let who asked go on."""
        self.job.resume(answer)

    def answered(self, envelope: Envelope) -> None:
        """What to record of an answer: nothing, for a store."""

    def gave_up(self) -> None:
        """What to record of silence."""
        self.timed_out(self.job.attempt, self.target)

    def timed_out(self, attempt: int, target: Node) -> None:
        """An answer to this attempt is not waited for any longer."""
        recorder = self.wires.recorder
        if recorder.full and self.job.alive:
            recorder.timed_out(self.job, self.token, target, attempt)


class Gathering:
    """Several store calls of one job, which goes on as soon as enough have answered.

    Later answers are dropped, not kept for the next time that somebody asks: by then they may be
    old, and a `look` must not be told what was so before. Who must be sure that a store has heard
    tells it again. That is harmless, for what tells news is idempotent (`ReplayStore`: USED stays
    USED, and nothing is granted twice), and costs two messages for each store that came too late.
    """

    def __init__(self, job: Job, count: int, need: int) -> None:
        self.job, self.need, self.open = job, need, count
        self.answers: list[object] = [UNKNOWN] * count

    def take(self, index: int, answer: object) -> None:
        """One of the calls ended; what comes after the job went on is not heard."""
        if self.open:
            self.open -= 1
            self.answers[index] = answer
            self.need -= answer is not UNKNOWN
            if self.need <= 0 or not self.open:
                self.open = 0
                self.job.resume(tuple(self.answers))


class OneOf(Call):
    """A store call that is gathered with others."""

    __slots__ = ("gathering", "index")

    def __init__(
        self, wires: Wires, gathering: Gathering, index: int, target: Node, payload: StoreCall
    ) -> None:
        super().__init__(wires, gathering.job, target, payload, gathering.job.token)
        self.gathering, self.index = gathering, index

    def tell(self, answer: object) -> None:
        """Hand the answer to the gathering."""
        self.gathering.take(self.index, answer)


class Presentation(Call):
    """A call to another party: what its presenter learns is recorded, and it may be hedged.

    `presents`: whether it asks a server to be let in; what an AS tells one does not.
    """

    __slots__ = ("outstanding", "presents")

    def __init__(self, wires: Wires, job: Job, target: Node, request: Request, token: str) -> None:
        super().__init__(wires, job, target, request, token)
        self.outstanding: dict[int, tuple[int, Node]] = {}  #: attempt → when it was sent, and where
        self.presents = target.role == "rs" and job.node.role != "as"

    def transmit(self, target: Node, cause: Cause) -> None:
        """Put the request on the wire, and remember when."""
        self.outstanding[cause.attempt] = self.wires.env.now_us, target
        super().transmit(target, cause)

    def answered(self, envelope: Envelope) -> None:
        """The presenter learnt how this attempt went, and waits for no other one."""
        attempt = envelope.cause.attempt
        self._return(attempt, *self.outstanding.pop(attempt), envelope.payload)
        for attempt, sent in self.outstanding.items():
            self._return(attempt, *sent, None)

    def gave_up(self) -> None:
        """Of the attempts still out, the presenter knows nothing."""
        for attempt, sent in self.outstanding.items():
            self.timed_out(attempt, sent[1])
            self._return(attempt, *sent, None)

    def _return(
        self, attempt: int, invoked_us: int, target: Node, response: Response | None
    ) -> None:
        if self.presents and self.job.alive:
            recorder = self.wires.recorder
            recorder.returned(self.job, self.token, target, attempt, invoked_us, response)


class Hedge:
    """A timer that sends the same bytes once more if nobody has answered by then."""

    __slots__ = ("call", "cause", "deadline_us", "target")

    def __init__(self, call: Call, target: Node, cause: Cause) -> None:
        self.call, self.target, self.cause, self.deadline_us = call, target, cause, 0

    @property
    def done(self) -> bool:
        """Whether the call was answered without help."""
        return self.call.done

    def expire(self) -> None:
        """Send the request again, to the replica that was picked for this attempt."""
        if self.call.job.alive:
            self.call.transmit(self.target, self.cause)
