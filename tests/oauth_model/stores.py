"""All stores of a strategy at one instant, without a world: what its flows ask is answered here."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import Any

from oauth_model.flows import (
    UNKNOWN,
    Effect,
    Flow,
    Gather,
    Note,
    OneTimeKey,
    Start,
    StoreCall,
    Wait,
    run,
)
from oauth_model.memories import Shelf
from oauth_model.messages import Response
from oauth_model.replay import Record, ReplayStore
from oauth_model.strategies import (
    LOCAL,
    PRIMARY,
    STRATEGIES,
    First,
    Outcome,
    Place,
    Settings,
    Strategy,
    Use,
    member,
    region_of,
)

REGIONS = ("here", "there")
MEMBERS = tuple(member(region) for region in ("here", "there", "yonder"))
DONE = Response(200, (), "done")


class Kept(Shelf):
    """A store whose records a test may look at."""

    @property
    def records(self) -> dict[OneTimeKey, Record]:
        """Those of its plain memory."""
        memory = self.memories.get("records")
        return memory.records if isinstance(memory, ReplayStore) else {}


class Stores:
    """Stores by name, and a primary; those in `down` give no answer; background flows wait."""

    def __init__(self, down: tuple[str, ...] = (), **settings: Any) -> None:
        self.now_s = 0.0
        self.down = set(down)
        self.settings = Settings(**settings)
        self.stores: defaultdict[str, Kept] = defaultdict(partial(Kept, self.settings))
        self.primary = MEMBERS[0]
        self.background: list[tuple[Flow[Any], str]] = []  #: flow, store that runs it
        self.calls: list[StoreCall] = []
        self.notes: list[Note] = []

    def answer(self, effect: Effect, at: str = "") -> Any:
        """What an effect brings; `at`: the store that runs the flow, "" for a server."""
        match effect:
            case Start(flow):
                self.background.append((flow, at))
            case Wait(duration_s):
                self.now_s += duration_s
            case Note():
                self.notes.append(effect)
            case StoreCall():
                return self.ask(effect, at)
            case Gather(calls):
                return tuple(self.ask(call, at) for call in calls)
        return None

    def ask(self, call: StoreCall, at: str = "") -> Any:
        self.calls.append(call)
        name = self.primary if call.store == PRIMARY else call.store
        if call.store == LOCAL:
            name = at or LOCAL
        if {call.store, name} & self.down and not (at and name == at):
            return UNKNOWN
        if not call.strategy:
            return self.stores[name].apply(call, self.now_s)
        region = region_of(name) if ":" in name else "here"
        place = Place(region, REGIONS, MEMBERS, name)
        flow = STRATEGIES[call.strategy](place, self.settings).at_store(call)
        return run(flow, lambda effect: self.answer(effect, name))

    def begin(self, chosen: Strategy, use: Use) -> Outcome:
        return run(chosen.begin(use), self.answer)

    def present(self, chosen: Strategy, use: Use) -> Outcome:
        """Begin and, if a lease was given, complete."""
        outcome = self.begin(chosen, use)
        if isinstance(outcome, First) and outcome.lease:
            run(chosen.complete(use, outcome.lease, DONE), self.answer)
        return outcome

    def settle(self) -> None:
        """Run everything in the background to its end."""
        while self.background:
            flow, at = self.background.pop(0)
            run(flow, lambda effect, at=at: self.answer(effect, at))  # type: ignore[misc]


def made(name: str, region: str = "here", **settings: Any) -> Strategy:
    """A strategy of this name at a server in this region."""
    return STRATEGIES[name](Place(region, REGIONS, MEMBERS), Settings(**settings))
