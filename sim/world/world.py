"""The running world: which node serves whom, and what each effect of a flow means here.

Rule: protocol code never sees any of this. A flow yields an effect; `handlers` says how the world
answers it: at once, or later through a message, a timer or a store.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from oauth_model.flows import (
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
from oauth_model.messages import Request, Response
from oauth_model.replay import State, StoreAnswer
from oauth_model.strategies import LOCAL, PRIMARY, Strategy
from oauth_model.strategies.knobs import TOO_FEW
from sim.choices import Cause, Choices, Copy, Law
from sim.clocks import microseconds
from sim.scenario import Scenario
from sim.trace import Row
from sim.world.balancer import route
from sim.world.jobs import AT_STORE, PENDING, Job, Waking
from sim.world.network import COPY, Envelope, Wires
from sim.world.node import Behind, Node
from sim.world.notes import NOTES
from sim.world.processes import Guards, Processes
from sim.world.recorder import Recorder, error_code, operation
from sim.world.rpc import Call, Gathering, Hedge, OneOf, Presentation
from sim.world.timed import Environment

#: Verbs that use a key up: insert and count in a deny-list, remove from an allow-list, commit.
CONSUMING = ("insert", "remove", "commit", "count")
#: What a member in charge says that has heard too few others (Redis' NOREPLICAS).
NO_REPLICAS = StoreAnswer(granted=False, before=State.ABSENT, acks=TOO_FEW)
#: Told of each request that reaches a server, by the job that answers it.
Watcher = Callable[[Job, Request], None]
#: Told of each request when it is sent: to which party, why, and what.
Tap = Callable[[str, Cause, Request], None]
#: A jittered wait is a uniform share of its duration, drawn as one of 2⁵³.
JITTER = Law("jitter", lambda random: (Copy(random.getrandbits(53), 0),))


class World:
    """Nodes, parties, stores and ledgers of one run."""

    def __init__(
        self, scenario: Scenario, env: Environment, choices: Choices, recorder: Recorder
    ) -> None:
        self.scenario, self.env, self.choices, self.recorder = scenario, env, choices, recorder
        between = scenario.network.crossings(scenario.regions)
        self.wires = Wires(env, scenario.network, between, scenario.stores, choices, recorder)
        self.nodes: dict[str, Node] = {}
        self.parties: dict[str, list[Node]] = {}
        self.stores: dict[str, Node] = {}
        self.behind: list[Behind] = []
        self.deaf_from_us: dict[Node, int] = {}  #: members → when they have heard too few too long
        self.changes: list[Callable[[], None]] = []  #: told whenever a fault has begun or ended
        self.guards: dict[Node, Guards] = {}  #: of stores that run strategies
        self.handles = Processes()
        self.ledgers: dict[str, Ledger] = {}
        self.watchers: list[Watcher] = []
        self.taps: list[Tap] = []
        self.running: Job | None = None
        self.store_operations = self.entries = self.peak_entries = 0
        self.bytes = self.peak_bytes = 0
        self._store_timeout_us = microseconds(scenario.stores.timeout_ms / 1000)
        self._ids: dict[int, dict[str, int]] = {}  #: intention → kind → how many
        self.handlers: dict[type, Callable[[Job, Any], Any]] = {
            Send: self._send,
            StoreCall: self._ask_store,
            Gather: self._gather,
            Perform: self._perform,
            Wait: self._wait,
            Start: self._start,
            Note: self._note,
        }

    def new_id(self, kind: str) -> str:
        """A fresh identifier that says what it is and for which intention it was made."""
        intention = self.running.intention if self.running is not None else -1
        counts = self._ids.setdefault(intention, {})
        counts[kind] = number = counts.get(kind, 0) + 1
        whose = str(intention) if intention >= 0 else "session"
        return f"{kind}-{whose}.{number}"

    def forget(self, intention: int) -> list[str]:
        """Forget what was made for an intention that is past; returns what it had been issued."""
        self._ids.pop(intention, None)
        return self.recorder.book.forget(intention)

    def serve(self, node: Node) -> None:
        """Have a node answer requests with a flow, as its process does."""

        def receive(envelope: Envelope) -> None:
            intention, actor, attempt, _ = envelope.cause
            flow, base = self.handles[node](envelope.payload), COPY * envelope.copy
            job = Job(self, node, flow, self._respond, intention, actor, attempt, base)
            job.request, job.token = envelope, envelope.call.token
            if node.desk is not None:
                job.started_us = envelope.arrived_us
            # A log that is read once holds a duplicate once.
            if self.watchers and envelope.call.presents and not envelope.copy:
                for watch in self.watchers:
                    watch(job, envelope.payload)
            job.resume(None)

        node.receive = receive

    def handle(self, node: Node, request: Request) -> Flow[Response]:
        """What the process of a node does with a request."""
        return self.handles[node](request)

    def start_anew(self, node: Node) -> None:
        """A server's process begins once more, and knows nothing of what the one before knew."""
        if node in self.handles.makers:
            self.handles.pop(node, None)

    def keep(self, node: Node, strategy_at: Callable[[str], Strategy]) -> None:
        """Have a node answer store calls from its memory.

        `strategy_at(name)`: makes the strategy that a call wants run by the store itself.
        """
        guards = self.guards[node] = Guards(strategy_at)

        def receive(envelope: Envelope) -> None:
            call: StoreCall = envelope.payload
            if self.deaf_from_us and self._writes_in_vain(node, call):
                envelope.call.respond(envelope, NO_REPLICAS)
                return
            if not call.strategy:
                answer = self.apply(node, call, envelope.call.job)
                envelope.call.respond(envelope, answer)
                return
            cause, base = envelope.cause, COPY * envelope.copy + AT_STORE * envelope.cause.ordinal
            args = cause.intention, cause.actor, cause.attempt, base
            flow = guards[call.strategy].at_store(call)
            job = Job(self, node, flow, _answer_store, *args)
            job.request, job.token = envelope, envelope.call.token
            job.resume(None)

        node.receive = receive

    def apply(self, node: Node, call: StoreCall, job: Job) -> StoreAnswer:
        """One operation on the memory of a node, by that node's clock."""
        self.store_operations += 1
        shelf, kind = node.memory, call.memory
        memory = shelf.memories.get(kind)  # a call changes no other one, so no other is asked
        held, room = (0, 0) if memory is None else (len(memory), memory.size_bytes())
        answer = shelf.apply(call, node.now_s())  # a newcomer's shelf keeps a journal
        memory = shelf.memories[kind]
        self.entries += len(memory) - held
        self.bytes += memory.size_bytes() - room
        self.peak_entries = max(self.peak_entries, self.entries)
        self.peak_bytes = max(self.peak_bytes, self.bytes)
        if answer.granted and call.operation in CONSUMING and answer.uses <= 1:
            self.recorder.consumed(node, job, call)
        if self.recorder.full:
            self.recorder.stored(node, job, call, answer)
        return answer

    def close(self, begun: int) -> None:
        """The run is over: record what was counted; `begun` is how many intentions began."""
        messages: Counter[str] = Counter()
        for link in self.wires.links.values():
            messages[f"{link.source.role} > {link.target.role}"] += link.sent
        detail = {
            "messages": dict(sorted(messages.items())),
            "store_operations": self.store_operations,
            "store_peak_entries": self.peak_entries,
            "store_peak_bytes": self.peak_bytes,
            "intentions": self.scenario.workload.intentions,
            "begun": begun,
        }
        self.recorder.sink(Row(self.env.now_us, "total", "", detail=detail))

    def _respond(self, job: Job, response: Response) -> None:
        envelope = job.request
        assert envelope is not None, "a server's job answers a request"
        if envelope.call.presents:
            detail = {
                "server": job.node.party,
                "operation": operation(envelope.payload.method, envelope.payload.url),
                "status": response.status,
                "error": error_code(response),
                "outcome": job.outcome,
                "handling_us": self.env.now_us - job.started_us,
                "received_us": job.started_us,
            }
            self.recorder.row("respond", job, job.token, detail)
        envelope.call.respond(envelope, response)

    def _send(self, job: Job, effect: Send) -> object:
        to, request, timeout_s, hedge_after_s = effect
        replicas, token = self.parties[to], self.recorder.book.presented(request)
        cause = job.next_presentation(to)
        for tap in self.taps:
            tap(to, cause, request)
        target = self._route(job, replicas, cause, token)
        call = Presentation(self.wires, job, target, request, token)
        call.start(cause, microseconds(timeout_s))
        if hedge_after_s is not None:
            second = job.next_presentation(to)
            hedge = Hedge(call, self._route(job, replicas, second, token), second)
            self.env.arm(hedge, microseconds(hedge_after_s))
        return PENDING

    def _route(self, job: Job, replicas: list[Node], cause: Cause, token: str) -> Node:
        return route(self.scenario.balancer, self.choices, replicas, cause, token, job.node)

    def _ask_store(self, job: Job, call: StoreCall) -> object:
        if call.store == LOCAL:
            return self.apply(job.node, call, job)
        target = self._store(call.store, job.node)
        Call(self.wires, job, target, call, job.token).start(
            job.next_cause(), self._store_timeout_us
        )
        return PENDING

    def _gather(self, job: Job, effect: Gather) -> object:
        if effect.need <= 0 or not effect.calls:
            raise ValueError(f"a strategy gathers {effect.need} of {len(effect.calls)} answers")
        gathering = Gathering(job, len(effect.calls), effect.need)
        for index, call in enumerate(effect.calls):
            one = OneOf(self.wires, gathering, index, self._store(call.store, job.node), call)
            one.start(job.next_cause(), self._store_timeout_us)
        return PENDING

    def _store(self, name: str, asker: Node) -> Node:
        if name == PRIMARY and self.behind:
            held = (each.member for each in self.behind if asker in each.nodes)
            name = next(held, PRIMARY)
        target = self.stores.get(name)
        if target is None:
            known = ", ".join([LOCAL, *self.stores])
            raise ValueError(f"a strategy asks store {name!r}; there are {known}")
        return target

    def _writes_in_vain(self, node: Node, call: StoreCall) -> bool:
        if call.store != PRIMARY or call.operation == "look":
            return False
        return self.env.now_us >= self.deaf_from_us.get(node, self.env.now_us + 1)

    def _perform(self, job: Job, effect: Perform) -> Performed:
        performed = self.ledgers[job.node.party].perform(effect)
        detail = {
            "server": job.node.party,
            "operation": effect.operation,
            "executed": performed.executed,
            "consumed_before": performed.consumed_before,
            "received_us": job.started_us,
        }
        if effect.idempotency_key is not None:
            detail["idempotency_key"] = " ".join(effect.idempotency_key.split("\n"))
        self.recorder.row("effect", job, job.token, detail)
        return performed

    def _wait(self, job: Job, effect: Wait) -> object:
        duration_us = microseconds(effect.duration_s)
        drawn_us = None
        if effect.jitter:
            share = self.choices.fate(JITTER, job.next_cause())[0].delay_us
            drawn_us = (duration_us * share) >> 53
        self.env.after(duration_us, Waking(job), drawn_us)
        return PENDING

    def _start(self, job: Job, effect: Start) -> None:
        job.child(effect.flow).resume(None)
        self.running = job

    def _note(self, job: Job, note: Note) -> None:
        NOTES[note.kind](self.recorder, job, note.detail)


def _answer_store(job: Job, answer: StoreAnswer) -> None:
    envelope = job.request
    assert envelope is not None, "a store's job answers a call"
    envelope.call.respond(envelope, answer)
