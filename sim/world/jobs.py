"""A job: a protocol flow being run at a node, in simulated time.

The twin of `oauth_model.flows.run`: each effect goes to its handler in a table, which answers at
once or says PENDING and has the job resumed later. A flow is never resumed from inside its step.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from oauth_model.flows import Flow
from sim.choices import Cause, new_cause
from sim.world.timed import Happening

if TYPE_CHECKING:
    from sim.world.network import Envelope
    from sim.world.node import Node
    from sim.world.world import World

#: What a handler returns when the answer will come later.
PENDING: Final = object()
#: A background flow's messages are numbered from a multiple of this, apart from all others.
APART = 1000
#: What a store does for a call is numbered from a multiple of this, by the call's own number.
AT_STORE = 20 * APART
#: The attempts of a presenter's background flow are numbered from a multiple of this.
CLICK = 100


class Job:
    """One flow at one node, on behalf of one actor's attempt at one intention.

    `finish(job, result)` is called at the end. `attempt` is the number of this actor's first
    presentation; a server's job keeps the number of the presentation it answers.
    """

    __slots__ = (
        "actor",
        "attempt",
        "base",
        "children",
        "finish",
        "flow",
        "intention",
        "node",
        "ordinal",
        "outcome",
        "presented",
        "request",
        "root",
        "started_us",
        "token",
        "world",
    )

    def __init__(
        self,
        world: World,
        node: Node,
        flow: Flow[Any],
        finish: Callable[[Job, Any], None],
        intention: int,
        actor: str,
        attempt: int = 0,
        base: int = 0,
    ) -> None:
        self.world = world
        self.node = node
        self.flow = flow
        self.finish = finish
        self.intention = intention
        self.actor = actor
        self.attempt = attempt
        self.ordinal = self.base = base
        self.started_us = world.env.now_us
        self.root: Job | None = None  #: where this flow, in the background, came from
        self.children = 0  #: background flows, counted where they came from
        self.presented: dict[str, int] = {}  #: party → presentations so far
        self.token = self.outcome = ""
        self.request: Envelope | None = None  #: what a server's job answers
        if node.jobs is not None:
            node.jobs[self] = None

    def resume(self, answer: Any) -> None:
        """Run the flow on until it waits for something or ends."""
        world, send, handlers = self.world, self.flow.send, self.world.handlers
        world.running = self
        while True:
            try:
                effect = send(answer)
            except StopIteration as stop:
                if self.node.jobs is not None:
                    self.node.jobs.pop(self, None)
                self.finish(self, stop.value)
                return
            answer = handlers[type(effect)](self, effect)
            if answer is PENDING:
                return

    @property
    def alive(self) -> bool:
        """Whether anybody is left to learn how this goes."""
        return self.finish is not _died

    def die(self) -> None:
        """The node crashed: the flow never goes on, and whatever was to come of it does not."""
        flow, self.flow, self.finish = self.flow, OVER, _died
        with suppress(RuntimeError):  # a flow that would clean up asks for what it cannot have
            flow.close()

    def next_cause(self) -> Cause:
        """The cause of this job's next message, timer or pick."""
        ordinal = self.ordinal
        self.ordinal = ordinal + 1
        return new_cause(Cause, self.intention, self.actor, self.attempt, ordinal)

    def next_presentation(self, party: str) -> Cause:
        """The cause of this job's next request to a party.

        A presenter's requests to each party are its attempts, numbered apart for each; what a
        server's job sends belongs to the attempt that it answers.
        """
        if self.request is not None:
            return self.next_cause()
        before = self.presented.get(party, 0)
        self.presented[party] = before + 1
        return new_cause(Cause, self.intention, self.actor, self.attempt + before, self.base)

    def presentations(self) -> int:
        """How often this job has asked a resource server so far."""
        parties = self.world.scenario.servers
        return sum(self.presented.get(server.name, 0) for server in parties)

    def child(self, flow: Flow[Any]) -> Job:
        """A background flow on the same node, for the same cause, numbered apart from all others.

        A presenter's background flows (clicks) number their attempts apart, so that the one's haste
        does not renumber the other's; a server's belong to the attempt that it answers.
        """
        root = self.root or self
        root.children += 1
        attempt = self.attempt if root.request is not None else CLICK * root.children
        base = root.base + APART * root.children
        child = Job(self.world, self.node, flow, _ignore, self.intention, self.actor, attempt, base)
        child.root, child.request, child.token = root, self.request, self.token
        return child


class Waking(Happening):
    """A job goes on, or begins."""

    __slots__ = ("job",)

    def __init__(self, job: Job) -> None:
        super().__init__(self._wake)
        self.job = job

    def _wake(self, _: Any) -> None:
        self.job.resume(None)


def _ignore(job: Job, result: Any) -> None:
    pass


def _died(job: Job, result: Any) -> None:
    pass


def _nothing() -> Flow[None]:
    yield from ()


#: A flow that has ended.
OVER: Final = _nothing()
OVER.close()
