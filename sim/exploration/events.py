"""What may happen next in a run under chosen order: a message, a timer, a fault, a landmark."""

from __future__ import annotations

from collections.abc import Callable

from sim.choices import Cause
from sim.exploration.causes import named
from sim.world.jobs import Job, Waking
from sim.world.network import Envelope
from sim.world.node import Node
from sim.world.rpc import Call, Hedge
from sim.world.timed import Deadline, Happening

#: The pieces of state that a step reads or writes.
Touched = frozenset[str]
#: Touched by whatever may change more than one node.
EVERYTHING = "everything"
#: Roles at which each intention's state is its own.
PRESENTERS = ("client", "thief")


class Event:
    """Something that may happen next.

    `where`: the state that it touches for certain. `created`: the number of the step that it comes
    from, 0 for the start; `heard`: all steps that would have brought it, and how long after each of
    them it is at least (µs). A timer rings between `least_us` and `most_us` after it was armed;
    `awaits`: timers before which it cannot. `ended`: the step that it was, or with which it became
    stale, which for an answer that nobody waits for any longer is before it came from anywhere.
    `call`: what it answers or gives up. `strikes`: a run does not wait for it. `at_us`: the instant
    of a landmark. `drawn`: the law and the cause by which the timed world draws when it happens;
    `copy`: for which copy of a message.
    """

    __slots__ = (
        *("at_us", "awaits", "call", "created", "ended", "happen", "heard", "key", "least_us"),
        *("copy", "drawn", "most_us", "strikes", "where"),
    )

    def __init__(self, key: str, where: str, happen: Callable[[], None]) -> None:
        self.key, self.where, self.happen = key, where, happen
        self.created, self.strikes = 0, False
        self.heard: dict[int, int] = {}
        self.awaits: set[Event] = set()
        self.call: Call | None = None
        self.drawn: tuple[str, Cause] | None = None
        self.copy = 0
        self.least_us: int | None = None
        self.most_us: int | None = None
        self.at_us: int | None = None
        self.ended: int | None = None

    @property
    def stale(self) -> bool:
        """Whether it would change nothing any longer."""
        return self.call is not None and self.call.done

    def causes(self) -> set[int]:
        """The steps without which it cannot be: what brought it, and what ended those it awaits."""
        return {self.created} | {each.ended for each in self.awaits if each.ended is not None}

    @property
    def timer(self) -> bool:
        """Whether it rings by itself."""
        return self.most_us is not None

    @property
    def at_once(self) -> bool:
        """Whether it rings at the very instant at which it was armed: nobody waited."""
        return self.most_us == 0

    def longest_us(self) -> int:
        """How long after it was armed a timer rings at the latest."""
        assert self.most_us is not None, self.key
        return self.most_us

    def shortest_us(self) -> int:
        """How long after it was armed a timer rings at the earliest."""
        assert self.least_us is not None, self.key
        return self.least_us


def timer(waiting: Deadline) -> Event:
    """Somebody has waited long enough."""
    assert isinstance(waiting, Call | Hedge), waiting
    word, call = ("timer", waiting) if isinstance(waiting, Call) else ("hedge", waiting.call)
    event = Event(f"{word} {_call(call)}", of_job(call.job), waiting.expire)
    event.call = call
    return event


def waking(happening: Happening) -> Event:
    """A job goes on or begins; of anything else, nobody knows what it touches."""

    def happen() -> None:
        for callback in happening.callbacks:
            callback(happening)

    if isinstance(happening, Waking):
        job = happening.job
        return Event(f"{job.node.name} {_whose(job)} goes on", of_job(job), happen)
    return Event("next", EVERYTHING, happen)


def message(envelope: Envelope) -> Event:
    """A message arrives. The answer to a call that was answered or given up changes nothing."""
    event = Event(
        message_key(envelope),
        place(envelope.link.target, envelope.cause.intention, owner(envelope)),
        lambda: envelope.callbacks[0](envelope),
    )
    call: Call = envelope.call
    event.drawn, event.copy = (envelope.link.law.name, envelope.cause), envelope.copy
    if getattr(envelope.receive, "__self__", None) is call:
        event.call = call
    return event


def message_key(envelope: Envelope) -> str:
    """How a schedule calls a message."""
    link, copy = envelope.link, "'" * envelope.copy
    return f"{link.source.name}>{link.target.name} {named(envelope.cause)}{copy}"


def owner(envelope: Envelope) -> str:
    """The request that the job is there for which a message arrives, or which it begins."""
    call: Call = envelope.call
    is_answer = getattr(envelope.receive, "__self__", None) is call
    return job_key(call.job) if is_answer else message_key(envelope)


def job_key(job: Job) -> str:
    """What a job is known by: the request that it answers; "" for a presenter's."""
    request = (job.root or job).request
    return message_key(request) if request is not None else ""


def place(node: Node, intention: int, request: str) -> str:
    """The state that is touched when something happens at a node.

    Each intention has a client of its own; the replicas of the AS share one database; a resource
    server's request shares nothing with others but what it says it touches (`listening.Heard`).
    """
    if node.role in PRESENTERS:
        return f"{node.name} {intention}"
    if node.role == "rs":
        return f"{node.name} < {request}"
    return node.party if node.role == "as" else node.name


def independent(one: Touched, other: Touched) -> bool:
    """Whether two steps that touch this can be swapped."""
    return one.isdisjoint(other) and EVERYTHING not in one and EVERYTHING not in other


def of_job(job: Job) -> str:
    """The piece of state that a job's going on touches."""
    return place(job.node, job.intention, job_key(job))


def _call(call: Call) -> str:
    return f"{call.job.node.name}>{call.target.name} {_whose(call.job)}"


def _whose(job: Job) -> str:
    return named(Cause(job.intention, job.actor, job.attempt, job.base))
