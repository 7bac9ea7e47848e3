"""What surrounds the parties of a scenario: network, balancer, partitions, clocks, attackers.

Part of the scenario tree (`sim.scenario`); the same rules hold here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sim.distributions import NOTHING, Distribution, Exponential, Lognormal
from sim.regions import JITTER_SIGMA, one_way_ms

#: Scalars are strict: `true` is not 1, and "3" is not 3.
Flag = Annotated[bool, Field(strict=True)]
Probability = Annotated[float, Field(strict=True, ge=0, le=1)]
Seconds = Annotated[float, Field(strict=True, ge=0, le=1e9, allow_inf_nan=False)]
Milliseconds = Annotated[float, Field(strict=True, gt=0, le=1e12, allow_inf_nan=False)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=20)]
#: How long a reordered message is held back where a scenario does not say.
HELD_BACK = Exponential(distribution="exponential", mean_ms=50.0)


class Part(BaseModel):
    """A branch of the tree: frozen, and closed to unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class LinkPart(Part):
    """One class of links; loss of requests and of responses apart, each copy delayed by itself.

    A reordered message is held back by `reorder_extra`, so that later ones overtake it.
    `duplicate_probability` of internal links is a command that a client library sends again after a
    reconnect (TCP delivers none twice); the store takes the copy for a second use.
    """

    latency: Distribution = NOTHING
    request_loss_probability: Probability = 0.0
    response_loss_probability: Probability = 0.0
    duplicate_probability: Probability = 0.0
    reorder_probability: Probability = 0.0
    reorder_extra: Distribution = HELD_BACK


class Between(Part):
    """What a message gains, one way, by crossing from one region to another (either way)."""

    regions: tuple[Name, Name]
    latency: Distribution = NOTHING
    loss_probability: Probability = 0.0


class Network(Part):
    """`access`: clients, thieves and whoever presents, to servers and back. `internal`: servers to
    stores and to each other. `between`: added where a message crosses regions. `preset`: a matrix
    of measured round trips (`sim.regions`), for the pairs that `between` leaves out.
    """

    access: LinkPart = LinkPart()
    internal: LinkPart = LinkPart()
    between: tuple[Between, ...] = ()
    preset: Literal["none", "aws", "three_zones", "single_region"] = "none"

    def crossings(self, regions: Iterable[str]) -> dict[tuple[str, str], Between]:
        """(from, to) → what crossing adds. Raises ValueError for a region the preset lacks."""
        parts = {pair: part for part in self.between for pair in (part.regions, part.regions[::-1])}
        if self.preset == "none":
            return parts
        for (a, b), median_ms in one_way_ms(self.preset, regions).items():
            latency = Lognormal(distribution="lognormal", median_ms=median_ms, sigma=JITTER_SIGMA)
            part = Between(regions=(a, b), latency=latency)
            parts = {(a, b): part, (b, a): part} | parts
        return parts


class Workers(Part):
    """Who does a server's work: so many at once (0: as many as there is work).

    Each request takes `service`, processor time only, before it is handled. `blocking`: a worker is
    held until the answer is sent.
    """

    count: Annotated[int, Field(strict=True, ge=0, le=100_000)] = 0
    service: Distribution = NOTHING
    blocking: Flag = False


class Balancer(Part):
    """Which replica gets a request.

    round_robin: each attempt of an intention goes to the next replica in turn. sticky: all requests
    with one token (or of one client) go to the replica it hashes to, with probability `stickiness`.
    """

    policy: Literal["random", "round_robin", "sticky"] = "random"
    sticky_by: Literal["token", "client"] = "token"
    stickiness: Probability = 1.0


class Partition(Part):
    """A cut link, from an instant until another. One way: only `between[0]` → `between[1]` is cut.

    Each side is a region or a node name. Messages are dropped when they would arrive.
    """

    from_s: Seconds
    until_s: Seconds
    between: tuple[str, str]
    one_way: Flag = False

    @model_validator(mode="after")
    def _ordered(self) -> Partition:
        if self.until_s <= self.from_s:
            raise ValueError(f"until_s {self.until_s:g} is not after from_s {self.from_s:g}")
        return self


class NodeClock(Part):
    """How a node's clock differs from simulation time: ahead by `offset_ms`, and drifting."""

    node: str
    offset_ms: Annotated[float, Field(strict=True, ge=-1e9, le=1e9, allow_inf_nan=False)] = 0.0
    drift_ppm: Annotated[float, Field(strict=True, ge=-100_000, le=100_000)] = 0.0


class Thief(Part):
    """Somebody who sees the client's requests and replays what it finds.

    log: in the log of a server. path: on the path to it, where a request is seen when it is sent,
    so that the copy races it. token_path: on the path to the AS; what it gets by repeating a token
    request, it uses at the first server. pre_generating: in the client, whose key it has for that
    moment; it takes with it a DPoP proof dated `proof_ahead_s` ahead (RFC 9449 11.2).
    A request is found with `probability`, after `delay`, and presented `presentations` times, each
    after a delay of its own. With `changes_body` it asks for something else with the same
    credentials: more money, for somebody else.
    """

    probability: Probability = 0.0
    place: Literal["log", "path", "token_path", "pre_generating"] = "log"
    proof_ahead_s: Seconds = 0.0
    changes_body: Flag = False
    delay: Distribution = NOTHING
    presentations: Annotated[int, Field(strict=True, ge=1, le=100)] = 1
    region: Name = "eu"


class Scanner(Part):
    """A mail gateway that opens the link in a mail, with `probability`, `delay` after it came."""

    probability: Probability = 0.0
    delay: Distribution = NOTHING


class Action(Part):
    """The mailed link of the stories `mailed_link…`: what it is for and what opening it does.

    on_click: opening the link acts. explicit: it shows a page, and that page's form acts. The first
    server is where the link leads. `read_after`: how long a mail lies there before its reader
    opens it, beside the time that asking for it takes.
    """

    kind: Literal[
        "magic_link", "email_confirmation", "password_reset", "organisation_invitation"
    ] = "magic_link"
    confirmation: Literal["on_click", "explicit"] = "on_click"
    read_after: Distribution = NOTHING
    scanner: Scanner = Scanner()


class Malicious(Part):
    """A resource server that tries every token it receives at all the others.

    With `exchanges` it tries instead to have the token exchanged at the AS for one that the others
    accept (RFC 8693), as the client that it is registered as.
    """

    server: Name | None = None
    exchanges: Flag = False


def once_each(names: list[str], field: str) -> None:
    """Raises ValueError for a name that stands in a list twice."""
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{field}: {name!r} stands there twice; once is allowed")


def known(name: str, allowed: Iterable[str], field: str) -> str:
    """The name, if it is allowed; raises ValueError with what is."""
    options = list(allowed)
    if name not in options:
        raise ValueError(f"{field}: {name!r} does not exist; one of {', '.join(options)}")
    return name
