"""What an enforcement strategy is: the life cycle of a one-time key, written as flows.

A server asks `begin` when a key is presented, and `complete` or `abort` when the strategy had given
it a lease. The issuer calls `register`. A strategy may yield any effect (`StoreCall`, `Send`,
`Wait`, `Start` for work in the background); it never sees the network, a clock or a simulator.

To add one: subclass `Strategy`, give it a `name`, write `begin`, decorate it with `@strategy`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple, TypeVar

from oauth_model.flows import UNKNOWN, Flow, Note, OneTimeKey, Unknown
from oauth_model.messages import Response
from oauth_model.replay import StoreAnswer

#: The store in the memory of the replica that asks: no message, lost with the replica.
LOCAL = "local"
#: The one store that every replica of every server asks.
SHARED = "shared"


def regional(region: str) -> str:
    """The name of the store that stands in a region."""
    return f"regional:{region}"


class Place(NamedTuple):
    """Where an instance of a strategy runs: its own region and all there are."""

    region: str = "here"
    regions: tuple[str, ...] = ("here",)


@dataclass(frozen=True, slots=True)
class Settings:
    """The dials that strategies share; seconds throughout.

    `retention_margin_s`: how much longer than the acceptance window a record is kept. A promise of
    single use needs at least the largest clock difference; negative forgets too early, on purpose.
    `lease_s`: how long a reservation stands without a word from its holder.
    `on_outage`: what an undecided check becomes: `"fail_closed"` refuses, `"fail_open"` accepts.
    `resend_s`: how long a replicating node waits before it sends an unacknowledged record again.
    """

    retention_margin_s: float = 60.0
    lease_s: float = 10.0
    on_outage: str = "fail_closed"
    resend_s: float = 1.0


ANYWHERE = Place()
DEFAULTS = Settings()


class Use(NamedTuple):
    """One presentation of a one-time key.

    `acceptable_until_s` is the instant (the server's clock) from which nobody accepts the key any
    more, leeway included; `fingerprint` identifies the request: two presentations with one
    fingerprint may be the same request sent twice.
    """

    key: OneTimeKey
    acceptable_until_s: float
    fingerprint: str = ""


class First(NamedTuple):
    """Go on: the first use, so far as the strategy can tell. `lease` 0 needs no word back."""

    lease: int = 0


class Replay(NamedTuple):
    """The key was used before."""


class Stored(NamedTuple):
    """The same request was answered before; this was the answer."""

    response: Response


class InFlight(NamedTuple):
    """Somebody is using the key at this moment."""


class Challenge(NamedTuple):
    """Not refused, but come back with a fresh nonce or token."""


class Undecided(NamedTuple):
    """No store answered: the key may or may not have been used."""


Outcome = First | Replay | Stored | InFlight | Challenge | Undecided

#: outcome → its name in the trace.
NAMES: dict[type[Outcome], str] = {
    First: "first",
    Replay: "replay",
    Stored: "stored",
    InFlight: "in_flight",
    Challenge: "challenge",
    Undecided: "undecided",
}


def decision(key: OneTimeKey, outcome: Outcome) -> Note:
    """The row of the trace that says what was decided about a key.

    Raises TypeError for what is no outcome: a strategy whose `begin` forgot to return one.
    """
    name = NAMES.get(type(outcome))
    if name is None:
        raise TypeError(f"begin returned {outcome!r}, which is no outcome of a strategy")
    return Note("decide", {"outcome": name, "token": key.id, "key": list(key)})


class Strategy:
    """The life cycle of a one-time key, and what a reader wants to know of it.

    `promise` says in a sentence what is promised and when it fails, `in_the_field` who uses it.
    """

    name: ClassVar[str]
    promise: ClassVar[str] = ""
    in_the_field: ClassVar[str] = ""

    def __init__(self, place: Place = ANYWHERE, settings: Settings = DEFAULTS) -> None:
        self.place = place
        self.settings = settings

    def register(self, use: Use) -> Flow[None]:
        """Called at issuance. A deny-list does nothing; an allow-list writes the key down."""
        yield from ()

    def begin(self, use: Use) -> Flow[Outcome]:
        """Called at presentation: may the caller go on?"""
        raise NotImplementedError(f"{type(self).__name__}.begin")

    def complete(self, use: Use, lease: int, response: Response) -> Flow[None]:
        """Called once the effect has happened, if `begin` gave a lease."""
        yield from ()

    def abort(self, use: Use, lease: int) -> Flow[None]:
        """Called when the request failed after `begin` gave a lease and before any effect."""
        yield from ()

    def keep_until_s(self, use: Use) -> float:
        """How long a record of this use must stand: acceptance window plus the margin."""
        return use.acceptable_until_s + self.settings.retention_margin_s

    def decide(self, answer: StoreAnswer | Unknown) -> Outcome:
        """The usual reading of a claiming verb: granted is first, refused is replay."""
        if answer is UNKNOWN:
            return First() if self.settings.on_outage == "fail_open" else Undecided()
        return First() if answer.granted else Replay()


STRATEGIES: dict[str, type[Strategy]] = {}
S = TypeVar("S", bound=type[Strategy])


def strategy(cls: S) -> S:
    """Register a strategy under its `name`, for scenarios, the command and notebooks.

    Raises ValueError when it has no name or another class has it already.
    """
    name = getattr(cls, "name", "")
    if not name or not name.isidentifier():
        raise ValueError(f"{cls.__name__}.name is {name!r}; give it a name such as 'my_strategy'")
    known = STRATEGIES.get(name, cls)  # a notebook cell that is run again defines its class again
    if (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
        raise ValueError(f"strategy name {name!r} is taken by {known.__module__}.{known.__name__}")
    STRATEGIES[name] = cls
    return cls
