"""The faults of a scenario: what goes wrong, to whom, and when; on a schedule or drawn.

Part of the scenario tree (`sim.scenario`); the same rules hold here. Rule: when a fault stands and
whom it hits is the same question for all of them, and each adds only what it does.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sim.distributions import NOTHING, Distribution
from sim.scenario_world import Seconds, known

#: The party of the members of the replicated store, and how newcomers among them are named.
MEMBER, NEWCOMER = "member", "newcomer"
#: Parties that never crash: people, their programs and their mail.
PEOPLE = ("client", "thief", "mailbox")
#: How many of those a fault is about it hits, drawn anew each time (Jepsen's node specifications).
Whom = Literal["all", "one", "minority", "majority"]


class Fault(BaseModel):
    """When a fault stands and whom it hits.

    Scheduled: from `from_s` until `until_s`, or to the end of the run. Drawn, where `every` and
    `lasting` are given: again and again between these instants, after a pause `every` it lasts
    `lasting`, so that their means are the mean time between failures and to repair. `among`: names
    of nodes, of regions, or of parties, meaning each of their nodes; `target`: how many of them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    #: Parties that this fault cannot befall.
    spares: ClassVar[tuple[str, ...]] = ()

    from_s: Seconds = 0.0
    until_s: Seconds | None = None
    every: Distribution | None = None
    lasting: Distribution | None = None

    @model_validator(mode="after")
    def _when(self) -> Fault:
        if self.until_s is not None and self.until_s <= self.from_s:
            raise ValueError(f"until_s {self.until_s:g} is not after from_s {self.from_s:g}")
        if (self.every is None) != (self.lasting is None):
            raise ValueError("every and lasting go together: one is there without the other")
        return self


class LinkFault(Fault):
    """partition: messages are dropped when they would arrive. clog: held, in order, until it ends.

    `among` (all regions when empty) come apart: those hit by `target` from the others, or with
    `all` each from each, or in a `ring` in which each sees a majority, no two the same one. With
    `apart_from = "everyone"` those hit are cut off, together, from all other nodes. `direction`:
    only what those hit send (`out`) or are sent (`in`).
    """

    fault: Literal["partition", "clog"]
    among: tuple[str, ...] = ()
    target: Literal["all", "one", "minority", "majority", "ring"] = "all"
    apart_from: Literal["others", "everyone"] = "others"
    direction: Literal["both", "out", "in"] = "both"

    @model_validator(mode="after")
    def _has_sides(self) -> LinkFault:
        sides = self.apart_from == "everyone" or self.target not in ("all", "ring")
        if self.direction != "both" and not sides:
            raise ValueError(f"direction {self.direction!r} needs two sides; allowed: both")
        if self.target == "ring" and self.apart_from == "everyone":
            raise ValueError("target 'ring' is among others; apart_from 'others' is allowed")
        return self


class Crash(Fault):
    """Nodes stop: their jobs die, messages to them are dropped; at the end they start again.

    `memory`: whether their one-time keys are there again after the restart. by_role: a store's are,
    as where every write is logged, a server's own are not; with them go the answers of the AS that
    it believed. What the AS knows of its grants, what has been done, and revocations that the
    replicas of a server heard together are in databases that last. A member that was replaced
    (`rebalance`) is whoever answers under its name. An outage of a store is a crash that keeps all.
    """

    spares: ClassVar[tuple[str, ...]] = PEOPLE

    fault: Literal["crash"]
    among: tuple[str, ...] = Field(min_length=1)
    target: Whom = "all"
    memory: Literal["by_role", "kept", "lost"] = "by_role"


class Failover(Fault):
    """The member in charge of the replicated store is lost to the others; one of them takes over.

    After `detection_s`: `to`, or the first after it that is up; while none is, again after as long.
    Where members elect a leader (`consensus`) it must be one that a majority can talk to. A memory
    that takes over is young (`quarantine_s`) in a strategy whose primary has followers.

    `primary`: it crashes, and at the end is back with what `memory` left it. Or it is cut off: it
    and those `with_it` (servers and stores: names of nodes, regions or parties) from all other
    servers and stores, while clients reach both sides. Those with it go on asking it until they can
    talk to the new one: a split brain.

    Unless the new one is down, the old one then receives what it lacks, and as a follower of a
    primary it also discards what it alone knew.
    """

    spares: ClassVar[tuple[str, ...]] = PEOPLE

    fault: Literal["failover"]
    detection_s: Seconds = 5.0
    to: str = ""
    memory: Literal["by_role", "kept", "lost"] = "by_role"
    primary: Literal["crashes", "cut_off"] = "crashes"
    with_it: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _cut_off_or_not(self) -> Failover:
        if self.with_it and self.primary == "crashes":
            raise ValueError("with_it is for a primary that is 'cut_off'; this one crashes")
        if self.memory != "by_role" and self.primary == "cut_off":
            raise ValueError(f"memory {self.memory!r} is for a primary that 'crashes'")
        return self


class Slow(Fault):
    """What nodes send and are sent takes `factor` as long, and `extra`; their service, `factor`.

    Between two slow nodes a message takes as long as the slower one makes it.
    """

    fault: Literal["slow"]
    among: tuple[str, ...] = Field(min_length=1)
    target: Whom = "all"
    factor: Annotated[float, Field(strict=True, ge=1, le=1e6)] = 1.0
    extra: Distribution = NOTHING


class ClockStep(Fault):
    """Clocks jump ahead by `offset_ms`, or back where it is negative; at the end, the other way."""

    fault: Literal["clock_step"]
    among: tuple[str, ...] = Field(min_length=1)
    target: Whom = "all"
    offset_ms: Annotated[float, Field(strict=True, ge=-1e9, le=1e9, allow_inf_nan=False)]


class Rebalance(Fault):
    """Members of the replicated store are replaced by newcomers that answer under their names.

    A newcomer begins with an empty memory, and is not replaced before this is over. When the fault
    ends, the records of its predecessor have been transferred; where the two cannot talk then, as
    soon as they can: what a predecessor that is down has left, if it is ever back. `among`:
    members, all when empty.
    """

    fault: Literal["rebalance"]
    among: tuple[str, ...] = ()
    target: Whom = "one"


AnyFault = Annotated[
    LinkFault | Crash | Failover | Slow | ClockStep | Rebalance, Field(discriminator="fault")
]


def check_names(
    faults: Iterable[AnyFault], nodes: list[str], regions: Iterable[str], members: list[str]
) -> None:
    """Raises ValueError, with field and what is allowed, for a name that does not exist."""
    for index, fault in enumerate(faults):
        names = [name for name in nodes if party(name) not in fault.spares]
        allowed = [*names, *regions, *map(party, names)]
        if isinstance(fault, Rebalance):
            allowed = [*members, MEMBER]
        if isinstance(fault, Failover):
            known(fault.to or members[0], members, f"faults.{index}.to")
        field = "with_it" if isinstance(fault, Failover) else "among"
        for name in getattr(fault, field):
            known(name, dict.fromkeys(allowed), f"faults.{index}.{field}")


def party(node: str) -> str:
    """The party that a node's name begins with."""
    return node.partition("-")[0]


def newcomers(faults: Iterable[AnyFault], members: list[str]) -> list[str]:
    """The nodes that stand by to take the place of members, one for each that may be replaced."""
    named: set[str] = set()
    for fault in faults:
        if isinstance(fault, Rebalance):
            every_one = not fault.among or MEMBER in fault.among
            named.update(members if every_one else fault.among)
    return [newcomer(name) for name in members if name in named]


def newcomer(member: str) -> str:
    """The name of the node that takes the place of a member."""
    return f"{NEWCOMER}-{member.partition('-')[2]}"
