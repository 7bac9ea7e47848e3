"""Parties in one process: what their flows yield is answered from memory.

The third driver of flows, beside `flows.run` (tests) and the simulated world: it serves real
clients. Rule 1: clock, sleep and background are handed in. Rule 2: whatever would be a message
elsewhere (`Send`, `StoreCall`, `Perform`) gives everybody else a turn first, so that what races
there races here. Rule 3: nothing is lost within a process, so no answer is `UNKNOWN`, and timeouts
and hedges have nothing to do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine
from itertools import cycle
from typing import Any, NamedTuple

from oauth_model.flows import (
    Effect,
    Flow,
    Gather,
    Note,
    Perform,
    Performed,
    Send,
    Start,
    StoreCall,
    Wait,
)
from oauth_model.ledger import Ledger
from oauth_model.memories import Shelf
from oauth_model.messages import Request, Response
from oauth_model.replay import StoreAnswer
from oauth_model.strategies import LOCAL, STRATEGIES, Place, Strategy

#: What a party does with a request.
Handle = Callable[[Request], Flow[Response]]


class Replica(NamedTuple):
    """One of those that answer for a party; `memory` is its local store."""

    party: str
    name: str
    handle: Handle
    memory: Shelf


#: Makes the strategy of this name that runs at a store: name, store → strategy.
StrategyAt = Callable[[str, str], Strategy]
#: Told of every note, and at which replica.
Listener = Callable[[Replica, Note], None]


def alone(name: str, store: str) -> Strategy:
    """A strategy at a store that has no other members beside it."""
    return STRATEGIES[name](Place(store=store))


def nobody(replica: Replica, note: Note) -> None:
    """A listener who does not."""


class InProcess:
    """Parties, each with its replicas and its ledger, and the stores that they share.

    `clock` gives seconds since 1970; `sleep(seconds)` lets others go on; `background` takes what
    nobody waits for.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        background: Callable[[Coroutine[Any, Any, Any]], Any],
        listen: Listener = nobody,
        strategy_at: StrategyAt = alone,
    ) -> None:
        self._clock, self._sleep, self._background = clock, sleep, background
        self._listen, self._strategy_at = listen, strategy_at
        self._stores: defaultdict[str, Shelf] = defaultdict(Shelf)
        self._ledgers: defaultdict[str, Ledger] = defaultdict(Ledger)
        self._turns: dict[str, cycle[Replica]] = {}
        self._answers: dict[type[Effect], Callable[[Replica, Any], Awaitable[Any]]] = {
            Send: self._send,
            StoreCall: self._ask_store,
            Gather: self._gather,
            Perform: self._perform,
            Wait: self._wait,
            Start: self._start,
            Note: self._note,
        }

    def join(self, party: str, handles: dict[str, Handle]) -> None:
        """A party and its replicas: name → handle. Requests to the party go to each in turn."""
        replicas = [Replica(party, *each, Shelf()) for each in handles.items()]
        self._turns[party] = cycle(replicas)

    async def ask(self, party: str, request: Request) -> Response:
        """The party's answer. Raises KeyError when nobody joined under that name."""
        replica = next(self._turns[party])
        response: Response = await self.drive(replica.handle(request), replica)
        return response

    async def drive(self, flow: Flow[Any], at: Replica) -> Any:
        """Run a flow at a replica to its end and return its result. Raises what the flow raises."""
        answer = None
        while True:
            try:
                effect = flow.send(answer)
            except StopIteration as stop:
                return stop.value
            answer = await self._answers[type(effect)](at, effect)

    async def _send(self, at: Replica, effect: Send) -> Response:
        await self._sleep(0)
        return await self.ask(effect.to, effect.request)

    async def _ask_store(self, at: Replica, call: StoreCall) -> StoreAnswer:
        await self._sleep(0)
        # Nothing fails within a process: the primary is a store like any other, and stays it.
        shelf = at.memory if call.store == LOCAL else self._stores[call.store]
        if not call.strategy:
            return shelf.apply(call, self._clock())
        here = at._replace(name=call.store, memory=shelf)
        guard = self._strategy_at(call.strategy, call.store)
        answer: StoreAnswer = await self.drive(guard.at_store(call), here)
        return answer

    async def _gather(self, at: Replica, effect: Gather) -> tuple[StoreAnswer, ...]:
        return tuple([await self._ask_store(at, call) for call in effect.calls])

    async def _perform(self, at: Replica, effect: Perform) -> Performed:
        await self._sleep(0)
        return self._ledgers[at.party].perform(effect)

    async def _wait(self, at: Replica, effect: Wait) -> None:
        await self._sleep(effect.duration_s)  # the longest that jitter allows: nothing draws here

    async def _start(self, at: Replica, effect: Start) -> None:
        self._background(self.drive(effect.flow, at))

    async def _note(self, at: Replica, note: Note) -> None:
        self._listen(at, note)
