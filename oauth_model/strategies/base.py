"""What an enforcement strategy is: the life cycle of a one-time key, written as flows.

A server asks `begin` when a key is presented, and `complete` or `abort` when the strategy had given
it a lease. The issuer calls `register`. A strategy may yield any effect (`StoreCall`, `Send`,
`Wait`, `Start` for work in the background); it never sees the network, a clock or a simulator.

To add one: subclass `Strategy`, give it a `name`, write `begin`, decorate it with `@strategy`.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any, ClassVar, NamedTuple, TypeVar

from oauth_model.flows import UNKNOWN, Flow, Note, OneTimeKey, StoreCall, Unknown, new_call
from oauth_model.messages import Response
from oauth_model.replay import State, StoreAnswer
from oauth_model.strategies.knobs import POLARITIES, REGISTRATION_TRIES
from oauth_model.strategies.settings import DEFAULTS, Settings

#: The store in the memory of the replica that asks: no message, lost with the replica.
LOCAL = "local"
#: The one store that every replica of every server asks.
SHARED = "shared"
#: That member of the replicated store which is in charge: after a failover another one.
PRIMARY = "primary"


def regional(region: str) -> str:
    """The name of the store that stands in a region."""
    return f"regional:{region}"


def member(region: str, number: int = 1) -> str:
    """The name of a member of the replicated store: the so-manieth in its region."""
    return f"member:{region}:{number}"


def region_of(store: str) -> str:
    """The region that a regional store or a member stands in."""
    return store.split(":")[1]


class Place(NamedTuple):
    """Where an instance of a strategy runs.

    Its own region and all there are; the members of the replicated store; and, where a store runs
    the strategy, that store's own name.
    """

    region: str = "here"
    regions: tuple[str, ...] = ("here",)
    members: tuple[str, ...] = ("member:here:1",)
    store: str = ""

    @property
    def others(self) -> tuple[str, ...]:
        """The members other than the one that runs this."""
        return tuple(name for name in self.members if name != self.store)

    @property
    def nearest(self) -> str:
        """The first member in this region, or the first of all."""
        return next((name for name in self.members if region_of(name) == self.region), PRIMARY)


ANYWHERE = Place()


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


#: What is decided nearly always.
FIRST, REPLAY = First(), Replay()


class Stored(NamedTuple):
    """The same request was answered before; this was the answer."""

    response: Response


class OtherRequest(NamedTuple):
    """The key was used before, for another request than this."""


class InFlight(NamedTuple):
    """Somebody is using the key at this moment."""


class Challenge(NamedTuple):
    """Not refused, but come back with a fresh nonce or token."""


class Undecided(NamedTuple):
    """No store answered: the key may or may not have been used."""


Outcome = First | Replay | Stored | OtherRequest | InFlight | Challenge | Undecided

#: outcome → its name in the trace.
NAMES: dict[type[Outcome], str] = {
    First: "first",
    Replay: "replay",
    Stored: "stored",
    OtherRequest: "replay",  # to whoever counts uses it is one like any other
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


class Need(NamedTuple):
    """What a scenario must say for a strategy to make sense: this value in this field."""

    field: str
    value: str

    def met_by(self, scenario: object) -> bool:
        """Whether it says so. Raises AttributeError for a field that it does not have."""
        return bool(attrgetter(self.field)(scenario) == self.value)

    def __str__(self) -> str:
        return f"{self.field} = {self.value}"


class Strategy:
    """The life cycle of a one-time key, and what a reader wants to know of it.

    `promise` says in a sentence what is promised, `fails` whether it fails closed or open and by
    what, `costs` what it takes, `in_the_field` who uses it. `memory` names the kind of memory that
    its stores keep (`memories.MEMORIES`).

    `consumes_at`: who uses the key up, the "resource_server", the "effect" or the
    "authorization_server", whose answer a server then believes for `believes_s`. `needs`: what a
    scenario must have for the strategy to make sense; `wants_nonces`: proofs must carry a nonce;
    `fenced`: the effect is told the number of the lease, and refuses a lower one than it has seen;
    `mistaken`: it is here to be found out, not to be chosen.

    `polarity` (of `knobs.POLARITIES`, or none), `atomicity`, `placement` and `lost_response` are
    four of the six `knobs.KNOBS`; the other two are settings.

    A store does not tell one message that comes twice from two uses: it grants the first copy and
    refuses the second, and whichever answer comes first counts. So where internal links duplicate
    (a client library that repeats a command after it reconnected; TCP itself does not), every
    strategy with a store may refuse an honest first use.
    """

    name: ClassVar[str]
    promise: ClassVar[str] = ""
    fails: ClassVar[str] = ""
    costs: ClassVar[str] = ""
    in_the_field: ClassVar[str] = ""
    memory: ClassVar[str] = "records"
    polarity: ClassVar[str] = "deny_list"
    atomicity: ClassVar[str] = "test and set"
    placement: ClassVar[str] = ""
    lost_response: ClassVar[str] = "strict"
    consumes_at: ClassVar[str] = "resource_server"
    believes_s: ClassVar[float] = 0.0
    needs: ClassVar[Need | None] = None
    wants_nonces: ClassVar[bool] = False
    fenced: ClassVar[bool] = False
    mistaken: ClassVar[bool] = False

    def __init__(self, place: Place = ANYWHERE, settings: Settings = DEFAULTS) -> None:
        self.place = place
        self.settings = settings
        overridden = type(self).at_store is not Strategy.at_store
        self._at_store = self.name if overridden else ""

    def acks_needed(self) -> int:
        """How many other stores must have recorded a use before it counts."""
        return 0

    def stores_for(self, use: Use) -> tuple[str, ...]:
        """Whom to ask about a use: the first that answers decides."""
        raise NotImplementedError(f"{type(self).__name__}.begin, or else stores_for")

    def register(self, use: Use) -> Flow[None]:
        """Called at issuance. A deny-list does nothing; an allow-list writes the key down."""
        verb = POLARITIES[self.polarity].at_issuance if self.polarity else ""
        if verb:
            yield from self.first_answer(self.stores_for(use) * REGISTRATION_TRIES, verb, use)

    def begin(self, use: Use) -> Flow[Outcome]:
        """Called at presentation: may the caller go on? As a rule: if the key can be used up."""
        return self.use_up(self.stores_for(use), use)

    def use_up(self, stores: tuple[str, ...], use: Use) -> Flow[Outcome]:
        """Claim the key at the first store that answers, and read its answer."""
        answer = yield from self.first_answer(stores, POLARITIES[self.polarity].at_use, use)
        return self.decide(answer)

    def first_answer(
        self, stores: tuple[str, ...], verb: str, use: Use
    ) -> Flow[StoreAnswer | Unknown]:
        """Ask one store after the other until one answers."""
        answer: StoreAnswer | Unknown = UNKNOWN
        for store in stores:
            answer = yield self.ask(store, verb, use)
            if answer is not UNKNOWN:
                break
        return answer

    def complete(self, use: Use, lease: int, response: Response) -> Flow[None]:
        """Called once the effect has happened, if `begin` gave a lease."""
        yield from ()

    def abort(self, use: Use, lease: int) -> Flow[None]:
        """Called when the request failed after `begin` gave a lease and before any effect."""
        yield from ()

    def at_store(self, call: StoreCall) -> Flow[StoreAnswer]:
        """Run by the store that a call with this strategy's name reaches; LOCAL is its own memory.

        The place to copy a record to other members, or to forward a call to whom it belongs.
        """
        answer: StoreAnswer = yield call._replace(store=LOCAL, strategy="")
        return answer

    def ask(self, store: str, operation: str, use: Use, **more: Any) -> StoreCall:
        """The call by which this strategy asks a store about a use."""
        call = new_call(
            StoreCall,
            store,
            operation,
            use.key,
            self.keep_until_s(use),
            use.fingerprint,
            memory=self.memory,
            strategy=self._at_store,
        )
        return call._replace(**more) if more else call

    def keep_until_s(self, use: Use) -> float:
        """How long a record of this use must stand: acceptance window plus the margin."""
        return use.acceptable_until_s + self.settings.retention_margin_s

    def decide(self, answer: StoreAnswer | Unknown) -> Outcome:
        """The usual reading of a claiming verb: granted is first, refused is replay.

        A memory that has just begun to record is not believed about a key that it does not know,
        in either polarity (RFC 8446 8.2, of servers freshly started).
        """
        if answer is UNKNOWN or answer.acks < (self.acks_needed() if answer.granted else 0):
            return FIRST if self.settings.on_outage == "fail_open" else Undecided()
        if answer.age_s < self.settings.quarantine_s and answer.before is State.ABSENT:
            return Challenge()
        return FIRST if answer.granted else REPLAY


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
