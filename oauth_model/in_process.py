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

from oauth_model.flows import Effect, Flow, Note, Perform, Performed, Send, Start, StoreCall, Wait
from oauth_model.ledger import Ledger
from oauth_model.messages import Request, Response
from oauth_model.replay import ReplayStore, StoreAnswer
from oauth_model.strategies import LOCAL

#: What a party does with a request.
Handle = Callable[[Request], Flow[Response]]


class Replica(NamedTuple):
    """One of those that answer for a party; `memory` is its local store."""

    party: str
    name: str
    handle: Handle
    memory: ReplayStore


#: Told of every note, and at which replica.
Listener = Callable[[Replica, Note], None]


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
    ) -> None:
        self._clock, self._sleep, self._background = clock, sleep, background
        self._listen = listen
        self._stores: defaultdict[str, ReplayStore] = defaultdict(ReplayStore)
        self._ledgers: defaultdict[str, Ledger] = defaultdict(Ledger)
        self._turns: dict[str, cycle[Replica]] = {}
        self._answers: dict[type[Effect], Callable[[Replica, Any], Awaitable[Any]]] = {
            Send: self._send,
            StoreCall: self._ask_store,
            Perform: self._perform,
            Wait: self._wait,
            Start: self._start,
            Note: self._note,
        }

    def join(self, party: str, handles: dict[str, Handle]) -> None:
        """A party and its replicas: name → handle. Requests to the party go to each in turn."""
        replicas = [Replica(party, *each, ReplayStore()) for each in handles.items()]
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
        store = at.memory if call.store == LOCAL else self._stores[call.store]
        return store.apply(call, self._clock())

    async def _perform(self, at: Replica, effect: Perform) -> Performed:
        await self._sleep(0)
        return self._ledgers[at.party].perform(effect)

    async def _wait(self, at: Replica, effect: Wait) -> None:
        await self._sleep(effect.duration_s)  # the longest that jitter allows: nothing draws here

    async def _start(self, at: Replica, effect: Start) -> None:
        self._background(self.drive(effect.flow, at))

    async def _note(self, at: Replica, note: Note) -> None:
        self._listen(at, note)
