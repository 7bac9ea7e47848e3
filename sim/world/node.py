"""A node: a place where flows run, with a clock and a memory of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from oauth_model.memories import Shelf
from oauth_model.strategies.settings import DEFAULTS, Settings
from sim.clocks import EPOCH_S, US_PER_S, Clock
from sim.trace import NodeInfo
from sim.world.timed import Environment

if TYPE_CHECKING:
    from sim.world.desk import Desk
    from sim.world.jobs import Job


class Node:
    """A lane of the diagram. Roles: client, thief, mailbox, as, rs, store.

    `memory`: the one-time keys that it keeps itself.
    """

    __slots__ = (
        *("clock", "desk", "env", "jobs", "memory", "name", "party", "receive", "region", "role"),
        "steps",
    )

    def __init__(
        self,
        env: Environment,
        name: str,
        role: str,
        party: str,
        region: str,
        clock: Clock,
        settings: Settings = DEFAULTS,
    ) -> None:
        self.env, self.name, self.role = env, name, role
        self.party, self.region, self.clock = party, region, clock
        self.memory = Shelf(settings)
        self.desk: Desk | None = None  #: where requests wait for a worker, if they do
        self.jobs: dict[Job, None] | None = None  #: those that run here, where it may crash
        self.steps = False  #: whether its clock may jump
        self.receive: Callable[[Any], None] = _nobody_listens  #: where requests arrive

    def now_s(self) -> float:
        """What the node's own clock reads now, in seconds since 1970."""
        return self.clock.read_s(self.env.now_us)

    def fast_clock(self) -> Callable[[], float]:
        """`now_s` as a function that protocol objects are handed, with its constants bound.

        A clock that may jump has none.
        """
        if self.steps:
            return self.now_s
        env, rate = self.env, (1 + self.clock.drift_ppm / 1e6) / US_PER_S
        start_s = EPOCH_S + self.clock.offset_us / US_PER_S
        return lambda: start_s + env.now_us * rate

    def info(self) -> NodeInfo:
        """How the trace's header describes this node."""
        offset_us, drift_ppm = self.clock.offset_us, self.clock.drift_ppm
        return NodeInfo(self.name, self.role, self.party, self.region, offset_us, drift_ppm)


def _nobody_listens(envelope: Any) -> None:
    raise TypeError(f"{envelope.link.target.name} serves no requests")


class Behind(NamedTuple):
    """Who has not heard yet that a member of the replicated store is no longer in charge."""

    member: str
    nodes: set[Node]
