"""Attackers: who presents what it should not have.

A thief reads a server's request log; a malicious resource server uses what it was given at the
others. Both present the very bytes they saw, and both are jobs like everyone else's.
"""

from __future__ import annotations

from typing import Any

from oauth_model.flows import Flow, Send
from oauth_model.messages import Request
from sim.choices import Cause, Copy, Fate, Law
from sim.clocks import US_PER_MS
from sim.scenario import Server
from sim.scenario_world import Thief
from sim.world.jobs import Job
from sim.world.node import Node
from sim.world.world import World

#: How long an attacker waits for an answer before it gives up.
PATIENCE_S = 10.0
#: A thief's presentations are numbered apart for each honest attempt that it copied.
COPIES = 100


def watch_log(world: World, node: Node, thief: Thief) -> None:
    """Have a thief at `node` replay what it finds in the servers' request logs."""
    delay = thief.delay.sampler()

    def found(random: Any) -> Fate:
        seen, delay_ms = random.random() < thief.probability, delay(random)
        return (Copy(int(delay_ms * US_PER_MS + 0.5), 0),) if seen else ()

    log, reading = Law("log > thief", found), Law("thief reads", lambda r: (_after(delay(r)),))

    def watch(seen: Job, request: Request) -> None:
        if seen.actor != "client":
            return
        cause = Cause(seen.intention, "thief", seen.attempt, 0)
        fate = world.choices.fate(log, cause)
        for index in range(thief.presentations if fate else 0):
            own = fate if index == 0 else world.choices.fate(reading, cause._replace(ordinal=index))
            flow = replay(seen.node.party, request)
            _start_later(world, node, flow, seen, "thief", own[0].delay_us, index)

    world.watchers.append(watch)


def turn_malicious(world: World, name: str, servers: tuple[Server, ...]) -> None:
    """Have a resource server try what it receives at every other server."""
    others = [server for server in servers if server.name != name]

    def watch(seen: Job, request: Request) -> None:
        if seen.node.party != name or seen.actor != "client":
            return
        for index, server in enumerate(others):
            operation = next(iter(server.operations))
            flow = replay(server.name, _elsewhere(request, server.name, operation))
            _start_later(world, seen.node, flow, seen, name, 0, index)

    world.watchers.append(watch)


def replay(server: str, request: Request) -> Flow[Any]:
    """Present once; whatever comes back, the trace says what became of it."""
    return (yield Send(server, request, PATIENCE_S))


def _elsewhere(request: Request, server: str, operation: str) -> Request:
    method, _, path = operation.partition(" ")
    credentials = tuple(field for field in request.headers if field[0] == "Authorization")
    return Request(method, f"https://{server}.example.com{path}", credentials)


def _after(delay_ms: float) -> Copy:
    return Copy(int(delay_ms * US_PER_MS + 0.5), 0)


def _start_later(
    world: World, node: Node, flow: Flow[Any], seen: Job, actor: str, delay_us: int, index: int
) -> None:
    attempt = seen.attempt * COPIES + index
    job = Job(world, node, flow, lambda job, result: None, seen.intention, actor, attempt)
    world.env.after(delay_us, lambda _: job.resume(None))
